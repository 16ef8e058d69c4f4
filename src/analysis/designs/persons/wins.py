"""Two sets of ordered answers: the chance that one of the later is higher than one of the earlier.

Also called the probability of superiority, or the Mann-Whitney statistic. Only the order of the answers is
used, so that the steps of the scale need not be of one size. Those who answer are not paired.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.designs.persons.survival import Vector
from analysis.errors import DesignError


@dataclass(frozen=True)
class Contrast:
    """A later-minus-earlier comparison with its standard error and 95 % interval."""

    estimate: float
    se: float
    low: float
    high: float
    p: float


def win_probability(earlier: NDArray[np.int64], later: NDArray[np.int64]) -> tuple[float, float, float]:
    """Chance that a random later answer is higher than a random earlier one, ties counting half.

    Parameters
    ----------
    earlier, later : array of int, shape (levels,)
        Number of answers at each level, lowest first.

    Returns
    -------
    tuple of float
        The chance, its variance among persons and the degrees of freedom of that variance. For the
        variance, one answer that wins half of the time is added on each side, so that few answers, or sets
        without overlap, never seem certain.

    Raises
    ------
    DesignError
        If a side has no answers.

    References
    ----------
    DeLong et al. 1988 (variance by placements); Brunner & Munzel 2000 (degrees of freedom).
    """
    m, n = int(earlier.sum()), int(later.sum())
    if min(m, n) == 0:
        raise DesignError("a side has no answers", "compare sets that both have answers")
    below = (np.cumsum(earlier) - earlier / 2) / m  # of each later level: share of earlier answers beaten
    above = 1 - (np.cumsum(later) - later / 2) / n
    chance = float(below @ later) / n
    parts = np.array([_spread(below, later) / n, _spread(above, earlier) / m])
    return chance, float(parts.sum()), _freedom(parts, np.array([n, m], float))


def stratified_net(earlier: NDArray[np.int64], later: NDArray[np.int64], weights: Vector) -> Contrast:
    """Higher minus lower: the chance that a later answer is higher, less the chance that it is lower.

    Parameters
    ----------
    earlier, later : array of int, shape (groups, levels)
        Number of answers of each group at each level.
    weights : array of float, shape (groups,)
        One and the same mix of groups for both sides; need not add up to 1.

    Returns
    -------
    Contrast
        Answers are compared within their group only; 0 is no difference, 1 is all later answers higher.

    Raises
    ------
    DesignError
        If a group has no answers on a side.
    """
    found = np.array([win_probability(a, b) for a, b in zip(earlier, later, strict=True)])
    share = weights / weights.sum()
    net = 2 * float(share @ found[:, 0]) - 1
    parts = 4 * share**2 * found[:, 1]
    return _contrast(net, float(np.sqrt(parts.sum())), _freedom(parts, found[:, 2]))


def stratified_agree(
    earlier: NDArray[np.int64], later: NDArray[np.int64], weights: Vector, agree: NDArray[np.bool_]
) -> Contrast:
    """Difference in the share that agrees, for one mix of groups.

    Parameters
    ----------
    earlier, later : array of int, shape (groups, levels)
        Number of answers of each group at each level.
    weights : array of float, shape (groups,)
        The mix.
    agree : array of bool, shape (levels,)
        Which levels count as agreeing.

    Returns
    -------
    Contrast
        Later minus earlier; the variance with one agreeing and one other answer added to each side.

    References
    ----------
    Agresti & Caffo 2000.
    """
    share = weights / weights.sum()
    difference, variance = 0.0, 0.0
    for counts, sign in ((later, 1), (earlier, -1)):
        total = counts.sum(axis=1)
        agreeing = counts[:, agree].sum(axis=1)
        difference += sign * float(share @ (agreeing / total))
        near = (agreeing + 1) / (total + 2)
        variance += float(share**2 @ (near * (1 - near) / (total + 2)))
    return _contrast(difference, float(np.sqrt(variance)))


def _spread(placements: Vector, counts: NDArray[np.int64]) -> float:
    """Variance of placements, with one of one half added."""
    values, weights = np.append(placements, 0.5), np.append(counts, 1)
    centre = np.average(values, weights=weights)
    return float(weights @ (values - centre) ** 2) / (weights.sum() - 1)


def _freedom(parts: Vector, freedom: Vector) -> float:
    """Satterthwaite's degrees of freedom of a sum of variances."""
    return float(parts.sum() ** 2 / (parts**2 / freedom).sum()) if parts.any() else np.inf


def _contrast(estimate: float, error: float, freedom: float = np.inf) -> Contrast:
    """With a 95 % interval, cut at what is possible; without any spread, no interval and no p."""
    if error == 0:
        return Contrast(estimate, 0.0, np.nan, np.nan, np.nan)
    half = float(stats.t.ppf(0.975, freedom)) * error
    p = float(2 * stats.t.sf(abs(estimate) / error, freedom))
    return Contrast(estimate, error, max(estimate - half, -1.0), min(estimate + half, 1.0), p)
