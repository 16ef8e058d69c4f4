"""Which notebook for whom: the jobs of a run, and the key that tells whether one must be run again.

Standard library only: a run that has nothing to do must not import anything heavy.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from analysis.area import REPOSITORY, Area
from analysis.errors import Place, SettingsError, UsageError

NOTEBOOKS = REPOSITORY / "notebooks"
PLAN = REPOSITORY / "reports" / "plan.toml"
PARTY = "party-"


@dataclass(frozen=True)
class Job:
    """One report: a notebook for a unit of an area, or for a party in the whole of it, in a language."""

    area: str
    notebook: str
    unit: str
    language: str
    key: str = ""
    party: str = ""

    @property
    def place(self) -> str:
        """The folder of the unit's or the party's reports in the set."""
        return f"{PARTY}{self.party}" if self.party else self.unit

    @property
    def file(self) -> str:
        """Where it stands in the set."""
        return f"{self.place}/{self.notebook}.{self.language}.html"

    @property
    def source(self) -> Path:
        """The notebook."""
        return NOTEBOOKS / f"{self.notebook}.ipynb"


@dataclass(frozen=True)
class Selection:
    """What the command line asks for; empty is everything in the plan."""

    notebooks: Sequence[str] = ()
    units: Sequence[str] = ()
    languages: Sequence[str] = ()
    parties: Sequence[str] = ()


def jobs(area: Area, selection: Selection) -> list[Job]:
    """The reports to make, in the order of the plan.

    Parameters
    ----------
    area : Area
        The area.
    selection : Selection
        What to narrow the plan to.

    Returns
    -------
    list of Job
        Without keys.

    Raises
    ------
    UsageError
        If something is selected that the plan does not have.
    SettingsError
        If the plan cannot be read, names a notebook that does not exist, or has nothing for the area.
    """
    planned = [job for row in _rows(area) for job in _expand(row, area)]
    _known("report", selection.notebooks, {j.notebook for j in planned})
    _known("unit", selection.units, {j.unit for j in planned})
    _known("party", selection.parties, {j.party for j in planned} - {""})
    _known("language", selection.languages, set(area.languages))
    return [j for j in planned if _chosen(j, selection)]


def with_key(job: Job, area: Area, *, store: str, as_of: str) -> Job:
    """The job with the key of everything that its page depends on.

    Parameters
    ----------
    job : Job
        The report.
    area : Area
        Its settings count.
    store : str
        Digest of the store.
    as_of : str
        The as-of day.

    Returns
    -------
    Job
        With ``key``.
    """
    parts = {
        "notebook": _notebook(job.source),
        "unit": job.unit,
        "party": job.party,
        "language": job.language,
        "as_of": as_of,
        "store": store,
        "settings": _digest_files(area.files(), area.folder),
        "program": _program(),
        "python": sys.version,
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return replace(job, key=hashlib.blake2b(text.encode(), digest_size=20).hexdigest())


def _rows(area: Area) -> list[dict[str, Any]]:
    try:
        plan = tomllib.loads(PLAN.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"the plan cannot be read ({error})", "Mend it", Place(str(PLAN))) from None
    rows = [r for r in plan.get("reports", []) if r.get("area") == area.id]
    if not rows:
        raise SettingsError(f"the plan has no report for “{area.id}”", "Add one", Place(str(PLAN)))
    for row in rows:
        name = row.get("notebook", "")
        if not (NOTEBOOKS / f"{name}.ipynb").is_file():
            raise SettingsError(f"there is no notebook “{name}”", "Mend the plan", Place(str(PLAN)))
        if row.get("units") not in ("all", "area"):
            what = f"“{row.get('units', '')}” is not a choice of units for “{name}”"
            raise SettingsError(what, "Write “all” or “area”", Place(str(PLAN), column="units"))
        if not isinstance(row.get("parties", False), bool):
            what = f"“parties” of “{name}” is neither true nor false"
            remedy = "Write parties = true, or leave it out"
            raise SettingsError(what, remedy, Place(str(PLAN), column="parties"))
    return rows


def _expand(row: dict[str, Any], area: Area) -> Iterable[Job]:
    units = [area.top] if row["units"] == "area" else [area.top, *area.members]
    whom = [(u.id, "") for u in units]
    whom += [(area.top.id, p.id) for p in area.parties if row.get("parties")]
    return (
        Job(area.id, row["notebook"], unit, language, party=party)
        for unit, party in whom
        for language in area.languages
    )


def _known(what: str, asked: Iterable[str], known: set[str]) -> None:
    for name in asked:
        if name not in known:
            raise UsageError(f"the plan has no {what} “{name}”", f"Use one of: {', '.join(sorted(known))}")


def _chosen(job: Job, selection: Selection) -> bool:
    return (
        (not selection.notebooks or job.notebook in selection.notebooks)
        and _is_whose(job, selection)
        and (not selection.languages or job.language in selection.languages)
    )


def _is_whose(job: Job, selection: Selection) -> bool:
    """Whether a report is of one of the units or parties; of everybody when none is named."""
    if not selection.units and not selection.parties:
        return True
    return job.party in selection.parties if job.party else job.unit in selection.units


@cache
def _notebook(path: Path) -> str:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        kept = [[c["cell_type"], c["source"], c.get("metadata", {}).get("tags", [])] for c in cells]
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsError("this is not a notebook", "Restore it", Place(str(path))) from None
    return json.dumps(kept, ensure_ascii=False)


@cache
def _program() -> str:
    source = Path(__file__).resolve().parents[1]
    kept = (".py", ".toml", ".j2", ".css", ".json", ".ttf")
    files = sorted(p for p in source.rglob("*") if p.suffix in kept)
    return _digest_files([*files, REPOSITORY / "requirements.lock"], REPOSITORY)


def _digest_files(files: Iterable[Path], base: Path) -> str:
    digest = hashlib.blake2b(digest_size=20)
    for path in files:
        digest.update(str(path.relative_to(base).as_posix()).encode())
        digest.update(hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()
