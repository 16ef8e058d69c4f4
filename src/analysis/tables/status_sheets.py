"""Status sheets: one row a line in one of the four boxes of an administration's sheet (Trafikrapport).

Source: domain dossier 2.6, 6.6 and 6.11 (the template's “xxxx” stands for nothing written: seven of the
twenty sheets known hold nothing else).
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
from pandera.typing.pandas import Series

from analysis.tables import PLACEHOLDER
from analysis.tables.columns import Contract, needed, optional

KEY = ("sheet_date", "sub_area", "forvaltning", "box", "position")
MONTH = "sheet_date"
ISSUED = "sheet_date"
COVERED = "sheet_date"

BOXES = ("done", "ongoing", "planned", "obstacle")
SHEET = ["sheet_date", "sub_area", "forvaltning"]


class Model(Contract):
    """A line of a status sheet."""

    sheet_date: Series[pd.Timestamp] = needed("Date of the sheet")
    sub_area: Series[str] = needed("Sub-area that the sheet is about", "name")
    forvaltning: Series[str] = needed("Administration", "name")
    box: Series[str] = needed("Box", "code", isin=BOXES)
    position: Series[pd.Int64Dtype] = needed("Place of the line in the delivery", ge=1)
    text: Series[str] = optional("What is written; a placeholder stands for nothing", "text")

    class Config:
        """One row a key."""

        unique: ClassVar = list(KEY)


def is_unwritten(texts: pd.Series) -> pd.Series:
    """Whether a line holds nothing, or only the template's placeholder."""
    return texts.isna() | texts.fillna("").str.fullmatch(PLACEHOLDER) | texts.fillna("").str.strip().eq("")


def sheets(rows: pd.DataFrame) -> pd.DataFrame:
    """How much is written on each sheet.

    Parameters
    ----------
    rows : DataFrame, one row a line
        In this table's columns.

    Returns
    -------
    DataFrame, one row a sheet
        ``sheet_date, sub_area, forvaltning, lines_n, written_n, boxes_n`` (boxes with something
        written) and ``is_blank``.
    """
    written = ~is_unwritten(rows.text)
    counted = rows[SHEET].assign(lines_n=1, written_n=written.astype(int), box=rows.box.where(written))
    by_sheet = counted.groupby(SHEET, sort=True)
    found = by_sheet.agg(
        lines_n=("lines_n", "sum"), written_n=("written_n", "sum"), boxes_n=("box", "nunique")
    )
    return found.assign(is_blank=found.written_n == 0).reset_index()


def unwritten(rows: pd.DataFrame) -> pd.Series:
    """Nothing is written, or only the template's placeholder."""
    return is_unwritten(rows.text).astype(bool)


ODD = {"required": unwritten}
