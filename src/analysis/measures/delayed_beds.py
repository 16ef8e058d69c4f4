"""Beds occupied by patients ready for discharge: delayed days over days in the month, as published.

Source: domain dossier 1.3 (UK beds, SKR) and NHS England's delayed transfers of care (delayed days).
"""

from typing import Any

import ibis

from analysis.measures import Measure

INDICATOR = "delayed_days"


def _of_indicator(value: Any, facts: Any) -> Any:
    """The value where the row is of this indicator and a month; published statistics bring many."""
    monthly = facts.period.fill_null("month") == "month"
    return ((facts.indicator == INDICATOR) & monthly).ifelse(value, ibis.null())


MEASURES = (
    Measure(
        name="delayed_beds",
        kind="count",
        better="lower",
        table="measurements",
        numerator=lambda f: _of_indicator(f.numerator, f),
        denominator=lambda f: _of_indicator(f.denominator, f),
        is_shared_base=True,
        by_party=True,
        source="Delayed days in the month over days in the month: mean number of beds",
    ),
)
