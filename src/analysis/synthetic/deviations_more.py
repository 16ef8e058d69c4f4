"""What else a register of deviations may know: step of the process, likelihood, and the days of handling.

Drawn from random numbers of its own for every row of the whole period, so that the columns that were there
before keep their values and a later day adds rows only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.random import Generator
from pandas import DataFrame

from analysis.synthetic.draws import Ints, days_between, pick
from analysis.synthetic.grid import NEVER

Settings = Mapping[str, Any]
STREAM = (2_02,)  # spawn key of the random numbers


def invent_handling(rows: DataFrame, more: Settings, rng: Generator) -> DataFrame:
    """Step, likelihood and days of handling of every deviation.

    Parameters
    ----------
    rows : DataFrame
        From `deviations.invent_deviations`.
    more : mapping
        The settings ``deviations.more``.
    rng : Generator
        Where chance comes from.

    Returns
    -------
    DataFrame, one row a deviation
        ``step`` (a position, -1 is not stated), ``likelihood`` 1-4 and the days ``investigated_day``,
        ``action_day`` and ``feedback_day``, `NEVER` where it does not happen.
    """
    n = len(rows)
    step = pick([each["weight"] for each in more["steps"]], n, rng)
    stated = rng.random(n) < more["step_stated_share"]
    investigated = rows["begun_day"].to_numpy() + days_between(more["investigated_days"], n, rng)
    acted = investigated + days_between(more["action_days"], n, rng)
    told = investigated + days_between(more["feedback_days"], n, rng)
    return DataFrame(
        {
            "step": np.where(stated, step, -1),
            "likelihood": 1 + pick(more["likelihood"], n, rng),
            "investigated_day": _sometimes(investigated, more["investigated_share"], rng),
            "action_day": _sometimes(acted, more["action_share"], rng),
            "feedback_day": _sometimes(told, more["feedback_share"], rng),
        },
        index=rows.index,
    )


def _sometimes(day: Ints, share: float, rng: Generator) -> Ints:
    """The days, with a share; otherwise never."""
    return np.where(rng.random(day.size) < share, day, NEVER)
