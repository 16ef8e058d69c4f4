"""A picture without a time axis: heading, room for the drawing, source; words in points from the top left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from analysis.charts import seen, style

EDGE = 6.0  # between the words and the rim of the picture


@dataclass(frozen=True, kw_only=True)
class SheetText:
    """The words of every such chart: the finding, what it is about, where the data come from."""

    title: str
    subtitle: str
    source: str


class Sheet:
    """A picture of fixed width, whose body is as high as the drawing needs.

    Parameters
    ----------
    text : SheetText
        Heading and source.
    body : float
        Points between heading and source.
    """

    def __init__(self, text: SheetText, body: float) -> None:
        heading = _heading(text)
        source = style.wrap(text.source, style.WIDTH - 2 * EDGE, style.SOURCE)
        self.top = (heading[-1][0] if heading else 0.0) + 14
        self.bottom = self.top + body
        self.height = self.bottom + 10 * len(source) + 2 * EDGE
        self.figure = Figure(figsize=(style.WIDTH / 72, self.height / 72), dpi=72, facecolor="none")
        self.made: list[Artist] = []
        for y, line, size, weight, color in heading:
            self.text(EDGE, y, line, size=size, weight=weight, color=color)
        for place, line in enumerate(reversed(source)):
            self.text(EDGE, self.height - EDGE - 10 * place, line, size=style.SOURCE)

    def axes(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """The one plot of the picture, its sides in points from the top left."""
        wide, high = (right - left) / style.WIDTH, (bottom - top) / self.height
        made = self.figure.add_axes((left / style.WIDTH, 1 - bottom / self.height, wide, high))
        made.set_axis_off()
        return made

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

    def box(self, left: float, top: float, wide: float, high: float, **look: Any) -> None:
        """Draw a rectangle."""
        corner = (left / style.WIDTH, 1 - (top + high) / self.height)
        size = (wide / style.WIDTH, high / self.height)
        self.add(Rectangle(corner, *size, transform=self.figure.transFigure, **look))

    def rule(self, xs: Sequence[float], ys: Sequence[float], **look: Any) -> None:
        """Draw a line between points of the picture."""
        places = [x / style.WIDTH for x in xs], [1 - y / self.height for y in ys]
        self.add(Line2D(*places, transform=self.figure.transFigure, **look))

    def add(self, artist: Artist) -> None:
        """Put something into the picture, outside the plot; `svg` refuses what came in otherwise."""
        self.made.append(self.figure.add_artist(artist))

    def svg(self, *given: seen.Given, axis: Literal["x", "y"] = "y", ends: tuple[float, float]) -> str:
        """The picture, when its plot shows nothing else than what was given.

        Parameters
        ----------
        *given : released values
            What the chart was drawn of.
        axis : {"x", "y"}
            Which of the axes has the values.
        ends : (float, float)
            The ends of that axis.

        Returns
        -------
        str
            As `analysis.charts.style.to_svg`.

        Raises
        ------
        DisclosureStop
            As `analysis.charts.seen.refuse_unknown`.
        """
        seen.refuse_unknown(self.figure, self.made, given, ends, axis=axis)
        return style.to_svg(self.figure)


def _heading(text: SheetText) -> list[tuple[float, str, float, int, str]]:
    """Baseline, line, size, weight and colour of every line of title and subtitle."""
    room, size = style.WIDTH - 2 * EDGE, style.TITLE
    while len(style.wrap(text.title, room, size, style.STRONG)) > 2 and size > style.TEXT:
        size -= 0.5
    lines, y = [], 4.0
    for line in style.wrap(text.title, room, size, style.STRONG):
        y += size * 1.3
        lines.append((y, line, size, style.STRONG, style.INK))
    y += 3
    for line in style.wrap(text.subtitle, room):
        y += 12.5
        lines.append((y, line, style.TEXT, style.REGULAR, style.MUTED))
    return lines
