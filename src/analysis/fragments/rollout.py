"""Who began when, and units beside each other: words, tables and pictures of released values and settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from analysis.charts import Chart, intervals, style, timeline
from analysis.charts import funnel as funnel_chart
from analysis.charts.board import Row
from analysis.fragments import kit, pictures
from analysis.fragments.deviations import PAIR
from analysis.fragments.halves import Halves, last_day, named, why
from analysis.release import Released, ReleasedRows, Shown, side_by_side
from analysis.release.nested import bounds
from analysis.sentences import verdict_words

if TYPE_CHECKING:
    from analysis.area import Start, Unit
    from analysis.designs.funnel import Funnel
    from analysis.protocol import Asked
    from analysis.release import ReleasedBreakdown
    from analysis.view import Answer, View

NEEDED = 2  # units that can be held beside each other


class Beside(NamedTuple):
    """A question, and its answers by unit."""

    asked: Asked
    answers: Mapping[str, Answer]


class Held(NamedTuple):
    """A half-year of a measure, its units' shown values with limits, and how many units there are."""

    first: pd.Timestamp
    rows: ReleasedRows
    funnel: Funnel | None
    units: int


def starts(view: View, known: Sequence[Start], phase: int) -> Released:
    """Who begins a phase when.

    Parameters
    ----------
    view : View
        What may be told.
    known : sequence of Start
        From the area's settings.
    phase : int
        Of the work plan.

    Returns
    -------
    Released
        A sentence, a picture and a table of settings; a sentence where no date is known.
    """
    w = view.words
    dated = {(s.unit, s.party): s for s in known if s.phase == phase and s.start}
    if not dated:
        return kit.released(view, "static", [kit.paragraph(w.text("rollout/no_dates"))])
    units = [u for u in view.area.members if any(unit == u.id for unit, _ in dated)]
    days = [s.start for s in dated.values() if s.start]
    title = w.text("rollout/title_starts", first=w.month(min(days)), last=w.month(max(days)), n=len(units))
    mark = _invented(dated) == "invented"
    known_as = {one: _month(s.start, s.invented and mark, view) for one, s in dated.items() if s.start}
    rows = [row for unit in units for row in _starts_rows(unit, known_as, view)]
    both = ((unit.id, party.id) for unit in units for party in view.area.parties)
    places = [dated[one].start if one in dated else None for one in both]
    subtitle = w.text("rollout/subtitle_starts", phase=phase)
    words = pictures.frame(view, title, subtitle, mark=w.text("rollout/begins"))
    svg = timeline.draw(rows, places, words, language=w.language)
    said = " ".join(_told(unit.id, dated, view) for unit in units)
    table = kit.table(
        view, "starts", _starts_table(units, known_as, view), w.text("rollout/caption_starts", phase=phase)
    )
    lead = w.text("rollout/lead", first=w.month(min(days)), last=w.month(max(days)), units=len(units))
    notes = [kit.note(w.text(f"rollout/{_invented(dated)}"))] if _invented(dated) else []
    picture = pictures.figure(Chart(svg, f"{title}. {said}", title))
    return kit.released(view, "static", [kit.paragraph(lead), picture, table, *notes])


def _invented(dated: Mapping[tuple[str, str], Start]) -> str:
    """Whether all of the dates, or some of them, are invented: the key of what is said of it, or ""."""
    marks = {s.invented for s in dated.values()}
    return "" if True not in marks else "invented" if False in marks else "all_invented"


def _starts_rows(unit: Unit, known_as: Mapping[tuple[str, str], str], view: View) -> list[Row]:
    """A unit's heading and its parties."""
    w = view.words
    none = w.text("rollout/no_date")
    parties = [Row(p.name[w.language], known_as.get((unit.id, p.id), none)) for p in view.area.parties]
    return [Row(unit.name[w.language], is_heading=True), *parties]


def _month(day: date, is_marked: bool, view: View) -> str:
    """A start in words; marked as invented where not all are."""
    w = view.words
    return w.text("rollout/invented_month" if is_marked else "rollout/month", month=w.month(day))


def _told(unit: str, dated: Mapping[tuple[str, str], Start], view: View) -> str:
    """A unit's first and last start in one sentence."""
    w = view.words
    days = [s.start for (u, _), s in dated.items() if u == unit and s.start]
    shown = {"unit": w.units[unit], "first": w.month(min(days)), "last": w.month(max(days))}
    return w.text("rollout/unit_starts", **shown)


def _starts_table(
    units: Sequence[Unit], known_as: Mapping[tuple[str, str], str], view: View
) -> list[dict[str, str]]:
    w, none = view.words, view.words.text("rollout/no_date")
    return [
        {"party": p.name[w.language]} | {u.name[w.language]: known_as.get((u.id, p.id), none) for u in units}
        for p in view.area.parties
    ]


def order(view: View, known: Sequence[Start], phase: int) -> Released:
    """What the order of the starts can tell.

    Parameters
    ----------
    view : View
        With the answers of all reports.
    known : sequence of Start
        From the area's settings.
    phase : int
        Of the work plan.

    Returns
    -------
    Released
        Sentences: why no units are left to compare with, or where such answers stand.
    """
    w = view.words
    compared = [a for a in view.answers if a.asked.question.starts]
    if compared:
        said = [w.text("rollout/compared", question=a.asked.text[w.language]) for a in compared]
        return kit.released(view, "static", [kit.paragraph(text) for text in said])
    days = sorted(s.start for s in known if s.phase == phase and s.start)
    if not days:
        return kit.released(view, "static", [kit.paragraph(w.text("rollout/no_dates"))])
    months = 12 * (days[-1].year - days[0].year) + days[-1].month - days[0].month + 1
    n = len({s.unit for s in known if s.phase == phase and s.start})
    lead = w.text("rollout/no_comparison", n=n, months=months)
    return kit.released(view, "static", [kit.paragraph(lead), kit.paragraph(w.text("rollout/no_ranking"))])


def beside(view: View, found: Sequence[Beside]) -> Released:
    """The answers of all units to each question.

    Parameters
    ----------
    view : View
        What may be told.
    found : sequence of Beside
        The primary questions, the whole area first among their units.

    Returns
    -------
    Released
        A heading, a picture and a table a question.
    """
    pieces = [_beside(one, view) for one in found]
    known = pieces or [kit.paragraph(view.words.text("sensitivity/no_question"))]
    return kit.released(view, "R5", known)


def _beside(one: Beside, view: View) -> kit.Piece:
    w, q = view.words, one.asked.question
    told = side_by_side({unit: a.effect for unit, a in one.answers.items()})
    data = [
        {
            "unit": kit.label(w.units[row.name]),
            "effect": kit.marked(kit.text_interval(row, view, q), a.effect, view),
            "verdict": verdict_words(a.effect, w),
            "months": f"{a.effect.n_before}/{a.effect.n_after}",
        }
        for a, row in zip(one.answers.values(), told.table.itertuples(index=False), strict=True)
    ]
    identity = f"beside-{q.id}".replace("_", "-")
    head = f"<h3>{escape(one.asked.text[w.language])}</h3>", ()
    caption = w.text("rollout/caption_beside", question=one.asked.text[w.language])
    table = kit.table(view, identity, data, caption, numeric=("effect", "months"))
    if told.table.estimate.notna().sum() < NEEDED:
        return kit.together([head, kit.paragraph(w.text("rollout/too_few_answers")), table])
    notes = kit.weakened_note(view, [a.effect for a in one.answers.values()])
    return kit.together([head, _drawn(one, told, data, view), table, *notes])


def _drawn(one: Beside, told: ReleasedRows, data: Sequence[Mapping[str, str]], view: View) -> kit.Piece:
    w = view.words
    rows = [
        Row(said["unit"], said["effect"], tone=pictures.tone(verdict))
        for said, verdict in zip(data, told.table.verdict, strict=True)
    ]
    title = _beside_title(one, told, view)
    q = one.asked.question
    subtitle = w.text("rollout/subtitle_beside", name=w.name(q), counted=pictures.counted_in(q, w))
    words = pictures.frame(view, title, subtitle, line=w.text("sensitivity/nothing"))
    ratio = next(iter(one.answers.values())).effect.scale == "ratio"
    svg = intervals.draw(
        told, rows, words, nothing=float(ratio), percent=ratio, language=w.language, key=_key(told, view)
    )
    return pictures.figure(Chart(svg, f"{title}. {_spoken(data, view)}", title))


def _key(told: ReleasedRows, view: View) -> list[tuple[style.Mark, str]]:
    """The marks that are drawn, and their verdicts."""
    w = view.words
    drawn = told.table[told.table.estimate.notna()]
    tones = dict.fromkeys(pictures.tone(verdict) for verdict in drawn.verdict)
    return [(style.MARKS[tone], w.text(f"rollout/tone/{tone}")) for tone in tones]


def _spoken(data: Sequence[Mapping[str, str]], view: View) -> str:
    w = view.words
    return " ".join(
        w.text("rollout/alt_row", unit=row["unit"], effect=row["effect"], verdict=row["verdict"].lower())
        for row in data
    )


def _beside_title(one: Beside, told: ReleasedRows, view: View) -> str:
    """In how many of the members there is an answer, and how many of these are clear."""
    w, members = view.words, told.table[told.table.name != view.area.top.id]
    answered = members[members.estimate.notna()]
    shown = {
        "of": w.number(len(members)),
        "n": w.number(len(answered)),
        "name": w.name(one.asked.question, short=True),
    }
    better, worse = (int(answered.verdict.eq(v).sum()) for v in ("improved", "worsened"))
    counts = {"better": w.number(better), "worse": w.number(worse)}
    return w.text("rollout/title_beside", **shown, **counts)


def funnel(view: View, found: Sequence[tuple[Asked, Held | None]]) -> Released:
    """Each measure's units held against the limits of chance.

    Parameters
    ----------
    view : View
        What may be told.
    found : sequence of (Asked, Held or None)
        The primary questions' measures.

    Returns
    -------
    Released
        A picture and a table a measure; a sentence where it cannot be made.
    """
    pieces = [_funnel(asked, held, view) for asked, held in found]
    return kit.released(view, "R1-R4, R8", [*pieces, kit.note(view.words.text("rollout/funnel_note"))])


def _funnel(asked: Asked, held: Held | None, view: View) -> kit.Piece:
    w, q = view.words, asked.question
    name = w.name(q)
    head = f"<h3>{escape(w.name(q, short=True))}</h3>", ()
    if asked.measure.kind == "mean":
        return kit.together([head, kit.paragraph(w.text("rollout/funnel_mean", name=name))])
    if held is None or held.funnel is None or held.funnel.frame.position.isna().all():
        return kit.together([head, kit.paragraph(w.text("rollout/funnel_few", name=name))])
    table, period = held.rows.table, kit.period(held.first, last_day(held.first))
    base = dict(zip(held.funnel.frame.unit, held.funnel.frame.denominator, strict=True))
    data = [_limits(row, base[row.name], asked, view) for row in table.itertuples(index=False)]
    caption = w.text("rollout/caption_funnel", name=name, period=period)
    identity = f"funnel-{q.id}".replace("_", "-")
    numeric = ("denominator", "value", "limits_95", "limits_998")
    behind = kit.table(view, identity, data, caption, numeric=numeric)
    out = held.units - len(table)
    left = [kit.note(w.text("rollout/funnel_left", n=out))] if out else []
    return kit.together([head, _funnel_drawn(asked, held, period, view), behind, *left])


def _funnel_drawn(asked: Asked, held: Held, period: str, view: View) -> kit.Piece:
    w, q, table = view.words, asked.question, held.rows.table
    values = zip(table.name, table.value, strict=True)
    rows = [Row(w.units[name], _value(value, asked, view)) for name, value in values]
    title = _funnel_title(table, asked, view)
    together = w.text("rollout/together", value=_together(table.target.iloc[0], asked, view))
    subtitle = w.text("rollout/subtitle_funnel", name=w.name(q), period=period)
    words = pictures.frame(view, title, subtitle, line=together)
    key = [w.text("rollout/within"), w.text("rollout/beyond")]
    svg = funnel_chart.draw(held.rows, rows, words, percent=q.kind == "share", language=w.language, key=key)
    return pictures.figure(Chart(svg, f"{title}. {_said_of(rows, view)}", title))


def _funnel_title(table: pd.DataFrame, asked: Asked, view: View) -> str:
    """How many units lie beyond the wide limits, or which beyond the narrow ones, as the table shows them."""
    w = view.words
    places = table.apply(_place, axis=1)
    beyond, near = (table[places.eq(place)] for place in ("outside_998", "outside_95"))
    shown = {
        "n": w.number(len(beyond)),
        "of": w.number(len(table)),
        "name": w.name(asked.question, short=True),
    }
    if len(beyond):
        return w.text("rollout/title_beyond", **shown)
    *others, last = [w.units[name] for name in near.name] or [""]
    units = w.text("rollout/both", first=", ".join(others), last=last) if others else last
    return w.text("rollout/title_near" if units else "rollout/title_within", units=units, **shown)


def _said_of(rows: Sequence[Row], view: View) -> str:
    return " ".join(view.words.text("rollout/alt_value", unit=row.name, value=row.said) for row in rows)


def _limits(row: Any, base: float, asked: Asked, view: View) -> dict[str, str]:
    w = view.words
    ends = {}
    for name, level in (("limits_95", "95"), ("limits_998", "998")):
        low, high = getattr(row, f"low_{level}"), _value(getattr(row, f"high_{level}"), asked, view)
        is_share = asked.question.kind == "share"  # "77–78 %"
        first = w.number(100 * low) if is_share else _value(low, asked, view)
        ends[name] = w.text("rollout/from_to", low=first, high=high)
    value = Shown(_value(row.value, asked, view), row.value)
    cells = {"unit": w.units[row.name], "denominator": kit.count(base, view), "value": value, **ends}
    return cells | {"place": w.text(f"rollout/place/{_place(row)}")}


def _place(row: Any) -> str:
    """The key of where a value stands to the limits, which are told with fewer digits."""
    outside = [level for level in ("998", "95") if row.value < getattr(row, f"low_{level}")
               or row.value > getattr(row, f"high_{level}")]  # fmt: skip
    return f"outside_{outside[0]}" if outside else "inside"


def _together(value: float, asked: Asked, view: View) -> str:
    """The level of all units, of a share with a decimal: it lies between the units' own."""
    return view.words.percent(value, 1) if asked.question.kind == "share" else _value(value, asked, view)


def _value(value: float, asked: Asked, view: View) -> str:
    return view.words.value(value, asked.question.kind)


def parties(view: View, pairs: tuple[ReleasedBreakdown, Halves] | None) -> Released:
    """Deviations about each party, in a half-year before and in the same half-year after.

    Parameters
    ----------
    view : View
        What may be told.
    pairs : tuple of ReleasedBreakdown and Halves, optional
        Keys are "reporting>receiving"; the half-years that are set beside each other.

    Returns
    -------
    Released
        What the shown counts of the pairs can sum to; a sentence where they cannot be compared.
    """
    w = view.words
    told = {} if pairs is None or pairs[0].too_small or pairs[0].table.empty else pairs[1].known()
    if pairs is None or len(told) < NEEDED or not all(_is_shown(pairs[0], day) for day in told.values()):
        return kit.released(view, "R1, R11", [kit.paragraph(w.text("rollout/no_halves"))])
    names = {which: named(view, which, day) for which, day in told.items()}
    rows = [
        {"receiving": p.name[w.language]}
        | {name: _sum(pairs[0], p.id, told[which], view) for which, name in names.items()}
        for p in view.area.parties
    ]
    table = kit.table(
        view, "about-parties", rows, w.text("rollout/caption_parties"), numeric=tuple(names.values())
    )
    notes = [kit.note(w.text("rollout/parties_note")), *why(view, pairs[1])]
    return kit.released(view, "R1, R11", [table, *notes])


def _is_shown(pairs: ReleasedBreakdown, day: pd.Timestamp) -> bool:
    rows = pairs.table[pairs.table.period_start.eq(day)]
    return len(rows) > 0 and not rows.withheld.any()


def _sum(pairs: ReleasedBreakdown, party: str, day: pd.Timestamp, view: View) -> str:
    """What the shown counts about a party can sum to, from the least to the most."""
    w, table = view.words, pairs.table
    mine = table[table.period_start.eq(day) & table.key.str.endswith(f"{PAIR}{party}")]
    ends = [bounds(row.n, pd.isna(row.n), view.area.policy) for row in mine.itertuples()]
    low, high = sum(least for least, _ in ends), sum(most for _, most in ends)
    if low == high:
        return w.number(low)
    return w.text("rollout/from_to", low=w.number(low), high=w.number(high))
