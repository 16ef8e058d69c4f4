"""Green cross: one row a day and place, in the colour of the day's worst safety event.

Source: domain dossier 2.5 (green none, yellow risk of care injury, orange care injury, red serious).
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
from pandera.typing.pandas import Series

from analysis.tables.columns import Contract, needed, optional

KEY = ("day", "place")
MONTH = "day"
ISSUED = "day"
COVERED = "day"

COLOURS = ("green", "yellow", "orange", "red")


class Model(Contract):
    """A day."""

    day: Series[pd.Timestamp] = needed("Calendar day")
    place: Series[str] = needed("Ward or other place", "name")
    unit: Series[str] = optional("Municipality", "unit")
    colour: Series[str] = needed("Colour of the day", "code", isin=COLOURS)

    class Config:
        """One row a key."""

        unique: ClassVar = list(KEY)
