"""Estimates with their intervals, row by row: units beside each other, or one answer under other choices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.charts import style
from analysis.charts.board import Board, Row, value_axis
from analysis.charts.frame import Words
from analysis.charts.seen import require_released
from analysis.release import ReleasedRows


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
        What the markers are; those that are drawn, by the tones of `words`, when it is left out.

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
        drawn = table.loc[table.estimate.notna(), ["estimate", "low", "high"]].to_numpy(float).ravel()
        axis = value_axis(drawn, nothing=nothing, percent=percent, language=language, line=nothing)
        places = [at for at, row in enumerate(rows) if not row.is_heading]
        board = Board(words, rows, axis, key=key or _key(rows, places, table.estimate, words))
        for at, one in zip(places, table.itertuples(), strict=True):
            tone = rows[at].tone
            if np.isfinite(one.estimate):
                board.span(at, one.low, one.high, style.LINES[tone])
                board.mark(at, one.estimate, style.MARKS[tone])
        return board.svg(*given)


def _key(
    rows: Sequence[Row], places: Sequence[int], estimates: pd.Series, words: Words
) -> list[tuple[style.Mark, str]]:
    """The marks of the tones that are drawn, in their order, and what they are."""
    drawn = {rows[at].tone for at, one in zip(places, estimates, strict=False) if np.isfinite(one)}
    return [(style.MARKS[tone], said) for tone, said in words.tones.items() if tone in drawn]
