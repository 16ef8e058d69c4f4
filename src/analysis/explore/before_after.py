"""The same selection before and after the start, month by month: exploration, never an answer.

The rate of a count is compared as quasi-Poisson does: the variance of the months' counts is as much larger
than a Poisson count's as the months themselves show (never smaller), and the interval is Student's. Means
are compared by Welch's interval on the monthly means. Season, trend and the likeness of neighbouring months
are not taken into account; the reports do that.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, nan, sqrt

import numpy as np
from numpy.typing import NDArray

FEWEST_MONTHS = 6
FEWEST_CASES = 10
SURE = 0.975

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """One side of the start: how many months, how much in all, how much a month."""

    months: int
    n: float
    per_month: float


@dataclass(frozen=True)
class Compared:
    """Both sides, and how the later differs: a ratio or a difference with its interval.

    NaN is what cannot be said; ``why`` is then "months", "cases" or "nothing_before", else "".
    """

    before: Side
    after: Side
    change: float
    low: float
    high: float
    why: str = ""


def compare_counts(before: Vector, after: Vector) -> Compared:
    """The rate after over the rate before.

    Parameters
    ----------
    before, after : array of float
        The counts of whole months.

    Returns
    -------
    Compared
        `change` is a ratio.
    """
    sides, why = _sides(before, after), _too_little(before, after)
    (months, n, rate), (more_months, more, later) = ((s.months, s.n, s.per_month) for s in sides)
    if not why and n == 0:
        why = "nothing_before"
    if not why and min(n, more) < FEWEST_CASES:
        why = "cases"
    ratio = later / rate if n and more_months else nan
    if why:
        return Compared(*sides, ratio, nan, nan, why)
    excess = _excess(before, rate) + _excess(after, later)
    free = months + more_months - 2
    spread = _students(free) * sqrt(max(1.0, excess / free) * (1 / n + 1 / more))
    return Compared(*sides, ratio, exp(log(ratio) - spread), exp(log(ratio) + spread))


def compare_means(before: Vector, after: Vector) -> Compared:
    """The mean of the months after minus that of the months before.

    Parameters
    ----------
    before, after : array of float
        The means of whole months; NaN for a month without any.

    Returns
    -------
    Compared
        `change` is a difference.
    """
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    sides, why = _sides(before, after), _too_little(before, after)
    change = sides[1].per_month - sides[0].per_month
    if why:
        return Compared(*sides, change, nan, nan, why)
    parts = [float(np.var(one, ddof=1)) / len(one) for one in (before, after)]
    whole = sum(parts)
    if whole == 0:
        return Compared(*sides, change, change, change)
    free = whole**2 / sum(p**2 / (len(v) - 1) for p, v in zip(parts, (before, after), strict=True))
    spread = _students(free) * sqrt(whole)
    return Compared(*sides, change, change - spread, change + spread)


def _sides(before: Vector, after: Vector) -> tuple[Side, Side]:
    one, other = (Side(len(v), float(v.sum()), float(v.mean()) if len(v) else nan) for v in (before, after))
    return one, other


def _too_little(before: Vector, after: Vector) -> str:
    return "months" if min(len(before), len(after)) < FEWEST_MONTHS else ""


def _excess(counts: Vector, rate: float) -> float:
    """Pearson's sum of squares about a constant rate."""
    return float(((counts - rate) ** 2).sum() / rate)


def _students(free: float) -> float:
    from scipy import stats

    return float(stats.t.ppf(SURE, free))
