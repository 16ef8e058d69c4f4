"""The disclosure gate: the only way out for a figure.

Counts (R1): 0 is shown as 0, 1–7 as "≤7", any other count is rounded to the nearest 5; totals (R2) are
rounded by themselves. Rates and shares (R3): only where the base is at least 20, the count above 7 and,
for shares, the rest above 7; from rounded parts; shares in whole per cent. Means (R4): at least 10 in
the base, no sum of 1–7, one decimal. Model results (R5) are free with at least 8 months a side, 20 in
all, and more than 7 in the base, the events and (shares) the non-events of each side. A series is
released at the finest level (month, quarter, half-year) at which at most a tenth of its periods is
hidden. The numbers 7 and 5 are the area's policy.
Source: NHS and OpenSAFELY output rules as summarised in docs/decisions/0004-disclosure.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from analysis.area import Policy
from analysis.designs.effect import Effect

MARK = "application/vnd.analysis.released+json"
FACTS = "application/vnd.analysis.facts+json"
SMALLEST_BASE = 20
SMALLEST_MEAN_BASE = 10
SMALLEST_SIDE = 8
SMALLEST_BOTH = 20
LARGEST_HIDDEN = 0.10
HIDDEN = float("nan")
Level = Literal["month", "quarter", "half_year"]
LEVELS: dict[Level, int] = {"month": 1, "quarter": 3, "half_year": 6}


@dataclass(frozen=True)
class Released:
    """A fragment of a page that has passed the gate; it carries no data but what it shows.

    Displayed in a notebook it looks as it will on the page; the publisher lets nothing else through.
    """

    html: str
    rule: str
    language: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/html": self.html, MARK: {"rule": self.rule, "language": self.language}}


@dataclass(frozen=True)
class ReleasedSeries:
    """A series that may be published: shown counts and values of whole periods.

    ``table`` has ``period_start, period_end, numerator, denominator, value``: rounded numbers, NaN where
    hidden (``numerator_hidden`` says that a count of 1–7 was). ``level`` is the length of a period.
    """

    table: pd.DataFrame
    level: Level
    hidden: int
    rule: str


def count(value: float, policy: Policy) -> float:
    """A count as it may be shown: rounded, 0 as 0, NaN when it is small (R1).

    Parameters
    ----------
    value : float
        A count of persons or cases.
    policy : Policy
        The area's numbers.

    Returns
    -------
    float
        The rounded count; NaN for 1..`policy.hide_up_to`.
    """
    if value == 0:
        return 0.0
    if value <= policy.hide_up_to:
        return HIDDEN
    return float(policy.round_to * ((value + policy.round_to / 2) // policy.round_to))


def ratio(
    numerator: float,
    denominator: float,
    kind: str,
    policy: Policy,
    per: float = 1.0,
    *,
    counted_base: bool = True,
) -> float:
    """A rate, share or mean as it may be shown (R3, R4), NaN when hidden.

    Parameters
    ----------
    numerator, denominator : float
        True parts.
    kind : {"count", "share", "mean"}
        What it is.
    policy : Policy
        The area's numbers.
    per : float
        Expressed per this many.
    counted_base : bool
        Whether the base counts people or cases; False when it is time (days), which needs no rounding.

    Returns
    -------
    float
        From rounded parts: per `per` with one decimal, a share in whole per cent (of 1), a mean with
        one decimal.
    """
    if kind == "mean":
        enough = denominator >= SMALLEST_MEAN_BASE and not 0 < numerator <= policy.hide_up_to
        return round(per * numerator / denominator, 1) if enough else HIDDEN
    if denominator < SMALLEST_BASE or numerator <= policy.hide_up_to:
        return HIDDEN
    if kind == "share" and denominator - numerator <= policy.hide_up_to:
        return HIDDEN
    base = count(denominator, policy) if counted_base else denominator
    value = per * count(numerator, policy) / base
    return round(value, 2 if kind == "share" else 1)


def series(
    frame: pd.DataFrame, kind: str, policy: Policy, *, per: float = 1.0, counted_base: bool = True
) -> ReleasedSeries:
    """A monthly series at the finest level that hides at most a tenth of its periods.

    Parameters
    ----------
    frame : DataFrame
        ``period_start, numerator, denominator, complete``, a row a month.
    kind : {"count", "share", "mean"}
        What the value is.
    policy : Policy
        The area's numbers.
    per : float
        Expressed per this many.
    counted_base : bool
        As in `ratio`.

    Returns
    -------
    ReleasedSeries
        Whole, complete periods only.
    """

    def shown(n: float, d: float) -> float:
        return ratio(n, d, kind, policy, per, counted_base=counted_base)

    def base(d: float) -> float:
        return count(d, policy) if counted_base else d

    released = [_at_level(frame, shown, base, policy, level) for level in LEVELS]
    for one in released:
        if len(one.table) and one.hidden <= LARGEST_HIDDEN * len(one.table):
            return one
    return released[-1]


def _at_level(
    frame: pd.DataFrame,
    shown: Callable[[float, float], float],
    base: Callable[[float], float],
    policy: Policy,
    level: Level,
) -> ReleasedSeries:
    months = LEVELS[level]
    whole = frame[frame.complete]
    number = whole.period_start.dt.year * 12 + whole.period_start.dt.month - 1
    grouped = whole.assign(period=number // months).groupby("period")
    sums = grouped.agg(
        period_start=("period_start", "min"),
        period_end=("period_start", "max"),
        numerator=("numerator", "sum"),
        denominator=("denominator", "sum"),
        months=("period_start", "size"),
    )
    sums = sums[sums.months == months].reset_index(drop=True)
    parts = list(zip(sums.numerator, sums.denominator, strict=True))
    table = sums[["period_start"]].assign(
        period_end=sums.period_end + pd.offsets.MonthEnd(0),
        numerator=[count(n, policy) for n, _ in parts],
        denominator=[base(d) for _, d in parts],
        value=[shown(n, d) for n, d in parts],
    )
    hidden = int(table.value.isna().sum())
    return ReleasedSeries(table, level, hidden, "R1-R4")


def model_is_free(effect: Effect, series: pd.DataFrame, policy: Policy) -> bool:
    """Whether a model's results may be shown (R5): enough months, events and non-events on both sides.

    Parameters
    ----------
    effect : Effect
        A design's answer.
    series : DataFrame
        The true series it was made of.
    policy : Policy
        The area's numbers.

    Returns
    -------
    bool
        True when each side has at least eight months, both together twenty, and above
        `policy.hide_up_to` in the base (means), events (counts) and also non-events (shares).
    """
    if effect.estimate != effect.estimate or min(effect.n_before, effect.n_after) < SMALLEST_SIDE:
        return False
    used = series.merge(effect.fit.loc[effect.fit.used, ["period_start"]], on="period_start")
    after = used.period_start >= pd.Timestamp(effect.question.settled)
    counted = {
        "mean": [used.denominator],
        "count": [used.numerator],
        "share": [used.numerator, used.denominator - used.numerator],
    }[effect.question.kind]
    fewest = min(part[side].sum() for part in counted for side in (after, ~after))
    return effect.n_before + effect.n_after >= SMALLEST_BOTH and bool(fewest > policy.hide_up_to)


def curves(effect: Effect) -> pd.DataFrame:
    """The fitted curves, rounded as they may be drawn.

    Parameters
    ----------
    effect : Effect
        A design's answer.

    Returns
    -------
    DataFrame
        As `Effect.fit`, without the true values: counts to one decimal, shares to a tenth of a per
        cent, means to two decimals.
    """
    decimals = {"count": 1, "share": 3, "mean": 2}[effect.question.kind]
    fit = effect.fit.drop(columns="value")
    return fit.round(dict.fromkeys(fit.columns.drop(["period_start", "used"]), decimals))


def points(shown: ReleasedSeries) -> pd.DataFrame:
    """A released monthly series in the form that designs take, for a run chart of what is shown.

    Parameters
    ----------
    shown : ReleasedSeries
        The released series.

    Returns
    -------
    DataFrame
        ``period_start, numerator, denominator, value, complete``; hidden months are absent.
    """
    table = shown.table[shown.table.value.notna()]
    known = table[["period_start", "numerator", "denominator", "value"]].assign(complete=True)
    return known.reset_index(drop=True)
