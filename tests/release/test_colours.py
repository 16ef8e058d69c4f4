"""Days by colour: counts as of cases, and withheld where the calendar would give a small one away."""

from __future__ import annotations

from math import isnan

import pandas as pd
import pytest

from analysis.area import Policy
from analysis.errors import DisclosureStop
from analysis.release import ReleasedColours, days_by_colour

COLOURS = ("green", "yellow", "orange", "red")
HALF = (pd.Timestamp("2026-01-01"), pd.Timestamp("2026-06-30"))
EARLIER = (pd.Timestamp("2025-07-01"), pd.Timestamp("2025-12-31"))


def shown(*days: int) -> tuple[float, ...]:
    (period,) = days_by_colour({HALF: dict(zip(COLOURS, days, strict=True))}, COLOURS, Policy()).periods
    assert period.withheld == all(isnan(n) for n in period.days)
    return period.days


def test_counts_are_rounded_and_small_ones_hidden() -> None:
    green, yellow, orange, red = shown(462, 57, 19, 5)
    assert (green, yellow, orange) == (460, 55, 20)
    assert isnan(red)


def test_no_day_of_a_colour_is_told_as_none() -> None:
    assert shown(460, 62, 21, 0) == (460, 60, 20, 0)


def test_a_half_year_is_withheld_where_the_number_of_days_gives_a_small_count_away() -> None:
    # Of 179 days 170 (168 to 172) are green: 7 to 11 are left, and the mark says 1 to 7, so 7.
    assert all(isnan(n) for n in shown(172, 0, 0, 7))
    assert shown(174, 0, 0, 7)[0] == 175  # 181 days: 4 to 7 may be red


def test_a_single_colour_is_told_by_the_calendar_and_so_withheld() -> None:
    assert all(isnan(n) for n in shown(543, 0, 0, 0))


def test_periods_come_in_order_and_absent_colours_are_none() -> None:
    told = days_by_colour({HALF: {"green": 400, "yellow": 90, "orange": 53}, EARLIER: {}}, COLOURS, Policy())
    assert [p.first for p in told.periods] == [EARLIER[0], HALF[0]]
    assert told.periods[1].days[3] == 0


def test_without_a_whole_half_year_there_is_nothing() -> None:
    told = days_by_colour({}, COLOURS, Policy())
    assert (told.periods, told.colours, told.rule) == ((), COLOURS, "R1 R11")


def test_only_the_gate_makes_them() -> None:
    with pytest.raises(DisclosureStop):
        ReleasedColours(rule="R1", colours=(), periods=(), seal=object())
