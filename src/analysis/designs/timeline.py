"""Months as whole numbers, so that time has no gaps where the data have."""

from __future__ import annotations

from datetime import date


def ordinal(month: date) -> int:
    """The month's place on the time axis, ``12 * year + month - 1``.

    Parameters
    ----------
    month : date
        Any day of it.

    Returns
    -------
    int
        Months since the year 0.
    """
    return 12 * month.year + month.month - 1


def month_of(place: int) -> date:
    """The first day of the month at a place on the time axis.

    Parameters
    ----------
    place : int
        As `ordinal` gives it.

    Returns
    -------
    date
        Its first day.
    """
    return date(place // 12, place % 12 + 1, 1)
