"""What the reports rest on, in words, tables and a picture of months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analysis.charts import Chart, grid
from analysis.charts.board import Row
from analysis.fragments import kit, pictures
from analysis.limits import protocol_text
from analysis.release import Released, ReleasedQuality, ReleasedStates, State
from analysis.sources.reasons import explain

if TYPE_CHECKING:
    from analysis.area import Event
    from analysis.release.monthly import States
    from analysis.view import View

KEYED: tuple[State, ...] = ("followed", "delivered", "partly", "missing")
KINDS = ("table", "measure")
OCCASIONAL = frozenset(
    ("action_plans", "answers", "capacity", "self_assessments", "status_sheets", "training")
)  # tables without a month that can be missing: documents, rounds of surveys, single days
INSTEAD = {  # the measure that is shown where a definition cannot be computed
    "sip_needed": "sip_offered_share",
    "readmission_unplanned": "unplanned_readmission_30d",
    "uk_65plus": "uk_days_mean_skr",
}


class Definition(NamedTuple):
    """A definition, its table, and the columns it lacks; None when the table was not delivered."""

    name: str
    table: str
    lacks: tuple[str, ...] | None


def months(
    view: View,
    found: ReleasedStates | None,
    dated: ReleasedStates | None = None,
    empty: ReleasedStates | None = None,
) -> Released:
    """Month by month what was delivered and followed up.

    Parameters
    ----------
    view : View
        What may be told.
    found : ReleasedStates, optional
        None when no delivery has a period.
    dated : ReleasedStates, optional
        The months that tables which do not come month by month are about.
    empty : ReleasedStates, optional
        The whole months of the other tables that have no row.

    Returns
    -------
    Released
        A sentence, a picture and a table of the same; a table of what does not come month by month.
    """
    w = view.words
    rest = [] if dated is None else _dated(dated, view)
    if found is None:
        return kit.released(view, "R15", [kit.paragraph(w.text("quality/nothing")), *rest])
    rows, of_kind = [], {kind: [one for one in found.rows if one.kind == kind] for kind in KINDS}
    for kind, some in of_kind.items():
        rows += [Row(w.text(f"quality/kind/{kind}"), is_heading=True)] if some else []
        rows += [Row(_name(one, view)) for one in some]
    title = _title(found, view)
    span = {"first": w.month(found.months[0]), "last": w.month(found.months[-1])}
    subtitle = w.text("quality/subtitle", unit=kit.label(view.unit.name[w.language]), **span)
    key: dict[State, str] = {state: w.text(f"quality/state/{state}") for state in KEYED}
    svg = grid.draw(found, rows, pictures.frame(view, title, subtitle), language=w.language, key=key)
    data = [_row(one, found.months, view) for one in found.rows]
    alt = f"{title}. " + " ".join(_said(row, view) for row in data)
    table = kit.table(view, "months", data, w.text("quality/caption_months", unit=view.unit.name[w.language]))
    picture = pictures.figure(Chart(svg, alt, title))
    notes = [kit.note(w.text("quality/period_note")), *_without_rows(empty, view)]
    return kit.released(view, "R15", [kit.paragraph(w.text("quality/lead")), picture, table, *notes, *rest])


def _without_rows(empty: ReleasedStates | None, view: View) -> list[kit.Piece]:
    """Which tables have whole months without a row, and which months; nothing where none has."""
    if empty is None:
        return []
    spans = {one: _spans(one, empty.months).get("followed") for one in empty.rows}
    named = "; ".join(f"{_name(one, view)} ({span})" for one, span in spans.items() if span)
    return [kit.note(view.words.text("quality/no_rows", named=named))]


def _dated(dated: ReleasedStates, view: View) -> list[kit.Piece]:
    """The months that tables are about which do not come month by month."""
    w = view.words
    rows = [
        {
            "data": _name(one, view),
            "dated": _spans(one, dated.months).get("followed", w.text("table/no_value")),
        }
        for one in dated.rows
    ]
    table = kit.table(view, "occasional", rows, w.text("quality/caption_occasional"))
    return [table, kit.note(w.text("quality/occasional_note"))]


def _spans(one: States, every: Sequence[pd.Timestamp]) -> dict[str, str]:
    """The spans of months in each state that it has."""
    spans: dict[str, list[str]] = {}
    for state, group in groupby(zip(every, one.states, strict=True), key=lambda pair: pair[1]):
        inside = [month for month, _ in group]
        spans.setdefault(state, []).append(kit.period(inside[0], inside[-1]))
    return {state: "; ".join(some) for state, some in spans.items()}


def _name(one: States, view: View) -> str:
    w = view.words
    return w.text(f"table/{one.name}") if one.kind == "table" else w.text(f"measure/{one.name}/short")


def _title(found: ReleasedStates, view: View) -> str:
    """How many tables lack a month, or that none does."""
    w = view.words
    tables = [one for one in found.rows if one.kind == "table"]
    gaps = sum("missing" in one.states for one in tables)
    shown = {"n": w.number(gaps), "of": w.number(len(tables))}
    return w.text("quality/title_gaps", **shown) if gaps else w.text("quality/title_whole", of=shown["of"])


def _row(one: States, every: Sequence[pd.Timestamp], view: View) -> dict[str, str]:
    """The spans of each state, in words."""
    spans, none = _spans(one, every), view.words.text("table/no_value")
    cells = {f"state_{state}": spans.get(state, none) for state in KEYED}
    return {"data": _name(one, view), **cells}


def _said(row: Mapping[str, str], view: View) -> str:
    w = view.words
    return w.text(
        "quality/alt_row", data=row["data"], whole=row["state_followed"], missing=row["state_missing"]
    )


def kept_out(view: View, found: ReleasedQuality) -> Released:
    """Rows that were kept out, by reason.

    Parameters
    ----------
    view : View
        What may be told.
    found : ReleasedQuality
        From `analysis.release.quality_rows`, with reasons.

    Returns
    -------
    Released
        A table; a sentence where nothing was kept out.
    """
    w = view.words
    rows = []
    for one in found.rows:
        if one.kept_out == 0:
            continue
        named = {"data": w.text(f"table/{one.table}"), "quarantined": kit.count(one.kept_out, view)}
        for why, n in (one.reasons or {}).items():
            told = explain(why, one.table, w.language)
            rows.append({**named, "reason": told.what, "rows": kit.count(n, view), "remedy": told.remedy})
        if not one.reasons:
            untold = w.text("quality/reasons_untold")
            dash = w.text("table/no_value")
            rows.append({**named, "reason": untold, "rows": dash, "remedy": dash})
    if not rows:
        return kit.released(view, "R1, R15", [kit.paragraph(w.text("quality/none_kept_out"))])
    table = kit.table(
        view, "reasons", rows, w.text("quality/caption_reasons"), numeric=("quarantined", "rows")
    )
    notes = [kit.note(w.text("quality/reasons_note")), kit.note(kit.rounding(view))]
    return kit.released(view, "R1, R15", [table, *notes])


def definitions(view: View, found: Sequence[Definition], lacking: Mapping[str, Sequence[str]]) -> Released:
    """What cannot be computed of what is delivered.

    Parameters
    ----------
    view : View
        What may be told.
    found : sequence of Definition
        What the sources for the work ask for.
    lacking : mapping of str to sequence of str
        Measures of the questions whose tables were not delivered.

    Returns
    -------
    Released
        A sentence and a table; columns that are never filled are as good as none.
    """
    w = view.words
    rows = [
        {
            "definition": w.text(f"quality/definition/{one.name}"),
            "status": _can(one, view),
            "lacks": _lacks(one, view),
        }
        for one in found
    ]
    rows += [
        {
            "definition": w.text(f"measure/{name}/short"),
            "status": w.text("quality/cannot"),
            "lacks": ", ".join(w.text(f"table/{table}") for table in tables),
        }
        for name, tables in lacking.items()
    ]
    failing = [one for one in found if one.lacks != ()]
    lead = w.text("quality/definitions_lead", n=w.number(len(failing) + len(lacking)), of=w.number(len(rows)))
    table = kit.table(view, "definitions", rows, w.text("quality/caption_definitions"))
    asked = {q.get("measure") for q in view.area.questions}
    notes = [
        kit.paragraph(
            w.text(f"quality/instead/{one.name}", definition=w.text(f"quality/definition/{one.name}"))
        )
        for one in failing
        if INSTEAD.get(one.name) in asked - set(lacking)
    ]
    return kit.released(view, "static", [kit.paragraph(lead), table, *notes])


def _can(one: Definition, view: View) -> str:
    return view.words.text("quality/can" if one.lacks == () else "quality/cannot")


def _lacks(one: Definition, view: View) -> str:
    w = view.words
    if one.lacks is None:
        return w.text(f"table/{one.table}")
    return ", ".join(w.text(f"quality/column/{column}") for column in one.lacks) or w.text("table/no_value")


def late(view: View, waits: Mapping[str, tuple[int, pd.Timestamp | None, int]]) -> Released:
    """When the months of each measure are whole.

    Parameters
    ----------
    view : View
        What may be told.
    waits : mapping of str to tuple
        By measure: days after a month until it is whole, its last whole month, and months that wait.

    Returns
    -------
    Released
        A table; a sentence where nothing is asked.
    """
    w = view.words
    rows = [
        {
            "measure": w.text(f"measure/{name}/short"),
            "lag": w.number(lag),
            "last_whole": w.month(last) if last is not None else w.text("table/no_value"),
            "waiting": w.number(waiting),
        }
        for name, (lag, last, waiting) in waits.items()
    ]
    if not rows:
        return kit.released(view, "R15", [kit.paragraph(w.text("quality/nothing"))])
    table = kit.table(view, "late", rows, w.text("quality/caption_late"), numeric=("lag", "waiting"))
    return kit.released(view, "R15", [table, kit.note(w.text("quality/late_note"))])


def breaks(view: View, events: Sequence[Event]) -> Released:
    """Events that moved what is registered, or may have.

    Parameters
    ----------
    view : View
        What may be told.
    events : sequence of Event
        Of the area's settings.

    Returns
    -------
    Released
        A table; a sentence where none is known.
    """
    w = view.words
    if not events:
        return kit.released(view, "static", [kit.paragraph(w.text("quality/no_events"))])
    named = {b for q in view.area.questions for b in q.get("breaks", ())}
    shocks = {s for q in view.area.questions for s in q.get("shocks", ())}
    rows = [
        {
            "event": one.name[w.language],
            "period": kit.period(one.first, one.last),
            "handled": w.text(f"quality/handled/{_handled(one.id, named, shocks)}"),
        }
        for one in sorted(events, key=lambda e: (e.first, e.id))
    ]
    table = kit.table(view, "events", rows, w.text("quality/caption_events"))
    return kit.released(view, "static", [table])


def _handled(event: str, named: set[str], shocks: set[str]) -> str:
    return "break" if event in named else "shock" if event in shocks else "none"


def rules(view: View) -> Released:
    """The rules in force: what may be shown, and the protocol."""
    w = view.words
    said = [w.policy(view.area.policy), protocol_text(view)]
    return kit.released(view, "static", [kit.paragraph(text) for text in said])
