"""What a report rests on: the deliveries, the definitions, the methods and the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.fragments import kit
from analysis.limits import is_stated_after, protocol_text
from analysis.release import Released

if TYPE_CHECKING:
    from analysis.measures import Measure
    from analysis.view import Answer, View
    from analysis.words import Words


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
    """Data, program, methods and definitions.

    Parameters
    ----------
    view : View
        What may be told.
    version : str
        Of the program.

    Returns
    -------
    Released
        A table of two columns, and one of the measures that are asked about.
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
    table = kit.table(view, "provenance", rows, w.text("table/caption_provenance"))
    return kit.released(view, "R14", [table, *_definitions(view)])


def _definitions(view: View) -> list[kit.Piece]:
    """What each measure of the answers counts, in which unit, and which way is better."""
    w = view.words
    told = {a.asked.measure.name: a.asked for a in view.answers}
    rows = [
        {
            "measured": w.text(f"measure/{name}/short"),
            "definition": w.text(f"measure/{name}/definition", lag=one.measure.lag_days),
            "stated_in": _stated_in(one.measure, w),
            "wanted": w.text(f"headline/{one.question.better}"),
        }
        for name, one in told.items()
    ]
    return [kit.table(view, "measures", rows, w.text("table/caption_measures"))] if rows else []


def _stated_in(measure: Measure, w: Words) -> str:
    """The unit of a measure's values: per cent, days, or a number per base."""
    unit = w.text(f"measure/{measure.name}/unit")
    per = w.text("provenance/number_per", per=w.number(measure.per)) if measure.per > 1 else ""
    return unit or per or w.text("provenance/number")


def _method(answer: Answer) -> str:
    """Which of the methods' texts tells how an answer was made."""
    if answer.asked.design == "staggered":
        return "of_units"
    return "mean" if answer.asked.question.kind == "mean" else "count"
