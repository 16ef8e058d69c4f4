"""What wards send of their days: colours of the green cross, and beds for context."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.fragments import kit
from analysis.fragments.halves import span
from analysis.release import Released, ReleasedColours, ReleasedRegister

if TYPE_CHECKING:
    from analysis.view import View


def green_cross(view: View, shown: ReleasedColours) -> Released:
    """Days by colour in whole half-years, all wards together; why there is no calendar by ward.

    Parameters
    ----------
    view : View
        What may be told.
    shown : ReleasedColours
        The days.

    Returns
    -------
    Released
        A sentence, and a table where there is a whole half-year.
    """
    w = view.words
    if view.party or view.unit.parent:
        return kit.released(view, shown.rule, [kit.paragraph(w.text("implementation/cross_elsewhere"))])
    why = kit.paragraph(w.text("implementation/cross_why"))
    if not shown.periods:
        return kit.released(view, shown.rule, [kit.paragraph(w.text("implementation/no_cross")), why])
    columns = {colour: w.text(f"implementation/colour/{colour}") for colour in shown.colours}
    rows = [
        {w.text("table/period_start"): kit.period(one.first, one.last)}
        | {
            columns[c]: w.text("table/no_value") if one.withheld else kit.count(n, view)
            for c, n in zip(shown.colours, one.days, strict=True)
        }
        for one in shown.periods
    ]
    caption = w.text("implementation/cross_caption")
    table = kit.table(view, "green-cross", rows, caption, numeric=tuple(columns.values()))
    notes = [
        kit.note(w.text("implementation/cross_whole")),
        *_between(view, shown),
        kit.note(kit.rounding(view)),
    ]
    return kit.released(view, shown.rule, [why, table, *notes])


def _between(view: View, shown: ReleasedColours) -> list[kit.Piece]:
    """The half-years between those shown that are not whole."""
    there = {one.first for one in shown.periods}
    every = pd.date_range(min(there), max(there), freq=pd.DateOffset(months=6))
    left = ", ".join(span(day) for day in every if day not in there)
    return [kit.note(view.words.text("implementation/cross_left", periods=left))] if left else []


def capacity(view: View, beds: ReleasedRegister) -> Released:
    """How many beds are staffed, in one paragraph.

    Parameters
    ----------
    view : View
        What may be told.
    beds : ReleasedRegister
        One row, or none.

    Returns
    -------
    Released
        A paragraph.
    """
    w = view.words
    if not beds.rows:
        return kit.released(view, beds.rule, [kit.paragraph(w.text("implementation/no_capacity"))])
    (row,) = beds.records
    ends = {key: w.day(row[key]) for key in ("first", "last")}
    numbers = {key: w.number(row[key]) for key in ("days", "places", "beds")}
    return kit.released(
        view, beds.rule, [kit.paragraph(w.text("implementation/capacity", **ends, **numbers))]
    )
