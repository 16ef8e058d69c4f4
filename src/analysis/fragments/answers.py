"""The answers of a report: in brief, question by question, and the checks behind them."""

from __future__ import annotations

from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any

from analysis import figures
from analysis.designs.effect import Check
from analysis.fragments import kit
from analysis.judged import status
from analysis.limits import family_text
from analysis.protocol import section_id
from analysis.release import Released, Shown, fragment
from analysis.sentences import check_name, check_sentence, detectable, finding, headline, verdict_words
from analysis.tables_html import held, scroll_box, verdict_chip

if TYPE_CHECKING:
    from analysis.view import Answer, View

PARTS, DAYS = ("numerator", "denominator", "value"), ("days_n", "stays_n", "days_mean")  # headings
IN_DAYS = "days_mean"  # in the names of the measures that are days per stay


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
            "verdict": verdict_words(a.effect, w),
            "mde": detectable(a.effect, w),
            "months": f"{a.effect.n_before}/{a.effect.n_after}",
        }
        for a in view.answers
    ]
    caption = w.text("table/caption_answers", unit=view.unit.name[w.language])
    said = f"{w.text('table/verdict_note')} {family_text(view)}".rstrip()
    notes = [kit.note(said), *kit.weakened_note(view, [a.effect for a in view.answers])]
    html, tables = kit.together([kit.table(view, "answers", rows, caption), *notes])
    return fragment(html, "R5", w.language, tables, tuple(_facts(a) for a in view.answers))


def _facts(answer: Answer) -> dict[str, Any]:
    e = answer.effect
    row: dict[str, Any] = {"question": answer.asked.question.id}
    for name in ("estimate", "low", "high"):
        value = float("nan") if e.verdict == "too_little_data" else getattr(e, name)
        row[name] = None if isnan(value) else round(value, 6)
    return row | {"n_before": e.n_before, "n_after": e.n_after, "verdict": e.verdict}


def _interval(answer: Answer, view: View) -> str:
    if answer.effect.verdict == "too_little_data":
        return view.words.text("table/no_value")
    return kit.marked_interval(answer.effect, view)


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
    return kit.released(view, "R1-R5, R8, R11", [_section(a, view) for a in view.answers])


def _section(answer: Answer, view: View) -> kit.Piece:
    w, effect = view.words, answer.effect
    identity = section_id(answer.asked.question.id)
    chip = verdict_chip(effect.verdict, verdict_words(effect, w))
    first, *rest = [headline(effect, w) + ".", *finding(effect, w)]
    question = escape(answer.asked.text[w.language])
    charts = "".join(
        f'<figure class="figure">{scroll_box(c.html, label=c.title)}</figure>'
        for c in figures.charts(answer, view)
    )
    behind, tables = _behind(answer, view)
    said = f'{chip}<p class="finding">{escape(first)}</p><p>{held(" ".join(rest))}</p>'
    head = f'<h3 id="{identity}">{question}</h3><div class="answer">{said}</div>'
    return f'<section aria-labelledby="{identity}">{head}{charts}{behind}</section>', tables


def _behind(answer: Answer, view: View) -> kit.Piece:
    """The released figures behind the charts, folded."""
    w, q, shown = view.words, answer.asked.question, answer.shown.table
    if shown.empty:
        return "", ()
    numeric = DAYS if IN_DAYS in q.measure else PARTS
    rows = [
        {
            "period_start": kit.period(r.period_start, r.period_end),
            numeric[0]: kit.mark(r.numerator, r.numerator_hidden, view),
            numeric[1]: kit.mark(r.denominator, r.denominator_hidden, view),
            numeric[2]: Shown(w.value(r.value, q.kind), r.value),
        }
        for r in shown.itertuples()
    ]
    caption = w.text("table/caption_series", name=w.name(q))
    name = f"series-{q.id}".replace("_", "-")
    pieces = [kit.table(view, name, rows, caption, numeric=numeric), kit.note(kit.rounding(view))]
    summary_ = escape(f"{w.text('table/data_behind')}: {w.name(q, short=True)}")
    html, tables = kit.together(pieces)
    return f"<details><summary>{summary_}</summary>{html}</details>", tables


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
    return kit.released(view, "R5", pieces or [kit.paragraph(view.words.text("coverage/no_checks"))])


def _checks(answer: Answer, view: View) -> kit.Piece:
    w = view.words
    rows = [
        {
            "check": check_name(c.name, w),
            "status": w.text(f"status/{status(c, answer.effect)}"),
            "meaning": check_sentence(c, answer.effect, w),
        }
        for c in answer.effect.checks
    ]
    caption = w.text("table/caption_checks", question=answer.asked.text[w.language])
    return kit.table(view, f"checks-{answer.asked.question.id}".replace("_", "-"), rows, caption)


def _windows(check: Check, answer: Answer, view: View) -> kit.Piece:
    if check.table is None or check.table.empty:
        return "", ()
    w, q = view.words, answer.asked.question
    levels = check.table.assign(
        estimate=check.table.level, low=check.table.level_low, high=check.table.level_high
    )
    rows = [
        {"window": kit.period(r.first, r.last), "estimate": kit.text_interval(r, view, q)}
        for r in levels.itertuples()
    ]
    caption = w.text("table/caption_windows", question=answer.asked.text[w.language])
    return kit.table(view, f"windows-{q.id}".replace("_", "-"), rows, caption, numeric=("estimate",))
