"""Counts and what is made of them: each rule just under, at and just over its boundary."""

from __future__ import annotations

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.area import Policy
from analysis.release import count, of_persons, quotient, ratio

POLICY = Policy()
HIDDEN = "hidden"
NAN = float("nan")
POLICIES = st.builds(Policy, hide_up_to=st.integers(5, 20), round_to=st.integers(1, 5))
NUMBERS = st.integers(0, 5000)
KINDS = st.sampled_from(["count", "share", "mean"])


def seen(value: float) -> float | str:
    return HIDDEN if isnan(value) else value


@pytest.mark.parametrize(
    ("true", "shown"),
    [
        (0, 0), (1, HIDDEN), (7, HIDDEN), (8, 10), (9, 10), (12, 10), (13, 15), (17, 15), (18, 20),
        (1002, 1000), (1003, 1005), (NAN, HIDDEN), (-3, HIDDEN),
    ],
)  # fmt: skip
def test_counts_of_one_to_seven_are_hidden_and_others_rounded_to_five(true: int, shown: float | str) -> None:
    assert seen(count(true, POLICY)) == shown


def test_the_areas_own_numbers_decide() -> None:
    strict = Policy(hide_up_to=10, round_to=10)
    assert [seen(count(n, strict)) for n in (0, 10, 11, 15, 24)] == [0, HIDDEN, 10, 20, 20]


def test_a_total_is_rounded_by_itself_not_added_from_rounded_parts() -> None:
    parts = [8, 8, 8]
    assert count(sum(parts), POLICY) == 25
    assert sum(count(n, POLICY) for n in parts) == 30


@pytest.mark.parametrize(
    ("cases", "persons", "shown"),
    [
        (30, 7, HIDDEN), (30, 8, 30), (30, 1, HIDDEN), (30, 0, HIDDEN), (7, 8, HIDDEN), (8, 8, 10),
        (0, 0, 0), (30, NAN, 30), (7, NAN, HIDDEN),
    ],
)  # fmt: skip
def test_the_smaller_of_persons_and_cases_decides_what_is_hidden(
    cases: int, persons: float, shown: float | str
) -> None:
    assert seen(of_persons(cases, persons, POLICY)) == shown


def test_the_areas_own_limit_holds_for_persons() -> None:
    strict = Policy(hide_up_to=10)
    assert [seen(of_persons(30, n, strict)) for n in (10, 11)] == [HIDDEN, 30]


@pytest.mark.parametrize(
    ("numerator", "base", "shown"),
    [
        (8, 17, HIDDEN), (8, 18, 500.0), (7, 20, HIDDEN), (7, 1000, HIDDEN), (0, 1000, HIDDEN),
        (8, 1000, 10.0), (13, 1003, 14.9), (20, 20, 1000.0), (40, 7, HIDDEN), (40, 0, HIDDEN),
    ],
)  # fmt: skip
def test_rates_need_a_shown_base_of_twenty_and_more_than_seven(
    numerator: int, base: int, shown: float | str
) -> None:
    assert seen(ratio(numerator, base, "count", POLICY, 1000)) == shown


@pytest.mark.parametrize(
    ("numerator", "base", "shown"),
    [
        (8, 22, HIDDEN), (8, 23, 0.4), (12, 23, 0.4), (13, 23, HIDDEN), (20, 20, HIDDEN), (7, 50, HIDDEN),
        (8, 50, 0.2), (37, 50, 0.7), (38, 50, HIDDEN), (0, 50, HIDDEN), (333, 1000, 0.34), (332, 1002, 0.33),
    ],
)  # fmt: skip
def test_shares_also_need_a_shown_rest_that_is_surely_above_seven(
    numerator: int, base: int, shown: float | str
) -> None:
    assert seen(ratio(numerator, base, "share", POLICY)) == shown


@pytest.mark.parametrize(("rest", "is_shown"), [(20, False), (21, True)])
def test_the_rest_of_a_share_exceeds_what_is_hidden_by_what_is_rounded(rest: int, is_shown: bool) -> None:
    strict = Policy(hide_up_to=15, round_to=5)
    assert isnan(quotient(40, 40 + rest, "share", strict)) is not is_shown


@pytest.mark.parametrize(
    ("total", "base", "shown"),
    [
        (42, 17, HIDDEN), (42, 18, 2.0), (1, 30, HIDDEN), (7, 30, HIDDEN), (8, 30, 0.3), (0, 30, 0.0),
        (7, 1000, HIDDEN), (66, 32, 2.2), (0, 7, HIDDEN), (0, 0, HIDDEN), (42, 7, HIDDEN),
    ],
)  # fmt: skip
def test_means_need_twenty_and_no_small_sum_and_are_of_rounded_parts(
    total: int, base: int, shown: float | str
) -> None:
    assert seen(ratio(total, base, "mean", POLICY)) == shown


def test_a_base_of_days_is_not_rounded() -> None:
    assert ratio(310, 31, "count", POLICY, counted_base=False) == 10.0
    assert ratio(310, 31, "count", POLICY) == round(310 / 30, 1)


@pytest.mark.parametrize(("base", "shown"), [(19, HIDDEN), (20, 2.0)])
def test_a_quotient_of_shown_parts_needs_a_base_of_twenty(base: int, shown: float | str) -> None:
    assert seen(quotient(40, base, "mean", POLICY)) == (shown if base == 20 else HIDDEN)
    assert seen(quotient(NAN, base, "mean", POLICY)) == HIDDEN
    assert seen(quotient(40, NAN, "mean", POLICY)) == HIDDEN


@given(NUMBERS, POLICIES)
def test_a_shown_count_is_hidden_zero_or_a_multiple(true: int, policy: Policy) -> None:
    shown = count(true, policy)
    if isnan(shown):
        assert 1 <= true <= policy.hide_up_to
    else:
        assert shown % policy.round_to == 0
        assert abs(shown - true) <= policy.round_to / 2
        assert (shown == 0) == (true == 0)


@given(NUMBERS, NUMBERS, KINDS, POLICIES)
def test_no_value_is_shown_from_a_small_part(numerator: int, rest: int, kind: str, policy: Policy) -> None:
    base = numerator + rest
    if isnan(ratio(numerator, base, kind, policy)):
        return
    assert count(base, policy) >= 20
    assert numerator > policy.hide_up_to or (kind == "mean" and numerator == 0)
    assert kind != "share" or rest > policy.hide_up_to


@given(NUMBERS, NUMBERS, st.integers(-4, 4), st.integers(-4, 4), KINDS, POLICIES)
def test_parts_that_are_shown_alike_have_the_same_value(  # noqa: PLR0917
    numerator: int, base: int, more: int, longer: int, kind: str, policy: Policy
) -> None:
    """A reader learns nothing from a value, nor from its absence, beyond the counts beside it."""
    pairs = [(numerator, base), (max(0, numerator + more), max(0, base + longer))]
    if len({(seen(count(n, policy)), seen(count(d, policy))) for n, d in pairs}) == 1:
        assert len({seen(ratio(n, d, kind, policy, 1000)) for n, d in pairs}) == 1
