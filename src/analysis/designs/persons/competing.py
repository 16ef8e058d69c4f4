"""Time to the first of several events: Aalen-Johansen, time in state, and Fine-Gray regression.

A person who died can no longer be discharged: to treat death as the end of observation (one minus
Kaplan-Meier) overstates how many are discharged. Persons are taken as independent here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.fit import FitError
from analysis.designs.persons.hazards import Cox
from analysis.designs.persons.survival import (
    Codes,
    Vector,
    Z,
    by_group,
    refuse_impossible,
    restricted_mean_of,
)
from analysis.errors import DesignError

STEPS = 50
CLOSE = 1e-10


@dataclass(frozen=True)
class _Tally:
    """At each time of an event: at risk, events of each cause, events of any, share waiting just before."""

    time: Vector
    at_risk: Vector
    events: Vector
    every: Vector
    waiting: Vector


def cumulative_incidence(
    frame: pd.DataFrame, *, causes: Sequence[int] | None = None, group: str | None = None
) -> pd.DataFrame:
    """The share to whom each event has come first, by time (Aalen-Johansen).

    Parameters
    ----------
    frame : DataFrame, one row a person
        Columns ``time`` (from 0) and ``event``: 0 none seen when observation ended, else the cause.
    causes : sequence of int, optional
        The causes to give; all that occur when None.
    group : str, optional
        Column that divides the persons.

    Returns
    -------
    DataFrame, one row a group, cause and time of any event
        ``group, cause, time, at_risk, waiting`` (no event yet), ``incidence, se, low, high`` (95 %, symmetric
        on the log-log scale; 0 without error before the first event of the cause).

    Raises
    ------
    DesignError
        As `analysis.designs.persons.survival.refuse_impossible`, or when nobody has an event.

    References
    ----------
    Aalen & Johansen 1978; variance by the delta method, Gaynor et al. 1993.
    """
    refuse_impossible(frame, [group] if group else [])
    asked = _causes(frame, causes)
    parts = []
    for name, rows in by_group(frame, group):
        tally = _tally(rows["time"].to_numpy(float), rows["event"].to_numpy(int), asked)
        parts += [_curve(tally, asked.index(cause)).assign(group=name, cause=cause) for cause in asked]
    columns = ["group", "cause", "time", "at_risk", "waiting", "incidence", "se", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns]


def incidence_of(time: Vector, event: Codes, cause: int, horizon: float) -> tuple[float, float]:
    """The cumulative incidence of one cause at a horizon, and its variance.

    Parameters
    ----------
    time : array of float, shape (n,)
        From 0.
    event : array of int, shape (n,)
        0 not seen, else the cause.
    cause : int
        The event asked about.
    horizon : float
        An event at exactly this time counts.

    Returns
    -------
    tuple of float
        Incidence and variance; NaN when nobody was observed to the horizon and some had no event.
    """
    last = time == time.max()
    if time.max() < horizon and event[last].min() == 0:
        return np.nan, np.nan
    tally = _tally(time, event, [cause], horizon)
    if not len(tally.time):
        return 0.0, 0.0
    incidence, variance = _incidence(tally, 0)
    return float(incidence[-1]), float(variance[-1])


def time_in_state(
    frame: pd.DataFrame, horizon: float, *, causes: Sequence[int] | None = None, group: str | None = None
) -> pd.DataFrame:
    """The mean time, up to a horizon, spent waiting and after each event.

    Parameters
    ----------
    frame : DataFrame
        As in `cumulative_incidence`.
    horizon : float
        In the unit of ``time``.
    causes : sequence of int, optional
        The causes to give; all that occur when None.
    group : str, optional
        Column that divides the persons.

    Returns
    -------
    DataFrame, one row a group and state
        ``group, state`` (0 waiting, else the cause), ``mean``; with all causes they add up to the horizon.

    Raises
    ------
    DesignError
        As `cumulative_incidence`, or if the horizon is not above 0.

    References
    ----------
    R survival::survfit for a multi-state model, print with rmean.
    """
    refuse_impossible(frame, [group] if group else [])
    asked = _causes(frame, causes)
    rows = []
    for name, part in by_group(frame, group):
        time, event = part["time"].to_numpy(float), part["event"].to_numpy(int)
        mean, _ = restricted_mean_of(time, event, horizon)
        tally = _tally(time, event, asked, horizon)
        left = horizon - tally.time
        gained = tally.waiting[:, None] * tally.events / tally.at_risk[:, None]
        spent = (gained * left[:, None]).sum(axis=0) + (np.nan if np.isnan(mean) else 0.0)
        states = zip([0, *asked], [mean, *map(float, spent)], strict=True)
        rows += [(name, state, value) for state, value in states]
    return pd.DataFrame(rows, columns=["group", "state", "mean"])


def fine_gray(frame: pd.DataFrame, covariates: Sequence[str], *, cause: int) -> Cox:
    """Regression of a cumulative incidence: the proportional subdistribution hazards model.

    Those with another event stay at risk, with the weight of their chance of still being observed. Ties
    after Efron. The covariance takes the weights as known, so it is slightly too small: another view,
    never judged.

    Parameters
    ----------
    frame : DataFrame
        As in `cumulative_incidence`, with numeric covariates without missing values.
    covariates : sequence of str
        Columns.
    cause : int
        The event asked about.

    Returns
    -------
    Cox
        Log ratios of subdistribution hazards.

    Raises
    ------
    DesignError
        As `cumulative_incidence`, or when the cause does not occur.
    FitError
        If the iteration does not converge.

    References
    ----------
    Fine & Gray 1999; R survival::finegray with coxph.
    """
    refuse_impossible(frame, covariates)
    time, event = frame["time"].to_numpy(float), frame["event"].to_numpy(int)
    X = frame[list(covariates)].to_numpy(float)
    if not (event == cause).any() or not np.isfinite(X).all():
        raise DesignError("the cause does not occur, or covariates are missing", "see the event table")
    centred = X - X.mean(axis=0)
    risk_sets = _risk_sets(time, event, cause)
    coef = np.zeros(X.shape[1])
    for _ in range(STEPS):
        score, information = _score(coef, centred, risk_sets)
        if np.linalg.matrix_rank(information) < len(coef) or not np.isfinite(information).all():
            raise FitError("not_identifiable")
        step = np.linalg.solve(information, score)
        coef = coef + step
        if float(step @ score) < CLOSE:
            inverse = np.asarray(np.linalg.inv(information), float)
            return Cox(tuple(covariates), coef, inverse, len(time), int((event == cause).sum()))
    raise FitError("did_not_converge")


def _causes(frame: pd.DataFrame, causes: Sequence[int] | None) -> list[int]:
    """The causes to give."""
    found = sorted(int(code) for code in frame["event"].unique() if code != 0)
    if not found:
        raise DesignError("there are no events", "a longer observation or another event is needed")
    return found if causes is None else [int(cause) for cause in causes]


def _tally(time: Vector, event: Codes, causes: Sequence[int], horizon: float = np.inf) -> _Tally:
    """Counts at every time of any event up to the horizon."""
    at, counts = np.unique(time[(event > 0) & (time <= horizon)], return_counts=True)
    at_risk = (len(time) - np.searchsorted(np.sort(time), at)).astype(float)
    events = np.zeros((len(at), len(causes)))
    for column, cause in enumerate(causes):
        places = np.searchsorted(at, time[(event == cause) & (time <= horizon)])
        np.add.at(events[:, column], places, 1.0)
    waiting = np.concatenate([[1.0], np.cumprod(1 - counts / at_risk)[:-1]]) if len(at) else np.ones(0)
    return _Tally(at, at_risk, events, counts.astype(float), waiting)


def _incidence(tally: _Tally, column: int) -> tuple[Vector, Vector]:
    """Cumulative incidence of one cause and its variance, at every time of an event."""
    n, own, every, before = tally.at_risk, tally.events[:, column], tally.every, tally.waiting
    incidence = np.cumsum(before * own / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.where(n > every, every / (n * (n - every)), 0.0)
    jump = before * own / n**2
    # The sum of (incidence(t) - incidence(s))^2 greenwood(s) - 2 (...) jump(s) over s <= t, multiplied out.
    far = incidence**2 * greenwood.cumsum() - 2 * incidence * (incidence * greenwood).cumsum()
    far += (incidence**2 * greenwood).cumsum()
    cross = incidence * jump.cumsum() - (incidence * jump).cumsum()
    near = (before**2 * own * (n - own) / n**3).cumsum()
    return incidence, np.maximum(far + near - 2 * cross, 0.0)


def _curve(tally: _Tally, column: int) -> pd.DataFrame:
    """The curve of one group and cause."""
    incidence, variance = _incidence(tally, column)
    error = np.sqrt(variance)
    after = tally.waiting * (1 - tally.every / tally.at_risk)
    inside = (incidence > 0) & (incidence < 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.where(inside, Z * error / np.abs(incidence * np.log(incidence)), 0.0)
    return pd.DataFrame(
        {"time": tally.time, "at_risk": tally.at_risk.astype(int), "waiting": after, "incidence": incidence,
         "se": error, "low": incidence ** np.exp(half), "high": incidence ** np.exp(-half)}
    )  # fmt: skip


def _observed_share(time: Vector, event: Codes) -> tuple[Vector, Vector]:
    """Times at which observation ends, and the share still observed after each (events come first)."""
    at, counts = np.unique(time[event == 0], return_counts=True)
    seen = np.array([((event != 0) & (time == one)).sum() for one in at])
    at_risk = len(time) - np.searchsorted(np.sort(time), at) - seen
    return at, np.concatenate([[1.0], np.cumprod(1 - counts / at_risk)])


def _risk_sets(time: Vector, event: Codes, cause: int) -> list[tuple[Vector, NDArray[np.bool_]]]:
    """For each time of the event: everybody's weight in the risk set, and who has the event then."""
    at, share = _observed_share(time, event)
    just_before = share[np.searchsorted(at, time, side="left")]
    other = (event != 0) & (event != cause)
    sets = []
    for moment in np.unique(time[event == cause]):
        now = share[np.searchsorted(at, moment, side="left")]
        carried = np.where(other & (time < moment), now / just_before, 0.0)
        sets.append((np.where(time >= moment, 1.0, carried), (time == moment) & (event == cause)))
    return sets


def _score(
    coef: Vector, X: Vector, risk_sets: list[tuple[Vector, NDArray[np.bool_]]]
) -> tuple[Vector, Vector]:
    """First derivative and information of the weighted partial likelihood, ties after Efron."""
    score, information = np.zeros(len(coef)), np.zeros((len(coef), len(coef)))
    risk = np.exp(np.clip(X @ coef, -500, 500))
    for weight, has_event in risk_sets:
        tied = int(has_event.sum())
        score += X[has_event].sum(axis=0)
        for place in range(tied):
            share = risk * (weight - has_event * place / tied)
            mean = share @ X / share.sum()
            score -= mean
            information += (X * share[:, None]).T @ X / share.sum() - np.outer(mean, mean)
    return score, information
