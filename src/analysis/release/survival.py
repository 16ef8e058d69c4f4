"""How long until something happens, at days fixed in advance (R6).

A Kaplan-Meier curve drawn as steps is the data set, since nearly all steps are fewer than five events. At
fixed days, with small intervals merged, the largest error measured was half a per cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.area import Policy
from analysis.errors import DesignError
from analysis.release.counts import HIDDEN, count, of_persons
from analysis.release.nested import Beside, Cells, bounds
from analysis.release.sealed import Sealed, sealed

DAYS = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30)
NOISE = 9  # decimals: the same share by another way of multiplying is to be rounded alike


class Day(NamedTuple):
    """A fixed day: how many are followed after it, and the share without the event; NaN where hidden."""

    day: float
    at_risk: float
    share: float


@dataclass(frozen=True)
class ReleasedSurvival(Sealed):
    """The rounded number at the start, and the fixed days."""

    n: float
    days: tuple[Day, ...]

    @property
    def values(self) -> NDArray[np.float64]:
        """Every share that may be seen: without the event, and with it."""
        without = np.array([1.0, *(day.share for day in self.days)])
        return np.concatenate([without, (1 - without).round(2)])


def at_fixed_days(
    time: Sequence[float],
    policy: Policy,
    days: Sequence[float] = DAYS,
    *,
    lost: Sequence[bool] | None = None,
    persons: Sequence[Any] | None = None,
    beside: Beside | None = None,
) -> ReleasedSurvival:
    """The share without the event at fixed days, in whole per cent of the rounded numbers (R1, R3, R6).

    A day is hidden when the events or the losses since the last day that is shown are of few persons, so its
    interval goes together with the next; the table stops where few are left.

    Parameters
    ----------
    time : sequence of float
        Days until the event or the loss, one a case; infinite where neither came.
    policy : Policy
        The area's numbers.
    days : sequence of float
        Fixed in advance, increasing.
    lost : sequence of bool, optional
        Whether it is a loss, one a case; without it all are events.
    persons : sequence, optional
        Whose each case is; without it each is a person's.
    beside : Beside, optional
        The released series of the same cases; all is hidden where both together would tell too much (R11).

    Returns
    -------
    ReleasedSurvival
        A row a day.

    Raises
    ------
    DesignError
        If the days do not increase, or a case has no time.
    """
    when = np.asarray(time, dtype=float)
    if (np.diff(days) <= 0).any() or np.isnan(when).any():
        what = "the fixed days do not increase, or a case has no time"
        raise DesignError(what, "Give every case a time, infinite where nothing came")
    gone = np.asarray(lost or [False] * when.size, dtype=bool).reshape(when.shape)
    whose = np.arange(when.size) if persons is None else np.unique(persons, return_inverse=True)[1]
    n = of_persons(when.size, len(np.unique(whose)), policy)
    shown = _Cases(when, gone, whose).at(days, policy)
    if beside is not None and not _is_vague(n, policy, beside):
        n, shown = HIDDEN, [Day(day, HIDDEN, HIDDEN) for day in days]
    return sealed(ReleasedSurvival, "R1 R6 R11", n=n, days=tuple(shown))


@dataclass(frozen=True)
class _Cases:
    """When each case ends, whether it is lost then, and whose it is."""

    time: NDArray[np.float64]
    lost: NDArray[np.bool_]
    whose: NDArray[np.int64]

    def persons(self, which: NDArray[np.bool_]) -> int:
        """How many persons the chosen cases are of."""
        return len(np.unique(self.whose[which]))

    def at(self, days: Sequence[float], policy: Policy) -> list[Day]:
        """The fixed days as they may be shown."""
        shown, before, hide = [], -np.inf, policy.hide_up_to
        for day in days:
            since, left = (self.time > before) & (self.time <= day), self.time > day
            few = any(0 < self.persons(since & kind) <= hide for kind in (self.lost, ~self.lost))
            if few or self.persons(left) <= hide:
                shown.append(Day(day, HIDDEN, HIDDEN))
            else:
                before = day
                shown.append(Day(day, count(int(left.sum()), policy), self._share(day, policy)))
        return shown

    def _share(self, day: float, policy: Policy) -> float:
        """The share without the event, from rounded numbers (R3); with losses in steps of what `round_to`
        cases would change.
        """
        past = self.time <= day
        n, left = (count(number, policy) for number in (past.size, past.size - past.sum()))
        if not (past & self.lost).any():
            return round(min(left / n, 1.0), 2)
        step = max(policy.round_to / n, 0.01)
        return round(min(round(self._product_limit(past) / step) * step, 1.0), 2)

    def _product_limit(self, past: NDArray[np.bool_]) -> float:
        """The Kaplan-Meier estimate after the last of the times that are past."""
        times, at = np.unique(self.time[past], return_inverse=True)
        events = np.bincount(at, weights=~self.lost[past], minlength=times.size)
        ended = np.bincount(at, minlength=times.size)
        at_risk = self.time.size - np.cumsum([0, *ended[:-1]])
        return float(np.prod(1 - events / at_risk).round(NOISE))


def _is_vague(n: float, policy: Policy, beside: Beside) -> bool:
    """Whether the number of cases leaves every count vague beside their series; the days follow from it."""
    cells = Cells()
    beside.join(cells, cells.add(bounds(n, isnan(n), policy)), policy)
    return cells.are_vague()
