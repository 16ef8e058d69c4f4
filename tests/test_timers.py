"""The printed forms, each read back as the system that they are for would read it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from datetime import UTC, date, datetime, time
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from analysis import timers
from analysis.errors import SettingsError, UsageError
from analysis.moments import Rhythm
from analysis.schedule import Meetings, PlannedSet, Schedule
from analysis.timers import FORMS, TASK, Wake, forms, wake
from analysis.zones import Zones
from homes import call

ZONE = ZoneInfo("Europe/Stockholm")
SYSTEMD = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(SYSTEMD is None, reason="systemd is not here")
ODD = "/a b/100% %h/$HOME å/analysis"
ODD_HOME = '/a b/100% %h/it\'s "$HOME" å'


def schedule(*when: Rhythm | Meetings) -> Schedule:
    sets = when or (Rhythm("day", time(5), ZONE),)
    return Schedule("goteborg", ZONE, tuple(PlannedSet(f"s{n}", w) for n, w in enumerate(sets)))


def odd(**settings: str) -> Wake:
    return Wake((ODD,), ("report", "--due", "--area", "goteborg", "--home", ODD_HOME), settings)


def systemd_words(text: str) -> list[str]:
    """The words of a line as systemd.syntax(7) says: quotes, escapes, then %% as %."""
    words = re.findall(r'"((?:[^"\\]|\\.)*)"', text)
    return [re.sub(r"\\(.)", r"\1", w).replace("%%", "%") for w in words]


def cron_words(line: str) -> list[str]:
    """The words of the sixth field: an unescaped % would end the line, \\% is %, the rest is the shell's."""
    command = line.split(maxsplit=5)[5]
    assert not re.search(r"(?<!\\)%", command)
    return shlex.split(command.replace("\\%", "%"))


def values(text: str, key: str) -> list[str]:
    return [x.split("=", 1)[1] for x in text.splitlines() if x.startswith(f"{key}=")]


def test_systemd_starts_the_command_with_its_words_as_they_are() -> None:
    files = forms("systemd", schedule(), odd(ANALYSIS_PROTECTED="/p %d/x"))
    service = files["analysis-goteborg.service"]
    [line] = values(service, "ExecStart")
    first, *others = systemd_words(line)
    assert [first, *(w.replace("$$", "$") for w in others)] == list(odd().words)
    assert systemd_words(values(service, "Environment")[0]) == ["ANALYSIS_PROTECTED=/p %d/x"]
    timer = files["analysis-goteborg.timer"]
    assert values(timer, "OnCalendar") == ["*-*-* 05:00:00 Europe/Stockholm", "hourly"]
    assert values(timer, "Persistent") == ["true"]


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    program = tmp_path / "a b%h $x ä" / "analysis"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    command = Wake((str(program),), odd().arguments, {"A": "% b"})
    for name, text in forms("systemd", schedule(), command).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    units = [str(p) for p in tmp_path.glob("analysis-*")]
    said = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    ours = [x for x in said.stderr.splitlines() if "analysis-goteborg" in x or "not executable" in x]
    assert (ours, len(units)) == ([], 2)


@pytest.mark.parametrize("mark", ["'", '"', "\\"])
def test_a_program_that_systemd_would_not_start_is_refused(mark: str) -> None:
    with pytest.raises(UsageError, match="systemd starts no program"):
        forms("systemd", schedule(), Wake((f"/a{mark}b/analysis",), (), {}))


RHYTHMS = [
    Rhythm("day", time(5), ZONE),
    Rhythm("week", time(23, 59), ZONE, day=7),
    Rhythm("month", time(6, 30), ZONE, day=31),
    Rhythm("month", time(0), ZONE, day=30),
    Rhythm("month", time(0), ZONE, day=29),
    Rhythm("month", time(0), ZONE, day=28),
    Rhythm("quarter", time(6), ZONE, day=15),
    Rhythm("quarter", time(6), ZONE, day=31, month=2),
    Rhythm("quarter", time(6), ZONE, day=30),
    Rhythm("year", time(5), ZONE, day=29, month=2),
    Rhythm("year", time(5), ZONE, day=24, month=12),
    Meetings((date(2027, 12, 3), date(2028, 3, 7)), 7, time(5), ZONE),
]


@needs_systemd
@pytest.mark.parametrize("when", RHYTHMS, ids=str)
def test_systemd_wakes_at_exactly_our_moments(when: Rhythm | Meetings) -> None:
    lines = values(forms("systemd", schedule(when), odd())["analysis-goteborg.timer"], "OnCalendar")
    base, count = datetime(2027, 1, 20, 12, tzinfo=UTC), 14
    theirs = sorted(m for line in lines if line != "hourly" for m in elapses(line, base, count))
    ours, moment = [], when.next(base)
    while moment and len(ours) < count:
        ours.append(moment)
        moment = when.next(moment)
    assert theirs[: len(ours)] == ours
    assert isinstance(when, Rhythm) or theirs == ours


def elapses(calendar: str, base: datetime, count: int) -> list[datetime]:
    asked = [
        "systemd-analyze",
        "calendar",
        f"--iterations={count}",
        f"--base-time={base:%Y-%m-%d %H:%M:%S UTC}",
    ]
    said = subprocess.run(
        [*asked, calendar], capture_output=True, text=True, check=True, env=os.environ | {"TZ": "UTC"}
    )
    found = re.findall(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", said.stdout)
    moments = [datetime.fromisoformat(x).replace(tzinfo=UTC) for x in found]
    return [m for m in moments if m > base]


def test_cron_asks_every_hour_in_the_area_s_zone() -> None:
    when = [Rhythm("day", time(5, 30), ZONE), Rhythm("month", time(6), ZONE)]
    [crontab] = forms("cron", schedule(*when), odd(ANALYSIS_PROTECTED="/p %d/x")).values()
    zone, line = [x for x in crontab.splitlines() if not x.startswith("#")]
    assert zone == "CRON_TZ=Europe/Stockholm"
    assert line.startswith("0,30 * * * * ")
    words = cron_words(line)
    assert words == ["ANALYSIS_PROTECTED=/p %d/x", *odd().words, ">", "/dev/null"]
    [plain] = forms("cron", schedule(), odd()).values()
    assert cron_words(plain.splitlines()[-1]) == [*odd().words, ">", "/dev/null"]


def test_cron_runs_what_it_is_given(tmp_path: Path) -> None:
    program = tmp_path / "a b%h $x 'ä'" / "analysis"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$ANALYSIS_PROTECTED" "$@" > "${0%/*}/said"\n')
    program.chmod(0o700)
    given = Wake((str(program),), odd().arguments, {"ANALYSIS_PROTECTED": "/p %d/x"})
    [crontab] = forms("cron", schedule(), given).values()
    command = crontab.splitlines()[-1].split(maxsplit=5)[5].replace("\\%", "%")
    subprocess.run(["/bin/sh", "-c", command], check=True)
    assert (program.parent / "said").read_text().splitlines() == ["/p %d/x", *odd().arguments]


def test_a_backslash_is_refused_where_crons_differ() -> None:
    with pytest.raises(UsageError, match="backslash"):
        forms("cron", schedule(), Wake(("/a\\b",), (), {}))


def test_windows_gets_a_task_that_catches_up() -> None:
    [(name, text)] = forms("windows", schedule(), odd(ANALYSIS_PROTECTED="C:\\p & <q>")).items()
    assert name == "analysis-goteborg.xml"
    assert text.isascii()
    assert text.startswith('<?xml version="1.0"?>\n<Task version="1.2"')
    task = ET.fromstring(text)
    found = {e.tag.removeprefix(f"{{{TASK}}}"): e.text for e in task.iter()}
    assert found["Command"] == ODD
    assert found["Arguments"] == subprocess.list2cmdline(odd().arguments)
    assert found["StartWhenAvailable"] == "true"
    assert found["MultipleInstancesPolicy"] == "IgnoreNew"
    assert found["Interval"] == "PT1H"
    assert "C:\\p & <q>" in str(found["Description"])
    assert [e.tag.removeprefix(f"{{{TASK}}}") for e in task] == [
        "RegistrationInfo",
        "Triggers",
        "Settings",
        "Actions",
    ]


def test_the_command_is_this_environment_s_and_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANALYSIS_PROTECTED", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    found = wake(Zones(tmp_path, "goteborg"))
    assert Path(found.program[0]).is_file()
    assert found.words[1:] == ("report", "--due", "--area", "goteborg", "--home", str(tmp_path))
    assert found.settings == {}
    monkeypatch.setattr(timers.sysconfig, "get_path", lambda _: str(tmp_path))
    assert wake(Zones(tmp_path, "goteborg")).program[1:] == ("-m", "analysis.cli")


@pytest.mark.parametrize("name", ["ANALYSIS_PROTECTED", "XDG_DATA_HOME"])
def test_where_data_lie_does_not_depend_on_the_environment_of_the_timer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for other in ("ANALYSIS_PROTECTED", "XDG_DATA_HOME"):
        monkeypatch.delenv(other, raising=False)
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    zones = Zones(tmp_path, "goteborg")
    before, settings = zones.protected, wake(zones).settings
    monkeypatch.delenv(name)
    monkeypatch.setenv("ANALYSIS_PROTECTED", settings["ANALYSIS_PROTECTED"])
    assert zones.protected == before


def test_a_path_with_a_line_break_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line break"):
        wake(Zones(tmp_path / "a\nb", "goteborg"))


@pytest.mark.parametrize("form", FORMS)
def test_a_plan_without_sets_has_no_timer(form: str) -> None:
    with pytest.raises(SettingsError, match="no set"):
        forms(form, Schedule("goteborg", ZONE), odd())


def test_this_machine_s_form_is_the_default() -> None:
    expected = "windows" if os.name == "nt" else "systemd"
    assert forms("", schedule(), odd()) == forms(expected, schedule(), odd())


def test_the_command_prints_each_form_and_knows_no_other(tmp_path: Path) -> None:
    for form in FORMS:
        said = call("schedule", "--form", form, "--home", tmp_path)
        assert (said.code, said.err) == (0, "")
        assert "report" in said.out
        assert "--due" in said.out
    assert call("schedule", "--form", "launchd", "--home", tmp_path).code == 2
    assert call("schedule", "--area", "atlantis", "--home", tmp_path).code == 2
    assert (
        ET.fromstring(call("schedule", "--form", "windows", "--home", tmp_path).out).tag == f"{{{TASK}}}Task"
    )
