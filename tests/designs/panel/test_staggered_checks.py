import numpy as np
import pandas as pd
import pytest
from invented_panels import counts, frame, means, month, names, question, reached

from analysis.designs.panel.inference import judge
from analysis.designs.panel.judged import Found
from analysis.designs.panel.lead_checks import noise_alike, pre_trend, pretrend_bounds
from analysis.designs.panel.prepared import prepare
from analysis.designs.panel.staggered_checks import (
    compared,
    comparison_moved,
    concentration,
    forbidden_share,
    leave_one_out,
    other_views,
    permutation,
    placebo_start,
    run_all,
)
from analysis.designs.staggered import evaluate

INF = float("inf")


def found(rows, asked, weights=None):
    panel = prepare(rows, asked, weights=weights)
    return Found(rows, asked, weights, panel, judge(panel))


CLEAR = found(means(difference=3.0), question())


def test_a_clear_effect_passes_what_can_fail():
    checks = run_all(CLEAR)
    assert all(check.passed is not False for check in checks if check.blocking)
    assert [check.name for check in checks][:3] == [
        "comparison_changed_as_much",
        "comparison_moved",
        "began_before",
    ]


def test_units_that_had_moved_away_just_before_the_start_are_seen():
    rows = means(difference=3.0)
    for unit, start in zip("ABCDE", (24, 28, 32, 36, 40), strict=True):
        last = (rows["unit"] == unit) & (rows["period_start"] == pd.Timestamp(month(start - 1)))
        rows.loc[last, "value"] += 4.0
    effect = evaluate(rows, question())
    assert effect.check("began_before").passed is False
    assert effect.verdict == "cannot_be_attributed"


def test_own_change_and_comparison_add_up_to_the_estimate():
    values = compared(CLEAR).values
    assert values["own"] - values["comparison"] == pytest.approx(values["estimate"])
    assert values["own_low"] < values["own"] < values["own_high"]


def test_one_treated_unit_has_no_interval_of_its_own_change():
    starts = (24, *(INF,) * 24)
    check = compared(found(means(starts=starts), question(starts)))
    assert np.isnan(check.values["own_low"])
    assert check.passed is None


def test_an_unclear_effect_with_a_comparison_that_stood_still_is_not_blamed_on_it():
    starts = (24,) * 4 + (INF,) * 4
    assert compared(found(means(starts=starts, difference=0.2), question(starts))).passed


@pytest.mark.parametrize(("first", "made"), [(18, True), (17, False)])
def test_a_placebo_needs_six_months_before_it(first, made):
    starts = (first,) * 5 + (INF,) * 8
    check = placebo_start(found(means(starts=starts), question(starts)))
    assert (check.passed is not None) == made


def test_a_placebo_uses_nothing_after_the_true_starts():
    rows = means(difference=0.0)
    later = rows["period_start"] >= pd.Timestamp(month(24))
    changed = rows.assign(value=rows["value"] + np.where(later, 50.0 * rows["unit"].eq("A"), 0.0))
    one, other = (placebo_start(found(r, question())).values["estimate"] for r in (rows, changed))
    assert one == other


def test_an_effect_of_one_unit_alone_does_not_survive_leaving_it_out():
    starts = (24,) * 3 + (INF,) * 20
    rng = np.random.default_rng(4)
    values = (
        20
        + rng.normal(size=(23, 48))
        + np.r_[12.0, -1.0, -1.0, np.zeros(20)][:, None] * (np.arange(48) >= 24)
    )
    names = [f"u{place:03d}" for place in range(23)]
    check = leave_one_out(found(frame(values, names), question(starts)))
    assert check.passed is False
    assert check.values["unit"] == "u000"
    assert check.values["n_same"] == 22


def test_a_course_that_parted_before_the_start_is_seen():
    drift = np.clip(np.arange(48) - 12, 0, 12) * 0.6
    starts = (24,) * 6 + (INF,) * 14
    rows = means(starts=starts)
    treated = rows["unit"].isin(rows["unit"].unique()[:6])
    parted = rows.assign(value=rows["value"] + treated * np.tile(drift, 20))
    check = pre_trend(found(parted, question(starts)))
    assert check.passed is False
    assert check.blocking
    assert check.values["trend"] > 0.2
    assert pre_trend(CLEAR).passed


@pytest.mark.parametrize("starts", [(24,) * 30 + (INF,) * 30, (24,) * 6 + (INF,) * 14])
def test_a_trend_before_that_is_clear_but_small_beside_the_effect_does_not_block(starts):
    rows = means(starts=starts, noise=0.1, difference=5.0)
    treated = rows["unit"].isin(rows["unit"].unique()[: sum(np.isfinite(starts))])
    drift = 0.02 * np.tile(np.arange(48), len(starts)) * treated
    check = pre_trend(found(rows.assign(value=rows["value"] + drift), question(starts)))
    assert check.values["p"] < 0.05
    assert 0 < check.values["explained"] < 0.5
    assert check.values["trend"] == pytest.approx(0.02, abs=0.005)
    assert check.passed


@pytest.mark.parametrize(("drift", "passes"), [(0.09, True), (0.12, False)])
def test_a_trend_before_blocks_when_it_explains_half(drift, passes):
    starts = (24,) * 6 + (INF,) * 14
    rows = means(
        starts=starts, noise=0.01, difference=2.5
    )  # the trend reaches 24 months: 2.2 or 2.9 of 4.7, 5.4
    treated = rows["unit"].isin(rows["unit"].unique()[:6])
    moved = rows.assign(value=rows["value"] + drift * np.tile(np.arange(48), 20) * treated)
    check = pre_trend(found(moved, question(starts)))
    assert check.values["explained"] == pytest.approx(24 * drift / (24 * drift + 2.5), abs=0.01)
    assert check.passed == passes


def test_a_trend_before_of_counts_is_a_ratio_a_month():
    starts = (24,) * 6 + (INF,) * 14
    rows = counts(starts=starts, mean=400.0)
    treated = rows["unit"].isin(rows["unit"].unique()[:6])
    moved = rows.assign(numerator=rows["numerator"] * np.exp(0.03 * np.tile(np.arange(48), 20) * treated))
    check = pre_trend(found(moved, question(starts, kind="count")))
    assert check.values["trend"] == pytest.approx(np.exp(0.03), abs=0.01)
    assert check.passed is False


def test_two_quarters_before_are_too_few_for_a_trend():
    starts = (6,) * 6 + (INF,) * 14
    check = pre_trend(found(counts(starts=starts, mean=8.0), question(starts, kind="count")))
    assert check.passed is None


@pytest.mark.parametrize(
    "starts", [(24, 28, 32, 36, 40), (24,) * 4 + (INF,) * 8, (24, 30, 30, INF, INF, INF)]
)
def test_those_compared_with_changed_by_the_own_change_less_the_estimate(starts):
    values = comparison_moved(found(means(starts=starts, difference=1.0), question(starts))).values
    assert values["comparison"] == pytest.approx(values["own"] - values["estimate"])


@pytest.mark.parametrize("n_treated", [1, 4])
@pytest.mark.parametrize(
    ("own", "others", "passes"), [(0, 5, False), (-4, 0, True), (-4, 4, True), (0, 0, True), (5, 5, True)]
)
def test_a_comparison_that_moved_alone_is_the_reason(n_treated, own, others, passes):
    starts = (24,) * n_treated + (INF,) * 20
    rng = np.random.default_rng(3)
    change = np.where(np.isfinite(starts), own, others)[:, None] * (np.arange(48) >= 24)
    rows = frame(20 + 0.7 * rng.normal(size=(len(starts), 48)) + change, names(len(starts)))
    check = comparison_moved(found(rows, question(starts)))
    assert check.blocking
    assert check.passed == passes


def test_one_unit_compared_with_has_no_spread():
    starts = (24, INF)
    assert comparison_moved(found(means(starts=starts), question(starts))).passed is None


def noisy(factor, starts, seed=5, months=48):
    """A panel whose first unit has a multiple of the noise of the others, and a common season."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(len(starts), months))
    noise[0] *= factor
    season = 3 * np.sin(np.arange(months) * np.pi / 6)
    return frame(20 + noise + season, names(len(starts)))


@pytest.mark.parametrize(("factor", "passes"), [(0.3, True), (1.0, True), (2.5, False), (5.0, False)])
def test_a_treated_unit_must_vary_as_the_others_do(factor, passes):
    starts = (24, *(INF,) * 24)
    check = noise_alike(found(noisy(factor, starts), question(starts)))
    assert check.blocking
    assert check.passed == passes
    assert check.values["limit"] == 1.5
    assert check.values["ratio"] == pytest.approx(factor, rel=0.35)


@pytest.mark.parametrize(("factor", "passes"), [(1.0, True), (2.0, True), (8.0, False)])
def test_when_all_units_start_none_may_stand_out_by_much(factor, passes):
    check = noise_alike(found(noisy(factor, (24, 28, 32, 36, 40)), question()))
    assert check.passed == passes
    assert check.values["limit"] == 3.0
    assert np.isnan(check.values["rho_treated"])


@pytest.mark.parametrize(("first", "n_others", "made"), [(12, 3, True), (11, 3, False), (12, 2, False)])
def test_noise_is_compared_with_three_others_over_twelve_periods(first, n_others, made):
    starts = (first,) * 3 + (INF,) * n_others
    assert (noise_alike(found(means(starts=starts), question(starts))).passed is not None) == made


@pytest.mark.parametrize(("first", "told"), [(24, True), (23, False)])
def test_neighbouring_periods_more_alike_than_any_others_are_seen(first, told):
    starts = (first,) * 4 + (INF,) * 8
    values = np.random.default_rng(2).normal(size=(12, 48))
    values[:4] = np.sin(np.arange(48) * 2 * np.pi / 16) * 1.2 + 0.2 * values[:4]
    check = noise_alike(found(frame(20 + values, names(12)), question(starts)))
    assert check.values["ratio"] < 1.5
    assert np.isfinite(check.values["rho_treated"]) == told
    assert check.passed != told


def test_units_without_noise_beside_a_noisy_one_are_not_alike():
    starts = (24, *(INF,) * 24)
    values = np.full((25, 48), 20.0)
    values[0] += np.random.default_rng(1).normal(size=48)
    check = noise_alike(found(frame(values, names(25)), question(starts)))
    assert check.passed is False


def test_noise_is_not_looked_at_when_nothing_is_exchanged():
    starts = (24,) * 30 + (INF,) * 30
    check = noise_alike(found(means(starts=starts), question(starts)))
    assert (check.passed, check.blocking) == (None, False)


def test_bounds_are_informational():
    check = pretrend_bounds(CLEAR)
    assert not check.blocking
    assert check.values["breakdown"] > 0
    assert list(check.table["mbar"]) == [0, 0.5, 1, 2]


def test_other_views_lie_on_the_same_side_of_a_clear_effect():
    check = other_views(CLEAR)
    assert check.passed
    assert check.values["sun_abraham"] == pytest.approx(3.0, abs=1.5)
    assert check.values["two_stage"] == pytest.approx(3.0, abs=1.0)


def test_forbidden_comparisons_need_several_starts():
    assert forbidden_share(CLEAR).values["share"] > 0.1
    starts = (24, 24, 24, INF, INF, INF)
    assert forbidden_share(found(means(starts=starts), question(starts))).values["share"] == 0


def test_concentration_names_the_largest_unit():
    values = concentration(found(counts(), question(kind="count"), "size")).values
    assert values == {"share": pytest.approx(0.28), "unit": "E", "n": 5}


def test_the_smallest_p_that_could_come_out_is_told():
    values = permutation(CLEAR).values
    assert (values["orders"], values["smallest_p"], values["units"]) == (120, 1 / 120, 5)


def test_an_effect_that_came_a_year_early_fails_the_placebo():
    rows = frame(20 + np.random.default_rng(1).normal(size=(5, 48)) + 4 * reached((12, 16, 20, 24, 28)))
    check = placebo_start(found(rows, question()))
    assert check.values["estimate"] > 2
