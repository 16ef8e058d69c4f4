"""How long until something happens, at days fixed in advance (R6).

A Kaplan-Meier curve drawn as steps is the data set, since nearly all steps are fewer than five events. At
fixed days, with small intervals merged, the largest error measured was half a per cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.area import Policy
from analysis.errors import DesignError
from analysis.release.counts import HIDDEN, count
from analysis.release.sealed import Sealed, sealed

DAYS = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30)
NOISE = 9  # decimals: the same share by another way of multiplying is to be rounded alike
COLUMNS = ("time", "at_risk", "events", "censored")


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
    table: pd.DataFrame | Mapping[str, Sequence[float]], policy: Policy, days: Sequence[float] = DAYS
) -> ReleasedSurvival:
    """The share without the event at fixed days, in whole per cent of the rounded numbers (R1, R3, R6).

    A day is hidden when the events or the losses since the last day that is shown are few, so its interval
    goes together with the next; the table stops where few are left.

    Parameters
    ----------
    table : DataFrame or mapping of columns
        ``time, at_risk, events, censored``, a row a time; at risk before the row's events.
    policy : Policy
        The area's numbers.
    days : sequence of float
        Fixed in advance, increasing.

    Returns
    -------
    ReleasedSurvival
        A row a day.

    Raises
    ------
    DesignError
        If days do not increase, or rows do not follow from the rows before.
    """
    time, at_risk, events, lost = (np.asarray(table[column], dtype=float) for column in COLUMNS)
    n = float(at_risk[0]) if at_risk.size else 0.0
    gone = np.cumsum(events + lost)
    if (np.diff(days) <= 0).any() or (np.diff(time) <= 0).any() or (at_risk[1:] != n - gone[:-1]).any():
        what = "times do not increase, or the numbers at risk do not follow from the events and losses"
        raise DesignError(what, "Give a row a time, without late entries")
    shares = np.cumprod(1 - events / np.maximum(at_risk, 1)).round(NOISE)
    shown, before = [], (0.0, 0.0)
    for day in days:
        past = time <= day
        now = (float(events[past].sum()), float(lost[past].sum()))
        few = [x for x in (now[0] - before[0], now[1] - before[1]) if 0 < x <= policy.hide_up_to]
        left = n - sum(now)
        if few or left <= policy.hide_up_to:
            shown.append(Day(day, HIDDEN, HIDDEN))
        else:
            before, share = now, float(shares[past][-1]) if past.any() else 1.0
            shown.append(Day(day, count(left, policy), _told(share, (n, left), now[1] > 0, policy)))
    return sealed(ReleasedSurvival, "R1 R6", n=count(n, policy), days=tuple(shown))


def _told(share: float, numbers: tuple[float, float], some_lost: bool, policy: Policy) -> float:
    """A share from the rounded numbers (R3); with losses in steps of what `round_to` cases would change."""
    n, left = (count(number, policy) for number in numbers)
    if not some_lost:
        return round(min(left / n, 1.0), 2)
    step = max(policy.round_to / n, 0.01)
    return round(min(round(share / step) * step, 1.0), 2)
