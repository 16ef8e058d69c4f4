"""Interrupted time series: did the level (and the slope) of one series change at a date stated beforehand?"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.designs import checks as looks
from analysis.designs.effect import Effect, Question
from analysis.designs.model import (
    Reason,
    fit_model,
    months,
    on_scale,
    ordinal,
    refusal,
    shocks_met,
    terms,
    with_season,
    within,
)
from analysis.designs.regression import Fit, FitError
from analysis.designs.verdict import decide

TABLE = ["term", "estimate", "low", "high", "p"]
CURVES = ["expected", "expected_low", "expected_high", "without", "without_low", "without_high"]


def evaluate(series: pd.DataFrame, question: Question) -> Effect:
    """Answer a question about one unit's monthly series.

    Parameters
    ----------
    series : DataFrame, one row a month
        Columns ``period_start`` (first of month), ``numerator``, ``denominator``, ``value``,
        ``complete``. Months may be missing; those not complete are never used.
    question : Question
        What is asked.

    Returns
    -------
    Effect
        ``estimate`` is what is judged: the step at ``settled``, or, when the stated shape has a slope,
        the difference in the last used month (both lie in the table, too).
        Too little or unfit data give the verdict "too_little_data" with a reason, never a number.

    Raises
    ------
    DesignError
        If columns are missing, a month comes twice, or the question is settled before it starts.

    References
    ----------
    docs/methods.md.
    """
    rows = months(series, question)
    reason = refusal(rows, question)
    if reason is not None:
        return _unanswered(rows, question, reason)
    asked = with_season(rows, question)
    try:
        fit = fit_model(rows, asked)
    except FitError as failure:
        n = int(within(rows, asked)["used"].sum())
        return _unanswered(rows, question, (failure.code, {"n": n}))
    return _answered(rows, question, asked, fit)


def _answered(rows: pd.DataFrame, question: Question, asked: Question, fit: Fit) -> Effect:
    """The effect of a fitted model."""
    table = _table(rows, asked, fit)
    judged = "end" if asked.impact == "step_and_slope" else "step"
    row = table.loc[table["term"] == judged, ["estimate", "low", "high"]].to_numpy()[0]
    interval = (float(row[0]), float(row[1]), float(row[2]))
    checks = looks.run_all(rows, asked, fit)
    verdict, reasons = decide(interval, scale=_scale(question), better=question.better, checks=checks)
    n_before, n_after = _counts(within(rows, asked))
    return Effect(
        question=question,
        method=_method(question),
        scale=_scale(question),
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
    )


def _unanswered(rows: pd.DataFrame, question: Question, reason: Reason) -> Effect:
    """The effect when there is no answer."""
    window = within(rows, question)
    n_before, n_after = _counts(window)
    return Effect(
        question=question,
        method=_method(question),
        scale=_scale(question),
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


def _scale(question: Question) -> Literal["ratio", "difference"]:
    """The scale on which the effect is given."""
    return "difference" if question.kind == "mean" else "ratio"


def _method(question: Question) -> str:
    """The code of the main model."""
    return "reml_ar1" if question.kind == "mean" else "quasi_poisson"


def _counts(window: pd.DataFrame) -> tuple[int, int]:
    """Used months before and after."""
    n_after = int((window["used"] & window["after"]).sum())
    return int(window["used"].sum()) - n_after, n_after


def _remarks(question: Question, asked: Question, n_before: int) -> tuple[Reason, ...]:
    """What a reader of the number must also know."""
    remarks: list[Reason] = []
    if asked.fourier_pairs < question.fourier_pairs:
        pairs = {"asked": question.fourier_pairs, "used": asked.fourier_pairs, "n_before": n_before}
        remarks.append(("season_simplified", pairs))
    return tuple(remarks)


def _table(rows: pd.DataFrame, question: Question, fit: Fit) -> pd.DataFrame:
    """The model's terms, and the effect at the last used month, on the effect's scale."""
    window = within(rows, question)
    shocks = [shock.name for shock in shocks_met(window, question)]
    sloped = question.impact == "step_and_slope"
    names = ["step", "slope", "end", "trend", *shocks] if sloped else ["step", "trend", *shocks]
    last = window.loc[window["used"], "ordinal"].iloc[-1] - ordinal(question.settled)
    weights = np.zeros((len(names), len(fit.names)))
    for row, name in enumerate(names):
        for part, weight in {"step": 1.0, "slope": last}.items() if name == "end" else [(name, 1.0)]:
            weights[row, fit.names.index(part)] = weight
    found = zip(names, *fit.combine(weights), strict=True)
    return pd.DataFrame(
        [(name, *on_scale(b, se, fit, question), _p(b, se, fit)) for name, b, se in found], columns=TABLE
    )


def _p(estimate: float, error: float, fit: Fit) -> float:
    """Two-sided p of no effect."""
    return float(2 * stats.t.sf(abs(estimate / error), fit.df))


def _curves(rows: pd.DataFrame, question: Question, fit: Fit) -> pd.DataFrame:
    """Expected values with and without the change, for all months of the window."""
    window = within(rows, question)
    at = window["ordinal"].to_numpy()
    with_change = terms(at, question, shocks_met(window, question))
    unchanged = with_change.assign(**{name: 0.0 for name in ("step", "slope") if name in with_change})
    transition = (at >= ordinal(question.start)) & (at < ordinal(question.settled))
    bands = np.column_stack([_band(with_change, question, fit), _band(unchanged, question, fit)])
    bands[transition, :3] = np.nan
    bands[window["shocked"].to_numpy()] = np.nan  # a shock's own term repeats its events: never drawn
    bands[~window["after"].to_numpy(), 3:] = np.nan
    curves = pd.DataFrame(bands, columns=CURVES)
    return pd.concat([window[["period_start", "value", "used"]], curves], axis=1)


def _band(matrix: pd.DataFrame, question: Question, fit: Fit) -> np.ndarray:
    """Mean and 95 % confidence band in the measure's unit, one row a month."""
    centre, error = fit.combine(matrix.to_numpy())
    half = fit.quantile * error
    band = np.column_stack([centre, centre - half, centre + half])
    if question.kind == "mean":
        return band
    values = question.per * np.exp(np.clip(band, -700, 700))
    return np.minimum(values, question.per) if question.kind == "share" else values
