"""The demonstration: the same seed gives the same store, and nothing real is ever mixed in."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis import demo
from analysis.area import Area, read_area
from analysis.errors import SettingsError, UsageError
from analysis.inbox import load as load_files
from analysis.sources import Reading
from analysis.sources.delivery import read_delivery
from analysis.store import Store
from shared import REPOSITORY


@pytest.fixture(scope="module")
def area() -> Area:
    return read_area("goteborg", REPOSITORY)


@pytest.fixture(scope="module")
def small(area: Area) -> dict[str, Any]:
    settings = demo.settings(area)
    return settings | {"scale": 0.02, "period": settings["period"] | {"months": 14}}


def contents(files: list[Path]) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in files}


def folder_for(scratch: Path, file: Path) -> Path:
    folder = scratch / "read" / file.stem
    folder.mkdir(parents=True)
    return folder


def test_an_area_without_a_demonstration_says_what_to_do(tmp_path: Path) -> None:
    england = read_area("england", REPOSITORY)
    with pytest.raises(SettingsError, match="no demonstration") as caught:
        demo.load(england, tmp_path, seed=1)
    assert caught.value.exit_code == 78
    assert list(tmp_path.iterdir()) == []


def test_exports_are_one_file_a_system_and_year(tmp_path: Path, area: Area, small: dict[str, Any]) -> None:
    names = [f.name for f in demo.exports(area, tmp_path, seed=1, demo=small)]
    assert names == sorted(names)
    assert [n for n in names if n.startswith(("avvikelser", "utskrivningar"))] == [
        "avvikelser-2022.csv",
        "avvikelser-2023.csv",
        "utskrivningar-2022.csv",
        "utskrivningar-2023.csv",
    ]
    assert all(re.fullmatch(r"[a-z-]+-20\d\d\.csv", n) for n in names)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(
    tmp_path: Path, area: Area, small: dict[str, Any]
) -> None:
    made = [
        contents(demo.exports(area, tmp_path / str(n), seed=seed, demo=small))
        for n, seed in enumerate((1, 1, 2))
    ]
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_exports_are_cut_on_the_day_they_are_taken_out(
    tmp_path: Path, area: Area, small: dict[str, Any]
) -> None:
    files = demo.exports(area, tmp_path, seed=1, as_of=date(2022, 6, 15), demo=small)
    reading = Reading(today=pd.Timestamp("2022-06-15"))
    deliveries = [read_delivery(f, area, folder_for(tmp_path, f), reading) for f in files]
    rows = {d.table: pd.read_parquet(d.folder / "rows.parquet") for d in deliveries}
    assert str(rows["episodes"].discharged_at.max()) < "2022-06-16"
    assert str(rows["deviations"].reported_date.max()) < "2022-06-16"


def test_invented_exports_are_read_like_any_export_and_nothing_is_kept_out(
    tmp_path: Path, area: Area, small: dict[str, Any]
) -> None:
    files = demo.exports(area, tmp_path, seed=1, demo=small)
    deliveries = [read_delivery(f, area, folder_for(tmp_path, f)) for f in files]
    assert {d.source for d in deliveries} >= {"medcontrol", "samsa", "sip", "status-lines"}
    assert all(d.rejects.empty and d.accepted == d.read > 0 for d in deliveries)
    unwritten = {d.source for d in deliveries if not d.warnings.empty}  # placeholders and empty follow-ups
    assert unwritten <= {"status-lines", "status-sheet", "action-plan", "weekly-form"}


def test_every_delivery_of_the_demonstration_is_marked_as_invented(
    tmp_path: Path, area: Area, small: dict[str, Any]
) -> None:
    demo.load(area, tmp_path, seed=1, demo=small)
    records = Store(tmp_path, area.id).records()
    assert {r.table for r in records} >= {"deviations", "episodes", "sip", "status_sheets"}
    assert all(r.invented for r in records)


def test_the_demonstration_twice_changes_nothing(tmp_path: Path, area: Area, small: dict[str, Any]) -> None:
    demo.load(area, tmp_path, seed=1, demo=small)
    store = Store(tmp_path, area.id)
    before = store.digest()
    demo.load(area, tmp_path, seed=1, demo=small)
    assert store.digest() == before


@pytest.mark.parametrize("change", [{"seed": 2}, {"seed": 1, "as_of": "2022-06-15"}])
def test_another_seed_or_day_replaces_what_was_invented_before(
    tmp_path: Path, area: Area, small: dict[str, Any], change: dict[str, Any]
) -> None:
    demo.load(area, tmp_path / "one", seed=1, demo=small)
    demo.load(area, tmp_path / "one", **change, demo=small)
    demo.load(area, tmp_path / "other", **change, demo=small)
    one, other = Store(tmp_path / "one", area.id), Store(tmp_path / "other", area.id)
    assert one.digest() == other.digest()


def test_the_day_on_the_clock_does_not_matter(
    tmp_path: Path, area: Area, small: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.load(area, tmp_path / "one", seed=1, demo=small)
    monkeypatch.setattr(pd.Timestamp, "now", lambda *_: pd.Timestamp("2021-01-01"))
    demo.load(area, tmp_path / "other", seed=1, demo=small)
    one, other = Store(tmp_path / "one", area.id), Store(tmp_path / "other", area.id)
    assert one.digest() == other.digest()
    assert all(r.quarantined == 0 for r in other.records())


def test_a_day_that_is_no_date_is_a_mistake_of_the_command_line(tmp_path: Path, area: Area) -> None:
    with pytest.raises(UsageError):
        demo.load(area, tmp_path, seed=1, as_of="15/6/2022")


def test_nothing_is_invented_into_a_store_with_real_deliveries(
    tmp_path: Path, area: Area, small: dict[str, Any]
) -> None:
    real = demo.exports(area, tmp_path / "real", seed=7, demo=small)[:1]
    assert [r.outcome for r in load_files(real, area, tmp_path)] == ["accepted"]
    before = Store(tmp_path, area.id).digest()
    with pytest.raises(SettingsError, match="must not be mixed"):
        demo.load(area, tmp_path, seed=1, demo=small)
    assert Store(tmp_path, area.id).digest() == before
