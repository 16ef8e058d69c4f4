"""Invented monthly series for the tests of the designs."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analysis.designs.effect import Question
from analysis.designs.timeline import month_of, ordinal

START = date(2025, 9, 1)


def counts(before: int = 46, after: int = 12, *, ratio: float = 1.0, seed: int = 1, mean: float = 80.0):
    """Poisson counts per 1000 with season and trend, multiplied by `ratio` from START."""
    rng = np.random.default_rng(seed)
    at = np.arange(ordinal(START) - before, ordinal(START) + after)
    time = at - ordinal(START)
    denominator = np.round(1000 + 50 * np.cos(2 * np.pi * at / 12))
    rate = mean / 1000 * np.exp(0.1 * np.sin(2 * np.pi * at / 12) + 0.002 * time)
    numerator = rng.poisson(rate * denominator * np.where(time >= 0, ratio, 1.0))
    return frame(at, numerator, denominator)


def means(before: int = 46, after: int = 12, *, difference: float = 0.0, seed: int = 1):
    """Means with season, trend and AR(1) noise, moved by `difference` from START."""
    rng = np.random.default_rng(seed)
    at = np.arange(ordinal(START) - before, ordinal(START) + after)
    noise = rng.normal(0, 0.5, len(at))
    for i in range(1, len(at)):
        noise[i] += 0.3 * noise[i - 1]
    time = at - ordinal(START)
    value = 20 + 0.02 * time + np.sin(2 * np.pi * at / 12) + noise + difference * (time >= 0)
    return frame(at, value * 100, np.full(len(at), 100.0), value)


def frame(at, numerator, denominator, value=None) -> pd.DataFrame:
    """The series frame that designs take."""
    return pd.DataFrame(
        {
            "period_start": pd.to_datetime([month_of(int(place)) for place in at]),
            "numerator": np.asarray(numerator, float),
            "denominator": np.asarray(denominator, float),
            "value": np.asarray(
                numerator / np.where(denominator > 0, denominator, np.nan) if value is None else value, float
            ),
            "complete": True,
        }
    )


def question(**changes) -> Question:
    """A question about START with counts per 1000."""
    base = {
        "id": "q", "measure": "m", "kind": "count", "better": "lower", "unit": "u",
        "start": START, "settled": START, "per": 1000.0,
    }  # fmt: skip
    return Question(**(base | changes))


def mean_question(**changes) -> Question:
    """A question about START with a mean."""
    return question(**({"kind": "mean", "per": 1.0} | changes))
