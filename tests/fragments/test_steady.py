"""One meaning of "stable" in all reports: nine of ten models say what the answer's interval says."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.fragments import goals_told, sensitivity, steady
from analysis.judged import STABLE
from analysis.study import Study
from demo_home import DEVIATIONS, study

UP, DOWN, UNCLEAR = (1.3, 1.1, 1.5), (0.7, 0.5, 0.9), (1.1, 0.9, 1.3)


def answered(own: Study, interval: tuple[float, float, float], **changed: Any) -> Any:
    estimate, low, high = interval
    effect = replace(own.effects[0], estimate=estimate, low=low, high=high, scale="ratio", reasons=())
    return replace(own.view.answers[0], effect=replace(effect, **changed))


def models(n_clear: int, n_other: int, n: int) -> Any:
    return SimpleNamespace(n=n, n_clear=n_clear, n_other=n_other, check=None)


@pytest.mark.parametrize(
    ("interval", "n_clear", "n_other", "agree"),
    [(UP, 90, 0, 90), (DOWN, 89, 11, 89), (UNCLEAR, 5, 3, 92), (UNCLEAR, 0, 0, 100), (UNCLEAR, 60, 0, 40)],
)
def test_models_agree_with_a_clear_interval_or_with_one_that_is_not(
    interval: tuple[float, float, float], n_clear: int, n_other: int, agree: int
) -> None:
    effect = answered(study(DEVIATIONS), interval).effect
    assert steady.agreeing(effect, models(n_clear, n_other, 100)) == agree
    assert steady.is_stable(effect, models(n_clear, n_other, 100)) == (agree >= 90)


@pytest.mark.parametrize("n_clear", [80, 92, 98])
@pytest.mark.parametrize("verdict", ["improved", "cannot_be_attributed"])
def test_the_goals_and_the_sensitivity_report_say_the_same(n_clear: int, verdict: str) -> None:
    own = study(DEVIATIONS)
    answer, tried = answered(own, UP, verdict=verdict), models(n_clear, 0, 100)
    goal = own.area.goals[0]
    cell = goals_told.stability(goals_told.Told(goal, answer, None, tried=tried), own.view)
    page = sensitivity._sum_up(replace(own.view, answers=(answer,)), {answer.asked.question.id: tried})
    w = own.words
    name = w.name(answer.asked.question, short=True)
    stable = w.text("sensitivity/stable", limit=w.percent(STABLE), names=name)
    assert (page == stable) == cell.startswith(w.text("goals/stability/stable", same=str(n_clear), n="100"))
    assert (page == stable) == (n_clear >= 90)
