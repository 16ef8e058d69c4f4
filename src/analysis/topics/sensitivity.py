"""How much the answers hang on choices, and how small a change they could have shown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import pandas as pd

from analysis.designs.effect import Effect
from analysis.fragments import answers as of_answers
from analysis.fragments import sensitivity as fragments
from analysis.fragments.sensitivity import Tried
from analysis.release import Released, ReleasedRows
from analysis.study import Study
from analysis.topics import tried
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
    answered = [one for one in _answered(study) if one[0].effect.verdict != "too_little_data"]
    return {
        answer.asked.question.id: tried.specifications(study, answer, effect, series)
        for answer, effect, series in answered
    }


def _answered(study: Study) -> Iterator[tuple[Answer, Effect, pd.DataFrame]]:
    """Every answer that rests on one series, as it may be told and as it is, with the series."""
    for other in studies(study, study.unit.id):
        for asked, effect, answer in zip(other.asked, other.effects, other.answers, strict=True):
            if is_one_series(asked):
                yield answer, effect, other.series(asked)


def _detectable(study: Study, answer: Answer, effect: Effect, series: pd.DataFrame) -> ReleasedRows:
    is_told = answer.effect.is_detailed and answer.effect.verdict != "too_little_data"
    return tried.detectable(study, answer, effect, series, AHEAD if is_told else ())
