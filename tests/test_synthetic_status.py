"""The invented documents of organisations: as their sources read them, cut at the day, with gaps."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pandas import DataFrame

from analysis.synthetic.grid import build_grid
from analysis.synthetic.status import invent_status
from test_synthetic import ALL_AT_ONCE, DEMO, UNITS

LAYOUTS = ("status_lines", "action_plans", "training", "self_assessments", "green_cross", "capacity")
AS_OF = date(2026, 10, 31)
AREA = Path(__file__).parents[1] / "data/areas/goteborg"


def invented(as_of: date = AS_OF, seed: int = 1) -> dict[str, DataFrame]:
    grid = build_grid(DEMO, UNITS, ALL_AT_ONCE)
    return invent_status(DEMO, grid, DataFrame(), np.random.default_rng(seed), as_of)


def test_every_layout_has_its_rows_and_columns() -> None:
    rows = invented()
    assert set(rows) == set(LAYOUTS)
    for name in LAYOUTS:
        assert len(rows[name])
        assert set(DEMO["layouts"][name]["columns"]) <= set(rows[name])


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    first, again, other = invented(), invented(), invented(seed=2)
    assert all(first[name].equals(again[name]) for name in LAYOUTS)
    assert not first["training"].equals(other["training"])


def test_a_later_day_only_adds_rows() -> None:
    early, late = invented(date(2026, 3, 31)), invented()
    for name in LAYOUTS:
        assert late[name].head(len(early[name])).equals(early[name])


@pytest.mark.parametrize(("day", "sheets"), [(date(2025, 2, 27), 0), (date(2025, 2, 28), 20)])
def test_sheets_come_on_their_day(day: date, sheets: int) -> None:
    rows = invented(day)["status_lines"]
    assert len(rows[["sub_area", "forvaltning"]].drop_duplicates()) == sheets


def test_seven_of_the_first_twenty_sheets_hold_the_placeholder_only() -> None:
    rows = invented(date(2025, 2, 28))["status_lines"]
    is_blank = rows.text.eq("xxxx").groupby([rows.sub_area, rows.forvaltning]).all()
    assert is_blank.sum() == 7


def test_a_silent_party_and_a_missing_month_are_not_there() -> None:
    rows = invented()
    assert "Samverkan" not in set(rows["action_plans"].party)
    last = rows["self_assessments"].query("assessed_date > '2026'")
    assert "Kommunal socialtjänst/bistånd" not in set(last.party)
    april = rows["green_cross"].query("day >= '2025-04-01' and day < '2025-05-01'")
    assert april.place.nunique() == 2


def test_administrations_of_the_sheets_are_known_to_the_area() -> None:
    settings = tomllib.loads((AREA / "implementation.toml").read_text(encoding="utf-8"))
    known = {spelling.casefold() for each in settings["administrations"] for spelling in each["spellings"]}
    assert {name.casefold() for name in invented()["status_lines"].forvaltning} <= known


def test_settings_without_the_section_invent_nothing() -> None:
    grid = build_grid(DEMO, UNITS, ALL_AT_ONCE)
    without = {key: value for key, value in DEMO.items() if key != "status"}
    assert invent_status(without, grid, DataFrame(), np.random.default_rng(1), AS_OF) == {}
