"""Effects of a staggered start, for many orders of the starts at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Cohorts:
    """When each cohort starts.

    Parameters
    ----------
    starts, settled : array (cohorts,)
        First period in which anybody, and in which all work in the new way; ascending, infinite for
        units that never start (last).
    clock : array (periods,)
        The number of each period of the panel.
    """

    starts: Floats
    settled: Floats
    clock: Floats


@dataclass(frozen=True)
class Gaps:
    """How far each cohort lies from those not started yet, against the mean of the periods before.

    Parameters
    ----------
    gap : array (orders, cohorts, periods)
        NaN where nobody is left to compare with. In periods before a cohort's start the base leaves the
        period itself out.
    own : array (orders, cohorts, periods)
        The cohort's own change, without any comparison.
    sizes : array (orders, cohorts)
        Sum of the units' weights.
    cohorts : Cohorts
        When each starts.
    """

    gap: Floats
    own: Floats
    sizes: Floats
    cohorts: Cohorts


def gaps(values: Floats, codes: Codes, weights: Floats, cohorts: Cohorts) -> Gaps:
    """Compare each cohort with the units that have not started, under every order.

    Parameters
    ----------
    values : array (units, periods)
        The outcome.
    codes : array of int (orders, units)
        The cohort of each unit.
    weights : array (units,) or (orders, units)
        Weights of the units; a unit with weight 0 is left out.
    cohorts : Cohorts
        When each cohort starts.

    Returns
    -------
    Gaps
        Compared in each period with units that start after it, and after the cohort's own start.

    References
    ----------
    Callaway and Sant'Anna 2021, comparison "not yet treated", with the mean before the start as base.
    """
    n = len(cohorts.starts)
    shares = (codes[:, None, :] == np.arange(n)[:, None]) * np.broadcast_to(weights, codes.shape)[:, None, :]
    sums, sizes = shares @ values, shares.sum(axis=2)
    later_sums, later_sizes = _from_cohort_on(sums), _from_cohort_on(sizes)
    gap, own = np.full((2, *sums.shape), np.nan)
    for cohort in np.flatnonzero(np.isfinite(cohorts.starts)):
        first, before = _first_later(cohorts, cohort), cohorts.clock < cohorts.starts[cohort]
        if not before.any():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            treated = sums[:, cohort] / sizes[:, cohort, None]
            others = later_sums[:, first, np.arange(len(first))] / later_sizes[:, first]
            base = later_sums[:, first][:, :, before].mean(axis=2) / later_sizes[:, first]
        own[:, cohort] = treated - treated[:, before].mean(axis=1, keepdims=True)
        gap[:, cohort] = own[:, cohort] - (others - base)
        count = int(before.sum())
        left_out = count / (count - 1) if count > 1 else np.nan
        gap[:, cohort, before] *= left_out
    return Gaps(gap, own, sizes, cohorts)


def overall(found: Gaps) -> Floats:
    """Mean effect over settled cells by size of the cohorts, one an order."""
    return _mean(found.gap, found, _settled(found.cohorts))


def linear_weights(codes: Codes, weights: Floats, cohorts: Cohorts) -> Floats:
    """The overall effect as a weighted sum of the cohorts' summed outcomes.

    Parameters
    ----------
    codes, weights, cohorts
        As `gaps` takes them.

    Returns
    -------
    array (orders, cohorts, periods)
        `overall` is the sum over cohorts and periods of this times the cohort's weighted sum of outcomes.
    """
    n = len(cohorts.starts)
    shares = (codes[:, None, :] == np.arange(n)[:, None]) * np.broadcast_to(weights, codes.shape)[:, None, :]
    sizes = shares.sum(axis=2)
    later = _from_cohort_on(sizes)
    found, total = np.zeros((*sizes.shape, len(cohorts.clock))), np.zeros(len(codes))
    for cohort in range(int(np.isfinite(cohorts.starts).sum())):
        before = cohorts.clock < cohorts.starts[cohort]
        first = _first_later(cohorts, cohort)
        kept = (cohorts.clock >= cohorts.settled[cohort]) & (first < n)
        for at in np.flatnonzero(kept if before.any() else np.zeros_like(kept)):
            total += sizes[:, cohort]
            share = (sizes[:, cohort] / later[:, first[at]])[:, None]
            found[:, cohort, at] += 1.0
            found[:, first[at] :, at] -= share
            found[:, cohort, before] -= 1.0 / before.sum()
            found[:, first[at] :, before] += share[:, :, None] / before.sum()
    return np.asarray(found / total[:, None, None])


def own_change(found: Gaps) -> Floats:
    """Mean change of the treated units themselves over the same cells, one an order."""
    return _mean(np.where(np.isfinite(found.gap), found.own, np.nan), found, _settled(found.cohorts))


def by_event_time(found: Gaps, times: Floats) -> Floats:
    """Mean effect by time since the start; (orders, times)."""
    since = found.cohorts.clock - found.cohorts.starts[:, None]
    return np.column_stack([_mean(found.gap, found, since == time) for time in times])


def by_cohort(found: Gaps) -> Floats:
    """Mean effect on each cohort over its settled periods; (orders, cohorts)."""
    settled = _settled(found.cohorts)
    rows = np.arange(len(settled))
    return np.column_stack([_mean(found.gap, found, settled & (rows == row)[:, None]) for row in rows])


def by_period(found: Gaps) -> Floats:
    """Mean over all cohorts of the effect reached in each period, and of the leads before the first start.

    Parameters
    ----------
    found : Gaps
        From `gaps`.

    Returns
    -------
    array (orders, periods)
        A cohort not yet started counts as 0 once another has started; NaN where a started one has no gap.
        Before the first start the mean is over the cohorts with a gap.
    """
    cohorts = found.cohorts
    finite = np.isfinite(cohorts.starts)
    idle = (cohorts.clock < cohorts.starts[:, None]) & (cohorts.clock >= cohorts.starts[0])
    sizes = found.sizes[:, finite, None]
    cells = np.where(idle[finite], 0.0, found.gap[:, finite])
    counted = np.isfinite(cells) | (cohorts.clock >= cohorts.starts[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((np.where(counted, cells, 0.0) * sizes).sum(axis=1) / (counted * sizes).sum(axis=1))


def treated(cohorts: Cohorts, codes: Codes) -> Floats:
    """How far each unit has come in each period: 0 before, 1 from settled, evenly in between."""
    share = np.zeros((len(cohorts.starts), len(cohorts.clock)))
    finite = np.isfinite(cohorts.starts)
    starts, settled = cohorts.starts[finite, None], cohorts.settled[finite, None]
    share[finite] = np.clip((cohorts.clock - starts + 1) / (settled - starts + 1), 0.0, 1.0)
    return np.asarray(share[codes], float)


def _first_later(cohorts: Cohorts, cohort: int | np.integer[Any]) -> Codes:
    """For each period the first cohort to start after it and after ``cohort``; one past the last if none."""
    after = np.searchsorted(cohorts.starts, cohorts.clock, "right")
    return np.maximum(after, cohort + 1)


def _from_cohort_on(parts: Floats) -> Floats:
    """Sums over a cohort and all later ones; one more entry along axis 1, which is zero."""
    total = np.flip(np.cumsum(np.flip(parts, 1), 1), 1)
    return np.concatenate([total, np.zeros_like(total[:, :1])], axis=1)


def _settled(cohorts: Cohorts) -> NDArray[np.bool_]:
    """The cells (cohorts, periods) from ``settled`` on."""
    return np.asarray(cohorts.clock >= cohorts.settled[:, None])


def _mean(cells: Floats, found: Gaps, kept: NDArray[np.bool_]) -> Floats:
    """Mean over the kept cells by size of the cohorts."""
    rows, columns = np.nonzero(kept)
    chosen, sizes = cells[:, rows, columns], found.sizes[:, rows]
    known = np.isfinite(chosen)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((np.where(known, chosen, 0.0) * sizes).sum(axis=1) / (known * sizes).sum(axis=1))
