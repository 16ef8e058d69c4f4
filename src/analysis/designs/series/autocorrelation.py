"""Neighbouring months tell partly the same story: how much, and what that does to standard errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Ordinals = NDArray[np.int64]

MIN_DF = 1.0


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
        The month of each.
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


def _pairs(ordinals: Ordinals, lag: int) -> Vector:
    """Symmetric matrix with a half for each two months that are ``lag`` apart."""
    return 0.5 * (np.abs(np.subtract.outer(ordinals, ordinals)) == lag)
