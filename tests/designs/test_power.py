from dataclasses import replace
from datetime import date
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_series import START, counts, frame, mean_question, means, question

from analysis.designs.power import detectable, mde_table, minimum_detectable_effect, precision
from analysis.designs.series.model import answer, fit_model
from analysis.designs.series.months import months
from analysis.designs.series.noise import fit_components
from analysis.designs.timeline import ordinal

SHAPES = [
    {"impact": "step"}, {"impact": "step_and_slope"}, {"impact": "ramp", "impact_months": 6},
    {"impact": "delayed_step", "impact_months": 3},
    {"settled": date(2025, 11, 1), "transition": "ramp"},
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_has_a_smallest_effect(shape):
    assert 0.4 < minimum_detectable_effect(counts(46, 14), question(**shape)) < 1
    assert -3 < minimum_detectable_effect(means(46, 14), mean_question(**shape)) < 0


def test_direction_is_that_of_improvement():
    down = minimum_detectable_effect(counts(), question())
    up = minimum_detectable_effect(counts(), question(better="higher"))
    assert down * up == pytest.approx(1.0)
    low = minimum_detectable_effect(means(), mean_question())
    assert minimum_detectable_effect(means(), mean_question(better="higher")) == pytest.approx(-low)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 1000))
def test_what_was_counted_after_the_start_never_moves_it(seed):
    known, other = counts(), counts(seed=seed, ratio=0.3)
    other.loc[:45] = known.loc[:45]
    other["denominator"] = known["denominator"]
    assert minimum_detectable_effect(other, question()) == minimum_detectable_effect(known, question())
    value, another = means(), means(seed=seed, difference=9)
    another.loc[:45] = value.loc[:45]
    asked = mean_question()
    assert minimum_detectable_effect(another, asked) == minimum_detectable_effect(value, asked)


def test_planned_months_stand_for_months_that_are_not_there_yet():
    assert np.isnan(minimum_detectable_effect(counts(46, 0), question()))
    few = minimum_detectable_effect(counts(46, 0), question(), planned=8)
    many = minimum_detectable_effect(counts(46, 0), question(), planned=24)
    assert few < many < 1
    assert np.isnan(minimum_detectable_effect(counts(46, 0), question(), planned=7))
    there = minimum_detectable_effect(counts(), question())
    assert minimum_detectable_effect(counts(46, 0), question(), planned=12) == pytest.approx(there, rel=0.01)


def test_smaller_numbers_need_larger_effects():
    assert minimum_detectable_effect(counts(mean=20), question()) < minimum_detectable_effect(
        counts(), question()
    )


def test_counts_are_never_held_to_vary_less_than_by_chance():
    even = counts()
    even["numerator"] = np.round(0.08 * even["denominator"]) + np.arange(len(even)) % 2
    error = precision(even, question()).noise
    assert error >= np.sqrt(1 / even["numerator"]).mean() * 0.99


@pytest.mark.parametrize(
    ("series", "asked", "code"),
    [
        (counts(7), question(), "too_few_points"),
        (counts(46, 7), question(), "too_few_points"),
        (counts(mean=0), question(), "all_zero"),
        (means().assign(value=1.0), mean_question(), "zero_variance"),
        (
            means().assign(value=lambda rows: np.r_[np.full(46, 5.0), rows["value"][46:]]),
            mean_question(),
            "zero_variance",
        ),
        (
            means().assign(value=lambda rows: np.r_[-0.1 * np.arange(46), rows["value"][46:]]),
            mean_question(),
            "zero_variance",
        ),
        (
            counts().assign(
                numerator=lambda rows: np.r_[0.1 * rows["denominator"][:46], rows["numerator"][46:]]
            ),
            question(),
            "zero_variance",
        ),
        (counts(), question(start=date(2030, 1, 1), settled=date(2030, 1, 1)), "start_outside_data"),
        (counts(8, 12), question(season="none", impact="step_and_slope"), ""),
    ],
)
def test_what_cannot_be_known_is_not_a_number(series, asked, code):
    found = precision(series, asked)
    assert found.reason == code
    assert np.isnan(minimum_detectable_effect(series, asked)) == bool(code)


@pytest.mark.parametrize("kind", ["count", "share"])
def test_design_of_counts_is_priced_as_they_are_estimated(kind):
    asked = question(kind=kind, per=1.0, season="none")
    series = counts(24, 24).assign(denominator=lambda rows: np.where(rows.index % 2, 2000.0, 200.0))
    series["numerator"] = np.round(series["denominator"] * (0.1 + 0.02 * (np.arange(48) % 5 == 0)))
    with patch("analysis.designs.power.fit_components", wraps=fit_components) as fitted:
        found = precision(series, asked)
    assert [call.kwargs["by_own"] for call in fitted.call_args_list] == [True, True]
    assert found.df == 24 - 2  # terms of the months before: level and trend


def test_means_are_priced_by_generalised_least_squares():
    with patch("analysis.designs.power.fit_components", wraps=fit_components) as fitted:
        precision(means(), mean_question())
    assert [call.kwargs["by_own"] for call in fitted.call_args_list] == [False, False]


@pytest.mark.parametrize(
    ("made", "asked"),
    [(counts, question()), (means, mean_question()), (counts, question(kind="share", per=1.0))],
)
def test_comparison_of_its_own_noise_makes_the_smallest_effect_larger(made, asked):
    alone = precision(made(), asked)
    beside = precision(made(), asked, made(seed=7))
    assert beside.size > alone.size
    assert beside.size == pytest.approx(np.sqrt(2) * alone.size, rel=0.35)
    assert np.isfinite(minimum_detectable_effect(made(46, 0), asked, made(46, 0, seed=7), planned=12))


def test_what_the_comparison_counted_after_the_start_never_moves_it():
    other, moved = counts(seed=7), counts(seed=7)
    moved.loc[46:, "numerator"] *= 3
    known = minimum_detectable_effect(counts(), question(), other)
    assert minimum_detectable_effect(counts(), question(), moved) == known
    assert np.isnan(minimum_detectable_effect(counts(), question(), other.iloc[:50]))


def test_comparison_with_the_same_noise_makes_the_smallest_effect_smaller():
    series = means()
    other = series.assign(value=series["value"] + np.random.default_rng(3).normal(0, 0.05, len(series)))
    alone = precision(series, mean_question()).size
    assert precision(series, mean_question(), other).size < alone / 2


def test_table_has_one_row_a_question_in_their_order():
    table = mde_table(
        [(counts(), question(id="a", goal="g")), (counts(7), replace(question(id="b"), primary=False))]
    )
    assert table["id"].tolist() == ["a", "b"]
    assert table["reason"].tolist() == ["", "too_few_points"]
    assert table["mde"].isna().tolist() == [False, True]
    assert table["primary"].tolist() == [True, False]
    assert len(mde_table([])) == 0


def test_known_noise_gives_the_textbook_factor():
    assert detectable(1.0) == pytest.approx(2.8016, abs=1e-4)
    assert detectable(1.0, 10) > detectable(1.0, 100) > detectable(1.0)


def found(before: int, after: int, rho: float, seed: int) -> bool:
    """Whether a fall of the smallest effect, told from the months before, is found."""
    rng = np.random.default_rng(seed)
    at = np.arange(ordinal(START) - before, ordinal(START) + after)
    noise = rng.normal(0, 0.5, len(at))
    for i in range(1, len(at)):
        noise[i] = rho * noise[i - 1] + np.sqrt(1 - rho**2) * noise[i]
    value = 20 + np.sin(2 * np.pi * at / 12) + noise
    size = minimum_detectable_effect(frame(at, value * 100, np.full(len(at), 100.0), value), mean_question())
    moved = value + size * (at >= ordinal(START))
    rows = months(frame(at, moved * 100, np.full(len(at), 100.0), moved), mean_question())
    return bool(answer(rows, mean_question(), fit_model(rows, mean_question()))["high"] < 0)


@pytest.mark.proof
@pytest.mark.parametrize(("before", "after", "rho"), [(36, 24, 0.0), (36, 24, 0.4), (46, 12, 0.2)])
def test_smallest_effect_is_found_four_times_of_five(before, after, rho):
    runs = 300
    share = sum(found(before, after, rho, seed) for seed in range(runs)) / runs
    chance = 2 * np.sqrt(0.8 * 0.2 / runs)
    assert abs(share - 0.8) <= chance + 0.03  # the noise is estimated, too
