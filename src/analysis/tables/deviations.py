"""Deviations: one row a report that agreements or routines in collaboration were not followed.

Source: domain dossier 2.3 (definition) and 2.6 (columns); the default layout is MedControl-like.
Free text never enters the table.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

KEY = ("deviation_id",)
MONTH = "occurred_date"
ISSUED = "reported_date"
COVERED = "reported_date"


class Model(pa.DataFrameModel):
    """A deviation report."""

    deviation_id: Series[str] = pa.Field(unique=True, description="The report")
    reported_date: Series[pd.Timestamp] = pa.Field(description="Registered")
    occurred_date: Series[pd.Timestamp] = pa.Field(description="Happened")
    closed_date: Series[pd.Timestamp] = pa.Field(nullable=True, description="Closed")
    status: Series[str] = pa.Field(nullable=True, description="Status")
    category: Series[str] = pa.Field(description="Kind of deviation")
    severity: Series[pd.Int64Dtype] = pa.Field(nullable=True, ge=1, le=4, description="Severity 1–4")
    reporting_party: Series[str] = pa.Field(description="Who reported")
    receiving_party: Series[str] = pa.Field(description="About whom")
    place: Series[str] = pa.Field(nullable=True, description="Ward or other place")
    unit: Series[str] = pa.Field(description="Municipality")

    @pa.dataframe_check(name="order", description="happened ≤ registered ≤ closed")
    def in_order(cls, frame: pd.DataFrame) -> pd.Series:  # noqa: N805
        """Happened, then registered, then closed."""
        closed_after = frame.closed_date.isna() | (frame.reported_date <= frame.closed_date)
        return (frame.occurred_date <= frame.reported_date) & closed_after
