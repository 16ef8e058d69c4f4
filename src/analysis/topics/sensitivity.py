"""How much the answers hang on choices, and how small a change they could have shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import pandas as pd

from analysis import release
from analysis.designs.effect import Effect
from analysis.designs.multiverse import multiverse
from analysis.designs.power import minimum_detectable_effect
from analysis.fragments import answers as of_answers
from analysis.fragments import sensitivity as fragments
from analysis.fragments.sensitivity import Tried
from analysis.release import Released, ReleasedRows
from analysis.study import Study
from analysis.topics.everything import is_one_series, studies, view_of_all
from analysis.view import Answer

AHEAD = (6, 12, 24)  # months more


def in_brief(study: Study) -> Released:
    """Question by question: the verdict, how it stands other choices, which checks do not hold."""
    return fragments.in_brief(view_of_all(study), _tried(study))


def specifications(study: Study) -> Released:
    """Each answer under other reasonable choices."""
    return fragments.specifications(view_of_all(study), _tried(study))


def smallest(study: Study) -> Released:
    """The smallest change that would be found, now and with more months."""
    found = {one[0].asked.question.id: _detectable(study, *one) for one in _answered(study)}
    return fragments.smallest(view_of_all(study), found)


def checks(study: Study) -> Released:
    """The checks of every answer: false starts, months left out, other windows and models."""
    return of_answers.sensitivity(view_of_all(study))


@lru_cache(maxsize=2)
def _tried(study: Study) -> dict[str, Tried]:
    """The grid of each question that has an answer, as it may be told."""
    policy = study.area.policy
    answered = [one for one in _answered(study) if one[0].effect.verdict != "too_little_data"]
    return {
        answer.asked.question.id: release.specifications(
            multiverse(series, effect.question), answer.effect, effect, series, policy
        )
        for answer, effect, series in answered
    }


def _answered(study: Study) -> Iterator[tuple[Answer, Effect, pd.DataFrame]]:
    """Every answer that rests on one series, as it may be told and as it is, with the series."""
    for other in studies(study, study.unit.id):
        for asked, effect, answer in zip(other.asked, other.effects, other.answers, strict=True):
            if is_one_series(asked):
                yield answer, effect, other.series(asked)


def _detectable(study: Study, answer: Answer, effect: Effect, series: pd.DataFrame) -> ReleasedRows:
    ahead = _ahead(series, effect) if _is_told(answer) else {}
    return release.detectable(ahead, answer.effect, effect, series, study.area.policy)


def _is_told(answer: Answer) -> bool:
    return answer.effect.is_detailed and answer.effect.verdict != "too_little_data"


def _ahead(series: pd.DataFrame, effect: Effect) -> dict[int, float]:
    """The true smallest effect with more months than the answer rests on."""
    last = effect.question.last
    known = series if last is None else series[series.period_start <= pd.Timestamp(last)]
    question = replace(effect.question, last=None)
    return {more: minimum_detectable_effect(known, question, planned=more) for more in AHEAD}
