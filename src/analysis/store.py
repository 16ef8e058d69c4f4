"""Accepted rows as Parquet: one folder a delivery, the latest version of each key, nothing overwritten.

``<home>/data/store/<area>/<digest>/`` holds ``rows.parquet``, ``quarantine.csv`` and ``delivery.json``.
A delivery is written beside and renamed, so that it is there whole or not at all. A file that was
loaded before (same digest) changes nothing. Absence from a later delivery is not deletion.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import CannotWrite, Place, SettingsError
from analysis.tables import table as table_named

if TYPE_CHECKING:
    from analysis.sources import Delivery


@dataclass(frozen=True)
class Record:
    """What is known of a delivery; no value of any row."""

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
        records = [Record(**json.loads(f.read_text(encoding="utf-8"))) for f in files]
        return sorted(records, key=lambda r: (r.table, r.issued, r.digest))

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
        """Keep a delivery.

        Parameters
        ----------
        delivery : Delivery
            Accepted rows and rejects of one file.
        invented : bool
            Whether the rows are invented.

        Returns
        -------
        Record
            What is known of it; the one already there if the file was loaded before.

        Raises
        ------
        CannotWrite
            If the disk is full or the folder may not be written.
        SettingsError
            If real and invented deliveries would be mixed.
        """
        if any(r.invented != invented for r in self.records()):
            what = "real and invented deliveries must not be mixed"
            raise SettingsError(what, "Give another folder with --home", Place(str(self.folder)))
        target = self.folder / delivery.digest
        record = _record(delivery, invented)
        if self.has(delivery.digest):
            return Record(**json.loads((target / "delivery.json").read_text(encoding="utf-8")))
        beside = self.folder / f".{delivery.digest}.{os.getpid()}"
        try:
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir(parents=True)
            delivery.frame.to_parquet(beside / "rows.parquet", index=False)
            _write_quarantine(delivery, beside / "quarantine.csv")
            text = json.dumps(asdict(record), indent=1, sort_keys=True, ensure_ascii=False)
            (beside / "delivery.json").write_text(text + "\n", encoding="utf-8")
            shutil.rmtree(target, ignore_errors=True)
            beside.rename(target)
        except OSError as error:
            shutil.rmtree(beside, ignore_errors=True)
            what = f"the delivery cannot be written ({error.strerror})"
            raise CannotWrite(what, "Free some space or mend the rights", Place(str(self.folder))) from None
        return record

    def rows(self, table: str) -> list[tuple[Record, Path]]:
        """The Parquet files of a table, oldest delivery first."""
        return [(r, self.folder / r.digest / "rows.parquet") for r in self.records() if r.table == table]


def _record(delivery: Delivery, invented: bool) -> Record:
    table = table_named(delivery.table)
    months = delivery.frame[table.covered].dt.strftime("%Y-%m")
    issued = delivery.frame[table.issued].max()
    quarantined = len(delivery.quarantined)
    return Record(
        file=delivery.file,
        digest=delivery.digest,
        source=delivery.source,
        table=delivery.table,
        read=delivery.read,
        accepted=delivery.read - quarantined,
        quarantined=quarantined,
        first_month=str(months.min()),
        last_month=str(months.max()),
        issued=f"{issued:%Y-%m-%d}",
        invented=invented,
    )


def _write_quarantine(delivery: Delivery, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["row", "line", "column", "reason"])
        writer.writerows([r.row, r.line, r.column, r.reason] for r in delivery.rejects)
