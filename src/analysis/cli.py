"""The commands. Heavy imports stay inside the command that needs them."""

from __future__ import annotations

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
from analysis.access import BUG, STOPPED
from analysis.area import Area, home_folder
from analysis.errors import AnalysisError, Place, UsageError, bug_report
from analysis.options import parser_of
from analysis.run_record import TERMINATED
from analysis.running import as_json, finish, place, report, say_error, schedule, status, use_all
from analysis.zones import SETTING, Zones


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
        say_error(str(error))
        if options.json:
            print(as_json({"error": str(error), "exit_code": error.exit_code}))  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        say_error("Stopped; the last good set is untouched.")
        return STOPPED
    except Exception:  # noqa: BLE001 - the last resort: say where the whole text is, never show data
        say_error(f"This is a bug in the program; the whole text is in {_bug(options)}.")
        return BUG


def _demo(options: Any) -> int:
    from analysis import demo
    from analysis.report.lock import only_run

    area, home, zones = place(options)
    with access.logged(zones, "demo") as use, only_run(zones.private(zones.store)):
        finish(area, home)
        seed = demo.SEED if options.seed is None else options.seed
        demo.load(area, home, seed=seed, as_of=options.as_of)
        use_all(use, area, home)
    options.names = []
    return report(options)


def _load(options: Any) -> int:
    from analysis import inbox
    from analysis.report.lock import only_run

    area, home, zones = place(options)
    reading = _reading(options, area)
    paths = [Path(f) for f in options.files]
    lock = nullcontext() if options.dry_run else only_run(zones.private(zones.store))
    with access.logged(zones, "load") as use, lock:
        if not options.dry_run:
            finish(area, home)
        for result in inbox.load(paths, area, home, reading, dry_run=options.dry_run):
            text = as_json(result.as_dict()) if options.json else "\n".join(result.lines())
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
        say_error(f"A new key for pseudonyms is in {path}; keep it, for without it nobody is known again.")
    return key


def _check(options: Any) -> int:
    from analysis import check
    from analysis.params import parse_day
    from analysis.report.plan import set_aside

    area, home, zones = place(options)
    as_of = parse_day(options.as_of) if options.as_of else None
    with access.logged(zones, "check") as use:
        use_all(use, area, home)
        report = check.with_notes(check.examine(area, home, as_of), set_aside(area).values())
        use.exit_code = report.exit_code
    if options.json:
        print(as_json(check.as_dict(report)))  # noqa: T201
    else:
        print("\n".join(check.lines(report)))  # noqa: T201
    return report.exit_code


def _map(options: Any) -> int:
    from analysis.sources import propose
    from analysis.sources.intake import digest_of

    area, _, zones = place(options)
    with access.logged(zones, "map") as use:
        use.rows = None
        proposal = propose.propose(Path(options.file), area, options.table)
        use.deliveries.add(digest_of(Path(options.file)))
    if options.json:
        print(as_json(proposal.as_dict()))  # noqa: T201
    elif options.output:
        proposal.write(Path(options.output))
        print("\n".join(proposal.lines()))  # noqa: T201
    else:
        print(proposal.toml(), end="")  # noqa: T201
    return 0


def _purge(options: Any) -> int:
    from analysis.purge import Which, purge
    from analysis.report.lock import only_run
    from analysis.store import Store

    if not (options.before or options.expired):
        raise UsageError("it is not said what to remove", "Give --before DATE, --expired, or both")
    area, home, zones = place(options)
    which = Which(options.before, date.today() if options.expired else None)
    with (
        access.logged(zones, "purge --dry-run" if options.dry_run else "purge") as use,
        only_run(zones.private(zones.store)),
    ):
        done = purge(Store(home, area.id), which, dry_run=options.dry_run)
        use.add(done.deliveries, done.rows)
        use.exit_code = done.exit_code
    if options.json:
        print(as_json(done.as_dict()))  # noqa: T201
    else:
        print("\n".join(done.lines(dry_run=options.dry_run)))  # noqa: T201
        print(f"Published sets stay as they are: {zones.reports}")  # noqa: T201
    return done.exit_code


def _explain(options: Any) -> int:
    """Where the numbers of a published report come from."""
    from analysis.report.explain import explain

    area, home, _ = place(options)
    told = explain(area, home, options.report)
    print(as_json(told.as_dict()) if options.json else "\n".join(told.lines()))  # noqa: T201
    return 0


def _explore(options: Any) -> int:
    """Open the explorer; with ``--page`` the page of released figures instead, which needs no program."""
    area, home, zones = place(options)
    if options.page is None:
        from analysis.explore.lab import launch

        return launch(area, home, zones, port=options.port, browser=not options.no_browser, ip=options.ip)
    from analysis.report.standalone import copy, find

    path, content = find(zones.reports, options.language or area.languages[0])
    if options.page:
        path = copy(path.name, content, Path(options.page))
    print(as_json({"page": str(path)}) if options.json else path)  # noqa: T201
    return 0


def _where(options: Any) -> int:
    area, home, zones = place(options)
    del area, home
    names = ("protected", "store", "raw", "runs", "pages", "reports")
    found = {name: str(getattr(zones, name)) for name in names}
    text = as_json(found) if options.json else "\n".join(f"{name}: {path}" for name, path in found.items())
    print(text)  # noqa: T201
    return 0


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
    "report": report,
    "explain": _explain,
    "explore": _explore,
    "schedule": schedule,
    "status": status,
}


if __name__ == "__main__":
    sys.exit(main())
