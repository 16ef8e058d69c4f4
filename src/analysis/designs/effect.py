"""What every design takes and gives: a Question in, an Effect out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

import pandas as pd

from analysis.errors import DesignError

Impact = Literal["step", "step_and_slope", "ramp", "delayed_step"]
Season = Literal["fourier", "months", "none"]
Transition = Literal["left_out", "ramp"]
Better = Literal["lower", "higher"]
Kind = Literal["count", "share", "mean"]
Verdict = Literal["improved", "worsened", "no_clear_change", "cannot_be_attributed", "too_little_data"]
ALLOWED = {"kind": Kind, "better": Better, "impact": Impact, "transition": Transition, "season": Season}


@dataclass(frozen=True)
class Shock:
    """A period in which something else moved the series; both ends are first days of months, inclusive."""

    name: str
    first: date
    last: date


@dataclass(frozen=True)
class Break:
    """A lasting change of definition or registration: the level moves from its first month on."""

    name: str
    first: date


@dataclass(frozen=True)
class Question:
    """What is asked before the data are seen.

    Parameters
    ----------
    id : str
        Name of the question in the area's settings.
    measure : str
        Name of the measure.
    kind : {"count", "share", "mean"}
        Counts per denominator and shares are modelled on the log scale (effect: a ratio),
        means on their own scale (effect: a difference).
    better : {"lower", "higher"}
        The direction of improvement.
    unit : str
        The unit asked about.
    party : str
        The responsible party asked about, or "all".
    start : date
        First month (its first day) in which anybody works in the new way; the before period ends
        before it.
    settled : date
        First month in which all do; ``start <= month < settled`` is the transition and is left out.
    per : float
        What the value is expressed per (1000 for deviations per 1,000 discharges; 1 for shares, means).
    impact : {"step", "step_and_slope", "ramp", "delayed_step"}
        The shape of the change, stated beforehand. A ramp grows evenly over ``impact_months`` from
        ``settled``; a delayed step comes ``impact_months`` after it.
    impact_months : int
        See ``impact``.
    transition : {"left_out", "ramp"}
        Whether the months of the transition are left out, or the effect grows evenly over them.
    first, last : date, optional
        Window of months (inclusive); None is as far as the data reach.
    season : {"fourier", "months", "none"}
        Sine and cosine pairs, a term for every calendar month but one, or nothing.
    fourier_pairs : int
        Pairs of sine and cosine terms for the season.
    shocks : tuple of Shock
        Known disturbances, each given a term of its own.
    breaks : tuple of Break
        Lasting changes of definition or registration, each given a term of its own.
    windows : tuple of (date, date)
        Other windows to try, as a sensitivity.
    starts : tuple of (str, date)
        Units that start at dates of their own (first month in the new way), for designs over a panel.
    comparison : tuple of str
        Units that never start, to compare with.
    chosen_for_outcome : bool
        Whether the units were chosen because their figures were bad (or good): regression to the mean.
    plausible : float
        The largest effect thought possible, on the scale of the effect; a series that could not have shown
        even that is too little data. NaN when nobody has stated one.
    evaluation : str
        What is evaluated, where an area has several changes to look at; each has families of its own.
    goal : str
        The effect goal it serves; its questions that are not primary are a family.
    primary : bool
        Whether it is the goal's one primary question.
    """

    id: str
    measure: str
    kind: Kind
    better: Better
    unit: str
    start: date
    settled: date
    per: float = 1.0
    impact: Impact = "step"
    impact_months: int = 0
    transition: Transition = "left_out"
    first: date | None = None
    last: date | None = None
    season: Season = "fourier"
    fourier_pairs: int = 2
    shocks: tuple[Shock, ...] = ()
    breaks: tuple[Break, ...] = ()
    windows: tuple[tuple[date, date], ...] = ()
    party: str = "all"
    starts: tuple[tuple[str, date], ...] = ()
    comparison: tuple[str, ...] = ()
    chosen_for_outcome: bool = False
    plausible: float = float("nan")
    evaluation: str = ""
    goal: str = ""
    primary: bool = True

    def __post_init__(self) -> None:
        for name, values in ALLOWED.items():
            if getattr(self, name) not in get_args(values):
                what = f"question “{self.id}” has {name} = {getattr(self, name)!r}"
                raise DesignError(what, f"use one of: {', '.join(get_args(values))}")
        for day in (self.start, self.settled, *(start for _, start in self.starts)):
            if not isinstance(day, date):
                what = f"question “{self.id}” has a start that is no date, {day!r}"
                raise DesignError(what, "give datetime.date(year, month, 1)")


@dataclass(frozen=True)
class Check:
    """One look at whether an effect can be trusted.

    ``passed`` is None when the check only informs. ``values`` are the numbers its sentence needs
    (`analysis.words` writes it from ``name``, ``passed`` and ``values``).
    ``blocking`` checks that fail turn a change into "cannot be attributed".
    """

    name: str
    passed: bool | None
    values: Mapping[str, float | int | str] = field(default_factory=dict)
    table: pd.DataFrame | None = None
    blocking: bool = True


@dataclass(frozen=True)
class Effect:
    """The answer, of one shape from every design.

    ``estimate, low, high`` are what the verdict judges: a ratio (after/expected) when ``scale`` is
    "ratio", else a difference in the measure's own unit; NaN when there is no answer. ``table`` has
    one row per model term: ``term, estimate, low, high, p`` (ratios or differences). ``fit`` has one
    row per month: ``period_start, value, used, expected, expected_low, expected_high, without, without_low,
    without_high`` in the measure's unit (``without``: expected had nothing changed; NaN before
    ``settled``). ``p`` is the two-sided p of no effect of what is judged, ``mde`` the smallest effect (on the
    scale of ``estimate``) found with a chance of 80 %, from the design and the months before alone; NaN when
    not known. ``reasons`` are codes with numbers, which `analysis.words` turns into sentences.
    """

    question: Question
    method: str
    scale: Literal["ratio", "difference"]
    estimate: float
    low: float
    high: float
    n_before: int
    n_after: int
    verdict: Verdict
    table: pd.DataFrame
    fit: pd.DataFrame
    checks: tuple[Check, ...] = ()
    reasons: tuple[tuple[str, Mapping[str, float | int | str]], ...] = ()
    p: float = float("nan")
    mde: float = float("nan")

    def check(self, name: str) -> Check | None:
        """The check of a name, None when it was not made."""
        return next((check for check in self.checks if check.name == name), None)

    def __repr__(self) -> str:
        numbers = f"{self.estimate:.4g} ({self.low:.4g} to {self.high:.4g})"
        months = f"{self.n_before}+{self.n_after} months"
        answer = f"{self.verdict}, {self.scale} {numbers}, p {self.p:.3g}, {months}"
        return f"<Effect {self.question.id}: {answer}>"
