"""How deviations are reported and handled: volume beside severity, delays, handling, who is silent."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, sqrt
from typing import TYPE_CHECKING, Literal

import pandas as pd

from analysis.fragments import kit
from analysis.fragments.deviations import PAIR
from analysis.fragments.halves import Halves, named, span, why
from analysis.release import HIDDEN, Released, ReleasedBreakdown, ReleasedSeries, ReleasedSurvival, quotient

if TYPE_CHECKING:
    from analysis.view import View

SEVERE = ("3", "4")
SEVERITIES = ("1", "2", *SEVERE)
MUCH = 0.10  # of the number of reports: less is called the same
POINTS = 0.03  # of the share that is severe: less is called the same
CHANCE = 1.96  # standard errors: less may be chance
By = Mapping[str, ReleasedSurvival | None]  # "before" and "after"
Silence = Literal["none", "some", "untold"]


def volume_and_severity(view: View, severity: ReleasedBreakdown, halves: Halves) -> Released:
    """The number of reports beside the share of them that is severe, by half-year.

    Parameters
    ----------
    view : View
        What may be told.
    severity : ReleasedBreakdown
        Keys are the severities, and those without.
    halves : Halves
        Which half-years the sentence sets beside each other.

    Returns
    -------
    Released
        Both from the shown counts, and a sentence by rule; a sentence alone where the counts are too small.
    """
    w = view.words
    if severity.too_small or severity.table.empty:
        return kit.released(view, "R1, R11", [kit.paragraph(w.text("breakdown/too_small"))])
    found = {start: _severe(severity, start, view) for start in severity.table.period_start.unique()}
    told = [n for n, _ in found.values() if not isnan(n)]
    if told and not any(told):
        return kit.released(view, "R1", [kit.paragraph(w.text("deviations/no_severity"))])
    rows = [
        {"period": span(start), "reports": kit.mark(n, False, view), "severe": w.percent(share)}
        for start, (n, share) in found.items()
    ]
    sides = [found.get(day, (HIDDEN, HIDDEN)) for day in halves]
    said = kit.paragraph(w.text(f"deviations/volume_{volume_rule(*sides)}"))
    caption = w.text("deviations/caption_volume")
    table = kit.table(view, "severity", rows, caption, numeric=("reports", "severe"))
    notes = [kit.note(w.text(f"deviations/{name}")) for name in ("volume_note", "counts_differ")]
    notes += [*why(view, halves), kit.note(kit.rounding(view))]
    return kit.released(view, "R1, R3, R11", [said, table, *notes])


def volume_rule(before: tuple[float, float], after: tuple[float, float]) -> str:
    """What the numbers of reports and the severe shares of two half-years may mean.

    Parameters
    ----------
    before, after : (float, float)
        Reports, and the share of them that is severe; NaN where it is not told.

    Returns
    -------
    str
        "untold", "more_milder", "fewer_graver" or "no_sign".
    """
    if any(isnan(value) for value in (*before, *after)) or 0 in (before[0], after[0]):
        return "untold"
    n, share = after[0] - before[0], after[1] - before[1]
    both = (before[0] * before[1] + after[0] * after[1]) / (before[0] + after[0])
    spread = sqrt(both * (1 - both) * (1 / before[0] + 1 / after[0]))
    is_other = abs(n) >= max(MUCH * before[0], CHANCE * sqrt(before[0] + after[0]))
    if not is_other or abs(share) < max(POINTS, CHANCE * spread) or n * share > 0:
        return "no_sign"
    return "more_milder" if n > 0 else "fewer_graver"


def _severe(severity: ReleasedBreakdown, start: pd.Timestamp, view: View) -> tuple[float, float]:
    """The reports of a half-year that state a severity, and the share that is severe, of shown counts."""
    table = severity.table
    n = table[table.period_start.eq(start)].set_index("key").n
    of, base = sum(n[key] for key in SEVERE), sum(n[key] for key in SEVERITIES)
    return float(base), quotient(float(of), float(base), "share", view.area.policy)


def delay(view: View, found: By, halves: Halves, most: int) -> Released:
    """How soon after the event deviations are registered.

    Parameters
    ----------
    view : View
        What may be told.
    found : mapping of str to ReleasedSurvival
        "before" and "after"; empty for a part of the area.
    halves : Halves
        Which half-years.
    most : int
        Only reports registered within so many days count.

    Returns
    -------
    Released
        Shares within fixed days, a row a half-year.
    """
    w = view.words
    rows = [
        {"period": named(view, which, start), "reports": kit.count(one.n, view)} | _shares(view, one)
        for which, start in halves.known().items()
        if (one := found.get(which)) is not None
    ]
    if not rows:
        return kit.released(view, "R6", [_absent(view, halves)])
    caption = w.text("deviations/caption_delay", days=most)
    table = kit.table(view, "delay", rows, caption, numeric=tuple(list(rows[0])[1:]))
    return kit.released(view, "R1, R6", [table, kit.note(w.text("deviations/fixed_days"))])


def handling(view: View, steps: Mapping[str, By], halves: Halves) -> Released:
    """How soon after they are registered deviations are handled.

    Parameters
    ----------
    view : View
        What may be told.
    steps : mapping of str to By
        Step of the handling to "before" and "after"; nothing for a step that the export does not tell of,
        no steps for a part of the area.
    halves : Halves
        Which half-years, of being registered.

    Returns
    -------
    Released
        Shares handled within fixed days, a table a step.
    """
    w, pieces = view.words, []
    for step, found in steps.items():
        name = w.text(f"handling/{step}")
        rows = [
            {"period": named(view, which, start), "reports": kit.count(one.n, view)} | _shares(view, one)
            for which, start in halves.known().items()
            if (one := found.get(which)) is not None
        ]
        caption = w.text("deviations/caption_handling", step=name)
        if rows:
            headings = tuple(dict.fromkeys(key for row in rows for key in row))
            full = [{key: row.get(key, w.text("table/no_value")) for key in headings} for row in rows]
            pieces.append(kit.table(view, f"handling-{step}", full, caption, numeric=headings[1:]))
        elif halves.after is not None:
            pieces.append(kit.paragraph(w.text("deviations/no_step_of_handling", step=name)))
    if not pieces:
        return kit.released(view, "R6", [_absent(view, halves)])
    notes = [kit.note(w.text("deviations/feedback_routine")), kit.note(w.text("deviations/fixed_days"))]
    return kit.released(view, "R1, R6", [*pieces, *notes])


def _absent(view: View, halves: Halves) -> kit.Piece:
    """Why there is no table: a part of the area, or no half-year after the start yet."""
    key = "whole_only" if view.unit.parent else "no_half_year" if halves.after is None else "not_followed"
    return kit.paragraph(view.words.text(f"halves/{key}"))


def _shares(view: View, one: ReleasedSurvival) -> dict[str, str]:
    """The share within each fixed day, as it is read."""
    w = view.words
    return {
        w.text("halves/within", days=w.number(day.day)): w.percent(
            1 - day.share if not isnan(day.share) else HIDDEN
        )
        for day in one.days
    }


def silent(
    view: View, pairs: ReleasedBreakdown, units: Mapping[str, ReleasedSeries], start: pd.Timestamp | None
) -> Released:
    """Which parties and municipalities sent no report in the last half-year.

    Parameters
    ----------
    view : View
        What may be told.
    pairs : ReleasedBreakdown
        Of the whole area, "reporting>receiving".
    units : mapping of str to ReleasedSeries
        By municipality, the series of deviations.
    start : Timestamp or None
        The half-year; None when none is whole.

    Returns
    -------
    Released
        A row each, from what is shown elsewhere alone.
    """
    w = view.words
    if start is None:
        return kit.released(view, "R1", [kit.paragraph(w.text("halves/no_half_year"))])
    of_parties = [(p.name, silence_of_party(pairs, p.id, start)) for p in view.area.parties]
    of_units = [(u.name, silence_of_unit(units.get(u.id), start)) for u in view.area.members]
    found = [*of_parties, *of_units]
    rows = [{"who": n[w.language], "reported": w.text(f"silence/{said}")} for n, said in found]
    none = [n[w.language] for n, said in found if said == "none"]
    sentence = w.text("silence/names", names=", ".join(none)) if none else w.text("silence/nobody")
    table = kit.table(view, "silent", rows, w.text("silence/caption", period=span(start)))
    return kit.released(view, "R1", [kit.paragraph(sentence), table, kit.note(w.text("silence/note"))])


def silence_of_party(pairs: ReleasedBreakdown, party: str, start: pd.Timestamp) -> Silence:
    """Whether a party's row of the released pairs is all noughts, has a count, or does not say."""
    table = pairs.table
    mine = table[table.period_start.eq(start) & table.key.str.startswith(f"{party}{PAIR}")]
    if mine.empty or mine.withheld.any():
        return "untold"
    return "none" if mine.n.eq(0).all() else "some"


def silence_of_unit(shown: ReleasedSeries | None, start: pd.Timestamp) -> Silence:
    """Whether a unit's released counts of a half-year are all noughts, or one is not."""
    if shown is None:
        return "untold"
    inside = shown.table[shown.table.period_start.between(start, start + pd.DateOffset(months=5))]
    if inside.empty or inside.withheld.any():
        return "untold"
    return "none" if inside.numerator.eq(0).all() else "some"
