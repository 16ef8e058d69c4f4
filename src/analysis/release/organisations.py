"""Things of organisations, exact (R16): sheets, plans, training occasions, assessed activities, phases.

No person stands behind them: an organisation wrote the sheet, planned the activity, held the occasion, set
the date. The rule lets through whole numbers, dates and the ids of the area's own lists, and nothing else:
no free text, no name of a ward, no share of something that persons are counted in. It is never for what
persons are behind (participants, days of injuries, cases): those pass `count`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from numbers import Integral
from typing import Any

import pandas as pd

from analysis.area import Area
from analysis.errors import DisclosureStop
from analysis.implementation import implementation_of
from analysis.release.sealed import Sealed, sealed
from analysis.tables.self_assessments import STATES, WAYS
from analysis.tables.status_sheets import BOXES
from analysis.tables.training import KINDS

RULE = "R16"
CODES = frozenset((*BOXES, *STATES, *WAYS, *KINDS))
NOBODY = ""  # where an export does not say whose something is
Value = str | int | date | None


@dataclass(frozen=True)
class ReleasedRegister(Sealed):
    """Rows about things of organisations: ids, whole numbers and dates, under the names of their columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    @property
    def records(self) -> list[dict[str, Any]]:
        """A copy of its rows, by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def register(rows: Iterable[Mapping[str, Any]], columns: Iterable[str], area: Area) -> ReleasedRegister:
    """Rows about things of organisations (R16).

    Parameters
    ----------
    rows : iterable of mapping
        What is told, by column: whole numbers, dates without a time, ids of the area's lists, or nothing.
    columns : iterable of str
        The columns, in order.
    area : Area
        Its lists say which ids there are.

    Returns
    -------
    ReleasedRegister
        As given; the numbers are exact.

    Raises
    ------
    DisclosureStop
        If a cell holds anything else: a text, a fraction, a moment, a truth value, a negative number.
    """
    names, known = tuple(columns), ids(area)
    told = tuple(tuple(_value(row.get(name), known) for name in names) for row in rows)
    return sealed(ReleasedRegister, RULE, columns=names, rows=told)


def ids(area: Area) -> frozenset[str]:
    """Every id that a register may hold."""
    own = {p.id for p in area.parties} | {u.id for u in area.units}
    return CODES | implementation_of(area).ids | own | {NOBODY}


def _value(value: Any, known: frozenset[str]) -> Value:
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, str) and value in known:
        return str(value)
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0:
        return int(value)
    if isinstance(value, datetime) and value == datetime(value.year, value.month, value.day):
        return value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    what = "something else than a whole number, a date or an id of the area was told of organisations"
    raise DisclosureStop(what, "Count it, or add it to the area's lists; texts are never shown")
