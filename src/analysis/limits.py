"""What weakens a report's answers, from the data and the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from analysis.area import Area, Event
from analysis.protocol import amendments
from analysis.release import Released, fragment
from analysis.sentences import is_compared

if TYPE_CHECKING:
    from analysis.view import Answer, View

ROLLOUT = "rollout"  # a question that starts when the parties do
DIGITS = 12  # of a digest, as it is shown


def limitations(view: View) -> Released:
    """What weakens the answers.

    Parameters
    ----------
    view : View
        What may be told.

    Returns
    -------
    Released
        A list.
    """
    w = view.words
    items = []
    if view.is_invented:
        items.append(w.text("limits/invented_data"))
    if any(a.asked.invented_start for a in view.answers):
        items.append(w.text("limits/invented_start"))
    alone = [not is_compared(a.effect) for a in view.answers]
    if any(alone):
        items.append(w.text("limits/one_series" if all(alone) else "limits/one_series_some"))
    items += _protocol(view)
    for answer in view.answers:
        items += _limits_of(answer, view)
    items += _events(view)
    items += [said for said in [family_text(view)] if said and view.answers]
    items.append(_rounding(view))
    listed = "".join(f"<li>{escape(i)}</li>" for i in dict.fromkeys(items))
    return fragment(f"<ul>{listed}</ul>", "static", w.language)


def _rounding(view: View) -> str:
    """What is hidden and rounded, and how finely a model's results are told."""
    numbers = {"hide": view.area.policy.hide_up_to, "round": view.area.policy.round_to}
    keys = ["limits/rounding", *(["limits/rounding_model"] if view.answers else [])]
    return " ".join(view.words.text(key, **numbers) for key in keys)


def family_text(view: View) -> str:
    """How many questions the answers are adjusted for, and how.

    Parameters
    ----------
    view : View
        What may be told.

    Returns
    -------
    str
        Sentences; "" when there is one question only.
    """
    family = view.family
    if family.n < 2:
        return ""
    w = view.words
    if view.unit.parent:
        return w.text("limits/family_members", n=family.n, units=family.units)
    counts = {"primary": family.primary, "evaluations": family.evaluations}
    key = "limits/family_evaluations" if family.evaluations > 1 else "limits/family"
    adjusted = "limits/primary_single" if family.is_one_primary_each else "limits/primary_holm"
    return f"{w.text(key, n=family.n, **counts)} {w.text(adjusted)} {w.text('limits/secondary')}"


def protocol_text(view: View) -> str:
    """Whether the report follows the protocol that was registered before the data.

    Parameters
    ----------
    view : View
        What may be told.

    Returns
    -------
    str
        A sentence or two.
    """
    w, kept = view.words, view.adherence
    stated_on = w.day(date.fromisoformat(kept.stated_on)) if kept.stated_on else ""
    digest = kept.registered[:DIGITS]
    asked = {q["id"]: q["text"][w.language] for q in view.area.questions}
    named = [w.text(f"protocol/{c}") if c in ("rollout", "events") else asked.get(c, c) for c in kept.changed]
    known = "_known" if kept.state == "followed" and is_stated_after(view.area) else ""
    shown = {"stated_on": stated_on, "digest": digest, "changed": "; ".join(named)}
    return w.text(f"protocol/{kept.state}{known}", **shown)


def is_stated_after(area: Area) -> bool:
    """Whether some start lies before the day on which the questions were written: the same in all reports."""
    asked = [q.get("start") for q in area.questions]
    own = [start for start in asked if isinstance(start, date)]
    of_parties = [s.start for s in area.starts if s.start] if ROLLOUT in asked else []
    return any(start <= area.questions_stated_on for start in (*own, *of_parties))


def _protocol(view: View) -> list[str]:
    """Whether the protocol was kept to, and the reasons given for changes of it."""
    w, asked = view.words, {q["id"]: q["text"][view.words.language] for q in view.area.questions}
    said = [protocol_text(view)]
    if view.adherence.state != "changed":
        return said
    for one in amendments(view.area):
        of = "; ".join(asked.get(q, q) for q in one.questions)
        said.append(w.text("protocol/amendment", day=w.day(one.day), questions=of, why=one.why[w.language]))
    return said


def _limits_of(answer: Answer, view: View) -> list[str]:
    w, q = view.words, answer.asked.question
    name = w.name(replace(q, evaluation=""), short=True)  # the same whatever the start
    items = [w.text("limits/incomplete", name=name, n=answer.unfinished)] if answer.unfinished else []
    if answer.shown.level != "month":
        level = w.text(f"chart/level/{answer.shown.level}").lower()
        items.append(w.text("limits/coarser", name=name, level=level))
    if answer.shown.hidden:
        items.append(w.text("limits/hidden", name=name, hidden=answer.shown.hidden))
    if q.measure.startswith("unplanned_readmission"):
        items.append(w.text("limits/readmission"))
    return items


def _events(view: View) -> list[str]:
    w = view.words
    firsts = [answer.first for answer in view.answers if answer.first]
    inside = [e for e in view.area.events if firsts and min(firsts) <= e.last <= view.as_of.date()]
    if not inside:
        return []
    named = [w.text("limits/event", event=e.name[w.language], when=_when(e, view)) for e in inside]
    answered = [a for a in view.answers if a.effect.verdict != "too_little_data"]
    used = {e.id: _asked_with(e, answered, view) for e in inside}
    shocks = [
        w.text("limits/shock", event=e.name[w.language], names=used[e.id]) for e in inside if used[e.id]
    ]
    left_out = [said for e in inside for said in _left_out(e, answered, view)]
    return [*named, *(shocks or [w.text("limits/no_shock")]), *left_out, w.text("limits/anticipation")]


def _asked_with(event: Event, answered: Sequence[Answer], view: View) -> str:
    """The measures in whose model an event has a term of its own; "" without."""
    with_term = [
        a.asked.question
        for a in answered
        if event.id in {s.name for s in a.asked.question.shocks} & {*a.effect.table.term}
    ]
    names = dict.fromkeys(view.words.name(replace(q, evaluation=""), short=True) for q in with_term)
    return "; ".join(names)


def _left_out(event: Event, answered: Sequence[Answer], view: View) -> list[str]:
    """The months that are left out for an event too short for a term of its own."""
    found: set[pd.Timestamp] = set()
    for answer in answered:
        fit, terms = answer.effect.fit, set(answer.effect.table.term)
        for shock in answer.asked.question.shocks:
            if shock.name == event.id and shock.name not in terms:
                inside = fit.period_start.between(pd.Timestamp(shock.first), pd.Timestamp(shock.last))
                found |= set(fit.period_start[inside & ~fit.used.astype(bool)])
    if not found:
        return []
    months = ", ".join(view.words.month(month) for month in sorted(found))
    return [view.words.text("limits/shock_left_out", event=event.name[view.words.language], months=months)]


def _when(event: Event, view: View) -> str:
    """A day, a month where only that is known, or from when to when."""
    write = view.words.month if event.month_only else view.words.day
    first, last = write(event.first), write(event.last)
    return first if first == last else f"{first} – {last}"
