"""The record of a run: what it tells, when it is written, and that it holds no data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from analysis import run_record
from analysis.errors import AnotherRun, CannotWrite, InputMissing
from analysis.report.plan import Job
from analysis.report.run import STALE, Outcome
from analysis.result import Result
from analysis.run_record import NAME, Record, counted, in_words, last_run, recorded, told, versions
from analysis.zones import Zones

CANARY = "19121212-1212"
JOB = Job("goteborg", "02-deviations", "harryda", "sv")


@pytest.fixture(name="zones")
def empty_zones(tmp_path: Path) -> Zones:
    return Zones(tmp_path, "goteborg")


def outcome(state: str, problem: str = "") -> Outcome:
    return Outcome(JOB, state, {"answers": [{"question": CANARY}]}, problem)


def results() -> list[Result]:
    return [
        Result(f"{CANARY}.csv", "quarantined", read=12, accepted=10, quarantined=(3, 5), reasons=(CANARY,)),
        Result(f"{CANARY}.xlsx", "refused", reasons=(CANARY,), exit_code=65),
    ]


def test_it_tells_states_kinds_and_counts_and_nothing_else(zones: Zones) -> None:
    ended: list[Record] = []
    with recorded(zones, ended.append) as record:
        record.as_of, record.set_id = "2026-10-31", "0123"
        record.reports = told(
            [outcome("built"), outcome("kept", f"{CANARY}: a cell took longer than 600 s.")]
        )
        record.loads, record.due, record.kept = counted(results()), ["nightly"], ["quarterly-2026-Q3"]
        record.exit_code = 3
    text = (zones.runs / NAME).read_text()
    assert CANARY not in text
    whole = json.loads(text)
    assert whole.keys() == {
        "run", "area", "started", "ended", "versions", "as_of", "set", "due", "kept", "reports", "counts",
        "loads", "exit_code", "exit",
    }  # fmt: skip
    assert whole["reports"][1] == {
        "notebook": "02-deviations", "unit": "harryda", "party": "", "language": "sv", "state": "kept",
        "problem": "time limit",
    }  # fmt: skip
    assert whole["counts"] == {"built": 1, "kept": 1}
    assert whole["loads"] == {
        "files_read": 2, "files_refused": 1, "rows_read": 12, "rows_accepted": 10, "rows_quarantined": 2
    }  # fmt: skip
    assert (whole["exit_code"], whole["exit"]) == (3, "some reports failed")
    assert datetime.fromisoformat(whole["started"]) <= datetime.fromisoformat(whole["ended"])
    assert ended == [record]
    assert last_run(zones) == whole


def test_a_notification_is_told_fixed_words_and_counts() -> None:
    record = Record("goteborg", datetime(2026, 11, 23, 4, 0, 1, tzinfo=UTC), exit_code=65)
    record.reports = told(
        [outcome("built"), outcome("unchanged"), outcome("kept", CANARY), outcome("failed", CANARY)]
    )
    record.loads = counted(results())
    assert record.notice() == (
        "area: goteborg\nexit code: 65\nmeaning: input refused, or stopped at the gate\nreports built: 1\n"
        f"reports unchanged: 1\nreports failed: 2\nfiles read: 2\nfiles refused: 1\nrun: {record.run_id}\n"
    )
    assert record.run_id.startswith("20261123T040001Z-")


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        ("a cell took longer than 600 s. Find out", "time limit"),
        ("the kernel died (killed, or out of memory). Run", "kernel died"),
        ("the notebook ended before its last cell. Take", "ended early"),
        ("the process was killed twice. Run fewer at once, or with more memory", "killed"),
        ("02-deviations: code cell 3 needed more memory than a notebook may have. Give", "memory limit"),
        (f"02-deviations: KeyError in code cell 3. {CANARY}", "error in a cell"),
        (STALE, "old policy"),
        (CANARY, "failed"),
        ("", ""),
    ],
)
def test_a_problem_is_told_by_its_kind(problem: str, kind: str) -> None:
    assert told([outcome("failed", problem)])[0]["problem"] == kind


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputMissing("x", "y"), 66),
        (KeyboardInterrupt(), 130),
        (SystemExit(143), 143),
        (ValueError(CANARY), 70),
    ],
    ids=str,
)
def test_it_is_written_when_a_run_fails_or_is_stopped(zones: Zones, error: BaseException, code: int) -> None:
    ended: list[Record] = []
    with pytest.raises(type(error)), recorded(zones, ended.append):
        raise error
    assert last_run(zones)["exit_code"] == code
    assert last_run(zones)["exit"] == in_words(code) != "unknown"
    assert [r.exit_code for r in ended] == [code]
    assert CANARY not in (zones.runs / NAME).read_text()


def test_a_good_run_calls_nobody_and_one_with_nothing_to_do_leaves_no_record(zones: Zones) -> None:
    ended: list[Record] = []
    with recorded(zones, ended.append) as record:
        record.is_run = False
    assert (last_run(zones), ended, zones.runs.exists()) == ({}, [], False)
    with recorded(zones, ended.append):
        pass
    assert (last_run(zones)["exit"], ended) == ("done", [])


def test_a_run_that_another_keeps_from_working_calls_but_does_not_write(zones: Zones) -> None:
    ended: list[Record] = []
    with pytest.raises(AnotherRun), recorded(zones, ended.append):
        raise AnotherRun("x", "y")
    assert (last_run(zones), [r.exit_code for r in ended]) == ({}, [75])


def test_a_record_that_cannot_be_written_fails_a_good_run_and_does_not_hide_a_bad_one(
    zones: Zones, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise CannotWrite("x", "y")

    monkeypatch.setattr(run_record.private_json, "write", full)
    ended: list[Record] = []
    with pytest.raises(CannotWrite), recorded(zones, ended.append):
        pass
    with pytest.raises(InputMissing), recorded(zones, ended.append):
        raise InputMissing("x", "y")
    assert [r.exit_code for r in ended] == [74, 66]


def test_versions_are_those_that_are_installed() -> None:
    found = versions()
    assert {name: version(name) for name in ("analysis", "papermill", "pandas", "ibis-framework")} == {
        name: found[name] for name in ("analysis", "papermill", "pandas", "ibis-framework")
    }
    assert found["python"].startswith("3.")


def test_every_exit_code_has_its_words() -> None:
    assert {code: in_words(code) for code in (0, 2, 3, 65, 66, 70, 74, 75, 78, 130, 143)}.keys() == set(
        run_record.EXITS
    )
    assert in_words(99) == "unknown"
