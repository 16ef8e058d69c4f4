"""The two half-years that are set beside each other outside the models, and how they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analysis.fragments import kit

if TYPE_CHECKING:
    from analysis.view import View


class Halves(NamedTuple):
    """First days of a half-year before the start and of the same half-year after it; None is not there."""

    before: pd.Timestamp | None
    after: pd.Timestamp | None

    def known(self) -> dict[str, pd.Timestamp]:
        """Those that are there, by "before" and "after"."""
        return {name: day for name, day in self._asdict().items() if day is not None}


def why(view: View, halves: Halves) -> list[kit.Piece]:
    """A note on why that half-year is the one before; none where there is none."""
    if halves.before is None:
        return []
    return [kit.note(view.words.text("halves/why", period=span(halves.before)))]


def last_day(start: pd.Timestamp) -> pd.Timestamp:
    """The last day of a half-year."""
    return start + pd.DateOffset(months=6, days=-1)


def span(start: pd.Timestamp) -> str:
    """A half-year as readers see it."""
    return kit.period(start, last_day(start))


def named(view: View, which: str, start: pd.Timestamp) -> str:
    """A half-year with whether it is before or after the start."""
    return view.words.text(f"halves/{which}", period=span(start))
