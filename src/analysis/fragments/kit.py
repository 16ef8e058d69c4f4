"""What every fragment is built of: paragraphs, notes, tables and counts, made only of released values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.judged import is_weakened
from analysis.release import Released, ReleasedEffect, ReleasedTable, Shown, fragment
from analysis.tables_html import held, html_table

if TYPE_CHECKING:
    from analysis.view import View

Piece = tuple[str, tuple[ReleasedTable, ...]]  # of a page: its HTML, and the tables in it


def released(view: View, rule: str, pieces: Iterable[Piece]) -> Released:
    """A fragment of pieces, by a rule."""
    html, tables = together(pieces)
    return fragment(html, rule, view.words.language, tables)


def together(pieces: Iterable[Piece]) -> Piece:
    """Pieces in one."""
    known = list(pieces)
    return "".join(html for html, _ in known), tuple(table for _, tables in known for table in tables)


def table(
    view: View, name: str, rows: Sequence[dict[str, str]], caption: str, *, numeric: tuple[str, ...] = ()
) -> Piece:
    """A table whose first column heads its rows, for the page and to take along."""
    w, frame = view.words, pd.DataFrame(rows, dtype=object)
    headings = {str(c): w.text(f"table/{c}") for c in frame.columns if w.has(f"table/{c}")}
    html = html_table(
        frame, caption=caption, row_header=str(frame.columns[0]), headings=headings, numeric=numeric
    )
    named = tuple(headings.get(str(c), str(c)) for c in frame.columns)
    return html, (ReleasedTable(name, caption, named, tuple(tuple(row.values()) for row in rows)),)


def paragraph(text: str) -> Piece:
    """A paragraph, whose days and periods stay on one line."""
    return f"<p>{held(text)}</p>", ()


def note(text: str) -> Piece:
    """A note, in small print, whose days and periods stay on one line."""
    return f"<p class='note'>{held(text)}</p>", ()


def rounding(view: View) -> str:
    """How counts are rounded and hidden, in words."""
    policy = view.area.policy
    return view.words.text("table/rounding", hide=policy.hide_up_to, round=policy.round_to)


def mark(rounded: float, hidden: bool, view: View) -> str:
    """A count of a series: its number, the mark of a small one, or a dash where it is not told at all."""
    return count(rounded, view) if hidden or not isnan(rounded) else view.words.text("table/no_value")


def count(rounded: float, view: View) -> Shown:
    """A count, or the mark of a small one."""
    w, policy = view.words, view.area.policy
    text = w.text("table/hidden", hide=policy.hide_up_to) if isnan(rounded) else w.number(rounded)
    return Shown(text, rounded)


def text_interval(row: Any, view: View, question: Any) -> str:
    """An estimate with its interval, in words."""
    w = view.words
    if isnan(row.estimate):
        return w.text("table/no_value")
    estimate, low, high = w.interval(row.estimate, row.low, row.high, question)
    return w.text("table/interval", estimate=estimate, low=low, high=high)


def marked_interval(effect: ReleasedEffect, view: View) -> str:
    """An answer with its interval, and a star when it is clear by itself only (`weakened_note` says so)."""
    return marked(text_interval(effect, view, effect.question), effect, view)


def marked(interval: str, effect: ReleasedEffect, view: View) -> str:
    """The words of an answer's interval, with its star."""
    return view.words.text("table/weakened", interval=interval) if is_weakened(effect) else interval


def weakened_note(view: View, effects: Iterable[ReleasedEffect]) -> list[Piece]:
    """What the star of `marked_interval` means, when there is one."""
    starred = any(is_weakened(effect) for effect in effects)
    key = "table/weakened_note_members" if view.unit.parent else "table/weakened_note"
    return [note(view.words.text(key, n=view.words.number(view.family.n)))] if starred else []


def label(name: str) -> str:
    """A name that begins a line: "The Gothenburg area"."""
    return name[:1].upper() + name[1:]


def period(first: Any, last: Any) -> str:
    """A month, or from the first month to the last; "" where an end is not known."""
    ends = [f"{day:%Y-%m}" if pd.notna(day) else "" for day in (first, last)]
    return ends[0] if ends[0] == ends[1] else " – ".join(ends)
