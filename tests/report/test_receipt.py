"""The short answer is given only while no file that a run looks at has been touched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.report import plan as plan_module
from analysis.report import receipt
from analysis.zones import Zones
from homes import COMMAND, Builder, builder_fixture, goteborg, home_fixture, own_settings, report, states

__all__ = ["builder_fixture", "home_fixture"]


@pytest.fixture(name="settled")
def settled_fixture(home: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose last run had nothing to do and left a receipt."""
    monkeypatch.setattr(receipt, "RACY", -1)
    own_settings(home)
    report(home)
    assert states(report(home)) == ["unchanged"]
    builder.take_jobs()
    return home


@pytest.fixture(name="looks")
def looks_fixture(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is looked at in full."""
    from analysis import running

    found: list[str] = []
    whole = running._worked

    def noted(*given: object) -> dict[str, object]:
        found.append("whole")
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "_worked", noted)
    return found


def test_a_run_with_nothing_to_do_is_answered_at_once_with_the_same_words(
    settled: Path, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = report(settled)
    assert looks == []
    monkeypatch.setattr(receipt, "answer", lambda *_: None)
    again = report(settled)
    assert (at_once.code, at_once.json) == (again.code, again.json)
    assert looks == ["whole"]


def edit_setting(home: Path) -> None:
    path = home / "data/areas/goteborg/area.toml"
    path.write_bytes(path.read_bytes() + b"\n")


def touch_setting(home: Path) -> None:
    path = home / "data/areas/goteborg/area.toml"
    os.utime(path, ns=(time.time_ns(), time.time_ns()))


def new_export(home: Path) -> None:
    raw = Zones(home, "goteborg").private(Zones(home, "goteborg").raw)
    (raw / "new.csv").write_text("A;B\n1;2\n")


def purge(home: Path) -> None:
    next(Zones(home, "goteborg").store.glob("[!.]*/delivery.json")).touch()


def damage(home: Path) -> None:
    page = home / "reports/goteborg/current/harryda/02-deviations.sv.html"
    page.write_bytes(page.read_bytes()[:-1] + b"x")


def lose(home: Path) -> None:
    (home / "reports/goteborg/current/harryda/02-deviations.sv.html").unlink()


def edit_plan(home: Path) -> None:
    del home
    plan_module.PLAN.write_text(plan_module.PLAN.read_text() + "\n")


def damage_receipt(home: Path) -> None:
    (Zones(home, "goteborg").runs / receipt.NAME).write_text("{")


CHANGES = [edit_setting, touch_setting, new_export, purge, damage, lose, edit_plan, damage_receipt]


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__)
def test_whatever_is_touched_is_looked_at(
    settled: Path, looks: list[str], change: Callable[[Path], None]
) -> None:
    change(settled)
    report(settled)
    assert looks == ["whole"]


def test_another_question_is_looked_at(settled: Path, looks: list[str]) -> None:
    report(settled, "--language", "sv")
    report(settled, "--as-of", "2026-10-31")
    report(settled, "--force")
    assert len(looks) == 3


def test_what_was_just_written_leaves_no_receipt(home: Path, builder: Builder, looks: list[str]) -> None:
    del builder
    own_settings(home)
    for _ in range(3):
        report(home)
    assert looks == ["whole"] * 3


def test_a_run_that_failed_or_refused_leaves_none(settled: Path, builder: Builder, looks: list[str]) -> None:
    new_export(settled)
    assert [report(settled).code for _ in range(2)] == [65, 65]
    builder.failing = {"harryda/02-deviations.sv.html": "no"}
    edit_setting(settled)
    assert report(settled).code == 3
    assert len(looks) == 3


def test_receipts_are_few(settled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt, "MOST", 3)
    for day in range(1, 6):
        report(settled, "--as-of", f"2026-09-{day:02}")
        report(settled, "--as-of", f"2026-09-{day:02}")
    kept = (Zones(settled, "goteborg").runs / receipt.NAME).read_text()
    assert kept.count('"inputs"') == 3


def test_looking_takes_neither_pandas_nor_papermill() -> None:
    lines = (
        "import sys\nfrom analysis.area import read_area\nfrom analysis.report import receipt\n"
        "from analysis import running\nfrom analysis.zones import Zones\nfrom pathlib import Path\n"
        "receipt.look(read_area('goteborg'), Zones(Path('/nowhere'), 'goteborg'))\n"
        "print([m for m in ('pandas', 'papermill', 'numpy', 'nbformat', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert COMMAND.is_file()
    assert goteborg().id == "goteborg"
