"""The effect goals of an area: what is wanted, which way, and what measures it. Standard library only."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from analysis.errors import Place, SettingsError

COLUMNS = (
    "id", "code", "group", "name_sv", "name_en", "direction", "kind", "what", "parties", "unit_sv", "unit_en",
    "source",
)  # fmt: skip
PROBLEM = "problem"  # the group of what the project set out from
Direction = Literal["lower", "higher"]
Kind = Literal["measure", "survey"]


@dataclass(frozen=True)
class Goal:
    """An effect goal.

    ``kind`` says whether ``what`` is a measure, answered by the primary question about it, or an item of a
    survey. ``parties`` are those that the sources name for it; none is all of them.
    """

    id: str
    code: str
    group: str
    name: Mapping[str, str]
    direction: Direction
    kind: Kind
    what: str
    parties: tuple[str, ...]
    unit: Mapping[str, str]
    source: str

    @property
    def is_effect_goal(self) -> bool:
        """Whether it is one, and not the problem that the goals are to mend."""
        return self.group != PROBLEM

    def concerns(self, party: str) -> bool:
        """Whether the goal is a party's; "" is all of them."""
        return not party or not self.parties or party in self.parties


def read_goals(path: Path, parties: Collection[str]) -> tuple[Goal, ...]:
    """The goals of an area.

    Parameters
    ----------
    path : Path
        Its ``goals.csv``; an area without the file has stated none.
    parties : collection of str
        Ids of its parties.

    Returns
    -------
    tuple of Goal
        In the order of the file.

    Raises
    ------
    SettingsError
        If a column is missing, an id repeats, or a cell holds what it may not; names line and column.
    """
    if not path.is_file():
        return ()
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    except UnicodeDecodeError:
        raise SettingsError("the file is not UTF-8 text", "Save it as CSV UTF-8", Place(str(path))) from None
    missing = [c for c in COLUMNS if c not in (reader.fieldnames or [])]
    if missing:
        where = Place(str(path), 1, missing[0])
        raise SettingsError("the column is missing", f"The columns are {', '.join(COLUMNS)}", where)
    goals: list[Goal] = []
    for row in reader:
        goals.append(_goal({k: (row[k] or "").strip() for k in COLUMNS}, path, reader.line_num, parties))
        if goals[-1].id in [g.id for g in goals[:-1]]:
            where = Place(str(path), reader.line_num, "id")
            raise SettingsError("the goal stands there twice", "Give each an id of its own", where)
    return tuple(goals)


def _goal(row: Mapping[str, str], path: Path, line: int, parties: Collection[str]) -> Goal:
    named = tuple(part.strip() for part in row["parties"].split("|") if part.strip())
    allowed = {"direction": get_args(Direction), "kind": get_args(Kind)}
    faulty = [c for c, known in allowed.items() if row[c] not in known]
    faulty += [c for c in ("id", "code", "group", "name_sv", "name_en", "what") if not row[c]]
    faulty += ["parties"] if set(named) - set(parties) else []
    if faulty:
        known = ", ".join(allowed.get(faulty[0], parties if faulty[0] == "parties" else ()))
        remedy = f"Use one of: {known}" if known else "Write it"
        raise SettingsError("the goal has a faulty or empty cell", remedy, Place(str(path), line, faulty[0]))
    return Goal(
        id=row["id"],
        code=row["code"],
        group=row["group"],
        name={"sv": row["name_sv"], "en": row["name_en"]},
        direction="lower" if row["direction"] == "lower" else "higher",
        kind="survey" if row["kind"] == "survey" else "measure",
        what=row["what"],
        parties=named,
        unit={"sv": row["unit_sv"], "en": row["unit_en"]},
        source=row["source"],
    )
