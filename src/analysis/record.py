"""The record of a delivery: what is known of it, no value of any row; kept as ``delivery.json``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import Place, SettingsError
from analysis.tables import table as table_named
from analysis.zones import FILE as PRIVATE

if TYPE_CHECKING:
    from analysis.sources import Delivery
    from analysis.sources.statement import Statement

FILE = "delivery.json"
GONE = "purged.json"
STATED = (
    "sender", "extracted", "issued", "stated_first", "stated_last", "units", "decision", "retain_until",
    "corrects",
)  # fmt: skip
REMAINS = ("digest", "source", "table", "issued", "extracted", "corrects", "invented")


@dataclass(frozen=True)
class Record:
    """What is known of a delivery; no value of any row.

    Days are written YYYY-MM-DD, months YYYY-MM, and "" where nothing is stated or known: `first_month`
    and `last_month` are the span of the rows, `stated_first` and `stated_last` (inclusive) and `units`
    what the sender says (() is every unit), `issued` the day of extraction, else the last day that the
    rows know of. `warned` counts the accepted rows with a warning, `key_id` names the pseudonym key,
    `corrects` is the digest of the delivery whose rows it corrects, and `reading` the digest of what the
    file was read by (`analysis.sources.basis`).
    """

    file: str
    digest: str
    source: str
    table: str
    read: int
    accepted: int
    quarantined: int
    first_month: str
    last_month: str
    issued: str
    invented: bool
    sender: str = ""
    extracted: str = ""
    stated_first: str = ""
    stated_last: str = ""
    units: tuple[str, ...] = ()
    warned: int = 0
    decision: str = ""
    retain_until: str = ""
    key_id: str = ""
    corrects: str = ""
    reading: str = ""


@dataclass(frozen=True)
class Gone:
    """Deliveries that were purged: no more of each than the order of the others rests on.

    Parameters
    ----------
    records : tuple of Record
        Without file name, counts, months and what the sender stated.
    unfinished : bool
        Whether some of their files may still be there.
    """

    records: tuple[Record, ...] = ()
    unfinished: bool = False

    @property
    def digests(self) -> frozenset[str]:
        """Of the deliveries."""
        return frozenset(r.digest for r in self.records)

    def without(self, digest: str) -> Gone:
        """As if a delivery, which has been loaded again, had never gone."""
        return replace(self, records=tuple(r for r in self.records if r.digest != digest))


def read_gone(folder: Path) -> Gone:
    """Which deliveries of a store were purged.

    Parameters
    ----------
    folder : Path
        The store's.

    Returns
    -------
    Gone
        None of them when nothing was purged.

    Raises
    ------
    SettingsError
        If the file is damaged.
    """
    path = folder / GONE
    if not path.is_file():
        return Gone()
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        return Gone(tuple(_remains(**row) for row in given["deliveries"]), given["unfinished"])
    except (ValueError, TypeError, KeyError):
        what = "the list of purged deliveries cannot be read"
        raise SettingsError(what, "Restore the file from a copy", Place(str(path))) from None


def write_gone(gone: Gone, folder: Path) -> None:
    """Write down what was purged, whole or not at all; from then on the store has it no more."""
    rows = [{name: getattr(r, name) for name in REMAINS} for r in gone.records]
    _write({"deliveries": rows, "unfinished": gone.unfinished}, folder / GONE)


def _remains(digest: str, **given: Any) -> Record:
    """The record of a delivery that is gone."""
    nothing = Record("", digest, "", "", 0, 0, 0, "", "", "", invented=False)
    return replace(nothing, **{name: given[name] for name in REMAINS if name != "digest"})


def read_record(path: Path) -> Record:
    """Read a record; keys that an older program did not write are empty.

    Parameters
    ----------
    path : Path
        A ``delivery.json``.

    Returns
    -------
    Record
        Its content.

    Raises
    ------
    SettingsError
        If the file is damaged.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        known = {f.name: given[f.name] for f in fields(Record) if f.name in given}
        return Record(**known | {"units": tuple(given.get("units", ()))})
    except (ValueError, TypeError):
        what = "the record of a delivery cannot be read"
        raise SettingsError(what, "Delete its folder and load the file again", Place(str(path))) from None


def write_record(record: Record, folder: Path) -> None:
    """Write a record into a delivery's folder, whole or not at all."""
    _write(asdict(record), folder / FILE)


def _write(content: Mapping[str, Any], path: Path) -> None:
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.touch(mode=PRIVATE)
    beside.write_text(text + "\n", encoding="utf-8")
    flush(beside)
    beside.replace(path)


def record_of(delivery: Delivery, *, invented: bool, reading: str = "") -> Record:
    """The record of a delivery that is staged.

    Parameters
    ----------
    delivery : Delivery
        Its rows lie in its folder.
    invented : bool
        Whether they are invented.
    reading : str
        Digest of what the file was read by.

    Returns
    -------
    Record
        Counts and days of the rows, and what the sender states.
    """
    table = table_named(delivery.table)
    rows = delivery.folder / "rows.parquet"
    first, last = _span(rows, table.covered)
    warned = delivery.warnings.loc[delivery.warnings.row > 0, "row"].nunique()
    record = Record(
        file=delivery.file,
        digest=delivery.digest,
        source=delivery.source,
        table=delivery.table,
        read=delivery.read,
        accepted=delivery.accepted,
        quarantined=delivery.read - delivery.accepted,
        first_month=first[:7],
        last_month=last[:7],
        issued=_span(rows, table.issued)[1],
        invented=invented,
        warned=int(warned),
        key_id=delivery.key_id,
        reading=reading,
    )
    return replace(record, **stated(delivery.statement))


def stated(statement: Statement) -> Mapping[str, Any]:
    """The fields of a record that the sender states.

    Parameters
    ----------
    statement : Statement
        What the sender says.

    Returns
    -------
    mapping of str to value
        Nothing for what is not stated; a stated day of extraction is the day of issue, too.
    """
    days = {
        "extracted": statement.extracted,
        "issued": statement.extracted,
        "stated_first": statement.first_day,
        "stated_last": statement.last_day,
        "retain_until": statement.retain_until,
    }
    other = {name: getattr(statement, name) for name in ("sender", "units", "decision", "corrects")}
    return {k: day.isoformat() for k, day in days.items() if day} | {k: v for k, v in other.items() if v}


def statement_of(record: Record) -> Statement:
    """What the sender has stated of a delivery, as far as it is recorded.

    Parameters
    ----------
    record : Record
        Of the delivery.

    Returns
    -------
    Statement
        Without the number of rows and the SHA-256 digest, which are checked and not kept.
    """
    from analysis.sources.statement import Statement

    def day(text: str) -> date | None:
        return date.fromisoformat(text) if text else None

    return Statement(
        sender=record.sender,
        first_day=day(record.stated_first),
        last_day=day(record.stated_last),
        extracted=day(record.extracted),
        units=record.units,
        decision=record.decision,
        retain_until=day(record.retain_until),
        corrects=record.corrects,
    )


def restated(record: Record, other: Record) -> Record:
    """A record with what the sender states according to another record of the same file."""
    return replace(record, **{name: getattr(other, name) for name in STATED})


def _span(rows: Path, column: str) -> tuple[str, str]:
    """First and last day of a column, read in pieces; ("", "") when it has none."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file = pq.ParquetFile(rows)
    if column not in file.schema_arrow.names:
        return "", ""
    ends: list[Any] = []
    for batch in file.iter_batches(columns=[column]):
        found = pc.min_max(batch.column(0)).as_py()
        ends += [day for day in found.values() if day is not None]
    return (min(ends).isoformat()[:10], max(ends).isoformat()[:10]) if ends else ("", "")


def flush(path: Path) -> None:
    """Bring a file or folder to the disk, so that a rename is never there before the content."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
