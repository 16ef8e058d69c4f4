"""Deviations: one row a report that agreements or routines in collaboration were not followed.

Source: domain dossier 1.1 (eight steps), 2.3 (definition), 2.5 (scales) and 2.6 (columns); the default
layout is MedControl-like. Free text never enters the table.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("deviation_id",)
MONTH = "occurred_date"
ISSUED = "reported_date"
COVERED = "reported_date"

STEPS = (
    "admission_notice",
    "named_care_contact",
    "discharge_planning",
    "sip_call",
    "uk_notice",
    "discharge_information",
    "individual_plan",
    "follow_up",
)
CONSEQUENCES = (
    "near_miss",
    "adverse_event",
    "care_injury",
    "serious_care_injury",
    "caught_between_providers",
    "work_environment",
    "longer_stay",
)
KINDS = ("patient_safety", "other")
PROVIDERS = ("public", "private")


class Model(Contract):
    """A deviation report."""

    deviation_id: Series[str] = needed("The report", "id", unique=True)
    reported_date: Series[pd.Timestamp] = needed("Registered")
    occurred_date: Series[pd.Timestamp] = needed("Happened")
    investigated_date: Series[pd.Timestamp] = optional("Investigated")
    action_date: Series[pd.Timestamp] = optional("Action taken")
    feedback_date: Series[pd.Timestamp] = optional("Feedback given to the reporter")
    closed_date: Series[pd.Timestamp] = optional("Closed")
    status: Series[str] = optional("Status", "opaque")
    category: Series[str] = needed("Kind of deviation", "category")
    kind: Series[str] = optional("About patient safety, or other", "code", isin=KINDS)
    process_step: Series[str] = optional("Step of the process", "code", isin=STEPS)
    activity_id: Series[str] = optional("Activity of the work description", "opaque")
    routine: Series[str] = optional("Routine or guideline that it concerns", "name")
    severity: Series[pd.Int64Dtype] = optional("Severity 1–4", ge=1, le=4)
    likelihood: Series[pd.Int64Dtype] = optional("Likelihood 1–4", ge=1, le=4)
    risk_score: Series[pd.Int64Dtype] = optional("Severity × likelihood", ge=1, le=16)
    consequence: Series[str] = optional("Consequence", "code", isin=CONSEQUENCES)
    reporting_party: Series[str] = needed("Who reported", "party")
    receiving_party: Series[str] = needed("About whom", "party")
    provider: Series[str] = optional("Public or private provider", "code", isin=PROVIDERS)
    place: Series[str] = optional("Ward or other place", "name")
    unit: Series[str] = needed("Municipality", "unit")

    @pa.dataframe_check(name="order", description="happened ≤ registered ≤ closed; nothing done before")
    def in_order(cls, frame: pd.DataFrame) -> pd.Series:  # noqa: N805
        """Happened, then registered, then closed; acted upon only after it happened."""
        early = frame.closed_date < frame.reported_date
        for done in ("investigated_date", "action_date", "feedback_date"):
            early |= frame[done] < frame.occurred_date
        return (frame.occurred_date <= frame.reported_date) & ~early

    @pa.dataframe_check(name="out_of_range", description="risk score = severity × likelihood, if all given")
    def is_product(cls, frame: pd.DataFrame) -> pd.Series:  # noqa: N805
        """The score is the product of its two parts."""
        return frame.risk_score.eq(frame.severity * frame.likelihood).fillna(True).astype(bool)


def about_oneself(rows: pd.DataFrame) -> pd.Series:
    """Reported by the party that it is about."""
    return rows.reporting_party.eq(rows.receiving_party)


ODD = {"same_party": about_oneself}
