"""What every design takes and gives: a Question in, an Effect out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import pandas as pd

Kind = Literal["count", "share", "mean"]
Verdict = Literal["improved", "worsened", "no_clear_change", "cannot_be_attributed", "too_little_data"]


@dataclass(frozen=True)
class Shock:
    """A period in which something else moved the series; both ends are first days of months, inclusive."""

    name: str
    first: date
    last: date


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
    impact : {"step", "step_and_slope"}
        The shape of the change, stated beforehand.
    first, last : date, optional
        Window of months (inclusive); None is as far as the data reach.
    fourier_pairs : int
        Pairs of sine and cosine terms for the season.
    shocks : tuple of Shock
        Known disturbances, each given a term of its own.
    windows : tuple of (date, date)
        Other windows to try, as a sensitivity.
    """

    id: str
    measure: str
    kind: Kind
    better: Literal["lower", "higher"]
    unit: str
    start: date
    settled: date
    per: float = 1.0
    impact: Literal["step", "step_and_slope"] = "step"
    first: date | None = None
    last: date | None = None
    fourier_pairs: int = 2
    shocks: tuple[Shock, ...] = ()
    windows: tuple[tuple[date, date], ...] = ()
    party: str = "all"


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
    ``settled``). ``reasons`` are codes with numbers, which `analysis.words` turns into sentences.
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
