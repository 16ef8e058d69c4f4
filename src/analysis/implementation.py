"""What an area's roll-out consists of: tasks of the phases, activities, and who sends status sheets.

Settings of the area beside ``rollout.csv``: ``phase_tasks.csv`` and ``implementation.toml``. An area without
them has no tasks, no known activities and expects no sheets.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from analysis.area import Area, Text
from analysis.errors import Place, SettingsError

TASKS, SHEETS = "phase_tasks.csv", "implementation.toml"
COLUMNS = ("phase", "party", "number", "text_sv", "text_en", "evidence")
EVIDENCE = ("", "plan", "training", "assessment")
PHASES = (1, 2, 3, 4)


@dataclass(frozen=True)
class Task:
    """A task of a phase; ``party`` is "" when it is everybody's, ``evidence`` what may tell of it."""

    phase: int
    party: str
    number: int
    text: Text
    evidence: str = ""


@dataclass(frozen=True)
class Listed:
    """Something with an id and a name: an administration, or a sub-area of the status sheets."""

    id: str
    name: Text
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Implementation:
    """The settings of an area's roll-out."""

    tasks: tuple[Task, ...] = ()
    administrations: tuple[Listed, ...] = ()
    sub_areas: tuple[Listed, ...] = ()
    activities: tuple[str, ...] = ()
    phases: Mapping[int, Text] = field(default_factory=dict)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all its lists."""
        return frozenset([x.id for x in (*self.administrations, *self.sub_areas)] + list(self.activities))


def implementation_of(area: Area) -> Implementation:
    """Read and check the settings of an area's roll-out.

    Parameters
    ----------
    area : Area
        The area.

    Returns
    -------
    Implementation
        Empty where the area has no such settings.

    Raises
    ------
    SettingsError
        If a file is damaged or contradicts the area; names file, row and column.
    """
    return _read(area.folder, frozenset(p.id for p in area.parties))


@cache
def _read(folder: Path, parties: frozenset[str]) -> Implementation:
    settings = _toml(folder / SHEETS)
    names = {n: settings["phases"][str(n)] for n in PHASES if str(n) in settings.get("phases", {})}
    return Implementation(
        tasks=_tasks(folder / TASKS, parties),
        administrations=_listed(settings, "administrations", folder),
        sub_areas=_listed(settings, "sub_areas", folder),
        activities=tuple(settings.get("activities", {}).get("ids", ())),
        phases=names,
    )


def _toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the file is not valid TOML ({error})", "Mend it", Place(str(path))) from None


def _listed(settings: Mapping[str, Any], what: str, folder: Path) -> tuple[Listed, ...]:
    where = Place(str(folder / SHEETS), column=what)
    rows = settings.get(what, [])
    if not all({"id", "name"} <= set(row) for row in rows):
        raise SettingsError(f"one of {what} has no id or no name", "Give it both", where)
    if len({row["id"] for row in rows}) < len(rows):
        raise SettingsError(f"an id of {what} occurs twice", "Give each its own", where)
    return tuple(Listed(row["id"], row["name"], tuple(row.get("spellings", ()))) for row in rows)


def _tasks(path: Path, parties: frozenset[str]) -> tuple[Task, ...]:
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        missing = [c for c in COLUMNS if c not in (reader.fieldnames or [])]
        if missing:
            where = Place(str(path), 1, missing[0])
            raise SettingsError("the column is missing", f"The columns are {', '.join(COLUMNS)}", where)
        return tuple(_task(row, path, reader.line_num, parties) for row in reader)


def _task(row: Mapping[str, str], path: Path, line: int, parties: frozenset[str]) -> Task:
    known = {
        "phase": [str(n) for n in PHASES],
        "party": ["", *sorted(parties)],
        "evidence": list(EVIDENCE),
    }
    for column, allowed in known.items():
        if row[column] not in allowed:
            what = f"“{row[column]}” is not known"
            raise SettingsError(what, f"Use one of {allowed}", Place(str(path), line, column))
    if not (row["number"] or "").isdecimal():
        raise SettingsError("the number is not one", "Write digits", Place(str(path), line, "number"))
    text = {"sv": row["text_sv"], "en": row["text_en"]}
    return Task(int(row["phase"]), row["party"], int(row["number"]), text, row["evidence"])
