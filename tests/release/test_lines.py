"""The lines of a chart: two rounded ends each, no season, no fitted value, in agreement with the effect."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from invented_series import START, counts, mean_question, means, question

from analysis.area import Policy
from analysis.designs.effect import Effect, Shock
from analysis.designs.segmented import evaluate
from analysis.designs.timeline import ordinal
from analysis.release.lines import COURSES, CURVES, WHOLE_YEAR, _changed, _line, _slope
from analysis.release.model import ReleasedEffect, released_effect
from analysis.release.resolution import fewest, sides, snapped

POLICY = Policy()
CASES = {
    "count": (counts(ratio=0.6), question()),
    "share": (counts(ratio=0.6), question(kind="share", per=1.0)),
    "mean": (means(difference=-4), mean_question()),
    "slope": (counts(ratio=0.6), question(impact="step_and_slope")),
    "ramp": (counts(ratio=0.6), question(impact="ramp", impact_months=4)),
    "long ramp": (counts(ratio=0.6), question(impact="ramp", impact_months=24)),
    "delayed": (counts(ratio=0.6), question(impact="delayed_step", impact_months=3)),
}
each = pytest.mark.parametrize("case", CASES)


@cache
def answered(case: str) -> tuple[Effect, ReleasedEffect, pd.DataFrame]:
    frame, asked = CASES[case]
    effect = evaluate(frame, asked)
    return effect, released_effect(effect, frame, POLICY), frame


def ends(values: pd.Series) -> np.ndarray:
    return values.dropna().to_numpy()[[0, -1]]


@each
def test_a_line_is_straight_between_its_ends(case: str) -> None:
    _, told, _ = answered(case)
    before = told.fit[told.fit.period_start < str(START)]
    drawn = [before.expected, told.fit.without]
    for line in drawn:
        known = line.dropna().to_numpy()
        known = known if told.scale == "difference" else np.log(known)
        assert np.allclose(np.diff(known, 2), 0, atol=1e-9)


@each
def test_the_ends_are_multiples_of_what_five_cases_would_change_on_their_side(case: str) -> None:
    effect, told, frame = answered(case)
    before, after = (fewest(side, effect.question.kind) for side in sides(frame, effect))
    is_before = told.fit.period_start < str(START)
    for name, cases, rows in (
        ("expected", before, told.fit[is_before]),
        ("without", min(before, after), told.fit),
    ):
        level = effect.fit.loc[rows.index, name].dropna()
        middle = np.exp(np.log(level).mean()) if effect.scale == "ratio" else level.mean()
        step = snapped(5 / cases * middle)
        if len(rows[name].dropna()) >= WHOLE_YEAR:
            found = ends(rows[name]) / step
            assert np.allclose(found, np.round(found), atol=1e-6)
        assert abs(ends(rows[name]).mean() - level.mean()) < step + 0.1 * level.mean()


@each
def test_no_line_holds_a_fitted_value_and_none_is_drawn_where_there_is_none(case: str) -> None:
    effect, told, _ = answered(case)
    assert "value" not in told.fit
    assert list(told.fit) == ["period_start", "used", *CURVES]
    for name in CURVES:
        assert not np.isin(told.fit[name].dropna(), effect.fit[name].dropna()).any()
        assert (told.fit[name].isna() >= effect.fit[name].isna()).all()


@each
def test_the_courses_after_the_start_differ_by_the_effect_as_it_is_told(case: str) -> None:
    _, told, _ = answered(case)
    last = told.fit[told.fit.used].iloc[-1]
    change = last.expected - last.without if told.scale == "difference" else last.expected / last.without
    assert change == pytest.approx(told.estimate)


def test_a_slope_goes_from_the_step_to_the_change_in_the_last_month() -> None:
    _, told, _ = answered("slope")
    first = told.fit[told.fit.period_start == str(START)].iloc[0]
    step = told.table.set_index("term").loc["step", "estimate"]
    assert first.expected / first.without == pytest.approx(step)
    assert step != told.estimate


def test_a_slope_of_a_mean_is_straight_too() -> None:
    frame = means(difference=-4)
    told = released_effect(evaluate(frame, mean_question(impact="step_and_slope")), frame, POLICY)
    gap = (told.fit.expected - told.fit.without).dropna().to_numpy()
    assert gap[0] == pytest.approx(told.table.set_index("term").loc["step", "estimate"])
    assert np.allclose(np.diff(gap, 2), 0)


def test_a_delayed_step_begins_when_it_was_said_to() -> None:
    _, told, _ = answered("delayed")
    after = told.fit[told.fit.period_start >= str(START)]
    ratio = (after.expected / after.without).to_numpy()
    assert np.isnan(ratio[:3]).all()
    assert np.allclose(ratio[3:], told.estimate)


def test_a_ramp_grows_evenly_to_its_whole_effect() -> None:
    _, told, _ = answered("ramp")
    after = told.fit[told.fit.period_start >= str(START)]
    size = np.log((after.expected / after.without).to_numpy()) / np.log(told.estimate)
    assert np.allclose(size, [0.25, 0.5, 0.75, *[1.0] * 9])


@each
def test_intervals_lie_around_their_lines(case: str) -> None:
    _, told, _ = answered(case)
    for course in COURSES:
        rows = told.fit.dropna(subset=[course])
        assert (rows[f"{course}_low"] <= rows[course]).all()
        assert (rows[f"{course}_high"] >= rows[course]).all()
        assert (rows[f"{course}_low"] < rows[f"{course}_high"]).any()


def test_no_line_is_drawn_in_a_shock_or_a_transition() -> None:
    frame = counts(ratio=0.6)
    shock = Shock("law", date(2023, 3, 1), date(2023, 6, 1))
    asked = question(settled=date(2025, 11, 1), shocks=(shock,))
    told = released_effect(evaluate(frame, asked), frame, POLICY)
    months = told.fit.set_index("period_start").expected
    assert months["2023-03":"2023-06"].isna().all()
    assert months["2025-09":"2025-10"].isna().all()
    assert months[["2023-02-01", "2023-07-01", "2025-08-01", "2025-11-01"]].notna().all()


def test_two_sets_that_differ_by_a_case_mostly_tell_the_same() -> None:
    frame, asked = CASES["count"]
    _, one, _ = answered("count")
    alike = []
    for at in (len(frame) - 1, len(frame) - 2, len(frame) - 5):
        more = frame.assign(numerator=frame.numerator + (frame.index == at))
        other = released_effect(evaluate(more, asked), more, POLICY)
        alike.append(one.estimate == other.estimate)
        step = 1.0  # five of 500 cases a side, of a level of 80
        assert (one.fit[list(CURVES)] - other.fit[list(CURVES)]).abs().max().max() <= step * 1.3
    assert sum(alike) >= 2


def test_units_beside_units_are_drawn_with_the_average_effect() -> None:
    effect, _, frame = answered("slope")
    effect = replace(effect, method="group_time_permutation")
    told = released_effect(effect, frame, POLICY)
    after = told.fit.dropna(subset=["without"])
    assert np.allclose(after.expected / after.without, told.estimate)


def test_one_month_alone_is_drawn_at_its_level_and_no_month_not_at_all() -> None:
    effect, _, frame = answered("count")
    before = effect.fit.period_start < str(START)
    for months, known in ((1, 1), (0, 0)):
        fit = effect.fit.copy()
        fit.loc[before & (fit.index >= months), list(CURVES)] = np.nan
        told = released_effect(replace(effect, fit=fit), frame, POLICY)
        assert told.fit.expected[before].notna().sum() == known


def test_a_fitted_value_of_nought_is_not_drawn_on_a_log_line() -> None:
    effect, _, frame = answered("count")
    fit = effect.fit.copy()
    fit.loc[3, "expected"] = 0.0
    told = released_effect(replace(effect, fit=fit), frame, POLICY)
    assert np.isnan(told.fit.expected[3])
    assert told.fit.expected[[2, 4]].notna().all()
    assert np.isfinite(np.log(told.fit.expected.dropna())).all()


@each
def test_a_part_of_a_year_goes_on_as_steeply_as_before_through_its_rounded_mean(case: str) -> None:
    _, told, _ = answered(case)
    is_before = told.fit.period_start < str(START)
    later = told.fit.without.dropna()
    if len(later) >= WHOLE_YEAR:
        return
    lines = [told.fit.expected[is_before].dropna().to_numpy(), later.to_numpy()]
    lines = [np.log(line) if told.scale == "ratio" else line for line in lines]
    slopes = [np.diff(line)[0] for line in lines]
    assert slopes[0] == pytest.approx(slopes[1], abs=1e-9)


def test_units_beside_units_have_one_effect_though_it_was_to_grow() -> None:
    effect, _, frame = answered("ramp")
    told = released_effect(replace(effect, method="group_time_permutation"), frame, POLICY)
    after = told.fit.dropna(subset=["without"])
    later = after[after.period_start >= str(START)]
    assert np.allclose(later.expected / later.without, told.estimate)


def test_before_a_delayed_step_has_come_the_courses_are_the_same() -> None:
    effect, _, _ = answered("delayed")
    late = replace(effect, question=replace(effect.question, impact_months=24))
    without = np.full(len(effect.fit), 8.0)
    at = np.array([ordinal(day) for day in effect.fit.period_start], float)
    assert _changed(without, late, at).tolist() == without.tolist()


# ---- one line


AT = np.arange(5.0)


def line(
    values: list[float], cases: float, slope: float | None = None, *, is_log: bool = False
) -> list[float]:
    return _line(AT, np.array(values), cases, slope, is_log=is_log).tolist()


def test_a_line_with_a_slope_goes_through_the_rounded_mean() -> None:
    assert line([11, 21, 31, 41, 51], 0.1, 2.0) == [28, 30, 32, 34, 36]  # 31 in steps of 4 is 32
    drawn = line([11, 21, 31, 41, 51], 0.1, 0.0, is_log=True)
    assert drawn == pytest.approx([27.0] * 5)  # the geometric mean, 27.1, in steps of 3


def test_a_line_of_differences_may_lie_below_nothing_or_at_it() -> None:
    assert line([-11, -21, -31, -41, -51], 0.1, 2.0) == [-36, -34, -32, -30, -28]
    assert line([-2, -1, 0, 1, 2], 0.1, 1.0) == [-2, -1, 0, 1, 2]
    assert line([0.0] * 5, 0.1) == [0.0] * 5
    assert line([-10, -20, -30, -40, -50], 0.1) == [-9, -19.5, -30, -40.5, -51]


def test_a_ratio_that_rounds_to_nothing_is_drawn_half_a_step_above_it() -> None:
    assert line([1.0] * 5, 3.0, 0.0, is_log=True) == pytest.approx([1.5] * 5)


def test_two_points_have_a_slope_and_one_has_none() -> None:
    gaps = np.array([np.nan, 3.0, np.nan, 9.0, np.nan])
    assert _slope(AT, gaps, is_log=False) == 3.0
    assert _slope(AT, gaps, is_log=True) == pytest.approx(np.log(3) / 2)
    assert _slope(AT[:2], np.array([4.0, np.nan]), is_log=False) == 0.0
    assert _slope(AT, np.full(5, np.nan), is_log=True) == 0.0
