"""Counts by kind, or by pairs of parties, in whole periods of the policy's level of detail (R1, R11).

There is no row of totals: the total stands in the unit's series, and is compared with here. The kinds of a
unit make up its series, and each kind's counts of the parts make up the whole's: where these sums would
tell more than a cell does, the parts' table is withheld for that half-year, or the whole's own. Several
families of keys make up the same series, so each is checked together with those before; a key may also be
the sum of keys of another family, as a party's reports are of those about each party.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass
from itertools import combinations
from math import isnan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.area import Level, Policy
from analysis.release.counts import HIDDEN, of_persons
from analysis.release.nested import Cells, Period, Piece, agree, bounds, known, pieces, place
from analysis.release.periods import LEVELS, ReleasedSeries
from analysis.release.sealed import SEAL, require_seal

LARGEST_HIDDEN = 0.5
COLUMNS = ["key", "period_start", "period_end", "n", "withheld"]
Shown = dict[tuple[str, pd.Timestamp], float]
MadeOf = Mapping[str, Sequence[str]]
ByKey = dict[str, list[Piece]]


@dataclass(frozen=True, eq=False)
class ReleasedBreakdown:
    """A unit's counts by key that may be published.

    ``level`` is the length of a period; ``too_small`` says that most of its counts are small, so that the
    unit has no table; ``rule`` names what it passed by. Only this module makes it.
    """

    level: Level
    too_small: bool
    rule: str
    _cells: pd.DataFrame
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        require_seal(seal)

    @property
    def table(self) -> pd.DataFrame:
        """A copy of its table: ``key, period_start, period_end, n, withheld``; `n` is NaN where hidden."""
        return self._cells.copy()

    @property
    def values(self) -> NDArray[np.float64]:
        """Every value that may be seen."""
        return self._cells["n"].to_numpy(dtype=float)


def breakdown(  # noqa: PLR0913 - a keyword for each thing that decides what is shown
    counts: pd.DataFrame,
    *,
    keys: Sequence[str],
    units: Iterable[str],
    whole_unit: str,
    complete: Iterable[pd.Timestamp],
    policy: Policy,
    series: Mapping[str, ReleasedSeries],
    beside: Sequence[Mapping[str, ReleasedBreakdown]] = (),
    made_of: Sequence[MadeOf] = (),
) -> Mapping[str, ReleasedBreakdown]:
    """Counts by key, for a whole and its parts.

    Parameters
    ----------
    counts : DataFrame
        True counts, ``unit, key, month, n``: those of a unit include everything below it, those of the
        whole everything. What has no row is zero. With a column ``person``, whose cases they are: the fewer
        of cases and persons decide what is hidden.
    keys : sequence of str
        Every key there may be, in the order of the table.
    units : iterable of str
        The parts; the whole may be among them.
    whole_unit : str
        The whole.
    complete : iterable of Timestamp
        The first days of the months that are complete everywhere.
    policy : Policy
        The area's numbers, and the level of detail.
    series : mapping of str to ReleasedSeries
        By unit, the released series whose numerators the keys make up.
    beside : sequence of mapping of str to ReleasedBreakdown
        By unit, counts of the same by other keys, which are released already: they stay as they are.
    made_of : sequence of mapping of str to sequence of str
        Of each family in `beside`, then of these counts: the keys of another family that make up a key.

    Returns
    -------
    mapping of str to ReleasedBreakdown
        By unit, the whole first.
    """
    named = list(dict.fromkeys([whole_unit, *units]))
    starts = _whole_periods(complete, policy.detail)
    shown = _shown(counts, named, keys, starts, policy)
    large = [unit for unit in named if not _is_small(shown[unit])]
    told = {unit: known(series[unit], policy) for unit in named if unit in series}
    earlier = [{unit: _told(table) for unit, table in family.items()} for family in beside]
    tables: dict[str, list[tuple[object, ...]]] = {unit: [] for unit in named}
    for half_year in sorted({place(start)[0] for start in starts}):
        inside = [start for start in starts if place(start)[0] == half_year]
        totals = {unit: periods.get(half_year, []) for unit, periods in told.items()}
        check = _Check(named, inside, totals, earlier, policy, made_of)
        kept = check.kept({unit: shown[unit] for unit in large})
        for unit in large:
            tables[unit] += _rows(shown[unit], keys, inside, policy.detail, unit not in kept)
    return {
        unit: ReleasedBreakdown(policy.detail, unit not in large, "R1, R2, R11", _frame(rows), SEAL)
        for unit, rows in tables.items()
    }


def _whole_periods(complete: Iterable[pd.Timestamp], level: Level) -> list[pd.Timestamp]:
    """The first days of the periods whose months are all complete, in order."""
    every = set(complete)
    first = sorted(day for day in every if (day.month - 1) % LEVELS[level] == 0)
    return [day for day in first if {day + pd.DateOffset(months=n) for n in range(LEVELS[level])} <= every]


def _shown(
    counts: pd.DataFrame,
    units: Sequence[str],
    keys: Sequence[str],
    starts: Sequence[pd.Timestamp],
    policy: Policy,
) -> dict[str, Shown]:
    """By unit, key and period the count as it may be shown."""
    back = (counts.month.dt.month - 1) % LEVELS[policy.detail]
    number = 12 * counts.month.dt.year + counts.month.dt.month - 1 - back
    cells = counts.groupby([counts.unit, counts.key, number])
    sums = cells.n.sum().to_dict()
    persons = cells.person.nunique().to_dict() if "person" in counts else {}
    return {
        unit: {
            (key, start): _told_of((unit, key, 12 * start.year + start.month - 1), sums, persons, policy)
            for start in starts
            for key in keys
        }
        for unit in units
    }


def _told_of(
    cell: tuple[str, str, int], sums: Mapping[object, float], persons: Mapping[object, float], policy: Policy
) -> float:
    """A cell's cases as they may be shown; without persons every case is of another one."""
    n = sums.get(cell, 0)
    return of_persons(n, persons.get(cell, n), policy)


def _is_small(shown: Shown) -> bool:
    """Whether more than half of what is not zero would be hidden."""
    hidden = sum(isnan(n) for n in shown.values())
    return hidden > LARGEST_HIDDEN * sum(n != 0 for n in shown.values())


def _told(released: ReleasedBreakdown) -> Shown:
    """By key and period what a released table tells; what is withheld is absent."""
    table = released.table
    rows = table[~table.withheld]
    return dict(zip(zip(rows.key, rows.period_start, strict=True), rows.n, strict=True))


@dataclass(frozen=True)
class _Check:
    """What else is known in a half-year: its periods; by unit (the whole first) its series, other keys."""

    units: Sequence[str]
    starts: Sequence[pd.Timestamp]
    totals: Mapping[str, Sequence[Period]]
    earlier: Sequence[Mapping[str, Shown]]
    policy: Policy
    made_of: Sequence[MadeOf] = ()

    def kept(self, shown: Mapping[str, Shown]) -> Mapping[str, Shown]:
        """The tables that may stand beside each other: all, else that of the whole, else none."""
        of_whole = {unit: table for unit, table in shown.items() if unit == self.units[0]}
        return next((some for some in (shown, of_whole) if self._are_vague(some)), {})

    def _are_vague(self, shown: Mapping[str, Shown]) -> bool:
        cells = Cells()
        totals = [pieces(self.totals.get(unit, []), cells)[0] for unit in self.units]
        families = [self._family(tables, cells) for tables in (*self.earlier, shown)]
        for total, *of_keys in zip(totals, *families, strict=True):
            for left, right in combinations([[total], *(list(one.values()) for one in of_keys)], 2):
                agree(cells, left, right)
            self._add_up(of_keys, cells)
        members = (member for f in families for member in zip(*(one.values() for one in f), strict=True))
        for whole, *parts in (totals, *members):
            agree(cells, [whole], parts)
        return cells.are_vague()

    def _add_up(self, families: Sequence[ByKey], cells: Cells) -> None:
        """A unit's keys that are sums of keys of other families agree with those."""
        for made_of, mine in zip(self.made_of, families, strict=False):
            for key, parts in made_of.items():
                for other in families:
                    if key in mine and other.keys() >= set(parts):
                        agree(cells, [mine[key]], [other[part] for part in parts])

    def _family(self, tables: Mapping[str, Shown], cells: Cells) -> list[ByKey]:
        """By unit the cells of a family of keys."""
        keys = list(dict.fromkeys(key for table in tables.values() for key, _ in table))
        return [{key: self._pieces(tables.get(unit, {}), key, cells) for key in keys} for unit in self.units]

    def _pieces(self, shown: Shown, key: str, cells: Cells) -> list[Piece]:
        months = LEVELS[self.policy.detail]
        counts = [(start, shown[key, start]) for start in self.starts if (key, start) in shown]
        return [
            Piece(place(start)[1], months, cells.add(bounds(n, isnan(n), self.policy))) for start, n in counts
        ]


def _rows(
    shown: Shown, keys: Sequence[str], starts: Sequence[pd.Timestamp], level: Level, withheld: bool
) -> list[tuple[object, ...]]:
    last = pd.DateOffset(months=LEVELS[level], days=-1)
    return [
        (key, start, start + last, HIDDEN if withheld else shown[key, start], withheld)
        for start in starts
        for key in keys
    ]


def _frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    kinds = {"key": "str", "period_start": "datetime64[us]", "period_end": "datetime64[us]", "n": "float64"}
    return pd.DataFrame(rows, columns=COLUMNS).astype(kinds | {"withheld": "bool"})
