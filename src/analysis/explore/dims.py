"""What rows can be filtered by: for each table its dimensions, the columns behind them and their kinds.

The kind says how a column's values are read and named: ``unit``, ``party`` and ``category`` by the area's
settings, ``step`` and ``code`` by the words of the reader's language, ``level`` and ``age`` are numbers in
order, ``truth`` is yes or no, and ``plain`` is kept as it came.
"""

from __future__ import annotations

from dataclasses import dataclass

from analysis.errors import UsageError

MONTH = "month"
NOT_STATED = "not_stated"  # rows of which the export does not say
ORDERED = ("level", "age", MONTH)


@dataclass(frozen=True)
class Column:
    """A dimension: its id, the column that it is read from, and its kind."""

    id: str
    column: str
    kind: str


DIMS = {
    "deviations": (
        Column("by", "reporting_party", "party"),
        Column("about", "receiving_party", "party"),
        Column("unit", "unit", "unit"),
        Column("process_step", "process_step", "step"),
        Column("category", "category", "category"),
        Column("severity", "severity", "level"),
        Column("status", "status", "plain"),
        Column("consequence", "consequence", "code"),
        Column("kind", "kind", "code"),
        Column("provider", "provider", "code"),
        Column("place", "place", "plain"),
        Column("routine", "routine", "plain"),
    ),
    "episodes": (
        Column("unit", "unit", "unit"),
        Column("hospital", "hospital", "plain"),
        Column("ward", "ward", "plain"),
        Column("care_type", "care_type", "code"),
        Column("discharged_to", "discharged_to", "code"),
        Column("sip_offered", "is_sip_offered", "truth"),
        Column("age", "age", "age"),
        Column("sex", "sex", "code"),
        Column("unplanned", "is_unplanned", "truth"),
        Column("needs_region", "needs_region", "truth"),
        Column("needs_municipality", "needs_municipality", "truth"),
        Column("nosam", "nosam", "plain"),
    ),
    "measurements": (
        Column("indicator", "indicator", "plain"),
        Column("unit", "unit", "unit"),
        Column("party", "party", "party"),
        Column("period", "period", "code"),
    ),
}
TABLES = tuple(DIMS)


def dims_of(table: str) -> tuple[str, ...]:
    """The ids of a table's dimensions, in the order in which they are shown; the month is the last.

    Parameters
    ----------
    table : str
        One of ``TABLES``.

    Returns
    -------
    tuple of str
        The ids.

    Raises
    ------
    UsageError
        If the table cannot be explored.
    """
    if table not in DIMS:
        raise UsageError(f"there is no table “{table}” to explore", f"Use one of: {', '.join(TABLES)}")
    return (*(column.id for column in DIMS[table]), MONTH)
