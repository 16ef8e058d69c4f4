"""What a check may tell: each of its values by a rule of its own (R5).

How a value is told, by the check's name and the value's:

========== =========================================================================================
change     a change, in steps of what `round_to` cases would change (`analysis.release.resolution`)
compared   the same, of the units compared with; ``others`` of the other parties
lead       the same, of the last months before the start alone; ``lead_slope`` a month
slope      the same, a month
odds       a ratio of hazards or odds, ``points`` a difference of shares, in such steps; the ends of
           intervals are rounded outwards
share      whole per cent, or coarser steps
p          one significant digit
counted    p of the false starts, as the told counts of them give it, with two decimals
number     one decimal: ratios of spreads, correlations
count      as it is, a whole number of months, units, models or waves: never of persons or cases
persons    a count of persons, by R1
word       a code, a name or a month; ``stated`` a number of the settings or of the program
dropped    not told: what is known of a single month
========== =========================================================================================

A value without a rule stops the report. Where the series itself is not shown in full by month, no value
of a check is told at all: several of them together give single months back. Tables are not told, since they
hold single months, units or false dates; only that of the other windows is, in steps of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import inf
from numbers import Integral
from typing import Any

import pandas as pd

from analysis.area import Policy
from analysis.designs.effect import Check, Effect
from analysis.designs.verdict import Reason
from analysis.errors import DisclosureStop
from analysis.release.counts import count
from analysis.release.resolution import (
    END_MONTH,
    FINEST_SHARE,
    Resolution,
    fewest,
    outwards,
    p_counted,
    p_told,
    resolution,
    sides,
    snapped,
    to_step,
)

Value = float | int | str
TRIPLES = tuple((name, f"{name}_low", f"{name}_high") for name in ("own", "others", "crude", "adjusted",
                "stratified", "level")) + tuple((name, "low", "high") for name in ("estimate", "ratio",
                "odds_ratio"))  # fmt: skip


def _all(how: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), how)


def _counts(names: str) -> dict[str, str]:
    return _all("count", names)


INTERVAL = _all("change", "estimate low high")
SPAN = _all("change", "estimate_min estimate_max")
OWN = _all("change", "own own_low own_high")
BESIDE = OWN | _all("compared", "comparison") | INTERVAL
RULES: Mapping[str, Mapping[str, str]] = {
    "adjusted_view": _all("odds", "ratio low high") | _all("persons", "n") | _counts("n_strata"),
    "autocorrelation": _all("number", "rho") | _counts("lags") | _all("p", "p"),
    "began_before": _counts("months back") | _all("lead", "estimate low high"),
    "bent_before": _counts("months") | _all("lead_slope", "estimate low high"),
    "case_mix": _all("change", "crude crude_low crude_high adjusted adjusted_low adjusted_high")
    | _all("share", "share_explained"),
    "change_point": _all("word", "date low high start reason") | _all("change", "estimate")
    | _counts("n_breaks start_inside n") | _all("number", "rho"),
    "chosen_for_outcome": {},
    "comparison_changed_as_much": BESIDE,
    "comparison_moved": BESIDE,
    "concentration": _all("share", "share") | _all("word", "unit") | _counts("n"),
    "definition_break": _all("word", "name first") | _counts("months"),
    "delay_changed": _all("odds", "odds_ratio low high") | _all("p", "p") | _all("share", "before after")
    | _counts("n_before n_after"),
    "forbidden_share": _all("share", "share") | _all("change", "two_way"),
    "leave_one_month_out": _counts("n n_agree") | SPAN,
    "leave_one_out": _counts("n n_same") | SPAN | _all("word", "unit"),
    "missing_case_mix": _all("persons", "n") | _all("share", "share share_before share_after")
    | _all("stated", "limit"),
    "mix_change": _all("points", "crude crude_low crude_high stratified stratified_low stratified_high")
    | _counts("n_groups") | _all("persons", "n_answers") | _all("share", "share_compared"),
    "moved_elsewhere": OWN | _all("others", "others others_low others_high estimate low high"),
    "multiverse": _counts("n n_failed n_possible") | _all("share", "share_same_sign share_clear")
    | _all("change", "median") | SPAN,
    "noise_after": _all("number", "ratio") | _all("p", "p"),
    "noise_alike": _all("number", "ratio rho_treated rho_others") | _all("stated", "limit"),
    "other_ends": _all("share", "before after") | _all("points", "low high"),
    "other_model": _all("word", "method") | INTERVAL,
    "other_views": _all("change", "estimate sun_abraham two_stage"),
    "permutation": _all("word", "method") | _all("p", "p") | _all("stated", "smallest_p")
    | _counts("orders units treated"),
    "placebo_dates": _counts("n n_as_large") | _all("counted", "p"),
    "placebo_start": _counts("months") | _all("lead", "estimate low high") | _all("p", "p"),
    "positivity": _all("share", "share") | _all("word", "covariate") | _all("persons", "n")
    | _all("stated", "limit"),
    "pre_trend": _counts("n") | _all("p", "p") | _all("slope", "trend") | _all("share", "explained")
    | _all("dropped", "largest"),
    "pretrend_bounds": _all("number", "breakdown") | _all("dropped", "largest"),
    "reporting_delay": _counts("months cut") | _all("share", "completeness") | _all("stated", "least")
    | _all("word", "as_of"),
    "response_rate": _all("share", "before after lowest") | _all("stated", "needed"),
    "starts_agree": _counts("n") | _all("number", "spread"),
    "window": _all("word", "kind") | _counts("n n_agree n_not_possible") | SPAN
    | _all("change", "level_min level_max"),
}  # fmt: skip
# Floats of reasons; whole numbers and words pass, but for counts of persons.
REASONS = _all("change", "mde") | _all("p", "p p_adjusted") | _all("stated", "plausible smallest_p limit")
# Whole numbers of reasons that are told where the values of checks are not: months, the settings, the panel.
STRUCTURAL = ("months", "needed", "n_before", "n_after", "asked", "used", "units", "orders", "treated")
PERSONS = {"rows_left_out": ("n", "n_rows"), "groups_left_out": ("n_answers",)}


@dataclass(frozen=True)
class Given:
    """What decides how finely a result is told.

    Parameters
    ----------
    effect : Effect
        The true answer.
    series : DataFrame
        The series it was made of.
    policy : Policy
        The area's numbers.
    compared, others : DataFrame or None
        The series of the units compared with, and of the other parties; of what is not given, nothing is
        told.
    is_detailed : bool
        Whether the values of checks are told, and p.
    """

    effect: Effect
    series: pd.DataFrame
    policy: Policy
    compared: pd.DataFrame | None = None
    others: pd.DataFrame | None = None
    is_detailed: bool = True

    @cached_property
    def own(self) -> Resolution:
        """Of the answer itself: of its series, or of what it is compared with, whichever is smaller."""
        return self.of(self.series) if self.compared is None else self.of(self.series, self.compared)

    def of(self, *series: pd.DataFrame | None) -> Resolution:
        """Of one or several series, on both sides of the start."""
        if any(one is None for one in series):
            return replace(self.of(self.series), cases=inf)
        parts = [part for one in series for part in sides(one, self.effect)]
        return resolution(self.effect.question, self.policy, *parts)

    def lead(self, months: int) -> Resolution:
        """Of the last used months before the start, and of those before them."""
        first = pd.Timestamp(self.effect.question.start) - pd.DateOffset(months=months)
        before = self.sides[0]
        last = before.period_start >= first
        return resolution(self.effect.question, self.policy, before[last], before[~last])

    def within(self, first: Any, last: Any) -> Resolution:
        """Of the months of a window; an end that is not known is as far as the data reach."""
        low = pd.Timestamp.min if pd.isna(first) else pd.Timestamp(first)
        high = pd.Timestamp.max if pd.isna(last) else pd.Timestamp(last)
        parts = [part[part.period_start.between(low, high)] for part in self.sides]
        return resolution(self.effect.question, self.policy, *parts)

    @cached_property
    def sides(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The used months of the series, before and after."""
        return sides(self.series, self.effect)

    @cached_property
    def before(self) -> Resolution:
        """Of the months before the start alone, also of what is compared with."""
        compared = [] if self.compared is None else [sides(self.compared, self.effect)[0]]
        return resolution(self.effect.question, self.policy, self.sides[0], *compared)

    @cached_property
    def beside(self) -> Resolution:
        """Of the units compared with."""
        return self.of(self.compared)

    @cached_property
    def elsewhere(self) -> Resolution:
        """Of the series and that of the other parties, whichever is smaller."""
        return self.of(self.series, self.others)

    @cached_property
    def share_step(self) -> float:
        """The step of a share: whole per cent, or what `round_to` cases are of the smaller side."""
        smallest = min(fewest(part, self.effect.question.kind) for part in self.sides)
        return max(FINEST_SHARE, snapped(self.policy.round_to / smallest)) if smallest > 0 else inf


def released_check(check: Check, given: Given) -> Check:
    """A check as it may be told.

    Parameters
    ----------
    check : Check
        A design's check.
    given : Given
        What decides how finely.

    Returns
    -------
    Check
        With the same name and outcome, its values by their rules, and no table but that of other windows;
        nothing but name and outcome where the answer is not detailed.

    Raises
    ------
    DisclosureStop
        If there is no rule for the check, or for one of its values.
    """
    if check.name not in RULES:
        raise DisclosureStop(f"there is no rule for the check “{check.name}”", _remedy())
    if not given.is_detailed:
        for key in check.values:
            _rule(check.name, key)
        return replace(check, values={}, table=None)
    if check.name == "window" and check.table is not None:
        return _windows(check, check.table.copy(), given)
    told = {key: _told(key, value, check, given) for key, value in check.values.items()}
    kept = {key: value for key, value in told.items() if value is not None}
    return replace(check, values=kept, table=None)


def released_reason(reason: Reason, given: Given) -> Reason:
    """A reason as it may be told.

    Parameters
    ----------
    reason : (str, mapping)
        A code and its values.
    given : Given
        What decides how finely.

    Returns
    -------
    (str, mapping)
        The same code; whole numbers and words as they are, counts of persons by R1, the rest by rules. Where
        the answer is not detailed, only words, settings, `STRUCTURAL` numbers and the smallest change.

    Raises
    ------
    DisclosureStop
        If there is no rule for a value that is neither.
    """
    code, values = reason
    told: dict[str, Value] = {}
    for key, value in values.items():
        if key in PERSONS.get(code, ()):
            told[key] = count(float(value), given.policy)
        elif isinstance(value, (str, Integral)):
            told[key] = value
        elif key in REASONS:
            told[key] = p_told(value) if REASONS[key] == "p" else value
            if REASONS[key] == "change":
                told[key] = told_off(value, given.own)
        else:
            raise DisclosureStop(f"there is no rule for “{key}” of the reason “{code}”", _remedy())
    if given.is_detailed:
        return code, told
    return code, {key: value for key, value in told.items() if _is_structural(key, value)}


def _is_structural(key: str, value: Value) -> bool:
    return isinstance(value, str) or key in STRUCTURAL or REASONS.get(key) in ("change", "stated")


def told_off(value: float, own: Resolution) -> float:
    """A change that is never none (the smallest that would be found), rounded away from none."""
    return own.end(value, 1 if value > own.nothing else -1, estimate=value)


def told_interval(ends: tuple[float, float, float], own: Resolution, part: float = 1.0) -> tuple[float, ...]:
    """Estimate, low and high as they may be told: the ends outwards; a clear interval stays clear."""
    side = _side(ends[1], ends[2], own.nothing)
    low, high = (
        own.end(ends[n], way, side=side, estimate=ends[0], part=part) for n, way in ((1, -1), (2, 1))
    )
    return own.told(ends[0], side=side, estimate=ends[0], part=part), low, high


def _windows(check: Check, table: pd.DataFrame, given: Given) -> Check:
    """The other windows, each in steps of its own months, and the least and largest of what is told."""
    for names in (("estimate", "low", "high"), ("level", "level_low", "level_high")):
        rows = [
            told_interval(
                (row[names[0]], row[names[1]], row[names[2]]), given.within(row["first"], row["last"])
            )
            for row in table.to_dict("records")
        ]
        table[list(names)] = pd.DataFrame(rows, columns=list(names), index=table.index, dtype=float)
    spans = {
        f"{name}_{end}": getattr(table[name], end)()
        for name in ("estimate", "level")
        for end in ("min", "max")
    }
    told = {
        key: float(spans[key]) if key in spans else _told(key, value, check, given)
        for key, value in check.values.items()
    }
    return replace(check, values={key: one for key, one in told.items() if one is not None}, table=table)


def _rule(name: str, key: str) -> str:
    if key not in RULES[name]:
        raise DisclosureStop(f"there is no rule for “{key}” of the check “{name}”", _remedy())
    return RULES[name][key]


def _remedy() -> str:
    return "Say in analysis.release.looks how it may be told"


def _told(key: str, value: Value, check: Check, given: Given) -> Value | None:
    """A value by its rule; None when it is not told."""
    how = _rule(check.name, key)
    if isinstance(value, str) is not (how == "word") or (how == "count" and not isinstance(value, Integral)):
        raise DisclosureStop(f"a value of the check “{check.name}” is not what its rule is for", _remedy())
    if isinstance(value, str) or how in ("count", "stated"):
        return value
    if how == "counted":
        return p_counted(int(check.values["n_as_large"]), int(check.values["n"]))
    months = int(check.values.get("months", 1))
    plain: dict[str, Callable[[float], float | None]] = {
        "p": p_told,
        "number": partial(round, ndigits=1),
        "persons": partial(count, policy=given.policy),
        "share": partial(to_step, step=given.share_step),
        "points": partial(_points, key, step=given.share_step),
        "dropped": lambda _: None,
    }
    if how in plain:
        return plain[how](float(value))
    step, part = _step_of(how, months, given)
    side, estimate = _interval_of(key, check.values, step.nothing)
    way = _way(key)
    if way:
        return step.end(float(value), way, side=side, estimate=estimate, part=part)
    return step.told(float(value), side=side, estimate=estimate, part=part)


def _way(key: str) -> int:
    """Which way an end of an interval is rounded, by its name; 0 for what is none."""
    return {"low": -1, "high": 1}.get(key.rpartition("_")[2], 0)


def _points(key: str, value: float, step: float) -> float:
    """A difference of shares; the ends of an interval outwards."""
    return outwards(value, step, _way(key)) if _way(key) else to_step(value, step)


def _step_of(how: str, months: int, given: Given) -> tuple[Resolution, float]:
    """The resolution of a change, and what part of it a change a month is told in."""
    if how == "odds":
        return Resolution("ratio", given.own.cases), 1.0
    if how.startswith("lead"):
        return given.lead(months), END_MONTH / months if how == "lead_slope" else 1.0
    if how == "slope":
        return given.own, END_MONTH / max(given.effect.n_before, 1)
    if how == "others":
        return given.elsewhere, 1.0
    is_apart = given.effect.method.endswith("_compared")  # units beside units are all in the one series
    if how == "compared" and is_apart:
        return given.beside, 1.0
    return given.own, 1.0


def _side(low: float, high: float, nothing: float) -> int:
    """On which side of no change a whole interval lies, 0 when it holds no change."""
    return 1 if low > nothing else -1 if high < nothing else 0


def _interval_of(key: str, values: Mapping[str, Value], nothing: float) -> tuple[int, float]:
    """On which side of no change the interval of a value clearly lies (0 without), and its estimate."""
    for names in TRIPLES:
        if key in names and all(isinstance(values.get(name), float) for name in names):
            estimate, low, high = (float(values[name]) for name in names)
            return _side(low, high, nothing), estimate
    return 0, float(values[key])
