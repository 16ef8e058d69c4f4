"""The course of the chosen rows: how long until each step, of those that have taken it."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.explore.masks import At
from analysis.explore.rows import Rows
from analysis.words import Words

WITHIN = 30


def timeline(rows: Rows, at: At, words: Words) -> list[dict[str, Any]]:
    """Days to each step of the course.

    Parameters
    ----------
    rows : Rows
        All rows.
    at : array of int, or slice
        Those chosen.
    words : Words
        Of the reader's language.

    Returns
    -------
    list of dict
        ``median_days`` of the ``n`` rows that have taken the step, and the share that took it within 30
        days, of those that were followed for so long; None where there are none.
    """
    if not rows.dates:
        return []
    followed, found = rows.waited[at] >= WITHIN, []
    for step, column in rows.dates.items():
        days = column[at]
        taken = days[np.isfinite(days)]
        in_time = days[followed] <= WITHIN  # what was not taken is not within
        found.append(
            {
                "step": step,
                "label": _label(rows.table, step, words),
                "median_days": round(float(np.median(taken)), 1) if len(taken) else None,
                "within_30_share": round(float(in_time.mean()), 4) if len(in_time) else None,
                "n": len(taken),
            }
        )
    return found


def _label(table: str, step: str, words: Words) -> str:
    return words.text(f"handling/{step}" if table == "deviations" else f"explore/course/{step}")
