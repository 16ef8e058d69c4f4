"""From a series and a question to a fitted model: the months, the refusals, the terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Question, Shock
from analysis.designs.regression import Fit, FitError, quasi_poisson, reml_ar1
from analysis.errors import DesignError

Reason = tuple[str, Mapping[str, float | int | str]]
Ordinals = NDArray[np.int64]

NEEDED_POINTS = 8
NEEDED_EVENTS = 10
NEEDED_IN_SHOCK = 2  # used months; a term for one month would only repeat it
POINTS_FOR_ONE_PAIR = 12
POINTS_FOR_ALL_PAIRS = 24
COLUMNS = ("period_start", "numerator", "denominator", "value", "complete")


def ordinal(month: date) -> int:
    """The month's place on the time axis, ``12 * year + month - 1``.

    Parameters
    ----------
    month : date
        Any day of it.

    Returns
    -------
    int
        Months since the year 0.
    """
    return 12 * month.year + month.month - 1


def month_of(place: int) -> date:
    """The first day of the month at a place on the time axis.

    Parameters
    ----------
    place : int
        As `ordinal` gives it.

    Returns
    -------
    date
        Its first day.
    """
    return date(place // 12, place % 12 + 1, 1)


def months(series: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Every month that the series reaches, with or without data.

    Parameters
    ----------
    series : DataFrame, one row a month of one unit
        Columns ``period_start, numerator, denominator, value, complete``, in any order of rows.
    question : Question
        What is asked.

    Returns
    -------
    DataFrame
        Columns ``period_start, ordinal, numerator, denominator, value, usable``; no month is missing:
        those without a row, not complete or without a possible value are not ``usable``.

    Raises
    ------
    DesignError
        If columns are missing, a month comes twice, or the question's dates contradict each other.
    """
    _refuse_impossible(series, question)
    rows = pd.DataFrame({"period_start": pd.to_datetime(series["period_start"])})
    for name in COLUMNS[1:4]:
        rows[name] = pd.to_numeric(series[name]).astype(float)
    rows["usable"] = series["complete"].fillna(False).astype(bool)
    rows["ordinal"] = 12 * rows["period_start"].dt.year + rows["period_start"].dt.month - 1
    if rows["ordinal"].duplicated().any():
        raise DesignError("the series holds the same month twice", "give one row a month of one unit")
    return _whole_axis(rows, question)


def within(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The months of the question's window, with ``after``, ``used`` and ``shocked``.

    Parameters
    ----------
    rows : DataFrame
        From `months`.
    question : Question
        What is asked.

    Returns
    -------
    DataFrame
        ``used``: usable, not in the transition ``start <= month < settled`` and not in a shock in
        which nothing at all was counted (its term would be minus infinity); ``after``: from
        ``settled``; ``shocked``: in the time of a shock.
    """
    at = rows["ordinal"]
    first = -np.inf if question.first is None else ordinal(question.first)
    last = np.inf if question.last is None else ordinal(question.last)
    start, settled = ordinal(question.start), ordinal(question.settled)
    shocked, silent = _shocked(rows, question)
    used = rows["usable"] & ~((at >= start) & (at < settled)) & ~silent
    marked = rows.assign(used=used, after=at >= settled, shocked=shocked)
    return marked[(at >= first) & (at <= last)].reset_index(drop=True)


def refusal(rows: pd.DataFrame, question: Question) -> Reason | None:
    """Why the question cannot be answered from these months, or None when it can be tried.

    Months in the time of a shock do not count among the points needed: the shock's own term explains them.

    Parameters
    ----------
    rows : DataFrame
        From `months`.
    question : Question
        What is asked.

    Returns
    -------
    tuple of str and mapping, or None
        A code and its numbers, as in `Effect.reasons`.
    """
    window = within(rows, question)
    used = window[window["used"]]
    free = used[~used["shocked"]]
    n_after = int(free["after"].sum())
    n_before = len(free) - n_after
    outside = _start_outside(window, question)
    if outside is not None:
        return outside
    if min(n_before, n_after) < NEEDED_POINTS:
        return "too_few_points", {"n_before": n_before, "n_after": n_after, "needed": NEEDED_POINTS}
    return _implausible_values(used, question)


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
        All pairs from 24 used months before, one from 12, none below.
    """
    window = within(rows, question)
    n_before = int((window["used"] & ~window["after"]).sum())
    if n_before >= POINTS_FOR_ALL_PAIRS:
        return question
    most = 1 if n_before >= POINTS_FOR_ONE_PAIR else 0
    return replace(question, fourier_pairs=min(most, question.fourier_pairs))


def terms(at: Ordinals, question: Question, shocks: tuple[Shock, ...] = ()) -> pd.DataFrame:
    """The model's terms for given months.

    Parameters
    ----------
    at : array of int
        Months, as `ordinal` gives them.
    question : Question
        Gives ``settled`` (where time is centred), ``impact`` and ``fourier_pairs``.
    shocks : tuple of Shock
        Those that get a term.

    Returns
    -------
    DataFrame
        ``const, trend, step``, then ``slope`` if asked for, ``sin1, cos1, ...`` by calendar month, and
        one column a shock, named after it.
    """
    time = np.asarray(at, float) - ordinal(question.settled)
    after = (time >= 0).astype(float)
    columns = {"const": np.ones(len(time)), "trend": time, "step": after}
    if question.impact == "step_and_slope":
        columns["slope"] = time * after
    for pair in range(1, question.fourier_pairs + 1):
        angle = 2 * np.pi * pair * (np.asarray(at) % 12 + 1) / 12
        columns |= {f"sin{pair}": np.sin(angle), f"cos{pair}": np.cos(angle)}
    columns |= {shock.name: _in_shock(np.asarray(at), shock).astype(float) for shock in shocks}
    return pd.DataFrame(columns)


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
    return tuple(shock for shock in question.shocks if _in_shock(at, shock).any())


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
        Quasi-Poisson for counts and shares, REML with AR(1) errors for means.

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
    matrix = terms(at, question, shocks_met(window, question))
    if question.kind == "mean":
        return reml_ar1(matrix, used["value"].to_numpy(), at)
    return quasi_poisson(matrix, used["numerator"].to_numpy(), used["denominator"].to_numpy(), at)


def judged(rows: pd.DataFrame, question: Question, fit: Fit) -> tuple[float, float]:
    """What the verdict judges, with its standard error, on the model's scale.

    Parameters
    ----------
    rows : DataFrame
        From `months`.
    question : Question
        What is asked.
    fit : Fit
        Its fitted model.

    Returns
    -------
    tuple of float
        The step; with a slope, the difference in the last used month.
    """
    if question.impact == "step":
        return fit.term("step")
    window = within(rows, question)
    weights = np.zeros((1, len(fit.names)))
    weights[0, fit.names.index("step")] = 1.0
    reach = int(window.loc[window["used"], "ordinal"].iloc[-1]) - ordinal(question.settled)
    weights[0, fit.names.index("slope")] = reach
    estimate, error = fit.combine(weights)
    return float(estimate[0]), float(error[0])


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


def _refuse_impossible(series: pd.DataFrame, question: Question) -> None:
    """Raise for what no data can mend."""
    missing = [name for name in COLUMNS if name not in series.columns]
    if missing:
        raise DesignError(f"the series lacks {', '.join(missing)}", f"give the columns {', '.join(COLUMNS)}")
    if question.settled < question.start:
        raise DesignError(
            f"question “{question.id}” is settled before it starts", "set settled to start or later"
        )


def _whole_axis(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """One row for each month from the first to the last, values that cannot be marked not usable."""
    if question.kind != "mean":
        possible = (rows["denominator"] > 0) & np.isfinite(rows["denominator"])
        rows["usable"] &= possible & (rows["numerator"] >= 0) & np.isfinite(rows["numerator"])
        rows["value"] = (question.per * rows["numerator"] / rows["denominator"]).where(possible)
    rows["usable"] &= np.isfinite(rows["value"])
    if rows.empty:
        return rows
    axis = np.arange(rows["ordinal"].min(), rows["ordinal"].max() + 1)
    whole = rows.set_index("ordinal").reindex(axis).rename_axis("ordinal").reset_index()
    whole["period_start"] = pd.to_datetime([month_of(int(place)) for place in axis])
    return whole.assign(usable=whole["usable"].fillna(False).astype(bool))


def _in_shock(at: Ordinals, shock: Shock) -> NDArray[np.bool_]:
    """Which months lie in the time of a shock."""
    return (at >= ordinal(shock.first)) & (at <= ordinal(shock.last))


def _shocked(rows: pd.DataFrame, question: Question) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which months lie in a shock, and which of them in one too small for a term of its own."""
    shocked, silent = np.zeros((2, len(rows)), bool)
    for shock in question.shocks:
        inside = _in_shock(rows["ordinal"].to_numpy(), shock)
        shocked |= inside
        met = rows[inside & rows["usable"]]
        few = question.kind != "mean" and met["numerator"].sum() < NEEDED_EVENTS
        if len(met) < NEEDED_IN_SHOCK or few:
            silent |= inside
    return shocked, silent


def _start_outside(window: pd.DataFrame, question: Question) -> Reason | None:
    """The reason when the window holds months, but not on both sides of the start."""
    start = ordinal(question.start)
    if window.empty or window["ordinal"].iloc[0] < start <= window["ordinal"].iloc[-1]:
        return None
    first, last = (month_of(int(window["ordinal"].iloc[end])).isoformat() for end in (0, -1))
    return "start_outside_data", {"start": question.start.isoformat(), "first": first, "last": last}


def _implausible_values(used: pd.DataFrame, question: Question) -> Reason | None:
    """The reason when the values themselves cannot carry an answer."""
    measured = used["value"] if question.kind == "mean" else used["numerator"]
    if (measured == 0).all():
        return "all_zero", {"n": len(used)}
    if question.kind == "mean":
        return ("zero_variance", {"n": len(used)}) if measured.nunique() == 1 else None
    if question.kind == "share" and (wrong := used["numerator"] > used["denominator"]).any():
        first = used.loc[wrong, "period_start"].iloc[0].date().isoformat()
        return "numerator_above_denominator", {"n": int(wrong.sum()), "first": first}
    after = float(measured[used["after"]].sum())
    before = float(measured[~used["after"]].sum())
    if min(before, after) < NEEDED_EVENTS:
        return "few_events", {"needed": NEEDED_EVENTS}
    return None
