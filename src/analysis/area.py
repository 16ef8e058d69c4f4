"""One evaluated area: its parties, units, roll-out dates, events, questions and disclosure policy.

An area is a folder of settings, ``data/areas/<area>/``; nothing about any area is in the code.
Standard library only: the command line reads areas before anything heavy is imported.
"""

from __future__ import annotations

import csv
import io
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from analysis.errors import Place, SettingsError, UsageError
from analysis.goals import Goal, read_goals

REPOSITORY = Path(__file__).resolve().parents[2]
Text = Mapping[str, str]
SMALLEST_HIDDEN = 3  # a mark for fewer would tell the count
Level = Literal["month", "quarter", "half_year"]


def home_folder(home: str | os.PathLike[str] | None = None) -> Path:
    """Where raw, store, protected and reports live: the argument, ``ANALYSIS_HOME``, or the repository."""
    return Path(home or os.environ.get("ANALYSIS_HOME") or REPOSITORY).resolve()


@dataclass(frozen=True)
class Unit:
    """A place that is reported on: the area, a municipality, a local authority."""

    id: str
    kind: str
    parent: str
    name: Text
    population: int | None
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Party:
    """One of the organisations that must work in the new way."""

    id: str
    name: Text
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Category:
    """A kind of deviation; an unknown kind is kept out, since free text must not reach a page."""

    id: str
    name: Text
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Start:
    """A roll-out date: `party` works in the new way in `unit` from `start` (inclusive)."""

    party: str
    unit: str
    phase: int
    start: date | None
    invented: bool


@dataclass(frozen=True)
class Event:
    """Something else that happened; both ends inclusive. ``month_only``: the day is not known."""

    id: str
    first: date
    last: date
    name: Text
    shock: bool
    month_only: bool = False


@dataclass(frozen=True)
class Policy:
    """The disclosure policy: counts of 1..`hide_up_to` are hidden, others rounded to `round_to`.

    ``whole``, ``parts`` and ``detail`` are the finest periods shown of the whole area, of the units that
    it is made of, and of tables by kind.
    """

    hide_up_to: int = 7
    round_to: int = 5
    decided_by: Text = field(default_factory=dict)
    whole: Level = "month"
    parts: Level = "quarter"
    detail: Level = "half_year"


@dataclass(frozen=True)
class Area:
    """An evaluated area, read and checked."""

    id: str
    folder: Path
    name: Text
    languages: tuple[str, ...]
    time_zone: str
    municipality_kind: str
    policy: Policy
    parties: tuple[Party, ...]
    units: tuple[Unit, ...]
    starts: tuple[Start, ...]
    events: tuple[Event, ...]
    questions: tuple[Mapping[str, Any], ...]
    questions_stated_on: date
    source_line: Text
    categories: tuple[Category, ...] = ()
    keeps_free_text: bool = False
    goals: tuple[Goal, ...] = ()
    phases: tuple[Start, ...] = ()  # all of rollout.csv; ``starts`` has those of the phases asked about

    @cached_property
    def top(self) -> Unit:
        """The unit that is the whole area."""
        return next(u for u in self.units if not u.parent)

    @cached_property
    def members(self) -> tuple[Unit, ...]:
        """The units that reports are made for beside the whole area (municipalities, say)."""
        return tuple(u for u in self.units if u.kind == self.municipality_kind)

    def unit(self, unit_id: str) -> Unit:
        """The unit with this id; the whole area for an empty id.

        Parameters
        ----------
        unit_id : str
            An id from ``units.csv``, or "" for the whole area.

        Returns
        -------
        Unit
            The unit.

        Raises
        ------
        UsageError
            If the area has no such unit.
        """
        if not unit_id:
            return self.top
        for unit in self.units:
            if unit.id == unit_id:
                return unit
        known = ", ".join(u.id for u in (self.top, *self.members)[:12])
        raise UsageError(f"the area “{self.id}” has no unit “{unit_id}”", f"Use one of: {known}")

    def ancestors(self, unit_id: str) -> Iterator[str]:
        """The unit itself and everything it is part of, up to the whole area."""
        by_id = {u.id: u for u in self.units}
        while unit_id:
            yield unit_id
            unit_id = by_id[unit_id].parent

    def files(self) -> tuple[Path, ...]:
        """Every file of settings, in a stable order."""
        return tuple(sorted(p for p in self.folder.rglob("*") if p.is_file()))


def area_names() -> list[str]:
    """The areas whose settings ship with this repository or lie in the home folder."""
    folders = [home_folder() / "data" / "areas", REPOSITORY / "data" / "areas"]
    return sorted({p.parent.name for f in folders for p in f.glob("*/area.toml")})


def area_folder(name: str, home: Path) -> Path:
    """The folder with an area's settings: the home's own, else the shipped one."""
    for base in (home, REPOSITORY):
        folder = base / "data" / "areas" / name
        if (folder / "area.toml").is_file():
            return folder
    raise UsageError(f"there is no area “{name}”", f"Use one of: {', '.join(area_names())}")


def read_area(name: str, home: Path | None = None) -> Area:
    """Read and check an area's settings.

    Parameters
    ----------
    name : str
        Name of the folder under ``data/areas``.
    home : Path, optional
        Where to look first; the repository when left out.

    Returns
    -------
    Area
        The settings.

    Raises
    ------
    UsageError
        If there is no such area.
    SettingsError
        If a file is missing, misspelt or contradicts another; names file, row and column.
    """
    folder = area_folder(name, home_folder(home))
    settings = _toml(folder / "area.toml")
    asked = _toml(folder / "questions.toml")
    parties = tuple(_party(p, folder / "area.toml") for p in settings.get("parties", []))
    evaluated = {q.get("phase", 3) for q in asked.get("questions", [])} | {3}
    units = tuple(_unit(line, r, folder) for line, r in _rows(folder / "units.csv", _UNIT_COLUMNS))
    phases = tuple(_starts(folder / "rollout.csv", parties, units))
    area = Area(
        id=name,
        folder=folder,
        name=_need(settings, "name", folder / "area.toml"),
        languages=tuple(_need(settings, "languages", folder / "area.toml")),
        time_zone=_need(settings, "time_zone", folder / "area.toml"),
        municipality_kind=_need(settings, "municipality_kind", folder / "area.toml"),
        policy=_policy(settings.get("disclosure", {}), folder),
        parties=parties,
        units=units,
        starts=tuple(s for s in phases if s.phase in evaluated),
        events=tuple(_event(line, r, folder) for line, r in _rows(folder / "events.csv", _EVENT_COLUMNS)),
        questions=tuple(asked.get("questions", [])),
        questions_stated_on=_need(asked, "stated_on", folder / "questions.toml"),
        source_line=settings.get("source_line", {}),
        categories=tuple(_category(c, folder) for c in settings.get("categories", [])),
        keeps_free_text=_keeps_free_text(settings, folder),
        goals=read_goals(folder / "goals.csv", [p.id for p in parties]),
        phases=phases,
    )
    _check_units(area)
    return area


_UNIT_COLUMNS = ("unit", "kind", "parent", "name_sv", "name_en", "population", "spellings")
_EVENT_COLUMNS = ("event", "first", "last", "name_sv", "name_en", "shock")
_START_COLUMNS = ("party", "unit", "phase", "start", "invented")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError("the file is missing", "Restore it", Place(str(path))) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the file is not valid TOML ({error})", "Mend it", Place(str(path))) from None


def _need(settings: Mapping[str, Any], key: str, path: Path) -> Any:
    if key not in settings:
        raise SettingsError(f"“{key}” is not set", f"Add {key} = … to it", Place(str(path)))
    return settings[key]


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    if not path.is_file():
        raise SettingsError("the file is missing", "Restore it", Place(str(path)))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError("the file is not UTF-8 text", "Save it as CSV UTF-8", Place(str(path))) from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [c for c in columns if c not in (reader.fieldnames or [])]
    if missing:
        where = Place(str(path), 1, missing[0])
        raise SettingsError("the column is missing", f"The columns are {', '.join(columns)}", where)
    for row in reader:
        yield reader.line_num, {k: (v or "").strip() for k, v in row.items() if k is not None}


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _party(row: Mapping[str, Any], path: Path) -> Party:
    return Party(_need(row, "id", path), _need(row, "name", path), tuple(row.get("spellings", ())))


def _category(row: Mapping[str, Any], folder: Path) -> Category:
    where = Place(str(folder / "area.toml"), column="categories")
    if not {"id", "name"} <= set(row):
        raise SettingsError("a category has no id or no name", "Give it both", where)
    return Category(row["id"], row["name"], tuple(row.get("spellings", ())))


def _keeps_free_text(settings: Mapping[str, Any], folder: Path) -> bool:
    """Free text is dropped at import unless the area keeps it, in the protected zone."""
    keep = settings.get("free_text", {}).get("keep", False)
    if not isinstance(keep, bool):
        where = Place(str(folder / "area.toml"), column="free_text")
        raise SettingsError("“keep” is neither true nor false", "Write keep = true or keep = false", where)
    return keep


def _unit(line: int, row: Mapping[str, str], folder: Path) -> Unit:
    if row["population"] and not row["population"].isdecimal():
        where = Place(str(folder / "units.csv"), line, "population")
        raise SettingsError("the population is not a whole number", "Write digits only, or nothing", where)
    population = int(row["population"]) if row["population"] else None
    name = {"sv": row["name_sv"], "en": row["name_en"]}
    return Unit(row["unit"], row["kind"], row["parent"], name, population, _split(row["spellings"]))


def _policy(settings: Mapping[str, Any], folder: Path) -> Policy:
    levels = settings.get("levels", {})
    _only_known(settings, ("hide_up_to", "round_to", "decided_by", "levels"), folder)
    where = Place(str(folder / "area.toml"), column="disclosure")
    if not isinstance(levels, Mapping):
        raise SettingsError("“levels” is not a table", "Write it as [disclosure.levels]", where)
    _only_known(levels, ("whole", "parts", "detail"), folder)
    if any(level not in get_args(Level) for level in levels.values()):
        allowed = ", ".join(get_args(Level))
        raise SettingsError("a level of [disclosure.levels] is not known", f"Use one of: {allowed}", where)
    numbers = {key: settings[key] for key in ("hide_up_to", "round_to") if key in settings}
    if any(type(number) is not int for number in numbers.values()):
        raise SettingsError("hide_up_to or round_to is not a whole number", "Write digits only", where)
    policy = Policy(**numbers, decided_by=settings.get("decided_by", {}), **levels)
    if policy.hide_up_to < SMALLEST_HIDDEN:
        what = f"hide_up_to is {policy.hide_up_to}: the mark would tell the count"
        raise SettingsError(what, f"Hide 1–{SMALLEST_HIDDEN} at least", where)
    if policy.hide_up_to < policy.round_to or policy.round_to < 1:
        raise SettingsError("hide_up_to is less than round_to", "Hide at least as much as is rounded", where)
    return policy


def _only_known(settings: Mapping[str, Any], known: tuple[str, ...], folder: Path) -> None:
    unknown = [key for key in settings if key not in known]
    if unknown:
        where = Place(str(folder / "area.toml"), column="disclosure")
        raise SettingsError(f"“{unknown[0]}” is not a setting", f"Use one of: {', '.join(known)}", where)


def _date(text: str, path: Path, line: int, column: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        where = Place(str(path), line, column)
        raise SettingsError("the date is not written YYYY-MM-DD", "Write it so", where) from None


def _event(line: int, row: Mapping[str, str], folder: Path) -> Event:
    path = folder / "events.csv"
    month_only = len(row["first"]) == len("YYYY-MM")
    first, last = (row[c] + ("-01" if month_only and row[c] else "") for c in ("first", "last"))
    starts = _date(first, path, line, "first")
    ends = _date(last or first, path, line, "last")
    name = {"sv": row["name_sv"], "en": row["name_en"]}
    return Event(row["event"], starts, ends, name, row["shock"] == "yes", month_only)


def _starts(path: Path, parties: tuple[Party, ...], units: tuple[Unit, ...]) -> Iterator[Start]:
    party_ids, unit_ids = {p.id for p in parties}, {u.id for u in units}
    for line, row in _rows(path, _START_COLUMNS):
        for column, known in (("party", party_ids), ("unit", unit_ids)):
            if row[column] not in known:
                where = Place(str(path), line, column)
                raise SettingsError(
                    f"“{row[column]}” is not known", f"Use one of {sorted(known)[:12]}", where
                )
        if not row["phase"].isdigit():
            raise SettingsError(
                "the phase is not a number", "Write 1, 2, 3 or 4", Place(str(path), line, "phase")
            )
        start = _date(row["start"], path, line, "start") if row["start"] else None
        yield Start(row["party"], row["unit"], int(row["phase"]), start, row["invented"] == "yes")


def _check_units(area: Area) -> None:
    ids = [u.id for u in area.units]
    path = Place(str(area.folder / "units.csv"))
    if len(set(ids)) < len(ids) or sum(not u.parent for u in area.units) != 1:
        raise SettingsError("ids repeat, or not exactly one unit lacks a parent", "Mend the units", path)
    orphans = [u.id for u in area.units if u.parent and u.parent not in ids]
    if orphans:
        raise SettingsError(f"the parent of {orphans} is not a unit", "Mend the units", path)
    parents = {u.id: u.parent for u in area.units}
    for unit in ids:
        above = unit
        for _ in ids:
            above = parents.get(above, "")
        if above:
            raise SettingsError(f"“{unit}” is part of itself", "Mend the units", path)
