"""Columns of ids: which of them are made of identity numbers, whole or in parts, so that the file is refused.

Ids of other systems may look like identity numbers by chance. Three things tell them apart: check digits (one
in ten is right by chance), how much of the column has the shape, and the years that the dates would be in:
dates of the delivery's own time are rather those of cases, also in a file of a few rows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
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
from analysis.sources.longids import RECENT_YEARS, masked_days, spread_numbers

Kind = Literal["number", "lost_zero", "birth_date", "split"]

REFUSED_SHARE = 0.01  # of the filled cells: then the column is made of identity numbers
BIRTH_DATE_SHARE = 0.5  # dates of birth alone refuse a file when at least half of the cells are such
DATES_ONLY = 0.95  # of the cells of eight digits, that are dates when the column holds dates
CHANCE = 0.0075  # of random numbers of nine or ten digits: date and check digit both right (measured)
HIDDEN_CHANCE = 0.0009  # of 13 to 16 random digits, to hold such a number
CHECK_CHANCE = 0.1  # of the check digit alone
UNLIKELY = 0.001  # what happens more seldom is no chance
COUNTER_RIGHT = 0.3  # at most so many check digits are right among numbers that only count up
COUNTER_YEARS = 10  # and their dates are of so few years
LOW_NUMBER = 1000  # what a day's or a month's cases count to; the last four of persons are higher
COUNTER_CELLS = 5  # in at least so many cells
SPLIT_ROWS = 2  # so many dates and four digits that fit together, each pair counted once
SPLIT_UNLIKELY = 0.011  # two pairs of two
MOST_PAIRS = 10_000
SAMPLE = 5_000  # so many ids of a chunk are searched for hidden numbers, and all of them if one is found

# What a cell is; a cell may be several of these.
FILLED, SURE, SHAPE, PLAIN, RIGHT, TEN, SHORT, SHORT_DATED, SHORT_RIGHT, EIGHT, DAY8, DAY6 = (
    1 << bit for bit in range(12)
)
BORN, LOW, WIDE, LONG, LONG_RIGHT = (
    1 << bit for bit in range(12, 17)
)  # BORN: not of the delivery's own time


@dataclass(frozen=True)
class Finding:
    """A column that identifies persons: in how many rows, and how."""

    column: str
    rows_n: int
    kind: Kind


@dataclass
class _Companion:
    """Another column with four digits beside dates of birth: how often, and which pairs fit or do not."""

    rows_n: int = 0
    four_n: int = 0  # cells of four digits, beside whatever
    all_n: int = 0
    pairs: dict[int, bool] = field(default_factory=dict)

    @property
    def found(self) -> int:
        """Rows whose last four stand there, when most of the pairs fit, each counted once.

        One pair that comes again is enough where four digits stand beside dates of birth and nowhere else.
        """
        fit, pairs = sum(self.pairs.values()), len(self.pairs)
        many = fit >= SPLIT_ROWS and 2 * fit >= pairs and _is_beyond(fit, pairs, CHECK_CHANCE, SPLIT_UNLIKELY)
        alone = fit == pairs == 1 and SPLIT_ROWS <= self.rows_n == self.four_n < self.all_n
        return self.rows_n if many or alone else 0


@dataclass
class _Column:
    """What was counted in one column so far."""

    last_year: int = 0
    counts: Counter[int] = field(default_factory=Counter)
    years: set[int] = field(default_factory=set)
    days: set[int] = field(default_factory=set)
    birth_years: set[int] = field(default_factory=set)
    companions: dict[str, _Companion] = field(default_factory=dict)

    def n(self, *flags: int, but: int = 0) -> int:
        """Cells that are all of these, and not the other."""
        wanted = sum(flags)
        return sum(n for kind, n in self.counts.items() if kind & wanted == wanted and not kind & but)

    def count(self, cells: NDArray[np.int64]) -> None:
        """Add what a chunk's cells are."""
        found = np.bincount(cells)
        for kind in np.flatnonzero(found).tolist():
            self.counts[kind] += int(found[kind])

    def shaped(self, *flags: int, but: int = 0) -> int:
        """Cells with a date and four digits that are also all of these."""
        return self.n(SHAPE, *flags, but=but) + self.n(PLAIN, *flags, but=but | SHAPE)

    @property
    def is_old_counter(self) -> bool:
        """Dated case numbers of earlier years (180319-0007): check digits by chance, few years, counting."""
        shaped, right, low = self.shaped(BORN), self.shaped(BORN, RIGHT), self.shaped(BORN, LOW)
        few = bool(self.years) and max(self.years) - min(self.years) <= COUNTER_YEARS
        recent = not self.n(SHAPE, BORN) or all(year >= 2000 or year < 40 for year in self.years)
        counts = 2 * low >= shaped or COUNTER_CELLS * len(self.days) <= shaped
        return shaped >= COUNTER_CELLS and right <= COUNTER_RIGHT * shaped and few and recent and counts

    @property
    def is_new_counter(self) -> bool:
        """Dated case numbers of the delivery's own time."""
        shaped = self.shaped(but=BORN)
        return shaped >= COUNTER_CELLS or 2 * shaped >= self.n(FILLED)

    def taken(self) -> list[tuple[int, int, int]]:
        """Cells that are identity numbers: flags that they have, flags that they lack, and how many."""
        taken = [(SURE, 0, self.n(SURE))]
        taken += self._of_group(0, BORN) if self.is_new_counter else self._all_shaped(0, BORN)
        taken += self._of_group(BORN, 0) if self.is_old_counter else self._all_shaped(BORN, 0)
        hidden = self.n(LONG_RIGHT)
        if 2 * hidden > self.n(LONG) and _is_beyond(hidden, self.n(WIDE), HIDDEN_CHANCE):
            taken.append((LONG_RIGHT, 0, hidden))
        return taken

    def _of_group(self, has: int, lacks: int) -> list[tuple[int, int, int]]:
        """Among case numbers: those with the right check digit, when they are more than chance gives."""
        shaped, right = self.shaped(has, but=lacks), self.shaped(has, RIGHT, but=lacks)
        if not _is_beyond(right, shaped, CHECK_CHANCE):
            return []
        kinds = ((SHAPE, lacks), (PLAIN, lacks | SHAPE))
        return [(has | RIGHT | kind, but, self.n(has, RIGHT, kind, but=but)) for kind, but in kinds]

    def _all_shaped(self, has: int, lacks: int) -> list[tuple[int, int, int]]:
        taken = [(has | SHAPE, lacks, self.n(has, SHAPE, but=lacks))]
        plain, tens = self.n(has, PLAIN, but=lacks), self.n(has, PLAIN, TEN, but=lacks)
        right = self.n(has, PLAIN, RIGHT, but=lacks)
        is_enough = plain >= COUNTER_CELLS or right > 0 or tens < plain
        if 2 * plain > self.n(FILLED) and is_enough:
            return [*taken, (has | PLAIN, lacks | SHAPE, self.n(has, PLAIN, but=lacks | SHAPE))]
        twelve = self.n(has, PLAIN, RIGHT, but=lacks | SHAPE | TEN)
        taken.append((has | PLAIN | RIGHT, lacks | SHAPE | TEN, twelve))
        ten = self.n(has, PLAIN, RIGHT, TEN, but=lacks | SHAPE)
        if 2 * tens > self.n(TEN) or _is_beyond(ten, self.n(TEN), CHANCE):
            taken.append((has | PLAIN | RIGHT | TEN, lacks | SHAPE, ten))
        return taken

    @property
    def numbers(self) -> int:
        """Rows with an identity number, when these are no counter and more than chance gives."""
        return sum(n for _, _, n in self.taken())

    @property
    def lost_zeros(self) -> int:
        """Rows with a number whose leading zeros a spreadsheet took away."""
        right = self.n(SHORT_RIGHT)
        return right if 2 * right > self.n(SHORT_DATED) and _is_beyond(right, self.n(SHORT), CHANCE) else 0

    @property
    def birth_dates(self) -> int:
        """Rows with a date of birth of eight digits; none when they rather are a year and a counter."""
        dates = self.n(DAY8)
        born = bool(dates) and (
            min(self.birth_years) < 2000 or max(self.birth_years) - min(self.birth_years) > COUNTER_YEARS
        )
        many = dates >= BIRTH_DATE_SHARE * self.n(FILLED) and dates >= DATES_ONLY * self.n(EIGHT)
        return dates if born and many else 0

    def finding(self, name: str) -> Finding | None:
        """Why the file is refused for this column, if it is."""
        least = max(1.0, REFUSED_SHARE * self.n(FILLED))
        split = max((other.found for other in self.companions.values()), default=0)
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
    day : date, optional
        The delivery's. Without it no date counts as one of its own time.
    """

    def __init__(self, columns: Iterable[str], *, day: date | None = None) -> None:
        self._columns = {name: _Column(day.year if day else 0) for name in columns}

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
        column.count(cells)
        out = np.zeros(len(cells), dtype=bool)
        for has, lacks, n in column.taken():
            if n:
                out |= ((cells & has) == has) & ((cells & lacks) == 0)
        if column.lost_zeros:
            out |= (cells & SHORT_RIGHT) > 0
        dates = np.flatnonzero(cells & (DAY8 | DAY6))
        return out | _split(column, name, table, dates) if dates.size else out


def _is_beyond(right: int, like: int, chance: float, unlikely: float = UNLIKELY) -> bool:
    """Whether so many right ones are more than chance gives (the tail of the binomial distribution)."""
    if right <= chance * like:
        return False
    term = like * math.log1p(-chance)
    below = 0.0
    for n in range(right):
        below += math.exp(term)
        term += math.log((like - n) / (n + 1)) + math.log(chance / (1 - chance)) if n < like else 0
    return 1 - below < unlikely


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
    rest = np.flatnonzero((cells & (SURE | SHAPE | PLAIN | TEN | FILLED)) == FILLED)
    if not _note_hidden(cells, column, texts, rest[:: 1 + len(rest) // SAMPLE]):
        _note_hidden(cells, column, texts, rest)
    return cells


def _note_hidden(cells: NDArray[np.int64], column: _Column, texts: pa.Array, rows: NDArray[np.int64]) -> bool:
    """Note ids that hide a number or a date of birth; whether these rows have none."""
    spread = spread_numbers(texts, rows, column.last_year)
    masked, days = masked_days(texts, rows)
    if not spread.right.size and not masked.size:
        return True
    cells[spread.wide] |= WIDE
    cells[spread.like] |= LONG
    cells[spread.right] |= LONG | LONG_RIGHT
    _note_days(cells, column, masked, days)
    return False


def _note_numbers(cells: NDArray[np.int64], column: _Column, numbers: Numbers) -> None:
    for written, flag in ((SEPARATED, SHAPE), (BARE, PLAIN)):
        shaped = numbers.dated & (numbers.written == written)
        cells[numbers.text[shaped]] |= flag
        cells[numbers.text[shaped & numbers.checked]] |= RIGHT
        cells[numbers.text[shaped & (numbers.last < LOW_NUMBER)]] |= LOW
        year = np.where(numbers.year < 100, 2000 + numbers.year, numbers.year)
        born = shaped & ((year < column.last_year - RECENT_YEARS) | (year > column.last_year))
        cells[numbers.text[born]] |= BORN
        column.years.update(np.unique(numbers.year[born]).tolist())
        column.days.update(np.unique(numbers.day[born]).tolist())
    ten = (numbers.written == BARE) & (numbers.year < 100)
    cells[numbers.text[ten]] |= TEN
    cells[numbers.text[numbers.hit & (numbers.written == LOOSE)]] |= SURE


def _note_digits(
    cells: NDArray[np.int64], column: _Column, rows: NDArray[np.int64], digits: NDArray[np.uint8]
) -> None:
    width = digits.shape[1]
    numbers = bare(rows, digits)
    if width in {10, 12}:
        _note_numbers(cells, column, numbers)
    if width in {7, 8, 9}:
        cells[rows] |= SHORT
        cells[rows[numbers.dated]] |= SHORT_DATED
        cells[rows[numbers.dated & numbers.checked]] |= SHORT_RIGHT
    if width in {6, 8}:
        _note_days(cells, column, rows, digits)


def _note_days(
    cells: NDArray[np.int64], column: _Column, rows: NDArray[np.int64], digits: NDArray[np.uint8]
) -> None:
    born, is_full = _day(digits), digits.shape[1] == 8
    cells[rows] |= EIGHT if is_full else 0
    cells[rows[born]] |= DAY8 if is_full else DAY6
    if is_full:
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
        is_four = by_chunk(table[other], _four)
        texts, four = table[other].take(pa.array(dates)), np.flatnonzero(is_four[dates])
        if not four.size:
            continue
        last = digit_rows(_strings(texts.take(pa.array(four))), 4)
        companion = column.companions.setdefault(other, _Companion())
        companion.rows_n += len(four)
        companion.four_n += int(is_four.sum())
        companion.all_n += table.num_rows
        _note_pairs(companion, _strings(table[name].take(pa.array(dates[four]))), last)
        if companion.found:
            out[dates[four]] = True
    return out


def _four(texts: pa.Array) -> Mask:
    four = np.zeros(len(texts), dtype=bool)
    four[matching(texts, r"^[0-9]{4}$")] = True
    return four


def _note_pairs(companion: _Companion, days: pa.Array, last: NDArray[np.uint8]) -> None:
    """Whether each date and four digits have the right check digit."""
    for rows, day in digit_cells(days).values():
        ten = _with_four(day, last[rows])
        keys = ten.astype(np.int64) @ (10 ** np.arange(ten.shape[1], dtype=np.int64)[::-1])
        keys, first = np.unique(keys, return_index=True)
        for key, fits in zip(keys.tolist(), bare(rows[first], ten[first]).checked.tolist(), strict=True):
            if len(companion.pairs) < MOST_PAIRS:
                companion.pairs[key] = fits


def _strings(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.cast(pa.large_string()).chunks)
