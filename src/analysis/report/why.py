"""Why a report would be made again: what of its key differs from when its page was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis import private_json
from analysis.area import Area
from analysis.report.keys import Keys
from analysis.report.plan import Job, Selection, jobs
from analysis.report.publish import current_manifest
from analysis.store import Store
from analysis.zones import Zones

NAME = "keys.json"
SAID = {
    "notebook": "the notebook was changed",
    "inputs": "the deliveries of its tables changed",
    "as_of": "the as-of day is another",
    "formats": "the plan asks for other formats",
    "protocol": "another protocol is registered",
    "program": "the program, its texts or its templates changed",
    "lock": "requirements.lock changed",
    "python": "Python or the kind of machine is another",
    "environment": "the environment of notebooks is set otherwise",
}


def remember(zones: Zones, keys: Keys, made: Iterable[Job]) -> None:
    """Write down what the keys of new pages are made of.

    Parameters
    ----------
    zones : Zones
        The area's folders.
    keys : Keys
        Of the run.
    made : iterable of Job
        Reports whose pages it has published.
    """
    path = zones.private(zones.runs) / NAME
    parts = {job.file: keys.parts(job) for job in made}
    if parts:
        private_json.write(path, private_json.read(path) | parts)


def explain(area: Area, home: Path, selection: Selection, as_of: str) -> list[tuple[Job, tuple[str, ...]]]:
    """What would make each report anew.

    Parameters
    ----------
    area : Area
        The area.
    home : Path
        The home folder.
    selection : Selection
        Which reports.
    as_of : str
        The as-of day; "" is the last that any delivery knows of.

    Returns
    -------
    list of (Job, tuple of str)
        The reasons, none where the page is up to date.
    """
    zones, store = Zones(home, area.id), Store(home, area.id)
    keys = Keys(area, store, as_of or store.issued())
    entries = {e["file"]: e for e in current_manifest(zones.reports).get("reports", [])}
    kept = private_json.read(zones.runs / NAME)
    return [
        (job, _reasons(keys, job, entries.get(job.file, {}), kept.get(job.file, {})))
        for job in map(keys.of, jobs(area, selection))
    ]


def _reasons(keys: Keys, job: Job, entry: Mapping[str, Any], before: Mapping[str, Any]) -> tuple[str, ...]:
    if not entry:
        return ("there is no page of it in the published set",)
    if entry.get("kept"):
        return ("it could not be made last time; its page is an older one",)
    if entry.get("key") == job.key:
        return ()
    now = keys.parts(job)
    said = [SAID[name] for name in SAID if name in before and before[name] != now[name]]
    said += _of_settings(before.get("settings", {}), now["settings"])
    return tuple(said) or ("it is not known what its page was made from",)


def _of_settings(before: Mapping[str, str], now: Mapping[str, str]) -> Sequence[str]:
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    return [f"the settings changed ({', '.join(changed)})"] if before and changed else []
