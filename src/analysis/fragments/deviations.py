"""What deviations are about, and who reports about whom."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.charts import Chart, matrix, pareto
from analysis.fragments import kit
from analysis.fragments.halves import Halves, named, span
from analysis.fragments.pictures import figure
from analysis.release import Released

if TYPE_CHECKING:
    from analysis.release import ReleasedBreakdown
    from analysis.view import View

PAIR = ">"  # between the reporting and the receiving party in the key of a breakdown
NOT_STATED = "not_stated"  # the key of those that do not say
NONE = Halves(None, None)


def by_kind(view: View, kinds: ReleasedBreakdown, halves: Halves = NONE) -> Released:
    """Deviations by kind, a column a period, and a chart of the half-year after the start.

    Parameters
    ----------
    view : View
        What may be told.
    kinds : ReleasedBreakdown
        Keys are the area's categories.
    halves : Halves
        The one after the start is drawn.

    Returns
    -------
    Released
        Counts of whole periods; a sentence where most of them are too small.
    """
    names = {c.id: c.name[view.words.language] for c in view.area.categories}
    caption = view.words.text("table/caption_categories")
    return _by_key(view, kinds, halves, ("kinds", "category", caption), names)


def by_step(view: View, steps: ReleasedBreakdown, halves: Halves = NONE) -> Released:
    """Deviations by step of the process.

    Parameters
    ----------
    view : View
        What may be told.
    steps : ReleasedBreakdown
        Keys are the steps that the table knows, and `NOT_STATED`.
    halves : Halves
        The one after the start is drawn.

    Returns
    -------
    Released
        As `by_kind`; a sentence where no report states a step.
    """
    w = view.words
    told = steps.table[~steps.table.withheld & steps.table.key.ne(NOT_STATED)]
    if len(told) and told.n.eq(0).all():
        return kit.released(view, "R1", [kit.paragraph(w.text("deviations/no_steps"))])
    names = {key: w.text(f"step/{key}") for key in dict.fromkeys(steps.table.key)}
    return _by_key(view, steps, halves, ("steps", "process_step", w.text("deviations/caption_steps")), names)


def _by_key(
    view: View, shown: ReleasedBreakdown, halves: Halves, about: tuple[str, str, str], names: dict[str, str]
) -> Released:
    """The chart of one half-year, and the table of all."""
    w, (name, heading, caption) = view.words, about
    if shown.too_small or shown.table.empty:
        return kit.released(view, "R1, R11", [kit.paragraph(w.text("breakdown/too_small"))])
    periods = _periods(shown)
    cells = shown.table.set_index(["key", "period_start"])
    rows = [
        {heading: title} | {period: _cell(cells.loc[(key, start)], view) for start, period in periods.items()}
        for key, title in names.items()
    ]
    drawn = [_bars(view, shown, halves.after, names)] if _is_told(shown, halves.after) else []
    table = kit.table(view, name, rows, caption, numeric=tuple(periods.values()))
    notes = [kit.note(kit.rounding(view)), kit.note(w.text("breakdown/no_total"))]
    return kit.released(view, "R1, R2, R11", [*drawn, table, *notes])


def _is_told(shown: ReleasedBreakdown, start: pd.Timestamp | None) -> bool:
    rows = shown.table[shown.table.period_start.eq(start) & ~shown.table.withheld]
    return bool(rows.n.notna().any())


def _bars(
    view: View, shown: ReleasedBreakdown, start: pd.Timestamp | None, names: dict[str, str]
) -> kit.Piece:
    w = view.words
    if start is None:
        return "", ()
    rows = pareto.ordered(shown, start)
    first = rows.iloc[0]
    title = w.text("deviations/most", kind=names[first.key])
    if not isnan(first.together):
        title = w.text("deviations/most_share", kind=names[first.key], share=w.percent(first.together))
    if (rows.n == first.n).sum() > 1:
        title = w.text("deviations/most_tied")
    subtitle = w.text("deviations/bars_subtitle", unit=view.unit.name[w.language], period=span(start))
    text = pareto.ParetoText(
        title=title,
        subtitle=subtitle,
        source=source(view),
        together=w.text("deviations/together"),
        **marks(view),
    )
    svg = pareto.draw(shown, start, names, text=text, language=w.language)
    return figure(Chart(svg, w.text("deviations/bars_alt", title=title, subtitle=subtitle), title))


def between_parties(view: View, pairs: ReleasedBreakdown, halves: Halves = NONE) -> Released:
    """Who reports about whom, before and after the start; without these in the last period and a year before.

    Parameters
    ----------
    view : View
        What may be told.
    pairs : ReleasedBreakdown
        Keys are "reporting>receiving".
    halves : Halves
        Which half-years.

    Returns
    -------
    Released
        Reporting party by receiving party, counts (R1), shaded and as tables; a sentence where most of them
        are too small.
    """
    w = view.words
    if pairs.too_small or pairs.table.empty:
        return kit.released(view, "R1, R11", [kit.paragraph(w.text("breakdown/too_small"))])
    last = pairs.table.period_start.max()
    chosen = list(halves.known().values()) or [last - pd.DateOffset(years=1), last]
    periods = {day: name for day, name in _periods(pairs).items() if day in chosen}
    drawn = [_shaded(view, pairs, halves)] if _is_told(pairs, halves.after) else []
    tables = [_of_pairs(view, pairs, day, name) for day, name in periods.items()]
    return kit.released(view, "R1, R11", [*drawn, *tables, kit.note(kit.rounding(view))])


def _shaded(view: View, pairs: ReleasedBreakdown, halves: Halves) -> kit.Piece:
    w = view.words
    names = {p.id: p.name[w.language] for p in view.area.parties}
    known = {day: which for which, day in halves.known().items() if day in _periods(pairs)}
    table = pairs.table[pairs.table.period_start.eq(halves.after)]
    top = table.loc[table.n.idxmax()]
    reporting, receiving = (names[party] for party in top.key.split(PAIR))
    said = {"reporting": reporting, "receiving": receiving, "n": w.number(top.n)}
    key = "deviations/pairs_tied" if (table.n == top.n).sum() > 1 else "deviations/pairs_most"
    title = w.text(key, **said) if key.endswith("most") else w.text(key, n=said["n"])
    text = matrix.MatrixText(
        title=title,
        subtitle=w.text("deviations/pairs_subtitle", unit=view.unit.name[w.language]),
        source=source(view),
        rows=w.text("deviations/pairs_rows"),
        columns=w.text("deviations/pairs_columns"),
        **marks(view),
    )
    periods = {day: named(view, which, day) for day, which in known.items()}
    svg = matrix.draw(pairs, periods, names, joint=PAIR, text=text, language=w.language)
    alt = w.text("deviations/pairs_alt", title=title, periods=", ".join(periods.values()))
    return figure(Chart(svg, alt, title))


def _of_pairs(view: View, pairs: ReleasedBreakdown, start: pd.Timestamp, period: str) -> kit.Piece:
    w = view.words
    names = {p.id: p.name[w.language] for p in view.area.parties}
    cells = pairs.table[pairs.table.period_start.eq(start)].set_index("key")
    rows = [
        {"reporting": name}
        | {names[other]: _cell(cells.loc[f"{party}{PAIR}{other}"], view) for other in names}
        for party, name in names.items()
    ]
    caption = w.text("table/caption_parties", period=period)
    return kit.table(view, f"parties-{start:%Y-%m}", rows, caption, numeric=tuple(names.values()))


def source(view: View) -> str:
    """Where the data of a chart are from."""
    given = view.area.source_line.get(view.words.language, "")
    return view.words.text("banner/invented_data") if view.is_invented else given


def marks(view: View) -> dict[str, str]:
    """The marks of a small count, and of one that is not told."""
    small = view.words.text("table/hidden", hide=view.area.policy.hide_up_to)
    return {"hidden": small, "withheld": view.words.text("table/no_value")}


def _periods(shown: ReleasedBreakdown) -> dict[pd.Timestamp, str]:
    periods = shown.table.drop_duplicates("period_start")
    return {r.period_start: kit.period(r.period_start, r.period_end) for r in periods.itertuples()}


def _cell(row: Any, view: View) -> str:
    return view.words.text("table/no_value") if row.withheld else kit.count(row.n, view)
