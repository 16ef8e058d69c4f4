import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.designs import spc
from analysis.designs.runs import judge_runs, nelson, shift, trend, two_of_three

NUMBERS = st.lists(st.floats(-100, 100), max_size=40)


def test_old_names_are_still_found_where_they_were():
    assert spc.judge_runs is judge_runs
    assert {"run_chart", "judge_runs", "Runs", "RunChart"} <= set(vars(spc))


def test_missing_month_neither_ends_a_run_nor_makes_it_longer():
    assert judge_runs([1, 1, np.nan, 1, 3], 2) == judge_runs([1, 1, 1, 3], 2)


def test_no_points_are_no_signal():
    assert not judge_runs([], 0).signal
    assert not judge_runs([np.nan], 0).signal
    assert not judge_runs([1], 0).signal


@pytest.mark.parametrize(("n", "marked"), [(6, 0), (7, 7), (8, 8)])
def test_seven_on_one_side_are_a_shift(n, marked):
    assert shift([1] * n + [-1]).sum() == marked
    assert shift([-1] * n + [1]).sum() == marked


def test_point_on_the_line_ends_a_shift():
    assert not shift([1] * 4 + [0] + [1] * 4).any()


@pytest.mark.parametrize(("n", "marked"), [(6, 0), (7, 7), (8, 8)])
def test_seven_points_that_rise_or_fall_are_a_trend(n, marked):
    assert trend(np.arange(n)).sum() == marked
    assert trend(-np.arange(n)).sum() == marked


def test_equal_neighbours_end_a_trend():
    assert not trend([1, 2, 3, 4, 4, 5, 6, 7]).any()


@pytest.mark.parametrize(
    ("z", "marks"),
    [
        ([2.1, 2.1, 0.5], [True, True, False]),
        ([2.1, 0.5, 2.1], [True, False, True]),
        ([2.1, 2.1, -0.5], [False, False, False]),
        ([2.0, 2.1, 0.5], [False, False, False]),
        ([-2.1, -2.1, -0.5], [True, True, False]),
        ([2.1, 2.1], [False, False]),
    ],
)
def test_two_of_three_close_to_a_limit_need_all_three_on_its_side(z, marks):
    assert two_of_three(z).tolist() == marks


@pytest.mark.parametrize(
    ("rule", "z", "marked"),
    [
        ("nelson_2", [1] * 9, 9),
        ("nelson_2", [1] * 8, 0),
        ("nelson_3", [1, 2, 3, 4, 5, 6], 6),
        ("nelson_3", [1, 2, 3, 4, 5], 0),
        ("nelson_4", [1, -1] * 7, 14),
        ("nelson_4", [1, -1] * 6 + [1], 0),
        ("nelson_5", [2.5, -0.1, 2.5], 2),
        ("nelson_5", [2.5, -0.1, 0.1, 2.5], 0),
        ("nelson_6", [1.5, 1.5, -0.1, 1.5, 1.5], 4),
        ("nelson_6", [1.5, 1.5, -0.1, 1.5, 0.5], 0),
        ("nelson_7", [0.5, -0.5] * 7 + [0.1], 15),
        ("nelson_7", [0.5, -0.5] * 7, 0),
        ("nelson_8", [1.5, -1.5] * 4, 8),
        ("nelson_8", [1.5, -1.5] * 3 + [1.5], 0),
    ],
)
def test_nelson_rules_begin_at_their_number_of_points(rule, z, marked):
    assert nelson(z, z)[rule].sum() == marked


@given(NUMBERS)
def test_rules_do_not_depend_on_which_way_is_up(values):
    z = np.array(values)
    pd.testing.assert_frame_equal(nelson(z, z), nelson(-z, -z))
    for rule in (shift, trend, two_of_three):
        assert (rule(z) == rule(-z)).all()
    assert judge_runs(z, 0) == judge_runs(-z, 0)


@given(NUMBERS)
def test_every_rule_marks_as_many_points_as_it_is_given(values):
    assert len(nelson(values, values)) == len(shift(values)) == len(trend(values)) == len(values)
