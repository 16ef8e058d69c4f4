"""A goal in sentences: what happened, how sure it is and why, what is next, and where there is more."""

from __future__ import annotations

from math import isnan, log
from typing import TYPE_CHECKING

from analysis.fragments import goals_beside as beside
from analysis.fragments import goals_told as told
from analysis.fragments import steady, voices
from analysis.judged import is_weakened, outcome, verdict_key
from analysis.sentences import LARGE, SIGNS, check_name, either_way, finding, is_rough, reasons

if TYPE_CHECKING:
    from analysis.fragments.goals_told import Told
    from analysis.surveys import Period, Round
    from analysis.view import Answer, View

MONTHS_AHEAD = 12
LESS = 0.9  # of the smallest change found now, for more months to help noticeably
VOICES, SENSITIVITY = "06-voices", "09-sensitivity"


def what(one: Told, view: View) -> str:
    """What happened, in a few sentences, and what the measure leaves out of the goal.

    Parameters
    ----------
    one : Told
        The goal.
    view : View
        What may be told.

    Returns
    -------
    str
        Sentences.
    """
    w = view.words
    if one.answer:
        said = _measured(one.answer, one, view)
    elif one.change is None:
        said = [w.text("goals/no_item")]
    else:
        said = _answered(one, view)
    if w.has(f"goals/extra/{one.goal.id}"):
        said.append(w.text(f"goals/extra/{one.goal.id}", own=title(_own_report(one, view), view)))
    said += [text for text in (beside.need(one, view), beside.others(one, view)) if text]
    return " ".join(said)


def _measured(answer: Answer, one: Told, view: View) -> list[str]:
    """Levels, the effect with its interval, and the caution that goes with the measure."""
    w, q = view.words, answer.asked.question
    if one.verdict == "too_little_data":
        return [w.text("goals/no_answer")]
    said, written = [], told.levels(answer, view)
    if written:
        kind = "share" if "points" in written else "count" if q.kind == "count" else "mean"
        key = f"{kind}_rough" if is_rough(answer.effect) else kind
        said.append(w.text(f"goals/levels/{key}", unit=one.goal.unit[w.language], **written))
    earlier = told.before(answer, view)
    said += [w.text("goals/before", level=earlier)] if earlier else []
    said += finding(answer.effect, w)[:1]
    said += [w.text("finding/relative")] if "points" in written else []
    caution = f"measure/{q.measure}/caution"
    return [*said, *([w.text(caution)] if w.has(caution) else [])]


def _answered(one: Told, view: View) -> list[str]:
    """Which rounds of which survey, the shares, and the difference with its interval."""
    w, change = view.words, one.change
    if change is None or one.state in ("not_shown", "not_measured"):
        return list(dict.fromkeys(_absent(one, side, view) for side in voices.PERIODS))
    known = {s: told.share(change, s, view) for s in ("before", "after") if not isnan(_share(one, s))}
    rounds = {s: _round(getattr(one.survey, s), view) for s in known if one.survey}
    when = w.text("goals/and", **rounds) if len(rounds) == len(told.SHARES) else "".join(rounds.values())
    said = [w.text("goals/rounds", rounds=when)] if when else []
    if len(known) == 1:
        (side,) = known
        other: Period = "after" if side == "before" else "before"
        return [*said, w.text(f"goals/agreed_{side}", share=known[side]), _absent(one, other, view)]
    key = "held" if change.basis else "raw"
    written = told.difference(change, view)
    return [*said, w.text("goals/agreed", **known), w.text(f"goals/difference_{key}", **written)]


def _share(one: Told, side: str) -> float:
    return getattr(one.change, f"share_{side}")


def _absent(one: Told, side: Period, view: View) -> str:
    """Why a round says nothing, as the survey's own report says it."""
    return voices.untold(one.change, side, view) if one.change else ""


def _round(own: Round | None, view: View) -> str:
    """The months of a round."""
    if own is None:
        return ""
    first, last = view.words.month(own.first_day), view.words.month(own.last_day)
    return first if first == last else f"{first} – {last}"


def sure(one: Told, view: View) -> str:
    """How sure, and why.

    Parameters
    ----------
    one : Told
        The goal.
    view : View
        What may be told.

    Returns
    -------
    str
        Sentences.
    """
    w = view.words
    if one.answer is None:
        why = w.text(f"goals/sure_survey/{one.change.reason if one.change else 'no_item'}")
        return " ".join([why, *beside.survey_limits(one, view)])
    effect = one.answer.effect
    if effect.verdict == "too_little_data":
        return " ".join(reasons(effect, w)) or w.text("finding/too_little_data")
    said = [w.text("finding/n", n_before=effect.n_before, n_after=effect.n_after)]
    outside = _outside(one.answer, view) if effect.verdict == "no_clear_change" else ""
    said += [outside] if effect.verdict == "no_clear_change" else [_of_checks(one, view)]
    told_already = ("mde",) if outside and not _is_uncertain(one) else ()
    said += [*reasons(effect, w, but=told_already), _of_models(one, view)]
    said += [] if one.is_proven else [w.text("goals/one_series")]
    return " ".join(sentence for sentence in said if sentence)


def _outside(answer: Answer, view: View) -> str:
    """What an interval that holds no change leaves out, as it is told; "" where it holds none."""
    w, effect, q = view.words, answer.effect, answer.asked.question
    nothing = 1.0 if effect.scale == "ratio" else 0.0
    if is_weakened(effect) or not effect.low <= nothing <= effect.high:
        return ""
    _, *ends = w.interval(effect.estimate, effect.low, effect.high, q)
    written = [f"{end.lstrip(SIGNS)}{_in_points(answer, value, view)}"
               for end, value in zip(ends, (effect.low, effect.high), strict=True)]  # fmt: skip
    return w.text("goals/outside", less=written[0], more=written[1])


def _in_points(answer: Answer, ratio: float, view: View) -> str:
    """A relative change of a share in percentage points of the level expected."""
    found = told.mean_levels(answer)
    if answer.asked.question.kind != "share" or found is None:
        return ""
    apart = round(told.POINTS * found[1] * abs(ratio - 1), 1)
    return " " + view.words.text("goals/in_points", n=view.words.number(apart, 1))


def _of_checks(one: Told, view: View) -> str:
    """Which deciding checks spoke against a change, but for those that the reasons tell of."""
    w = view.words
    if one.answer is None or not one.answer.effect.checks:
        return w.text("goals/no_checks")
    effect = one.answer.effect
    failed = told.against(effect)
    if not failed:
        return w.text("goals/none_against")
    said = {values.get("check") for code, values in effect.reasons if code == "failed_check"}
    names = [check_name(check.name, w) for check in failed if check.name not in said]
    quoted = [f"”{name}”" if w.language == "sv" else f"“{name}”" for name in names]
    return w.text("goals/against", checks=", ".join(quoted)) if quoted else ""


def _of_models(one: Told, view: View) -> str:
    """How the answer stands other reasonable models; "" where that was not tried."""
    w, tried = view.words, one.tried
    if tried is None:
        return ""
    if not tried.n:
        return w.text(f"goals/outcome/{outcome(tried.check)}")
    if one.answer is None or told.comparable(one) is None:
        return w.text("goals/models_alone", clear=w.number(tried.n_clear), n=w.number(tried.n))
    effect = one.answer.effect
    same, n = w.number(steady.agreeing(effect, tried)), w.number(tried.n)
    said = w.text(f"goals/models/{'same_way' if steady.is_clear(effect) else 'nothing'}", same=same, n=n)
    return f"{said} {w.text(f'goals/steadiness/{told.steadiness(effect, tried)}')}"


def next_step(one: Told, view: View) -> str:
    """What to do next, by a rule.

    Parameters
    ----------
    one : Told
        The goal.
    view : View
        What may be told.

    Returns
    -------
    str
        A sentence or two.
    """
    w, report = view.words, title(SENSITIVITY, view)
    if one.answer is None:
        return _next_survey(one, view)
    effect, is_part = one.answer.effect, bool(view.unit.parent)
    if effect.verdict == "cannot_be_attributed" and told.against(effect):
        return w.text("goals/next/against_part" if is_part else "goals/next/against", report=report)
    if effect.verdict == "too_little_data":
        key = verdict_key(effect.verdict, effect.n_before, effect.n_after)
        return w.text(f"goals/next/{key}_part" if is_part else f"goals/next/{key}")
    if told.is_sensitive(one):
        is_counted = one.tried is not None and one.tried.n
        return w.text(f"goals/next/{'sensitive' if is_counted else 'sensitive_part'}", report=report)
    if effect.verdict == "no_clear_change":
        return _next_none(one, view, report)
    return w.text(f"goals/next/{effect.verdict}")


def _next_none(one: Told, view: View, report: str) -> str:
    """Without a clear change: more months only where they help, else a decision."""
    w, later = view.words, _later(one)
    if later and one.answer:
        now, then = (either_way(mde, one.answer.effect, w) for mde in later)
        return w.text("goals/next/more_months", n=w.number(MONTHS_AHEAD), now=now, then=then)
    if view.unit.parent:
        return w.text("goals/next/part_few" if _is_uncertain(one) else "goals/next/part")
    if one.answer and is_weakened(one.answer.effect):
        return w.text("goals/next/family")
    if _is_uncertain(one):
        return w.text("goals/next/too_uncertain")
    is_known = one.ahead is not None and len(one.ahead.table) > 1
    return w.text("goals/next/decide" if is_known else "goals/next/decide_unknown", report=report)


def _is_uncertain(one: Told) -> bool:
    """Whether only a change of more than half the expected level would have been found."""
    if one.answer is None:
        return False
    effect, found = one.answer.effect, told.mean_levels(one.answer)
    if effect.scale == "ratio":
        return effect.mde > 0 and max(effect.mde, 1 / effect.mde) > 1 + LARGE
    return found is not None and abs(effect.mde) > LARGE * found[1]


def _later(one: Told) -> tuple[float, float] | None:
    """The smallest change found now and after the months ahead, where that is noticeably smaller."""
    if one.ahead is None or one.answer is None:
        return None
    known = dict(zip(one.ahead.table.more.astype(int), one.ahead.table.mde, strict=True))
    now, then = known.get(0, float("nan")), known.get(MONTHS_AHEAD, float("nan"))
    is_ratio = one.answer.effect.scale == "ratio"
    sizes = [abs(log(mde)) if is_ratio else abs(mde) for mde in (now, then)]
    return (now, then) if sizes[1] <= LESS * sizes[0] else None


def _next_survey(one: Told, view: View) -> str:
    """What to do about a survey goal."""
    w, state = view.words, one.state
    if one.change is None:
        return w.text("goals/next_survey/no_item")
    if state == "differs":
        key = "differs_elsewhere" if _all_begun(view) else "differs"
        return w.text(f"goals/next_survey/{key}", area=view.area.name[w.language])
    if state == "no_comparison" and not isnan(one.change.share_after):
        return w.text("goals/next_survey/baseline")
    if view.party is not None and "few" in (one.change.untold(side) for side in voices.PERIODS):
        return w.text("goals/next_survey/party")
    if view.unit.parent and state != "no_clear_change":
        return w.text("goals/next_survey/part")
    return w.text(f"goals/next_survey/{state}")


def _all_begun(view: View) -> bool:
    """Whether nobody is left to start, on the day of the report."""
    days = [one.start for one in view.area.starts]
    return bool(days) and all(day is not None and day <= view.as_of.date() for day in days)


def more(one: Told, view: View) -> str:
    """Which reports hold the details."""
    w = view.words
    own = title(_own_report(one, view), view)
    if one.answer is None:
        return w.text("goals/more_survey", own=own)
    return w.text("goals/more", own=own, sensitivity=title(SENSITIVITY, view))


def _own_report(one: Told, view: View) -> str:
    """The notebook that answers the goal's question."""
    if one.answer is None:
        return VOICES
    asked = {str(q["id"]): str(q.get("notebook", "")) for q in view.area.questions}
    return asked[one.answer.asked.question.id]


def title(notebook: str, view: View) -> str:
    """A report's title."""
    return view.words.text(f"report/{notebook}")
