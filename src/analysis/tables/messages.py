"""Messages: one row a message or event of a discharge case, as a planning system logs them.

Source: domain dossier 2.6 (message types after the law) with the events admitted and discharged; the
default layout is invented. `analysis.stays` folds the messages of a case into an episode.
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional
from analysis.tables.episodes import CARE_TYPES, DESTINATIONS

KEY = ("case_id", "message_type", "sent_at", "receiver_party", "message_id")
MONTH = "sent_at"
ISSUED = "sent_at"
COVERED = "sent_at"

TYPES = (
    "admitted",
    "admission_notice",
    "planning",
    "planned_uk_change",
    "uk",
    "uk_withdrawn",
    "sip_call",
    "discharge_information",
    "discharged",
    "interruption",
    "administrative",
)


class Model(Contract):
    """A message from one party to another, or an event of the stay."""

    message_id: Series[str] = optional("The message", "opaque")
    case_id: Series[str] = needed("The case (one stay)", "id")
    person_id: Series[str] = needed("The person, pseudonymous", "person")
    unit: Series[str] = needed("Municipality of registration", "unit")
    hospital: Series[str] = optional("Hospital", "name")
    ward: Series[str] = optional("Ward", "name")
    care_type: Series[str] = optional("Somatic or psychiatric care", "code", isin=CARE_TYPES)
    message_type: Series[str] = needed("Kind of message or event", "code", isin=TYPES)
    sent_at: Series[pd.Timestamp] = needed("Sent, or happened")
    acknowledged_at: Series[pd.Timestamp] = optional("Acknowledged by the receiver")
    sender_party: Series[str] = optional("Who sent", "party")
    receiver_party: Series[str] = optional("To whom", "party")
    planned_uk_date: Series[pd.Timestamp] = optional("Planned ready-for-discharge date", future=True)
    discharged_to: Series[str] = optional("Destination, with the discharge", "code", isin=DESTINATIONS)

    @pa.dataframe_check(name="order", description="sent ≤ acknowledged")
    def in_order(cls, frame: pd.DataFrame) -> pd.Series:  # noqa: N805
        """Sent, then acknowledged."""
        return frame.acknowledged_at.isna() | (frame.sent_at <= frame.acknowledged_at)

    class Config:
        """One row a key."""

        unique: ClassVar = list(KEY)


def to_oneself(rows: pd.DataFrame) -> pd.Series:
    """Sender and receiver are the same party."""
    return rows.sender_party.eq(rows.receiver_party) & rows.sender_party.notna()


def change_without_date(rows: pd.DataFrame) -> pd.Series:
    """A changed planned date is announced, and no date is given."""
    return rows.message_type.eq("planned_uk_change") & rows.planned_uk_date.isna()


ODD = {"same_party": to_oneself, "status_mismatch": change_without_date}
