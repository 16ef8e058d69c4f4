"""From the months of a series and a question to a fitted model."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis.designs.effect import Question, Shock
from analysis.designs.fit import Fit, FitError
from analysis.designs.series.integrated import Response, averaged, integrated, linearised
from analysis.designs.series.months import within
from analysis.designs.series.terms import in_shock, profile, terms
from analysis.designs.timeline import ordinal

Scale = Literal["ratio", "difference"]
Interval = tuple[float, float, float]

NOTHING: Interval = (float("nan"), float("nan"), float("nan"))
POINTS_FOR_ONE_PAIR = 12
POINTS_FOR_ALL_PAIRS = 24
POINTS_FOR_MONTHS = 60


def with_season(rows: pd.DataFrame, question: Question) -> Question:
    """The question with as many Fourier pairs as its before period can carry.

    Parameters
    ----------
    rows : DataFrame
        From `months`.
    question : Question
        What is asked.

    Returns
    -------
    Question
        All pairs from 24 used months before, one from 12, none below; a term for every calendar month
        needs 60 used months in all, else two pairs stand in for it.
    """
    window = within(rows, question)
    n_before = int((window["used"] & ~window["after"]).sum())
    if question.season == "months" and int(window["used"].sum()) < POINTS_FOR_MONTHS:
        question = replace(question, season="fourier", fourier_pairs=2)
    if n_before >= POINTS_FOR_ALL_PAIRS or question.season != "fourier":
        return question
    most = 1 if n_before >= POINTS_FOR_ONE_PAIR else 0
    return replace(question, fourier_pairs=min(most, question.fourier_pairs))


def shocks_met(window: pd.DataFrame, question: Question) -> tuple[Shock, ...]:
    """The question's shocks that at least one used month lies in.

    Parameters
    ----------
    window : DataFrame
        From `within`.
    question : Question
        What is asked.

    Returns
    -------
    tuple of Shock
        In the order of the question.
    """
    at = window.loc[window["used"], "ordinal"].to_numpy()
    return tuple(shock for shock in question.shocks if in_shock(at, shock).any())


def fit_model(rows: pd.DataFrame, question: Question) -> Fit:
    """Fit the question's model to its used months.

    Parameters
    ----------
    rows : DataFrame
        From `months`.
    question : Question
        What is asked.

    Returns
    -------
    Fit
        Integrated over the autocorrelation; with a comparison, of the difference between the two.

    Raises
    ------
    FitError
        If the model has no trustworthy answer.
    """
    window = within(rows, question)
    used = window[window["used"]]
    if used.empty:
        raise FitError("not_identifiable")
    at = used["ordinal"].to_numpy()
    return fit_terms(used, question, terms(at, question, shocks_met(window, question)))


def fit_terms(used: pd.DataFrame, question: Question, matrix: pd.DataFrame) -> Fit:
    """Fit given terms to used months.

    Parameters
    ----------
    used : DataFrame
        Months from `analysis.designs.series.months.within`, the used ones.
    question : Question
        Gives the kind.
    matrix : DataFrame, one row a used month, one column a term
        From `analysis.designs.series.terms.terms`, or some of its columns and others.

    Returns
    -------
    Fit
        As `fit_model`.

    Raises
    ------
    FitError
        If the model has no trustworthy answer.
    """
    response = _response(used, question, matrix)
    if "other_value" in used:
        response = _difference(response, _response(used, question, matrix, "other_"))
    return integrated(matrix, response, used["ordinal"].to_numpy())


def combination(names: tuple[str, ...], at: int, question: Question) -> np.ndarray:
    """The change from expected in a month, as a combination of coefficients.

    Parameters
    ----------
    names : tuple of str
        The model's terms.
    at : int
        The month's ordinal; the verdict judges the last used one.
    question : Question
        What is asked.

    Returns
    -------
    ndarray, shape (1, k)
        To give to `Fit.contrast`.
    """
    weights = np.zeros((1, len(names)))
    weights[0, names.index("step")] = profile(np.array([at]), question)[0]
    if "slope" in names:
        weights[0, names.index("slope")] = at - ordinal(question.settled)
    return weights


def judged(question: Question, fit: Fit) -> tuple[float, float]:
    """What the verdict judges, with its standard error, on the model's scale.

    Parameters
    ----------
    question : Question
        What is asked.
    fit : Fit
        Its fitted model.

    Returns
    -------
    tuple of float
        The step; with a slope, the difference in the last used month.
    """
    estimate, error = fit.combine(combination(fit.names, int(fit.ordinals[-1]), question))
    return float(estimate[0]), float(error[0])


def intervals(fit: Fit, combinations: np.ndarray, question: Question) -> pd.DataFrame:
    """Combinations of coefficients with 95 % intervals, as ratios for counts and shares.

    Parameters
    ----------
    fit : Fit
        The fitted model.
    combinations : ndarray, one row a combination
        As `Fit.contrast` takes them.
    question : Question
        Gives the kind.

    Returns
    -------
    DataFrame
        Columns ``estimate, low, high, p``, one row a combination.
    """
    found = fit.contrast(combinations)
    ends = np.column_stack([found.estimate, found.low, found.high])
    if question.kind != "mean":
        ends = np.exp(np.clip(ends, -700, 700))
    return pd.DataFrame(ends, columns=["estimate", "low", "high"]).assign(p=found.p)


def answer(question: Question, fit: Fit) -> pd.Series:
    """What the verdict judges, on the effect's scale.

    Parameters
    ----------
    question : Question
        What is asked.
    fit : Fit
        Its fitted model.

    Returns
    -------
    Series
        ``estimate, low, high, p``.
    """
    return intervals(fit, combination(fit.names, int(fit.ordinals[-1]), question), question).iloc[0]


def attempt(rows: pd.DataFrame, question: Question) -> tuple[Interval, float]:
    """What would be judged of another question about the same months.

    Parameters
    ----------
    rows : DataFrame
        From `months`.
    question : Question
        What is asked.

    Returns
    -------
    tuple
        Estimate, low and high on the effect's scale, and the estimate's t; not numbers when it
        cannot be fitted.
    """
    try:
        fit = fit_model(rows, question)
    except FitError:
        return NOTHING, float("nan")
    estimate, error = judged(question, fit)
    return interval_of(answer(question, fit)), estimate / error


def level(question: Question, fit: Fit) -> Interval:
    """The coefficient of the step with its interval, whatever is judged."""
    row = np.eye(len(fit.names))[[fit.names.index("step")]]
    return interval_of(intervals(fit, row, question).iloc[0])


def scale_of(question: Question) -> Scale:
    """The scale on which the question's effect is given."""
    return "difference" if question.kind == "mean" else "ratio"


def interval_of(found: pd.Series) -> Interval:
    """Estimate, low and high of an answer."""
    return float(found["estimate"]), float(found["low"]), float(found["high"])


def _response(used: pd.DataFrame, question: Question, matrix: pd.DataFrame, prefix: str = "") -> Response:
    """What is regressed, of the unit or of what it is compared with."""
    numerator, denominator = used[f"{prefix}numerator"].to_numpy(), used[f"{prefix}denominator"].to_numpy()
    if question.kind == "mean":
        return averaged(used[f"{prefix}value"].to_numpy(), denominator)
    return linearised(matrix, numerator, denominator, share=question.kind == "share")


def _difference(one: Response, other: Response) -> Response:
    """The difference of two responses; the noise of both."""
    known = None if one.own is None or other.own is None else one.own + other.own
    return Response(one.z - other.z, known, one.counted)


def on_scale(estimate: float, error: float, fit: Fit, question: Question) -> tuple[float, float, float]:
    """Estimate and 95 % interval, as a ratio for counts and shares.

    Parameters
    ----------
    estimate, error : float
        On the model's scale.
    fit : Fit
        Gives the t quantile.
    question : Question
        Gives the kind.

    Returns
    -------
    tuple of float
        Estimate, low, high.
    """
    half = fit.quantile * error
    ends = np.array([estimate, estimate - half, estimate + half])
    estimate, low, high = ends if question.kind == "mean" else np.exp(np.clip(ends, -700, 700))
    return float(estimate), float(low), float(high)
