"""Length of stay by the two national definitions, by the month of discharge.

Vårdtid: date of discharge minus date of admission, the same day is 0, leave included. Vårddagar: every
day begun counts, so one more; whole days of leave should be left out, which the tables cannot tell. A
shorter stay is no goal by itself: it is read beside the readmissions.
Source: domain dossier 1.3 (terms 263 and 268 of the national board's term bank).
"""

from analysis.measures import Measure

STAY_DAYS = {"stay_days": lambda t: t.discharged_at.date().delta(t.admitted_at.date(), unit="day")}

MEASURES = (
    Measure(
        name="los_days_mean",
        kind="mean",
        better="lower",
        table="episodes",
        facts=STAY_DAYS,
        numerator=lambda f: f.stay_days,
        denominator=lambda f: (f.stay_days >= 0).cast("int64"),
        source="Vårdtid: date of discharge minus date of admission",
    ),
    Measure(
        name="care_days_mean",
        kind="mean",
        better="lower",
        table="episodes",
        facts=STAY_DAYS,
        numerator=lambda f: f.stay_days + 1,
        denominator=lambda f: (f.stay_days >= 0).cast("int64"),
        source="Vårddag: every day begun",
    ),
)
