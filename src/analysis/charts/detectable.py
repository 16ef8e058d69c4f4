"""The smallest change that would be found: now and with more months, a row a question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.charts import style
from analysis.charts.board import Board, Row, value_axis
from analysis.charts.frame import Words
from analysis.charts.seen import require_released
from analysis.release import ReleasedRows

PITCH, APART = 29.0, 6.2  # points from row to row, and from mark to mark
NOW = style.Mark(style.INK, "o", 5.6)
LATER = (
    style.Mark(style.BEFORE, "s", 4.8),
    style.Mark(style.BEFORE, "^", 5.6),
    style.Mark(style.AFTER, "D", 4.9),
)


def draw(
    found: Sequence[ReleasedRows],
    rows: Sequence[Row],
    words: Words,
    *,
    nothing: float,
    percent: bool,
    language: str,
    key: Sequence[str],
) -> str:
    """Marks in each question's row: now at the top, below it the months ahead, so that none hides another.

    Parameters
    ----------
    found : sequence of ReleasedRows
        ``more, mde`` of each question, from `analysis.release.detectable`.
    rows : sequence of Row
        One a question.
    words : Words
        Title, subtitle and source.
    nothing : float
        No change: 1 for ratios, 0 for differences.
    percent : bool
        Write changes as percentages.
    language : str
        "sv" or "en".
    key : sequence of str
        What the marks are: now, then each number of months.

    Returns
    -------
    str
        SVG to put in a page.

    Raises
    ------
    DisclosureStop
        If something else than released rows is given, or drawn.
    """
    given = require_released(*found)
    tables = [one.table for one in found]
    with style.drawing():
        values = np.concatenate([table.mde.to_numpy(float) for table in tables])
        axis = value_axis(values, nothing=nothing, percent=percent, language=language, line=nothing)
        marks = (NOW, *LATER)
        board = Board(words, rows, axis, pitch=PITCH, key=list(zip(marks, key, strict=False)))
        for at, table in enumerate(tables):
            for place, (mark, mde) in enumerate(zip(marks, table.mde, strict=False)):
                board.mark(at, mde, mark, lift=APART * ((len(table) - 1) / 2 - place))
        return board.svg(*given)
