"""Unplanned readmission: the same person admitted again within 30 days of a discharge.

The window is per person: the next stay by admission time, whatever the unit. The default export cannot
tell planned from unplanned stays, nor age, so every new stay counts; the report says so. Discharges by
death are no base. Exports hold stays that have ended, so a month is followed up only when the 30 days and
the time for the new stay to end (`STAY_DAYS`) have passed since its end (censoring).
Source: domain dossier 1.3 (Öppna jämförelser: unplanned stays within 30 days, 65+).
"""

import ibis

from analysis.measures import Measure

WINDOW_DAYS = 30
STAY_DAYS = 45


def _is_readmitted(t):  # type: ignore[no-untyped-def]
    order = ibis.window(group_by=t.person_id, order_by=[t.admitted_at, t.episode_id])
    days = t.admitted_at.lead().over(order).date().delta(t.discharged_at.date(), unit="day")
    return ((days >= 0) & (days <= WINDOW_DAYS)).fill_null(False)


MEASURES = (
    Measure(
        name="unplanned_readmission_30d",
        kind="share",
        better="lower",
        table="episodes",
        facts={
            "is_readmitted_30d": _is_readmitted,
            "is_alive": lambda t: (t.discharged_to != "dead").fill_null(True),
        },
        numerator=lambda f: (f.is_readmitted_30d & f.is_alive).cast("int64"),
        denominator=lambda f: f.is_alive.cast("int64"),
        lag_days=WINDOW_DAYS + STAY_DAYS,
        source="Öppna jämförelser: unplanned stay within 30 days of discharge (here: all ages, any new stay)",
    ),
)
