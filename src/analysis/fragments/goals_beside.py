"""What stands beside a goal's numbers: who answered, other items, the need behind a share, the start."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING

from analysis.fragments import goals_told as told
from analysis.fragments import sip
from analysis.sentences import transition

if TYPE_CHECKING:
    from analysis.fragments.goals_told import Told
    from analysis.fragments.voices_counts import Response
    from analysis.surveys import Period
    from analysis.view import View

COMPARED = ("differs", "no_clear_change")  # states with an interval
PERIODS: tuple[Period, Period] = ("before", "after")


def survey_limits(one: Told, view: View) -> list[str]:
    """What weakens a difference between two rounds of a survey: who answered, and what its interval omits.

    Parameters
    ----------
    one : Told
        The goal.
    view : View
        What may be told.

    Returns
    -------
    list of str
        Sentences; none without a difference.
    """
    if one.state not in COMPARED:
        return []
    rounds = {p: found for p in PERIODS for found in [_response(one, p)] if found}
    said = [_rates(rounds, one, view)] if len(rounds) == len(PERIODS) else []
    said += [_silent(period, found, view) for period, found in rounds.items() if not one.is_own]
    return [text for text in [*said, view.words.text("goals/survey_interval")] if text]


def _response(one: Told, period: Period) -> Response | None:
    """Who answered in a round of the goal's survey."""
    own = getattr(one.survey, period) if one.survey else None
    return next((found for found in one.responses if found.round == own), None) if own else None


def _rates(rounds: dict[Period, Response], one: Told, view: View) -> str:
    """The response rates of both rounds; of several parties the lowest and the highest."""
    w, shown = view.words, {}
    for period, found in rounds.items():
        own = [view.party.id] if view.party and one.is_own else list(found.numbers)
        known = [found.numbers[p].rate for p in own if p in found.numbers and found.numbers[p].answered != 0]
        if not known or any(isnan(rate) for rate in known):
            return ""
        ends = [w.percent(rate) for rate in sorted({min(known), max(known)})]
        shown[period] = w.text("goals/range", low=ends[0], high=ends[1]) if len(ends) > 1 else ends[0]
    whose = "own" if one.is_own else "parties" if _is_by_party(rounds["before"], view) else "all"
    return w.text(f"goals/rates/{whose}", **shown)


def _is_by_party(found: Response, view: View) -> bool:
    return any(party.id in found.numbers for party in view.area.parties)


def _silent(period: Period, found: Response, view: View) -> str:
    """Of which parties nobody answered."""
    w, numbers = view.words, found.numbers
    named = [p.name[w.language] for p in view.area.parties if p.id in numbers and numbers[p.id].answered == 0]
    return w.text(f"goals/silent_{period}", parties=", ".join(named)) if named else ""


def others(one: Told, view: View) -> str:
    """How other items about the same thing were answered; "" where none is told."""
    w, listed = view.words, []
    for name, change in one.others:
        if change.verdict != "too_little_data":
            listed.append(w.text("goals/other", item=name[w.language], **told.difference(change, view)))
    return w.text("goals/others", items="; ".join(listed)) if listed else ""


def need(one: Told, view: View) -> str:
    """How the share of those in need changed, and the need itself; "" where it is not told."""
    return "" if one.need is None else sip.of_need(view, one.need.shown, one.need.base)


def start(goals: Sequence[Told], view: View) -> str:
    """What is expected, when all started, and which months are left out."""
    w, answered = view.words, [one.answer.effect.question for one in goals if one.answer]
    if not answered:
        return ""
    spans = dict.fromkeys(text for q in answered for text in [transition(q, w)] if text)
    return " ".join([w.text("goals/expected_note"), *spans])
