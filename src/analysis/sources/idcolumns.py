"""Columns of ids: which of them are made of identity numbers, whole or in parts, so that the file is refused.

Ids of other systems may look like identity numbers by chance. Three things tell them apart: check digits (one
in ten is right by chance), how much of the column has the shape, and the years that the dates would be in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.sources.identifiers import (
    BARE,
    LOOSE,
    MAYBE,
    SEPARATED,
    Mask,
    Numbers,
    bare,
    by_chunk,
    digit_cells,
    digit_rows,
    looked_at,
    matching,
)

Kind = Literal["number", "lost_zero", "birth_date", "split"]

REFUSED_SHARE = 0.01  # of the filled cells: then the column is made of identity numbers
BIRTH_DATE_SHARE = 0.5  # dates of birth alone refuse a file when at least half of the cells are such
DATES_ONLY = 0.95  # of the cells of eight digits, that are dates when the column holds dates
CHANCE = 0.0075  # of random numbers of nine or ten digits: date and check digit both right (measured)
COUNTER_RIGHT = 0.3  # at most so many check digits are right among numbers that only count up
COUNTER_YEARS = 10  # and their dates are of so few years
COUNTER_CELLS = 5  # in at least so many cells
SPLIT_ROWS = 2  # so many rows whose date and four digits fit together are no chance

# What a cell is; a cell may be several of these.
FILLED, SURE, SHAPE, PLAIN, RIGHT, TEN, SHORT, SHORT_DATED, SHORT_RIGHT, EIGHT, DAY8, DAY6 = (
    1 << bit for bit in range(12)
)


@dataclass(frozen=True)
class Finding:
    """A column that identifies persons: in how many rows, and how."""

    column: str
    rows_n: int
    kind: Kind


@dataclass
class _Column:
    """What was counted in one column so far."""

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1 << 12, dtype=np.int64))
    years: set[int] = field(default_factory=set)
    birth_years: set[int] = field(default_factory=set)
    companions: dict[str, tuple[int, int]] = field(default_factory=dict)  # column: rows, of which fit

    def n(self, *flags: int) -> int:
        """Cells that are all of these."""
        wanted = sum(flags)
        return int(self.counts[(np.arange(len(self.counts)) & wanted) == wanted].sum())

    @property
    def counter(self) -> bool:
        """Dated case numbers (250319-0007, 202503190007): check digits by chance, few years."""
        shaped, right = (self.n(SHAPE, *more) + self.n(PLAIN, *more) for more in ((), (RIGHT,)))
        few = bool(self.years) and max(self.years) - min(self.years) <= COUNTER_YEARS
        recent = not self.n(SHAPE) or all(year >= 2000 or year < 40 for year in self.years)
        return shaped >= COUNTER_CELLS and right <= COUNTER_RIGHT * shaped and few and recent

    @property
    def numbers(self) -> int:
        """Rows with an identity number, when these are no counter and more than chance gives."""
        sure = self.n(SURE)
        if self.counter:
            return sure
        plain, right = self.n(PLAIN), self.n(PLAIN, RIGHT)
        if 2 * plain >= self.n(FILLED):
            return sure + self.n(SHAPE) + plain
        return sure + self.n(SHAPE) + (right if _beyond_chance(right, self.n(TEN)) else 0)

    @property
    def lost_zeros(self) -> int:
        """Rows with a number whose leading zeros a spreadsheet took away."""
        right = self.n(SHORT_RIGHT)
        return right if 2 * right > self.n(SHORT_DATED) and _beyond_chance(right, self.n(SHORT)) else 0

    @property
    def birth_dates(self) -> int:
        """Rows with a date of birth of eight digits; none when they rather are a year and a counter."""
        dates = self.n(DAY8)
        born = bool(dates) and (
            min(self.birth_years) < 2000 or max(self.birth_years) - min(self.birth_years) > COUNTER_YEARS
        )
        many = dates >= BIRTH_DATE_SHARE * self.n(FILLED) and dates >= DATES_ONLY * self.n(EIGHT)
        return dates if born and many else 0

    def split(self, other: str) -> int:
        """Rows whose last four stand in the other column, when most of the four digits fit."""
        rows, fit = self.companions.get(other, (0, 0))
        return rows if fit >= SPLIT_ROWS and 2 * fit >= rows else 0

    def finding(self, name: str) -> Finding | None:
        """Why the file is refused for this column, if it is."""
        least = max(1.0, REFUSED_SHARE * self.n(FILLED))
        split = max((self.split(other) for other in self.companions), default=0)
        found: list[tuple[Kind, int]] = [
            ("number", self.numbers),
            ("lost_zero", self.lost_zeros),
            ("split", split),
            ("birth_date", self.birth_dates),
        ]
        return next((Finding(name, rows, kind) for kind, rows in found if rows >= least), None)


class IdColumns:
    """Looks at the columns that hold ids, a chunk at a time.

    Parameters
    ----------
    columns : iterable of str
        Headers of the columns declared as ids, of persons or of anything else.
    """

    def __init__(self, columns: Iterable[str]) -> None:
        self._columns = {name: _Column() for name in columns}

    def add(self, table: pa.Table) -> dict[str, Mask]:
        """Look at one more chunk.

        Parameters
        ----------
        table : pa.Table
            The chunk's text cells, all columns.

        Returns
        -------
        dict of str to array of bool
            For each id column that is there, the rows to keep out when `verdict` does not refuse the file.
            What counts as chance is judged by the chunks so far.
        """
        return {name: self._add(name, table) for name in self._columns if name in table.column_names}

    def verdict(self) -> list[Finding]:
        """Columns for which the file must be refused, after the last chunk; empty when it may be read."""
        found = (column.finding(name) for name, column in self._columns.items())
        return [finding for finding in found if finding]

    def _add(self, name: str, table: pa.Table) -> Mask:
        column = self._columns[name]
        cells = by_chunk(table[name], lambda texts: _cells(texts, column))
        column.counts += np.bincount(cells, minlength=len(column.counts))
        out = (cells & SURE) > 0
        if not column.counter:
            out |= ((cells & SHAPE) > 0) | ((cells & (PLAIN | RIGHT)) == PLAIN | RIGHT)
        if column.lost_zeros:
            out |= (cells & SHORT_RIGHT) > 0
        dates = np.flatnonzero(cells & (DAY8 | DAY6))
        return out | _split(column, name, table, dates) if dates.size else out


def _beyond_chance(right: int, like: int) -> bool:
    """Whether more numbers are right than chance gives (four standard deviations)."""
    expected = CHANCE * like
    return right > expected + 4 * math.sqrt(expected)


def _cells(texts: pa.Array, column: _Column) -> NDArray[np.int64]:
    """What each cell is, as flags; years are noted in the column's tally."""
    cells = np.where(pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False) > 0, FILLED, 0)
    plain = digit_cells(texts)
    for rows, digits in plain.values():
        _note_digits(cells, column, rows, digits)
    seen = np.concatenate([np.zeros(0, dtype=np.int64), *(rows for rows, _ in plain.values())])
    other = np.setdiff1d(matching(texts, MAYBE), seen, assume_unique=True)
    numbers, sure = looked_at(texts, other)
    _note_numbers(cells, column, numbers)
    cells[sure] |= SURE
    return cells


def _note_numbers(cells: NDArray[np.int64], column: _Column, numbers: Numbers) -> None:
    for written, flag in ((SEPARATED, SHAPE), (BARE, PLAIN)):
        shaped = numbers.dated & (numbers.written == written)
        cells[numbers.text[shaped]] |= flag
        cells[numbers.text[shaped & numbers.checked]] |= RIGHT
        column.years.update(np.unique(numbers.year[shaped]).tolist())
    cells[numbers.text[numbers.hit & (numbers.written == LOOSE)]] |= SURE


def _note_digits(
    cells: NDArray[np.int64], column: _Column, rows: NDArray[np.int64], digits: NDArray[np.uint8]
) -> None:
    width = digits.shape[1]
    numbers = bare(rows, digits)
    if width in {10, 12}:
        _note_numbers(cells, column, numbers)
        cells[rows] |= TEN if width == 10 else 0
    if width in {7, 8, 9}:
        cells[rows] |= SHORT
        cells[rows[numbers.dated]] |= SHORT_DATED
        cells[rows[numbers.dated & numbers.checked]] |= SHORT_RIGHT
    if width in {6, 8}:
        born = _day(digits)
        cells[rows] |= EIGHT if width == 8 else 0
        cells[rows[born]] |= DAY8 if width == 8 else DAY6
    if width == 8:
        years = digits[born, :4].astype(np.int64) @ (1000, 100, 10, 1)
        column.birth_years.update(np.unique(years).tolist())


def _day(digits: NDArray[np.uint8]) -> Mask:
    """Which rows of six or eight digits are a date of birth, written without the last four."""
    return bare(np.arange(len(digits)), _with_four(digits, np.zeros((len(digits), 4), dtype=np.uint8))).dated


def _with_four(day: NDArray[np.uint8], four: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.hstack([day, four])


def _split(column: _Column, name: str, table: pa.Table, dates: NDArray[np.int64]) -> Mask:
    """Rows whose date of birth is completed by four digits in another column."""
    out = np.zeros(table.num_rows, dtype=bool)
    for other in (header for header in table.column_names if header != name):
        texts = table[other].take(pa.array(dates))
        four = np.flatnonzero(by_chunk(texts, _four))
        if not four.size:
            continue
        last = digit_rows(_strings(texts.take(pa.array(four))), 4)
        fit = _fits(_strings(table[name].take(pa.array(dates[four]))), last)
        rows, before = column.companions.get(other, (0, 0))
        column.companions[other] = rows + len(four), before + fit
        if column.split(other):
            out[dates[four]] = True
    return out


def _four(texts: pa.Array) -> Mask:
    four = np.zeros(len(texts), dtype=bool)
    four[matching(texts, r"^[0-9]{4}$")] = True
    return four


def _fits(days: pa.Array, last: NDArray[np.uint8]) -> int:
    """In how many rows the date and the four digits have the right check digit."""
    return sum(
        int(bare(rows, _with_four(day, last[rows])).checked.sum()) for rows, day in digit_cells(days).values()
    )


def _strings(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.cast(pa.large_string()).chunks)
