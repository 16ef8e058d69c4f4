"""Measurements: a ready-made count for a unit, a responsible party and a month, as statistics publish it."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

KEY = ("indicator", "unit", "party", "period_start")
MONTH = "period_start"
ISSUED = "issued_date"
COVERED = "period_start"


class Model(pa.DataFrameModel):
    """A count (numerator) over a base (denominator) for a month."""

    indicator: Series[str] = pa.Field(description="What is measured")
    unit: Series[str] = pa.Field(description="Unit")
    party: Series[str] = pa.Field(description="Responsible party, or “all”")
    period_start: Series[pd.Timestamp] = pa.Field(description="First day of the month")
    numerator: Series[float] = pa.Field(ge=0, description="Count")
    denominator: Series[float] = pa.Field(gt=0, description="Base")
    issued_date: Series[pd.Timestamp] = pa.Field(description="Published or revised")

    class Config:
        """One row a key."""

        unique: ClassVar = list(KEY)
