"""Home within 24 hours: by the clock to the second, by date the same day or the day after."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.measures.indicators import Snapshot
from deliveries import area_of, pairs, series_of, snapshot_of, stay, stays

CLOCK, DATE = "home_within_24h_clock", "home_within_24h_date"
CASES = {
    "at once": ("2025-03-10 12:15:00", 1, 1),
    "a second under 24 hours": ("2025-03-11 12:14:59", 1, 1),
    "exactly 24 hours": ("2025-03-11 12:15:00", 1, 1),
    "a second over 24 hours": ("2025-03-11 12:15:01", 0, 1),
    "the last second of the day after": ("2025-03-11 23:59:59", 0, 1),
    "midnight after the day after": ("2025-03-12 00:00:00", 0, 0),
}
IN_BASE = {
    "ordinary_housing": 1,
    "short_term_place": 1,
    "residential_care": 1,
    "other_care": 0,
    "dead": 0,
    "unknown": 0,
}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    rows = [stay(case, "2025-03-10 12:15:00", left, unit=case) for case, (left, _, _) in CASES.items()]
    return snapshot_of(tmp_path_factory.mktemp("cases"), stays(*rows), area=area_of(CASES))


@pytest.mark.parametrize("case", CASES)
def test_exactly_24_hours_is_within_by_the_clock_and_midnight_decides_by_date(
    cases: Snapshot, case: str
) -> None:
    _, by_clock, by_date = CASES[case]
    assert pairs(series_of(cases, CLOCK, unit=case)) == {"2025-03": (by_clock, 1)}
    assert pairs(series_of(cases, DATE, unit=case)) == {"2025-03": (by_date, 1)}


def test_only_stays_that_ended_in_a_home_count(tmp_path: Path) -> None:
    left = ("2025-03-10 12:00", "2025-03-10 13:00")
    rows = [stay(to, *left, unit=to, to=None if to == "unknown" else to) for to in IN_BASE]
    snapshot = snapshot_of(tmp_path, stays(*rows), area=area_of(IN_BASE))
    for name in (CLOCK, DATE):
        found = {to: pairs(series_of(snapshot, name, unit=to)) for to in IN_BASE}
        assert found == {to: {"2025-03": (base, base)} for to, base in IN_BASE.items()}


def test_the_share_is_of_the_homes(tmp_path: Path) -> None:
    march = stays(
        stay("s1", "2025-03-10 12:00", "2025-03-10 13:00"),
        stay("s2", "2025-03-10 12:00", "2025-03-11 13:00"),
        stay("s3", "2025-03-10 12:00", "2025-03-13 13:00"),
        stay("s4", "2025-03-10 12:00", "2025-03-14 13:00"),
        stay("s5", "2025-03-10 12:00", "2025-03-10 13:00", to="dead"),
    )
    snapshot = snapshot_of(tmp_path, march)
    assert series_of(snapshot, CLOCK).value.tolist() == [0.25]
    assert series_of(snapshot, DATE).value.tolist() == [0.5]


def test_a_month_in_which_nobody_went_home_has_no_share(tmp_path: Path) -> None:
    march = stays(stay("s1", "2025-03-10 12:00", "2025-03-10 13:00", to="dead"))
    series = series_of(snapshot_of(tmp_path, march), CLOCK)
    assert series.value.isna().tolist() == [True]
    assert series.complete.tolist() == [False]
