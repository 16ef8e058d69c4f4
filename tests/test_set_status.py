"""The status: the current set, kept ones, the last run, what comes next; damage is told, not stumbled on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analysis import private_json
from analysis.report import plan
from analysis.report.kept_sets import keep
from analysis.report.publish import publish, whole_set
from analysis.run_record import NAME
from analysis.schedule import read_schedule, write_done
from analysis.set_status import status
from analysis.zones import Zones
from homes import REPOSITORY, call, command, goteborg

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLANNED = """
[[reports]]
area = "goteborg"
notebook = "02-deviations"
units = "area"
[[sets]]
name = "nightly"
every = "day"
[[sets]]
name = "steering-group"
on = [2026-12-03]
"""
FILES = ("goteborgsomradet/02-deviations.sv.html", "goteborgsomradet/02-deviations.en.html")


@pytest.fixture(name="zones")
def zones_with_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Zones:
    (tmp_path / "plan.toml").write_text(PLANNED)
    monkeypatch.setattr(plan, "PLAN", tmp_path / "plan.toml")
    return Zones(tmp_path, "goteborg")


def planned_files() -> list[str]:
    return [j.file for j in plan.jobs(goteborg(), plan.Selection())]


def published(zones: Zones, entries: Sequence[dict[str, Any]]) -> Path:
    pages = {str(e["file"]): b"page" for e in entries} | {"index.html": b"index"}
    return publish(zones.reports, whole_set(pages, {"as_of": "2026-10-31", "reports": list(entries)}))


def entry(file: str, **more: object) -> dict[str, Any]:
    return {"file": file, "as_of": "2026-10-31"} | more


def lines(zones: Zones) -> list[str]:
    return status(goteborg(), zones, NOW).lines()


def test_where_nothing_has_been_made_that_is_said(zones: Zones) -> None:
    assert lines(zones) == [
        "goteborg",
        "  current set: none is published",
        "  last run: none is recorded",
        "  planned: nightly, due since 2026-11-23 05:00 CET; next 2026-11-24 05:00 CET",
        "  planned: steering-group, next 2026-11-26 05:00 CET",
    ]


def test_a_set_is_told_with_its_age_its_reports_and_those_that_are_old_or_missing(zones: Zones) -> None:
    first, second = planned_files()
    folder = published(zones, [entry(first, kept=True, as_of="2026-09-30")])
    write_done(zones, read_schedule(goteborg(), zones).due(NOW))
    assert lines(zones)[1:4] == [
        f"  current set: {folder.name}, as of 2026-10-31, 23 days old, 1 reports, whole",
        f"    last good page from 2026-09-30: {first}",
        f"    no page: {second}",
    ]
    assert lines(zones)[-2] == "  planned: nightly, next 2026-11-24 05:00 CET"


def test_the_age_is_counted_on_the_area_s_calendar(zones: Zones) -> None:
    published(zones, [])
    late = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert status(goteborg(), zones, late).current.age_days == 1


def test_damage_is_told(zones: Zones) -> None:
    folder = published(zones, [entry(f) for f in planned_files()])
    (keep(zones.reports, "quarterly-2026-Q3") / "index.html").write_bytes(b"other")
    keep(zones.reports, "quarterly-2026-Q4")
    (folder / "index.html").write_bytes(b"other")
    private_json.write(zones.private(zones.runs) / NAME, {"exit_code": "x", "ended": "", "reports": 5})
    found = status(goteborg(), zones, NOW)
    assert (found.current.whole, found.current.set) == (False, folder.name)
    assert found.lines()[1:5] == [
        f"  current set: {folder.name}, damaged; `analysis report` makes it again",
        "  kept: quarterly-2026-Q3, damaged",
        "  kept: quarterly-2026-Q4, as of 2026-10-31, whole",
        "  last run: , exit x (unknown)",
    ]


def test_the_last_run_is_told_in_words_with_what_failed(zones: Zones) -> None:
    report = {
        "notebook": "02-deviations",
        "unit": "harryda",
        "party": "",
        "language": "sv",
        "problem": "time limit",
    }
    good = report | {"problem": ""}
    content = {"exit_code": 3, "ended": "2026-11-23T04:10:00+00:00", "reports": [report, good]}
    private_json.write(zones.private(zones.runs) / NAME, content)
    assert lines(zones)[2:4] == [
        "  last run: 2026-11-23 05:10 CET, exit 3 (some reports failed)",
        "    time limit: harryda/02-deviations.sv",
    ]


def test_a_wrong_plan_does_not_hide_the_rest(zones: Zones) -> None:
    published(zones, [])
    plan.PLAN.write_text("[[sets]]\nname = 1\n")
    found = lines(zones)
    assert "as of 2026-10-31" in found[1]
    assert found[-1].startswith("  plan: ")
    assert "plan.toml, column “name”" in found[-1]


def test_the_command_tells_of_one_area_or_of_all(zones: Zones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANALYSIS_AREA", raising=False)
    every = call("status", "--home", zones.home)
    assert (every.code, every.err) == (0, "")
    assert [x for x in every.out.splitlines() if not x.startswith(" ")] == ["england", "goteborg"]
    one = call("status", "--home", zones.home, "--area", "goteborg", "--json").json
    assert [found["area"] for found in one] == ["goteborg"]
    assert one[0].keys() == {"area", "current", "kept_sets", "last_run", "planned", "problem"}
    monkeypatch.setenv("ANALYSIS_AREA", "england")
    assert call("status", "--home", zones.home).out.splitlines()[0] == "england"
    assert call("status", "--home", zones.home, "--area", "atlantis").code == 2
    assert call("where", "--home", zones.home, "--area", "goteborg").code == 0


def test_it_is_light(tmp_path: Path) -> None:
    """128 pages, as many as the shipped plan has: nothing heavy, and a fifth of a second of the processor."""
    zones = Zones(tmp_path, "goteborg")
    files = [j.file for j in plan.jobs(goteborg(), plan.Selection())]
    published(zones, [entry(f) for f in files])
    code = (
        "import sys, time; from analysis import cli; "
        f"cli.main(['status', '--area', 'goteborg', '--home', {str(tmp_path)!r}]); "
        "print([m for m in ('pandas', 'papermill', 'numpy') if m in sys.modules], time.process_time())"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in "123"
    ]
    said = [r.stdout.splitlines()[-1].rsplit(" ", 1) for r in runs]
    assert {modules for modules, _ in said} == {"[]"}
    assert len(files) == 128
    assert min(float(seconds) for _, seconds in said) < 0.4  # 0.2 on a machine that does nothing else


def test_the_installed_commands_say_where_they_are(tmp_path: Path) -> None:
    said = command("schedule", "--json", "--form", "systemd", "--home", tmp_path)
    assert said.code == 0
    service = json.loads(said.out)["analysis-goteborg.service"]
    assert f'ExecStart="{Path(sys.executable).with_name("analysis")}" "report" "--due"' in service
    assert os.path.isabs(str(REPOSITORY))
