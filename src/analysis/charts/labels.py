"""Labels right of a plot: their lines, the room they need and heights at which none hides another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.charts import style

NARROW, WIDE = 84.0, 132.0  # points a column of labels may take
LINE = 1.25  # height of a line, in sizes of its letters

Part = tuple[str, float, int]  # text, size, weight


@dataclass(frozen=True)
class Label:
    """Lines of words, each with size and weight, whose middle is wanted at `y` points from the top.

    ``leader``: a thin line shows what the label is about when it had to move.
    """

    lines: tuple[Part, ...]
    color: str
    y: float
    leader: bool = True

    @property
    def height(self) -> float:
        """Points from the top of the first line to the bottom of the last."""
        return sum(size * LINE for _, size, _ in self.lines)


def column(parts: Sequence[Part]) -> float:
    """The width labels need so that no word is broken, within what a column may take.

    Parameters
    ----------
    parts : sequence of (text, size, weight)
        All that is to be written.

    Returns
    -------
    float
        Points.
    """
    words = [style.text_width(word, size, weight) for text, size, weight in parts for word in text.split(" ")]
    return min(max([NARROW, *words]), WIDE)


def lines(parts: Sequence[Part], room: float) -> tuple[Part, ...]:
    """The parts broken into lines; large words too wide for the room are written smaller.

    Parameters
    ----------
    parts : sequence of (text, size, weight)
        One below the other.
    room : float
        Points.

    Returns
    -------
    tuple of (text, size, weight)
        One a line.
    """
    broken: list[Part] = []
    for text, size, weight in parts:
        while size > style.TEXT and style.text_width(text, size, weight) > room:
            size -= 1  # noqa: PLW2901
        broken += [(line, size, weight) for line in style.wrap(text, room, size, weight)]
    return tuple(broken)


def spread(labels: Sequence[Label], top: float, bottom: float, gap: float = 5.0) -> list[float]:
    """Heights of the labels' middles: as near as can be to where they are wanted, none over another.

    Parameters
    ----------
    labels : sequence of Label
        In order from the top.
    top, bottom : float
        The room, in points from the top of the picture.
    gap : float
        Least distance between two labels.

    Returns
    -------
    list of float
        One a label.
    """
    offsets, used = [], 0.0
    for label in labels:
        offsets.append(used + label.height / 2)
        used += label.height + gap
    pools: list[tuple[float, int]] = []  # neighbours that push each other share one mean shift
    for label, offset in zip(labels, offsets, strict=True):
        pools.append((label.y - offset, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (shift, many), (other, more) = pools.pop(), pools.pop()
            pools.append(((shift * many + other * more) / (many + more), many + more))
    shifts = [shift for shift, many in pools for _ in range(many)]
    lowest = max(top, bottom - used + gap)
    return [min(max(shift, top), lowest) + offset for shift, offset in zip(shifts, offsets, strict=True)]
