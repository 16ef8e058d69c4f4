"""Files to the store: each is accepted, warned of, partly quarantined or refused; one answer a file."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.area import Area
from analysis.errors import AnalysisError, CannotWrite, InputMissing, InputRefused, Place, SettingsError
from analysis.sources import Delivery, Reading
from analysis.sources.intake import FREE_BYTES, MOST_BYTES, MOST_RATIO, digest_of
from analysis.sources.statement import merged, read_statement, statement_file, with_unit_ids
from analysis.store import Record, Store

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".csv", ".txt", ".tsv", ".gz", ".tgz", ".xls", ".xlsx", ".xlsm")
ARCHIVES = (".tar.gz", ".tgz")


@dataclass(frozen=True)
class Result:
    """What became of one file."""

    file: str
    outcome: str
    table: str = ""
    source: str = ""
    read: int = 0
    accepted: int = 0
    quarantined: tuple[int, ...] = ()
    warned: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    correct: str = ""
    exit_code: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "file": self.file,
            "table": self.table,
            "source": self.source,
            "outcome": self.outcome,
            "read": self.read,
            "accepted": self.accepted,
            "quarantined": list(self.quarantined),
            "warned": list(self.warned),
            "reasons": list(self.reasons),
            "correct": self.correct,
        }

    def lines(self) -> list[str]:
        """For people."""
        if self.outcome == "refused":
            return [f"{self.file}: refused. {self.reasons[0]}"]
        lines = [f"{self.file}: {self.table} ({self.source}), {self.accepted} of {self.read} rows accepted"]
        lines += [f"  {reason}" for reason in self.reasons]
        if self.correct:
            lines.append(f"  The rows kept out, for the sender to correct: {self.correct}")
        return lines


def load(
    paths: Iterable[Path], area: Area, home: Path, reading: Reading | None = None, *, dry_run: bool = False
) -> Iterator[Result]:
    """Read exports into the store and keep a copy of each in ``data/raw/<area>``.

    Parameters
    ----------
    paths : iterable of Path
        Files, folders of files, or .tar.gz archives of files.
    area : Area
        Whose exports they are.
    home : Path
        The home folder.
    reading : Reading, optional
        Source system, what the sender said, key for pseudonyms; without it the headers decide.
    dry_run : bool
        Only say what would happen.

    Yields
    ------
    Result
        One a file, as soon as it is known; a file that cannot be read does not keep the others out.

    Raises
    ------
    InputMissing
        If a path does not exist, or a folder holds no export; nothing is loaded then.
    """
    reading = reading or Reading()
    with _files(paths) as files:
        for file in files:
            yield file if isinstance(file, Result) else _load(file, area, home, reading, dry_run=dry_run)


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
    store, folder = Store(home, area.id), raw_folder(home, area)
    return list(load([f for f in _inside(folder) if _is_new(f, store)], area, home))


def raw_folder(home: Path, area: Area) -> Path:
    """Where the exports of an area lie as they came."""
    return home / "data" / "raw" / area.id


def _is_new(file: Path, store: Store) -> bool:
    try:
        return not store.has(digest_of(file))
    except OSError:  # loading it says what is the matter
        return True


def add_invented(path: Path, area: Area, home: Path, today: date) -> Record:
    """Read one invented export straight into the store, without a copy of it in ``data/raw``.

    Parameters
    ----------
    path : Path
        The export.
    area : Area
        Whose export it is.
    home : Path
        The home folder.
    today : date
        The invented day on which it was taken out.

    Returns
    -------
    Record
        What the store knows of it.

    Raises
    ------
    InputRefused
        If the file is refused.
    """
    import pandas as pd

    from analysis.sources.delivery import read_delivery

    store = Store(home, area.id)
    with _staging(store.folder) as folder:
        reading = _with_statement(path, area, Reading(today=pd.Timestamp(today)))
        delivery = read_delivery(path, area, folder, reading)
        _without_copies(folder)
        return store.add(delivery, invented=True)


def _load(path: Path, area: Area, home: Path, reading: Reading, *, dry_run: bool) -> Result:
    from analysis.sources.delivery import read_delivery

    store = Store(home, area.id)
    with _staging(None if dry_run else store.folder) as folder:
        try:
            reading = _with_statement(path, area, reading)
            delivery = read_delivery(path, area, folder, reading)
        except (InputRefused, InputMissing) as error:
            return _refused(path.name, error)
        store.refuse_mixture(delivery)
        if dry_run:
            return result_of(delivery)
        if not delivery.key_id:
            _keep_original(path, delivery, raw_folder(home, area))
        _without_copies(folder)
        record = store.add(delivery)
        return result_of(delivery, store.folder / record.digest)


def _with_statement(path: Path, area: Area, reading: Reading) -> Reading:
    """With what stands beside the file; a bad statement refuses the file that it is about, and no other."""
    from analysis.sources.guard import refuse_named

    refuse_named(path.name, (), 0)
    try:
        said = merged(read_statement(path), reading.statement)
        said = with_unit_ids(said, area, Place(statement_file(path).name))
    except SettingsError as error:
        raise InputRefused(error.what, error.remedy, error.where, reason="config") from None
    return replace(reading, statement=said)


def _without_copies(folder: Path) -> None:
    for name in ("original", "expanded"):
        (folder / name).unlink(missing_ok=True)


def _refused(name: str, error: AnalysisError) -> Result:
    """The reason in one word, then what, where and the remedy; a name that may not be shown is not."""
    shown = error.where.file if error.where and error.where.file.startswith("(") else name
    reason = getattr(error, "reason", "")
    said = f"{reason}: {error}" if reason else str(error)
    return Result(shown, "refused", reasons=(said,), exit_code=error.exit_code)


def result_of(delivery: Delivery, folder: Path | None = None) -> Result:
    """What to say of a delivery that was accepted.

    Parameters
    ----------
    delivery : Delivery
        The delivery.
    folder : Path, optional
        Where it lies in the store.

    Returns
    -------
    Result
        Counts, and the reasons with how often and where first.
    """
    bad = tuple(delivery.quarantined)
    warned = tuple(sorted({row for row in delivery.warnings["row"].tolist() if row}))
    correct = folder / "correct.csv" if folder else None
    outcome = "quarantined" if bad else "warned" if len(delivery.warnings) else "accepted"
    return Result(
        file=delivery.file,
        outcome=outcome,
        table=delivery.table,
        source=delivery.source,
        read=delivery.read,
        accepted=delivery.accepted,
        quarantined=bad,
        warned=warned,
        reasons=(*_said(delivery.rejects, "kept out"), *_said(delivery.warnings, "accepted")),
        correct=str(correct) if correct and correct.is_file() else "",
    )


def _said(found: pd.DataFrame, fate: str) -> Iterator[str]:
    for reason, rows in found.groupby("reason", sort=True):
        first = rows.sort_values("line").iloc[0]
        where = f", first in line {first.line}" if first.line else ""
        column = f", column “{first.column}”" if first.column else ""
        yield f"{reason} × {len(rows)} ({fate}){where}{column}"


def _keep_original(path: Path, delivery: Delivery, folder: Path) -> None:
    """The copy that was read goes to ``data/raw``, which may be another disk; it appears there whole."""
    if path.resolve().is_relative_to(folder.resolve()):
        return
    target = folder / f"{delivery.digest[:8]}-{path.name}"
    beside = folder / f".{target.name}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(delivery.folder / "original", beside)
        beside.chmod(0o600)
        beside.replace(target)
        if statement_file(path).is_file():
            shutil.copyfile(statement_file(path), statement_file(target))
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        what = f"the copy cannot be written ({error.strerror})"
        raise CannotWrite(what, "Free some space or mend the rights", Place(str(folder))) from None


@contextmanager
def _staging(store: Path | None) -> Iterator[Path]:
    """A folder of one's own on the store's file system; whatever is left of it at the end goes."""
    if store is None:
        with tempfile.TemporaryDirectory(prefix="an-") as scratch:
            yield Path(scratch)
        return
    folder = store / f".incoming.{os.getpid()}"
    try:
        store.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        what = f"the store cannot be written ({error.strerror})"
        raise CannotWrite(what, "Free some space or mend the rights", Place(str(store))) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _files(paths: Iterable[Path]) -> Iterator[list[Path | Result]]:
    with tempfile.TemporaryDirectory(prefix="an-") as scratch:
        found: list[Path | Result] = []
        for path in _given(paths):
            is_archive = path.name.lower().endswith(ARCHIVES) and path.is_file()
            found += _unpacked(path, Path(scratch) / str(len(found))) if is_archive else [path]
        yield found


def _given(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those in the folders named."""
    for path in paths:
        inside = _inside(path) if path.is_dir() else [path]
        if not inside:
            raise InputMissing(
                f"there is no export ({', '.join(ENDINGS)})", "Check the path", Place(str(path))
            )
        if not path.exists():
            raise InputMissing("there is no such file", "Check the path", Place(str(path)))
        yield from inside


def _inside(folder: Path) -> list[Path]:
    found = (p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and not p.name.startswith("."))
    return sorted(p for p in found if p.is_file())


def _unpacked(archive: Path, folder: Path) -> list[Path] | list[Result]:
    """The exports in an archive; what became of it when it cannot be unpacked."""
    most = max(FREE_BYTES, min(MOST_BYTES, MOST_RATIO * archive.stat().st_size))
    what, remedy = "the archive cannot be unpacked", "Ask the sender for it again"
    try:
        with tarfile.open(archive) as tar:
            if sum(member.size for member in tar) > most:
                what, remedy = (
                    f"the archive expands to more than {most >> 20} MB",
                    "Deliver the files themselves",
                )
                return [_refused_archive(archive, what, remedy, "bomb")]
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        return [_refused_archive(archive, what, remedy, "truncated")]
    what = f"the archive holds no export ({', '.join(ENDINGS)})"
    return _inside(folder) or [_refused_archive(archive, what, remedy, "empty")]


def _refused_archive(archive: Path, what: str, remedy: str, reason: str) -> Result:
    return _refused(archive.name, InputRefused(what, remedy, Place(archive.name), reason=reason))
