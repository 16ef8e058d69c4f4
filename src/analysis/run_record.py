"""The record of the last run, ``runs/run.json`` in the protected zone, and what a notification tells of it.

Neither holds a value of the data, a name of a file that was delivered, or a text of an error: what is written
are names of the plan and the settings, states, kinds and counts. Standard library only.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from analysis import __version__, moments, private_json
from analysis.access import STOPPED, exit_code_of
from analysis.errors import AnalysisError, AnotherRun
from analysis.zones import Zones

NAME = "run.json"
TERMINATED = 143
EXITS = {
    0: "done", 2: "usage", 3: "some reports failed", 65: "input refused, or stopped at the gate",
    66: "input missing", 70: "bug", 74: "cannot write", 75: "another run is working", 78: "settings",
    STOPPED: "stopped", TERMINATED: "stopped by the system",
}  # fmt: skip
DISTRIBUTIONS = (
    "duckdb", "ibis_framework", "ipykernel", "matplotlib", "nbclient", "nbconvert", "nbformat", "numpy",
    "pandas", "papermill", "pyarrow", "scipy", "statsmodels",
)  # fmt: skip
# Words of our own sentences about a report's problem, and what kind it is.
KINDS = {
    "took longer than": "time limit", "kernel died": "kernel died", "was killed": "killed",
    "needed more memory": "memory limit",
    "ended before its last cell": "ended early", "another disclosure policy": "old policy",
    "in code cell": "error in a cell",
}  # fmt: skip
_INSTALLED = re.compile(rf"({'|'.join(DISTRIBUTIONS)})-([\w.+!]+)\.dist-info", re.IGNORECASE)


@dataclass
class Record:
    """What a run has done so far, for the command to fill.

    Parameters
    ----------
    area : str
        The area.
    started : datetime
        In UTC.
    as_of : str
        The as-of day; "" while it is not known.
    set_id : str
        The published set; "" when none was published.
    reports : list of mapping
        From `told`.
    loads : mapping of str to int
        From `counted`.
    due : list of str
        Names of the planned sets that the run was for.
    kept : list of str
        Names of the kept sets that it made or found whole.
    exit_code : int
        Of the command; that of its error when it fails.
    is_run : bool
        False when there was nothing to do.
    """

    area: str
    started: datetime
    as_of: str = ""
    set_id: str = ""
    reports: list[dict[str, str]] = field(default_factory=list)
    loads: Mapping[str, int] = field(default_factory=dict)
    due: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    exit_code: int = 0
    is_run: bool = True

    @property
    def run_id(self) -> str:
        """When it began, and its process."""
        return f"{self.started:%Y%m%dT%H%M%SZ}-{os.getpid()}"

    def as_dict(self) -> dict[str, Any]:
        """What is written down."""
        return {
            "run": self.run_id,
            "area": self.area,
            "started": self.started.isoformat(timespec="seconds"),
            "ended": moments.now().isoformat(timespec="seconds"),
            "versions": versions(),
            "as_of": self.as_of,
            "set": self.set_id,
            "due": self.due,
            "kept": self.kept,
            "reports": self.reports,
            "counts": dict(Counter(r["state"] for r in self.reports)),
            "loads": dict(self.loads),
            "exit_code": self.exit_code,
            "exit": in_words(self.exit_code),
        }

    def notice(self) -> str:
        """What a notification says: fixed words, the area, counts of reports and of files, the run's id."""
        states = Counter(r["state"] for r in self.reports)
        told = {
            "area": self.area,
            "exit code": self.exit_code,
            "meaning": in_words(self.exit_code),
            "reports built": states["built"],
            "reports unchanged": states["unchanged"],
            "reports failed": states["kept"] + states["failed"],
            "files read": self.loads.get("files_read", 0),
            "files refused": self.loads.get("files_refused", 0),
            "run": self.run_id,
        }
        return "".join(f"{key}: {value}\n" for key, value in told.items())


@contextmanager
def recorded(zones: Zones, ended_badly: Callable[[Record], None]) -> Iterator[Record]:
    """Write the record when a run ends, however it ends.

    Nothing is written of a run that another one keeps from working: the other one's record is the last.

    Parameters
    ----------
    zones : Zones
        Where the area's data lie.
    ended_badly : callable
        Called with the record when the exit code is not 0.

    Yields
    ------
    Record
        For the run to fill.

    Raises
    ------
    CannotWrite
        If a good run's record cannot be written.
    """
    record, problem = Record(zones.area, moments.now()), None
    try:
        yield record
    except BaseException as error:
        record.exit_code, problem = exit_code_of(error), error
        raise
    finally:
        try:
            if record.is_run and not isinstance(problem, AnotherRun):
                _write(record, zones, was_good=problem is None)
        except AnalysisError as error:
            record.exit_code = record.exit_code or error.exit_code
            raise
        finally:
            if record.exit_code:
                ended_badly(record)


def told(outcomes: Iterable[Any]) -> list[dict[str, str]]:
    """What became of each report, without the sentence of its problem.

    Parameters
    ----------
    outcomes : iterable of Outcome
        Of a run.

    Returns
    -------
    list of dict
        Notebook, unit, party, language, state, and the kind of problem ("" is none).
    """
    return [
        {
            "notebook": o.job.notebook,
            "unit": o.job.unit,
            "party": o.job.party,
            "language": o.job.language,
            "state": o.state,
            "problem": _kind(o),
        }
        for o in outcomes
    ]


def counted(results: Sequence[Any]) -> dict[str, int]:
    """How many files and rows a run has loaded.

    Parameters
    ----------
    results : sequence of Result
        One a file.

    Returns
    -------
    dict of str to int
        A refused file's rows are not counted: it is refused as a whole.
    """
    refused = sum(r.outcome == "refused" for r in results)
    return {
        "files_read": len(results),
        "files_refused": refused,
        "rows_read": sum(r.read for r in results),
        "rows_accepted": sum(r.accepted for r in results),
        "rows_quarantined": sum(len(r.quarantined) for r in results),
    }


def last_run(zones: Zones) -> Mapping[str, Any]:
    """The record of the last run; empty when there is none, or it is damaged."""
    return private_json.read(zones.runs / NAME)


def in_words(exit_code: int) -> str:
    """What an exit code means."""
    return EXITS.get(exit_code, "unknown")


def versions() -> dict[str, str]:
    """The versions of the program, of Python and of what it rests on, without importing any of it."""
    found = {"analysis": __version__, "python": sys.version.split()[0]}
    for folder in (p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")):
        with suppress(OSError):
            for name in sorted(os.listdir(folder)):
                if match := _INSTALLED.fullmatch(name):
                    found.setdefault(match[1].lower().replace("_", "-"), match[2])
    return found


def _write(record: Record, zones: Zones, *, was_good: bool) -> None:
    try:
        private_json.write(zones.private(zones.runs) / NAME, record.as_dict())
    except Exception:
        if was_good:
            raise


def _kind(outcome: Any) -> str:
    """The kind of a report's problem, by our own words in its sentence."""
    if not outcome.problem:
        return ""
    return next((kind for words, kind in KINDS.items() if words in outcome.problem), "failed")
