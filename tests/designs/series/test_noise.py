"""Every noise of the grid is fitted, and weighed by how well it fits."""

import numpy as np
import pytest
from scipy import integrate

from analysis.designs.series.noise import RHO_RANGE, fit_components

AT = np.array([*range(0, 20), *range(23, 48)])
X = np.column_stack([np.ones(45), AT - 30.0, AT >= 30])


def drawn(rho, seed=1, n=45):
    rng = np.random.default_rng(seed)
    R = rho ** np.abs(np.subtract.outer(AT[:n], AT[:n]))
    return np.linalg.cholesky(R) @ rng.normal(size=n)


def restricted(rho, z):
    """Coefficient of the step, its variance and the restricted likelihood, with full matrices."""
    R = np.sign(rho) ** np.abs(np.subtract.outer(AT, AT)) * np.abs(rho) ** np.abs(np.subtract.outer(AT, AT))
    inverse = np.linalg.inv(R)
    information = X.T @ inverse @ X
    coef = np.linalg.solve(information, X.T @ inverse @ z)
    rss = (z - X @ coef) @ inverse @ (z - X @ coef)
    dets = np.linalg.slogdet(R)[1] + np.linalg.slogdet(information)[1]
    return coef[2], np.linalg.inv(information)[2, 2] * rss / 42, np.exp(-21 * np.log(rss) - dets / 2)


def test_the_mean_over_the_grid_equals_the_integral_over_rho():
    z = drawn(0.4)
    found = fit_components(X, z, None, AT)
    likelihood = integrate.quad(lambda rho: restricted(rho, z)[2], *RHO_RANGE, limit=200)[0]
    for at, value in ((0, found.weights @ found.coefs[:, 2]), (1, found.weights @ found.covs[:, 2, 2])):
        moment = integrate.quad(lambda rho, at=at: np.prod(np.take(restricted(rho, z), [at, 2])), *RHO_RANGE)
        assert value == pytest.approx(moment[0] / likelihood, rel=1e-3)


def test_weights_lie_near_the_true_autocorrelation():
    low, high = ([fit_components(X, drawn(rho, s), None, AT) for s in range(60)] for rho in (0.0, 0.7))
    means = [np.mean([c.weights @ c.lag_one for c in found]) for found in (low, high)]
    assert abs(means[0]) < 0.12
    assert 0.45 < means[1] < 0.8


def test_known_own_noise_gives_four_shares_of_autoregressive_noise():
    own = 1 / np.linspace(20, 80, 45)
    found = fit_components(X, drawn(0.3), own, AT)
    assert len(found.weights) == 4 * 24
    assert found.weights.sum() == pytest.approx(1)
    assert sorted({round(float(x), 9) for x in found.lag_one / np.tile(found.lag_one[-24:], 4)}) == [
        0.25, 0.5, 0.75, 1.0,
    ]  # fmt: skip


def test_by_own_weights_the_estimate_is_the_same_under_every_noise():
    own, z = 1 / np.linspace(20, 80, 45), drawn(0.3)
    found = fit_components(X, z, own, AT, by_own=True)
    root = np.sqrt(own)[:, None]
    expected = np.linalg.lstsq(X / root, z / root[:, 0], rcond=None)[0]
    assert np.ptp(found.coefs, axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
    assert found.coefs[0] == pytest.approx(expected)
    best = fit_components(X, z, own, AT)
    assert (found.covs[:, 2, 2] >= best.covs[:, 2, 2] - 1e-12).all()  # Gauss and Markov


def test_the_unit_of_the_own_noise_does_not_matter():
    own, z = 1 / np.linspace(20, 80, 45), drawn(0.3)
    one, other = (fit_components(X, z, own * factor, AT) for factor in (1.0, 1000.0))
    assert one.coefs == pytest.approx(other.coefs)
    assert one.weights == pytest.approx(other.weights)
