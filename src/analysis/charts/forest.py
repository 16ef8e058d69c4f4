"""Several measures on one scale: dots with intervals; right of the line is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.charts import style
from analysis.charts.board import LINE, Board, Row, value_axis
from analysis.charts.frame import EDGE, Words
from analysis.charts.seen import require_released
from analysis.release import ReleasedRows

WIDEST = 2.5  # an axis holds intervals to this many times the farthest estimate
PITCH = 38.0
BELOW = 14.0  # from the middle of a name to the verdict below it


@dataclass(frozen=True, kw_only=True)
class ForestText(Words):
    """The words of the chart; see `Words` for those every chart has. The others say what the markers are."""

    improved: str
    worsened: str
    plain: str


def draw(
    found: ReleasedRows,
    names: Sequence[tuple[str, str, str]],
    tones: Sequence[style.Tone],
    text: ForestText,
    *,
    language: str,
) -> str:
    """Measures row by row.

    Parameters
    ----------
    found : ReleasedRows
        ``estimate, low, high`` as shares (0.1 is ten per cent better); NaN draws nothing.
    names : sequence of (str, str, str)
        Of each row: its name, the verdict below it, and the estimate in its own unit at the right.
    tones : sequence of {"improved", "worsened", "plain"}
        Of each row.
    text : ForestText
        The words; ``start_label`` stands above the line at no change.
    language : str
        "sv" or "en".

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
        values = table[["estimate", "low", "high"]].to_numpy(float).ravel()
        reach = WIDEST * np.nanmax(np.append(np.abs(table.estimate), 0.01))
        axis = value_axis(
            np.clip(values, -reach, reach), nothing=0.0, percent=True, language=language, line=0.0
        )
        kinds: list[tuple[style.Tone, str]] = [
            ("improved", text.improved), ("worsened", text.worsened), ("plain", text.plain)
        ]  # fmt: skip
        key = [(style.MARKS[tone], word) for tone, word in kinds if tone in tones]
        board = Board(text, [Row(name, said) for name, _, said in names], axis, pitch=PITCH, key=key)
        for at, (tone, (_, verdict, _), one) in enumerate(zip(tones, names, table.itertuples(), strict=True)):
            if np.isfinite(one.estimate):
                board.span(at, one.low, one.high, style.LINES[tone])
                board.mark(at, one.estimate, style.MARKS[tone])
            below = board.y(at) + BELOW + LINE / 2 * (len(board.names[at]) - 1)
            color = style.LINES[tone] if tone != "plain" else style.MUTED
            board.text(EDGE, below, verdict, size=style.SMALL, color=color)
        return board.svg(*given)
