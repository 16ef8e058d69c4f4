"""Whether the treated units were drifting away from the others before they started."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.designs.panel import order_effects as by_order
from analysis.designs.panel.inference import Judged, variances_before, working_correlation
from analysis.designs.panel.order_effects import Cohorts
from analysis.designs.panel.permutation import orders, p_value
from analysis.designs.panel.prepared import Panel

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

PERIODS_NEEDED = 3


@dataclass(frozen=True)
class Trend:
    """The linear trend of the treated units less that of the others, over the periods before the start.

    Parameters
    ----------
    slope : float
        A period, on the model's scale.
    p : float
        Two-sided, by the inference of the effect itself.
    reach : float
        Periods from the middle of those before to the middle of those the effect is taken from.
    n : int
        Periods before, of the cohort with most.
    """

    slope: float
    p: float
    reach: float
    n: int


def trend_before(panel: Panel, judged: Judged) -> Trend | None:
    """Compare each cohort's linear trend before its start with that of the units that start later.

    Parameters
    ----------
    panel : Panel
        From `analysis.designs.panel.prepared.prepare`.
    judged : Judged
        Its effect. By permutation, the statistic is the trend divided by its standard error under each order;
        by influence functions, t with treated units less one.

    Returns
    -------
    Trend or None
        None when no cohort that is compared has three periods before its start.
    """
    lines = _centred(panel.cohorts)
    n = int((lines != 0).any(axis=0).sum())
    if n < PERIODS_NEEDED:
        return None
    reach = _reach(panel, judged)
    if judged.analytic is not None:
        return Trend(*_by_cluster(panel, lines), reach, n)
    codes = orders(panel.codes)
    without = panel.outcome - judged.estimate * by_order.treated(panel.cohorts, panel.codes)
    shares = _shares(panel, lines, codes)
    slopes = np.einsum("oci,ci->o", shares, lines @ without.T)
    return Trend(float(slopes[0]), p_value(slopes / _errors(panel, lines, shares)), reach, n)


def detrended(values: Floats) -> Floats:
    """What is left of each row of ``values`` (units, periods) after its own level and linear trend."""
    t = values.shape[1]
    design = np.column_stack([np.ones(t), np.arange(t)])
    fitted = design @ np.linalg.lstsq(design, values.T, rcond=None)[0]
    return np.asarray(values - fitted.T)


def _centred(cohorts: Cohorts) -> Floats:
    """Each cohort's periods before its start, less their mean; 0 elsewhere, and with nobody later."""
    found = np.zeros((len(cohorts.starts), len(cohorts.clock)))
    for cohort, start in enumerate(cohorts.starts[:-1]):
        before = cohorts.clock < start
        if before.sum() >= PERIODS_NEEDED:
            found[cohort, before] = cohorts.clock[before] - cohorts.clock[before].mean()
    return found


def _shares(panel: Panel, lines: Floats, codes: Codes) -> Floats:
    """What each unit's sum over each cohort's line adds to the trend; (orders, cohorts, units)."""
    cohorts = np.arange(len(lines))[:, None]
    members = (codes[:, None, :] == cohorts) * panel.weights
    later = (codes[:, None, :] > cohorts) * panel.weights
    sizes = members.sum(axis=2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        contrast = members - later * sizes / later.sum(axis=2, keepdims=True)
    squares = (lines**2).sum(axis=1)
    contrast[:, squares == 0] = 0.0
    return np.asarray(contrast / (sizes[:, :, 0] @ squares)[:, None, None])


def _errors(panel: Panel, lines: Floats, shares: Floats) -> Floats:
    """Standard error of the trend under each order, given a variance of each unit's own."""
    clock = panel.cohorts.clock
    variances = variances_before(detrended(panel.outcome[:, clock < panel.cohorts.starts[0]]))
    products = lines @ working_correlation(clock) @ lines.T
    by_unit = np.einsum("oci,cd,odi->oi", shares, products, shares, optimize=True)
    return np.asarray(np.sqrt(by_unit @ variances))


def _by_cluster(panel: Panel, lines: Floats) -> tuple[float, float]:
    """The trend and its p from the units' deviations from their cohort's or comparison's mean."""
    shares = _shares(panel, lines, panel.codes[None])[0]
    sums = lines @ panel.outcome.T
    influence = np.zeros(len(panel.units))
    for cohort in np.flatnonzero((lines != 0).any(axis=1)):
        for group in (panel.codes == cohort, panel.codes > cohort):
            mean = np.average(sums[cohort, group], weights=panel.weights[group])
            influence[group] += shares[cohort, group] * (sums[cohort, group] - mean)
    n = len(influence)
    slope, error = float((shares * sums).sum()), float(np.sqrt((influence**2).sum() * n / (n - 1)))
    return slope, float(2 * stats.t.sf(abs(slope / error), max(1, panel.is_treated.sum() - 1)))


def _reach(panel: Panel, judged: Judged) -> float:
    """Mean distance of the periods of the effect from the middle of those before, by size of the cohorts."""
    cohorts, gap, sizes = panel.cohorts, judged.found.gap[0], judged.found.sizes[0]
    total = weight = 0.0
    for cohort in np.flatnonzero(np.isfinite(cohorts.starts)):
        kept = (cohorts.clock >= cohorts.settled[cohort]) & np.isfinite(gap[cohort])
        if kept.any():
            before = cohorts.clock[cohorts.clock < cohorts.starts[cohort]].mean()
            total += sizes[cohort] * (cohorts.clock[kept] - before).sum()
            weight += sizes[cohort] * kept.sum()
    return total / weight
