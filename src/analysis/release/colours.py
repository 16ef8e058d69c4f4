"""Days by colour of the green cross (R1, R11): a red day may be one person's injury, so it is a case.

How many days there are is in the calendar, so the colours of a period stand beside their exact sum: where
that would leave one of them fewer than three values, the period is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import NamedTuple

import pandas as pd

from analysis.area import Policy
from analysis.release.counts import HIDDEN, count
from analysis.release.nested import Cells, bounds
from analysis.release.sealed import Sealed, sealed


class Period(NamedTuple):
    """A period's rounded days by colour, NaN where hidden; `withheld` when none of them is told."""

    first: pd.Timestamp
    last: pd.Timestamp
    days: tuple[float, ...]
    withheld: bool


@dataclass(frozen=True)
class ReleasedColours(Sealed):
    """Days by colour in whole periods."""

    colours: tuple[str, ...]
    periods: tuple[Period, ...]


def days_by_colour(
    counts: Mapping[tuple[pd.Timestamp, pd.Timestamp], Mapping[str, int]],
    colours: Sequence[str],
    policy: Policy,
) -> ReleasedColours:
    """Days by colour, of all places together.

    Parameters
    ----------
    counts : mapping
        First and last day of a whole period of the calendar to its true days by colour.
    colours : sequence of str
        Every colour, in order.
    policy : Policy
        The area's numbers.

    Returns
    -------
    ReleasedColours
        A period is withheld where a colour could be told to within fewer than three values.
    """
    periods = []
    for (first, last), own in sorted(counts.items()):
        true = [int(own.get(colour, 0)) for colour in colours]
        shown = [count(n, policy) for n in true]
        safe = _is_vague(shown, sum(true), policy)
        days = tuple(shown) if safe else (HIDDEN,) * len(shown)
        periods.append(Period(first, last, days, not safe))
    return sealed(ReleasedColours, "R1 R11", colours=tuple(colours), periods=tuple(periods))


def _is_vague(shown: Sequence[float], total: int, policy: Policy) -> bool:
    """Whether each count stays as vague as a cell is beside the exact number of days."""
    cells = Cells()
    parts = [cells.add(bounds(n, isnan(n), policy)) for n in shown]
    cells.agree(parts, [cells.add((total, total))])
    return cells.are_vague()
