"""Capacity: one row a day and place: beds, occupancy and load, for adjustment and context.

Source: domain dossier 1.3 and 6.1 (staffed beds, crowding, hospital at home). What the crowding tool
puts out is not described in the documents: its index is kept as it comes.
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("day", "place")
MONTH = "day"
ISSUED = "day"
COVERED = "day"


class Model(Contract):
    """A day."""

    day: Series[pd.Timestamp] = needed("Calendar day")
    place: Series[str] = needed("Hospital or ward", "name")
    unit: Series[str] = optional("Municipality", "unit")
    staffed_beds_n: Series[pd.Int64Dtype] = optional("Staffed beds", ge=0)
    occupied_beds_n: Series[pd.Int64Dtype] = optional("Occupied beds; more than staffed: overcrowded", ge=0)
    uk_patients_n: Series[pd.Int64Dtype] = optional("Patients ready for discharge", ge=0)
    crowding: Series[float] = optional("Index of crowding, the tool's own", ge=0)
    hospital_at_home_n: Series[pd.Int64Dtype] = optional("Patients in hospital at home", ge=0)

    @pa.dataframe_check(name="out_of_range", description="ready for discharge ≤ occupied beds")
    def fits(cls, frame: pd.DataFrame) -> pd.Series:  # noqa: N805
        """Those who are ready lie in occupied beds."""
        return frame.uk_patients_n.le(frame.occupied_beds_n).fillna(True).astype(bool)

    class Config:
        """One row a key."""

        unique: ClassVar = list(KEY)
