"""Action plans: one row an activity of a plan, in its five columns; an empty follow-up stays visible.

Source: domain dossier 6.6 (goal, activity, responsible, follow-up with measure, result) and the phase 1
plan (adjustment, responsible, time).
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("plan", "plan_date", "position")
MONTH = "plan_date"
ISSUED = "plan_date"
COVERED = "plan_date"


class Model(Contract):
    """A line of an action plan."""

    plan: Series[str] = needed("The plan", "name")
    plan_date: Series[pd.Timestamp] = needed("Date of the plan")
    position: Series[pd.Int64Dtype] = needed("Line of the plan", ge=1)
    party: Series[str] = optional("Party", "party")
    unit: Series[str] = optional("Municipality", "unit")
    goal: Series[str] = optional("Goal or sub-goal; empty: that of the line above", "text")
    activity: Series[str] = needed("Activity, or adjustment to make", "text")
    responsible: Series[str] = optional("Function responsible", "text")
    follow_up: Series[str] = optional("Follow-up, metric, outcome measure", "text")
    result: Series[str] = optional("Result", "text")
    due_date: Series[pd.Timestamp] = optional("To be done by", future=True)

    class Config:
        """One row a key."""

        unique: ClassVar = list(KEY)


def without_follow_up(rows: pd.DataFrame) -> pd.Series:
    """The plan does not say how the activity is followed up."""
    return rows.follow_up.isna()


ODD = {"required": without_follow_up}
