import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.designs.panel.permutation import half_width, interval, number_of_orders, orders, p_value

CLOSE = 1e-5  # to a limit: statistics within a billionth of each other are ties, a little beyond it, too


@pytest.mark.parametrize(("n", "expected"), [(5, 120), (7, 5040), (8, 1000)])
def test_all_orders_up_to_5040_and_a_thousand_above(n, expected):
    found = orders(np.arange(n))
    assert len(found) == expected
    assert (found[0] == np.arange(n)).all()


def test_orders_that_are_alike_are_counted_once():
    found = orders(np.array([0, 0, 1, 1, 1]))
    assert len(found) == number_of_orders(found[0]) == len(np.unique(found, axis=0)) == 10


def test_drawn_orders_repeat_with_the_seed():
    assert (orders(np.arange(9)) == orders(np.arange(9))).all()


def test_p_counts_the_true_order():
    assert p_value(np.array([3.0, 1, -1, 2])) == 0.25
    assert p_value(np.array([1.0, 1, -1, 2])) == 1.0


@given(st.integers(0, 10_000))
@example(6485)
@settings(max_examples=25, deadline=None)
def test_the_interval_is_where_the_test_does_not_reject(seed):
    rng = np.random.default_rng(seed)
    found = rng.normal(size=60)
    slope = np.r_[1.0, rng.uniform(-1.2, 1.2, 59)]
    low, high = interval(found, slope)
    taus = np.linspace(-60, 60, 1001)
    accepted = [tau for tau in taus if p_value(found - tau * slope) > 0.05]
    assert all(low - 1e-6 <= tau <= high + 1e-6 for tau in accepted)
    for limit, inward in ((low, CLOSE), (high, -CLOSE)):
        if np.isfinite(limit):
            assert p_value(found - (limit + inward) * slope) > 0.05
            assert p_value(found - (limit - inward) * slope) <= 0.05


def test_with_few_orders_no_effect_can_be_excluded():
    low, high = interval(np.array([5.0, 1, 0, -1]), np.array([1.0, 0.2, 0.1, -0.2]))
    assert (low, high) == (-np.inf, np.inf)


def test_an_order_with_the_same_slope_bounds_one_side_only():
    found, slope = np.r_[2.0, np.zeros(39)], np.r_[1.0, np.zeros(38), 1.0]
    low, high = interval(found, slope)
    assert low == pytest.approx(2.0)
    assert high == pytest.approx(2.0)
    assert interval(np.r_[2.0, np.zeros(19)], np.r_[1.0, np.zeros(18), 1.0])[0] == pytest.approx(1.0)


@pytest.mark.parametrize(("n", "half"), [(19, np.inf), (20, 20.0), (40, 39.0)])
def test_half_width_is_what_one_in_twenty_orders_reach(n, half):
    assert half_width(np.arange(1.0, n + 1)) == half
