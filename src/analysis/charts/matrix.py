"""Who about whom: a table whose cells are shaded by their released counts, a panel a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
import pandas as pd

from analysis.charts import style
from analysis.charts.seen import require_released
from analysis.charts.sheet import EDGE, Sheet, SheetText
from analysis.release import ReleasedBreakdown

ROW, GAP = 21.0, 26.0  # height of a row, distance between panels
NAMES = 122.0  # points for the names of the rows
LIGHT, DARK = np.array([234, 241, 248]), np.array([11, 95, 165])
ON_DARK, ON_LIGHT = "#FDFDFD", "#000000"
THRESHOLD = 0.179  # of luminance: either text then has a contrast of 4.5 to 1 or more
NOTHING = "#FFFFFF"
UNTOLD = "#E6E9ED"


@dataclass(frozen=True, kw_only=True)
class MatrixText(SheetText):
    """The words of the chart.

    Parameters
    ----------
    rows, columns : str
        What the names at the left and at the top are.
    hidden : str
        The mark of a small count.
    withheld : str
        The mark of a count that is not told.
    """

    rows: str
    columns: str
    hidden: str
    withheld: str


def draw(
    shown: ReleasedBreakdown,
    periods: Mapping[pd.Timestamp, str],
    names: Mapping[str, str],
    *,
    joint: str,
    text: MatrixText,
    language: str,
) -> str:
    """A panel a period, each a table of counts shaded on one scale.

    Parameters
    ----------
    shown : ReleasedBreakdown
        Keys are two ids with `joint` between them.
    periods : mapping of Timestamp to str
        First day of a period to its name, in the order of the panels.
    names : mapping of str to str
        Id to name, in the order of rows and columns.
    joint : str
        What stands between the ids of a key.
    text : MatrixText
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
        If something else than a released breakdown is given.
    """
    require_released(shown)
    cells = shown.table.set_index(["key", "period_start"])
    inside = cells[cells.index.get_level_values("period_start").isin(list(periods))]
    most = float(np.nanmax([0.0, *inside.n]))
    width = (style.WIDTH - 2 * EDGE - NAMES) / len(names)
    heads = [_lines(name, width - 4) for name in names.values()]
    head = 12.0 + 10 * max(map(len, heads))
    panel = 16 + head + ROW * len(names) + GAP
    with style.drawing():
        sheet = Sheet(text, panel * len(periods) - GAP + 8)
        sheet.axes(EDGE, sheet.top, style.WIDTH - EDGE, sheet.bottom)
        for place, (start, name) in enumerate(periods.items()):
            top = sheet.top + place * panel
            sheet.text(EDGE, top + 10, name, weight=style.STRONG, color=style.INK)
            _headings(sheet, top + 16, heads, text)
            for row, one in enumerate(names):
                _row(
                    sheet,
                    top + 16 + head + ROW * row,
                    names[one],
                    [
                        _mark(cells.loc[(f"{one}{joint}{other}", start)], most, text, language)
                        for other in names
                    ],
                )
        return sheet.svg(shown, ends=(0.0, 1.0))


def _headings(sheet: Sheet, top: float, heads: Sequence[list[str]], text: MatrixText) -> None:
    width = (style.WIDTH - 2 * EDGE - NAMES) / len(heads)
    deepest = max(map(len, heads))
    sheet.text(EDGE + NAMES, top + 8, text.columns, size=style.SMALL)
    sheet.text(EDGE, top + 8 + 10 * deepest, text.rows, size=style.SMALL)
    for at, lines in enumerate(heads):
        middle = EDGE + NAMES + width * (at + 0.5)
        for number, line in enumerate(lines):
            y = top + 18 + 10 * (number + deepest - len(lines))
            sheet.text(middle, y, line, size=style.SOURCE, align="center", color=style.INK)


def _row(sheet: Sheet, top: float, name: str, marks: Sequence[tuple[str, str]]) -> None:
    width = (style.WIDTH - 2 * EDGE - NAMES) / len(marks)
    lines = _lines(name, NAMES - 6, style.SMALL)
    for number, line in enumerate(lines):
        y = top + ROW / 2 + 3 + 9.5 * (number - (len(lines) - 1) / 2)
        sheet.text(EDGE, y, line, size=style.SMALL, color=style.INK)
    for at, (mark, fill) in enumerate(marks):
        left = EDGE + NAMES + width * at
        sheet.box(left + 1, top + 1, width - 2, ROW - 2, facecolor=fill, edgecolor=style.GRID, lw=0.7)
        sheet.text(left + width / 2, top + ROW / 2 + 3.2, mark, align="center", color=text_on(fill))


def _mark(row: Any, most: float, text: MatrixText, language: str) -> tuple[str, str]:
    """What stands in a cell, and its fill: none for nought, the lightest for a small count."""
    if row.withheld:
        return text.withheld, UNTOLD
    if isnan(row.n):
        return text.hidden, _hex(LIGHT)
    fill = NOTHING if row.n == 0 else _hex(LIGHT + (DARK - LIGHT) * row.n / most)
    return style.write_number(row.n, 0, language), fill


def text_on(fill: str) -> str:
    """The colour of text that can be read on a fill: nearly white on dark ones, black on the others."""
    parts = [int(fill[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = float(np.dot([0.2126, 0.7152, 0.0722], linear))
    return ON_DARK if luminance < THRESHOLD else ON_LIGHT


def _hex(color: np.ndarray) -> str:
    return "#" + "".join(f"{round(float(part)):02X}" for part in color)


def _lines(name: str, width: float, size: float = style.SOURCE) -> list[str]:
    """A name in lines; one of several words joined by a stroke may break after it."""
    return style.wrap(name.replace("/", "/ "), width, size)
