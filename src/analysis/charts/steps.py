"""How large a share of cases reached each step, before and after: two marks a row, joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.charts import style
from analysis.charts.board import Board, Row, value_axis
from analysis.charts.frame import Words
from analysis.charts.seen import require_released
from analysis.release import ReleasedRows

BEFORE, AFTER = style.ORDINARY, style.Mark(style.AFTER, "D", 4.9)
PITCH = 26.0


@dataclass(frozen=True, kw_only=True)
class StepsText(Words):
    """The words of the chart; see `Words` for those every chart has. Before and after name the periods."""

    before: str
    after: str


def draw(found: ReleasedRows, names: Mapping[str, str], text: StepsText, *, language: str) -> str:
    """The share before as a dot, after as a diamond.

    Parameters
    ----------
    found : ReleasedRows
        ``name, share_before, share_after``; NaN draws nothing.
    names : mapping of str to str
        The steps to draw, in order, and what they are called.
    text : StepsText
        The words.
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
    table = found.table.set_index("name")
    shares = table.loc[list(names), ["share_before", "share_after"]].to_numpy(float)
    with style.drawing():
        axis = value_axis(np.append(shares.ravel(), [0.0, 1.0]), nothing=0.0, percent=True, language=language)
        rows = [Row(name, _said(pair, language)) for name, pair in zip(names.values(), shares, strict=True)]
        key = [(AFTER, text.after)]
        if np.isfinite(shares[:, 0]).any():
            key = [(BEFORE, text.before), *key]
        board = Board(text, rows, axis, pitch=PITCH, key=key)
        for at, (before, after) in enumerate(shares):
            if np.isfinite([before, after]).all():
                board.span(at, before, after, style.RULE, width=2.4)
            board.mark(at, before, BEFORE)
            board.mark(at, after, AFTER)
        return board.svg(*given)


def _said(pair: np.ndarray, language: str) -> str:
    """Both shares as they are read."""
    known = [share for share in pair if np.isfinite(share)]
    return " → ".join(style.write_number(float(share), 0, language, percent=True) for share in known)
