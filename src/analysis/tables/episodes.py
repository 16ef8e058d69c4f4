"""Episodes: one row a hospital stay of a patient with a notice of being ready for discharge (UK).

Source: domain dossier 1.3 and 2.6 (law 2017:612; SKR's indicator text); the default layout is invented
after the law's events, since no real SAMSA export is described in the documents.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("episode_id",)
MONTH = "discharged_at"
ISSUED = "discharged_at"
COVERED = "discharged_at"

MOST_DAYS = 3660  # ten years; what is longer is no stay but another number
DESTINATIONS = ("ordinary_housing", "short_term_place", "residential_care", "other_care", "dead")
CARE_TYPES = ("somatic", "psychiatric")
SEXES = ("female", "male")


class Model(Contract):
    """A stay with its milestones, times local and naive (the area's time zone)."""

    episode_id: Series[str] = needed("The stay", "id", unique=True)
    person_id: Series[str] = needed("The person, pseudonymous", "person")
    age: Series[pd.Int64Dtype] = optional("Age at admission, years", ge=0, le=120)
    sex: Series[str] = optional("Sex", "code", isin=SEXES)
    cfs: Series[pd.Int64Dtype] = optional("Clinical Frailty Scale 1–9", ge=1, le=9)
    hospital: Series[str] = optional("Hospital", "name")
    ward: Series[str] = optional("Ward", "name")
    clinic: Series[str] = optional("Clinic, where care episodes are told apart", "name")
    care_type: Series[str] = optional("Somatic or psychiatric care", "code", isin=CARE_TYPES)
    unit: Series[str] = needed("Municipality of registration", "unit")
    nosam: Series[str] = optional("Local area (närområde)", "name")
    is_unplanned: Series[pd.BooleanDtype] = optional("Admitted without an agreed time", "code")
    is_compulsory_care: Series[pd.BooleanDtype] = optional("Compulsory psychiatric care (LPT, LRV)", "code")
    needs_region: Series[pd.BooleanDtype] = optional("Needs interventions of the region", "code")
    needs_municipality: Series[pd.BooleanDtype] = optional("Needs interventions of the municipality", "code")
    admitted_at: Series[pd.Timestamp] = needed("Admitted")
    admission_notice_at: Series[pd.Timestamp] = optional("Admission notice sent")
    planning_started_at: Series[pd.Timestamp] = optional("Discharge planning begun")
    named_care_contact_at: Series[pd.Timestamp] = optional("Named care contact appointed")
    planned_uk_date: Series[pd.Timestamp] = optional("Planned ready-for-discharge date", future=True)
    planned_uk_moves_n: Series[pd.Int64Dtype] = optional("Moves of it", ge=0, le=99)
    uk_at: Series[pd.Timestamp] = needed("Notice: ready for discharge (UK), the last one that stood")
    uk_withdrawn_n: Series[pd.Int64Dtype] = optional("Earlier UK notices that were withdrawn", ge=0, le=99)
    uk_days_withdrawn: Series[pd.Int64Dtype] = optional(
        "UK days, calendar, in withdrawn intervals", ge=0, le=MOST_DAYS
    )
    discharged_at: Series[pd.Timestamp] = needed("Discharged")
    los_days: Series[float] = optional("Length of stay, days", ge=0, le=MOST_DAYS)
    is_sip_offered: Series[pd.BooleanDtype] = optional("SIP offered", "code")
    sip_call_date: Series[pd.Timestamp] = optional("SIP summons")
    discharged_to: Series[str] = optional("Destination", "code", isin=DESTINATIONS)
    is_readmitted: Series[pd.BooleanDtype] = optional("The source system's own flag", "code")

    @pa.dataframe_check(name="order", description="admitted ≤ ready ≤ discharged")
    def in_order(cls, frame: pd.DataFrame) -> pd.Series:  # noqa: N805
        """Admitted, then ready, then discharged."""
        return (frame.admitted_at <= frame.uk_at) & (frame.uk_at <= frame.discharged_at)


def admitted_and_gone(rows: pd.DataFrame) -> pd.Series:
    """Admitted and discharged in the same minute (midnight: the export has dates only)."""
    has_clock = rows.admitted_at != rows.admitted_at.dt.normalize()
    return (rows.admitted_at == rows.discharged_at) & has_clock


def contradicts_itself(rows: pd.DataFrame) -> pd.Series:
    """SIP summons dated though SIP was not offered, or withdrawn UK days without a withdrawal."""
    called = rows.sip_call_date.notna() & rows.is_sip_offered.eq(False).fillna(False)
    withdrawn = rows.uk_days_withdrawn.gt(0).fillna(False) & rows.uk_withdrawn_n.eq(0).fillna(False)
    return (called | withdrawn).astype(bool)


def notice_before_admission(rows: pd.DataFrame) -> pd.Series:
    """Admission notice or planning dated before the admission."""
    return (rows.admission_notice_at < rows.admitted_at) | (rows.planning_started_at < rows.admitted_at)


ODD = {
    "zero_length": admitted_and_gone,
    "status_mismatch": contradicts_itself,
    "order": notice_before_admission,
}
