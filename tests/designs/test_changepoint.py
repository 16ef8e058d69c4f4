import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from invented_series import START, counts, frame, mean_question, means, question

from analysis.designs.changepoint import change_point, one_break
from analysis.designs.effect import Break
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError

AT = ordinal(START)


def noise(n, seed=1):
    return np.random.default_rng(seed).normal(0, 1, n)


def test_step_is_found_with_both_levels():
    found = one_break(np.r_[np.zeros(30), np.full(20, 5.0)] + 0.1 * noise(50))
    assert (found.n_breaks, found.last_before, found.low, found.high) == (1, 30, 29, 31)
    assert (found.mean_before, found.mean_after) == pytest.approx((0, 5), abs=0.1)


def test_level_values_have_no_break():
    assert one_break(noise(60)).n_breaks == 0


def test_break_close_to_an_end_is_not_looked_for():
    values = np.r_[np.zeros(3), np.full(57, 5.0)] + 0.1 * noise(60)
    assert one_break(values, minimum_share=0.15).last_before == 9
    assert one_break(values, minimum_share=0.05).last_before == 3


def test_interval_reaches_further_into_the_side_that_varies_less():
    """Where values vary more, some of them look like the other side's: the date found tends to lie there."""
    found = one_break(np.r_[0.2 * noise(50), 3 + 3 * noise(50, 2)])
    assert found.last_before - found.low > found.high - found.last_before
    assert found.low <= 50 <= found.high


def test_covariates_explain_what_is_theirs():
    at = np.arange(60)
    season = np.column_stack([np.sin(2 * np.pi * at / 12), np.cos(2 * np.pi * at / 12)])
    values = 10 * season[:, 0] + 3 * (at >= 40) + 0.3 * noise(60)
    found = one_break(values, covariates=season)
    assert found.last_before == 40
    assert found.mean_after - found.mean_before == pytest.approx(3, abs=0.3)


def test_alike_neighbours_widen_the_interval_and_raise_the_bar():
    drift = noise(60)
    for i in range(1, 60):
        drift[i] += 0.7 * drift[i - 1]
    values = drift + 3 * (np.arange(60) >= 30)
    alone, alike = one_break(values), one_break(values, ordinals=np.arange(60))
    assert alike.rho > 0.3
    assert alike.high - alike.low > alone.high - alone.low
    assert alike.n_breaks <= alone.n_breaks


@pytest.mark.parametrize("values", [[], [1], [1, 2, 3], [5.0] * 40, [1.0, np.nan] * 10, [np.inf] * 10])
def test_values_that_cannot_show_a_break_give_none(values):
    assert one_break(values) is None


def test_values_alike_on_both_sides_of_every_date_leave_the_date_open():
    found = one_break([1.0, -1.0, -1.0, 1.0])
    assert (found.n_breaks, found.low, found.high) == (0, 1, 3)


def test_step_without_any_noise_is_found():
    found = one_break([0.0] * 10 + [1.0] * 10)
    assert (found.n_breaks, found.last_before) == (1, 10)


@settings(max_examples=40, deadline=None)
@example([98.0, -96.0, 0.0, 1.0], 0.0, 1.0)
@given(st.lists(st.floats(-1e3, 1e3), max_size=40), st.floats(-1e3, 1e3), st.sampled_from([1.0, -1.0, 7.0]))
def test_place_lies_inside_its_interval_whatever_the_values(values, shift, scale):
    found = one_break(values)
    if found is not None:
        assert 1 <= found.low <= found.last_before <= found.high <= len(values) - 1
        assert found.n_breaks in (0, 1)


def test_change_at_the_start_is_seen_there():
    check = change_point(counts(ratio=0.5), question())
    assert (check.name, check.passed, check.blocking) == ("change_point", None, False)
    values = check.values
    assert values["date"] == values["start"] == START.isoformat()
    assert (values["n_breaks"], values["start_inside"], values["n"]) == (1, 1, 58)
    assert values["estimate"] == pytest.approx(0.5, abs=0.08)
    assert values["low"] <= values["date"] <= values["high"]


def test_change_long_before_the_start_leaves_the_start_outside():
    rows = counts(ratio=1.0)
    rows.loc[20:, "numerator"] *= 0.5
    values = change_point(rows, question()).values
    assert values["date"] == month_of(AT - 26).isoformat()
    assert values["start_inside"] == 0


def test_change_of_a_mean_is_a_difference():
    values = change_point(means(difference=-6.0), mean_question()).values
    assert values["estimate"] == pytest.approx(-6, abs=1)
    assert values["start_inside"] == 1


def test_change_within_a_transition_is_inside_the_start():
    rows = counts(before=36, after=24)
    rows.loc[40:, "numerator"] *= 0.4
    values = change_point(rows, question(settled=month_of(AT + 8))).values
    assert values["date"] == month_of(AT + 4).isoformat()
    assert values["start_inside"] == 1


def test_known_break_of_definition_is_not_taken_for_the_change():
    rows = counts(ratio=0.7)
    rows.loc[20:, "numerator"] *= 3
    known = Break("new definition", month_of(AT - 26))
    assert change_point(rows, question()).values["date"] == month_of(AT - 26).isoformat()
    assert change_point(rows, question(breaks=(known,))).values["start_inside"] == 1


def test_zero_counts_and_missing_months_are_no_error():
    rows = counts(ratio=0.4)
    rows.loc[3, "numerator"] = 0
    rows = rows.drop(index=[10, 11])
    assert change_point(rows, question()).values["n"] == 56


@pytest.mark.parametrize(("n", "reason"), [(15, "too_few_points"), (16, None)])
def test_sixteen_months_are_needed(n, reason):
    values = change_point(counts(n - 6, 6), question()).values
    assert values.get("reason") == reason


def test_values_that_never_vary_show_no_change():
    at = np.arange(AT - 24, AT + 12)
    rows = frame(at, np.zeros(36), np.full(36, 100.0))
    assert change_point(rows, question()).values == {"reason": "zero_variance", "n": 36}


def test_contradictory_question_is_refused():
    with pytest.raises(DesignError):
        change_point(counts(), question(settled=month_of(AT - 1)))
