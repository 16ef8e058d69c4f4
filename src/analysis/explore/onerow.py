"""One row in full: its filled columns, named and written for the reader, and how often it changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from analysis.area import Area
from analysis.explore.coded import names_of
from analysis.explore.dims import DIMS, Column
from analysis.history import changed_rows, merged
from analysis.store import Store
from analysis.tables import table as table_named
from analysis.words import Words


def cells_at(path: Path, row: int) -> dict[str, Any]:
    """The cells of one row of a file of facts, without reading the others' row groups.

    Parameters
    ----------
    path : Path
        Parquet.
    row : int
        Its place.

    Returns
    -------
    dict
        By column.
    """
    file, group = pq.ParquetFile(path), 0
    while row >= (size := file.metadata.row_group(group).num_rows):
        row, group = row - size, group + 1
    return dict(file.read_row_group(group).slice(row, 1).to_pylist()[0])


def fields_of(cells: dict[str, Any], table: str, area: Area, words: Words) -> list[dict[str, str]]:
    """The filled cells of the table's own columns, in its order.

    Parameters
    ----------
    cells : dict
        From `cells_at`.
    table : str
        Whose row it is.
    area : Area
        For the names of its parties, units and categories.
    words : Words
        Of the reader's language.

    Returns
    -------
    list of dict
        ``label`` and ``value``, texts both.
    """
    columns = {column.column: column for column in DIMS[table]}
    named = list(table_named(table).model.to_schema().columns)
    filled = [name for name in named if name in cells and not pd.isna(cells[name])]
    return [
        {
            "label": label_of(name, columns.get(name), words),
            "value": _value(cells[name], columns.get(name), area, words),
        }
        for name in filled
    ]


def label_of(name: str, column: Column | None, words: Words) -> str:
    """A column's name for the reader."""
    return words.text(f"explore/dim/{column.id}" if column else f"explore/column/{name}")


def _value(cell: Any, column: Column | None, area: Area, words: Words) -> str:
    if isinstance(cell, bool):
        return words.text(f"explore/truth/{'yes' if cell else 'no'}")
    if isinstance(cell, pd.Timestamp) or hasattr(cell, "year"):
        at = pd.Timestamp(cell)
        return words.day(at) + (f" {at:%H:%M}" if at != at.normalize() else "")
    if isinstance(cell, int | float):
        return words.figure(cell, 2)
    if column is not None and column.kind not in ("plain", "age", "level"):
        return names_of(column, area, words)(str(cell))
    return str(cell)


def versions_n(store: Store, table: str, key: dict[str, Any]) -> int:
    """How many versions of a row were delivered: 1 for the first, one more each time that it changed.

    Parameters
    ----------
    store : Store
        The deliveries.
    table : str
        One that is delivered as it is.
    key : dict
        The table's key of the row.

    Returns
    -------
    int
        0 when no delivery has the row, since it was put together from other tables.
    """
    import ibis

    rows = store.rows(table)
    if not rows:
        return 0
    con = ibis.duckdb.connect(threads=2)
    try:
        every = merged(rows, con)
        mine = every.filter([every[name] == value for name, value in key.items()])
        return int(changed_rows(mine, list(key)).count().execute())
    finally:
        con.disconnect()
