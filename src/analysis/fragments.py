"""The fragments of a report page: tables, charts and sentences, made only of released values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import figures, release
from analysis.designs.effect import Check
from analysis.limits import family_text, protocol_text
from analysis.release import FACTS, Released
from analysis.sentences import check_name, check_sentence, detectable, finding, headline, status
from analysis.tables_html import html_table, scroll_box, verdict_chip

if TYPE_CHECKING:
    from analysis.study import Answer, Study


@dataclass(frozen=True)
class Facts:
    """The answers in numbers, rounded as the report shows them."""

    released: Released
    rows: tuple[dict[str, Any], ...]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        html = self.released._repr_mimebundle_()
        return html | {
            FACTS: list(self.rows),
            "text/plain": json.dumps(self.rows, ensure_ascii=False, indent=1),
        }


def coverage(study: Study) -> Released:
    """What was delivered.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    Released
        A sentence and a table.
    """
    w, policy = study.words, study.area.policy
    rows = []
    records = pd.DataFrame([vars(r) for r in study.store.records()])
    for table, group in records.groupby("table", sort=True):
        rows.append(
            {
                "table": w.text(f"table/{table}"),
                "period": _months_of(group) or w.text("table/no_value"),
                "deliveries": len(group),
                "accepted": _count(int(group.accepted.sum()), study),
                "quarantined": _count(int(group.quarantined.sum()), study),
            }
        )
    lead = w.text("coverage/lead", as_of=w.day(study.as_of), stated_on=w.day(study.area.questions_stated_on))
    note = w.text("table/rounding", hide=policy.hide_up_to, round=policy.round_to)
    if any(a.question.start <= study.area.questions_stated_on for a in study.asked):
        lead = f"{lead} {w.text('coverage/stated_after')}"
    table_ = _table(study, pd.DataFrame(rows), "table/caption_coverage", numeric=("accepted", "quarantined"))
    return _released(study, f"<p>{escape(lead)}</p>{table_}<p class='note'>{escape(note)}</p>", "R1, R15")


def _months_of(deliveries: pd.DataFrame) -> str:
    """From the first month of the rows to the last; "" when no delivery has rows with a month."""
    known = deliveries[deliveries.first_month.ne("")]
    return f"{known.first_month.min()} – {known.last_month.max()}" if len(known) else ""


def summary(study: Study) -> Released:
    """All answers in one table.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    Released
        One row a question.
    """
    w = study.words
    rows = [
        {
            "question": a.asked.text[w.language],
            "effect": _interval(a, study),
            "verdict": w.text(f"verdict/{a.effect.verdict}"),
            "mde": detectable(a.effect, w),
            "months": f"{a.effect.n_before}/{a.effect.n_after}",
        }
        for a in study.answers
    ]
    caption = w.text("table/caption_answers", unit=study.unit.name[w.language])
    said = f"{w.text('table/verdict_note')} {family_text(study)}".rstrip()
    note = f"<p class='note'>{escape(said)}</p>"
    return _released(study, _table(study, pd.DataFrame(rows), caption, row_header="question") + note, "R5")


def sections(study: Study) -> Released:
    """Question by question.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    Released
        Verdict, sentences, charts and the figures behind them.
    """
    parts = [_section(a, study) for a in study.answers]
    return _released(study, "".join(parts), "R1-R5, R8")


def _section(answer: Answer, study: Study) -> str:
    w, effect = study.words, answer.effect
    identity = f"q-{answer.asked.question.id}".replace("_", "-")
    chip = verdict_chip(effect.verdict, w.text(f"verdict/{effect.verdict}"))
    first, *rest = [headline(effect, w) + ".", *finding(effect, w)]
    sentences = " ".join(rest)
    question = escape(answer.asked.text[w.language])
    charts = "".join(
        f'<figure class="figure">{scroll_box(c.html, label=c.title)}</figure>'
        for c in figures.charts(answer, study)
    )
    return (
        f'<section aria-labelledby="{identity}"><h3 id="{identity}">{question}</h3>'
        f'<div class="answer">{chip}<p class="finding">{escape(first)}</p><p>{escape(sentences)}</p></div>'
        f"{charts}{_behind(answer, study)}</section>"
    )


def _behind(answer: Answer, study: Study) -> str:
    """The released figures behind the charts, folded."""
    w, q, table = study.words, answer.asked.question, answer.shown.table
    frame = pd.DataFrame(
        {
            "period_start": [_period(r, answer.shown.level) for r in table.itertuples()],
            "numerator": [_shown(n, study) for n in table.numerator],
            "denominator": [w.number(d) for d in table.denominator],
            "value": [w.value(v, q.kind) for v in table.value],
        }
    )
    caption = w.text("table/caption_series", name=w.name(q))
    html = _table(
        study, frame, caption, row_header="period_start", numeric=("numerator", "denominator", "value")
    )
    policy = study.area.policy
    note = w.text("table/rounding", hide=policy.hide_up_to, round=policy.round_to)
    summary_ = escape(f"{w.text('table/data_behind')}: {w.name(q, short=True)}")
    return f"<details><summary>{summary_}</summary>{html}<p class='note'>{escape(note)}</p></details>"


def sensitivity(study: Study) -> Released:
    """The checks of every answer.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    Released
        One table a question, and the other windows tried.
    """
    parts = []
    for answer in study.answers:
        if answer.effect.checks:
            parts.append(_checks(answer, study))
            parts += [_windows(c, answer, study) for c in answer.effect.checks if c.name == "window"]
    return _released(study, "".join(parts) or f"<p>{study.words.text('coverage/no_checks')}</p>", "R5")


def _checks(answer: Answer, study: Study) -> str:
    w = study.words
    rows = [
        {
            "check": check_name(c.name, w),
            "status": w.text(f"status/{status(c)}"),
            "meaning": check_sentence(c, answer.effect, w),
        }
        for c in answer.effect.checks
    ]
    caption = w.text("table/caption_checks", question=answer.asked.text[w.language])
    return _table(study, pd.DataFrame(rows), caption, row_header="check")


def _windows(check: Check, answer: Answer, study: Study) -> str:
    if check.table is None or check.table.empty:
        return ""
    w, q = study.words, answer.asked.question
    levels = check.table.assign(
        estimate=check.table.level, low=check.table.level_low, high=check.table.level_high
    )
    rows = [
        {"window": f"{_month(r.first)} – {_month(r.last)}", "estimate": _text_interval(r, study, q)}
        for r in levels.itertuples()
    ]
    caption = w.text("table/caption_windows", question=answer.asked.text[w.language])
    return _table(study, pd.DataFrame(rows), caption, row_header="window", numeric=("estimate",))


def by_kind(study: Study) -> Released:
    """Deviations by kind, over the whole period.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    Released
        Counts for the whole period (R1), the total rounded by itself (R2).
    """
    counts = study.facts("deviations").category.value_counts()
    kinds = [(c.name[study.words.language], int(counts.get(c.id, 0))) for c in study.area.categories]
    kinds.append((study.words.text("table/total"), int(counts.sum())))
    rows = [{"category": name, "numerator": _count(n, study)} for name, n in kinds]
    frame = pd.DataFrame(rows)
    html = _table(study, frame, "table/caption_categories", row_header="category", numeric=("numerator",))
    return _released(study, html, "R1, R2")


def between_parties(study: Study) -> Released:
    """Who reports about whom.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    Released
        Reporting party by receiving party, counts for the whole period (R1).
    """
    w, facts = study.words, study.facts("deviations")
    names = {p.id: p.name[w.language] for p in study.area.parties}
    counts = pd.crosstab(facts.reporting_party, facts.receiving_party)
    counts = counts.reindex(index=list(names), columns=list(names), fill_value=0)
    frame = pd.DataFrame(
        {"reporting": list(names.values())}
        | {name: [_count(int(n), study) for n in counts[p]] for p, name in names.items()}
    )
    html = _table(
        study, frame, "table/caption_parties", row_header="reporting", numeric=tuple(names.values())
    )
    return _released(study, html, "R1")


def key_facts(study: Study) -> Facts:
    """The answers in numbers.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    Facts
        One row a question, rounded to two decimals.
    """
    rows = []
    for a in study.answers:
        e = a.effect
        row: dict[str, Any] = {"question": a.asked.question.id}
        for name in ("estimate", "low", "high"):
            value = float("nan") if e.verdict == "too_little_data" else getattr(e, name)
            row[name] = None if isnan(value) else round(value, 2)
        rows.append(row | {"n_before": e.n_before, "n_after": e.n_after, "verdict": e.verdict})
    return Facts(summary(study), tuple(rows))


def provenance(study: Study, version: str) -> Released:
    """Definitions, methods, data and program.

    Parameters
    ----------
    study : Study
        The study.
    version : str
        Of the program.

    Returns
    -------
    Released
        A table of two columns.
    """
    w, area = study.words, study.area
    policy = w.text(
        "provenance/policy_text",
        hide=area.policy.hide_up_to,
        round=area.policy.round_to,
        decided_by=area.policy.decided_by.get(w.language, "–"),
    )
    items = {
        "area": area.name[w.language],
        "unit": study.unit.name[w.language],
        "as_of": w.day(study.as_of),
        "stated_on": w.day(area.questions_stated_on),
        "protocol": protocol_text(study),
        "policy": policy,
        "store": study.store.digest(),
        "software": f"analysis {version}",
    }
    rows = [{"item": w.text(f"provenance/{k}"), "content": v} for k, v in items.items()]
    kinds = {_method(a) for a in study.answers}
    rows += [
        {"item": w.text("provenance/method"), "content": w.text(f"provenance/method_{k}")}
        for k in sorted(kinds)
    ]
    for measure in {a.asked.measure.name: a.asked.measure for a in study.answers}.values():
        label = f"{w.text('provenance/definition')}: {w.text(f'measure/{measure.name}/short')}"
        text = w.text(f"measure/{measure.name}/definition", lag=measure.lag_days)
        rows.append({"item": label, "content": text})
    return _released(
        study, _table(study, pd.DataFrame(rows), "table/caption_provenance", row_header="item"), "R14"
    )


def _method(answer: Answer) -> str:
    """Which of the methods' texts tells how an answer was made."""
    if answer.asked.design == "staggered":
        return "of_units"
    return "mean" if answer.asked.question.kind == "mean" else "count"


def _released(study: Study, html: str, rule: str) -> Released:
    return Released(html, rule, study.words.language)


def _table(
    study: Study,
    frame: pd.DataFrame,
    caption: str,
    *,
    row_header: str | None = None,
    numeric: tuple[str, ...] = (),
) -> str:
    w = study.words
    headings = {str(c): w.text(f"table/{c}") for c in frame.columns if w.has(f"table/{c}")}
    caption = w.text(caption) if w.has(caption) else caption
    return html_table(
        frame,
        caption=caption,
        row_header=row_header or str(frame.columns[0]),
        headings=headings,
        numeric=numeric,
    )


def _count(value: int, study: Study) -> str:
    return _shown(release.count(value, study.area.policy), study)


def _shown(rounded: float, study: Study) -> str:
    if isnan(rounded):
        return study.words.text("table/hidden", hide=study.area.policy.hide_up_to)
    return study.words.number(rounded)


def _interval(answer: Answer, study: Study) -> str:
    effect = answer.effect
    if effect.verdict == "too_little_data":
        return study.words.text("table/no_value")
    return _text_interval(effect, study, answer.asked.question)


def _text_interval(row: Any, study: Study, question: Any) -> str:
    w = study.words
    if isnan(row.estimate):
        return w.text("table/no_value")
    low, high = w.change(row.low, question), w.change(row.high, question)
    return w.text("table/interval", estimate=w.change(row.estimate, question), low=low, high=high)


def _month(day: Any) -> str:
    return f"{day:%Y-%m}" if pd.notna(day) else ""


def _period(row: Any, level: str) -> str:
    if level == "month":
        return f"{row.period_start:%Y-%m}"
    return f"{row.period_start:%Y-%m} – {row.period_end:%Y-%m}"
