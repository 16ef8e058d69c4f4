"""Interrupted time series: what was observed, the fitted course, and the course had nothing changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.patches import FancyArrowPatch

from analysis.charts import style
from analysis.charts.axes import Floats, numbers, read_periods, value_scale, with_gaps
from analysis.charts.frame import ARROW, EDGE, Frame, Words
from analysis.charts.labels import Label, Part, column, lines
from analysis.charts.seen import require_released
from analysis.release import ReleasedCurves, ReleasedPoints

COURSES = ("expected", "without")
CURVE = 1.9  # width of a fitted line
SAMPLE = 20.0  # points of a dotted line beside its name
NO_REFERENCES: Mapping[str, float] = {}
BIG_BAND = 1.5  # a band is drawn to at most this many times the height of values and curves


@dataclass(frozen=True, kw_only=True)
class InterruptedText(Words):
    """The words of the chart; see `Words` for those every chart has.

    Parameters
    ----------
    expected_without : str
        What the dashed line is.
    estimated : str
        What the line after the change is.
    effect : str
        The effect, short, as in "−33 %".
    interval : str
        Its interval.
    tone : {"improved", "worsened", "plain"}
        Colour and markers after the change.
    """

    expected_without: str
    estimated: str
    effect: str
    interval: str
    tone: style.Tone = "plain"


def draw(  # noqa: PLR0913 - one keyword for each thing a reader would ask of the axis
    points: ReleasedPoints,
    fit: ReleasedCurves | None,
    *,
    start: date,
    settled: date,
    text: InterruptedText,
    language: str,
    zero: bool = True,
    percent: bool = False,
    references: Mapping[str, float] = NO_REFERENCES,
) -> str:
    """The series with its fit and what was expected without the change.

    Parameters
    ----------
    points : ReleasedPoints
        A value of NaN, or a missing row, is not drawn.
    fit : ReleasedCurves or None
        None when there were too little data: then the values alone are drawn, joined.
    start, settled : date
        First month in the new way, first month in which all work so.
    text : InterruptedText
        The words.
    language : str
        "sv" or "en".
    zero : bool
        Begin the value axis at zero, as for counts and rates.
    percent : bool
        Write shares (0-1) as percentages.
    references : mapping of str to float
        Published values to draw as dotted lines, by their label.

    Returns
    -------
    str
        SVG to put in a page.

    Raises
    ------
    DisclosureStop
        If something else than released points and curves is given, or drawn.
    """
    given = require_released(*(one for one in (points, fit) if one is not None))
    rows = read_periods(points.table)
    curves = None if fit is None or fit.table.empty else read_periods(fit.table)
    with style.drawing():
        seen = [*_seen(rows, curves), np.array(list(references.values()), dtype=float)]
        scale = value_scale(seen, zero=zero, percent=percent, language=language)
        after = (rows["first"] >= pd.Timestamp(settled)).to_numpy()
        tone = text.tone if curves is not None else "plain"
        marks = [style.ORDINARY] + [style.MARKS[tone]] * (tone != "plain" and bool(after.any()))
        frame = Frame(
            text,
            rows,
            scale,
            period=(start, settled),
            column=0 if curves is None else _column(text),
            key=marks,
            language=language,
        )
        values = numbers(rows, "value")
        if curves is None:
            joined = with_gaps(rows)
            frame.axes.plot(joined["x"], numbers(joined, "value"), color=style.BEFORE, lw=1.3, zorder=3)
        else:
            _draw_fit(frame, curves, text, before=pd.Timestamp(start), after=pd.Timestamp(settled))
        for mark, chosen in ((style.ORDINARY, ~after), (style.MARKS[tone], after)):
            frame.marks(rows["x"].to_numpy()[chosen], values[chosen], mark)
        _draw_references(frame, references)
        return frame.svg(*given, stated=list(references.values()))


def _draw_references(frame: Frame, references: Mapping[str, float]) -> None:
    """Published values as dotted lines across the plot, explained beside the key."""
    x, y = style.WIDTH - EDGE, frame.foot + 8
    look: dict[str, Any] = {"color": style.INK, "lw": 1.2, "ls": (0, (1, 2))}
    for label, value in references.items():
        frame.axes.plot([frame.first, frame.last], [value] * 2, zorder=2, **look)
        frame.text(x, y, label, size=style.SMALL, align="right")
        x -= style.text_width(label, style.SMALL) + 6
        frame.rule([x - SAMPLE, x], [y - 2.8] * 2, **look)
        x -= SAMPLE + 14


def _seen(rows: pd.DataFrame, curves: pd.DataFrame | None) -> list[Floats]:
    """What the value axis must hold: all values and curves, and bands that are not absurdly wide."""
    seen = [numbers(rows, "value")]
    if curves is None:
        return seen
    seen += [numbers(curves, course) for course in COURSES]
    joined = np.concatenate(seen)
    finite = joined[np.isfinite(joined)]
    if finite.size:
        top, bottom = finite.max(), finite.min()
        reach = (BIG_BAND - 1) * max(abs(top), abs(bottom))
        bands = [numbers(curves, f"{course}_{end}") for course in COURSES for end in ("low", "high")]
        seen += [np.clip(band, min(bottom, max(0.0, bottom - reach)), top + reach) for band in bands]
    return seen


def _parts(text: InterruptedText) -> tuple[list[Part], list[Part], list[Part]]:
    """What is written at the right: about the dashed line, the effect, and the line after."""
    return (
        [(text.expected_without, style.TEXT, style.REGULAR)],
        [(text.effect, style.BIG, style.STRONG), (text.interval, style.SMALL, style.REGULAR)],
        [(text.estimated, style.TEXT, style.REGULAR)],
    )


def _column(text: InterruptedText) -> float:
    return column([part for parts in _parts(text) for part in parts])


def _draw_fit(
    frame: Frame, curves: pd.DataFrame, text: InterruptedText, *, before: pd.Timestamp, after: pd.Timestamp
) -> None:
    """Curves and bands, and their labels with the effect between them."""
    earlier, later = curves[curves["first"] < before], curves[curves["first"] >= after]
    _curve(frame, earlier, "expected", style.INK)
    _curve(frame, later, "without", style.MUTED, dashed=True)
    _curve(frame, later, "expected", style.LINES[text.tone])
    ends = later.dropna(subset=list(COURSES))
    if ends.empty:
        return
    estimated, without = (frame.y(float(ends[course].iloc[-1])) for course in COURSES)
    color, room = style.LINES[text.tone], frame.column
    above, effect, below = (lines(parts, room) for parts in _parts(text))
    labels = [
        Label(above, style.MUTED, without),
        Label(effect, color, (estimated + without) / 2, leader=False),
        Label(below, color, estimated),
    ]
    frame.labels([label for label in labels if label.lines])
    if text.effect:
        _arrow(frame, without, estimated, color)


def _curve(frame: Frame, rows: pd.DataFrame, course: str, color: str, *, dashed: bool = False) -> None:
    """One fitted course with its band; a period alone is drawn from its start to its end."""
    rows = with_gaps(rows)
    there = pd.Series(np.isfinite(numbers(rows, course)), dtype=bool)
    alone = there & ~there.shift(1, fill_value=False) & ~there.shift(-1, fill_value=False)
    single = rows[alone]
    pieces = [single.assign(x=single["x0"]), single.assign(x=single["x1"]), rows[~alone]]
    rows = pd.concat(pieces).sort_values("x", kind="stable")
    low, high = (
        np.clip(numbers(rows, f"{course}_{end}"), frame.scale.low, frame.scale.high)
        for end in ("low", "high")
    )
    band = style.BEFORE if color in {style.INK, style.MUTED} else color
    frame.axes.fill_between(rows["x"], low, high, color=band, alpha=0.17, lw=0, zorder=1)
    look = (0, (3.2, 1.8)) if dashed else "-"
    frame.axes.plot(
        rows["x"], numbers(rows, course), color=color, lw=CURVE, ls=look, solid_capstyle="butt", zorder=4
    )


def _arrow(frame: Frame, one: float, other: float, color: str) -> None:
    """The distance between the two courses, unless too small to be seen."""
    if abs(one - other) < 10:
        return
    x = (frame.right + ARROW) / style.WIDTH
    ends = [(x, 1 - y / frame.height) for y in (one, other)]
    arrow = FancyArrowPatch(
        *ends, arrowstyle="<->,head_length=3,head_width=2", shrinkA=1, shrinkB=1, mutation_scale=1,
        lw=1.1, color=color, transform=frame.figure.transFigure,
    )  # fmt: skip
    frame.add(arrow)
