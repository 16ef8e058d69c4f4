"""Outcomes of discharge beside the models: time to discharge, length of stay, definitions, cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isinf, isnan
from typing import TYPE_CHECKING

import pandas as pd

from analysis.charts import Chart, curve
from analysis.fragments import kit
from analysis.fragments.deviations import marks, source
from analysis.fragments.halves import Halves, named, span, why
from analysis.fragments.pictures import figure
from analysis.payment import references_of
from analysis.release import (
    HIDDEN,
    Released,
    ReleasedHistogram,
    ReleasedSeries,
    ReleasedSummary,
    ReleasedSums,
    ReleasedSurvival,
    Shown,
    quotient,
)

if TYPE_CHECKING:
    from analysis.measures import Measure
    from analysis.payment import Model, Payment
    from analysis.view import View

MEAN_DECIMALS = 2
Lengths = Mapping[str, tuple[ReleasedSummary, ReleasedHistogram]]


def time_to_discharge(view: View, found: Mapping[str, ReleasedSurvival], halves: Halves) -> Released:
    """How many have been discharged by fixed days after the notice: chart and table.

    Parameters
    ----------
    view : View
        What may be told.
    found : mapping of str to ReleasedSurvival
        "before" and "after"; empty for a part of the area.
    halves : Halves
        Which half-years.

    Returns
    -------
    Released
        Curves with the numbers still there; a sentence where there is no half-year or it is not the area.
    """
    w, starts = view.words, halves.known()
    if not found:
        return kit.released(view, "R6", [_absent(view, halves)])
    names = {which: named(view, which, starts[which]) for which in found}
    title, subtitle = _title(view, found), w.text("outcomes/curve_subtitle", unit=view.unit.name[w.language])
    text = curve.CurveText(
        title=title,
        subtitle=subtitle,
        source=source(view),
        names=tuple(w.text(f"outcomes/{which}") for which in found),
        days=w.text("outcomes/curve_days"),
        left=w.text("outcomes/curve_left"),
        hidden=marks(view)["withheld"],
    )
    svg = curve.draw(list(found.values()), text=text, language=w.language)
    chart = figure(
        Chart(svg, w.text("outcomes/curve_alt", title=title, names=", ".join(names.values())), title)
    )
    days = [day.day for day in next(iter(found.values())).days]
    rows = [_of_day(view, at, day, found, names) for at, day in enumerate(days)]
    caption = w.text("outcomes/caption_curve")
    table = kit.table(view, "time-to-discharge", rows, caption, numeric=tuple(list(rows[0])[1:]))
    notes = [kit.note(w.text("outcomes/curve_note")), *why(view, halves), kit.note(kit.rounding(view))]
    return kit.released(view, "R1, R6, R8", [chart, table, *notes])


def _title(view: View, found: Mapping[str, ReleasedSurvival]) -> str:
    """What the curves say of the day of the notice and the day after."""
    w = view.words
    shares = {which: next((d.share for d in one.days if d.day == 1), HIDDEN) for which, one in found.items()}
    home = {which: 1 - share for which, share in shares.items()}
    before, after = home.get("before", HIDDEN), home.get("after", HIDDEN)
    if isnan(before) or isnan(after):
        return w.text("outcomes/curve_title")
    return w.text("outcomes/curve_found", before=w.percent(before), after=w.percent(after))


def _of_day(
    view: View, at: int, day: float, found: Mapping[str, ReleasedSurvival], names: Mapping[str, str]
) -> dict[str, str]:
    w, row = view.words, {"within_days": view.words.number(day)}
    for which, one in found.items():
        told = one.days[at]
        share = HIDDEN if isnan(told.share) else 1 - told.share
        few_left = share == 1 and told.at_risk > 0  # of so many that the share is rounded to all
        row[names[which]] = Shown(w.text("outcomes/nearly_all") if few_left else w.percent(share), share)
    return row


def length_of_stay(view: View, found: Lengths, halves: Halves) -> Released:
    """Length of stay: where it lies, and how it is spread.

    Parameters
    ----------
    view : View
        What may be told.
    found : mapping of str to (ReleasedSummary, ReleasedHistogram)
        "before" and "after"; empty for a part of the area.
    halves : Halves
        Which half-years.

    Returns
    -------
    Released
        Quartiles and classes, a row a half-year.
    """
    w, starts = view.words, halves.known()
    if not found:
        return kit.released(view, "R4, R7", [_absent(view, halves)])
    rows = [
        {"period": named(view, which, starts[which]), "stays": kit.count(one.n, view)}
        | {name: Shown(w.number(value, 1), value) for name, value in _numbers(one).items()}
        for which, (one, _) in found.items()
    ]
    first = kit.table(
        view, "length-of-stay", rows, w.text("outcomes/caption_length"), numeric=tuple(rows[0])[1:]
    )
    classes = [
        {"period": named(view, which, starts[which])}
        | {_class(view, b.low, b.high): kit.count(b.n, view) for b in spread.bins}
        for which, (_, spread) in found.items()
    ]
    heads = tuple(dict.fromkeys(key for row in classes for key in row))
    full = [{key: row.get(key, w.text("table/no_value")) for key in heads} for row in classes]
    second = kit.table(view, "length-classes", full, w.text("outcomes/caption_classes"), numeric=heads[1:])
    notes = [kit.note(w.text("outcomes/length_note")), kit.note(kit.rounding(view))]
    return kit.released(view, "R1, R4, R7, R9", [first, second, *notes])


def _numbers(one: ReleasedSummary) -> dict[str, float]:
    return {"lower": one.lower, "median": one.median, "upper": one.upper, "average": one.mean}


def _class(view: View, low: float, high: float) -> str:
    """A class of whole days, as it is read."""
    w, last = view.words, high - 1
    if isinf(high):
        return w.text("outcomes/days_from", low=w.number(low)) if low > -inf else w.text("outcomes/days_all")
    first = max(low, 0.0)
    return w.text("outcomes/days_between", low=w.number(first), high=w.number(last))


def definitions(view: View, series: Sequence[tuple[Measure, ReleasedSeries]], halves: Halves) -> Released:
    """Every definition of the time as ready for discharge, side by side.

    Parameters
    ----------
    view : View
        What may be told.
    series : sequence of (Measure, ReleasedSeries)
        The unit's released series of each.
    halves : Halves
        Which half-years.

    Returns
    -------
    Released
        A row a definition, its values computed from the released parts.
    """
    w, starts = view.words, halves.known()
    if not starts or not series:
        return kit.released(view, "R3, R4", [kit.paragraph(w.text("halves/no_half_year"))])
    rows = []
    for measure, shown in series:
        values = {which: half_value(shown, start, measure.per, view) for which, start in starts.items()}
        told = {
            named(view, which, starts[which]): Shown(_with_unit(v, measure, view), v)
            for which, v in values.items()
        }
        definition = w.text(f"measure/{measure.name}/definition", lag=measure.lag_days)
        rows.append({"measured": w.text(f"measure/{measure.name}/name")} | told | {"counted": definition})
    caption = w.text("outcomes/caption_definitions", unit=view.unit.name[w.language])
    table = kit.table(view, "definitions", rows, caption, numeric=tuple(rows[0])[1:-1])
    notes = [w.text("outcomes/definitions_note"), *_references(view, {m.name: m.kind for m, _ in series})]
    said = [*map(kit.note, notes), *why(view, halves), kit.note(kit.rounding(view))]
    return kit.released(view, "R3, R4", [table, *said])


def _with_unit(value: float, measure: Measure, view: View) -> str:
    """A half-year's value as it is read: a mean has its unit, and a decimal more than in the months."""
    w = view.words
    if measure.kind != "mean" or isnan(value):
        return w.value(value, measure.kind)
    return f"{w.number(value, MEAN_DECIMALS)} {w.text(f'measure/{measure.name}/unit')}"


def _references(view: View, kinds: Mapping[str, str]) -> list[str]:
    """What the published values in the figures above are, and where they are from."""
    w, told = view.words, []
    for one in references_of(view.area):
        if one.measure in kinds:
            value = w.value(one.value, kinds[one.measure])
            shown = {"text": one.text[w.language], "value": value}
            said = w.text("outcomes/reference_above", name=w.text(f"measure/{one.measure}/short"), **shown)
            told.append(f"{said} {w.text('payment/source', source=one.source[w.language])}")
    return told


def half_value(shown: ReleasedSeries, start: pd.Timestamp, per: float, view: View) -> float:
    """A half-year's value from the shown parts of its periods; NaN where one of them is not told.

    Parameters
    ----------
    shown : ReleasedSeries
        A unit's series.
    start : Timestamp
        First day of the half-year.
    per : float
        What the value is per.
    view : View
        Whose policy holds.

    Returns
    -------
    float
        As `analysis.release.quotient`; a mean with two decimals, since the parts are of six months.
    """
    table = shown.table
    inside = table[table.period_start.between(start, start + pd.DateOffset(months=5))]
    months = {"month": 6, "quarter": 2, "half_year": 1}[shown.level]
    if len(inside) < months or inside[["numerator", "denominator"]].isna().any(axis=None):
        return HIDDEN
    top, base = float(inside.numerator.sum()), float(inside.denominator.sum())
    value = quotient(top, base, shown.kind, view.area.policy, per)
    return value if shown.kind != "mean" or isnan(value) else round(per * top / base, MEAN_DECIMALS)


def payment(view: View, known: Payment, found: Mapping[str, ReleasedSums], halves: Halves) -> Released:
    """Days above the rule of each payment model, and what they would cost.

    Parameters
    ----------
    view : View
        What may be told.
    known : Payment
        Models and daily rates.
    found : mapping of str to ReleasedSums
        By model, the days by place and half-year.
    halves : Halves
        Which half-years a sentence sets beside each other.

    Returns
    -------
    Released
        A table a model, and for the whole area one by municipality where it may be told.
    """
    w = view.words
    if not known.models:
        return kit.released(view, "R9", [kit.paragraph(w.text("payment/no_models"))])
    pieces = [kit.paragraph(w.text("payment/what"))]
    for model in known.models:
        pieces += _model(view, model, found[model.id], known, halves)
    rule = w.text("payment/rule", hide=view.area.policy.hide_up_to)
    notes = [w.text("payment/unknown"), w.text("payment/rates"), rule]
    return kit.released(view, "R1, R9, R11", [*pieces, *(kit.note(said) for said in notes)])


def _model(view: View, model: Model, sums: ReleasedSums, known: Payment, halves: Halves) -> list[kit.Piece]:
    w = view.words
    rule = {name: w.figure(value, 1) for name, value in model.rule.items()}
    said = w.text(f"payment/{model.id}", **rule)
    about = kit.paragraph(f"{said} {w.text('payment/source', source=model.source[w.language])}")
    starts = sorted({cell.period_start for cell in sums.cells})
    if not starts or all(isnan(sums.of(view.unit.id, start)) for start in starts):
        return [about, kit.paragraph(w.text("payment/untold"))]
    rows = [_cost(view, start, sums.of(view.unit.id, start), known.rate(start.year)) for start in starts]
    name = w.text(f"payment/name_{model.id}")
    caption = w.text("payment/caption", model=name, unit=view.unit.name[w.language])
    identity = model.id.replace("_", "-")
    table = kit.table(view, f"payment-{identity}", rows, caption, numeric=("days_above", "rate", "cost"))
    parts = [] if view.unit.parent else _of_parts(view, name, identity, sums)
    return [about, *_course(view, sums, halves), table, *parts]


def _course(view: View, sums: ReleasedSums, halves: Halves) -> list[kit.Piece]:
    """The days of both half-years in a sentence, with caution; nothing where one of them is not told."""
    w, days = view.words, {which: sums.of(view.unit.id, day) for which, day in halves.known().items()}
    if len(days) < len(halves) or any(isnan(n) for n in days.values()):
        return []
    told = {which: w.number(n) for which, n in days.items()}
    ends = {"first": span(halves.known()["before"]), "last": span(halves.known()["after"])}
    return [kit.paragraph(w.text("payment/course", **told, **ends))]


def _cost(view: View, start: pd.Timestamp, days: float, rate: float) -> dict[str, str]:
    """A half-year's days, rate and cost: the cost is that of the shown days."""
    w = view.words
    cost = days * rate / 1000
    return {
        "period": span(start),
        "days_above": Shown(w.number(days), days),
        "rate": w.text("payment/no_rate") if isnan(rate) else w.number(rate),
        "cost": Shown(w.number(cost), cost),
    }


def _of_parts(view: View, name: str, identity: str, sums: ReleasedSums) -> list[kit.Piece]:
    """The municipalities' days side by side, in the half-years where all of them may be told."""
    w, members = view.words, view.area.members
    starts = sorted({c.period_start for c in sums.cells if c.unit != view.area.top.id and not isnan(c.total)})
    if not starts:
        return [kit.paragraph(w.text("payment/no_parts"))]
    top = {c.period_start for c in sums.cells if c.unit == view.area.top.id and not isnan(c.total)}
    left = ", ".join(span(start) for start in sorted(top - set(starts)))
    note = [kit.note(w.text("payment/parts_left", periods=left))] if left else []
    rows = [
        {"period": span(start)}
        | {u.name[w.language]: Shown(w.number(n), n) for u in members for n in [sums.of(u.id, start)]}
        for start in starts
    ]
    caption = w.text("payment/caption_parts", model=name)
    table = kit.table(view, f"payment-parts-{identity}", rows, caption, numeric=tuple(rows[0])[1:])
    return [table, *note]


def _absent(view: View, halves: Halves) -> kit.Piece:
    key = "whole_only" if view.unit.parent else "no_half_year" if halves.after is None else "not_followed"
    return kit.paragraph(view.words.text(f"halves/{key}"))
