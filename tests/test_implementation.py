"""The settings of a roll-out: tasks, administrations, sub-areas, activities."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.area import REPOSITORY, Area, read_area
from analysis.errors import SettingsError
from analysis.implementation import Implementation, implementation_of
from shared import SHARED, needs_shared

AREA = read_area("goteborg", REPOSITORY)
HEADER = "phase,party,number,text_sv,text_en,evidence\n"


def area_with(folder: Path, tasks: str = "", settings: str = "") -> Area:
    if tasks:
        (folder / "phase_tasks.csv").write_text(tasks, encoding="utf-8")
    if settings:
        (folder / "implementation.toml").write_text(settings, encoding="utf-8")
    return replace(AREA, folder=folder)


def test_the_shipped_area_has_its_54_tasks_10_administrations_and_two_sub_areas() -> None:
    known = implementation_of(AREA)
    assert (len(known.tasks), len(known.administrations), len(known.sub_areas)) == (54, 10, 2)
    assert [len([t for t in known.tasks if t.phase == n]) for n in (1, 2, 3, 4)] == [3, 30, 18, 3]
    assert len(set(known.activities)) == 60
    assert set(known.phases) == {1, 2, 3, 4}
    assert all(t.text["sv"] and t.text["en"] for t in known.tasks)


@needs_shared
def test_the_tasks_are_those_of_the_documents() -> None:
    ids = {p.name["sv"]: p.id for p in AREA.parties} | {"Alla parter": ""}
    path = SHARED / "domain" / "tables" / "implementation_phases.csv"
    with path.open(encoding="utf-8") as handle:
        stated = [(int(r["fas"]), ids[r["part"]], int(r["stegnr"])) for r in csv.DictReader(handle)]
    assert [(t.phase, t.party, t.number) for t in implementation_of(AREA).tasks] == stated


def test_an_area_without_such_settings_has_none(tmp_path: Path) -> None:
    assert implementation_of(area_with(tmp_path)) == Implementation()
    assert implementation_of(read_area("england", REPOSITORY)).ids == frozenset()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("5,,1,a,b,", "phase"),
        ("2,nobody,1,a,b,", "party"),
        ("2,samverkan,one,a,b,", "number"),
        ("2,samverkan,1,a,b,hearsay", "evidence"),
    ],
)
def test_a_task_that_cannot_be_understood_is_placed(tmp_path: Path, row: str, column: str) -> None:
    with pytest.raises(SettingsError) as caught:
        implementation_of(area_with(tmp_path, HEADER + row))
    assert str(caught.value.where).endswith(f"line 2, column “{column}”")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="column is missing"):
        implementation_of(area_with(tmp_path, "phase,party\n1,\n"))


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ("phases = ", "not valid TOML"),
        ('[[sub_areas]]\nid = "a"', "has no id or no name"),
        ('[[sub_areas]]\nid="a"\nname={sv="A"}\n[[sub_areas]]\nid="a"\nname={sv="B"}', "occurs twice"),
    ],
)
def test_damaged_settings_are_named(tmp_path: Path, settings: str, what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        implementation_of(area_with(tmp_path, settings=settings))


def test_starts_are_of_the_phases_asked_about_and_phases_are_all() -> None:
    assert {s.phase for s in AREA.starts} == {3}
    assert {s.phase for s in AREA.phases} == {1, 2, 3, 4}
    assert len(AREA.phases) == 4 * len(AREA.parties) * len(AREA.members)
