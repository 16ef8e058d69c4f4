"""Released series: the level of the policy, whole periods, persons, and a table that nobody changes."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.area import Level, Policy
from analysis.errors import DisclosureStop
from analysis.release import LARGEST_HIDDEN, LEVELS, ReleasedSeries, free_until, points, series

POLICY = Policy()
COLUMNS = [
    "period_start", "period_end", "numerator", "denominator", "value", "numerator_hidden",
    "denominator_hidden", "withheld",
]  # fmt: skip


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


def released(numerators, denominators=None, level: Level = "month", **more) -> ReleasedSeries:
    return series(monthly(numerators, denominators), "count", POLICY, level=level, **more)


def shape(shown: ReleasedSeries) -> tuple[str, int, int]:
    return shown.level, shown.hidden, len(shown.table)


def test_months_are_kept_when_a_tenth_is_hidden() -> None:
    assert shape(released([20] * 18 + [3] * 2)) == ("month", 2, 20)


def test_quarters_are_taken_when_more_than_a_tenth_of_the_months_is_hidden() -> None:
    shown = released([20] * 21 + [3] * 3)
    assert shape(shown) == ("quarter", 0, 8)
    assert shown.table.numerator.iloc[-1] == 10


def test_half_years_are_taken_when_quarters_do_not_suffice() -> None:
    assert shape(released([2] * 24)) == ("half_year", 0, 4)


def test_half_years_stay_hidden_when_they_are_small_too() -> None:
    shown = released([1] * 24)
    assert shape(shown) == ("half_year", 4, 4)
    assert shown.table.value.isna().all()


@pytest.mark.parametrize(("level", "periods"), [("month", 24), ("quarter", 8), ("half_year", 4)])
def test_a_series_begins_at_the_level_that_it_may_have(level: Level, periods: int) -> None:
    assert shape(released([50] * 24, level=level)) == (level, 0, periods)


def test_a_series_that_may_have_quarters_goes_on_to_half_years() -> None:
    assert shape(released([2] * 24, level="quarter")) == ("half_year", 0, 4)


def test_only_periods_before_a_day_decide_the_level() -> None:
    hidden_later = [50] * 12 + [3] * 12
    assert released(hidden_later).level == "quarter"
    assert shape(released(hidden_later, before=date(2025, 1, 1))) == ("month", 12, 24)


@pytest.mark.parametrize(("before", "level"), [(date(2024, 2, 29), "month"), (date(2024, 3, 1), "quarter")])
def test_a_period_counts_when_it_ends_before_the_day(before: date, level: Level) -> None:
    assert released([50, 3] + [50] * 22, before=before).level == level


def test_a_series_that_begins_later_keeps_its_finest_level() -> None:
    assert released([3] * 24, before=date(2020, 1, 1)).level == "month"


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 30), min_size=12, max_size=36), st.integers(0, 24))
def test_the_level_stays_when_months_come(numbers: list[int], fewer: int) -> None:
    day = date(2025, 1, 1)
    early = released(numbers[: max(12, len(numbers) - fewer)], before=day)
    late = released(numbers, before=day)
    assert early.level == late.level
    pd.testing.assert_frame_equal(late.table.iloc[: len(early.table)], early.table)


def test_a_quarter_is_whole_or_not_there() -> None:
    shown = series(monthly([4] * 26, first="2023-12-01"), "count", POLICY, level="month")
    assert shown.level == "quarter"
    assert list(shown.table.period_start.dt.strftime("%Y-%m")) == [
        f"{y}-{m:02d}" for y in (2024, 2025) for m in (1, 4, 7, 10)
    ]
    assert list(shown.table.period_end.dt.strftime("%m-%d"))[:2] == ["03-31", "06-30"]


def test_a_quarter_with_an_incomplete_month_is_not_there() -> None:
    complete = [True] * 21 + [True, True, False]
    shown = series(monthly([4] * 24, complete=complete), "count", POLICY, level="month")
    assert (shown.level, len(shown.table)) == ("quarter", 7)


def test_an_incomplete_month_is_never_shown() -> None:
    frame = monthly([50] * 5 + [1], complete=[True] * 5 + [False])
    assert len(series(frame, "count", POLICY, level="month").table) == 5


def test_an_empty_series_is_released_empty() -> None:
    shown = released([])
    assert list(shown.table) == COLUMNS
    assert shape(shown) == ("month", 0, 0)


def test_a_series_over_days_shows_its_days_as_they_are() -> None:
    days = [31, 28, 31, 30]
    shown = released([310, 280, 310, 300], days, counted_base=False)
    assert list(shown.table.denominator) == days
    assert not shown.counted_base
    assert list(released([310, 280, 310, 300], days).table.denominator) == [30, 30, 30, 30]


def test_a_hidden_part_is_told_from_a_zero() -> None:
    table = released([20, 3, 0, 20], [100, 100, 100, 3], before=date(2020, 1, 1)).table
    assert table.numerator_hidden.tolist() == [False, True, False, False]
    assert table.denominator_hidden.tolist() == [False, False, False, True]
    assert table.numerator.fillna(-1).tolist() == [20, -1, 0, 20]
    assert table.value.fillna(-1).tolist() == [0.2, -1, -1, -1]
    assert not table.withheld.any()


def behind(level: Level, persons: list[float], base: list[float], first="2024-01-01") -> pd.DataFrame:
    starts = pd.date_range(first, periods=len(persons), freq=pd.DateOffset(months=LEVELS[level]))
    return pd.DataFrame(
        {"level": level, "period_start": starts, "persons": persons, "base_persons": base}
    ).astype({"persons": float, "base_persons": float})


NOBODY_KNOWS = float("nan")


def test_cases_of_few_persons_are_hidden() -> None:
    persons = behind("month", [7, 8, 20, NOBODY_KNOWS], [50, 50, 7, 50])
    shown = released([30] * 4, before=date(2020, 1, 1), persons=persons)
    assert shown.table.numerator_hidden.tolist() == [True, False, False, False]
    assert shown.table.denominator_hidden.tolist() == [False, False, True, False]
    assert shown.hidden == 2


def test_persons_behind_a_base_of_time_do_not_hide_it() -> None:
    persons = behind("month", [20], [1])
    shown = released([30], [31], before=date(2020, 1, 1), persons=persons, counted_base=False)
    assert shown.table.denominator.tolist() == [31]


def test_cases_of_nobody_known_are_hidden_when_persons_are_told() -> None:
    persons = behind("month", [20, 20, 20, 20], [50, 50, 50, 50]).drop(index=[1, 2])
    shown = released([30, 30, 0, 30], before=date(2020, 1, 1), persons=persons)
    assert shown.table.numerator_hidden.tolist() == [False, True, False, False]
    assert shown.table.denominator_hidden.tolist() == [False, True, True, False]


def test_a_month_is_of_its_own_persons_and_not_of_those_of_its_quarter() -> None:
    months, quarters = behind("month", [7, 20, 20], [50, 50, 50]), behind("quarter", [30], [50])
    shown = released([30] * 3, before=date(2020, 1, 1), persons=pd.concat([months, quarters]))
    assert shown.table.numerator_hidden.tolist() == [True, False, False]


def test_persons_are_counted_anew_at_each_level() -> None:
    """The same seven persons every month are seven in the quarter, and eight are enough."""
    months = behind("month", [7] * 12, [50] * 12)
    quarters = behind("quarter", [8] * 4, [50] * 4)
    shown = released([30] * 12, persons=pd.concat([months, quarters]))
    assert shape(shown) == ("quarter", 0, 4)
    assert set(shown.table.numerator) == {90}


def test_only_the_gate_makes_a_released_series() -> None:
    with pytest.raises(DisclosureStop, match=r"analysis\.release"):
        ReleasedSeries("month", "count", True, "R1", pd.DataFrame())
    with pytest.raises(DisclosureStop):
        replace(released([20] * 6), _cells=monthly([1]))


def test_a_released_series_cannot_be_changed() -> None:
    shown = released([20] * 6)
    with pytest.raises(FrozenInstanceError):
        shown.level = "quarter"  # type: ignore[misc]
    table = shown.table
    table.loc[0, "numerator"] = 3
    table["value"] = 3
    assert shown.table.numerator.tolist() == [20] * 6
    assert shown.table.value.tolist() == [0.2] * 6


def test_a_given_table_that_changes_later_changes_nothing() -> None:
    frame = monthly([20] * 6)
    shown = series(frame, "count", POLICY, level="month")
    frame.loc[:, "numerator"] = 3
    assert shown.table.numerator.tolist() == [20] * 6


def test_a_series_says_what_it_is_and_its_rules() -> None:
    shown = series(monthly([50] * 3), "share", POLICY, level="month")
    assert (shown.kind, shown.counted_base, shown.rule) == ("share", True, "R1-R4")


def test_periods_are_withheld_without_a_mark() -> None:
    before = released([20, 3, 30, 40], before=date(2020, 1, 1))
    after = before.without(list(before.table.period_start[:3:2]))
    cells = after.table
    assert cells.withheld.tolist() == [True, False, True, False]
    assert cells[["numerator", "denominator", "value"]][cells.withheld].isna().all(axis=None)
    assert cells.numerator_hidden.tolist() == [False, True, False, False]
    assert cells.numerator.iloc[3] == 40
    assert (after.hidden, after.rule) == (3, "R1-R4, R11")
    assert not before.table.withheld.any()


def test_a_series_of_which_nothing_is_withheld_stays_as_it_is() -> None:
    shown = released([20] * 3)
    assert shown.without([]) is shown


def test_what_was_withheld_stays_so_and_leaves_no_mark_of_a_small_part() -> None:
    shown = released([3, 20], [3, 100], before=date(2020, 1, 1))
    first, second = shown.table.period_start
    cells = shown.without([first]).without([second]).table
    assert cells.withheld.all()
    assert not cells[["numerator_hidden", "denominator_hidden"]].any(axis=None)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.booleans()), max_size=40),
    st.integers(1, 12),
    st.sampled_from(["count", "share", "mean"]),
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
    shown = series(frame, kind, POLICY, level="month")
    for column in ("numerator", "denominator"):
        known = shown.table[column].dropna()
        assert ((known % 5 == 0) & ((known == 0) | (known >= 10))).all()
    assert shown.hidden == shown.table.value.isna().sum()
    assert shown.level == "half_year" or shown.hidden <= LARGEST_HIDDEN * len(shown.table)
    assert len(shown.table) * LEVELS[shown.level] <= frame.complete.sum()
    order = list(range(len(frame)))
    random.shuffle(order)
    again = series(frame.iloc[order].reset_index(drop=True), kind, POLICY, level="month")
    pd.testing.assert_frame_equal(shown.table, again.table)


def test_points_for_a_run_chart_are_the_shown_months_only() -> None:
    shown = released([22, 3, 41, *[58] * 17], [204] * 20, per=1000)
    known = points(shown, per=1000)
    assert (shown.level, shown.hidden) == ("month", 1)
    assert set(known) == {"period_start", "numerator", "denominator", "value", "complete"}
    assert known.value[:2].tolist() == [97.6, 195.1]
    assert known.numerator[:2].tolist() == pytest.approx([20.008, 39.9955])
    assert set(known.denominator) == {205}
    assert list(known.period_start[:2].dt.month) == [1, 3]
    assert known.value.notna().all()
    assert known.complete.all()
    assert len(known) == 19


def test_points_of_a_hidden_series_are_none() -> None:
    assert points(released([1] * 24)).empty


# How far an answer may reach.


def quarterly(counts, bases=None) -> pd.DataFrame:
    """A series of whole quarters with so many cases, all in their first months."""
    frames = [
        monthly([n, 0, 0], [b, 0, 0]) for n, b in zip(counts, bases or [100] * len(counts), strict=True)
    ]
    months = pd.date_range("2024-01-01", periods=3 * len(frames), freq="MS")
    return pd.concat(frames, ignore_index=True).assign(period_start=months)


@pytest.mark.parametrize(
    ("counts", "last"),
    [
        ([8, 8], "2024-06-01"),
        ([8, 7], "2024-03-01"),
        ([8, 0], "2024-03-01"),
        ([8, 7, 1], "2024-09-01"),
        ([8, 7, 8, 1], "2024-09-01"),
        ([3, 4], None),
        ([3, 5], "2024-06-01"),
    ],
)
def test_an_answer_moves_when_more_than_seven_cases_have_come(counts, last) -> None:
    found = free_until(quarterly(counts), "count", "quarter", POLICY)
    assert found == (pd.Timestamp(last) if last else None)


@pytest.mark.parametrize(("kind", "last"), [("count", "2024-06-01"), ("mean", None), ("share", None)])
def test_what_counts_as_a_case_depends_on_the_measure(kind, last) -> None:
    frame = quarterly([3, 5], [3, 4])
    found = free_until(frame, kind, "quarter", POLICY)
    assert found == (pd.Timestamp(last) if last else None)


@pytest.mark.parametrize(("base", "last"), [(15, None), (16, "2024-03-01")])
def test_of_a_share_the_other_side_counts_too(base, last) -> None:
    found = free_until(quarterly([8], [base]), "share", "quarter", POLICY)
    assert found == (pd.Timestamp(last) if last else None)


def test_a_mean_moves_with_persons() -> None:
    assert free_until(quarterly([1], [8]), "mean", "quarter", POLICY) == pd.Timestamp("2024-03-01")
    assert free_until(quarterly([90], [7]), "mean", "quarter", POLICY) is None


def test_a_period_that_is_not_whole_or_complete_is_waited_for() -> None:
    frame = quarterly([20, 20])
    assert free_until(frame.iloc[:5], "count", "quarter", POLICY) == pd.Timestamp("2024-03-01")
    late = frame.assign(complete=[True] * 5 + [False])
    assert free_until(late, "count", "quarter", POLICY) == pd.Timestamp("2024-03-01")
    assert free_until(frame.iloc[:5], "count", "month", POLICY) == pd.Timestamp("2024-04-01")


def test_a_base_that_is_shown_in_shorter_periods_is_their_sum_and_counts_nobody_again() -> None:
    base = released([20] * 6, [22] * 6)
    own = released([9] * 6, [22] * 6, "half_year", base=base)
    assert own.table.denominator.tolist() == [6 * 20]  # 132 by itself would be 130
    assert own.counted_base is False
    assert released([9] * 6, [22] * 6, "half_year").table.denominator.tolist() == [130]
    assert released([9] * 6, [22] * 6, "half_year").counted_base is True


def test_a_base_of_which_a_shorter_period_is_not_shown_has_no_sum() -> None:
    base = released([20] * 6, [22] * 5 + [3], before=date(2024, 1, 1))
    own = released([9] * 6, [22] * 5 + [3], "half_year", base=base)
    assert own.table.denominator.isna().all()
