"""Roll-out: when a party in a unit began to work in the new way (the area's ``rollout.csv``)."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("party", "unit", "phase")
MONTH = "start"
ISSUED = "start"
COVERED = "start"


class Model(Contract):
    """A start date."""

    party: Series[str] = needed("Party", "party")
    unit: Series[str] = needed("Unit", "unit")
    phase: Series[int] = needed("Phase 1–4", ge=1, le=4)
    start: Series[pd.Timestamp] = optional("First day, inclusive", future=True)
    invented: Series[bool] = needed("Invented for the demonstration", "code")

    class Config:
        """One row a key."""

        unique: ClassVar = list(KEY)
