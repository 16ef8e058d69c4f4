"""Checks of whether a change, if there is one, can be attributed to what was asked about."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.designs.effect import Check, Question
from analysis.designs.fit import Fit, FitError
from analysis.designs.series.model import (
    NOTHING,
    Interval,
    answer,
    attempt,
    fit_model,
    interval_of,
    level,
    scale_of,
    with_season,
)
from analysis.designs.series.months import months, refusal
from analysis.designs.timeline import ordinal
from analysis.designs.verdict import clear_direction

BREAK_MONTHS = 3
AS_MUCH = 0.5  # of the own change
NAMES = ("own", "own_low", "own_high", "estimate", "low", "high")
COMPARED = (*NAMES[:3], "comparison", *NAMES[3:])
MOVED = (*NAMES[:3], "others", "others_low", "others_high", *NAMES[3:])


def definition_breaks(question: Question) -> tuple[Check, ...]:
    """Whether a change of definition or registration can be told apart from the change asked about.

    Parameters
    ----------
    question : Question
        Its ``breaks``.

    Returns
    -------
    tuple of Check
        Blocking; one a break, not passed within three months of the start or the transition. Values
        ``name, first, months``.
    """
    low, high = ordinal(question.start) - BREAK_MONTHS, ordinal(question.settled) + BREAK_MONTHS
    return tuple(
        Check(
            "definition_break",
            not low <= ordinal(lasting.first) <= high,
            {"name": lasting.name, "first": lasting.first.isoformat(), "months": BREAK_MONTHS},
        )
        for lasting in question.breaks
    )


def compared(rows: pd.DataFrame, question: Question, fit: Fit) -> tuple[Check, ...]:
    """Whether the unit's change goes beyond its comparison's.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months`; without a comparison there is no such check.
    question : Question
        What is asked.
    fit : Fit
        The fitted main model, of the difference between the two.

    Returns
    -------
    tuple of Check
        Two, both blocking: ``comparison_changed_as_much``, not passed when the unit's own change is clear,
        the difference is not, and the comparison changed at least half as much the same way; and
        ``comparison_moved``, not passed when the difference is clear, the unit's own change is not, and
        the comparison's is. None when one of them cannot be fitted. Values ``own, own_low, own_high,
        comparison, estimate, low, high``.
    """
    if "other_value" not in rows:
        return ()
    alone = rows.drop(columns=[name for name in rows if name.startswith("other_")])
    own, other = attempt(alone, question)[0], attempt(_others_alone(rows), question)[0]
    beyond, scale = interval_of(answer(question, fit)), scale_of(question)
    values = dict(zip(COMPARED, (*own, other[0], *beyond), strict=True))
    if not np.isfinite([own[0], other[0]]).all():
        return Check("comparison_changed_as_much", None, values), Check("comparison_moved", None, values)
    is_own, is_other, is_beyond = (clear_direction(one, scale) is not None for one in (own, other, beyond))
    sizes = np.log([other[0], own[0]]) if scale == "ratio" else np.array([other[0], own[0]])
    as_much = is_own and not is_beyond and sizes[0] / sizes[1] >= AS_MUCH
    moved = is_beyond and not is_own and is_other
    return (
        Check("comparison_changed_as_much", not as_much, values),
        Check("comparison_moved", not moved, values),
    )


def _others_alone(rows: pd.DataFrame) -> pd.DataFrame:
    """The comparison's months as if they were the unit's own."""
    names = ("numerator", "denominator", "value")
    kept = rows.assign(**{name: rows[f"other_{name}"] for name in names})
    return kept.drop(columns=[f"other_{name}" for name in names])


def chosen_for_outcome(question: Question) -> tuple[Check, ...]:
    """Whether the units were chosen because their figures stood out, which then tend back by themselves.

    Parameters
    ----------
    question : Question
        What is asked.

    Returns
    -------
    tuple of Check
        At most one, blocking and not passed: regression to the mean cannot be told apart from an effect.
    """
    return (Check("chosen_for_outcome", False),) if question.chosen_for_outcome else ()


def moved_elsewhere(series: pd.DataFrame, others: pd.DataFrame, question: Question) -> Check:
    """Whether what changed for one party moved to the others.

    Parameters
    ----------
    series, others : DataFrame, one row a month
        The party's series, and that of all other parties together, per the same denominator; columns as for
        `analysis.designs.series.months.months`.
    question : Question
        What is asked of the party.

    Returns
    -------
    Check
        Blocking; not passed when the party's level and the others' changed opposite ways, one of them
        clearly, and the total's did not change clearly: the change may only be one of who is held
        responsible. None when one of the three cannot be fitted. Values ``own, others, estimate`` (of the
        total), each with ``_low`` and ``_high``; of the total ``low, high``.
    """
    of_others = others[["period_start", "numerator", "complete"]]
    total = series.merge(of_others, on="period_start", suffixes=("", "_others"))
    total["numerator"] += total.pop("numerator_others")
    total["complete"] &= total.pop("complete_others")
    total["value"] = question.per * total["numerator"] / total["denominator"]
    own, rest, whole = (_level(months(one, question), question) for one in (series, others, total))
    values = dict(zip(MOVED, (*own, *rest, *whole), strict=True))
    if not np.isfinite([own[0], rest[0], whole[0]]).all():
        return Check("moved_elsewhere", None, values)
    scale = scale_of(question)
    nothing = 1.0 if scale == "ratio" else 0.0
    opposite = (rest[0] - nothing) * (own[0] - nothing) < 0
    is_clear = any(clear_direction(one, scale) is not None for one in (own, rest))
    moved = opposite and is_clear and clear_direction(whole, scale) is None
    return Check("moved_elsewhere", not moved, values)


def _level(rows: pd.DataFrame, question: Question) -> Interval:
    """The change of level of a series, not numbers when there is none."""
    if refusal(rows, question) is not None:
        return NOTHING
    asked = with_season(rows, question)
    try:
        return level(asked, fit_model(rows, asked))
    except FitError:
        return NOTHING
