"""Answers about several measures on one scale: per cent in the wanted direction (R5)."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

import pandas as pd

from analysis.designs.effect import Effect
from analysis.release.rows import ReleasedRows, require_told
from analysis.release.sealed import sealed

COLUMNS = ["name", "verdict", "estimate", "low", "high"]


def towards_better(answers: Mapping[str, Effect]) -> ReleasedRows:
    """Released answers as changes relative to what was expected, so that above 0 is better.

    Parameters
    ----------
    answers : mapping of str to Effect
        By name, from `analysis.release.released_effect`.

    Returns
    -------
    ReleasedRows
        ``name, verdict, estimate, low, high``. A ratio is less 1; a difference is over the level expected
        without the change, the mean of its drawn line since all had started. Computed of what is told; NaN
        without an answer or a level.

    Raises
    ------
    DisclosureStop
        If one has not passed the gate.
    """
    rows = [(name, told.verdict, *_relative(told)) for name, told in answers.items()]
    kinds = dict.fromkeys(COLUMNS[2:], "float64") | {"name": "str", "verdict": "str"}
    return sealed(ReleasedRows, "R5", _cells=pd.DataFrame(rows, columns=COLUMNS).astype(kinds))


def _relative(effect: Effect) -> tuple[float, float, float]:
    told = require_told(effect)
    if told.verdict == "too_little_data":
        return (nan, nan, nan)
    ends = (told.estimate, told.low, told.high)
    if told.scale == "ratio":
        changes = tuple(end - 1 for end in ends)
    else:
        later = told.fit.period_start >= pd.Timestamp(told.question.settled)
        level = told.fit.loc[later & told.fit.used.astype(bool), "without"].mean()
        changes = tuple(end / level if level > 0 else nan for end in ends)
    estimate, low, high = changes
    return (estimate, low, high) if told.question.better == "higher" else (-estimate, -high, -low)
