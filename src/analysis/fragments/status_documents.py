"""What the parties' own documents tell: status sheets, action plans, training, self-assessments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from analysis.fragments import kit
from analysis.fragments.status import RULE, folded, parties, units
from analysis.implementation import Implementation, Listed
from analysis.release import Released, ReleasedRegister, Shown
from analysis.tables.status_sheets import BOXES

if TYPE_CHECKING:
    from analysis.view import View

Record = Mapping[str, Any]
PLAN_COLUMNS = ("activities", "responsible", "due", "overdue", "followed", "empty", "results")


class Participants(NamedTuple):
    """A party's participants in a half-year: rounded, NaN where hidden (R1), None where nobody counted."""

    party: str
    first: pd.Timestamp
    last: pd.Timestamp
    n: float | None


def sheets(view: View, known: Implementation, told: ReleasedRegister) -> Released:
    """Status sheets: what came, what is blank, what is written in which box; never the texts.

    Parameters
    ----------
    view : View
        What may be told.
    known : Implementation
        Who is expected to send sheets, and about what.
    told : ReleasedRegister
        A row a sheet and date.

    Returns
    -------
    Released
        Sentences, the rounds, the sheets of the last round and the boxes; a sentence alone without any.
    """
    w = view.words
    if view.party or view.unit.parent:
        return kit.released(view, RULE, [kit.paragraph(w.text("implementation/sheets_elsewhere"))])
    if not told.rows:
        return kit.released(view, RULE, [kit.paragraph(w.text("implementation/no_sheets"))])
    rounds = by(told.records, "sheet_date")
    day, last = max(rounds), rounds[max(rounds)]
    came = [r for r in last if r["expected"] and r["written"] is not None]
    blank = [r for r in came if r["written"] == 0]
    others = sum(not r["expected"] for r in last)
    who = {r["administration"] for r in came if r["obstacle"]}
    numbers = {
        "expected": sum(r["expected"] for r in last),
        "came": len(came),
        "blank": len(blank),
        "obstacles": len(who),
        "administrations": len(known.administrations),
    }
    said = {key: w.number(n) for key, n in numbers.items()}
    pieces = [kit.paragraph(w.text("implementation/sheets_lead", day=w.day(day), **said))]
    if others:
        pieces.append(kit.paragraph(w.text("implementation/sheets_others", n=w.number(others))))
    pieces += [_rounds(view, rounds), _of_round(view, known, last, day), _boxes(view, came, day)]
    pieces.append(kit.note(w.text("implementation/no_texts")))
    return kit.released(view, RULE, pieces)


def plans(view: View, told: ReleasedRegister) -> Released:
    """Action plans by party: with whom responsible, when due, how followed up.

    Parameters
    ----------
    view : View
        What may be told.
    told : ReleasedRegister
        A row a party.

    Returns
    -------
    Released
        Sentences and a table; a sentence alone without any plan.
    """
    w, own = view.words, [p.id for p in parties(view)]
    mine = [r for r in told.records if r["party"] in own or not (r["party"] or view.party)]
    if not mine:
        said = silent(view, (), "plans_silent") if told.rows else w.text("implementation/no_plans")
        return kit.released(view, RULE, [kit.paragraph(said)])
    numbers = {key: sum(r[key] for r in mine) for key in ("activities", "empty", "overdue")}
    day = max((r["dated"] for r in mine if r["dated"]), default=None)
    dated = w.day(day) if day else w.text("table/no_value")
    lead = w.text("implementation/plans_lead", day=dated, **{key: w.number(n) for key, n in numbers.items()})
    lead = f"{lead} {silent(view, {r['party'] for r in mine}, 'plans_silent')}".rstrip()
    headings = {key: w.text(f"implementation/plan/{key}") for key in PLAN_COLUMNS}
    rows = [
        {w.text("implementation/party"): _party(view, r["party"])}
        | {headings[key]: exact(r[key], view) for key in PLAN_COLUMNS}
        for r in _in_order(view, mine)
    ]
    table = kit.table(
        view, "plans", rows, w.text("implementation/plans_caption"), numeric=tuple(headings.values())
    )
    return kit.released(view, RULE, [kit.paragraph(lead), table, kit.note(w.text("implementation/no_texts"))])


def training(view: View, told: ReleasedRegister, people: Sequence[Participants]) -> Released:
    """Training: occasions, joint against internal, whether any was before the start; participants.

    Parameters
    ----------
    view : View
        What may be told.
    told : ReleasedRegister
        A row a party and municipality with occasions.
    people : sequence of Participants
        By party and half-year; none on a municipality's page.

    Returns
    -------
    Released
        Sentences and tables; a sentence alone without any occasion.
    """
    w, own = view.words, [p.id for p in parties(view)]
    mine = [r for r in told.records if r["party"] in own]
    if not mine:
        said = silent(view, (), "training_silent") if told.rows else w.text("implementation/no_training")
        return kit.released(view, RULE, [kit.paragraph(said)])
    held, joint = (sum(r[key] for r in mine) for key in ("occasions", "joint"))
    lead = w.text(
        "implementation/training_lead",
        n=w.number(held), joint=w.number(joint), share=w.percent(joint / held),
    )  # fmt: skip
    lead = f"{lead} {silent(view, {r['party'] for r in mine}, 'training_silent')}".rstrip()
    before = kit.paragraph(_before_start(view, mine))
    pieces = [kit.paragraph(lead), _kinds(view, mine), before, _first_training(view, mine)]
    shown = [one for one in people if one.party in own]
    if shown:
        uncounted = sum(r["uncounted"] for r in mine)
        pieces += [_people(view, shown), kit.note(kit.rounding(view))]
        pieces.append(kit.note(w.text("implementation/uncounted", n=w.number(uncounted))))
    elif view.unit.parent:
        pieces.append(kit.note(w.text("implementation/people_elsewhere")))
    return kit.released(view, f"R1, {RULE}", pieces)


def _rounds(view: View, rounds: Mapping[date, Sequence[Record]]) -> kit.Piece:
    w, rows = view.words, []
    for day, own in sorted(rounds.items()):
        expected = [r for r in own if r["expected"]]
        came = [r for r in expected if r["written"] is not None]
        cells = {
            "expected": len(expected),
            "delivered": len(came),
            "missing": len(expected) - len(came),
            "blank": sum(r["written"] == 0 for r in came),
            "obstacles": len({r["administration"] for r in came if r["obstacle"]}),
        }
        named = {w.text(f"implementation/sheet/{key}"): exact(n, view) for key, n in cells.items()}
        rows.append({w.text("implementation/sheet/date"): w.day(day)} | named)
    caption = w.text("implementation/rounds_caption")
    return kit.table(view, "sheet-rounds", rows, caption, numeric=tuple(list(rows[0])[1:]))


def _of_round(view: View, known: Implementation, last: Sequence[Record], day: date) -> kit.Piece:
    w = view.words
    found = {(r["administration"], r["sub_area"]): r["written"] for r in last}
    rows = [
        {w.text("implementation/administration"): a.name[w.language]}
        | {s.name[w.language]: _sheet(view, found.get((a.id, s.id))) for s in known.sub_areas}
        for a in _sorted(known.administrations, view)
    ]
    return kit.table(view, "sheets", rows, w.text("implementation/sheets_caption", day=w.day(day)))


def _sheet(view: View, written: int | None) -> str:
    w = view.words
    key = "missing_sheet" if written is None else "blank_sheet" if written == 0 else "written_sheet"
    given = {"n": w.number(written), "of": w.number(len(BOXES))} if written else {}
    return w.text(f"implementation/{key}", **given)


def _boxes(view: View, came: Sequence[Record], day: date) -> kit.Piece:
    w = view.words
    columns = {key: w.text(f"implementation/boxes/{key}") for key in ("sheets", "lines", "administrations")}
    rows = []
    for box in BOXES:
        full = [r for r in came if r[box]]
        cells = {
            "sheets": len(full),
            "lines": sum(r[box] for r in full),
            "administrations": len({r["administration"] for r in full}),
        }
        name = w.text(f"implementation/box/{box}")
        rows.append(
            {w.text("implementation/boxes/box"): name}
            | {columns[k]: exact(n, view) for k, n in cells.items()}
        )
    caption = w.text("implementation/boxes_caption", day=w.day(day))
    return kit.table(view, "boxes", rows, caption, numeric=tuple(columns.values()))


def _kinds(view: View, mine: Sequence[Record]) -> kit.Piece:
    w = view.words
    columns = {
        key: w.text(f"implementation/kinds/{key}") for key in ("occasions", "internal", "joint", "share")
    }
    rows = []
    for party, own in by(mine, "party").items():
        sums = {key: sum(r[key] for r in own) for key in ("occasions", "internal", "joint")}
        share = sums["joint"] / sums["occasions"]
        cells = {key: exact(n, view) for key, n in sums.items()} | {"share": Shown(w.percent(share), share)}
        named = {columns[key]: cell for key, cell in cells.items()}
        rows.append({"party": party, w.text("implementation/party"): _party(view, party)} | named)
    ordered = [{k: v for k, v in r.items() if k != "party"} for r in _in_order(view, rows)]
    caption = w.text("implementation/training_caption")
    return kit.table(view, "training", ordered, caption, numeric=tuple(columns.values()))


def _before_start(view: View, mine: Sequence[Record]) -> str:
    w = view.words
    places = len(parties(view)) * len(units(view))
    n = sum(bool(r["before"]) for r in mine)
    return w.text("implementation/before_start", n=w.number(n), of=w.number(places))


def _first_training(view: View, mine: Sequence[Record]) -> kit.Piece:
    w, known = view.words, {(r["party"], r["unit"]): r for r in mine}
    starts = {(s.party, s.unit): s.start for s in view.area.starts}
    rows = []
    for party in parties(view):
        for unit in units(view):
            own, start = known.get((party.id, unit.id)), starts.get((party.id, unit.id))
            key = "no" if not own or own["before"] == 0 else "yes" if own["before"] else "unknown"
            none = w.text("table/no_value")
            cells = {
                "start": w.day(start) if start else none,
                "first": w.day(own["first"]) if own else none,
                "answer": w.text(f"implementation/trained_{key}"),
            }
            name = f"{party.name[w.language]}, {unit.name[w.language]}"
            rows.append(
                {w.text("implementation/party_unit"): name}
                | {w.text(f"implementation/trained/{k}"): v for k, v in cells.items()}
            )
    caption = w.text("implementation/trained_caption")
    table = kit.table(view, "trained", rows, caption)
    return folded(caption, [table]) if len(rows) > 5 else table


def _people(view: View, shown: Sequence[Participants]) -> kit.Piece:
    w = view.words
    cells = {(one.party, one.first): one.n for one in shown}
    names = dict(sorted({one.first: kit.period(one.first, one.last) for one in shown}.items()))
    rows = [
        {w.text("implementation/party"): p.name[w.language]}
        | {name: _counted(cells[p.id, first], view) for first, name in names.items()}
        for p in parties(view)
    ]
    caption = w.text("implementation/people_caption")
    return kit.table(view, "participants", rows, caption, numeric=tuple(names.values()))


def _counted(n: float | None, view: View) -> str:
    return view.words.text("implementation/uncounted_n") if n is None else kit.count(n, view)


def silent(view: View, heard: Iterable[str], key: str) -> str:
    """Which parties have sent nothing; "" when all have."""
    w, known = view.words, set(heard)
    silent = [p.name[w.language] for p in parties(view) if p.id not in known]
    return w.text(f"implementation/{key}", who=", ".join(silent)) if silent else ""


def by(records: Iterable[Record], key: str) -> dict[Any, list[Record]]:
    """Records by what they have in a column, in order."""
    ordered = sorted(records, key=itemgetter(key))
    return {name: list(own) for name, own in groupby(ordered, key=itemgetter(key))}


def _in_order(view: View, records: Sequence[Record]) -> list[Record]:
    """By party as the area lists them, nobody's last."""
    order = {p.id: n for n, p in enumerate(view.area.parties)}
    return sorted(records, key=lambda r: order.get(r["party"], len(order)))


def _sorted(listed: Sequence[Listed], view: View) -> list[Listed]:
    return sorted(listed, key=lambda one: one.name[view.words.language].casefold())


def _party(view: View, party: str) -> str:
    names = {p.id: p.name[view.words.language] for p in view.area.parties}
    return names.get(party, view.words.text("implementation/nobody"))


def exact(n: int, view: View) -> Shown:
    """A number of things of organisations, as it is."""
    return Shown(view.words.number(n), n)
