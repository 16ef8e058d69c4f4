"""Where periods and values lie: the time axis, the value axis and the labels of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from babel.dates import get_month_names
from numpy.typing import NDArray

from analysis.charts import style

Floats = NDArray[np.float64]

PADDING = 0.04  # of what is shown, beyond the least and the largest of it
TICK_STEPS = (1, 3, 6, 12)  # months between labels
YEARLY_FROM = 96  # months: a longer series is labelled by year


def read_periods(table: pd.DataFrame) -> pd.DataFrame:
    """Periods in order, with where they lie on the time axis.

    Parameters
    ----------
    table : DataFrame
        Needs ``period_start``; ``period_end`` (exclusive) if periods are longer than the shortest
        distance between two of them.

    Returns
    -------
    DataFrame
        The rows sorted, with ``first``, ``last`` (Timestamps, the end exclusive) and ``x0``, ``x``,
        ``x1``: start, middle and end as day numbers.
    """
    starts = pd.to_datetime(table["period_start"])
    rows = table.assign(first=starts).sort_values("first", ignore_index=True)
    months = rows["first"].dt.year * 12 + rows["first"].dt.month
    step = months.diff()[lambda gap: gap > 0].min()
    after = rows["first"] + pd.DateOffset(months=1 if pd.isna(step) else int(step))
    given = pd.to_datetime(rows["period_end"]) if "period_end" in rows else after
    rows["last"] = given.fillna(after)
    rows["x0"], rows["x1"] = day_numbers(rows["first"]), day_numbers(rows["last"])
    return rows.assign(x=(rows["x0"] + rows["x1"]) / 2)


def day_numbers(moments: pd.Series) -> pd.Series:
    """Days since 1970 of a column of dates."""
    return (moments - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1)


def day_number(day: date | pd.Timestamp) -> float:
    """Days since 1970 of one date."""
    return float((pd.Timestamp(day) - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1))


def numbers(rows: pd.DataFrame, column: str) -> Floats:
    """A column as plain floats, NaN where nothing is released."""
    return pd.to_numeric(rows[column]).to_numpy(dtype=float, na_value=np.nan)


def with_gaps(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with an empty one wherever a period is missing, so that no line bridges it."""
    jumps = rows["x0"].shift(-1) - rows["x1"] > 3  # days: an inclusive end is no gap
    holes = rows.loc[jumps, ["x1"]].rename(columns={"x1": "x"})
    return pd.concat([rows, holes]).sort_values("x", kind="stable", ignore_index=True)


@dataclass(frozen=True)
class Scale:
    """The value axis: its ends, ticks and their labels."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]


def value_scale(values: Sequence[Floats], *, zero: bool, percent: bool, language: str) -> Scale:
    """An axis of round numbers that holds all values, none of them at its ends.

    Parameters
    ----------
    values : sequence of arrays
        What must be seen; NaN and infinite ones are passed over.
    zero : bool
        Begin at zero, unless a value lies below it.
    percent : bool
        Write shares (0-1) as percentages.
    language : str
        "sv" or "en".

    Returns
    -------
    Scale
        With four to seven ticks.
    """
    joined = np.concatenate([*values, np.array([])])
    finite = joined[np.isfinite(joined)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    low = min(low, 0.0) if zero else low
    span = (high - low) or abs(high) or 1.0
    size = 10.0 ** math.floor(math.log10(span / 5))
    step = next(nice * size for nice in (1, 2, 5, 10) if nice * size >= span / 5 * (1 - 1e-9))
    begin, end = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(step * number for number in range(begin, max(end, begin + 1) + 1))
    decimals = max(0, -math.floor(math.log10(step * (100 if percent else 1)) + 1e-9))
    labels = tuple(style.write_number(tick, decimals, language, percent=percent) for tick in ticks)
    least, most = low - PADDING * span, high + PADDING * span
    return Scale(0.0 if zero and low == 0 else min(ticks[0], least), max(ticks[-1], most), ticks, labels)


def month_labels(
    first: float, last: float, width: float, language: str, *, at: Literal["middle", "start"] = "middle"
) -> list[tuple[float, str, str]]:
    """Labels of the time axis, as close as they can be read.

    Parameters
    ----------
    first, last : float
        The ends of the axis, day numbers.
    width : float
        Points between them.
    language : str
        "sv" or "en".
    at : {"middle", "start"}
        Where in its month a label stands: in the middle, as values of months do, or at its first day, as
        days do.

    Returns
    -------
    list of (float, str, str)
        Day number of that place, the label, and the year to write below it ("" = none).
    """
    ends = [pd.Timestamp(1970, 1, 1) + pd.Timedelta(days=days) for days in (first, last)]
    months = pd.date_range(ends[0].normalize().replace(day=1), ends[1], freq="MS")
    months = months[(months >= ends[0]) & (months < ends[1])]
    names = [name.rstrip(".") for name in get_month_names("abbreviated", "stand-alone", language).values()]
    pitch = width / max(len(months), 1)
    fitting = (step for step in TICK_STEPS if pitch * step >= max(map(style.text_width, names[::step])) + 5)
    step = 12 if len(months) > YEARLY_FROM else next(fitting, 12)
    shown = [month for month in months if (month.month - 1) % step == 0]
    while step == 12 and len(shown) > width / 28:  # decades: every second, fourth ... year
        shown = shown[::2]
    into = 0.5 if at == "middle" else 0.0
    places = [day_number(month) + month.days_in_month * into for month in shown]
    if step == 12:
        return [(x, str(month.year), "") for x, month in zip(places, shown, strict=True)]
    years = _years(shown, pitch)
    return [(x, names[m.month - 1], year) for x, m, year in zip(places, shown, years, strict=True)]


def _years(shown: list[pd.Timestamp], pitch: float) -> list[str]:
    """The year under its first label; not under the very first one if the next year stands too near."""
    years = [str(month.year) if index == 0 or month.month == 1 else "" for index, month in enumerate(shown)]
    januaries = [month for month in shown[1:] if month.month == 1]
    if januaries:
        months_to_next = (januaries[0].year - shown[0].year) * 12 + 1 - shown[0].month
        if months_to_next * pitch < style.text_width("2000") + 5:
            years[0] = ""
    return years
