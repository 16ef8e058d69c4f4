"""Least squares for one series, in the three forms that textbooks and packages report.

Ordinary least squares, its Newey-West standard errors, the AR(1) test of its residuals and Prais-Winsten
estimation. They are comparators and other views: at the lengths of monthly series their intervals are too
narrow (Newey-West most of all), so none of them is the primary analysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import stats

from analysis.designs.fit import FitError

Vector = NDArray[np.float64]
Ordinals = NDArray[np.int64]

STOP = 1e-6
MOST_ROUNDS = 200
HIGHEST_RHO = 0.999
NO_VARIANCE = 1e-18


@dataclass(frozen=True)
class LeastSquares:
    """A least squares fit.

    Parameters
    ----------
    names : tuple of str
        The terms, in the order of ``coef``.
    coef, cov : ndarray
        Coefficients and their covariance.
    df : float
        Degrees of freedom, rows less terms.
    residuals : ndarray
        On the scale of the values.
    sigma : float
        Residual standard deviation (of the transformed rows for Prais-Winsten).
    r_squared, f : float
        Share explained and the F statistic of all terms but the constant; NaN for Prais-Winsten.
    rho : float
        Lag-1 autocorrelation that the fit allows for; 0 without.
    """

    names: tuple[str, ...]
    coef: Vector
    cov: Vector
    df: float
    residuals: Vector
    sigma: float
    r_squared: float = float("nan")
    f: float = float("nan")
    rho: float = 0.0

    @property
    def se(self) -> Vector:
        """Standard errors, in the order of ``coef``."""
        return np.sqrt(np.diag(self.cov))

    def term(self, name: str) -> tuple[float, float]:
        """Estimate and standard error of one term."""
        at = self.names.index(name)
        return float(self.coef[at]), float(self.se[at])

    def p(self, name: str) -> float:
        """Two-sided p of one term, by t with ``df``."""
        estimate, error = self.term(name)
        return float(2 * stats.t.sf(abs(estimate / error), self.df))


@dataclass(frozen=True)
class LagTest:
    """The regression of a residual on the one before: ``rho``, its standard error, t and p."""

    rho: float
    se: float
    t: float
    p: float


def ols(terms: pd.DataFrame, values: Sequence[float] | Vector) -> LeastSquares:
    """Ordinary least squares.

    Parameters
    ----------
    terms : DataFrame, one row a month, one column a term (with the constant)
        The matrix of terms.
    values : array of float
        The value of each month.

    Returns
    -------
    LeastSquares
        With the usual standard errors.

    Raises
    ------
    FitError
        If the terms cannot be told apart or explain every value exactly.
    """
    result = _least_squares(terms, values).fit()
    return _told(terms, result, np.asarray(result.cov_params(), float))


def newey_west(
    terms: pd.DataFrame, values: Sequence[float] | Vector, *, lags: int, use_correction: bool = True
) -> LeastSquares:
    """Ordinary least squares with Newey-West standard errors (Bartlett kernel, no prewhitening).

    Parameters
    ----------
    terms : DataFrame, one row a month, one column a term (with the constant)
        The matrix of terms.
    values : array of float
        The value of each month, in order of time; months are taken to follow one another.
    lags : int
        Number of lags, 0 or more.
    use_correction : bool
        Multiply the covariance by ``n / (n - k)``, as Stata and R with ``adjust=TRUE`` do.

    Returns
    -------
    LeastSquares
        With these standard errors.

    Raises
    ------
    FitError
        If the terms cannot be told apart or explain every value exactly.

    References
    ----------
    Newey & West, Econometrica 1987;55:703.
    """
    kind = {"maxlags": lags, "use_correction": use_correction}
    model = _least_squares(terms, values)
    robust = model.fit(cov_type="HAC", cov_kwds=kind, use_t=True)
    return _told(terms, robust, np.asarray(robust.cov_params(), float))


def prais_winsten(
    terms: pd.DataFrame, values: Sequence[float] | Vector, ordinals: Sequence[int] | Ordinals | None = None
) -> LeastSquares:
    """Iterated Prais-Winsten estimation under AR(1) errors.

    statsmodels' ``GLSAR`` drops the first row (Cochrane-Orcutt), which is why it is written out here.

    Parameters
    ----------
    terms : DataFrame, one row a month, one column a term (with the constant)
        The matrix of terms.
    values : array of float
        The value of each month, in order of time.
    ordinals : array of int, optional
        ``12 * year + month - 1`` of each row; a row after a gap counts as the first of a new run.
        Without them the rows follow one another.

    Returns
    -------
    LeastSquares
        ``rho`` is the sum of products of neighbouring residuals over the sum of squares of the earlier.

    Raises
    ------
    FitError
        If the terms cannot be told apart, explain every value exactly, or ``rho`` does not settle.

    References
    ----------
    Prais & Winsten, Cowles Commission Discussion Paper 383, 1954; as Stata ``prais`` and R ``prais``.
    """
    model = _least_squares(terms, values)
    X, y = np.asarray(model.exog, float), np.asarray(model.endog, float)
    at = np.arange(len(y)) if ordinals is None else np.asarray(ordinals, np.int64)
    follows = np.concatenate([[False], np.diff(at) == 1])
    rho, rest = 0.0, y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    for _ in range(MOST_ROUNDS):
        earlier, later = rest[:-1][follows[1:]], rest[follows]
        new = float(later @ earlier) / max(float(earlier @ earlier), 1e-300)
        if abs(new) > HIGHEST_RHO:
            break
        fitted = sm.OLS(_filtered(y[:, None], new, follows)[:, 0], _filtered(X, new, follows)).fit()
        rest = y - X @ fitted.params
        if abs(new - rho) < STOP:
            return _prais_told(terms, fitted, rest, new)
        rho = new
    raise FitError("did_not_converge")


def ar1_test(residuals: Sequence[float] | Vector) -> LagTest:
    """Test for lag-1 autocorrelation: each residual regressed on the one before, with a constant.

    Parameters
    ----------
    residuals : array of float, at least 4
        In order of time.

    Returns
    -------
    LagTest
        Slope, standard error, t and two-sided p by t with ``n - 3`` degrees of freedom.

    Raises
    ------
    FitError
        If there are fewer than 4 residuals or they never vary.

    References
    ----------
    Wooldridge, Introductory Econometrics, section 12.2.
    """
    rest = np.asarray(residuals, float)
    if len(rest) < 4:
        raise FitError("not_identifiable")
    lagged = pd.DataFrame({"const": 1.0, "lag": rest[:-1]})
    fit = ols(lagged, rest[1:])
    rho, error = fit.term("lag")
    return LagTest(rho, error, rho / error, fit.p("lag"))


def _least_squares(terms: pd.DataFrame, values: Sequence[float] | Vector) -> sm.OLS:
    """The model, when its terms can be told apart and leave something unexplained."""
    X, y = np.asarray(terms, float), np.asarray(values, float)
    size = np.linalg.norm(X, axis=0)
    finite = np.isfinite(X).all() and np.isfinite(y).all()
    if not finite or X.shape[0] <= X.shape[1] or (size == 0).any():
        raise FitError("not_identifiable")
    if np.linalg.matrix_rank(X / size) < X.shape[1]:
        raise FitError("not_identifiable")
    rest = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    if float(rest @ rest) <= NO_VARIANCE * max(float(y @ y), 1e-300):
        raise FitError("zero_variance")
    return sm.OLS(y, X)


def _filtered(matrix: Vector, rho: float, follows: NDArray[np.bool_]) -> Vector:
    """Rows less ``rho`` times the row before; the first of a run times ``sqrt(1 - rho^2)``."""
    before = np.vstack([matrix[:1], matrix[:-1]])
    return np.where(follows[:, None], matrix - rho * before, np.sqrt(1 - rho**2) * matrix)


def _told(
    terms: pd.DataFrame, result: sm.regression.linear_model.RegressionResults, cov: Vector
) -> LeastSquares:
    """A statsmodels result as ours."""
    plain = result.model.fit() if result.cov_type != "nonrobust" else result
    return LeastSquares(
        names=tuple(terms.columns), coef=np.asarray(result.params, float), cov=cov, df=float(result.df_resid),
        residuals=np.asarray(result.resid, float), sigma=float(np.sqrt(result.scale)),
        r_squared=float(result.rsquared), f=float(plain.fvalue),
    )  # fmt: skip


def _prais_told(
    terms: pd.DataFrame, result: sm.regression.linear_model.RegressionResults, rest: Vector, rho: float
) -> LeastSquares:
    """The fit of the transformed rows as ours."""
    return LeastSquares(
        names=tuple(terms.columns), coef=np.asarray(result.params, float),
        cov=np.asarray(result.cov_params(), float), df=float(result.df_resid), residuals=rest,
        sigma=float(np.sqrt(result.scale)), rho=rho,
    )  # fmt: skip
