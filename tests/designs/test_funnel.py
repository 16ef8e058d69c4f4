import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.designs.funnel import funnel, funnel_shares
from analysis.errors import DesignError

WAYS = ["shmi", "cqc", "cqc_untransformed"]


def units(observed, expected=100.0):
    return pd.DataFrame({"unit": [f"u{i}" for i in range(len(observed))], "observed": observed}).assign(
        expected=expected
    )


def shares(numerator, denominator=100.0):
    names = {"observed": "numerator", "expected": "denominator"}
    return units(numerator, denominator).rename(columns=names)


@pytest.mark.parametrize("way", WAYS)
def test_units_that_differ_by_chance_alone_are_inside(way):
    observed = np.random.default_rng(1).poisson(100, 30)
    found = funnel(units(observed), overdispersion=way)
    assert set(found.frame["position"]) == {"inside"}
    assert found.phi < 1.5


def test_unit_far_off_is_told_and_order_is_kept():
    found = funnel(units([100, 105, 300, 95, 100, 103, 20])).frame
    assert found["unit"].tolist() == [f"u{i}" for i in range(7)]
    assert found["position"].tolist() == ["inside", "inside", "above", "inside", "inside", "inside", "below"]
    assert not {"rank", "place"} & set(found.columns)


@pytest.mark.parametrize(("name", "tail"), [("95", 0.025), ("998", 0.001)])
def test_limits_are_the_exact_interval_about_the_expected_number(name, tail):
    row = funnel(units([100] * 5, 20.0)).frame.iloc[0]
    assert stats.poisson.sf(19, row[f"low_{name}"] * 20) == pytest.approx(tail)
    assert stats.poisson.cdf(20, row[f"high_{name}"] * 20) == pytest.approx(tail)


@pytest.mark.parametrize(("expected", "reasons"), [(2.0, 1), (6.9, 1), (7.0, 0)])
def test_unit_that_is_below_more_often_than_the_limit_says_is_remarked(expected, reasons):
    found = funnel(units([0, 100, 100, 100, 100, 100], [expected, 100, 100, 100, 100, 100]))
    assert found.frame["position"].iloc[0] == "below"
    assert found.frame["chance_so_few"].iloc[0] == pytest.approx(np.exp(-expected))
    assert found.reasons == (("lower_limit_approximate", {"n": 1}),) * reasons


def test_value_on_a_limit_is_inside():
    limit = funnel(units([100] * 5)).frame["high_998"].iloc[0] * 100
    for observed, position in ((limit, "inside"), (limit + 1e-6, "above")):
        assert funnel(units([100, 100, 100, 100, observed])).frame["position"].iloc[-1] == position


@pytest.mark.parametrize("way", ["shmi", "cqc"])
def test_overdispersion_widens_the_limits(way):
    observed = np.random.default_rng(2).poisson(100 * np.exp(np.random.default_rng(3).normal(0, 0.4, 40)))
    found = funnel(units(observed), overdispersion=way)
    assert found.phi > 3
    assert found.tau2 > 0
    assert (found.frame["adjusted_high_998"] > found.frame["high_998"]).all()
    outside = (found.frame[["position", "adjusted_position"]] != "inside").sum()
    assert outside["position"] > outside["adjusted_position"]


@pytest.mark.parametrize("way", WAYS)
def test_no_overdispersion_adds_nothing(way):
    found = funnel(units([100, 101, 99, 100, 100, 102]), overdispersion=way)
    assert found.tau2 == 0


@pytest.mark.parametrize(("n", "told"), [(4, False), (5, True)])
def test_fewer_than_five_units_are_not_told_apart(n, told):
    for found in (funnel(units([100] * (n - 1) + [500])), funnel_shares(shares([10] * (n - 1) + [90]))):
        assert found.frame["position"].notna().all() == told
        assert found.frame["adjusted_position"].notna().all() == told
        assert (found.reasons == ()) == told


def test_units_without_any_event_are_not_told_apart():
    assert funnel(units([0] * 6)).reasons == (("all_zero", {"n": 6}),)
    assert funnel_shares(shares([0] * 6)).reasons == (("all_zero", {"n": 6}),)


@pytest.mark.parametrize("way", WAYS)
def test_one_unit_without_events_is_judged_like_others(way):
    found = funnel(units([0, 100, 104, 96, 101, 99]), overdispersion=way)
    assert found.frame["position"].iloc[0] == "below"
    assert np.isfinite([found.phi, found.tau2]).all()


def test_units_with_less_than_one_event_expected_are_remarked():
    assert funnel(units([1, 1, 1, 1, 1, 1], [0.4, 5, 5, 5, 5, 5])).reasons == (("few_expected", {"n": 1}),)
    assert funnel(units([1, 1, 1, 1, 1, 1], [0.001, 5, 5, 5, 5, 5])).frame["value"].notna().all()


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        (units([1, 2, 3, 4, 5], 0.0), "expected is 0 for u0"),
        (units([1, 2, 3, 4, -5]), "negative"),
        (units([1, 2, 3, 4, np.nan]), "not a number"),
        (units([1, 2, 3, 4, np.inf]), "not a number"),
        (units([1, 2, 3, 4, 5]).assign(unit="same"), "twice"),
        (units([1, 2, 3, 4, 5]).assign(unit=None), "no name"),
        (units([1, 2, 3, 4, 5]).drop(columns="expected"), "lack expected"),
    ],
)
def test_bad_units_are_refused(frame, what):
    with pytest.raises(DesignError, match=what):
        funnel(frame)


def test_share_above_one_and_empty_denominators_are_refused():
    with pytest.raises(DesignError, match="above the denominator"):
        funnel_shares(shares([50, 50, 50, 50, 101]))
    with pytest.raises(DesignError, match="denominator is 0"):
        funnel_shares(shares([0, 0, 0, 0, 0], 0.0))


def test_shares_are_held_against_all_units_together():
    found = funnel_shares(shares([50, 52, 48, 51, 49, 95]))
    assert found.target == pytest.approx(345 / 600)
    assert found.frame["position"].tolist() == ["inside"] * 5 + ["above"]
    assert found.method == "share_arcsine"


def test_limits_of_shares_narrow_with_size_and_stay_between_0_and_1():
    frame = funnel_shares(shares([1, 20, 200, 1000, 5000], [2.0, 40.0, 400.0, 2000.0, 10000.0])).frame
    width = frame["high_998"] - frame["low_998"]
    assert (width.diff().dropna() < 0).all()
    limits = frame[["low_95", "high_95", "low_998", "high_998"]]
    assert ((limits >= 0) & (limits <= 1)).all().all()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.floats(0.5, 300)), min_size=5, max_size=20),
    st.sampled_from(["shmi", "cqc"]),
)
def test_wider_limits_hold_narrower_ones_and_order_does_not_matter(pairs, way):
    given_units = units([o for o, _ in pairs], [e for _, e in pairs])
    found = funnel(given_units, overdispersion=way)
    for prefix in ("", "adjusted_"):
        if found.frame[f"{prefix}position"].isna().any():
            continue
        assert (found.frame[f"{prefix}low_998"] <= found.frame[f"{prefix}low_95"]).all()
        assert (found.frame[f"{prefix}high_998"] >= found.frame[f"{prefix}high_95"]).all()
    turned = funnel(given_units.iloc[::-1], overdispersion=way).frame.iloc[::-1].reset_index(drop=True)
    if way == "cqc":
        pd.testing.assert_frame_equal(found.frame, turned, check_exact=False)
