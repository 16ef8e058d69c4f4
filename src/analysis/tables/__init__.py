"""What a row may be: one input table a file, each a pandera model, the only definition of its columns.

A table module holds ``Model`` (the contract), ``KEY`` (what names a row: the latest delivery of a key
wins), ``MONTH`` (the column that places a row in time), ``COVERED`` (the column whose span says which
months a delivery covers: a late report about long ago does not make the years between delivered) and
``ISSUED`` (the column whose last day is the delivery's own). A check of the model over several columns
is named by its reason word and keeps a row out. ``ODD`` holds what is accepted but said: reason word to
a function from rows to a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

NAMES = (
    "episodes",
    "care_episodes",
    "messages",
    "sip",
    "deviations",
    "answers",
    "measurements",
    "weekly_reports",
    "status_sheets",
    "action_plans",
    "self_assessments",
    "training",
    "green_cross",
    "capacity",
    "rollout",
)
#: A form's stand-in for nothing written, "xxxx".
PLACEHOLDER = r"^\s*[xX]{2,}\s*\.*\s*$"


@dataclass(frozen=True)
class Table:
    """One input table: its name, its contract, its key, its columns of time and what is odd in it."""

    name: str
    model: type[pa.DataFrameModel]
    key: tuple[str, ...]
    month: str
    covered: str
    issued: str
    odd: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = field(default_factory=dict)


def table(name: str) -> Table:
    """The table with this name.

    Parameters
    ----------
    name : str
        One of ``NAMES``.

    Returns
    -------
    Table
        Its contract.
    """
    module = import_module(f"analysis.tables.{name}")
    odd = getattr(module, "ODD", {})
    return Table(name, module.Model, module.KEY, module.MONTH, module.COVERED, module.ISSUED, odd)
