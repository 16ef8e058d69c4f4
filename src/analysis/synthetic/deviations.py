"""Deviations: a Poisson count a municipality and month, and what a register knows of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.random import Generator
from pandas import DataFrame

from analysis.synthetic.draws import Floats, Ints, days_between, pick, quantile, shares
from analysis.synthetic.grid import NEVER, Grid, window_factor

Settings = Mapping[str, Any]


def invent_deviations(demo: Settings, grid: Grid, discharges: Ints, rng: Generator) -> DataFrame:
    """Every deviation that happened after the burn-in, in order of registration.

    Parameters
    ----------
    demo : mapping
        The area's demo settings.
    grid : Grid
        Days, municipalities and roll-out.
    discharges : array of int
        Discharges by municipality and month, from `stays.discharges_n`.
    rng : Generator
        Where chance comes from.

    Returns
    -------
    DataFrame, one row a deviation
        ``municipality, category, text, reporting, receiving, unit`` as positions, ``severity`` 1-4,
        and the days (of the grid) ``occurred_day, registered_day, begun_day, closed_day``; ``closed_day``
        is `NEVER` when it stays open.
    """
    rate = _rate_per_1000(demo, grid, rng)
    rate[:, : grid.kept_month] = 0
    counts = rng.poisson(discharges * rate / 1000)
    town, month = (np.repeat(at.ravel(), counts.ravel()) for at in np.indices(counts.shape))
    first = np.searchsorted(grid.month_of_day, month)
    after = np.searchsorted(grid.month_of_day, month, side="right")
    rows = DataFrame({"municipality": town, "occurred_day": rng.integers(first, after)})
    rows = _with_course(rows, demo["deviations"], rng)
    rows = rows.sort_values(["registered_day", "occurred_day", "municipality"], ignore_index=True)
    return _with_details(rows, demo["deviations"], rng)


def _rate_per_1000(demo: Settings, grid: Grid, rng: Generator) -> Floats:
    """Expected deviations per 1000 discharges by municipality and month."""
    dev = demo["deviations"]
    since = np.arange(grid.months.size) - grid.kept_month
    season = np.asarray(dev["by_month"]) / np.mean(dev["by_month"])
    log_rate = np.log(dev["per_1000"]) + dev["trend_per_month"] * since
    log_rate = log_rate + _noise(since.size, dev["noise"]["sd"], dev["noise"]["rho"], rng)
    common = np.exp(log_rate) * season[grid.month_of_year] * window_factor(grid.months, dev["windows"])
    return common * demo["implementation"]["deviations_ratio"] ** grid.exposure


def _noise(n: int, sd: float, rho: float, rng: Generator) -> Floats:
    """AR(1) with the stationary standard deviation `sd`."""
    chance = rng.normal(0, sd, n)
    noise = np.empty(n)
    last = chance[0]
    for at in range(n):
        last = chance[0] if at == 0 else rho * last + np.sqrt(1 - rho**2) * chance[at]
        noise[at] = last
    return noise


def _with_course(rows: DataFrame, dev: Settings, rng: Generator) -> DataFrame:
    """Registered some days after the event, then begun, then closed, or never."""
    n = len(rows)
    registered = rows["occurred_day"] + days_between(dev["delay_days"], n, rng)
    begun = registered + days_between(dev["begun_days"], n, rng)
    closed = registered + days_between(dev["closed_days"], n, rng)
    never = rng.random(n) >= dev["closed_share"]
    return rows.assign(registered_day=registered, begun_day=begun, closed_day=np.where(never, NEVER, closed))


def _with_details(rows: DataFrame, dev: Settings, rng: Generator) -> DataFrame:
    """What the effects do not touch: category, severity, parties and unit."""
    n, parties = len(rows), dev["parties"]
    category = pick([each["weight"] for each in dev["categories"]], n, rng)
    texts = np.asarray([len(each["texts"]) for each in dev["categories"]])[category]
    reporting = pick([each["reports"] for each in parties], n, rng)
    units = np.asarray([each["units_n"] for each in parties])[reporting]
    return rows.assign(
        category=category,
        text=rng.integers(0, texts),
        severity=1 + pick(dev["severity"], n, rng),
        reporting=reporting,
        receiving=_receivers([each["receives"] for each in parties], reporting, rng),
        unit=rng.integers(1, units, endpoint=True),
    )


def _receivers(weights: list[float], reporting: Ints, rng: Generator) -> Ints:
    """Receiving parties by weight, never the reporting one."""
    receiving = np.zeros(reporting.size, dtype=np.int64)
    for party in range(len(weights)):
        others = [0 if at == party else weight for at, weight in enumerate(weights)]
        mine = reporting == party
        receiving[mine] = quantile(np.cumsum(shares(others)), rng.random(int(mine.sum())))
    return receiving
