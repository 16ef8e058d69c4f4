"""Readmission: the same person admitted again within 30 days of a discharge alive."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.measures.indicators import Snapshot
from deliveries import Row, area_of, pairs, series_of, snapshot_of, stay, stays

NAME = "unplanned_readmission_30d"


def first(discharged: str = "2025-03-10 15:00", **change: str) -> Row:
    return stay("s1", discharged, discharged, person="p1", admitted="2025-03-01 09:00") | change


def again(admitted: str, *, person: str = "p1", episode: str = "s2", unit: str = "a") -> Row:
    """A stay that ends in June, so that March has only the first one."""
    return stay(episode, "2025-06-20", "2025-06-25", person=person, admitted=admitted, unit=unit)


def march(folder: Path, *rows: Row, unit: str = "whole") -> tuple[float, float]:
    return pairs(series_of(snapshot_of(folder, stays(*rows)), NAME, unit=unit))["2025-03"]


CASES = {
    "at once": ("2025-03-10 15:00", 1),
    "same day": ("2025-03-10 23:59", 1),
    "next day": ("2025-03-11 00:00", 1),
    "day 29": ("2025-04-08 08:00", 1),
    "end of day 30": ("2025-04-09 23:59", 1),
    "begin of day 31": ("2025-04-10 00:00", 0),
    "day 31": ("2025-04-10 15:00", 0),
}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """One person and one unit a case."""
    rows = []
    for case, (admitted, _) in CASES.items():
        rows.append(first() | {"episode_id": f"{case} 1", "person_id": case, "unit": case})
        rows.append(again(admitted, episode=f"{case} 2", person=case, unit=case))
    return snapshot_of(tmp_path_factory.mktemp("cases"), stays(*rows), area=area_of(CASES))


@pytest.mark.parametrize("case", CASES)
def test_thirty_calendar_days_count_and_the_thirty_first_does_not(cases: Snapshot, case: str) -> None:
    assert pairs(series_of(cases, NAME, unit=case))["2025-03"] == (CASES[case][1], 1)


def test_someone_who_does_not_come_back_is_base_only(tmp_path: Path) -> None:
    assert march(tmp_path, first()) == (0, 1)


def test_another_person_is_no_readmission(tmp_path: Path) -> None:
    assert march(tmp_path, first(), again("2025-03-12", person="p2")) == (0, 1)


def test_a_readmission_to_another_unit_counts_where_the_first_stay_was(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, stays(first(), again("2025-03-12", unit="b")))
    assert pairs(series_of(snapshot, NAME, unit="a"))["2025-03"] == (1, 1)
    assert pairs(series_of(snapshot, NAME, unit="b"))["2025-03"] == (0, 0)


def test_only_the_next_stay_is_looked_at_and_each_discharge_once(tmp_path: Path) -> None:
    assert march(tmp_path, first(), again("2025-03-12"), again("2025-03-30", episode="s3")) == (1, 1)


def test_a_stay_that_began_before_the_discharge_is_no_readmission(tmp_path: Path) -> None:
    assert march(tmp_path, first(), again("2025-03-09 10:00")) == (0, 1)


def test_a_chain_of_stays_counts_every_discharge_that_was_followed(tmp_path: Path) -> None:
    chain = [
        stay("s1", "2025-03-03", "2025-03-03", person="p1", admitted="2025-03-01"),
        stay("s2", "2025-03-13", "2025-03-13", person="p1", admitted="2025-03-10"),
        stay("s3", "2025-03-23", "2025-03-23", person="p1", admitted="2025-03-20"),
    ]
    assert march(tmp_path, *chain) == (2, 3)


def test_the_dead_are_no_base_and_are_not_readmitted_even_if_an_id_is_used_again(tmp_path: Path) -> None:
    assert march(tmp_path, first(discharged_to="dead"), again("2025-03-12")) == (0, 0)


def test_someone_with_an_unknown_destination_is_alive(tmp_path: Path) -> None:
    unknown = first() | {"discharged_to": None}
    assert march(tmp_path, unknown, again("2025-03-12")) == (1, 1)


def test_the_flag_of_the_source_system_is_not_used(tmp_path: Path) -> None:
    assert march(tmp_path, first() | {"is_readmitted": True}) == (0, 1)


def test_a_month_is_followed_up_75_days_after_its_end(tmp_path: Path) -> None:
    others = [stay(f"o{n}", f"2025-{n:02}-10", f"2025-{n:02}-11", person=f"q{n}") for n in (4, 5, 6)]
    snapshot = snapshot_of(tmp_path, stays(first(), *others))
    assert series_of(snapshot, NAME, as_of="2025-06-13").complete.tolist()[0] is False
    assert series_of(snapshot, NAME, as_of="2025-06-14").complete.tolist()[0] is True


def test_a_month_is_not_followed_up_without_the_later_deliveries(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, stays(first()))
    assert series_of(snapshot, NAME, as_of="2026-06-14").complete.tolist() == [False]
