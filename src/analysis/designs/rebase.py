"""New limits of a control chart: proposed at a documented change only, never made by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analysis.designs.control import NEEDED_BASELINE, ControlChart
from analysis.designs.runs import SHIFT_POINTS, judge_runs
from analysis.designs.timeline import month_of, ordinal


@dataclass(frozen=True)
class Rebase:
    """What is proposed for one documented change.

    Parameters
    ----------
    first : date
        First month of the change.
    name : str
        What changed, as documented.
    proposed : bool
        Whether new limits from ``first`` are proposed; a reader decides, and passes ``first`` to
        `analysis.designs.control.control_chart` as ``rebased``.
    reason : str
        "sustained_signal" when proposed; else "outside_data", "already_rebased", "few_points" or
        "no_sustained_signal".
    n_before, n_after : int
        Used months of the part before the change, and from it to the next change (or part).
    centre_before, centre_after : float
        Their medians, in the unit of the chart; NaN without any.
    """

    first: date
    name: str
    proposed: bool
    reason: str
    n_before: int
    n_after: int
    centre_before: float
    centre_after: float


def proposed_rebase(chart: ControlChart, changes: Sequence[tuple[date, str]]) -> tuple[Rebase, ...]:
    """Say at which documented changes new limits would be sound.

    A change is proposed when at least 12 used months lie before it (in its part of the chart) and after it
    (to the next change), the months after are unlike chance about the median of those before (Anhøj's rules),
    and the latest 7 of them that are not on it lie on one side: the signal is sustained.

    Parameters
    ----------
    chart : ControlChart
        The chart as it is.
    changes : sequence of (date, str)
        Documented changes: first month and name. A date without a documented change is never proposed.

    Returns
    -------
    tuple of Rebase
        One a change, in order of time.

    References
    ----------
    NHS England, Making Data Count: when to recalculate limits.
    """
    ordered = sorted(changes)
    begins = sorted({ordinal(day) for day, _ in ordered} | {ordinal(part.first) for part in chart.parts})
    return tuple(_proposal(chart, ordinal(day), name, begins) for day, name in ordered)


def _proposal(chart: ControlChart, at: int, name: str, begins: list[int]) -> Rebase:
    """What is proposed for one change."""
    frame = chart.frame[chart.frame["used"]]
    when = 12 * frame["period_start"].dt.year + frame["period_start"].dt.month - 1
    end = min((begin for begin in begins if begin > at), default=np.inf)
    own = max((ordinal(part.first) for part in chart.parts if ordinal(part.first) <= at), default=at)
    before = frame.loc[(when >= own) & (when < at), "value"]
    after = frame.loc[(when >= at) & (when < end), "value"]
    reason = _reason(chart, at, before, after)
    centres = (float(side.median()) if len(side) else float("nan") for side in (before, after))
    return Rebase(month_of(at), name, reason == "sustained_signal", reason, len(before), len(after), *centres)


def _reason(chart: ControlChart, at: int, before: pd.Series, after: pd.Series) -> str:
    """Why new limits are proposed, or not."""
    if not chart.parts or not ordinal(chart.parts[0].first) <= at <= ordinal(chart.parts[-1].last):
        return "outside_data"
    if at in [ordinal(part.first) for part in chart.parts[1:]]:
        return "already_rebased"
    if min(len(before), len(after)) < NEEDED_BASELINE:
        return "few_points"
    sides = np.sign(after - before.median()).to_numpy()
    sides = sides[sides != 0]
    latest = sides[-SHIFT_POINTS:]
    one_side = len(latest) == SHIFT_POINTS and abs(latest.sum()) == SHIFT_POINTS
    return "sustained_signal" if judge_runs(sides, 0.0).signal and one_side else "no_sustained_signal"
