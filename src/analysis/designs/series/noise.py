"""Generalised least squares whose intervals allow for an unknown autocorrelation.

The noise of a month is counting or sampling noise, which does not carry over, and AR(1) noise, which
does. How strongly, nobody knows from 24 to 60 months: an estimated autocorrelation put in as if it were
known makes intervals too narrow. The restricted likelihood is therefore *integrated* over it: every
value counts by how well it fits, and each gives a t distribution of the effect; the answer is their mixture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Ordinals = NDArray[np.int64]

RHO_RANGE = (-0.5, 0.98)
RHO_NODES = 24
SHARES = (0.25, 0.5, 0.75, 1.0)  # of AR(1) noise in the whole
NO_NOISE = 1e-300


@dataclass(frozen=True)
class Components:
    """One generalised least squares fit for each possible noise.

    Parameters
    ----------
    weights : ndarray, shape (m,)
        How well each fits: its restricted likelihood, the sum is 1.
    coefs : ndarray, shape (m, k)
        Coefficients.
    covs : ndarray, shape (m, k, k)
        Their covariances.
    scales : ndarray, shape (m,)
        Variance of the noise in a month of middling size.
    lag_one : ndarray, shape (m,)
        Autocorrelation of neighbouring months' noise, AR(1) and independent together.
    """

    weights: Vector
    coefs: Vector
    covs: Vector
    scales: Vector
    lag_one: Vector


def fit_components(
    X: Vector, z: Vector, own: Vector | None, ordinals: Ordinals, *, by_own: bool = False
) -> Components:
    """Fit every noise of the grid.

    Parameters
    ----------
    X : ndarray, shape (n, k)
        Terms.
    z : ndarray, shape (n,)
        Responses: means, or linearised log rates.
    own : ndarray, shape (n,), optional
        Variance of each month's own counting or sampling noise, in any unit; None when it is not known:
        then all noise is AR(1).
    ordinals : ndarray of int, shape (n,)
        Months as `timeline.ordinal` gives them; months apart by d are correlated ``rho ** d``.
    by_own : bool
        Estimate with the weights ``1 / own`` whatever the noise (quasi-likelihood), instead of with the
        weights that suit each noise best (generalised least squares); covariances follow.

    Returns
    -------
    Components
        One a pair of ``rho`` (24 Gauss-Legendre nodes in −0.5 to 0.98, a flat prior) and share of AR(1)
        noise (0.25, 0.5, 0.75, 1, each as likely beforehand).

    Raises
    ------
    numpy.linalg.LinAlgError
        If the terms cannot be told apart.

    References
    ----------
    Harville, Biometrika 1974;61:383 (restricted likelihood as an integrated one); docs/methods.md.
    """
    rhos, prior = _nodes()
    kinds: Vector = np.array((1.0,) if own is None else SHARES)
    rho, share = np.tile(rhos, len(kinds)), np.repeat(kinds, len(rhos))
    alone = np.zeros(len(z)) if own is None else own / own.mean()
    coefs, covs, scales, log_likelihood = _solve(rho, share, alone, ordinals, np.column_stack([X, z]))
    if by_own and own is not None:
        maker: Vector = np.asarray(np.linalg.solve((X.T / own) @ X, X.T / own), float)
        coefs = np.broadcast_to(maker @ z, coefs.shape)
        covs = _spread(maker, rhos, kinds, alone, ordinals) * scales[:, None, None]
    log_weight = log_likelihood + np.log(np.tile(prior, len(kinds)))
    weights = np.exp(log_weight - log_weight.max())
    return Components(weights / weights.sum(), coefs, covs, scales, share * rho)


@cache
def _nodes() -> tuple[Vector, Vector]:
    """Nodes and weights of the integral over rho."""
    x, w = np.polynomial.legendre.leggauss(RHO_NODES)
    low, high = RHO_RANGE
    return (high - low) / 2 * x + (high + low) / 2, w / 2


def _solve(
    rho: Vector, share: Vector, alone: Vector, ordinals: Ordinals, both: Vector
) -> tuple[Vector, Vector, Vector, Vector]:
    """Coefficients, covariances, variance and restricted log likelihood under each noise."""
    n, k = both.shape[0], both.shape[1] - 1
    white, log_root = _whitened(rho, share, alone, ordinals, both)
    Q, T = np.linalg.qr(white[:, :, :k])
    z = white[:, :, k]
    along = (z[:, None, :] @ Q)[:, 0]
    rss = np.maximum((z**2).sum(1) - (along**2).sum(1), NO_NOISE)
    inverse = np.linalg.inv(T)
    log_dets = log_root + np.log(np.abs(np.diagonal(T, axis1=1, axis2=2))).sum(axis=1)
    scale = rss / (n - k)
    covs = (inverse @ inverse.transpose(0, 2, 1)) * scale[:, None, None]
    coefs = np.einsum("mij,mj->mi", inverse, along)
    return coefs, covs, scale, -0.5 * (n - k) * np.log(rss) - log_dets


def _whitened(
    rho: Vector, share: Vector, alone: Vector, ordinals: Ordinals, both: Vector
) -> tuple[Vector, Vector]:
    """Columns freed from each noise, and half the log determinant of its correlation.

    Each month's surprise given the months before, by the Kalman filter of AR(1) plus independent noise, so
    that no matrix of months by months is formed.
    """
    n, m = len(ordinals), len(rho)
    carried = rho[:, None] ** np.diff(ordinals, append=ordinals[-1])
    white, variance = np.empty((n, m, both.shape[1])), np.empty((n, m))
    expected, unsure = np.zeros((m, both.shape[1])), share.copy()
    for t in range(n):
        variance[t] = unsure + (1 - share) * alone[t]
        white[t] = both[t] - expected
        gain = unsure / variance[t]
        expected = carried[:, t, None] * (expected + gain[:, None] * white[t])
        unsure = carried[:, t] ** 2 * (1 - gain) * unsure + share * (1 - carried[:, t] ** 2)
    white /= np.sqrt(variance)[:, :, None]
    return np.ascontiguousarray(white.transpose(1, 0, 2)), 0.5 * np.log(variance).sum(axis=0)


def _spread(maker: Vector, rhos: Vector, kinds: NDArray[Any], alone: Vector, ordinals: Ordinals) -> Vector:
    """The covariance of a fixed estimator under each noise of variance 1."""
    lags = np.abs(np.subtract.outer(ordinals, ordinals))
    carried = maker @ np.power(rhos[:, None], np.arange(lags.max() + 1))[:, lags] @ maker.T
    own = (maker * alone) @ maker.T
    parts = kinds[:, None, None, None] * carried + (1 - kinds)[:, None, None, None] * own
    return parts.reshape(-1, len(maker), len(maker))
