"""The fragments of a report page: tables, charts and sentences, made only of released values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import figures
from analysis.designs.effect import Check
from analysis.limits import family_text, protocol_text
from analysis.release import Released, ReleasedTable, Shown, fragment
from analysis.sentences import check_name, check_sentence, detectable, finding, headline, status
from analysis.tables_html import html_table, scroll_box, verdict_chip

if TYPE_CHECKING:
    from analysis.release import ReleasedBreakdown
    from analysis.view import Answer, View

PAIR = ">"  # between the reporting and the receiving party in the key of a breakdown
Piece = tuple[str, tuple[ReleasedTable, ...]]  # of a page: its HTML, and the tables in it


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
            "period": f"{d.first_month} – {d.last_month}" if d.first_month else w.text("table/no_value"),
            "deliveries": w.number(d.deliveries),
            "accepted": _count(d.accepted, view),
            "quarantined": _count(d.quarantined, view),
        }
        for d in view.delivered
    ]
    lead = w.text("coverage/lead", as_of=w.day(view.as_of), stated_on=w.day(view.area.questions_stated_on))
    if any(a.question.start <= view.area.questions_stated_on for a in view.asked):
        lead = f"{lead} {w.text('coverage/stated_after')}"
    caption = w.text("table/caption_coverage")
    table = _table(view, "coverage", rows, caption, numeric=("deliveries", "accepted", "quarantined"))
    return _released(view, "R1, R15", [_paragraph(lead), table, _note(_rounding(view))])


def summary(view: View) -> Released:
    """All answers in one table, and in numbers.

    Parameters
    ----------
    view : View
        What may be told.

    Returns
    -------
    Released
        One row, and one mapping of facts (for the manifest), a question.
    """
    w = view.words
    rows = [
        {
            "question": a.asked.text[w.language],
            "effect": _interval(a, view),
            "verdict": w.text(f"verdict/{a.effect.verdict}"),
            "mde": detectable(a.effect, w),
            "months": f"{a.effect.n_before}/{a.effect.n_after}",
        }
        for a in view.answers
    ]
    caption = w.text("table/caption_answers", unit=view.unit.name[w.language])
    said = f"{w.text('table/verdict_note')} {family_text(view)}".rstrip()
    html, tables = _together([_table(view, "answers", rows, caption), _note(said)])
    return fragment(html, "R5", w.language, tables, tuple(_facts(a) for a in view.answers))


def _facts(answer: Answer) -> dict[str, Any]:
    e = answer.effect
    row: dict[str, Any] = {"question": answer.asked.question.id}
    for name in ("estimate", "low", "high"):
        value = float("nan") if e.verdict == "too_little_data" else getattr(e, name)
        row[name] = None if isnan(value) else round(value, 6)
    return row | {"n_before": e.n_before, "n_after": e.n_after, "verdict": e.verdict}


def sections(view: View) -> Released:
    """Question by question.

    Parameters
    ----------
    view : View
        What may be told.

    Returns
    -------
    Released
        Verdict, sentences, charts and the figures behind them.
    """
    return _released(view, "R1-R5, R8, R11", [_section(a, view) for a in view.answers])


def _section(answer: Answer, view: View) -> Piece:
    w, effect = view.words, answer.effect
    identity = f"q-{answer.asked.question.id}".replace("_", "-")
    chip = verdict_chip(effect.verdict, w.text(f"verdict/{effect.verdict}"))
    first, *rest = [headline(effect, w) + ".", *finding(effect, w)]
    question = escape(answer.asked.text[w.language])
    charts = "".join(
        f'<figure class="figure">{scroll_box(c.html, label=c.title)}</figure>'
        for c in figures.charts(answer, view)
    )
    behind, tables = _behind(answer, view)
    said = f'{chip}<p class="finding">{escape(first)}</p><p>{escape(" ".join(rest))}</p>'
    head = f'<h3 id="{identity}">{question}</h3><div class="answer">{said}</div>'
    return f'<section aria-labelledby="{identity}">{head}{charts}{behind}</section>', tables


def _behind(answer: Answer, view: View) -> Piece:
    """The released figures behind the charts, folded."""
    w, q, shown = view.words, answer.asked.question, answer.shown.table
    if shown.empty:
        return "", ()
    rows = [
        {
            "period_start": _period(r.period_start, r.period_end),
            "numerator": _mark(r.numerator, r.numerator_hidden, view),
            "denominator": _mark(r.denominator, r.denominator_hidden, view),
            "value": Shown(w.value(r.value, q.kind), r.value),
        }
        for r in shown.itertuples()
    ]
    caption = w.text("table/caption_series", name=w.name(q))
    numeric = ("numerator", "denominator", "value")
    name = f"series-{q.id}".replace("_", "-")
    piece = _together([_table(view, name, rows, caption, numeric=numeric), _note(_rounding(view))])
    summary_ = escape(f"{w.text('table/data_behind')}: {w.name(q, short=True)}")
    return f"<details><summary>{summary_}</summary>{piece[0]}</details>", piece[1]


def sensitivity(view: View) -> Released:
    """The checks of every answer.

    Parameters
    ----------
    view : View
        What may be told.

    Returns
    -------
    Released
        One table a question, and the other windows tried.
    """
    pieces = []
    for answer in view.answers:
        if answer.effect.checks:
            pieces.append(_checks(answer, view))
            pieces += [_windows(c, answer, view) for c in answer.effect.checks if c.name == "window"]
    return _released(view, "R5", pieces or [_paragraph(view.words.text("coverage/no_checks"))])


def _checks(answer: Answer, view: View) -> Piece:
    w = view.words
    rows = [
        {
            "check": check_name(c.name, w),
            "status": w.text(f"status/{status(c)}"),
            "meaning": check_sentence(c, answer.effect, w),
        }
        for c in answer.effect.checks
    ]
    caption = w.text("table/caption_checks", question=answer.asked.text[w.language])
    return _table(view, f"checks-{answer.asked.question.id}".replace("_", "-"), rows, caption)


def _windows(check: Check, answer: Answer, view: View) -> Piece:
    if check.table is None or check.table.empty:
        return "", ()
    w, q = view.words, answer.asked.question
    levels = check.table.assign(
        estimate=check.table.level, low=check.table.level_low, high=check.table.level_high
    )
    rows = [
        {"window": _period(r.first, r.last), "estimate": _text_interval(r, view, q)}
        for r in levels.itertuples()
    ]
    caption = w.text("table/caption_windows", question=answer.asked.text[w.language])
    return _table(view, f"windows-{q.id}".replace("_", "-"), rows, caption, numeric=("estimate",))


def by_kind(view: View, kinds: ReleasedBreakdown) -> Released:
    """Deviations by kind, a column a period.

    Parameters
    ----------
    view : View
        What may be told.
    kinds : ReleasedBreakdown
        Keys are the area's categories.

    Returns
    -------
    Released
        Counts of whole periods; a sentence where most of them are too small.
    """
    w = view.words
    if kinds.too_small or kinds.table.empty:
        return _released(view, "R1, R11", [_paragraph(w.text("breakdown/too_small"))])
    periods = _periods(kinds)
    cells = kinds.table.set_index(["key", "period_start"])
    rows = [
        {"category": c.name[w.language]}
        | {name: _cell(cells.loc[(c.id, start)], view) for start, name in periods.items()}
        for c in view.area.categories
    ]
    caption = w.text("table/caption_categories")
    table = _table(view, "kinds", rows, caption, numeric=tuple(periods.values()))
    return _released(
        view, "R1, R2, R11", [table, _note(_rounding(view)), _note(w.text("breakdown/no_total"))]
    )


def between_parties(view: View, pairs: ReleasedBreakdown) -> Released:
    """Who reports about whom, in the last period and in the same period a year before.

    Parameters
    ----------
    view : View
        What may be told.
    pairs : ReleasedBreakdown
        Keys are "reporting>receiving".

    Returns
    -------
    Released
        Reporting party by receiving party, counts (R1); a sentence where most of them are too small.
    """
    w = view.words
    if pairs.too_small or pairs.table.empty:
        return _released(view, "R1, R11", [_paragraph(w.text("breakdown/too_small"))])
    last = pairs.table.period_start.max()
    periods = {
        day: name for day, name in _periods(pairs).items() if day in (last - pd.DateOffset(years=1), last)
    }
    tables = [_of_pairs(view, pairs, day, name) for day, name in periods.items()]
    return _released(view, "R1, R11", [*tables, _note(_rounding(view))])


def _of_pairs(view: View, pairs: ReleasedBreakdown, start: pd.Timestamp, period: str) -> Piece:
    w = view.words
    names = {p.id: p.name[w.language] for p in view.area.parties}
    cells = pairs.table[pairs.table.period_start.eq(start)].set_index("key")
    rows = [
        {"reporting": name}
        | {names[other]: _cell(cells.loc[f"{party}{PAIR}{other}"], view) for other in names}
        for party, name in names.items()
    ]
    caption = w.text("table/caption_parties", period=period)
    return _table(view, f"parties-{start:%Y-%m}", rows, caption, numeric=tuple(names.values()))


def _periods(shown: ReleasedBreakdown) -> dict[pd.Timestamp, str]:
    periods = shown.table.drop_duplicates("period_start")
    return {r.period_start: _period(r.period_start, r.period_end) for r in periods.itertuples()}


def _cell(row: Any, view: View) -> str:
    return view.words.text("table/no_value") if row.withheld else _count(row.n, view)


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
        "area": area.name[w.language],
        "unit": view.unit.name[w.language],
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
    return _released(view, "R14", [_table(view, "provenance", rows, w.text("table/caption_provenance"))])


def _method(answer: Answer) -> str:
    """Which of the methods' texts tells how an answer was made."""
    if answer.asked.design == "staggered":
        return "of_units"
    return "mean" if answer.asked.question.kind == "mean" else "count"


def _released(view: View, rule: str, pieces: Iterable[Piece]) -> Released:
    html, tables = _together(pieces)
    return fragment(html, rule, view.words.language, tables)


def _together(pieces: Iterable[Piece]) -> Piece:
    known = list(pieces)
    return "".join(html for html, _ in known), tuple(table for _, tables in known for table in tables)


def _table(
    view: View, name: str, rows: Sequence[dict[str, str]], caption: str, *, numeric: tuple[str, ...] = ()
) -> Piece:
    """A table whose first column heads its rows, for the page and to take along."""
    w, frame = view.words, pd.DataFrame(rows, dtype=object)
    headings = {str(c): w.text(f"table/{c}") for c in frame.columns if w.has(f"table/{c}")}
    html = html_table(
        frame, caption=caption, row_header=str(frame.columns[0]), headings=headings, numeric=numeric
    )
    named = tuple(headings.get(str(c), str(c)) for c in frame.columns)
    return html, (ReleasedTable(name, caption, named, tuple(tuple(row.values()) for row in rows)),)


def _paragraph(text: str) -> Piece:
    return f"<p>{escape(text)}</p>", ()


def _note(text: str) -> Piece:
    return f"<p class='note'>{escape(text)}</p>", ()


def _rounding(view: View) -> str:
    policy = view.area.policy
    return view.words.text("table/rounding", hide=policy.hide_up_to, round=policy.round_to)


def _mark(rounded: float, hidden: bool, view: View) -> str:
    """A count of a series: its number, the mark of a small one, or a dash where it is not told at all."""
    return _count(rounded, view) if hidden or not isnan(rounded) else view.words.text("table/no_value")


def _count(rounded: float, view: View) -> Shown:
    w, policy = view.words, view.area.policy
    text = w.text("table/hidden", hide=policy.hide_up_to) if isnan(rounded) else w.number(rounded)
    return Shown(text, rounded)


def _interval(answer: Answer, view: View) -> str:
    if answer.effect.verdict == "too_little_data":
        return view.words.text("table/no_value")
    return _text_interval(answer.effect, view, answer.asked.question)


def _text_interval(row: Any, view: View, question: Any) -> str:
    w = view.words
    if isnan(row.estimate):
        return w.text("table/no_value")
    low, high = w.change(row.low, question), w.change(row.high, question)
    return w.text("table/interval", estimate=w.change(row.estimate, question), low=low, high=high)


def _period(first: Any, last: Any) -> str:
    """A month, or from the first month to the last; "" where an end is not known."""
    ends = [f"{day:%Y-%m}" if pd.notna(day) else "" for day in (first, last)]
    return ends[0] if ends[0] == ends[1] else " – ".join(ends)
