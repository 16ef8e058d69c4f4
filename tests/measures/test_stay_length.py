"""Length of stay is a difference of dates; care days count every day begun, so one more."""

from __future__ import annotations

from pathlib import Path

import pytest

from deliveries import pairs, series_of, snapshot_of, stay, stays


@pytest.mark.parametrize(
    ("admitted", "left", "days"),
    [
        ("2025-03-10 08:00", "2025-03-10 23:59", 0),
        ("2025-03-10 23:59", "2025-03-11 00:30", 1),
        ("2025-03-28 12:00", "2025-03-31 11:00", 3),
    ],
)
def test_the_same_day_is_no_day_of_stay_and_one_care_day(
    tmp_path: Path, admitted: str, left: str, days: int
) -> None:
    snapshot = snapshot_of(tmp_path, stays(stay("s1", left, left, admitted=admitted)))
    assert pairs(series_of(snapshot, "los_days_mean")) == {"2025-03": (days, 1)}
    assert pairs(series_of(snapshot, "care_days_mean")) == {"2025-03": (days + 1, 1)}
