import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.designs.panel.group_time import aggregate, att_gt
from analysis.designs.panel.order_effects import (
    Cohorts,
    by_cohort,
    by_event_time,
    by_period,
    gaps,
    linear_weights,
    overall,
    own_change,
    treated,
)
from analysis.designs.panel.permutation import orders

STARTS = np.array([4.0, 6.0, 9.0, np.inf])
COHORTS = Cohorts(STARTS, STARTS, np.arange(12.0))
CODES = np.array([0, 0, 1, 2, 3])


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=25, deadline=None)
def test_the_overall_effect_is_that_of_callaway_and_santanna(seed, never):
    rng = np.random.default_rng(seed)
    values, weights = rng.normal(size=(5, 12)), rng.uniform(0.5, 2, 5)
    starts = STARTS if never else np.array([4.0, 6.0, 9.0, 10.0])
    cohorts = Cohorts(starts, starts, np.arange(12.0))
    rows = {
        "unit": np.repeat(list("abcde"), 12), "period": np.tile(np.arange(12), 5), "value": values.ravel(),
        "start": np.repeat(starts[CODES], 12), "weight": np.repeat(weights, 12),
    }  # fmt: skip
    import pandas as pd

    want = aggregate(att_gt(pd.DataFrame(rows), control="not_yet", base="all_before"), "simple")
    assert overall(gaps(values, CODES[None], weights, cohorts))[0] == pytest.approx(want.estimate)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_linear_weights_give_the_overall_effect_under_every_order(seed):
    rng = np.random.default_rng(seed)
    values, weights, codes = rng.normal(size=(5, 12)), rng.uniform(0.5, 2, 5), orders(CODES)
    k = linear_weights(codes, weights, COHORTS)
    sums = ((codes[:, None, :] == np.arange(4)[:, None]) * weights) @ values
    np.testing.assert_allclose((k * sums).sum(axis=(1, 2)), overall(gaps(values, codes, weights, COHORTS)))


def test_an_exact_effect_is_found_however_it_is_summed_up():
    came = treated(COHORTS, CODES)
    found = gaps(came + np.arange(5)[:, None] + np.arange(12) ** 2, CODES[None], np.ones(5), COHORTS)
    assert overall(found)[0] == pytest.approx(1.0)
    np.testing.assert_allclose(
        by_event_time(found, np.array([-3.0, -1.0, 0.0, 2.0]))[0], [0, 0, 1, 1], atol=1e-9
    )
    np.testing.assert_allclose(by_cohort(found)[0, :3], 1.0)
    np.testing.assert_allclose(by_period(found)[0], came[:4].mean(axis=0), atol=1e-9)


def test_own_change_is_without_comparison():
    values = np.tile(np.arange(12.0), (5, 1))
    found = gaps(values, CODES[None], np.ones(5), COHORTS)
    assert overall(found)[0] == pytest.approx(0.0, abs=1e-12)
    assert own_change(found)[0] > 3


def test_a_unit_without_weight_is_left_out():
    values = np.random.default_rng(1).normal(size=(5, 12))
    left_out = overall(gaps(values, CODES[None], np.array([1.0, 0, 1, 1, 1]), COHORTS))
    without = overall(gaps(np.delete(values, 1, 0), np.delete(CODES, 1)[None], np.ones(4), COHORTS))
    assert left_out[0] == pytest.approx(without[0])


def test_the_treatment_grows_evenly_over_the_transition():
    cohorts = Cohorts(np.array([4.0, np.inf]), np.array([6.0, np.inf]), np.arange(8.0))
    np.testing.assert_allclose(treated(cohorts, np.array([0, 1]))[0], [0, 0, 0, 0, 1 / 3, 2 / 3, 1, 1])
    assert not treated(cohorts, np.array([0, 1]))[1].any()
