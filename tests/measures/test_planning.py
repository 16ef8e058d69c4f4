"""A planned date is moved when it was changed after the first; each change counts once."""

from __future__ import annotations

from pathlib import Path

import pytest

from deliveries import pairs, series_of, snapshot_of, stay, stays

LEFT = ("2025-03-10 08:00", "2025-03-12 15:00")


@pytest.mark.parametrize(
    ("date", "moves", "share", "mean"),
    [
        ("2025-03-10", 0, (0, 1), (0, 1)),
        ("2025-03-10", 1, (1, 1), (1, 1)),
        ("2025-03-10", 3, (1, 1), (3, 1)),
        ("2025-03-10", None, (0, 0), (0, 0)),
        (None, 2, (0, 0), (0, 0)),
    ],
)
def test_only_stays_with_a_date_and_a_number_of_moves_count(
    tmp_path: Path, date: str | None, moves: int | None, share: tuple[int, int], mean: tuple[int, int]
) -> None:
    row = stay("s1", *LEFT) | {"planned_uk_date": date, "planned_uk_moves_n": moves}
    snapshot = snapshot_of(tmp_path, stays(row))
    assert pairs(series_of(snapshot, "planned_date_moved_share")) == {"2025-03": share}
    assert pairs(series_of(snapshot, "planned_date_moves_mean")) == {"2025-03": mean}
