"""The area's clock: nights of 23 and 25 hours, leap days, week 53, month ends, and the turn of the year."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.moments import PERIODS, Rhythm, first_day, in_utc, is_unsafe, last_day, name_of, now, number_of

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ZONES = ("Europe/Stockholm", "Europe/London", "UTC", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM, fold=fold)


def rhythm(
    every: str, at: str = "05:00", *, day: int = 1, month: int = 1, zone: ZoneInfo = STOCKHOLM
) -> Rhythm:
    return Rhythm(every, time.fromisoformat(at), zone, day, month)


def coming(made: Rhythm, after: str, count: int) -> list[str]:
    moment, found = local(after), []
    for _ in range(count):
        following = made.next(moment)
        assert following is not None
        moment = following
        found.append(f"{moment.astimezone(made.zone):%Y-%m-%d %H:%M}")
    return found


@st.composite
def rhythms(draw: st.DrawFn) -> Rhythm:
    every = draw(st.sampled_from(PERIODS))
    months = {"quarter": 3, "year": 12}.get(every, 1)
    return Rhythm(
        every,
        draw(st.times(timezones=st.none())).replace(second=0, microsecond=0, fold=0),
        ZoneInfo(draw(st.sampled_from(ZONES))),
        draw(st.integers(1, 7 if every == "week" else 31)),
        draw(st.integers(1, months)),
    )


MOMENTS = st.datetimes(datetime(1975, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


@given(rhythms(), MOMENTS)
@example(rhythm("day", "02:30"), utc("2026-03-29T01:00"))
@example(rhythm("day", "02:30"), utc("2026-10-25T01:00"))
@example(rhythm("day", "05:00", zone=ZoneInfo("Pacific/Apia")), utc("2011-12-30T15:00"))
def test_the_last_moment_is_not_after_now_the_next_is_and_there_is_none_between(
    made: Rhythm, moment: datetime
) -> None:
    last, following = made.last(moment), made.next(moment)
    assert last is not None
    assert following is not None
    assert last <= moment < following
    assert made.next(last) == following
    assert made.last(following) == following
    assert made.last(following - timedelta(microseconds=1)) == last
    midway = last + (following - last) / 2
    assert (made.last(midway), made.next(midway)) == (last, following)


@given(rhythms(), MOMENTS)
def test_a_moment_is_on_its_day_at_its_time_unless_the_clocks_leave_it_out(
    made: Rhythm, moment: datetime
) -> None:
    last = made.last(moment)
    assert last is not None
    shown = last.astimezone(made.zone)
    assert (
        shown.time() == made.at
        or is_unsafe(made.at, made.zone)
        or shown.utcoffset() != (last - timedelta(days=1)).astimezone(made.zone).utcoffset()
    )
    if made.every == "week" and shown.time() == made.at:
        assert shown.isoweekday() == made.day


@given(rhythms(), MOMENTS)
def test_two_moments_never_tell_of_the_same_period(made: Rhythm, moment: datetime) -> None:
    last, following = made.last(moment), made.next(moment)
    assert last is not None
    assert following is not None
    assert made.told_of(last) != made.told_of(following) or made.zone.key == "Pacific/Apia"


@given(st.sampled_from(PERIODS), st.dates(date(1, 1, 8), date(9998, 12, 31)))
def test_periods_follow_one_another_without_gaps(every: str, day: date) -> None:
    number = number_of(every, day)
    first, after = first_day(every, number), first_day(every, number + 1)
    assert first <= day < after
    assert number_of(every, after) == number + 1
    assert name_of(every, number) != name_of(every, number + 1)


@given(st.dates())
def test_the_last_day_of_a_month_is_followed_by_another_month(day: date) -> None:
    last = last_day(number_of("month", day))
    assert (last.year, last.month) == (day.year, day.month)
    assert last == date.max or (last + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("night", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2027-03-28", 23), ("2028-03-26", 23), ("2028-02-29", 24)],
)
def test_a_night_of_23_or_25_hours_is_one_night(night: str, hours: int) -> None:
    made, day = rhythm("day"), date.fromisoformat(night)
    before = in_utc(day - timedelta(days=1), made.at, STOCKHOLM)
    assert coming(made, f"{night}T00:30", 1) == [f"{night} 05:00"]
    following = made.next(before)
    assert following is not None
    assert following - before == timedelta(hours=hours)
    assert made.last(following) == following


def test_a_time_that_the_clocks_leave_out_comes_an_hour_later_and_one_that_comes_twice_comes_once() -> None:
    made = rhythm("day", "02:30")
    assert coming(made, "2026-03-28T12:00", 2) == ["2026-03-29 03:30", "2026-03-30 02:30"]
    assert made.next(local("2026-10-24T12:00")) == utc("2026-10-25T00:30")
    assert made.next(local("2026-10-25T02:40")) == utc("2026-10-26T01:30")
    assert made.last(local("2026-10-25T02:10", fold=1)) == utc("2026-10-25T00:30")


def test_the_clocks_going_back_while_a_set_is_due_make_no_second_moment() -> None:
    made = rhythm("day", "01:30")
    first = made.last(local("2026-10-25T02:30"))
    assert first == made.last(local("2026-10-25T02:30", fold=1)) == utc("2026-10-24T23:30")


def test_the_29th_of_february_is_a_day_and_a_month_end() -> None:
    assert coming(rhythm("day"), "2028-02-28T06:00", 2) == ["2028-02-29 05:00", "2028-03-01 05:00"]
    ends = coming(rhythm("month", day=31), "2028-01-31T06:00", 3)
    assert ends == ["2028-02-29 05:00", "2028-03-31 05:00", "2028-04-30 05:00"]
    assert coming(rhythm("year", day=29, month=2), "2027-01-01T00:00", 3) == [
        "2027-02-28 05:00", "2028-02-29 05:00", "2029-02-28 05:00"
    ]  # fmt: skip


def test_day_31_is_the_last_day_of_each_month() -> None:
    ends = coming(rhythm("month", day=31), "2026-01-01T00:00", 12)
    assert [e[5:10] for e in ends] == [
        "01-31", "02-28", "03-31", "04-30", "05-31", "06-30",
        "07-31", "08-31", "09-30", "10-31", "11-30", "12-31",
    ]  # fmt: skip


def test_quarters_begin_in_january_april_july_and_october() -> None:
    made = rhythm("quarter", "06:00", day=15)
    assert coming(made, "2026-07-20T00:00", 3) == ["2026-10-15 06:00", "2027-01-15 06:00", "2027-04-15 06:00"]
    moments = [made.last(local(t)) for t in ("2026-10-15T06:00", "2027-01-14T00:00", "2027-01-15T06:00")]
    assert [made.told_of(m) for m in moments if m] == ["2026-Q3", "2026-Q3", "2026-Q4"]
    assert coming(rhythm("quarter", month=3, day=31), "2026-07-01T00:00", 2) == [
        "2026-09-30 05:00", "2026-12-31 05:00"
    ]  # fmt: skip


def test_2026_has_a_week_53_and_the_week_year_is_not_the_year() -> None:
    made = rhythm("week", day=1)
    assert coming(made, "2026-12-24T00:00", 3) == ["2026-12-28 05:00", "2027-01-04 05:00", "2027-01-11 05:00"]
    told = [made.told_of(local(t)) for t in ("2026-12-28T05:00", "2027-01-04T05:00", "2027-01-11T05:00")]
    assert told == ["2026-W52", "2026-W53", "2027-W01"]
    assert name_of("week", number_of("week", date(2027, 1, 1))) == "2026-W53"
    assert name_of("week", number_of("week", date(2024, 12, 30))) == "2025-W01"


def test_at_new_year_every_rhythm_tells_of_the_year_that_ended() -> None:
    moment = local("2027-01-01T05:00")
    told = {every: rhythm(every).told_of(moment) for every in PERIODS}
    assert told == {
        "day": "2026-12-31",
        "week": "2026-W52",
        "month": "2026-12",
        "quarter": "2026-Q4",
        "year": "2026",
    }
    assert coming(rhythm("year"), "2026-06-01T00:00", 2) == ["2027-01-01 05:00", "2028-01-01 05:00"]


def test_the_day_is_that_of_the_area_and_not_of_utc() -> None:
    made = rhythm("month", "00:30")
    assert made.last(utc("2026-10-31T23:45")) == utc("2026-10-31T23:30")
    assert made.told_of(utc("2026-10-31T23:30")) == "2026-10"


def test_the_ends_of_the_calendar_are_no_error() -> None:
    assert rhythm("year").next(local("9998-06-01T00:00")) == local("9999-01-01T05:00").astimezone(UTC)
    assert rhythm("year").next(local("9999-06-01T00:00")) is None
    assert rhythm("year", day=31, month=12).last(local("0001-06-01T00:00")) is None


@pytest.mark.parametrize(
    ("zone", "unsafe", "safe"),
    [
        ("Europe/Stockholm", "02:00 02:30 02:59", "01:59 03:00 05:00"),
        ("Europe/London", "01:00 01:30", "00:59 02:00"),
        ("America/New_York", "01:30 02:30", "00:30 03:00"),
        ("Asia/Beirut", "00:00 00:30 23:30", "22:59 01:00"),
        ("Asia/Kolkata", "", "00:00 02:30"),
        ("UTC", "", "02:30"),
    ],
)
def test_a_time_is_unsafe_where_the_clocks_of_the_zone_change(zone: str, unsafe: str, safe: str) -> None:
    times = {
        text: is_unsafe(time.fromisoformat(text), ZoneInfo(zone)) for text in (unsafe + " " + safe).split()
    }
    assert [text for text, found in times.items() if found] == unsafe.split()


def test_now_is_told_in_utc() -> None:
    first, second = now(), now()
    assert first.tzinfo is UTC
    assert all(a <= b for a, b in pairwise((first, second)))
