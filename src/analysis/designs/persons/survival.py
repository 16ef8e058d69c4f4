"""Time to one event, seen by everybody or cut off: Kaplan-Meier, restricted mean and log-rank test.

Persons are taken as independent here. A before/after question is never answered that way: see
`analysis.designs.time_to_event`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from analysis.errors import DesignError

Vector = NDArray[np.float64]
Codes = NDArray[np.int64]

Z = float(stats.norm.ppf(0.975))
ROUNDING = 1e-9  # a survival of one half but for rounding is one half


def refuse_impossible(
    frame: pd.DataFrame, columns: Sequence[str], codes: Sequence[int] | None = None
) -> None:
    """Raise for what no data can mend.

    Parameters
    ----------
    frame : DataFrame
        Columns ``time`` and ``event``, and those named.
    columns : sequence of str
        Further columns that are needed.
    codes : sequence of int, optional
        The codes that ``event`` may hold; any whole numbers from 0 when None.

    Raises
    ------
    DesignError
        If columns are missing, there are no rows, times are missing or negative, or event codes unknown.
    """
    missing = [name for name in ("time", "event", *columns) if name not in frame.columns]
    if missing:
        raise DesignError(f"the frame lacks {', '.join(missing)}", "give one row a person with these columns")
    if frame.empty:
        raise DesignError("there are no persons", "give at least one row")
    time = pd.to_numeric(frame["time"], errors="coerce").to_numpy(float)
    if not np.isfinite(time).all() or (time < 0).any():
        raise DesignError("times are missing or negative", "leave such rows out and say how many")
    refuse_unknown_events(frame["event"], codes)


def refuse_unknown_events(event: pd.Series, codes: Sequence[int] | None = None) -> None:
    """Raise `DesignError` when an event code is missing, not a whole number from 0 or not among ``codes``."""
    found = pd.to_numeric(event, errors="coerce").to_numpy(float)
    known = np.isin(found, codes) if codes is not None else (found >= 0) & (found == np.floor(found))
    if not known.all():
        allowed = ", ".join(map(str, codes)) if codes is not None else "whole numbers from 0"
        shown = ", ".join(sorted({str(one) for one in event[~known]})[:5])
        raise DesignError(f"unknown event codes: {shown}", f"use {allowed} (0 is not seen yet)")


def by_group(frame: pd.DataFrame, group: str | None) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Each group's name with its rows; all rows under "all" when ``group`` is None."""
    if group is None:
        yield "all", frame
        return
    if frame[group].isna().any():
        raise DesignError(f"rows lack a value in “{group}”", "leave such rows out and say how many")
    yield from frame.groupby(group, sort=True, observed=True)


def kaplan_meier(
    frame: pd.DataFrame, *, group: str | None = None, interval: Literal["log", "log_log"] = "log"
) -> pd.DataFrame:
    """The share to whom the event has not yet come, by time.

    Parameters
    ----------
    frame : DataFrame, one row a person
        Columns ``time`` (any unit, from 0) and ``event`` (1 seen, 0 not seen when observation ended).
    group : str, optional
        Column that divides the persons.
    interval : {"log", "log_log"}
        Scale on which the 95 % interval is symmetric.

    Returns
    -------
    DataFrame, one row a group and time of an event
        ``group, time, at_risk, events, survival, se`` (Greenwood), ``low, high``. A group without events
        has one row, at its last time, with survival 1.

    Raises
    ------
    DesignError
        As `refuse_impossible`.

    References
    ----------
    Kaplan & Meier 1958; R survival::survfit with conf.type "log" and "log-log".
    """
    refuse_impossible(frame, [group] if group else [], (0, 1))
    parts = [_one_curve(rows, interval).assign(group=name) for name, rows in by_group(frame, group)]
    columns = ["group", "time", "at_risk", "events", "survival", "se", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns]


def survival_at(curve: pd.DataFrame, time: float) -> pd.DataFrame:
    """The survival of each group at one time.

    Parameters
    ----------
    curve : DataFrame
        From `kaplan_meier`.
    time : float
        In the unit of the curve.

    Returns
    -------
    DataFrame, one row a group
        ``group, survival, se, low, high``; before the first event 1 without error.
    """
    rows = []
    for name, part in curve.groupby("group", sort=False):
        seen = part[part["time"] <= time]
        values = seen[["survival", "se", "low", "high"]].iloc[-1] if len(seen) else (1.0, 0.0, 1.0, 1.0)
        rows.append((name, *map(float, values)))
    return pd.DataFrame(rows, columns=["group", "survival", "se", "low", "high"])


def median_time(curve: pd.DataFrame) -> pd.DataFrame:
    """The median time of each group with its 95 % interval.

    Parameters
    ----------
    curve : DataFrame
        From `kaplan_meier`, whose interval decides that of the median.

    Returns
    -------
    DataFrame, one row a group
        ``group, median, low, high``: the first time at which the survival, its lower and its upper limit
        is at most one half; NaN when it stays above.
    """
    rows = []
    for name, part in curve.groupby("group", sort=False):
        ends = [_first_below_half(part, column) for column in ("survival", "low", "high")]
        rows.append((name, *ends))
    return pd.DataFrame(rows, columns=["group", "median", "low", "high"])


def restricted_mean(frame: pd.DataFrame, horizon: float, *, group: str | None = None) -> pd.DataFrame:
    """The mean time without the event, up to a horizon.

    Parameters
    ----------
    frame : DataFrame
        As in `kaplan_meier`.
    horizon : float
        In the unit of ``time``; time beyond it counts as nothing.
    group : str, optional
        Column that divides the persons.

    Returns
    -------
    DataFrame, one row a group
        ``group, mean, se, low, high``; NaN when nobody was observed to the horizon and some had no event.

    Raises
    ------
    DesignError
        As `refuse_impossible`, or if the horizon is not above 0.

    References
    ----------
    Royston & Parmar 2013; R survival::survfit, print with rmean.
    """
    refuse_impossible(frame, [group] if group else [], (0, 1))
    rows = []
    for name, part in by_group(frame, group):
        time, event = part["time"].to_numpy(float), part["event"].to_numpy(int)
        mean, variance = restricted_mean_of(time, event, horizon)
        half = Z * np.sqrt(variance)
        rows.append((name, mean, np.sqrt(variance), mean - half, mean + half))
    return pd.DataFrame(rows, columns=["group", "mean", "se", "low", "high"])


def restricted_mean_of(time: Vector, event: Codes, horizon: float) -> tuple[float, float]:
    """Mean time to any event up to a horizon, and its variance.

    Parameters
    ----------
    time : array of float, shape (n,)
        From 0.
    event : array of int, shape (n,)
        0 not seen, otherwise seen.
    horizon : float
        In the unit of ``time``.

    Returns
    -------
    tuple of float
        Mean and variance (Greenwood's); NaN when the observation ends too early.

    Raises
    ------
    DesignError
        If the horizon is not above 0.
    """
    if not horizon > 0:
        raise DesignError(f"the horizon {horizon} is not above 0", "give a time in the unit of the data")
    if time.max() < horizon and event[time == time.max()].min() == 0:
        return np.nan, np.nan
    at, counts = np.unique(time[(event > 0) & (time < horizon)], return_counts=True)
    at_risk = len(time) - np.searchsorted(np.sort(time), at)
    survival = np.cumprod(1 - counts / at_risk)
    pieces = np.concatenate([[1.0], survival]) * np.diff(np.concatenate([[0.0], at, [horizon]]))
    left = pieces[::-1].cumsum()[::-1][1:]  # area from each event to the horizon
    with np.errstate(divide="ignore"):
        weights = np.where(at_risk > counts, counts / (at_risk * (at_risk - counts)), 0.0)
    return float(pieces.sum()), float((left**2 * weights).sum())


def log_rank(frame: pd.DataFrame, *, group: str, strata: str | None = None) -> tuple[float, float]:
    """Whether the groups' survival differs.

    Parameters
    ----------
    frame : DataFrame
        As in `kaplan_meier`.
    group : str
        Column with at least two groups.
    strata : str, optional
        Column within whose values the groups are compared.

    Returns
    -------
    tuple of float
        Chi square and p, with one degree of freedom less than groups.

    Raises
    ------
    DesignError
        As `refuse_impossible`, or when there is one group or no event.

    References
    ----------
    R survival::survdiff.
    """
    refuse_impossible(frame, [group, *([strata] if strata else [])], (0, 1))
    _refuse_one_group(frame, group)
    layers = frame[strata].to_numpy() if strata else None
    time, event = frame["time"].to_numpy(float), frame["event"].to_numpy(int)
    chi2, p = survdiff(time, event, frame[group].to_numpy(), strata=layers)
    return float(chi2), float(p)


def _one_curve(rows: pd.DataFrame, interval: Literal["log", "log_log"]) -> pd.DataFrame:
    """The curve of one group."""
    time, event = rows["time"].to_numpy(float), rows["event"].to_numpy(int)
    if not event.any():
        return pd.DataFrame(
            {"time": [time.max()], "at_risk": [int((time == time.max()).sum())], "events": [0],
             "survival": [1.0], "se": [0.0], "low": [1.0], "high": [1.0]}
        )  # fmt: skip
    with np.errstate(all="ignore"):
        fitted = SurvfuncRight(time, event)
        survival, error = np.asarray(fitted.surv_prob), np.asarray(fitted.surv_prob_se)
        low, high = _limits(survival, error, interval)
    return pd.DataFrame(
        {"time": fitted.surv_times, "at_risk": fitted.n_risk, "events": fitted.n_events,
         "survival": survival, "se": error, "low": low, "high": high}
    )  # fmt: skip


def _limits(share: Vector, error: Vector, interval: str) -> tuple[Vector, Vector]:
    """The 95 % interval of a share; not a number where the survival has reached 0."""
    if interval == "log":
        half = np.exp(Z * error / share)
        return share / half, np.minimum(share * half, 1.0)
    half = Z * error / np.abs(share * np.log(share))
    return share ** np.exp(half), share ** np.exp(-half)


def _first_below_half(part: pd.DataFrame, column: str) -> float:
    """The first time at which a column is at most one half; NaN when it never is."""
    reached = part.loc[part[column] <= 0.5 + ROUNDING, "time"]
    return float(reached.iloc[0]) if len(reached) else np.nan


def _refuse_one_group(frame: pd.DataFrame, group: str) -> None:
    """Raise when there is nothing to compare."""
    if frame[group].nunique() < 2:
        raise DesignError(f"“{group}” holds one group", "give persons of at least two groups")
    if not (frame["event"] == 1).any():
        raise DesignError("there are no events", "a longer observation or another event is needed")
