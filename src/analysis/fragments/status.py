"""How far the roll-out has come: the phases of each party and municipality, and the tasks in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from analysis.fragments import kit
from analysis.implementation import PHASES, Implementation, Task
from analysis.release import Released, ReleasedRegister

if TYPE_CHECKING:
    from analysis.area import Party, Start, Unit
    from analysis.fragments.status_documents import Record
    from analysis.view import View

RULE = "R16"
REACHED, AHEAD = "●", "○"
CARE = 3


class Told(NamedTuple):
    """What the documents tell of tasks: plans by party, training occasions, assessed activities."""

    plans: ReleasedRegister
    training: ReleasedRegister
    assessed: ReleasedRegister


def parties(view: View) -> Sequence[Party]:
    """The parties that the page is about."""
    return [view.party] if view.party else view.area.parties


def units(view: View) -> Sequence[Unit]:
    """The municipalities that the page is about."""
    return [view.unit] if view.unit.parent else view.area.members


def folded(summary: str, pieces: Iterable[kit.Piece]) -> kit.Piece:
    """Pieces behind a line that opens them."""
    html, tables = kit.together(pieces)
    return f"<details><summary>{escape(summary)}</summary>{html}</details>", tables


def phases(view: View, known: Implementation) -> Released:
    """The phase that each party has reached in each municipality, with its mark, and the dates.

    Parameters
    ----------
    view : View
        What may be told.
    known : Implementation
        Names of the phases.

    Returns
    -------
    Released
        A sentence, the table and all dates; a sentence alone where the area has no dates.
    """
    w = view.words
    places = [(p, u) for p in parties(view) for u in units(view)]
    starts = [s for p, u in places for s in _starts(view, p, u).values()]
    if not any(s.start for s in starts):
        return kit.released(view, RULE, [kit.paragraph(w.text("implementation/no_phases"))])
    pieces = [kit.paragraph(_lead(view, places)), _reached_table(view)]
    pieces.append(kit.note(w.text("implementation/phase_key", reached=REACHED, ahead=AHEAD)))
    if any(s.invented for s in starts):
        all_of_them = all(s.invented for s in starts)
        pieces.append(kit.note(w.text(f"implementation/invented_{'all' if all_of_them else 'some'}")))
    dates = _dates_table(view, known, mark_invented=not all(s.invented for s in starts))
    pieces.append(folded(w.text("implementation/all_dates"), [dates]) if len(places) > 5 else dates)
    return kit.released(view, RULE, pieces)


def tasks(view: View, known: Implementation, told: Told) -> Released:
    """The tasks of each phase, with what plans, training and assessments tell of them.

    Parameters
    ----------
    view : View
        What may be told.
    known : Implementation
        The tasks.
    told : Told
        What the documents tell.

    Returns
    -------
    Released
        A sentence, and the tasks by phase, folded.
    """
    w = view.words
    own = [p.id for p in parties(view)]
    kept = [t for t in known.tasks if not t.party or t.party in own]
    if not kept:
        return kit.released(view, RULE, [kit.paragraph(w.text("implementation/no_tasks"))])
    said = {id(t): _evidence(t, view, told) for t in kept}
    pieces = [kit.paragraph(_tasks_lead(view, kept, told))]
    for phase in PHASES:
        mine = [t for t in kept if t.phase == phase]
        if mine:
            name = known.phases.get(phase, {}).get(w.language, "")
            title = w.text("implementation/phase_tasks", phase=phase, name=name, n=w.number(len(mine)))
            rows = [_task_row(view, t, said[id(t)]) for t in mine]
            pieces.append(folded(title, [kit.table(view, f"tasks-{phase}", rows, title)]))
    pieces.append(kit.note(w.text("implementation/tasks_note")))
    return kit.released(view, RULE, pieces)


def _starts(view: View, party: Party, unit: Unit) -> dict[int, Start]:
    """The dates that hold for a party in a place: its own, else those of what it is part of."""
    found: dict[int, Start] = {}
    for place in view.area.ancestors(unit.id):
        for s in view.area.phases:
            if (s.party, s.unit) == (party.id, place):
                found.setdefault(s.phase, s)
    return found


def _has_begun(start: Start | None, view: View) -> bool:
    return bool(start and start.start and start.start <= view.as_of.date())


def _reached(view: View, party: Party, unit: Unit) -> tuple[int, date | None]:
    """The last phase that has begun, and when; 0 when none has."""
    own = _starts(view, party, unit)
    begun = [n for n in PHASES if _has_begun(own.get(n), view)]
    return (begun[-1], own[begun[-1]].start) if begun else (0, None)


def _lead(view: View, places: Sequence[tuple[Party, Unit]]) -> str:
    w = view.words
    own = [_starts(view, party, unit) for party, unit in places]
    at_work = sum(_has_begun(s.get(CARE), view) for s in own)
    later = [s.get(PHASES[-1]) for s in own]
    followed = sum(_has_begun(s, view) for s in later)
    undated = sum(not (s and s.start) for s in later)
    planned = len(later) - followed - undated
    numbers = {"care": at_work, "followed": followed, "planned": planned, "undated": undated, "of": len(own)}
    said = {name: w.number(n) for name, n in numbers.items()}
    return w.text("implementation/phases_lead", as_of=w.day(view.as_of), **said)


def _reached_table(view: View) -> kit.Piece:
    w = view.words
    rows = []
    for party in parties(view):
        row = {w.text("implementation/party"): party.name[w.language]}
        for unit in units(view):
            phase, since = _reached(view, party, unit)
            marks = REACHED * phase + AHEAD * (len(PHASES) - phase)
            key = "reached" if since else "not_begun"
            value = {"phase": phase, "since": w.month(since)} if since else {}
            row[unit.name[w.language]] = f"{marks} {w.text(f'implementation/{key}', **value)}"
        rows.append(row)
    return kit.table(view, "phases", rows, w.text("implementation/phases_caption", as_of=w.day(view.as_of)))


def _dates_table(view: View, known: Implementation, *, mark_invented: bool) -> kit.Piece:
    w = view.words
    rows = []
    for party in parties(view):
        for unit in units(view):
            own = _starts(view, party, unit)
            names = {n: known.phases.get(n, {}).get(w.language, "") for n in PHASES}
            rows.append(
                {w.text("implementation/party_unit"): f"{party.name[w.language]}, {unit.name[w.language]}"}
                | {
                    w.text("implementation/phase_name", phase=n, name=names[n]): _date(
                        own.get(n), view, mark_invented=mark_invented
                    )
                    for n in PHASES
                }
            )
    return kit.table(view, "phase-dates", rows, w.text("implementation/dates_caption"))


def _date(start: Start | None, view: View, *, mark_invented: bool) -> str:
    w = view.words
    if start is None or start.start is None:
        return w.text("implementation/no_date")
    key = "begun" if _has_begun(start, view) else "planned"
    mark = REACHED if key == "begun" else AHEAD
    text = f"{mark} {w.text(f'implementation/{key}', day=w.day(start.start))}"
    return f"{text} {w.text('implementation/invented')}" if mark_invented and start.invented else text


def _task_row(view: View, task: Task, said: str) -> dict[str, str]:
    w = view.words
    names = {p.id: p.name[w.language] for p in view.area.parties}
    return {
        w.text("implementation/number"): f"{task.phase}.{task.number}",
        w.text("implementation/party"): names.get(task.party, w.text("implementation/everyone")),
        w.text("implementation/task"): task.text[w.language],
        w.text("implementation/evidence"): said,
    }


def _tasks_lead(view: View, kept: Sequence[Task], told: Told) -> str:
    """Of how many tasks a plan or training tells, and of how many only the party's assessment as a whole."""
    w, kinds = view.words, [t.evidence for t in kept if _is_told_of(t, view, told)]
    direct = sum(kind in ("plan", "training") for kind in kinds)
    numbers = {"n": direct, "of": len(kept), "assessed": kinds.count("assessment")}
    return w.text("implementation/tasks_lead", **{key: w.number(n) for key, n in numbers.items()})


def _is_told_of(task: Task, view: View, told: Told) -> bool:
    """Whether a document of the kind that tells of a task has come from a party of it."""
    kinds: Mapping[str, Sequence[Record]] = {
        "plan": told.plans.records,
        "training": told.training.records,
        "assessment": _latest(told),
    }
    return any(r["party"] in _whose(task, view) for r in kinds.get(task.evidence, ()))


def _latest(told: Told) -> list[Record]:
    """The assessments of the last occasion; an earlier one says nothing of a phase that began since."""
    last = max((r["half_year"] for r in told.assessed.records), default=None)
    return [r for r in told.assessed.records if r["half_year"] == last]


def _whose(task: Task, view: View) -> Sequence[str]:
    return [task.party] if task.party else [p.id for p in parties(view)]


def _evidence(task: Task, view: View, told: Told) -> str:
    """What the documents tell of a task, in words."""
    own = _whose(task, view)
    tell = {"plan": _by_plans, "training": _by_training, "assessment": _by_assessment}.get(task.evidence)
    return (tell(own, view, told) if tell else "") or view.words.text("implementation/evidence_none")


def _by_plans(own: Sequence[str], view: View, told: Told) -> str:
    w, mine = view.words, [r for r in told.plans.records if r["party"] in own]
    if not mine:
        return w.text("implementation/evidence_no_plan") if told.plans.rows else ""
    n, who = w.number(sum(r["activities"] for r in mine)), w.number(len(mine))
    return w.text("implementation/evidence_plan", n=n, who=who, of=w.number(len(own)))


def _by_training(own: Sequence[str], view: View, told: Told) -> str:
    w, held = view.words, [r for r in told.training.records if r["party"] in own]
    if not held:
        return w.text("implementation/evidence_no_training") if told.training.rows else ""
    n, joint = (w.number(sum(r[key] for r in held)) for key in ("occasions", "joint"))
    return w.text("implementation/evidence_training", n=n, joint=joint)


def _by_assessment(own: Sequence[str], view: View, told: Told) -> str:
    w, mine = view.words, [r for r in told.assessed.records if r["party"] in own]
    last = max((r["half_year"] for r in mine), default=None)
    now = [r for r in mine if r["half_year"] == last]
    if last is None or not now:
        return w.text("implementation/evidence_no_assessment") if told.assessed.rows else ""
    share = w.percent(sum(r["does"] for r in now) / sum(r["assessed"] for r in now))
    latest = max(r["half_year"] for r in told.assessed.records)
    key = "evidence_assessment" if last == latest else "evidence_assessment_old"
    shown = {"share": share, "period": half_year(last, view), "latest": half_year(latest, view)}
    return w.text(f"implementation/{key}", **shown)


def half_year(start: date, view: View) -> str:
    """A half-year in words."""
    return view.words.text(f"implementation/half_{1 if start.month <= 6 else 2}", year=start.year)
