"""Files to the store: each is accepted (perhaps with rows in quarantine) or refused, one line a file."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.area import Area
from analysis.errors import CannotWrite, InputMissing, InputRefused, Place
from analysis.sources import Delivery, read_delivery
from analysis.store import Store

ENDINGS = (".csv", ".txt", ".xls", ".xlsx")


@dataclass(frozen=True)
class Result:
    """What became of one file."""

    file: str
    outcome: str
    table: str = ""
    read: int = 0
    accepted: int = 0
    quarantined: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    exit_code: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "file": self.file,
            "table": self.table,
            "outcome": self.outcome,
            "read": self.read,
            "accepted": self.accepted,
            "quarantined": list(self.quarantined),
            "reasons": list(self.reasons),
        }

    def line(self) -> str:
        """For people."""
        if self.outcome == "refused":
            return f"{self.file}: refused. {self.reasons[0]}"
        counts = f"{self.accepted} of {self.read} rows accepted"
        why = f" (kept out: {'; '.join(self.reasons)})" if self.quarantined else ""
        return f"{self.file}: {self.table}, {counts}{why}"


def load(
    paths: Iterable[Path], area: Area, home: Path, *, source: str | None, dry_run: bool = False
) -> list[Result]:
    """Read exports into the store and keep a copy of each in ``data/raw/<area>``.

    Parameters
    ----------
    paths : iterable of Path
        Files, folders of files, or .tar.gz archives of files.
    area : Area
        Whose exports they are.
    home : Path
        The home folder.
    source : str, optional
        The source system; without it the headers decide.
    dry_run : bool
        Only say what would happen.

    Returns
    -------
    list of Result
        One a file.

    Raises
    ------
    InputMissing
        If a path does not exist.
    """
    with _files(paths) as files:
        return [_load(f, area, home, source, dry_run=dry_run) for f in files]


def load_new(area: Area, home: Path) -> list[Result]:
    """Load what lies in ``data/raw/<area>`` and has not been loaded before.

    Parameters
    ----------
    area : Area
        Whose exports they are.
    home : Path
        The home folder.

    Returns
    -------
    list of Result
        One a new file.
    """
    import hashlib

    store = Store(home, area.id)
    folder = home / "data" / "raw" / area.id
    known = [f for f in _inside(folder) if f.is_file()] if folder.is_dir() else []
    new = [f for f in known if not store.has(hashlib.blake2b(f.read_bytes(), digest_size=16).hexdigest())]
    return load(new, area, home, source=None) if new else []


def _load(path: Path, area: Area, home: Path, source: str | None, *, dry_run: bool) -> Result:
    try:
        delivery = read_delivery(path, area, source)
    except InputMissing:
        raise
    except InputRefused as error:
        return Result(path.name, "refused", reasons=(str(error),), exit_code=error.exit_code)
    if not dry_run:
        _keep_copy(path, delivery, home / "data" / "raw" / area.id)
        Store(home, area.id).add(delivery)
    return result_of(delivery)


def result_of(delivery: Delivery) -> Result:
    """What to say of a delivery that was accepted.

    Parameters
    ----------
    delivery : Delivery
        The delivery.

    Returns
    -------
    Result
        Counts, and the reasons with how often and where first.
    """
    bad = tuple(delivery.quarantined)
    first = {r.reason: r for r in reversed(delivery.rejects)}
    often = Counter(r.reason for r in delivery.rejects)
    reasons = tuple(
        f"{reason} × {n}, first in line {first[reason].line}"
        + (f", column “{first[reason].column}”" if first[reason].column else "")
        for reason, n in sorted(often.items())
    )
    outcome = "quarantined" if bad else "accepted"
    return Result(
        delivery.file, outcome, delivery.table, delivery.read, delivery.read - len(bad), bad, reasons
    )


def _keep_copy(path: Path, delivery: Delivery, folder: Path) -> None:
    if path.parent.resolve() == folder.resolve():
        return
    target = folder / f"{delivery.digest[:8]}-{path.name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copyfile(path, beside)
        beside.replace(target)
    except OSError as error:
        what = f"the copy cannot be written ({error.strerror})"
        raise CannotWrite(what, "Free some space or mend the rights", Place(str(folder))) from None


@contextmanager
def _files(paths: Iterable[Path]) -> Iterator[list[Path]]:
    with tempfile.TemporaryDirectory(prefix="an-") as scratch:
        found: list[Path] = []
        for number, path in enumerate(paths):
            if path.is_dir():
                found += _inside(path)
            elif path.name.endswith((".tar.gz", ".tgz")):
                found += _inside(_unpacked(path, Path(scratch) / str(number)))
            elif path.is_file():
                found.append(path)
            else:
                raise InputMissing("there is no such file", "Check the path", Place(str(path)))
        yield found


def _inside(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and not p.name.startswith("."))


def _unpacked(archive: Path, folder: Path) -> Path:
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError):
        what = "the archive cannot be unpacked"
        raise InputRefused(what, "Ask the sender for it again", Place(archive.name)) from None
    return folder
