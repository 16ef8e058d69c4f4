"""Results that stand row by row in one picture: units, specifications, smallest effects, a funnel (R5, R8).

Each number is that of a released answer, told by the same steps, or is computed of released counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.area import Policy
from analysis.designs.effect import Check, Effect
from analysis.designs.funnel import Funnel, funnel, funnel_shares
from analysis.designs.multiverse import CHOICES, Multiverse, as_check
from analysis.errors import DisclosureStop
from analysis.release.looks import Given, released_check, told_interval, told_off
from analysis.release.model import ReleasedEffect
from analysis.release.periods import LEVELS, ReleasedSeries
from analysis.release.resolution import Resolution
from analysis.release.sealed import Sealed, sealed

INTERVAL = ["estimate", "low", "high"]
LIMITS = ["low_95", "high_95", "low_998", "high_998"]
HALF_YEAR = 6
NOW = 0


@dataclass(frozen=True, eq=False)
class ReleasedRows(Sealed):
    """Rows of numbers that may be drawn: names, words and released numbers. Only the gate makes it."""

    _cells: pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        """A copy of its table."""
        return self._cells.copy()

    @property
    def values(self) -> NDArray[np.float64]:
        """Every value that may be seen."""
        return self._cells.select_dtypes("number").to_numpy(dtype=float).ravel()


@dataclass(frozen=True, eq=False)
class ReleasedSpecifications(Sealed):
    """The answers of other reasonable specifications, as they may be told.

    ``check`` is the grid as a check by the rules of checks. ``rows`` has ``choice, option, estimate, low,
    high`` of the stated specification and of those that differ from it in one choice; none where the values
    of checks are not told. ``n`` is how many have an answer, ``n_clear`` how many of these are clear on the
    stated one's side, ``n_other`` how many clear on the other; 0 where not told.
    """

    check: Check
    rows: ReleasedRows
    n: int = 0
    n_clear: int = 0
    n_other: int = 0


def side_by_side(answers: Mapping[str, Effect]) -> ReleasedRows:
    """Released answers as rows to be drawn.

    Parameters
    ----------
    answers : mapping of str to Effect
        By name, from `analysis.release.released_effect`.

    Returns
    -------
    ReleasedRows
        ``name, verdict, estimate, low, high``; not a number where there is no answer.

    Raises
    ------
    DisclosureStop
        If one has not passed the gate.
    """
    rows = []
    for name, told in answers.items():
        require_told(told)
        has_answer = told.verdict != "too_little_data"
        ends = (told.estimate, told.low, told.high) if has_answer else (nan,) * 3
        rows.append((name, told.verdict, *ends))
    return _rows("R5", rows, ["name", "verdict", *INTERVAL])


def specifications(
    found: Multiverse, told: Effect, effect: Effect, series: pd.DataFrame, policy: Policy
) -> ReleasedSpecifications:
    """The grid of specifications as it may be told.

    Parameters
    ----------
    found : Multiverse
        The true grid.
    told, effect : Effect
        The stated answer, released and true.
    series : DataFrame
        The true series it was made of.
    policy : Policy
        The area's numbers.

    Returns
    -------
    ReleasedSpecifications
        Those that differ in one choice in the answer's own steps, or coarser where they rest on fewer
        months; of all of them how many are clear. No month that is left out is named. Nothing but the
        outcome where the values of checks are not told.

    Raises
    ------
    DisclosureStop
        If the answer has not passed the gate.
    """
    released = require_told(told)
    detailed = released.is_detailed and released.verdict != "too_little_data"
    given = Given(effect, series, policy, is_detailed=detailed)
    columns = ["choice", "option", *INTERVAL]
    check = released_check(as_check(found), given)
    if not detailed:
        return sealed(ReleasedSpecifications, "R5", check=check, rows=_rows("R5", [], columns))
    rows = [_specified(row, given) for row in _apart_in_one(found.fitted)]
    nothing, fitted = given.own.nothing, found.fitted
    clear = (fitted.low > nothing).astype(int) - (fitted.high < nothing).astype(int)
    along = clear * np.sign(effect.estimate - nothing)
    counts = {"n": len(fitted), "n_clear": int((along > 0).sum()), "n_other": int((along < 0).sum())}
    return sealed(ReleasedSpecifications, "R5", check=check, rows=_rows("R5", rows, columns), **counts)


def detectable(
    found: Mapping[int, float], told: Effect, effect: Effect, series: pd.DataFrame, policy: Policy
) -> ReleasedRows:
    """The smallest effects that would be found, now and with more months.

    Parameters
    ----------
    found : mapping of int to float
        Months more to the true smallest effect.
    told, effect, series, policy : Effect, Effect, DataFrame, Policy
        As in `specifications`.

    Returns
    -------
    ReleasedRows
        ``more, mde``: what the answer itself tells for now, the others rounded away from no effect in the
        answer's steps, and only where the values of checks are told.

    Raises
    ------
    DisclosureStop
        If the answer has not passed the gate.
    """
    released = require_told(told)
    if released.verdict == "too_little_data":
        return _rows("R5", [], ["more", "mde"])
    given = Given(effect, series, policy)
    later = found.items() if released.is_detailed else ()
    rows = [(NOW, released.mde), *((more, told_off(mde, given.own)) for more, mde in later if more)]
    return _rows("R5", rows, ["more", "mde"])


def funnel_rows(
    series: Mapping[str, ReleasedSeries], first: pd.Timestamp, per: float
) -> tuple[ReleasedRows, Funnel | None]:
    """Units' values of a half-year beside the limits of chance, of shown counts alone (R8).

    Parameters
    ----------
    series : mapping of str to ReleasedSeries
        By unit; parts of one whole.
    first : Timestamp
        The first day of the half-year.
    per : float
        What values are expressed per.

    Returns
    -------
    tuple of ReleasedRows and Funnel
        ``name, value, target`` and the limits, a row a unit whose counts are all shown, and the design's
        figures of the shown counts; None for means, and where no unit's counts are shown.

    Raises
    ------
    DisclosureStop
        If a series has not passed the gate.
    """
    kinds = {_require_series(one).kind for one in series.values()}
    sums = {name: _sum_of(one, first) for name, one in series.items()}
    known = [(name, *both) for name, both in sums.items() if both and both[1] > 0]
    columns = ["name", "value", "target", *LIMITS]
    if not known or kinds not in ({"share"}, {"count"}):
        return _rows("R1-R4, R8", [], columns), None
    frame = pd.DataFrame(known, columns=["unit", "numerator", "denominator"])
    made = funnel_shares(frame) if kinds == {"share"} else _of_counts(frame)
    size = per if kinds == {"share"} else per * frame.numerator.sum() / frame.denominator.sum()
    shown = made.frame.rename(columns={"unit": "name"}).assign(target=made.target)
    shown[["value", "target", *LIMITS]] = shown[["value", "target", *LIMITS]] * size
    return sealed(ReleasedRows, "R1-R4, R8", _cells=shown[columns]), made


def require_told(told: Effect) -> ReleasedEffect:
    """The answer, if it has passed the gate.

    Parameters
    ----------
    told : Effect
        An answer.

    Returns
    -------
    ReleasedEffect
        The same.

    Raises
    ------
    DisclosureStop
        If it has not.
    """
    if not isinstance(told, ReleasedEffect):
        what = f"the answer to “{told.question.id}” has not passed the disclosure gate"
        raise DisclosureStop(what, "Use analysis.release.released_effect")
    return told


def _require_series(one: ReleasedSeries) -> ReleasedSeries:
    if not isinstance(one, ReleasedSeries):
        raise DisclosureStop("a series has not passed the disclosure gate", "Use analysis.release.series")
    return one


def _rows(rule: str, rows: Iterable[tuple[object, ...]], columns: list[str]) -> ReleasedRows:
    words = {"name", "verdict", "choice", "option"}
    frame = pd.DataFrame(list(rows), columns=columns)
    kinds = {column: "str" if column in words else "float64" for column in columns}
    return sealed(ReleasedRows, rule, _cells=frame.astype(kinds))


def _apart_in_one(fitted: pd.DataFrame) -> list[Mapping[str, object]]:
    """The stated specification and those that differ from it in one choice, with that choice."""
    rows: list[Mapping[str, object]] = []
    for row in fitted.to_dict("records"):
        differs = [(name, row[name]) for name in CHOICES if row[name] != _usual(name)]
        if len(differs) <= 1:
            choice, option = differs[0] if differs else ("stated", "")
            rows.append({**row, "choice": choice, "option": "" if choice == "left_out" else str(option)})
    return rows


def _usual(choice: str) -> object:
    usual = {"transition": 0, "model": "main", "left_out": "", "shocks": "with", "breaks": "with"}
    return usual.get(choice, "stated")


def _specified(row: Mapping[str, object], given: Given) -> tuple[object, ...]:
    own = _own(row, given)
    ends = tuple(float(str(row[name])) for name in INTERVAL)
    return (row["choice"], row["option"], *told_interval((ends[0], ends[1], ends[2]), own))


def _own(row: Mapping[str, object], given: Given) -> Resolution:
    """The steps of the answer, or of the fewer months before the start that a specification rests on."""
    option = str(row["option"])
    if row["choice"] != "baseline" or not option.isdigit():
        return given.own
    start = pd.Timestamp(given.effect.question.start)
    shorter = given.within(start - pd.DateOffset(months=int(option)), pd.NaT)
    return max(given.own, shorter, key=lambda one: one.cases)


def _sum_of(one: ReleasedSeries, first: pd.Timestamp) -> tuple[float, float] | None:
    """The shown counts of a half-year; None unless every period of it is there with both."""
    last = first + pd.DateOffset(months=HALF_YEAR)
    rows = one.table[one.table.period_start.ge(first) & one.table.period_start.lt(last)]
    whole = len(rows) * LEVELS[one.level] == HALF_YEAR
    if not whole or rows[["numerator", "denominator"]].isna().any(axis=None):
        return None
    return float(rows.numerator.sum()), float(rows.denominator.sum())


def _of_counts(frame: pd.DataFrame) -> Funnel:
    """Events against what the rate of all units together would give; ratios to that rate."""
    rate = frame.numerator.sum() / frame.denominator.sum()
    expected = frame.denominator * (rate if rate > 0 else 1.0)
    return funnel(frame.assign(observed=frame.numerator, expected=expected))
