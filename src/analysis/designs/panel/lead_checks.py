"""Checks of the course before the units started."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Check
from analysis.designs.panel import order_effects as by_order
from analysis.designs.panel.group_time import aggregate
from analysis.designs.panel.inference import rows
from analysis.designs.panel.judged import Found, on_scale
from analysis.designs.panel.permutation import LEVEL
from analysis.designs.panel.pretrends import relative_magnitudes
from analysis.designs.panel.trend_before import detrended, trend_before
from analysis.designs.verdict import clear_direction

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEADS = 12
NUMBERS = ("estimate", "low", "high")
EXPLAINED = 0.5  # of the estimate, by a trend that goes on
BREAKDOWN = 0.5
NOISE_PERIODS = 12
RHO_PERIODS = 24
OTHERS_NEEDED = 3
MOST_OF_TREATED = 1.5
MOST_OF_ALL = 3.0
MOST_RHO_ABOVE = 0.3


def pre_trend(found: Found) -> Check:
    """Whether a trend of the treated units' own before the start explains the answer.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        Blocking; not passed when the linear trend of the treated units less the others over the periods
        before is clear (p below 0.05) and, had it gone on, would account for at least half of the estimate.
        A trend that is not clear does not block: a test that finds nothing is no proof of parallel courses,
        nor one against them. None when it is not clear but would account for as much, and with fewer than
        three periods before. Values ``n`` (periods), ``p``,
        ``trend`` (a month, on the effect's scale), ``explained`` (share of the estimate, below 0 when it
        points the other way), ``largest`` (of the last twelve periods before).
    """
    trend = trend_before(found.panel, found.judged)
    if trend is None:
        return Check("pre_trend", None, {"n": 0})
    estimate = found.judged.estimate
    explained = trend.slope * trend.reach / estimate if estimate else np.nan
    leads = by_order.by_event_time(found.judged.found, -np.arange(LEADS, 0, -1.0))[0]
    by_month = trend.slope / found.panel.length
    values = {
        "n": trend.n, "p": trend.p, "trend": on_scale(found.question, by_month)[0],
        "explained": explained, "largest": _largest(found, leads[np.isfinite(leads)]),
    }  # fmt: skip
    if found.judged.smallest_p > LEVEL or (trend.p >= LEVEL and explained >= EXPLAINED):
        return Check("pre_trend", None, values)
    return Check("pre_trend", not explained >= EXPLAINED, values)


def began_before(found: Found) -> Check:
    """Whether the treated units had moved away from the others in the last period before their starts.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        Blocking; not passed when the event study's last lead is clear, in the direction of the estimate and
        at least half as large. None when it has no interval. Values ``months`` (of the period),
        ``estimate, low, high``, and ``back`` (0).
    """
    last = np.array([-1.0])
    table = rows(
        found.judged,
        lambda gaps: by_order.by_event_time(gaps, last),
        lambda cells: aggregate(cells, "dynamic"),
        last,
    )
    lead = tuple(float(x) for x in table.loc[0, ["estimate", "low", "high"]])
    numbers = on_scale(found.question, *lead)
    values = {"months": found.panel.length, "back": 0} | dict(zip(NUMBERS, numbers, strict=True))
    if not np.isfinite(lead).all():
        return Check("began_before", None, values)
    estimate = found.judged.estimate
    side = "higher" if estimate > 0 else "lower"
    same = clear_direction((lead[0], lead[1], lead[2]), "difference") == side
    return Check("began_before", not (same and abs(lead[0]) >= EXPLAINED * abs(estimate)), values)


def noise_alike(found: Found) -> Check:
    """Whether the treated units vary as the others do, which permuting who started takes for granted.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        Blocking, and only by permutation. From the periods before anybody started, less each unit's linear
        trend and the mean of the others: not passed when the treated units' mean standard deviation is more
        than 1.5 times the median of the others', or with 24 periods their mean correlation of
        neighbouring periods is more than 0.3 above the others' largest. When all units start, not passed when
        one's standard deviation is more than 3 times the median of the rest. None with fewer than three
        others or twelve periods. Values ``ratio, limit, rho_treated, rho_others`` (not numbers where not
        compared).
    """
    panel = found.panel
    if found.judged.analytic is not None:
        return Check("noise_alike", None, {}, blocking=False)
    before = panel.outcome[:, panel.cohorts.clock < panel.cohorts.starts[0]]
    n, treated = before.shape[1], panel.is_treated
    n_others = len(treated) - 1 if treated.all() else int((~treated).sum())
    if n < NOISE_PERIODS or n_others < OTHERS_NEEDED:
        return Check("noise_alike", None, {})
    if treated.all():
        ratio, limit, rho_treated, rho_others = _largest_ratio(before), MOST_OF_ALL, np.nan, np.nan
    else:
        left = _less_the_others(detrended(before), ~treated)
        ratio, limit = _ratio(left, treated), MOST_OF_TREATED
        rho_treated, rho_others = _correlations(left, treated) if n >= RHO_PERIODS else (np.nan, np.nan)
    values = {"ratio": ratio, "limit": limit, "rho_treated": rho_treated, "rho_others": rho_others}
    too_alike = rho_treated - rho_others > MOST_RHO_ABOVE
    return Check("noise_alike", not (ratio > limit or too_alike), values)


def pretrend_bounds(found: Found) -> Check:
    """How much of the unevenness before the start would have to go on for the answer to fall.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        Informational. The breakdown falls to 0 with every effect that is barely clear, whatever the course
        before was, so blocking on it would only demand a smaller p; ``placebo_start`` blocks instead.
        Passed when the breakdown is 0.5 or more. Values ``breakdown, largest``; table ``mbar, low, high``.
    """
    cohorts = found.panel.cohorts
    since = np.unique((cohorts.clock - cohorts.starts[:, None])[np.isfinite(cohorts.starts)])
    gaps = by_order.gaps(found.panel.outcome, found.panel.codes[None], found.panel.weights, cohorts)
    course = pd.Series(by_order.by_event_time(gaps, since)[0], index=since)
    finite = np.isfinite(cohorts.starts)
    skip = int((cohorts.settled[finite] - cohorts.starts[finite]).max())
    bounds = relative_magnitudes(course, found.judged.interval, skip)
    if bounds is None or not np.isfinite(found.judged.interval).all():
        return Check("pretrend_bounds", None, {}, blocking=False)
    table = bounds.table
    if found.question.kind != "mean":
        table = table.assign(low=np.exp(table["low"]), high=np.exp(table["high"]))
    values = {"breakdown": bounds.breakdown, "largest": on_scale(found.question, bounds.largest)[0]}
    return Check("pretrend_bounds", bounds.breakdown >= BREAKDOWN, values, table, blocking=False)


def _less_the_others(left: Floats, others: Bools) -> Floats:
    """Each unit's course less the mean of the others (units, periods); a unit is never its own."""
    total = left[others].sum(axis=0)
    own = np.where(others[:, None], left, 0.0)
    return np.asarray(left - (total - own) / (others.sum() - others)[:, None])


def _ratio(left: Floats, treated: Bools) -> float:
    """The treated units' mean standard deviation, in medians of the others'."""
    deviations = left.std(axis=1)
    return _divided(deviations[treated].mean(), float(np.median(deviations[~treated])))


def _largest_ratio(before: Floats) -> float:
    """The largest standard deviation of a unit, in medians of the rest's."""
    left, units = detrended(before), np.arange(len(before))
    return max(_ratio(_less_the_others(left, units != unit), units == unit) for unit in units)


def _divided(top: float, bottom: float) -> float:
    """A ratio; 1 of nothing by nothing, infinite of something by nothing."""
    if bottom <= 0:
        return np.inf if top > 0 else 1.0
    return top / bottom


def _correlations(left: Floats, treated: Bools) -> tuple[float, float]:
    """Correlation of neighbouring periods: the treated units' mean and the others' largest."""
    squares = (left**2).sum(axis=1)
    own = (left[:, 1:] * left[:, :-1]).sum(axis=1) / np.where(squares > 0, squares, 1.0)
    return float(own[treated].mean()), float(own[~treated].max())


def _largest(found: Found, effects: Floats) -> float:
    """The lead farthest from no effect, on the effect's scale; not a number without any."""
    if not len(effects):
        return np.nan
    return on_scale(found.question, float(effects[np.abs(effects).argmax()]))[0]
