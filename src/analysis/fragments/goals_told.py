"""A goal with what may be told of it, and how names, levels, changes and verdicts are written in cells."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, NamedTuple

from analysis.fragments import kit, steady
from analysis.judged import is_weakened, outcome
from analysis.sentences import is_compared, is_rough, verdict_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.area import Text
    from analysis.designs.effect import Check, Effect, Verdict
    from analysis.fragments.sip import Base, Shown
    from analysis.fragments.voices import ItemChange
    from analysis.fragments.voices_counts import Response
    from analysis.goals import Goal
    from analysis.release import ReleasedDistribution, ReleasedRows, ReleasedSpecifications
    from analysis.surveys import Round
    from analysis.view import Answer, View

POINTS = 100
PROBLEM = "problem"  # the group of what the project set out from, which is no effect goal
SHARES = ("share_before", "share_after")


class Survey(NamedTuple):
    """What a survey is called, and its rounds before and after where they have ended."""

    name: Text
    before: Round | None
    after: Round | None


class Need(NamedTuple):
    """How far the cases in need got in two half-years, and what the goal's share is of."""

    shown: Shown
    base: Base


class Told(NamedTuple):
    """A goal with the answer to its question, or how its survey item changed; neither if not measured.

    ``is_own``: the change is that of the party which the page is for. ``tried`` is the answer under other
    reasonable models, ``ahead`` the smallest change that would be found now and later. ``responses``
    are of the rounds of its survey, ``others`` items about the same thing, ``need`` how the need changed.
    """

    goal: Goal
    answer: Answer | None
    change: ItemChange | None
    is_own: bool = False
    survey: Survey | None = None
    tried: ReleasedSpecifications | None = None
    ahead: ReleasedRows | None = None
    responses: Sequence[Response] = ()
    others: Sequence[tuple[Text, ItemChange]] = ()
    need: Need | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict; too little data where nothing is measured."""
        known = self.answer.effect.verdict if self.answer else self.change.verdict if self.change else None
        return known or "too_little_data"

    @property
    def is_counted(self) -> bool:
        """Whether it is an effect goal, and not the problem that they are to mend."""
        return self.goal.group != PROBLEM

    @property
    def is_proven(self) -> bool:
        """Whether a clear change rests on more than how it was before."""
        return self.answer is not None and is_compared(self.answer.effect)

    @property
    def state(self) -> str:
        """The verdict, or what is said in its place of a failed check and of a survey."""
        if self.answer:
            failed = self.verdict == "cannot_be_attributed" and against(self.answer.effect)
            return "against" if failed else self.verdict
        return self.change.state if self.change else "not_measured"


def against(effect: Effect) -> list[Check]:
    """The deciding checks that did not hold."""
    return [check for check in effect.checks if check.passed is False and check.blocking]


def name(goal: Goal, view: View) -> str:
    """The goal's code and name."""
    return f"{goal.code} {goal.name[view.words.language]}"


def measure(one: Told, view: View) -> str:
    """What measures the goal, and which way it is to go."""
    w = view.words
    if one.answer:
        measured = w.name(one.answer.asked.question, short=True)
    else:
        survey = one.survey.name[w.language] if one.survey else w.text("goals/a_survey")
        measured = w.text("goals/survey", survey=survey, unit=one.goal.unit[w.language])
    return w.text("goals/aim", measure=measured, direction=w.text(f"goals/{one.goal.direction}"))


def verdict(one: Told, view: View) -> str:
    """The verdict as it is read."""
    if one.state not in (one.verdict, "against"):
        return view.words.text(f"goals/verdict/{one.state}")
    return (
        verdict_words(one.answer.effect, view.words)
        if one.answer
        else view.words.text(f"verdict/{one.verdict}")
    )


def happened(one: Told, view: View) -> str:
    """The levels with the effect and its interval, or the shares before and after with the change.

    Parameters
    ----------
    one : Told
        The goal.
    view : View
        What may be told.

    Returns
    -------
    str
        For a cell; why there is nothing to tell, where there is not.
    """
    w = view.words
    if one.answer:
        if one.verdict == "too_little_data":
            return w.text("table/no_value")
        interval = kit.marked_interval(one.answer.effect, view)
        written = levels(one.answer, view)
        if not written:
            return interval
        key = "goals/cell_share" if "points" in written else "goals/cell"
        told = w.text(key, interval=interval, **written)
        earlier = before(one.answer, view)
        return w.text("goals/cell_before", before=earlier, told=told) if earlier else told
    if one.change is None or one.state in ("not_shown", "not_measured"):
        return w.text("goals/few" if one.state == "not_shown" else "goals/not_measured")
    if one.state == "no_comparison":
        side = "after" if isnan(one.change.share_before) else "before"
        return w.text(f"goals/only_{side}", share=share(one.change, side, view))
    sides = {side: share(one.change, side, view) for side in ("before", "after")}
    return w.text(
        f"goals/cell_{'held' if one.change.basis else 'raw'}", **sides, **difference(one.change, view)
    )


def share(change: ItemChange, side: str, view: View) -> str:
    """The share of a round, and how many answered."""
    shown: ReleasedDistribution = getattr(change, side)
    told = view.words.percent(getattr(change, f"share_{side}"))
    return view.words.text("goals/share", share=told, n=kit.count(shown.n, view))


def difference(change: ItemChange, view: View) -> dict[str, str]:
    """The change and the ends of its interval in percentage points.

    Parameters
    ----------
    change : ItemChange
        With both shares.
    view : View
        What may be told.

    Returns
    -------
    dict of str to str
        ``change, low, high``. Where the mix is not held the change is that of the shares told beside it, and
        the interval holds it.
    """
    told = (change.change, change.low, change.high)
    if not change.basis:
        raw = round(change.share_after - change.share_before, 2)
        told = (raw, min(raw, change.low), max(raw, change.high))
    estimate, low, high = (round(POINTS * value) for value in told)
    return {
        "change": points(estimate, view),
        "low": view.words.number(low, signed=True),
        "high": view.words.number(high, signed=True),
    }


def points(value: float, view: View, decimals: int = 0) -> str:
    """A number of percentage points with its sign."""
    key = "goals/point" if not decimals and abs(value) == 1 else "goals/points"
    return view.words.text(key, n=view.words.number(value, decimals, signed=True))


def mean_levels(answer: Answer) -> tuple[float, float] | None:
    """What was and what was expected on average since all had started; None for other changes than steps.

    Parameters
    ----------
    answer : Answer
        With an effect.

    Returns
    -------
    tuple of float, or None
        The means of the released lines, as the answer's own report tells them.
    """
    effect, q = answer.effect, answer.asked.question
    if q.impact != "step":
        return None
    later = effect.fit[effect.fit.used & (effect.fit.period_start >= str(q.settled))]
    actual, expected = later.expected.mean(), later.without.mean()
    return None if isnan(actual) or isnan(expected) else (actual, expected)


def before(answer: Answer, view: View) -> str:
    """The mean of the months before the start that the answer rests on; "" where months are not shown."""
    effect, q = answer.effect, answer.asked.question
    if not getattr(effect, "is_detailed", False) or q.impact != "step":
        return ""
    earlier = effect.fit[effect.fit.used & (effect.fit.period_start < str(q.start))]
    shown = answer.shown.table.set_index("period_start").value.reindex(earlier.period_start)
    return "" if shown.empty or shown.isna().any() else view.words.level(shown.mean(), q)


def levels(answer: Answer, view: View) -> dict[str, str]:
    """The levels as they are read.

    Parameters
    ----------
    answer : Answer
        With an effect.
    view : View
        What may be told.

    Returns
    -------
    dict of str to str
        ``actual, expected``, of shares also ``points``, which are apart as the levels told are; empty without
        levels.
    """
    found, q = mean_levels(answer), answer.asked.question
    if found is None:
        return {}
    actual, expected = found
    rough = is_rough(answer.effect)
    written = {
        "actual": view.words.level(actual, q, is_rough=rough),
        "expected": view.words.level(expected, q, is_rough=rough),
    }
    if q.kind == "share":
        decimals = 0 if rough else 1
        apart = round(POINTS * actual, decimals) - round(POINTS * expected, decimals)
        written["points"] = points(apart, view, decimals=decimals)
    return written


def stability(one: Told, view: View) -> str:
    """In how many reasonable models the answer is the same, and whether that makes it stable."""
    tried = comparable(one)
    if tried is None or one.answer is None:
        return _untested(one, view)
    effect = one.answer.effect
    same, n = (view.words.number(count) for count in (steady.agreeing(effect, tried), tried.n))
    of_nothing = "" if steady.is_clear(effect) else "_nothing"
    return view.words.text(f"goals/stability/{steadiness(effect, tried)}{of_nothing}", same=same, n=n)


def _untested(one: Told, view: View) -> str:
    """Why no models are counted, or what they say where they may not be."""
    w = view.words
    if one.answer is None:
        return w.text("goals/untested/survey")
    if one.verdict == "too_little_data":
        return w.text("goals/untested/no_answer")
    if one.tried is None:
        return w.text("goals/untested/not_told")
    if not one.tried.n:
        return w.text(f"sensitivity/outcome/{outcome(one.tried.check)}")
    return w.text("goals/untested/family")


def is_sensitive(one: Told) -> bool:
    """Whether the answer changes with reasonable choices in the model, as far as that is told."""
    if one.answer is None or one.tried is None:
        return False
    if not one.tried.n:
        return one.tried.check.passed is False
    tried = comparable(one)
    return tried is not None and steadiness(one.answer.effect, tried) == "sensitive"


def comparable(one: Told) -> ReleasedSpecifications | None:
    """The models that the answer may be held against.

    Parameters
    ----------
    one : Told
        The goal.

    Returns
    -------
    ReleasedSpecifications or None
        None where that is not told, and where only the number of questions makes a change unclear: the
        intervals of the models do not reckon with it.
    """
    if one.tried is None or not one.tried.n or one.answer is None or is_weakened(one.answer.effect):
        return None
    return one.tried


def steadiness(effect: Effect, tried: ReleasedSpecifications) -> str:
    """The key of how an answer stands other models: "stable" or "sensitive"."""
    return "stable" if steady.is_stable(effect, tried) else "sensitive"
