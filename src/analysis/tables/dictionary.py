"""The data dictionary, written from the contracts (``make facts`` keeps ``data/README.md``)."""

from __future__ import annotations

import sys
from typing import Any

from analysis.tables import NAMES, table

HEAD = """# Data

Written by `python -m analysis.tables.dictionary`; the contracts in `src/analysis/tables/` are the only
definition.

`areas/<area>/` holds the settings of an area. `raw/` (exports as they came), `store/` (accepted rows,
quarantine, facts) and everything else of people stays out of Git. A row that breaks its contract is kept
in quarantine with line, column and reason; nothing is dropped silently. Times are local to the area and
without a zone.
"""


def dictionary() -> str:
    """The data dictionary as Markdown.

    Returns
    -------
    str
        One heading a table, one row a column.
    """
    return "\n".join([HEAD, *(_section(name) for name in NAMES)])


def _section(name: str) -> str:
    one = table(name)
    schema = one.model.to_schema()
    about = (sys.modules[one.model.__module__].__doc__ or "").strip().split("\n\n")[0]
    rows = "\n".join(_row(column, one.key) for column in schema.columns.values())
    rules = "".join(f"Rule: {c.description}.\n" for c in schema.checks if c.description)
    table_ = f"| column | type | needed | values | meaning |\n|---|---|---|---|---|\n{rows}\n"
    return f"## {name}\n\n{' '.join(about.split())}\n\n{table_}\n{rules}"


def _row(column: Any, key: tuple[str, ...]) -> str:
    kind = (
        str(column.dtype).replace("datetime64[us]", "date or time").replace("datetime64[ns]", "date or time")
    )
    needed = "key" if column.name in key else "no" if column.nullable else "yes"
    values = "; ".join(str(c.error) for c in column.checks)
    kind = "text" if kind.startswith("str") else kind
    return f"| `{column.name}` | {kind} | {needed} | {values} | {column.description} |"


if __name__ == "__main__":
    sys.stdout.write(dictionary())
