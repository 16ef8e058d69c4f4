"""Every effect goal: what happened, how sure it is and why, and what to do next."""

from __future__ import annotations

from copy import copy

from analysis import release
from analysis.errors import UsageError
from analysis.fragments import goals as fragments
from analysis.fragments.goals import Told
from analysis.fragments.voices import ItemChange
from analysis.goals import Goal
from analysis.release import Released
from analysis.study import Study
from analysis.topics import voices


def overview(study: Study) -> Released:
    """All goals in one table."""
    return fragments.overview(study.view, _told(study))


def forest(study: Study) -> Released:
    """The goals that a measure answers, in one picture where better is one direction."""
    told = [one for one in _told(study) if one.answer]
    rows = release.towards_better({one.goal.id: one.answer.effect for one in told if one.answer})
    return fragments.forest(study.view, told, rows)


def one_by_one(study: Study) -> Released:
    """Goal by goal: what happened, how sure and why, what to do next."""
    return fragments.one_by_one(study.view, _told(study))


def of_parties(study: Study) -> Released:
    """Which goals the sources name a party for; on a party's page, what it answered itself."""
    told = _told(study)
    if study.party is None:
        return fragments.of_parties(study.view, told)
    return fragments.of_parties(study.view, [_own(study, one) for one in told])


def _told(study: Study) -> list[Told]:
    """The goals with what may be told of each, of all parties together."""
    everyone = copy(study)
    everyone.party = None
    answers = {a.asked.measure.name: a for a in study.answers}
    return [
        Told(goal, answers.get(goal.what) if goal.kind == "measure" else None, _change(everyone, goal))
        for goal in study.area.goals
    ]


def _own(study: Study, told: Told) -> Told:
    """The party's own answers in place of everybody's, where the survey tells parties apart."""
    own = _change(study, told.goal)
    if own is None or (own.before is None and own.after is None):
        return told
    return told._replace(change=own, is_own=True)


def _change(study: Study, goal: Goal) -> ItemChange | None:
    """How the item of a survey goal was answered; None for a measure, or where no survey asks it."""
    if goal.kind != "survey":
        return None
    try:
        return voices.item_change(study, goal.what)
    except UsageError:
        return None
