"""The commands. Heavy imports stay inside the command that needs them."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from analysis import access
from analysis.access import BUG, STOPPED, Use
from analysis.area import Area, home_folder, read_area
from analysis.errors import AnalysisError, InputMissing, Place, UsageError, bug_report
from analysis.options import parser_of
from analysis.zones import SETTING, Zones

TERMINATED = 143


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line; that of the process when left out.

    Returns
    -------
    int
        0 done or unchanged, 2 usage, 3 some notebooks failed, 65 input refused, 66 input missing,
        70 bug, 74 cannot write, 75 another run is working, 78 settings, 130 stopped (143: by SIGTERM).
    """
    _print_anything()
    options = parser_of(RUNS).parse_args(arguments)
    try:
        with _terminated_like_stopped():
            return options.run(options)
    except AnalysisError as error:
        _say_error(str(error))
        if options.json:
            print(_json({"error": str(error), "exit_code": error.exit_code}))  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        _say_error("Stopped; the last good set is untouched.")
        return STOPPED
    except Exception:  # noqa: BLE001 - the last resort: say where the whole text is, never show data
        _say_error(f"This is a bug in the program; the whole text is in {_bug(options)}.")
        return BUG


def _demo(options: Any) -> int:
    from analysis import demo
    from analysis.report.lock import only_run

    area, home, zones = _place(options)
    with access.logged(zones, "demo") as use, only_run(zones.private(zones.store)):
        _finish(area, home)
        seed = demo.SEED if options.seed is None else options.seed
        demo.load(area, home, seed=seed, as_of=options.as_of)
        _use_all(use, area, home)
    options.names = []
    return _report(options)


def _load(options: Any) -> int:
    from analysis import inbox
    from analysis.report.lock import only_run

    area, home, zones = _place(options)
    reading = _reading(options, area)
    paths = [Path(f) for f in options.files]
    lock = nullcontext() if options.dry_run else only_run(zones.private(zones.store))
    with access.logged(zones, "load") as use, lock:
        if not options.dry_run:
            _finish(area, home)
        for result in inbox.load(paths, area, home, reading, dry_run=options.dry_run):
            text = _json(result.as_dict()) if options.json else "\n".join(result.lines())
            print(text, flush=True)  # noqa: T201
            use.add([result.digest] if result.digest else [], result.read)
            use.exit_code = max(use.exit_code, result.exit_code)
    return use.exit_code


def _reading(options: Any, area: Area) -> Any:
    """What the command line says of the files to load."""
    from analysis.sources import Reading
    from analysis.sources.statement import Statement, check_dates, with_unit_ids

    stated = Statement(
        sender=options.sender,
        first_day=options.first_day,
        last_day=options.last_day,
        extracted=options.extracted,
        units=tuple(options.units),
    )
    check_dates(stated, Place("the command line"))
    statement = with_unit_ids(stated, area, Place("the command line"))
    return Reading(source=options.source, statement=statement, key=_key(options))


def _key(options: Any) -> Any:
    """The key for pseudonyms, made when there is none; a key that is named must be there."""
    if not (options.pseudonymise or options.key):
        return None
    from analysis.sources.pseudonyms import default_key_path, make_key, read_key

    path = Path(options.key) if options.key else default_key_path()
    if path.exists() or options.key:
        return read_key(path)
    key = make_key(path, keep=not options.dry_run)
    if not options.dry_run:
        _say_error(f"A new key for pseudonyms is in {path}; keep it, for without it nobody is known again.")
    return key


def _check(options: Any) -> int:
    from analysis import check
    from analysis.params import parse_day

    area, home, zones = _place(options)
    as_of = parse_day(options.as_of) if options.as_of else None
    with access.logged(zones, "check") as use:
        _use_all(use, area, home)
        report = check.examine(area, home, as_of)
        use.exit_code = report.exit_code
    if options.json:
        print(_json(check.as_dict(report)))  # noqa: T201
    else:
        print("\n".join(check.lines(report)))  # noqa: T201
    return report.exit_code


def _map(options: Any) -> int:
    from analysis.sources import propose
    from analysis.sources.intake import digest_of

    area, _, zones = _place(options)
    with access.logged(zones, "map") as use:
        use.rows = None
        proposal = propose.propose(Path(options.file), area, options.table)
        use.deliveries.add(digest_of(Path(options.file)))
    if options.json:
        print(_json(proposal.as_dict()))  # noqa: T201
    elif options.output:
        proposal.write(Path(options.output))
        print("\n".join(proposal.lines()))  # noqa: T201
    else:
        print(proposal.toml(), end="")  # noqa: T201
    return 0


def _report(options: Any) -> int:
    from analysis import inbox
    from analysis.report.lock import only_run
    from analysis.report.plan import Selection
    from analysis.report.run import Request, run

    area, home, zones = _place(options)
    selection = Selection(options.names, options.unit, options.language, options.party)
    request = Request(selection, options.as_of, options.jobs, options.force)
    with (
        access.logged(zones, "report") as use,
        only_run(zones.private(zones.store)),
        only_run(zones.reports),
        _Bar(options) as bar,
    ):
        _finish(area, home)
        refused = [r for r in inbox.load_new(area, home) if r.exit_code]
        for result in refused:
            _say_error("\n".join(result.lines()))
        _use_all(use, area, home)
        done = run(area, home, request, bar.show)
        use.exit_code = done.exit_code or max((r.exit_code for r in refused), default=0)
    _say_run(done, options)
    return use.exit_code


def _purge(options: Any) -> int:
    from analysis.purge import Which, purge
    from analysis.report.lock import only_run
    from analysis.store import Store

    if not (options.before or options.expired):
        raise UsageError("it is not said what to remove", "Give --before DATE, --expired, or both")
    area, home, zones = _place(options)
    which = Which(options.before, date.today() if options.expired else None)
    with (
        access.logged(zones, "purge --dry-run" if options.dry_run else "purge") as use,
        only_run(zones.private(zones.store)),
    ):
        done = purge(Store(home, area.id), which, dry_run=options.dry_run)
        use.add(done.deliveries, done.rows)
        use.exit_code = done.exit_code
    if options.json:
        print(_json(done.as_dict()))  # noqa: T201
    else:
        print("\n".join(done.lines(dry_run=options.dry_run)))  # noqa: T201
        print(f"Published sets stay as they are: {zones.reports}")  # noqa: T201
    return done.exit_code


def _where(options: Any) -> int:
    area, home, zones = _place(options)
    del area, home
    names = ("protected", "store", "raw", "runs", "reports")
    found = {name: str(getattr(zones, name)) for name in names}
    text = _json(found) if options.json else "\n".join(f"{name}: {path}" for name, path in found.items())
    print(text)  # noqa: T201
    return 0


def _place(options: Any) -> tuple[Area, Path, Zones]:
    """The area, its home, its folders; nothing of an earlier version is overlooked."""
    home = home_folder(options.home)
    if not home.is_dir():
        raise InputMissing("the home folder does not exist", "Make it, or name another", Place(str(home)))
    area = read_area(options.area, home)
    zones = Zones(home, area.id)
    zones.refuse_old()
    return area, home, zones


def _use_all(use: Use, area: Area, home: Path) -> None:
    """Every delivery is about to be used; real ones are not, inside a Git working tree."""
    from analysis.store import Store

    store = Store(home, area.id)
    records = store.records()
    if any(not r.invented for r in records):
        store.zones.refuse_git()
    use.add((r.digest for r in records), sum(r.accepted + r.quarantined for r in records))


def _finish(area: Area, home: Path) -> None:
    """A purge that was killed comes to its end before anything else is done."""
    from analysis.purge import finish
    from analysis.store import Store

    finish(Store(home, area.id))


def _say_run(done: Any, options: Any) -> None:
    for outcome in done.outcomes:
        if outcome.problem:
            _say_error(f"{outcome.job.file}: {outcome.problem}")
    if options.json:
        reports = [
            {
                "notebook": o.job.notebook,
                "unit": o.job.unit,
                "party": o.job.party,
                "language": o.job.language,
                "state": o.state,
                "file": o.job.file,
                "verdicts": {a["question"]: a["verdict"] for a in o.entry.get("answers", [])},
            }
            for o in done.outcomes
        ]
        whole = {"run": done.run_id, "folder": str(done.folder), "reports": reports}
        print(_json(whole))  # noqa: T201
        return
    bad = done.count("kept", "failed")
    counts = f"{done.count('built')} built, {done.count('unchanged')} unchanged, {bad} failed"
    where = done.folder / "index.html" if done.run_id else "nothing is published"
    print(f"{counts}: {where}")  # noqa: T201


def _bug(options: Any) -> str:
    """Write the exception at hand into the protected zone, and say where."""
    try:
        zones = Zones(home_folder(options.home), options.area)
        return bug_report(zones.private(zones.protected))
    except AnalysisError:
        return f"nowhere: the protected folder cannot be written ({SETTING} names another)"


def _print_anything() -> None:
    """No text stops the program because the terminal cannot write one of its characters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _json(whole: Any) -> str:
    """JSON that stays JSON in any encoding."""
    is_utf = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    return json.dumps(whole, ensure_ascii=not is_utf)


def _say_error(text: str) -> None:
    print(f"analysis: {text}", file=sys.stderr)  # noqa: T201


@contextmanager
def _terminated_like_stopped() -> Iterator[None]:
    """A scheduler's SIGTERM unwinds like Ctrl-C, so that workers end and nothing half-made is left."""

    def stop(*_: object) -> None:
        raise SystemExit(TERMINATED)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


RUNS = {
    "demo": _demo,
    "load": _load,
    "check": _check,
    "map": _map,
    "purge": _purge,
    "where": _where,
    "report": _report,
}


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


if __name__ == "__main__":
    sys.exit(main())
