"""Files to the store: each is accepted, warned of, partly quarantined or refused; one answer a file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from analysis.area import Area
from analysis.errors import (
    AnalysisError,
    CannotWrite,
    InputMissing,
    InputRefused,
    Place,
    SettingsError,
    bug_report,
)
from analysis.inputs import (
    HIDDEN,
    copy_statement,
    exports,
    inside_of,
    named_safely,
    remove_copies,
    safe_name,
    shown_path,
)
from analysis.leftovers import remove_leftovers
from analysis.record import stated, statement_of
from analysis.registration import register
from analysis.result import UNKNOWN_ORDER, Result, counted, refused, result_of
from analysis.sources import Delivery, Reading
from analysis.sources.basis import Basis
from analysis.sources.intake import digest_of
from analysis.sources.statement import merged, read_statement, refuse_identity, statement_file, with_unit_ids
from analysis.store import Record, Store
from analysis.zones import Zones


def load(
    paths: Iterable[Path], area: Area, home: Path, reading: Reading | None = None, *, dry_run: bool = False
) -> Iterator[Result]:
    """Read exports into the store and keep a copy of each, as it came, in the protected zone.

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
    SettingsError
        If the data would lie in a Git working tree.
    """
    reading, place = reading or Reading(), _Place(area, home, Basis(area))
    place.store.zones.refuse_git()
    if not dry_run:
        register(area, home)
    with _staging(place.store, "archives") as root, exports(paths, root) as files:
        for file in files:
            if isinstance(file, InputRefused):
                yield refused(file.where.file if file.where else "", file)
            else:
                yield _load(file, place, reading, dry_run=dry_run)


def load_new(area: Area, home: Path) -> list[Result]:
    """Load what lies among the exports and has not been loaded, or is to be read otherwise by now.

    Parameters
    ----------
    area : Area
        Whose exports they are.
    home : Path
        The home folder.

    Returns
    -------
    list of Result
        One a file that was read.
    """
    store, basis = Store(home, area.id), Basis(area)
    results: list[Result] = []
    for file in inside_of(raw_folder(home, area)):
        reading = _reading_of(file, store, basis)
        if reading is not None:
            results += load([file], area, home, reading)
    return results


def _reading_of(file: Path, store: Store, basis: Basis) -> Reading | None:
    """How to read a file; None if it was loaded before, and is to be read as it was then."""
    try:
        old = store.record(digest_of(file))
    except OSError:  # loading it says what is the matter
        old = None
    if old is None:
        return Reading()
    if old.key_id or old.reading == basis.digest(old.source, old.table, "", old.extracted):
        return None
    return Reading(source=old.source if basis.knows(old.source) else "", statement=statement_of(old))


def raw_folder(home: Path, area: Area) -> Path:
    """Where the exports of an area lie as they came."""
    return Zones(home, area.id).raw


def add_invented(path: Path, area: Area, home: Path, today: date) -> Record:
    """Read one invented export straight into the store, without a copy of it; its texts are kept.

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

    place = _Place(area, home, Basis(area))
    with _staging(place.store) as root:
        reading = _with_statement(path, area, Reading(today=pd.Timestamp(today)))
        kept = replace(area, keeps_free_text=True)  # invented texts are nobody's
        delivery = read_delivery(path, kept, root / "delivery", reading)
        _without_copies(delivery.folder)
        return place.store.add(delivery, invented=True, reading=place.reading(delivery))


@dataclass(frozen=True)
class _Place:
    """An area, where its data lie, and what its files are read by."""

    area: Area
    home: Path
    basis: Basis

    @property
    def store(self) -> Store:
        return Store(self.home, self.area.id)

    @property
    def raw(self) -> Path:
        return raw_folder(self.home, self.area)

    def reading(self, delivery: Delivery) -> str:
        """The digest of what a delivery was read by."""
        extracted = delivery.statement.extracted
        if extracted is None and (old := self.store.record(delivery.digest)):
            day = "" if stated(delivery.statement) else old.extracted
        else:
            day = extracted.isoformat() if extracted else ""
        return self.basis.digest(delivery.source, delivery.table, delivery.key_id, day)


def _load(path: Path, place: _Place, reading: Reading, *, dry_run: bool) -> Result:
    try:
        with _staging(place.store) as root:
            return _read_and_keep(path, place, reading, root, dry_run=dry_run)
    except AnalysisError:
        raise
    except Exception:  # noqa: BLE001 - a bug that one file brings to light does not stop the others
        from analysis.sources.identifiers import holds_identity

        name = safe_name(path.name)
        where = bug_report(place.store.zones.protected)
        said = f"bug: this is a bug in the program; the whole text is in {where}"
        hidden = HIDDEN if holds_identity(name, stamps=True) else name
        return Result(hidden, "refused", reasons=(said,), exit_code=AnalysisError.exit_code)


def _read_and_keep(path: Path, place: _Place, reading: Reading, root: Path, *, dry_run: bool) -> Result:
    from analysis.sources.delivery import read_delivery

    store, name = place.store, safe_name(path.name)
    try:
        reading = _with_statement(path, place.area, reading)
        delivery = read_delivery(named_safely(path, root), place.area, root / "delivery", reading)
    except InputMissing as error:
        return refused(name, InputMissing(error.what, error.remedy, Place(shown_path(path))))
    except InputRefused as error:
        return refused(name, error)
    try:
        store.refuse_mixture(delivery)
    except SettingsError as error:
        return refused(name, error)
    read_by = place.reading(delivery)
    old, changes = store.record(delivery.digest), store.changes(delivery, reading=read_by)
    is_unchanged = old is not None and old.reading == read_by
    if not is_unchanged and changes.untold:
        delivery = _with_unknown_order(delivery)
    if not dry_run:
        _keep(path, delivery, place, root, read_by)
    folder = None if dry_run else store.folder / delivery.digest
    if is_unchanged:
        delivery = _as_it_was(delivery, store)
    said = result_of(delivery, folder, place.area)
    return replace(said, unchanged=is_unchanged, changes=changes, reasons=counted(said.reasons, changes))


def _with_unknown_order(delivery: Delivery) -> Delivery:
    """Said of the whole file: the store has other content of the same day, so that chance decides."""
    import pandas as pd

    from analysis.sources.corrections import write_findings

    row = {"row": [0], "line": [0], "column": [""], "reason": [UNKNOWN_ORDER]}
    more = pd.DataFrame(row).astype(delivery.warnings.dtypes.to_dict())
    warnings = pd.concat([delivery.warnings, more], ignore_index=True)
    write_findings(delivery.folder, delivery.rejects, warnings)
    return replace(delivery, warnings=warnings)


def _as_it_was(delivery: Delivery, store: Store) -> Delivery:
    """A delivery that changes nothing, with what was found when it was loaded."""
    old = store.record(delivery.digest)
    if old is None:
        return delivery
    rejects, warnings = (store.found(old, name) for name in ("quarantine.csv", "warnings.csv"))
    return replace(delivery, read=old.read, accepted=old.accepted, rejects=rejects, warnings=warnings)


def _with_statement(path: Path, area: Area, reading: Reading) -> Reading:
    """With what stands beside the file; a bad statement refuses the file that it is about, and no other."""
    from analysis.sources.guard import refuse_named

    refuse_named(safe_name(path.name), (), 0)
    try:
        said = merged(read_statement(path), reading.statement)
        refuse_identity(said, Place(safe_name(statement_file(path).name)))
        said = with_unit_ids(said, area, Place(safe_name(statement_file(path).name)))
    except SettingsError as error:
        raise InputRefused(error.what, error.remedy, error.where, reason="config") from None
    return replace(reading, statement=said)


def _without_copies(folder: Path) -> None:
    for name in ("original", "expanded"):
        (folder / name).unlink(missing_ok=True)


def _keep(path: Path, delivery: Delivery, place: _Place, root: Path, read_by: str) -> None:
    """To the store, and the copy that was read beside it: both, or neither."""
    original, store = root / "original", place.store
    (delivery.folder / "original").rename(original)
    _without_copies(delivery.folder)
    is_there = path.resolve().is_relative_to(place.raw.resolve())
    beside = None if delivery.key_id or is_there else _beside(original, store.zones)
    try:
        record = store.add(delivery, reading=read_by)
        if beside is not None:
            target = place.raw / f"{record.digest[:8]}-{record.file}"
            beside.replace(target)
            copy_statement(path, target)
        if record.key_id:
            remove_copies(place.raw, record.digest)
    except OSError as error:
        raise _cannot_copy(error, place.raw) from None
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)


def _beside(original: Path, zones: Zones) -> Path:
    """The copy in its folder, which may be on another disk, under a name that is not yet its own."""
    folder = zones.private(zones.raw)
    beside = folder / f".incoming-copy.{os.getpid()}"
    try:
        remove_leftovers(folder, "incoming-")
        shutil.move(original, beside)
        beside.chmod(0o600)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise _cannot_copy(error, folder) from None
    return beside


def _cannot_copy(error: OSError, folder: Path) -> CannotWrite:
    what = f"the copy cannot be written ({error.strerror})"
    return CannotWrite(what, "Free some space or mend the rights", Place(str(folder)))


@contextmanager
def _staging(store: Store, name: str = "incoming") -> Iterator[Path]:
    """A folder of one's own on the store's file system; whatever is left of it at the end goes."""
    folder = store.folder / f".{name}.{os.getpid()}"
    try:
        store.tidy()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        (folder / "delivery").mkdir(mode=0o700)
    except OSError as error:
        what = f"the store cannot be written ({error.strerror})"
        raise CannotWrite(what, "Free some space or mend the rights", Place(str(store.folder))) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
