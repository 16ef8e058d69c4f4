"""Run chart: is a series' later part unlike chance around the median of its before period?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.designs.effect import Question
from analysis.designs.model import NEEDED_POINTS, months, within


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


@dataclass(frozen=True)
class RunChart:
    """A run chart with a frozen baseline.

    Parameters
    ----------
    question : Question
        What is asked.
    centre : float
        Median of the before period; NaN without one.
    frame : DataFrame
        ``period_start, value, side``, one row a month of the window; side is "above", "below", "on" or,
        for a month that is not used, None.
    n_before : int
        Months behind the centre line.
    runs : Runs
        Of the months after.
    signal : bool
        Whether the months after are unlike chance; never with fewer than 8 months before.
    direction : {"lower", "higher"} or None
        The side of most months after, when there is a signal.
    """

    question: Question
    centre: float
    frame: pd.DataFrame
    n_before: int
    runs: Runs
    signal: bool
    direction: Literal["lower", "higher"] | None


def run_chart(series: pd.DataFrame, question: Question) -> RunChart:
    """Judge the months after by the median of the months before.

    Parameters
    ----------
    series : DataFrame, one row a month
        As for `analysis.designs.segmented.evaluate`.
    question : Question
        What is asked.

    Returns
    -------
    RunChart
        The chart, judged.

    Raises
    ------
    DesignError
        If columns are missing, a month comes twice, or the question is settled before it starts.
    """
    window = within(months(series, question), question)
    before = window.loc[window["used"] & ~window["after"], "value"]
    after = window.loc[window["used"] & window["after"], "value"].to_numpy()
    centre = float(before.median()) if len(before) else float("nan")
    runs = judge_runs(after, centre)
    signal = len(before) >= NEEDED_POINTS and runs.signal
    sides = np.sign(window["value"].where(window["used"]) - centre)
    frame = window[["period_start", "value"]].assign(
        side=sides.map({1.0: "above", -1.0: "below", 0.0: "on"}).astype(object)
    )
    frame["side"] = frame["side"].where(frame["side"].notna(), None)
    direction = _majority(after, centre) if signal else None
    return RunChart(question, centre, frame, len(before), runs, signal, direction)


def judge_runs(values: Sequence[float] | NDArray[np.float64], centre: float) -> Runs:
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
        Limits ``round(log2(n) + 3)`` and ``qbinom(0.05, n - 1, 0.5)`` for n useful points.

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


def _majority(values: NDArray[np.float64], centre: float) -> Literal["lower", "higher"] | None:
    """The side on which most values lie."""
    balance = float(np.sign(values - centre).sum())
    if balance == 0:
        return None
    return "higher" if balance > 0 else "lower"
