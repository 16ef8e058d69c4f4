"""Every effect goal: what happened, how sure it is and why, and what to do next."""

from __future__ import annotations

from copy import copy
from functools import lru_cache

from analysis import release
from analysis.designs.effect import Effect
from analysis.errors import UsageError
from analysis.fragments import goals as fragments
from analysis.fragments.goals_detail import MONTHS_AHEAD
from analysis.fragments.goals_told import Need, Survey, Told
from analysis.fragments.voices import PERIODS, ItemChange
from analysis.goals import Goal
from analysis.release import Released
from analysis.study import Study
from analysis.topics import sip, tried, voices
from analysis.topics.everything import is_one_series

SIP = "04-sip"
OTHERS = {"participation": ("received_information", "individual_takes_part")}


def overview(study: Study) -> Released:
    """All goals in one table; for a party those that concern it."""
    return fragments.overview(study.view, _shown(study))


def forest(study: Study) -> Released:
    """The goals that a measure answers, in one picture where better is one direction."""
    told = [one for one in _told(study) if one.answer]
    rows = release.towards_better({one.goal.id: one.answer.effect for one in told if one.answer})
    return fragments.forest(study.view, told, rows)


def one_by_one(study: Study) -> Released:
    """Goal by goal: what happened, how sure and why, what to do next."""
    return fragments.one_by_one(study.view, _shown(study))


def of_parties(study: Study) -> Released:
    """Which goals the sources name a party for."""
    return fragments.of_parties(study.view, _told(study))


def _shown(study: Study) -> list[Told]:
    """The goals; on a party's page with what it answered itself."""
    told = _told(study)
    return told if study.party is None else [_own(study, one) for one in told]


@lru_cache(maxsize=2)
def _told(study: Study) -> list[Told]:
    """The goals with what may be told of each, of all parties together."""
    everyone = copy(study)
    everyone.party = None
    answered = {a.asked.measure.name: (a, e) for a, e in zip(study.answers, study.effects, strict=True)}
    found = []
    for goal in study.area.goals:
        own = answered.get(goal.what) if goal.kind == "measure" else None
        one = Told(goal, own[0] if own else None, _change(everyone, goal), survey=_survey(everyone, goal))
        found.append(_tried(study, _with_need(study, one), own[1]) if own else _with_others(everyone, one))
    return found


def _with_others(everyone: Study, one: Told) -> Told:
    """With who answered the goal's survey, and with other items about the same thing."""
    stated = voices.stated_surveys(everyone)
    asked = [found for item in OTHERS.get(one.goal.what, ()) for found in [stated.asked(item)] if found]
    others = [(each.name, voices.item_change(everyone, each.id)) for each in asked]
    rounds = (one.survey.before, one.survey.after) if one.survey else ()
    return one._replace(
        others=others, responses=[found for found in voices.responses(everyone) if found.round in rounds]
    )


def _with_need(study: Study, one: Told) -> Told:
    """With the need behind the share of all discharges."""
    if one.goal.what != sip.OFFERED or study.party is not None or one.verdict == "too_little_data":
        return one
    found = sip.need(study.of(SIP, study.unit.id))
    return one._replace(need=Need(*found)) if found else one


def _tried(study: Study, one: Told, effect: Effect) -> Told:
    """With the answer's other specifications and what more months would show, where the page tells them."""
    answer = one.answer
    if answer is None or study.party is not None or not is_one_series(answer.asked):
        return one
    clear = answer.effect.verdict in ("improved", "worsened")
    if not (clear or (answer.effect.is_detailed and answer.effect.verdict != "too_little_data")):
        return one
    asked = next(asked for asked in study.asked if asked.question.id == answer.asked.question.id)
    series = study.series(asked)
    months = [MONTHS_AHEAD] if answer.effect.verdict == "no_clear_change" else []
    return one._replace(
        tried=tried.specifications(study, answer, effect, series),
        ahead=tried.detectable(study, answer, effect, series, months),
    )


def _own(study: Study, told: Told) -> Told:
    """The party's own answers in place of everybody's, told or not, where the survey tells parties apart."""
    own = _change(study, told.goal)
    if own is None or not _tells_parties(study, told.survey):
        return told
    return told._replace(change=own, is_own=True, others=())


def _tells_parties(study: Study, survey: Survey | None) -> bool:
    """Whether a survey asked parties, each of its own number."""
    asked = {whom for own in (survey.before, survey.after) if own for whom in own.asked} if survey else set()
    return any(party.id in asked for party in study.area.parties)


def _change(study: Study, goal: Goal) -> ItemChange | None:
    """How the item of a survey goal was answered; None for a measure, or where no survey asks it."""
    if goal.kind != "survey":
        return None
    try:
        return voices.item_change(study, goal.what)
    except UsageError:
        return None


def _survey(study: Study, goal: Goal) -> Survey | None:
    """What the survey of a goal is called, and its rounds that have ended; None where no survey asks it."""
    stated = voices.stated_surveys(study)
    asked = stated.asked(goal.what) if goal.kind == "survey" else None
    named = stated.names.get("survey", {}).get(asked.survey) if asked else None
    if asked is None or named is None:
        return None
    rounds = [stated.of(asked.survey, period) for period in PERIODS]
    before, after = (one if one and voices.has_ended(study, one) else None for one in rounds)
    return Survey(named, before, after)
