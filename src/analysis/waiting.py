"""When an answer can come that only waits for months to pass: from what is told, and no data."""

from __future__ import annotations

import pandas as pd

from analysis.area import Level
from analysis.designs.effect import Effect
from analysis.release import LEVELS


def awaited(told: Effect, level: Level, lag_days: int, as_of: pd.Timestamp) -> str:
    """The first day on which an answer can come, when nothing but months after the start is too few.

    Parameters
    ----------
    told : Effect
        The answer as it may be shown; of its ``fit`` the months and whether they are used.
    level : {"month", "quarter", "half_year"}
        The periods that the series is shown in; a month counts when its whole period is reported.
    lag_days : int
        Days after a period until it is fully reported.
    as_of : Timestamp
        The day of the report.

    Returns
    -------
    str
        YYYY-MM-DD; "" when the answer lacks something else, when a month after the start is missing between
        others, or when the next period should be there already.
    """
    lacking = [said for code, said in told.reasons if code == "too_few_points"]
    if not lacking:
        return ""
    n_before, n_after, needed = (int(lacking[0][name]) for name in ("n_before", "n_after", "needed"))
    settled, fit = pd.Timestamp(told.question.settled), told.fit
    used = fit.period_start[fit.used.astype(bool) & (fit.period_start >= settled)]
    first = settled + pd.DateOffset(months=n_after)  # the first month that is not there
    has_gap = len(used) != n_after or (used >= first).any()
    if n_before < needed or n_after >= needed or has_gap:
        return ""
    length, lag = LEVELS[level], pd.Timedelta(days=lag_days)
    if _end(first, length) + lag <= as_of:
        return ""
    enough = settled + pd.DateOffset(months=needed - 1)
    return (_end(enough, length) + lag).date().isoformat()


def _end(month: pd.Timestamp, length: int) -> pd.Timestamp:
    """The last day of the period of the calendar that a month lies in."""
    later = length - 1 - (month.month - 1) % length
    return month + pd.DateOffset(months=later) + pd.offsets.MonthEnd(0)
