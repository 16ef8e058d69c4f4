"""Text cells to rows that keep the contract; whatever cannot be read is kept out, with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.area import Area
from analysis.errors import InputRefused, Place, SettingsError
from analysis.sources.cells import Chunk, Export
from analysis.sources.codes import YES_NO, booleans, codes, ids, names
from analysis.sources.contract import arrow_kind, chunk_contract, contract
from analysis.sources.mapping import Source
from analysis.sources.numbers import decimal_mark, integers, likert, numbers
from analysis.sources.times import looks_serial, times
from analysis.sources.understand import Understood, without_placeholders
from analysis.tables import Table

FIRST_DAY, LAST_DAY = pd.Timestamp("1990-01-01"), pd.Timestamp("2099-12-31")
SERIAL_FIRST = pd.Timestamp("2000-01-01")
PANDAS = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get
NO_ROWS = np.empty(0, dtype=np.int64)
DIRECT_ROLES = ("id", "person", "name", "opaque", "text")
ITEM = "item:"

Mask = NDArray[np.bool_]
Reader = Callable[[pa.Array], Understood]


@dataclass(frozen=True)
class Column:
    """One column of the table as this file has it: where, and how its texts are read."""

    name: str
    at: int
    header: str
    kind: pa.DataType
    read: Reader
    is_direct: bool
    is_needed: bool


@dataclass(frozen=True)
class Rows:
    """Accepted rows in the table's columns, and the data row and line that each came from."""

    table: pa.Table
    row: NDArray[np.int64]
    line: NDArray[np.int64]


@dataclass
class _Decimals:
    """Reads numbers; the first texts that show the decimal mark decide for the rest of the file."""

    scale: float
    mark: str

    def __call__(self, texts: pa.Array) -> Understood:
        self.mark = self.mark or decimal_mark(texts)
        return numbers(texts, scale=self.scale, decimal=self.mark)


class Typing:
    """How one file's texts become one table's rows.

    Parameters
    ----------
    export : Export
        The file.
    source : Source
        Its mapping.
    table : Table
        The contract.
    area : Area
        Units, parties and categories with their spellings; the time zone.
    last : Timestamp
        The day of the delivery: nothing that has happened may lie after it.

    Raises
    ------
    InputRefused
        If a needed column is missing.
    SettingsError
        If the mapping speaks of columns that the table does not have.
    """

    def __init__(
        self, export: Export, source: Source, table: Table, area: Area, *, last: pd.Timestamp
    ) -> None:
        self.export, self.source, self.table, self.area, self.last = export, source, table, area, last
        self.schema = table.model.to_schema()
        self._check_mapping()
        where = Place(export.file, export.header_line)
        self.places = source.places(export.header, where)
        self._need_columns(where)
        self.columns: list[Column] = []
        self.contract, self.absent = chunk_contract(self.schema, self._present())

    @property
    def roles(self) -> dict[int, str]:
        """The role of each known column, by its place in the header."""
        places = [*((at, name) for name, at in self.places.columns.items())]
        places += [(at, self.source.melt["value"]) for at in self.places.items.values()]
        return {at: self._role(name) for at, name in places}

    @property
    def forms(self) -> tuple[str, ...]:
        """The date forms that the mapping states."""
        return tuple(self.source.settings.get("dates", {}).get("forms", ()))

    def rows(self, chunk: Chunk) -> Rows:
        """The rows of a chunk that keep the contract; the others go to the findings.

        Parameters
        ----------
        chunk : Chunk
            Text cells; of the first one the forms of dates and numbers are learnt.

        Returns
        -------
        Rows
            Accepted ones.
        """
        if not len(chunk.row):
            return Rows(self._all_columns(pa.table({})), chunk.row, chunk.line)
        if not self.columns:
            self.columns = self._plan(chunk)
        bad = np.zeros(len(chunk.row), dtype=bool)
        read = {c.name: self._column(c, chunk, bad) for c in self.columns}
        for name, value in self.source.constants.items():
            read[name] = pa.array([value] * len(bad), self._kind(name))
        good = ~bad
        table = pa.table(read)
        table, row, line = (
            (table.filter(pa.array(good)) if bad.any() else table),
            chunk.row[good],
            chunk.line[good],
        )
        if self.places.items:
            table, row, line = self._melted(table, row, line)
        return self._kept(Rows(table, row, line))

    def _present(self) -> set[str]:
        """The table's columns that this file fills."""
        melted = set(self.source.melt.values()) if self.places.items else set()
        return {*self.places.columns, *self.source.constants, *melted}

    def _check_mapping(self) -> None:
        source = self.source
        named = {
            *source.columns,
            *source.constants,
            *source.settings.get("values", {}),
            *source.melt.values(),
        }
        what = f"the mapping “{source.name}” names a column that the table “{self.table.name}” does not have"
        if unknown := sorted(named - set(self.schema.columns)):
            raise SettingsError(what, "Mend the mapping", Place(f"{source.name}.toml", column=unknown[0]))
        if source.items and set(source.melt) != {"item", "value"}:
            what = f"the mapping “{source.name}” has items, but does not say how they become rows"
            raise SettingsError(what, "State melt = { item = …, value = … }", Place(f"{source.name}.toml"))

    def _need_columns(self, where: Place) -> None:
        there = self._present()
        for name, column in self.schema.columns.items():
            if name not in there and not column.nullable:
                header = self.source.columns.get(name, [name])[0]
                what = f"the column is missing; the file is read as “{self.source.name}”"
                at = Place(where.file, where.line, header)
                raise InputRefused(what, "Export it again with the column", at, reason="missing_column")

    def _plan(self, chunk: Chunk) -> list[Column]:
        plan = [self._planned(name, name, at, chunk) for name, at in self.places.columns.items()]
        value = self.source.melt.get("value", "")
        items = [self._planned(f"{ITEM}{item}", value, at, chunk) for item, at in self.places.items.items()]
        return plan + items

    def _planned(self, name: str, of: str, at: int, chunk: Chunk) -> Column:
        """One column of the file, read as this column of the table."""
        role, kind, is_item = self._role(of), self._kind(of), name.startswith(ITEM)
        is_direct = role in DIRECT_ROLES or pa.types.is_timestamp(kind)
        read: Reader
        if is_item and pa.types.is_integer(kind):
            read = partial(likert, missing_words=tuple(self.source.settings.get("missing", ())))
        else:
            sample = _texts(self._cells(at, kind, chunk), is_direct=is_direct)[0]
            read = self._reader(of, role, kind, sample)
        is_needed = not is_item and not self.schema.columns[of].nullable
        return Column(name, at, self.export.header[at], kind, read, is_direct, is_needed)

    def _role(self, name: str) -> str:
        return (self.schema.columns[name].metadata or {}).get("role", "")

    def _kind(self, name: str) -> pa.DataType:
        return arrow_kind(self.schema.columns[name])

    def _reader(self, name: str, role: str, kind: pa.DataType, sample: pa.Array) -> Reader:
        if pa.types.is_timestamp(kind):
            return self._time_reader(name, sample)
        if pa.types.is_boolean(kind):
            return partial(booleans, words={**YES_NO, **self._values(name)})
        if pa.types.is_integer(kind):
            return integers
        if pa.types.is_floating(kind):
            scale = float(self.source.settings.get("scale", {}).get(name, 1.0))
            return _Decimals(scale, decimal_mark(sample))
        return self._text_reader(name, role)

    def _text_reader(self, name: str, role: str) -> Reader:
        if (known := self._known(name, role)) is not None:
            return partial(codes, known=known)
        if role == "text":
            return lambda texts: names(without_placeholders(texts))
        return ids if role in ("id", "person") else names

    def _time_reader(self, name: str, sample: pa.Array) -> Reader:
        future = (self.schema.columns[name].metadata or {}).get("future", False)
        last = LAST_DAY if future else self.last
        serial = looks_serial(sample, first=SERIAL_FIRST, last=last)
        return partial(
            times, zone=self.area.time_zone, first=FIRST_DAY, last=last, forms=self.forms, serial=serial
        )

    def _known(self, name: str, role: str) -> Mapping[str, str] | None:
        """Spelling to code of a coded column; None when the column is not coded."""
        if role == "unit":
            return {s: u.id for u in self.area.units for s in u.spellings}
        if role == "party":
            return {s: p.id for p in self.area.parties for s in p.spellings}
        if role == "category":
            return {s: c.id for c in self.area.categories for s in c.spellings}
        values = self._values(name)
        return values if values or role == "code" else None

    def _values(self, name: str) -> dict[str, Any]:
        return self.source.settings.get("values", {}).get(name, {})

    def _column(self, column: Column, chunk: Chunk, bad: Mask) -> pa.Array:
        texts, index = _texts(self._cells(column.at, column.kind, chunk), is_direct=column.is_direct)
        understood = column.read(texts)
        spread: Callable[[Any], Any] = (lambda mask: mask) if index is None else (lambda mask: mask[index])
        wrong = np.isin(chunk.row, self.export.errors.get(column.at, NO_ROWS))
        self.export.findings.reject("error_cell", chunk.row[wrong], chunk.line[wrong], column.header)
        for reason, found in understood.wrong.items():
            mask = spread(found)
            self.export.findings.reject(reason, chunk.row[mask], chunk.line[mask], column.header)
            wrong |= mask
        for reason, found in understood.odd.items():
            mask = spread(found)
            self.export.findings.warn(reason, chunk.row[mask], chunk.line[mask], column.header)
        values = understood.values if index is None else understood.values.take(pa.array(index))
        values = self._with_fractions(values, column, chunk)
        if column.is_needed and values.null_count:
            empty = values.is_null().to_numpy(zero_copy_only=False) & ~wrong
            self.export.findings.reject("required", chunk.row[empty], chunk.line[empty], column.header)
            wrong |= empty
        bad |= wrong
        return values.cast(column.kind)

    def _cells(self, at: int, kind: pa.DataType, chunk: Chunk) -> pa.ChunkedArray:
        """A column's cells; among numbers those without which a workbook holds as numbers itself."""
        cells = chunk.table.column(at)
        if not pa.types.is_floating(kind) or at not in self.export.fractions:
            return cells
        exact = pa.array(np.isin(chunk.row, self.export.fractions[at]))
        return pc.if_else(exact, "", cells.cast(pa.string()))

    def _with_fractions(self, values: pa.Array, column: Column, chunk: Chunk) -> pa.Array:
        """The numbers, with those that a workbook holds as numbers itself, whatever the decimal mark is."""
        if not isinstance(column.read, _Decimals) or column.at not in self.export.fractions:
            return values
        exact = np.isin(chunk.row, self.export.fractions[column.at])
        texts = chunk.table.column(column.at).filter(pa.array(exact)).cast(pa.string()).combine_chunks()
        numbers = pc.multiply(texts.cast(pa.float64()), column.read.scale)
        return pc.replace_with_mask(values, pa.array(exact), numbers)

    def _melted(self, table: pa.Table, row: NDArray[np.int64], line: NDArray[np.int64]) -> Any:
        """One row an item instead of one column an item."""
        melt = self.source.melt
        items = [name for name in table.column_names if name.startswith(ITEM)]
        fixed = table.drop_columns(items)
        parts = [
            fixed.append_column(
                melt["item"], pa.array([name.removeprefix(ITEM)] * len(row), pa.string())
            ).append_column(melt["value"], table.column(name))
            for name in items
        ]
        whole = pa.concat_tables(parts)
        order = np.arange(len(row) * len(items)).reshape(len(items), -1).T.ravel()
        again = np.repeat(np.arange(len(row)), len(items))
        return whole.take(pa.array(order)), row[again], line[again]

    def _kept(self, rows: Rows) -> Rows:
        """Rows that keep the contract; what is odd in them is said."""
        frame = rows.table.to_pandas(types_mapper=PANDAS)
        for name, empty in self.absent.items():
            frame[name] = self._empty(name, empty, len(frame))
        frame, broken = contract(frame, self.contract)
        headers = {c.name: c.header for c in self.columns}
        for (column, reason), found in broken.groupby(["column", "reason"]):
            at = found["index"].to_numpy()
            self.export.findings.reject(reason, rows.row[at], rows.line[at], headers.get(column, column))
        out = np.isin(rows.row, rows.row[broken["index"].to_numpy()])
        for reason, rule in self.table.odd.items():
            odd = rule(frame).to_numpy(dtype=bool) & ~out
            self.export.findings.warn(reason, rows.row[odd], rows.line[odd])
        kept = rows.table.filter(pa.array(~out)) if out.any() else rows.table
        return Rows(self._all_columns(kept), rows.row[~out], rows.line[~out])

    def _empty(self, name: str, empty: pd.Series, n: int) -> pd.Series:
        """An empty column of this length, cut from the longest one so far."""
        if len(empty) < n:
            empty = empty.reindex(range(n))
            self.absent[name] = empty
        return empty.iloc[:n]

    def _all_columns(self, table: pa.Table) -> pa.Table:
        n = table.num_rows
        have = {name: table.column(name) for name in table.column_names}
        kinds = {name: self._kind(name) for name in self.schema.columns}
        return pa.table({name: have.get(name, pa.nulls(n, kind)) for name, kind in kinds.items()})


def rows_of_frame(frame: pd.DataFrame, table: Table, file: str) -> Rows:
    """Rows of a reader that types its own cells, against the whole contract.

    Parameters
    ----------
    frame : DataFrame
        The table's columns.
    table : Table
        The contract.
    file : str
        Name of the file, for the message.

    Returns
    -------
    Rows
        All of them, numbered in their order.

    Raises
    ------
    InputRefused
        If any row breaks the contract.
    """
    frame, broken = contract(frame.reset_index(drop=True), table.model.to_schema())
    if len(broken):
        what = f"{len(broken)} values do not keep the table's contract ({broken.reason.iloc[0]})"
        raise InputRefused(what, "Ask the publisher for a corrected file", Place(file))
    kinds = {n: arrow_kind(c) for n, c in table.model.to_schema().columns.items()}
    rows = pa.Table.from_pandas(frame[list(kinds)], pa.schema(kinds), preserve_index=False)
    number = np.arange(1, len(frame) + 1)
    return Rows(rows, number, number)


def _texts(column: pa.ChunkedArray, *, is_direct: bool) -> tuple[pa.Array, NDArray[np.int64] | None]:
    """Trimmed texts, and the text that each row has (None: one a row)."""
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], whole.type)
    if pa.types.is_string(whole.type):
        if is_direct:
            return pc.utf8_trim_whitespace(whole), None
        whole = whole.dictionary_encode()
    return pc.utf8_trim_whitespace(whole.dictionary), whole.indices.to_numpy(zero_copy_only=False)
