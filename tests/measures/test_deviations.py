"""Deviations per 1,000 discharges, by the month in which they happened."""

from __future__ import annotations

from pathlib import Path

from deliveries import Delivery, pairs, report, reports, series_of, snapshot_of, stay, stays

NAME = "deviations_per_1000"


def discharges(*months: str, unit: str = "a", n: int = 1) -> Delivery:
    """So many discharges on the 15th of each month."""
    return stays(*(stay(f"{unit}{m}{i}", f"{m}-15", f"{m}-15", unit=unit) for m in months for i in range(n)))


def test_the_rate_is_per_1000_discharges(tmp_path: Path) -> None:
    three = reports(*(report(f"d{n}", "2025-03-10") for n in range(3)))
    series = series_of(snapshot_of(tmp_path, three, discharges("2025-03", n=40)), NAME)
    assert pairs(series) == {"2025-03": (3, 40)}
    assert series.value.tolist() == [75.0]


def test_a_deviation_belongs_to_the_month_in_which_it_happened(tmp_path: Path) -> None:
    late = report("d1", "2025-03-31", reported="2025-05-02")
    both = reports(report("d2", "2025-03-05"), late)
    series = series_of(snapshot_of(tmp_path, both, discharges("2025-03", "2025-04", "2025-05")), NAME)
    assert pairs(series) == {"2025-03": (2, 1), "2025-04": (0, 1), "2025-05": (0, 1)}


def test_a_late_report_about_long_ago_makes_no_months_delivered(tmp_path: Path) -> None:
    old = report("d1", "2024-11-03", reported="2025-03-06")
    months = discharges("2024-11", "2024-12", "2025-01", "2025-02", "2025-03")
    series = series_of(snapshot_of(tmp_path, reports(old, report("d2", "2025-03-05")), months), NAME)
    assert pairs(series) == {"2025-03": (1, 1)}


def test_a_delivered_month_without_reports_is_zero(tmp_path: Path) -> None:
    two = reports(report("d1", "2025-03-10"), report("d2", "2025-05-10"))
    series = series_of(snapshot_of(tmp_path, two, discharges("2025-03", "2025-04", "2025-05")), NAME)
    assert pairs(series) == {"2025-03": (1, 1), "2025-04": (0, 1), "2025-05": (1, 1)}
    assert series.value.to_dict()["2025-04"] == 0.0


def test_a_month_without_a_delivery_of_either_table_is_absent(tmp_path: Path) -> None:
    march, june = reports(report("d1", "2025-03-10")), reports(report("d2", "2025-06-10"))
    base = (discharges("2025-02", "2025-03", "2025-04"), discharges("2025-07"))
    series = series_of(snapshot_of(tmp_path, march, june, *base), NAME)
    assert pairs(series) == {"2025-03": (1, 1)}


def test_a_month_with_reports_but_no_discharges_has_no_rate(tmp_path: Path) -> None:
    base = stays(stay("s1", "2025-02-15", "2025-02-15"), stay("s2", "2025-04-15", "2025-04-15"))
    series = series_of(snapshot_of(tmp_path, reports(report("d1", "2025-03-10")), base), NAME)
    assert pairs(series) == {"2025-03": (1, 0)}
    assert series.value.isna().tolist() == [True]
    assert series.complete.tolist() == [False]


def test_a_unit_without_a_single_report_has_a_rate_of_zero(tmp_path: Path) -> None:
    base = (discharges("2025-03"), discharges("2025-03", unit="b"))
    snapshot = snapshot_of(tmp_path, reports(report("d1", "2025-03-10", unit="a")), *base)
    assert pairs(series_of(snapshot, NAME, unit="b")) == {"2025-03": (0, 1)}
    assert pairs(series_of(snapshot, NAME)) == {"2025-03": (1, 2)}


def test_a_month_is_fully_reported_45_days_after_its_end(tmp_path: Path) -> None:
    later = [report(f"d{n}", f"2025-{n:02}-10") for n in (4, 5)]
    months = discharges("2025-03", "2025-04", "2025-05")
    snapshot = snapshot_of(tmp_path, reports(report("d1", "2025-03-10"), *later), months)
    assert series_of(snapshot, NAME, as_of="2025-05-14").complete.tolist() == [False, False, False]
    assert series_of(snapshot, NAME, as_of="2025-05-15").complete.tolist() == [True, False, False]


def test_a_month_is_not_complete_when_the_delivery_with_its_late_reports_is_missing(tmp_path: Path) -> None:
    deliveries = reports(report("d1", "2025-03-10")), reports(report("d2", "2025-05-10"))
    months = discharges("2025-03", "2025-04", "2025-05")
    series = series_of(snapshot_of(tmp_path, *deliveries, months), NAME, as_of="2026-01-01")
    assert series.complete.to_dict() == {"2025-03": False, "2025-05": False}


def test_without_discharges_there_is_no_rate_at_all(tmp_path: Path) -> None:
    assert series_of(snapshot_of(tmp_path, reports(report("d1", "2025-03-10"))), NAME).empty
