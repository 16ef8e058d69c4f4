"""What a report rests on: the deliveries, the definitions, the methods and the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.fragments import kit
from analysis.limits import is_stated_after, protocol_text
from analysis.release import Released

if TYPE_CHECKING:
    from analysis.view import Answer, View


def coverage(view: View) -> Released:
    """What was delivered.

    Parameters
    ----------
    view : View
        What may be told.

    Returns
    -------
    Released
        A sentence and a table.
    """
    w = view.words
    rows = [
        {
            "table": w.text(f"table/{d.table}"),
            "period": _months(d.first_month, d.last_month) or w.text("table/no_value"),
            "deliveries": w.number(d.deliveries),
            "accepted": kit.count(d.accepted, view),
            "quarantined": kit.count(d.quarantined, view),
        }
        for d in view.delivered
    ]
    lead = w.text("coverage/lead", as_of=w.day(view.as_of), stated_on=w.day(view.area.questions_stated_on))
    if is_stated_after(view.area):
        lead = f"{lead} {w.text('coverage/stated_after')}"
    caption = w.text("table/caption_coverage")
    table = kit.table(view, "coverage", rows, caption, numeric=("deliveries", "accepted", "quarantined"))
    return kit.released(view, "R1, R15", [kit.paragraph(lead), table, kit.note(kit.rounding(view))])


def _months(first: str, last: str) -> str:
    """A month, or from the first to the last."""
    return first if first == last else f"{first} – {last}"


def provenance(view: View, version: str) -> Released:
    """Definitions, methods, data and program.

    Parameters
    ----------
    view : View
        What may be told.
    version : str
        Of the program.

    Returns
    -------
    Released
        A table of two columns.
    """
    w, area = view.words, view.area
    items = {
        "area": kit.label(area.name[w.language]),
        "unit": kit.label(view.unit.name[w.language]),
        **({"party": view.party.name[w.language]} if view.party else {}),
        "as_of": w.day(view.as_of),
        "stated_on": w.day(area.questions_stated_on),
        "protocol": protocol_text(view),
        "policy": w.policy(area.policy),
        "store": view.store,
        "software": f"analysis {version}",
    }
    rows = [{"item": w.text(f"provenance/{k}"), "content": v} for k, v in items.items()]
    kinds = {_method(a) for a in view.answers}
    rows += [
        {"item": w.text("provenance/method"), "content": w.text(f"provenance/method_{k}")}
        for k in sorted(kinds)
    ]
    for measure in {a.asked.measure.name: a.asked.measure for a in view.answers}.values():
        label = f"{w.text('provenance/definition')}: {w.text(f'measure/{measure.name}/short')}"
        text = w.text(f"measure/{measure.name}/definition", lag=measure.lag_days)
        rows.append({"item": label, "content": text})
    table = kit.table(view, "provenance", rows, w.text("table/caption_provenance"))
    return kit.released(view, "R14", [table])


def _method(answer: Answer) -> str:
    """Which of the methods' texts tells how an answer was made."""
    if answer.asked.design == "staggered":
        return "of_units"
    return "mean" if answer.asked.question.kind == "mean" else "count"
