"""How much the answers hang on choices, in words, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any

from analysis.charts import Chart, detectable, intervals
from analysis.charts.board import Row
from analysis.fragments import kit, pictures, steady
from analysis.judged import STABLE, is_weakened, outcome, status
from analysis.limits import is_stated_after
from analysis.release import Released, ReleasedRows, ReleasedSpecifications, fragment
from analysis.sentences import check_name, verdict_words

if TYPE_CHECKING:
    from analysis.view import Answer, View

Tried = ReleasedSpecifications
MUCH = 0.2  # of the smallest change that is seen today
NUMERIC = ("now", "after_6", "after_12", "after_24", "found")


def in_brief(view: View, tried: Mapping[str, Tried]) -> Released:
    """Each question with its verdict, how it stands other choices, and the checks that do not hold.

    Parameters
    ----------
    view : View
        With the answers of all reports.
    tried : mapping of str to ReleasedSpecifications
        By question.

    Returns
    -------
    Released
        A sentence and a table; how many models agree with each answer as facts.
    """
    w = view.words
    if not view.answers:
        return kit.released(view, "R5", [kit.paragraph(w.text("sensitivity/no_question"))])
    rows = [
        {
            "question": a.asked.text[w.language],
            "verdict": verdict_words(a.effect, w),
            "specifications": _specified(a, tried.get(a.asked.question.id), view),
            "failed": _failed(a, view),
        }
        for a in view.answers
    ]
    caption = w.text("sensitivity/caption_brief", unit=view.unit.name[w.language])
    said = [kit.paragraph(_sum_up(view, tried)), kit.table(view, "sensitivity", rows, caption)]
    html, tables = kit.together([*said, kit.note(w.text("sensitivity/brief_note"))])
    return fragment(html, "R5", w.language, tables, _facts(view, tried))


def _facts(view: View, tried: Mapping[str, Tried]) -> tuple[dict[str, Any], ...]:
    """How many models say what each answer says, for the overview."""
    known = [(a, tried.get(a.asked.question.id)) for a in view.answers]
    return tuple(
        {"question": a.asked.question.id, "n_models": one.n, "n_agree": steady.agreeing(a.effect, one)}
        for a, one in known
        if one and one.n and not is_weakened(a.effect)
    )


def _sum_up(view: View, tried: Mapping[str, Tried]) -> str:
    """Which answers nearly all models agree with, and in how many each of the others stands."""
    w, stable, others = view.words, [], []
    told = [(a, tried[a.asked.question.id]) for a in view.answers if a.asked.question.id in tried]
    for answer, one in [(a, one) for a, one in told if one.n]:
        name = w.name(answer.asked.question, short=True)
        if steady.is_stable(answer.effect, one):
            stable.append(name)
        else:
            shown = {"n": w.number(one.n), "agree": w.number(steady.agreeing(answer.effect, one))}
            others.append(w.text("sensitivity/agree", name=name, **shown))
    limit = w.percent(STABLE)
    said = [w.text("sensitivity/stable", limit=limit, names="; ".join(stable))] if stable else []
    said += [w.text("sensitivity/sensitive", names="; ".join(others))] if others else []
    return " ".join(said) or w.text("sensitivity/outcomes_only")


def _specified(answer: Answer, one: Tried | None, view: View) -> str:
    w = view.words
    if one is None:
        few = answer.effect.verdict == "too_little_data"
        return w.text("table/no_value" if few else "sensitivity/not_tried")
    if not one.n:
        return w.text(f"sensitivity/outcome/{outcome(one.check)}")
    if not one.n_clear and not one.n_other:
        return w.text("sensitivity/clear_none", n=w.number(one.n))
    key = "sensitivity/clear_both" if one.n_other else "sensitivity/clear"
    shown = {"n": w.number(one.n), "clear": w.number(one.n_clear)}
    return w.text(key, **shown, other=w.number(one.n_other)) if one.n_other else w.text(key, **shown)


def _failed(answer: Answer, view: View) -> str:
    """The checks that do not support the answer, of how many, and how many could not be tested."""
    w, effect = view.words, answer.effect
    found = [(c, status(c, effect)) for c in effect.checks]
    against = [check_name(c.name, w) for c, said in found if c.passed is False and said != "true"]
    n = sum(c.passed is not None for c, _ in found)
    untried = sum(said == "none" for _, said in found)
    if not n + untried:
        return w.text("table/no_value")
    if not n:
        return w.text("sensitivity/all_untried")
    shown = {"n": w.number(n), "failed": w.number(len(against)), "names": " ".join(against)}
    told = w.text("sensitivity/some_failed" if against else "sensitivity/none_failed", **shown)
    return w.text("sensitivity/untried", told=told, n=w.number(untried)) if untried else told


def specifications(view: View, tried: Mapping[str, Tried]) -> Released:
    """Each answer as stated and with one choice made otherwise.

    Parameters
    ----------
    view : View
        With the answers of all reports.
    tried : mapping of str to ReleasedSpecifications
        By question.

    Returns
    -------
    Released
        A heading, a sentence, a picture and its table for each question whose numbers may be told; a
        sentence where there is none.
    """
    w = view.words
    told = [(a, tried[a.asked.question.id]) for a in view.answers if a.asked.question.id in tried]
    sections = [_section(a, one, view) for a, one in told if not one.rows.table.empty]
    if not sections:
        return kit.released(view, "R5", [kit.paragraph(w.text("sensitivity/outcomes_only"))])
    return kit.released(view, "R5", [*_stated(view), *sections])


def _stated(view: View) -> list[kit.Piece]:
    """Whether the model was chosen before the start; nothing where no protocol shows it."""
    if is_stated_after(view.area):
        return [kit.paragraph(view.words.text("sensitivity/stated_after"))]
    kept = view.adherence.state == "followed"
    return [kit.paragraph(view.words.text("sensitivity/stated_before"))] if kept else []


def _section(answer: Answer, one: Tried, view: View) -> kit.Piece:
    w, q = view.words, answer.asked.question
    table = one.rows.table
    written = [kit.text_interval(row, view, q) for row in table.itertuples()]
    names = [_option(row, view) for row in table.itertuples()]
    title, alt = _title(answer, one, view), _range(answer, one, view)
    rows = [
        Row(name, said, tone=pictures.tone(_judged(row, answer)))
        for name, said, row in zip(names, written, table.itertuples(), strict=True)
    ]
    shown = {"name": w.name(q), "unit": view.unit.name[w.language], "counted": pictures.counted_in(q, w)}
    subtitle = w.text("sensitivity/subtitle", **shown)
    words = pictures.frame(view, title, subtitle, line=w.text("sensitivity/nothing"))
    svg = intervals.draw(
        one.rows, rows, words, nothing=_nothing(answer), percent=q.kind != "mean", language=w.language
    )
    caption = w.text("sensitivity/caption_specifications", question=answer.asked.text[w.language])
    data = [{"choice": name, "estimate": said} for name, said in zip(names, written, strict=True)]
    identity = f"specifications-{q.id}".replace("_", "-")
    head = f'<h3 id="{identity}">{escape(answer.asked.text[w.language])}</h3>', ()
    name = f"choice-{q.id}".replace("_", "-")
    folded = kit.table(view, name, data, caption, numeric=("estimate",))
    picture = pictures.figure(Chart(svg, f"{title}. {alt}", title))
    return kit.together([head, kit.paragraph(alt), picture, _folded(folded, answer, view)])


def _folded(piece: kit.Piece, answer: Answer, view: View) -> kit.Piece:
    w = view.words
    name = escape(f"{w.text('table/data_behind')}: {w.name(answer.asked.question, short=True)}")
    return f"<details><summary>{name}</summary>{piece[0]}</details>", piece[1]


def _title(answer: Answer, one: Tried, view: View) -> str:
    w = view.words
    name = w.name(answer.asked.question, short=True)
    shown = {"name": name, "n": w.number(one.n), "clear": w.number(one.n_clear)}
    key = "none" if not one.n_clear else "all" if one.n_clear == one.n else "some"
    return w.text(f"sensitivity/title/{key}", **shown)


def _range(answer: Answer, one: Tried, view: View) -> str:
    """From what to what the estimates shown go, and that of the stated one."""
    w, q, table = view.words, answer.asked.question, one.rows.table
    low, high = (w.change(value, q) for value in (table.estimate.min(), table.estimate.max()))
    stated = w.change(answer.effect.estimate, q)
    shown = {"n": w.number(len(table) - 1), "low": low, "high": high, "stated": stated}
    other = w.text("sensitivity/other_side", n=w.number(one.n_other)) if one.n_other else ""
    same = "" if one.n_other else w.text("sensitivity/same_side")
    return f"{w.text('sensitivity/range', **shown)} {other}{same}"


def _option(row: Any, view: View) -> str:
    """A choice made otherwise, in words."""
    w = view.words
    if row.choice == "transition":
        months = int(row.option)
        way = "later" if months > 0 else "earlier"
        return w.text(f"sensitivity/transition/{way}", n=w.number(abs(months)))
    if row.choice == "baseline" and row.option.isdigit():
        return w.text("sensitivity/baseline_months", n=row.option)
    key = f"{row.choice}_{row.option}".rstrip("_")
    return w.text(f"sensitivity/choice/{key}")


def _judged(row: Any, answer: Answer) -> str:
    """Improved or worsened where the interval is clear, and the answer itself is."""
    nothing = _nothing(answer)
    is_clear = row.low > nothing or row.high < nothing
    if not is_clear or answer.effect.verdict not in pictures.TONES:
        return "plain"
    way = "higher" if row.estimate > nothing else "lower"
    return "improved" if way == answer.asked.question.better else "worsened"


def _nothing(answer: Answer) -> float:
    return 1.0 if answer.effect.scale == "ratio" else 0.0


def smallest(view: View, found: Mapping[str, ReleasedRows]) -> Released:
    """The smallest change that would be found, now and with more months.

    Parameters
    ----------
    view : View
        With the answers of all reports.
    found : mapping of str to ReleasedRows
        ``more, mde`` by question.

    Returns
    -------
    Released
        A sentence, pictures where later months are told, and a table.
    """
    w = view.words
    answers = [a for a in view.answers if a.asked.question.id in found]
    if not answers:
        return kit.released(view, "R5", [kit.paragraph(w.text("sensitivity/no_question"))])
    rows = [_row(a, found[a.asked.question.id], view) for a in answers]
    caption = w.text("sensitivity/caption_smallest", unit=view.unit.name[w.language])
    table = kit.table(view, "smallest", rows, caption, numeric=NUMERIC)
    drawn = [a for a in answers if len(found[a.asked.question.id].table) > 1]
    kinds = [[a for a in drawn if (a.effect.scale == "ratio") is is_ratio] for is_ratio in (True, False)]
    charts = [_ahead(some, found, view) for some in kinds if some]
    notes = [w.text("sensitivity/smallest_note")]
    if len(drawn) < len(answers):
        notes.append(w.text("sensitivity/ahead_untold"))
    return kit.released(view, "R5", [*charts, table, *(kit.note(text) for text in notes)])


def _row(answer: Answer, rows: ReleasedRows, view: View) -> dict[str, str]:
    w, table = view.words, rows.table
    known = dict(zip(table.more.astype(int), table.mde, strict=True))
    names = {"now": 0, "after_6": 6, "after_12": 12, "after_24": 24}
    cells = {name: _change(known.get(more, float("nan")), answer, view) for name, more in names.items()}
    return {"question": answer.asked.text[w.language], **cells, "found": _found(answer, view)}


def _found(answer: Answer, view: View) -> str:
    """The effect, to be held against it."""
    w, effect = view.words, answer.effect
    if effect.verdict == "too_little_data":
        return verdict_words(effect, w)
    return w.change(effect.estimate, answer.asked.question)


def _change(value: float, answer: Answer, view: View) -> str:
    w = view.words
    if isnan(value):
        return w.text("table/no_value")
    return w.change(value, answer.asked.question)  # with its unit: the rows have several


def _ahead(answers: Sequence[Answer], found: Mapping[str, ReleasedRows], view: View) -> kit.Piece:
    w = view.words
    tables = [found[a.asked.question.id] for a in answers]
    is_ratio = answers[0].effect.scale == "ratio"
    rows = [
        Row(w.name(a.asked.question, short=True), _change(one.table.mde.iloc[0], a, view))
        for a, one in zip(answers, tables, strict=True)
    ]
    title = _ahead_title(answers, tables, view)
    subtitle = w.text(f"sensitivity/subtitle_{'ratio' if is_ratio else 'difference'}")
    words = pictures.frame(view, title, subtitle, line=w.text("sensitivity/nothing"))
    key = [w.text("sensitivity/now"), *(w.text("sensitivity/ahead", n=n) for n in (6, 12, 24))]
    svg = detectable.draw(
        tables, rows, words, nothing=float(is_ratio), percent=is_ratio, language=w.language, key=key
    )
    said = [
        w.text(
            "sensitivity/alt_row", name=row.name, now=row.said, later=_change(one.table.mde.iloc[-1], a, view)
        )
        for row, one, a in zip(rows, tables, answers, strict=True)
    ]
    return pictures.figure(Chart(svg, f"{title}. {' '.join(said)}", title))


def _ahead_title(answers: Sequence[Answer], tables: Sequence[ReleasedRows], view: View) -> str:
    """In how many of the questions a much smaller change could be seen with the most months more."""
    w = view.words
    nothing = _nothing(answers[0])
    sizes = [abs(one.table.mde - nothing) for one in tables]
    n = sum(bool(size.iloc[-1] <= (1 - MUCH) * size.iloc[0] + 1e-9) for size in sizes)
    key = "none" if not n else "all" if n == len(sizes) else "some"
    shown = {"n": w.number(n), "of": w.number(len(sizes))} if key == "some" else {}
    return w.text(f"sensitivity/title_ahead_{key}", **shown)
