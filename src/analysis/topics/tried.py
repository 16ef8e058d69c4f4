"""An answer under other reasonable models and with more months: worked out once for all reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from analysis import release
from analysis.designs.effect import Effect
from analysis.designs.multiverse import multiverse
from analysis.designs.power import minimum_detectable_effect
from analysis.release import ReleasedRows, ReleasedSpecifications
from analysis.study import Study
from analysis.view import Answer


def specifications(
    study: Study, answer: Answer, effect: Effect, series: pd.DataFrame
) -> ReleasedSpecifications:
    """The grid of reasonable models, as it may be told.

    Parameters
    ----------
    study : Study
        Of the report.
    answer : Answer
        As it may be told.
    effect : Effect
        As it is.
    series : DataFrame
        What it rests on.

    Returns
    -------
    ReleasedSpecifications
        How many models agree, and each estimate where that may be told.
    """
    grid = multiverse(series, effect.question)
    return release.specifications(grid, answer.effect, effect, series, study.area.policy)


def detectable(
    study: Study, answer: Answer, effect: Effect, series: pd.DataFrame, months: Iterable[int]
) -> ReleasedRows:
    """The smallest change that would be found, now and with more months, as it may be told.

    Parameters
    ----------
    study, answer, effect, series
        As in `specifications`.
    months : iterable of int
        How many more, each.

    Returns
    -------
    ReleasedRows
        ``more, mde``, of which ``more`` 0 is now.
    """
    later = ahead(series, effect, months)
    return release.detectable(later, answer.effect, effect, series, study.area.policy)


def ahead(series: pd.DataFrame, effect: Effect, months: Iterable[int]) -> dict[int, float]:
    """The true smallest effect with more months than the answer rests on.

    Parameters
    ----------
    series : DataFrame
        What the answer rests on.
    effect : Effect
        As it is.
    months : iterable of int
        How many more, each.

    Returns
    -------
    dict of int to float
        By months more.
    """
    last = effect.question.last
    known = series if last is None else series[series.period_start <= pd.Timestamp(last)]
    question = replace(effect.question, last=None)
    return {more: minimum_detectable_effect(known, question, planned=more) for more in months}
