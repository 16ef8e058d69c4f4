"""Group-time average treatment effects (Callaway and Sant'Anna) on a balanced panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.errors import DesignError

Floats = NDArray[np.float64]
Control = Literal["never", "not_yet"]
Base = Literal["varying", "universal", "all_before"]
Aggregation = Literal["simple", "group", "dynamic", "calendar"]
COLUMNS = ("unit", "period", "value", "start")


@dataclass(frozen=True)
class Balanced:
    """A panel in which every unit has a value in every period.

    Parameters
    ----------
    units, periods : tuple
        What the rows and the columns of ``values`` are.
    values : array (units, periods)
        The outcome.
    starts : array (units,)
        First treated period, infinite for units never treated.
    weights : array (units,)
        Weight of each unit, with mean 1.
    """

    units: tuple[str, ...]
    periods: tuple[int, ...]
    values: Floats
    starts: Floats
    weights: Floats


@dataclass(frozen=True)
class GroupTime:
    """The effect of each cohort in each period.

    Parameters
    ----------
    cells : DataFrame
        One row a cohort and period: ``cohort, period, estimate, se, post``.
    influence : array (units, cells)
        What each unit adds to each estimate's error; the squared sum over units is its variance.
    starts, weights : array (units,)
        As in `Balanced`.
    """

    cells: pd.DataFrame
    influence: Floats
    starts: Floats
    weights: Floats


@dataclass(frozen=True)
class Aggregate:
    """Group-time effects summed up.

    Parameters
    ----------
    estimate, se : float
        The overall effect and its analytic standard error.
    table : DataFrame
        One row a cohort, event time or period (``at, estimate, se``); empty for "simple".
    """

    estimate: float
    se: float
    table: pd.DataFrame


def balanced(frame: pd.DataFrame) -> Balanced:
    """A long panel as a matrix of units and periods.

    Parameters
    ----------
    frame : DataFrame, one row a unit and period
        Columns ``unit``, ``period`` (whole number), ``value``, ``start`` (first treated period, infinite for
        never; one a unit) and, if wished, ``weight`` (one a unit, positive).

    Returns
    -------
    Balanced
        Rows and columns in ascending order.

    Raises
    ------
    DesignError
        If columns are missing, a row comes twice, a value is missing, or a unit has two starts.
    """
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise DesignError(f"the panel lacks {', '.join(missing)}", f"give the columns {', '.join(COLUMNS)}")
    if frame.duplicated(["unit", "period"]).any():
        raise DesignError("the panel holds a unit twice in a period", "give one row a unit and period")
    wide = frame.pivot(index="unit", columns="period", values="value").astype(float)
    by_unit = frame.groupby("unit")
    if not np.isfinite(wide.to_numpy()).all():
        raise DesignError("the panel has gaps", "leave out units or periods without a value")
    if (by_unit["start"].nunique() > 1).any():
        raise DesignError("a unit has more than one start", "give each unit the first period of its own")
    weights = by_unit["weight"].first() if "weight" in frame.columns else pd.Series(1.0, index=wide.index)
    return Balanced(
        units=tuple(str(unit) for unit in wide.index),
        periods=tuple(int(period) for period in wide.columns),
        values=wide.to_numpy(),
        starts=by_unit["start"].first().reindex(wide.index).to_numpy(float),
        weights=(weights / weights.mean()).reindex(wide.index).to_numpy(float),
    )


def att_gt(frame: pd.DataFrame, *, control: Control = "never", base: Base = "varying") -> GroupTime:
    """Average effect on each cohort in each period, against units not treated.

    Parameters
    ----------
    frame : DataFrame
        A balanced panel, as `balanced` takes it. Cohorts treated from the first period on are left out.
    control : {"never", "not_yet"}
        Whom to compare with: units never treated, or all that are not treated yet.
    base : {"varying", "universal", "all_before"}
        The period compared with. "varying": the one before the cohort's start, and for earlier periods
        the one before each; "universal": the one before the start throughout; "all_before": the mean
        of all periods before the start, for earlier periods without the period itself.

    Returns
    -------
    GroupTime
        Cells without any unit to compare with are left out.

    Raises
    ------
    DesignError
        If no cell can be computed, or as `balanced`.

    References
    ----------
    Callaway and Sant'Anna 2021, J Econometrics 225:200.
    """
    panel = balanced(frame)
    periods = np.array(panel.periods)
    rows, parts = [], []
    for cohort in np.unique(panel.starts[np.isfinite(panel.starts) & (panel.starts > periods[0])]):
        for at, period in enumerate(periods):
            cell = _cell(panel, float(cohort), at, control, base)
            if cell is not None:
                rows.append((cohort, period, cell[0], period >= cohort))
                parts.append(cell[1])
    if not rows:
        raise DesignError("no group can be compared with anyone", "give units that start later or never")
    influence = np.column_stack(parts)
    cells = pd.DataFrame(rows, columns=["cohort", "period", "estimate", "post"])
    cells.insert(3, "se", np.sqrt((influence**2).sum(axis=0)))
    return GroupTime(cells, influence, panel.starts, panel.weights)


def aggregate(found: GroupTime, kind: Aggregation) -> Aggregate:
    """Sum up group-time effects, with the error of the estimated cohort shares.

    Parameters
    ----------
    found : GroupTime
        From `att_gt`.
    kind : {"simple", "group", "dynamic", "calendar"}
        "simple": mean over treated cells by cohort size; "group": by cohort, then by cohort size;
        "dynamic": by time since the start, overall the mean from 0 on; "calendar": by period, overall the
        mean.

    Returns
    -------
    Aggregate
        Estimates with analytic standard errors.

    References
    ----------
    Callaway and Sant'Anna 2021, section 3; R package did, function aggte.
    """
    cells = found.cells
    post = cells["post"].to_numpy(bool)
    if kind == "simple":
        return Aggregate(*_error(_mean(found, post)), pd.DataFrame(columns=["at", "estimate", "se"]))
    key = {"group": cells["cohort"], "calendar": cells["period"]}.get(kind, cells["period"] - cells["cohort"])
    kept = np.ones(len(cells), bool) if kind == "dynamic" else post
    places = np.unique(key[kept])
    parts = [_mean(found, kept & (key == place).to_numpy()) for place in places]
    rows = [(place, *_error(part)) for place, part in zip(places, parts, strict=True)]
    table = pd.DataFrame(rows, columns=["at", "estimate", "se"])
    return Aggregate(*_error(_overall(found, kind, places, parts)), table)


def confidence(estimate: float, se: float, df: float) -> tuple[float, float, float, float]:
    """Estimate, 95 % limits and two-sided p by the t distribution (``df`` degrees of freedom)."""
    half = float(stats.t.ppf(0.975, df)) * se
    p = float(2 * stats.t.sf(abs(estimate / se), df)) if se > 0 else np.nan
    return estimate, estimate - half, estimate + half, p


Part = tuple[float, Floats]


def _cell(panel: Balanced, cohort: float, at: int, control: Control, base: Base) -> Part | None:
    """Effect of one cohort in one period, and each unit's influence on it."""
    change, latest = _change(panel, cohort, at, base)
    if change is None:
        return None
    others = panel.starts > latest if control == "not_yet" else np.isinf(panel.starts)
    treated, others = panel.starts == cohort, others & (panel.starts != cohort)
    if not others.any():
        return None
    estimate, influence = 0.0, np.zeros(len(panel.units))
    for members, sign in ((treated, 1.0), (others, -1.0)):
        share = panel.weights * members / panel.weights[members].sum()
        mean = float(share @ change)
        estimate += sign * mean
        influence += sign * share * (change - mean)
    return estimate, influence


def _change(panel: Balanced, cohort: float, at: int, base: Base) -> tuple[Floats | None, float]:
    """Each unit's change from the base period, and the last period controls must be untreated in."""
    periods = np.array(panel.periods, float)
    before = np.flatnonzero(periods < cohort)
    now = periods[at]
    if base == "all_before":
        before = before[before != at]
        latest = max(now, cohort)
    elif base == "universal":
        before, latest = before[-1:], max(now, periods[before[-1]])
    else:
        before = before[-1:] if now >= cohort else np.arange(at - 1, at)
        latest = now
    if not len(before) or before[0] < 0 or (base == "universal" and before[0] == at):
        return None, latest
    return panel.values[:, at] - panel.values[:, before].mean(axis=1), latest


def _mean(found: GroupTime, kept: NDArray[np.bool_]) -> Part:
    """Mean over cells by cohort size, with the influence of the estimated sizes."""
    estimates = found.cells["estimate"].to_numpy()[kept]
    inside = found.starts[:, None] == found.cells["cohort"].to_numpy()[kept]
    weighted = found.weights[:, None] * inside / found.weights.sum()
    sizes = weighted.sum(axis=0)
    if not kept.any():
        return np.nan, np.full(len(found.starts), np.nan)
    mean = float(sizes @ estimates / sizes.sum())
    drawn = weighted - np.outer(found.weights / found.weights.sum(), sizes)
    influence = (found.influence[:, kept] @ sizes + drawn @ (estimates - mean)) / sizes.sum()
    return mean, influence


def _overall(found: GroupTime, kind: Aggregation, places: Floats, parts: list[Part]) -> Part:
    """The overall effect of an aggregation."""
    if kind == "group":
        members = found.starts[:, None] == places
        weighted = found.weights[:, None] * members / found.weights.sum()
        sizes = weighted.sum(axis=0)
        estimates = np.array([part[0] for part in parts])
        mean = float(sizes @ estimates / sizes.sum())
        drawn = weighted - np.outer(found.weights / found.weights.sum(), sizes)
        influence = np.column_stack([part[1] for part in parts]) @ sizes + drawn @ (estimates - mean)
        return mean, influence / sizes.sum()
    kept = [part for place, part in zip(places, parts, strict=True) if kind == "calendar" or place >= 0]
    if not kept:
        return np.nan, np.full(len(found.starts), np.nan)
    return float(np.mean([part[0] for part in kept])), np.mean([part[1] for part in kept], axis=0)


def _error(part: Part) -> tuple[float, float]:
    """An estimate and its standard error."""
    return part[0], float(np.sqrt((part[1] ** 2).sum()))
