"""Units by months of a panel: reading, gaps, starts outside the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Question
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError

Floats = NDArray[np.float64]
Reason = tuple[str, Mapping[str, float | int | str]]

NEEDED_MONTHS = 6


class Refused(Exception):
    """The panel cannot answer the question; ``reason`` says why.

    Parameters
    ----------
    code : str
        The reason's code.
    **values : float, int or str
        Its numbers.
    """

    def __init__(self, code: str, **values: float | int | str) -> None:
        super().__init__(code)
        self.reason: Reason = (code, plain(values))


def plain(values: Mapping[str, float | int | str]) -> dict[str, float | int | str]:
    """Numbers and texts of a reason or check as Python's own, whatever library they come from."""
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}


@dataclass(frozen=True)
class Grid:
    """Units by months.

    Parameters
    ----------
    units : array of str (units,)
        Those the question names that have data.
    months : array of int (months,)
        As `analysis.designs.timeline.ordinal` gives them.
    numerator, denominator : array (units, months)
        NaN where not usable; of a mean, the value and its denominator.
    starts : array (units,)
        First month in the new way, infinite for those compared with.
    remarks : tuple
        What was left out.
    """

    units: NDArray[np.str_]
    months: NDArray[np.int64]
    numerator: Floats
    denominator: Floats
    starts: Floats
    remarks: tuple[Reason, ...] = ()

    def kept(self, units: NDArray[np.bool_], months: NDArray[np.bool_]) -> Grid:
        """The grid with some of the units and months."""
        return replace(
            self,
            units=self.units[units],
            months=self.months[months],
            numerator=self.numerator[units][:, months],
            denominator=self.denominator[units][:, months],
            starts=self.starts[units],
        )

    def noted(self, code: str, **values: float | int | str) -> Grid:
        """The grid with one more remark."""
        return replace(self, remarks=(*self.remarks, (code, plain(values))))


def read_grid(panel: pd.DataFrame, question: Question) -> Grid:
    """Numerator and denominator of the question's units and window.

    Parameters
    ----------
    panel : DataFrame
        Columns ``unit, period_start, numerator, denominator, value, complete``.
    question : Question
        What is asked.

    Returns
    -------
    Grid
        NaN where not usable; with a remark when a unit has no data.

    Raises
    ------
    Refused
        When no row is left.
    DesignError
        If a unit comes twice in a month.
    """
    starts = {unit: float(ordinal(day)) for unit, day in question.starts}
    starts |= dict.fromkeys(question.comparison, np.inf)
    rows = panel[panel["unit"].isin(list(starts))]
    days = pd.to_datetime(rows["period_start"])
    rows = rows.assign(at=12 * days.dt.year + days.dt.month - 1)
    if rows.duplicated(["unit", "at"]).any():
        raise DesignError("the panel holds a unit twice in a month", "give one row a unit and month")
    if question.first is not None:
        rows = rows[rows["at"] >= ordinal(question.first)]
    if question.last is not None:
        rows = rows[rows["at"] <= ordinal(question.last)]
    if rows.empty:
        raise Refused("too_few_points", n_before=0, n_after=0, needed=NEEDED_MONTHS)
    top, bottom = _measured(rows, question)
    units = [unit for unit in starts if unit in set(rows["unit"])]
    months = np.arange(rows["at"].min(), rows["at"].max() + 1)

    def wide(values: pd.Series) -> Floats:
        table = rows.assign(x=values).pivot(index="unit", columns="at", values="x")
        return table.reindex(index=units, columns=months).to_numpy(float)

    at = np.array([starts[unit] for unit in units])
    grid = Grid(np.array(units, str), months, wide(top), wide(bottom), at)
    absent = [unit for unit in starts if unit not in units]
    return noting_left_out(grid, absent, question, "no_data") if absent else grid


def _measured(rows: pd.DataFrame, question: Question) -> tuple[pd.Series, pd.Series]:
    """Numerator and denominator (a mean: value and one), NaN where not usable."""
    usable = rows["complete"].fillna(False).astype(bool)
    if question.kind == "mean":
        value = pd.to_numeric(rows["value"]).astype(float)
        size = pd.to_numeric(rows["denominator"]).astype(float)
        usable &= np.isfinite(value)
        return value.where(usable), size.where(usable & (size > 0), 1.0).where(usable)
    top = pd.to_numeric(rows["numerator"]).astype(float)
    bottom = pd.to_numeric(rows["denominator"]).astype(float)
    usable &= (bottom > 0) & np.isfinite(bottom) & (top >= 0) & np.isfinite(top)
    return top.where(usable), bottom.where(usable)


def without_shocks(grid: Grid, question: Question) -> Grid:
    """Leave out the months of known disturbances, for all units.

    A disturbance need not have moved all units alike, so comparing with others does not take it away.

    Parameters
    ----------
    grid : Grid
        From `read_grid`.
    question : Question
        Its ``shocks``.

    Returns
    -------
    Grid
        With a remark when months were left out.
    """
    hit = np.zeros(len(grid.months), bool)
    named = []
    for shock in question.shocks:
        inside = (grid.months >= ordinal(shock.first)) & (grid.months <= ordinal(shock.last))
        hit |= inside
        named += [shock.name] if inside.any() else []
    if not hit.any():
        return grid
    left = grid.kept(np.ones(len(grid.units), bool), ~hit)
    return left.noted("periods_left_out", n=hit.sum(), kept=(~hit).sum(), why="shock", names=", ".join(named))


def without_gaps(grid: Grid) -> Grid:
    """Leave out units or months until no value is missing, the emptiest first.

    Parameters
    ----------
    grid : Grid
        From `read_grid`.

    Returns
    -------
    Grid
        With remarks on what was left out.
    """
    starts, known = dict(zip(grid.units, grid.starts, strict=True)), np.isfinite(grid.numerator)
    units, months = np.ones(len(grid.units), bool), np.ones(len(grid.months), bool)
    while not known[np.ix_(units, months)].all():
        missing = ~known & units[:, None] & months
        by_unit = missing.sum(axis=1) / max(months.sum(), 1)
        by_month = missing.sum(axis=0) / max(units.sum(), 1)
        if by_unit.max() >= by_month.max():
            units[by_unit.argmax()] = False
        else:
            months[by_month.argmax()] = False
    left = grid.kept(units, months)
    if not months.all():
        left = left.noted("periods_left_out", n=(~months).sum(), kept=months.sum(), why="gaps")
    if not units.all():
        gone = [str(unit) for unit in grid.units[~units]]
        n_treated = sum(np.isfinite(starts[unit]) for unit in gone)
        left = left.noted("units_left_out", n=len(gone), treated=n_treated, why="gaps", units=", ".join(gone))
    return left


def noting_left_out(grid: Grid, gone: list[str], question: Question, why: str) -> Grid:
    """The grid with a remark on units that are not in it.

    Parameters
    ----------
    grid : Grid
        Any.
    gone : list of str
        The units left out.
    question : Question
        Tells which of them start.
    why : str
        "no_data", "gaps", "started_before_data" or "few_events".

    Returns
    -------
    Grid
        With the remark ``units_left_out``.
    """
    n_treated = len(set(gone) & {unit for unit, _ in question.starts})
    return grid.noted("units_left_out", n=len(gone), treated=n_treated, why=why, units=", ".join(gone))


def started_outside(grid: Grid, question: Question) -> Grid:
    """Leave out units started before the data; those that start after them are compared with.

    Parameters
    ----------
    grid : Grid
        Without gaps.
    question : Question
        What is asked.

    Returns
    -------
    Grid
        With at least two units and two different starts.

    Raises
    ------
    Refused
        When nobody starts within the data, or nobody can be compared with.
    """
    if not len(grid.months) or not len(grid.units):
        raise Refused("too_few_points", n_before=0, n_after=0, needed=NEEDED_MONTHS)
    early = grid.starts <= grid.months[0]
    late = np.isfinite(grid.starts) & (grid.starts > grid.months[-1])
    inside = np.isfinite(grid.starts) & ~early & ~late
    if not inside.any():
        if not np.isfinite(grid.starts).any():
            raise Refused("no_treated_unit", units=len(grid.units))
        first, last = (month_of(int(grid.months[end])).isoformat() for end in (0, -1))
        start = month_of(int(grid.starts[np.isfinite(grid.starts)].min())).isoformat()
        raise Refused("start_outside_data", start=start, first=first, last=last)
    left = replace(grid, starts=np.where(late, np.inf, grid.starts)).kept(
        ~early, np.ones(len(grid.months), bool)
    )
    if early.any():
        left = noting_left_out(left, [str(u) for u in grid.units[early]], question, "started_before_data")
    if len(left.units) < 2:
        raise Refused("one_unit", units=len(left.units))
    if len(np.unique(left.starts)) < 2:
        raise Refused("no_comparison", units=len(left.units))
    return left
