from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_series import START, counts, frame, mean_question, means, question

from analysis.designs.control import chart_kind, control_chart
from analysis.designs.effect import Shock
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError

AT = ordinal(START)


def series(values, denominator=100.0, before=24):
    """A series about START with given numerators."""
    at = np.arange(AT - before, AT - before + len(values))
    return frame(at, values, np.full(len(values), float(denominator)))


def varied(n, low=40, high=60):
    return [low if i % 2 else high for i in range(n)]


def codes(chart):
    return [code for code, _ in chart.remarks]


def shares(**changes):
    return question(**({"kind": "share", "per": 1.0, "better": "higher"} | changes))


def test_limits_rest_on_the_months_before_only():
    one, other = series(varied(36)), series(varied(24) + [500] * 12)
    for kind in ("u", "u_prime", "c", "xmr", "i"):
        first, second = (control_chart(s, question(), kind=kind).frame for s in (one, other))
        pd.testing.assert_frame_equal(first[["centre", "low", "high"]], second[["centre", "low", "high"]])


def test_baseline_ends_at_the_start_whatever_the_shape_of_the_change():
    late = month_of(AT + 3)
    for changes in ({}, {"settled": late}, {"impact": "delayed_step", "impact_months": 6}):
        chart = control_chart(series(varied(36)), question(**changes), kind="u")
        assert chart.frame["baseline"].tolist() == [True] * 24 + [False] * 12


def test_rise_outside_the_limits_is_a_signal_and_steady_months_are_none():
    assert control_chart(series([*varied(35), 100]), question(), kind="u").signal
    chart = control_chart(series(varied(36)), question(), kind="u")
    assert not chart.signal
    assert not chart.frame["outside"].any()


def test_long_run_inside_the_limits_is_a_signal():
    chart = control_chart(series(varied(24) + [55] * 12), question(), kind="u")
    assert not chart.frame["outside"].any()
    assert chart.runs.longest_run == 12
    assert chart.signal


def test_other_rules_are_shown_and_decide_nothing():
    rising = [50, 40, 42, 44, 46, 48, 51, 54, 47, 52, 45, 53]
    chart = control_chart(series(varied(24) + rising), question(), kind="u")
    assert chart.frame["trend"].sum() == 7
    assert set(chart.frame.loc[chart.frame["trend"], "mark"]) == {"trend"}
    assert not chart.signal


def test_outside_names_a_point_before_every_other_rule():
    chart = control_chart(series(varied(24) + list(range(80, 170, 10))), question(), kind="u")
    both = chart.frame["outside"] & chart.frame["trend"] & chart.frame["shift"]
    assert both.any()
    assert set(chart.frame.loc[both, "mark"]) == {"outside"}


@pytest.mark.parametrize(("last", "outside"), [(53, False), (54, False), (55, True)])
def test_limit_itself_is_inside(last, outside):
    """Mean 36, sigma 6: limits 18 and 54."""
    chart = control_chart(series([*[36] * 24, last]), question(), kind="c")
    assert chart.frame["high"].iloc[-1] == 54
    assert chart.frame["outside"].iloc[-1] == outside


def test_limits_keep_to_possible_values():
    few = control_chart(series([1, 0, 2, 0] * 9), question(), kind="u").frame
    assert (few["low"] == 0).all()
    high = control_chart(series([99, 98, 100, 97] * 9, 100), shares(per=100.0), kind="p").frame
    assert (high["high"] == 100).all()
    rates = control_chart(series([99, 60, 100, 97] * 9, 100), shares(), kind="xmr").frame
    assert (rates["high"] == 1).all()


def test_rates_are_scaled_by_per():
    plain, scaled = (control_chart(series(varied(36)), question(per=per), kind="u") for per in (1.0, 1000.0))
    for name in ("value", "centre", "low", "high"):
        assert scaled.frame[name].to_numpy() == pytest.approx(1000 * plain.frame[name].to_numpy())
    assert scaled.runs == plain.runs


@pytest.mark.parametrize(
    ("n", "refused", "remark"),
    [(11, True, "short_baseline"), (12, False, "thin_baseline"), (19, False, "thin_baseline")],
)
def test_short_baseline_is_refused_and_a_thin_one_told(n, refused, remark):
    chart = control_chart(series(varied(n + 12), before=n), question(), kind="u")
    assert chart.refused == refused
    assert codes(chart) == [remark]
    assert chart.remarks[0][1]["n"] == n
    assert chart.frame["centre"].isna().all() == refused


def test_twenty_months_before_are_enough():
    assert codes(control_chart(series(varied(32), before=20), question(), kind="u")) == []


def test_refused_chart_gives_no_signal():
    assert not control_chart(series([1] * 5 + [900] * 12, before=5), question(), kind="u").signal


def test_months_of_a_shock_are_shown_but_not_behind_the_limits():
    spike = varied(24)
    spike[10:13] = [300, 300, 300]
    shock = Shock("flood", month_of(AT - 14), month_of(AT - 12))
    plain = control_chart(series(varied(36)), question(), kind="c")
    told = control_chart(series(spike + varied(12)), question(shocks=(shock,)), kind="c")
    assert told.frame["baseline"].sum() == 21
    assert told.frame["outside"].sum() == 3
    assert told.frame["high"].iloc[0] == pytest.approx(plain.frame["high"].iloc[0], rel=0.02)


def test_missing_and_unfinished_months_are_passed_over():
    rows = series(varied(36))
    rows.loc[30, "complete"] = False
    rows = rows.drop(index=5)
    chart = control_chart(rows, question(), kind="u")
    assert len(chart.frame) == 36
    assert chart.frame["used"].sum() == 34
    assert chart.frame.loc[[5, 30], "value"].isna().all()
    assert chart.frame.loc[[5, 30], "mark"].isna().all()
    assert chart.parts[0].n == 23


@pytest.mark.parametrize("bad", [0.0, np.nan, -1.0])
def test_month_without_a_denominator_is_not_used(bad):
    rows = series(varied(36))
    rows.loc[30, "denominator"] = bad
    for kind in ("u", "u_prime", "xmr"):
        chart = control_chart(rows, question(), kind=kind)
        assert not chart.frame["used"].iloc[30]
        assert not chart.frame["outside"].any()


@pytest.mark.parametrize(
    ("values", "kind", "code"),
    [
        ([0] * 24 + [5] * 12, "u", "all_zero"),
        ([0] * 24 + [5] * 12, "c", "all_zero"),
        ([0] * 24 + [5] * 12, "xmr", "all_zero"),
        ([50] * 24 + [90] * 12, "xmr", "zero_variance"),
        ([50] * 24 + [90] * 12, "u_prime", "zero_variance"),
    ],
)
def test_baseline_that_does_not_vary_gives_no_signal(values, kind, code):
    chart = control_chart(series(values), question(), kind=kind)
    assert code in codes(chart)
    assert not chart.signal
    assert not chart.frame["outside"].any()
    assert (chart.frame["low"] == chart.frame["centre"]).all()
    assert (chart.frame["high"] == chart.frame["centre"]).all()


def test_share_that_is_always_all_does_not_vary():
    assert "zero_variance" in codes(control_chart(series([100] * 36), shares(), kind="p"))


def test_same_count_every_month_still_has_counting_noise():
    chart = control_chart(series([36] * 36), question(), kind="c")
    assert chart.frame["high"].iloc[0] == pytest.approx(54)
    assert chart.remarks == (("few_useful_points", {"n": 0, "needed": 8}),)


def test_share_above_one_is_refused():
    chart = control_chart(series([50] * 30 + [101] + [50] * 5), shares(), kind="p")
    assert chart.refused
    assert codes(chart) == ["numerator_above_denominator"]
    assert not chart.signal


def test_too_few_useful_months_after_are_told():
    seven, eight = (control_chart(series(varied(24 + n)), question(), kind="u") for n in (7, 8))
    assert codes(seven) == ["few_useful_points"]
    assert codes(eight) == []


def test_unstable_baseline_is_told():
    chart = control_chart(series([30] * 12 + [70] * 12 + varied(12)), question(), kind="u")
    assert dict(chart.remarks)["unstable_baseline"]["runs"] == 1


def test_chart_without_months_after_and_one_without_any_month_are_no_error():
    assert not control_chart(series(varied(24)), question(), kind="u").signal
    assert control_chart(series([]), question()).refused


def test_window_of_the_question_is_kept():
    asked = question(first=month_of(AT - 20), last=month_of(AT + 3))
    assert len(control_chart(series(varied(36)), asked, kind="u").frame) == 24


def test_new_limits_begin_where_a_reader_set_them():
    rows = series(varied(24) + varied(24, 10, 20))
    chart = control_chart(rows, question(), kind="u", rebased=(START,))
    assert [part.n for part in chart.parts] == [24, 24]
    assert [part.first for part in chart.parts] == [month_of(AT - 24), START]
    assert chart.parts[1].centre == pytest.approx(150)
    assert not chart.signal
    assert control_chart(rows, question(), kind="u").signal


def test_new_limits_on_too_few_months_are_refused_for_that_part():
    chart = control_chart(series(varied(35)), question(), kind="u", rebased=(START,))
    assert codes(chart)[0] == "short_baseline"
    assert not chart.refused
    assert chart.frame["centre"].isna().tolist() == [False] * 24 + [True] * 11


def test_part_that_begins_before_the_start_is_frozen_at_it():
    chart = control_chart(series(varied(48), before=36), question(), kind="u", rebased=(month_of(AT - 16),))
    assert [part.n for part in chart.parts] == [20, 16]


def test_new_limits_outside_the_data_change_nothing():
    plain = control_chart(series(varied(36)), question(), kind="u")
    moved = control_chart(
        series(varied(36)), question(), kind="u", rebased=(date(1999, 1, 1), date(2099, 1, 1))
    )
    pd.testing.assert_frame_equal(plain.frame, moved.frame)


@pytest.mark.parametrize(("asked", "kind"), [(mean_question(), "u"), (question(), "p"), (shares(), "c")])
def test_kind_that_does_not_fit_the_measure_is_refused(asked, kind):
    with pytest.raises(DesignError, match="does not fit"):
        control_chart(series(varied(36)), asked, kind=kind)


def test_contradictory_question_is_refused():
    asked = replace(question(), settled=month_of(AT - 1))
    with pytest.raises(DesignError):
        control_chart(series(varied(36)), asked)


def test_kind_follows_the_data():
    noise = np.random.default_rng(3)
    small, large = noise.poisson(50, 36), 100 * noise.poisson(30, 36)
    assert chart_kind(means(), mean_question()) == ("xmr", ("means", {}))
    assert chart_kind(series(small), question())[0] == "u"
    assert chart_kind(series(large, 100_000), question())[1][0] == "overdispersed"
    assert chart_kind(series(noise.binomial(100, 0.5, 36)), shares())[1][0] == "counting_noise"
    assert chart_kind(series(large, 100_000), shares())[0] == "p_prime"


def test_large_denominators_never_narrow_the_limits_below_counting_noise():
    even = series([50_000, 50_010] * 18, 100_000)
    kind, (code, numbers) = chart_kind(even, shares())
    assert (kind, code) == ("p", "counting_noise")
    assert numbers["sigma_z"] < 1
    assert numbers["denominator"] == 100_000


def test_kind_is_chosen_when_none_is_stated():
    assert control_chart(counts(), question()).chosen[0] in (
        "counting_noise",
        "large_denominators",
        "overdispersed",
    )
    assert control_chart(counts(), question(), kind="u").chosen == ("stated", {})


def test_run_chart_has_a_median_and_no_limits():
    chart = control_chart(series(varied(24) + [30] * 12), question(), kind="run")
    assert chart.frame[["low", "high"]].isna().all().all()
    assert chart.parts[0].centre == 500
    assert chart.signal
    assert set(chart.frame["mark"].iloc[24:]) == {"shift"}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 100), min_size=0, max_size=40),
    st.sampled_from(["u", "u_prime", "c", "xmr", "i", "run"]),
)
def test_any_counts_give_a_chart_with_limits_in_order(values, kind):
    chart = control_chart(series(values), question(), kind=kind)
    known = chart.frame.dropna(subset=["low", "centre", "high"])
    assert (known["low"] <= known["centre"] + 1e-9).all()
    assert (known["centre"] <= known["high"] + 1e-9).all()
    assert not (chart.frame["outside"] & ~chart.frame["used"]).any()


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(36)))
def test_order_of_rows_does_not_matter(order):
    rows = counts(24, 12)
    one, other = (control_chart(r, question()) for r in (rows, rows.iloc[list(order)]))
    pd.testing.assert_frame_equal(one.frame, other.frame)
