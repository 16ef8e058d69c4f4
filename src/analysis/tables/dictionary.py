"""The data dictionary, written from the contracts (``make facts`` keeps ``data/README.md``)."""

from __future__ import annotations

import sys
from typing import Any

from analysis.tables import NAMES, Table, table

HEAD = """# Data

Written by `python -m analysis.tables.dictionary`; the contracts in `src/analysis/tables/` are the only
definition. `datapackage.json` says the same to programs (Table Schema).

`areas/<area>/` holds the settings of an area. `raw/` (exports as they came), `store/` (accepted rows,
quarantine, facts) and everything else of people stays out of Git. A row that breaks its contract is kept
in quarantine with line, column and reason; nothing is dropped silently. Times are local to the area and
without a zone. Free text about patients has no column anywhere.

An export may lack every column that is not needed. The role of a text column says how it is read:
`id` names a row; `person` is a pseudonym; `name` is the free-form name of a ward, place or document;
`unit`, `party` and `category` are spelled as the area's settings say; `code` has the values listed, spelled
as the source's mapping says; `opaque` is kept as it came; `text` was written by staff about the work and is
not published as it is. A rule keeps a row out, under its reason; what is odd is accepted, and said.
"""
TIMES = {"datetime64[us]", "datetime64[ns]"}
SIGNS = {
    "greater_than_or_equal_to": ("min_value", "≥ {}"),
    "less_than_or_equal_to": ("max_value", "≤ {}"),
    "greater_than": ("min_value", "> {}"),
    "less_than": ("max_value", "< {}"),
}


def dictionary() -> str:
    """The data dictionary as Markdown.

    Returns
    -------
    str
        One heading a table, one row a column.
    """
    return "\n".join([HEAD, *(_section(name) for name in NAMES)])


def about(one: Table) -> str:
    """What a table is: the first paragraph of its module."""
    text = sys.modules[one.model.__module__].__doc__ or ""
    return " ".join(text.strip().split("\n\n")[0].split())


def rules(one: Table) -> list[tuple[str, str, str]]:
    """The rules over several columns of a table.

    Parameters
    ----------
    one : Table
        The table.

    Returns
    -------
    list of (str, str, str)
        Reason word, what is asked, and what follows: ``quarantine``, or ``said`` of accepted rows.
    """
    kept_out = [(c.name, c.description, "quarantine") for c in one.model.to_schema().checks]
    said = [(r, (f.__doc__ or "").strip().split("\n")[0].rstrip("."), "said") for r, f in one.odd.items()]
    return kept_out + said


def limits_of(column: Any) -> str:
    """What numbers a column may hold, such as ``≥ 1, ≤ 4``; "" when any."""
    return ", ".join(_values(check) for check in column.checks if check.name in SIGNS)


def _section(name: str) -> str:
    one = table(name)
    rows = "\n".join(_row(column, one.key) for column in one.model.to_schema().columns.values())
    head = "| column | type | role | needed | values | meaning |\n|---|---|---|---|---|---|"
    words = {"quarantine": "Rule", "said": "Odd"}
    said = "".join(f"- {words[what]} `{reason}`: {text}.\n" for reason, text, what in rules(one))
    time = f"In time by `{one.month}`; covers the span of `{one.covered}`.\n"
    return f"## {name}\n\n{about(one)}\n\n{head}\n{rows}\n\n{time}" + (f"\n{said}" if said else "")


def _row(column: Any, key: tuple[str, ...]) -> str:
    metadata = column.metadata or {}
    needed = "no" if column.nullable else "yes"
    if column.name in key:
        needed = "key, may be empty" if column.nullable else "key"
    later = " (may lie ahead)" if metadata.get("future") else ""
    values = "; ".join(_values(check) for check in column.checks)
    role = metadata.get("role", "")
    return (
        f"| `{column.name}` | {_kind(column)} | {role} | {needed} | {values} | {column.description}{later} |"
    )


def _values(check: Any) -> str:
    if check.name == "isin":
        return ", ".join(f"`{value}`" for value in check.statistics["allowed_values"])
    limit, form = SIGNS[check.name]
    return form.format(check.statistics[limit])


def _kind(column: Any) -> str:
    kind = str(column.dtype)
    if kind in TIMES:
        return "date or time"
    if kind.startswith("str"):
        return "text"
    return {"Int64": "whole number", "int64": "whole number", "float64": "number"}.get(kind, "yes or no")


if __name__ == "__main__":
    sys.stdout.write(dictionary())
