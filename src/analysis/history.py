"""The order of deliveries, their rows one below the other in that order, and what a new one changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from analysis.record import Record
from analysis.tables import table as table_named

Line = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Changes:
    """What a delivery does to the rows of its table: counts of its rows.

    `new` have a key that is not in the store, `same` the content that is there; `changed` replace what is
    there and `older` do not. Of `untold`, a part of these two, no one knows which content is the newer:
    both are of the same day.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    untold: int = 0

    def as_dict(self) -> dict[str, int]:
        """The four counts that add up to the rows accepted."""
        return {name: n for name, n in asdict(self).items() if name != "untold"}


def lineages(records: Iterable[Record]) -> dict[str, Line]:
    """Day of issue and digest of each delivery, behind those of the delivery that it corrects.

    Parameters
    ----------
    records : iterable of Record
        Deliveries.

    Returns
    -------
    dict of str to tuple
        By digest. A correction that was taken out later than what it corrects stands for itself.
    """
    known = {r.digest: r for r in records}
    return {digest: _lineage(record, known) for digest, record in known.items()}


def _lineage(record: Record, known: Mapping[str, Record]) -> Line:
    chain = [record]
    while (parent := known.get(chain[-1].corrects)) is not None and parent not in chain:
        if parent.table != record.table or chain[-1].extracted > parent.issued:
            break
        chain.append(parent)
    return tuple((r.issued, r.digest) for r in reversed(chain))


def ordered(records: Iterable[Record], gone: Iterable[Record] = ()) -> list[Record]:
    """The deliveries of each table, oldest first, whatever the order of loading.

    Parameters
    ----------
    records : iterable of Record
        As they were written.
    gone : iterable of Record
        Deliveries that were purged: what corrects them keeps its place.

    Returns
    -------
    list of Record
        By day of issue, then digest. A correction comes right after what it corrects, of the same day.
    """
    records = list(records)
    lines = lineages([*gone, *records])
    sorted_ = sorted(records, key=lambda r: (r.table, lines[r.digest]))
    return [replace(r, issued=lines[r.digest][0][0]) for r in sorted_]


def tied(digest: str, lines: Mapping[str, Line]) -> set[str]:
    """The deliveries that stand before or after this one by nothing but their digest.

    Parameters
    ----------
    digest : str
        The delivery's.
    lines : mapping
        As `lineages` gives them, of one table.

    Returns
    -------
    set of str
        Digests.
    """

    def differ_by_digest(one: Line, other: Line) -> bool:
        first = next((pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]), None)
        return first is not None and first[0][0] == first[1][0]

    return {other for other, line in lines.items() if differ_by_digest(lines[digest], line)}


def merged(rows: Sequence[tuple[Record, Path]], con: Any) -> Any:
    """All deliveries of a table, one below the other; a column that an older one lacks is empty there.

    Parameters
    ----------
    rows : sequence
        Record and Parquet file of each, oldest first.
    con : ibis backend
        DuckDB.

    Returns
    -------
    ibis table
        The columns, ``delivery`` and ``delivery_n``, its place in the order.
    """
    import ibis
    import pandas as pd

    files = pd.DataFrame(
        [(str(path), record.digest, n) for n, (record, path) in enumerate(rows)],
        columns=["filename", "delivery", "delivery_n"],
    )
    numbers = ibis.memtable(files.astype({"delivery_n": "int64"}))
    parts = [
        con.read_parquet(group, filename=True, hive_partitioning=False) for group in _alike(files.filename)
    ]
    older = dict.fromkeys(table_named(rows[0][0].table).key, "string")  # a key column that came later
    kinds = older | _kinds(parts)
    aligned = [
        part.select(
            "filename",
            *[(part[c] if c in part.columns else ibis.null()).cast(k).name(c) for c, k in kinds.items()],
        )
        for part in parts
    ]
    whole = ibis.union(*aligned) if len(aligned) > 1 else aligned[0]
    return whole.inner_join(numbers, "filename").drop("filename")


def _alike(paths: Iterable[str]) -> list[list[str]]:
    """The files in groups of the same columns: one group is read at once, however many files it has."""
    import pyarrow.parquet as pq

    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(pq.read_schema(path).remove_metadata().to_string(), []).append(path)
    return list(groups.values())


def _kinds(parts: Iterable[Any]) -> dict[str, Any]:
    import ibis

    kinds: dict[str, Any] = {}
    for part in parts:
        kinds |= {
            name: kind
            for name, kind in part.schema().items()
            if name != "filename" and kinds.get(name) in (None, ibis.dtype("null"))
        }
    return kinds


def newest(rows: Any, key: Sequence[str]) -> Any:
    """Of rows that `merged` gives, the one of each key that comes last."""
    import ibis

    last = ibis.window(group_by=list(key), order_by=ibis.desc("delivery_n"))
    numbered = rows.mutate(newness=ibis.row_number().over(last))
    return numbered.filter(numbered.newness == 0).drop("newness")


def changed_rows(rows: Any, key: Sequence[str]) -> Any:
    """Of rows that `merged` gives, those that differ from the version before, or have none.

    Parameters
    ----------
    rows : ibis table
        All deliveries of a table.
    key : sequence of str
        The table's.

    Returns
    -------
    ibis table
        The first row of each key, and every one with other content than the one before it.
    """
    import ibis

    before = ibis.window(group_by=list(key), order_by="delivery_n")
    content = [c for c in rows.columns if c not in (*key, "delivery", "delivery_n")]
    same = ibis.literal(True)
    for column in content:
        same &= rows[column].identical_to(rows[column].lag().over(before))
    is_first = ibis.row_number().over(before) == 0
    found = rows.mutate(is_change=is_first | ~same)
    return found.filter(found.is_change).drop("is_change")


def compare(
    rows: Sequence[tuple[Record, Path]], at: int, key: Sequence[str], ties: Iterable[str] = ()
) -> Changes:
    """What the rows of one delivery do to those of the others.

    Parameters
    ----------
    rows : sequence
        Record and Parquet file of each delivery of the table, oldest first.
    at : int
        Which of them is asked about.
    key : sequence of str
        The table's.
    ties : iterable of str
        Digests of the deliveries whose order to this one is not known.

    Returns
    -------
    Changes
        Counts; an earlier version that the others have replaced does not matter.
    """
    import ibis

    tied_n = [n for n, (record, _) in enumerate(rows) if n != at and record.digest in set(ties)]
    con = ibis.duckdb.connect(threads=2)
    try:
        whole = merged(rows, con)
        ours = whole.filter(whole.delivery_n == at)
        others = whole.filter(whole.delivery_n != at)
        others = newest(others.semi_join(ours, [ours[k].identical_to(others[k]) for k in key]), key)
        pairs = ours.left_join(others, [ours[k].identical_to(others[k]) for k in key], rname="old_{name}")
        counts = pairs.aggregate(**_counts(pairs, whole.columns, at, tied_n)).to_pandas().iloc[0]
    finally:
        con.disconnect()
    return Changes(**{name: int(n) for name, n in counts.fillna(0).items()})


def _counts(pairs: Any, columns: Iterable[str], at: int, tied_n: Sequence[int]) -> dict[str, Any]:
    import ibis

    is_there, same = pairs.old_delivery_n.notnull(), ibis.literal(True)
    for name in set(columns) - {"delivery", "delivery_n"}:
        same &= pairs[name].identical_to(pairs[f"old_{name}"])
    differs, is_later = is_there & ~same, pairs.old_delivery_n > at
    return {
        "new": (~is_there).sum(),
        "same": (is_there & same).sum(),
        "changed": (differs & ~is_later).sum(),
        "older": (differs & is_later).sum(),
        "untold": (differs & pairs.old_delivery_n.isin(list(tied_n) or [-1])).sum(),
    }
