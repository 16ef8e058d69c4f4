"""Published workbooks with one row a unit and one column a responsible party, for one month."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import Any

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from analysis.area import Area
from analysis.errors import InputRefused, Place
from analysis.sources.cells import MOST_BAD, Findings
from analysis.sources.intake import ZIP, Taken
from analysis.sources.mapping import Source
from analysis.sources.zipcheck import check_package

CORRECTED = "Ask the publisher for a corrected file"
Row = list[Any]


def read_crosstab(taken: Taken, source: Source, area: Area) -> tuple[pd.DataFrame, Findings, int]:
    """Read one published workbook into measurements.

    Parameters
    ----------
    taken : Taken
        The copy of an .xls or .xlsx file.
    source : Source
        Sheet, header and parties.
    area : Area
        The units with their codes.

    Returns
    -------
    frame : DataFrame
        Measurements: unit × party for the file's month.
    findings : Findings
        Rows of units that the area does not know.
    read : int
        Rows of units in the sheet.

    Raises
    ------
    InputRefused
        If it is no workbook, the sheet or a column is missing, or parts and totals do not agree.
    """
    s, name = source.settings, taken.name
    rows = _sheet(taken, s["sheet"])
    at = _header(rows, _needed(s), name)
    header = [str(c) for c in rows[at]]
    month = _month(rows, s["period"], name)
    issued = _issued(rows, s["issued"], name)
    body = _body(rows, at, header, s, name)
    name_column = header.index(s["total_row"]["column"])
    total = [(n, r) for n, r in body if r[name_column] == s["total_row"]["value"]]
    units = [(n, r) for n, r in body if r[name_column] != s["total_row"]["value"]]
    counts = {n: _counts(r, header, s, Place(name, n)) for n, r in body}
    _check_totals(units, total, counts, name)
    ids = _unit_ids(units, header, source, area, name)
    frame, findings = _measurements(ids, counts, source)
    base = float(pd.Timestamp(month).days_in_month)
    return frame.assign(period_start=month, denominator=base, issued_date=issued), findings, len(units)


def _sheet(taken: Taken, name: str) -> list[Row]:
    if taken.kind == ZIP:
        check_package(taken.path, taken.name)
    where = Place(taken.name)
    try:
        book = CalamineWorkbook.from_path(str(taken.path))
    except (CalamineError, OSError):
        what = "the file is not a workbook that can be read"
        raise InputRefused(what, "Download it again", where, reason="file_type") from None
    found = [n for n in book.sheet_names if n.casefold() == name.casefold()]
    if not found:
        what = f"there is no sheet “{name}”"
        raise InputRefused(what, "Check that it is the right file", where, reason="sheets")
    return book.get_sheet_by_name(found[0]).to_python(skip_empty_area=False)


def _needed(s: Any) -> list[str]:
    return [s["unit_column"], s["total_row"]["column"], s["total_column"], *s["parties"]]


def _header(rows: list[Row], needed: list[str], file: str) -> int:
    for at, row in enumerate(rows):
        if needed[0] in row:
            missing = [c for c in needed if c not in row]
            if missing:
                where = Place(file, at + 1, missing[0])
                what = "the column is missing"
                raise InputRefused(what, "Check that it is the right file", where, reason="missing_column")
            return at
    what = "there is no header row with this column"
    where = Place(file, column=needed[0])
    raise InputRefused(what, "Check that it is the right file", where, reason="missing_column")


def _body(rows: list[Row], at: int, header: Row, s: Any, file: str) -> list[tuple[int, Row]]:
    """Rows with a unit's code; notes and blank lines are no rows, but a count without a unit is a fault."""
    unit, total = header.index(s["unit_column"]), header.index(s["total_column"])
    body = [(n, row) for n, row in enumerate(rows[at + 1 :], at + 2) if str(row[unit]).strip()]
    for n, row in enumerate(rows[at + 1 :], at + 2):
        if not str(row[unit]).strip() and isinstance(row[total], int | float):
            where = Place(file, n, s["unit_column"])
            what = "the row has counts but no unit"
            raise InputRefused(what, "Check the workbook", where, reason="required")
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
        what = "the month cannot be read"
        raise InputRefused(what, "Check the sheet's head", where, reason="date_format") from None


def _issued(rows: list[Row], labels: list[dict[str, str]], file: str) -> datetime:
    for label in labels:
        text = re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", _label(rows, label["label"]))
        for form in ("%d %B %Y", "%d %b %Y"):
            try:
                return datetime.strptime(text, form)
            except ValueError:
                continue
    where = Place(file, column=labels[-1]["label"])
    what = "the date of publication cannot be read"
    raise InputRefused(what, "Check the sheet's head", where, reason="date_format")


def _counts(row: Row, header: list[str], s: Any, where: Place) -> dict[str, float]:
    counts = {}
    for column in [*s["parties"], s["total_column"]]:
        cell = row[header.index(column)]
        if str(cell).strip() in s.get("zero", []):
            cell = 0.0
        if not isinstance(cell, int | float) or isinstance(cell, bool) or cell < 0:
            at = Place(where.file, where.line, column)
            what = "the cell is not a count"
            raise InputRefused(what, "Check the workbook", at, reason="number_format")
        counts[column] = float(cell)
    return counts


def _check_totals(units: list[Any], total: list[Any], counts: dict[int, dict[str, float]], file: str) -> None:
    if len(total) != 1:
        what = "there is not exactly one row of totals"
        raise InputRefused(what, "Check the workbook", Place(file), reason="total_row")
    stated = counts[total[0][0]]
    for column, value in stated.items():
        added = sum(counts[n][column] for n, _ in units)
        if added != value:
            what = f"the units add up to {added:.0f} but the total says {value:.0f}"
            raise InputRefused(what, CORRECTED, Place(file, total[0][0], column), reason="conflict")
    for n, _ in units:
        *parts, whole = counts[n].values()
        if sum(parts) != whole:
            what = "the parties do not add up to the total"
            raise InputRefused(what, CORRECTED, Place(file, n), reason="conflict")


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
            raise InputRefused(what, CORRECTED, Place(file, line, name), reason="duplicate")
        ids[line] = unit
    unknown = [line for line, unit in ids.items() if unit is None]
    if len(unknown) > MOST_BAD * len(ids):
        what = f"{len(unknown)} of {len(ids)} units are not units of the area"
        remedy = "Add their codes to units.csv, or name the area that the file is for"
        raise InputRefused(what, remedy, Place(file, unknown[0], name), reason="too_many_bad_rows")
    return ids


def _measurements(
    ids: dict[int, str | None], counts: dict[int, dict[str, float]], source: Source
) -> tuple[pd.DataFrame, Findings]:
    s = source.settings
    rows, findings = [], Findings()
    for number, (line, unit) in enumerate(ids.items(), 1):
        if unit is None:
            findings.reject("unknown_code", [number], [line], s["unit_column"])
            continue
        rows += [(s["indicator"], unit, party, counts[line][c]) for c, party in s["parties"].items()]
    return pd.DataFrame(rows, columns=["indicator", "unit", "party", "numerator"]), findings
