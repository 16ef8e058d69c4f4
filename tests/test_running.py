"""`report --due`: what is due is made once, what failed stays due, a record and a notification tell of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analysis import running
from analysis.errors import CannotWrite, DisclosureStop
from analysis.report import plan
from analysis.report import run as run_module
from analysis.report.kept_sets import kept
from analysis.report.lock import only_run
from analysis.report.plan import Job
from analysis.report.publish import publish, whole_set
from analysis.report.run import Outcome, Request, Run
from analysis.run_record import last_run
from analysis.schedule import STATE
from analysis.zones import Zones
from homes import Said, call

CANARY = "19121212-1212"
REPORTS = """
[[reports]]
area = "goteborg"
notebook = "02-deviations"
units = "all"
[[reports]]
area = "goteborg"
notebook = "04-sip"
units = "all"
"""
NIGHTLY = '[[sets]]\nname = "nightly"\nevery = "day"\nat = "05:00"\n'
QUARTERLY = '[[sets]]\nname = "quarterly"\nevery = "quarter"\nday = 15\nat = "06:00"\nkeep = true\n'
MEETING = '[[sets]]\nname = "group"\non = [2026-11-25]\nkeep = true\n'
JOB = Job("goteborg", "02-deviations", "harryda", "sv")


@dataclass
class Place:
    """A home without data, a plan, a clock, and a run that stands in for the real one."""

    home: Path
    moment: datetime = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    fails: BaseException | None = None
    problem: str = ""
    asked: list[Request] = field(default_factory=list)

    @property
    def zones(self) -> Zones:
        return Zones(self.home, "goteborg")

    def plan(self, *sets: str) -> None:
        plan.PLAN.write_text(REPORTS + "".join(sets), encoding="utf-8")

    def run(self, area: object, home: Path, request: Request, progress: Callable[[int, int], None]) -> Run:
        del area, home, progress
        self.asked.append(request)
        if self.fails:
            raise self.fails
        folder = publish(self.zones.reports, whole_set({"index.html": b"x"}, {"as_of": "2026-10-31"}))
        state = "kept" if self.problem else "built"
        return Run(self.zones.reports / "current", folder.name, (Outcome(JOB, state, {}, self.problem),))

    def due(self, *more: str | Path) -> Said:
        return call("report", "--due", "--home", self.home, *more)

    def kept(self) -> list[str]:
        return [name for name, manifest in kept(self.zones.reports) if manifest]


@pytest.fixture(name="place")
def place_to_run_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path / "home")
    place.home.mkdir()
    monkeypatch.setattr(plan, "PLAN", tmp_path / "plan.toml")
    monkeypatch.setattr(run_module, "run", place.run)
    monkeypatch.setattr(running, "now", lambda: place.moment)
    return place


def test_what_is_due_is_made_once_and_then_nothing_is_due(place: Place) -> None:
    place.plan(NIGHTLY, QUARTERLY)
    first = place.due()
    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines() == [
        f"1 built, 0 unchanged, 0 failed: {place.zones.reports}/current/index.html",
        f"kept: {place.zones.reports}/kept/quarterly-2026-Q3",
    ]
    assert (place.kept(), len(place.asked)) == (["quarterly-2026-Q3"], 1)
    again = place.due()
    assert (again.code, again.out) == (0, "nothing is due; next nightly at 2026-11-24 05:00 CET\n")
    assert len(place.asked) == 1


def test_missed_nights_are_caught_up_by_one_run(place: Place) -> None:
    place.plan(NIGHTLY)
    place.due()
    place.moment = datetime(2026, 12, 24, 23, 30, tzinfo=UTC)
    assert place.due().code == 0
    assert place.due().out.startswith("nothing is due")
    assert len(place.asked) == 2


def test_as_json(place: Place) -> None:
    place.plan(QUARTERLY)
    said = place.due("--json").json
    assert said.keys() == {"run", "folder", "reports", "due", "kept"}
    assert said["due"] == ["quarterly"]
    assert [Path(k).name for k in said["kept"]] == ["quarterly-2026-Q3"]
    nothing = place.due("--json").json
    assert nothing == {"due": [], "next": {"set": "quarterly", "at": "2027-01-15 06:00 CET"}}
    place.plan()
    assert place.due().out == "nothing is due\n"


def test_the_reports_are_those_of_all_due_sets(place: Place) -> None:
    some = NIGHTLY + 'notebooks = ["04-sip"]\nlanguages = ["sv"]\n'
    other = '[[sets]]\nname = "weekly"\nevery = "week"\nnotebooks = ["02-deviations", "04-sip"]\n'
    place.plan(some, other)
    place.due()
    selection = place.asked[0].selection
    assert (tuple(selection.notebooks), tuple(selection.languages)) == (("04-sip", "02-deviations"), ())
    place.moment = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    place.due()
    selection = place.asked[1].selection
    assert (tuple(selection.notebooks), tuple(selection.languages)) == (("04-sip",), ("sv",))
    place.plan(some, QUARTERLY)
    place.due()
    assert tuple(place.asked[2].selection.notebooks) == ()


@pytest.mark.parametrize(
    ("fails", "code"),
    [
        (CannotWrite("x", "y"), 74),
        (DisclosureStop("x", "y"), 65),
        (KeyboardInterrupt(), 130),
        (SystemExit(143), 143),
    ],
    ids=str,
)
def test_a_failed_run_stays_due_and_keeps_nothing(place: Place, fails: BaseException, code: int) -> None:
    place.plan(NIGHTLY, QUARTERLY)
    place.fails = fails
    assert place.due().code == code
    assert last_run(place.zones)["exit_code"] == code
    assert last_run(place.zones)["due"] == ["nightly", "quarterly"]
    assert place.kept() == []
    place.fails = None
    assert place.due().code == 0
    assert (place.kept(), len(place.asked)) == (["quarterly-2026-Q3"], 2)


def test_a_run_with_failed_reports_is_done(place: Place) -> None:
    place.plan(NIGHTLY, QUARTERLY)
    place.problem = f"a cell took longer than 600 s. {CANARY}"
    assert place.due().code == 3
    assert place.due().out.startswith("nothing is due")
    assert place.kept() == ["quarterly-2026-Q3"]


def test_one_set_that_cannot_be_kept_does_not_keep_the_others_from_it(place: Place) -> None:
    place.plan(NIGHTLY, QUARTERLY, MEETING)
    (place.zones.reports / "kept/quarterly-2026-Q3").mkdir(parents=True)
    said = place.due()
    assert (said.code, place.kept()) == (74, ["group-2026-11-25"])
    assert "this kept set is damaged" in said.err
    done = json.loads((place.zones.runs / STATE).read_text())["done"]
    assert sorted(done) == ["group", "nightly"]
    (place.zones.reports / "kept/quarterly-2026-Q3").rmdir()
    assert place.due().code == 0
    assert place.kept() == ["group-2026-11-25", "quarterly-2026-Q3"]


def test_a_kept_set_is_left_as_it_is_when_the_state_is_lost(place: Place) -> None:
    place.plan(QUARTERLY)
    place.due()
    page = place.zones.reports / "kept/quarterly-2026-Q3/index.html"
    before = page.stat().st_mtime_ns
    (place.zones.runs / STATE).write_bytes(b"{")
    assert place.due().code == 0
    assert page.stat().st_mtime_ns == before


def test_while_another_run_works_it_is_75_and_still_due(place: Place) -> None:
    place.plan(NIGHTLY)
    with only_run(place.zones.private(place.zones.store)):
        assert place.due().code == 75
    assert last_run(place.zones) == {}
    assert (place.due().code, len(place.asked)) == (0, 1)


def test_what_another_run_has_done_in_the_meantime_is_not_done_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.plan(NIGHTLY)
    before = running.read_schedule
    looks: list[int] = []

    def read(*given: Any) -> Any:
        looks.append(1)
        if len(looks) == 2:
            with monkeypatch.context() as patch:
                patch.setattr(running, "read_schedule", before)
                running.write_done(place.zones, before(*given).due(place.moment))
        return before(*given)

    monkeypatch.setattr(running, "read_schedule", read)
    assert place.due().out.startswith("nothing is due")
    assert place.asked == []


@pytest.mark.parametrize(
    "more",
    [
        ["02-deviations"],
        ["--unit", "harryda"],
        ["--party", "slutenvard"],
        ["--language", "sv"],
        ["--as-of", "2026-01-01"],
    ],
    ids=str,
)
def test_with_due_the_plan_says_what_is_made(place: Place, more: list[str]) -> None:
    place.plan(NIGHTLY)
    assert (place.due(*more).code, place.asked) == (2, [])


def test_a_wrong_plan_is_78_with_its_place(place: Place) -> None:
    place.plan(NIGHTLY.replace("05:00", "02:30"))
    said = place.due()
    assert (said.code, place.asked) == (78, [])
    assert "plan.toml, column “at”: “at” of the set “nightly”" in said.err
    assert last_run(place.zones)["exit"] == "settings"


def test_a_plain_report_writes_its_record_and_leaves_the_schedule_alone(place: Place) -> None:
    place.plan(NIGHTLY)
    assert call("report", "--home", place.home, "--as-of", "2026-10-31").code == 0
    record = last_run(place.zones)
    assert (record["as_of"], record["exit_code"], record["due"]) == ("2026-10-31", 0, [])
    assert record["reports"][0]["state"] == "built"
    assert record["set"] == (place.zones.reports / "current").resolve().name
    assert not (place.zones.runs / STATE).exists()
    assert place.due().code == 0


def notified(place: Place, tmp_path: Path, *sets: str) -> Path:
    code = "import sys; open(sys.argv[1], 'w').write(repr(sys.argv[1:]) + sys.stdin.read())"
    command = json.dumps([sys.executable, "-c", code, str(tmp_path / "got")])
    place.plan(*sets, f"[notify]\ncommand = {command}\n")
    return tmp_path / "got"


def test_a_bad_end_is_notified_of_without_any_data(place: Place, tmp_path: Path) -> None:
    got = notified(place, tmp_path, NIGHTLY)
    assert place.due().code == 0
    assert not got.exists()
    (place.zones.private(place.zones.raw) / f"{CANARY}.csv").write_text(f"{CANARY};{CANARY}\n")
    place.problem = f"{CANARY} in code cell 3"
    said = call("report", "--home", place.home)
    assert said.code == 3
    text = got.read_text()
    assert CANARY not in text
    assert CANARY not in (place.zones.runs / "run.json").read_text()
    run = last_run(place.zones)
    assert text == repr([str(got)]) + (
        "area: goteborg\nexit code: 3\nmeaning: some reports failed\nreports built: 0\nreports unchanged: 0\n"
        f"reports failed: 1\nfiles read: 1\nfiles refused: 1\nrun: {run['run']}\n"
    )
    assert run["loads"]["files_refused"] == 1
    assert run["reports"][0]["problem"] == "error in a cell"


def test_a_notification_that_fails_is_one_line_and_changes_no_exit_code(place: Place) -> None:
    place.plan(NIGHTLY, '[notify]\ncommand = ["/nowhere/mail-us"]\n')
    place.fails = CannotWrite("x", "y")
    said = place.due()
    assert said.code == 74
    assert "analysis: The notification's command cannot be started (FileNotFoundError).\n" in said.err
    place.plan(NIGHTLY, "[notify]\ncommand = 1\n")
    assert (place.due().code, last_run(place.zones)["exit_code"]) == (74, 74)


def test_nothing_due_is_light_and_leaves_no_trace(place: Place, tmp_path: Path) -> None:
    late = MEETING.replace("2026-11-25", "2999-01-01")
    place.plan(late)
    code = (
        "import sys, time; from pathlib import Path; from analysis import cli; "
        f"from analysis.report import plan; plan.PLAN = Path({str(plan.PLAN)!r}); "
        f"cli.main(['report', '--due', '--home', {str(place.home)!r}]); "
        "print([m for m in ('pandas', 'papermill', 'numpy') if m in sys.modules], time.process_time())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, last = done.stdout.splitlines()
    assert first == "nothing is due; next group at 2998-12-25 05:00 CET"
    modules, seconds = last.rsplit(" ", 1)
    assert modules == "[]"
    assert float(seconds) < 0.4
    assert list(place.home.iterdir()) == []
