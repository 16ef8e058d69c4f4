"""Moments at which something is to be made: a local time of an area, compared in UTC. Standard library only.

A rhythm has one moment a period (day, ISO week, month, quarter, year). All moments are counted on the local
calendar and then told in UTC, so that a night of 23 or 25 hours is one night. A local time that a change of
clocks leaves out is taken by the offset before it (as one hour later); one that comes twice, the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PERIODS = ("day", "week", "month", "quarter", "year")
MONTHS = {"month": 1, "quarter": 3, "year": 12}  # how long a period is
YEARS_LOOKED_AT = range(2024, 2038)  # of clock changes; zones' tables end with 2037, then rules repeat
BESIDE = 2  # periods to look at on either side: a moment may fall on the neighbour's day in UTC


def now() -> datetime:
    """The present moment, in UTC; the only place where the schedule asks the clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Rhythm:
    """One moment a period.

    Parameters
    ----------
    every : str
        One of `PERIODS`.
    at : time
        The local time.
    zone : ZoneInfo
        The area's time zone.
    day : int
        Of the week (1 is Monday), or of the month; the month's last day when it has fewer.
    month : int
        Of the quarter (1 to 3) or of the year.
    """

    every: str
    at: time
    zone: ZoneInfo
    day: int = 1
    month: int = 1

    def last(self, moment: datetime) -> datetime | None:
        """The last moment that is not after this one; None before the first day of the calendar."""
        return max((m for m in self._near(moment) if m <= moment), default=None)

    def next(self, moment: datetime) -> datetime | None:
        """The first moment after this one; None after the last day of the calendar."""
        return min((m for m in self._near(moment) if m > moment), default=None)

    def told_of(self, moment: datetime) -> str:
        """The period that had ended when a moment came, which a set made then tells of.

        Parameters
        ----------
        moment : datetime
            One of the rhythm's.

        Returns
        -------
        str
            Such as 2026-11-21, 2026-W53, 2026-09, 2026-Q3 or 2025.
        """
        return name_of(self.every, self._number(moment.astimezone(self.zone).date()) - 1)

    def _near(self, moment: datetime) -> Iterator[datetime]:
        number = self._number(moment.astimezone(self.zone).date())
        for n in range(number - BESIDE, number + BESIDE + 1):
            try:
                yield in_utc(self._day(n), self.at, self.zone)
            except (ValueError, OverflowError):  # outside the calendar of the years 1 to 9999
                continue

    def _number(self, day: date) -> int:
        return number_of(self.every, day)

    def _day(self, number: int) -> date:
        """The day of the moment in a period."""
        first = first_day(self.every, number)
        if self.every == "day":
            return first
        if self.every == "week":
            return first + timedelta(days=self.day - 1)
        months = number * MONTHS[self.every] + self.month - 1
        return min(first_day("month", months) + timedelta(days=self.day - 1), last_day(months))


def number_of(every: str, day: date) -> int:
    """The number of the period that a day is in; periods are numbered one by one.

    Parameters
    ----------
    every : str
        One of `PERIODS`.
    day : date
        The day.

    Returns
    -------
    int
        One more for each period.
    """
    if every == "day":
        return day.toordinal()
    if every == "week":
        return (day.toordinal() - 1) // 7
    return (day.year * 12 + day.month - 1) // MONTHS[every]


def first_day(every: str, number: int) -> date:
    """The first day of a numbered period.

    Parameters
    ----------
    every : str
        One of `PERIODS`.
    number : int
        From `number_of`.

    Returns
    -------
    date
        The day.

    Raises
    ------
    ValueError, OverflowError
        If the calendar has no such period.
    """
    if every == "day":
        return date.fromordinal(number)
    if every == "week":
        return date.fromordinal(number * 7 + 1)
    year, month = divmod(number * MONTHS[every], 12)
    return date(year, month + 1, 1)


def last_day(months: int) -> date:
    """The last day of a month numbered by `number_of`."""
    year, month = divmod(months, 12)
    days = 31 if month == 11 else (date(year, month + 2, 1) - date(year, month + 1, 1)).days
    return date(year, month + 1, days)


def name_of(every: str, number: int) -> str:
    """The name of a numbered period: 2026-11-21, 2026-W53, 2026-09, 2026-Q3 or 2025.

    Parameters
    ----------
    every : str
        One of `PERIODS`.
    number : int
        From `number_of`.

    Returns
    -------
    str
        A week has the number and the year that ISO 8601 gives it.
    """
    first = first_day(every, number)
    if every == "week":
        year, week, _ = first.isocalendar()
        return f"{year:04}-W{week:02}"
    names: dict[str, Callable[[], str]] = {
        "day": first.isoformat,
        "month": lambda: first.isoformat()[:7],
        "quarter": lambda: f"{first.year:04}-Q{(first.month + 2) // 3}",
        "year": lambda: f"{first.year:04}",
    }
    return names[every]()


def in_utc(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local time of a day as a moment.

    Parameters
    ----------
    day : date
        The local day.
    at : time
        The local time.
    zone : ZoneInfo
        The time zone.

    Returns
    -------
    datetime
        In UTC.
    """
    return datetime.combine(day, at, zone).astimezone(UTC)


def is_unsafe(at: time, zone: ZoneInfo) -> bool:
    """Whether some night has no such local time, or has it twice.

    Parameters
    ----------
    at : time
        The local time.
    zone : ZoneInfo
        The time zone.

    Returns
    -------
    bool
        Whether a change of clocks of the years 2024 to 2037 touches it.
    """
    day, last = date(YEARS_LOOKED_AT[0], 1, 1), date(YEARS_LOOKED_AT[-1], 12, 31)
    before = _noon(day, zone)
    while day < last:
        eve, day = day, day + timedelta(days=1)
        after = _noon(day, zone)
        if after != before and (_is_changed(eve, at, zone) or _is_changed(day, at, zone)):
            return True
        before = after
    return False


def _noon(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime.combine(day, time(12), zone).utcoffset()


def _is_changed(day: date, at: time, zone: ZoneInfo) -> bool:
    """Whether a day lacks a local time, or has it twice."""
    shown = datetime.combine(day, at, zone)
    return shown.utcoffset() != shown.replace(fold=1).utcoffset()
