"""Kinds by how many there are: bars in order with their numbers, and the share of them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

import pandas as pd

from analysis.charts import style
from analysis.charts.matrix import UNTOLD
from analysis.charts.seen import require_released
from analysis.charts.sheet import EDGE, Sheet, SheetText
from analysis.release import ReleasedBreakdown

ROW, THICK = 21.0, 0.62  # height of a row, how much of it the bar takes
LINE = 9.5  # from line to line of a name that has several
NAMES, NUMBERS = 168.0, 96.0  # points for the names at the left and the shares at the right


@dataclass(frozen=True, kw_only=True)
class ParetoText(SheetText):
    """The words of the chart.

    Parameters
    ----------
    together : str
        What the column of shares is; it is left out where a count is not told.
    hidden, withheld : str
        The marks of a small count, and of one that is not told.
    """

    together: str
    hidden: str
    withheld: str


def ordered(shown: ReleasedBreakdown, start: pd.Timestamp) -> pd.DataFrame:
    """The kinds of a period, largest first, small ones and then untold ones last.

    Parameters
    ----------
    shown : ReleasedBreakdown
        Counts by kind.
    start : Timestamp
        The period.

    Returns
    -------
    DataFrame
        ``key, n, withheld, together``: the share of this kind and all before it, NaN throughout where one
        of the counts is not told.
    """
    table = shown.table
    rows = table[table.period_start.eq(start)].sort_values(["withheld", "key"])
    rows = rows.sort_values("n", ascending=False, na_position="last", kind="stable", ignore_index=True)
    rank = rows.n.isna() + rows.n.eq(0) * 2 + rows.withheld * 2  # a small count is more than none
    rows = rows.assign(rank=rank).sort_values("rank", kind="stable", ignore_index=True)
    is_told = rows.n.notna().all() and rows.n.sum() > 0
    rows["together"] = rows.n.cumsum() / rows.n.sum() if is_told else float("nan")
    return rows[["key", "n", "withheld", "together"]]


def draw(
    shown: ReleasedBreakdown,
    start: pd.Timestamp,
    names: Mapping[str, str],
    *,
    text: ParetoText,
    language: str,
) -> str:
    """Bars by kind for one period.

    Parameters
    ----------
    shown : ReleasedBreakdown
        Counts by kind.
    start : Timestamp
        The period.
    names : mapping of str to str
        Id of a kind to its name.
    text : ParetoText
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
        If something else than a released breakdown is given, or a bar is of none of its counts.
    """
    require_released(shown)
    rows = ordered(shown, start)
    most = max(float(rows.n.max()) if rows.n.notna().any() else 0.0, 1.0)
    with style.drawing():
        said = [_name(names[key]) for key in rows.key]
        high = max([ROW, *(LINE * len(lines) + 3 for lines, _ in said)])
        sheet = Sheet(text, high * len(rows) + 16)
        left, right, top = EDGE + NAMES, style.WIDTH - EDGE - NUMBERS, sheet.top + 12
        axes = sheet.axes(left, top, right, top + high * len(rows))
        axes.set_xlim(0, most)
        axes.set_ylim(len(rows), 0)
        if rows.together.notna().all():
            sheet.text(style.WIDTH - EDGE, sheet.top + 6, text.together, size=style.SMALL, align="right")
        for at, row in enumerate(rows.to_dict("records")):
            y = top + high * at + high / 2 + 3.2
            lines, size = said[at]
            for number, line in enumerate(lines):
                below = LINE * (number - (len(lines) - 1) / 2)
                sheet.text(left - 8, y + below, line, size=size, align="right", color=style.INK)
            if not isnan(row["n"]):
                axes.barh(at + 0.5, row["n"], height=THICK, color=style.AFTER, lw=0)
            _number(sheet, y, row, (right - left) / most, (text, language))
        sheet.rule([left, left], [top, top + high * len(rows)], lw=1, color=style.RULE)
        return sheet.svg(shown, axis="x", ends=(0.0, most))


def _name(name: str) -> tuple[list[str], float]:
    """All lines of a name, and their size: smaller where there are several."""
    lines = style.wrap(name, NAMES - 8)
    if not lines[1:]:
        return lines, style.TEXT
    return style.wrap(name, NAMES - 8, style.SMALL), style.SMALL


def _number(
    sheet: Sheet, y: float, row: Mapping[Any, Any], scale: float, words: tuple[ParetoText, str]
) -> None:
    """The number of a kind beside its bar, or its mark and no length; and the share together."""
    text, language = words
    left, n = EDGE + NAMES, float(row["n"])
    if isnan(n):
        number, reach, high = text.withheld if row["withheld"] else text.hidden, 0.0, ROW * THICK
        sheet.box(left, y - 3.2 - high / 2, 3.0, high, facecolor=UNTOLD, edgecolor=style.MUTED, lw=0.7)
    else:
        number, reach = style.write_number(n, 0, language), n * scale
    sheet.text(left + reach + 6, y, number, weight=style.STRONG, color=style.INK)
    if not isnan(row["together"]):
        share = style.write_number(row["together"], 0, language, percent=True)
        sheet.text(style.WIDTH - EDGE, y, share, align="right")
