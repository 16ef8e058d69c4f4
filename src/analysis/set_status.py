"""How an area's sets stand: the current one, those that are kept, the last run, what comes next.

Everything is read from the manifests, the record of the last run and the plan. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from analysis.area import Area
from analysis.errors import AnalysisError
from analysis.moments import now
from analysis.report.kept_sets import kept
from analysis.report.plan import Selection, jobs
from analysis.report.publish import current_manifest
from analysis.run_record import in_words, last_run
from analysis.schedule import Schedule, read_schedule
from analysis.zones import Zones


@dataclass(frozen=True)
class Current:
    """The published set.

    Parameters
    ----------
    set : str
        Its id; "" when there is none.
    whole : bool
        Whether its files and its name fit its manifest.
    as_of : str
        The as-of day.
    age_days : int or None
        Days since then.
    reports : int
        How many it has.
    kept : list of mapping
        Reports whose last good page stands there: file and as-of day.
    missing : list of str
        Reports of the plan that it has no page for.
    """

    set: str = ""
    whole: bool = False
    as_of: str = ""
    age_days: int | None = None
    reports: int = 0
    kept: Sequence[Mapping[str, str]] = ()
    missing: Sequence[str] = ()


@dataclass(frozen=True)
class Kept:
    """A kept set; without a day when it is damaged."""

    name: str
    whole: bool
    as_of: str


@dataclass(frozen=True)
class Coming:
    """A planned set: since when it is due, if it is, and when it comes next, as the area's clock shows it."""

    name: str
    due_since: str
    next: str


@dataclass(frozen=True)
class Status:
    """How an area's sets stand; `problem` is what is wrong with its plan."""

    area: str
    current: Current
    kept_sets: tuple[Kept, ...]
    last_run: Mapping[str, Any]
    planned: tuple[Coming, ...]
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For people."""
        problem = [f"  plan: {self.problem}"] if self.problem else []
        found = (_of_current(self.current), _of_kept(self.kept_sets), _of_run(self.last_run), _of_plan(self))
        return [self.area, *(f"  {line}" for lines in found for line in lines), *problem]


def status(area: Area, zones: Zones, moment: datetime | None = None) -> Status:
    """Look at an area's sets, its last run and its plan.

    Parameters
    ----------
    area : Area
        The area.
    zones : Zones
        Its folders.
    moment : datetime, optional
        The present moment.

    Returns
    -------
    Status
        What was found; whatever is damaged is said, and stops nothing.
    """
    moment, problem, schedule = moment or now(), "", None
    try:
        schedule = read_schedule(area, zones)
        planned = [j.file for j in jobs(area, Selection())]
    except AnalysisError as error:
        planned, problem = [], str(error)
    today = moment.astimezone(schedule.zone).date() if schedule else moment.date()
    return Status(
        area=area.id,
        current=_current(zones, planned, today),
        kept_sets=tuple(Kept(n, bool(m), str(m.get("as_of", ""))) for n, m in kept(zones.reports)),
        last_run=_last_run(zones, schedule),
        planned=tuple(_coming(schedule, moment)) if schedule else (),
        problem=problem,
    )


def _current(zones: Zones, planned: Sequence[str], today: date) -> Current:
    folder = zones.reports / "current"
    if not folder.exists():
        return Current(missing=planned)
    manifest = current_manifest(zones.reports)
    if not manifest:
        return Current(set=folder.resolve().name, missing=planned)
    entries = manifest.get("reports", [])
    as_of = str(manifest.get("as_of", ""))
    files = {e["file"] for e in entries}
    return Current(
        set=folder.resolve().name,
        whole=True,
        as_of=as_of,
        age_days=(today - date.fromisoformat(as_of)).days if as_of else None,
        reports=len(entries),
        kept=[{"file": e["file"], "as_of": e["as_of"]} for e in entries if e.get("kept")],
        missing=[file for file in planned if file not in files],
    )


def _last_run(zones: Zones, schedule: Schedule | None) -> dict[str, Any]:
    """What matters of the last run's record."""
    found = last_run(zones)
    if not found:
        return {}
    code, ended = found.get("exit_code"), str(found.get("ended", ""))
    reports = found.get("reports")
    failed = [r for r in reports if r.get("problem")] if isinstance(reports, list) else []
    return {
        "run": found.get("run", ""),
        "ended": schedule.local(datetime.fromisoformat(ended)) if schedule and ended else ended,
        "exit_code": code,
        "exit": in_words(code) if isinstance(code, int) else "unknown",
        "counts": found.get("counts", {}),
        "failed": failed,
    }


def _coming(schedule: Schedule, moment: datetime) -> Iterator[Coming]:
    due = {o.planned.name: schedule.local(o.moment) for o in reversed(schedule.due(moment))}
    for planned in schedule.sets:
        following = planned.when.next(moment)
        yield Coming(planned.name, due.get(planned.name, ""), schedule.local(following) if following else "")


def _of_current(current: Current) -> Iterator[str]:
    if not current.set:
        yield "current set: none is published"
        return
    if not current.whole:
        yield f"current set: {current.set}, damaged; `analysis report` makes it again"
        return
    age = f", {current.age_days} days old" if current.age_days is not None else ""
    yield f"current set: {current.set}, as of {current.as_of}{age}, {current.reports} reports, whole"
    for one in current.kept:
        yield f"  last good page from {one['as_of']}: {one['file']}"
    for file in current.missing:
        yield f"  no page: {file}"


def _of_kept(found: Sequence[Kept]) -> Iterator[str]:
    for one in found:
        yield f"kept: {one.name}, as of {one.as_of}, whole" if one.whole else f"kept: {one.name}, damaged"


def _of_run(run: Mapping[str, Any]) -> Iterator[str]:
    if not run:
        yield "last run: none is recorded"
        return
    yield f"last run: {run['ended']}, exit {run['exit_code']} ({run['exit']})"
    for one in run["failed"]:
        whom = f"party-{one['party']}" if one.get("party") else one.get("unit")
        yield f"  {one.get('problem')}: {whom}/{one.get('notebook')}.{one.get('language')}"


def _of_plan(found: Status) -> Iterator[str]:
    for one in found.planned:
        since = f"due since {one.due_since}; " if one.due_since else ""
        yield f"planned: {one.name}, {since}next {one.next or 'never'}"
