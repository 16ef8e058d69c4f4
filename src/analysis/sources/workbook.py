"""A workbook to chunks of text cells: the one sheet with the export, each record with its sheet row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from analysis.errors import InputRefused, Place
from analysis.sources import biff, zipcheck
from analysis.sources.cells import Chunk, Export, Fit
from analysis.sources.celltext import fractions, text, texts
from analysis.sources.header import LEAST_FIT, MOST_COLUMNS, MOST_PREAMBLE, refuse_repeated, tidy
from analysis.sources.sheetscan import LAST_ROW, Gaps, SheetFacts, find_gaps

BATCH = 50_000
INNER_BATCH = 1_000  # rows that fit the processor's cache while they are turned into columns
MOST_AREA = 32_000_000
SEARCHED_ROWS = 200
NAMELESS = 0.5  # a column without a name is filled in more of the rows; in fewer, these are shifted

Numbers = NDArray[np.int64]


def open_workbook(path: Path, name: str, fit: Fit) -> Export:
    """Open a workbook (.xlsx, or old .xls) by its content, whatever it is called.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name, for messages.
    fit : callable
        How well some cells fit the sources asked for; finds the sheet and its header row.

    Returns
    -------
    Export
        Header known, records in chunks; a row with a cell next to the last one of the header is rejected.
        What stands further off, or there in most rows, is a column without a name.

    Raises
    ------
    InputRefused
        If it is no workbook, not whole, encrypted, a trap; if two sheets fit, or none has rows.
    """
    book = _Book(path, name)
    table, has_others = _find_table(book, fit)
    where = Place(name, table.line)
    header = table.header()
    if len(header) > MOST_COLUMNS:
        _refuse_width(where)
    refuse_repeated(header, where)
    has_shifted, width = _beside(table)
    export = Export(name, header + [""] * (width - len(header)), table.line, iter(()))
    found = {"sheets": has_others, "preamble": not table.is_first}
    found |= {"date_system": book.is_1904, "merged_cells": table.sheet.facts.has_merged}
    for reason in (r for r, is_so in found.items() if is_so):
        export.findings.warn(reason)
    export.chunks = _Records(table, export, [len(header)] if has_shifted else []).chunks()
    return export


def sheet_names(path: Path, name: str) -> list[str]:
    """Names of all sheets, hidden ones too, of a workbook that `open_workbook` has opened.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name, for messages.

    Returns
    -------
    list of str
        In the workbook's order.
    """
    if _is_package(path):
        return zipcheck.package_sheets(path, name)
    return _calamine(path.open("rb"), Place(name)).sheet_names


@dataclass(frozen=True)
class _Sheet:
    """One sheet of cells, read: where it stands in the workbook, and which of its rows were left out."""

    index: int
    facts: SheetFacts
    cells: CalamineSheet
    gaps: Gaps

    @property
    def first_column(self) -> int:
        return self.cells.start[1] if self.cells.start else 0

    def line(self, row: int) -> int:
        """The sheet row (1-based) of a row counted from 0."""
        return int(self.gaps.lines(np.array([row + 1]))[0])


@dataclass(frozen=True)
class _Table:
    """A sheet and the row in it that is taken for the header."""

    sheet: _Sheet
    row: int
    cells: list[str]
    fit: float
    is_first: bool

    @property
    def line(self) -> int:
        return self.sheet.line(self.row)

    def header(self) -> list[str]:
        """The names; a column without one is called by its place in the sheet."""
        first = self.sheet.first_column + 1
        return [tidy(cell) or f"column {n}" for n, cell in enumerate(self.cells, first)]


class _Book:
    """A checked workbook: its sheets can be read one at a time."""

    def __init__(self, path: Path, name: str) -> None:
        self.where = Place(name)
        if _is_package(path):
            package = zipcheck.check_package(path, name)
            self.is_1904 = package.is_1904
            self.facts = [package.facts.get(part) for _, part in package.sheets]
            self.gaps = [find_gaps((facts or SheetFacts()).rows) for facts in self.facts]
            far = {
                part: gaps
                for (_, part), gaps in zip(package.sheets, self.gaps, strict=True)
                if gaps.starts.size
            }
            source: Any = zipcheck.without_gaps(path, far, name) if far else path.open("rb")
        else:
            found, self.is_1904 = biff.check_container(path, name)
            self.facts = list(found)
            self.gaps = [find_gaps(SheetFacts().rows) for _ in found]
            source = path.open("rb")
        self.calamine = _calamine(source, self.where)
        self.about = self.calamine.sheets_metadata
        if len(self.about) != len(self.facts):
            _refuse_damaged(self.where)

    def indexes(self, *, visible: bool) -> list[int]:
        """Which sheets hold cells, and are visible or not."""
        return [
            n
            for n, about in enumerate(self.about)
            if about.typ == SheetTypeEnum.WorkSheet and (about.visible == SheetVisibleEnum.Visible) == visible
        ]

    def sheet(self, index: int) -> _Sheet:
        """Read one sheet; refuses one that is too wide, or whose cells lie too far apart."""
        facts, gaps = self.facts[index], self.gaps[index]
        if facts is None:
            _refuse_damaged(self.where)
        if facts.last_column > MOST_COLUMNS:
            _refuse_width(self.where)
        if facts.rows.size:
            removed = gaps.removed[-1] if gaps.removed.size else 0
            height = int(facts.rows[-1] - removed)
            if height * facts.last_column > MOST_AREA:
                what = (
                    f"sheet {index + 1} has cells spread over {height} rows and {facts.last_column} columns"
                )
                raise InputRefused(what, "Delete what stands beside the table", self.where, reason="bomb")
        with _damage_refused(self.where):
            return _Sheet(index, facts, self.calamine.get_sheet_by_index(index), gaps)


def _is_package(path: Path) -> bool:
    with path.open("rb") as handle:
        head = handle.read(8)
    return head != biff.MAGIC


def _calamine(source: Any, where: Place) -> CalamineWorkbook:
    with _damage_refused(where), source:
        return CalamineWorkbook.from_filelike(source)


@contextmanager
def _damage_refused(where: Place) -> Iterator[None]:
    try:
        yield
    except (CalamineError, OSError):
        _refuse_damaged(where)
    except BaseException as error:
        # A panic inside the library; its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        _refuse_damaged(where)


def _refuse_damaged(where: Place) -> NoReturn:
    what = "the workbook is damaged, or not one"
    raise InputRefused(what, "Save it again in the spreadsheet program", where, reason="file_type") from None


def _refuse_width(where: Place) -> NoReturn:
    what = f"the sheet has more than {MOST_COLUMNS} columns"
    remedy = "Check that it is the right file, and delete what stands beside the table"
    raise InputRefused(what, remedy, where, reason="too_many_columns")


def _find_table(book: _Book, fit: Fit) -> tuple[_Table, bool]:
    """The sheet whose header fits, visible ones first; and whether other sheets hold anything."""
    visible, hidden = book.indexes(visible=True), book.indexes(visible=False)
    tables = {n: table for n in visible if (table := _best_row(book.sheet(n), fit)) is not None}
    fitting = [table for table in tables.values() if table.fit >= LEAST_FIT]
    others = len(tables) > 1 or len(book.about) > len(visible)
    if not fitting:
        found = (_best_row(book.sheet(n), fit) for n in hidden)
        fitting = [table for table in found if table is not None and table.fit >= LEAST_FIT]
    if len(fitting) > 1:
        places = " and ".join(str(table.sheet.index + 1) for table in fitting)
        what = f"sheets {places} each hold an export"
        raise InputRefused(what, "Deliver each sheet as a file of its own", book.where, reason="sheets")
    if not fitting and not tables:
        what, remedy = "the workbook has no visible sheet with cells", "Ask the sender for it again"
        raise InputRefused(what, remedy, book.where, reason="empty")
    return (fitting or list(tables.values()))[0], others


def _best_row(sheet: _Sheet, fit: Fit) -> _Table | None:
    """The row among the first that fits best as a header; the first row when none fits."""
    start = sheet.cells.start[0] if sheet.cells.start else 0
    first = islice(sheet.cells.iter_rows(), start + SEARCHED_ROWS)
    rows = ((n, [text(c) for c in row]) for n, row in enumerate(first))
    filled = list(islice(((n, cells) for n, cells in rows if any(map(str.strip, cells))), MOST_PREAMBLE))
    if not filled:
        return None
    named = [(n, cells[: max(i for i, c in enumerate(cells, 1) if c.strip())]) for n, cells in filled]
    fits = [fit(cells) for _, cells in named]
    best = int(np.argmax(fits)) if max(fits) >= LEAST_FIT else 0
    return _Table(sheet, *named[best], fits[best], best == 0)


def _beside(table: _Table) -> tuple[bool, int]:
    """Whether a few rows reach into the column next to the header; the width with all that is filled."""
    width = len(table.cells)
    if table.sheet.cells.width <= width:
        return False, width
    filled, rows_n = Counter[int](), 0
    for row in islice(table.sheet.cells.iter_rows(), table.row + 1, None):
        cells = [at for at, cell in enumerate(row) if cell != "" and text(cell).strip()]
        rows_n += bool(cells)
        filled.update(cells)
    has_shifted = 0 < filled[width] <= NAMELESS * rows_n
    return has_shifted, max(width, max(filled, default=0) + 1)


class _Records:
    """Turns the rows after the header into chunks; keeps the running row."""

    def __init__(self, table: _Table, export: Export, shifted: list[int]) -> None:
        self.table, self.export, self.shifted = table, export, shifted
        self.names = [str(n) for n in range(len(export.header))]
        self.blank_line = 0

    def chunks(self) -> Iterator[Chunk]:
        """The records, in the sheet's order."""
        rows = self.table.sheet.cells.iter_rows()
        at = self.table.row + 1
        next(islice(rows, at - 1, at), None)
        width = len(self.names)
        while batch := list(islice(_columns(rows, width), BATCH // INNER_BATCH)):
            columns = [pa.concat_arrays([t for t, _ in parts]) for parts in zip(*batch, strict=True)]
            exact = [np.concatenate([f for _, f in parts]) for parts in zip(*batch, strict=True)]
            lines = self.table.sheet.gaps.lines(np.arange(at + 1, at + 1 + len(columns[0])))
            at += len(columns[0])
            yield from self._chunk(columns, exact, lines)
        yield from self._never_read(self.table.sheet.line(at - 1))
        if self.export.read == 0:
            what, where = (
                "the sheet has a header but no rows",
                Place(self.export.file, self.export.header_line),
            )
            raise InputRefused(what, "Ask the sender for it again", where, reason="empty")
        blank = self.blank_line or self.table.sheet.gaps.first_line
        if blank:
            self.export.findings.warn("blank_rows", [0], [blank])

    def _chunk(
        self, columns: list[pa.Array], exact: list[NDArray[np.bool_]], lines: Numbers
    ) -> Iterator[Chunk]:
        errors = self._errors(int(lines[0]), int(lines[-1]))
        blank = _all_blank(columns, len(lines)) & ~np.isin(lines, errors["line"])
        ragged = ~_all_blank([columns[at] for at in self.shifted], len(lines))
        if blank.any() and not self.blank_line:
            self.blank_line = int(lines[np.argmax(blank)])
        rows = self.export.read + np.cumsum(~blank)
        self.export.read += int((~blank).sum())
        self.export.findings.reject("ragged", rows[ragged], lines[ragged])
        self._keep_ragged(columns, rows, ragged)
        for column, found in errors.groupby("column"):
            _add(self.export.errors, int(column), rows[np.searchsorted(lines, found["line"])])
        for column, fraction in enumerate(exact):
            _add(self.export.fractions, column, rows[fraction])
        whole = ~blank & ~ragged
        table = pa.table(columns, names=self.names)
        if whole.any():
            yield Chunk(table if whole.all() else table.filter(pa.array(whole)), rows[whole], lines[whole])

    def _keep_ragged(self, columns: list[pa.Array], rows: Numbers, ragged: NDArray[np.bool_]) -> None:
        if ragged.any():
            cells = [column.filter(pa.array(ragged)).to_pylist() for column in columns]
            kept = zip(rows[ragged].tolist(), zip(*cells, strict=True), strict=True)
            self.export.ragged.update(kept)

    def _errors(self, first_line: int, last_line: int) -> pd.DataFrame:
        """Error cells of the table in these lines: sheet row, and column counted from 0."""
        first = self.table.sheet.first_column + 1
        inside = [(n, c - first) for n, c in self.table.sheet.facts.errors if first_line <= n <= last_line]
        inside = [e for e in inside if 0 <= e[1] < len(self.names)]
        return pd.DataFrame(inside, columns=["line", "column"], dtype=np.int64)

    def _never_read(self, last_line: int) -> Iterator[Chunk]:
        """Rows at the end that hold nothing but formulas without a value: the library does not see them."""
        lines = np.unique(self._errors(last_line + 1, LAST_ROW)["line"].to_numpy())
        if lines.size:
            columns = [pa.array([""] * lines.size, pa.string()) for _ in self.names]
            yield from self._chunk(columns, [], lines)


def _columns(rows: Iterator[list[Any]], width: int) -> Iterator[list[tuple[pa.Array, NDArray[np.bool_]]]]:
    """Some rows at a time, as columns of text, each with where its cells are numbers that are not whole."""
    while batch := list(islice(rows, INNER_BATCH)):
        sheet_width = len(batch[0])
        cells = list(chain.from_iterable(batch))
        columns = [cells[n::sheet_width] for n in range(width)]
        yield [(texts(column), fractions(column)) for column in columns]


def _add(to: dict[int, Numbers], column: int, rows: Numbers) -> None:
    if rows.size:
        to[column] = np.concatenate([to.get(column, rows[:0]), rows])


def _all_blank(columns: list[pa.Array], height: int) -> NDArray[np.bool_]:
    """Which rows hold nothing but blanks."""
    blank = np.ones(height, dtype=bool)
    for column in columns:
        if not blank.any():
            break
        left = column if blank.all() else column.filter(pa.array(blank))
        blank[blank] = pc.equal(pc.utf8_trim_whitespace(left), "").to_numpy(zero_copy_only=False)
    return blank
