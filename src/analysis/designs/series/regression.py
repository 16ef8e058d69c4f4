"""The plain regressions, as other programs have them: quasi-Poisson, and REML with AR(1) errors.

Both take a matrix of terms, one row a month, and the month's ordinal, so that a month without a delivery
is a gap in time, never a zero. Answers are made by `integrated`; these are what it is compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize

from analysis.designs.fit import (
    HUGE_ERROR,
    Fit,
    FitError,
    poisson_glm,
    refuse_collinear,
    refuse_exact,
    single,
    sound,
)
from analysis.designs.series.autocorrelation import effective_df

Vector = NDArray[np.float64]
Numbers = Sequence[float] | Vector
Ordinals = Sequence[int] | NDArray[np.int64]


def quasi_poisson(
    terms: pd.DataFrame, numerator: Numbers, denominator: Numbers, ordinals: Ordinals,
    *, dispersion: float | None = None,
) -> Fit:  # fmt: skip
    """Plain quasi-Poisson regression with log link and offset ``log(denominator)``: months independent.

    Parameters
    ----------
    terms : DataFrame, one row a month, one column a term (with the constant)
        The matrix of terms.
    numerator, denominator : array of float
        Events, and what they are counted per (above zero).
    ordinals : array of int
        Months as `timeline.ordinal` gives them, rising.
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
    Lopez Bernal, Cummins & Gasparrini, IJE 2017;46:348.
    """
    X, y, when = np.asarray(terms, float), np.asarray(numerator, float), np.asarray(ordinals, np.int64)
    refuse_collinear(X)
    offset = np.log(np.asarray(denominator, float))
    if (y > 0).all():
        refuse_exact(X, np.log(y) - offset)
    result = poisson_glm(X, y, offset)
    mu = np.asarray(result.mu, float)
    residuals = (y - mu) / np.sqrt(mu)
    df = len(y) - X.shape[1]
    scale = float(residuals @ residuals) / df if dispersion is None else dispersion
    inverse = np.linalg.inv((X * mu[:, None]).T @ X)
    fit = single(tuple(terms.columns), np.asarray(result.params, float), scale * inverse, float(df))
    if np.sqrt(np.diag(fit.cov)).max() > HUGE_ERROR:
        raise FitError("did_not_converge")
    return sound(
        replace(fit, dispersion=scale, residuals=residuals, ordinals=when, deviance=float(result.deviance))
    )


def reml_ar1(terms: pd.DataFrame, values: Numbers, ordinals: Ordinals) -> Fit:
    """Generalised least squares with AR(1) errors, ``rho`` by restricted maximum likelihood.

    Parameters
    ----------
    terms : DataFrame, one row a month, one column a term (with the constant)
        The matrix of terms.
    values : array of float
        The value of each month.
    ordinals : array of int
        Months as `timeline.ordinal` gives them, rising; months apart by d are correlated ``rho ** d``.

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
    refuse_collinear(X)
    refuse_exact(X, y)
    best = optimize.minimize_scalar(
        _minus_reml, bounds=(-0.9, 0.99), args=(X, y, when), method="bounded", options={"xatol": 1e-7}
    )
    if not best.success or not np.isfinite(best.fun):
        raise FitError("did_not_converge")
    rho = float(best.x)
    coef, rss, inverse = _whitened_fit(rho, X, y, when)[:3]
    left = len(y) - X.shape[1]
    df = effective_df(len(y), X.shape[1], rho)
    fit = single(tuple(terms.columns), coef, inverse * rss / left, df)
    return sound(replace(fit, rho=rho, dispersion=rss / left, residuals=y - X @ coef, ordinals=when))


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
