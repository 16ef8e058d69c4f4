"""What a report may tell: words, settings and released values, and no data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from analysis.area import Area, Party, Unit
from analysis.designs.spc import RunChart
from analysis.family_of import Family
from analysis.protocol import Asked
from analysis.registration import Adherence
from analysis.release import ReleasedEffect, ReleasedSeries
from analysis.words import Words


@dataclass(frozen=True)
class Answer:
    """A question with its released series, its released effect and the run chart of what is shown.

    `unfinished` is the number of months that are not fully reported, `first` the first month delivered, None
    when none is.
    """

    asked: Asked
    shown: ReleasedSeries
    effect: ReleasedEffect
    runs: RunChart
    unfinished: int
    first: date | None


@dataclass(frozen=True)
class Delivered:
    """What was delivered of a table: months, deliveries, and rows as they may be shown (R15)."""

    table: str
    first_month: str
    last_month: str
    deliveries: int
    accepted: float
    quarantined: float


@dataclass(frozen=True)
class View:
    """All that the fragments, figures and limits of a report are made of.

    Parameters
    ----------
    words : Words
        The language.
    area, unit : Area, Unit
        Settings, and for whom the report is.
    party : Party, optional
        The one that the report is for; None is all of them.
    as_of : Timestamp
        The day on which the data are known so.
    is_invented : bool
        Whether the data are.
    store : str
        Digest of the store.
    asked : tuple of Asked
        The questions.
    answers : tuple of Answer
        Their answers.
    family : Family
        How many questions the answers are adjusted for.
    adherence : Adherence
        Whether the protocol was kept to.
    delivered : tuple of Delivered
        What was delivered.
    """

    words: Words
    area: Area
    unit: Unit
    as_of: pd.Timestamp
    is_invented: bool
    store: str
    asked: tuple[Asked, ...]
    answers: tuple[Answer, ...]
    family: Family
    adherence: Adherence
    delivered: tuple[Delivered, ...]
    party: Party | None = None
