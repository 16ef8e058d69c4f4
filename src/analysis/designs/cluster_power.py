"""Power of stepped wedge and parallel designs (Hussey and Hughes), and of a z test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from analysis.errors import DesignError

Vector = NDArray[np.float64]

LARGEST_SIZE = 1_000_000


def stepped_wedge(waves: Sequence[int]) -> Vector:
    """Who is treated when in a stepped wedge with one period before the first wave.

    Parameters
    ----------
    waves : sequence of int
        Number of clusters in each wave, in order of their start; each wave starts one period later.

    Returns
    -------
    ndarray, one row a cluster, one column a period
        1 where treated; there is one period more than waves.

    Raises
    ------
    DesignError
        If there is no wave or a wave without clusters.
    """
    _refuse_empty(waves)
    rows = [np.arange(len(waves) + 1) > wave for wave, size in enumerate(waves) for _ in range(size)]
    return np.array(rows, float)


def parallel(treated: int, control: int, periods: int) -> Vector:
    """Who is treated when in a parallel design without a period before.

    Parameters
    ----------
    treated, control : int
        Number of clusters in each arm.
    periods : int
        Number of periods.

    Returns
    -------
    ndarray, one row a cluster, one column a period
        1 where treated.

    Raises
    ------
    DesignError
        If a number is below 1.
    """
    _refuse_empty((treated, control, periods))
    return np.repeat([[1.0], [0.0]], (treated, control), axis=0) @ np.ones((1, periods))


def standard_error(
    treatment: Vector, *, sigma: float, tau: float = 0.0, psi: float = 0.0, size: float = 1.0
) -> float:
    """Standard error of the treatment effect with known variances and fixed period effects.

    Parameters
    ----------
    treatment : ndarray, one row a cluster, one column a period
        1 where treated.
    sigma : float
        Residual standard deviation of one person in one period.
    tau : float
        Standard deviation between clusters.
    psi : float
        Standard deviation between persons of a closed cohort (the same persons every period).
    size : float
        Persons in each cluster and period.

    Returns
    -------
    float
        The standard error.

    Raises
    ------
    DesignError
        If a variance is negative, ``sigma`` or ``size`` is not above zero, or period and treatment
        cannot be told apart (all start at once).

    References
    ----------
    Hussey & Hughes, Contemp Clin Trials 2007;28:182.
    """
    _refuse_impossible(treatment, (sigma, size), (tau, psi))
    clusters, periods = treatment.shape
    variance = np.eye(periods) * sigma**2 / size + tau**2 + psi**2 / size
    weight = np.linalg.inv(variance)
    information = np.zeros((periods + 1, periods + 1))
    for row in treatment:
        X = np.column_stack([np.eye(periods), row])
        information += X.T @ weight @ X
    own = information[-1, -1] - information[-1, :-1] @ np.linalg.solve(
        information[:-1, :-1], information[:-1, -1]
    )
    if own <= 1e-10 * clusters * float(weight.trace()):
        raise DesignError(
            "treatment and period cannot be told apart", "let clusters start at different times"
        )
    return float(1 / np.sqrt(own))


def power(effect: float, error: float, level: float = 0.95) -> float:
    """Power of a two-sided z test.

    Parameters
    ----------
    effect : float
        The true effect.
    error : float
        Its standard error.
    level : float
        Confidence level.

    Returns
    -------
    float
        Chance of a clear answer, in either direction.
    """
    z = stats.norm.ppf((1 + level) / 2)
    return float(stats.norm.sf(z - abs(effect) / error) + stats.norm.cdf(-z - abs(effect) / error))


def z_test(effect: float, sigma: float, n: int, level: float = 0.95) -> float:
    """Power of a two-sided z test of one mean.

    Parameters
    ----------
    effect, sigma : float
        The true mean and the known standard deviation.
    n : int
        Number of observations.
    level : float
        Confidence level.

    Returns
    -------
    float
        Chance of a clear answer.
    """
    return power(effect, sigma / np.sqrt(n), level)


def smallest_size(chance: Callable[[int], float], wished: float = 0.8) -> int:
    """The smallest size whose power reaches what is wished.

    Parameters
    ----------
    chance : callable
        Power of a size (1, 2, ...); must not fall as the size grows.
    wished : float
        The power wished.

    Returns
    -------
    int
        The size.

    Raises
    ------
    DesignError
        If a million is not enough.
    """
    low, high = 0, 1
    while chance(high) < wished:
        if high >= LARGEST_SIZE:
            raise DesignError(
                "no size reaches the power wished", "ask about a larger effect or more clusters"
            )
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= wished else (middle, high)
    return high


def detectable_effect(error: float, wished: float = 0.8, level: float = 0.95) -> float:
    """The effect that a two-sided z test finds with a given chance.

    Parameters
    ----------
    error : float
        Standard error of the estimate.
    wished : float
        The chance, above ``1 - level`` and below 1.
    level : float
        Confidence level.

    Returns
    -------
    float
        The effect at which `power` is what is wished.
    """
    far = error * (stats.norm.ppf((1 + level) / 2) + stats.norm.ppf(wished) + 1)
    return float(optimize.brentq(lambda effect: power(effect, error, level) - wished, 0.0, far, xtol=1e-12))


def _refuse_empty(numbers: Sequence[int]) -> None:
    """Raise when a design has no clusters or periods somewhere."""
    if not numbers or min(numbers) < 1:
        raise DesignError(
            "the design has an arm, wave or period without clusters", "give numbers of 1 or more"
        )


def _refuse_impossible(treatment: Vector, positive: tuple[float, ...], others: tuple[float, ...]) -> None:
    """Raise when the design or its variances cannot exist."""
    if treatment.ndim != 2 or not np.isin(treatment, (0.0, 1.0)).all():
        raise DesignError("the treatment matrix holds more than 0 and 1", "give one row a cluster of 0 and 1")
    if min(positive) <= 0 or min(others) < 0 or not np.isfinite([*positive, *others]).all():
        raise DesignError(
            "a variance or size is impossible", "give sigma and size above 0, tau and psi 0 or more"
        )
