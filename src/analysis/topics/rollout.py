"""Who began when, and the answers of units beside each other."""

from __future__ import annotations

import pandas as pd

from analysis import release
from analysis.fragments import rollout as fragments
from analysis.fragments.rollout import Beside, Held
from analysis.measures import Measure
from analysis.release import Released
from analysis.release.periods import LEVELS
from analysis.study import Study
from analysis.topics import deviations
from analysis.topics.everything import studies, view_of_all

DEVIATIONS = "02-deviations"
HALF_YEAR = 6


def starts(study: Study) -> Released:
    """Who begins the phase that is evaluated when, party by party in each unit."""
    return fragments.starts(study.view, study.area.starts, _phase(study))


def beside(study: Study) -> Released:
    """Each unit's answer to every primary question, as on its own page."""
    return fragments.beside(study.view, _beside(study))


def order(study: Study) -> Released:
    """What the order in which units begin can tell of the change, and what it cannot."""
    return fragments.order(view_of_all(study), study.area.starts, _phase(study))


def funnel(study: Study) -> Released:
    """Units' last whole half-year held against chance, measure by measure."""
    primary = {a.measure.name: a for one in studies(study, "") for a in one.asked if a.question.primary}
    found = {name: _held(study, asked.measure) for name, asked in primary.items()}
    return fragments.funnel(study.view, [(primary[name], held) for name, held in found.items()])


def parties(study: Study) -> Released:
    """Deviations about each party, before and after, from the table of pairs that is released already."""
    asks = any(q.get("notebook") == DEVIATIONS for q in study.area.questions)
    pairs = deviations.pairs(study.of(DEVIATIONS, study.unit.id)) if asks else None
    return fragments.parties(study.view, pairs)


def _phase(study: Study) -> int:
    """The phase that the questions start by."""
    named = [q.get("phase", 3) for q in study.area.questions if q.get("start") == "rollout"]
    return int(named[0]) if named else 3


def _beside(study: Study) -> list[Beside]:
    """By primary question, the answers of the whole area and of each member."""
    units = study.showing.units
    found = {
        (a.asked.question.id, unit.id): a
        for unit in units
        for one in studies(study, unit.id if unit.parent else "")
        for a in one.answers
    }
    asked = [
        a for one in studies(study, "") for a in one.asked if a.question.primary and not a.question.starts
    ]
    return [
        Beside(one, {u.id: found[one.question.id, u.id] for u in units if (one.question.id, u.id) in found})
        for one in asked
    ]


def _held(study: Study, measure: Measure) -> Held | None:
    """The members' shown counts of the last half-year that the whole area has in full."""
    known = study.showing.of_units(measure)
    members = {u.id: known[u.id] for u in study.area.members if u.id in known}
    top = known.get(study.area.top.id)
    if top is None or not members:
        return None
    table = top.table
    rows = table.groupby([table.period_start.dt.year, (table.period_start.dt.month - 1) // HALF_YEAR]).size()
    whole = [place for place, n in rows.items() if n * LEVELS[top.level] == HALF_YEAR]
    if not whole:
        return None
    year, half = max(whole)
    first = pd.Timestamp(year, 1 + HALF_YEAR * half, 1)
    shown, made = release.funnel_rows(members, first, measure.per)
    return Held(first, shown, made, len(members))
