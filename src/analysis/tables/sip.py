"""SIP: one row a case of a coordinated individual plan: needed, offered, summoned, held, drawn up.

Source: domain dossier 1.1, 1.3 and 2.6. Who cannot express a wish and has no relative to speak for them
has not been "not offered": consent tells them apart. The default layout is invented.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("sip_id",)
MONTH = "registered_date"
ISSUED = "registered_date"
COVERED = "registered_date"

CONSENTS = ("yes", "no", "cannot_express", "relative")
TIMINGS = ("before_discharge", "after_discharge")


class Model(Contract):
    """A plan, or the offer of one."""

    sip_id: Series[str] = needed("The SIP case", "id", unique=True)
    episode_id: Series[str] = optional("The stay", "opaque")
    person_id: Series[str] = needed("The person, pseudonymous", "person")
    unit: Series[str] = needed("Municipality of registration", "unit")
    registered_date: Series[pd.Timestamp] = needed("Registered")
    is_needed: Series[pd.BooleanDtype] = optional("Needs interventions of both authorities", "code")
    is_offered: Series[pd.BooleanDtype] = optional("Offered", "code")
    offered_date: Series[pd.Timestamp] = optional("Offered on")
    consent: Series[str] = optional("Consent, or why there is none", "code", isin=CONSENTS)
    called_at: Series[pd.Timestamp] = optional("Summons sent")
    caller_party: Series[str] = optional("Who summoned", "party")
    planned_meeting_date: Series[pd.Timestamp] = optional("Meeting planned for", future=True)
    held_at: Series[pd.Timestamp] = optional("Meeting held")
    drawn_up_date: Series[pd.Timestamp] = optional("Plan drawn up")
    timing: Series[str] = optional("Before or after discharge", "code", isin=TIMINGS)
    is_in_planning_system: Series[pd.BooleanDtype] = optional(
        "Documented in the joint planning system", "code"
    )

    @pa.dataframe_check(name="order", description="summoned ≤ held ≤ drawn up, by date")
    def in_order(cls, frame: pd.DataFrame) -> pd.Series:  # noqa: N805
        """Summoned, then held, then drawn up."""
        held = frame.held_at.dt.normalize()
        late_call = frame.called_at.dt.normalize() > held
        return ~(late_call | (held > frame.drawn_up_date.dt.normalize()))


def against_what_was_said(rows: pd.DataFrame) -> pd.Series:
    """Summoned though not offered, or held though consent was refused."""
    called = rows.called_at.notna() & rows.is_offered.eq(False).fillna(False)
    return (called | (rows.held_at.notna() & rows.consent.eq("no").fillna(False))).astype(bool)


ODD = {"status_mismatch": against_what_was_said}
