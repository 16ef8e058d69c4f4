"""What made a report stale is said by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.report import keys as keys_module
from analysis.report import plan as plan_module
from analysis.zones import Zones
from homes import Builder, builder_fixture, home_fixture, own_settings, report

__all__ = ["builder_fixture", "home_fixture"]

FILE = "harryda/02-deviations.sv.html"


@pytest.fixture(name="own")
def own_fixture(home: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home with a set, its settings, and notebooks of its own."""
    del builder
    own_settings(home)
    notebooks = Path(shutil.copytree(plan_module.NOTEBOOKS, tmp_path / "own"))
    monkeypatch.setattr(plan_module, "NOTEBOOKS", notebooks)
    keys_module.notebook_digest.cache_clear()
    assert report(home).code == 0
    return home


def why(home: Path, *more: str) -> dict[str, list[str]]:
    keys_module.notebook_digest.cache_clear()
    said = report(home, "--why", *more)
    assert said.code == 0
    return {row["file"]: row["stale"] for row in said.json}


def edit_notebook(home: Path) -> None:
    del home
    path = plan_module.NOTEBOOKS / "02-deviations.ipynb"
    whole = json.loads(path.read_text())
    whole["cells"][0]["source"] = ["# Annat"]
    path.write_text(json.dumps(whole))


def edit_settings(home: Path) -> None:
    path = home / "data/areas/goteborg/events.csv"
    path.write_bytes(path.read_bytes() + b"\n")


def lose_delivery(home: Path) -> None:
    shutil.rmtree(next(Zones(home, "goteborg").store.glob("[!.]*/delivery.json")).parent)


CASES = [
    (edit_notebook, ["the notebook was changed"]),
    (edit_settings, ["the settings changed (events.csv)"]),
    (lose_delivery, ["the deliveries of its tables changed"]),
]


@pytest.mark.parametrize(("change", "said"), CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_what_changed_is_named(own: Path, change: Callable[[Path], None], said: list[str]) -> None:
    assert set(map(tuple, why(own).values())) == {()}
    change(own)
    assert why(own)[FILE] == said


def test_another_day_and_all_at_once_are_named(own: Path) -> None:
    for change, _ in CASES:
        change(own)
    assert len(why(own, "--as-of", "2026-09-30")[FILE]) == 4


def test_only_an_edited_notebook_s_own_reports_are_stale(own: Path) -> None:
    edit_notebook(own)
    assert {file for file, reasons in why(own).items() if reasons} == {
        f"harryda/02-deviations.{x}.html" for x in ("sv", "en")
    }


def test_what_was_never_made_and_what_failed_are_said(own: Path, builder: Builder) -> None:
    said = report(own, "--why", "--unit", "molndal").json  # the last one named counts
    assert {"there is no page of it in the published set"} == {r for row in said for r in row["stale"]}
    builder.failing = {FILE: "no"}
    report(own, "--force")
    assert why(own)[FILE] == ["it could not be made last time; its page is an older one"]


def test_nothing_is_made(own: Path, builder: Builder) -> None:
    builder.take_jobs()
    edit_settings(own)
    why(own)
    assert builder.take_jobs() == []
