import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from analysis.designs.persons.wins import stratified_agree, stratified_net, win_probability
from analysis.errors import DesignError

COUNTS = st.lists(st.integers(0, 30), min_size=5, max_size=5).filter(any).map(np.array)


@given(COUNTS, COUNTS)
def test_the_chance_is_the_mann_whitney_statistic(earlier, later):
    answers = [np.repeat(np.arange(5), counts) for counts in (later, earlier)]
    statistic = stats.mannwhitneyu(*answers).statistic
    assert_allclose(win_probability(earlier, later)[0], statistic / earlier.sum() / later.sum())


@given(COUNTS, COUNTS)
def test_exchanging_the_sides_turns_the_sign_and_keeps_the_error(earlier, later):
    one, other = (
        stratified_net(a[None], b[None], np.ones(1)) for a, b in ((earlier, later), (later, earlier))
    )
    assert_allclose([one.estimate, one.se], [-other.estimate, other.se], atol=1e-12)


@given(COUNTS, st.integers(1, 20))
def test_the_same_answers_on_both_sides_are_no_difference(counts, times):
    found = stratified_net(counts[None], times * counts[None], np.ones(1))
    assert_allclose(found.estimate, 0, atol=1e-12)
    if np.count_nonzero(counts) > 1:
        assert found.low < 0 < found.high
    else:
        assert np.isnan([found.low, found.high, found.p]).all()


def test_sets_without_overlap_still_have_an_interval():
    found = stratified_net(np.array([[10, 0, 0, 0, 0]]), np.array([[0, 0, 0, 0, 10]]), np.ones(1))
    assert (found.estimate, found.high) == (1, 1)
    assert 0.5 < found.low < 1


def test_answers_are_compared_within_their_group_only():
    earlier = np.array([[90, 0, 0, 0, 10], [0, 0, 0, 0, 0]]) + np.array([[0] * 5, [1, 0, 0, 0, 9]])
    later = np.array([[9, 0, 0, 0, 1], [10, 0, 0, 0, 90]])
    within = stratified_net(earlier, later, np.array([110.0, 110.0]))
    assert within.estimate == pytest.approx(0)
    pooled = stratified_net(earlier.sum(axis=0)[None], later.sum(axis=0)[None], np.ones(1))
    assert pooled.low > 0.5


def test_intervals_of_small_groups_cover_the_truth():
    rng = np.random.default_rng(1)
    shares = np.array([0.05, 0.1, 0.2, 0.4, 0.25])
    draws = rng.multinomial(12, shares, (1500, 2, 3))
    found = [stratified_net(earlier, later, np.ones(3)) for earlier, later in draws]
    assert np.mean([one.low <= 0 <= one.high for one in found]) == pytest.approx(0.95, abs=0.02)


def test_the_difference_in_agreeing_shares_is_weighted_by_the_mix():
    earlier, later = np.array([[5, 5], [10, 0]]), np.array([[0, 10], [10, 0]])
    found = stratified_agree(earlier, later, np.array([3.0, 1.0]), np.array([False, True]))
    assert found.estimate == pytest.approx(0.375)
    assert found.low < 0.375 < found.high


def test_a_side_without_answers_is_refused():
    with pytest.raises(DesignError, match="no answers"):
        win_probability(np.zeros(5, int), np.ones(5, int))
