"""Beds occupied by patients ready for discharge: delayed days over days in the month, as published.

Source: domain dossier 1.3 (UK beds, SKR) and NHS England's delayed transfers of care (delayed days).
"""

from analysis.measures import Measure

MEASURES = (
    Measure(
        name="delayed_beds",
        kind="count",
        better="lower",
        table="measurements",
        numerator=lambda f: f.numerator,
        denominator=lambda f: f.denominator,
        is_shared_base=True,
        by_party=True,
        source="Delayed days in the month over days in the month: mean number of beds",
    ),
)
