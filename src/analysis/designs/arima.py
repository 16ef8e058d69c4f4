"""Intervention model with (seasonal) ARIMA errors: another view of one series, never the primary.

statsmodels' SARIMAX can stop far from the best fit, and its default standard errors are wrong for short
series. Therefore the values are scaled by their standard deviation, several starts are compared, and
the standard errors are those of the numerical Hessian, which must be positive definite.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.tools import diff

from analysis.designs.effect import Check, Effect, Question
from analysis.designs.fit import Fit, FitError, single
from analysis.designs.series.autocorrelation import effective_df
from analysis.designs.series.model import judged, on_scale, shocks_met, with_season
from analysis.designs.series.months import months, refusal, within
from analysis.designs.series.terms import terms
from analysis.designs.series.views import CURVES, TABLE, answered, in_unit, modelled, unanswered

Vector = NDArray[np.float64]
Order = tuple[int, int, int]
Seasonal = tuple[int, int, int, int]

METHOD = "arima"
SAME_LOGLIK = 0.01
LEAST_VARIANCE = 1e-12
MOST_ROUNDS = 500


@dataclass(frozen=True)
class ArimaFit:
    """A regression with ARIMA errors, in the unit of the values.

    Parameters
    ----------
    names : tuple of str
        The regressors, then the ARIMA parameters as statsmodels names them; the variance is left out.
    coef, cov : ndarray
        Estimates and their covariance from the numerical Hessian.
    loglik : float
        The log-likelihood.
    sigma2 : float
        Variance of the innovations.
    n : int
        Values that are not missing.
    residuals : ndarray
        Innovations, one a month; NaN where the value is missing.
    starts : DataFrame
        One row a start: ``start, loglik, converged``.
    """

    names: tuple[str, ...]
    coef: Vector
    cov: Vector
    loglik: float
    sigma2: float
    n: int
    residuals: Vector
    starts: pd.DataFrame

    @property
    def se(self) -> Vector:
        """Standard errors, in the order of ``coef``."""
        return np.sqrt(np.diag(self.cov))

    @property
    def starts_agree(self) -> bool:
        """Whether every start came to the same log-likelihood, within 0.01."""
        found = self.starts["loglik"].to_numpy(float)
        return bool(self.starts["converged"].all() and found.max() - found.min() <= SAME_LOGLIK)

    def term(self, name: str) -> tuple[float, float]:
        """Estimate and standard error of one parameter."""
        at = self.names.index(name)
        return float(self.coef[at]), float(self.se[at])


def fit_arima(
    values: Sequence[float] | Vector,
    exog: pd.DataFrame,
    order: Order = (1, 0, 0),
    seasonal_order: Seasonal = (0, 0, 0, 0),
) -> ArimaFit:
    """Regression with ARIMA errors by exact maximum likelihood, under guards.

    Parameters
    ----------
    values : array of float, one a month without gaps in time
        NaN where a month has no value.
    exog : DataFrame, one row a month, one column a regressor
        A constant must be among them if one is wished, and none when the model differences.
    order : tuple of int
        Autoregression, differences, moving average.
    seasonal_order : tuple of int
        The same for the season, and its length in months.

    Returns
    -------
    ArimaFit
        Of the start with the highest log-likelihood; every start is told.

    Raises
    ------
    FitError
        "not_identifiable" when the regressors cannot be told apart after differencing or are too many,
        "zero_variance" when the values never vary, "did_not_converge" when no start does or the
        Hessian is not positive definite.

    References
    ----------
    Schaffer, Dobbins & Pearson, BMC Med Res Methodol 2021;21:58.
    """
    y, X = np.asarray(values, float), np.asarray(exog, float)
    sd = _refuse_unfit(y, X, order, seasonal_order)
    size = np.abs(X).max(axis=0)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        model = SARIMAX(y / sd, exog=X / size, order=order, seasonal_order=seasonal_order, trend="n")
        results = [_try(model, start) for start in _starts(model, X.shape[1])]
        best = max((one for one in results if one), key=lambda one: float(one.llf), default=None)
        cov = None if best is None else _covariance(best)
    if best is None or cov is None:
        raise FitError("did_not_converge")
    back = np.concatenate([sd / size, np.ones(len(cov) - len(size))])
    shift = int(np.isfinite(y[best.loglikelihood_burn :]).sum()) * np.log(sd)
    found = [np.nan if one is None else float(one.llf - shift) for one in results]
    return ArimaFit(
        names=(*map(str, exog.columns), *best.param_names[len(size) : -1]), coef=best.params[:-1] * back,
        cov=cov * np.outer(back, back), loglik=float(best.llf - shift), sigma2=float(best.params[-1] * sd**2),
        n=int(np.isfinite(y).sum()), residuals=np.where(np.isfinite(y), best.resid * sd, np.nan),
        starts=pd.DataFrame({"start": range(len(found)), "loglik": found, "converged": np.isfinite(found)}),
    )  # fmt: skip


def evaluate(
    series: pd.DataFrame,
    question: Question,
    *,
    order: Order = (1, 0, 0),
    seasonal_order: Seasonal = (0, 0, 0, 0),
) -> Effect:
    """Another view of one unit's series: regression with ARIMA errors on values or log rates.

    Its intervals, with the small-sample factor ``n / (n - k)`` on the variances and t quantiles, still are
    narrower than those of the primary analysis; never report it instead of that.

    Parameters
    ----------
    series : DataFrame, one row a month
        As `analysis.designs.series.months.months` takes it.
    question : Question
        What is asked.
    order, seasonal_order : tuple of int
        As in `fit_arima`; stated beforehand. With differences the constant, and with the ordinary one
        the trend, fall away as far as they can no longer be told apart.

    Returns
    -------
    Effect
        Method "arima", with what is judged in the table's first row ("judged"), then the terms and ARIMA
        parameters; the check ``starts_agree`` (informational; values ``n, spread``), without which there is
        no answer (``did_not_converge``). At most "cannot_be_attributed".

    Raises
    ------
    DesignError
        If columns are missing, a month comes twice, or the question is settled before it starts.
    """
    rows = months(series, question)
    reason = refusal(rows, question)
    if reason is not None:
        return unanswered(rows, question, METHOD, reason)
    asked = with_season(rows, question)
    window = within(rows, asked)
    at = window["ordinal"].to_numpy()
    every = terms(at, asked, shocks_met(window, asked))
    matrix = _left_after_differences(every, order, seasonal_order)
    try:
        found = fit_arima(
            np.where(window["used"], modelled(window, asked), np.nan), matrix, order, seasonal_order
        )
        if not found.starts_agree:
            raise FitError("did_not_converge")
        fit = _as_fit(found, every, at)
    except FitError as failure:
        return unanswered(rows, question, METHOD, (failure.code, {"n": int(window["used"].sum())}))
    return _told(rows, question, asked, (found, fit, matrix))


def _told(
    rows: pd.DataFrame, question: Question, asked: Question, model: tuple[ArimaFit, Fit, pd.DataFrame]
) -> Effect:
    """The Effect of a fitted model."""
    found, fit, matrix = model
    estimate, error = judged(asked, fit)
    lines = [("judged", estimate, error), *((name, *_term(name, found, fit)) for name in found.names)]
    scaled = set(matrix.columns) - {"const"} | {"judged"}
    table = pd.DataFrame(
        [
            (name, *(on_scale(b, se, fit, asked) if name in scaled else _plain(b, se, fit)), _p(b, se, fit))
            for name, b, se in lines
        ],
        columns=TABLE,
    )
    check = Check("starts_agree", found.starts_agree, _spread(found), found.starts, blocking=False)
    interval = on_scale(estimate, error, fit, asked)
    curves = _curves(rows, asked, fit, differenced="const" not in matrix)
    return answered(rows, question, METHOD, interval, table=table, curves=curves, checks=(check,))


def _term(name: str, found: ArimaFit, fit: Fit) -> tuple[float, float]:
    """Estimate and standard error of one term, in the regression with the small-sample factor."""
    return fit.term(name) if name in fit.names else found.term(name)


def _spread(found: ArimaFit) -> dict[str, float | int | str]:
    """How many starts there were, and how far apart their log-likelihoods ended."""
    loglik = found.starts["loglik"].to_numpy(float)
    return {"n": len(loglik), "spread": float(np.nanmax(loglik) - np.nanmin(loglik))}


def _plain(estimate: float, error: float, fit: Fit) -> tuple[float, float, float]:
    """Estimate and interval as they are."""
    return estimate, estimate - fit.quantile * error, estimate + fit.quantile * error


def _p(estimate: float, error: float, fit: Fit) -> float:
    """Two-sided p of no effect."""
    return float(2 * stats.t.sf(abs(estimate / error), fit.df))


def _as_fit(found: ArimaFit, every: pd.DataFrame, at: NDArray[np.int64]) -> Fit:
    """The regression part in the shape that `judged` reads; terms that fell away are 0, with no error."""
    names = tuple(map(str, every.columns))
    kept = [name for name in names if name in found.names]
    ours, theirs = [names.index(name) for name in kept], [found.names.index(name) for name in kept]
    coef, cov = np.zeros(len(names)), np.zeros((len(names), len(names)))
    coef[ours] = found.coef[theirs]
    small = found.n / (found.n - len(found.names))  # maximum likelihood takes the variance too low
    cov[np.ix_(ours, ours)] = small * found.cov[np.ix_(theirs, theirs)]
    rho = found.term("ar.L1")[0] if "ar.L1" in found.names else 0.0
    fit = single(names, coef, cov, effective_df(found.n, len(found.names), rho))
    known = np.isfinite(found.residuals)
    return replace(
        fit, rho=rho, dispersion=found.sigma2, residuals=found.residuals[known], ordinals=at[known]
    )


def _curves(rows: pd.DataFrame, question: Question, fit: Fit, *, differenced: bool) -> pd.DataFrame:
    """Fitted regression line in the used months, and without what changes from the start on."""
    window = within(rows, question)
    bands = np.full((len(window), 6), np.nan)
    if not differenced:  # else the level is not estimated and no line can be drawn
        at = window["ordinal"].to_numpy()
        full = terms(at, question, shocks_met(window, question))
        began = {name: 0.0 for name in ("step", "slope") if name in full}
        for place, matrix in enumerate((full, full.assign(**began))):
            centre, error = fit.combine(matrix.to_numpy(float))
            half = fit.quantile * error
            bands[:, 3 * place : 3 * place + 3] = np.column_stack([centre, centre - half, centre + half])
        bands = in_unit(bands, question)
        bands[~window["used"].to_numpy()] = np.nan
        bands[~window["after"].to_numpy(), 3:] = np.nan
    curves = pd.DataFrame(bands, columns=CURVES)
    return pd.concat([window[["period_start", "value", "used"]], curves], axis=1)


def _left_after_differences(matrix: pd.DataFrame, order: Order, seasonal_order: Seasonal) -> pd.DataFrame:
    """The terms that differencing leaves and that can still be told apart."""
    kept: list[str] = []
    for name in matrix:
        tried = _differenced(matrix[[*kept, name]].to_numpy(float), order, seasonal_order)
        if np.linalg.matrix_rank(tried, tol=1e-8 * max(1.0, float(np.abs(tried).max()))) > len(kept):
            kept.append(str(name))
    return matrix[kept]


def _differenced(matrix: Vector, order: Order, seasonal_order: Seasonal) -> Vector:
    """The rows after ordinary and seasonal differences."""
    return np.asarray(diff(matrix, order[1], seasonal_order[1], max(1, seasonal_order[3])), float)


def _refuse_unfit(y: Vector, X: Vector, order: Order, seasonal_order: Seasonal) -> float:
    """The standard deviation of the values, when the model can be fitted at all."""
    known = y[np.isfinite(y)]
    parameters = X.shape[1] + order[0] + order[2] + seasonal_order[0] + seasonal_order[2] + 1
    lost = order[1] + seasonal_order[1] * seasonal_order[3]
    if len(y) != len(X) or not np.isfinite(X).all() or len(known) - lost <= parameters:
        raise FitError("not_identifiable")
    told = _differenced(X, order, seasonal_order)[np.isfinite(y[lost:])]
    size = np.abs(told).max(axis=0)
    if (size == 0).any() or np.linalg.matrix_rank(told / size) < X.shape[1]:
        raise FitError("not_identifiable")
    rest = known - X[np.isfinite(y)] @ np.linalg.lstsq(X[np.isfinite(y)], known, rcond=None)[0]
    if rest @ rest <= LEAST_VARIANCE * max(float(known @ known), 1e-300):
        raise FitError("zero_variance")
    return float(known.std(ddof=1))


def _starts(model: SARIMAX, regressors: int) -> list[Vector]:
    """Where the search begins: statsmodels' own guess, no memory, and some memory."""
    own = np.asarray(model.start_params, float)
    starts = [own]
    for memory in (0.0, 0.3):
        start = own.copy()
        start[regressors:-1] = memory
        starts.append(start)
    return starts


def _try(model: SARIMAX, start: Vector) -> Any | None:
    """The converged result from one start, or None."""
    try:
        result = model.fit(start, disp=0, maxiter=MOST_ROUNDS, cov_type="approx")
    except (np.linalg.LinAlgError, ValueError, ArithmeticError):
        return None
    return result if result.mle_retvals["converged"] and np.isfinite(result.llf) else None


def _covariance(result: Any) -> Vector | None:
    """Covariance of all but the variance when the Hessian is positive definite, else None."""
    cov = np.asarray(result.cov_params(), float)
    if not np.isfinite(cov).all():
        return None
    size = np.sqrt(np.abs(np.diag(cov)))
    if (size == 0).any() or np.linalg.eigvalsh(cov / np.outer(size, size)).min() <= 0:
        return None
    return cov[:-1, :-1]
