"""Which rows that were kept out have since been brought, correct, by a later delivery."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.area import Area
from analysis.errors import InputRefused, Place
from analysis.sources.columnwords import harmless
from analysis.sources.mapping import read_sources
from analysis.store import Record, Store
from analysis.tables import table as table_named


def corrected_n(store: Store, record: Record, others: Iterable[Record], area: Area) -> int:
    """How many of the rows that a delivery kept out another one, not older, has brought.

    Parameters
    ----------
    store : Store
        The deliveries.
    record : Record
        The delivery with rows that were kept out.
    others : iterable of Record
        Deliveries of the store; those of other tables, and older ones, are left aside.
    area : Area
        For the headers that its sources use.

    Returns
    -------
    int
        Known for tables whose rows are named by one id, as it stands in ``correct.csv``; 0 for others.
    """
    key = _id_column(record.table)
    path = store.folder / record.digest / "correct.csv"
    if not key or not record.quarantined or not path.is_file():
        return 0
    ids = pa.array(_ids(path, record, key, area), pa.string())
    found: set[str] = set()
    for other in others:
        if other.table == record.table and other.digest != record.digest and other.issued >= record.issued:
            rows = pq.read_table(store.folder / other.digest / "rows.parquet", columns=[key]).column(key)
            rows = rows.cast(pa.string())
            found |= set(rows.filter(pc.is_in(rows, value_set=ids)).to_pylist())
    return min(record.quarantined, sum(each in found for each in ids.to_pylist()))


def _id_column(table: str) -> str:
    one = table_named(table)
    role = (one.model.to_schema().columns[one.key[0]].metadata or {}).get("role", "")
    return one.key[0] if len(one.key) == 1 and role == "id" else ""


def _ids(path: Path, record: Record, key: str, area: Area) -> list[str]:
    """The ids of the rows that were kept out."""
    source = next((s for s in read_sources(area) if s.name == record.source), None)
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = csv.reader(handle, delimiter=";")
        header = next(rows, [])
        try:
            at = source.places(header, Place(record.file)).columns.get(key) if source else None
        except InputRefused:
            at = None
        at = header.index(key) if at is None and key in header else at
        return [] if at is None else [_as_sent(row[at]) for row in rows if len(row) > at]


def _as_sent(cell: str) -> str:
    """A cell without the apostrophe that keeps spreadsheets from taking it for a formula."""
    return (cell[1:] if cell[:1] == "'" and harmless(cell[1:]) == cell else cell).strip()
