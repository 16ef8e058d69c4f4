"""Units' values beside the limits of chance, a row a unit: a funnel that is read from the side."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.charts import style
from analysis.charts.board import Board, Row, value_axis
from analysis.charts.frame import Words
from analysis.charts.seen import require_released
from analysis.release import ReleasedRows

LIMIT = "#D6DEE6"  # within the outer limits; the inner ones are darker
INNER = style.RULE
BEYOND = style.Mark(style.WORSE, "^", 6.2)
WITHIN = style.ORDINARY
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
        What the marks are: within the limits, beyond them.

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
        board = Board(words, rows, axis, key=list(zip((WITHIN, BEYOND), key, strict=True)))
        for at, one in enumerate(table.itertuples()):
            board.span(at, one.low_998, one.high_998, LIMIT, width=10)
            board.span(at, one.low_95, one.high_95, INNER, width=10)
            is_beyond = not one.low_998 <= one.value <= one.high_998
            board.mark(at, one.value, BEYOND if is_beyond else WITHIN)
        return board.svg(*given)
