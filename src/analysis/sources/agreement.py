"""What cells and the columns of one file say of each other: order, parties, products, words of one code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.area import Area
from analysis.sources.cellkinds import FIRST, LAST, MOST, NAMED_FORM, Cells, cells_of, numbered_months
from analysis.sources.codewords import codes_in
from analysis.sources.headerwords import UNKNOWN, vocabulary
from analysis.sources.mapping import Source, needed_columns
from analysis.sources.times import times
from analysis.tables import table as table_named

#: How good a question of a survey is, and a column that only the cells tell.
ITEM, BY_CELLS = 0.8, 0.45
HALF = 0.5
#: A column that is nearly always the same as another one is a copy of it.
COPY = 0.8
#: The filled cells that a later date must at least have, and the different products that are no chance.
LEAST_FILLED, LEAST_PRODUCTS = 10, 3
#: Words of a code are nearly all known, and stand for several codes.
LEAST_KNOWN, LEAST_CODES = 0.9, 2
#: What a header may say, beside its table's subject, without saying what its column is.
SAYS_NOTHING = frozenset(
    {"when", "who", "what", "party", "unitword", "about", "name", "code", "id", "done", "somewhere"}
)


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
            first, then = (dates.astype("datetime64[D]") for dates in (first, then))
            both = ~np.isnat(first) & ~np.isnat(then)
            if both.any() and (first[both] > then[both]).mean() > HALF:
                for i in {at[before], at[after]} & set(reading.goal):
                    reading.goal.pop(i)
                    reading.why[i] = f"the dates of {before} and {after} run the other way"


def _dates(sample: Sample, at: int) -> NDArray:
    cells = sample.cells[at]
    texts = pc.utf8_trim_whitespace(sample.rows.column(at).cast(pa.string()).combine_chunks())
    forms = cells.forms if len(cells.forms) == 1 else ("",)
    if cells.numbered_months is not None:
        texts, forms = numbered_months(texts), (NAMED_FORM,)
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
    _leave_codes(reading, sample)
    _add_codes(reading, sample)
    if chains := about.get("order"):
        _add_dates(reading, chains, sample)
    _add_party(reading, sample)
    for column, factors in about.get("products", {}).items():
        _add_product(reading, column, factors, sample)
    reading.missing = [c for c in reading.missing if c not in reading.goal.values()]


def _add_dates(reading: Reading, chains: Sequence[Sequence[str]], sample: Sample) -> None:
    """The only dates without a name are the needed ones that are missing, if their order says so."""
    chain = chains[0]
    missing = [column for column in chain if column in reading.missing]
    plain = [at for at in _open(reading, sample, is_unknown_allowed=False) if sample.cells[at].is_date]
    if len(missing) != len(plain) or len(plain) not in (1, 2):
        return
    known = {column: at for at, column in reading.goal.items()}
    later = [c for each in chains if missing[-1] in each for c in each[each.index(missing[-1]) + 1 :]]
    ends = [known[column] for column in dict.fromkeys(later) if column in known]
    starts = [known[column] for column in chain[: chain.index(missing[0])] if column in known]
    for order in (plain, plain[::-1]):
        pairs = [*pairwise(order), *((order[-1], end) for end in ends)]
        before = [(start, order[0]) for start in starts] if pairs else []
        if pairs and all(_is_before(_dates(sample, a), _dates(sample, b)) for a, b in (*before, *pairs)):
            for at, column in zip(order, missing, strict=True):
                _add(reading, at, column, "the order of the dates says so, not the header")
            return


def _is_before(first: NDArray, then: NDArray) -> bool:
    """Whether dates are nearly always filled, in this order, and not the same."""
    both = ~np.isnat(first) & ~np.isnat(then)
    if both.sum() < LEAST_FILLED or np.isnat(first).mean() > 1 - MOST:
        return False
    return bool((first[both] <= then[both]).mean() >= MOST and (first[both] < then[both]).mean() >= HALF)


def _add_party(reading: Reading, sample: Sample) -> None:
    """The only other column of parties is the needed party that is missing."""
    schema = table_named(reading.table).model.to_schema().columns
    parties = [name for name, column in schema.items() if (column.metadata or {}).get("role") == "party"]
    found = [at for at, column in reading.goal.items() if column in parties]
    missing = [name for name in parties if name in reading.missing]
    names = sample.cells[found[0]].texts.to_pylist() if len(found) == 1 else []
    others = [at for at, cells in enumerate(sample.cells) if _are_parties(cells, names)]
    others = [at for at in others if at not in reading.goal]
    allowed = [at for at in _open(reading, sample, is_unknown_allowed=True) if at in others]
    if (
        len(found) == len(missing) == len(others) == 1
        and allowed
        and not _is_copy(sample, found[0], others[0])
    ):
        _add(reading, others[0], missing[0], "the other column of parties")


def _are_parties(cells: Cells, names: Sequence[str]) -> bool:
    """Whether cells are parties of the area, or names of the file's other parties."""
    if cells.in_area["party"] >= HALF:
        return True
    return len(names) > 1 and cells.n > 0 and not cells.is_number and cells.known_share(names) >= LEAST_KNOWN


def _add_product(reading: Reading, column: str, factors: Sequence[str], sample: Sample) -> None:
    """A column that is the product of two others; one that only its header tells is left open."""
    at = {name: i for i, name in reading.goal.items()}
    if not at.keys() >= set(factors):
        return
    one, other = (_numbers(sample, at[factor]) for factor in factors)
    if column in at:
        share, _ = _agreeing(one * other, _numbers(sample, at[column]))
        if share < HALF:
            reading.goal.pop(at[column])
            reading.why[at[column]] = f"it is not the product of {' and '.join(factors)}"
        return
    free = [i for i, cells in enumerate(sample.cells) if _is_free(reading, i) and cells.is_whole]
    numbers_of = {i: _agreeing(one * other, _numbers(sample, i)) for i in free}
    found = [i for i, (share, different) in numbers_of.items() if share >= MOST and different]
    if len(found) == 1 and not _contradicts(sample.header[found[0]]):
        _add(reading, found[0], column, f"the product of {' and '.join(factors)}")


def _numbers(sample: Sample, at: int) -> NDArray:
    texts = sample.rows.column(at).to_pandas()
    return np.asarray(pd.to_numeric(texts, errors="coerce"), dtype=float)


def _agreeing(expected: NDArray, found: NDArray) -> tuple[float, bool]:
    """The share of equal numbers, and whether they are enough different ones to be no chance."""
    both = ~np.isnan(expected) & ~np.isnan(found)
    if not both.any():
        return 1.0, False
    is_enough = both.sum() >= LEAST_FILLED and len(set(found[both])) >= LEAST_PRODUCTS
    return float((expected[both] == found[both]).mean()), bool(is_enough)


def _codes(table: str, cells: Cells, sample: Sample) -> str:
    """The only coded column of the table whose words the cells are; empty when none is."""
    if cells.is_yes_no or cells.is_number:
        return ""
    schema = table_named(table).model.to_schema().columns
    found = []
    for name, column in schema.items():
        share, different = codes_in(cells, name, column, sample.of_table(table))
        if share >= HALF:
            found.append((name, share >= LEAST_KNOWN and different >= LEAST_CODES))
    return found[0][0] if len(found) == 1 and found[0][1] else ""


def _leave_codes(reading: Reading, sample: Sample) -> None:
    """A name or a status whose cells are words of a code is not what its header seemed to say."""
    schema = table_named(reading.table).model.to_schema().columns
    for at, column in list(reading.goal.items()):
        role = (schema[column].metadata or {}).get("role", "")
        if role in ("name", "opaque") and (code := _codes(reading.table, sample.cells[at], sample)):
            reading.goal.pop(at)
            reading.why[at] = f"the cells are words of {code}, the header says {column}"


def _add_codes(reading: Reading, sample: Sample) -> None:
    """The only column with words of a code is that code, if its header does not say otherwise."""
    told: dict[str, list[int]] = {}
    for at, cells in enumerate(sample.cells):
        if _is_free(reading, at) and (code := _codes(reading.table, cells, sample)):
            told.setdefault(code, []).append(at)
    for column, places in told.items():
        is_only = len(places) == 1 and column not in reading.goal.values()
        if is_only and _may_be_code(reading.table, column, sample.header[places[0]]):
            _add(reading, places[0], column, "the cells are words of this code")


def _may_be_code(table: str, column: str, header: str) -> bool:
    """Whether a header names the column among other things, or says nothing."""
    about, said = vocabulary().table(table), vocabulary().ideas(header)
    named = [i for i in (vocabulary().ideas(phrase) for phrase in about["columns"][column]) if i <= said]
    own = frozenset[str]().union(*named)
    against = about.get("against", {}).get(column, [])
    if _contradicts(header, own) or said & set(against):
        return False
    other = said - SAYS_NOTHING - set(about["subject"]) - own
    return bool(named) or not any(against or not idea.startswith(UNKNOWN) for idea in other)


def _contradicts(header: str, own: frozenset[str] = frozenset()) -> bool:
    """Whether a header has a word that makes it another thing, as “planned” or “of a relative”."""
    return bool((vocabulary().ideas(header) - own) & set(vocabulary().settings["deciding"]))


def _is_free(reading: Reading, at: int) -> bool:
    return at not in reading.goal and at not in reading.items


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
        if _is_free(reading, at) and not other:
            yield at


def _add(reading: Reading, at: int, column: str, why: str) -> None:
    reading.goal[at], reading.score[at], reading.why[at] = column, BY_CELLS, why
