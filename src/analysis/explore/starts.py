"""When the new way of working began for a selection: its first month, and the month when all had begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from analysis.area import Area
from analysis.explore.selection import Selection

PHASE = 3  # the one that questions ask about unless they say another
PARTIES = ("by", "about", "party")


@dataclass(frozen=True)
class Starts:
    """Months as numbers: the one in which somebody begins, and the first whole one in which all have."""

    first: int
    settled: int


def starts_of(area: Area, selection: Selection) -> Starts | None:
    """The start of the parties and units that are selected.

    Parameters
    ----------
    area : Area
        Its roll-out dates; where it has none, the start that its questions state, when they all agree.
    selection : Selection
        Without a filter on units or parties, those of all.

    Returns
    -------
    Starts or None
        None when no date is known, or some are not.
    """
    phases = {s.phase for s in area.starts}
    phase = PHASE if PHASE in phases else max(phases, default=PHASE)
    units = _units(area, selection)
    parties = {p for name in PARTIES for p in selection.filters.get(name, ())}
    mine = [
        s for s in area.starts if s.phase == phase and s.unit in units and (s.party in parties or not parties)
    ]
    if not mine:
        return _of_questions(area)
    days = [s.start for s in mine if s.start]
    return _between(min(days), max(days)) if len(days) == len(mine) else None


def _units(area: Area, selection: Selection) -> set[str]:
    """The units selected, and what they are part of: a date of the whole holds for its parts."""
    chosen = selection.filters.get("unit", ())
    known = {u.id for u in area.units}
    return {above for unit in chosen if unit in known for above in area.ancestors(unit)} or known


def _of_questions(area: Area) -> Starts | None:
    stated = {q["start"] for q in area.questions if isinstance(q.get("start"), date) and q.get("primary")}
    if len(stated) != 1:
        return None
    (day,) = stated
    return _between(day, day)


def _between(first: date, last: date) -> Starts:
    begun = last.year * 12 + last.month - 1
    return Starts(first.year * 12 + first.month - 1, begun + (last.day > 1))
