"""Sums over persons, as days above a limit: where many persons make them up, and none most (R1, R9, R11).

A sum says more than a count: with one long stay among short ones it is that stay. So the municipalities are
told of a half-year all together or not at all, and not when their sums narrow each other beside the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.area import Policy
from analysis.release.counts import HIDDEN
from analysis.release.nested import Cells, bounds
from analysis.release.sealed import Sealed, sealed
from analysis.release.statistics import DOMINANT

CLOSE = 15  # per cent: nearer to the largest nobody who knows the second largest may come


class Sum(NamedTuple):
    """A unit's sum in a period, rounded; NaN where it is not told."""

    unit: str
    period_start: pd.Timestamp
    total: float


@dataclass(frozen=True)
class ReleasedSums(Sealed):
    """Sums of a whole, and of its parts in the periods where all of them may be told."""

    cells: tuple[Sum, ...]

    def of(self, unit: str, period_start: pd.Timestamp) -> float:
        """A unit's sum in a period; NaN where it is not told."""
        found = (c.total for c in self.cells if c.unit == unit and c.period_start == period_start)
        return next(found, HIDDEN)


def sums(
    rows: pd.DataFrame, *, units: Sequence[str], whole: str, starts: Sequence[pd.Timestamp], policy: Policy
) -> ReleasedSums:
    """Sums by unit and period as they may be shown.

    Parameters
    ----------
    rows : DataFrame
        ``unit, period_start, person, value``: what each case adds, not negative; every case belongs to a
        part of the whole.
    units : sequence of str
        The parts.
    whole : str
        The whole.
    starts : sequence of Timestamp
        The periods, whole and complete ones only.
    policy : Policy
        The area's numbers.

    Returns
    -------
    ReleasedSums
        To the nearest `policy.round_to`; 0 where nobody adds anything. Not told where `policy.hide_up_to`
        persons or fewer add something, or one adds more than 80 per cent.
    """
    cells = []
    for start in starts:
        inside = rows[rows.period_start.eq(start)]
        top = total(inside, policy)
        parts = [total(inside[inside.unit.eq(unit)], policy) for unit in units]
        told = _are_vague(top, parts, policy)
        cells.append(Sum(whole, start, top))
        cells += [Sum(unit, start, n if told else HIDDEN) for unit, n in zip(units, parts, strict=True)]
    return sealed(ReleasedSums, "R1 R9 R11", cells=tuple(cells))


def total(rows: pd.DataFrame, policy: Policy) -> float:
    """The sum of one cell as it may be shown.

    Parameters
    ----------
    rows : DataFrame
        ``person, value``.
    policy : Policy
        The area's numbers.

    Returns
    -------
    float
        Rounded; NaN where it is not told: nor where it would be rounded to nothing, or where the second
        largest could work out the largest to within 15 per cent (the p% rule).
    """
    by_person = rows[rows.value > 0].groupby("person").value.sum().sort_values(ascending=False)
    if by_person.empty:
        return 0.0
    one_has_most = 100 * by_person.max() > DOMINANT * by_person.sum()
    tells_largest = 100 * by_person.iloc[2:].sum() < CLOSE * by_person.max()
    nearest = np.floor((by_person.sum() + policy.round_to / 2) / policy.round_to)
    if len(by_person) <= policy.hide_up_to or one_has_most or tells_largest or not nearest:
        return HIDDEN
    return float(policy.round_to * nearest)


def _are_vague(whole: float, parts: Sequence[float], policy: Policy) -> bool:
    """Whether all may be told beside their whole: a single one left out could be worked out from the rest."""
    if any(isnan(part) for part in parts):
        return False
    cells = Cells()
    top = cells.add(bounds(whole, False, policy))
    cells.agree([top], [cells.add(bounds(part, False, policy)) for part in parts])
    return cells.are_vague()
