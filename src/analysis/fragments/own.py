"""Tables for analysts' own notebooks: counts by a column, a measure over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.fragments import kit
from analysis.fragments.answers import DAYS, IN_DAYS, PARTS
from analysis.fragments.deviations import NOT_STATED
from analysis.release import Released, Shown

if TYPE_CHECKING:
    from analysis.measures import Measure
    from analysis.release import ReleasedBreakdown, ReleasedSeries
    from analysis.view import View


def counts(view: View, shown: ReleasedBreakdown, by: str) -> Released:
    """Deviations by a column, a column a period.

    Parameters
    ----------
    view : View
        What may be told.
    shown : ReleasedBreakdown
        The counts.
    by : str
        Name of the column.

    Returns
    -------
    Released
        A table; a sentence where most of it is too small, or no report states it.
    """
    w, table = view.words, shown.table
    if shown.too_small or table.empty:
        return kit.released(view, "R1, R11", [kit.paragraph(w.text("breakdown/too_small"))])
    told = table[~table.withheld & table.key.ne(NOT_STATED)]
    if len(told) and told.n.eq(0).all():
        return kit.released(view, "R1", [kit.paragraph(w.text("own/none_states"))])
    rows: dict[str, dict[str, str]] = {key: {by: _name(view, by, key)} for key in dict.fromkeys(table.key)}
    for cell in table.itertuples():
        shown_n = w.text("table/no_value") if cell.withheld else kit.count(cell.n, view)
        rows[cell.key][kit.period(cell.period_start, cell.period_end)] = shown_n
    periods = tuple(name for name in next(iter(rows.values())) if name != by)
    caption = w.text("own/caption_counts", column=w.text(f"table/{by}").lower())
    made = kit.table(view, f"own-{by}".replace("_", "-"), list(rows.values()), caption, numeric=periods)
    notes = [kit.note(kit.rounding(view)), kit.note(w.text("own/no_total"))]
    return kit.released(view, "R1, R2, R11", [made, *notes])


def series(view: View, shown: ReleasedSeries | None, measure: Measure) -> Released:
    """A measure over time.

    Parameters
    ----------
    view : View
        What may be told.
    shown : ReleasedSeries, optional
        The series; None without data.
    measure : Measure
        Which measure.

    Returns
    -------
    Released
        A table; a sentence where there is nothing to tell.
    """
    w, parts = view.words, DAYS if IN_DAYS in measure.name else PARTS
    if shown is None or shown.table.empty:
        return kit.released(view, "R1", [kit.paragraph(w.text("own/no_series"))])
    rows = [
        {
            "period_start": kit.period(r.period_start, r.period_end),
            parts[0]: kit.mark(r.numerator, r.numerator_hidden, view),
            parts[1]: kit.mark(r.denominator, r.denominator_hidden, view),
            parts[2]: Shown(w.value(r.value, measure.kind), r.value),
        }
        for r in shown.table.itertuples()
    ]
    caption = w.text("own/caption_series", name=w.text(f"measure/{measure.name}/name"))
    made = kit.table(view, f"own-{measure.name}".replace("_", "-"), rows, caption, numeric=parts)
    return kit.released(view, shown.rule, [made, kit.note(kit.rounding(view))])


def _name(view: View, by: str, key: str) -> str:
    """What readers call a key of a column."""
    w = view.words
    if by == "category":
        return {c.id: c.name[w.language] for c in view.area.categories}[key]
    if by in ("reporting_party", "receiving_party"):
        return w.parties[key]
    if by == "process_step" or key == NOT_STATED:
        return w.text(f"step/{key}")
    return w.text(f"own/{by}/{key}")
