"""Collaboration deviations per 1,000 discharges, by the month in which they happened.

Deviations are registered late, so the last months are not complete: a month counts as complete
``lag_days`` after its end. Source: domain dossier 0 (3), 2.3.
"""

from analysis.measures import Measure

MEASURES = (
    Measure(
        name="deviations_per_1000",
        kind="count",
        better="lower",
        table="deviations",
        facts={"reports_n": lambda t: t.deviation_id.notnull().cast("int64")},
        numerator=lambda f: f.reports_n,
        denominator_table="episodes",
        denominator=lambda f: f.stays_n,
        per=1000.0,
        lag_days=45,
        source="Deviations that happened in the month per 1,000 discharges in the month",
    ),
)
