"""Units' values beside the limits of chance, a row a unit: a funnel that is read from the side."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.charts import style
from analysis.charts.board import Board, Row, value_axis
from analysis.charts.frame import Words
from analysis.charts.seen import require_released
from analysis.release import ReleasedRows

LIMIT = "#DFE5EB"  # within the outer limits; the inner ones are darker
INNER = "#A9B6C3"
BEYOND = style.Mark(style.WORSE, "^", 6.2)
WITHIN = style.Mark(style.INK, "o", 5.2)
COLUMNS = ["value", "target", "low_95", "high_95", "low_998", "high_998"]


def draw(
    found: ReleasedRows,
    rows: Sequence[Row],
    words: Words,
    *,
    percent: bool,
    language: str,
    key: Sequence[str],
) -> str:
    """Each unit's value, and the range that chance alone would mostly give a unit of its size.

    Parameters
    ----------
    found : ReleasedRows
        From `analysis.release.funnel_rows`.
    rows : sequence of Row
        One a unit.
    words : Words
        ``start_label`` stands above the line of all units together.
    percent : bool
        Write shares (0-1) as percentages.
    language : str
        "sv" or "en".
    key : sequence of str
        What the marks are, within the limits and beyond them; those that are drawn are explained.

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
        values = table[COLUMNS].to_numpy(float).ravel()
        line = float(table.target.iloc[0])
        axis = value_axis(values, nothing=0.0, percent=percent, language=language, line=line)
        is_beyond = ~table.value.between(table.low_998, table.high_998)
        marks = [BEYOND if beyond else WITHIN for beyond in is_beyond]
        known = zip((WITHIN, BEYOND), key, strict=True)
        board = Board(words, rows, axis, key=[(mark, said) for mark, said in known if mark in marks])
        for at, (mark, one) in enumerate(zip(marks, table.itertuples(), strict=True)):
            board.span(at, one.low_998, one.high_998, LIMIT, width=10)
            board.span(at, one.low_95, one.high_95, INNER, width=10)
            board.mark(at, one.value, mark)
        return board.svg(*given)
