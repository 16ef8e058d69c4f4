"""The access log: a line for each use, however it ends; nothing runs that cannot be written down."""

from __future__ import annotations

import getpass
import json
import os
import pwd
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analysis import __version__, access
from analysis.access import exit_code_of, logged, note
from analysis.errors import AnotherRun, CannotWrite
from analysis.report.lock import only_run
from analysis.sources import intake
from analysis.store import Store
from analysis.zones import Zones
from homes import call, small_exports

SECRET = "19121212-1212"


@pytest.fixture(name="zones")
def zones_of_a_home(tmp_path: Path) -> Zones:
    return Zones(tmp_path, "small")


def lines(zones: Zones) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (zones.protected / "access.log").read_text().splitlines()]


def test_a_line_says_who_when_what_and_how_much_and_nothing_else(zones: Zones) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    with logged(zones, "load") as use:
        use.add(["0b", "0a"], 3)
        use.add(["0b"], 4)
        use.exit_code = 65
    [line] = lines(zones)
    when = datetime.fromisoformat(line.pop("when"))
    assert before <= when <= datetime.now(UTC)
    assert when.utcoffset() == datetime.now(UTC).utcoffset()
    assert line == {
        "who": pwd.getpwuid(os.getuid()).pw_name,
        "command": "load",
        "deliveries": ["0a", "0b"],
        "rows": 7,
        "exit": 65,
        "version": __version__,
    }


def test_a_use_from_a_notebook_is_one_line_before_the_data_are_opened(zones: Zones) -> None:
    note(zones, "study 02-deviations", ["0a"], rows=2)
    [line] = lines(zones)
    assert (line["command"], line["deliveries"], line["rows"], line["exit"]) == (
        "study 02-deviations", ["0a"], 2, 0,
    )  # fmt: skip


def test_rows_that_are_not_counted_are_null_and_not_0(zones: Zones) -> None:
    with logged(zones, "map") as use:
        use.rows = None
    with logged(zones, "map") as use:
        use.rows = None
        use.add([], 2)
    assert [line["rows"] for line in lines(zones)] == [None, 2]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AnotherRun("a", "b"), 75),
        (KeyboardInterrupt(), 130),
        (SystemExit(143), 143),
        (SystemExit("text"), 70),
        (RuntimeError(SECRET), 70),
    ],
)
def test_a_use_that_fails_is_written_down_with_its_exit_code_and_without_its_text(
    zones: Zones, error: BaseException, code: int
) -> None:
    assert exit_code_of(error) == code
    with pytest.raises(type(error)), logged(zones, "report"):
        raise error
    assert [line["exit"] for line in lines(zones)] == [code]
    assert SECRET not in (zones.protected / "access.log").read_text()


def test_the_log_is_for_its_owner_only_and_grows_at_its_end(zones: Zones) -> None:
    note(zones, "one")
    path = zones.protected / "access.log"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(zones.protected.stat().st_mode) == 0o700
    path.chmod(0o644)
    before = path.read_bytes()
    note(zones, "two")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(before)
    assert [line["command"] for line in lines(zones)] == ["one", "two"]


def test_a_variable_does_not_say_who_it_is(zones: Zones, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert getpass.getuser() == "somebody-else"
    note(zones, "load")
    assert lines(zones)[0]["who"] != "somebody-else"


def test_a_user_without_a_name_is_a_number(zones: Zones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    note(zones, "load")
    assert lines(zones)[0]["who"] == str(2**31 - 7)


@pytest.mark.parametrize("blocked", ["folder", "link"])
def test_a_use_that_cannot_be_written_down_does_not_begin(zones: Zones, tmp_path: Path, blocked: str) -> None:
    zones.private(zones.protected)
    path, other = zones.protected / "access.log", tmp_path / "other"
    other.touch()
    if blocked == "folder":
        path.mkdir()
    else:
        path.symlink_to(other)
    with pytest.raises(CannotWrite, match="the access log cannot be written"), logged(zones, "load"):
        pytest.fail("the data were opened")
    assert other.read_bytes() == b""


def full(*_: object) -> int:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("write", [full, lambda *_: 3], ids=["full", "cut"])
def test_a_line_that_cannot_be_written_at_the_end_is_told(
    zones: Zones, monkeypatch: pytest.MonkeyPatch, write: Any
) -> None:
    with pytest.raises(CannotWrite, match="No space left"), logged(zones, "load"):
        monkeypatch.setattr(access.os, "write", write)


def test_a_line_after_one_that_was_cut_is_whole(zones: Zones) -> None:
    note(zones, "one")
    path = zones.protected / "access.log"
    path.write_bytes(path.read_bytes() + b'{"when": "20')
    note(zones, "two")
    kept = path.read_text().splitlines()
    assert [json.loads(kept[0])["command"], json.loads(kept[2])["command"]] == ["one", "two"]
    assert len(kept) == 3


WRITER = """
import sys
from pathlib import Path
from analysis.access import note
from analysis.zones import Zones
for n in range(40):
    note(Zones(Path(sys.argv[1]), "small"), sys.argv[2] * 500)
"""


def test_lines_of_many_processes_are_never_mixed(zones: Zones, tmp_path: Path) -> None:
    started = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name]) for name in "abcd"]
    assert [process.wait() for process in started] == [0] * 4
    found = [line["command"] for line in lines(zones)]
    assert sorted(found) == sorted(name * 500 for name in "abcd" for _ in range(40))


# The commands.


@pytest.mark.parametrize(
    ("arguments", "code", "rows"),
    [
        (["load", "FILE"], 0, True),
        (["load", "FILE", "--dry-run"], 0, True),
        (["load", "no.csv"], 66, False),
        (["check"], 66, False),
        (["report"], 66, False),
        (["map", "FILE"], 0, None),
        (["map", "no.csv"], 66, None),
        (["purge", "--expired"], 0, False),
    ],
)
def test_each_command_writes_one_line_also_when_it_fails(
    tmp_path: Path, arguments: list[str], code: int, rows: bool | None
) -> None:
    export = small_exports()[0]
    said = call(*[export if a == "FILE" else a for a in arguments], "--home", tmp_path)
    assert said.code == code, said
    [line] = lines(Zones(tmp_path, "goteborg"))
    assert (line["command"], line["exit"]) == (arguments[0], code)
    assert line["rows"] is None if rows is None else (line["rows"] > 0) is rows
    assert len(line["deliveries"]) == (code == 0 and arguments[0] != "purge")
    assert export.stem not in json.dumps(line)


def test_what_is_read_of_the_store_is_every_delivery_with_its_rows(tmp_path: Path) -> None:
    assert call("load", *small_exports()[:2], "--home", tmp_path).code == 0
    call("check", "--home", tmp_path)
    store = Store(tmp_path, "goteborg")
    loaded, checked = lines(store.zones)
    assert loaded["deliveries"] == checked["deliveries"] == sorted(r.digest for r in store.records())
    assert loaded["rows"] == checked["rows"] == sum(r.read for r in store.records())


def test_a_command_that_waits_for_another_is_written_down(tmp_path: Path) -> None:
    zones = Zones(tmp_path, "goteborg")
    with only_run(zones.private(zones.store)):
        assert call("load", small_exports()[0], "--home", tmp_path).code == 75
    assert [line["exit"] for line in lines(zones)] == [75]


def test_a_refused_file_is_exit_code_65_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "strange.csv").write_text(f"A;B\n{SECRET};2\n")
    assert call("load", tmp_path / "strange.csv", "--home", tmp_path).code == 65
    [line] = lines(Zones(tmp_path, "goteborg"))
    assert (line["exit"], line["deliveries"], line["rows"]) == (65, [], 0)


def test_where_things_lie_is_said_without_a_line(tmp_path: Path) -> None:
    assert call("where", "--home", tmp_path).code == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["load", "check", "map"])
def test_without_a_log_no_command_opens_data(
    tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    zones = Zones(tmp_path, "goteborg")
    (zones.private(zones.protected) / "access.log").mkdir()
    monkeypatch.setattr(intake, "take", lambda *_: pytest.fail("the export was opened"))
    monkeypatch.setattr(Store, "records", lambda *_: pytest.fail("the store was opened"))
    said = call(command, *([] if command == "check" else [small_exports()[0]]), "--home", tmp_path)
    assert (said.code, said.out) == (74, "")
    assert "access log" in said.err
