"""The short answer when nothing has changed: what a run found unchanged, as long as no file has been touched.

A run that had nothing to do leaves a receipt: what it said, and the state of every file that it had looked
at, by size, times and inode. While that state is the same, the same question has the same answer, and no
program but this one needs to be loaded. A file that is touched without being changed costs a look at its
content. Standard library only.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import private_json
from analysis.area import REPOSITORY, Area
from analysis.report import plan
from analysis.report.environment import OF_THE_PROGRAM
from analysis.zones import Zones

NAME = "receipt.json"
RACY = 2_000_000_000  # ns: a file as young as this may change again without its times telling
MOST = 20  # receipts kept, one a question


@dataclass(frozen=True)
class Looked:
    """The state of what a run depends on, before it began; ``is_settled`` when nothing was just written."""

    inputs: str
    is_settled: bool


def look(area: Area, zones: Zones) -> Looked:
    """The state of the settings, plan, notebooks, program, store and exports.

    Parameters
    ----------
    area : Area
        Its settings count.
    zones : Zones
        Its folders.

    Returns
    -------
    Looked
        To be compared with that of another time.
    """
    marks = list(_marks(_inputs(area, zones)))
    newest = max((max(mark[2], mark[3]) for mark in marks), default=0)
    return Looked(_digest([sys.version, marks]), time.time_ns() - newest > RACY)


def answer(zones: Zones, question: Mapping[str, Any], looked: Looked) -> dict[str, Any] | None:
    """What was said to the same question when nothing was otherwise.

    Parameters
    ----------
    zones : Zones
        The area's folders.
    question : mapping
        What is asked of the run.
    looked : Looked
        From `look`.

    Returns
    -------
    dict or None
        None when something was otherwise, also in the published set.
    """
    kept = private_json.read(zones.runs / NAME).get(_digest(question), {})
    if not isinstance(kept, dict) or kept.get("inputs") != looked.inputs:
        return None
    said = kept.get("said")
    return said if isinstance(said, dict) and kept.get("set") == _state_of_set(zones) else None


def leave(zones: Zones, question: Mapping[str, Any], looked: Looked, said: Mapping[str, Any]) -> None:
    """Leave a receipt, unless something was being written while the run looked.

    Parameters
    ----------
    zones, question, looked
        As in `answer`.
    said : mapping
        What the run said; it had nothing to do.
    """
    if not looked.is_settled:
        return
    path = zones.private(zones.runs) / NAME
    kept = private_json.read(path)
    kept.pop(_digest(question), None)
    newest = dict(list(kept.items())[1 - MOST :])
    receipt = {"inputs": looked.inputs, "set": _state_of_set(zones), "said": dict(said)}
    private_json.write(path, newest | {_digest(question): receipt})


def _inputs(area: Area, zones: Zones) -> Iterator[Path]:
    yield from area.files()
    yield plan.PLAN
    yield REPOSITORY / "requirements.lock"
    yield from _below(plan.NOTEBOOKS, (".ipynb",))
    yield from _below(Path(__file__).resolve().parents[1], OF_THE_PROGRAM)
    yield from sorted(zones.store.glob("*.json"))
    yield from sorted(zones.store.glob("[!.]*/delivery.json"))
    yield from _below(zones.raw, ())


def _state_of_set(zones: Zones) -> str:
    """Of the published set: where it is, and every file of it."""
    current = zones.reports / "current"
    try:
        target = os.readlink(current)
    except OSError:
        target = ""
    return _digest([target, list(_marks(_below(current.resolve(), ())))])


def _below(folder: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    """The files in a folder and its folders; all when no endings are named."""
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in ("__pycache__", ".ipynb_checkpoints"))
        yield from (Path(top, name) for name in sorted(names) if not endings or name.endswith(endings))


def _marks(paths: Iterable[Path]) -> Iterator[tuple[str, int, int, int, int]]:
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            yield str(path), -1, 0, 0, 0
            continue
        yield str(path), found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _digest(whole: Any) -> str:
    text = json.dumps(whole, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
