"""On the goals' scale above 0 is better, whichever way the measure is to go, and in whatever unit it is."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan

import pandas as pd
import pytest

from analysis import release
from analysis.designs.effect import Effect
from analysis.errors import DisclosureStop
from analysis.release.model import ReleasedEffect, _sealed
from demo_home import DISCHARGES, study


def told(measure: str) -> ReleasedEffect:
    return next(a.effect for a in study(DISCHARGES).answers if a.asked.measure.name == measure)


def changed(effect: Effect, **changes: object) -> ReleasedEffect:
    return _sealed(effect, **changes)


def test_a_ratio_is_turned_when_lower_is_better() -> None:
    lower = changed(told("unplanned_readmission_30d"), estimate=0.8, low=0.7, high=0.95, verdict="improved")
    higher = changed(lower, question=replace(lower.question, better="higher"))
    table = release.towards_better({"one": lower, "other": higher}).table.set_index("name")
    assert table.loc["one", ["estimate", "low", "high"]].tolist() == pytest.approx([0.2, 0.05, 0.3])
    assert table.loc["other", ["estimate", "low", "high"]].tolist() == pytest.approx([-0.2, -0.3, -0.05])


def test_a_difference_is_over_the_level_expected_without_the_change() -> None:
    effect = told("uk_days_mean_skr")
    fit = effect.fit.assign(without=2.0)
    days = changed(effect, estimate=-0.3, low=-0.5, high=-0.1, fit=fit, verdict="improved")
    (row,) = release.towards_better({"days": days}).table.itertuples()
    assert (row.estimate, row.low, row.high) == pytest.approx((0.15, 0.05, 0.25))


def test_the_level_is_that_of_all_months_since_all_had_started() -> None:
    effect = told("uk_days_mean_skr")
    settled = pd.Timestamp(effect.question.settled)
    assert effect.fit.period_start.eq(settled).any()
    levels = effect.fit.period_start.eq(settled).map({True: 5.0, False: 2.0})
    later = effect.fit.period_start.ge(settled) & effect.fit.used.astype(bool)
    days = changed(effect, estimate=-0.3, fit=effect.fit.assign(without=levels), verdict="improved")
    (row,) = release.towards_better({"days": days}).table.itertuples()
    assert row.estimate == pytest.approx(0.3 / levels[later].mean())


@pytest.mark.parametrize("level", [0.0, -2.0])
def test_no_share_is_taken_of_a_level_of_nothing(level: float) -> None:
    effect = told("uk_days_mean_skr")
    days = changed(effect, estimate=-0.3, fit=effect.fit.assign(without=level), verdict="improved")
    (row,) = release.towards_better({"days": days}).table.itertuples()
    assert isnan(row.estimate)


def test_without_an_answer_or_a_level_there_is_no_number() -> None:
    effect = told("uk_days_mean_skr")
    none = changed(effect, verdict="too_little_data")
    without = changed(effect, fit=effect.fit.assign(without=nan))
    table = release.towards_better({"none": none, "without": without}).table
    assert table[["estimate", "low", "high"]].isna().all(axis=None)


def test_an_answer_that_has_not_passed_the_gate_is_refused() -> None:
    with pytest.raises(DisclosureStop):
        release.towards_better({"true": study(DISCHARGES).effects[0]})
