"""One run: what changed is executed, what did not is kept, the whole set is swapped in."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis import protocol
from analysis.area import Area, Policy
from analysis.errors import CannotWrite, DisclosureStop, InputMissing, Place
from analysis.params import parse_day
from analysis.report.around import Around
from analysis.report.changes import changes
from analysis.report.execute import Built
from analysis.report.keys import Keys
from analysis.report.pages import DOWNLOADS, Pages
from analysis.report.plan import Job, Selection, jobs
from analysis.report.publish import current_manifest, publish, whole_set
from analysis.report.quota import read_quota
from analysis.report.why import remember
from analysis.report.workers import Call, finished, room
from analysis.store import Store
from analysis.zones import Zones

Progress = Callable[[int, int], None]
STALE = "the page was made by another disclosure policy. Make the report again."


@dataclass(frozen=True)
class Outcome:
    """What became of one report: built, unchanged, kept (an old page stays) or failed (there is none).

    Of a report that was not asked for: carried over, or failed when its page may no longer be published.
    """

    job: Job
    state: str
    entry: Mapping[str, Any]
    problem: str = ""


@dataclass(frozen=True)
class Run:
    """What a run did."""

    folder: Path
    run_id: str
    outcomes: tuple[Outcome, ...]

    @property
    def exit_code(self) -> int:
        """0 when every report is good, 3 when some failed."""
        return 3 if any(o.problem for o in self.outcomes) else 0

    def count(self, *states: str) -> int:
        """How many reports ended in one of these states."""
        return sum(o.state in states for o in self.outcomes)


@dataclass(frozen=True)
class Request:
    """What is asked of a run."""

    selection: Selection
    as_of: str = ""
    workers: int = 0
    force: bool = False
    cold: bool = False


def run(area: Area, home: Path, request: Request, progress: Progress) -> Run:
    """Regenerate what changed and publish the set.

    Parameters
    ----------
    area : Area
        The area.
    home : Path
        The home folder.
    request : Request
        Selection, as-of day, workers.
    progress : callable
        Called with (done, all) after each report.

    Returns
    -------
    Run
        What was done.

    Raises
    ------
    AnalysisError
        If nothing could be done; the last good set is untouched.
    """
    store = Store(home, area.id)
    if not store.records():
        what = f"no export has been loaded for the area “{area.id}”"
        raise InputMissing(what, "Load some with `analysis load FILE…`, or try `analysis demo`")
    as_of = request.as_of or store.issued()
    parse_day(as_of)
    keys = Keys(area, store, as_of)
    planned = [keys.of(job) for job in jobs(area, request.selection)]
    questions = _preflight(area, store, planned)
    zones = Zones(home, area.id)
    old = _Old(zones.reports, _digest(area.policy))
    fresh = {j.file for j in planned if old.good.get(j.file, {}).get("key") == j.key}
    todo = [j for j in planned if request.force or j.file not in fresh]
    around = Around(area, store, as_of, questions)
    built = _build_all(todo, around, zones, request, progress)
    done = _publish(zones, planned, built, old, around)
    remember(zones, keys, [o.job for o in done.outcomes if o.state == "built"])
    return done


def _preflight(area: Area, store: Store, planned: list[Job]) -> bool:
    """Every question of every report can be asked; whether any start is invented."""
    pairs = dict.fromkeys((j.notebook, j.unit) for j in planned)
    asked = [q for notebook, unit in pairs for q in protocol.asked(area, notebook, area.unit(unit))]
    protocol.require_real_dates(area, asked, data_are_invented=store.invented())
    return any(q.invented_start for q in asked)


def _build_all(
    todo: list[Job], around: Around, zones: Zones, request: Request, progress: Progress
) -> dict[str, Built]:
    if not todo:
        return {}
    from analysis.measures.indicators import build_snapshot, snapshot_folder

    store, home = around.store, zones.home
    build_snapshot(store, around.area, snapshot_folder(home, around.area.id, store.digest()))
    protected, pages = _runs_folder(zones), Pages(zones.private(zones.pages))
    if request.force:
        pages.clear()
    built = {j.file: page for j in todo if (page := pages.get(j))}
    left = [j for j in todo if j.file not in built]
    calls = [Call(j, around.page(j), str(home), around.as_of, str(protected)) for j in left]
    number = request.workers or os.cpu_count() or 1
    with room(number, read_quota(number), protected / "workers.log", cold=request.cold) as place:
        for done in finished(calls, place):
            built[done.job.file] = done
            if done.html:
                pages.keep(done)
            progress(len(built), len(todo))
    return built


def _runs_folder(zones: Zones) -> Path:
    """Where executed notebooks are kept: for the owner's eyes only."""
    folder = zones.private(zones.runs)
    try:
        (folder / "workers.log").write_bytes(b"")
    except OSError as error:
        what = f"the folder cannot be written ({error.strerror})"
        raise CannotWrite(what, "Mend its rights", Place(str(folder))) from None
    return folder


def _publish(zones: Zones, planned: list[Job], built: Mapping[str, Built], old: _Old, around: Around) -> Run:
    """Publish what is good, when the final scan finds nothing in it."""
    outcomes = _outcomes(planned, built, old, around)
    if not any(o.entry for o in outcomes) and not old.manifest:
        return Run(zones.reports, "", tuple(outcomes))
    scan = _final_scan(around)
    whole = _whole(outcomes, built, old, around)
    try:
        scan(whole)
    except DisclosureStop:
        again = [_withdrawn_if(o, old, scan) for o in outcomes]
        if again == outcomes:
            raise
        outcomes = again
        whole = _whole(outcomes, built, old, around)
        scan(whole)
    folder = publish(zones.reports, whole)
    Pages(zones.pages).clear()
    mine = {j.file for j in planned}
    told = tuple(o for o in outcomes if o.job.file in mine or o.problem)
    return Run(zones.reports / "current", folder.name, told)


def _final_scan(around: Around) -> Callable[[Mapping[str, bytes]], None]:
    """Raises `DisclosureStop` when a file holds what no published file may hold."""
    from analysis.report.scan import scan, secrets_of, words_of

    secrets, words = secrets_of(around.store, around.area), words_of(around.area)
    return lambda files: scan(files, secrets, words)


def _withdrawn_if(outcome: Outcome, old: _Old, scan: Callable[[Mapping[str, bytes]], None]) -> Outcome:
    """The outcome; without its page when that is an old one and today's scan finds something in it."""
    if outcome.state == "built" or not outcome.entry:
        return outcome
    try:
        scan(old.files(outcome.entry))
    except DisclosureStop as error:
        return Outcome(outcome.job, "failed", {}, str(error))
    return outcome


def _whole(
    outcomes: list[Outcome], built: Mapping[str, Built], old: _Old, around: Around
) -> dict[str, bytes]:
    """All bytes of the new set."""
    from analysis.report.crate import CRATE, crate
    from analysis.report.standalone import taken_along

    entries = sorted((o.entry for o in outcomes if o.entry), key=lambda e: str(e["file"]))
    files: dict[str, bytes] = {}
    for outcome in outcomes:
        if outcome.state == "built":
            files |= _files(built[outcome.job.file])
        elif outcome.entry:
            files |= _kept_files(outcome.entry, old, around)
    changed = changes(old.manifest, entries, around.as_of)
    beside = taken_along(files, entries, around)
    files |= beside | around.indexes(entries, [o.job for o in outcomes if not o.entry], changed, beside)
    files[CRATE] = crate(around, entries, files, old.graph)  # the last one: it lists all the others
    manifest = {
        "area": around.area.id,
        "as_of": around.as_of,
        "changed": changed,
        "store": around.store.digest(),
        "reports": entries,
    }
    return whole_set(files, manifest)


def _kept_files(entry: Mapping[str, Any], old: _Old, around: Around) -> dict[str, bytes]:
    """A report's page and tables of the last set; one that could not be made again says so."""
    from analysis.report.render import as_kept

    files, name = old.files(entry), str(entry["file"])
    if entry.get("kept") and name in files:
        day = around.day(str(entry["as_of"]), str(entry["language"]))
        files[name] = as_kept(files[name].decode(), str(entry["language"]), day).encode()
    return files


def _files(built: Built) -> dict[str, bytes]:
    """A built report's page and its tables."""
    stem = built.job.file.removesuffix("html")
    return {built.job.file: built.html.encode()} | {stem + s: b for s, b in built.downloads.items()}


def _outcomes(planned: list[Job], built: Mapping[str, Built], old: _Old, around: Around) -> list[Outcome]:
    """What became of the reports that were asked for, and of the others that the plan has."""
    found = [_outcome(j, built.get(j.file), old, around) for j in planned]
    mine = {j.file for j in planned}
    for job in jobs(around.area, Selection()):
        if job.file in mine or job.file not in old.entries:
            continue
        entry = old.good.get(job.file, {})
        found.append(Outcome(job, "carried over", entry) if entry else Outcome(job, "failed", {}, STALE))
    return found


def _outcome(job: Job, built: Built | None, old: _Old, around: Around) -> Outcome:
    before = old.good.get(job.file, {})
    if built is None:
        return Outcome(job, "unchanged", before)
    if built.html:
        entry = {
            "file": job.file,
            "notebook": job.notebook,
            "unit": job.unit,
            "party": job.party,
            "language": job.language,
            "key": job.key,
            "as_of": around.as_of,
            "policy": _digest(around.area.policy),
            "answers": [dict(f) for f in built.facts],
        }
        return Outcome(job, "built", entry)
    if before:
        return Outcome(job, "kept", dict(before) | {"kept": True, "key": ""}, built.problem)
    return Outcome(job, "failed", {}, built.problem)


@dataclass(frozen=True)
class _Old:
    """The published set; only pages made by today's disclosure policy are good."""

    reports: Path
    policy: str

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """Of the whole set."""
        return current_manifest(self.reports)

    @cached_property
    def entries(self) -> Mapping[str, Mapping[str, Any]]:
        """All reports, by file."""
        return {e["file"]: e for e in self.manifest.get("reports", [])}

    @cached_property
    def good(self) -> Mapping[str, Mapping[str, Any]]:
        """Reports whose pages may stay."""
        return {f: e for f, e in self.entries.items() if e.get("policy") == self.policy}

    @property
    def graph(self) -> list[dict[str, Any]]:
        """What its crate says of where the pages come from."""
        from analysis.report.crate import graph_of

        return graph_of(self.reports / "current", self.manifest)

    def files(self, entry: Mapping[str, Any]) -> dict[str, bytes]:
        """A report's page and its tables."""
        stem = entry["file"].removesuffix("html")
        names = [n for n in (stem + s for s in ("html", *DOWNLOADS)) if n in self.manifest["files"]]
        return {n: (self.reports / "current" / n).read_bytes() for n in names}


def _digest(policy: Policy) -> str:
    """One digest of everything that the policy says."""
    text = json.dumps(asdict(policy), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
