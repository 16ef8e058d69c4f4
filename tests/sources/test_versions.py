"""A column that says when a row was last changed decides between rows with the same key."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.area import Area
from analysis.sources import Delivery
from elsewhere import Sheet, accepted, area_in, incidents, load


@pytest.fixture(name="area")
def area_fixture(tmp_path: Path) -> Area:
    area = area_in(tmp_path / "area")
    mapping = area.folder / "sources" / "incidents.toml"
    mapping.write_text('version = ["Ändrad"]\n' + mapping.read_text(encoding="utf-8"), encoding="utf-8")
    return area


def changed(sheet: Sheet, *days: str) -> Sheet:
    """With a column of the days on which the rows were changed, and the first two of one id."""
    two = sheet.put("Löpnr", r2=sheet.rows[0][0]).put("Läge", r1="Öppen", r2="Klar")
    rows = [[*row, days[n] if n < len(days) else "2025-06-01"] for n, row in enumerate(two.rows)]
    return Sheet(two.source, [*two.header, "Ändrad"], rows)


def reasons(delivery: Delivery) -> dict[str, list[int]]:
    found = [*delivery.rejects.itertuples(), *delivery.warnings.itertuples()]
    return {reason: [f.row for f in found if f.reason == reason] for reason in {f.reason for f in found}}


@pytest.mark.parametrize(
    ("days", "old", "status"),
    [(("2025-06-01", "2025-06-02"), 1, "Klar"), (("2025-06-02 10:00", "2025-06-02 09:59"), 2, "Öppen")],
)
def test_the_newer_row_wins_and_the_older_is_said(
    area: Area, tmp_path: Path, days: tuple[str, str], old: int, status: str
) -> None:
    delivery = load(changed(incidents(), *days).csv(tmp_path / "x.csv"), area)
    assert reasons(delivery) == {"superseded": [old]}
    kept = accepted(delivery).set_index("deviation_id")
    assert kept.loc["H4100", "status"] == status


def test_two_rows_of_the_same_time_with_other_content_are_a_conflict(area: Area, tmp_path: Path) -> None:
    delivery = load(changed(incidents(), "2025-06-02", "2025-06-02").csv(tmp_path / "x.csv"), area)
    assert reasons(delivery) == {"conflict": [1, 2]}


@pytest.mark.parametrize("unread", ["", "i går", "2099-01-01"])
def test_a_time_that_cannot_be_read_is_the_oldest(area: Area, tmp_path: Path, unread: str) -> None:
    delivery = load(changed(incidents(), unread, "2025-06-02").csv(tmp_path / "x.csv"), area)
    assert reasons(delivery) == {"superseded": [1]}


def test_without_the_column_other_content_is_a_conflict(area: Area, tmp_path: Path) -> None:
    sheet = changed(incidents(), "2025-06-01", "2025-06-02").without("Ändrad")
    assert reasons(load(sheet.csv(tmp_path / "x.csv"), area)) == {"conflict": [1, 2]}
