"""Summaries, histograms and cells of one place: each rule on both sides, and nothing small comes back."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date
from itertools import pairwise, product
from math import inf, isnan, nan

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.area import Policy
from analysis.errors import DesignError, DisclosureStop
from analysis.release.nested import Beside
from analysis.release.periods import series
from analysis.release.statistics import ReleasedSummary, dominated, histogram, summary
from candidates import FEW, lonely

POLICY = Policy()


def shown(value: float) -> float | None:
    return None if isnan(value) else value


def seen(values, persons=None, policy=POLICY):
    one = summary(values, policy, persons)
    return tuple(shown(x) for x in (one.n, one.mean, one.median, one.lower, one.upper))


def bars(counts, policy=POLICY, persons=None):
    """The histogram of values that lie `counts[i]` times in class i."""
    values = [at for at, n in enumerate(counts) for _ in range(n)]
    bins = [at + 0.5 for at in range(len(counts) - 1)]
    return tuple((b.low, b.high, shown(b.n)) for b in histogram(values, bins, policy, persons).bins)


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, (0, None, None, None, None)),
        (7, (None, None, None, None, None)),
        (8, (10, None, None, None, None)),
        (9, (10, None, None, None, None)),
        (10, (10, 4.5, 4.5, None, None)),
        (31, (30, 15.0, 15.0, None, None)),
        (32, (30, 15.5, 15.5, 7.8, 23.2)),
    ],
)
def test_a_mean_needs_ten_values_and_quartiles_thirty_two(n, expected) -> None:
    assert seen(range(n)) == expected


@pytest.mark.parametrize(
    ("persons", "n", "mean"), [(7, None, None), (8, 40, None), (9, 40, None), (10, 40, 19.5)]
)
def test_the_persons_behind_the_values_decide(persons, n, mean) -> None:
    assert seen(range(40), [i % persons for i in range(40)])[:2] == (n, mean)


@pytest.mark.parametrize(("persons", "upper"), [(31, None), (32, 29.2)])
def test_quartiles_need_thirty_two_persons(persons, upper) -> None:
    assert seen(range(40), [i % persons for i in range(40)])[4] == upper


@pytest.mark.parametrize(("n", "mean"), [(15, None), (16, 1.0)])
def test_a_stricter_policy_hides_more_means(n, mean) -> None:
    assert seen([1] * n, policy=Policy(hide_up_to=15))[1] == mean


@pytest.mark.parametrize(("n", "lower"), [(63, None), (64, 15.8)])
def test_a_stricter_policy_hides_more_quartiles(n, lower) -> None:
    assert seen(range(n), policy=Policy(hide_up_to=15))[3] == lower


@pytest.mark.parametrize(("different", "mean"), [(0, 1.0), (1, None), (7, None), (8, 1.2)])
def test_a_mean_of_equal_values_is_hidden_when_few_are_different(different, mean) -> None:
    assert seen([1] * 32 + [2] * different)[1] == mean


def test_those_who_are_different_are_counted_as_persons() -> None:
    values, persons = [1] * 40 + [2] * 8, [*range(40), *[50 + i // 2 for i in range(8)]]
    assert seen(values, persons)[1] is None
    assert seen(values)[1] == 1.2


@pytest.mark.parametrize(("each", "hidden"), [(42, False), (43, True), (-42, False), (-43, True)])
def test_a_mean_is_hidden_when_one_person_has_most_of_the_sum(each, hidden) -> None:
    values = [*range(1, 21), *[each] * 20]
    assert (seen(values, [*range(20), *[99] * 20])[1] is None) is hidden
    assert seen(values)[1] is not None


@pytest.mark.parametrize(("largest", "mean"), [(500, 118.6), (501, None), (-300, 81.4), (-301, None)])
def test_a_mean_is_hidden_when_one_value_is_most_of_the_distance_from_the_median(largest, mean) -> None:
    near = range(90, 110) if largest > 0 else range(91, 111)
    assert seen([*near, largest])[1] == mean


def test_median_and_quartiles_stay_where_only_the_mean_is_dominated() -> None:
    assert seen([*range(40), 100000]) == (40, None, 20.0, 10.0, 30.0)


def test_nothing_but_the_number_is_shown_where_few_are_different() -> None:
    assert seen([1] * 40 + [2] * 7) == (45, None, None, None, None)
    assert seen([1] * 7 + [2] * 7) == (15, None, None, None, None)


def test_values_that_are_not_finite_are_left_out_with_their_persons() -> None:
    assert seen([nan, *range(10), inf, -inf], [*range(13)]) == seen(range(10))
    assert seen([nan] * 5 + [1.0] * 5, range(10)) == seen([1.0] * 5)


def test_no_minus_stands_before_nought() -> None:
    one = summary([-0.01, 0.01, -0.02, -0.02, *[-0.04 + i / 100 for i in range(8)]], POLICY)
    assert str(one.mean) == str(one.median) == "0.0"


def test_a_summary_names_its_rule_cannot_be_changed_or_made_elsewhere() -> None:
    one = summary(range(40), POLICY)
    assert one.rule == "R1 R4 R9"
    with pytest.raises(FrozenInstanceError):
        one.mean = 1.0
    with pytest.raises(DisclosureStop):
        ReleasedSummary(rule="R4", n=1.0, mean=1.0, median=1.0, lower=1.0, upper=1.0)


def test_how_many_of_few_have_another_value_does_not_come_back() -> None:
    """Noughts and ones, where the mean is a share."""
    cases = ((noughts, ones) for noughts in range(45) for ones in range(45))
    released = ((seen([0] * noughts + [1] * ones), (noughts, ones)) for noughts, ones in cases)
    assert lonely(released, lambda counts: max(counts) < 35) == []


def test_how_many_of_few_values_there_are_does_not_come_back() -> None:
    assert len({seen(range(n)) for n in FEW}) == 1


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([0, 0, 0], [(-inf, 0.5, 0), (0.5, 1.5, 0), (1.5, inf, 0)]),
        ([8, 0, 8], [(-inf, 0.5, 10), (0.5, 1.5, 0), (1.5, inf, 10)]),
        ([7, 8, 8], [(-inf, 1.5, 15), (1.5, inf, 10)]),
        ([8, 8, 7], [(-inf, 0.5, 10), (0.5, inf, 15)]),
        ([8, 7, 8], [(-inf, 0.5, 10), (0.5, inf, 15)]),
        ([1, 1, 8], [(-inf, inf, 10)]),
        ([1, 0, 8, 9], [(-inf, 2.5, 10), (2.5, inf, 10)]),
        ([9, 0, 8, 1], [(-inf, 0.5, 10), (0.5, 1.5, 0), (1.5, inf, 10)]),
        ([9, 8, 1, 9], [(-inf, 0.5, 10), (0.5, 2.5, 10), (2.5, inf, 10)]),
        ([20, 3, 20, 4], [(-inf, 0.5, 20), (0.5, inf, 25)]),
        ([3, 20, 20, 4, 20], [(-inf, 1.5, 25), (1.5, 3.5, 25), (3.5, inf, 20)]),
        ([1, 2, 4], [(-inf, inf, None)]),
        ([7], [(-inf, inf, None)]),
        ([8], [(-inf, inf, 10)]),
    ],
)
def test_classes_with_few_go_together_with_the_next_towards_the_middle(counts, expected) -> None:
    assert bars(counts) == tuple(expected)


def test_classes_are_counted_as_persons() -> None:
    assert bars([8, 8], persons=[*range(8), *range(8)]) == ((-inf, 0.5, 10), (0.5, inf, 10))
    assert bars([8, 8], persons=[*range(7), 0, *range(8)]) == ((-inf, inf, 15),)
    assert bars([4, 4], persons=[*range(4), *range(4)]) == ((-inf, inf, None),)


def test_a_value_on_a_bound_belongs_to_the_class_above_and_missing_ones_to_none() -> None:
    one = histogram([1.0] * 8 + [0.9] * 9 + [nan] * 30, [1], POLICY)
    assert [b.n for b in one.bins] == [10, 10]
    assert [b.n for b in histogram([1.0] * 8 + [0.9] * 13, [1], POLICY).bins] == [15, 10]
    assert one.rule == "R1 R7 R11"


@pytest.mark.parametrize("bins", [[1, 1], [2, 1], [nan], [inf]])
def test_bounds_that_do_not_increase_are_refused(bins) -> None:
    with pytest.raises(DesignError):
        histogram([1.0], bins, POLICY)


@pytest.mark.parametrize(("classes", "end"), [(1, 16), (2, 16), (3, 12), (4, 9)])
def test_no_class_of_few_comes_back_from_a_histogram_and_the_number_of_values(classes, end) -> None:
    grid = product(range(end), repeat=classes)
    released = (((bars(counts), seen(range(sum(counts)))[0]), counts) for counts in grid)
    assert lonely(released, lambda counts: max(counts) < end - 2) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(5, 12), st.integers(1, 7))
def test_a_histogram_never_shows_few_and_loses_no_class(counts, hide, step) -> None:
    found = bars(counts, Policy(hide_up_to=hide, round_to=step))
    assert found[0][0] == -inf
    assert found[-1][1] == inf
    assert all(one[1] == other[0] for one, other in pairwise(found))
    assert all(n is not None for *_, n in found) or len(found) == 1
    for low, high, n in found:
        true = sum(c for at, c in enumerate(counts) if low <= at < high)
        assert true == 0 == n or true > hide or n is None


@pytest.mark.parametrize(
    ("counts", "one_place"),
    [
        ([], True),
        ([100], True),
        ([50, 50], True),
        ([50, 50, 0], True),
        ([50, 50, 1], False),
        ([80, 10, 10], False),
        ([81, 10, 9], True),
        ([8, 1, 1], False),
    ],
)
def test_a_cell_of_fewer_than_three_places_or_mostly_of_one_is_shown_with_others(counts, one_place) -> None:
    assert dominated(counts) is one_place


# ---- beside the series of the same cases


def beside(*months: int) -> Beside:
    """The number of cases by month of a half-year."""
    starts = pd.date_range("2026-01-01", periods=6, freq="MS")
    frame = pd.DataFrame({"period_start": starts, "numerator": 900, "denominator": months, "complete": True})
    shown_ = series(frame, "mean", POLICY, level="month", before=date(2026, 1, 1))
    return Beside(shown_, starts[0], "denominator")


@pytest.mark.parametrize(
    ("months", "told"),
    [((8, 8, 8, 8, 8, 12), [30.0, 20.0]), ((8, 8, 8, 8, 8, 1), [None])],
    ids=["narrows nothing", "would narrow a month"],
)
def test_classes_stand_beside_the_series_of_the_same_cases(months, told) -> None:
    values = [0.0] * (sum(months) - 20) + [2.0] * 20
    one = histogram(values, [1], POLICY, beside=beside(*months))
    assert [shown(b.n) for b in one.bins] == told


def test_classes_are_not_told_where_their_own_number_would_narrow_them() -> None:
    """16 is told as 15, so at most 17; two classes of 10, at least 8 each, would be 8 or 9."""
    for second, told in ((8, [None]), (12, [10.0, 10.0])):
        one = histogram([0.0] * 8 + [2.0] * second, [1], POLICY, beside=beside(8 + second, 0, 0, 0, 0, 0))
        assert [shown(b.n) for b in one.bins] == told
