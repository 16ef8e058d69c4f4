"""Structural counterfactual: a local level fitted to the months before, forecast over the months after.

Another view of one series, never the primary. The level wanders; a control series that the change cannot
move, or season and trend, explain the rest. Estimation is by maximum likelihood; a Bayesian model
(R CausalImpact) with a prior on how much the level wanders gives a visibly different estimate and interval.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.tsa.statespace.structural import UnobservedComponents

from analysis.designs.effect import Check, Effect, Question
from analysis.designs.fit import FitError
from analysis.designs.series.model import shocks_met, with_season
from analysis.designs.series.months import Reason, months, refusal, within
from analysis.designs.series.terms import profile, terms
from analysis.designs.series.views import CURVES, TABLE, answered, in_unit, modelled, told, unanswered
from analysis.designs.timeline import ordinal

Vector = NDArray[np.float64]

METHOD = "structural"
SAME_LOGLIK = 0.01
LEAST_VARIANCE = 1e-12
AT_ZERO = 1e-6
MOST_ROUNDS = 500
STARTS = ((0.5, 0.5), (0.05, 0.9), (0.9, 0.05))  # variance of the irregular and of the level
COMING = ("step", "slope")


@dataclass(frozen=True)
class Counterfactual:
    """What would have been expected without the change.

    Parameters
    ----------
    expected : ndarray
        Forecast of each time after, in the unit of the values.
    cov : ndarray
        Covariance of the forecasts' errors, with the irregular noise of each time.
    fitted : ndarray
        One-step predictions of the times before; NaN for the first, until everything is known.
    irregular, level : float
        Variances of the irregular noise and of the level's steps.
    loglik : float
        The log-likelihood of the times before.
    starts : DataFrame
        One row a start: ``start, loglik, converged``.
    df : float
        Times before less regressors less 2 variances, at least 1.
    """

    expected: Vector
    cov: Vector
    fitted: Vector
    irregular: float
    level: float
    loglik: float
    starts: pd.DataFrame
    df: float

    @property
    def starts_agree(self) -> bool:
        """Whether every start came to the same log-likelihood, within 0.01."""
        found = self.starts["loglik"].to_numpy(float)
        return bool(self.starts["converged"].all() and found.max() - found.min() <= SAME_LOGLIK)

    def average(self, values: Sequence[float] | Vector) -> tuple[float, float]:
        """Mean difference from what was expected, where there is a value, and its standard error."""
        y = np.asarray(values, float)
        known = np.isfinite(y)
        weights = known / known.sum()
        estimate = float(np.where(known, y - self.expected, 0.0) @ weights)
        return estimate, float(np.sqrt(weights @ self.cov @ weights))


def counterfactual(
    before: Sequence[float] | Vector, regressors_before: Vector, regressors_after: Vector
) -> Counterfactual:
    """Fit a local level with regression to the times before and forecast the times after.

    Parameters
    ----------
    before : array of float, evenly spaced in time
        Values before; NaN where one is missing.
    regressors_before, regressors_after : ndarray, one row a time, one column a regressor
        Known for every time; without a constant, since the level is one.

    Returns
    -------
    Counterfactual
        The regression coefficients are part of the state, so that their uncertainty is in ``cov``; that
        of the two variances is not.

    Raises
    ------
    FitError
        "not_identifiable", "zero_variance", or "did_not_converge" when no start converges or the
        likelihood is not at a maximum in the variances above zero.

    References
    ----------
    Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989; Brodersen et al., Ann
    Appl Stat 2015;9:247 (the Bayesian form).
    """
    y, X, later = (np.asarray(part, float) for part in (before, regressors_before, regressors_after))
    sd = _refuse_unfit(y, X, later)
    size = np.maximum(np.abs(X).max(axis=0), 1e-300)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        kept = {"exog": X / size, "mle_regression": False} if X.shape[1] else {}
        model = UnobservedComponents((y - np.nanmean(y)) / sd, level="llevel", **kept)
        results = [_try(model, start) for start in STARTS]
        best = max((one for one in results if one), key=lambda one: float(one.llf), default=None)
        if best is None or not _at_maximum(model, best):
            raise FitError("did_not_converge")
        expected, cov = _forecast(best, later / size)
        fitted = np.where(np.arange(len(y)) <= X.shape[1], np.nan, best.fittedvalues * sd + np.nanmean(y))
    irregular, level = (float(v) * sd**2 for v in best.params[:2])
    shift = int(np.isfinite(y[best.loglikelihood_burn :]).sum()) * np.log(sd)
    found = [np.nan if one is None else float(one.llf - shift) for one in results]
    return Counterfactual(
        expected=expected * sd + np.nanmean(y), cov=cov * sd**2, fitted=fitted, irregular=irregular,
        level=level, loglik=float(best.llf - shift),
        df=max(1.0, float(np.isfinite(y).sum()) - X.shape[1] - 2),
        starts=pd.DataFrame({"start": range(len(found)), "loglik": found, "converged": np.isfinite(found)}),
    )  # fmt: skip


def evaluate(series: pd.DataFrame, question: Question, control: pd.DataFrame | None = None) -> Effect:
    """Another view of one unit's series: the mean difference after from a forecast of the months before.

    Never report it instead of the primary analysis. The mean over the months in which the stated shape has
    all of its effect (or the most there is) is judged.

    Parameters
    ----------
    series : DataFrame, one row a month
        As `analysis.designs.series.months.months` takes it.
    question : Question
        What is asked.
    control : DataFrame, optional
        A series of the same columns that the change cannot move; with one it explains the course (with
        the season), without one a straight trend does.

    Returns
    -------
    Effect
        Method "structural"; table ``average`` (judged), then the variances ``irregular`` and ``level``;
        check ``starts_agree`` (informational; values ``n, spread``), without which there is no answer
        (``did_not_converge``). At most "cannot_be_attributed". A month
        in which the control is not usable is left out; too few left is the reason ``too_few_points``. Months
        after the start in a shock or after a break are left out: the months before know nothing of those.

    Raises
    ------
    DesignError
        If columns are missing, a month comes twice, or the question is settled before it starts.
    """
    rows = months(series, question)
    rows = rows if control is None else _with_control(rows, months(control, question), question)
    reason = refusal(rows, question)
    if reason is not None:
        return unanswered(rows, question, METHOD, reason)
    asked = with_season(rows, question)
    window = within(rows, asked)
    first = window["ordinal"] < ordinal(asked.start)
    y = np.where(window["used"] & ~_left_out(window, asked), modelled(window, asked), np.nan)
    if not np.isfinite(y[~first]).any():
        return unanswered(rows, question, METHOD, ("not_identifiable", {"n": int(window["used"].sum())}))
    X = _regressors(window, asked)
    try:
        found = counterfactual(y[first], X[first], X[~first])
        if not found.starts_agree:
            raise FitError("did_not_converge")
    except FitError as failure:
        n: Reason = (failure.code, {"n": int(window["used"].sum())})
        return unanswered(rows, question, METHOD, n)
    return _told(rows, question, window, found, y[~first])


def _left_out(window: pd.DataFrame, question: Question) -> NDArray[np.bool_]:
    """The months after the start without the full change, or that a shock or a break has moved as well."""
    at, start = window["ordinal"].to_numpy(), ordinal(question.start)
    share = profile(at, question)
    broken = [at >= ordinal(one.first) for one in question.breaks if ordinal(one.first) >= start]
    moved = np.logical_or.reduce([window["shocked"].to_numpy(), share < share.max(), *broken])
    return np.asarray(moved & (at >= start), bool)


def _told(
    rows: pd.DataFrame, question: Question, window: pd.DataFrame, found: Counterfactual, after: Vector
) -> Effect:
    """The Effect of a counterfactual."""
    estimate, error = found.average(after)
    half = float(stats.t.ppf(0.975, found.df)) * error
    ends = told(np.array([estimate, estimate - half, estimate + half]), question)
    p = float(2 * stats.t.sf(abs(estimate / error), found.df))
    variances = [(name, getattr(found, name), *[np.nan] * 3) for name in ("irregular", "level")]
    table = pd.DataFrame([("average", *ends, p), *variances], columns=TABLE)
    loglik = found.starts["loglik"]
    spread: dict[str, float | int | str] = {"n": len(loglik), "spread": float(loglik.max() - loglik.min())}
    check = Check("starts_agree", found.starts_agree, spread, found.starts, blocking=False)
    interval = (float(ends[0]), float(ends[1]), float(ends[2]))
    curves = _curves(window, question, found)
    return answered(rows, question, METHOD, interval, table=table, curves=curves, checks=(check,))


def _curves(window: pd.DataFrame, question: Question, found: Counterfactual) -> pd.DataFrame:
    """One-step predictions before, the forecast with its interval after."""
    bands = np.full((len(window), 6), np.nan)
    begun = len(found.fitted)
    bands[:begun, 0] = found.fitted
    half = float(stats.t.ppf(0.975, found.df)) * np.sqrt(np.diag(found.cov))
    bands[begun:, 3:] = np.column_stack([found.expected, found.expected - half, found.expected + half])
    bands = in_unit(bands, question)
    bands[~window["used"].to_numpy()] = np.nan
    curves = pd.DataFrame(bands, columns=CURVES)
    return pd.concat([window[["period_start", "value", "used"]], curves], axis=1)


def _with_control(rows: pd.DataFrame, others: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The months with the control's values on the model's scale; months without one are not usable."""
    values = pd.Series(modelled(others, question), index=others["ordinal"]).where(others["usable"].to_numpy())
    control = values.reindex(rows["ordinal"]).to_numpy()
    return rows.assign(control=control, usable=rows["usable"] & np.isfinite(control))


def _regressors(window: pd.DataFrame, question: Question) -> Vector:
    """Season, shocks, and the control or else the trend: what can be told apart in the months before."""
    at = window["ordinal"].to_numpy()
    left_out = {"const", *COMING} | ({"trend"} if "control" in window else set())
    every = terms(at, question, shocks_met(window, question))
    matrix = every[[name for name in every if name not in left_out]].to_numpy(float)
    if "control" in window:
        matrix = np.column_stack([window["control"].interpolate(limit_direction="both"), matrix])
    known = (window["used"] & (window["ordinal"] < ordinal(question.start))).to_numpy()
    kept: list[int] = []
    for column in range(matrix.shape[1]):
        tried = np.column_stack([np.ones(known.sum()), matrix[known][:, [*kept, column]]])
        if np.linalg.matrix_rank(tried) > len(kept) + 1:
            kept.append(column)
    return matrix[:, kept]


def _refuse_unfit(y: Vector, X: Vector, later: Vector) -> float:
    """The standard deviation of the values, when the model can be fitted at all."""
    known = np.isfinite(y)
    if len(y) != len(X) or not np.isfinite(X).all() or not np.isfinite(later).all():
        raise FitError("not_identifiable")
    matrix = np.column_stack([np.ones(known.sum()), X[known]])
    if known.sum() <= matrix.shape[1] + 2 or np.linalg.matrix_rank(matrix) < matrix.shape[1]:
        raise FitError("not_identifiable")
    rest = y[known] - matrix @ np.linalg.lstsq(matrix, y[known], rcond=None)[0]
    if rest @ rest <= LEAST_VARIANCE * max(float(y[known] @ y[known]), 1e-300):
        raise FitError("zero_variance")
    return float(np.std(y[known], ddof=1))


def _try(model: UnobservedComponents, start: tuple[float, float]) -> Any | None:
    """The converged result from one start, or None."""
    try:
        result = model.fit(list(start), disp=0, maxiter=MOST_ROUNDS, cov_type="none")
    except (np.linalg.LinAlgError, ValueError, ArithmeticError):
        return None
    return result if result.mle_retvals["converged"] and np.isfinite(result.llf) else None


def _at_maximum(model: UnobservedComponents, result: Any) -> bool:
    """Whether the likelihood falls off on all sides, in the variances that are not at zero."""
    params = np.asarray(result.params, float)
    free = np.flatnonzero(params > AT_ZERO * params.sum())
    steps = np.eye(len(params))[free] * 0.05

    def fall(*moves: Vector) -> float:
        return float(model.loglike(params * np.exp(sum(moves, np.zeros(len(params))))))

    hessian = np.array([
        [(fall(a, b) - fall(a, -b) - fall(-a, b) + fall(-a, -b)) / 0.01 for b in steps] for a in steps
    ])  # fmt: skip
    return bool(np.isfinite(hessian).all() and len(free) and np.linalg.eigvalsh(-hessian).min() > 0)


def _forecast(result: Any, later: Vector) -> tuple[Vector, Vector]:
    """Means and joint covariance of the coming values; of the state only the level moves."""
    irregular, level = result.params[:2]
    state = result.predicted_state[:, -1]
    P = result.predicted_state_cov[:, :, -1]
    Z = np.column_stack([np.ones(len(later)), later])
    ahead = np.arange(len(later))
    wandered = level * np.minimum.outer(ahead, ahead)
    return Z @ state, Z @ P @ Z.T + wandered + irregular * np.eye(len(later))
