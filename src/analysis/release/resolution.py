"""How finely a result may be told: no finer than what a few cases more or fewer would change (R5).

A model's numbers are functions of the exact counts, and enough digits of them give the counts back. Told in
steps of what `round_to` cases would change, they say no more than the rounded counts beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, inf, isfinite, isnan, log10, nan
from typing import Literal

import pandas as pd

from analysis.area import Policy
from analysis.designs.effect import Effect, Question

Scale = Literal["ratio", "difference"]
NICE = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
FINEST_RATIO = 0.001
FINEST_DIFFERENCE = 0.01
FINEST_SHARE = 0.01
SLACK = 1e-9  # of a step: binary fractions
END_MONTH = 6  # cases in the last of n months move a slope by 6/n of what they move the level
LIMITS = (0.01, 0.05, 0.1)  # of p, that checks and verdicts are decided by


@dataclass(frozen=True)
class Resolution:
    """What `round_to` cases more or fewer would change.

    Parameters
    ----------
    scale : {"ratio", "difference"}
        Of the changes it is for.
    cases : float
        `round_to` cases as a share of those on the smaller side; infinite when nothing may be told.
    size : float
        What a change of all of them is worth: 1 for ratios, the mean for means.
    """

    scale: Scale
    cases: float
    size: float = 1.0

    @property
    def nothing(self) -> float:
        """No change: 1 for a ratio, 0 for a difference."""
        return 1.0 if self.scale == "ratio" else 0.0

    def step(self, estimate: float = nan, *, part: float = 1.0) -> float:
        """The step that a change is told in.

        Parameters
        ----------
        estimate : float
            A ratio above 1 is told in steps as many times larger.
        part : float
            The step of a change a month is this part of that of the change.

        Returns
        -------
        float
            One of `NICE` times a power of ten, of whole thousandths (ratios) or hundredths (differences, but
            for those a month), as they are read; infinite when nothing may be told.
        """
        if not isfinite(self.cases):
            return inf
        if self.scale == "difference":
            step = snapped(self.cases * self.size * part)
            return step if part < 1 else whole(step, FINEST_DIFFERENCE)
        if isnan(estimate) or estimate <= 1:
            return min(1.0, whole(snapped(self.cases * part), FINEST_RATIO))
        return whole(snapped(self.cases * estimate * part), FINEST_RATIO)

    def told(self, value: float, *, side: int = 0, estimate: float = nan, part: float = 1.0) -> float:
        """A change as it may be told.

        Parameters
        ----------
        value : float
            A ratio or a difference.
        side : {-1, 0, 1}
            Where the change clearly lies: what rounds to no change is told half a step to that side.
        estimate : float
            Of the interval that it is an end of.
        part : float
            As in `step`.

        Returns
        -------
        float
            A multiple of the step from no change; not a number when nothing may be told.
        """
        step = self._step_at(value, estimate, part)
        shown = to_step(value, step, self.nothing)
        if shown == self.nothing:
            shown = round(self.nothing + side * step / 2, 10)
        return step / 2 if self.scale == "ratio" and shown <= 0 else shown

    def end(
        self, value: float, way: int, *, side: int = 0, estimate: float = nan, part: float = 1.0
    ) -> float:
        """An end of an interval as it may be told: never inside the true one.

        Parameters
        ----------
        value : float
            The true end.
        way : {-1, 1}
            Downwards for a low end, upwards for a high one.
        side : {-1, 0, 1}
            Where the change clearly lies: an end that would reach no change is told as the finest amount
            from it (0.001 for ratios, 0.01 for differences; a power of ten that is finer when it is nearer).
        estimate, part : float
            As in `told`.

        Returns
        -------
        float
            A multiple of the step from no change, outwards; not a number when nothing may be told.
        """
        step = self._step_at(value, estimate, part)
        shown = outwards(value, step, way, self.nothing)
        if side and (shown - self.nothing) * side <= 0:
            finest = FINEST_RATIO if self.scale == "ratio" else FINEST_DIFFERENCE
            near = min(finest, power_of_ten(abs(value - self.nothing)))
            return round(self.nothing + side * near, 12)
        return power_of_ten(value) if self.scale == "ratio" and shown <= 0 else shown

    def _step_at(self, value: float, estimate: float, part: float) -> float:
        """The step of a value: the estimate's own only above 1, since below it a ratio of 0 would be next."""
        return self.step(estimate if value > 1 else nan, part=part)


def snapped(size: float) -> float:
    """The least of `NICE` times a power of ten that is not smaller; 0 is 0, infinite is itself."""
    if size <= 0 or not isfinite(size):
        return size
    size = float(f"{size:.9g}")  # binary fractions
    power = floor(log10(size))
    return next(one for one in (float(f"{nice}e{power}") for nice in NICE) if one >= size)


def whole(step: float, finest: float) -> float:
    """The next multiple of the finest step, that itself at least; infinite stays."""
    return round(max(1, ceil(step / finest - SLACK)) * finest, 10) if isfinite(step) else step


def to_step(value: float, step: float, nothing: float = 0.0) -> float:
    """The nearest multiple of the step from `nothing`; NaN when the step is infinite.

    Parameters
    ----------
    value, step : float
        What is rounded to multiples of what; a value that is infinite or NaN stays.
    nothing : float
        Where the multiples are counted from.

    Returns
    -------
    float
        The rounded value.
    """
    if not isfinite(step):
        return nan
    if not isfinite(value) or step == 0:
        return value
    return round(nothing + step * round((value - nothing) / step), 10)


def outwards(value: float, step: float, way: int, nothing: float = 0.0) -> float:
    """The next multiple of the step from `nothing`, downwards or upwards; NaN when the step is infinite.

    Parameters
    ----------
    value, step, nothing : float
        As in `to_step`.
    way : {-1, 1}
        Downwards or upwards.

    Returns
    -------
    float
        A multiple that is itself stays.
    """
    if not isfinite(step):
        return nan
    if not isfinite(value) or step == 0:
        return value
    return round(nothing + step * way * ceil(way * (value - nothing) / step - SLACK), 10)


def power_of_ten(size: float) -> float:
    """The largest power of ten that is not larger; 0 is 0."""
    if size <= 0:
        return size
    power = floor(log10(size * (1 + SLACK)))
    return min(float(f"1e{power}"), size)


def p_told(p: float) -> float:
    """A p-value with one significant digit, on the same side of 0.01, 0.05 and 0.1 as the true one.

    Parameters
    ----------
    p : float
        The true one; NaN stays.

    Returns
    -------
    float
        The nearest such number that is on that side.
    """
    if not isfinite(p) or p <= 0:
        return p
    unit = 10.0 ** floor(log10(p))
    digit = round(p / unit)
    shown = round(digit * unit, 12)
    if any(p < limit <= shown for limit in LIMITS):
        return round((digit - 1) * unit, 12)
    if any(shown <= limit < p for limit in LIMITS):
        return round((digit + 1) * unit, 12)
    return shown


def p_counted(n_as_large: int, n: int) -> float:
    """The p-value that anybody can work out of counts that are told, so that it tells nothing more.

    Parameters
    ----------
    n_as_large : int
        How many of the others are at least as large.
    n : int
        How many others there are.

    Returns
    -------
    float
        ``(1 + n_as_large) / (1 + n)`` with two decimals; three where two would be zero, or would not be
        above 0.1 as the p-value is.
    """
    p = (1 + n_as_large) / (1 + n)
    shown = round(p, 2)
    return round(p, 3) if shown <= LIMITS[-1] < p or not shown else shown


def sides(series: pd.DataFrame, effect: Effect) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The months of a series that the model used, before the start and after it had settled."""
    used = series.merge(effect.fit.loc[effect.fit.used.astype(bool), ["period_start"]], on="period_start")
    after = used.period_start >= pd.Timestamp(effect.question.settled)
    return used[~after], used[after]


def fewest(rows: pd.DataFrame, kind: str) -> float:
    """The smallest count that a result rests on: base (means), events (counts), also non-events (shares)."""
    top, base = float(rows.numerator.sum()), float(rows.denominator.sum())
    return {"mean": base, "count": top, "share": min(top, base - top)}[kind]


def resolution(question: Question, policy: Policy, *parts: pd.DataFrame) -> Resolution:
    """What `round_to` cases would change in the smallest of some parts of a series.

    Parameters
    ----------
    question : Question
        What is asked.
    policy : Policy
        The area's numbers.
    *parts : DataFrame
        Months that are compared.

    Returns
    -------
    Resolution
        Nothing may be told where a part has no more than `policy.hide_up_to`.
    """
    smallest = min(fewest(part, question.kind) for part in parts)
    cases = policy.round_to / smallest if smallest > policy.hide_up_to else inf
    if question.kind != "mean":
        return Resolution("ratio", cases)
    sizes = [abs(part.numerator.sum() / part.denominator.sum()) for part in parts if part.denominator.sum()]
    return Resolution("difference", cases, max(sizes, default=inf))
