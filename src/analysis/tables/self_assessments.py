"""Self-assessments: one row an activity of the work description, as a party in a place says it works.

Source: domain dossier 6.5 and 6.6 (does, does not, partly). Activity ids are opaque: the documents
name one and do not explain it.
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("assessed_date", "party", "unit", "place", "activity_id")
MONTH = "assessed_date"
ISSUED = "assessed_date"
COVERED = "assessed_date"

STATES = ("does", "does_not", "partly")
WAYS = ("old", "new")


class Model(Contract):
    """What is said of one activity."""

    assessed_date: Series[pd.Timestamp] = needed("Assessed")
    party: Series[str] = needed("Party", "party")
    unit: Series[str] = optional("Municipality", "unit")
    place: Series[str] = optional("Activity or ward that assesses", "name")
    activity_id: Series[str] = needed("Activity of the work description", "opaque")
    version: Series[str] = optional("Version of the work description", "opaque")
    state: Series[str] = needed("Does it, does not, partly", "code", isin=STATES)
    way: Series[str] = optional("Old or new way of working", "code", isin=WAYS)

    class Config:
        """One row a key."""

        unique: ClassVar = list(KEY)
