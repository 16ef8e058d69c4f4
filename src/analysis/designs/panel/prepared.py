"""From monthly rows of many units and a question to units by periods, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Question
from analysis.designs.panel.grid import (
    NEEDED_MONTHS,
    Grid,
    Reason,
    Refused,
    noting_left_out,
    read_grid,
    started_outside,
    without_gaps,
    without_shocks,
)
from analysis.designs.panel.order_effects import Cohorts
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError

Floats = NDArray[np.float64]
Weights = Literal["equal", "size", "events"]

NEEDED_EVENTS = 5
LEAST_TREATED = 3  # left after treated units are taken out
LENGTHS = (1, 3)
COLUMNS = ("unit", "period_start", "numerator", "denominator", "value", "complete")


@dataclass(frozen=True)
class Panel:
    """Units by periods, without gaps.

    Parameters
    ----------
    units : tuple of str
        Those that start and those compared with.
    outcome : array (units, periods)
        The value, or the logarithm of the rate.
    numerator, denominator : array (units, periods)
        Summed over the months of a period; of a mean, the value and one.
    months : array of int (periods,)
        First month of each period, as `analysis.designs.timeline.ordinal` gives it.
    length : int
        Months a period.
    codes : array of int (units,)
        The cohort of each unit.
    cohorts : Cohorts
        When each cohort starts, in numbers of periods.
    weights : array (units,)
        Weights with mean 1.
    remarks : tuple
        Reasons a reader must know: what was left out or summed up.
    """

    units: tuple[str, ...]
    outcome: Floats
    numerator: Floats
    denominator: Floats
    months: NDArray[np.int64]
    length: int
    codes: NDArray[np.int64]
    cohorts: Cohorts
    weights: Floats
    remarks: tuple[Reason, ...] = ()

    @property
    def is_treated(self) -> NDArray[np.bool_]:
        """Which units start within the panel."""
        return np.isfinite(self.cohorts.starts)[self.codes]

    def long(self) -> pd.DataFrame:
        """One row a unit and period: ``unit, period, value, start, weight``."""
        n, t = self.outcome.shape
        return pd.DataFrame(
            {
                "unit": np.repeat(self.units, t),
                "period": np.tile(self.cohorts.clock.astype(int), n),
                "value": self.outcome.ravel(),
                "start": np.repeat(self.cohorts.starts[self.codes], t),
                "weight": np.repeat(self.weights, t),
            }
        )


def prepare(panel: pd.DataFrame, question: Question, *, weights: Weights | None = None) -> Panel:
    """Bring a panel into the shape that its question can be answered from.

    Parameters
    ----------
    panel : DataFrame, one row a unit and month
        Columns ``unit, period_start, numerator, denominator, value, complete``.
    question : Question
        Its ``starts`` and ``comparison`` name the units; ``settled - start`` is every unit's transition;
        the months of its ``shocks`` are not used.
    weights : {"equal", "size", "events"}, optional
        Every unit alike (the default for means), by its mean denominator, or by its mean numerator before
        the first start (the default for counts and shares: the effect is then about the sum of all units).

    Returns
    -------
    Panel
        Balanced: the months of the question's shocks are left out, then units or months with gaps, the
        emptiest first. Counts and shares with
        fewer than 5 events in a unit's month are summed to three-month periods.

    Raises
    ------
    Refused
        With the reason, when the data cannot answer.
    DesignError
        If columns are missing, a row comes twice, or the question names no or contradictory units.
    """
    _refuse_impossible(panel, question)
    usable = without_shocks(read_grid(panel, question), question)
    grid = started_outside(without_gaps(usable), question)
    _refuse_implausible(grid, question)
    found = _with_enough_events(grid, question)
    by = weights or ("equal" if question.kind == "mean" else "events")
    found = replace(found, weights=_weights(found, by))
    _refuse_too_small(found, question)
    return found


def _refuse_impossible(panel: pd.DataFrame, question: Question) -> None:
    """Raise for what no data can mend."""
    missing = [name for name in COLUMNS if name not in panel.columns]
    if missing:
        raise DesignError(f"the panel lacks {', '.join(missing)}", "give one row a unit and month")
    if not question.starts:
        raise DesignError(f"question “{question.id}” has no unit that starts", "name units and their starts")
    starting = [unit for unit, _ in question.starts]
    if len(set(starting)) < len(starting) or set(starting) & set(question.comparison):
        raise DesignError(
            f"question “{question.id}” names a unit twice", "let a unit start once, or compare with it"
        )
    if question.settled < question.start:
        raise DesignError(
            f"question “{question.id}” is settled before it starts", "set settled to start or later"
        )
    first = min(start for _, start in question.starts)
    if (first.year, first.month) != (question.start.year, question.start.month):
        what = f"question “{question.id}” starts in {question.start:%Y-%m}, its first unit in {first:%Y-%m}"
        raise DesignError(what, "set start to the first unit's month, and settled by its transition")


def _refuse_implausible(grid: Grid, question: Question) -> None:
    """Refuse values that cannot carry an answer."""
    if (grid.numerator == 0).all():
        raise Refused("all_zero", n=int(grid.numerator.size))
    if question.kind == "share" and (wrong := grid.numerator > grid.denominator).any():
        first = month_of(int(grid.months[wrong.any(axis=0)][0])).isoformat()
        raise Refused("numerator_above_denominator", n=int(wrong.sum()), first=first)


def _with_enough_events(grid: Grid, question: Question) -> Panel:
    """The shortest periods in which every unit has enough events."""
    if question.kind == "mean":
        return _panel(grid, question, 1)
    for length in LENGTHS:
        found = _panel(grid, question, length)
        if (found.numerator >= NEEDED_EVENTS).all():
            return found
    before = found.cohorts.clock < found.cohorts.starts[0]
    small = np.asarray((found.numerator[:, before] < NEEDED_EVENTS).any(axis=1), bool)
    if small.any() and _enough_left(found.is_treated, small):
        left = grid.kept(~small, np.ones(len(grid.months), bool))
        gone = [str(unit) for unit in grid.units[small]]
        return _with_enough_events(noting_left_out(left, gone, question, "few_events"), question)
    few = (found.numerator < NEEDED_EVENTS).any(axis=1)
    unit = found.units[int(few.argmax())]
    raise Refused("few_events", needed=NEEDED_EVENTS, months=LENGTHS[-1], n=int(few.sum()), unit=unit)


def _enough_left(is_treated: NDArray[np.bool_], small: NDArray[np.bool_]) -> bool:
    """Whether units too small before any start can be left out, which nothing after it has a say in."""
    treated, others = is_treated & ~small, ~is_treated & ~small
    was_compared = bool((~is_treated).any())
    if was_compared and not others.any():
        return False
    least = LEAST_TREATED if (is_treated & small).any() else 1
    return int(treated.sum()) >= least


def _panel(grid: Grid, question: Question, length: int) -> Panel:
    """The grid summed to periods of some months, in which as few units as can be start within a period."""
    finite = grid.starts[np.isfinite(grid.starts)]
    offset = min(range(length), key=lambda shift: int(((finite - shift) % length != 0).sum()))
    block = (grid.months - offset) // length
    clock, counts = np.unique(block, return_counts=True)
    whole = np.ones(len(clock), bool)
    whole[[0, -1]] = counts[[0, -1]] == length  # months at the ends that do not fill a period are left out
    member = (block == clock[whole][:, None]).astype(float)
    top, bottom = grid.numerator @ member.T, grid.denominator @ member.T
    months = clock[whole] * length + offset
    starts = np.floor((grid.starts - offset) / length)
    settled = np.ceil((grid.starts + _transition(question) - offset) / length)
    kinds, codes = np.unique(starts, return_inverse=True)
    latest = np.array([settled[codes == code].max() for code in range(len(kinds))])
    with np.errstate(divide="ignore", invalid="ignore"):
        outcome = top if question.kind == "mean" else np.log(top / bottom)
    noted = grid if length == 1 else grid.noted("collapsed", months=length, needed=NEEDED_EVENTS)
    return Panel(
        units=tuple(str(unit) for unit in grid.units),
        outcome=outcome,
        numerator=top,
        denominator=bottom,
        months=months.astype(np.int64),
        length=length,
        codes=codes.astype(np.int64),
        cohorts=Cohorts(kinds, latest, clock[whole].astype(float)),
        weights=np.ones(len(codes)),
        remarks=noted.remarks,
    )


def _transition(question: Question) -> int:
    """Months from a unit's start until the effect is expected in full."""
    delay = question.impact_months if question.impact == "delayed_step" else 0
    return ordinal(question.settled) - ordinal(question.start) + delay


def _weights(panel: Panel, by: Weights) -> Floats:
    """Weights of the units, with mean 1."""
    if by == "equal":
        return np.ones(len(panel.units))
    before = panel.cohorts.clock < panel.cohorts.starts[0]
    if not before.any():
        return np.ones(len(panel.units))
    size = (panel.denominator if by == "size" else panel.numerator)[:, before].mean(axis=1)
    return np.asarray(size / size.mean(), float)


def _refuse_too_small(panel: Panel, question: Question) -> None:
    """Refuse a panel without enough months on both sides, a comparison, or any variation."""
    clock, cohorts = panel.cohorts.clock, panel.cohorts
    if len(cohorts.starts) < 2:
        raise Refused("no_comparison", units=len(panel.units))
    compared = clock < cohorts.starts[-1]  # somebody has not started yet
    n_before = int((clock < cohorts.starts[0]).sum()) * panel.length
    n_after = int(((clock >= cohorts.settled[0]) & compared).sum()) * panel.length
    if min(n_before, n_after) < NEEDED_MONTHS:
        raise Refused("too_few_points", n_before=n_before, n_after=n_after, needed=NEEDED_MONTHS)
    level = panel.outcome.mean(axis=1, keepdims=True)
    moved = panel.outcome - level - panel.outcome.mean(axis=0) + panel.outcome.mean()
    if np.abs(moved).max() <= 1e-9 * max(1.0, float(np.abs(panel.outcome).max())):
        raise Refused("zero_variance", n=int(panel.outcome.size))


def shifted(question: Question, months: int, last: date) -> Question:
    """The question about starts that lie earlier.

    Parameters
    ----------
    question : Question
        What is asked.
    months : int
        How much earlier all starts, and the window, lie.
    last : date
        Last month that may be used.

    Returns
    -------
    Question
        With ``start``, ``settled``, ``starts``, ``first`` and ``last`` moved.
    """

    def earlier(day: date) -> date:
        return month_of(ordinal(day) - months)

    latest = last if question.last is None else min(last, earlier(question.last))
    return replace(
        question,
        start=earlier(question.start),
        settled=earlier(question.settled),
        first=None if question.first is None else earlier(question.first),
        last=latest,
        starts=tuple((unit, earlier(day)) for unit, day in question.starts),
    )
