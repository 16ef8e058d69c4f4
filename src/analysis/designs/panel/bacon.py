"""Which two-by-two comparisons a two-way fixed effects estimate is made of (Goodman-Bacon)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.panel.group_time import Balanced, balanced

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Decomposition:
    """A two-way fixed effects estimate and its parts.

    Parameters
    ----------
    estimate : float
        The static two-way fixed effects estimate.
    table : DataFrame
        One row a comparison: ``kind`` (earlier_vs_later, later_vs_earlier, treated_vs_untreated,
        treated_vs_always), ``treated, control`` (first treated period), ``weight`` (sum 1), ``estimate``.
    """

    estimate: float
    table: pd.DataFrame


def two_way_estimate(values: Floats, treated: Floats) -> float:
    """Coefficient of a treatment dummy with unit and period effects; both arrays are (units, periods)."""
    residual = demeaned(treated)
    return float((residual * values).sum() / (residual**2).sum())


def demeaned(matrix: Floats) -> Floats:
    """A (units, periods) matrix without its unit and period means."""
    return matrix - matrix.mean(axis=1, keepdims=True) - matrix.mean(axis=0) + matrix.mean()


def decompose(frame: pd.DataFrame) -> Decomposition:
    """Take a static two-way fixed effects estimate apart.

    Parameters
    ----------
    frame : DataFrame
        A balanced panel with columns ``unit, period, value, start``, as
        `analysis.designs.panel.group_time.balanced` takes it; weights are not used.

    Returns
    -------
    Decomposition
        The sum of weight times estimate equals the two-way fixed effects estimate.

    Raises
    ------
    DesignError
        As `analysis.designs.panel.group_time.balanced`.

    References
    ----------
    Goodman-Bacon 2021, J Econometrics 225:254, theorem 1.
    """
    panel = balanced(frame)
    periods = np.array(panel.periods, float)
    treated = (periods >= panel.starts[:, None]).astype(float)
    rows = [
        row
        for one, other in permutations(np.unique(panel.starts), 2)
        if (row := _comparison(panel, periods, one, other)) is not None
    ]
    table = pd.DataFrame(rows, columns=["kind", "treated", "control", "weight", "estimate"])
    table["weight"] /= table["weight"].sum()
    return Decomposition(two_way_estimate(panel.values, treated), table)


def _comparison(
    panel: Balanced, periods: Floats, one: float, other: float
) -> tuple[str, float, float, float, float] | None:
    """Cohort ``one`` against cohort ``other``, or None when that is no comparison."""
    kind, used = _kind(periods, one, other)
    after = periods[used] >= one
    if kind is None or after.all() or not after.any():
        return None
    members = [panel.starts == cohort for cohort in (one, other)]
    n_one, n_other = (int(member.sum()) for member in members)
    share, treated_time = n_one / (n_one + n_other), after.mean()
    variance = share * (1 - share) * treated_time * (1 - treated_time)
    weight = ((n_one + n_other) * used.mean()) ** 2 * variance
    means = [panel.values[member][:, used].mean(axis=0) for member in members]
    gap = means[0] - means[1]
    return kind, one, other, weight, float(gap[after].mean() - gap[~after].mean())


def _kind(periods: Floats, one: float, other: float) -> tuple[str | None, NDArray[np.bool_]]:
    """What comparing cohort ``one`` with ``other`` is, and the periods it uses."""
    always = other <= periods[0]
    if one > periods[-1] or one <= periods[0]:
        return None, np.zeros(len(periods), bool)
    if other > periods[-1] or always:
        return "treated_vs_always" if always else "treated_vs_untreated", np.ones(len(periods), bool)
    if one < other:
        return "earlier_vs_later", periods < other
    return "later_vs_earlier", periods >= other
