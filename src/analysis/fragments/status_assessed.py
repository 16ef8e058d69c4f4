"""What the parties say themselves of the activities: by party, first and last, and activity by activity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from analysis.fragments import kit
from analysis.fragments.status import RULE, folded, half_year, parties
from analysis.fragments.status_documents import Record, by, exact, silent
from analysis.release import Released, ReleasedRegister, Shown
from analysis.tables.self_assessments import STATES

if TYPE_CHECKING:
    from analysis.view import View


def assessments(view: View, told: ReleasedRegister) -> Released:
    """Self-assessments: the share of activities that are done, by party, first and last; by activity.

    Parameters
    ----------
    view : View
        What may be told.
    told : ReleasedRegister
        A row a party, activity and half-year.

    Returns
    -------
    Released
        Sentences and tables; a sentence alone without any.
    """
    w, own = view.words, [p.id for p in parties(view)]
    mine = [r for r in told.records if r["party"] in own]
    if not mine:
        return kit.released(view, RULE, [kit.paragraph(w.text("implementation/no_assessments"))])
    times = sorted({r["half_year"] for r in told.records})
    last = [r for r in mine if r["half_year"] == times[-1]]
    pieces = [kit.paragraph(text) for text in _said_of(view, mine, times)]
    pieces.append(_by_party(view, mine, times))
    if last and not view.unit.parent:  # in a municipality an activity is the answer of a manager or two
        pieces.append(_by_activity(view, last, times[-1]))
    pieces.append(kit.note(w.text("implementation/assessments_note")))
    return kit.released(view, RULE, pieces)


def _said_of(view: View, mine: Sequence[Record], times: Sequence[date]) -> list[str]:
    """The share done at the last occasion, and which parties answered at the first only."""
    w = view.words
    at = {day: [r for r in mine if r["half_year"] == day] for day in times}
    both = {r["party"] for r in at[times[-1]]} & {r["party"] for r in at[times[0]]}
    said = []
    if len(times) > 1 and both:
        first, last = (_share([r for r in at[day] if r["party"] in both]) for day in (times[0], times[-1]))
        periods = {"first": half_year(times[0], view), "last": half_year(times[-1], view)}
        shares = {"before": w.percent(first), "after": w.percent(last)}
        whose = "index_change_own" if len(both) == 1 else "index_change"
        who = {} if len(both) == 1 else {"n": w.number(len(both))}
        said.append(w.text(f"implementation/{whose}", **who, **periods, **shares))
    elif at[times[-1]]:
        share = w.percent(_share(at[times[-1]]))
        said.append(w.text("implementation/index_once", share=share, last=half_year(times[-1], view)))
    said.append(silent(view, {r["party"] for r in at[times[-1]]}, "assessments_silent"))
    return [text for text in said if text]


def _by_party(view: View, mine: Sequence[Record], times: Sequence[date]) -> kit.Piece:
    w = view.words
    columns = {
        key: w.text(f"implementation/assessed/{key}") for key in ("half_year", "assessed", *STATES, "index")
    }
    rows = []
    for p in parties(view):
        for day in times:
            own = [r for r in mine if r["party"] == p.id and r["half_year"] == day]
            cells = _assessed_cells(own, view)
            row = {"half_year": half_year(day, view)} | cells
            rows.append(
                {w.text("implementation/party"): p.name[w.language]} | {columns[k]: v for k, v in row.items()}
            )
    caption = w.text("implementation/assessments_caption")
    return kit.table(view, "assessments", rows, caption, numeric=tuple(list(columns.values())[1:]))


def _by_activity(view: View, last: Sequence[Record], day: date) -> kit.Piece:
    w = view.words
    columns = {key: w.text(f"implementation/assessed/{key}") for key in ("assessed", *STATES)}
    of_activity = sorted(by(last, "activity").items(), key=lambda one: (_share(one[1]), one[0]))
    rows = [
        {w.text("implementation/activity"): name or w.text("implementation/other_activities")}
        | {columns[k]: v for k, v in _assessed_cells(own, view).items() if k in columns}
        for name, own in of_activity
    ]
    caption = w.text("implementation/activities_caption", period=half_year(day, view))
    table = kit.table(view, "activities", rows, caption, numeric=tuple(columns.values()))
    return folded(caption, [table, kit.note(w.text("implementation/activities_note"))])


def _assessed_cells(own: Sequence[Record], view: View) -> dict[str, str]:
    w = view.words
    if not own:
        return dict.fromkeys(("assessed", *STATES, "index"), w.text("table/no_value"))
    share = _share(own)
    cells: dict[str, str] = {k: exact(sum(r[k] for r in own), view) for k in ("assessed", *STATES)}
    return cells | {"index": Shown(w.percent(share), share)}


def _share(own: Sequence[Record]) -> float:
    """Activities that are done, of those assessed: the index of adherence, by the parties' own word."""
    assessed: int = sum(r["assessed"] for r in own)
    return round(sum(r["does"] for r in own) / assessed, 2)
