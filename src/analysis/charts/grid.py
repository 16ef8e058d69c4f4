"""What was delivered of which month: a row a table or measure, told by height, fill and sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import pandas as pd

from analysis.charts import style
from analysis.charts.axes import day_number, month_labels
from analysis.charts.board import Axis, Board, Row
from analysis.charts.frame import Words
from analysis.charts.seen import require_released
from analysis.release import ReleasedStates, State

TALL, HALF = 9.0, 4.0
WHOLE = style.Mark(style.BEFORE, "s", 7.0)
PARTLY = style.Mark(style.AFTER, "s", 4.4)
WAITING = style.Mark(style.RULE, "s", 7.0)
MISSING = style.Mark(style.WORSE, "X", 6.0)
KEYED: dict[State, style.Mark] = {
    "followed": WHOLE, "partly": PARTLY, "delivered": WAITING, "missing": MISSING
}  # fmt: skip


def draw(
    found: ReleasedStates, rows: Sequence[Row], words: Words, *, language: str, key: dict[State, str]
) -> str:
    """A bar over months that are whole, a lower one where a part came, a cross where nothing did.

    Parameters
    ----------
    found : ReleasedStates
        From `analysis.release.states`.
    rows : sequence of Row
        Headings, and one for each of its rows.
    words : Words
        Title, subtitle and source.
    language : str
        "sv" or "en".
    key : dict of str to str
        What each state is called; those that are drawn are explained.

    Returns
    -------
    str
        SVG to put in a page.

    Raises
    ------
    DisclosureStop
        If something else than released states is given.
    """
    given = require_released(found)
    first = day_number(found.months[0])
    last = day_number(found.months[-1] + pd.DateOffset(months=1))
    with style.drawing():
        ticks = tuple((at, label) for at, label in _ticks(first, last, language))
        drawn = {state for one in found.rows for state in one.states}
        marks = [(_keyed(state), said) for state, said in key.items() if state in drawn]
        board = Board(words, rows, Axis((first, last), ticks), pitch=15.0, key=marks)
        places = [at for at, row in enumerate(rows) if not row.is_heading]
        for at, one in zip(places, found.rows, strict=True):
            for state, begin, end in _runs(found.months, one.states):
                _draw(board, at, state, begin, end)
        return board.svg(*given)


def _ticks(first: float, last: float, language: str) -> Iterator[tuple[float, str]]:
    for at, label, year in month_labels(first, last, 90.0, language, at="start"):
        yield at, year or label


def _runs(months: Sequence[pd.Timestamp], states: Sequence[State]) -> Iterator[tuple[State, float, float]]:
    """Neighbouring months of one state, from the first day to the day after the last."""
    for state, group in groupby(zip(months, states, strict=True), key=lambda pair: pair[1]):
        inside = [month for month, _ in group]
        yield state, day_number(inside[0]), day_number(inside[-1] + pd.DateOffset(months=1))


def _keyed(state: State) -> style.Mark:
    return KEYED[state]


def _draw(board: Board, at: int, state: State, begin: float, end: float) -> None:
    if state == "followed":
        board.box(at, begin, end, height=TALL, color=style.BEFORE)
    elif state == "delivered":
        board.box(at, begin, end, height=TALL, color=style.RULE)
    elif state == "partly":
        board.box(at, begin, end, height=HALF, color=style.AFTER)
    elif state == "missing":
        x, y = board.x((begin + end) / 2), board.y(at)
        ends = [board.x(begin), board.x(end)]
        board.rule(ends, [y, y], lw=1.0, ls=(0, (2, 2)), color=style.WORSE)
        for way in (1, -1):
            board.rule([x - 2.5, x + 2.5], [y - 2.5 * way, y + 2.5 * way], lw=1.4, color=style.WORSE)
