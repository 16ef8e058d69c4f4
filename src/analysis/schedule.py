"""Which sets are made when: read from the plan, and which of them are due. Standard library only.

A set is due when its last moment has come and is not among those that are done. Moments that were missed are
caught up once: the last one of a rhythm stands for all before it. A set for a meeting is due until the
meeting's day is over. What is done is kept as ``runs/schedule.json`` in the protected zone; a damaged one
only means that a run is made once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from analysis import private_json
from analysis.area import Area
from analysis.errors import Place, SettingsError
from analysis.moments import PERIODS, Rhythm, in_utc, is_unsafe
from analysis.report import plan
from analysis.zones import Zones

STATE = "schedule.json"
REMEMBERED = 100  # moments of a set that are known to be done
AT = "05:00"
CHANGES = (time(2), time(3))  # when clocks change, in most of Europe
DAYS_BEFORE = 7
KEYS = ("area", "name", "every", "on", "day", "month", "days_before", "at", "keep", "notebooks", "languages")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_AT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_MONTHS = {"quarter": 3, "year": 12}
_DAYS = {"week": 7, "month": 31, "quarter": 31, "year": 31}


@dataclass(frozen=True)
class Meetings:
    """Moments some days before given days.

    Parameters
    ----------
    on : tuple of date
        The days of the meetings.
    days_before : int
        How much earlier.
    at : time
        The local time.
    zone : ZoneInfo
        The area's time zone.
    """

    on: tuple[date, ...]
    days_before: int
    at: time
    zone: ZoneInfo

    def moment(self, meeting: date) -> datetime:
        """When the set for a meeting is made, in UTC."""
        return in_utc(meeting - timedelta(days=self.days_before), self.at, self.zone)

    def open(self, moment: datetime) -> list[date]:
        """The meetings whose moment has come, and whose day is not over."""
        today = moment.astimezone(self.zone).date()
        return [d for d in self.on if self.moment(d) <= moment and today <= d]

    def next(self, moment: datetime) -> datetime | None:
        """The first moment after this one; None after the last."""
        return min((m for m in map(self.moment, self.on) if m > moment), default=None)


@dataclass(frozen=True)
class PlannedSet:
    """A set of the plan; no notebooks or languages are all of them."""

    name: str
    when: Rhythm | Meetings
    keep: bool = False
    notebooks: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def occasions(self, moment: datetime) -> list[Occasion]:
        """For what the set is to be made by now: the last moment of a rhythm, every open meeting."""
        if isinstance(self.when, Meetings):
            return [
                Occasion(self, self.when.moment(d), f"{self.name}-{d.isoformat()}")
                for d in self.when.open(moment)
            ]
        last = self.when.last(moment)
        return [Occasion(self, last, f"{self.name}-{self.when.told_of(last)}")] if last else []


@dataclass(frozen=True)
class Occasion:
    """A set at one of its moments, and the name that it is kept by."""

    planned: PlannedSet
    moment: datetime
    label: str


@dataclass(frozen=True)
class Schedule:
    """The sets of an area, in the order of the plan."""

    area: str
    zone: ZoneInfo
    sets: tuple[PlannedSet, ...] = ()
    done: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def due(self, moment: datetime) -> list[Occasion]:
        """What is to be made now.

        Parameters
        ----------
        moment : datetime
            The present moment.

        Returns
        -------
        list of Occasion
            At most one of each rhythm.
        """
        found = [o for s in self.sets for o in s.occasions(moment)]
        return [o for o in found if _told(o.moment) not in self.done.get(o.planned.name, ())]

    def next(self, moment: datetime) -> tuple[str, datetime] | None:
        """The name and the moment of the set that comes next; None if none does."""
        coming = [(s.when.next(moment), s.name) for s in self.sets]
        return min(((name, m) for m, name in coming if m), key=lambda x: x[1], default=None)

    def local(self, moment: datetime) -> str:
        """A moment as the area's clock shows it: 2026-11-23 05:00 CET."""
        shown = moment.astimezone(self.zone)
        return f"{shown:%Y-%m-%d %H:%M %Z}"


def read_schedule(area: Area, zones: Zones) -> Schedule:
    """The area's sets of the plan, and which of their moments are done.

    Parameters
    ----------
    area : Area
        The area; its time zone counts.
    zones : Zones
        Where its data lie.

    Returns
    -------
    Schedule
        Of the area.

    Raises
    ------
    SettingsError
        If the plan or the time zone is wrong; names file and key.
    """
    try:
        zone = ZoneInfo(area.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        where = Place(str(area.folder / "area.toml"), column="time_zone")
        what = f"“{area.time_zone}” is not a time zone that this machine knows"
        raise SettingsError(what, "Write one such as “Europe/Stockholm”", where) from None
    return Schedule(area.id, zone, _sets(area, zone), _done(zones))


def write_done(zones: Zones, occasions: Iterable[Occasion]) -> None:
    """Write down that the moments are done; they are not due again.

    Parameters
    ----------
    zones : Zones
        Where the area's data lie.
    occasions : iterable of Occasion
        What was made.

    Raises
    ------
    CannotWrite
        If it cannot be written; they stay due.
    """
    done = {name: list(moments) for name, moments in _done(zones).items()}
    for one in occasions:
        moments = done.setdefault(one.planned.name, [])
        if _told(one.moment) not in moments:
            moments.append(_told(one.moment))
        del moments[:-REMEMBERED]
    private_json.write(zones.private(zones.runs) / STATE, {"done": done})


def notification() -> tuple[str, ...]:
    """The plan's command for runs that went wrong; () if it has none.

    Returns
    -------
    tuple of str
        The program and its arguments.

    Raises
    ------
    SettingsError
        If it is not a list of texts.
    """
    notify = plan.whole_plan().get("notify", {})
    command = notify.get("command", ()) if isinstance(notify, dict) else None
    unknown = [key for key in notify if key != "command"] if isinstance(notify, dict) else []
    if unknown or not isinstance(command, list | tuple) or not all(isinstance(c, str) for c in command):
        what, remedy = "[notify] is no command", "Write command = [“program”, “argument”]"
        raise _wrong(what, remedy, unknown[0] if unknown else "notify.command")
    return tuple(command)


def _done(zones: Zones) -> dict[str, list[str]]:
    """The moments that are done, by set; what cannot be read as such is not done."""
    found = private_json.read(zones.runs / STATE).get("done")
    if not isinstance(found, dict):
        return {}
    lists = {name: moments for name, moments in found.items() if isinstance(moments, list)}
    return {name: [m for m in moments if isinstance(m, str)] for name, moments in lists.items()}


def _told(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _sets(area: Area, zone: ZoneInfo) -> tuple[PlannedSet, ...]:
    whole = plan.whole_plan()
    rows = whole.get("sets", [])
    if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
        raise _wrong("the sets are not a list of tables", "Write each as [[sets]]", "sets")
    notebooks = _notebooks(whole.get("reports", []))
    lost = [str(r["area"]) for r in rows if str(r.get("area", area.id)) not in {area.id, *notebooks}]
    if lost:
        raise _wrong(f"a set is of “{lost[0]}”, for which the plan has no report", "Mend its name", "area")
    known = {"notebooks": notebooks.get(area.id, set()), "languages": set(area.languages)}
    read = [_Row(r).planned(zone, known) for r in rows if r.get("area", area.id) == area.id]
    twice = [s.name for n, s in enumerate(read) if s.name in {x.name for x in read[:n]}]
    if twice:
        raise _wrong(f"two sets of “{area.id}” have the name “{twice[0]}”", "Give each its own", "name")
    return tuple(read)


def _notebooks(reports: Any) -> dict[str, set[str]]:
    """The notebooks of the plan's reports, by area."""
    found: dict[str, set[str]] = {}
    for row in reports if isinstance(reports, list) else ():
        if isinstance(row, dict):
            found.setdefault(str(row.get("area")), set()).add(str(row.get("notebook")))
    return found


@dataclass(frozen=True)
class _Row:
    """One ``[[sets]]`` of the plan."""

    given: Mapping[str, Any]

    def planned(self, zone: ZoneInfo, known: Mapping[str, set[str]]) -> PlannedSet:
        """The set, when nothing is wrong with it."""
        name = self.given.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise _wrong("a set has no name, or not one of a–z, 0–9 and single -", "Give it one", "name")
        unknown = [key for key in self.given if key not in KEYS]
        if unknown:
            raise self._wrong("is not a key of a set", f"Use one of: {', '.join(KEYS)}", unknown[0])
        if ("every" in self.given) == ("on" in self.given):
            raise self._wrong("is needed, or “on”; not both", "Write one of them", "every")
        when = self._rhythm(zone) if "every" in self.given else self._meetings(zone)
        chosen = {key: self._names(key, names) for key, names in known.items()}
        return PlannedSet(name, when, self._typed("keep", bool, default=False), **chosen)

    def _rhythm(self, zone: ZoneInfo) -> Rhythm:
        every = self.given["every"]
        if every not in PERIODS:
            raise self._wrong("is not a period", f"Use one of: {', '.join(PERIODS)}", "every")
        self._refuse("days_before", "goes with “on”")
        if every not in _DAYS:
            self._refuse("day", "does not go with this period")
        if every not in _MONTHS:
            self._refuse("month", "goes with “quarter” and “year”")
        day = self._number("day", 1, _DAYS.get(every, 1), default=1)
        month = self._number("month", 1, _MONTHS.get(every, 1), default=1)
        return Rhythm(every, self._at(zone), zone, day, month)

    def _meetings(self, zone: ZoneInfo) -> Meetings:
        on = self.given["on"]
        if not isinstance(on, list) or not all(type(d) is date for d in on):
            raise self._wrong("is not a list of days", "Write on = [2026-12-03]", "on")
        for key in ("day", "month"):
            self._refuse(key, "goes with “every”")
        before = self._number("days_before", 0, 366, default=DAYS_BEFORE)
        return Meetings(tuple(sorted(set(on))), before, self._at(zone), zone)

    def _at(self, zone: ZoneInfo) -> time:
        found = _AT.fullmatch(str(self.given.get("at", AT)))
        if not found:
            raise self._wrong("is not a time of day", "Write at = “05:00”", "at")
        at = time(int(found[1]), int(found[2]))
        if CHANGES[0] <= at < CHANGES[1] or is_unsafe(at, zone):
            raise self._wrong("does not come every night, or comes twice: clocks change", "Write 05:00", "at")
        return at

    def _names(self, key: str, known: set[str]) -> tuple[str, ...]:
        names = self._typed(key, list, default=[])
        strange = [name for name in names if not isinstance(name, str) or name not in known]
        if strange:
            what = f"has “{strange[0]}”, which the plan does not have"
            raise self._wrong(what, f"Use some of: {', '.join(sorted(known))}", key)
        return tuple(names)

    def _number(self, key: str, first: int, last: int, *, default: int) -> int:
        number = self._typed(key, int, default=default)
        if not first <= number <= last:
            raise self._wrong(f"is not within {first} to {last}", "Mend it", key)
        return int(number)

    def _typed(self, key: str, kind: type, *, default: Any) -> Any:
        value = self.given.get(key, default)
        if type(value) is not kind:
            words = {bool: "true or false", int: "a whole number", list: "a list"}
            raise self._wrong(f"is not {words[kind]}", "Mend it", key)
        return value

    def _refuse(self, key: str, why: str) -> None:
        if key in self.given:
            raise self._wrong(why, "Take it out", key)

    def _wrong(self, what: str, remedy: str, key: str) -> SettingsError:
        return _wrong(f"“{key}” of the set “{self.given.get('name')}” {what}", remedy, key)


def _wrong(what: str, remedy: str, key: str | None = None) -> SettingsError:
    return SettingsError(what, remedy, Place(str(plan.PLAN), column=key))
