"""The usual analyses of many series at once, by the matrix algebra of their textbooks.

`test_simulated_series` checks each against statsmodels or the project's own function on single series.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Answers = tuple[Floats, Floats, Floats]

LAGS = 3
RHO_GRID = np.arange(-0.9, 0.9901, 0.01)
ROUNDS = 25


def least_squares(
    X: Floats, values: Floats, judged: Floats, clusters: NDArray[np.int64]
) -> dict[str, Answers]:
    """Ordinary least squares with plain, Newey-West (3 lags) and cluster-robust errors (normal).

    ``X`` is (n, k), ``values`` (runs, n), ``judged`` (k,) the combination of coefficients, ``clusters`` (n,).
    """
    n, k = X.shape
    inverse = np.linalg.inv(X.T @ X)
    coefs = values @ X @ inverse
    rest = values - coefs @ X.T
    estimate = coefs @ judged
    parts = rest * (X @ inverse @ judged)
    plain = (rest**2).sum(1) / (n - k) * (judged @ inverse @ judged)
    lagged = [
        (1 - lag / (LAGS + 1)) * (parts[:, lag:] * parts[:, :-lag]).sum(1) for lag in range(1, LAGS + 1)
    ]
    hac = ((parts**2).sum(1) + 2 * sum(lagged)) * n / (n - k)
    groups = np.unique(clusters)
    sums = parts @ (clusters[:, None] == groups).astype(float)
    clustered = (sums**2).sum(1) * len(groups) / (len(groups) - 1) * (n - 1) / (n - k)
    return {
        "ols": within(estimate, plain, n - k),
        "newey_west": within(estimate, np.maximum(hac, 0), n - k),
        "cluster_z": within(estimate, clustered, np.inf),
    }


def quasi_poisson(X: Floats, numerator: Floats, denominator: Floats, judged: Floats) -> Answers:
    """Quasi-Poisson with log link and offset, Pearson dispersion and t; months taken as independent."""
    n, k = X.shape
    offset, mu = np.log(denominator), numerator + 0.5
    for _ in range(ROUNDS):
        response = np.log(mu) - offset + (numerator - mu) / mu
        information = np.einsum("ni,sn,nj->sij", X, mu, X, optimize=True)
        coefs = np.linalg.solve(information, ((mu * response) @ X)[..., None])[..., 0]
        mu = np.exp(np.clip(coefs @ X.T + offset, -30, 30))
    information = np.einsum("ni,sn,nj->sij", X, mu, X, optimize=True)
    dispersion = ((numerator - mu) ** 2 / mu).sum(1) / (n - k)
    spread = np.linalg.solve(information, np.broadcast_to(judged, (len(mu), k))[..., None])[..., 0] @ judged
    return within(coefs @ judged, dispersion * spread, n - k)


def reml(X: Floats, values: Floats, judged: Floats) -> Answers:
    """REML AR(1): the best rho of a grid refined by a parabola, t with effective degrees of freedom."""
    n, k = X.shape
    found = np.array([_whitened(rho, X, values, judged) for rho in RHO_GRID])
    runs, best = np.arange(len(values)), np.clip(found[:, 0].argmax(axis=0), 1, len(RHO_GRID) - 2)
    left, middle, right = (found[best + shift, 0, runs] for shift in (-1, 0, 1))
    bend = np.minimum(left - 2 * middle + right, -1e-12)
    shift = np.clip(0.5 * (left - right) / bend, -1, 1)
    side = np.where(shift < 0, -1, 1)
    near, far = found[best, 1:, runs], found[best + side, 1:, runs]
    estimate, variance = (near + np.abs(shift)[:, None] * (far - near)).T
    rho = np.maximum(RHO_GRID[best] + shift * (RHO_GRID[1] - RHO_GRID[0]), 0)
    return within(estimate, variance, np.maximum(n * (1 - rho) / (1 + rho) - k, 1))


def within(estimate: Floats, variance: Floats, df: float | Floats) -> Answers:
    """Estimate and 95 % limits by t, or by the normal distribution when `df` is infinite."""
    quantile = np.where(np.isinf(df), stats.norm.ppf(0.975), stats.t.ppf(0.975, df))
    half = quantile * np.sqrt(variance)
    return estimate, estimate - half, estimate + half


def _whitened(rho: float, X: Floats, values: Floats, judged: Floats) -> Floats:
    """Restricted log likelihood, estimate and variance of every series at one rho; (3, runs)."""
    n, k = X.shape
    scale = np.sqrt(1 - rho**2)
    Xw = np.vstack([X[:1], (X[1:] - rho * X[:-1]) / scale])
    Yw = np.column_stack([values[:, :1], (values[:, 1:] - rho * values[:, :-1]) / scale])
    Q, R = np.linalg.qr(Xw)
    along = Yw @ Q
    rss = (Yw**2).sum(1) - (along**2).sum(1)
    weights = np.linalg.solve(R.T, judged)
    log_dets = (n - 1) * np.log(scale) + np.log(np.abs(np.diag(R))).sum()
    likelihood = -0.5 * (n - k) * np.log(rss) - log_dets
    return np.stack([likelihood, along @ weights, rss / (n - k) * (weights @ weights)])
