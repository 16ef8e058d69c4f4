"""Answers of several items before and after: bars of classes, those who agree right of the middle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.charts import style
from analysis.charts.board import Axis, Board, Row
from analysis.charts.frame import Words
from analysis.charts.seen import require_released
from analysis.release import ReleasedDistribution

#: From disagreeing to agreeing; told apart by lightness and by the share written on them, too.
COLORS: Mapping[int, tuple[str, ...]] = {
    5: ("#BB3701", "#EBB9A0", "#DDE2E8", "#9CC4E6", "#0B5FA5"),
    3: ("#BB3701", "#DDE2E8", "#0B5FA5"),
}
DARK = frozenset({"#BB3701", "#0B5FA5"})
BAR, PITCH = 14.0, 19.0
LEAST_ROOM = 3.0
OUTSIDE = 0.07  # of the bars, at both ends: room for the share of an outermost class that is too narrow


@dataclass(frozen=True)
class Item:
    """An item and its rounds: what each is called, what is said at its right, and its answers, if any."""

    name: str
    rounds: Sequence[tuple[str, str, ReleasedDistribution | None]]


def draw(items: Sequence[Item], words: Words, *, classes: Mapping[int, Sequence[str]], language: str) -> str:
    """Bars of answers, the rounds of an item below each other.

    Parameters
    ----------
    items : sequence of Item
        From the top; a round without answers or classes has its row, but no bar.
    words : Words
        Title, subtitle and source.
    classes : mapping of int to sequence of str
        What five, and what three, classes are called, from disagreeing to agreeing.
    language : str
        "sv" or "en".

    Returns
    -------
    str
        SVG to put in a page.

    Raises
    ------
    DisclosureStop
        If something else than released distributions is given.
    """
    rows, shown = [], {}
    for item in items:
        rows.append(Row(item.name, is_heading=True))
        for name, said, one in item.rounds:
            if one is not None:
                shown[len(rows)] = one
            rows.append(Row(name, said))
    given = require_released(*shown.values())
    ends = [end for one in shown.values() for end in one.values]
    low, high = min([-0.1, *ends]), max([0.1, *ends])
    axis = Axis((low - OUTSIDE * (high - low), high + OUTSIDE * (high - low)), ())
    used = sorted({len(one.classes) for one in shown.values() if one.classes}, reverse=True)
    key = [
        (style.Mark(color, "s", 8.0), said)
        for n in used
        for color, said in zip(COLORS[n], classes[n], strict=True)
    ]
    with style.drawing():
        board = Board(words, rows, axis, pitch=PITCH, key=key)
        middle = board.x(0.0)
        board.rule([middle, middle], [board.top, board.bottom], lw=0.8, color=style.MUTED, zorder=-1)
        for at, one in shown.items():
            _draw(board, at, one, language)
        return board.svg(*given)


def _draw(board: Board, at: int, one: ReleasedDistribution, language: str) -> None:
    """The classes of a round side by side, each with its share: inside, or beside a narrow outermost one."""
    middle = board.bottom - board.y(at)
    last = len(one.classes) - 1
    for place, (color, (low, high), known) in enumerate(
        zip(COLORS.get(len(one.classes), ()), pairwise(one.values), one.classes, strict=True)
    ):
        board.axes.barh(
            [middle], [high - low], left=low, height=BAR, color=color, edgecolor=style.PAPER, lw=0.6
        )
        said = style.write_number(known.share, 0, language, percent=True)
        if board.x(high) - board.x(low) >= style.text_width(said, style.SMALL) + LEAST_ROOM:
            x, ink = (board.x(low) + board.x(high)) / 2, style.PAPER if color in DARK else style.INK
            board.text(x, board.y(at) + 2.9, said, size=style.SMALL, align="center", color=ink)
        elif place in (0, last) and known.share:
            x = board.x(high) + LEAST_ROOM if place else board.x(low) - LEAST_ROOM
            board.text(x, board.y(at) + 2.9, said, size=style.SMALL, align="left" if place else "right")
