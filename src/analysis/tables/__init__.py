"""What a row may be: one input table a file, each a pandera model, the only definition of its columns.

A table module holds ``Model`` (the contract), ``KEY`` (what names a row: the latest delivery of a key
wins), ``MONTH`` (the column that places a row in time), ``COVERED`` (the column whose span says which
months a delivery covers: a late report about long ago does not make the years between delivered) and
``ISSUED`` (the column whose last day is the delivery's own).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandera.pandas as pa

NAMES = ("episodes", "deviations", "measurements", "rollout")


@dataclass(frozen=True)
class Table:
    """One input table: its name, its contract, its key and the column that places a row in time."""

    name: str
    model: type[pa.DataFrameModel]
    key: tuple[str, ...]
    month: str
    covered: str
    issued: str


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
    return Table(name, module.Model, module.KEY, module.MONTH, module.COVERED, module.ISSUED)
