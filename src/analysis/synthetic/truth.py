"""What the invention's parameters come to: the exact effect of full implementation on each measure.

Computed by summation over the distributions, not by simulation. Destinations are independent of the UK
time, so the ratio of "home within 24 h" is the same whether home means any discharge or one to the
own home. "By date" is the same or the next calendar day; "by clock" is at most 24 hours, counted by the
wall clock (the two nights a year when the clocks change move it by less than a thousandth). Deviation
rates are those of the first month; seasons of UK days sum to zero over a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.synthetic.draws import slot_shares

Settings = Mapping[str, Any]
SUMMONS_DAYS = 3
NO_EFFECT = {
    "deviations_ratio": 1.0,
    "same_day_share_change": 0.0,
    "mean_days_change": 0.0,
    "readmission_ratio": 1.0,
    "sip_offered_share_change": 0.0,
}
SCALES = {
    "deviations_per_1000": "ratio",
    "uk_days_mean_skr": "difference",
    "uk_days_mean_payment": "difference",
    "home_within_24h_clock": "ratio",
    "home_within_24h_date": "ratio",
    "unplanned_readmission_30d": "ratio",
    "sip_offered_share": "ratio",
    "sip_called_within_3d_share": "ratio",
    "planned_date_moved_share": "ratio",
    "planned_date_moves_mean": "difference",
    "los_days_mean": "difference",
    "care_days_mean": "difference",
}


def true_effects(demo: Settings) -> dict[str, dict[str, Any]]:
    """Effects of full implementation, exactly.

    Parameters
    ----------
    demo : mapping
        The area's demo settings; its ``effects`` table is not read.

    Returns
    -------
    dict of measure to dict
        ``scale`` ("ratio" or "difference"), ``without`` and ``with`` (the measure's value), ``value``
        (the effect on that scale; shares in 0-1, differences in days).
    """
    before, after = _values(demo, 0), _values(demo, 1)
    return {
        measure: {
            "scale": scale,
            "without": before[measure],
            "with": after[measure],
            "value": after[measure] / before[measure]
            if scale == "ratio"
            else after[measure] - before[measure],
        }
        for measure, scale in SCALES.items()
    }


def without_effects(demo: Settings) -> dict[str, Any]:
    """The same area where the new way of working changes nothing.

    Parameters
    ----------
    demo : mapping
        The area's demo settings; left as they are.

    Returns
    -------
    dict
        A copy with null effects, and ``effects`` restated to match.
    """
    null = {**demo, "implementation": {**demo["implementation"], **NO_EFFECT}}
    return {**null, "effects": true_effects(null)}


def _values(demo: Settings, exposure: float) -> dict[str, float]:
    """Each measure with a share `exposure` of the parties working in the new way."""
    uk, change = demo["uk"], demo["implementation"]
    same_day = uk["same_day_share"] + change["same_day_share_change"] * exposure
    mean = uk["mean_days"] + change["mean_days_change"] * exposure
    next_day = (1 - same_day) * uk["one_day_share"]
    return {
        "deviations_per_1000": demo["deviations"]["per_1000"] * change["deviations_ratio"] ** exposure,
        "uk_days_mean_skr": mean,
        "uk_days_mean_payment": (1 - same_day) * mean,
        "home_within_24h_clock": same_day + next_day * _no_later_share(demo),
        "home_within_24h_date": same_day + next_day,
        "unplanned_readmission_30d": demo["readmission"]["share"] * change["readmission_ratio"] ** exposure,
        **_details(demo, exposure),
        **_lengths(demo, (1 - same_day) * mean),
    }


def _details(demo: Settings, exposure: float) -> dict[str, float]:
    """SIP, of all stays; moves of the planned date, which nothing changes."""
    stay = demo["stay"]
    pieces = [(first, last, share) for first, last, share in stay["sip_call_days"]]
    in_time = sum(
        share * np.mean(np.arange(first, last + 1) <= SUMMONS_DAYS) for first, last, share in pieces
    ) / sum(share for *_, share in pieces)
    moves = np.asarray(stay["moves"]) / sum(stay["moves"])
    more = demo["implementation"].get("sip_offered_share_change", 0.0) * exposure
    return {
        "sip_offered_share": stay["sip_offered_share"] + more,
        "sip_called_within_3d_share": float(stay["sip_called_share"] * in_time),
        "planned_date_moved_share": float(1 - moves[0]),
        "planned_date_moves_mean": float(moves @ np.arange(moves.size)),
    }


def _lengths(demo: Settings, uk_days: float) -> dict[str, float]:
    """Days from admission to discharge: those before the notice are the same for all."""
    pieces = demo["stay"]["days_before_uk"]
    before = sum(share * (first + last) / 2 for first, last, share in pieces) / sum(p[2] for p in pieces)
    return {"los_days_mean": before + uk_days, "care_days_mean": before + uk_days + 1}


def _no_later_share(demo: Settings) -> float:
    """Probability that a discharge on a later day comes no later in the day than the notice did."""
    notice, discharge = slot_shares(demo["clock"], "notice"), slot_shares(demo["clock"], "discharge")
    return float(notice @ np.cumsum(discharge))
