"""Measurements: a ready-made count for a unit, a responsible party and a period, as statistics publish it."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("indicator", "unit", "party", "period_start", "period")
MONTH = "period_start"
ISSUED = "issued_date"
COVERED = "period_start"

PERIODS = ("month", "quarter", "year")


class Model(Contract):
    """A count (numerator) over a base (denominator) for a period."""

    indicator: Series[str] = needed("What is measured", "opaque")
    unit: Series[str] = needed("Unit", "unit")
    party: Series[str] = needed("Responsible party, or “all”", "party")
    period_start: Series[pd.Timestamp] = needed("First day of the period")
    period: Series[str] = optional("Length of the period; a month when left out", "code", isin=PERIODS)
    numerator: Series[float] = needed("Count", ge=0)
    denominator: Series[float] = needed("Base", gt=0)
    issued_date: Series[pd.Timestamp] = needed("Published or revised")

    class Config:
        """One row a key."""

        unique: ClassVar = list(KEY)


def begins_amid(rows: pd.DataFrame) -> pd.Series:
    """The period does not begin on the first day of its month, quarter or year."""
    start = rows.period_start
    first = (start.dt.day == 1) & (start.dt.normalize() == start)
    quarter = ~rows.period.eq("quarter").fillna(False) | start.dt.month.isin((1, 4, 7, 10))
    year = ~rows.period.eq("year").fillna(False) | (start.dt.month == 1)
    return (~(first & quarter & year)).astype(bool)


def published_before_it_began(rows: pd.DataFrame) -> pd.Series:
    """Published before the period had begun."""
    return rows.issued_date < rows.period_start


ODD = {"date_format": begins_amid, "order": published_before_it_began}
