"""Rules for points in order of time: runs, crossings, trends and points close to a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Vector = NDArray[np.float64]
Marks = NDArray[np.bool_]

SHIFT_POINTS = 7
TREND_POINTS = 7


@dataclass(frozen=True)
class Runs:
    """Runs and crossings of points about a centre line, with Anhøj's limits.

    Parameters
    ----------
    useful : int
        Points that do not lie on the centre line.
    longest_run, longest_run_max : int
        Most points in a row on one side; more than the limit is a signal.
    crossings, crossings_min : int
        Times the centre line is crossed; fewer than the limit is a signal.
    """

    useful: int
    longest_run: int
    longest_run_max: int
    crossings: int
    crossings_min: int

    @property
    def signal(self) -> bool:
        """Whether the points are unlike chance."""
        return self.longest_run > self.longest_run_max or self.crossings < self.crossings_min


def judge_runs(values: Sequence[float] | Vector, centre: float) -> Runs:
    """Count runs and crossings about a centre line and set Anhøj's limits for them.

    Parameters
    ----------
    values : array of float
        In order of time.
    centre : float
        The centre line.

    Returns
    -------
    Runs
        Limits ``round(log2(n) + 3)`` and ``qbinom(0.05, n - 1, 0.5)`` for n useful points. Values that
        are not numbers are passed over: a missing month neither ends a run nor makes it longer.

    References
    ----------
    Anhøj & Olesen, PLoS ONE 2014;9:e113825.
    """
    sides = np.sign(np.asarray(values, float) - centre)
    sides = sides[np.isfinite(sides) & (sides != 0)]
    n = len(sides)
    if n == 0:
        return Runs(0, 0, 0, 0, 0)
    turns = np.flatnonzero(np.diff(sides)) + 1
    lengths = np.diff(np.concatenate([[0], turns, [n]]))
    crossings_min = int(stats.binom.ppf(0.05, n - 1, 0.5)) if n > 1 else 0
    return Runs(n, int(lengths.max()), round(np.log2(n) + 3), len(turns), crossings_min)


def shift(z: Sequence[float] | Vector, points: int = SHIFT_POINTS) -> Marks:
    """Points in a run of at least ``points`` on one side of the centre line.

    Parameters
    ----------
    z : array of float
        Distances from the centre line, in order of time.
    points : int
        Length of the run (7: Making Data Count; 9: Nelson's rule 2). A point on the line ends the run.

    Returns
    -------
    array of bool
        True for every point of such a run.
    """
    sides = np.sign(np.asarray(z, float))
    return _stretches(sides > 0, points) | _stretches(sides < 0, points)


def trend(values: Sequence[float] | Vector, points: int = TREND_POINTS) -> Marks:
    """Points in a stretch of at least ``points`` that all rise, or all fall.

    Parameters
    ----------
    values : array of float
        In order of time.
    points : int
        Length of the stretch (7: Making Data Count; 6: Nelson's rule 3). Equal neighbours end it.

    Returns
    -------
    array of bool
        True for every point of such a stretch.
    """
    steps = np.sign(np.diff(np.asarray(values, float)))
    marks = np.zeros(len(values), bool)
    for way in (1, -1):
        moved = _stretches(steps == way, points - 1)
        marks[1:] |= moved
        marks[:-1] |= moved
    return marks


def two_of_three(z: Sequence[float] | Vector) -> Marks:
    """Points beyond two thirds of the way to a limit, two of them among three in a row on one side.

    Parameters
    ----------
    z : array of float
        Distances from the centre line in sigmas (the limits are at 3), in order of time.

    Returns
    -------
    array of bool
        True for the points that are that far out themselves.

    References
    ----------
    NHS England, Making Data Count: all three points lie on the same side of the centre line.
    """
    distance = np.asarray(z, float)
    marks = np.zeros(len(distance), bool)
    for way in (1, -1):
        same = _windows(distance * way > 0, 3).all(axis=1)
        near = _windows(distance * way > 2, 3).sum(axis=1) >= 2
        marks |= _members(same & near, 3, len(distance)) & (distance * way > 2)
    return marks


def nelson(values: Sequence[float] | Vector, z: Sequence[float] | Vector) -> pd.DataFrame:
    """Nelson's rules 2 to 8, for showing only: together they alarm far too often to decide by.

    Parameters
    ----------
    values : array of float
        In order of time.
    z : array of float
        Their distances from the centre line in sigmas.

    Returns
    -------
    DataFrame of bool
        Columns ``nelson_2`` (9 on one side), ``nelson_3`` (6 rising or falling), ``nelson_4`` (14 up and
        down in turn), ``nelson_5`` (2 of 3 beyond 2 sigmas), ``nelson_6`` (4 of 5 beyond 1 sigma),
        ``nelson_7`` (15 within 1 sigma), ``nelson_8`` (8 beyond 1 sigma on either side); True for
        every point of the pattern. Western Electric's rules 2 and 3 are ``nelson_5`` and ``nelson_6``.

    References
    ----------
    Nelson, J Qual Technol 1984;16:237. Western Electric, Statistical Quality Control Handbook, 1956.
    """
    distance = np.asarray(z, float)
    return pd.DataFrame(
        {
            "nelson_2": shift(distance, 9),
            "nelson_3": trend(values, 6),
            "nelson_4": _alternating(np.asarray(values, float), 14),
            "nelson_5": _so_many(distance, 2, 3, 2.0),
            "nelson_6": _so_many(distance, 4, 5, 1.0),
            "nelson_7": _stretches(np.abs(distance) < 1, 15),
            "nelson_8": _stretches(np.abs(distance) > 1, 8),
        }
    )


def _windows(marks: Marks, length: int) -> Marks:
    """Every stretch of a length, one a row; no row when there are fewer points."""
    if len(marks) < length:
        return np.zeros((0, length), bool)
    return np.lib.stride_tricks.sliding_window_view(marks, length)


def _members(windows: NDArray[np.bool_] | np.bool_, length: int, n: int) -> Marks:
    """The points that lie in at least one of the marked windows."""
    marks = np.zeros(n, bool)
    for first in np.flatnonzero(windows):
        marks[first : first + length] = True
    return marks


def _stretches(marks: Marks, length: int) -> Marks:
    """The points in unbroken stretches of at least a length."""
    return _members(_windows(marks, length).all(axis=1), length, len(marks))


def _so_many(distance: Vector, many: int, length: int, far: float) -> Marks:
    """Points far out on one side, when there are so many of them in a stretch."""
    marks = np.zeros(len(distance), bool)
    for way in (1, -1):
        out = distance * way > far
        enough = _windows(out, length).sum(axis=1) >= many
        marks |= _members(enough, length, len(distance)) & out
    return marks


def _alternating(values: Vector, length: int) -> Marks:
    """Points in a stretch that goes up and down in turn."""
    steps = np.sign(np.diff(values))
    turns = steps[1:] * steps[:-1] < 0
    return _members(_windows(turns, length - 2).all(axis=1), length, len(values))
