"""The days and months of the invention, and who works in the new way where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Series

from analysis.errors import SettingsError
from analysis.synthetic.draws import Floats, Ints

UNIT_COLUMNS = ("unit", "kind", "name", "population")
ROLLOUT_COLUMNS = ("party", "unit", "phase", "start")
NEVER = -1_000_000  # stands for a day that does not come; days of the burn-in may be a little below zero


@dataclass(frozen=True)
class Grid:
    """Municipalities by days; days are counted from the first day of the burn-in.

    Parameters
    ----------
    start : datetime64[D]
        Day 0.
    kept_day, kept_month : int
        Where the exports begin.
    months : array of datetime64[M]
        Every month, burn-in included.
    month_of_day : array of int
        Position in `months` of every day.
    municipalities : tuple of str
        Names as the exports write them.
    population : array of float
        Inhabitants of each municipality.
    exposure : array of float
        Share of the parties that work in the new way: one row a municipality, one column a month.
    """

    start: np.datetime64
    kept_day: int
    kept_month: int
    months: NDArray[np.datetime64]
    month_of_day: Ints
    municipalities: tuple[str, ...]
    population: Floats
    exposure: Floats

    @property
    def days(self) -> NDArray[np.datetime64]:
        """Every day, as dates."""
        return self.start + np.arange(self.month_of_day.size)

    @property
    def month_of_year(self) -> Ints:
        """0 for January to 11 for December, one value a month of the grid."""
        return self.months.astype(np.int64) % 12

    def month_at(self, day: Ints) -> Ints:
        """Month of each day; days outside the grid belong to its nearest month.

        Parameters
        ----------
        day : array of int
            Days of the grid.

        Returns
        -------
        array of int
            Positions in `months`.
        """
        return self.month_of_day[np.clip(day, 0, self.month_of_day.size - 1)]

    def exposure_at(self, municipality: Ints, day: Ints) -> Floats:
        """Share of the parties that work in the new way.

        Parameters
        ----------
        municipality, day : array of int
            One of each a row.

        Returns
        -------
        array of float
            0 to 1, one a row.
        """
        return self.exposure[municipality, self.month_at(day)]


def build_grid(demo: Mapping[str, Any], units: DataFrame, rollout: DataFrame) -> Grid:
    """Lay out the days, the municipalities and the roll-out.

    Parameters
    ----------
    demo : mapping
        The area's demo settings.
    units : DataFrame, one row a unit
        ``unit, kind, name, population``.
    rollout : DataFrame, one row a party, unit and phase
        ``party, unit, phase, start``.

    Returns
    -------
    Grid
        Days, municipalities and exposure.

    Raises
    ------
    SettingsError
        If a column is missing, there is no municipality with inhabitants, or the roll-out names an
        unknown unit.
    """
    _require(units, UNIT_COLUMNS, "units")
    _require(rollout, ROLLOUT_COLUMNS, "roll-out")
    towns = units[units["kind"] == "municipality"]
    if towns.empty or not (towns["population"].astype(float) > 0).all():
        raise SettingsError(
            "an area can only be invented for municipalities with inhabitants", "fill units.csv"
        )
    period = demo["period"]
    first = np.datetime64(period["first"], "M")
    months = np.arange(first - period["burn_in_months"], first + period["months"])
    days = np.arange(months[0].astype("M8[D]"), (months[-1] + 1).astype("M8[D]"))
    return Grid(
        start=days[0],
        kept_day=int((first.astype("M8[D]") - days[0]).astype(int)),
        kept_month=int(period["burn_in_months"]),
        months=months,
        month_of_day=(days.astype("M8[M]") - months[0]).astype(np.int64),
        municipalities=tuple(towns["name"]),
        population=towns["population"].to_numpy(dtype=float),
        exposure=_exposure(months, units, rollout, demo["implementation"]["phase"]),
    )


def _require(frame: DataFrame, columns: tuple[str, ...], what: str) -> None:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise SettingsError(f"the {what} lack {', '.join(missing)}", f"give {', '.join(columns)}")


def _exposure(months: NDArray[np.datetime64], units: DataFrame, rollout: DataFrame, phase: int) -> Floats:
    """Share of the parties that have started the phase: a party counts from its first whole month."""
    unknown = set(rollout["unit"]) - set(units["unit"])
    if unknown:
        raise SettingsError(
            f"the roll-out names unknown units: {', '.join(sorted(unknown))}", "add them to units.csv"
        )
    towns = units.loc[units["kind"] == "municipality", "unit"]
    parties = rollout["party"].unique()
    begun = rollout[rollout["phase"].astype(int) == phase]
    exposure = np.zeros((len(towns), months.size))
    for row, town in enumerate(towns):
        for party in parties:
            start = _start(begun[begun["party"] == party], town, towns)
            if not pd.isna(start):
                exposure[row] += months >= (np.datetime64(start, "D") - 1).astype("M8[M]") + 1
    return exposure / max(len(parties), 1)


def _start(rows: DataFrame, town: str, towns: Series) -> pd.Timestamp:
    """The last start that holds in a town: its own rows, else those of units that are no municipality."""
    own = rows[rows["unit"] == town]
    wider = rows[~rows["unit"].isin(towns)]
    return pd.to_datetime((wider if own.empty else own)["start"]).max()


def window_factor(days: NDArray[np.datetime64], windows: Iterable[Mapping[str, Any]]) -> Floats:
    """Product of the factors of the windows that each day (or month) lies in.

    Parameters
    ----------
    days : array of datetime64
        Days, or the months' own resolution.
    windows : iterable of mapping
        ``first``, ``last`` (dates, inclusive) and ``factor``.

    Returns
    -------
    array of float
        1 outside all windows.
    """
    factor = np.ones(days.size)
    for window in windows:
        first, last = (np.datetime64(_as_date(window[end])).astype(days.dtype) for end in ("first", "last"))
        factor[(days >= first) & (days <= last)] *= window["factor"]
    return factor


def _as_date(value: Any) -> date:
    if not isinstance(value, date):
        raise SettingsError(f"“{value}” is not a date", "write dates as 2024-11-01, without quotes")
    return value
