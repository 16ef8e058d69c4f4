"""What can be asked on the command line. Standard library only."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from analysis import __version__
from analysis.area import area_names


def parser_of(runs: Mapping[str, Callable[[Any], int]]) -> argparse.ArgumentParser:
    """The command line.

    Parameters
    ----------
    runs : mapping of str to callable
        What each command does with its options.

    Returns
    -------
    ArgumentParser
        Its result has the command's function as ``run``.
    """
    parser = argparse.ArgumentParser(prog="analysis", description=_about(), parents=[])
    parser.add_argument("--version", action="version", version=f"analysis {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (does, add_options) in COMMANDS.items():
        command = commands.add_parser(name, parents=[_shared()], help=does)
        add_options(command)
        command.set_defaults(run=runs[name])
    return parser


def _shared() -> argparse.ArgumentParser:
    """Options of every command; made for each, so that one may have another default."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--area", default=os.environ.get("ANALYSIS_AREA", "goteborg"), help="folder under data/areas"
    )
    shared.add_argument("--home", default="", help="where the reports go, and what tells where data lie")
    shared.add_argument("--json", action="store_true", help="print one JSON object (load: one a file)")
    return shared


def _demo_options(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("--seed", type=int, default=None, help="of the invented area")
    demo.set_defaults(due=False, why=False)
    _run_options(demo)


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


def _purge_options(purge: argparse.ArgumentParser) -> None:
    purge.add_argument("--before", type=_day, metavar="DATE", help="deliveries whose newest row is older")
    purge.add_argument(
        "--expired", action="store_true", help="deliveries whose last day of keeping has passed"
    )
    purge.add_argument("--dry-run", action="store_true", help="say what would go")


def _check_options(check: argparse.ArgumentParser) -> None:
    check.add_argument("--as-of", default="", metavar="DATE", help="YYYY-MM-DD; default: today")


def _map_options(mapped: argparse.ArgumentParser) -> None:
    mapped.add_argument("file", metavar="FILE", help="an export")
    mapped.add_argument("--table", default="", help="the table it holds; without it the headers decide")
    mapped.add_argument("--output", default="", metavar="TOML", help="a new file to write it to")


def _report_options(report: argparse.ArgumentParser) -> None:
    report.add_argument("names", nargs="*", metavar="NAME", help="a notebook of the plan")
    report.add_argument("--why", action="store_true", help="say what would make each report anew; make none")
    report.add_argument("--due", action="store_true", help="only what the plan's sets are due for")
    _run_options(report)


def _explain_options(explain: argparse.ArgumentParser) -> None:
    explain.add_argument(
        "report", metavar="REPORT", help="such as 02-deviations, molndal/02-deviations, or a page's file"
    )


def _explore_options(explore: argparse.ArgumentParser) -> None:
    explore.add_argument(
        "--page",
        nargs="?",
        const="",
        metavar="FILE",
        help="the page of released figures instead: say where it stands, or copy it to FILE",
    )
    explore.add_argument(
        "--language", default="", choices=["sv", "en"], help="of the page; default: the area's"
    )
    explore.add_argument("--port", type=_port, default=8888, metavar="N", help="of the workbench")
    explore.add_argument("--ip", default="127.0.0.1", metavar="ADDRESS", help="that it listens on")
    explore.add_argument("--no-browser", action="store_true", help="only say the address")


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"“{text}” is not a port from 1 to 65535")
    return int(text)


def _schedule_options(schedule: argparse.ArgumentParser) -> None:
    forms = ["systemd", "cron", "windows"]
    schedule.add_argument("--form", default="", choices=forms, help="default: this machine's")


def _status_options(status: argparse.ArgumentParser) -> None:
    status.set_defaults(area=os.environ.get("ANALYSIS_AREA", ""))  # "" is every area


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a date written YYYY-MM-DD") from None


def _run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--unit", nargs="+", default=[], metavar="U", help="a unit of units.csv")
    parser.add_argument("--party", nargs="+", default=[], metavar="P", help="a party of area.toml")
    parser.add_argument("--language", nargs="+", default=[], choices=["sv", "en"])
    parser.add_argument(
        "--as-of", default="", metavar="DATE", help="YYYY-MM-DD; default: the data's last day"
    )
    parser.add_argument("--jobs", type=_count, default=0, metavar="N", help="processes; default: the cores")
    parser.add_argument("--force", action="store_true", help="regenerate what has not changed, too")
    parser.add_argument("--cold", action="store_true", help="start every kernel anew (same pages, slower)")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of processes")
    return int(text)


def _about() -> str:
    return f"Did a change in how care is given make things better? Areas: {', '.join(area_names())}."


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "demo": ("invent the area's exports, load them, report", _demo_options),
    "load": ("read exports into the store", _load_options),
    "check": ("what would stop or weaken a report", _check_options),
    "map": ("propose a mapping for unknown headers", _map_options),
    "purge": ("remove what may not be kept", _purge_options),
    "where": ("the folders of the area", lambda _: None),
    "report": ("regenerate what changed, publish the set", _report_options),
    "explain": ("where the numbers of a report come from", _explain_options),
    "explore": ("look into the data, or at what is published", _explore_options),
    "schedule": ("what makes this machine run what is due", _schedule_options),
    "status": ("the sets, kept sets, last run, what comes next", _status_options),
}
