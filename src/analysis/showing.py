"""What may be shown of the series behind a report: all units of a measure pass the gate together.

A page shows one unit; readers have all pages. So each page releases the whole area's series and its
members' in the same way, and guards them against each other, before it takes its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import pandas as pd

from analysis import answering, release
from analysis.area import Area, Unit
from analysis.measures import Measure
from analysis.measures.opened import Rows
from analysis.protocol import Asked, measures_of
from analysis.release import Level, ReleasedBreakdown, ReleasedSeries

Persons = Callable[[Measure], pd.DataFrame | None]


class Family(NamedTuple):
    """Cases of the whole area by a key: rows ``unit, key, month``, one a case, and every key there may be.

    A column ``person`` says whose each case is, where the table tells. ``made_of`` has the keys of a family
    shown before it that make up a key of its own.
    """

    rows: pd.DataFrame
    keys: Sequence[str]
    made_of: Mapping[str, Sequence[str]] = {}

    def digest(self) -> str:
        """The same for the same rows, keys and sums of keys: what one shows the other shows."""
        rows = pd.util.hash_pandas_object(self.rows, index=False).to_numpy()
        named = [list(self.rows), list(self.keys), sorted((k, list(v)) for k, v in self.made_of.items())]
        return blake2b(rows.tobytes() + json.dumps(named).encode()).hexdigest()


class Showing:
    """The released series of an area.

    Parameters
    ----------
    area : Area
        Units and disclosure policy.
    read : callable
        Gives the true series of a measure, units and a party, as `answering.gather` reads it.
    persons : callable
        Gives the persons behind a measure: ``unit, party, level, period_start, persons, base_persons``.
    """

    def __init__(self, area: Area, read: answering.Read, persons: Persons) -> None:
        self.area, self._read, self._persons = area, read, persons
        self._known: dict[tuple[str, str], Mapping[str, ReleasedSeries]] = {}
        self._owners: dict[str, Measure] = {}
        self._bases: dict[str, Mapping[tuple[str, int], float]] = {}
        self._made: dict[tuple[str, ...], ReleasedSeries | None] = {}
        self._behind: dict[str, Rows | None] = {}
        self._settled: dict[tuple[str, ...], Mapping[str, ReleasedBreakdown]] = {}

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The units that have reports: the whole area, then its members."""
        return (self.area.top, *self.area.members)

    @cached_property
    def before(self) -> date | None:
        """The first start anywhere: levels are chosen from the time before it, so that they stay the same."""
        return min((s.start for s in self.area.starts if s.start), default=None)

    def series(self, asked: Asked) -> ReleasedSeries:
        """The series of a question, as it may be shown.

        Parameters
        ----------
        asked : Asked
            The question.

        Returns
        -------
        ReleasedSeries
            Of its unit and party; of units that are asked about together, their sum.
        """
        measure, question = asked.measure, asked.question
        if question.starts:
            return self._released(self._rows(asked), measure, self.area.policy.parts)
        if asked.party != answering.ALL:
            return self.of_parties(measure, question.unit)[asked.party]
        known = self.of_units(measure)
        if question.unit in known:
            return known[question.unit]
        whom = (question.unit, asked.party)
        return self._released(self._rows(asked), measure, self.area.policy.parts, whom)

    def of_units(self, measure: Measure) -> Mapping[str, ReleasedSeries]:
        """The whole area's series and its members', guarded against each other (R11).

        Parameters
        ----------
        measure : Measure
            Which measure.

        Returns
        -------
        mapping of str to ReleasedSeries
            By unit; units without data are absent.
        """
        key = (measure.name, "")
        if key not in self._known:
            whole, *parts = self.units
            released = self._each(measure, [(u.id, answering.ALL) for u in self.units])
            named = {u.id: released[u.id, answering.ALL] for u in parts if (u.id, answering.ALL) in released}
            top = released.get((whole.id, answering.ALL))
            self._known[key] = self._guarded(whole.id, top, named, measure)
        return self._known[key]

    def of_parties(self, measure: Measure, unit: str) -> Mapping[str, ReleasedSeries]:
        """A unit's series by responsible party, guarded against that of all of them.

        Parameters
        ----------
        measure : Measure
            Which measure.
        unit : str
            Whose.

        Returns
        -------
        mapping of str to ReleasedSeries
            By party.
        """
        key = (measure.name, unit)
        if key not in self._known:
            released = self._each(measure, [(unit, p.id) for p in self.area.parties])
            named = {party: one for (_, party), one in released.items()}
            rows = self._read(measure, (unit,), answering.ALL)
            whole = self._released(rows, measure, self._level(unit), (unit, answering.ALL))
            self._known[key] = self._guarded(answering.ALL, whole, named, measure)
        return self._known[key]

    def until_free(self, asked: Asked) -> Asked:
        """The question up to the last month that its answer may rest on (R5).

        Parameters
        ----------
        asked : Asked
            The question.

        Returns
        -------
        Asked
            With its last month: of a whole period that is shown, or that has enough cases with those before.
        """
        measure, question = asked.measure, asked.question
        level = self.series(asked).level
        free = release.free_until(self._rows(asked), measure.kind, level, self.area.policy)
        last = (free or pd.Timestamp(question.start) - pd.DateOffset(months=1)).date()
        return replace(asked, question=replace(question, last=min(question.last or last, last)))

    def _rows(self, asked: Asked) -> pd.DataFrame:
        """The true series of a question; of units that are asked about together, their sum."""
        measure, question = asked.measure, asked.question
        if not question.starts:
            return self._read(measure, (question.unit,), asked.party)
        units = [unit for unit, _ in question.starts]
        return answering.together(self._read(measure, units, asked.party), units, measure)

    def breakdown(self, families: Sequence[Family], unit: str, measure: Measure) -> ReleasedBreakdown:
        """Counts by a key, in whole periods of the policy's level of detail (R1, R11).

        Parameters
        ----------
        families : sequence of Family
            What makes up a measure's numerator by different keys. The last one is released; what those before
            it show is decided first, in their order, so they are the same wherever they are shown.
        unit : str
            For whom.
        measure : Measure
            Whose numerator each family's rows make up.

        Returns
        -------
        ReleasedBreakdown
            Of that unit.
        """
        known: list[Mapping[str, ReleasedBreakdown]] = []
        key: tuple[str, ...] = (measure.name,)
        for number, family in enumerate(families, 1):
            key = (*key, family.digest())
            if key not in self._settled:
                self._settled[key] = self._broken_down(families[:number], measure, known)
            known.append(self._settled[key])
        return known[-1][unit]

    def _broken_down(
        self,
        families: Sequence[Family],
        measure: Measure,
        beside: Sequence[Mapping[str, ReleasedBreakdown]],
    ) -> Mapping[str, ReleasedBreakdown]:
        """The last of the families; those before it are released already."""
        family = families[-1]
        above = pd.DataFrame(
            [(u.id, a) for u in self.area.units for a in self.area.ancestors(u.id)], columns=["unit", "above"]
        )
        spread = family.rows.merge(above, on="unit").drop(columns="unit").rename(columns={"above": "unit"})
        by = [column for column in ("unit", "key", "month", "person") if column in spread]
        counts = spread.groupby(by, as_index=False).size().rename(columns={"size": "n"})
        series = self._read(measure, [self.area.top.id], answering.ALL)
        return release.breakdown(
            counts,
            keys=family.keys,
            units=[u.id for u in self.units],
            whole_unit=self.area.top.id,
            complete=series.period_start[series.complete],
            policy=self.area.policy,
            series=self.of_units(measure),
            beside=beside,
            made_of=[one.made_of for one in families],
        )

    def _each(
        self, measure: Measure, wanted: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], ReleasedSeries]:
        found = {}
        owner = self._owner(measure)
        for unit, party in wanted:
            whom, level = (unit, party), self._level(unit)
            finer = None if owner is measure or party != answering.ALL else self.of_units(owner).get(unit)
            if finer:
                level = max(level, finer.level, key=release.LEVELS.__getitem__)
            alone = self._alone(measure, whom, level)
            if alone and finer and alone.level != finer.level:
                rows = self._read(measure, (unit,), party)
                alone = self._released(rows, measure, alone.level, whom, finer)
            if alone:
                found[whom] = alone
        return found

    def _owner(self, measure: Measure) -> Measure:
        """Of the measures with the same denominator, the one that is shown in the shortest periods.

        The others are shown in periods no shorter, and where theirs are longer with sums of its denominators.
        """
        if measure.name not in self._owners:
            known = measures_of(self.area)
            same = [m for m in known if m is not measure and self._have_same_base(m, measure)]
            everyone = sorted([measure, *same], key=lambda m: m.name)
            self._owners[measure.name] = min(everyone, key=self._length) if same else measure
        return self._owners[measure.name]

    def _have_same_base(self, one: Measure, other: Measure) -> bool:
        if one.is_shared_base or other.is_shared_base:
            return False
        mine, others = self._base(one), self._base(other)
        are_same = (others[month] == base for month, base in mine.items() if month in others)
        return next(are_same, False) and all(are_same)

    def _base(self, measure: Measure) -> Mapping[tuple[str, int], float]:
        """The denominators of a measure, by unit and month (counted from 1970)."""
        if measure.name not in self._bases:
            rows = self._read(measure, [unit.id for unit in self.units], answering.ALL)
            number = rows.period_start.to_numpy("datetime64[M]").astype(int)
            months = zip(rows.unit.tolist(), number.tolist(), strict=True)
            self._bases[measure.name] = dict(zip(months, rows.denominator.tolist(), strict=True))
        return self._bases[measure.name]

    def _length(self, measure: Measure) -> int:
        """How long the periods of a measure are, over all units, were it alone."""
        every = [self._alone(measure, (u.id, answering.ALL), self._level(u.id)) for u in self.units]
        return sum(release.LEVELS[one.level] for one in every if one)

    def _alone(self, measure: Measure, whom: tuple[str, str], level: Level) -> ReleasedSeries | None:
        """The series of a unit and party with its own denominator; None without data."""
        key = (measure.name, *whom, level)
        if key not in self._made:
            rows = self._read(measure, whom[:1], whom[1])
            self._made[key] = self._released(rows, measure, level, whom) if len(rows) else None
        return self._made[key]

    def _guarded(
        self, name: str, whole: ReleasedSeries | None, parts: Mapping[str, ReleasedSeries], measure: Measure
    ) -> Mapping[str, ReleasedSeries]:
        if whole is None:
            return parts
        if not measure.is_shared_base:
            parts = release.guarded(whole, parts, self.area.policy)
        return {name: whole, **parts}

    def _released(
        self,
        rows: pd.DataFrame,
        measure: Measure,
        level: Level,
        whom: tuple[str, str] | None = None,
        base: ReleasedSeries | None = None,
    ) -> ReleasedSeries:
        return release.series(
            rows,
            measure.kind,
            self.area.policy,
            level=level,
            per=measure.per,
            counted_base=not measure.is_shared_base,
            before=self.before,
            persons=self._persons_of(measure, *whom) if whom else None,
            base=base,
        )

    def _persons_of(self, measure: Measure, unit: str, party: str) -> pd.DataFrame | None:
        if measure.name not in self._behind:
            known = self._persons(measure)
            self._behind[measure.name] = None if known is None else Rows(known, ["unit", "party"])
        behind = self._behind[measure.name]
        return behind and behind.of([(unit, party)])

    def _level(self, unit: str) -> Level:
        policy = self.area.policy
        return policy.whole if unit == self.area.top.id else policy.parts
