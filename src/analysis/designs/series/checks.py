"""Checks of a before/after effect: each looks at one way in which it may mislead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from scipy import stats

from analysis.designs.effect import Check, Question
from analysis.designs.fit import Fit, FitError
from analysis.designs.series.attribution import chosen_for_outcome, compared, definition_breaks
from analysis.designs.series.autocorrelation import lag_one
from analysis.designs.series.model import (
    NOTHING,
    Interval,
    answer,
    attempt,
    fit_model,
    interval_of,
    judged,
    scale_of,
    with_season,
)
from analysis.designs.series.model import level as level_of
from analysis.designs.series.months import refusal, within
from analysis.designs.series.other_models import other_fit
from analysis.designs.series.robustness import bent_before, leave_one_month_out, noise_after
from analysis.designs.timeline import month_of, ordinal
from analysis.designs.verdict import clear_direction

HIGH_RHO = 0.6
LEAD_MONTHS = 6
WAY_BACK = 0.5  # of the answer
LEAD_NEEDED = 3
SIDE_NEEDED = 12
PLACEBO_P = 0.10
PLACEBO_NEEDED = 9
SHORT_MONTHS = 24
LONG_NEEDED = 36


def run_all(rows: pd.DataFrame, question: Question, fit: Fit) -> tuple[Check, ...]:
    """Every check of an interrupted time series.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months`.
    question : Question
        As it was fitted.
    fit : Fit
        The fitted main model.

    Returns
    -------
    tuple of Check
        In the order in which they are told.
    """
    return (
        began_before(rows, question, fit),
        bent_before(rows, question, fit),
        placebo_dates(rows, question, fit),
        window(rows, question, fit),
        leave_one_month_out(rows, question, fit),
        noise_after(question, fit),
        *definition_breaks(question),
        *chosen_for_outcome(question),
        *compared(rows, question, fit),
        other_model(rows, question, fit),
        autocorrelation(fit),
    )


def autocorrelation(fit: Fit) -> Check:
    """Whether neighbouring months are so alike that intervals can no longer be trusted.

    Parameters
    ----------
    fit : Fit
        The fitted main model.

    Returns
    -------
    Check
        Blocking, since intervals are too narrow above; passed when ``rho`` < 0.6. Values ``rho``,
        ``lags`` and Ljung-Box ``p``.
    """
    n = len(fit.residuals)
    lags = max(1, min(12, n // 5))
    r = np.array([lag_one(fit.residuals, fit.ordinals, lag) for lag in range(1, lags + 1)])
    q = n * (n + 2) * float((r**2 / (n - np.arange(1, lags + 1))).sum())
    values = {"rho": fit.rho, "lags": lags, "p": float(stats.chi2.sf(q, lags))}
    return Check("autocorrelation", bool(fit.rho < HIGH_RHO), values)


def began_before(rows: pd.DataFrame, question: Question, fit: Fit) -> Check:
    """Whether the change had begun in the six months before the start.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months`.
    question : Question
        What is asked.
    fit : Fit
        The fitted main model.

    Returns
    -------
    Check
        Blocking. A step in those months is fitted to the before period only; not passed when it is clear
        and in the direction of the answer, or clear the other way and at least half as large (the answer may
        be the way back); None when its interval holds both no effect and the answer's step (too unsure to
        tell), when fewer than 3 of the months, or fewer than 12 earlier ones, are used. Values ``months``,
        ``estimate, low, high``, and ``back`` (1 when it went the other way, else 0).
    """
    lead = ordinal(question.start) - LEAD_MONTHS
    asked = _before_only(replace(question, impact="step"), lead, lead)
    used = within(rows, asked).query("used")
    n_lead = int(used["after"].sum())
    step = NOTHING
    if n_lead >= LEAD_NEEDED and len(used) - n_lead >= SIDE_NEEDED:
        step = attempt(rows, asked)[0]
    clear = clear_direction(step, scale_of(question))
    main = level_of(question, fit)[0]
    rising = judged(question, fit)[0] > 0
    unsure = clear is None and step[1] <= main <= step[2]
    sizes = [abs(np.log(x)) if question.kind != "mean" else abs(x) for x in (step[0], main)]
    back = clear == ("lower" if rising else "higher") and sizes[0] >= WAY_BACK * sizes[1]
    passed = None if np.isnan(step[0]) or unsure else clear != ("higher" if rising else "lower") and not back
    return Check("began_before", passed, {"months": LEAD_MONTHS, "back": int(back)} | _interval(step))


def placebo_dates(rows: pd.DataFrame, question: Question, fit: Fit) -> Check:
    """Whether the step stands out among steps at false dates in the before period.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months`.
    question : Question
        What is asked.
    fit : Fit
        The fitted main model.

    Returns
    -------
    Check
        Blocking. Every false date with at least 12 used months on each side, fitted to the before period
        only, judged as the answer is (with a slope: at the last month of the before period);
        ``p = (1 + n_as_large) / (1 + n)`` by absolute t; passed when p <= 0.10, None when n < 9.
        Values ``n, n_as_large, p``; table ``date, estimate, low, high, t``.
    """
    tried = [_placebo(rows, question, place) for place in _false_dates(rows, question)]
    table = pd.DataFrame(
        [row for row in tried if row is not None], columns=["date", "estimate", "low", "high", "t"]
    )
    estimate, error = judged(question, fit)
    as_large = int((table["t"].abs() >= abs(estimate / error)).sum())
    p = (1 + as_large) / (1 + len(table))
    passed = None if len(table) < PLACEBO_NEEDED else bool(p <= PLACEBO_P)
    return Check("placebo_dates", passed, {"n": len(table), "n_as_large": as_large, "p": p}, table)


def window(rows: pd.DataFrame, question: Question, fit: Fit) -> Check:
    """Whether the answer survives other choices of window.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months`.
    question : Question
        Its ``windows``; without any, the last 24 months before the start when there are 36 or more.
    fit : Fit
        The fitted main model.

    Returns
    -------
    Check
        Blocking; passed when every other window agrees; None when none can be fitted. A *stated* window
        agrees when its interval excludes no effect on the same side as the estimate. The default one
        has fewer months, and a wider interval is no evidence against: it agrees when its estimate is on
        the same side and its interval holds the estimate. Values ``kind``
        ("stated" or "shorter"), ``n`` (fitted), ``n_agree``,
        ``n_not_possible``, ``estimate_min, estimate_max``,
        of the step ``level_min, level_max``; table ``first, last,
        estimate, low, high`` and the step: ``level, level_low, level_high``.
    """
    others = _other_windows(rows, question)
    asked = [replace(question, first=a, last=b, windows=()) for a, b in others]
    steps = [_answerable_step(rows, one) for one in asked]
    levels = [_answerable_step(rows, one, level=True) for one in asked]
    table = pd.DataFrame(
        [(a, b, *step, *level) for (a, b), step, level in zip(others, steps, levels, strict=True)],
        columns=["first", "last", "estimate", "low", "high", "level", "level_low", "level_high"],
    )
    fitted = [step for step in steps if not np.isnan(step[0])]
    main = interval_of(answer(question, fit))
    direction = "higher" if judged(question, fit)[0] > 0 else "lower"
    if question.windows:
        agree = sum(clear_direction(step, scale_of(question)) == direction for step in fitted)
    else:
        agree = sum(_same_side(step, main, question) and step[1] <= main[0] <= step[2] for step in fitted)
    estimates = [step[0] for step in fitted] or [np.nan]
    known = [level[0] for level in levels if not np.isnan(level[0])] or [np.nan]
    values = {
        "kind": "stated" if question.windows else "shorter",
        "n": len(fitted), "n_agree": agree, "n_not_possible": len(steps) - len(fitted),
        "estimate_min": float(min(estimates)), "estimate_max": float(max(estimates)),
        "level_min": float(min(known)), "level_max": float(max(known)),
    }  # fmt: skip
    return Check("window", agree == len(fitted) if fitted else None, values, table)


def other_model(rows: pd.DataFrame, question: Question, fit: Fit) -> Check:
    """Whether another model says the same.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months`.
    question : Question
        What is asked.
    fit : Fit
        The fitted main model.

    Returns
    -------
    Check
        Informational. Counts and shares: REML with AR(1) errors on log rates (0.5 added to every
        numerator when one is zero); means: least squares with Newey-West errors. Passed when both
        intervals exclude no effect on the same side or both include it; None when it cannot be
        fitted. Values ``method`` ("reml_ar1_log" or "ols_hac"), ``estimate, low, high``.
    """
    mean = question.kind == "mean"
    model = "ols_hac" if mean else "reml_ar1_log"
    try:
        step = level_of(question, other_fit(rows, question, model))
    except FitError:
        step = NOTHING
    ours = level_of(question, fit)  # the level change, also with a slope
    same = clear_direction(step, scale_of(question)) == clear_direction(ours, scale_of(question))
    passed = None if np.isnan(step[0]) else same
    values = {"method": model} | _interval(step)
    return Check("other_model", passed, values, blocking=False)


def _same_side(one: Interval, other: Interval, question: Question) -> bool:
    """Whether two estimates lie on the same side of no effect."""
    nothing = 1.0 if scale_of(question) == "ratio" else 0.0
    return (one[0] - nothing) * (other[0] - nothing) > 0


def _interval(step: Interval) -> dict[str, float | int | str]:
    """The interval as a check's values."""
    return dict(zip(("estimate", "low", "high"), step, strict=True))


def _before_only(question: Question, start: int, settled: int) -> Question:
    """The question about another start, asked of the before period only."""
    return replace(
        question,
        start=month_of(start),
        settled=month_of(settled),
        last=month_of(ordinal(question.start) - 1),
    )


def _answerable_step(rows: pd.DataFrame, question: Question, *, level: bool = False) -> Interval:
    """What is judged (or the step) of a question that would not be refused, else not numbers."""
    if refusal(rows, question) is not None:
        return NOTHING
    asked = with_season(rows, question)
    if not level:
        return attempt(rows, asked)[0]
    try:
        fit = fit_model(rows, asked)
    except FitError:
        return NOTHING
    return level_of(asked, fit)


def _false_dates(rows: pd.DataFrame, question: Question) -> list[int]:
    """Months in the before period with enough used months on each side, after the change would be there."""
    window = within(rows, question)
    used = window.loc[window["used"] & (window["ordinal"] < ordinal(question.start)), "ordinal"].to_numpy()
    until = ordinal(question.settled) - ordinal(question.start)
    until += question.impact_months if question.impact == "delayed_step" else 0
    if len(used) < 2 * SIDE_NEEDED:
        return []
    places = range(int(used[0]), int(used[-1]) + 1)
    return [
        place
        for place in places
        if (used < place).sum() >= SIDE_NEEDED and (used >= place + until).sum() >= SIDE_NEEDED
    ]


def _placebo(
    rows: pd.DataFrame, question: Question, place: int
) -> tuple[date, float, float, float, float] | None:
    """One row of the placebo table, None when the false date cannot be fitted."""
    transition = ordinal(question.settled) - ordinal(question.start)
    step, t = attempt(rows, _before_only(question, place, place + transition))
    return None if np.isnan(t) else (month_of(place), *step, t)


def _other_windows(rows: pd.DataFrame, question: Question) -> list[tuple[date | None, date | None]]:
    """The question's own windows, or the last 24 months before."""
    if question.windows:
        return list(question.windows)
    if len(within(rows, question).query("used & not after")) < LONG_NEEDED:
        return []
    return [(month_of(ordinal(question.start) - SHORT_MONTHS), question.last)]
