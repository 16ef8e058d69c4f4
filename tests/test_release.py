"""The gate: each rule just under, at and just over its boundary, and what holds for all counts."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from math import isnan

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_series import counts, mean_question, means, question

from analysis.area import Policy
from analysis.designs.segmented import evaluate
from analysis.release import (
    LARGEST_HIDDEN,
    LEVELS,
    MARK,
    Released,
    ReleasedSeries,
    count,
    curves,
    model_is_free,
    points,
    ratio,
    series,
)

POLICY = Policy()
HIDDEN = "hidden"
POLICIES = st.builds(Policy, hide_up_to=st.integers(5, 20), round_to=st.integers(1, 5))
NUMBERS = st.integers(0, 5000)
KINDS = st.sampled_from(["count", "share", "mean"])


def seen(value: float) -> float | str:
    return HIDDEN if isnan(value) else value


def monthly(numerators, denominators=None, *, first="2024-01-01", complete=None) -> pd.DataFrame:
    n = len(numerators)
    return pd.DataFrame(
        {
            "period_start": pd.date_range(first, periods=n, freq="MS"),
            "numerator": [float(x) for x in numerators],
            "denominator": [float(x) for x in denominators or [100] * n],
            "complete": pd.array(complete or [True] * n, dtype=bool),
        }
    )


@pytest.mark.parametrize(
    ("true", "shown"),
    [
        (0, 0), (1, HIDDEN), (7, HIDDEN), (8, 10), (9, 10), (12, 10), (13, 15), (17, 15), (18, 20),
        (1002, 1000), (1003, 1005),
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
    ("numerator", "base", "shown"),
    [
        (8, 19, HIDDEN), (8, 20, 500.0), (7, 20, HIDDEN), (7, 1000, HIDDEN), (0, 1000, HIDDEN),
        (8, 1000, 10.0), (13, 1003, 14.9), (20, 20, 1000.0),
    ],
)  # fmt: skip
def test_rates_need_a_base_of_twenty_and_more_than_seven(
    numerator: int, base: int, shown: float | str
) -> None:
    assert seen(ratio(numerator, base, "count", POLICY, 1000)) == shown


@pytest.mark.parametrize(
    ("numerator", "base", "shown"),
    [
        (8, 20, 0.5), (11, 19, HIDDEN), (12, 20, 0.5), (13, 20, HIDDEN), (20, 20, HIDDEN), (7, 50, HIDDEN),
        (8, 50, 0.2), (42, 50, 0.8), (43, 50, HIDDEN), (333, 1000, 0.34), (332, 1002, 0.33),
    ],
)  # fmt: skip
def test_shares_also_need_a_rest_above_seven(numerator: int, base: int, shown: float | str) -> None:
    assert seen(ratio(numerator, base, "share", POLICY)) == shown


@pytest.mark.parametrize(
    ("total", "base", "shown"), [
        (21, 9, HIDDEN), (21, 10, 2.1), (1, 10, HIDDEN), (7, 10, HIDDEN), (8, 10, 0.8), (0, 10, 0.0),
        (7, 1000, HIDDEN), (33, 16, 2.1),
    ],
)  # fmt: skip
def test_means_need_ten_and_no_small_sum_and_have_one_decimal(
    total: int, base: int, shown: float | str
) -> None:
    assert seen(ratio(total, base, "mean", POLICY)) == shown


def test_a_base_of_days_is_not_rounded() -> None:
    assert ratio(310, 31, "count", POLICY, counted_base=False) == 10.0
    assert ratio(310, 31, "count", POLICY) == round(310 / 30, 1)


def test_months_are_kept_when_few_are_hidden() -> None:
    released = series(monthly([20] * 18 + [3] * 2), "count", POLICY)
    assert (released.level, released.hidden, len(released.table)) == ("month", 2, 20)


def test_quarters_are_taken_when_more_than_a_tenth_of_the_months_is_hidden() -> None:
    released = series(monthly([20] * 21 + [3] * 3), "count", POLICY)
    assert (released.level, released.hidden, len(released.table)) == ("quarter", 0, 8)
    assert released.table.numerator.iloc[-1] == 10


def test_half_years_are_taken_when_quarters_do_not_suffice() -> None:
    released = series(monthly([2] * 24), "count", POLICY)
    assert (released.level, released.hidden, len(released.table)) == ("half_year", 0, 4)


def test_half_years_stay_hidden_when_they_are_small_too() -> None:
    released = series(monthly([1] * 24), "count", POLICY)
    assert (released.level, released.hidden) == ("half_year", 4)
    assert released.table.value.isna().all()


def test_a_quarter_is_whole_or_not_there() -> None:
    released = series(monthly([4] * 26, first="2023-12-01"), "count", POLICY)
    assert released.level == "quarter"
    assert list(released.table.period_start.dt.strftime("%Y-%m")) == [
        f"{y}-{m:02d}" for y in (2024, 2025) for m in (1, 4, 7, 10)
    ]
    assert list(released.table.period_end.dt.strftime("%m-%d"))[:2] == ["03-31", "06-30"]


def test_a_quarter_with_an_incomplete_month_is_not_there() -> None:
    complete = [True] * 21 + [True, True, False]
    released = series(monthly([4] * 24, complete=complete), "count", POLICY)
    assert (released.level, len(released.table)) == ("quarter", 7)


def test_an_incomplete_month_is_never_shown() -> None:
    released = series(monthly([50] * 5 + [1], complete=[True] * 5 + [False]), "count", POLICY)
    assert len(released.table) == 5


def test_an_empty_series_is_released_empty() -> None:
    assert series(monthly([]), "count", POLICY).table.empty


def test_released_values_cannot_be_changed() -> None:
    released = Released("<p>x</p>", "R1", "sv")
    with pytest.raises(FrozenInstanceError):
        released.html = "<p>y</p>"  # type: ignore[misc]
    assert released._repr_mimebundle_() == {
        "text/html": "<p>x</p>",
        MARK: {"rule": "R1", "language": "sv"},
    }
    with pytest.raises(FrozenInstanceError):
        ReleasedSeries(pd.DataFrame(), "month", 0, "R1").hidden = 1  # type: ignore[misc]


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
    if base == 0 or isnan(ratio(numerator, base, kind, policy)):
        return
    assert base >= (10 if kind == "mean" else 20)
    assert numerator > policy.hide_up_to or (kind == "mean" and numerator == 0)
    assert kind != "share" or rest > policy.hide_up_to


@given(NUMBERS, NUMBERS, NUMBERS, POLICIES)
def test_numbers_that_round_alike_are_shown_alike(
    numerator: int, other: int, base: int, policy: Policy
) -> None:
    """A reader learns nothing from a rate beyond the rounded counts beside it."""
    pair = [n for n in (numerator, other) if n > policy.hide_up_to]
    if base >= 20 and len(pair) == 2 and len({count(n, policy) for n in pair}) == 1:
        assert len({ratio(n, base, "count", policy) for n in pair}) == 1


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.booleans()), max_size=40),
    st.integers(1, 12),
    KINDS,
    st.randoms(),
)
def test_a_released_series_has_only_released_numbers_whatever_the_order_of_rows(
    rows: list[tuple[int, int, bool]], month: int, kind: str, random
) -> None:
    parts = [(n, n + rest + 1, whole) for n, rest, whole in rows]
    frame = monthly(
        [n for n, _, _ in parts],
        [d for _, d, _ in parts],
        first=f"2024-{month:02d}-01",
        complete=[whole for _, _, whole in parts],
    )
    released = series(frame, kind, POLICY)
    for column in ("numerator", "denominator"):
        shown = released.table[column].dropna()
        assert ((shown % 5 == 0) & ((shown == 0) | (shown >= 10))).all()
    assert released.hidden == released.table.value.isna().sum()
    assert released.level == "half_year" or released.hidden <= LARGEST_HIDDEN * len(released.table)
    assert len(released.table) * LEVELS[released.level] <= frame.complete.sum()
    order = list(range(len(frame)))
    random.shuffle(order)
    again = series(frame.iloc[order].reset_index(drop=True), kind, POLICY)
    pd.testing.assert_frame_equal(released.table, again.table)


def test_a_series_over_days_shows_its_days_as_they_are() -> None:
    days = [31, 28, 31, 30]
    frame = monthly([310, 280, 310, 300], days)
    assert list(series(frame, "count", POLICY, counted_base=False).table.denominator) == days
    assert list(series(frame, "count", POLICY).table.denominator) == [30, 30, 30, 30]


@pytest.mark.parametrize(
    ("n_before", "n_after", "free"),
    [(8, 12, True), (12, 8, True), (8, 11, False), (11, 8, False), (7, 40, False), (40, 7, False)],
)
def test_a_model_is_free_with_eight_months_a_side_and_twenty_in_all(
    n_before: int, n_after: int, free: bool
) -> None:
    frame = counts(ratio=0.6)
    effect = replace(evaluate(frame, question()), n_before=n_before, n_after=n_after)
    assert model_is_free(effect, frame, POLICY) is free


MODEL = counts(20, 12)


def with_few(kind: str, before: float, after: float) -> pd.DataFrame:
    """A series whose smallest part (base, events or non-events) sums to so many on each side."""
    few = pd.Series(0.0, index=MODEL.index)
    few[[3, 25]] = before, after
    if kind == "mean":
        return MODEL.assign(denominator=few, numerator=900.0)
    if kind == "count":
        return MODEL.assign(numerator=few)
    return MODEL.assign(numerator=MODEL.denominator - few)


@pytest.mark.parametrize("kind", ["count", "share", "mean"])
@pytest.mark.parametrize(
    ("before", "after", "free"),
    [(8, 8, True), (7, 8, False), (8, 7, False), (0, 900, False), (900, 0, False)],
)
def test_a_model_needs_more_than_seven_on_each_side(
    kind: str, before: float, after: float, free: bool
) -> None:
    effect = evaluate(MODEL, question(kind=kind))
    assert model_is_free(effect, with_few(kind, before, after), POLICY) is free


@pytest.mark.parametrize(("before", "free"), [(8, True), (7, False)])
def test_a_model_of_a_share_also_needs_more_than_seven_events(before: float, free: bool) -> None:
    effect = evaluate(MODEL, question(kind="share"))
    assert model_is_free(effect, with_few("count", before, 8), POLICY) is free


def test_the_areas_own_limit_decides_over_a_model() -> None:
    effect = evaluate(MODEL, question())
    strict = Policy(hide_up_to=10, round_to=10)
    assert not model_is_free(effect, with_few("count", 10, 11), strict)
    assert model_is_free(effect, with_few("count", 11, 11), strict)


def test_months_that_are_not_used_do_not_free_a_model() -> None:
    left_out = MODEL.assign(complete=[i not in (3, 25) for i in range(len(MODEL))])
    effect = evaluate(left_out, question())
    assert effect.n_before + effect.n_after == len(MODEL) - 2
    assert not model_is_free(effect, with_few("count", 900, 900), POLICY)


@pytest.mark.parametrize(
    ("frame", "asked", "free"),
    [
        (counts(8, 12, ratio=0.6), question(), True),
        (counts(8, 8, ratio=0.6), question(), False),
        (means(8, 12), mean_question(), True),
        (counts(7, 30), question(), False),
        (counts(mean=0.05), question(), False),
    ],
)
def test_answers_of_twenty_months_are_free_and_no_refusal_is(frame, asked, free: bool) -> None:
    assert model_is_free(evaluate(frame, asked), frame, POLICY) is free


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("kind", "decimals"), [("count", 1), ("share", 3), ("mean", 2)])
def test_curves_are_rounded_and_hold_no_true_value(kind: str, decimals: int) -> None:
    frame, asked = (means(), mean_question()) if kind == "mean" else (counts(), question(kind=kind))
    effect = evaluate(frame, replace(asked, per=1.0) if kind == "share" else asked)
    drawn = curves(effect)
    assert list(drawn) == [c for c in effect.fit if c != "value"]
    pd.testing.assert_frame_equal(drawn[["period_start", "used"]], effect.fit[["period_start", "used"]])
    for name in drawn.columns[2:]:
        pd.testing.assert_series_equal(drawn[name], effect.fit[name].round(decimals))
        assert not drawn[name].equals(effect.fit[name])


def test_points_for_a_run_chart_are_the_shown_months_only() -> None:
    shown = series(monthly([22, 3, 41, *[58] * 17], [204] * 20), "count", POLICY, per=1000)
    known = points(shown)
    assert (shown.level, shown.hidden) == ("month", 1)
    assert list(known) == ["period_start", "numerator", "denominator", "value", "complete"]
    assert list(known.numerator[:3]) == [20, 40, 60]
    assert set(known.denominator) == {205}
    assert list(known.period_start[:2].dt.month) == [1, 3]
    assert known.value.notna().all()
    assert known.complete.all()
    assert len(known) == 19


def test_points_of_a_hidden_series_are_none() -> None:
    assert points(series(monthly([1] * 24), "count", POLICY)).empty
