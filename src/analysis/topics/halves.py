"""Which half-years are set beside each other outside the models, and how long things took in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
import pandas as pd

from analysis import protocol, release
from analysis.fragments.halves import Halves
from analysis.measures import Measure
from analysis.release import Beside, ReleasedSurvival
from analysis.study import Study

MONTHS = 6


def whole_halves(months: Iterable[pd.Timestamp]) -> list[pd.Timestamp]:
    """The first days of the half-years of which every month is given, in order."""
    every = set(months)
    firsts = sorted(day for day in every if day.month in (1, 1 + MONTHS))
    return [day for day in firsts if {day + pd.DateOffset(months=n) for n in range(MONTHS)} <= every]


def half_of(day: pd.Series) -> pd.Series:
    """The first day of the half-year of each date."""
    number = 12 * day.dt.year + day.dt.month - 1
    return pd.to_datetime(
        {"year": number // 12, "month": 1 + number % 12 // MONTHS * MONTHS, "day": 1}, errors="coerce"
    )


def complete_halves(study: Study, measure: Measure) -> list[pd.Timestamp]:
    """The half-years in which every month of a measure is complete for the whole area."""
    months = study.months(measure, study.area.top.id)
    return whole_halves(months.period_start[months.complete])


def compared(study: Study, measure: Measure) -> Halves:
    """The last whole half-year after the last start, and the same one of the last year before the first.

    Parameters
    ----------
    study : Study
        Its area's questions in the notebook say when the starts are.
    measure : Measure
        Whose complete months count.

    Returns
    -------
    Halves
        None for one that is not there yet, or before the data begin.
    """
    asked = [
        a.question
        for a in protocol.asked(study.area, study.notebook, study.area.top)
        if not a.question.starts
    ]
    if not asked:
        return Halves(None, None)
    first, settled = min(q.start for q in asked), max(q.settled for q in asked)
    known = complete_halves(study, measure)
    after = max((day for day in known if day >= pd.Timestamp(settled)), default=None)
    if after is None:
        return Halves(None, None)
    before = pd.Timestamp(first.year - 1, after.month, 1)
    return Halves(before if before in known else None, after)


def known_on(study: Study, table: str) -> pd.Timestamp:
    """The last day that the deliveries of a table know of."""
    issued = [pd.Timestamp(r.issued) for r in study.records if r.table == table]
    return min([study.as_of, max(issued, default=pd.Timestamp.min)])


def within_days(
    study: Study,
    cases: pd.DataFrame,
    days: Iterable[int],
    *,
    end: pd.Timestamp,
    known: pd.Timestamp,
    beside: Beside | None = None,
) -> ReleasedSurvival | None:
    """How many have waited longer than each fixed day, of a half-year that is followed that long.

    Parameters
    ----------
    study : Study
        Whose policy holds.
    cases : DataFrame
        ``waited``: days, NaN where it has not happened; ``person_id``, where the table tells, whose it is.
    days : iterable of int
        Fixed in advance, increasing.
    end, known : Timestamp
        Last day of the half-year, last day that is known of: days that not all have been followed for are
        left out, so that what is told stays as it is.
    beside : Beside, optional
        The released series of the same cases.

    Returns
    -------
    ReleasedSurvival or None
        None when no day is followed for all.
    """
    followed = [day for day in days if end + pd.Timedelta(days=day) <= known]
    if not followed:
        return None
    persons = cases.person_id.tolist() if "person_id" in cases else None
    waited = cases.waited.fillna(np.inf).tolist()
    return release.at_fixed_days(waited, study.area.policy, followed, persons=persons, beside=beside)


def beside(study: Study, measure: Measure, start: pd.Timestamp, *, every: bool = True) -> Beside | None:
    """What is shown of a measure's whole area in a half-year, to set counts of its cases beside.

    Parameters
    ----------
    study : Study
        Whose series.
    measure : Measure
        Its counted cases: the denominators of a mean or share, else the numerators.
    start : Timestamp
        First day of the half-year.
    every : bool
        Whether the counts to come are of all these cases.

    Returns
    -------
    Beside or None
        None where the measure has no data.
    """
    shown = study.showing.of_units(measure).get(study.area.top.id)
    part: Literal["numerator", "denominator"] = "numerator" if measure.kind == "count" else "denominator"
    return None if shown is None else Beside(shown, start, part, every)
