"""Every item of the source documents has a place that exists in the software, or a reason why not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from analysis.area import REPOSITORY, read_area
from analysis.measures import measures
from analysis.tables import NAMES, table
from analysis.tables.inventory import COLUMNS, INVENTORY, KINDS, PLACES, Item, Place, coverage, items
from shared import SHARED, needs_shared

AREA = read_area("goteborg", REPOSITORY)
ITEMS = items()
SOURCES = {path.stem for path in (AREA.folder / "sources").glob("*.toml")}
PLACED = sorted({place for item in ITEMS for place in item.places})


def is_there(place: Place) -> bool:
    if place.kind == "table":
        name, _, column = place.name.partition(".")
        return name in NAMES and (not column or column in table(name).model.to_schema().columns)
    if place.kind == "setting":
        return any((folder / place.name).is_file() for folder in (AREA.folder, REPOSITORY))
    known = {
        "source": SOURCES,
        "measure": set(measures()),
        "event": {event.id for event in AREA.events},
        "notebook": {path.stem for path in (REPOSITORY / "notebooks").glob("*.ipynb")},
    }
    return place.name in known[place.kind]


def test_the_document_in_the_repository_is_what_the_list_says() -> None:
    assert (REPOSITORY / "docs" / "coverage.md").read_text(encoding="utf-8") == coverage(ITEMS)


@needs_shared
def test_the_list_has_the_items_of_the_inventory_in_its_order() -> None:
    path = SHARED / "domain" / "tables" / "inventory.csv"
    with path.open(encoding="utf-8") as handle:
        inventory = [(row["kategori"], row["punkt"]) for row in csv.DictReader(handle)]
    assert len(inventory) == 142
    assert [(item.kind, item.name) for item in ITEMS] == inventory


def test_142_of_142_items_have_a_place_or_a_reason_why_not() -> None:
    assert len(ITEMS) == 142
    assert [item.name for item in ITEMS if not item.places and len(item.reason) < 10] == []
    assert "123 have a place,\n19 a reason why not" in coverage(ITEMS)


@pytest.mark.parametrize("place", PLACED, ids=lambda p: f"{p.kind}-{p.name}")
def test_a_place_that_is_named_exists(place: Place) -> None:
    assert is_there(place)


@pytest.mark.parametrize("kind", PLACES)
def test_a_place_that_does_not_exist_is_noticed(kind: str) -> None:
    assert not is_there(Place(kind, "nowhere"))


def test_a_column_that_a_table_does_not_have_is_noticed() -> None:
    assert not is_there(Place("table", "deviations.nothing"))


def test_kinds_of_items_and_of_places_are_known() -> None:
    assert {item.kind for item in ITEMS} == set(KINDS)
    assert {place.kind for place in PLACED} == set(PLACES)


def test_every_source_and_every_table_has_its_item() -> None:
    tables = {place.name.partition(".")[0] for place in PLACED if place.kind == "table"}
    assert SOURCES - {place.name for place in PLACED if place.kind == "source"} == set()
    assert set(NAMES) - tables == {"rollout"}
    assert Place("setting", "rollout.csv") in PLACED


def test_every_report_has_an_item() -> None:
    named = {place.name[:2] for place in PLACED if place.kind == "notebook"}
    assert named == {f"{n:02d}" for n in range(1, 10)}


def test_an_item_takes_its_places_from_several_rows_and_its_reason_from_the_first(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    rows = [COLUMNS, ("Datum", "X", "event", "law", "Why"), ("Datum", "X", "measure", "m", ""),
            ("Datum", "Y", "none", "", "Only context")]  # fmt: skip
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    places = (Place("event", "law"), Place("measure", "m"))
    assert items(path) == [Item("Datum", "X", places, "Why"), Item("Datum", "Y", (), "Only context")]
    text = coverage(items(path))
    assert "| X | Measure `m`; event `law`. Why |" in text
    assert "| Y | No place: only context |" in text


def test_the_list_is_utf_8_with_its_columns() -> None:
    assert INVENTORY.read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)
