"""What deviations are about, and who reports about whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.fragments import kit
from analysis.release import Released

if TYPE_CHECKING:
    from analysis.release import ReleasedBreakdown
    from analysis.view import View

PAIR = ">"  # between the reporting and the receiving party in the key of a breakdown


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
        return kit.released(view, "R1, R11", [kit.paragraph(w.text("breakdown/too_small"))])
    periods = _periods(kinds)
    cells = kinds.table.set_index(["key", "period_start"])
    rows = [
        {"category": c.name[w.language]}
        | {name: _cell(cells.loc[(c.id, start)], view) for start, name in periods.items()}
        for c in view.area.categories
    ]
    caption = w.text("table/caption_categories")
    table = kit.table(view, "kinds", rows, caption, numeric=tuple(periods.values()))
    return kit.released(
        view, "R1, R2, R11", [table, kit.note(kit.rounding(view)), kit.note(w.text("breakdown/no_total"))]
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
        return kit.released(view, "R1, R11", [kit.paragraph(w.text("breakdown/too_small"))])
    last = pairs.table.period_start.max()
    periods = {
        day: name for day, name in _periods(pairs).items() if day in (last - pd.DateOffset(years=1), last)
    }
    tables = [_of_pairs(view, pairs, day, name) for day, name in periods.items()]
    return kit.released(view, "R1, R11", [*tables, kit.note(kit.rounding(view))])


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


def _periods(shown: ReleasedBreakdown) -> dict[pd.Timestamp, str]:
    periods = shown.table.drop_duplicates("period_start")
    return {r.period_start: kit.period(r.period_start, r.period_end) for r in periods.itertuples()}


def _cell(row: Any, view: View) -> str:
    return view.words.text("table/no_value") if row.withheld else kit.count(row.n, view)
