"""What is asked, stated before the outcome data are opened: an area's questions for one unit."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from analysis.area import Area, Start, Unit
from analysis.designs.effect import Break, Question, Shock
from analysis.errors import Place, SettingsError
from analysis.measures import Measure, measures

NEEDED = ("id", "measure", "start", "text")
AS_STATED = (
    "impact", "impact_months", "transition", "first", "last", "season", "fourier_pairs", "party",
    "chosen_for_outcome", "plausible", "evaluation", "goal", "primary",
)  # fmt: skip
OTHERS = (
    "notebook",
    "also",
    "phase",
    "shocks",
    "breaks",
    "windows",
    "settled",
    "design",
    "units",
    "comparison",
    "left_out",
)
REST = "rest"


@dataclass(frozen=True)
class Asked:
    """A question of the area's settings, with what it asks about.

    ``design`` is "segmented" (one series) or "staggered" (a panel of units, with others to compare with).
    """

    question: Question
    measure: Measure
    party: str
    text: Mapping[str, str]
    invented_start: bool
    design: str = "segmented"


@dataclass(frozen=True)
class Amendment:
    """A change of the protocol: when, of which questions, and why."""

    day: date
    questions: tuple[str, ...]
    why: Mapping[str, str]


def asked(area: Area, notebook: str, unit: Unit) -> list[Asked]:
    """The questions of a notebook for a unit.

    Parameters
    ----------
    area : Area
        The settings.
    notebook : str
        Name of the notebook, without its suffix.
    unit : Unit
        For whom.

    Returns
    -------
    list of Asked
        In the order of the settings, with those that name the notebook under ``also``; questions about named
        units belong to the whole area only. None for a notebook that describes and compares nothing.

    Raises
    ------
    SettingsError
        If a roll-out date is missing (says which party and unit), or a question names something that
        does not exist.
    """
    chosen = [q for q in area.questions if notebook in (q.get("notebook"), *q.get("also", ()))]
    return [_asked(area, q, unit) for q in chosen if "units" not in q or not unit.parent]


def measures_of(area: Area) -> list[Measure]:
    """The measures that an area's questions ask about.

    Parameters
    ----------
    area : Area
        Its settings, which may have a question that nobody can ask.

    Returns
    -------
    list of Measure
        In the order of the questions; those that are not known are left out.
    """
    named = dict.fromkeys(str(q.get("measure", "")) for q in area.questions)
    return [measures()[name] for name in named if name in measures()]


def section_id(question: str) -> str:
    """The id of a question's section on a page."""
    return f"q-{question}".replace("_", "-")


def require_some(questions: list[Asked], area: Area, notebook: str) -> None:
    """Refuse answers in a notebook that no question is stated for.

    Parameters
    ----------
    questions : list of Asked
        What is asked.
    area : Area
        The settings.
    notebook : str
        Name of the notebook.

    Raises
    ------
    SettingsError
        If there is none.
    """
    if not questions:
        where = Place(str(area.folder / "questions.toml"))
        what = f"no question is stated for “{notebook}”"
        raise SettingsError(what, "Add one, or take it out of the plan", where)


def require_real_dates(area: Area, questions: list[Asked], *, data_are_invented: bool) -> None:
    """Refuse a before/after answer on real data with invented roll-out dates.

    Parameters
    ----------
    area : Area
        The settings.
    questions : list of Asked
        What is asked.
    data_are_invented : bool
        Whether the store holds the demonstration's data.

    Raises
    ------
    SettingsError
        If a date is invented and the data are not; says which party and unit.
    """
    if data_are_invented or not any(q.invented_start for q in questions):
        return
    units = {q.question.unit for q in questions if q.invented_start}
    start = next(s for s in area.starts if s.invented and not units.isdisjoint(area.ancestors(s.unit)))
    where = Place(str(area.folder / "rollout.csv"), column="start")
    what = f"the start of {_who(area, start.party, start.unit)} is invented, but the data are real"
    raise SettingsError(what, "Write the real dates, and “no” under invented", where)


def is_changed(area: Area, question: str, changed: Collection[str]) -> bool:
    """Whether a question is not as it was registered: its own settings, or the dates it takes from others.

    Parameters
    ----------
    area : Area
        The settings.
    question : str
        Its id.
    changed : collection of str
        From `analysis.registration.adherence`.

    Returns
    -------
    bool
        True when it, the roll-out dates that it starts by, or events that it names were changed.
    """
    settings = next((q for q in area.questions if q.get("id") == question), {})
    by_rollout = settings.get("start") == "rollout" and "rollout" in changed
    by_events = bool(settings.get("shocks") or settings.get("breaks")) and "events" in changed
    return question in changed or by_rollout or by_events


def amendments(area: Area) -> list[Amendment]:
    """The changes of the protocol that the area gives a reason for.

    Parameters
    ----------
    area : Area
        The settings; ``[[amendments]]`` in ``questions.toml``.

    Returns
    -------
    list of Amendment
        In the order of the settings.

    Raises
    ------
    SettingsError
        If one lacks its date, its questions or its reason.
    """
    path = area.folder / "questions.toml"
    if not path.is_file():
        return []
    stated = tomllib.loads(path.read_text(encoding="utf-8")).get("amendments", [])
    try:
        return [Amendment(one["date"], tuple(one["questions"]), one["why"]) for one in stated]
    except KeyError as error:
        what = f"an amendment has no “{error.args[0]}”"
        remedy = "Write date = …, questions = […] and why = { sv = …, en = … }"
        raise SettingsError(what, remedy, Place(str(path), column="amendments")) from None


def _asked(area: Area, settings: Mapping[str, Any], unit: Unit) -> Asked:
    absent = [key for key in NEEDED if key not in settings]
    if absent:
        where = Place(str(area.folder / "questions.toml"), column=settings.get("id", ""))
        raise SettingsError(f"the question has no “{absent[0]}”", f"Write {absent[0]} = …", where)
    measure = measures().get(settings["measure"])
    if measure is None:
        where = Place(str(area.folder / "questions.toml"), column=settings.get("id", ""))
        known = ", ".join(measures())
        raise SettingsError("the question's measure does not exist", f"Use one of: {known}", where)
    _refuse_unknown(area, settings)
    start, settled, invented = _dates(area, settings, unit)
    treated = tuple(area.unit(u).id for u in settings.get("units", ()))
    question = Question(
        id=settings["id"],
        measure=measure.name,
        kind=measure.kind,
        better=measure.better,
        unit=unit.id,
        start=start,
        settled=settled,
        per=measure.per,
        shocks=tuple(_shock(area, name) for name in settings.get("shocks", ())),
        breaks=tuple(Break(e.name, e.first) for e in (_shock(area, b) for b in settings.get("breaks", ()))),
        windows=tuple((a, b) for a, b in settings.get("windows", ())),
        starts=tuple((u, start) for u in treated),
        comparison=_comparison(area, settings, treated),
        **{key: settings[key] for key in AS_STATED if key in settings},
    )
    design = settings.get("design", "staggered" if treated else "segmented")
    return Asked(question, measure, settings.get("party", "all"), settings["text"], invented, design)


def _refuse_unknown(area: Area, settings: Mapping[str, Any]) -> None:
    """A misspelt key would silently ask something else."""
    unknown = sorted(settings.keys() - {*NEEDED, *AS_STATED, *OTHERS})
    if unknown:
        where = Place(str(area.folder / "questions.toml"), column=settings["id"])
        known = ", ".join(sorted({*NEEDED, *AS_STATED, *OTHERS}))
        raise SettingsError(f"the question has an unknown key “{unknown[0]}”", f"Use one of: {known}", where)


def _comparison(area: Area, settings: Mapping[str, Any], treated: tuple[str, ...]) -> tuple[str, ...]:
    """The units to compare with; "rest" is every member of the area that is not asked about."""
    stated = settings.get("comparison", ())
    if stated == REST:
        left_out = {*treated, *settings.get("left_out", ())}
        return tuple(u.id for u in area.members if u.id not in left_out)
    return tuple(area.unit(u).id for u in stated)


def _shock(area: Area, name: str) -> Shock:
    for event in area.events:
        if event.id == name:
            return Shock(name, event.first.replace(day=1), event.last.replace(day=1))
    where = Place(str(area.folder / "questions.toml"), column="shocks")
    raise SettingsError(f"the event “{name}” does not exist", "Add it to events.csv", where)


def _dates(area: Area, settings: Mapping[str, Any], unit: Unit) -> tuple[date, date, bool]:
    if settings.get("start") != "rollout":
        day = settings["start"]
        return day.replace(day=1), _month_from(settings.get("settled", day)), False
    starts = _starts(area, settings.get("phase", 3), unit)
    days = [s.start for s in starts if s.start]
    return min(days).replace(day=1), _month_from(max(days)), any(s.invented for s in starts)


def _month_from(day: date) -> date:
    """The first whole month from a day on."""
    if day.day == 1:
        return day
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _starts(area: Area, phase: int, unit: Unit) -> list[Start]:
    units = [unit] if unit.parent else list(area.members)
    stated = {(s.party, s.unit): s for s in area.starts if s.phase == phase}
    for member in units:
        for party in area.parties:
            start = stated.get((party.id, member.id))
            if start is None or start.start is None:
                where = Place(str(area.folder / "rollout.csv"), column="start")
                what = f"the start of {_who(area, party.id, member.id)} in phase {phase} is missing"
                remedy = (
                    "Write the first day on which work is done in the new way; nothing is reported without it"
                )
                raise SettingsError(what, remedy, where)
    return [stated[p.id, u.id] for u in units for p in area.parties]


def _who(area: Area, party: str, unit: str) -> str:
    name = next(p.name for p in area.parties if p.id == party)
    return f"“{name['en']}” in “{area.unit(unit).name['en']}”"
