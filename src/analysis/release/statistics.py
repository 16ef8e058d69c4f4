"""Means, medians, quartiles and histograms as they may be shown (R4, R7); cells that one place fills (R9).

Never the least or the greatest value, a range or a mode. Each function takes one cell of a fixed partition
(a whole period of one unit), as everywhere in the gate.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isnan
from typing import Any, NamedTuple

import numpy as np

from analysis.area import Policy
from analysis.errors import DesignError
from analysis.release.counts import HIDDEN, of_persons
from analysis.release.nested import Beside, Cells, bounds
from analysis.release.sealed import Sealed, sealed

SMALLEST_STATISTIC = 10
QUARTERS = 4
DOMINANT = 80  # per cent
FEWEST_PLACES = 3


@dataclass(frozen=True)
class ReleasedSummary(Sealed):
    """Where values lie: rounded numbers, NaN where hidden. ``lower`` and ``upper`` are the quartiles."""

    n: float
    mean: float
    median: float
    lower: float
    upper: float


class Bin(NamedTuple):
    """A class of a histogram, from ``low`` up to but not including ``high``; the outermost are open."""

    low: float
    high: float
    n: float


@dataclass(frozen=True)
class ReleasedHistogram(Sealed):
    """Classes of values with rounded counts; one class of NaN when all together are few."""

    bins: tuple[Bin, ...]


def summary(values: Sequence[float], policy: Policy, persons: Sequence[Any] | None = None) -> ReleasedSummary:
    """Mean, median and quartiles as they may be shown (R1, R4, R9).

    All is hidden when at most `policy.hide_up_to` persons have another value than the commonest one: the
    mean of noughts and ones is a share. The mean is hidden when one person makes up more than 80 per cent of
    the sum, or of the distances from the median.

    Parameters
    ----------
    values : sequence of float
        One a case; those that are not finite numbers are left out.
    policy : Policy
        The area's numbers.
    persons : sequence, optional
        Whose each value is; without it each value is a person's.

    Returns
    -------
    ReleasedSummary
        With one decimal; the fewer of cases and persons decide what is hidden.
    """
    known = np.isfinite(np.asarray(values, dtype=float))
    found = np.asarray(values, dtype=float)[known]
    whose = np.unique(np.arange(known.size) if persons is None else persons, return_inverse=True)[1][known]
    fewest, hide = _persons(whose), policy.hide_up_to
    n = of_persons(found.size, fewest, policy)
    mean = median = lower = upper = HIDDEN
    if fewest >= max(SMALLEST_STATISTIC, hide + 1) and not 0 < _others(found, whose) <= hide:
        low, middle, high = (float(q) for q in np.quantile(found, [0.25, 0.5, 0.75]))
        median = _one_decimal(middle)
        if not (_one_has_most(found, whose) or _one_has_most(found - middle, whose)):
            mean = _one_decimal(float(found.mean()))
        if fewest >= QUARTERS * (hide + 1):
            lower, upper = _one_decimal(low), _one_decimal(high)
    return sealed(ReleasedSummary, "R1 R4 R9", n=n, mean=mean, median=median, lower=lower, upper=upper)


def histogram(
    values: Sequence[float],
    bins: Sequence[float],
    policy: Policy,
    persons: Sequence[Any] | None = None,
    beside: Beside | None = None,
) -> ReleasedHistogram:
    """Counts in classes that were fixed in advance, few beside each other merged (R1, R7, R11).

    A class with few goes together with its neighbour towards the middle, the outermost first, until each
    holds none or more than `policy.hide_up_to`.

    Parameters
    ----------
    values : sequence of float
        One a case; missing ones are left out.
    bins : sequence of float
        The bounds between classes, increasing: below the first, from each to the next, from the last.
    policy : Policy
        The area's numbers.
    persons : sequence, optional
        Whose each value is; without it each value is a person's.
    beside : Beside, optional
        The released series of the same cases, and the rounded number of them; one class of NaN is left where
        all together would tell too much.

    Returns
    -------
    ReleasedHistogram
        Rounded counts.

    Raises
    ------
    DesignError
        If the bounds do not increase.
    """
    edges = [-inf, *bins, inf]
    if not all(low < high for low, high in pairwise(edges)):
        raise DesignError("the bounds of a histogram do not increase", "State them once, from low to high")
    known = ~np.isnan(np.asarray(values, dtype=float))
    found = np.asarray(values, dtype=float)[known]
    whose = (np.arange(known.size) if persons is None else np.asarray(persons))[known]
    at = np.searchsorted(bins, found, side="right")
    classes = [(edges[i], edges[i + 1], whose[at == i]) for i in range(len(edges) - 1)]
    merged = _merged(classes, policy)
    shown = tuple(Bin(low, high, of_persons(len(own), _persons(own), policy)) for low, high, own in merged)
    if beside is not None and not _are_vague(
        of_persons(len(whose), _persons(whose), policy), shown, beside, policy
    ):
        shown = (Bin(-inf, inf, HIDDEN),)
    return sealed(ReleasedHistogram, "R1 R7 R11", bins=shown)


def dominated(counts_by_place: Collection[float]) -> bool:
    """Whether a cell tells about one place (R9): fewer than three fill it, or one has over 80 per cent.

    Parameters
    ----------
    counts_by_place : collection of float
        The cell's cases by ward, home, centre or reporter; empty ones do not count.

    Returns
    -------
    bool
        True when its places are to be shown together as others.
    """
    counts = [n for n in counts_by_place if n > 0]
    return len(counts) < FEWEST_PLACES or 100 * max(counts) > DOMINANT * sum(counts)


def _merged(
    classes: list[tuple[float, float, np.ndarray]], policy: Policy
) -> list[tuple[float, float, np.ndarray]]:
    groups = list(classes)
    while len(groups) > 1:
        last = len(groups) - 1
        few = [i for i, (*_, own) in enumerate(groups) if 0 < _persons(own) <= policy.hide_up_to]
        if not few:
            break
        _, outermost = min((min(i, last - i), i) for i in few)
        left = outermost if 2 * outermost <= last else outermost - 1
        (low, _, one), (_, high, other) = groups[left : left + 2]
        groups[left : left + 2] = [(low, high, np.concatenate([one, other]))]
    return groups


def _are_vague(n: float, classes: Sequence[Bin], beside: Beside, policy: Policy) -> bool:
    """Whether classes and their number leave every count vague beside the series of the same cases."""
    cells = Cells()
    total = cells.add(bounds(n, isnan(n), policy))
    cells.agree([total], [cells.add(bounds(one.n, isnan(one.n), policy)) for one in classes])
    beside.join(cells, total, policy)
    return cells.are_vague()


def _others(values: np.ndarray, whose: np.ndarray) -> int:
    """How many persons have another value than the commonest one."""
    different, times = np.unique(values, return_counts=True)
    return _persons(whose[values != different[times.argmax()]])


def _one_has_most(values: np.ndarray, whose: np.ndarray) -> bool:
    by_person = np.bincount(whose, weights=np.abs(values))
    return bool(100 * by_person.max() > DOMINANT * by_person.sum())


def _persons(whose: np.ndarray) -> int:
    """How many persons; never more than there are cases, so they decide what is hidden."""
    return len(np.unique(whose))


def _one_decimal(value: float) -> float:
    return round(value, 1) + 0.0
