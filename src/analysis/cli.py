"""The commands. Heavy imports stay inside the command that needs them."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from analysis import __version__
from analysis.area import Area, area_names, home_folder, read_area
from analysis.errors import AnalysisError, InputMissing, Place, bug_report

BUG = 70
STOPPED = 130
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
    options = _parser().parse_args(arguments)
    try:
        with _terminated_like_stopped():
            return options.run(options)
    except AnalysisError as error:
        _say_error(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _say_error("Stopped; the last good set is untouched.")
        return STOPPED
    except Exception:  # noqa: BLE001 - the last resort: say where the whole text is, never show data
        _say_error(f"This is a bug in the program; the whole text is in {bug_report(_home(options))}.")
        return BUG


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--area", default=os.environ.get("ANALYSIS_AREA", "goteborg"), help="folder under data/areas"
    )
    shared.add_argument("--home", default="", help="where raw, store, protected and reports live")
    shared.add_argument("--json", action="store_true", help="print one JSON object (load: one a file)")
    parser = argparse.ArgumentParser(prog="analysis", description=_about(), parents=[])
    parser.add_argument("--version", action="version", version=f"analysis {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", parents=[shared], help="invent the area's exports, load them, report")
    demo.add_argument("--seed", type=int, default=None, help="of the invented area")
    _report_options(demo)
    demo.set_defaults(run=_demo)
    load = commands.add_parser("load", parents=[shared], help="read exports into the store")
    _load_options(load)
    check = commands.add_parser("check", parents=[shared], help="what would stop or weaken a report")
    check.add_argument("--as-of", default="", metavar="DATE", help="YYYY-MM-DD; default: today")
    check.set_defaults(run=_check)
    mapped = commands.add_parser("map", parents=[shared], help="propose a mapping for unknown headers")
    mapped.add_argument("file", metavar="FILE", help="an export")
    mapped.add_argument("--table", default="", help="the table it holds; without it the headers decide")
    mapped.add_argument("--output", default="", metavar="TOML", help="a new file to write it to")
    mapped.set_defaults(run=_map)
    report = commands.add_parser("report", parents=[shared], help="regenerate what changed, publish the set")
    report.add_argument("names", nargs="*", metavar="NAME", help="a notebook of the plan")
    _report_options(report)
    report.set_defaults(run=_report)
    return parser


def _load_options(load: argparse.ArgumentParser) -> None:
    load.add_argument("files", nargs="+", metavar="FILE", help="an export, a folder of them, or a .tar.gz")
    load.add_argument("--source", default="", help="the source system; without it the headers decide")
    load.add_argument("--dry-run", action="store_true", help="say what would happen")
    load.add_argument("--sender", default="", help="who sent it")
    load.add_argument("--first-day", type=_day, metavar="DATE", help="first day that it covers")
    load.add_argument("--last-day", type=_day, metavar="DATE", help="last day that it covers")
    load.add_argument(
        "--extracted", type=_day, metavar="DATE", help="the day it was taken out; later ones win"
    )
    load.add_argument("--units", nargs="+", default=[], metavar="U", help="the units that it covers")
    load.add_argument("--pseudonymise", action="store_true", help="replace the persons' ids by keyed digests")
    load.add_argument("--key", default="", metavar="FILE", help="the key for that, outside any Git tree")
    load.set_defaults(run=_load)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a date written YYYY-MM-DD") from None


def _report_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--unit", nargs="+", default=[], metavar="U", help="a unit of units.csv")
    parser.add_argument("--language", nargs="+", default=[], choices=["sv", "en"])
    parser.add_argument(
        "--as-of", default="", metavar="DATE", help="YYYY-MM-DD; default: the data's last day"
    )
    parser.add_argument("--jobs", type=_count, default=0, metavar="N", help="processes; default: the cores")
    parser.add_argument("--force", action="store_true", help="regenerate what has not changed, too")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of processes")
    return int(text)


def _about() -> str:
    return f"Did a change in how care is given make things better? Areas: {', '.join(area_names())}."


def _demo(options: Any) -> int:
    from analysis import demo
    from analysis.report.lock import only_run

    area, home = _place(options)
    with only_run(home / "data" / "store" / area.id):
        seed = demo.SEED if options.seed is None else options.seed
        demo.load(area, home, seed=seed, as_of=options.as_of)
    options.names = []
    return _report(options)


def _load(options: Any) -> int:
    from analysis import inbox
    from analysis.report.lock import only_run

    area, home = _place(options)
    reading, code = _reading(options, area), 0
    paths = [Path(f) for f in options.files]
    with nullcontext() if options.dry_run else only_run(home / "data" / "store" / area.id):
        for result in inbox.load(paths, area, home, reading, dry_run=options.dry_run):
            text = _json(result.as_dict()) if options.json else "\n".join(result.lines())
            print(text, flush=True)  # noqa: T201
            code = max(code, result.exit_code)
    return code


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

    area, home = _place(options)
    report = check.examine(area, home, parse_day(options.as_of) if options.as_of else None)
    if options.json:
        print(_json(check.as_dict(report)))  # noqa: T201
    else:
        print("\n".join(check.lines(report)))  # noqa: T201
    return report.exit_code


def _map(options: Any) -> int:
    from analysis.sources import propose

    area, _ = _place(options)
    proposal = propose.propose(Path(options.file), area, options.table)
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

    area, home = _place(options)
    selection = Selection(tuple(options.names), tuple(options.unit), tuple(options.language))
    request = Request(selection, options.as_of, options.jobs, options.force)
    with (
        only_run(home / "data" / "store" / area.id),
        only_run(home / "reports" / area.id),
        _Bar(options) as bar,
    ):
        refused = [r for r in inbox.load_new(area, home) if r.exit_code]
        for result in refused:
            _say_error("\n".join(result.lines()))
        done = run(area, home, request, bar.show)
    _say_run(done, options)
    return done.exit_code or max((r.exit_code for r in refused), default=0)


def _place(options: Any) -> tuple[Area, Path]:
    home = home_folder(options.home)
    if not home.is_dir():
        raise InputMissing("the home folder does not exist", "Make it, or name another", Place(str(home)))
    return read_area(options.area, home), home


def _say_run(done: Any, options: Any) -> None:
    for outcome in done.outcomes:
        if outcome.problem:
            _say_error(f"{outcome.job.file}: {outcome.problem}")
    if options.json:
        reports = [
            {
                "notebook": o.job.notebook,
                "unit": o.job.unit,
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


def _home(options: Any) -> Path:
    return home_folder(getattr(options, "home", ""))


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
