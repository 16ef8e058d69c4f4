"""Sentences from an effect, in the words of a language: no finding is written ahead, none is too strong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from math import ceil, floor, isnan, log
from numbers import Integral

import pandas as pd

from analysis.designs.effect import Check, Effect, Question
from analysis.judged import is_expected, is_weakened, outcome, status, variants, verdict_key
from analysis.words import MINUS, Words

STEPS = ("step", "delayed_step")
SIGNS = "+" + MINUS
GROUP_TIME, COMPARED = "group_time", "_compared"
# Values of checks and reasons, by how their names begin, that are changes, shares of a whole, or p-values.
CHANGES = ("estimate", "low", "high", "level", "own", "others", "comparison", "sun_abraham", "two_stage",
           "two_way", "largest", "median", "mde", "plausible", "trend")  # fmt: skip
SHARES = ("share", "explained")
DATES = ("date", "low", "high", "start", "first", "last")
LARGE = 0.5  # of the expected level
SIZES_TOLD = ("comparison_changed_as_much", "comparison_moved")  # failed, they name both sizes


def headline(effect: Effect, words: Words) -> str:
    """The finding as a title.

    Parameters
    ----------
    effect : Effect
        The answer.
    words : Words
        The language.

    Returns
    -------
    str
        One line; never stronger than the verdict.
    """
    name = words.name(effect.question, short=True)
    if effect.verdict not in ("improved", "worsened"):
        said = _alike(effect, words) or verdict_key(effect.verdict, effect.n_before, effect.n_after)
        return words.text(f"headline/{said}", name=name)
    estimate, *_ = words.interval(effect.estimate, effect.low, effect.high, effect.question)
    size = estimate.lstrip(SIGNS)
    direction = _direction(effect, words)
    if effect.question.impact in STEPS or is_of_units(effect):
        key = "changed_compared" if is_compared(effect) else "changed"
        return words.text(f"headline/{key}", name=name, size=size, direction=direction)
    last = words.month(_last(effect))
    return words.text("headline/changed_last", name=name, size=size, direction=direction, last=last)


def verdict_words(effect: Effect, words: Words) -> str:
    """A verdict as it is read."""
    return words.text(f"verdict/{verdict_key(effect.verdict, effect.n_before, effect.n_after)}")


def is_of_units(effect: Effect) -> bool:
    """Whether the answer is about units beside units, by group-time effects."""
    return effect.method.startswith(GROUP_TIME)


def is_compared(effect: Effect) -> bool:
    """Whether the answer rests on a comparison with units, or a measure, that did not change."""
    return is_of_units(effect) or effect.method.endswith(COMPARED)


def is_rough(effect: Effect) -> bool:
    """Whether levels are a model's only, of rounded sizes: no month is shown to hold them against."""
    return not getattr(effect, "is_detailed", True)


def finding(effect: Effect, words: Words) -> list[str]:
    """The finding in sentences: size, interval, n, what was left out, why it is judged so.

    Parameters
    ----------
    effect : Effect
        The answer.
    words : Words
        The language.

    Returns
    -------
    list of str
        Sentences.
    """
    q, answered = effect.question, effect.verdict != "too_little_data"
    sentences = [*_sizes(effect, words), *_time(effect, words)] if answered else []
    sentences += _because(effect, words)
    if words.has(f"measure/{q.measure}/caution"):
        sentences.append(words.text(f"measure/{q.measure}/caution"))
    return sentences


def _time(effect: Effect, words: Words) -> list[str]:
    """How many months there are, and what is done about a transition."""
    sentences = [words.text("finding/n", n_before=effect.n_before, n_after=effect.n_after)]
    said = transition(effect.question, words)
    return [*sentences, said] if said else sentences


def transition(q: Question, words: Words) -> str:
    """What is done about the months when only some had started; "" where there are none."""
    if q.settled <= q.start:
        return ""
    before = date(q.settled.year - (q.settled.month == 1), (q.settled.month - 2) % 12 + 1, 1)
    key = "transition_one" if before == q.start else "transition"
    if q.transition == "ramp" or q.starts:
        key = "transition_ramp" if q.transition == "ramp" else "transition_units"
    span = {"start": words.month(q.start), "before_settled": words.month(before)}
    return words.text(f"finding/{key}", **span)


def _because(effect: Effect, words: Words) -> list[str]:
    """Why it is judged so, and what that does not mean."""
    if effect.verdict == "too_little_data":
        return [*reasons(effect, words), words.text("finding/too_little_data")]
    if effect.verdict == "no_clear_change":
        covers = [] if is_weakened(effect) else [words.text("finding/no_clear_change")]
        return [*covers, *reasons(effect, words), words.text("finding/not_nothing")]
    key = "attribution_compared" if is_compared(effect) else "attribution"
    return [*reasons(effect, words), words.text(f"finding/{key}")]


def reasons(effect: Effect, words: Words, *, but: Collection[str] = ()) -> list[str]:
    """Why the verdict is what it is.

    Parameters
    ----------
    effect : Effect
        The answer.
    words : Words
        The language.
    but : collection of str
        Codes of reasons that are told elsewhere.

    Returns
    -------
    list of str
        One sentence for each reason of the effect.
    """
    return [_reason(code, values, effect, words) for code, values in effect.reasons if code not in but]


def _reason(code: str, values: Mapping[str, float | int | str], effect: Effect, words: Words) -> str:
    """One sentence; of a failed check its own where there is one, since it names the sizes."""
    shown = _written(values, effect, words)
    keys = [f"reason/{code}"]
    if effect.question.starts:
        keys.insert(0, f"reason/{code}_units")
    if values.get("treated") == 0:
        keys.insert(0, f"reason/{code}_none")
    if "mde" in values:
        mde = float(values["mde"])
        shown["mde"] = _at_least(mde, effect, words)
        keys[:0] = [f"reason/{code}_large"] if _is_large(mde, effect) else []
    if "check" in values:
        name = str(values["check"])
        shown["check"] = check_name(name, words).rstrip("?")
        failed = [c for c in effect.checks if c.name == name and code == "failed_check"]
        shown |= _written(failed[0].values, effect, words) if failed else {}
        told = [f"because_{v}" for c in failed for v in variants(c, effect)]
        keys = [*(f"check/{name}/{key}" for key in (*told, "because")), *keys] if failed else keys
    shown["code"] = code
    return _first(words, [*keys, f"reason/{code}_unsaid", "reason/other"], shown)


def check_name(name: str, words: Words) -> str:
    """The question that a check asks; its code when there are no words for it."""
    return words.text(f"check/{name}/name") if words.has(f"check/{name}/name") else name


def check_sentence(check: Check, effect: Effect, words: Words) -> str:
    """What a check says.

    Parameters
    ----------
    check : Check
        The check.
    effect : Effect
        Whose check it is.
    words : Words
        The language.

    Returns
    -------
    str
        One sentence, from the check's numbers; a general one when there are no words for it, or when the
        numbers are not told.
    """
    if not getattr(effect, "is_detailed", True):  # of a released answer
        said = "informs" if status(check, effect) == "informs" else outcome(check)
        return words.text(f"finding/unsaid_{'alike' if is_expected(check, effect) else said}")
    key = f"check/{check.name}/{outcome(check)}"
    shown = _written(check.values, effect, words) | {"code": check.name}
    special = [f"{key}_{v}" for v in variants(check, effect)]
    return _first(words, [*special, key, "reason/other"], shown)


def _at_least(mde: float, effect: Effect, words: Words) -> str:
    """The size of the smallest change that would have been found, of ratios the larger way, rounded up."""
    if effect.scale == "difference" or isnan(mde):
        return words.change(mde, effect.question, signed=False)
    return words.percent(_whole(max(mde, 1 / mde)) - 1)


def _is_large(mde: float, effect: Effect) -> bool:
    """Whether only a change of more than half the expected level would have been found."""
    if effect.scale == "ratio":
        return max(mde, 1 / mde) > 1 + LARGE
    after = effect.fit[effect.fit.used & (effect.fit.period_start >= str(effect.question.settled))]
    return abs(mde) > LARGE * abs(after.without.mean())


def either_way(mde: float, effect: Effect, words: Words) -> str:
    """The smallest change that would have been found, lower or higher (of ratios the inverse)."""
    if isnan(mde):
        return words.text("table/no_value")
    other = -mde if effect.scale == "difference" else _whole(1 / mde)
    lower, higher = (words.change(end, effect.question) for end in sorted((mde, other)))
    return words.text("table/either", lower=lower, higher=higher)


def _whole(ratio: float) -> float:
    """A ratio in whole per cent, no nearer to no change: the inverse of a told number has no more digits."""
    return (ceil(100 * ratio - 1e-9) if ratio > 1 else floor(100 * ratio + 1e-9)) / 100


def detectable(effect: Effect, words: Words) -> str:
    """As `either_way` for the effect's own; a dash where its interval is wider than that."""
    ends = (effect.low, effect.high, effect.mde)
    low, high, mde = (log(end) if effect.scale == "ratio" and end > 0 else end for end in ends)
    return either_way(float("nan") if (high - low) / 2 > abs(mde) else effect.mde, effect, words)


def _written(values: Mapping[str, float | int | str], effect: Effect, words: Words) -> dict[str, object]:
    """The values of a reason or a check as they are read."""
    return {key: _value(key, value, effect.question, words) for key, value in values.items()}


def _value(key: str, value: float | int | str, question: Question, words: Words) -> str:
    if isinstance(value, str):
        return _name(key, value, words)
    if isinstance(value, Integral):
        return words.number(float(value))
    if key.startswith(CHANGES):
        return words.change(value, question)
    if key == "p" or key.startswith("p_"):
        return words.p(value)
    if key in SHARES or key.startswith("share_"):
        return words.percent(value)
    return words.figure(value, 3 if key == "smallest_p" else 2)


def _name(key: str, value: str, words: Words) -> str:
    """A text value: a month, a unit, a kind of something, or itself."""
    if key == "day":
        return words.day(date.fromisoformat(value))
    if key in DATES:
        return words.month(date.fromisoformat(value))
    if key == "unit":
        return words.units.get(value, value)
    if key == "name":
        return words.events.get(value, value)
    return words.text(f"kind/{value}") if words.has(f"kind/{value}") else value


def _first(words: Words, keys: list[str], shown: Mapping[str, object]) -> str:
    """The first of the texts that there are words and values for."""
    for key in keys:
        if words.has(key):
            try:
                return words.text(key, **shown)
            except KeyError:  # a check that could not be made lacks numbers
                continue
    raise KeyError(keys[-1])


def _direction(effect: Effect, words: Words) -> str:
    neutral = 1.0 if effect.scale == "ratio" else 0.0
    return words.text("headline/lower" if effect.estimate < neutral else "headline/higher")


def _last(effect: Effect) -> datetime:
    """The last month that is used; of months put together, the last of them."""
    length = next((int(said["months"]) for code, said in effect.reasons if code == "collapsed"), 1)
    last: datetime = effect.fit[effect.fit.used].period_start.max() + pd.DateOffset(months=length - 1)
    return last


def _sizes(effect: Effect, words: Words) -> list[str]:
    """Size and interval; for a step also from what to what; beside a comparison also what it did."""
    q = effect.question
    sentences = [_size(effect, words)]
    after = effect.fit[effect.fit.used & (effect.fit.period_start >= str(q.settled))]
    if q.impact == "step":
        rough = is_rough(effect)
        levels = {k: words.level(after[k].mean(), q, is_rough=rough) for k in ("expected", "without")}
        sentences.append(words.text("finding/levels_rough" if rough else "finding/levels", **levels))
        if q.kind == "share":
            sentences.append(words.text("finding/relative"))
    return sentences + _beside(effect, words)


def _beside(effect: Effect, words: Words) -> list[str]:
    """What the unit and its comparison did by themselves, unless the reason for the verdict tells it."""
    known = [c for c in effect.checks if c.name == SIZES_TOLD[0] and "comparison" in c.values]
    decided = any(said.get("check") in SIZES_TOLD for code, said in effect.reasons if code == "failed_check")
    if not known or decided:
        return []
    return [words.text("finding/beside", **_written(known[0].values, effect, words))]


def _size(effect: Effect, words: Words) -> str:
    q = effect.question
    estimate, low, high = words.interval(effect.estimate, effect.low, effect.high, q)
    shown: dict[str, object] = {
        "settled": words.month(q.settled),
        "last": words.month(_last(effect)),
        "n_after": effect.n_after,
        "impact_months": words.number(q.impact_months),
        "size": estimate.lstrip(SIGNS),
        "direction": _direction(effect, words),
        "low": low,
        "high": high,
    }
    as_expected = "" if any(digit in "123456789" for digit in estimate) else "_same"
    if is_of_units(effect):
        return words.text(f"finding/of_units{as_expected}", **shown)
    terms = effect.table.set_index("term")
    if q.impact == "step_and_slope":
        shown["trend"] = words.change(terms.loc["trend"].estimate, q)
        for term in ("step", "slope"):
            row = terms.loc[term]
            shown[term] = words.change(row.estimate, q)
            shown |= {f"{term}_low": words.change(row.low, q), f"{term}_high": words.change(row.high, q)}
        return words.text("finding/step_and_slope", **shown)
    return words.text(f"finding/{q.impact}{as_expected}", **shown)


def _alike(effect: Effect, words: Words) -> str:
    """The key of a headline that tells why a change is none of the units' own, "" without."""
    failed = {str(said.get("check")) for code, said in effect.reasons if code == "failed_check"}
    named = [name for name in ("comparison_changed_as_much", "moved_elsewhere") if name in failed]
    return named[0] if named and words.has(f"headline/{named[0]}") else ""
