"""Text cells to typed columns of a table: every cell is understood in a stated way or its row is kept out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pandera.pandas as pa

from analysis.area import Area
from analysis.errors import InputRefused, Place
from analysis.sources.mapping import Source
from analysis.sources.reader import MOST_BAD, Raw, Reject
from analysis.tables import Table

MISSING = {
    "",
    "-",
    "–",
    ".",
    "..",
    "?",
    "n/a",
    "na",
    "#n/a",
    "null",
    "none",
    "nan",
    "okänd",
    "saknas",
    "uppgift saknas",
}
DATE_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
UNIT_COLUMNS = ("unit",)
CATEGORY_COLUMNS = ("category",)
PARTY_COLUMNS = ("reporting_party", "receiving_party", "party")
FIRST_DAY, LAST_DAY = pd.Timestamp("1990-01-01"), pd.Timestamp("2099-12-31 23:59:59")

Converted = tuple[pd.Series, pd.Series]


def to_table(raw: Raw, source: Source, table: Table, area: Area) -> tuple[pd.DataFrame, list[Reject]]:
    """Typed rows that keep the table's contract, and the rejects.

    Parameters
    ----------
    raw : Raw
        Text cells.
    source : Source
        The mapping.
    table : Table
        The contract.
    area : Area
        Units and parties with their spellings.

    Returns
    -------
    frame : DataFrame
        Accepted rows in the table's columns and types.
    rejects : list of Reject
        One for each row and reason, those of the reader among them.

    Raises
    ------
    InputRefused
        If a needed column is missing, or more than half of the rows are bad.
    """
    schema = table.model.to_schema()
    found = source.found(raw.header)
    _need_columns(raw, source, schema, found)
    columns: dict[str, pd.Series] = {}
    bad: list[tuple[str, str, pd.Series]] = []
    for name, column in schema.columns.items():
        cells = raw.frame[found[name]].str.strip() if name in found else None
        values, wrong = _convert(column, cells, raw.frame.index, _known(name, source, area))
        columns[name] = values
        bad.append((name, _reason(name, column), wrong))
        if _target(str(column.dtype)) == "datetime64[us]":
            bad.append((name, "date_out_of_range", values.notna() & ~values.between(FIRST_DAY, LAST_DAY)))
        if not column.nullable:
            bad.append((name, "required", values.isna() & ~wrong))
    frame = pd.DataFrame(columns, index=raw.frame.index)
    rejects = raw.rejects + _rejects(bad, raw, found)
    kept = frame[~frame.index.isin({r.line for r in rejects})]
    kept, broken = contract(kept, table)
    rejects += [Reject(int(raw.rows[line]), line, found.get(c, c), why) for line, c, why in broken]
    _refuse_if_mostly_bad(raw, rejects)
    return kept.reset_index(drop=True), sorted(rejects, key=lambda r: (r.row, r.column, r.reason))


def contract(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, list[tuple[int, str, str]]]:
    """Rows that keep the table's contract, and (index, column, reason) of each that does not.

    Parameters
    ----------
    frame : DataFrame
        Typed columns.
    table : Table
        The contract.

    Returns
    -------
    frame : DataFrame
        The rows that keep it.
    broken : list of (int, str, str)
        The others.
    """
    try:
        return table.model.validate(frame, lazy=True), []
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
    cases = cases[cases["index"].notna()]
    if cases.empty:
        raise InputRefused("the columns do not keep the contract", "Report this", Place(table.name))
    cases = cases.assign(column=cases["column"].where(cases["schema_context"] == "Column", ""))
    broken = {
        (int(i), str(c), _word(str(k)))
        for i, c, k in zip(cases["index"], cases["column"], cases["check"], strict=True)
    }
    return frame[~frame.index.isin({i for i, _, _ in broken})], sorted(broken)


def _word(check: str) -> str:
    if "unique" in check:
        return "duplicate"
    return (
        "out_of_range" if "(" in check or "greater" in check or "less" in check or "isin" in check else check
    )


def _need_columns(raw: Raw, source: Source, schema: pa.DataFrameSchema, found: dict[str, str]) -> None:
    for name, column in schema.columns.items():
        if name not in found and not column.nullable:
            header = source.columns.get(name, [name])[0]
            what = f"the column is missing; the file looks like “{source.name}”"
            raise InputRefused(what, "Export it again with the column", Place(raw.file, 1, header))


def _convert(
    column: Any, cells: pd.Series | None, index: pd.Index, known: dict[str, Any] | None
) -> Converted:
    kind = _target(str(column.dtype))
    if cells is None:
        return pd.Series(pd.NA, index=index).astype(kind), pd.Series(False, index=index)
    if known is not None:
        return _coded(cells, known, kind)
    return _CONVERTERS.get(kind, _text)(cells)


def _known(name: str, source: Source, area: Area) -> dict[str, Any] | None:
    """Spelling to code of a coded column; None when the column is not coded."""
    if name in UNIT_COLUMNS:
        return {s: u.id for u in area.units for s in u.spellings}
    if name in PARTY_COLUMNS:
        return {s: p.id for p in area.parties for s in p.spellings}
    if name in CATEGORY_COLUMNS:
        return {s: c.id for c in area.categories for s in c.spellings}
    return source.settings.get("values", {}).get(name)


def _target(kind: str) -> str:
    if kind.startswith("datetime64"):
        return "datetime64[us]"
    return "str" if kind.startswith("str") else kind


def _missing(cells: pd.Series) -> pd.Series:
    return cells.str.lower().isin(MISSING)


def _coded(cells: pd.Series, known: dict[str, Any], kind: str) -> Converted:
    values = cells.map(known)
    wrong = values.isna() & ~_missing(cells)
    return values.astype(kind), wrong


def _text(cells: pd.Series) -> Converted:
    return cells.mask(cells == ""), pd.Series(False, index=cells.index)


def _times(cells: pd.Series) -> Converted:
    values = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us]")
    for form in DATE_FORMS:
        open_ = values.isna()
        if not open_.any():
            break
        values = values.fillna(
            pd.to_datetime(cells[open_], format=form, errors="coerce").astype("datetime64[us]")
        )
    return values, values.isna() & ~_missing(cells)


def _floats(cells: pd.Series) -> Converted:
    plain = cells.str.fullmatch(r"-?\d+([.,]\d+)?")
    values = pd.to_numeric(cells.where(plain).str.replace(",", ".", regex=False), errors="coerce").astype(
        float
    )
    return values, ~plain & ~_missing(cells)


def _integers(cells: pd.Series) -> Converted:
    plain = cells.str.fullmatch(r"-?\d{1,9}")
    return pd.to_numeric(cells.where(plain), errors="coerce").astype("Int64"), ~plain & ~_missing(cells)


_CONVERTERS: dict[str, Callable[[pd.Series], Converted]] = {
    "datetime64[us]": _times,
    "float64": _floats,
    "Int64": _integers,
}


def _reason(name: str, column: Any) -> str:
    kind = _target(str(column.dtype))
    return {"datetime64[us]": "date_format", "float64": "number_format", "Int64": "number_format"}.get(
        kind, "unknown_unit" if name in UNIT_COLUMNS else "unknown_code"
    )


def _rejects(bad: list[tuple[str, str, pd.Series]], raw: Raw, found: dict[str, str]) -> list[Reject]:
    return [
        Reject(int(raw.rows[line]), int(line), found.get(name, name), reason)
        for name, reason, wrong in bad
        for line in wrong.index[wrong]
    ]


def _refuse_if_mostly_bad(raw: Raw, rejects: list[Reject]) -> None:
    rows = {r.row for r in rejects}
    if len(rows) <= MOST_BAD * raw.read:
        return
    first = min(rejects, key=lambda r: r.line)
    what = f"{len(rows)} of {raw.read} rows are bad, the first because of “{first.reason}”"
    raise InputRefused(
        what, "Correct the export, or its mapping", Place(raw.file, first.line, first.column or None)
    )
