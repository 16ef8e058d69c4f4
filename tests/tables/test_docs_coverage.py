"""Every system, party and form of the documents has a place in the software, or a reason why not."""

from __future__ import annotations

import csv
import re

import pytest

from analysis.area import read_area
from analysis.tables import NAMES, table
from shared import REPOSITORY, SHARED, needs_shared

TEXT = (REPOSITORY / "docs" / "coverage.md").read_text(encoding="utf-8")
AREA = read_area("goteborg", REPOSITORY)
KINDS = ("System/verktyg", "Part/organisation", "Formulär/artefakt")


def lines() -> dict[str, str]:
    """Item to its place, or the reason why it has none."""
    cells = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if line.startswith("| ")]
    return {item: place for item, place in cells if item != "item"}


def named(*kinds: str) -> set[str]:
    """What stands in code marks after one of the words."""
    lists = re.findall(rf"(?:{'|'.join(kinds)}) ((?:`[\w-]+`(?:, | and )?)+)", TEXT, re.IGNORECASE)
    return {name for each in lists for name in re.findall(r"`([\w-]+)`", each)}


@needs_shared
def test_each_row_of_the_inventory_has_its_line() -> None:
    path = SHARED / "domain" / "tables" / "inventory.csv"
    with path.open(encoding="utf-8") as handle:
        inventory = [row for row in csv.DictReader(handle) if row["kategori"] in KINDS]
    assert len(inventory) == 72
    assert [row["punkt"] for row in inventory] == list(lines())


@pytest.mark.parametrize(("item", "place"), lines().items())
def test_a_line_names_a_place_or_says_why_there_is_none(item: str, place: str) -> None:
    assert "`" in place or re.match(r"No place\b[^:]*: .{10}", place), item


def test_the_columns_named_exist() -> None:
    found = re.findall(r"`(\w+)\.(\w+)`", TEXT)
    columns = [(name, column) for name, column in found if name in NAMES and column != "csv"]
    assert len(columns) > 40
    assert [c for c in columns if c[1] not in table(c[0]).model.to_schema().columns] == []


def test_every_source_is_named_and_every_source_named_exists() -> None:
    sources = {path.stem for path in (AREA.folder / "sources").glob("*.toml")}
    in_marks = set(re.findall(r"`([\w-]+)`", TEXT))
    assert sources - in_marks == set()
    assert named("sources?") <= sources


def test_the_events_named_exist() -> None:
    events = named("events?")
    assert {"millennium", "decision", "web_question", "nosam_nordost"} <= events
    assert events <= {event.id for event in AREA.events}


def test_every_table_is_named() -> None:
    assert {name for name in NAMES if f"`{name}" not in TEXT} == set()
