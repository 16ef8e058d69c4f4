"""Invented panels for the tests of designs over units that start at different dates."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analysis.designs.effect import Question
from analysis.designs.timeline import month_of

FIRST = 12 * 2022  # January 2022
UNITS = ("A", "B", "C", "D", "E")
STARTS = (24, 28, 32, 36, 40)


def month(place: int) -> date:
    """The month `place` months after the panel's first."""
    return month_of(FIRST + place)


def frame(values, units=UNITS, numerator=None, denominator=None) -> pd.DataFrame:
    """A monthly panel from a matrix of units and months."""
    n, months = np.shape(values)
    denominator = np.full((n, months), 100.0) if denominator is None else denominator
    numerator = np.asarray(values) * denominator if numerator is None else numerator
    return pd.DataFrame(
        {
            "unit": np.repeat(units, months),
            "period_start": pd.to_datetime([month(place) for place in range(months)] * n),
            "numerator": np.asarray(numerator, float).ravel(),
            "denominator": np.asarray(denominator, float).ravel(),
            "value": np.asarray(values, float).ravel(),
            "complete": True,
        }
    )


def reached(starts=STARTS, months: int = 48) -> np.ndarray:
    """1 from each unit's start on."""
    return (np.arange(months) >= np.array(starts)[:, None]).astype(float)


def means(*, difference: float = 0.0, seed: int = 1, starts=STARTS, months: int = 48, noise: float = 1.0):
    """Unit and month effects, noise, and a difference from each unit's start on."""
    rng = np.random.default_rng(seed)
    n = len(starts)
    values = 20 + 3 * rng.normal(size=(n, 1)) + rng.normal(size=(1, months))
    values = values + noise * rng.normal(size=(n, months)) + difference * reached(starts, months)
    return frame(values, names(n))


def counts(*, ratio: float = 1.0, seed: int = 1, starts=STARTS, months: int = 48, mean: float = 80.0):
    """Poisson counts with unit and month effects, multiplied by `ratio` from each unit's start on."""
    rng = np.random.default_rng(seed)
    n = len(starts)
    size = np.tile(np.linspace(600, 1400, n)[:, None], (1, months))
    rate = mean / 1000 * np.exp(0.2 * rng.normal(size=(n, 1)) + 0.1 * rng.normal(size=(1, months)))
    events = rng.poisson(rate * size * ratio ** reached(starts, months))
    return frame(events / size, names(n), events, size)


def names(n: int) -> tuple[str, ...]:
    """Names of units."""
    return UNITS if n == len(UNITS) else tuple(f"u{place:03d}" for place in range(n))


def question(starts=STARTS, **changes) -> Question:
    """A question about units with starts; those with an infinite one are compared with."""
    units = names(len(starts))
    pairs = tuple((u, month(int(s))) for u, s in zip(units, starts, strict=True) if np.isfinite(s))
    first = min((day for _, day in pairs), default=month(24))
    base = {
        "id": "q", "measure": "m", "kind": "mean", "better": "higher", "unit": "all",
        "start": first, "settled": first, "starts": pairs,
        "comparison": tuple(u for u, s in zip(units, starts, strict=True) if not np.isfinite(s)),
    }  # fmt: skip
    return Question(**(base | changes))
