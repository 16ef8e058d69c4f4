"""The lines of a chart: through a fit, but not the fit (R5, R8).

The score equations of a generalised linear model make the sum of its fitted values the sum of the events, so
drawn fitted values give the counts of a unit back, and those of two sets the newest month's. What is drawn is
therefore a straight line through them (log-linear for ratios), which takes out the season, between two ends
that are rounded to what `round_to` cases would change the level. After the start only the course without the
change, and the intervals, are lines through fitted values: the course with the change is that course times
(or plus) the effect as it is told, so that drawing, sentence and verdict agree.
"""

from __future__ import annotations

from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Effect
from analysis.designs.series.terms import profile
from analysis.designs.timeline import ordinal
from analysis.release.looks import Given
from analysis.release.resolution import snapped

Vector = NDArray[np.float64]
COURSES = ("expected", "without")
CURVES = tuple(f"{course}{end}" for course in COURSES for end in ("", "_low", "_high"))
OF_UNITS = "group_time"
WHOLE_YEAR = 12  # months


def smoothed(effect: Effect, told: Effect, given: Given) -> pd.DataFrame:
    """The months of an answer with the lines that may be drawn.

    Parameters
    ----------
    effect : Effect
        The true answer.
    told : Effect
        The same in steps.
    given : Given
        What decides how finely.

    Returns
    -------
    DataFrame
        ``period_start, used`` and `CURVES`; no line in months without a fitted value (shocks, a transition).
    """
    fit, question = effect.fit, effect.question
    at = np.array([ordinal(day) for day in fit.period_start], float)
    before, after = at < ordinal(question.start), at >= ordinal(question.settled)
    lines = {name: np.full(len(at), nan) for name in CURVES}
    is_log, slope = effect.scale == "ratio", None
    for side, names, cases in (
        (before, CURVES[:3], given.before.cases),
        (after, CURVES[1:], given.own.cases),
    ):
        for name in names:
            values = np.where(side, fit[name].to_numpy(float), nan)
            lines[name] = np.where(side, _line(at, values, cases, slope, is_log=is_log), lines[name])
        if np.isfinite(fit["without"].to_numpy(float)[after]).sum() < WHOLE_YEAR:
            slope = _slope(at, lines["expected"], is_log=is_log)
    known = np.isfinite(fit["expected"].to_numpy(float)) & after
    with_change = _changed(lines["without"], told, at)
    lines["expected"] = np.where(known, with_change, lines["expected"])
    _hold(lines)
    return fit[["period_start", "used"]].assign(**lines)


def _line(at: Vector, values: Vector, cases: float, slope: float | None = None, *, is_log: bool) -> Vector:
    """A straight line through values; NaN where there is no value.

    Between two rounded ends; with a slope given (a part of a year would take its season for one) through
    the rounded mean.
    """
    known = np.isfinite(values) & ((values > 0) if is_log else True)
    if not known.any():
        return np.full(len(at), nan)
    y = np.log(values[known]) if is_log else values[known]
    if slope is not None:
        middle = float(np.exp(y.mean()) if is_log else y.mean())
        told = float(_rounded(np.array([middle]), snapped(cases * abs(middle)))[0])
        told = max(told, snapped(cases * middle) / 2) if is_log else told
        drawn = (np.log(told) if is_log else told) + slope * (at - at[known].mean())
        return np.where(known, np.exp(drawn) if is_log else drawn, nan)
    ends = at[known][[0, -1]]
    slope, level = np.polyfit(at[known] - ends[0], y, 1) if len(set(ends)) > 1 else (0.0, y[0])
    fitted = level + slope * (ends - ends[0])
    if is_log:
        step = snapped(cases * float(np.exp(fitted.mean())))
        fitted = np.log(np.maximum(_rounded(np.exp(fitted), step), step / 2))
    else:
        fitted = _rounded(fitted, snapped(cases * float(np.abs(fitted.mean()))))
    drawn = np.interp(at, ends, fitted)
    return np.where(known, np.exp(drawn) if is_log else drawn, nan)


def _slope(at: Vector, line: Vector, *, is_log: bool) -> float:
    """How steep a told line is; 0 without one."""
    known = np.isfinite(line)
    if known.sum() < 2:
        return 0.0
    first, last = np.log(line[known][[0, -1]]) if is_log else line[known][[0, -1]]
    return float((last - first) / (at[known][-1] - at[known][0]))


def _rounded(values: Vector, step: float) -> Vector:
    """The nearest multiples of a step, without the noise of binary fractions."""
    return np.round(step * np.round(values / step), 10) if step else values


def _changed(without: Vector, told: Effect, at: Vector) -> Vector:
    """The course without the change, with the change as it is told."""
    question = told.question
    settled, last = (
        ordinal(question.settled),
        ordinal(told.fit.period_start[told.fit.used.astype(bool)].max()),
    )
    is_log = told.scale == "ratio"
    size = np.log(told.estimate) if is_log else told.estimate
    change = np.full(len(at), size)
    if question.impact == "step_and_slope" and not told.method.startswith(OF_UNITS):
        first = float(told.table.set_index("term").loc["step", "estimate"])
        first = float(np.log(first)) if is_log else first
        change = first + (size - first) * (at - settled) / max(last - settled, 1)
    elif not told.method.startswith(OF_UNITS):
        whole = float(profile(np.array([last]), question)[0]) or 1.0
        change = size * profile(at.astype(np.int64), question) / whole
    return without * np.exp(change) if is_log else without + change


def _hold(lines: dict[str, Vector]) -> None:
    """Keep every interval around its line."""
    for course in COURSES:
        low, middle, high = (lines[f"{course}{end}"] for end in ("_low", "", "_high"))
        lines[f"{course}_low"] = np.minimum(low, middle)
        lines[f"{course}_high"] = np.maximum(high, middle)
