"""Several measures on one scale: dots with intervals; right of the line is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.charts import style
from analysis.charts.board import BELOW, LINE, Board, Row, value_axis
from analysis.charts.frame import EDGE, Words
from analysis.charts.seen import require_released
from analysis.release import ReleasedRows

PITCH = 38.0


@dataclass(frozen=True, kw_only=True)
class ForestText(Words):
    """The words of the chart; see `Words` for those every chart has.

    Parameters
    ----------
    improved, worsened, plain, unattributed : str
        What the markers are.
    own : str
        Stands before the change in the measure's own unit; without it that change is left out.
    """

    improved: str
    worsened: str
    plain: str
    unattributed: str = ""
    own: str = ""


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
        Of each row: its name, the verdict below it, and the estimate in the measure's own unit ("" for
        none), at the right below the one on the scale.
    tones : sequence of {"improved", "worsened", "unattributed", "plain"}
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
        drawn = table.loc[table.estimate.notna(), ["estimate", "low", "high"]].to_numpy(float).ravel()
        axis = value_axis(drawn, nothing=0.0, percent=True, language=language, line=0.0)
        rows = [
            Row(name, _said(float(estimate), language), below=f"{text.own} {own}" if text.own and own else "")
            for (name, _, own), estimate in zip(names, table.estimate, strict=True)
        ]
        board = Board(text, rows, axis, pitch=PITCH, key=_key(tones, text))
        for at, (tone, (_, verdict, _), one) in enumerate(zip(tones, names, table.itertuples(), strict=True)):
            if np.isfinite(one.estimate):
                board.span(at, one.low, one.high, style.LINES[tone])
                board.mark(at, one.estimate, style.MARKS[tone])
            _verdict(board, at, verdict, tone)
        return board.svg(*given)


def _said(estimate: float, language: str) -> str:
    """The estimate as it is drawn, in per cent with its sign; a dash where there is none."""
    if not np.isfinite(estimate):
        return "–"
    plus = "+" if round(estimate, 2) > 0 else ""
    return plus + style.write_number(estimate, 0, language, percent=True)


def _key(tones: Sequence[style.Tone], text: ForestText) -> list[tuple[style.Mark, str]]:
    """The marks that are drawn, and what they are."""
    kinds: list[tuple[style.Tone, str]] = [
        ("improved", text.improved),
        ("worsened", text.worsened),
        ("unattributed", text.unattributed),
        ("plain", text.plain),
    ]
    return [(style.MARKS[tone], word) for tone, word in kinds if tone in tones]


def _verdict(board: Board, at: int, verdict: str, tone: style.Tone) -> None:
    """The verdict below the name."""
    y, color = board.y(at) + BELOW, style.LINES[tone] if tone != "plain" else style.MUTED
    board.text(EDGE, y + LINE / 2 * (len(board.names[at]) - 1), verdict, size=style.SMALL, color=color)
