"""Mixtures of t distributions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.designs.mixture import cdf, quantile


def test_a_mixture_of_one_is_a_t_distribution():
    one = np.ones(1), np.array([[2.0]]), np.array([[0.5]]), 12.0
    assert quantile(0.975, *one)[0] == pytest.approx(2 + 0.5 * stats.t.ppf(0.975, 12), abs=1e-9)
    assert cdf(np.array([2.0]), *one)[0] == pytest.approx(0.5)


@given(
    p=st.floats(0.001, 0.999),
    df=st.floats(2, 80),
    parts=st.lists(
        st.tuples(st.floats(0.01, 1), st.floats(-5, 5), st.floats(0.05, 4)), min_size=1, max_size=12
    ),
)
@settings(max_examples=60, deadline=None)
def test_the_quantile_is_where_the_distribution_function_says(p, df, parts):
    weights, centres, scales = (np.array(column) for column in zip(*parts, strict=True))
    known = weights / weights.sum(), centres[None], scales[None], df
    assert cdf(quantile(p, *known), *known)[0] == pytest.approx(p, abs=1e-7)


def test_far_apart_components_are_found_too():
    known = np.array([0.5, 0.5]), np.array([[-100.0, 100.0]]), np.array([[0.01, 0.01]]), 30.0
    for p in (0.025, 0.4, 0.6, 0.975):
        assert cdf(quantile(p, *known), *known)[0] == pytest.approx(p, abs=1e-6)
