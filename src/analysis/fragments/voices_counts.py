"""Who was asked and who answered, what open answers are about, what the weekly reports hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analysis.fragments import kit
from analysis.release import Released, ReleasedResponse, Shown, quotient
from analysis.surveys import Round, Surveys

if TYPE_CHECKING:
    from analysis.view import View

LOWEST_RATE, LARGEST_CHANGE = 0.50, 0.10  # as in `analysis.designs.ordinal`
FEWEST_KINDS = 3


class Response(NamedTuple):
    """A round and its released numbers by party ("all": of everybody); ``delivered`` says if any came."""

    round: Round
    numbers: Mapping[str, ReleasedResponse]
    delivered: bool


class Counted(NamedTuple):
    """Released counts of the values of a column (NaN is hidden), "" for those that are not named."""

    column: str
    round: str
    counts: Mapping[str, float]


class HalfYear(NamedTuple):
    """A party's weekly reports of a half-year: released counts, and the share of questions answered."""

    start: pd.Timestamp
    party: str
    problems: float
    questions: float
    answered_share: float


def responses(view: View, found: Sequence[Response], stated: Surveys) -> Released:
    """Who was asked and how many answered, by round and party.

    Parameters
    ----------
    view : View
        What may be told.
    found : sequence of Response
        Of the rounds that have ended.
    stated : Surveys
        The area's surveys, for names.

    Returns
    -------
    Released
        A table, and sentences on what is missing, silent or low.
    """
    w = view.words
    if not found:
        return kit.released(view, "R1 R3", [kit.paragraph(w.text("voices/no_rounds"))])
    rows = [_row(one, whom, view, stated) for one in found for whom in one.numbers]
    numeric = ("v_asked", "v_answered", "v_rate")
    table = kit.table(view, "responses", rows, w.text("voices/caption_responses"), numeric=numeric)
    said = [kit.paragraph(text) for text in _remarks(view, found, stated)]
    return kit.released(view, "R1 R3", [table, *said, kit.note(kit.rounding(view))])


def _row(one: Response, whom: str, view: View, stated: Surveys) -> dict[str, str]:
    w, numbers, own = view.words, one.numbers[whom], one.round
    names = {p.id: p.name[w.language] for p in view.area.parties}
    asked = kit.count(numbers.asked, view) if own.asked else w.text("voices/not_known")
    answered = kit.count(numbers.answered, view) if one.delivered else w.text("table/no_value")
    rate = Shown(w.percent(numbers.rate), numbers.rate) if one.delivered else w.text("table/no_value")
    if one.delivered and own.asked and numbers.answered == 0:  # known, so no dash
        rate = w.text("voices/nobody")
    return {
        "v_survey": _survey(own, view, stated),
        "v_days": f"{w.day(own.first_day)} – {w.day(own.last_day)}",
        "v_party": names.get(whom, w.text("voices/everybody")),
        "v_asked": asked,
        "v_answered": answered,
        "v_rate": rate,
    }


def _survey(own: Round, view: View, stated: Surveys) -> str:
    name = _named(own.survey, "survey", view, stated)
    return f"{name} {own.round}".rstrip()


def _named(value: str, column: str, view: View, stated: Surveys) -> str:
    """How a page calls a value; what the area's settings do not name is others."""
    names = stated.names.get(column, {})
    return names[value][view.words.language] if value in names else view.words.text("voices/others")


def _remarks(view: View, found: Sequence[Response], stated: Surveys) -> list[str]:
    """What is missing, silent, low or has changed."""
    w, said = view.words, []
    for one in found:
        name = _survey(one.round, view, stated)
        silent = [p.name[w.language] for p in view.area.parties
                  if p.id in one.numbers and one.numbers[p.id].answered == 0]  # fmt: skip
        if not one.delivered:
            said.append(w.text("voices/not_delivered", survey=name))
        elif silent:
            said.append(w.text("voices/silent", survey=name, parties=", ".join(silent)))
    unknown = [_survey(one.round, view, stated) for one in found if not one.round.asked]
    if unknown:
        said.append(w.text("voices/open_link", surveys="; ".join(unknown)))
    if _is_doubtful(found):
        limits = {"lowest": w.percent(LOWEST_RATE), "change": w.number(100 * LARGEST_CHANGE)}
        said.append(w.text("voices/low_rate", **limits))
    return said


def _is_doubtful(found: Sequence[Response]) -> bool:
    """Whether a shown rate of the rounds compared is low, or has changed much."""
    rates: dict[tuple[str, str], list[float]] = {}
    for one in found:
        for whom, numbers in one.numbers.items():
            if one.round.period and not isnan(numbers.rate):
                rates.setdefault((one.round.survey, whom), []).append(numbers.rate)
    return any(min(own) < LOWEST_RATE or max(own) - min(own) > LARGEST_CHANGE for own in rates.values())


def kinds(view: View, found: Sequence[Counted], stated: Surveys, *, caption: str, name: str) -> Released:
    """Counts of what open answers were coded as, or of who answered, a table a column.

    Parameters
    ----------
    view : View
        What may be told.
    found : sequence of Counted
        Of the columns, each in one round or several; none says that there are no answers.
    stated : Surveys
        The area's surveys, for names.
    caption : str
        Key of the tables' caption, in the section "voices".
    name : str
        Beginning of the tables' ids.

    Returns
    -------
    Released
        Rounded counts and, of one round, shares of their sum; a sentence where they are too few.
    """
    w = view.words
    if not found:
        return kit.released(view, "R1", [kit.paragraph(w.text("voices/none_delivered"))])
    pieces = []
    for column in dict.fromkeys(one.column for one in found):
        own = [one for one in found if one.column == column]
        if any(sum(n != 0 for n in one.counts.values()) < FEWEST_KINDS for one in own):
            pieces.append(kit.paragraph(w.text("voices/too_few", what=w.text(f"voices/column/{column}"))))
            continue
        said = w.text(f"voices/{caption}", what=w.text(f"voices/column/{column}"))
        rows = _of_kinds(view, own, stated)
        pieces.append(
            kit.table(view, f"{name}-{column}".replace("_", "-"), rows, said, numeric=tuple(rows[0])[1:])
        )
    if any(one.round == "" for one in found):
        pieces.append(kit.note(w.text("voices/web_note")))
    return kit.released(view, "R1 R3 R11", [*pieces, kit.note(kit.rounding(view))])


def _of_kinds(view: View, own: Sequence[Counted], stated: Surveys) -> list[dict[str, str]]:
    w, column = view.words, own[0].column
    rows = []
    values = dict.fromkeys(value for one in own for value in one.counts)
    first = own[0].counts
    for value in sorted(values, key=lambda v: (v == "", -first[v] if first.get(v, 0) > 0 else 0)):
        named = w.has(f"voices/{column}/{value}")
        name = w.text(f"voices/{column}/{value}") if named else _named(value, column, view, stated)
        row: dict[str, str] = {f"v_{column}": name}
        for one in own:
            row[one.round or "v_answers"] = kit.count(one.counts.get(value, 0), view)
        if len(own) == 1:
            total = sum(n for n in own[0].counts.values() if not isnan(n))
            share = quotient(own[0].counts[value], total, "share", view.area.policy)
            row["v_share"] = Shown(w.percent(share), share)
        rows.append(row)
    return rows


def weekly(view: View, found: Sequence[HalfYear]) -> Released:
    """Problems and questions of the weekly reports, by whole half-year and party.

    Parameters
    ----------
    view : View
        What may be told.
    found : sequence of HalfYear
        In order of time.

    Returns
    -------
    Released
        A table; a sentence where no half-year is whole.
    """
    w = view.words
    if not found:
        return kit.released(view, "R1 R2 R3", [kit.paragraph(w.text("voices/no_half_year"))])
    names = {p.id: p.name[w.language] for p in view.area.parties}
    rows = [
        {
            "v_period": kit.period(one.start, one.start + pd.DateOffset(months=5)),
            "v_party": names[one.party],
            "v_problems": kit.count(one.problems, view),
            "v_questions": kit.count(one.questions, view),
            "v_answered_share": Shown(w.percent(one.answered_share), one.answered_share),
        }
        for one in found
    ]
    numeric = ("v_problems", "v_questions", "v_answered_share")
    table = kit.table(view, "weekly", rows, w.text("voices/caption_weekly"), numeric=numeric)
    notes = [kit.note(w.text("voices/weekly_note")), kit.note(kit.rounding(view))]
    return kit.released(view, "R1 R2 R3", [table, *notes])


def only_whole_area(view: View) -> Released:
    """A sentence: this is told of the whole area only."""
    said = escape(view.words.text("voices/only_whole"))
    return kit.released(view, "static", [(f"<p>{said}</p>", ())])
