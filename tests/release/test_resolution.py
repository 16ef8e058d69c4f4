"""How finely a result is told: each rule on both sides of its edge."""

from __future__ import annotations

from functools import partial
from math import inf, isnan, log10, nan

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_series import counts, mean_question, question

from analysis.area import Policy
from analysis.designs.segmented import evaluate
from analysis.release.resolution import (
    LIMITS,
    Resolution,
    Scale,
    fewest,
    outwards,
    p_counted,
    p_told,
    power_of_ten,
    resolution,
    sides,
    snapped,
    to_step,
    whole,
)

POLICY = Policy()
CASES = st.floats(1e-5, 0.7)
RATIOS = st.floats(0.01, 20)


@pytest.mark.parametrize(
    ("size", "step"),
    [
        (0.001, 0.001), (0.0011, 0.0015), (0.0016, 0.002), (0.0021, 0.0025), (0.0026, 0.003), (0.31, 0.4),
        (0.41, 0.5), (0.51, 0.6), (6.1, 8), (8.1, 10), (8, 8), (99, 100), (0, 0), (inf, inf),
    ],
)  # fmt: skip
def test_steps_are_nice_numbers_and_never_finer(size: float, step: float) -> None:
    assert snapped(size) == step


@given(st.floats(1e-9, 1e9))
def test_a_step_is_at_most_half_as_large_again_as_what_it_is_for(size: float) -> None:
    assert size * (1 - 1e-8) <= snapped(size) <= 1.5 * size * (1 + 1e-8)


@pytest.mark.parametrize(
    ("value", "step", "nothing", "shown"),
    [
        (0.557, 0.02, 1.0, 0.56), (0.5701, 0.02, 1.0, 0.58), (-3.675, 0.1, 0.0, -3.7), (2.5, 0, 0.0, 2.5),
        (inf, 0.1, 1.0, inf), (-inf, 0.1, 0.0, -inf),
    ],
)  # fmt: skip
def test_values_are_multiples_of_the_step_from_no_change(
    value: float, step: float, nothing: float, shown: float
) -> None:
    assert to_step(value, step, nothing) == shown


def test_nothing_is_told_in_infinite_steps_and_no_number_stays_none() -> None:
    assert isnan(to_step(1.5, inf))
    assert isnan(to_step(inf, inf))
    assert isnan(to_step(nan, 0.1))
    for scale in ("ratio", "difference"):
        nowhere = Resolution(scale, inf)
        assert nowhere.step() == inf
        assert all(isnan(nowhere.told(value, estimate=3.0)) for value in (0.5, 1.0, 3.0))


@pytest.mark.parametrize(
    ("cases", "estimate", "part", "step"),
    [
        (5 / 1000, nan, 1.0, 0.005), (5 / 1001, nan, 1.0, 0.005), (5 / 999, nan, 1.0, 0.006),
        (0.0012, nan, 1.0, 0.002), (0.0022, nan, 1.0, 0.003),
        (1e-5, nan, 1.0, 0.001), (0.6, nan, 1.0, 0.6), (0.6, nan, 3.0, 1.0), (0.6, 1.0, 3.0, 1.0),
        (0.005, 1.0, 1.0, 0.005),
        (0.005, 1.1, 1.0, 0.006), (0.005, 4.0, 1.0, 0.02), (0.6, 4.0, 1.0, 2.5), (0.05, nan, 0.1, 0.005),
        (0.05, 2.0, 0.1, 0.01),
    ],
)  # fmt: skip
def test_a_ratio_is_told_in_steps_of_the_cases_larger_above_one_never_finer_than_a_thousandth(
    cases: float, estimate: float, part: float, step: float
) -> None:
    assert Resolution("ratio", cases).step(estimate, part=part) == step


@pytest.mark.parametrize(("part", "step"), [(1.0, 0.1), (0.1, 0.01)])
def test_a_difference_is_told_in_steps_of_what_the_cases_are_worth(part: float, step: float) -> None:
    assert Resolution("difference", 0.005, 20.0).step(5.0, part=part) == step


@pytest.mark.parametrize(("part", "step"), [(1.0, 0.01), (0.1, 0.0004)])
def test_a_difference_is_told_in_whole_hundredths_but_by_the_month_in_its_own_steps(
    part: float, step: float
) -> None:
    assert Resolution("difference", 0.0002, 20.0).step(5.0, part=part) == step


@pytest.mark.parametrize(("value", "side", "shown"), [
    (0.999, -1, 0.99), (0.999, 0, 1.0), (1.001, 1, 1.01), (0.98, -1, 0.98), (1.009, 1, 1.01), (1.02, 1, 1.02),
])  # fmt: skip
def test_what_is_clear_stays_clear_by_half_a_step(value: float, side: int, shown: float) -> None:
    assert Resolution("ratio", 0.02).told(value, side=side) == shown


@pytest.mark.parametrize(("value", "side", "shown"), [
    (0.9, 0, 0.9), (1.101, 0, 1.12), (1.0, 1, 1.01), (1.001, 1, 1.02),
])  # fmt: skip
def test_a_value_of_a_larger_ratio_is_told_in_the_ratios_coarser_steps_only_above_no_change(
    value: float, side: int, shown: float
) -> None:
    assert Resolution("ratio", 0.02).told(value, side=side, estimate=2.0) == shown


@pytest.mark.parametrize(("end", "way", "shown"), [(0.95, -1, 0.94), (1.07, -1, 1.04), (1.05, 1, 1.08)])
def test_so_are_the_ends_of_its_interval(end: float, way: int, shown: float) -> None:
    assert Resolution("ratio", 0.02).end(end, way, estimate=2.0) == shown


@pytest.mark.parametrize(
    ("scale", "end", "side", "shown"),
    [
        ("ratio", 1.04, 1, 1.001), ("ratio", 0.96, -1, 0.999), ("ratio", 1.04, 0, 1.0),
        ("difference", 0.04, 1, 0.01), ("difference", -0.04, -1, -0.01), ("difference", 0.004, 1, 0.001),
        ("difference", 0.04, 0, 0.0), ("difference", -0.04, 0, 0.0),
    ],
)  # fmt: skip
def test_an_end_near_no_change_is_told_as_none_unless_it_is_clear(
    scale: Scale, end: float, side: int, shown: float
) -> None:
    one = Resolution(scale, 0.05, 2.0)
    towards_no_change = -1 if end > one.nothing else 1
    assert one.end(end, towards_no_change, side=side) == shown


@pytest.mark.parametrize(
    ("cases", "end", "shown"),
    [(0.4, 0.3, 0.2), (0.4, 0.13, 0.1), (0.02, 0.013, 0.01), (0.4, 0.0, 0.0), (0.02, 0.0, 0.0)],
)
def test_a_low_end_of_a_ratio_is_told_above_nought_when_it_is(cases: float, end: float, shown: float) -> None:
    assert Resolution("ratio", cases).end(end, -1) == shown


def test_a_clear_difference_stays_clear_too() -> None:
    days = Resolution("difference", 0.01, 10)
    assert [days.told(v, side=s) for v, s in ((-0.04, -1), (-0.04, 0), (0.04, 1))] == [-0.05, 0.0, 0.05]


@pytest.mark.parametrize(("value", "shown"), [(0.1, 0.2), (0.19, 0.2), (0.31, 0.2), (0.0, 0.2)])
def test_a_ratio_is_never_told_as_nought(value: float, shown: float) -> None:
    assert Resolution("ratio", 0.4).told(value) == shown


@given(CASES, RATIOS, st.floats(1, 3), st.floats(1, 3))
def test_an_interval_stays_in_order_around_its_estimate(
    cases: float, estimate: float, below: float, above: float
) -> None:
    low, high = estimate / below, estimate * above
    side = 1 if low > 1 else -1 if high < 1 else 0
    told = [Resolution("ratio", cases).told(v, side=side, estimate=estimate) for v in (low, estimate, high)]
    assert told == sorted(told)
    assert (told[0] > 1) == (low > 1) or not side
    assert (told[2] < 1) == (high < 1) or not side
    assert told[0] > 0


@given(CASES, RATIOS)
def test_values_less_than_half_a_step_apart_from_a_multiple_are_told_alike(
    cases: float, value: float
) -> None:
    one = Resolution("ratio", cases)
    told = one.told(value, estimate=value)
    assert abs(told - value) <= one.step(value if value > 1 else nan) / 2 * (1 + 1e-6) + 1e-9


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.0321, 0.03), (0.64, 0.6), (1.0, 1.0), (0.95, 0.9), (0.97, 1.0), (0.0, 0.0),
        (0.0478, 0.04), (0.05, 0.05), (0.0503, 0.06), (0.0967, 0.09), (0.1, 0.1), (0.104, 0.2),
        (0.0098, 0.009), (0.01, 0.01), (0.0104, 0.02), (0.00032, 0.0003),
    ],
)  # fmt: skip
def test_p_has_one_digit_and_stays_on_its_side_of_the_limits(p: float, shown: float) -> None:
    assert p_told(p) == pytest.approx(shown, rel=1e-9)


def test_an_unknown_p_stays_unknown() -> None:
    assert isnan(p_told(nan))


@given(st.floats(1e-6, 1.0))
def test_no_p_crosses_a_limit_or_moves_far(p: float) -> None:
    shown = p_told(p)
    digits = shown / 10.0 ** round(log10(shown) - 0.4999999)
    assert abs(digits * 10 - round(digits * 10)) < 1e-6
    assert p / 2 <= shown <= 2 * p
    for limit in LIMITS:
        assert (shown < limit * (1 - 1e-9)) == (p < limit) or p == pytest.approx(limit)


def test_sides_are_the_used_months_before_the_start_and_from_when_it_is_settled() -> None:
    frame = counts()
    effect = evaluate(frame.assign(complete=[i not in (3, 50) for i in range(len(frame))]), question())
    before, after = sides(frame, effect)
    assert (len(before), len(after)) == (45, 11)
    assert before.period_start.max() < after.period_start.min()


@pytest.mark.parametrize(("kind", "smallest"), [("count", 30), ("share", 10), ("mean", 40)])
def test_the_fewest_are_events_or_non_events_or_the_base(kind: str, smallest: float) -> None:
    rows = counts(2, 2).iloc[:2].assign(numerator=15.0, denominator=20.0)
    assert fewest(rows, kind) == smallest
    assert fewest(rows.assign(numerator=2.0), "share") == 4


@pytest.mark.parametrize(("few", "known"), [(8, True), (7, False)])
def test_where_a_part_is_small_nothing_may_be_told(few: float, known: bool) -> None:
    rows = counts(2, 2)
    small = rows.iloc[:1].assign(numerator=float(few))
    found = resolution(question(), POLICY, rows, small)
    assert found == Resolution("ratio", 5 / 8 if known else inf)


def test_what_cases_are_worth_for_a_mean_is_the_larger_mean() -> None:
    rows = counts(2, 2).iloc[:1]
    one, other = (
        rows.assign(numerator=200.0, denominator=100.0),
        rows.assign(numerator=-60.0, denominator=20.0),
    )
    found = resolution(question(kind="mean", per=1.0), POLICY, one, other)
    assert found == Resolution("difference", 5 / 20, 3.0)
    empty = resolution(question(kind="mean", per=1.0), POLICY, one.assign(denominator=0.0))
    assert empty.cases == inf


@pytest.mark.parametrize(
    ("n_as_large", "n", "shown"),
    [
        (0, 20, 0.05), (15, 20, 0.76), (20, 20, 1.0), (1, 20, 0.1), (1, 19, 0.1), (2, 28, 0.103),
        (2, 27, 0.11), (4, 47, 0.104), (4, 46, 0.11), (0, 198, 0.01), (0, 200, 0.005),
    ],
)  # fmt: skip
def test_p_of_told_counts_has_two_decimals_and_stays_above_nothing_and_its_limit(
    n_as_large: int, n: int, shown: float
) -> None:
    assert p_counted(n_as_large, n) == shown


def test_a_ratio_below_one_is_told_in_steps_of_its_cases() -> None:
    assert [Resolution("ratio", 0.02).step(estimate) for estimate in (nan, 0.5, 1.0, 2.0)] == [
        0.02, 0.02, 0.02, 0.04,
    ]  # fmt: skip


def test_a_part_without_a_base_has_no_size() -> None:
    days = pd.DataFrame({"numerator": [90.0, 60.0], "denominator": [30.0, 30.0]})
    nobody = days.assign(numerator=0.0, denominator=0.0)
    assert resolution(mean_question(), POLICY, days, nobody) == Resolution("difference", inf, 2.5)
    assert resolution(mean_question(), POLICY, nobody).size == inf


# ---- the ends of what can be rounded


@pytest.mark.parametrize("rounded", [to_step, partial(outwards, way=1), partial(outwards, way=-1)])
def test_nothing_is_told_of_no_value_or_in_no_step(rounded) -> None:
    assert isnan(rounded(nan, 0.1))
    assert isnan(rounded(0.3, inf))
    assert isnan(rounded(inf, inf))
    assert rounded(inf, 0.1) == inf
    assert rounded(0.3, 0.0) == 0.3


def test_no_size_and_no_step_stay_as_they_are() -> None:
    assert [power_of_ten(size) for size in (0.0, -2.0)] == [0.0, -2.0]
    assert whole(inf, 0.01) == inf
