import numpy as np
import pytest
from invented_series import counts, question

from analysis.designs.runs import judge_runs
from analysis.designs.spc import run_chart


def test_clear_fall_is_a_signal_downwards():
    chart = run_chart(counts(ratio=0.5), question())
    assert chart.signal
    assert chart.direction == "lower"
    assert chart.runs.longest_run == 12
    assert set(chart.frame["side"].iloc[46:]) == {"below"}


def test_no_change_is_no_signal():
    series = counts(ratio=1.0)
    series["numerator"] = np.where(np.arange(len(series)) % 2, 70.0, 90.0)
    chart = run_chart(series.assign(denominator=1000.0), question())
    assert not chart.signal
    assert chart.direction is None
    assert chart.centre == pytest.approx(80)


def test_centre_is_the_median_of_the_before_period_only():
    series = counts(ratio=0.3)
    before = 1000 * series["numerator"].iloc[:46] / series["denominator"].iloc[:46]
    assert run_chart(series, question()).centre == pytest.approx(before.median())


def test_months_not_used_have_no_side_and_are_not_counted():
    series = counts(ratio=0.5)
    series.loc[50, "complete"] = False
    chart = run_chart(series, question())
    assert chart.frame["side"].iloc[50] is None
    assert chart.runs.useful == 11


def test_short_baseline_gives_no_signal():
    short = run_chart(counts(11, 12, ratio=0.3), question())
    assert (short.signal, short.direction) == (False, None)
    assert short.remarks == (("short_baseline", {"first": "2024-10-01", "n": 11, "needed": 12}),)
    enough = run_chart(counts(12, 12, ratio=0.3), question())
    assert (enough.signal, enough.remarks) == (True, ())


def test_share_above_one_is_no_chart_but_its_reason():
    series = counts(ratio=0.5).assign(denominator=120.0)
    series.loc[[3, 50], "numerator"] = 130.0
    chart = run_chart(series, question(kind="share", per=1.0))
    assert chart.remarks == (("numerator_above_denominator", {"n": 2, "first": "2022-02-01"}),)
    assert (chart.signal, chart.n_before, chart.runs.useful) == (False, 0, 0)
    assert np.isnan(chart.centre)
    assert chart.frame["side"].isna().all()
    assert run_chart(series, question()).signal  # events may outnumber what they are counted per


def test_series_without_before_period_has_no_centre():
    chart = run_chart(counts(0, 12), question())
    assert np.isnan(chart.centre)
    assert not chart.signal


def test_points_on_the_centre_line_are_not_counted():
    runs = judge_runs([1, 2, 2, 1, 3], 2)
    assert (runs.useful, runs.longest_run, runs.crossings) == (3, 2, 1)


@pytest.mark.parametrize(("n", "longest", "fewest"), [(10, 6, 2), (12, 7, 3), (24, 8, 8), (32, 8, 11)])
def test_limits_follow_the_number_of_useful_points(n, longest, fewest):
    runs = judge_runs([1, 3] * (n // 2), 2)
    assert (runs.longest_run_max, runs.crossings_min) == (longest, fewest)


def test_run_just_over_the_limit_is_a_signal():
    assert not judge_runs([1] * 6 + [3, 1, 3, 1], 2).signal
    assert judge_runs([1] * 7 + [3, 1, 3], 2).signal
