"""Run chart: is a series' later part unlike chance around the median of its before period?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.control import NEEDED_BASELINE, above_denominator
from analysis.designs.effect import Question
from analysis.designs.runs import Runs, judge_runs
from analysis.designs.series.months import Reason, months, within


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
        Whether the months after are unlike chance; never with fewer than 12 months before.
    direction : {"lower", "higher"} or None
        The side of most months after, when there is a signal.
    remarks : tuple of (str, mapping)
        Why there can be no signal: ``short_baseline`` (first, n, needed), or ``numerator_above_denominator``
        (n, first), and then no month is used. As in `analysis.designs.control.ControlChart`.
    """

    question: Question
    centre: float
    frame: pd.DataFrame
    n_before: int
    runs: Runs
    signal: bool
    direction: Literal["lower", "higher"] | None
    remarks: tuple[Reason, ...] = ()


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
    wrong = above_denominator(window, question)
    window = window.assign(used=window["used"] & (wrong is None))
    before = window.loc[window["used"] & ~window["after"], "value"]
    after = window.loc[window["used"] & window["after"], "value"].to_numpy()
    centre = float(before.median()) if len(before) else float("nan")
    runs = judge_runs(after, centre)
    signal = len(before) >= NEEDED_BASELINE and runs.signal
    sides = np.sign(window["value"].where(window["used"]) - centre)
    frame = window[["period_start", "value"]].assign(
        side=sides.map({1.0: "above", -1.0: "below", 0.0: "on"}).astype(object)
    )
    frame["side"] = frame["side"].where(frame["side"].notna(), None)
    direction = _majority(after, centre) if signal else None
    remarks = _remarks(window, len(before)) if wrong is None else (wrong,)
    return RunChart(question, centre, frame, len(before), runs, signal, direction, remarks)


def _remarks(window: pd.DataFrame, n_before: int) -> tuple[Reason, ...]:
    """That the baseline is too short, when it is."""
    if n_before >= NEEDED_BASELINE or window.empty:
        return ()
    first = window["period_start"].iloc[0].date().isoformat()
    return (("short_baseline", {"first": first, "n": n_before, "needed": NEEDED_BASELINE}),)


def _majority(values: NDArray[np.float64], centre: float) -> Literal["lower", "higher"] | None:
    """The side on which most values lie."""
    balance = float(np.sign(values - centre).sum())
    if balance == 0:
        return None
    return "higher" if balance > 0 else "lower"
