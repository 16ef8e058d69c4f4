"""Neighbouring months tell partly the same story: how much, and what that does to standard errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Ordinals = NDArray[np.int64]

MAX_RHO = 0.95
MIN_DF = 1.0
LEAST_PERSISTENT = 0.5
_RHO_GRID = np.linspace(0.0, MAX_RHO, 96)


def effective_df(n: int, k: int, rho: float) -> float:
    """Degrees of freedom left when neighbouring months tell partly the same story.

    Parameters
    ----------
    n, k : int
        Months and terms.
    rho : float
        Lag-1 autocorrelation; below zero it counts as zero.

    Returns
    -------
    float
        ``n (1 - rho) / (1 + rho) - k``, at least 1.
    """
    rho = max(rho, 0.0)
    return max(MIN_DF, n * (1 - rho) / (1 + rho) - k)


def lag_one(residuals: Vector, ordinals: Ordinals, lag: int = 1) -> float:
    """Autocorrelation of residuals over months that are truly ``lag`` apart.

    Parameters
    ----------
    residuals : ndarray
        One a month.
    ordinals : ndarray of int
        The month of each, ``12 * year + month``.
    lag : int
        Months apart.

    Returns
    -------
    float
        Zero when no two months are that far apart.
    """
    pairs = _pairs(ordinals, lag)
    count, power = pairs.sum(), float(residuals @ residuals)
    if not count or power <= 0:
        return 0.0
    return float(residuals @ pairs @ residuals) / power * len(residuals) / float(count)


def persistent_share(dispersion: float) -> float:
    """The part of a count's noise that can carry over to the next month.

    Parameters
    ----------
    dispersion : float
        Pearson dispersion; 1 of it is the counting itself, which does not carry over.

    Returns
    -------
    float
        ``1 - 1 / dispersion``, at least 0.5.
    """
    return max(LEAST_PERSISTENT, 1 - 1 / max(dispersion, 1.0))


def residual_rho(weighted: Vector, residuals: Vector, ordinals: Ordinals, share: float = 1.0) -> float:
    """Autocorrelation of the errors behind residuals, freed from the bias that fitting brings.

    Fitted terms make residuals look less, even negatively, correlated. The expected lag-1 autocorrelation
    of residuals is ``tr(MAMR) / tr(MR)`` with ``M`` the residual maker of these very terms, ``A`` the
    pairs of adjacent months and ``R`` the `correlation` of the errors; the ``rho`` is returned at which
    it equals the observed one.

    Parameters
    ----------
    weighted : ndarray
        The matrix of terms, each row times the square root of its weight.
    residuals : ndarray
        Pearson residuals.
    ordinals : ndarray of int
        The month of each, ``12 * year + month``.
    share : float
        The part of the noise that is AR(1), the rest being white.

    Returns
    -------
    float
        Between 0 and 0.95.
    """
    pairs = _pairs(ordinals, 1)
    if not pairs.any():
        return 0.0
    maker = residual_maker(weighted)
    apart = np.abs(np.subtract.outer(ordinals, ordinals)).ravel()
    powers = share * _RHO_GRID[:, None] ** np.arange(apart.max() + 1)
    powers[:, 0] = 1.0
    top = powers @ np.bincount(apart, (maker @ pairs @ maker).ravel())
    bottom = powers @ np.bincount(apart, maker.ravel())
    expected = top / bottom * len(ordinals) / float(pairs.sum())
    observed = lag_one(residuals, ordinals)
    return float(np.interp(observed, np.maximum.accumulate(expected), _RHO_GRID))


def correlation(rho: float, ordinals: Ordinals, share: float = 1.0) -> Vector:
    """Correlation of errors that are in part AR(1), in part white.

    Parameters
    ----------
    rho : float
        Of the AR(1) part, 0 or more.
    ordinals : ndarray of int
        The month of each, ``12 * year + month``; months apart by d are correlated ``share * rho ** d``.
    share : float
        The AR(1) part.

    Returns
    -------
    ndarray
        One row and column a month.
    """
    white = np.eye(len(ordinals))
    if rho <= 0:
        return white
    return share * rho ** np.abs(np.subtract.outer(ordinals, ordinals)) + (1 - share) * white


def covariance(weighted: Vector, residuals: Vector, R: Vector) -> tuple[Vector, float]:
    """Covariance of the coefficients and degrees of freedom under correlated errors.

    Parameters
    ----------
    weighted : ndarray
        The matrix of terms, each row times the square root of its weight.
    residuals : ndarray
        Pearson residuals; their sum of squares is ``X2``.
    R : ndarray
        From `correlation`.

    Returns
    -------
    tuple
        The sandwich about ``R`` times the dispersion ``X2 / tr(MR)``, and Satterthwaite's
        ``tr(MR)^2 / tr(MRMR)``; without correlation the usual ones, with ``n - k``.
    """
    MR = residual_maker(weighted) @ R
    inverse = np.linalg.inv(weighted.T @ weighted)
    trace = float(np.trace(MR))
    dispersion = float(residuals @ residuals) / trace
    df = max(MIN_DF, trace**2 / float((MR * MR.T).sum()))
    return dispersion * inverse @ (weighted.T @ R @ weighted) @ inverse, df


def residual_maker(weighted: Vector) -> Vector:
    """The matrix that turns errors into residuals.

    Parameters
    ----------
    weighted : ndarray
        The matrix of terms, each row times the square root of its weight.

    Returns
    -------
    ndarray
        One row and column a month.
    """
    basis = np.linalg.qr(weighted)[0]
    return np.eye(len(weighted)) - basis @ basis.T


def _pairs(ordinals: Ordinals, lag: int) -> Vector:
    """Symmetric matrix with a half for each two months that are ``lag`` apart."""
    return 0.5 * (np.abs(np.subtract.outer(ordinals, ordinals)) == lag)
