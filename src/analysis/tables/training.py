"""Training: one row an occasion of training or information about the new way of working.

Source: domain dossier 6.3 and 6.5 (training given by each party, or jointly; phases 1 to 4).
"""

from __future__ import annotations

import pandas as pd
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("training_id",)
MONTH = "held_date"
ISSUED = "held_date"
COVERED = "held_date"

KINDS = ("internal", "joint")


class Model(Contract):
    """An occasion; participants are counted, never named."""

    training_id: Series[str] = needed("The occasion", "id", unique=True)
    held_date: Series[pd.Timestamp] = needed("Held")
    party: Series[str] = needed("Party that took part", "party")
    unit: Series[str] = optional("Municipality", "unit")
    place: Series[str] = optional("Activity or ward", "name")
    phase: Series[pd.Int64Dtype] = optional("Phase 1–4", ge=1, le=4)
    kind: Series[str] = needed("Within the party, or joint", "code", isin=KINDS)
    topic: Series[str] = optional("Topic or material", "name")
    participants_n: Series[pd.Int64Dtype] = optional("Participants", ge=0, le=100_000)
