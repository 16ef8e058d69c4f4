"""What an area states of its surveys: rounds, who was asked, items, and the groups that pages may name.

No table of answers says how many were asked, so ``surveys.toml`` of the area does; an area without the
file has no surveys. Groups that it does not name are shown together as others.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isclose
from typing import Any, Literal

from analysis.area import Area, Text
from analysis.errors import Place, SettingsError

FILE = "surveys.toml"
EVERYBODY = "all"
PERIODS = ("before", "after", "")
SECTIONS = ("rounds", "items", "dimensions", "names")
GROUPS = ("profession", "forvaltning", "role", "theme", "survey")
ROUND = ("survey", "round", "period", "first_day", "last_day", "asked", "answered", "invented")

Period = Literal["before", "after", ""]


@dataclass(frozen=True)
class Round:
    """One round of a survey.

    ``asked`` is by party, or has one number under "all"; it is empty where nobody knows. ``answered`` is
    stated only for what is not delivered as answers (interviews). A round of no period is not compared.
    """

    survey: str
    round: str
    period: Period
    first_day: date
    last_day: date
    asked: Mapping[str, int] = field(default_factory=dict)
    answered: int | None = None
    invented: bool = False

    @property
    def asked_n(self) -> int | None:
        """How many were asked in all; None where nobody knows."""
        return sum(self.asked.values()) if self.asked else None


@dataclass(frozen=True)
class Item:
    """A question that is answered by 1 to 5."""

    id: str
    survey: str
    name: Text


@dataclass(frozen=True)
class Dimension:
    """Several items that are weighted together into one score."""

    id: str
    survey: str
    name: Text
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Surveys:
    """An area's surveys.

    ``names`` has for each column of the answers the values that pages may name, as the data spell them.
    """

    rounds: tuple[Round, ...] = ()
    items: tuple[Item, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    names: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)

    def of(self, survey: str, period: Period) -> Round | None:
        """The round of a survey before or after; None where none is stated."""
        found = (r for r in self.rounds if (r.survey, r.period) == (survey, period))
        return next(found, None)

    def asked(self, name: str) -> Item | Dimension | None:
        """The item or dimension with this id."""
        every: list[Item | Dimension] = [*self.items, *self.dimensions]
        return next((one for one in every if one.id == name), None)


def read(area: Area, *, data_are_invented: bool = True) -> Surveys:
    """An area's surveys, read and checked.

    Parameters
    ----------
    area : Area
        Whose.
    data_are_invented : bool
        Whether the store holds the demonstration's data; invented rounds are left out for real ones.

    Returns
    -------
    Surveys
        Empty without a file.

    Raises
    ------
    SettingsError
        If something is missing, misspelt or contradicts something else.
    """
    path = area.folder / FILE
    if not path.is_file():
        return Surveys()
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the file is not valid TOML ({error})", "Mend it", Place(str(path))) from None
    try:
        found = _read(settings, area)
    except _Wrong as wrong:
        raise SettingsError(wrong.what, wrong.remedy, Place(str(path), column=wrong.column)) from None
    rounds = tuple(r for r in found.rounds if data_are_invented or not r.invented)
    return Surveys(rounds, found.items, found.dimensions, found.names)


class _Wrong(Exception):
    """Something in the file; becomes a `SettingsError` with its place."""

    def __init__(self, column: str, what: str, remedy: str) -> None:
        self.column, self.what, self.remedy = column, what, remedy
        super().__init__(what)


def _read(settings: Mapping[str, Any], area: Area) -> Surveys:
    _only(settings, SECTIONS, FILE)
    items = tuple(_item(row, area) for row in settings.get("items", []))
    dimensions = tuple(_dimension(row, area) for row in settings.get("dimensions", []))
    rounds = tuple(_round(row, area) for row in settings.get("rounds", []))
    names = settings.get("names", {})
    _only(names, GROUPS, "names")
    for values in names.values():
        for name in values.values():
            _name({"name": name}, area)
    _refuse_twice([*(one.id for one in items), *(one.id for one in dimensions)], "items")
    _refuse_twice([f"{r.survey} {r.period}" for r in rounds if r.period], "rounds")
    _refuse_twice([f"{r.survey} {r.round}" for r in rounds], "rounds")
    return Surveys(rounds, items, dimensions, names)


def _round(row: Mapping[str, Any], area: Area) -> Round:
    _only(row, ROUND, "rounds")
    survey, first, last = _needed(row, ("survey", "first_day", "last_day"), "rounds")
    own = Round(
        survey,
        row.get("round", ""),
        row.get("period", ""),
        first,
        last,
        row.get("asked", {}),
        row.get("answered"),
        row.get("invented", False),
    )
    if own.period not in PERIODS:
        raise _Wrong("period", f"the period “{own.period}” is not known", "Write before, after or nothing")
    if not (isinstance(first, date) and isinstance(last, date) and first <= last):
        raise _Wrong("first_day", f"the days of a round of “{survey}” are no period", "Write YYYY-MM-DD")
    _only(own.asked, [p.id for p in area.parties] + [EVERYBODY], "asked")
    numbers = [*own.asked.values(), *([] if own.answered is None else [own.answered])]
    if any(type(n) is not int or n < 0 for n in numbers):
        raise _Wrong("asked", f"a number of “{survey}” is not a whole number", "Write digits only")
    if own.answered is not None and own.asked_n is not None and own.answered > own.asked_n:
        raise _Wrong("answered", f"more answered “{survey}” than were asked", "Mend one of the numbers")
    return own


def _item(row: Mapping[str, Any], area: Area) -> Item:
    name, survey = _needed(row, ("id", "survey"), "items")
    return Item(name, survey, _name(row, area))


def _dimension(row: Mapping[str, Any], area: Area) -> Dimension:
    name, survey, weights = _needed(row, ("id", "survey", "weights"), "dimensions")
    values = list(weights.values())
    if not values or min(values) <= 0 or not isclose(sum(values), 1, abs_tol=0.005):
        raise _Wrong("weights", f"the weights of “{name}” do not sum to one", "Mend them")
    return Dimension(name, survey, _name(row, area), weights)


def _needed(row: Mapping[str, Any], keys: Iterable[str], section: str) -> list[Any]:
    missing = [key for key in keys if key not in row]
    if missing:
        raise _Wrong(section, f"“{missing[0]}” is not set", f"Add {missing[0]} = … to it")
    return [row[key] for key in keys]


def _name(row: Mapping[str, Any], area: Area) -> Text:
    name = row.get("name", {})
    if not isinstance(name, Mapping) or any(not name.get(language) for language in area.languages):
        raise _Wrong("name", "a name is not given in every language", f"Give {', '.join(area.languages)}")
    return name


def _only(settings: Mapping[str, Any], known: Iterable[str], section: str) -> None:
    unknown = sorted(set(settings) - set(known))
    if unknown:
        raise _Wrong(section, f"“{unknown[0]}” is not a setting", f"Use one of: {', '.join(known)}")


def _refuse_twice(keys: list[str], section: str) -> None:
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise _Wrong(section, f"“{twice[0]}” is stated twice", "State it once")
