"""Roll-out: when a party in a unit began to work in the new way (the area's ``rollout.csv``)."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

KEY = ("party", "unit", "phase")
MONTH = "start"
ISSUED = "start"
COVERED = "start"


class Model(pa.DataFrameModel):
    """A start date."""

    party: Series[str] = pa.Field(description="Party")
    unit: Series[str] = pa.Field(description="Unit")
    phase: Series[int] = pa.Field(ge=1, le=4, description="Phase 1–4")
    start: Series[pd.Timestamp] = pa.Field(nullable=True, description="First day, inclusive")
    invented: Series[bool] = pa.Field(description="Invented for the demonstration")

    class Config:
        """One row a key."""

        unique: ClassVar = list(KEY)
