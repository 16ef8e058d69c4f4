"""Effect goals and process measures, one family a file: numerator, denominator, direction, source.

A measure is a `Measure`: the row-level *facts* it needs (stage 1, one row a stay or a report) and the
sums that make its numerator and denominator (stage 2, one row a unit and month). Expressions keep to
the subset of Ibis that means the same on every backend (calendar days by ``date().delta(date())``,
elapsed time by comparing with ``t + interval``, next row by ``lead`` with a full order).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, Literal

Expression = Callable[[Any], Any]


@dataclass(frozen=True)
class Measure:
    """Definition of an indicator.

    Parameters
    ----------
    name : str
        Its name, the same everywhere.
    kind : {"count", "share", "mean"}
        Events per base, share of a base, mean of a base.
    better : {"lower", "higher"}
        Direction of improvement.
    table : str
        The input table that the numerator comes from.
    numerator, denominator : callable
        Facts to the value that is summed.
    facts : mapping of str to callable
        Row-level columns that the two need.
    denominator_table : str
        The input table that the denominator comes from; "" is `table`.
    per : float
        What the value is expressed per.
    lag_days : int
        Days after the end of a month until it is fully reported or followed up.
    is_shared_base : bool
        Whether the base is the period itself, the same for every unit (never added up).
    by_party : bool
        Whether the series can be asked for a single responsible party.
    source : str
        Where the definition stands.
    """

    name: str
    kind: Literal["count", "share", "mean"]
    better: Literal["lower", "higher"]
    table: str
    numerator: Expression
    denominator: Expression
    facts: Mapping[str, Expression] = field(default_factory=dict)
    denominator_table: str = ""
    per: float = 1.0
    lag_days: int = 0
    is_shared_base: bool = False
    by_party: bool = False
    source: str = ""

    @property
    def base_table(self) -> str:
        """The input table that the denominator comes from."""
        return self.denominator_table or self.table


FAMILIES = (
    "uk_days",
    "home_within_24h",
    "readmission",
    "deviations",
    "delayed_beds",
    "sip",
    "planning",
    "stay_length",
)


@cache
def measures() -> dict[str, Measure]:
    """Every measure by name."""
    found = [m for family in FAMILIES for m in import_module(f"analysis.measures.{family}").MEASURES]
    return {m.name: m for m in found}
