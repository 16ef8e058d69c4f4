"""Making Data Count's icons as codes: what kind of variation a chart shows, and what it says about a target.

They describe the latest months of a process for those who run it. They are no verdict on a change.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from analysis.designs.control import ControlChart

Variation = Literal[
    "common_cause", "special_cause_improvement", "special_cause_concern", "special_cause_neutral", "none"
]
Assurance = Literal["consistent_pass", "consistent_fail", "inconsistent", "none"]


def point_types(chart: ControlChart, *, neutral: bool = False) -> pd.Series:
    """What kind of variation each month shows.

    Parameters
    ----------
    chart : ControlChart
        The chart; a point with a ``mark`` is a special cause.
    neutral : bool
        Neither direction is better.

    Returns
    -------
    Series of str, index as ``chart.frame``
        "common_cause", "special_cause_improvement", "special_cause_concern" or "special_cause_neutral" by the
        side of the centre line; None for months without a usable value, and for all when the chart has no
        limits.
    """
    frame = chart.frame
    marked = frame["mark"].notna().to_numpy()
    better = frame["side"].to_numpy(float) == (1 if chart.question.better == "higher" else -1)
    special = np.where(better, "special_cause_improvement", "special_cause_concern")
    types = np.where(marked, "special_cause_neutral" if neutral else special, "common_cause")
    known = frame["used"] & frame["centre"].notna()
    return pd.Series(types, index=frame.index, dtype=object).where(known, None)


def variation(chart: ControlChart, *, neutral: bool = False) -> Variation:
    """The icon of variation: what kind the latest used month shows.

    Parameters
    ----------
    chart : ControlChart
        The chart.
    neutral : bool
        Neither direction is better.

    Returns
    -------
    str
        As in `point_types`; "none" when the chart has no limits or does not vary.
    """
    types = point_types(chart, neutral=neutral).dropna()
    return types.iloc[-1] if len(types) and not _flat(chart) else "none"


def assurance(chart: ControlChart, target: float) -> Assurance:
    """The icon of assurance: whether the process as it runs meets a target.

    Parameters
    ----------
    chart : ControlChart
        The chart.
    target : float
        In the unit of the chart.

    Returns
    -------
    str
        "consistent_pass" or "consistent_fail" when the target lies beyond the latest limits, "inconsistent"
        when it lies on or between them; "none" without limits, or with limits that do not vary.

    References
    ----------
    NHS England, Making Data Count; NHSRplotthedots.
    """
    limits = chart.frame.loc[chart.frame["used"], ["low", "high"]].dropna()
    if limits.empty or _flat(chart) or np.isnan(target):
        return "none"
    low, high = limits.iloc[-1]
    if low <= target <= high:
        return "inconsistent"
    met = (target > high) == (chart.question.better == "lower")
    return "consistent_pass" if met else "consistent_fail"


def _flat(chart: ControlChart) -> bool:
    """Whether the months behind the limits do not vary."""
    return any(code in ("all_zero", "zero_variance") for code, _ in chart.remarks)
