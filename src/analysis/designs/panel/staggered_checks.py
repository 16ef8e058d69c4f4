"""Checks of an effect over a panel: each looks at one way in which it may mislead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.designs.effect import Check
from analysis.designs.panel import order_effects as by_order
from analysis.designs.panel.bacon import decompose
from analysis.designs.panel.grid import Refused, plain
from analysis.designs.panel.inference import judge
from analysis.designs.panel.judged import Found, on_scale
from analysis.designs.panel.lead_checks import began_before, noise_alike, pre_trend, pretrend_bounds
from analysis.designs.panel.prepared import Panel, prepare, shifted
from analysis.designs.panel.sun_abraham import sun_abraham
from analysis.designs.panel.two_stage import two_stage
from analysis.designs.series.attribution import AS_MUCH, COMPARED, chosen_for_outcome, definition_breaks
from analysis.designs.timeline import month_of, ordinal
from analysis.designs.verdict import clear_direction
from analysis.errors import DesignError

Floats = NDArray[np.float64]
Values = Mapping[str, float | int | str]

PLACEBO_MONTHS = 12
MOST_LEFT_OUT = 400


def run_all(found: Found) -> tuple[Check, ...]:
    """Every check of an effect over a panel.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    tuple of Check
        ``comparison_changed_as_much, comparison_moved, began_before, placebo_start, leave_one_out, pre_trend,
        noise_alike, pretrend_bounds, other_views, forbidden_share, concentration, permutation``, and
        ``chosen_for_outcome`` and ``definition_break`` when the question says so.
    """
    checks = (
        compared(found),
        comparison_moved(found),
        *chosen_for_outcome(found.question),
        *definition_breaks(found.question),
        began_before(found),
        placebo_start(found),
        leave_one_out(found),
        pre_trend(found),
        noise_alike(found),
        pretrend_bounds(found),
        other_views(found),
        forbidden_share(found),
        concentration(found),
        permutation(found),
    )
    return tuple(
        replace(
            check,
            passed=None if check.passed is None else bool(check.passed),
            values=plain(check.values),
        )
        for check in checks
    )


def compared(found: Found) -> Check:
    """Whether the treated units' change goes beyond that of those compared with.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        ``comparison_changed_as_much``, blocking; not passed when the treated units' own change is clear
        (t over units), the effect is not, and those compared with changed at least half as much the same way.
        None when neither is clear with one unit alone. Values ``own, own_low, own_high, comparison,
        estimate, low, high``, ratios or differences.
    """
    panel, judged = found.panel, found.judged
    gaps = by_order.gaps(panel.outcome, panel.codes[None], panel.weights, panel.cohorts)
    own = float(by_order.own_change(gaps)[0])
    half = _half_width(*_unit_changes(panel))
    comparison = own - judged.estimate
    numbers = on_scale(found.question, own, own - half, own + half, comparison, *judged.interval)
    values = dict(zip(COMPARED, numbers, strict=True))
    if clear_direction(judged.interval, "difference") is not None:
        return Check("comparison_changed_as_much", True, values)
    if not np.isfinite(half):
        return Check("comparison_changed_as_much", None, values)
    as_much = abs(own) > half and comparison / own >= AS_MUCH
    return Check("comparison_changed_as_much", not as_much, values)


def comparison_moved(found: Found) -> Check:
    """Whether the difference is a change of those compared with rather than of the treated units.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        ``comparison_moved``, blocking; not passed when the difference is clear, the treated units' own change
        is not, and those compared with changed clearly the other way (t over units; the change of one
        treated unit is set against the spread of the others' changes). None when no spread is known.
        Values ``own, own_low, own_high, comparison, estimate, low, high``, ratios or differences.
    """
    panel, judged = found.panel, found.judged
    changes, sizes = _unit_changes(panel)
    others, weights = _compared_changes(panel)
    if not len(changes) or not len(others):
        return Check("comparison_moved", None, {})
    own, comparison = (float(np.average(a, weights=w)) for a, w in ((changes, sizes), (others, weights)))
    half = _half_width(changes, sizes) if len(changes) > 1 else _spread(others, weights)
    numbers = on_scale(found.question, own, own - half, own + half, comparison, *judged.interval)
    values = dict(zip(COMPARED, numbers, strict=True))
    half_other = _half_width(others, weights)
    if not np.isfinite([half, half_other]).all():
        return Check("comparison_moved", None, values)
    is_clear = clear_direction(judged.interval, "difference") is not None
    other_way = abs(comparison) > half_other and comparison * judged.estimate < 0
    return Check("comparison_moved", not (is_clear and abs(own) <= half and other_way), values)


def placebo_start(found: Found) -> Check:
    """Whether the same is found a year before anything started.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        Blocking. All starts, and the window, lie twelve months earlier, and only data before the true starts
        are used; not passed when that gives a clear effect in the direction of the answer. None when the
        data do not reach back far enough. Values ``months, estimate, low, high, p``.
    """
    first = min(day for _, day in found.question.starts)
    first = max(first, month_of(int(found.panel.months[0])))
    asked = shifted(found.question, PLACEBO_MONTHS, month_of(ordinal(first) - 1))
    try:
        judged = judge(prepare(found.rows, asked, weights=found.weights))
    except (Refused, DesignError):
        return Check("placebo_start", None, {"months": PLACEBO_MONTHS})
    interval = on_scale(found.question, *judged.interval)
    names = ("estimate", "low", "high", "p")
    values: Values = {"months": PLACEBO_MONTHS} | dict(zip(names, (*interval, judged.p), strict=True))
    if not np.isfinite(judged.interval).all():
        return Check("placebo_start", None, values)
    direction = clear_direction(judged.interval, "difference")
    same = direction == ("higher" if found.judged.estimate > 0 else "lower")
    return Check("placebo_start", not same, values)


def leave_one_out(found: Found) -> Check:
    """Whether the answer rests on one unit.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        Blocking; passed when the estimate keeps its side whichever unit is left out. None when no unit can
        be left out. Values ``n, n_same, estimate_min, estimate_max, unit`` (the one whose absence
        changes most); table ``unit, estimate``.
    """
    panel = found.panel
    places = np.arange(len(panel.units))
    if len(places) > MOST_LEFT_OUT:
        places = np.flatnonzero(panel.is_treated)
    weights = np.tile(panel.weights, (len(places), 1))
    weights[np.arange(len(places)), places] = 0.0
    codes = np.tile(panel.codes, (len(places), 1))
    effects = by_order.overall(by_order.gaps(panel.outcome, codes, weights, panel.cohorts))
    known = np.isfinite(effects)
    if not known.any():
        return Check("leave_one_out", None, {"n": 0})
    units, left = np.array(panel.units)[places][known], effects[known]
    same = int((left * found.judged.estimate > 0).sum())
    scaled = np.array(on_scale(found.question, *left))
    values: Values = {
        "n": len(left), "n_same": same, "estimate_min": float(scaled.min()),
        "estimate_max": float(scaled.max()),
        "unit": str(units[np.abs(left - found.judged.estimate).argmax()]),
    }  # fmt: skip
    table = pd.DataFrame({"unit": units, "estimate": scaled})
    return Check("leave_one_out", same == len(left), values, table)


def other_views(found: Found) -> Check:
    """Whether Sun and Abraham's and the two-stage estimate lie on the same side.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        Informational; None when one of them cannot be computed. Values ``estimate, sun_abraham, two_stage``.
    """
    panel, estimate = found.panel, found.judged.estimate
    finite = np.isfinite(panel.cohorts.starts)
    skip = int((panel.cohorts.settled[finite] - panel.cohorts.starts[finite]).max())
    long = panel.long()
    settled = np.repeat(panel.cohorts.settled[panel.codes], panel.outcome.shape[1])
    moving = (long["period"] >= long["start"]) & (long["period"] < settled)
    try:
        views = (
            sun_abraham(long, skip=skip).estimate,
            two_stage(long.assign(treated=long["period"] >= long["start"])[~moving]).estimate,
        )
    except DesignError:
        return Check("other_views", None, {}, blocking=False)
    if not np.isfinite(views).all():
        return Check("other_views", None, {}, blocking=False)
    numbers = on_scale(found.question, estimate, *views)
    values = dict(zip(("estimate", "sun_abraham", "two_stage"), numbers, strict=True))
    return Check("other_views", all(view * estimate > 0 for view in views), values, blocking=False)


def forbidden_share(found: Found) -> Check:
    """How much a two-way fixed effects estimate would rest on units that had started already.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        Informational. Values ``share`` (Bacon weight of later against earlier starts), ``two_way`` (that
        estimate); table of all comparisons.
    """
    parts = decompose(found.panel.long())
    forbidden = parts.table["kind"].isin(["later_vs_earlier", "treated_vs_always"])
    share = float(parts.table.loc[forbidden, "weight"].sum())
    values = {"share": share, "two_way": on_scale(found.question, parts.estimate)[0]}
    return Check("forbidden_share", None, values, parts.table, blocking=False)


def concentration(found: Found) -> Check:
    """How much of the treated units' weight lies in one of them.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        Informational. Values ``share``, ``unit`` (the heaviest), ``n`` (treated units).
    """
    members = np.flatnonzero(found.panel.is_treated)
    weights = found.panel.weights[members]
    largest = int(weights.argmax())
    values = {
        "share": float(weights[largest] / weights.sum()),
        "unit": found.panel.units[members[largest]],
        "n": len(members),
    }
    return Check("concentration", None, values, blocking=False)


def permutation(found: Found) -> Check:
    """What the p rests on.

    Parameters
    ----------
    found : Found
        What was judged.

    Returns
    -------
    Check
        Informational. Values ``method`` ("permutation" or "cluster"), ``p``, ``smallest_p``, ``orders``,
        ``units``, ``treated``.
    """
    judged = found.judged
    values: Values = {
        "method": judged.method, "p": judged.p, "smallest_p": judged.smallest_p, "orders": judged.n_orders,
        "units": len(found.panel.units), "treated": int(found.panel.is_treated.sum()),
    }  # fmt: skip
    return Check("permutation", None, values, blocking=False)


def _unit_changes(panel: Panel) -> tuple[Floats, Floats]:
    """Each treated unit's mean change from before its start to after, over the cells the effect uses."""
    cohorts, changes, weights = panel.cohorts, [], []
    compared = cohorts.clock < cohorts.starts[-1]
    for unit in np.flatnonzero(panel.is_treated):
        code = panel.codes[unit]
        after = (cohorts.clock >= cohorts.settled[code]) & compared
        before = cohorts.clock < cohorts.starts[code]
        if after.any() and before.any():
            changes.append(panel.outcome[unit, after].mean() - panel.outcome[unit, before].mean())
            weights.append(panel.weights[unit] * after.sum())
    return np.array(changes), np.array(weights)


def _compared_changes(panel: Panel) -> tuple[Floats, Floats]:
    """Each unit's mean change over the cells it is compared in, and its weight; one an unit compared with."""
    cohorts, n = panel.cohorts, len(panel.units)
    total, weight = np.zeros(n), np.zeros(n)
    for cohort in np.flatnonzero(np.isfinite(cohorts.starts)):
        size = panel.weights[panel.codes == cohort].sum()
        before = cohorts.clock < cohorts.starts[cohort]
        if not before.any():
            continue
        change = panel.outcome - panel.outcome[:, before].mean(axis=1, keepdims=True)
        for at in np.flatnonzero(cohorts.clock >= cohorts.settled[cohort]):
            later = (panel.codes > cohort) & (cohorts.starts[panel.codes] > cohorts.clock[at])
            if later.any():
                share = size * panel.weights * later / panel.weights[later].sum()
                total += share * change[:, at]
                weight += share
    known = weight > 0
    return total[known] / weight[known], weight[known]


def _half_width(changes: Floats, weights: Floats) -> float:
    """Half the 95 % interval of a mean of units' changes, by t over units; not a number with one unit."""
    n = len(changes)
    if n < 2:
        return np.nan
    share = weights / weights.sum()
    error = float(np.sqrt((share**2 * (changes - share @ changes) ** 2).sum() * n / (n - 1)))
    return float(stats.t.ppf(0.975, n - 1)) * error


def _spread(changes: Floats, weights: Floats) -> float:
    """Half the interval that holds 95 % of single units' changes; not a number with one unit."""
    n = len(changes)
    if n < 2:
        return np.nan
    share = weights / weights.sum()
    deviation = float(np.sqrt((share * (changes - share @ changes) ** 2).sum() * n / (n - 1)))
    return float(stats.t.ppf(0.975, n - 1)) * deviation
