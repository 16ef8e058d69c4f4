"""The two regressions under the designs: quasi-Poisson (counts, shares) and REML with AR(1) errors (means).

Both take a matrix of terms, one row a month, and the month's ordinal (``12 * year + month``), so that a
month without a delivery is a gap in time, never a zero. See `docs/methods.md`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import optimize, stats

from analysis.designs.autocorrelation import (
    correlation,
    covariance,
    effective_df,
    persistent_share,
    residual_rho,
)

Vector = NDArray[np.float64]

HUGE_ERROR = 50.0
NO_VARIANCE = 1e-18


class FitError(ArithmeticError):
    """The regression has no trustworthy answer.

    Parameters
    ----------
    code : {"did_not_converge", "zero_variance", "not_identifiable"}
        Why, as in `Effect.reasons`.
    """

    def __init__(self, code: Literal["did_not_converge", "zero_variance", "not_identifiable"]) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Fit:
    """A fitted regression.

    Parameters
    ----------
    names : tuple of str
        The terms, in the order of ``coef``.
    coef, cov : ndarray
        Coefficients and their covariance, on the log scale for counts; autocorrelation is allowed for.
    df : float
        Degrees of freedom of the t distribution.
    rho : float
        Lag-1 autocorrelation that the covariance allows for.
    dispersion : float
        Pearson dispersion (counts), residual variance (means).
    deviance : float
        Deviance (counts), weighted residual sum of squares (means).
    residuals : ndarray
        Pearson residuals (counts), plain residuals (means).
    ordinals : ndarray of int
        The month of each residual.
    """

    names: tuple[str, ...]
    coef: Vector
    cov: Vector
    df: float
    rho: float
    dispersion: float
    deviance: float
    residuals: Vector
    ordinals: NDArray[np.int64]

    @property
    def quantile(self) -> float:
        """The t quantile of a 95 % interval."""
        return float(stats.t.ppf(0.975, self.df))

    def combine(self, weights: Vector) -> tuple[Vector, Vector]:
        """Estimates and standard errors of linear combinations of the coefficients.

        Parameters
        ----------
        weights : ndarray, one row a combination, one column a term
            The combinations.

        Returns
        -------
        tuple of ndarray
            Estimates and standard errors, one a row.
        """
        variance = np.einsum("ij,jk,ik->i", weights, self.cov, weights)
        return weights @ self.coef, np.sqrt(np.maximum(variance, 0.0))

    def term(self, name: str) -> tuple[float, float]:
        """Estimate and standard error of one term.

        Parameters
        ----------
        name : str
            The term.

        Returns
        -------
        tuple of float
            Estimate, standard error.
        """
        at = self.names.index(name)
        return float(self.coef[at]), float(np.sqrt(self.cov[at, at]))


def quasi_poisson(
    terms: pd.DataFrame,
    numerator: Sequence[float] | Vector,
    denominator: Sequence[float] | Vector,
    ordinals: Sequence[int] | NDArray[np.int64],
    *,
    autocorrelated: bool = True,
    dispersion: float | None = None,
) -> Fit:
    """Quasi-Poisson regression with log link and offset ``log(denominator)``.

    Parameters
    ----------
    terms : DataFrame, one row a month, one column a term (with the constant)
        The matrix of terms.
    numerator, denominator : array of float
        Events, and what they are counted per (above zero).
    ordinals : array of int
        ``12 * year + month``, rising.
    autocorrelated : bool
        Take the standard errors and degrees of freedom under errors that are in part AR(1), by
        `autocorrelation.covariance`; when ``rho`` is 0, and without this, they are the usual ones.
    dispersion : float, optional
        A fixed dispersion (1 is plain Poisson); without it Pearson's chi-square over ``n - k``.

    Returns
    -------
    Fit
        The fit, on the log scale.

    Raises
    ------
    FitError
        If the terms cannot be told apart, the iteration fails or nothing is left unexplained.

    References
    ----------
    Lopez Bernal, Cummins & Gasparrini, IJE 2017;46:348; measured in docs/methods.md.
    """
    X, y, when = np.asarray(terms, float), np.asarray(numerator, float), np.asarray(ordinals, np.int64)
    _refuse_collinear(X)
    offset = np.log(np.asarray(denominator, float))
    if (y > 0).all():
        _refuse_exact(X, np.log(y) - offset)
    result = _poisson_glm(X, y, offset)
    mu = np.asarray(result.mu, float)
    residuals = (y - mu) / np.sqrt(mu)
    weighted = np.sqrt(mu)[:, None] * X
    scale = float(residuals @ residuals) / (len(y) - X.shape[1])
    share = persistent_share(scale)
    rho = residual_rho(weighted, residuals, when, share) if autocorrelated else 0.0
    cov, df = covariance(weighted, residuals, correlation(rho, when, share))
    fit = Fit(
        names=tuple(terms.columns), coef=np.asarray(result.params, float),
        cov=cov if dispersion is None else cov * dispersion / scale,
        df=df, rho=share * rho, dispersion=scale if dispersion is None else dispersion,
        deviance=float(result.deviance), residuals=residuals, ordinals=when,
    )  # fmt: skip
    if np.sqrt(np.diag(cov)).max() > HUGE_ERROR:
        raise FitError("did_not_converge")
    return _sound(fit)


def reml_ar1(
    terms: pd.DataFrame, values: Sequence[float] | Vector, ordinals: Sequence[int] | NDArray[np.int64]
) -> Fit:
    """Generalised least squares with AR(1) errors, ``rho`` by restricted maximum likelihood.

    Parameters
    ----------
    terms : DataFrame, one row a month, one column a term (with the constant)
        The matrix of terms.
    values : array of float
        The value of each month.
    ordinals : array of int
        ``12 * year + month``, rising; months apart by d are correlated ``rho ** d``.

    Returns
    -------
    Fit
        With effective degrees of freedom ``max(1, n (1 - rho) / (1 + rho) - k)``, at most ``n - k``.

    Raises
    ------
    FitError
        If the terms cannot be told apart, the search fails or nothing is left unexplained.

    References
    ----------
    Turner et al., BMC Med Res Methodol 2021;21:181; equals R nlme::gls(corAR1, method="REML").
    """
    X, y, when = np.asarray(terms, float), np.asarray(values, float), np.asarray(ordinals, np.int64)
    _refuse_collinear(X)
    _refuse_exact(X, y)
    best = optimize.minimize_scalar(
        _minus_reml, bounds=(-0.9, 0.99), args=(X, y, when), method="bounded", options={"xatol": 1e-7}
    )
    if not best.success or not np.isfinite(best.fun):
        raise FitError("did_not_converge")
    rho = float(best.x)
    coef, rss, inverse = _whitened_fit(rho, X, y, when)[:3]
    left = len(y) - X.shape[1]
    fit = Fit(
        names=tuple(terms.columns), coef=coef, cov=inverse * rss / left,
        df=effective_df(len(y), X.shape[1], rho), rho=rho, dispersion=rss / left,
        deviance=rss, residuals=y - X @ coef, ordinals=when,
    )  # fmt: skip
    return _sound(fit)


def _poisson_glm(X: Vector, y: Vector, offset: Vector) -> sm.genmod.generalized_linear_model.GLMResults:
    """The maximum likelihood fit, silent and converged, or `FitError`."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = sm.GLM(y, X, family=sm.families.Poisson(), offset=offset).fit(scale="X2", maxiter=50)
        except (np.linalg.LinAlgError, ValueError, ArithmeticError) as error:
            raise FitError("did_not_converge") from error
    if not result.converged or not np.all(result.mu > 0):
        raise FitError("did_not_converge")
    return result


def _whiten(rho: float, matrix: Vector, ordinals: NDArray[np.int64]) -> tuple[Vector, float]:
    """Rows freed from AR(1) correlation over the true gaps, and the log determinant of the correlation."""
    carry = np.sign(rho) ** np.diff(ordinals) * np.abs(rho) ** np.diff(ordinals)
    noise = 1 - carry**2
    later = (matrix[1:] - carry[:, None] * matrix[:-1]) / np.sqrt(noise)[:, None]
    return np.vstack([matrix[:1], later]), float(np.log(noise).sum())


def _whitened_fit(
    rho: float, X: Vector, y: Vector, ordinals: NDArray[np.int64]
) -> tuple[Vector, float, Vector, float]:
    """Coefficients, residual sum of squares, inverse information and both log determinants' sum."""
    both, log_det = _whiten(rho, np.column_stack([X, y]), ordinals)
    Q, R = np.linalg.qr(both[:, :-1])
    coef = np.linalg.solve(R, Q.T @ both[:, -1])
    rest = both[:, -1] - both[:, :-1] @ coef
    inverse = np.linalg.inv(R)
    return coef, float(rest @ rest), inverse @ inverse.T, log_det + 2 * np.log(np.abs(np.diag(R))).sum()


def _minus_reml(rho: float, X: Vector, y: Vector, ordinals: NDArray[np.int64]) -> float:
    """Minus twice the profile restricted log likelihood, but for a constant."""
    _, rss, _, log_dets = _whitened_fit(rho, X, y, ordinals)
    return (len(y) - X.shape[1]) * float(np.log(max(rss, 1e-300))) + log_dets


def _refuse_collinear(X: Vector) -> None:
    """Raise when the terms cannot be told apart or nothing is left to judge the noise by."""
    size = np.linalg.norm(X, axis=0)
    if X.shape[0] <= X.shape[1] or (size == 0).any() or np.linalg.matrix_rank(X / size) < X.shape[1]:
        raise FitError("not_identifiable")


def _refuse_exact(X: Vector, y: Vector) -> None:
    """Raise when the terms explain every value exactly, but for rounding."""
    rest = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    if float(rest @ rest) <= NO_VARIANCE * max(float(y @ y), 1e-300):
        raise FitError("zero_variance")


def _sound(fit: Fit) -> Fit:
    """The fit, when its numbers are finite and of a possible size."""
    finite = np.isfinite(fit.coef).all() and np.isfinite(fit.cov).all()
    if not finite or (np.diag(fit.cov) <= 0).any():
        raise FitError("did_not_converge")
    return fit
