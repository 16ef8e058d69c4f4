"""The contracts as a data package, for programs (``make facts`` keeps ``data/datapackage.json``).

Data Package and Table Schema, version 2. The resources hold no data: they describe what an accepted row
is. A key with columns that may be empty is a unique key. Roles and rules over several columns have no
place in Table Schema and stand under ``role`` and ``rules``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from analysis.tables import NAMES, table
from analysis.tables.dictionary import TIMES, about, rules

PROFILE = "https://datapackage.org/profiles/2.0/"
LIMITS = {
    "greater_than_or_equal_to": ("minimum", "min_value"),
    "less_than_or_equal_to": ("maximum", "max_value"),
    "greater_than": ("exclusiveMinimum", "min_value"),
    "less_than": ("exclusiveMaximum", "max_value"),
}
NUMBERS = {"Int64": "integer", "int64": "integer", "float64": "number"}


def datapackage() -> dict[str, Any]:
    """The tables as a data package.

    Returns
    -------
    dict
        Ready for JSON: one resource a table.
    """
    return {
        "$schema": f"{PROFILE}datapackage.json",
        "name": "analysis-tables",
        "title": "The input tables",
        "description": "Written by python -m analysis.tables.datapackage from src/analysis/tables.",
        "resources": [_resource(name) for name in NAMES],
    }


def as_text() -> str:
    """The data package as the file holds it."""
    return json.dumps(datapackage(), indent=1, ensure_ascii=False) + "\n"


def _resource(name: str) -> dict[str, Any]:
    one = table(name)
    schema = one.model.to_schema()
    always_there = all(not schema.columns[column].nullable for column in one.key)
    key = {"primaryKey": list(one.key)} if always_there else {"uniqueKeys": [list(one.key)]}
    return {
        "name": name,
        "type": "table",
        "description": about(one),
        "data": [],
        "schema": {
            "$schema": f"{PROFILE}tableschema.json",
            "fields": [_field(column) for column in schema.columns.values()],
            "fieldsMatch": ["superset"],
            **key,
            "missingValues": [""],
        },
        "rules": [{"reason": r, "description": text, "effect": what} for r, text, what in rules(one)],
    }


def _field(column: Any) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, **_type(column), "description": column.description}
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    if column.unique:
        constraints["unique"] = True
    for check in column.checks:
        if check.name == "isin":
            constraints["enum"] = list(check.statistics["allowed_values"])
        else:
            limit, statistic = LIMITS[check.name]
            constraints[limit] = check.statistics[statistic]
    metadata = {k: v for k, v in (column.metadata or {}).items() if k in ("role", "future")}
    return field | ({"constraints": constraints} if constraints else {}) | metadata


def _type(column: Any) -> dict[str, str]:
    kind = str(column.dtype)
    if kind in TIMES:  # a date or a time, whichever the export has
        return {"type": "datetime", "format": "any"}
    if kind.startswith("str"):
        return {"type": "string", "format": "default"}
    return {"type": NUMBERS.get(kind, "boolean"), "format": "default"}


if __name__ == "__main__":
    sys.stdout.write(as_text())
