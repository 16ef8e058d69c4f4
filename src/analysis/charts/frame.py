"""The frame of words around every plot: heading, start of the new way, axes, labels, key and source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from analysis.charts import seen, style
from analysis.charts.axes import Floats, Scale, day_number, month_labels
from analysis.charts.labels import Label, spread

EDGE = 6.0  # between the words and the rim of the picture
PLOT_HEIGHT = 178.0
STRIP_LINE = 10.0
DENSE = 72  # more periods get smaller markers
ARROW = 7.0  # right of the plot, where an arrow may stand
LABELS = 20.0  # right of the plot, where labels begin


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words every chart is given, in the reader's language; an empty one is left out.

    Parameters
    ----------
    title : str
        The finding.
    subtitle : str
        Measure, population, period, method.
    source : str
        Where the data come from.
    observed : str
        What a marker is.
    start_label : str
        What happens at the start.
    transition_label : str
        What the time between start and settled is called.
    cut : str
        Said after the subtitle where the value axis does not begin at zero.
    tones : mapping of Tone to str
        What the marks of each tone are, for charts that explain those they draw.
    """

    title: str
    subtitle: str
    source: str
    observed: str
    start_label: str
    transition_label: str
    cut: str = ""
    tones: Mapping[style.Tone, str] = field(default_factory=dict)


class Frame:
    """A picture of fixed width: heading, strip for the start, plot with axes, key and source.

    Positions of words are in points from the top left; ``axes`` takes day numbers and values.

    Parameters
    ----------
    words : Words
        Title, subtitle, source and the labels of the start; the picture grows with their lines.
    rows : DataFrame
        From `read_periods`: the time axis holds them.
    scale : Scale
        The value axis.
    period : (date, date)
        First month in the new way, first month in which all work so; between them is the transition.
    column : float
        Width of the labels right of the plot; 0 when there are none.
    key : sequence of Mark
        Markers explained by ``words.observed``.
    language : str
        "sv" or "en".
    """

    def __init__(
        self,
        words: Words,
        rows: pd.DataFrame,
        scale: Scale,
        *,
        period: tuple[date, date],
        column: float,
        key: Sequence[style.Mark],
        language: str,
    ) -> None:
        self.scale = scale
        self.start, self.settled = (day_number(day) for day in period)
        self.left = max(30.0, EDGE + 9 + max(style.text_width(label) for label in scale.labels))
        self.column = column
        self.right = style.WIDTH - EDGE - (LABELS + column if column else EDGE)
        self.first = min([self.start - 15, *rows["x0"]])
        self.last = max([self.start + 15, *rows["x1"]])
        self.dense = len(rows) > DENSE
        if words.cut and scale.low > 0:
            words = replace(words, subtitle=f"{words.subtitle.rstrip('.')}. {words.cut}")
        heading, strip = self._heading(words), self._strip(words)
        self.strip_top = heading[-1][0] + 14 if heading else EDGE
        self.top = self.strip_top + 4 + STRIP_LINE * max((len(lines) for _, _, lines in strip), default=0)
        self.bottom = self.top + PLOT_HEIGHT
        source = style.wrap(words.source, style.WIDTH - 2 * EDGE, style.SOURCE)
        key = key if words.observed else ()
        self.months = month_labels(self.first, self.last, self.right - self.left, language)
        self.foot = self.bottom + (36 if any(year for *_, year in self.months) else 25)
        self.height = self.foot + (15 if key else 0) + 10 * len(source)
        self._make_figure()
        for y, line, size, weight, color in heading:
            self.text(EDGE, y, line, size=size, weight=weight, color=color)
        self._draw_start(strip)
        self._draw_axes()
        self._draw_key(key, words.observed)
        for place, line in enumerate(reversed(source)):
            self.text(EDGE, self.height - EDGE - 10 * place, line, size=style.SOURCE)

    def x(self, day: float) -> float:
        """Points from the left of a day."""
        return self.left + (day - self.first) / (self.last - self.first) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Points from the top of a value."""
        return self.bottom - (value - self.scale.low) / (self.scale.high - self.scale.low) * PLOT_HEIGHT

    def text(
        self,
        x: float,
        y: float,
        line: str,
        *,
        size: float = style.TEXT,
        weight: int = style.REGULAR,
        color: str = style.MUTED,
        align: Literal["left", "center", "right"] = "left",
    ) -> None:
        """Write one line, its baseline at `y` points from the top."""
        self.add(
            Text(
                x / style.WIDTH, 1 - y / self.height, line,
                fontproperties=style.font(size, weight), color=color, ha=align, va="baseline",
                parse_math=False, transform=self.figure.transFigure,
            )
        )  # fmt: skip

    def rule(self, xs: Sequence[float], ys: Sequence[float], **look: Any) -> None:
        """Draw a line between points of the picture."""
        places = [x / style.WIDTH for x in xs], [1 - y / self.height for y in ys]
        self.add(Line2D(*places, transform=self.figure.transFigure, **look))

    def add(self, artist: Artist) -> None:
        """Put something into the picture, outside the axes; `svg` refuses what came in otherwise."""
        self.made.append(self.figure.add_artist(artist))

    def marks(self, xs: Floats, ys: Floats, mark: style.Mark) -> None:
        """Draw a marker at every value; NaN draws nothing."""
        size = mark.size * (0.8 if self.dense else 1.0)
        self.axes.plot(xs, ys, clip_on=False, zorder=5, **mark.look | {"markersize": size})

    def labels(self, labels: Sequence[Label]) -> None:
        """Write labels right of the plot, with a thin line to the value when one had to move.

        Parameters
        ----------
        labels : sequence of Label
            In any order.
        """
        ordered = sorted(labels, key=lambda label: label.y)
        x = style.WIDTH - EDGE - self.column
        for label, middle in zip(ordered, spread(ordered, self.strip_top, self.bottom + 20), strict=True):
            y = middle - label.height / 2
            for line, size, weight in label.lines:
                y += size * 1.25
                self.text(x, y - size * 0.33, line, size=size, weight=weight, color=label.color)
            if label.leader and abs(middle - label.y) > 5:
                self.rule([self.right + ARROW + 4, x - 3], [label.y, middle], lw=0.6, color=style.MUTED)

    def svg(self, *given: seen.Given, median: float = float("nan"), stated: Sequence[float] = ()) -> str:
        """The picture, when it shows nothing else than what was given.

        Parameters
        ----------
        *given : ReleasedPoints or ReleasedCurves
            What the chart was drawn of.
        median : float
            Of the points.
        stated : sequence of float
            Values from the area's settings.

        Returns
        -------
        str
            As `analysis.charts.style.to_svg`.

        Raises
        ------
        DisclosureStop
            If a value on the axes is none of those given, or there is something that the frame did not make.
        """
        ends = (self.scale.low, self.scale.high)
        seen.refuse_unknown(self.figure, self.made, given, ends, median, stated=stated)
        return style.to_svg(self.figure)

    def _heading(self, words: Words) -> list[tuple[float, str, float, int, str]]:
        """Baseline, line, size, weight and colour of every line of title and subtitle."""
        room, size = style.WIDTH - 2 * EDGE, style.TITLE
        while len(style.wrap(words.title, room, size, style.STRONG)) > 2 and size > style.TEXT:
            size -= 0.5
        lines, y = [], 4.0
        for line in style.wrap(words.title, room, size, style.STRONG):
            y += size * 1.3
            lines.append((y, line, size, style.STRONG, style.INK))
        y += 3
        for line in style.wrap(words.subtitle, room):
            y += 12.5
            lines.append((y, line, style.TEXT, style.REGULAR, style.MUTED))
        return lines

    def _strip(self, words: Words) -> list[tuple[float, Literal["left", "right"], list[str]]]:
        """Place, side and lines of what is said about the start above the plot."""
        x, gap = self.x(self.start), 5.0
        transition = words.transition_label if self.settled > self.start else ""
        left = style.wrap(words.start_label, min(130.0, x - gap - EDGE), style.SMALL)
        if len(left) > 2:
            left, transition = [], "\n".join(filter(None, [words.start_label, transition]))
        room = max(style.WIDTH - EDGE - x - gap, 60.0)
        right = [line for part in transition.split("\n") for line in style.wrap(part, room, style.SMALL)]
        return [(x - gap, "right", left), (x + gap, "left", right)]

    def _make_figure(self) -> None:
        self.figure = Figure(figsize=(style.WIDTH / 72, self.height / 72), dpi=72, facecolor="none")
        self.made: list[Artist] = []
        self.axes = self.figure.add_axes(
            (
                self.left / style.WIDTH,
                1 - self.bottom / self.height,
                (self.right - self.left) / style.WIDTH,
                PLOT_HEIGHT / self.height,
            )
        )
        self.axes.set_axis_off()
        self.axes.set_xlim(self.first, self.last)
        self.axes.set_ylim(self.scale.low, self.scale.high)

    def _draw_start(self, strip: list[tuple[float, Literal["left", "right"], list[str]]]) -> None:
        """The transition as a band, the start as a dotted line up to its label."""
        x, end = self.x(self.start), min(self.x(self.settled), self.right)
        if end > x:
            box = (x / style.WIDTH, 1 - self.bottom / self.height)
            size = ((end - x) / style.WIDTH, PLOT_HEIGHT / self.height)
            band = Rectangle(box, *size, color=style.BAND, lw=0, zorder=-2, transform=self.figure.transFigure)
            self.add(band)
        self.rule([x, x], [self.strip_top, self.bottom], lw=1.1, ls=(0, (1, 1.8)), color=style.MUTED)
        for place, side, lines in strip:
            for number, line in enumerate(lines):
                y = self.strip_top + 7 + STRIP_LINE * number
                self.text(place, y, line, size=style.SMALL, align=side)

    def _draw_axes(self) -> None:
        for tick, label in zip(self.scale.ticks, self.scale.labels, strict=True):
            y = self.y(tick)
            self.rule([self.left, self.right], [y, y], lw=0.8, color=style.GRID, zorder=-1)
            self.text(self.left - 8, y + 3.2, label, align="right")
        self.rule([self.left, self.right], [self.bottom] * 2, lw=1, color=style.RULE)
        for day, label, year in self.months:
            x = self.x(day)
            self.rule([x, x], [self.bottom, self.bottom + 3.5], lw=0.8, color=style.MUTED)
            self.text(x, self.bottom + 15, label, align="center")
            self.text(x, self.bottom + 26, year, align="center")

    def _draw_key(self, key: Sequence[style.Mark], observed: str) -> None:
        """The markers of the values, and what they are."""
        x, y = EDGE + 3, self.foot + 8
        for mark in key:
            self.rule([x], [y - 2.8], **mark.look)
            x += 8
        if key:
            self.text(x - 1, y, observed, size=style.SMALL)
