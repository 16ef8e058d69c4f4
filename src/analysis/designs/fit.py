"""A fitted regression, and the guards that every one passes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import stats

from analysis.designs import mixture

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
class Contrast:
    """Linear combinations of coefficients, with 95 % intervals and two-sided p of zero; one element each."""

    estimate: Vector
    low: Vector
    high: Vector
    p: Vector


@dataclass(frozen=True)
class Fit:
    """A fitted regression: a mixture of fits, or a single one.

    Parameters
    ----------
    names : tuple of str
        The terms, in the order of the coefficients.
    weights : ndarray, shape (m,)
        Weight of each component; their sum is 1.
    coefs, covs : ndarray, shapes (m, k) and (m, k, k)
        Coefficients and covariances, on the log scale for counts and shares.
    df : float
        Degrees of freedom of the t distributions.
    rho : float
        Autocorrelation of neighbouring months that is allowed for (mean over the components).
    dispersion : float
        Pearson dispersion (counts, shares), residual variance (means).
    residuals : ndarray
        Pearson residuals (counts, shares), plain residuals (means).
    ordinals : ndarray of int
        The month of each residual.
    deviance : float
        Of the plain quasi-Poisson regression; NaN for the others.
    """

    names: tuple[str, ...]
    weights: Vector
    coefs: Vector
    covs: Vector
    df: float
    rho: float
    dispersion: float
    residuals: Vector
    ordinals: NDArray[np.int64]
    deviance: float = float("nan")

    @property
    def coef(self) -> Vector:
        """Coefficients, mean over the components."""
        return self.weights @ self.coefs

    @property
    def cov(self) -> Vector:
        """Covariance of the coefficients, within and between the components."""
        apart = self.coefs - self.coef
        between = np.einsum("m,mi,mj->ij", self.weights, apart, apart)
        return np.einsum("m,mij->ij", self.weights, self.covs) + between

    @property
    def quantile(self) -> float:
        """The t quantile of a 95 % interval."""
        return float(stats.t.ppf(0.975, self.df))

    def contrast(self, combinations: Vector) -> Contrast:
        """Linear combinations of the coefficients, with intervals.

        Parameters
        ----------
        combinations : ndarray, one row a combination, one column a term
            The combinations.

        Returns
        -------
        Contrast
            One element a row.
        """
        centres = combinations @ self.coefs.T
        variances = np.einsum("ri,mij,rj->rm", combinations, self.covs, combinations, optimize=True)
        known = self.weights, centres, np.sqrt(np.maximum(variances, 1e-300)), self.df
        below = mixture.cdf(np.zeros(len(centres)), *known)
        above = mixture.cdf(np.zeros(len(centres)), known[0], -centres, *known[2:])
        low, high = (mixture.quantile(p, *known) for p in (0.025, 0.975))
        return Contrast(centres @ self.weights, low, high, np.clip(2 * np.minimum(below, above), 0.0, 1.0))

    def combine(self, combinations: Vector) -> tuple[Vector, Vector]:
        """Estimates and standard errors of linear combinations of the coefficients.

        Parameters
        ----------
        combinations : ndarray, one row a combination, one column a term
            The combinations.

        Returns
        -------
        tuple of ndarray
            Estimates and standard errors, one a row.
        """
        variance = np.einsum("ij,jk,ik->i", combinations, self.cov, combinations)
        return combinations @ self.coef, np.sqrt(np.maximum(variance, 0.0))

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


def single(names: tuple[str, ...], coef: Vector, cov: Vector, df: float) -> Fit:
    """A fit of one component."""
    nothing = np.zeros(0)
    return Fit(names, np.ones(1), coef[None], cov[None], df, 0.0, 1.0, nothing, nothing.astype(np.int64))


def poisson_glm(X: Vector, y: Vector, offset: Vector) -> sm.genmod.generalized_linear_model.GLMResults:
    """The maximum likelihood fit of a Poisson regression, silent and converged.

    Parameters
    ----------
    X : ndarray, shape (n, k)
        Terms.
    y : ndarray, shape (n,)
        Events.
    offset : ndarray, shape (n,)
        Log of what they are counted per.

    Returns
    -------
    GLMResults
        As statsmodels gives it.

    Raises
    ------
    FitError
        If the iteration fails.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = sm.GLM(y, X, family=sm.families.Poisson(), offset=offset).fit(scale="X2", maxiter=50)
        except (np.linalg.LinAlgError, ValueError, ArithmeticError) as error:
            raise FitError("did_not_converge") from error
    if not result.converged or not np.all(result.mu > 0):
        raise FitError("did_not_converge")
    return result


def refuse_collinear(X: Vector) -> None:
    """Raise when the terms cannot be told apart or nothing is left to judge the noise by."""
    size = np.linalg.norm(X, axis=0)
    if X.shape[0] <= X.shape[1] or (size == 0).any() or np.linalg.matrix_rank(X / size) < X.shape[1]:
        raise FitError("not_identifiable")


def refuse_exact(X: Vector, y: Vector) -> None:
    """Raise when the terms explain every value exactly, but for rounding."""
    rest = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    if float(rest @ rest) <= NO_VARIANCE * max(float(y @ y), 1e-300):
        raise FitError("zero_variance")


def sound(fit: Fit) -> Fit:
    """The fit, when its numbers are finite and of a possible size."""
    finite = np.isfinite(fit.coef).all() and np.isfinite(fit.cov).all()
    if not finite or (np.diag(fit.cov) <= 0).any():
        raise FitError("did_not_converge")
    return fit
