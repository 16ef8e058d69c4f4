"""How far SIP cases get: tables before and after, one chart, sentences from the shown shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isnan
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analysis.charts import Chart
from analysis.charts import steps as chart
from analysis.fragments import kit
from analysis.fragments.halves import Halves, why
from analysis.fragments.outcomes import half_value
from analysis.release import Released
from analysis.release import Shown as Cell
from analysis.tables_html import scroll_box

if TYPE_CHECKING:
    from analysis.area import Area
    from analysis.release import ReleasedBreakdown, ReleasedRows, ReleasedSeries
    from analysis.view import View
    from analysis.words import Words

PAIR = ">"  # between the place and the offer in the key of a case
STATUS = ("not_offered", "cannot", "declined", "offered", "called", "held", "drawn_up")
OFFERED = STATUS[2:]
CHARTED = ("offered", "called", "held", "drawn_up")
PER = 1000.0  # discharges: what the cases are counted per
DISTANT = 0.05  # shares that differ by less are called alike


class Shown(NamedTuple):
    """Steps that may be told, the periods that they are of, and the counts that they are made of."""

    rows: ReleasedRows
    pair: tuple[pd.Timestamp | None, pd.Timestamp | None]
    counts: ReleasedBreakdown


class Base(NamedTuple):
    """What the modelled share is of: its series, that of the cases in need, if it is of all discharges."""

    offered: ReleasedSeries | None
    needed: ReleasedSeries | None
    of_all: bool


@dataclass(frozen=True)
class Parts:
    """One way to part the cases: every key, the steps shown, and by step the keys that shares are of."""

    keys: Sequence[str]
    steps: Mapping[str, Sequence[str]]
    base: Mapping[str, Sequence[str]]


def _each(keys: Sequence[str], none: Sequence[str] = ("none",)) -> Parts:
    """Every key a step of its own, as a share of all that are something."""
    return Parts([*keys, *none], {key: [key] for key in keys}, {key: list(keys) for key in keys})


def _of_status(area: Area) -> Parts:
    del area
    steps = {"needed": STATUS, "not_offered": STATUS[:1], "cannot": STATUS[1:2], "offered": OFFERED}
    later = {name: STATUS[STATUS.index(name) :] for name in ("called", "held", "drawn_up")}
    steps |= {"declined": STATUS[2:3], **later}
    return Parts(STATUS, steps, dict.fromkeys(steps, STATUS))


def _of_place(area: Area) -> Parts:
    del area
    keys = [PAIR.join((place, offer)) for place in ("short_term", "other") for offer in ("offered", "rest")]
    steps = {"short_term": keys[:1], "other": keys[2:3]}
    return Parts(keys, steps, {"short_term": keys[:2], "other": keys[2:]})


PARTS: Mapping[str, Callable[[Area], Parts]] = {
    "status": _of_status,
    "summons": lambda _: _each(("early", "in_time", "late", "unknown")),
    "caller": lambda area: _each([*(p.id for p in area.parties), "unknown"]),
    "timing": lambda _: _each(("before_discharge", "after_discharge", "unknown")),
    "place": _of_place,
    "system": lambda _: _each(("yes", "no", "unknown")),
}


def steps(view: View, shown: Shown, base: Base) -> Released:
    """From need to plan.

    Parameters
    ----------
    view : View
        What may be told.
    shown : Shown
        Of the status of the cases.
    base : Base
        What the share in the question is of, to tell it from the shares here.

    Returns
    -------
    Released
        Sentences, a chart and the table behind it; a sentence alone where the counts are too small or no
        share may be told.
    """
    w = view.words
    if shown.counts.too_small or shown.pair[1] is None:
        return kit.released(view, "R1, R11", [kit.paragraph(_why_not(shown, w))])
    if shown.rows.table[["share_before", "share_after"]].isna().all(axis=None):
        return kit.released(view, "R1, R3, R11", [kit.paragraph(w.text("sip/no_share"))])
    drawn = _chart(view, shown)
    figure = f'<figure class="figure">{scroll_box(drawn.html, label=drawn.title)}</figure>' if drawn else ""
    said = [_finding(view, shown), *_beside(view, shown, base)]
    pieces = [*map(kit.paragraph, said), (figure, ()), *_table(view, "status", shown)]
    notes = [kit.note(w.text(f"sip/{name}")) for name in ("cannot_note", "not_adjusted", "counts_differ")]
    notes += why(view, Halves(*shown.pair))
    return kit.released(view, "R1, R3, R11", [*pieces, *notes, kit.note(kit.rounding(view))])


def tables(view: View, found: Mapping[str, Shown]) -> Released:
    """Other ways to part the cases, a table each.

    Parameters
    ----------
    view : View
        What may be told.
    found : mapping of str to Shown
        By the name of the way.

    Returns
    -------
    Released
        Tables, each with a sentence before it.
    """
    pieces: list[kit.Piece] = []
    for name, shown in found.items():
        if shown.counts.too_small or shown.pair[1] is None:
            pieces.append(kit.paragraph(_why_not(shown, view.words)))
            continue
        pieces += [kit.paragraph(view.words.text(f"sip/lead/{name}")), *_table(view, name, shown)]
    return kit.released(view, "R1, R3, R11", [*pieces, kit.note(kit.rounding(view))])


def missing(view: View) -> Released:
    """That no cases were delivered."""
    return kit.released(view, "static", [kit.paragraph(view.words.text("sip/missing"))])


def whole_only(view: View) -> Released:
    """That this is told for the whole area only."""
    return kit.released(view, "static", [kit.paragraph(view.words.text("sip/whole_only"))])


def not_told(view: View, empty: Mapping[str, bool]) -> Released:
    """What is not measured, and why.

    Parameters
    ----------
    view : View
        What may be told.
    empty : mapping of str to bool
        By what could be measured, whether the export's column is empty.

    Returns
    -------
    Released
        A list.
    """
    w = view.words
    said = [
        w.text(f"sip/not_told/{'empty' if is_empty else 'unasked'}_{name}")
        for name, is_empty in empty.items()
    ]
    said += [w.text(f"sip/not_told/{name}") for name in ("per_inhabitant", "share_of_beds", "needs")]
    listed = "".join(f"<li>{escape(one)}</li>" for one in said)
    return kit.released(view, "static", [(f"<ul>{listed}</ul>", ())])


def of_need(view: View, shown: Shown, base: Base) -> str:
    """How the share of those in need changed, and how the need did, for the page of the goals.

    Parameters
    ----------
    view : View
        What may be told.
    shown : Shown
        Of the status of the cases.
    base : Base
        What the share in the question is of.

    Returns
    -------
    str
        Sentences; "" where the share is of those in need, or is not told.
    """
    if not base.of_all or shown.counts.too_small or None in shown.pair:
        return ""
    offered = shown.rows.table.set_index("name").loc["offered", ["share_before", "share_after"]]
    in_need = _between(view, shown, base.needed, "sip/in_need", PER) if base.needed else ""
    return "" if offered.isna().any() or not in_need else f"{_finding(view, shown)} {in_need}"


def _why_not(shown: Shown, words: Words) -> str:
    return words.text("breakdown/too_small" if shown.counts.too_small else "sip/no_period")


def _half_year(day: pd.Timestamp | None, words: Words) -> str:
    if day is None:
        return ""
    return words.text("sip/first_half" if day.month == 1 else "sip/second_half", year=str(day.year))


def _table(view: View, name: str, shown: Shown) -> list[kit.Piece]:
    """The steps before and after; a note where there is no before."""
    w, rows = view.words, []
    columns = {
        side: (
            w.text("sip/column_n", period=_half_year(day, w)),
            w.text("sip/column_share", period=_half_year(day, w)),
        )
        for side, day in zip(("before", "after"), shown.pair, strict=True)
        if day is not None
    }
    for row in shown.rows.table.itertuples():
        if row.name == "unknown" and not any([row.n_before > 0, row.n_after > 0]):
            continue
        cells: dict[str, str] = {_head(name, w): _name(view, name, row.name)}
        for side, (count, share) in columns.items():
            n, of = getattr(row, f"n_{side}"), getattr(row, f"share_{side}")
            cells[count] = Cell(w.number(n), n)
            cells[share] = _all_or_none(row.name, n, w) or Cell(w.percent(of), of)
        rows.append(cells)
    numeric = tuple(column for pair in columns.values() for column in pair)
    table = kit.table(view, f"sip-{name}", rows, w.text(f"sip/caption/{name}"), numeric=numeric)
    return [table] if "before" in columns else [table, kit.note(w.text("sip/no_before"))]


def _all_or_none(step: str, n: float, words: Words) -> str:
    """What the count itself tells of its share, which is no value that is not shown; else ""."""
    if isnan(n) or (n and step != "needed"):
        return ""
    return words.text("sip/all_of" if n else "sip/none_of")


def _head(part: str, words: Words) -> str:
    """The heading of the first column: what the rows of a table are."""
    return words.text(f"sip/head/{part}")


def _name(view: View, part: str, step: str) -> str:
    return view.words.parties.get(step) or view.words.text(f"sip/part/{part}/{step}")


def _finding(view: View, shown: Shown) -> str:
    """What the shares of the offered and of the plans drawn up were, and whether they differ."""
    w, rows = view.words, shown.rows.table.set_index("name")
    said = []
    for step in ("offered", "drawn_up"):
        before, after = rows.loc[step, "share_before"], rows.loc[step, "share_after"]
        key = f"sip/finding_{step}" if not isnan(before) else f"sip/finding_{step}_alone"
        if not isnan(after):
            periods = dict(zip(("first", "last"), (_half_year(d, w) for d in shown.pair), strict=True))
            said.append(w.text(key, before=w.percent(before), after=w.percent(after), **periods))
    return " ".join(said) if said else w.text("sip/no_share")


def _beside(view: View, shown: Shown, base: Base) -> list[str]:
    """The share that the question is about and the need behind it, where its base is not those in need."""
    if not base.of_all:
        return []
    told = [(base.offered, "sip/of_all", 1.0), (base.needed, "sip/in_need", PER)]
    said = [_between(view, shown, one, key, per) for one, key, per in told if one is not None]
    return [text for text in said if text]


def _between(view: View, shown: Shown, series: ReleasedSeries, key: str, per: float) -> str:
    """A sentence of a series' values in both half-years; "" where one of them is not told."""
    w, days = view.words, [day for day in shown.pair if day is not None]
    values = [half_value(series, day, per, view) / per for day in days]
    if len(values) < len(shown.pair) or any(isnan(value) for value in values):
        return ""
    first, last = (_half_year(day, w) for day in days)
    before, after = (w.percent(value) for value in values)
    return w.text(key, before=before, after=after, first=first, last=last)


def _title(view: View, shown: Shown) -> str:
    """The finding about offers: larger, smaller or alike."""
    w, row = view.words, shown.rows.table.set_index("name").loc["offered"]
    before, after = row.share_before, row.share_after
    if isnan(before) or isnan(after):
        return w.text("sip/title_one")
    key = "alike" if abs(after - before) < DISTANT else "more" if after > before else "fewer"
    return w.text(f"sip/title_{key}", before=w.percent(before), after=w.percent(after))


def _chart(view: View, shown: Shown) -> Chart | None:
    """The share that reached each step, before and after."""
    w, rows = view.words, shown.rows.table.set_index("name")
    there = [step for step in CHARTED if not isnan(rows.loc[step, "share_after"])]
    if len(there) < len(CHARTED):
        return None
    title = _title(view, shown)
    first, last = (_half_year(day, w) for day in shown.pair)
    text = chart.StepsText(
        title=title,
        subtitle=w.text("sip/chart_subtitle", unit=view.unit.name[w.language]),
        source=w.text("banner/invented_data")
        if view.is_invented
        else view.area.source_line.get(w.language, ""),
        observed="",
        start_label="",
        transition_label="",
        before=first,
        after=last,
    )
    names = {step: _name(view, "status", step) for step in CHARTED}
    svg = chart.draw(shown.rows, names, text, language=w.language)
    said = "; ".join(
        w.text(
            "sip/alt_step",
            step=name.lower(),
            before=w.percent(rows.loc[step, "share_before"]),
            after=w.percent(rows.loc[step, "share_after"]),
        )
        for step, name in names.items()
    )
    return Chart(svg, w.text("sip/alt", title=title, first=first, last=last, steps=said), title)
