"""The months of the rows about the start: which are before it, which after, and what their medians are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.area import Area
from analysis.designs.control import NEEDED_BASELINE
from analysis.designs.runs import SHIFT_POINTS, shift
from analysis.explore.coded import Codes, month_text
from analysis.explore.masks import ALL, At
from analysis.explore.rows import Rows
from analysis.explore.selection import Selection
from analysis.explore.starts import Starts, starts_of
from analysis.words import Words

MOST_MONTHS = 180
BEFORE, AFTER = 1, 2
Vector = NDArray[np.float64]
Rates = list[Any]  # numbers or None, or lists of them


@dataclass(frozen=True)
class Periods:
    """A stretch of months in order.

    Parameters
    ----------
    first : int
        Number of its first month.
    whole : array of bool
        Which were delivered, and had time to be reported.
    side : array of int8
        1 before the start, 2 after it, 0 during the transition or where the month is not whole.
    starts : Starts or None
        When the selection started, if that is known.
    """

    first: int
    whole: NDArray[np.bool_]
    side: NDArray[np.int8]
    starts: Starts | None

    def __len__(self) -> int:
        return len(self.whole)

    def at(self, month: Codes, rows: At) -> NDArray[np.int32]:
        """The place of each row's month in the stretch; behind its end for those that lie outside."""
        place = month[rows] - self.first
        return np.where((place < 0) | (place >= len(self)), len(self), place).astype(np.int32)

    def split(self, values: NDArray[Any]) -> tuple[Vector, Vector]:
        """The values of the months before, and of those after."""
        before, after = (values[self.side == side].astype(np.float64) for side in (BEFORE, AFTER))
        return before, after

    def sides(self, month: Codes) -> NDArray[np.int8]:
        """The side of the start that each row's month is on; 0 where it is on none."""
        return np.append(self.side, np.int8(0))[self.at(month, ALL)]

    def rates(self, counts: NDArray[np.intp], side: int) -> Rates:
        """Counts of all months on one side as counts a month; None where there is no month.

        Parameters
        ----------
        counts : array of int
            Of whatever, in any shape.
        side : int
            ``BEFORE`` or ``AFTER``.

        Returns
        -------
        list
            In the same order and shape.
        """
        months = int((self.side == side).sum())
        if not months:
            return np.full(counts.shape, None).tolist()
        return np.round(counts / months, 2).tolist()


def periods_of(rows: Rows, selection: Selection, area: Area) -> Periods:
    """The months that the rows of a table lie in.

    Parameters
    ----------
    rows : Rows
        All of the table: a month without any was not delivered.
    selection : Selection
        Whose start counts.
    area : Area
        Its start dates.

    Returns
    -------
    Periods
        At most the last 180 months.
    """
    seen = rows.month[rows.month >= 0]
    last = int(seen.max()) if len(seen) else -1
    first = max(int(seen.min()), last - MOST_MONTHS + 1) if len(seen) else 0
    numbers = np.arange(first, last + 1)
    filled = np.bincount(np.maximum(seen - first, 0), minlength=len(numbers)) > 0 if len(seen) else seen > 0
    whole = filled & (numbers >= rows.complete[0]) & (numbers <= rows.complete[1])
    starts = starts_of(area, selection)
    side = np.zeros(len(numbers), np.int8)
    if starts is not None:
        side[whole & (numbers < starts.first)] = BEFORE
        side[whole & (numbers >= starts.settled)] = AFTER
    return Periods(first, whole, side, starts)


def months_of(counts: NDArray[np.intp], periods: Periods, table: str, words: Words) -> dict[str, Any]:
    """The run chart: a count a month, the medians, the start, and whether the level has shifted.

    Parameters
    ----------
    counts : array of int
        Of the months.
    periods : Periods
        The months.
    table : str
        Whose rows are counted.
    words : Words
        Of the reader's language.

    Returns
    -------
    dict
        Plain values.
    """
    before, after = periods.split(counts)
    starts = periods.starts
    said, since = _shifted(counts, periods, words)
    return {
        "labels": [month_text(periods.first + at) for at in range(len(periods))],
        "n": counts.tolist(),
        "whole": periods.whole.tolist(),
        "before_median": float(np.median(before)) if len(before) else None,
        "after_median": float(np.median(after)) if len(after) else None,
        "start": month_text(starts.first) if starts else "",
        "settled": month_text(starts.settled) if starts else "",
        "per": words.text(f"explore/per/{table}"),
        "runs": said,
        "runs_from": since,
    }


def _shifted(counts: NDArray[np.intp], periods: Periods, words: Words) -> tuple[str, str]:
    """Whether, and since when, the months lie on one side of the median before; "" if they do not."""
    before, _ = periods.split(counts)
    if len(before) < NEEDED_BASELINE or periods.starts is None:
        return "", ""
    centre = float(np.median(before))
    numbers = periods.first + np.flatnonzero(periods.whole)
    numbers = numbers[numbers >= periods.starts.first]
    away = (counts[numbers - periods.first] - centre).astype(np.float64)
    marks = shift(away, SHIFT_POINTS)
    if not marks.any():
        return "", ""
    at = int(np.flatnonzero(marks)[0])
    same = np.sign(away[at:]) == np.sign(away[at])
    length = len(same) if same.all() else int(np.argmin(same))
    since = int(numbers[at])
    key = "explore/runs/higher" if away[at] > 0 else "explore/runs/lower"
    month = words.month(date(since // 12, since % 12 + 1, 1))
    shown = {"since": month, "n": words.number(length), "median": words.figure(centre, 1)}
    return words.text(key, **shown), month_text(since)
