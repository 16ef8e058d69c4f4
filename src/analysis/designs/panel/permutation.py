"""Inference by permuting which unit starts when."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import factorial, prod

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MOST_ORDERS = 5040
DRAWN_ORDERS = 999
SEED = 20250101
LEVEL = 0.05
TIE = 1e-9  # relative; statistics that differ by less than rounding count as equal


def orders(codes: Codes, seed: int = SEED) -> Codes:
    """Every different way to give the starts to the units, or a random selection of them.

    Parameters
    ----------
    codes : array of int (units,)
        Which start each unit had.
    seed : int
        Of the random selection.

    Returns
    -------
    array of int (orders, units)
        The true order first. All different ones when there are at most 5,040, else the true one and
        999 drawn at random.
    """
    if number_of_orders(codes) <= MOST_ORDERS:
        every = np.array(list(_distinct(codes)), dtype=np.int64)
        return np.vstack([codes, every[(every != codes).any(axis=1)]])
    rng = np.random.default_rng(seed)
    drawn = rng.permuted(np.tile(codes, (DRAWN_ORDERS, 1)), axis=1)
    return np.vstack([codes, drawn])


def number_of_orders(codes: Codes) -> int:
    """How many different ways there are to give the starts ``codes`` to the units."""
    _, sizes = np.unique(codes, return_counts=True)
    return factorial(len(codes)) // prod(factorial(int(size)) for size in sizes)


def p_value(found: Floats, compared: float | None = None) -> float:
    """Share of orders whose statistic is at least as large as the true one, which counts itself.

    Parameters
    ----------
    found : array (orders,)
        A statistic under every order, the true one first.
    compared : float, optional
        The true statistic, where it is not the first.

    Returns
    -------
    float
        Two-sided p.
    """
    own = abs(float(found[0]) if compared is None else compared)
    return float((1 + (np.abs(found[1:]) >= own * (1 - TIE)).sum()) / len(found))


def interval(found: Floats, slope: Floats) -> tuple[float, float]:
    """The constant effects that the permutation test does not reject.

    The test of an effect ``tau`` uses ``found - tau * slope``. Each order is as extreme as the true one
    on intervals of ``tau`` that end where two straight lines meet; the limits are taken from these ends.

    Parameters
    ----------
    found : array (orders,)
        The statistic of the outcome under every order, the true one first.
    slope : array (orders,)
        The statistic of the true treatment indicator under every order.

    Returns
    -------
    tuple of float
        Lowest and highest effect with p > 0.05; infinite where none is rejected.

    References
    ----------
    Rosenbaum 2002, Observational Studies, section 2.6 (confidence sets by inverting a randomisation test).
    """
    if LEVEL * len(found) * (1 + TIE) < 1:
        return -np.inf, np.inf
    lows, highs = _as_extreme(found[1:], slope[1:], float(found[0]), float(slope[0]))
    lows, highs = np.sort(lows), np.sort(highs)

    def accepted(points: Floats) -> NDArray[np.bool_]:
        inside = np.searchsorted(lows, points, "right") - np.searchsorted(highs, points, "left")
        return 1 + inside > LEVEL * len(found) * (1 + TIE)

    here = float(found[0] / slope[0])
    left = lows[accepted(lows)]
    right = highs[accepted(highs)]
    return float(min(left.min(initial=np.inf), here)), float(max(right.max(initial=-np.inf), here))


def half_width(found: Floats) -> float:
    """The smallest size that at most 5 % of orders reach; infinite when there are too few orders."""
    reached = int(np.floor(LEVEL * len(found) * (1 + TIE)))
    return float(np.sort(np.abs(found))[::-1][reached - 1]) if reached else np.inf


def _distinct(codes: Codes) -> Iterator[list[int]]:
    """Every different arrangement of ``codes``."""
    kinds, sizes = np.unique(codes, return_counts=True)

    def placed(kind: int, free: tuple[int, ...]) -> Iterator[dict[int, int]]:
        if kind == len(kinds):
            yield {}
            return
        for chosen in combinations(free, int(sizes[kind])):
            rest = tuple(place for place in free if place not in chosen)
            for more in placed(kind + 1, rest):
                yield {**dict.fromkeys(chosen, int(kinds[kind])), **more}

    for arrangement in placed(0, tuple(range(len(codes)))):
        yield [arrangement[place] for place in range(len(codes))]


def _as_extreme(found: Floats, slope: Floats, own: float, own_slope: float) -> tuple[Floats, Floats]:
    """Intervals of tau in which ``|found - tau slope| >= |own - tau own_slope|``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(found - own) / (slope - own_slope), (found + own) / (slope + own_slope)])
    steeper = np.abs(slope) > abs(own_slope) * (1 + TIE)
    equal = ~steeper & (np.abs(slope) >= abs(own_slope) * (1 - TIE))
    low, high = np.sort(ends, axis=0)
    pad = TIE * (np.abs(low) + np.abs(high))
    inner = ~steeper & ~equal
    lows = [low[inner] - pad[inner], np.full(steeper.sum(), -np.inf), high[steeper] - pad[steeper]]
    highs = [high[inner] + pad[inner], low[steeper] + pad[steeper], np.full(steeper.sum(), np.inf)]
    for a, b in zip(found[equal], slope[equal], strict=True):
        low_end, high_end = _half_line(a, b, own, own_slope)
        lows.append(np.array([low_end]))
        highs.append(np.array([high_end]))
    return np.concatenate(lows), np.concatenate(highs)


def _half_line(found: float, slope: float, own: float, own_slope: float) -> tuple[float, float]:
    """Where ``|found - tau slope| >= |own - tau own_slope|`` when both lines are equally steep."""
    same = np.sign(slope) == np.sign(own_slope)
    a, c = (found, own) if same else (-found, own)
    spread = max(abs(a), abs(c)) * TIE
    if abs(a - c) <= spread:
        return -np.inf, np.inf
    meet = (a + c) / (2 * own_slope)
    above = (a > c) == (own_slope > 0)
    return (-np.inf, meet) if above else (meet, np.inf)
