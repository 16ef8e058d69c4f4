"""Accepted rows as Parquet: one folder a delivery, nothing overwritten, the latest version of each key.

``<digest>/`` in the store's folder (`analysis.zones`) holds the accepted rows (``rows.parquet``), their
places in the file (``places.parquet``), what was found (``quarantine.csv``, ``warnings.csv``),
``delivery.json`` and, if there are any, the rows for the sender to correct (``correct.csv`` with its
statement) and the free text that the area keeps (``free_text.parquet``). A delivery is staged beside and
renamed, so that it is there whole or not at all. A file that was loaded before (same digest) changes only
what its sender states: all of it, when anything is stated now. If what it is read by has changed, it takes
the place of what it was. Versions follow the day of issue, then the digest, never the order of loading; a
correction follows what it corrects. Absence from a later delivery is not deletion.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.declared import tables_of
from analysis.errors import CannotWrite, Place, SettingsError
from analysis.history import Changes, changed_rows, compare, lineages, merged, newest, ordered, tied
from analysis.leftovers import STAGING, is_alive, remove_leftovers
from analysis.record import (
    Gone,
    Record,
    flush,
    read_gone,
    read_record,
    record_of,
    restated,
    stated,
    statement_of,
    write_gone,
    write_record,
)
from analysis.tables import table as table_named
from analysis.zones import FILE, Zones, make_private

if TYPE_CHECKING:
    import pandas as pd

    from analysis.sources import Delivery

__all__ = ["Record", "Store"]

CORRECT = "correct.csv"
_FOUND = {
    "delivery": "str", "file": "str", "row": "int64", "line": "int64", "column": "str", "reason": "str"
}  # fmt: skip
_DIGEST = re.compile(r"[0-9a-f]{32}")


class Store:
    """The accepted deliveries of one area.

    Parameters
    ----------
    home : Path
        The home folder.
    area : str
        Name of the area.
    inputs : collection of str
        What may be opened, as the plan names it; () is all. Nothing can be added to a part of a store.
    """

    def __init__(self, home: Path, area: str, inputs: Collection[str] = ()) -> None:
        self.inputs = tuple(inputs)
        self.zones = Zones(home, area)
        self.folder = self.zones.store

    def records(self) -> list[Record]:
        """The deliveries, oldest first, whatever the order of loading; see `ordered`."""
        every = ordered(self._read(), self.gone().records)
        tables = tables_of(self.inputs)
        return [record for record in every if record.table in tables] if self.inputs else every

    def gone(self) -> Gone:
        """The deliveries that were purged."""
        return read_gone(self.folder)

    def has(self, digest: str) -> bool:
        """Whether a file with this digest has been loaded."""
        return (self.folder / digest / "delivery.json").is_file() and digest not in self.gone().digests

    def record(self, digest: str) -> Record | None:
        """What is known of the file with this digest; None if it has not been loaded."""
        return read_record(self.folder / digest / "delivery.json") if self.has(digest) else None

    def digest(self) -> str:
        """One digest of all deliveries: it changes when, and only when, a delivery comes or goes."""
        text = json.dumps([asdict(r) for r in self.records()], sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def issued(self) -> str:
        """The last date that any delivery knows of (YYYY-MM-DD), "" when there is none."""
        return max((r.issued for r in self.records()), default="")

    def invented(self) -> bool:
        """Whether any delivery was invented by `analysis demo`."""
        return any(r.invented for r in self.records())

    def add(self, delivery: Delivery, *, invented: bool = False, reading: str = "") -> Record:
        """Keep a delivery: its staging folder is moved into place, and is gone afterwards in any case.

        Parameters
        ----------
        delivery : Delivery
            Accepted rows and rejects of one file, staged on this file system.
        invented : bool
            Whether the rows are invented.
        reading : str
            Digest of what the file was read by.

        Returns
        -------
        Record
            What is known of it; if the file was loaded before and is read by the same, the one already
            there, with what the sender states now.

        Raises
        ------
        CannotWrite
            If the disk is full or the folder may not be written.
        SettingsError
            If real and invented deliveries, or different pseudonyms, would be mixed.
        """
        try:
            self.refuse_mixture(delivery, invented=invented)
            self.tidy()
            old, new = self.record(delivery.digest), record_of(delivery, invented=invented, reading=reading)
            if old is not None and not stated(delivery.statement):
                new = restated(new, old)
            if old is not None and old.reading == reading:
                return self._restate(old, restated(old, new))
            return self._move(delivery, new)
        except OSError as error:
            raise self._cannot_write(error) from None
        finally:
            shutil.rmtree(delivery.folder, ignore_errors=True)

    def changes(self, delivery: Delivery, *, reading: str = "") -> Changes:
        """What a delivery would do to the rows that are there.

        Parameters
        ----------
        delivery : Delivery
            A delivery that was read.
        reading : str
            Digest of what it was read by.

        Returns
        -------
        Changes
            Counts of its rows. If its file was loaded before, compared with what it was then, too.
        """
        own, old = record_of(delivery, invented=False), self.record(delivery.digest)
        if old is not None and old.reading == reading:
            return Changes(same=old.accepted)
        others = [r for r in self._read() if r.table == own.table and r.digest != own.digest]
        known, gone = [*others, own], self.gone().records
        rows = [(r, self.folder / r.digest / "rows.parquet") for r in ordered(known, gone)]
        at = next(n for n, (r, _) in enumerate(rows) if r.digest == own.digest)
        staged = (own, delivery.folder / "rows.parquet")
        rows[at : at + 1] = [rows[at], staged] if old is not None and old.table == own.table else [staged]
        if len(rows) == 1 or not own.accepted:
            return Changes(new=own.accepted)
        ties = set() if own.extracted else tied(own.digest, lineages([*gone, *known]))
        return compare(rows, rows.index(staged), table_named(own.table).key, ties)

    def refuse_mixture(self, delivery: Delivery, *, invented: bool = False) -> None:
        """Refuse what `add` would refuse, before anything is kept.

        Parameters
        ----------
        delivery : Delivery
            A delivery that was read.
        invented : bool
            Whether the rows are invented.

        Raises
        ------
        SettingsError
            If real rows would lie in a Git working tree; if real and invented deliveries, pseudonyms of two
            keys, or pseudonyms and the persons' own ids in one table would be mixed. A file of before may be
            loaded again with a key, so that a store can go over to pseudonyms.
        """
        if not invented:
            self.zones.refuse_git()
        others, place = [r for r in self._read() if r.digest != delivery.digest], Place(str(self.folder))
        if any(r.invented != invented for r in others):
            what = "real and invented deliveries must not be mixed"
            raise SettingsError(what, "Give another folder with --home", place)
        if delivery.key_id and any(r.key_id not in ("", delivery.key_id) for r in others):
            what = "pseudonyms made with two keys must not be mixed, since they name no person alike"
            raise SettingsError(what, "Use the key of the deliveries before", place)
        if not _has_persons(delivery.table):
            return
        what = "pseudonyms and the persons' own ids must not be mixed, since they name no person alike"
        before = [r for r in (self.record(delivery.digest), *others) if r and r.table == delivery.table]
        if not delivery.key_id and any(r.key_id for r in before):
            raise SettingsError(what, "Load this file with --pseudonymise, too", place)
        if delivery.key_id and not self.has(delivery.digest) and any(not r.key_id for r in before):
            remedy = "Load the files of before again with --pseudonymise first"
            raise SettingsError(what, remedy, place)

    def rows(self, table: str) -> list[tuple[Record, Path]]:
        """The Parquet files of a table, oldest delivery first."""
        return [(r, self.folder / r.digest / "rows.parquet") for r in self.records() if r.table == table]

    def latest(self, table: str, con: Any) -> Any:
        """The latest version of each row.

        Parameters
        ----------
        table : str
            A table that has been delivered.
        con : ibis backend
            Where to compute.

        Returns
        -------
        ibis table
            The table's columns and ``delivery``, the digest of the delivery that the row is from.
        """
        return newest(merged(self.rows(table), con), table_named(table).key).drop("delivery_n")

    def versions(self, table: str) -> pd.DataFrame:
        """The history of every row: a version each time that its content changed.

        A row that comes again with the same content adds no version; content that comes back after
        another one does (A, B, A are three versions).

        Parameters
        ----------
        table : str
            A table that has been delivered.

        Returns
        -------
        DataFrame
            The table's columns; ``delivery``, the digest of the delivery that brought the version;
            ``version_n`` from 1; ``issued`` and ``replaced``, the days of issue of that delivery and of
            the one with the next version ("" for the latest). Sorted by key and version.
        """
        import ibis

        key = list(table_named(table).key)
        con, records = ibis.duckdb.connect(threads=2), self.rows(table)
        try:
            found = changed_rows(merged(records, con), key).to_pandas()
        finally:
            con.disconnect()
        found = found.sort_values([*key, "delivery_n"], kind="stable", ignore_index=True)
        by_key = found.groupby(key, sort=False, dropna=False)
        issued = found.delivery.map({r.digest: r.issued for r, _ in records}).astype("str")
        following = issued.groupby([found[c] for c in key], sort=False, dropna=False).shift(-1).fillna("")
        version = by_key.cumcount() + 1
        return found.drop(columns="delivery_n").assign(version_n=version, issued=issued, replaced=following)

    def quarantine(self, table: str | None = None) -> pd.DataFrame:
        """The rows that were kept out, of one table or of all.

        Parameters
        ----------
        table : str, optional
            Only the deliveries of this table.

        Returns
        -------
        DataFrame
            ``delivery, file, row, line, column, reason``: one row a row and reason, no value of any cell.
        """
        return self._kept("quarantine.csv", table)

    def warnings(self, table: str | None = None) -> pd.DataFrame:
        """As `quarantine`, of rows that were accepted with a warning; row 0 is the whole file."""
        return self._kept("warnings.csv", table)

    def _kept(self, name: str, table: str | None) -> pd.DataFrame:
        import pandas as pd

        frames = [_nothing_found()]
        for r in self.records():
            if table in (None, r.table):
                frames.append(self.found(r, name).assign(delivery=r.digest, file=r.file)[list(_FOUND)])
        return pd.concat(frames, ignore_index=True).astype(_FOUND)

    def found(self, record: Record, name: str) -> pd.DataFrame:
        """What ``quarantine.csv`` or ``warnings.csv`` of one delivery holds."""
        import pandas as pd

        path, kinds = self.folder / record.digest / name, dict(list(_FOUND.items())[2:])
        if not path.is_file():
            return _nothing_found()[list(kinds)]
        return pd.read_csv(path, dtype=kinds, keep_default_na=False)

    def tidy(self) -> None:
        """Close the folder to others, and end what a process that is no more has left half done."""
        self.zones.private(self.folder)
        for path in self.folder.glob(".*"):  # a delivery that was about to be replaced
            found = STAGING.fullmatch(path.name)
            is_dead = found and _DIGEST.fullmatch(found[1]) and not is_alive(int(found[2]))
            if found and is_dead and not self.has(found[1]) and (path / "delivery.json").is_file():
                path.rename(self.folder / found[1])
        remove_leftovers(self.folder)

    def _read(self) -> list[Record]:
        files = sorted(f for f in self.folder.glob("*/delivery.json") if not f.parent.name.startswith("."))
        gone = self.gone().digests
        return [read_record(f) for f in files if f.parent.name not in gone]

    def _move(self, delivery: Delivery, record: Record) -> Record:
        target = self.folder / delivery.digest
        make_private(delivery.folder)
        write_record(record, delivery.folder)
        _say_what_it_corrects(record, delivery.folder)
        for path in sorted(delivery.folder.iterdir()):
            path.chmod(FILE)
            flush(path)
        flush(delivery.folder)
        aside = self.folder / f".{delivery.digest}.{os.getpid()}"
        if target.exists():
            target.rename(aside)
        try:
            delivery.folder.rename(target)
        except OSError:
            if aside.exists() and not target.exists():
                aside.rename(target)
                raise
            if not self.has(delivery.digest):  # else another process has just loaded the same file
                raise
        flush(self.folder)
        if delivery.digest in self.gone().digests:
            write_gone(self.gone().without(delivery.digest), self.folder)
        _keep_edited(aside, target)
        shutil.rmtree(aside, ignore_errors=True)
        return read_record(target / "delivery.json")

    def _restate(self, old: Record, new: Record) -> Record:
        if new != old:
            folder = self.folder / old.digest
            write_record(new, folder)
            _say_what_it_corrects(new, folder)
            flush(folder)
        return new

    def _cannot_write(self, error: OSError) -> CannotWrite:
        what = f"the delivery cannot be written ({error.strerror})"
        return CannotWrite(what, "Free some space or mend the rights", Place(str(self.folder)))


def _say_what_it_corrects(record: Record, folder: Path) -> None:
    """The statement on the rows to correct: what was said of the delivery that they are from."""
    from analysis.sources.statement import as_toml, statement_file

    if not (folder / CORRECT).is_file():
        return
    said = replace(statement_of(record), extracted=None, corrects=record.digest)
    statement_file(folder / CORRECT).write_text(as_toml(said), encoding="utf-8")


def _keep_edited(old: Path, new: Path) -> None:
    """Corrections that somebody has begun to write are not thrown away with the delivery."""
    begun, found = old / CORRECT, old / "quarantine.csv"
    if begun.is_file() and found.is_file() and begun.stat().st_mtime_ns > found.stat().st_mtime_ns:
        begun.rename(new / "correct.before.csv")


def _nothing_found() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns=list(_FOUND)).astype(_FOUND)


def _has_persons(table: str) -> bool:
    columns = table_named(table).model.to_schema().columns.values()
    return any((column.metadata or {}).get("role") == "person" for column in columns)
