"""What the columns of one file say about each other: dates in order, and the other of two parties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.area import Area
from analysis.sources.cellkinds import FIRST, LAST, MOST, Cells, cells_of
from analysis.sources.headerwords import UNKNOWN, vocabulary
from analysis.sources.mapping import Source, needed_columns
from analysis.sources.times import times
from analysis.tables import table as table_named

#: How good a question of a survey is, and a column that only the cells tell.
ITEM, BY_CELLS = 0.8, 0.45
HALF = 0.5
#: A column that is nearly always the same as another one is a copy of it.
COPY = 0.8
#: What a header may say, beside its table's subject, without saying what its column is.
SAYS_NOTHING = frozenset({"when", "who", "what", "party", "unitword", "about", "name", "code", "id", "done"})


@dataclass(frozen=True)
class Sample:
    """A file's header and its first rows, and what is known of its area."""

    file: str
    line: int
    header: list[str]
    rows: pa.Table
    area: Area
    sources: list[Source]

    @cached_property
    def cells(self) -> list[Cells]:
        """The cells of each column."""
        return [cells_of(column, self.area) for column in self.rows.columns]

    def of_table(self, table: str) -> list[Source]:
        """The area's mappings to a table."""
        return [s for s in self.sources if s.table == table]


@dataclass
class Reading:
    """The file read as one table: which header is which column, and how good that is."""

    table: str
    goal: dict[int, str]
    score: dict[int, float]
    why: dict[int, str]
    items: dict[int, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    is_likely: bool = False

    @property
    def explained(self) -> int:
        """How many headers it has a column or an item for."""
        return len(self.goal) + len(self.items)

    @property
    def evidence(self) -> float:
        """How much speaks for this table."""
        needed = needed_columns(self.table)
        found = sum(self.score[at] * (1.5 if column in needed else 1.0) for at, column in self.goal.items())
        return found + ITEM * len(self.items) - 0.75 * len(self.missing) - (0.0 if self.is_likely else 3.0)


def check_order(reading: Reading, chains: Sequence[Sequence[str]], sample: Sample) -> None:
    """Leave open dates that mostly run the other way than their headers seemed to say.

    Parameters
    ----------
    reading : Reading
        Changed in place.
    chains : sequence of sequence of str
        Columns whose dates follow each other.
    sample : Sample
        The file.
    """
    at = {column: i for i, column in reading.goal.items()}
    for chain in chains:
        there = [column for column in chain if column in at]
        for before, after in pairwise(there):
            first, then = (_dates(sample, at[column]) for column in (before, after))
            both = ~np.isnat(first) & ~np.isnat(then)
            if both.any() and (first[both] > then[both]).mean() > HALF:
                for i in {at[before], at[after]} & set(reading.goal):
                    reading.goal.pop(i)
                    reading.why[i] = f"the dates of {before} and {after} run the other way"


def _dates(sample: Sample, at: int) -> NDArray:
    cells, texts = sample.cells[at], sample.rows.column(at).cast(pa.string()).combine_chunks()
    forms = cells.forms if len(cells.forms) == 1 else ("",)
    read = times(texts, zone=sample.area.time_zone, first=FIRST, last=LAST, forms=[f for f in forms if f])
    return read.values.to_numpy(zero_copy_only=False)


def add_by_others(reading: Reading, sample: Sample) -> None:
    """Find needed columns whose header says nothing, by what the other columns are.

    Parameters
    ----------
    reading : Reading
        Of the table that was chosen; changed in place.
    sample : Sample
        The file.
    """
    about = vocabulary().table(reading.table)
    for chain in about.get("order", []):
        _add_dates(reading, chain, sample)
    _add_party(reading, sample)
    reading.missing = [c for c in reading.missing if c not in reading.goal.values()]


def _add_dates(reading: Reading, chain: Sequence[str], sample: Sample) -> None:
    """The only dates without a name are the needed ones that are missing, if their order says so."""
    missing = [column for column in chain if column in reading.missing]
    plain = [at for at in _open(reading, sample, is_unknown_allowed=False) if sample.cells[at].forms]
    if len(missing) != len(plain) or len(plain) not in (1, 2):
        return
    known = {column: at for at, column in reading.goal.items()}
    later = chain[chain.index(missing[-1]) + 1 :]
    ends = [known[column] for column in later if column in known][:1]
    for order in (plain, plain[::-1]):
        pairs = list(pairwise([*order, *ends]))
        if pairs and all(_is_before(_dates(sample, a), _dates(sample, b)) for a, b in pairs):
            for at, column in zip(order, missing, strict=True):
                _add(reading, at, column, "the order of the dates says so, not the header")
            return


def _is_before(first: NDArray, then: NDArray) -> bool:
    """Whether dates are nearly always filled, in this order, and not the same."""
    both = ~np.isnat(first) & ~np.isnat(then)
    if both.mean() < HALF or np.isnat(first).mean() > 1 - MOST:
        return False
    return bool((first[both] <= then[both]).mean() >= MOST and (first[both] < then[both]).mean() >= HALF)


def _add_party(reading: Reading, sample: Sample) -> None:
    """The only other column of parties is the needed party that is missing."""
    schema = table_named(reading.table).model.to_schema().columns
    parties = [name for name, column in schema.items() if (column.metadata or {}).get("role") == "party"]
    found = [at for at, column in reading.goal.items() if column in parties]
    missing = [name for name in parties if name in reading.missing]
    others = [at for at, cells in enumerate(sample.cells) if cells.in_area["party"] >= HALF]
    others = [at for at in others if at not in reading.goal]
    allowed = [at for at in _open(reading, sample, is_unknown_allowed=True) if at in others]
    if (
        len(found) == len(missing) == len(others) == 1
        and allowed
        and not _is_copy(sample, found[0], others[0])
    ):
        _add(reading, others[0], missing[0], "the other column of parties")


def _is_copy(sample: Sample, one: int, other: int) -> bool:
    pairs = zip(sample.rows.column(one).to_pylist(), sample.rows.column(other).to_pylist(), strict=True)
    filled = [a == b for a, b in pairs if a and b]
    return sum(filled) >= COPY * len(filled)


def _open(reading: Reading, sample: Sample, *, is_unknown_allowed: bool) -> Iterator[int]:
    """Headers without a column that do not say what they are."""
    nothing = SAYS_NOTHING | {*vocabulary().table(reading.table)["subject"]}
    for at, header in enumerate(sample.header):
        said = vocabulary().ideas(header)
        other = [i for i in said - nothing if not (is_unknown_allowed and i.startswith(UNKNOWN))]
        if at not in reading.goal and at not in reading.items and not other:
            yield at


def _add(reading: Reading, at: int, column: str, why: str) -> None:
    reading.goal[at], reading.score[at], reading.why[at] = column, BY_CELLS, why
