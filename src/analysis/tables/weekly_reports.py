"""Weekly reports: one row a problem or question that an activity sent in by the weekly web form.

Source: domain dossier 2.6 and 6.1. The texts are about the work, not about patients; still they are
free text and are not published as they are.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("report_id",)
MONTH = "week_start"
ISSUED = "week_start"
COVERED = "week_start"


class Model(Contract):
    """A line of a weekly report; a report without problem and question says that all is well."""

    report_id: Series[str] = needed("The line", "id", unique=True)
    week_start: Series[pd.Timestamp] = needed("Monday of the week")
    party: Series[str] = optional("Party", "party")
    unit: Series[str] = optional("Municipality", "unit")
    place: Series[str] = optional("Activity that reports", "name")
    process_step: Series[str] = optional("Step of the process, in the form's words", "name")
    problem: Series[str] = optional("Problem", "text")
    question: Series[str] = optional("Question", "text")
    answer: Series[str] = optional("Answer given", "text")
    answered_date: Series[pd.Timestamp] = optional("Answered")

    @pa.dataframe_check(name="order", description="week begun ≤ answered")
    def in_order(cls, frame: pd.DataFrame) -> pd.Series:  # noqa: N805
        """Asked, then answered."""
        return ~(frame.answered_date < frame.week_start)


def not_a_monday(rows: pd.DataFrame) -> pd.Series:
    """The week does not begin on a Monday."""
    return rows.week_start.dt.day_of_week != 0


def answered_without_a_date(rows: pd.DataFrame) -> pd.Series:
    """An answer without its date, or a date without an answer."""
    return rows.answer.isna() != rows.answered_date.isna()


ODD = {"date_format": not_a_monday, "status_mismatch": answered_without_a_date}
