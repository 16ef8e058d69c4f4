"""Results of models: when they are free, and how finely they may be shown (R5)."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, fields, replace
from math import isnan, nan
from typing import Any

import pandas as pd

from analysis.area import Policy
from analysis.designs.effect import Effect
from analysis.errors import DisclosureStop
from analysis.release.lines import CURVES, smoothed
from analysis.release.looks import Given, released_check, released_reason, told_interval, told_off
from analysis.release.resolution import END_MONTH, fewest, p_told, sides
from analysis.release.sealed import SEAL, require_seal

SMALLEST_SIDE = 8
SMALLEST_BOTH = 20
STEPS_A_SIDE = 4  # `round_to` cases are then a quarter of a side at most
A_MONTH = ("trend", "slope")
TERMS = ("step", "end", "att", *A_MONTH)  # whose numbers are told; of events in the model only the names


@dataclass(frozen=True, repr=False, eq=False)
class ReleasedEffect(Effect):
    """An answer as it may be shown. Only `released_effect` makes it.

    ``fit`` has no ``value``: the months with ``used``, and the lines that are drawn. ``is_detailed`` says
    whether its checks have values, and whether there is a p. `dataclasses.replace` does not make one.
    """

    is_detailed: bool = False
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        require_seal(seal)


def model_is_free(effect: Effect, series: pd.DataFrame, policy: Policy) -> bool:
    """Whether a model's results may be shown (R5): enough months, events and non-events on both sides.

    Parameters
    ----------
    effect : Effect
        A design's answer.
    series : DataFrame
        The true series it was made of.
    policy : Policy
        The area's numbers.

    Returns
    -------
    bool
        True when each side has at least eight months, both together twenty, and in the base (means),
        events (counts) and also non-events (shares) more than `policy.hide_up_to` and at least four times
        `policy.round_to`: with fewer a step is more than a quarter.
    """
    if isnan(effect.estimate) or min(effect.n_before, effect.n_after) < SMALLEST_SIDE:
        return False
    smallest = min(fewest(part, effect.question.kind) for part in sides(series, effect))
    if effect.n_before + effect.n_after < SMALLEST_BOTH:
        return False
    return bool(smallest > policy.hide_up_to and smallest >= STEPS_A_SIDE * policy.round_to)


def released_effect(
    effect: Effect,
    series: pd.DataFrame,
    policy: Policy,
    *,
    is_detailed: bool = False,
    comparison: pd.DataFrame | None = None,
    others: pd.DataFrame | None = None,
) -> ReleasedEffect:
    """The answer as it may be shown.

    Parameters
    ----------
    effect : Effect
        A design's answer.
    series : DataFrame
        The true series it was made of: ``period_start, numerator, denominator``.
    policy : Policy
        The area's numbers.
    is_detailed : bool
        Whether the series is shown by month and nothing of it is hidden. Otherwise checks keep their names
        and outcomes only, reasons what is `looks.STRUCTURAL`, and there is no p: together they give months.
    comparison : DataFrame, optional
        The series of the units compared with; without it nothing is told of them.
    others : DataFrame, optional
        The series of the other parties; without it nothing is told of them.

    Returns
    -------
    ReleasedEffect
        With the same verdict, codes of reasons and numbers of months. Every change is a multiple, from no
        change, of what `policy.round_to` cases would change on the smaller side (a ratio never finer than
        0.001); ends of intervals are rounded outwards, and what is clear stays clear. Lines instead of
        fitted values; no p with more than one digit. Where the model is not free, "too_little_data" with
        the reason ``few_units`` and no numbers.

    Raises
    ------
    DisclosureStop
        If there is no rule for a check, or for a value of a check or reason.
    """
    given = Given(effect, series, policy, comparison, others, is_detailed)
    if isnan(effect.estimate):
        reasons = tuple(released_reason(one, given) for one in effect.reasons)
        return _sealed(_emptied(effect), reasons=reasons, is_detailed=is_detailed)
    needed = [series] if comparison is None else [series, comparison]
    if not all(model_is_free(effect, one, policy) for one in needed):
        few: dict[str, Any] = {"verdict": "too_little_data", "reasons": (("few_units", {}),)}
        return _sealed(_emptied(effect), **few, is_detailed=is_detailed)
    return _told(effect, given)


def with_reason(told: ReleasedEffect, code: str, **values: str) -> ReleasedEffect:
    """A released answer with one more reason.

    Parameters
    ----------
    told : ReleasedEffect
        From `released_effect`.
    code : str
        The reason's code.
    **values : str
        Words and days; never a number.

    Returns
    -------
    ReleasedEffect
        The same, sealed anew.

    Raises
    ------
    DisclosureStop
        If the answer has not passed the gate, or a value is a number.
    """
    if not isinstance(told, ReleasedEffect) or not all(isinstance(one, str) for one in values.values()):
        what = f"the reason “{code}” was given to what has not passed the gate, or with a number"
        raise DisclosureStop(what, "Use analysis.release.released_effect, and words as values")
    return _sealed(told, reasons=(*told.reasons, (code, values)))


def _told(effect: Effect, given: Given) -> ReleasedEffect:
    """A free answer, in steps."""
    estimate, low, high = told_interval((effect.estimate, effect.low, effect.high), given.own)
    table = _table(effect, given)
    told = replace(
        effect,
        estimate=estimate,
        low=low,
        high=high,
        table=table,
        checks=tuple(released_check(check, given) for check in effect.checks),
        reasons=tuple(released_reason(reason, given) for reason in effect.reasons),
        p=p_told(effect.p) if given.is_detailed else nan,
        mde=told_off(effect.mde, given.own),
    )
    return _sealed(told, fit=smoothed(effect, told, given), is_detailed=given.is_detailed)


def _table(effect: Effect, given: Given) -> pd.DataFrame:
    """The terms that are told, in steps, and the names of the events that have a term of their own."""
    question = effect.question
    named = {one.name for one in question.shocks} | {one.name for one in question.breaks}
    rows: list[tuple[Any, ...]] = []
    for row in effect.table.to_dict("records"):
        if row["term"] in TERMS:
            months = effect.n_before if row["term"] == "trend" else effect.n_after
            part = END_MONTH / months if row["term"] in A_MONTH else 1.0
            ends = told_interval((row["estimate"], row["low"], row["high"]), given.own, part)
            rows.append((row["term"], *ends, p_told(row["p"]) if given.is_detailed else nan))
        elif row["term"] in named:
            rows.append((row["term"], nan, nan, nan, nan))
    return pd.DataFrame(rows, columns=["term", "estimate", "low", "high", "p"])


def _emptied(effect: Effect) -> Effect:
    """An effect without any number of the model."""
    months = effect.fit[["period_start", "used"]].assign(**dict.fromkeys(CURVES, nan))
    return replace(
        effect, estimate=nan, low=nan, high=nan, table=effect.table.iloc[:0], checks=(), p=nan, mde=nan,
        fit=months,
    )  # fmt: skip


def _sealed(effect: Effect, **changes: Any) -> ReleasedEffect:
    known = {one.name: getattr(effect, one.name) for one in fields(effect)}
    return ReleasedEffect(**{**known, **changes}, seal=SEAL)
