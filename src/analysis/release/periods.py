"""Series at the level of the policy: whole periods of months, quarters or half-years (R1-R4, R10).

Periods belong to a fixed partition of the calendar, and only whole and complete ones are shown: the next
month's set adds some and never cuts old ones anew.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import InitVar, dataclass
from datetime import date
from math import isnan

import numpy as np
import pandas as pd

from analysis.area import Level, Policy
from analysis.release.counts import HIDDEN, of_persons, quotient
from analysis.release.sealed import SEAL, require_seal

LARGEST_HIDDEN = 0.10
LEVELS: dict[Level, int] = {"month": 1, "quarter": 3, "half_year": 6}
NUMBERS = ["numerator", "denominator", "value"]


@dataclass(frozen=True, eq=False)
class ReleasedSeries:
    """A series that may be published: shown counts and values of whole periods.

    ``level`` is the length of a period, ``kind`` what the value is (count, share or mean); the denominator
    is a count, or time that is the same for every unit (not ``counted_base``); ``rule`` names what it
    passed by. Only this module makes it; `dataclasses.replace` does not.
    """

    level: Level
    kind: str
    counted_base: bool
    rule: str
    _cells: pd.DataFrame
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        require_seal(seal)

    @property
    def table(self) -> pd.DataFrame:
        """A copy of its table, one row a period.

        Returns
        -------
        DataFrame
            ``period_start, period_end, numerator, denominator, value``, NaN where hidden;
            ``numerator_hidden, denominator_hidden`` say that a part is small; ``withheld`` says that the
            period is left out whatever its numbers, since they would tell of another's (R11).
        """
        return self._cells.copy()

    @property
    def hidden(self) -> int:
        """How many periods have no value."""
        return int(self._cells.value.isna().sum())

    def _sums(self, starts: list[pd.Timestamp], months: int) -> list[float]:
        """The shown denominators of longer periods: sums of those shown, NaN where one is not."""
        shown = dict(zip(self._cells.period_start, self._cells.denominator, strict=True))
        inside = range(0, months, LEVELS[self.level])
        return [sum(shown.get(s + pd.DateOffset(months=n), HIDDEN) for n in inside) for s in starts]

    def without(self, starts: Collection[pd.Timestamp]) -> ReleasedSeries:
        """The series without the numbers of some periods.

        Parameters
        ----------
        starts : collection of Timestamp
            The first days of the periods to withhold.

        Returns
        -------
        ReleasedSeries
            The same periods, these withheld.
        """
        if not starts:
            return self
        cells, out = self.table, self._cells.period_start.isin(list(starts))
        cells.loc[out, NUMBERS] = HIDDEN
        cells.loc[out, ["numerator_hidden", "denominator_hidden"]] = False
        cells["withheld"] |= out
        return ReleasedSeries(self.level, self.kind, self.counted_base, "R1-R4, R11", cells, SEAL)


def series(  # noqa: PLR0913 - a keyword for each thing that decides what is shown
    frame: pd.DataFrame,
    kind: str,
    policy: Policy,
    *,
    level: Level,
    per: float = 1.0,
    counted_base: bool = True,
    before: date | None = None,
    persons: pd.DataFrame | None = None,
    base: ReleasedSeries | None = None,
) -> ReleasedSeries:
    """A monthly series at the finest level, from `level` on, that hides at most a tenth of its periods.

    Parameters
    ----------
    frame : DataFrame
        ``period_start, numerator, denominator, complete``, a row a month.
    kind : {"count", "share", "mean"}
        What the value is.
    policy : Policy
        The area's numbers.
    level : {"month", "quarter", "half_year"}
        The finest that is allowed.
    per : float
        Expressed per this many.
    counted_base : bool
        As in `ratio`.
    before : date, optional
        Only periods that end before it decide the level, so that the level stays when months come.
    persons : DataFrame, optional
        ``level, period_start, persons, base_persons``: of how many persons the two parts are, NaN for a
        part that is not of persons. A period without a row is of none: its cases are hidden.
    base : ReleasedSeries, optional
        Where the same denominator is shown in shorter periods: what is shown here is their sum, since the
        same count rounded twice would tell more than once.

    Returns
    -------
    ReleasedSeries
        Whole, complete periods only.
    """
    counted_base = counted_base and base is None
    for name in list(LEVELS)[list(LEVELS).index(level) :]:
        sums = _sums(frame, name, persons)
        numerators = [of_persons(s.numerator, s.persons, policy) for s in sums]
        bases = [of_persons(s.base, s.base_persons, policy) if counted_base else s.base for s in sums]
        bases = bases if base is None else base._sums(_starts(sums), LEVELS[name])
        pairs = zip(numerators, bases, strict=True)
        values = [quotient(n, base, kind, policy, per) for n, base in pairs]
        last = None if before is None else pd.Timestamp(before) - pd.DateOffset(months=LEVELS[name])
        judged = [v for v, start in zip(values, _starts(sums), strict=True) if last is None or start <= last]
        if sum(isnan(value) for value in judged) <= LARGEST_HIDDEN * len(judged):
            break
    cells = _cells(_starts(sums), LEVELS[name], (numerators, bases, values))
    return ReleasedSeries(name, kind, counted_base, "R1-R4", cells, SEAL)


@dataclass
class _Sum:
    """True sums of a period, with the persons behind them (NaN when nobody knows)."""

    start: pd.Timestamp
    months: int = 0
    numerator: float = 0.0
    base: float = 0.0
    persons: float = HIDDEN
    base_persons: float = HIDDEN


def _sums(frame: pd.DataFrame, level: Level, persons: pd.DataFrame | None) -> list[_Sum]:
    """The periods of which every month is complete."""
    found: dict[int, _Sum] = {}
    columns = (frame[name].tolist() for name in ("period_start", "numerator", "denominator", "complete"))
    known = [month for *month, complete in zip(*columns, strict=True) if complete]
    for start, numerator, base in sorted(known):
        number = (12 * start.year + start.month - 1) // LEVELS[level]
        one = found.setdefault(number, _Sum(start))
        one.months += 1
        one.numerator += numerator
        one.base += base
    whole = [one for one in found.values() if one.months == LEVELS[level]]
    if persons is not None:
        names = ("level", "period_start", "persons", "base_persons")
        rows = zip(*(persons[name].tolist() for name in names), strict=True)
        by_start = {start: both for at, start, *both in rows if at == level}
        for one in whole:
            one.persons, one.base_persons = by_start.get(one.start, (0, 0))
    return whole


def _starts(sums: list[_Sum]) -> list[pd.Timestamp]:
    return [one.start for one in sums]


def _cells(starts: list[pd.Timestamp], months: int, numbers: tuple[list[float], ...]) -> pd.DataFrame:
    day = np.array(starts, dtype="datetime64[us]")
    shown = {name: np.array(n, dtype=float) for name, n in zip(NUMBERS, numbers, strict=True)}
    hidden = {f"{name}_hidden": np.isnan(shown[name]) for name in ("numerator", "denominator")}
    end = (day.astype("datetime64[M]") + months).astype("datetime64[us]") - np.timedelta64(1, "D")
    return pd.DataFrame({"period_start": day, "period_end": end, **shown, **hidden, "withheld": False})


def free_until(frame: pd.DataFrame, kind: str, level: Level, policy: Policy) -> pd.Timestamp | None:
    """The last month that an answer may rest on (R5).

    An answer that moved with every period would tell each new count, however small. It moves when the whole
    periods since it last did have together more than `policy.hide_up_to` cases (of a mean: persons; of a
    share: also cases on the other side).

    Parameters
    ----------
    frame : DataFrame
        ``period_start, numerator, denominator, complete``, a row a month.
    kind : {"count", "share", "mean"}
        What the value is.
    level : {"month", "quarter", "half_year"}
        Of the periods that are shown.
    policy : Policy
        The area's numbers.

    Returns
    -------
    Timestamp or None
        The first day of that month; None when there are never enough.
    """
    last, cases, rest, base = None, 0.0, 0.0, 0.0
    for one in _sums(frame, level, None):
        cases, base, rest = cases + one.numerator, base + one.base, rest + one.base - one.numerator
        new = {"count": cases, "mean": base, "share": min(cases, rest)}[kind]
        if new > policy.hide_up_to:
            last = one.start + pd.DateOffset(months=LEVELS[level] - 1)
            cases, rest, base = 0.0, 0.0, 0.0
    return last


def points(shown: ReleasedSeries, per: float = 1.0) -> pd.DataFrame:
    """A released series in the form that designs take, for a run chart of what is shown.

    Parameters
    ----------
    shown : ReleasedSeries
        The released series.
    per : float
        What its values are expressed per.

    Returns
    -------
    DataFrame
        ``period_start, numerator, denominator, value, complete``; hidden periods are absent. The numerator
        is what makes the value as it is shown, so that a median is of what readers see.
    """
    table = shown.table[shown.table.value.notna()]
    known = table[["period_start", "denominator", "value"]].assign(complete=True)
    return known.assign(numerator=known.value * known.denominator / per).reset_index(drop=True)
