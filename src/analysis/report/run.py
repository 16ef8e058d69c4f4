"""One run: what changed is executed, what did not is kept, the whole set is swapped in."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from analysis import protocol
from analysis.area import Area, Unit
from analysis.errors import CannotWrite, InputMissing, Place
from analysis.params import parse_day
from analysis.report.execute import Built, Page, build
from analysis.report.plan import Job, Selection, jobs, with_key
from analysis.report.publish import current_manifest, publish
from analysis.store import Store
from analysis.words import Words

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one report: built, unchanged, kept (an old page stays) or failed (there is none)."""

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
    planned = [with_key(j, area, store=store.digest(), as_of=as_of) for j in jobs(area, request.selection)]
    questions = _preflight(area, store, planned)
    reports = home / "reports" / area.id
    old = current_manifest(reports)
    fresh = {
        e["file"] for e in old.get("reports", []) for j in planned if (e["file"], e["key"]) == (j.file, j.key)
    }
    todo = [j for j in planned if request.force or j.file not in fresh]
    meta = _Meta(area, store, as_of, questions)
    built = _build_all(todo, meta, home, request.workers, progress)
    return _publish(reports, planned, built, old, meta)


def _preflight(area: Area, store: Store, planned: list[Job]) -> bool:
    """Every question of every report can be asked; whether any start is invented."""
    pairs = dict.fromkeys((j.notebook, j.unit) for j in planned)
    asked = [q for notebook, unit in pairs for q in protocol.asked(area, notebook, area.unit(unit))]
    protocol.require_real_dates(area, asked, data_are_invented=store.invented())
    return any(q.invented_start for q in asked)


@dataclass(frozen=True)
class _Meta:
    """What stands around every page of the set."""

    area: Area
    store: Store
    as_of: str
    invented_start: bool

    def words(self, language: str) -> Words:
        return Words(language, {p.id: p.name[language] for p in self.area.parties})

    def asked(self, notebook: str, unit: Unit) -> list[protocol.Asked]:
        return protocol.asked(self.area, notebook, unit)

    def banners(self, w: Words) -> tuple[str, ...]:
        data = (w.text("banner/invented_data"),) if self.store.invented() else ()
        return data + ((w.text("banner/invented_start"),) if self.invented_start else ())

    def footer(self, w: Words) -> dict[str, str]:
        policy = self.area.policy
        text = w.text(
            "provenance/policy_text",
            hide=policy.hide_up_to,
            round=policy.round_to,
            decided_by=policy.decided_by.get(w.language, "–"),
        )
        month = max(r.last_month for r in self.store.records())
        last = min(date.fromisoformat(self.as_of), _month_end(month))
        age = (date.fromisoformat(self.as_of) - last).days
        return {
            w.text("report/as_of"): w.day(last),
            w.text("report/issued"): w.day(date.fromisoformat(self.as_of)),
            w.text("report/age"): w.text("report/age_days", days=age),
            w.text("report/questions"): w.day(self.area.questions_stated_on),
            w.text("report/disclosure"): text,
            w.text("report/run"): self.store.digest()[:12],
        }

    def page(self, job: Job) -> Page:
        w = Words(job.language)
        unit = self.area.unit(job.unit).name[job.language]
        others = [x for x in self.area.languages if x != job.language]
        return Page(
            title=f"{w.text(f'report/{job.notebook}')} – {unit}",
            banners=self.banners(w),
            meta=self.footer(w),
            overview=f"../{_index_name(self.area, job.language)}",
            other_language=f"{job.notebook}.{others[0]}.html" if others else "",
        )


def _month_end(month: str) -> date:
    """The last day of a month written YYYY-MM."""
    year, number = (int(part) for part in month.split("-"))
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def _index_name(area: Area, language: str) -> str:
    return "index.html" if language == area.languages[0] else f"index.{language}.html"


def _build_all(
    todo: list[Job], meta: _Meta, home: Path, workers: int, progress: Progress
) -> dict[str, Built]:
    if not todo:
        return {}
    from analysis.measures.indicators import build_snapshot, snapshot_folder

    store = meta.store
    build_snapshot(store, meta.area, snapshot_folder(home, meta.area.id, store.digest()))
    protected = _protected_folder(home, meta.area.id)
    log = protected / "workers.log"
    context = multiprocessing.get_context("spawn")
    built: dict[str, Built] = {}
    with (
        tempfile.TemporaryDirectory(prefix="an-", ignore_cleanup_errors=True) as scratch,
        ProcessPoolExecutor(workers or os.cpu_count() or 1, context, _prepare_worker, (scratch, log)) as pool,
        _ended_when_stopped(pool),
    ):
        waiting = {
            pool.submit(build, j, meta.page(j), str(home), meta.as_of, str(protected)): j for j in todo
        }
        for done in as_completed(waiting):
            job = waiting[done]
            error = done.exception()
            built[job.file] = _unexpected(job, error, protected) if error else done.result()
            progress(len(built), len(todo))
    return built


@contextmanager
def _ended_when_stopped(pool: ProcessPoolExecutor) -> Iterator[None]:
    """Start nothing more and end what works when the run is stopped; a pool alone would finish its work."""
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.kill()
        raise


def _protected_folder(home: Path, area: str) -> Path:
    """Where executed notebooks are kept: for the owner's eyes only."""
    folder = home / "protected" / area
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for private in (folder.parent, folder):
            private.chmod(0o700)
        (folder / "workers.log").write_bytes(b"")
    except OSError as error:
        what = f"the folder cannot be written ({error.strerror})"
        raise CannotWrite(what, "Mend its rights", Place(str(folder))) from None
    return folder


def _prepare_worker(scratch: str, log: Path) -> None:
    """Leave Ctrl-C to the run, and end when the run is killed (the kernels then end, too).

    What workers and kernels print may hold data: it goes to the protected log, not to the terminal.
    """

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    handle = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    tempfile.tempdir = scratch
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch, daemon=True).start()


def _unexpected(job: Job, error: BaseException, protected: Path) -> Built:
    """A failure that is nobody's mistake; its text may hold data, so it stays in the protected folder."""
    path = protected / f"{job.unit}-{job.notebook}.{job.language}.txt"
    with suppress(OSError):
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return Built(job, problem=f"{type(error).__name__}; the whole text is in {path}")


def _publish(
    reports: Path, planned: list[Job], built: Mapping[str, Built], old: Mapping[str, Any], meta: _Meta
) -> Run:
    in_plan = {j.file for j in jobs(meta.area, Selection())}
    before = {e["file"]: e for e in old.get("reports", []) if e["file"] in in_plan}
    outcomes = tuple(_outcome(j, built.get(j.file), before.get(j.file), meta) for j in planned)
    mine = {o.job.file for o in outcomes}
    entries = [o.entry for o in outcomes if o.entry] + [e for f, e in before.items() if f not in mine]
    entries.sort(key=lambda e: e["file"])
    if not any(o.state in ("built", "unchanged") for o in outcomes) and not before:
        return Run(reports, "", outcomes)
    pages = {f: b.html for f, b in built.items() if b.html}
    for entry in entries:
        if entry["file"] not in pages:
            pages[entry["file"]] = (reports / "current" / entry["file"]).read_text(encoding="utf-8")
    pages |= _index(entries, outcomes, meta)
    manifest = {"area": meta.area.id, "as_of": meta.as_of, "store": meta.store.digest(), "reports": entries}
    folder = publish(reports, pages, manifest)
    return Run(reports / "current", folder.name, outcomes)


def _outcome(job: Job, built: Built | None, before: Mapping[str, Any] | None, meta: _Meta) -> Outcome:
    entry = {
        "file": job.file,
        "notebook": job.notebook,
        "unit": job.unit,
        "language": job.language,
        "key": job.key,
        "as_of": meta.as_of,
    }
    if built is None:
        return Outcome(job, "unchanged", before or {})
    if built.html:
        return Outcome(job, "built", entry | {"answers": [dict(f) for f in built.facts]})
    if before:
        return Outcome(job, "kept", dict(before) | {"kept": True, "key": ""}, built.problem)
    return Outcome(job, "failed", {}, built.problem)


def _index(entries: list[Mapping[str, Any]], outcomes: tuple[Outcome, ...], meta: _Meta) -> dict[str, str]:
    from analysis.charts.style import font_face_css
    from analysis.report.render import Banner, render_index

    pages = {}
    for language in meta.area.languages:
        w = meta.words(language)
        others = [x for x in meta.area.languages if x != language]
        rows = [_row(e, meta, w) for e in _by_unit(entries, meta.area) if e["language"] == language]
        rows += [
            _failed_row(o.job, meta, w)
            for o in outcomes
            if o.state == "failed" and o.job.language == language
        ]
        pages[_index_name(meta.area, language)] = render_index(
            language=language,
            title=w.text("report/index", area=meta.area.name[language]),
            banners=[Banner(text) for text in meta.banners(w)],
            meta=meta.footer(w),
            rows=rows,
            other_language_href=_index_name(meta.area, others[0]) if others else "",
            font_css=font_face_css(),
        )
    return pages


def _by_unit(entries: list[Mapping[str, Any]], area: Area) -> list[Mapping[str, Any]]:
    order = {u.id: n for n, u in enumerate(area.units)}
    return sorted(entries, key=lambda e: (order[e["unit"]], e["notebook"]))


def _row(entry: Mapping[str, Any], meta: _Meta, w: Words) -> Any:
    from analysis.report.render import Chip, IndexRow

    unit = meta.area.unit(entry["unit"])
    names = {q.question.id: w.name(q.question, short=True) for q in meta.asked(entry["notebook"], unit)}
    chips = tuple(
        Chip(names[a["question"]], a["verdict"], w.text(f"verdict/{a['verdict']}"))
        for a in entry.get("answers", [])
        if a["question"] in names
    )
    return IndexRow(
        unit=unit.name[w.language],
        report=w.text(f"report/{entry['notebook']}"),
        href=entry["file"],
        state="failed" if entry.get("kept") else "built",
        kept_from=w.day(date.fromisoformat(entry["as_of"])) if entry.get("kept") else "",
        chips=chips,
    )


def _failed_row(job: Job, meta: _Meta, w: Words) -> Any:
    from analysis.report.render import IndexRow

    name = meta.area.unit(job.unit).name[w.language]
    return IndexRow(
        name, w.text(f"report/{job.notebook}"), href="", state="failed", note=w.text("report/failed")
    )
