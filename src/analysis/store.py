"""Accepted rows as Parquet: one folder a delivery, nothing overwritten, the latest version of each key.

``<home>/data/store/<area>/<digest>/`` holds ``rows.parquet``, ``quarantine.csv``, ``warnings.csv`` and
``delivery.json``. A delivery is staged beside and renamed, so that it is there whole or not at all. A
file that was loaded before (same digest) changes nothing but what its sender states. Versions follow the
day of issue, then the digest, never the order of loading. Absence from a later delivery is not deletion.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import CannotWrite, Place, SettingsError
from analysis.record import Record, flush, read_record, record_of, stated, write_record
from analysis.tables import table as table_named

if TYPE_CHECKING:
    import pandas as pd

    from analysis.sources import Delivery

__all__ = ["Record", "Store", "remove_leftovers"]

PRIVATE = 0o700
_STAGING = re.compile(r"\..+\.(\d+)")


class Store:
    """The accepted deliveries of one area.

    Parameters
    ----------
    home : Path
        The home folder.
    area : str
        Name of the area.
    """

    def __init__(self, home: Path, area: str) -> None:
        self.folder = home / "data" / "store" / area

    def records(self) -> list[Record]:
        """The deliveries, oldest first: by date of issue, then digest, whatever the order of loading."""
        files = sorted(f for f in self.folder.glob("*/delivery.json") if not f.parent.name.startswith("."))
        return sorted(map(read_record, files), key=lambda r: (r.table, r.issued, r.digest))

    def has(self, digest: str) -> bool:
        """Whether a file with this digest has been loaded."""
        return (self.folder / digest / "delivery.json").is_file()

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

    def add(self, delivery: Delivery, *, invented: bool = False) -> Record:
        """Keep a delivery: its staging folder is moved into place, and is gone afterwards in any case.

        Parameters
        ----------
        delivery : Delivery
            Accepted rows and rejects of one file, staged on this file system.
        invented : bool
            Whether the rows are invented.

        Returns
        -------
        Record
            What is known of it; if the file was loaded before, the one already there, with what the
            sender states now.

        Raises
        ------
        CannotWrite
            If the disk is full or the folder may not be written.
        SettingsError
            If real and invented deliveries, or pseudonyms of two keys, would be mixed.
        """
        try:
            self.refuse_mixture(delivery, invented=invented)
            self._make_private()
            remove_leftovers(self.folder)
            if self.has(delivery.digest):
                return self._restate(delivery)
            return self._move(delivery, record_of(delivery, invented=invented))
        except OSError as error:
            raise self._cannot_write(error) from None
        finally:
            shutil.rmtree(delivery.folder, ignore_errors=True)

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
            If real and invented deliveries, or pseudonyms of two keys, would be mixed.
        """
        others = [r for r in self.records() if r.digest != delivery.digest]
        if any(r.invented != invented for r in others):
            what = "real and invented deliveries must not be mixed"
            raise SettingsError(what, "Give another folder with --home", Place(str(self.folder)))
        if delivery.key_id and any(r.key_id not in ("", delivery.key_id) for r in others):
            what = "pseudonyms made with two keys must not be mixed, since they name no person alike"
            raise SettingsError(what, "Use the key of the deliveries before", Place(str(self.folder)))

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
        import ibis

        merged = _merged(self.rows(table), con)
        newest = ibis.window(group_by=list(table_named(table).key), order_by=ibis.desc("delivery_n"))
        numbered = merged.mutate(version=ibis.row_number().over(newest))
        return numbered.filter(numbered.version == 0).drop("delivery_n", "version")

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
            ``version`` from 1; ``issued`` and ``replaced``, the days of issue of that delivery and of
            the one with the next version ("" for the latest). Sorted by key and version.
        """
        import ibis

        key = list(table_named(table).key)
        records = self.rows(table)
        con = ibis.duckdb.connect(threads=2)
        try:
            found = _changes(_merged(records, con), key).to_pandas()
        finally:
            con.disconnect()
        found = found.sort_values([*key, "delivery_n"], kind="stable", ignore_index=True)
        by_key = found.groupby(key, sort=False, dropna=False)
        issued = found.delivery.map({r.digest: r.issued for r, _ in records}).astype("str")
        following = issued.groupby([found[c] for c in key], sort=False, dropna=False).shift(-1).fillna("")
        version = by_key.cumcount() + 1
        return found.drop(columns="delivery_n").assign(version=version, issued=issued, replaced=following)

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

        kinds = {"row": "int64", "line": "int64", "column": "str", "reason": "str"}
        nothing = {"delivery": "str", "file": "str"} | kinds
        frames = [pd.DataFrame(columns=list(nothing)).astype(nothing)]
        for r in self.records():
            path = self.folder / r.digest / name
            if table in (None, r.table) and path.is_file():
                found = pd.read_csv(path, dtype=kinds, keep_default_na=False)
                frames.append(found.assign(delivery=r.digest, file=r.file)[list(nothing)])
        return pd.concat(frames, ignore_index=True).astype(nothing)

    def _make_private(self) -> None:
        self.folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        _make_private(self.folder)

    def _move(self, delivery: Delivery, record: Record) -> Record:
        target = self.folder / delivery.digest
        _make_private(delivery.folder)
        write_record(record, delivery.folder)
        for path in (*sorted(delivery.folder.iterdir()), delivery.folder):
            flush(path)
        shutil.rmtree(target, ignore_errors=True)
        try:
            delivery.folder.rename(target)
        except OSError:
            if not self.has(delivery.digest):  # else another process has just loaded the same file
                raise
        flush(self.folder)
        return read_record(target / "delivery.json")

    def _restate(self, delivery: Delivery) -> Record:
        folder = self.folder / delivery.digest
        old = read_record(folder / "delivery.json")
        new = replace(old, **stated(delivery.statement))
        if new != old:
            write_record(new, folder)
            flush(folder)
        return new

    def _cannot_write(self, error: OSError) -> CannotWrite:
        what = f"the delivery cannot be written ({error.strerror})"
        return CannotWrite(what, "Free some space or mend the rights", Place(str(self.folder)))


def remove_leftovers(folder: Path) -> None:
    """Remove the staging folders (``.<name>.<process>``) of processes that are no more."""
    for path in folder.glob(".*"):
        found = _STAGING.fullmatch(path.name)
        if found and path.is_dir() and not _is_alive(int(found[1])):
            shutil.rmtree(path, ignore_errors=True)


def _is_alive(process: int) -> bool:
    if os.name == "nt":  # there, signal 0 is not a question
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _make_private(folder: Path) -> None:
    if folder.stat().st_mode & 0o777 != PRIVATE:
        folder.chmod(PRIVATE)


def _merged(rows: list[tuple[Record, Path]], con: Any) -> Any:
    """All deliveries of a table, one below the other; a column that an older one lacks is empty there."""
    import ibis

    parts = [con.read_parquet(str(path)) for _, path in rows]
    kinds: dict[str, Any] = {}
    for part in parts:
        kinds |= {
            name: kind
            for name, kind in part.schema().items()
            if kinds.get(name) in (None, ibis.dtype("null"))
        }
    aligned = [
        part.select(
            *[
                (part[c] if c in part.columns else ibis.null()).cast(kind).name(c)
                for c, kind in kinds.items()
            ],
            delivery=ibis.literal(record.digest),
            delivery_n=ibis.literal(n),
        )
        for n, ((record, _), part) in enumerate(zip(rows, parts, strict=True))
    ]
    return ibis.union(*aligned) if len(aligned) > 1 else aligned[0]


def _changes(merged: Any, key: list[str]) -> Any:
    """The rows that differ from the version before, or have none."""
    import ibis

    before = ibis.window(group_by=key, order_by="delivery_n")
    content = [c for c in merged.columns if c not in (*key, "delivery", "delivery_n")]
    same = ibis.literal(True)
    for column in content:
        same &= merged[column].identical_to(merged[column].lag().over(before))
    is_first = ibis.row_number().over(before) == 0
    found = merged.mutate(is_change=is_first | ~same)
    return found.filter(found.is_change).drop("is_change")
