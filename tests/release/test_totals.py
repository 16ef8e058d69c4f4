"""Sums over persons: told where many make them up and no one most, the parts all or none."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.area import Policy
from analysis.errors import DisclosureStop
from analysis.release.totals import ReleasedSums, sums, total

POLICY = Policy()
START = pd.Timestamp("2025-01-01")
UNITS = ["a", "b"]


def cell(values: list[float], persons: list[int] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"person": persons or list(range(len(values))), "value": values})


def rows(**by_unit: list[float]) -> pd.DataFrame:
    found = [
        (unit, START, f"{unit}{n}", value)
        for unit, values in by_unit.items()
        for n, value in enumerate(values)
    ]
    return pd.DataFrame(found, columns=["unit", "period_start", "person", "value"])


def released(**by_unit: list[float]) -> ReleasedSums:
    return sums(rows(**by_unit), units=UNITS, whole="all", starts=[START], policy=POLICY)


@pytest.mark.parametrize(("persons", "is_told"), [(1, False), (7, False), (8, True)])
def test_a_sum_is_told_when_more_persons_than_are_hidden_make_it_up(persons: int, is_told: bool) -> None:
    assert math.isnan(total(cell([3.0] * persons), POLICY)) is not is_told


def test_nothing_is_told_as_nothing() -> None:
    assert total(cell([]), POLICY) == 0
    assert total(cell([0.0] * 20), POLICY) == 0


def test_persons_who_add_nothing_hide_nobody() -> None:
    assert math.isnan(total(cell([5.0] * 7 + [0.0] * 100), POLICY))


def test_stays_of_one_person_are_one_person() -> None:
    assert math.isnan(total(cell([2.0] * 20, persons=[1, 2, 3, 4] * 5), POLICY))


@pytest.mark.parametrize(("largest", "is_told"), [(39.9, True), (40.0, True), (40.1, False)])
def test_a_sum_that_one_person_makes_most_of_is_not_told(largest: float, is_told: bool) -> None:
    """Ten others with one day each: 40 of 50 is 80 per cent."""
    assert math.isnan(total(cell([1.0] * 10 + [largest]), POLICY)) is not is_told


@pytest.mark.parametrize(("others", "is_told"), [(1.5, True), (1.4, False)])
def test_a_sum_by_which_the_second_largest_knows_the_largest_is_not_told(
    others: float, is_told: bool
) -> None:
    """The rest of ten is 15 per cent of the largest, or less."""
    values = [100.0, 60.0] + [others] * 10
    assert math.isnan(total(cell(values), POLICY)) is not is_told


def test_something_is_never_told_as_nothing() -> None:
    assert math.isnan(total(cell([0.3] * 8), POLICY))
    assert total(cell([0.32] * 8), POLICY) == 5


@pytest.mark.parametrize(("days", "shown"), [(8 * 1.0, 10), (12.4, 10), (12.5, 15), (17.4, 15), (17.5, 20)])
def test_a_sum_is_rounded_to_the_nearest_five(days: float, shown: float) -> None:
    assert total(cell([days / 8] * 8), POLICY) == shown


def test_a_whole_and_its_parts_are_told_together() -> None:
    one = released(a=[3.0] * 20, b=[3.0] * 10)
    assert (one.of("all", START), one.of("a", START), one.of("b", START)) == (90, 60, 30)


def test_one_part_with_few_persons_hides_every_part_and_not_the_whole() -> None:
    one = released(a=[3.0] * 20, b=[3.0] * 7)
    assert one.of("all", START) == 80
    assert math.isnan(one.of("a", START))
    assert math.isnan(one.of("b", START))


def test_a_part_of_none_hides_the_others_since_one_of_them_would_be_the_whole_known_twice() -> None:
    one = released(a=[2.95] * 20, b=[])
    assert one.of("all", START) == 60
    assert one.of("a", START) == 60


def test_parts_that_the_whole_would_make_narrow_are_not_told() -> None:
    """8 + 8 beside 20: each is told as 10, 8 to 12, the whole as 15, 13 to 17: both are then 8 or 9."""
    one = released(a=[1.0] * 8, b=[1.0] * 8)
    assert one.of("all", START) == 15
    assert math.isnan(one.of("a", START))


def test_an_empty_table_is_nothing_everywhere() -> None:
    one = released()
    assert [cell.total for cell in one.cells] == [0, 0, 0]


def test_what_is_not_there_is_not_told() -> None:
    assert math.isnan(released(a=[1.0] * 9, b=[]).of("c", START))


def test_other_periods_do_not_count() -> None:
    one = sums(
        rows(a=[1.0] * 9), units=UNITS, whole="all", starts=[pd.Timestamp("2025-07-01")], policy=POLICY
    )
    assert [cell.total for cell in one.cells] == [0, 0, 0]


def test_only_the_gate_makes_it() -> None:
    with pytest.raises(DisclosureStop):
        ReleasedSums(rule="R1", cells=())


def test_a_sum_is_looked_up_by_unit_and_period() -> None:
    later = pd.Timestamp("2025-07-01")
    both = pd.concat([rows(a=[4.0] * 10), rows(a=[9.0] * 10).assign(period_start=later)])
    found = sums(both, units=["a"], whole="all", starts=[START, later], policy=POLICY)
    assert [found.of("a", day) for day in (START, later)] == [40, 90]
    assert math.isnan(found.of("a", pd.Timestamp("2026-01-01")))
