"""Answers: one row a respondent's answer to one item of a survey of staff or patients.

Source: domain dossier 2.6 and 4 (no questionnaire is in the documents, so items are the area's own).
Open answers are free text and never enter; what someone has coded them as (class, theme) may.
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("respondent_id", "survey", "round", "item", "theme")
MONTH = "answered_date"
ISSUED = "answered_date"
COVERED = "answered_date"

ANSWERS = ("positive", "neutral", "negative", "yes", "no")
TEXT_CLASSES = ("feeling", "fact", "opinion", "assumption")


class Model(Contract):
    """An answer; without a value it was asked and not answered."""

    respondent_id: Series[str] = needed("The answered form", "id")
    answered_date: Series[pd.Timestamp] = needed("Answered")
    survey: Series[str] = needed("Which survey", "opaque")
    round: Series[str] = optional("Which round of it", "opaque")
    party: Series[str] = optional("Party", "party")
    role: Series[str] = optional("Role in the roll-out", "name")
    profession: Series[str] = optional("Profession", "name")
    forvaltning: Series[str] = optional("Administration", "name")
    unit: Series[str] = optional("Municipality", "unit")
    item: Series[str] = needed("Item", "opaque")
    value: Series[pd.Int64Dtype] = optional("Answer 1–5", ge=1, le=5)
    answer: Series[str] = optional("Answer in words of a fixed list", "code", isin=ANSWERS)
    text_class: Series[str] = optional("Class of an open answer", "code", isin=TEXT_CLASSES)
    theme: Series[str] = optional("Theme that an open answer was coded as", "name")

    class Config:
        """One row a key."""

        unique: ClassVar = list(KEY)
