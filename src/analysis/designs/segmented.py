"""Interrupted time series: did the level (and the slope) of one series change at a date stated beforehand?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.designs.effect import Check, Effect, Question
from analysis.designs.fit import Fit, FitError
from analysis.designs.power import minimum_detectable_effect
from analysis.designs.series import checks as looks
from analysis.designs.series.attribution import moved_elsewhere
from analysis.designs.series.model import combination, fit_model, intervals, scale_of, shocks_met, with_season
from analysis.designs.series.months import SEASONAL, Reason, months, refusal, within
from analysis.designs.series.terms import terms
from analysis.designs.timeline import ordinal
from analysis.designs.verdict import decide

STEPS = ("step", "delayed_step")
TABLE = ["term", "estimate", "low", "high", "p"]
CURVES = ["expected", "expected_low", "expected_high", "without", "without_low", "without_high"]


def evaluate(
    series: pd.DataFrame,
    question: Question,
    comparison: pd.DataFrame | None = None,
    others: pd.DataFrame | None = None,
) -> Effect:
    """Answer a question about one unit's monthly series, alone or beside a comparison.

    Parameters
    ----------
    series : DataFrame, one row a month
        Columns ``period_start`` (first of month), ``numerator``, ``denominator``, ``value``,
        ``complete``. Months may be missing; those not complete are never used.
    question : Question
        What is asked.
    comparison : DataFrame, optional
        The same columns of units, or of a measure, that the change cannot have moved (comparative
        interrupted time series): the effect is the unit's change beyond the comparison's.
    others : DataFrame, optional
        The same columns of all other parties together, when the question is about one party: what it lost
        may only have moved to them.

    Returns
    -------
    Effect
        ``estimate`` is what is judged: the step at ``settled``, or, when the stated shape has a slope or
        a ramp, the difference in the last used month (both lie in the table, too).
        Too little or unfit data give the verdict "too_little_data" with a reason, never a number.

    Raises
    ------
    DesignError
        If columns are missing, a month comes twice, or the question is settled before it starts.

    References
    ----------
    docs/methods.md.
    """
    rows = months(series, question, comparison)
    reason = refusal(rows, question)
    if reason is not None:
        return _unanswered(rows, question, reason)
    asked = with_season(rows, question)
    try:
        fit = fit_model(rows, asked)
    except FitError as failure:
        n = int(within(rows, asked)["used"].sum())
        return _unanswered(rows, question, (failure.code, {"n": n}))
    mde = minimum_detectable_effect(series, asked, comparison)
    moved = () if others is None else (moved_elsewhere(series, others, asked),)
    checks = (*looks.run_all(rows, asked, fit), *moved)
    return _answered(rows, question, asked, fit, checks=checks, mde=mde)


def _answered(
    rows: pd.DataFrame,
    question: Question,
    asked: Question,
    fit: Fit,
    *,
    checks: tuple[Check, ...],
    mde: float,
) -> Effect:
    """The effect of a fitted model."""
    table = _table(rows, asked, fit)
    judged = table.set_index("term").loc["step" if asked.impact in STEPS else "end"]
    interval = (float(judged["estimate"]), float(judged["low"]), float(judged["high"]))
    verdict, reasons = decide(
        interval,
        scale=scale_of(question),
        better=question.better,
        checks=checks,
        mde=mde,
        plausible=question.plausible,
    )
    n_before, n_after = _counts(within(rows, asked))
    return Effect(
        question=question,
        method=_method(rows, question),
        scale=scale_of(question),
        estimate=interval[0],
        low=interval[1],
        high=interval[2],
        n_before=n_before,
        n_after=n_after,
        verdict=verdict,
        table=table,
        fit=_curves(rows, asked, fit),
        checks=checks,
        reasons=reasons + _remarks(question, asked, n_before),
        p=float(judged["p"]),
        mde=mde,
    )


def _unanswered(rows: pd.DataFrame, question: Question, reason: Reason) -> Effect:
    """The effect when there is no answer."""
    window = within(rows, question)
    n_before, n_after = _counts(window)
    return Effect(
        question=question,
        method=_method(rows, question),
        scale=scale_of(question),
        estimate=np.nan,
        low=np.nan,
        high=np.nan,
        n_before=n_before,
        n_after=n_after,
        verdict="too_little_data",
        table=pd.DataFrame(columns=TABLE),
        fit=window[["period_start", "value", "used"]].assign(**dict.fromkeys(CURVES, np.nan)),
        reasons=(reason,),
    )


def _method(rows: pd.DataFrame, question: Question) -> str:
    """The code of the main model."""
    name = "least_squares_integrated" if question.kind == "mean" else "quasi_likelihood_integrated"
    return f"{name}_compared" if "other_value" in rows else name


def _counts(window: pd.DataFrame) -> tuple[int, int]:
    """Used months before and after."""
    n_after = int((window["used"] & window["after"]).sum())
    return int(window["used"].sum()) - n_after, n_after


def _remarks(question: Question, asked: Question, n_before: int) -> tuple[Reason, ...]:
    """What a reader of the number must also know."""
    remarks: list[Reason] = []
    if (asked.season, asked.fourier_pairs) != (question.season, question.fourier_pairs):
        pairs = {"asked": question.fourier_pairs, "used": asked.fourier_pairs, "n_before": n_before}
        remarks.append(("season_simplified", pairs))
    return tuple(remarks)


def _table(rows: pd.DataFrame, question: Question, fit: Fit) -> pd.DataFrame:
    """The model's terms, and the change at the last used month, on the effect's scale."""
    left_out = ("const", *(name for name in fit.names if name.startswith(SEASONAL)))
    names = [name for name in fit.names if name not in left_out]
    combinations = [np.eye(len(fit.names))[[fit.names.index(name) for name in names]]]
    if question.impact not in STEPS:
        names.append("end")
        combinations.append(combination(fit.names, int(fit.ordinals[-1]), question))
    found = intervals(fit, np.vstack(combinations), question)
    found.insert(0, "term", names)
    return found


def _curves(rows: pd.DataFrame, question: Question, fit: Fit) -> pd.DataFrame:
    """Expected values with and without the change, for all months of the window."""
    window = within(rows, question)
    at = window["ordinal"].to_numpy()
    with_change = terms(at, question, shocks_met(window, question)).reindex(columns=fit.names, fill_value=0.0)
    unchanged = with_change.assign(**{name: 0.0 for name in ("step", "slope") if name in with_change})
    started = at >= ordinal(question.start)
    bands = np.column_stack([_band(window, m, question, fit) for m in (with_change, unchanged)])
    if question.transition == "left_out":
        bands[started & (at < ordinal(question.settled)), :3] = np.nan
    bands[window["shocked"].to_numpy()] = np.nan  # a shock's own term repeats its events: never drawn
    bands[~window["after"].to_numpy(), 3:] = np.nan
    curves = pd.DataFrame(bands, columns=CURVES)
    return pd.concat([window[["period_start", "value", "used"]], curves], axis=1)


def _band(window: pd.DataFrame, matrix: pd.DataFrame, question: Question, fit: Fit) -> np.ndarray:
    """Mean and 95 % band in the measure's unit, one row a month; on top of a comparison's values."""
    found = fit.contrast(matrix.to_numpy())
    band = np.column_stack([found.estimate, found.low, found.high])
    if question.kind == "mean":
        return band + window["other_value"].to_numpy()[:, None] if "other_value" in window else band
    base = window["other_value"].to_numpy()[:, None] if "other_value" in window else question.per
    values = base * np.exp(np.clip(band, -700, 700))
    return np.minimum(values, question.per) if question.kind == "share" else values
