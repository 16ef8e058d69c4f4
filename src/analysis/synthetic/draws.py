"""The distributions that the inventor draws from, each also usable by exact summation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from analysis.errors import SettingsError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DAY_MINUTES = 1440


def shares(weights: Sequence[float]) -> Floats:
    """Weights made to sum to one.

    Parameters
    ----------
    weights : sequence of float
        Not negative, not all zero.

    Returns
    -------
    array of float
        As many as the weights, summing to one.

    Raises
    ------
    SettingsError
        If a weight is negative or all are zero.
    """
    values = np.asarray(weights, dtype=float)
    if values.size == 0 or values.min() < 0 or values.sum() <= 0:
        raise SettingsError(f"weights {list(weights)} cannot be shares", "give weights that are not negative")
    return values / values.sum()


def pick(weights: Sequence[float], n: int, rng: Generator) -> Ints:
    """Positions in `weights`, each drawn with its weight.

    Parameters
    ----------
    weights : sequence of float
        One weight a position.
    n : int
        How many to draw.
    rng : Generator
        Where chance comes from.

    Returns
    -------
    array of int
        Positions from 0.
    """
    return quantile(np.cumsum(shares(weights)), rng.random(n))


def quantile(cumulative: Floats, uniform: Floats) -> Ints:
    """The first position whose cumulative share is above each uniform number.

    Parameters
    ----------
    cumulative : array of float
        Rising to one.
    uniform : array of float
        In [0, 1).

    Returns
    -------
    array of int
        Positions from 0, one a uniform number.
    """
    found = np.searchsorted(cumulative, uniform, side="right")
    return np.minimum(found, cumulative.size - 1).astype(np.int64)


def days_between(pieces: Sequence[Sequence[float]], n: int, rng: Generator) -> Ints:
    """Whole days from pieces ``[first, last, share]``, every day of a piece alike.

    Parameters
    ----------
    pieces : sequence of (first, last, share)
        Both ends inclusive.
    n : int
        How many to draw.
    rng : Generator
        Where chance comes from.

    Returns
    -------
    array of int
        Whole days.
    """
    piece = pick([share for _, _, share in pieces], n, rng)
    ends = np.asarray([(first, last) for first, last, _ in pieces], dtype=np.int64)
    return rng.integers(ends[piece, 0], ends[piece, 1], endpoint=True)


def uk_days(uniforms: Floats, *, same_day: Floats, mean: Floats, one_day: float) -> Ints:
    """Days from the UK notice to the discharge, from three uniform numbers a stay.

    Zero with the share `same_day`; else one with the share `one_day`; else two or more, geometric, so
    that the mean of those with at least one day is exactly `mean`.

    Parameters
    ----------
    uniforms : array of float, three rows
        The same numbers with another `same_day` and `mean` give the same stay under other conditions.
    same_day, mean : array of float
        One value a stay.
    one_day : float
        Share with exactly one day among those with at least one.

    Returns
    -------
    array of int
        Whole days, 0 or more.

    Raises
    ------
    SettingsError
        If a mean is too low for the share with exactly one day.
    """
    if mean.size and mean.min() < 2 - one_day:
        raise SettingsError(f"a mean of {mean.min():.2f} UK days is too low", "raise it or one_day_share")
    beyond_mean = (mean - 1) / (1 - one_day)
    beyond = 1 + np.floor(np.log1p(-uniforms[2]) / np.log1p(-1 / beyond_mean))
    some = np.where(uniforms[1] < one_day, 1, 1 + beyond)
    return np.where(uniforms[0] < same_day, 0, some).astype(np.int64)


def slot_shares(clock: Mapping[str, Any], moment: str) -> Floats:
    """Share of each slot of the day, from 00:00.

    Parameters
    ----------
    clock : mapping
        The settings' ``clock``.
    moment : str
        ``notice``, ``discharge`` or ``admission``.

    Returns
    -------
    array of float
        One share a slot of ``minutes``.
    """
    per_hour = 60 // clock["minutes"]
    day = np.zeros(DAY_MINUTES // clock["minutes"])
    first = clock[moment]["first_hour"] * per_hour
    values = np.repeat(shares(clock[moment]["weights"]) / per_hour, per_hour)
    day[first : first + values.size] = values
    return day


def slots_after(cumulative: Floats, earlier: Ints, rng: Generator) -> Ints:
    """Slots of the day drawn among those strictly after `earlier` ones (-1: any slot).

    Parameters
    ----------
    cumulative : array of float
        Cumulative shares of the slots.
    earlier : array of int
        The slot that each must come after.
    rng : Generator
        Where chance comes from.

    Returns
    -------
    array of int
        Slots from midnight.
    """
    below = np.where(earlier < 0, 0.0, cumulative[earlier])
    return quantile(cumulative, below + rng.random(earlier.size) * (1 - below))
