"""Episodes: one row a hospital stay of a patient with a notice of being ready for discharge (UK).

Source: domain dossier 1.3 and 2.6 (law 2017:612; SKR's indicator text); the default layout is invented
after the law's events, since no real SAMSA export is described in the documents.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

KEY = ("episode_id",)
MONTH = "discharged_at"
ISSUED = "discharged_at"
COVERED = "discharged_at"

DESTINATIONS = ("ordinary_housing", "short_term_place", "residential_care", "other_care", "dead")


class Model(pa.DataFrameModel):
    """A stay with its milestones, times local and naive (the area's time zone)."""

    episode_id: Series[str] = pa.Field(unique=True, description="The stay")
    person_id: Series[str] = pa.Field(description="The person, pseudonymous")
    hospital: Series[str] = pa.Field(nullable=True, description="Hospital")
    ward: Series[str] = pa.Field(nullable=True, description="Ward")
    unit: Series[str] = pa.Field(description="Municipality of registration")
    admitted_at: Series[pd.Timestamp] = pa.Field(description="Admitted")
    planned_uk_date: Series[pd.Timestamp] = pa.Field(
        nullable=True, description="Planned ready-for-discharge date"
    )
    planned_uk_moves_n: Series[pd.Int64Dtype] = pa.Field(
        nullable=True, ge=0, le=99, description="Moves of it"
    )
    uk_at: Series[pd.Timestamp] = pa.Field(description="Notice: ready for discharge (UK)")
    discharged_at: Series[pd.Timestamp] = pa.Field(description="Discharged")
    los_days: Series[float] = pa.Field(nullable=True, ge=0, description="Length of stay, days")
    is_sip_offered: Series[pd.BooleanDtype] = pa.Field(nullable=True, description="SIP offered")
    sip_call_date: Series[pd.Timestamp] = pa.Field(nullable=True, description="SIP summons")
    discharged_to: Series[str] = pa.Field(isin=DESTINATIONS, nullable=True, description="Destination")
    is_readmitted: Series[pd.BooleanDtype] = pa.Field(
        nullable=True, description="The source system's own flag"
    )

    @pa.dataframe_check(name="order", description="admitted ≤ ready ≤ discharged")
    def in_order(cls, frame: pd.DataFrame) -> pd.Series:  # noqa: N805
        """Admitted, then ready, then discharged."""
        return (frame.admitted_at <= frame.uk_at) & (frame.uk_at <= frame.discharged_at)
