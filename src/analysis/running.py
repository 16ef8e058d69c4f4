"""The commands of a run: ``report``, also for what is due, ``schedule`` and ``status``, and what they share.

Heavy imports stay inside the functions that need them; a run with nothing due imports none.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import access
from analysis.access import STOPPED, Use
from analysis.area import Area, area_names, home_folder, read_area
from analysis.errors import AnalysisError, InputMissing, Place, UsageError
from analysis.moments import now
from analysis.run_record import TERMINATED, Record, counted, recorded, told
from analysis.schedule import Occasion, Schedule, notification, read_schedule, write_done
from analysis.zones import Zones

SECONDS_WHEN_STOPPED = 3  # for a notification: whoever stops a run does not wait long
DONE = (0, 3)
BAD = ("kept", "failed")


def report(options: Any) -> int:
    """Regenerate what changed and publish the set; with ``--due`` only when a set is due.

    Parameters
    ----------
    options : Namespace
        Of the command line.

    Returns
    -------
    int
        The exit code.
    """
    area, home, zones = place(options)
    if options.why:
        return _say_why(options, area, home)
    with recorded(zones, _ended_badly) as record:
        due = _Due.of(options, area, zones) if options.due else None
        if due and not due.occasions:
            record.is_run = False
            return due.say_nothing(options)
        code = _locked(options, _Ground(area, home, zones), record, due)
        record.exit_code = code
    return code


def _say_why(options: Any, area: Area, home: Path) -> int:
    """What would make each report anew; nothing is made."""
    from analysis.report.why import explain

    found = explain(area, home, _selection(options, None), options.as_of)
    if options.json:
        print(as_json([{"file": job.file, "stale": list(why)} for job, why in found]))  # noqa: T201
        return 0
    for job, why in found:
        print(f"{job.file}: {'; '.join(why) or 'up to date'}")  # noqa: T201
    return 0


@dataclass(frozen=True)
class _Ground:
    """The area of a run, its home and its folders."""

    area: Area
    home: Path
    zones: Zones


def _locked(options: Any, at: _Ground, record: Record, due: _Due | None) -> int:
    """The run, while no other one works."""
    from analysis.report.lock import only_run

    with (
        access.logged(at.zones, "report") as use,
        only_run(at.zones.private(at.zones.store)),
        only_run(at.zones.reports),
        _Bar(options) as bar,
    ):
        if due and not (due := due.again(at)).occasions:  # another run has done it in the meantime
            record.is_run = False
            return due.say_nothing(options)
        record.due = [o.planned.name for o in due.occasions] if due else []
        said = _answered(use, at, record, (options, _selection(options, due), bar))
        record.set_id, record.reports, record.as_of = said["run"], said["told"], said["as_of"]
        if due and use.exit_code in DONE:
            use.exit_code = due.finish(record) or use.exit_code
    _say_run(said, options, record, at.zones)
    return use.exit_code


def _answered(use: Use, at: _Ground, record: Record, asked: tuple[Any, Any, _Bar]) -> dict[str, Any]:
    """What a run finds; at once when nothing has been touched since one that had nothing to do."""
    from analysis.report import receipt

    options, selection, _ = asked
    question = {"selection": vars(selection), "as_of": options.as_of}
    looked = receipt.look(at.area, at.zones)
    known = None if options.force else receipt.answer(at.zones, question, looked)
    if known is not None:
        return known
    said = _worked(use, at, record, asked)
    if not use.exit_code and {r["state"] for r in said["reports"]} <= {"unchanged"}:
        receipt.leave(at.zones, question, looked, said)
    return said


def _worked(use: Use, at: _Ground, record: Record, asked: tuple[Any, Any, _Bar]) -> dict[str, Any]:
    """Load what is new, and regenerate what changed."""
    from analysis.report.plan import set_aside
    from analysis.report.run import Request, run

    options, selection, bar = asked
    refused = _load_new(use, at, record, options)
    request = Request(selection, options.as_of, options.jobs, options.force, options.cold)
    done = run(at.area, at.home, request, bar.show)
    use.exit_code = done.exit_code or refused
    return {
        "run": done.run_id,
        "folder": str(done.folder),
        "as_of": record.as_of,
        "reports": _reports(done),
        "told": told(done.outcomes),
        "problems": [
            *(f"{o.job.file}: {o.problem}" for o in done.outcomes if o.problem),
            *map(str, set_aside(at.area).values()),
        ],
    }


def _load_new(use: Use, at: _Ground, record: Record, options: Any) -> int:
    """Load what is new; the exit code of what was refused."""
    from analysis import inbox
    from analysis.store import Store

    finish(at.area, at.home)
    results = inbox.load_new(at.area, at.home)
    record.loads = counted(results)
    refused = [r for r in results if r.exit_code]
    for result in refused:
        say_error("\n".join(result.lines()))
    use_all(use, at.area, at.home)
    store = Store(at.home, at.area.id)
    record.as_of = options.as_of or (store.issued() if store.records() else "")
    return max((r.exit_code for r in refused), default=0)


def _selection(options: Any, due: _Due | None) -> Any:
    from analysis.report.plan import Selection

    if due is None:
        return Selection(options.names, options.unit, options.language, options.party)
    sets = [o.planned for o in due.occasions]
    notebooks = _union([s.notebooks for s in sets])
    return Selection(notebooks=notebooks, languages=_union([s.languages for s in sets]))


def _union(choices: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Everything that is chosen by one of them; nothing chosen is everything."""
    return tuple(dict.fromkeys(x for some in choices for x in some)) if all(choices) else ()


@dataclass(frozen=True)
class _Due:
    """What is due now."""

    zones: Zones
    schedule: Schedule
    occasions: Sequence[Occasion]

    @classmethod
    def of(cls, options: Any, area: Area, zones: Zones) -> _Due:
        """By the plan and what is done; the plan says what is made, so the command line may not."""
        if options.names or options.unit or options.party or options.language or options.as_of:
            what = "with --due the plan says what is made"
            raise UsageError(what, "Leave out names, --unit, --party, --language and --as-of")
        schedule = read_schedule(area, zones)
        return cls(zones, schedule, schedule.due(now()))

    def again(self, at: _Ground) -> _Due:
        """As it is by now."""
        schedule = read_schedule(at.area, self.zones)
        return _Due(self.zones, schedule, schedule.due(now()))

    def say_nothing(self, options: Any) -> int:
        """That nothing is due, and what comes next."""
        coming = self.schedule.next(now())
        name, when = (coming[0], self.schedule.local(coming[1])) if coming else ("", "")
        if options.json:
            print(as_json({"due": [], "next": {"set": name, "at": when}}))  # noqa: T201
        else:
            print(f"nothing is due; next {name} at {when}" if name else "nothing is due")  # noqa: T201
        return 0

    def finish(self, record: Record) -> int:
        """Keep what is to be kept; what succeeded is not due again. The exit code of what did not."""
        from analysis.report.kept_sets import keep

        made, code = [], 0
        for one in self.occasions:
            try:
                if one.planned.keep:
                    record.kept.append(keep(self.zones.reports, one.label).name)
                made.append(one)
            except AnalysisError as error:
                say_error(str(error))
                code = max(code, error.exit_code)
        write_done(self.zones, made)
        return code


def _ended_badly(record: Record) -> None:
    """Run the plan's notification, if it has one; nothing about it changes how the run ended."""
    try:
        command = notification()
    except AnalysisError as error:
        say_error(str(error))
        return
    if command:
        from analysis.notification import SECONDS, notify

        seconds = SECONDS_WHEN_STOPPED if record.exit_code in (STOPPED, TERMINATED) else SECONDS
        notify(command, record.notice(), say_error, seconds=seconds)


def schedule(options: Any) -> int:
    """Print what makes this machine run what is due.

    Parameters
    ----------
    options : Namespace
        Of the command line.

    Returns
    -------
    int
        The exit code.
    """
    from analysis.timers import forms, wake

    area, _, zones = place(options)
    files = forms(options.form, read_schedule(area, zones), wake(zones))
    print(as_json(files) if options.json else "\n".join(files.values()).rstrip("\n"))  # noqa: T201
    return 0


def status(options: Any) -> int:
    """Print how the sets of an area, or of every area of the plan, stand.

    Parameters
    ----------
    options : Namespace
        Of the command line.

    Returns
    -------
    int
        The exit code.
    """
    from analysis.set_status import status as status_of

    found = []
    for name in [options.area] if options.area else area_names():
        options.area = name
        area, _, zones = place(options)
        found.append(status_of(area, zones))
    if options.json:
        print(as_json([one.as_dict() for one in found]))  # noqa: T201
    else:
        print("\n".join(line for one in found for line in one.lines()))  # noqa: T201
    return 0


def place(options: Any) -> tuple[Area, Path, Zones]:
    """The area, its home, its folders; nothing of an earlier version is overlooked."""
    home = home_folder(options.home)
    if not home.is_dir():
        raise InputMissing("the home folder does not exist", "Make it, or name another", Place(str(home)))
    area = read_area(options.area, home)
    zones = Zones(home, area.id)
    zones.refuse_old()
    return area, home, zones


def use_all(use: Use, area: Area, home: Path) -> None:
    """Every delivery is about to be used; real ones are not, inside a Git working tree."""
    from analysis.store import Store

    store = Store(home, area.id)
    records = store.records()
    if any(not r.invented for r in records):
        store.zones.refuse_git()
    use.add((r.digest for r in records), sum(r.accepted + r.quarantined for r in records))


def finish(area: Area, home: Path) -> None:
    """A purge that was killed comes to its end before anything else is done."""
    from analysis.purge import finish
    from analysis.store import Store

    finish(Store(home, area.id))


def as_json(whole: Any) -> str:
    """JSON that stays JSON in any encoding."""
    is_utf = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    return json.dumps(whole, ensure_ascii=not is_utf)


def say_error(text: str) -> None:
    """Say a line to the people."""
    print(f"analysis: {text}", file=sys.stderr)  # noqa: T201


def _say_run(said: Mapping[str, Any], options: Any, record: Record, zones: Zones) -> None:
    for problem in said["problems"]:
        say_error(problem)
    kept = [str(zones.reports / "kept" / name) for name in record.kept]
    if options.json:
        whole = {name: said[name] for name in ("run", "folder", "reports")}
        print(as_json(whole | ({"due": record.due, "kept": kept} if options.due else {})))  # noqa: T201
        return
    states = [report["state"] for report in said["reports"]]
    built, unchanged, bad = (sum(s in some for s in states) for some in (("built",), ("unchanged",), BAD))
    where = Path(said["folder"]) / "index.html" if said["run"] else "nothing is published"
    counts = f"{built} built, {unchanged} unchanged, {bad} failed"
    print("\n".join([f"{counts}: {where}", *(f"kept: {folder}" for folder in kept)]))  # noqa: T201


def _reports(done: Any) -> list[dict[str, Any]]:
    return [
        {
            "notebook": o.job.notebook,
            "unit": o.job.unit,
            "party": o.job.party,
            "language": o.job.language,
            "state": o.state,
            "file": o.job.file,
            "verdicts": {a["question"]: a["verdict"] for a in o.entry.get("answers", []) if "verdict" in a},
        }
        for o in done.outcomes
    ]


class _Bar:
    """A progress bar on a terminal; silent elsewhere."""

    def __init__(self, options: Any) -> None:
        self._quiet = options.json or not sys.stderr.isatty()
        self._bar: Any = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, done: int, of: int) -> None:
        """Show that `done` of `of` reports are done."""
        if self._quiet:
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=of, unit="report", file=sys.stderr, leave=False)
        self._bar.update(done - self._bar.n)
