"""UK days are calendar days from the notice to the discharge; two means, two definitions."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.measures.indicators import Snapshot
from deliveries import area_of, pairs, series_of, snapshot_of, stay, stays

CASES = {
    "at once": ("2025-03-10 08:00", "2025-03-10 08:00", 0),
    "same day": ("2025-03-10 00:00", "2025-03-10 23:59", 0),
    "over midnight": ("2025-03-10 23:59", "2025-03-11 00:00", 1),
    "next day": ("2025-03-10 08:00", "2025-03-11 18:00", 1),
    "two nights": ("2025-03-10 23:59", "2025-03-12 00:00", 2),
    "23-hour day": ("2025-03-29 15:00", "2025-03-30 14:00", 1),
    "leap day": ("2024-02-28 12:00", "2024-03-01 12:00", 2),
}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    rows = [stay(case, ready, left, unit=case) for case, (ready, left, _) in CASES.items()]
    return snapshot_of(tmp_path_factory.mktemp("cases"), stays(*rows), area=area_of(CASES))


@pytest.mark.parametrize("case", CASES)
def test_a_uk_day_is_a_calendar_day(cases: Snapshot, case: str) -> None:
    month, days = CASES[case][1][:7], CASES[case][2]
    assert pairs(series_of(cases, "uk_days_mean_payment", unit=case))[month] == (days, 1)
    assert pairs(series_of(cases, "uk_days_mean_skr", unit=case))[month] == (days, 1 if days >= 1 else 0)


def test_skr_leaves_day_zero_out_of_the_base_and_the_payment_model_does_not(tmp_path: Path) -> None:
    march = stays(
        stay("s1", "2025-03-10 08:00", "2025-03-10 15:00"),
        stay("s2", "2025-03-11 08:00", "2025-03-11 15:00"),
        stay("s3", "2025-03-12 08:00", "2025-03-13 15:00"),
        stay("s4", "2025-03-14 08:00", "2025-03-19 15:00"),
    )
    snapshot = snapshot_of(tmp_path, march)
    skr, payment = (series_of(snapshot, f"uk_days_mean_{name}") for name in ("skr", "payment"))
    assert (pairs(skr), skr.value.tolist()) == ({"2025-03": (6, 2)}, [3.0])
    assert (pairs(payment), payment.value.tolist()) == ({"2025-03": (6, 4)}, [1.5])


def test_a_month_with_only_day_zero_has_a_payment_mean_of_zero_and_no_skr_mean(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, stays(stay("s1", "2025-03-10 08:00", "2025-03-10 15:00")))
    assert series_of(snapshot, "uk_days_mean_payment").value.tolist() == [0.0]
    skr = series_of(snapshot, "uk_days_mean_skr")
    assert skr.value.isna().tolist() == [True]
    assert skr.complete.tolist() == [False]


@pytest.mark.parametrize("destination", ["dead", "other_care", None])
def test_everyone_counts_wherever_they_went(tmp_path: Path, destination: str | None) -> None:
    march = stays(stay("s1", "2025-03-10 08:00", "2025-03-12 15:00", to=destination))
    assert pairs(series_of(snapshot_of(tmp_path, march), "uk_days_mean_skr")) == {"2025-03": (2, 1)}


def test_a_stay_belongs_to_the_month_of_discharge_with_all_its_days(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, stays(stay("s1", "2025-03-30 08:00", "2025-04-02 15:00")))
    assert pairs(series_of(snapshot, "uk_days_mean_skr")) == {"2025-04": (3, 1)}
