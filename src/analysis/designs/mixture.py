"""Mixtures of t distributions: what is known of an effect when the autocorrelation is not known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Vector = NDArray[np.float64]

STEPS = 60
PRECISE = 1e-10


def cdf(at: Vector, weights: Vector, centres: Vector, scales: Vector, df: float) -> Vector:
    """Distribution function of mixtures of t distributions.

    Parameters
    ----------
    at : ndarray, shape (r,)
        Where, one for each mixture.
    weights : ndarray, shape (m,)
        Weights of the components; their sum is 1.
    centres, scales : ndarray, shape (r, m)
        Centre and scale of each component.
    df : float
        Degrees of freedom of all.

    Returns
    -------
    ndarray, shape (r,)
        Probabilities.
    """
    return special.stdtr(df, (at[:, None] - centres) / scales) @ weights


def quantile(p: float, weights: Vector, centres: Vector, scales: Vector, df: float) -> Vector:
    """Quantile of mixtures of t distributions, by Newton's method kept within brackets.

    Parameters
    ----------
    p : float
        The probability.
    weights, centres, scales, df
        As for `cdf`.

    Returns
    -------
    ndarray, shape (r,)
        One for each mixture, exact to a relative 1e-10 of its scale.
    """
    ends = centres + float(stats.t.ppf(p, df)) * scales
    low, high = ends.min(axis=1), ends.max(axis=1)
    at = ends @ weights
    for _ in range(STEPS):
        excess = cdf(at, weights, centres, scales, df) - p
        low, high = np.where(excess < 0, at, low), np.where(excess < 0, high, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            ahead = at - excess / _density(at, weights, centres, scales, df)
        outside = ~((ahead > low) & (ahead < high))
        step = np.where(outside, (low + high) / 2, ahead) - at
        at = at + step
        if (np.abs(step) <= PRECISE * scales.max(axis=1)).all():
            break
    return at


def _density(at: Vector, weights: Vector, centres: Vector, scales: Vector, df: float) -> Vector:
    """Density of mixtures of t distributions."""
    log_top = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - 0.5 * np.log(df * np.pi)
    away = (at[:, None] - centres) / scales
    return (np.exp(log_top - (df + 1) / 2 * np.log1p(away**2 / df)) / scales) @ weights
