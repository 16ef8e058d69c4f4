"""The forms that make a machine run ``analysis report --due``: systemd, cron, Windows. Standard library only.

The program itself knows what is due, in the area's time zone. A timer only has to wake it: at the moments of
the plan where it can tell time zones, and every hour, so that what was missed or has failed is caught up.
"""

from __future__ import annotations

import os
import shlex
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import Place, SettingsError, UsageError
from analysis.moments import MONTHS, Rhythm
from analysis.schedule import Meetings, Schedule
from analysis.zones import SETTING, Zones

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FORMS = ("systemd", "cron", "windows")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHORTEST, LONGEST = 28, 31  # months
TASK = "http://schemas.microsoft.com/windows/2004/02/mit/task"
TASK_SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "StartWhenAvailable": "true",
    "ExecutionTimeLimit": "PT12H",
    "Enabled": "true",
}


@dataclass(frozen=True)
class Wake:
    """What a timer is to start.

    Parameters
    ----------
    program : tuple of str
        The absolute path of the command, and what comes before its own arguments.
    arguments : tuple of str
        After the program.
    settings : mapping of str to str
        Variables that it needs.
    """

    program: tuple[str, ...]
    arguments: tuple[str, ...]
    settings: Mapping[str, str]

    @property
    def words(self) -> tuple[str, ...]:
        """The whole command line."""
        return (*self.program, *self.arguments)


def wake(zones: Zones) -> Wake:
    """The command line for an area and its home, whatever the folder or environment that it is started in.

    Parameters
    ----------
    zones : Zones
        Of the area.

    Returns
    -------
    Wake
        Where data lie is said when the environment of now decides it.

    Raises
    ------
    UsageError
        If a path holds a line break or another control character.
    """
    arguments = ("report", "--due", "--area", zones.area, "--home", str(zones.home))
    is_told = any(os.environ.get(name) for name in (SETTING, "XDG_DATA_HOME"))
    settings = {SETTING: str(zones.protected.parent)} if is_told else {}
    found = Wake(_program(), arguments, settings)
    if any(not c.isprintable() for text in (*found.words, *settings.values()) for c in text):
        what = "a path holds a line break or another control character"
        raise UsageError(what, "Rename the folder", Place(ascii(str(zones.home))))
    return found


def forms(form: str, schedule: Schedule, command: Wake) -> dict[str, str]:
    """The files of a form.

    Parameters
    ----------
    form : str
        One of `FORMS`; "" is that of this machine.
    schedule : Schedule
        Of the area.
    command : Wake
        From `wake`.

    Returns
    -------
    dict of str to str
        Name to content.

    Raises
    ------
    SettingsError
        If the plan has no set for the area.
    UsageError
        If the form cannot hold a path.
    """
    if not schedule.sets:
        what, remedy = f"the plan has no set for “{schedule.area}”", "Add [[sets]] to reports/plan.toml"
        raise SettingsError(what, remedy)
    makers: dict[str, Callable[[Schedule, Wake], dict[str, str]]] = {
        "systemd": _systemd, "cron": _cron, "windows": _windows,
    }  # fmt: skip
    return makers[form or ("windows" if os.name == "nt" else "systemd")](schedule, command)


def _systemd(schedule: Schedule, command: Wake) -> dict[str, str]:
    name = f"analysis-{schedule.area}"
    files = {f"{name}.service": _service(schedule, command), f"{name}.timer": _timer(schedule, name)}
    return {
        file: "\n".join([f"# ~/.config/systemd/user/{file}", *lines]) + "\n" for file, lines in files.items()
    }


def _service(schedule: Schedule, command: Wake) -> list[str]:
    first, *others = command.words
    if set(first) & set("'\"\\"):
        what = "systemd starts no program whose path holds a quotation mark or a backslash"
        raise UsageError(what, "Rename the folder, or use another form", Place(first))
    line = " ".join([_quoted(first), *(_quoted(word.replace("$", "$$")) for word in others)])
    return [
        "[Unit]",
        f"Description=Reports of the area {schedule.area}",
        "",
        "[Service]",
        "Type=oneshot",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in command.settings.items()),
        f"ExecStart={line}",
        "UMask=0077",
        "Nice=10",
    ]


def _timer(schedule: Schedule, name: str) -> list[str]:
    moments = dict.fromkeys(m for s in schedule.sets for m in _calendar(s.when))
    return [
        f"# systemctl --user daemon-reload && systemctl --user enable --now {name}.timer",
        "# loginctl enable-linger   (so that it runs while nobody is logged in)",
        "[Unit]",
        f"Description=When the reports of the area {schedule.area} are made",
        "",
        "[Timer]",
        *(f"OnCalendar={moment} {schedule.zone.key}" for moment in moments),
        "# What has failed stays due, and is tried again.",
        "OnCalendar=hourly",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]


def _quoted(word: str) -> str:
    """A word as systemd reads it: % begins a specifier, a backslash an escape."""
    return '"' + word.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"') + '"'


def _calendar(when: Rhythm | Meetings) -> Iterator[str]:
    """The moments as systemd writes them, without the time zone."""
    at = f"{when.at:%H:%M}:00"
    if isinstance(when, Meetings):
        yield from (f"{d - timedelta(days=when.days_before)} {at}" for d in when.on)
    elif when.every == "day":
        yield f"*-*-* {at}"
    elif when.every == "week":
        yield f"{WEEKDAYS[when.day - 1]} *-*-* {at}"
    else:
        yield from (f"*-{days} {at}" for days in _days(when))


def _days(when: Rhythm) -> Iterator[str]:
    """Months and days as systemd writes them; a day that a month does not have is its last (``~01``)."""
    months = range(when.month, 13, MONTHS[when.every])
    by_day: dict[str, list[int]] = {}
    for month in months:
        length = LONGEST - (month in (4, 6, 9, 11)) if month != 2 else SHORTEST
        is_last = when.day > SHORTEST and when.day >= length
        by_day.setdefault("~01" if is_last else f"-{when.day:02}", []).append(month)
    for day, found in by_day.items():
        yield ("*" if len(found) == 12 else ",".join(f"{m:02}" for m in found)) + day


def _cron(schedule: Schedule, command: Wake) -> dict[str, str]:
    if any("\\" in word for word in (*command.words, *command.settings.values())):
        what = "a path holds a backslash, which not every cron reads alike"
        raise UsageError(what, "Rename the folder, or use another form")
    settings = "".join(f"{name}={shlex.quote(value)} " for name, value in command.settings.items())
    line = (settings + shlex.join(command.words)).replace("%", "\\%")
    minutes = ",".join(str(m) for m in sorted({s.when.at.minute for s in schedule.sets}))
    crontab = [
        f"# analysis, area {schedule.area}. Put this last: CRON_TZ is for all lines below it.",
        "# Every hour: makes what is due, and catches up what was missed. Only problems are mailed.",
        f"CRON_TZ={schedule.zone.key}",
        f"{minutes} * * * * {line} > /dev/null",
    ]
    return {f"analysis-{schedule.area}.crontab": "\n".join(crontab) + "\n"}


def _windows(schedule: Schedule, command: Wake) -> dict[str, str]:
    from subprocess import list2cmdline
    from xml.etree import ElementTree as ET

    about = f"Every hour: makes the reports of the area {schedule.area} that are due."
    for name, value in command.settings.items():
        about += f" Needs the variable {name} of this user: {value}"
    first = min(s.when.at.minute for s in schedule.sets)
    task = ET.Element("Task", version="1.2", xmlns=TASK)
    _fill(ET.SubElement(task, "RegistrationInfo"), Description=about)
    trigger = ET.SubElement(ET.SubElement(task, "Triggers"), "CalendarTrigger")
    _fill(ET.SubElement(trigger, "Repetition"), Interval="PT1H", Duration="P1D", StopAtDurationEnd="false")
    _fill(trigger, StartBoundary=f"2026-01-01T00:{first:02}:00", Enabled="true")
    _fill(ET.SubElement(trigger, "ScheduleByDay"), DaysInterval="1")
    _fill(ET.SubElement(task, "Settings"), **TASK_SETTINGS)
    program, *others = command.words
    run = ET.SubElement(ET.SubElement(task, "Actions"), "Exec")
    _fill(run, Command=program, Arguments=list2cmdline(others))
    ET.indent(task)
    text = '<?xml version="1.0"?>\n' + ET.tostring(task).decode("ascii") + "\n"
    return {f"analysis-{schedule.area}.xml": text}


def _fill(element: Element, **texts: str) -> None:
    """Give an element others that hold a text each."""
    from xml.etree.ElementTree import SubElement

    for name, text in texts.items():
        SubElement(element, name).text = text


def _program() -> tuple[str, ...]:
    """The command of this environment; the module when it has none."""
    name = "analysis.exe" if os.name == "nt" else "analysis"
    path = Path(sysconfig.get_path("scripts")) / name
    return (str(path),) if path.is_file() else (sys.executable, "-m", "analysis.cli")
