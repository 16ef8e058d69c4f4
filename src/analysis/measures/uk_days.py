"""Days ready for discharge (UK), by the two definitions in use, whose means are not comparable.

SKR: mean over stays closed in the month with at least one UK day (väntetider i vården, no age limit
since 2017). Payment model: total days from the UK notice to discharge over persons, day zero included.
A UK day is a calendar day; those of intervals that were withdrawn count, too.

The share of day zero and the number of UK beds are no measures of their own, since each is exactly given
by the parts of these two: a third rounded count would narrow them. They are made of the released series,
by `analysis.release.from_uk_days`.
Source: domain dossier 0 (5, 6) and 1.3.
"""

from analysis.measures import Measure

UK_DAYS = {
    "uk_days": lambda t: (
        t.discharged_at.date().delta(t.uk_at.date(), unit="day") + t.uk_days_withdrawn.fill_null(0)
    )
}

MEASURES = (
    Measure(
        name="uk_days_mean_skr",
        kind="mean",
        better="lower",
        table="episodes",
        facts=UK_DAYS,
        numerator=lambda f: f.uk_days,
        denominator=lambda f: (f.uk_days >= 1).cast("int64"),
        source="SKR, väntetider i vården: stays closed in the month with UK ≥ 1 day",
    ),
    Measure(
        name="uk_days_mean_payment",
        kind="mean",
        better="lower",
        table="episodes",
        facts=UK_DAYS,
        numerator=lambda f: f.uk_days,
        denominator=lambda f: (f.uk_days >= 0).cast("int64"),
        source="Payment model: days from UK notice to discharge over persons, day zero included",
    ),
)
