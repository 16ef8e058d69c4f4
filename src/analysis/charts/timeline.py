"""Who began when: a bar from the first day of each start, a row a party, under a heading a unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from analysis.charts import style
from analysis.charts.axes import day_number, month_labels
from analysis.charts.board import Axis, Board, Row
from analysis.charts.frame import Words

ROOM = 230.0  # points that the labels of months are chosen for
START = style.Mark(style.AFTER, "D", 4.9)


def draw(rows: Sequence[Row], starts: Sequence[date | None], words: Words, *, language: str) -> str:
    """Bars from each start to the end of the axis; settings alone, no data.

    Parameters
    ----------
    rows : sequence of Row
        Units as headings, parties below them.
    starts : sequence of date or None
        One for each row that is no heading; None draws nothing.
    words : Words
        Title, subtitle and source; ``observed`` is what a mark is.
    language : str
        "sv" or "en".

    Returns
    -------
    str
        SVG to put in a page.
    """
    known = [day for day in starts if day is not None]
    with style.drawing():
        first, last = _ends(known)
        ticks = _ticks(first, last, language)
        key = [(START, words.observed)] if words.observed else []
        board = Board(words, rows, Axis((first, last), ticks), pitch=13.0, key=key)
        places = [at for at, row in enumerate(rows) if not row.is_heading]
        for at, day in zip(places, starts, strict=True):
            if day is not None:
                board.box(at, day_number(day), last, height=6.0, color=style.RULE)
                x = board.x(day_number(day))
                board.rule([x], [board.y(at)], **START.look)
        return board.svg()


def _ends(known: Sequence[date]) -> tuple[float, float]:
    """A month before the first start, two months after the last."""
    first = pd.Timestamp(min(known)).to_period("M").to_timestamp() - pd.DateOffset(months=1)
    last = pd.Timestamp(max(known)).to_period("M").to_timestamp() + pd.DateOffset(months=2)
    return day_number(first), day_number(last)


def _ticks(first: float, last: float, language: str) -> tuple[tuple[float, str], ...]:
    """Months, with their year where it changes."""
    labels = month_labels(first, last, ROOM, language, at="start")
    years = [year for *_, year in labels]
    names = [f"{name} {year}".rstrip() for (_, name, _), year in zip(labels, years, strict=True)]
    return tuple((at, name) for (at, *_), name in zip(labels, names, strict=True))
