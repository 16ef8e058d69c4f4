"""Published workbooks with one row a unit and one column a responsible party, for one month."""

from __future__ import annotations

import io
import re
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from analysis.area import Area
from analysis.errors import InputRefused, Place
from analysis.sources.mapping import Source
from analysis.sources.reader import MOST_BAD, Reject, read_bytes

Row = list[Any]


def read_crosstab(path: Path, source: Source, area: Area) -> tuple[pd.DataFrame, list[Reject], int]:
    """Read one published workbook into measurements.

    Parameters
    ----------
    path : Path
        An .xls or .xlsx file.
    source : Source
        Sheet, header and parties.
    area : Area
        The units with their codes.

    Returns
    -------
    frame : DataFrame
        Measurements: unit × party for the file's month.
    rejects : list of Reject
        Rows of units that the area does not know.
    read : int
        Rows of units in the sheet.

    Raises
    ------
    InputRefused
        If it is no workbook, the sheet or a column is missing, or parts and totals do not agree.
    """
    s = source.settings
    rows = _sheet(path, s["sheet"])
    at = _header(rows, _needed(s), path.name)
    header = [str(c) for c in rows[at]]
    month = _month(rows, s["period"], path.name)
    issued = _issued(rows, s["issued"], path.name)
    body = _body(rows, at, header, s, path.name)
    name_column = header.index(s["total_row"]["column"])
    total = [(n, r) for n, r in body if r[name_column] == s["total_row"]["value"]]
    units = [(n, r) for n, r in body if r[name_column] != s["total_row"]["value"]]
    counts = {n: _counts(r, header, s, Place(path.name, n)) for n, r in body}
    _check_totals(units, total, counts, path.name)
    ids = _unit_ids(units, header, source, area, path.name)
    frame, rejects = _measurements(ids, counts, source)
    base = float(pd.Timestamp(month).days_in_month)
    return frame.assign(period_start=month, denominator=base, issued_date=issued), rejects, len(units)


def _sheet(path: Path, name: str) -> list[Row]:
    data = read_bytes(path)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (CalamineError, OSError):
        what = "the file is not a workbook that can be read"
        raise InputRefused(what, "Download it again", Place(path.name)) from None
    found = [n for n in book.sheet_names if n.casefold() == name.casefold()]
    if not found:
        raise InputRefused(f"there is no sheet “{name}”", "Check that it is the right file", Place(path.name))
    return book.get_sheet_by_name(found[0]).to_python(skip_empty_area=False)


def _needed(s: Any) -> list[str]:
    return [s["unit_column"], s["total_row"]["column"], s["total_column"], *s["parties"]]


def _header(rows: list[Row], needed: list[str], file: str) -> int:
    for at, row in enumerate(rows):
        if needed[0] in row:
            missing = [c for c in needed if c not in row]
            if missing:
                where = Place(file, at + 1, missing[0])
                raise InputRefused("the column is missing", "Check that it is the right file", where)
            return at
    what = "there is no header row with this column"
    raise InputRefused(what, "Check that it is the right file", Place(file, column=needed[0]))


def _body(rows: list[Row], at: int, header: Row, s: Any, file: str) -> list[tuple[int, Row]]:
    """Rows with a unit's code; notes and blank lines are no rows, but a count without a unit is a fault."""
    unit, total = header.index(s["unit_column"]), header.index(s["total_column"])
    body = [(n, row) for n, row in enumerate(rows[at + 1 :], at + 2) if str(row[unit]).strip()]
    for n, row in enumerate(rows[at + 1 :], at + 2):
        if not str(row[unit]).strip() and isinstance(row[total], int | float):
            where = Place(file, n, s["unit_column"])
            raise InputRefused("the row has counts but no unit", "Check the workbook", where)
    return body


def _label(rows: list[Row], label: str) -> str:
    for row in rows[:20]:
        for cell, after in pairwise(row):
            if str(cell).strip() == label:
                return str(after).strip()
    return ""


def _month(rows: list[Row], period: dict[str, str], file: str) -> datetime:
    text = _label(rows, period["label"])
    try:
        return datetime.strptime(text, period["format"])
    except ValueError:
        where = Place(file, column=period["label"])
        raise InputRefused("the month cannot be read", "Check the sheet's head", where) from None


def _issued(rows: list[Row], labels: list[dict[str, str]], file: str) -> datetime:
    for label in labels:
        text = re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", _label(rows, label["label"]))
        for form in ("%d %B %Y", "%d %b %Y"):
            try:
                return datetime.strptime(text, form)
            except ValueError:
                continue
    where = Place(file, column=labels[-1]["label"])
    raise InputRefused("the date of publication cannot be read", "Check the sheet's head", where)


def _counts(row: Row, header: list[str], s: Any, where: Place) -> dict[str, float]:
    counts = {}
    for column in [*s["parties"], s["total_column"]]:
        cell = row[header.index(column)]
        if str(cell).strip() in s.get("zero", []):
            cell = 0.0
        if not isinstance(cell, int | float) or isinstance(cell, bool) or cell < 0:
            at = Place(where.file, where.line, column)
            raise InputRefused("the cell is not a count", "Check the workbook", at)
        counts[column] = float(cell)
    return counts


def _check_totals(units: list[Any], total: list[Any], counts: dict[int, dict[str, float]], file: str) -> None:
    if len(total) != 1:
        raise InputRefused("there is not exactly one row of totals", "Check the workbook", Place(file))
    stated = counts[total[0][0]]
    for column, value in stated.items():
        added = sum(counts[n][column] for n, _ in units)
        if added != value:
            what = f"the units add up to {added:.0f} but the total says {value:.0f}"
            raise InputRefused(
                what, "Ask the publisher for a corrected file", Place(file, total[0][0], column)
            )
    for n, _ in units:
        *parts, whole = counts[n].values()
        if sum(parts) != whole:
            what = "the parties do not add up to the total"
            raise InputRefused(what, "Ask the publisher for a corrected file", Place(file, n))


def _unit_ids(
    units: list[Any], header: list[str], source: Source, area: Area, file: str
) -> dict[int, str | None]:
    """Line to unit, None when the area does not know it; refuses a unit that stands twice."""
    name = source.settings["unit_column"]
    column = header.index(name)
    known = {spelling: u.id for u in area.units for spelling in u.spellings}
    ids: dict[int, str | None] = {}
    for line, row in units:
        unit = known.get(str(row[column]).strip())
        if unit is not None and unit in ids.values():
            what = "the unit stands twice"
            raise InputRefused(what, "Ask the publisher for a corrected file", Place(file, line, name))
        ids[line] = unit
    unknown = [line for line, unit in ids.items() if unit is None]
    if len(unknown) > MOST_BAD * len(ids):
        what = f"{len(unknown)} of {len(ids)} units are not units of the area"
        remedy = "Add their codes to units.csv, or name the area that the file is for"
        raise InputRefused(what, remedy, Place(file, unknown[0], name))
    return ids


def _measurements(
    ids: dict[int, str | None], counts: dict[int, dict[str, float]], source: Source
) -> tuple[pd.DataFrame, list[Reject]]:
    s = source.settings
    rows, rejects = [], []
    for number, (line, unit) in enumerate(ids.items(), 1):
        if unit is None:
            rejects.append(Reject(number, line, s["unit_column"], "unknown_unit"))
            continue
        rows += [(s["indicator"], unit, party, counts[line][c]) for c, party in s["parties"].items()]
    return pd.DataFrame(rows, columns=["indicator", "unit", "party", "numerator"]), rejects
