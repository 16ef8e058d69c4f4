"""Estimates with their intervals, row by row: units beside each other, or one answer under other choices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.charts import style
from analysis.charts.board import Board, Row, value_axis
from analysis.charts.frame import Words
from analysis.charts.seen import require_released
from analysis.release import ReleasedRows

WIDEST = 3.0  # an axis holds intervals to this many times the farthest estimate


def draw(
    found: ReleasedRows,
    rows: Sequence[Row],
    words: Words,
    *,
    nothing: float,
    percent: bool,
    language: str,
    key: Sequence[tuple[style.Mark, str]] = (),
) -> str:
    """Dots with their intervals about a line at no change.

    Parameters
    ----------
    found : ReleasedRows
        ``estimate, low, high``, one for each of the rows that is no heading; NaN draws nothing.
    rows : sequence of Row
        Names, numbers as they are read, and tones for colour and marker.
    words : Words
        ``start_label`` stands above the line at no change.
    nothing : float
        No change: 1 for ratios, 0 for differences.
    percent : bool
        Write changes as percentages.
    language : str
        "sv" or "en".
    key : sequence of (Mark, str)
        What the markers are.

    Returns
    -------
    str
        SVG to put in a page.

    Raises
    ------
    DisclosureStop
        If something else than released rows is given, or drawn.
    """
    given = require_released(found)
    table = found.table
    with style.drawing():
        values = table[["estimate", "low", "high"]].to_numpy(float).ravel() - nothing
        reach = WIDEST * np.nanmax(np.append(np.abs(table.estimate - nothing), 1e-9))
        shown = np.clip(values, -reach, reach) + nothing
        axis = value_axis(shown, nothing=nothing, percent=percent, language=language, line=nothing)
        board = Board(words, rows, axis, key=key)
        places = [at for at, row in enumerate(rows) if not row.is_heading]
        for at, one in zip(places, table.itertuples(), strict=True):
            tone = rows[at].tone
            if np.isfinite(one.estimate):
                board.span(at, one.low, one.high, style.LINES[tone])
                board.mark(at, one.estimate, style.MARKS[tone])
        return board.svg(*given)
