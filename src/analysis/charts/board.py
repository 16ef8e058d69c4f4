"""Rows of one picture: a name at the left, marks along a horizontal axis, numbers at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, isclose

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.charts import seen, style
from analysis.charts.axes import Floats, value_scale
from analysis.charts.frame import EDGE, Frame, Words

NAMES = 178.0  # points that names may take before they are broken into lines
LINE = 11.0
GAP = 12.0  # between the plot and the numbers at the right
BELOW = 14.0  # from the middle of a row to the small line below it
APART = 9.0  # between the labels of two ticks, at the least


@dataclass(frozen=True)
class Row:
    """A row: its name, what is said at the right and, small, below that; its tone; whether it is a heading.

    A heading has no marks.
    """

    name: str
    said: str = ""
    is_heading: bool = False
    tone: style.Tone = "plain"
    below: str = ""


@dataclass(frozen=True)
class Axis:
    """The horizontal axis: its ends, ticks with labels, and where a line marks no change or a start."""

    ends: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]
    line: float = float("nan")


def value_axis(
    values: Floats, *, nothing: float, percent: bool, language: str, line: float = float("nan")
) -> Axis:
    """An axis of round numbers that holds all values and the line, none of them at its ends.

    Parameters
    ----------
    values : array
        What must be seen; NaN and infinite ones are passed over.
    nothing : float
        Is written as 0: 1 for ratios, which are then written as changes.
    percent : bool
        Write shares (0-1) as percentages.
    language : str
        "sv" or "en".
    line : float
        Where a line stands, inside the axis.

    Returns
    -------
    Axis
        With four to seven ticks.
    """
    every = np.append(values, line) - nothing
    scale = value_scale([every], zero=False, percent=percent, language=language)
    ticks = tuple((tick + nothing, label) for tick, label in zip(scale.ticks, scale.labels, strict=True))
    return Axis((scale.low + nothing, scale.high + nothing), ticks, line)


class Board(Frame):
    """A picture of rows; `x` takes values of the axis, `y` the number of a row.

    Parameters
    ----------
    words : Words
        Title, subtitle and source; ``start_label`` stands above the line of the axis.
    rows : sequence of Row
        From the top.
    axis : Axis
        What lies along the rows.
    pitch : float
        Points from row to row.
    key : sequence of (Mark, str)
        What the marks are.
    """

    def __init__(
        self,
        words: Words,
        rows: Sequence[Row],
        axis: Axis,
        *,
        pitch: float = 17.0,
        key: Sequence[tuple[style.Mark, str]] = (),
    ) -> None:
        self.rows, self.axis = list(rows), axis
        self.names = [style.wrap(row.name, NAMES, style.TEXT, _weight(row)) for row in rows]
        widths = [
            style.text_width(line, style.TEXT, _weight(row))
            for row, lines in zip(rows, self.names, strict=True)
            for line in lines
        ]
        written = [(row.said, style.TEXT) for row in rows] + [(row.below, style.SMALL) for row in rows]
        said = max([style.text_width(*one) for one in written] or [0.0])
        self.left = EDGE + max([40.0, *widths]) + 12
        self.right = style.WIDTH - EDGE - (said + GAP if said else 8)
        self.first, self.last = axis.ends
        self.dense, self.column = False, 0.0
        heading = self._heading(words)
        self.top = (heading[-1][0] if heading else EDGE) + (26 if words.start_label else 14)
        heights = [max(pitch, LINE * len(lines) + pitch - LINE) for lines in self.names]
        self.edges = [self.top + sum(heights[:n]) for n in range(len(heights) + 1)]
        self.bottom = self.edges[-1]
        self.strip_top = self.top
        source = style.wrap(words.source, style.WIDTH - 2 * EDGE, style.SOURCE)
        keys = self._key_lines(key)
        self.foot = self.bottom + 26
        self.height = self.foot + 14 * len(keys) + 10 * len(source) + 2
        self._make_board()
        for y, line, size, weight, color in heading:
            self.text(EDGE, y, line, size=size, weight=weight, color=color)
        self._draw_board(words)
        self._draw_keys(keys)
        for place, line in enumerate(reversed(source)):
            self.text(EDGE, self.height - EDGE - 10 * place, line, size=style.SOURCE)

    def x(self, day: float) -> float:
        """Points from the left of a value of the axis."""
        return self.left + (day - self.first) / (self.last - self.first) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Points from the top of the middle of a row."""
        at = int(value)
        return (self.edges[at] + self.edges[at + 1]) / 2

    def mark(self, at: int, value: float, mark: style.Mark, lift: float = 0.0) -> None:
        """A marker in a row, so many points above its middle; NaN draws nothing."""
        self.axes.plot([value], [self._height(at) + lift], clip_on=False, zorder=5, **mark.look)

    def span(self, at: int, low: float, high: float, color: str, width: float = 1.6) -> None:
        """A line in a row from one value to another; one without an end goes to the end of the axis."""
        ends = [min(max(end, self.first), self.last) for end in (low, high)]
        self.axes.plot(ends, [self._height(at)] * 2, color=color, lw=width, solid_capstyle="butt", zorder=3)

    def box(self, at: int, first: float, last: float, *, height: float, color: str, edge: str = "") -> None:
        """A rectangle in a row between two places of the axis, that tells of no value."""
        x, y, size = self.x(first), self.y(at), height
        place = (x / style.WIDTH, 1 - (y + size / 2) / self.height)
        extent = ((self.x(last) - x) / style.WIDTH, size / self.height)
        box = Rectangle(place, *extent, zorder=1, transform=self.figure.transFigure)
        box.set(facecolor=color, edgecolor=edge or color, linewidth=0.8 if edge else 0)
        self.add(box)

    def svg(self, *given: seen.Given, median: float = float("nan"), stated: Sequence[float] = ()) -> str:
        """The picture, when it shows nothing else than what was given; see `Frame.svg`."""
        ends = (self.first, self.last)
        seen.refuse_unknown(self.figure, self.made, given, ends, median, stated=stated, axis="x")
        return style.to_svg(self.figure)

    def _height(self, at: int) -> float:
        return self.bottom - self.y(at)

    def _make_board(self) -> None:
        size = (style.WIDTH / 72, self.height / 72)
        self.figure = Figure(figsize=size, dpi=72, facecolor="none")
        self.made: list[Artist] = []
        place = (self.left / style.WIDTH, 1 - self.bottom / self.height)
        extent = ((self.right - self.left) / style.WIDTH, (self.bottom - self.top) / self.height)
        self.axes = self.figure.add_axes((*place, *extent))
        self.axes.set_axis_off()
        self.axes.set_xlim(self.first, self.last)
        self.axes.set_ylim(0, max(self.bottom - self.top, 1.0))

    def _draw_board(self, words: Words) -> None:
        """Ticks, the line, names and what is said at the right."""
        for value, label in self._ticks():
            x = self.x(value)
            self.rule([x, x], [self.top, self.bottom], lw=0.8, color=style.GRID, zorder=-1)
            self.text(x, self.bottom + 14, label, align="center", size=style.SMALL)
        if self.axis.ticks:
            self.rule([self.left, self.right], [self.bottom] * 2, lw=1, color=style.RULE)
        if self.first <= self.axis.line <= self.last:
            x = self.x(self.axis.line)
            self.rule([x, x], [self.top - 6, self.bottom], lw=1.1, color=style.MUTED)
            self.text(x, self.top - 9, words.start_label, size=style.SMALL, align="center")
        for at, (row, lines) in enumerate(zip(self.rows, self.names, strict=True)):
            y = self.y(at) + 3.2 - LINE * (len(lines) - 1) / 2
            for number, line in enumerate(lines):
                color = style.INK if row.is_heading else style.MUTED
                self.text(EDGE, y + LINE * number, line, weight=_weight(row), color=color)
            self.text(style.WIDTH - EDGE, self.y(at) + 3.2, row.said, align="right")
            self.text(style.WIDTH - EDGE, self.y(at) + BELOW, row.below, size=style.SMALL, align="right")

    def _ticks(self) -> list[tuple[float, str]]:
        """The ticks whose labels have room: all, or every second, third ... from the one at the line."""
        ticks = list(self.axis.ticks)
        widest = max([style.text_width(label, style.SMALL) for _, label in ticks] or [0.0])
        pitch = min([self.x(b) - self.x(a) for (a, _), (b, _) in pairwise(ticks)] or [style.WIDTH])
        every = ceil((widest + APART) / pitch)
        known = [at for at, (value, _) in enumerate(ticks) if isclose(value, self.axis.line, abs_tol=1e-9)]
        begin = known[0] % every if known else 0
        return ticks[begin::every]

    def _key_lines(self, key: Sequence[tuple[style.Mark, str]]) -> list[list[tuple[style.Mark, str, float]]]:
        """The key broken into lines, each entry with its place from the left."""
        lines: list[list[tuple[style.Mark, str, float]]] = []
        x = style.WIDTH
        for mark, said in key:
            width = 22 + style.text_width(said, style.SMALL)
            if x + width > style.WIDTH - EDGE:
                lines.append([])
                x = EDGE + 3
            lines[-1].append((mark, said, x))
            x += width
        return lines

    def _draw_keys(self, lines: Sequence[Sequence[tuple[style.Mark, str, float]]]) -> None:
        for number, line in enumerate(lines):
            y = self.foot + 8 + 14 * number
            for mark, said, x in line:
                self.rule([x], [y - 2.8], **mark.look)
                self.text(x + 7, y, said, size=style.SMALL)


def _weight(row: Row) -> int:
    return style.STRONG if row.is_heading else style.REGULAR
