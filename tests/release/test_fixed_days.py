"""Shares without the event at fixed days: small intervals merged, nothing small comes back."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date
from itertools import product
from math import inf, isnan, nan

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.area import Policy
from analysis.errors import DesignError, DisclosureStop
from analysis.release.nested import Beside
from analysis.release.periods import series
from analysis.release.survival import DAYS, Day, ReleasedSurvival, at_fixed_days
from candidates import FEW, lonely

POLICY = Policy()
HIDDEN = (None, None)


def cases(n, *rows):
    """Times and losses of n cases, of rows (time, events, losses); nothing comes of the others."""
    times = [time for time, events, lost in rows for _ in range(events + lost)]
    losses = [at >= events for _, events, lost in rows for at in range(events + lost)]
    left = n - len(times)
    return [*times, *[inf] * left], [*losses, *[False] * left]


def shown(value):
    return None if isnan(value) else value


def told(n, *rows, days=(1, 2, 3), policy=POLICY, **more):
    times, losses = cases(n, *rows)
    return at_fixed_days(times, policy, days, lost=losses, **more)


def seen(n, *rows, days=(1, 2, 3), policy=POLICY):
    one = told(n, *rows, days=days, policy=policy)
    return shown(one.n), tuple((shown(d.at_risk), shown(d.share)) for d in one.days)


def test_days_are_fixed_in_advance() -> None:
    assert DAYS == (0, 1, 2, 3, 5, 7, 10, 14, 21, 30)
    assert [d.day for d in at_fixed_days([0.5] * 50, POLICY).days] == list(DAYS)


def test_shares_are_of_the_rounded_numbers_and_after_losses_products_in_steps_of_five_cases() -> None:
    one = told(100, (0.4, 8, 0), (1.2, 0, 12), (1.7, 9, 0), days=(0, 1, 2))
    assert one.days == (
        Day(0, 100.0, 1.0),
        Day(1, 90.0, 0.9),
        Day(2, 70.0, 0.8),
    )  # 0.8165 is told as 16 steps
    large = told(1000, (0.4, 80, 0), (1.2, 0, 120), (1.7, 94, 0), days=(0, 1, 2))
    assert large.days[2].share == round(0.92 * (1 - 94 / 800), 2)
    assert (one.n, one.rule) == (100.0, "R1 R6 R11")


def test_the_way_a_share_comes_about_does_not_change_how_it_is_rounded() -> None:
    assert seen(32, (1, 8, 0), (2, 7, 0), (3, 5, 0))[1][2] == seen(32, (1, 8, 0), (2, 6, 0), (3, 6, 0))[1][2]


def test_a_share_without_losses_tells_no_more_than_the_numbers_beside_it() -> None:
    told = {
        seen(n, (1, n - left, 0), days=(1,)) for n in (38, 39, 40, 41, 42) for left in (18, 19, 20, 21, 22)
    }
    assert told == {(40, ((20, 0.5),))}


def test_more_left_than_there_were_is_all() -> None:
    assert seen(22, (1, 0, 0), days=(1,)) == (20, ((20, 1.0),))


def test_a_day_holds_what_happened_on_it() -> None:
    assert seen(100, (1, 20, 0), days=(0, 1)) == (100, ((100, 1.0), (80, 0.8)))


@pytest.mark.parametrize(("events", "day"), [(0, (100, 1.0)), (1, HIDDEN), (7, HIDDEN), (8, (90, 0.9))])
def test_an_interval_with_few_events_is_hidden(events, day) -> None:
    assert seen(100, (0.5, events, 0))[1][0] == day


@pytest.mark.parametrize(("lost", "day"), [(0, (100, 1.0)), (1, HIDDEN), (7, HIDDEN), (8, (90, 1.0))])
def test_an_interval_with_few_losses_is_hidden(lost, day) -> None:
    assert seen(100, (0.5, 0, lost))[1][0] == day


def test_a_hidden_interval_goes_together_with_the_next() -> None:
    assert seen(100, (0.5, 3, 0), (1.5, 5, 0), (2.5, 8, 0))[1] == (HIDDEN, (90, 0.9), (85, 0.85))
    assert seen(100, (0.5, 3, 0), (1.5, 4, 0), (2.5, 0, 8))[1] == (HIDDEN, HIDDEN, HIDDEN)


def test_each_interval_begins_at_the_last_day_shown() -> None:
    assert seen(100, (0.5, 8, 0), (1.5, 7, 0), (2.5, 1, 0))[1] == ((90, 0.9), HIDDEN, (85, 0.85))
    assert seen(100, (0.5, 0, 8), (1.5, 0, 7), (2.5, 0, 1))[1] == ((90, 1.0), HIDDEN, (85, 1.0))


@pytest.mark.parametrize(("events", "day"), [(22, (10, 0.33)), (23, HIDDEN), (30, HIDDEN)])
def test_it_stops_where_few_are_left(events, day) -> None:
    assert seen(30, (0.5, events, 0))[1] == (day,) * 3


@pytest.mark.parametrize(("n", "number"), [(7, None), (8, 10)])
def test_few_from_the_start_give_nothing(n, number) -> None:
    assert seen(n, (0.5, 0, 0)) == (number, ((10, 1.0) if number else HIDDEN,) * 3)


def test_a_row_with_nobody_at_risk_changes_nothing() -> None:
    assert seen(30, (0.5, 8, 0), (2, 22, 0), (3, 0, 0))[1] == ((20, 0.67), HIDDEN, HIDDEN)


def test_nobody_gives_no_days() -> None:
    assert seen(0) == (0, (HIDDEN,) * 3)


def test_the_policy_decides_what_is_few() -> None:
    assert seen(100, (0.5, 8, 0), policy=Policy(hide_up_to=8))[1][0] == HIDDEN
    assert seen(16, (0.5, 8, 0), policy=Policy(hide_up_to=3, round_to=1))[1][0] == (8, 0.5)


@pytest.mark.parametrize("days", [(1, 1), (2, 1)])
def test_days_that_do_not_increase_are_refused(days) -> None:
    with pytest.raises(DesignError):
        seen(100, (0.5, 8, 0), days=days)


def test_a_case_without_a_time_is_refused() -> None:
    with pytest.raises(DesignError):
        at_fixed_days([1.0] * 30 + [nan], POLICY)


def test_the_order_of_the_cases_tells_nothing() -> None:
    times, losses = cases(100, (0.5, 20, 0), (1.5, 0, 30), (2.5, 25, 0))
    turned = at_fixed_days(times[::-1], POLICY, (1, 2, 3), lost=losses[::-1])
    assert turned == at_fixed_days(times, POLICY, (1, 2, 3), lost=losses)
    assert turned.days[2].share == 0.4  # 0.8 x 25/50


@pytest.mark.parametrize(
    ("persons", "day"), [(8, (90, 0.9)), (7, HIDDEN)], ids=["of eight persons", "of seven"]
)
def test_cases_of_few_persons_are_few(persons, day) -> None:
    whose = [*(at % persons for at in range(10)), *range(10, 100)]
    one = told(100, (0.5, 10, 0), days=(1,), persons=whose)
    assert tuple(map(shown, one.days[0][1:])) == day
    lost = told(100, (0.5, 0, 10), days=(1,), persons=whose)
    assert tuple(map(shown, lost.days[0][1:])) == (day if day == HIDDEN else (90, 1.0))


def test_it_stops_where_those_left_are_of_few_persons() -> None:
    for persons, stops in ((8, False), (7, True)):
        whose = [*range(20), *(20 + at % persons for at in range(20))]
        assert isnan(told(40, (0.5, 20, 0), days=(1,), persons=whose).days[0].at_risk) == stops


def test_the_number_of_cases_of_few_persons_is_hidden() -> None:
    one = at_fixed_days([1.0] * 30, POLICY, (0, 1), persons=[at % 7 for at in range(30)])
    assert isnan(one.n)
    assert all(isnan(day.at_risk) for day in one.days)


# ---- beside the series of the same cases


def monthly(*numbers):
    """The released series of a half-year, month by month, whose denominators are these."""
    starts = pd.date_range("2026-01-01", periods=len(numbers), freq="MS")
    frame = pd.DataFrame({"period_start": starts, "numerator": numbers, "denominator": numbers})
    return series(frame.assign(complete=True), "mean", POLICY, level="month", before=date(2026, 1, 1))


def beside(*numbers, part="denominator", every=True, start="2026-01-01"):
    return Beside(monthly(*numbers), pd.Timestamp(start), part, every)


def test_the_number_of_cases_that_would_narrow_a_month_is_not_told() -> None:
    months = (8, 8, 8, 8, 8, 12)  # told as 10 each; 52 is told as 50, at most 52, and the months at least 48
    one = told(52, (0.5, 20, 0), days=(1,), beside=beside(*months))
    assert one.n == 50
    low = (8, 8, 8, 8, 8, 1)  # five times 10, and few: at least 41; 41 is told as 40, which is at most 42
    two = told(41, (0.5, 20, 0), days=(1,), beside=beside(*low))
    assert isnan(two.n)
    assert [isnan(day.at_risk) and isnan(day.share) for day in two.days] == [True]


@pytest.mark.parametrize(
    "other",
    [
        {"start": "2026-07-01"},
        {"every": False},
    ],
    ids=["another half-year", "more than these cases"],
)
def test_what_is_not_of_the_same_cases_narrows_nothing(other) -> None:
    one = told(41, (0.5, 20, 0), days=(1,), beside=beside(8, 8, 8, 8, 8, 1, **other))
    assert one.n == 40


def test_part_says_which_numbers_of_the_series_count_the_cases() -> None:
    starts = pd.date_range("2026-01-01", periods=6, freq="MS")
    frame = pd.DataFrame({"period_start": starts, "numerator": 900, "denominator": (8, 8, 8, 8, 8, 1)})
    shown_ = series(frame.assign(complete=True), "mean", POLICY, level="month", before=date(2026, 1, 1))
    base, top = (Beside(shown_, starts[0], part) for part in ("denominator", "numerator"))
    assert isnan(told(41, (0.5, 20, 0), days=(1,), beside=base).n)
    assert isnan(told(41, (0.5, 20, 0), days=(1,), beside=top).n)  # no such number fits 5,400
    assert told(5400, (0.5, 2000, 0), days=(1,), beside=top).n == 5400


def test_few_cases_beside_a_series_are_hidden_anyway() -> None:
    assert isnan(told(5, days=(1,), beside=beside(1, 1, 1, 1, 1, 0)).n)


def test_it_cannot_be_changed_or_made_elsewhere() -> None:
    one = at_fixed_days([0.5] * 8 + [inf] * 92, POLICY)
    with pytest.raises(FrozenInstanceError):
        one.n = 1.0
    with pytest.raises(DisclosureStop):
        ReleasedSurvival(rule="R6", n=1.0, days=())


def released(tables):
    for n, *cells in tables:
        if n >= sum(map(sum, cells)):
            rows = [(day - 0.5, *cell) for day, cell in enumerate(cells, 1)]
            yield seen(n, *rows, days=range(1, len(cells) + 1)), sum(cells, ())


def test_no_few_events_come_back_over_three_days() -> None:
    events = [(e, 0) for e in range(16)]
    tables = product((30, 31, 32), events, events, events)
    assert lonely(released(tables), lambda counts: max(counts) < 9) == []


def test_no_few_events_or_losses_come_back_over_two_days() -> None:
    cells = list(product(range(11), range(11)))
    tables = product((30, 32), cells, cells)
    assert lonely(released(tables), lambda counts: max(counts) < 8) == []


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=8), st.integers(0, 50)
)
def test_between_shown_days_there_are_none_or_more_than_few(cells, stay) -> None:
    n = stay + sum(map(sum, cells))
    days = range(1, len(cells) + 1)
    found = seen(n, *[(day, *cell) for day, cell in zip(days, cells, strict=True)], days=days)[1]
    since = [0, 0]
    for (events, lost), day in zip(cells, found, strict=True):
        since = [since[0] + events, since[1] + lost]
        if day != HIDDEN:
            assert not set(since) & set(FEW)
            since = [0, 0]
