"""Interval and p of an effect over a panel: by permutation when units are few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.panel import order_effects as by_order
from analysis.designs.panel.group_time import Aggregate, GroupTime, aggregate, att_gt, confidence
from analysis.designs.panel.order_effects import Gaps
from analysis.designs.panel.permutation import LEVEL, half_width, interval, orders, p_value
from analysis.designs.panel.prepared import Panel

Floats = NDArray[np.float64]

FEW_TREATED = 20
FEW_UNITS = 40
WORKING_RHO = 0.4  # correlation of neighbouring periods in the scale of the statistic; only a scale
SHRINKAGE = 0.5  # of units' variances towards their mean
LEAST_SHARE = 0.1  # a unit's variance is taken to be at least this share of the mean one


@dataclass(frozen=True)
class Judged:
    """The overall effect on the model's scale (logarithm of a ratio, or difference).

    Parameters
    ----------
    estimate, low, high, p : float
        Limits are not numbers when no order is rare enough to exclude any effect.
    method : str
        "permutation" or "cluster".
    n_orders : int
        Orders that the p rests on, the true one included; 0 by influence functions.
    smallest_p : float
        The smallest p that could have come out.
    error : float
        Standard error of the estimate from the periods before the first start alone.
    found, null : Gaps
        Gaps of the outcome, and of the outcome less the estimated effect, under every order.
    analytic : GroupTime, optional
        With units enough for influence functions.
    """

    estimate: float
    low: float
    high: float
    p: float
    method: str
    n_orders: int
    smallest_p: float
    error: float
    found: Gaps
    null: Gaps
    analytic: GroupTime | None = None

    @property
    def interval(self) -> tuple[float, float, float]:
        """Estimate, low, high."""
        return self.estimate, self.low, self.high


def judge(panel: Panel) -> Judged:
    """Estimate the overall effect with interval and p.

    Fewer than 20 treated or 40 units in all: the adoption order is permuted. The statistic is the overall
    effect divided by its standard error under each order, from a variance of each unit's own before the
    first start. That lessens what units that differ in noise do to the p, but treated units noisier than
    the others are still found to differ too often (`analysis.designs.panel.lead_checks.noise_alike` looks at
    that). The interval is the inverted test of a constant effect.

    Parameters
    ----------
    panel : Panel
        From `analysis.designs.panel.prepared.prepare`.

    Returns
    -------
    Judged
        On the model's scale.

    References
    ----------
    docs/methods.md; Roth and Sant'Anna 2023 (random adoption order).
    """
    few = panel.is_treated.sum() < FEW_TREATED or len(panel.units) < FEW_UNITS
    return _by_permutation(panel) if few else _by_cluster(panel)


def rows(
    judged: Judged,
    cells: Callable[[Gaps], Floats],
    analytic: Callable[[GroupTime], Aggregate],
    places: Floats,
) -> pd.DataFrame:
    """Parts of the effect with their intervals.

    Parameters
    ----------
    judged : Judged
        The overall effect.
    cells : callable
        Gives (orders, places) from gaps.
    analytic : callable
        Gives the same from influence functions, for `judged` by cluster.
    places : array (places,)
        What the parts are of: cohort, time since the start.

    Returns
    -------
    DataFrame
        ``at, estimate, low, high, p`` on the model's scale. By permutation the width is that of the 5 %
        most extreme orders after the overall effect is taken away.
    """
    estimates = cells(judged.found)[0]
    table = pd.DataFrame({"at": places, "estimate": estimates})
    if judged.analytic is not None:
        errors = analytic(judged.analytic).table.set_index("at")["se"].reindex(places).to_numpy(float)
        df = _df(judged.analytic.starts)
        found = [confidence(b, se, df)[1:] for b, se in zip(estimates, errors, strict=True)]
    else:
        null = cells(judged.null)
        found = [_permuted(b, column) for b, column in zip(estimates, null.T, strict=True)]
    return table.join(pd.DataFrame(found, columns=["low", "high", "p"]))


def _permuted(estimate: float, null: Floats) -> tuple[float, float, float]:
    """Interval and p from the statistics of orders without an effect."""
    known = null[np.isfinite(null)]
    if not np.isfinite(estimate) or len(known) < len(null):
        return np.nan, np.nan, np.nan
    half = half_width(known)
    if not np.isfinite(half):
        return np.nan, np.nan, p_value(known, estimate)
    return estimate - half, estimate + half, p_value(known, estimate)


def _by_permutation(panel: Panel) -> Judged:
    """The effect with interval and p by permuting the order of the starts."""
    codes = orders(panel.codes)
    came = by_order.treated(panel.cohorts, panel.codes)
    found = by_order.gaps(panel.outcome, codes, panel.weights[None] * np.ones(codes.shape), panel.cohorts)
    effects = by_order.overall(found)
    slopes = by_order.overall(by_order.gaps(came, codes, panel.weights, panel.cohorts))
    estimate = float(effects[0])
    without = panel.outcome - estimate * came
    scale = _scale(panel, codes)
    smallest = 1.0 / len(codes)
    low, high = interval(effects / scale, slopes / scale)
    if smallest > LEVEL or not np.isfinite([low, high]).all():
        low = high = np.nan
    null = by_order.gaps(without, codes, panel.weights, panel.cohorts)
    p = p_value(effects / scale)
    return Judged(estimate, low, high, p, "permutation", len(codes), smallest, float(scale[0]), found, null)


def working_correlation(clock: Floats) -> Floats:
    """The correlation of periods that the scale of a statistic assumes; (periods, periods)."""
    return np.asarray(WORKING_RHO ** np.abs(clock[:, None] - clock))


def _scale(panel: Panel, codes: NDArray[np.int64]) -> Floats:
    """Standard error of the overall effect under each order, given a variance of each unit's own."""
    clock = panel.cohorts.clock
    weights = by_order.linear_weights(codes, panel.weights, panel.cohorts)
    by_cohort = ((weights @ working_correlation(clock)) * weights).sum(axis=2)
    shares = np.take_along_axis(by_cohort, codes, axis=1) * panel.weights**2
    return np.asarray(np.sqrt(shares @ variances_before(panel.outcome[:, clock < panel.cohorts.starts[0]])))


def variances_before(before: Floats) -> Floats:
    """Each unit's variance before anybody started, drawn halfway to the mean of all.

    The periods before hold no effect, so the scale does not depend on which order was the true one. What
    the other units add to a unit through the period means is taken away.
    """
    n, t = before.shape
    left = before - before.mean(axis=1, keepdims=True) - before.mean(axis=0) + before.mean()
    squares = (left**2).sum(axis=1) / max(1, t - 1)
    mean = squares.sum() / (n - 1)
    if n < 3 or mean <= 0:
        return np.ones(n)
    own = np.maximum((squares - mean / n) / (1 - 2 / n), LEAST_SHARE * mean)
    return np.asarray(SHRINKAGE * own.mean() + (1 - SHRINKAGE) * own)


def _by_cluster(panel: Panel) -> Judged:
    """The effect with interval and p by influence functions and t with treated units less one df."""
    codes = panel.codes[None]
    found = by_order.gaps(panel.outcome, codes, panel.weights, panel.cohorts)
    analytic = att_gt(panel.long(), control="not_yet", base="all_before")
    settled = dict(zip(panel.cohorts.starts, panel.cohorts.settled, strict=True))
    post = analytic.cells["period"] >= analytic.cells["cohort"].map(settled)
    analytic = replace(analytic, cells=analytic.cells.assign(post=post))
    whole = aggregate(analytic, "simple")
    estimate, low, high, p = confidence(whole.estimate, whole.se, _df(analytic.starts))
    error = float(_scale(panel, codes)[0])
    return Judged(estimate, low, high, p, "cluster", 0, 0.0, error, found, found, analytic)


def _df(starts: Floats) -> float:
    """Degrees of freedom: treated units less one."""
    return float(max(1, np.isfinite(starts).sum() - 1))
