"""The explorer of one area: rows of a table, a selection of them, and the single row.

It is for the protected zone: numbers are true, however small, and free texts are shown where the area keeps
them. Each use is written down in the access log.
"""

from __future__ import annotations

from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analysis import access
from analysis.area import home_folder, read_area
from analysis.declared import tables_of
from analysis.errors import InputMissing, UsageError
from analysis.explore.coded import month_text
from analysis.explore.masks import ALL, Masks
from analysis.explore.onerow import cells_at, fields_of, versions_n
from analysis.explore.rows import UNDATED, Rows, read_rows
from analysis.explore.selection import Selection
from analysis.explore.summary import Ground, summarise
from analysis.explore.texts import Texts, read_texts
from analysis.explore.themes import FEWEST, find_themes, sampled
from analysis.store import Store
from analysis.tables import table as table_named
from analysis.words import Words

NEWEST, OLDEST = "newest", "oldest"
SHORT = 120
LIST = {
    "deviations": ("by", "about", "unit", "process_step", "category", "severity"),
    "episodes": ("unit", "hospital", "ward", "discharged_to"),
    "measurements": ("indicator", "unit", "party", "period"),
}
STEMS = {"sv": "swedish"}


class Explorer:
    """Follows a question from all rows of a table to the single one.

    Parameters
    ----------
    area : str
        Name of the area.
    home : str
        The home folder; "" is the usual one.
    language : {"sv", "en"}
        The reader's.
    table : str
        "deviations", "episodes" or "measurements".
    bookmark : str
        What to begin with; "" is all of the table.

    Raises
    ------
    AnalysisError
        If there is no such area, table, bookmark, or nothing is loaded; says what to do.
    """

    def __init__(
        self,
        area: str = "goteborg",
        home: str = "",
        language: str = "sv",
        table: str = "deviations",
        bookmark: str = "",
    ) -> None:
        folder = home_folder(home)
        self.area = read_area(area, folder)
        self.words = Words(
            language,
            {p.id: p.name[language] for p in self.area.parties},
            {u.id: u.name[language] for u in self.area.units},
            {e.id: e.name[language] for e in self.area.events},
        )
        self.store = Store(folder, self.area.id)
        self.store.zones.refuse_old()
        if self.store.records() and not self.store.invented():
            self.store.zones.refuse_git()
        self._rows: dict[str, Rows] = {}
        self._texts: dict[str, Texts] = {}
        self.selection = Selection(table)
        self.select(bookmark or self.selection)

    def select(self, chosen: Selection | str) -> Selection:
        """Make a selection, or the one that a bookmark names, the explorer's own.

        Parameters
        ----------
        chosen : Selection or str
            The selection or its bookmark.

        Returns
        -------
        Selection
            As it is now.

        Raises
        ------
        UsageError
            If it names what the rows do not have; the selection is then as it was.
        """
        selection = Selection.of(chosen) if isinstance(chosen, str) else chosen
        self.table(selection.table).check(selection)
        self.selection = selection
        return selection

    def table(self, name: str) -> Rows:
        """The rows of a table, read when they are first asked for."""
        if name not in self._rows:
            self._note(name)
            self._rows[name] = read_rows(self.area, self.store, name, self.words)
        return self._rows[name]

    def summary(self, selection: Selection | None = None) -> dict[str, Any]:
        """What the page shows of a selection: see `analysis.explore.summary.summarise`."""
        chosen = selection or self.selection
        return summarise(self.table(chosen.table), chosen, self._ground(chosen.table))

    def frame(self, selection: Selection | None = None) -> pd.DataFrame:
        """The selected rows with all columns of the table, by their codes; no free text.

        Parameters
        ----------
        selection : Selection, optional
            The explorer's own when left out.

        Returns
        -------
        DataFrame
            In the order of their keys.
        """
        chosen = selection or self.selection
        rows, at = self._places(chosen)
        known = pq.read_schema(self._facts(rows)).names
        own = [name for name in table_named(chosen.table).model.to_schema().columns if name in known]
        return pq.read_table(rows.path, columns=own).take(at).to_pandas()

    def columns(self, table: str = "") -> list[dict[str, str]]:
        """The columns of the list: id and name of each."""
        rows = self.table(table or self.selection.table)
        return [{"id": n, "label": rows.dims[n].label} for n in LIST[rows.table] if n in rows.dims]

    def rows(self, offset: int = 0, limit: int = 50, sort: str = NEWEST) -> list[dict[str, Any]]:
        """A page of the list of selected rows.

        Parameters
        ----------
        offset, limit : int
            From which row, and how many.
        sort : str
            "newest", "oldest", or a dimension of the list.

        Returns
        -------
        list of dict
            ``key``, ``month``, ``date``, ``cells`` (the names of the values, as `columns`), and the
            beginning of the ``text``, "" without one.

        Raises
        ------
        UsageError
            If the order does not exist.
        """
        rows, at = self._places(self.selection)
        heads = [head["id"] for head in self.columns()]
        ordered = at[self._order(rows, at, sort, heads)][max(offset, 0) : max(offset, 0) + max(limit, 0)]
        texts = self.texts(rows.table)
        return [
            {
                "key": rows.key[int(row)].as_py(),
                "month": month_text(int(rows.month[row])) if rows.month[row] >= 0 else "",
                "date": _iso(int(rows.day[row])),
                "cells": [self._label(rows, head, int(row)) for head in heads],
                "text": shortened(" ".join(texts.of(int(row)).values())),
            }
            for row in ordered
        ]

    def row(self, key: str) -> dict[str, Any]:
        """One row in full.

        Parameters
        ----------
        key : str
            As the list names it.

        Returns
        -------
        dict
            ``key``; ``fields``, each with ``label`` and ``value``; ``texts``, with ``label`` and ``text``;
            ``versions``, how many were delivered, 0 where the row was put together from other tables.

        Raises
        ------
        UsageError
            If there is no such row.
        """
        rows = self.table(self.selection.table)
        place = rows.key.index(key).as_py()
        if place < 0:
            raise UsageError(f"there is no row “{key[:60]}”", "Choose one of the list")
        self._note(rows.table, "row")
        cells = cells_at(self._facts(rows), place)
        names = {name: cells[name] for name in table_named(rows.table).key}
        texts = self.texts(rows.table).of(place)
        return {
            "key": key,
            "fields": fields_of(cells, rows.table, self.area, self.words),
            "texts": [{"label": self._text_label(kind), "text": text} for kind, text in texts.items()],
            "versions": versions_n(self.store, rows.table, names),
        }

    def themes(self, selection: Selection | None = None) -> dict[str, Any]:
        """Recurring themes of the selected rows' free texts.

        Parameters
        ----------
        selection : Selection, optional
            The explorer's own when left out.

        Returns
        -------
        dict
            ``n`` texts, what is to be said of them (``text``), and ``themes``: ``label, n, share`` and
            ``typical``, three reports with ``key`` and ``text``.
        """
        rows, at = self._places(selection or self.selection)
        texts = self.texts(rows.table)
        filled = at[texts.has_some[at]]
        kept = filled[sampled(len(filled))]
        told = texts.whole.take(kept).to_pylist()
        found = find_themes(told, STEMS.get(self.area.languages[0], "english"))
        themes = [
            {
                "label": theme.label,
                "n": theme.n,
                "share": round(theme.share, 4),
                "typical": [
                    {"key": rows.key[int(kept[one])].as_py(), "text": told[one]} for one in theme.typical
                ],
            }
            for theme in found
        ]
        said = self._said(texts, len(kept), len(filled), bool(themes))
        return {"n": len(kept), "text": said, "themes": themes}

    def texts(self, table: str) -> Texts:
        """The free texts of a table's rows; none when the area keeps none."""
        if table not in self._texts:
            self._texts[table] = read_texts(self.store, table, self.table(table).key)
        return self._texts[table]

    def to_cell(self) -> None:
        """Put the selection as code into a new cell; outside a notebook, say the code."""
        from IPython import get_ipython

        shell, code = get_ipython(), self.selection.code()
        if shell is None:
            print(f"{self.words.text('explore/outside_notebook')}\n\n{code}")  # noqa: T201
        else:
            shell.set_next_input(code)

    @cached_property
    def page(self) -> Any:
        """What the analyst sees in a notebook; it needs the extra ``explore``."""
        from analysis.explore.widget import Page

        return Page(self)

    def _repr_mimebundle_(self, **given: Any) -> Any:
        """The page where a notebook shows it; else what is missing."""
        if find_spec("anywidget") is None:
            return {"text/plain": self.words.text("ui/not_installed")}
        return self.page._repr_mimebundle_(**given)

    @cached_property
    def caution(self) -> str:
        """That what is shown is for the protected zone only."""
        return self.words.text("explore/protected")

    def _facts(self, rows: Rows) -> Path:
        """The file of a table, which goes when other data have been loaded twice since."""
        if not rows.path.is_file():
            what = "other data have been loaded since the explorer was opened"
            raise InputMissing(what, "Make the explorer again")
        return rows.path

    def _ground(self, table: str) -> Ground:
        return Ground(self.area, self.words, lambda words: self.texts(table).search(words))

    def _places(self, selection: Selection) -> tuple[Rows, NDArray[np.intp]]:
        """The table of a selection, and where its rows lie."""
        rows = self.table(selection.table)
        rows.check(selection)
        found = self.texts(rows.table).search(selection.text) if selection.text else None
        at = Masks(rows, selection, found).without()
        return rows, np.arange(len(rows)) if at is ALL else at

    def _order(self, rows: Rows, at: NDArray[np.intp], sort: str, heads: list[str]) -> NDArray[np.intp]:
        if sort in (NEWEST, OLDEST):
            days = rows.day[at]
            return np.argsort(-days if sort == NEWEST else days, kind="stable")
        if sort not in heads:
            known = ", ".join((NEWEST, OLDEST, *heads))
            raise UsageError(f"the list has no order “{sort}”", f"Use one of: {known}")
        return np.argsort(rows.dims[sort].codes[at], kind="stable")

    def _label(self, rows: Rows, dim: str, row: int) -> str:
        code = int(rows.dims[dim].codes[row])
        return rows.dims[dim].labels[code] if code >= 0 else ""

    def _text_label(self, kind: str) -> str:
        key = f"explore/text/{kind}"
        return self.words.text(key if self.words.has(key) else "explore/text/other")

    def _said(self, texts: Texts, n: int, of: int, is_found: bool) -> str:
        if not texts.columns:
            return self.words.text("explore/themes/none")
        number = self.words.number
        if n < FEWEST:
            return self.words.text("explore/themes/few", n=number(n), least=number(FEWEST))
        if not is_found:
            return self.words.text("explore/themes/nothing", n=number(n))
        if n < of:
            return self.words.text("explore/themes/sampled", n=number(n), of=number(of))
        return self.words.text("explore/themes/found", n=number(n))

    def _note(self, table: str, what: str = "") -> None:
        """Write the use down, before anything is opened; of nothing, nothing."""
        records = [r for r in self.store.records() if r.table in tables_of((table,))]
        if not records:
            return
        n = 1 if what else sum(r.accepted for r in records)
        command = " ".join(("explore", table, what)).strip()
        access.note(self.store.zones, command, [r.digest for r in records], rows=n)


def _iso(day: int) -> str:
    return str(np.datetime64(day, "D")) if day > UNDATED else ""


def shortened(text: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= SHORT else line[: SHORT - 1].rstrip() + "…"
