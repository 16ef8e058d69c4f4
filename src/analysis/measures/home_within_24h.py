"""Share of patients ready for discharge who get home within 24 hours, by the clock and by date.

The published figure (74 %, Jönköping county, January–April 2018) does not say which clock was used, so
both exist. The base is stays that ended in a home: ordinary housing, short-term place or residential
care (not other care, not death). By the clock: discharged no more than 24 hours after the notice
(local times; the two nights of clock change are an hour off). By date: the same day or the day after.
Source: domain dossier 1.3.
"""

import ibis

from analysis.measures import Measure

HOMES = ("ordinary_housing", "short_term_place", "residential_care")

MEASURES = (
    Measure(
        name="home_within_24h_clock",
        kind="share",
        better="higher",
        table="episodes",
        facts={
            "is_home": lambda t: t.discharged_to.isin(HOMES).fill_null(False),
            "is_within_24h_clock": lambda t: t.discharged_at <= t.uk_at + ibis.interval(hours=24),
        },
        numerator=lambda f: (f.is_home & f.is_within_24h_clock).cast("int64"),
        denominator=lambda f: f.is_home.cast("int64"),
        source="Dossier 1.3, share home within 24 h, timestamps",
    ),
    Measure(
        name="home_within_24h_date",
        kind="share",
        better="higher",
        table="episodes",
        facts={
            "is_home": lambda t: t.discharged_to.isin(HOMES).fill_null(False),
            "is_within_24h_date": lambda t: t.discharged_at.date().delta(t.uk_at.date(), unit="day") <= 1,
        },
        numerator=lambda f: (f.is_home & f.is_within_24h_date).cast("int64"),
        denominator=lambda f: f.is_home.cast("int64"),
        source="Dossier 1.3, share home within 24 h, dates",
    ),
)
