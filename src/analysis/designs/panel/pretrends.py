"""How far from parallel the courses may have been before the answer no longer holds (Rambachan and Roth)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

BLOCKS_NEEDED = 3
LONGEST_BLOCK = 6


@dataclass(frozen=True)
class Bounds:
    """Limits of the effect when the courses need not have stayed parallel.

    Parameters
    ----------
    largest : float
        The largest change between neighbouring blocks of periods before the start.
    bias : float
        The largest bias when every block after may differ from the one before by ``largest``.
    breakdown : float
        The multiple of ``largest`` from which the interval holds no effect; 0 when it does already.
    table : DataFrame
        ``mbar, low, high`` for multiples 0, 0.5, 1, 2.
    """

    largest: float
    bias: float
    breakdown: float
    table: pd.DataFrame


def relative_magnitudes(
    course: pd.Series, interval: tuple[float, float, float], skip: int = 0
) -> Bounds | None:
    """Widen an interval by what the course before the start makes plausible.

    Single months are noise, so neighbouring periods are averaged in blocks of at most six. Every block
    after the start may deviate from its neighbour by at most ``mbar`` times the largest deviation
    between neighbouring blocks before. The observed maximum holds noise, too, which makes the limits
    wide rather than narrow.

    Parameters
    ----------
    course : Series
        The gap between treated units and those compared with, by time since the start (index, in
        periods; negative before), not a number where unknown.
    interval : tuple of float
        Estimate, low, high on the scale of the gap.
    skip : int
        Periods after the start that are not part of the estimate.

    Returns
    -------
    Bounds or None
        None when there are fewer than three periods before the start, or nothing after.

    References
    ----------
    Rambachan and Roth 2023, Rev Econ Stud 90:2555 (relative magnitudes); the sampling error of the largest
    deviation is not added.
    """
    known = course.dropna()
    before, after = known[known.index < 0], known[known.index >= skip]
    if len(before) < BLOCKS_NEEDED or after.empty:
        return None
    length = min(LONGEST_BLOCK, len(before) // BLOCKS_NEEDED)
    block = (-before.index.to_numpy() - 1) // length
    sizes = pd.Series(block).value_counts()
    means = before.groupby(block).mean()[sizes[sizes == length].index].sort_index()
    largest = float(np.abs(np.diff(means)).max(initial=0.0))
    steps = (float(after.index.to_numpy().mean()) - float(before.index.to_numpy().mean())) / length
    bias = largest * steps
    _, low, high = interval
    room = max(low, -high, 0.0)
    breakdown = room / bias if bias > 0 else (np.inf if room > 0 else 0.0)
    table = pd.DataFrame({"mbar": [0.0, 0.5, 1.0, 2.0]})
    return Bounds(
        largest,
        bias,
        breakdown,
        table.assign(low=low - table["mbar"] * bias, high=high + table["mbar"] * bias),
    )
