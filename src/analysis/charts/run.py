"""Run chart: the values in order, and the median of the time before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analysis.charts import style
from analysis.charts.axes import numbers, read_periods, value_scale, with_gaps
from analysis.charts.frame import Frame, Words
from analysis.charts.labels import Label, Part, column, lines
from analysis.charts.seen import require_released
from analysis.release import ReleasedPoints


@dataclass(frozen=True, kw_only=True)
class RunText(Words):
    """The words of the chart; see `Words` for those every chart has.

    Parameters
    ----------
    median : str
        The median before, with its number.
    signal : str
        What the run rules say about the time after.
    """

    median: str
    signal: str


def draw(  # noqa: PLR0913 - one keyword for each thing a reader would ask of the axis
    points: ReleasedPoints,
    *,
    median: float,
    start: date,
    settled: date,
    signal: style.Tone,
    text: RunText,
    language: str,
    zero: bool = True,
    percent: bool = False,
) -> str:
    """The series as a run chart.

    Parameters
    ----------
    points : ReleasedPoints
        A value of NaN, or a missing row, is a gap in the line.
    median : float
        Of the values before `start`, so one of them or midway between two; NaN draws no median.
    start, settled : date
        First month in the new way, first month in which all work so.
    signal : {"improved", "worsened", "plain"}
        What the values after `settled` show; "plain" is no signal.
    text : RunText
        The words.
    language : str
        "sv" or "en".
    zero : bool
        Begin the value axis at zero, as for counts and rates.
    percent : bool
        Write shares (0-1) as percentages.

    Returns
    -------
    str
        SVG to put in a page.

    Raises
    ------
    DisclosureStop
        If something else than released points, or a median of something else, is given or drawn.
    """
    given = require_released(points)
    rows = read_periods(points.table)
    values, after = numbers(rows, "value"), (rows["first"] >= pd.Timestamp(settled)).to_numpy()
    with style.drawing():
        seen = [values, np.array([median], dtype=float)]
        scale = value_scale(seen, zero=zero, percent=percent, language=language)
        marks = [style.ORDINARY] + [style.MARKS[signal]] * (signal != "plain" and bool(after.any()))
        frame = Frame(
            text,
            rows,
            scale,
            period=(start, settled),
            column=column(_parts(text)),
            key=marks,
            language=language,
        )
        joined = with_gaps(rows)
        frame.axes.plot(joined["x"], numbers(joined, "value"), color=style.BEFORE, lw=1.3, zorder=3)
        for mark, chosen in ((style.ORDINARY, ~after), (style.MARKS[signal], after)):
            frame.marks(rows["x"].to_numpy()[chosen], values[chosen], mark)
        _draw_median(frame, median)
        _label(frame, text, median, values[after], signal)
        return frame.svg(*given, median=median)


def _parts(text: RunText) -> list[Part]:
    """What is written at the right: the median and the signal."""
    return [(text.median, style.TEXT, style.STRONG), (text.signal, style.TEXT, style.REGULAR)]


def _draw_median(frame: Frame, median: float) -> None:
    """The median of the time before: solid where it comes from, dashed where it is carried on."""
    if not np.isfinite(median):
        return
    axes = frame.axes
    axes.plot([frame.first, frame.start], [median] * 2, color=style.INK, lw=1.5, zorder=2)
    axes.plot([frame.start, frame.last], [median] * 2, color=style.INK, lw=1.5, ls=(0, (5, 3)), zorder=2)


def _label(frame: Frame, text: RunText, median: float, after: np.ndarray, signal: style.Tone) -> None:
    """The median and the signal, in words, beside what they are about."""
    shown = after[np.isfinite(after)]
    middle = (frame.top + frame.bottom) / 2
    heights = (
        frame.y(median) if np.isfinite(median) else middle,
        frame.y(float(shown.mean())) if shown.size else middle,
    )
    colors = (style.INK, style.LINES[signal] if signal != "plain" else style.MUTED)
    labels = [
        Label(lines([part], frame.column), color, height, leader=part[2] == style.STRONG)
        for part, color, height in zip(_parts(text), colors, heights, strict=True)
    ]
    frame.labels([label for label in labels if label.lines])
