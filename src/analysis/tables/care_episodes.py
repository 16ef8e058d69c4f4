"""Care episodes: one row a clinic's part of a hospital stay (vårdtillfälle); merged into stays later.

Source: domain dossier 1.3 (termbank: an inpatient contact within one medical area). Most lack a notice
of being ready for discharge, since the patient moved to another clinic.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from analysis.tables import episodes
from analysis.tables.columns import needed, optional

KEY = ("episode_id",)
MONTH = "discharged_at"
ISSUED = "discharged_at"
COVERED = "discharged_at"
ODD = episodes.ODD


class Model(episodes.Model):
    """A clinic's care episode, in the columns of a stay."""

    episode_id: Series[str] = needed("The clinic's care episode", "id", unique=True)
    clinic: Series[str] = needed("Clinic", "name")
    uk_at: Series[pd.Timestamp] = optional("Notice: ready for discharge (UK), the last one that stood")

    @pa.dataframe_check(name="order", description="admitted ≤ ready, where ready, ≤ discharged")
    def in_order(cls, frame: pd.DataFrame) -> pd.Series:  # noqa: N805
        """Admitted, then perhaps ready, then discharged."""
        inside = (frame.admitted_at <= frame.uk_at) & (frame.uk_at <= frame.discharged_at)
        return (frame.admitted_at <= frame.discharged_at) & (frame.uk_at.isna() | inside)
