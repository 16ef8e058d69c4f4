"""What weakens a report's answers, from the data and the settings."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from analysis.area import Event
from analysis.release import Released

if TYPE_CHECKING:
    from analysis.study import Answer, Study


def limitations(study: Study) -> Released:
    """What weakens the answers.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    Released
        A list.
    """
    w = study.words
    items = []
    if study.store.invented():
        items.append(w.text("limits/invented_data"))
    if any(a.asked.invented_start for a in study.answers):
        items.append(w.text("limits/invented_start"))
    items.append(w.text("limits/one_series"))
    for answer in study.answers:
        items += _limits_of(answer, study)
    items += _events(study)
    if len(study.answers) > 1:
        items.append(w.text("limits/family", n=len(study.answers)))
    listed = "".join(f"<li>{escape(i)}</li>" for i in dict.fromkeys(items))
    return Released(f"<ul>{listed}</ul>", "static", w.language)


def _limits_of(answer: Answer, study: Study) -> list[str]:
    w, q = study.words, answer.asked.question
    name = w.name(q, short=True)
    unfinished = int((~answer.series.complete).sum())
    items = [w.text("limits/incomplete", name=name, n=unfinished)] if unfinished else []
    if answer.shown.level != "month":
        level = w.text(f"chart/level/{answer.shown.level}").lower()
        items.append(w.text("limits/coarser", name=name, level=level))
    if answer.shown.hidden:
        items.append(w.text("limits/hidden", name=name, hidden=answer.shown.hidden))
    if q.measure.startswith("unplanned_readmission"):
        items.append(w.text("limits/readmission"))
    return items


def _events(study: Study) -> list[str]:
    w = study.words
    months = pd.concat([a.series.period_start for a in study.answers])
    inside = [e for e in study.area.events if months.min() <= pd.Timestamp(e.last) <= study.as_of]
    if not inside:
        return []
    named = [w.text("limits/event", event=e.name[w.language], when=_when(e, study)) for e in inside]
    answered = [a for a in study.answers if a.effect.verdict != "too_little_data"]
    terms = {term for a in answered for term in a.effect.table.term}
    used = {s.name for a in answered for s in a.asked.question.shocks if s.name in terms}
    shocks = [w.text("limits/shock", event=e.name[w.language]) for e in inside if e.id in used]
    return [*named, *(shocks or [w.text("limits/no_shock")]), w.text("limits/anticipation")]


def _when(event: Event, study: Study) -> str:
    """A day, a month where only that is known, or from when to when."""
    write = study.words.month if event.month_only else study.words.day
    first, last = write(event.first), write(event.last)
    return first if first == last else f"{first} – {last}"
