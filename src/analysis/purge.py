"""Deliveries that may not be kept any longer go, with everything that was made from them.

``--before DATE`` means the deliveries whose newest row is older than that day, by the month that the
record knows; ``--expired`` those whose sender has stated a last day of keeping that has passed. A
delivery stays when its rows replace other content of a delivery that stays: without it, what was
corrected would come back. What was purged is written down first, in one step, so that the store has it no
more at once; a purge that is killed is finished by the next command that writes. Published sets are left
alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from analysis.errors import CannotWrite, InputRefused, Place, SettingsError
from analysis.history import merged, newest
from analysis.inputs import ARCHIVES, exports, inside_of, remove_export
from analysis.record import Gone, Record, write_gone
from analysis.sources.intake import digest_of
from analysis.store import Store
from analysis.tables import table as table_named
from analysis.zones import Zones

HELD = 65
SNAPSHOTS = ".snapshots"
BUG = "bug.txt"


@dataclass(frozen=True)
class Which:
    """Which deliveries are meant; without a day, none by their age.

    Parameters
    ----------
    before : date, optional
        Those whose newest row is older.
    expired_on : date, optional
        Those that may not be kept on this day.
    """

    before: date | None = None
    expired_on: date | None = None

    def is_old(self, record: Record) -> bool:
        """Whether the newest row of a delivery is older than the day."""
        last = newest_day(record)
        return self.before is not None and last is not None and last < self.before

    def is_expired(self, record: Record) -> bool:
        """Whether the last day that a delivery may be kept has passed."""
        return is_expired(record, self.expired_on) if self.expired_on else False


@dataclass(frozen=True)
class Purged:
    """What a purge removed, or would remove: digests and counts.

    Parameters
    ----------
    deliveries : tuple of str
        Digests of those that go.
    rows : int
        How many rows they have, with those kept out.
    held : tuple of str
        Digests of those that stay because their rows correct a delivery that stays.
    overdue : tuple of str
        Of these, the ones that may not be kept any longer.
    undated : int
        Deliveries whose age is not known, since they have neither rows nor a statement.
    copies : tuple of Path
        The files among the exports that hold them.
    """

    deliveries: tuple[str, ...] = ()
    rows: int = 0
    held: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()
    undated: int = 0
    copies: tuple[Path, ...] = field(default=(), repr=False)

    @property
    def exit_code(self) -> int:
        """0, or 65 when something stays that may not be kept."""
        return HELD if self.overdue else 0

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "deliveries": list(self.deliveries),
            "rows": self.rows,
            "copies": len(self.copies),
            "held": list(self.held),
            "overdue": list(self.overdue),
            "undated": self.undated,
        }

    def lines(self, *, dry_run: bool) -> list[str]:
        """For people.

        Parameters
        ----------
        dry_run : bool
            Whether nothing was removed.

        Returns
        -------
        list of str
            Counts and digests.
        """
        verb = "would be removed" if dry_run else "removed"
        said = [f"{len(self.deliveries)} deliveries with {self.rows} rows {verb}"]
        said += [f"  {digest}" for digest in self.deliveries]
        if self.held:
            said.append(f"{len(self.held)} stay, since their rows correct deliveries that stay")
            late = "; may not be kept any longer: purge what it corrects, too"
            said += [f"  {digest}{late if digest in self.overdue else ''}" for digest in self.held]
        if self.undated:
            said.append(f"{self.undated} stay, since nothing tells how old they are")
        return said


def purge(store: Store, which: Which, *, dry_run: bool = False) -> Purged:
    """Remove deliveries, the copies of their files, and everything that was made from them.

    Parameters
    ----------
    store : Store
        The deliveries of an area.
    which : Which
        Those to remove.
    dry_run : bool
        Only say what would go.

    Returns
    -------
    Purged
        What went.

    Raises
    ------
    SettingsError
        If a file to remove lies in an archive together with files that stay.
    CannotWrite
        If something cannot be removed; the next purge goes on.
    """
    if not dry_run:
        finish(store)
    records = store.records()
    asked = {r.digest for r in records if which.is_old(r) or which.is_expired(r)}
    held = _held(store, asked)
    going = [r for r in records if r.digest in asked - held]
    done = Purged(
        tuple(sorted(r.digest for r in going)),
        sum(r.accepted + r.quarantined for r in going),
        tuple(sorted(held)),
        tuple(sorted(r.digest for r in records if r.digest in held and which.is_expired(r))),
        sum(newest_day(r) is None for r in records if r.digest not in asked) if which.before else 0,
        _copies(store, {r.digest for r in going}),
    )
    if going and not dry_run:
        _remove(store, going, done.copies)
    return done


def finish(store: Store) -> None:
    """Remove what a purge that did not come to its end has left.

    Parameters
    ----------
    store : Store
        The deliveries of an area.

    Raises
    ------
    CannotWrite
        If something cannot be removed.
    """
    gone = store.gone()
    if not gone.unfinished:
        return
    try:
        store.tidy()
        for folder in (*(store.folder / d for d in gone.digests), *_derived(store.zones)):
            if folder.is_dir():
                shutil.rmtree(folder)
            else:
                folder.unlink(missing_ok=True)
        write_gone(Gone(gone.records), store.folder)
    except OSError as error:
        raise _cannot_remove(error, store.folder) from None


def newest_day(record: Record) -> date | None:
    """The last day that a row of a delivery can be of.

    Parameters
    ----------
    record : Record
        Of the delivery.

    Returns
    -------
    date or None
        The end of the last month with an accepted row; else the last day that the sender states, or the
        day of issue. None when nothing is known.
    """
    if record.last_month:
        year, month = (int(part) for part in record.last_month.split("-"))
        return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    known = record.stated_last or record.issued
    return date.fromisoformat(known) if known else None


def is_expired(record: Record, day: date) -> bool:
    """Whether a delivery may not be kept on a day; the day that is stated is the last that it may be."""
    return bool(record.retain_until) and date.fromisoformat(record.retain_until) < day


def _held(store: Store, asked: set[str]) -> set[str]:
    """Those that stay, until none that goes has the last word on a row of one that stays."""
    held: set[str] = set()
    while more := _last_words(store, asked - held):
        held |= more
    return held


def _last_words(store: Store, going: set[str]) -> set[str]:
    """Of deliveries, those without which a row of another delivery would have other content."""
    records, found = store.records(), set()
    for name in {r.table for r in records if r.digest in going}:
        stays = [r.digest for r in records if r.table == name and r.digest not in going and r.accepted]
        if stays:
            found |= _changing(store, name, stays)
    return found & going


def _changing(store: Store, name: str, stays: list[str]) -> set[str]:
    """The deliveries whose version of a row counts, where those that stay have another version of it."""
    import ibis

    key = table_named(name).key
    con = ibis.duckdb.connect(threads=2)
    try:
        rows = merged(store.rows(name), con)
        now, then = newest(rows, key), newest(rows.filter(rows.delivery.isin(stays)), key)
        pairs = now.join(then, [now[k].identical_to(then[k]) for k in key], rname="then_{name}")
        same = ibis.literal(True)
        for column in set(rows.columns) - {*key, "delivery", "delivery_n"}:
            same &= pairs[column].identical_to(pairs[f"then_{column}"])
        return set(pairs.filter(~same).delivery.to_pandas())
    finally:
        con.disconnect()


def _copies(store: Store, going: set[str]) -> tuple[Path, ...]:
    """The files among the exports that hold these deliveries."""
    if not going:
        return ()
    found = []
    for path in inside_of(store.zones.raw):
        is_archive = path.name.lower().endswith(ARCHIVES)
        digests = _inside(path, store.zones) if is_archive else {digest_of(path)}
        if not digests & going:
            continue
        if not digests <= going:
            what = "an archive holds files to remove together with files that stay"
            raise SettingsError(what, "Unpack it in its place, and purge again", Place(str(path.parent)))
        found.append(path)
    return tuple(found)


def _inside(archive: Path, zones: Zones) -> set[str]:
    with exports([archive], zones.private(zones.store)) as files:
        return {"" if isinstance(f, InputRefused) else digest_of(f) for f in files}


def _remove(store: Store, going: Iterable[Record], copies: Iterable[Path]) -> None:
    try:
        for path in copies:
            remove_export(path)
        write_gone(Gone((*store.gone().records, *going), unfinished=True), store.folder)
    except OSError as error:
        raise _cannot_remove(error, store.folder) from None
    finish(store)


def _derived(zones: Zones) -> tuple[Path, ...]:
    """What is made from all deliveries together, and is made again when it is needed."""
    return zones.store / SNAPSHOTS, zones.runs, zones.protected / BUG


def _cannot_remove(error: OSError, folder: Path) -> CannotWrite:
    what = f"not everything could be removed ({error.strerror})"
    return CannotWrite(what, "Mend the rights, and purge again", Place(str(folder)))
