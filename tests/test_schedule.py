"""The plan's sets: what is refused, what is due, and that what was missed is caught up once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.area import read_area
from analysis.errors import CannotWrite, SettingsError
from analysis.report import plan
from analysis.schedule import STATE, Meetings, Schedule, notification, read_schedule, write_done
from analysis.zones import Zones
from homes import goteborg, own_settings

REPORTS = """
[[reports]]
area = "goteborg"
notebook = "02-deviations"
units = "all"
[[reports]]
area = "england"
notebook = "03-discharge-outcomes"
units = "area"
"""
NIGHTLY = '[[sets]]\narea = "goteborg"\nname = "nightly"\nevery = "day"\nat = "05:00"\n'
QUARTERLY = '[[sets]]\nname = "quarterly"\nevery = "quarter"\nday = 15\nat = "06:00"\nkeep = true\n'
MEETINGS = '[[sets]]\nname = "steering-group"\non = [2026-12-03, 2027-03-11]\ndays_before = 7\nkeep = true\n'
Planned = Callable[..., Schedule]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(name="zones")
def empty_zones(tmp_path: Path) -> Zones:
    return Zones(tmp_path, "goteborg")


@pytest.fixture(name="planned")
def schedule_of_a_plan(tmp_path: Path, zones: Zones, monkeypatch: pytest.MonkeyPatch) -> Planned:
    path = tmp_path / "plan.toml"
    monkeypatch.setattr(plan, "PLAN", path)

    def read(*sets: str) -> Schedule:
        path.write_text(REPORTS + "".join(sets), encoding="utf-8")
        return read_schedule(goteborg(), zones)

    return read


def labels(schedule: Schedule, moment: str) -> list[str]:
    return [o.label for o in schedule.due(utc(moment))]


def test_the_shipped_plan_is_right_for_every_area(tmp_path: Path) -> None:
    for name in ("goteborg", "england"):
        found = read_schedule(read_area(name), Zones(tmp_path, name))
        assert found.sets
        assert found.next(utc("2026-11-23T00:00")) is not None


def test_a_set_without_area_is_of_every_area_and_another_area_s_is_not_ours(planned: Planned) -> None:
    other = '[[sets]]\narea = "england"\nname = "monthly"\nevery = "month"\n'
    assert [s.name for s in planned(NIGHTLY, QUARTERLY, other).sets] == ["nightly", "quarterly"]


def test_without_sets_nothing_is_due_and_nothing_comes(planned: Planned) -> None:
    found = planned()
    assert (found.due(utc("2026-11-23T05:00")), found.next(utc("2026-11-23T05:00"))) == ([], None)


def test_a_nightly_set_is_due_from_its_moment_and_once(planned: Planned, zones: Zones) -> None:
    found = planned(NIGHTLY)
    [one] = found.due(utc("2026-11-23T04:00"))
    assert (one.moment, one.label) == (utc("2026-11-23T04:00"), "nightly-2026-11-22")
    write_done(zones, [one])
    assert labels(planned(NIGHTLY), "2026-11-23T04:00") == []
    assert labels(planned(NIGHTLY), "2026-11-24T03:59:59") == []
    assert labels(planned(NIGHTLY), "2026-11-24T04:00") == ["nightly-2026-11-23"]


def test_many_missed_nights_are_caught_up_by_one_run(planned: Planned, zones: Zones) -> None:
    write_done(zones, planned(NIGHTLY).due(utc("2026-11-01T12:00")))
    found = planned(NIGHTLY).due(utc("2026-11-23T12:00"))
    assert [o.moment for o in found] == [utc("2026-11-23T04:00")]
    write_done(zones, found)
    assert labels(planned(NIGHTLY), "2026-11-23T13:00") == []


@given(st.lists(st.integers(0, 60 * 24 * 40), min_size=1, max_size=12))
def test_however_often_it_is_asked_each_moment_is_done_at_most_once(minutes: list[int]) -> None:
    start = utc("2026-10-10T00:00")
    done: list[datetime] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "PLAN", _FILE)
        base = read_schedule(goteborg(), Zones(Path("/nowhere"), "goteborg"))
    for minute in sorted(minutes):
        told = {"nightly": [m.isoformat(timespec="seconds") for m in done]}
        moment = start + timedelta(minutes=minute)
        for one in Schedule(base.area, base.zone, base.sets, told).due(moment):
            assert one.moment <= moment
            assert one.moment not in done
            assert base.sets[0].when.next(one.moment) > moment  # type: ignore[operator]
            done.append(one.moment)


class _Text:
    def read_text(self, encoding: str) -> str:
        return REPORTS + NIGHTLY


_FILE = _Text()


def test_a_kept_set_is_named_for_the_period_that_has_ended(planned: Planned) -> None:
    assert labels(planned(QUARTERLY), "2026-11-23T00:00") == ["quarterly-2026-Q3"]
    assert labels(planned(QUARTERLY), "2027-01-15T05:00") == ["quarterly-2026-Q4"]


def test_a_meeting_s_set_is_due_from_some_days_before_until_its_day_is_over(
    planned: Planned, zones: Zones
) -> None:
    found = planned(MEETINGS)
    assert labels(found, "2026-11-26T03:59") == []
    assert labels(found, "2026-11-26T04:00") == ["steering-group-2026-12-03"]
    assert labels(found, "2026-12-03T22:59") == ["steering-group-2026-12-03"]
    assert labels(found, "2026-12-03T23:00") == []
    write_done(zones, found.due(utc("2026-12-01T00:00")))
    assert labels(planned(MEETINGS), "2026-12-01T00:00") == []
    assert labels(planned(MEETINGS), "2027-03-04T04:00") == ["steering-group-2027-03-11"]


def test_two_meetings_close_to_each_other_have_a_set_each(planned: Planned) -> None:
    close = MEETINGS.replace("2027-03-11", "2026-12-05")
    assert labels(planned(close), "2026-12-02T00:00") == [
        "steering-group-2026-12-03",
        "steering-group-2026-12-05",
    ]


def test_before_the_first_meeting_nothing_is_due_and_after_the_last_none_comes(planned: Planned) -> None:
    found = planned(MEETINGS)
    assert labels(found, "2000-01-01T00:00") == []
    assert found.next(utc("2026-01-01T00:00")) == ("steering-group", utc("2026-11-26T04:00"))
    assert found.next(utc("2028-01-01T00:00")) is None


def test_the_next_set_is_the_first_of_all(planned: Planned) -> None:
    found = planned(NIGHTLY, QUARTERLY, MEETINGS)
    assert found.next(utc("2026-10-15T03:30")) == ("quarterly", utc("2026-10-15T04:00"))
    assert found.local(utc("2026-10-15T04:00")) == "2026-10-15 06:00 CEST"


def test_a_clock_set_back_does_not_make_a_set_due_again_nor_block_those_to_come(
    planned: Planned, zones: Zones
) -> None:
    for moment in ("2026-11-22T12:00", "2036-01-01T12:00"):
        write_done(zones, planned(NIGHTLY).due(utc(moment)))
    assert labels(planned(NIGHTLY), "2026-11-22T13:00") == []
    assert labels(planned(NIGHTLY), "2026-11-23T13:00") == ["nightly-2026-11-22"]


def test_a_set_whose_time_is_changed_is_due_at_its_new_time(planned: Planned, zones: Zones) -> None:
    write_done(zones, planned(NIGHTLY).due(utc("2026-11-23T12:00")))
    later = NIGHTLY.replace("05:00", "15:00")
    assert labels(planned(later), "2026-11-23T14:30") == ["nightly-2026-11-22"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'{"done": 1}',
        b'{"done": {"nightly": "x"}}',
        b'{"done": {"nightly": [1]}}',
        b"[" * 100_000,
    ],
    ids=range(8),
)
def test_a_damaged_state_is_an_empty_one(planned: Planned, zones: Zones, content: bytes) -> None:
    zones.private(zones.runs)
    (zones.runs / STATE).write_bytes(content)
    found = planned(NIGHTLY)
    assert labels(found, "2026-11-23T04:00") == ["nightly-2026-11-22"]
    write_done(zones, found.due(utc("2026-11-23T04:00")))
    assert labels(planned(NIGHTLY), "2026-11-23T04:00") == []


def test_the_state_does_not_grow_without_end(planned: Planned, zones: Zones) -> None:
    one = planned(NIGHTLY).due(utc("2026-11-23T04:00"))[0]
    for n in range(103):
        write_done(zones, [type(one)(one.planned, one.moment + timedelta(days=n), "")])
    done = json.loads((zones.runs / STATE).read_text())["done"]["nightly"]
    assert len(done) == 100
    assert done[-1] == "2027-03-05T04:00:00+00:00"


def test_a_state_that_cannot_be_written_is_said_and_the_set_stays_due(
    planned: Planned, zones: Zones, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(CannotWrite, match=r"schedule\.json cannot be written"):
        write_done(zones, planned(NIGHTLY).due(utc("2026-11-23T04:00")))
    assert labels(planned(NIGHTLY), "2026-11-23T04:00") == ["nightly-2026-11-22"]
    assert [p.name for p in zones.runs.iterdir()] == []


WRONG = {
    'name = "x"\n': "every",
    'name = "x"\nevery = "day"\non = [2026-12-03]\n': "every",
    'every = "day"\n': "name",
    'name = "../x"\nevery = "day"\n': "name",
    'name = "X"\nevery = "day"\n': "name",
    'name = "x"\nevery = "night"\n': "every",
    'name = "x"\nevery = ["day"]\n': "every",
    'name = "x"\nevery = "day"\nat = "5:00"\n': "at",
    'name = "x"\nevery = "day"\nat = "24:00"\n': "at",
    'name = "x"\nevery = "day"\nat = 05:00:00\n': "at",
    'name = "x"\nevery = "day"\nat = "02:00"\n': "at",
    'name = "x"\nevery = "day"\nat = "02:59"\n': "at",
    'name = "x"\nevery = "day"\nday = 1\n': "day",
    'name = "x"\nevery = "week"\nday = 8\n': "day",
    'name = "x"\nevery = "month"\nday = 0\n': "day",
    'name = "x"\nevery = "month"\nday = true\n': "day",
    'name = "x"\nevery = "month"\nmonth = 1\n': "month",
    'name = "x"\nevery = "quarter"\nmonth = 4\n': "month",
    'name = "x"\nevery = "year"\nmonth = 13\n': "month",
    'name = "x"\nevery = "day"\ndays_before = 1\n': "days_before",
    'name = "x"\non = [2026-12-03]\nday = 1\n': "day",
    'name = "x"\non = [2026-12-03]\ndays_before = -1\n': "days_before",
    'name = "x"\non = ["2026-12-03"]\n': "on",
    'name = "x"\non = [2026-12-03T05:00:00]\n': "on",
    'name = "x"\non = 2026-12-03\n': "on",
    'name = "x"\nevery = "day"\nkeep = "yes"\n': "keep",
    'name = "x"\nevery = "day"\nnotebooks = ["99-nothing"]\n': "notebooks",
    'name = "x"\nevery = "day"\nnotebooks = ["03-discharge-outcomes"]\n': "notebooks",
    'name = "x"\nevery = "day"\nnotebooks = [["02-deviations"]]\n': "notebooks",
    'name = "x"\nevery = "day"\nlanguages = ["fi"]\n': "languages",
    'name = "x"\nevery = "day"\nlanguages = "sv"\n': "languages",
    'name = "x"\nevery = "day"\nformats = ["pdf"]\n': "formats",
    'name = "x"\nevery = "day"\narea = "gotebrg"\n': "area",
    'name = "x"\nevery = "day"\n[[sets]]\nname = "x"\nevery = "week"\n': "name",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_set_is_refused_with_file_and_key(planned: Planned, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        planned("[[sets]]\n" + text)
    assert caught.value.exit_code == 78
    assert caught.value.where is not None
    assert caught.value.where.file.endswith("plan.toml")
    assert caught.value.where.column == WRONG[text]


@pytest.mark.parametrize("text", ["sets = 1\n", "[sets]\n", "sets = [1]\n", "[[sets\n", "\udcff"])
def test_a_plan_that_is_none_is_refused(planned: Planned, tmp_path: Path, zones: Zones, text: str) -> None:
    planned()
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(SettingsError, match=r"plan\.toml"):
        read_schedule(goteborg(), zones)


def test_the_time_of_a_change_of_clocks_is_refused_in_each_zone(planned: Planned, tmp_path: Path) -> None:
    planned('[[sets]]\nname = "x"\nevery = "day"\nat = "01:30"\n')
    with pytest.raises(SettingsError, match="clocks change"):
        read_schedule(read_area("england"), Zones(tmp_path, "england"))


def test_an_unknown_time_zone_is_refused_with_file_and_key(
    planned: Planned, tmp_path: Path, zones: Zones
) -> None:
    planned(NIGHTLY)
    path = own_settings(tmp_path) / "area.toml"
    path.write_text(path.read_text().replace("Europe/Stockholm", "Europe/Gothenburg"))
    with pytest.raises(SettingsError, match=r"area\.toml, column “time_zone”"):
        read_schedule(read_area("goteborg", tmp_path), zones)


def test_days_before_is_seven_and_the_time_five_unless_said(planned: Planned) -> None:
    when = planned('[[sets]]\nname = "x"\non = [2026-12-03, 2026-12-03]\n').sets[0].when
    assert isinstance(when, Meetings)
    assert (len(when.on), when.days_before, f"{when.at:%H:%M}") == (1, 7, "05:00")


def test_the_notification_is_a_list_of_texts(planned: Planned) -> None:
    planned()
    assert notification() == ()
    planned('[notify]\ncommand = ["mail-us", "--now"]\n')
    assert notification() == ("mail-us", "--now")
    for wrong in ('command = "mail-us"', "command = [1]", 'commands = ["x"]'):
        planned(f"[notify]\n{wrong}\n")
        with pytest.raises(SettingsError, match="no command"):
            notification()
