"""Columns of texts as codes, and what the codes are called: a code is counted in no time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.area import Area
from analysis.explore.dims import DIMS, MONTH, ORDERED, Column
from analysis.words import Words

Codes = NDArray[np.int32]
BANDS = ((0, "0-17"), (18, "18-64"), (65, "65-79"), (80, "80-"))


@dataclass(frozen=True)
class Dim:
    """A dimension: a code a row, -1 where it is not stated, and what the codes mean."""

    id: str
    label: str
    codes: Codes
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    is_ordered: bool = False


def month_number(month: str) -> int:
    """The number of a month written YYYY-MM."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def month_text(number: int) -> str:
    """A month by its number, as YYYY-MM."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def dims_in(frame: pa.Table, table: str, month: Codes, area: Area, words: Words) -> dict[str, Dim]:
    """The dimensions of a table that somebody has delivered, and the month.

    Parameters
    ----------
    frame : Arrow table
        Its columns, the texts by their codes.
    table : str
        Its name.
    month : array of int32
        Of each row.
    area, words
        For the names of the values.

    Returns
    -------
    dict of str to Dim
        In the order in which they are shown.
    """
    found = {}
    for column in DIMS[table]:
        if column.column in frame.column_names:
            codes, ids = _coded(frame.column(column.column), column.kind)
            if ids or not len(frame):
                found[column.id] = _named(column, codes, ids, area, words)
    numbers = np.unique(month[month >= 0])
    codes = np.where(month < 0, -1, np.searchsorted(numbers, month)).astype(np.int32)
    texts = tuple(month_text(int(n)) for n in numbers)
    return found | {MONTH: Dim(MONTH, words.text(f"explore/dim/{MONTH}"), codes, texts, texts, True)}


def _coded(cells: pa.ChunkedArray, kind: str) -> tuple[Codes, tuple[str, ...]]:
    """A code a row and the values that they stand for, in order."""
    if kind == "truth":
        codes = pc.fill_null(pc.cast(cells, pa.int32()), -1).to_numpy()
        return codes.astype(np.int32), ("no", "yes") if (codes >= 0).any() else ()
    if kind == "age":
        ages = pc.fill_null(pc.cast(cells, pa.int32()), -1).to_numpy()
        codes = np.searchsorted([least for least, _ in BANDS], ages, side="right") - 1
        return codes.astype(np.int32), tuple(n for _, n in BANDS) if (codes >= 0).any() else ()
    coded = cells if pa.types.is_dictionary(cells.type) else pc.dictionary_encode(cells)
    whole = coded.unify_dictionaries().combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    values = whole.dictionary.to_pylist()
    order = sorted(range(len(values)), key=lambda at: values[at])
    place = np.empty(len(values) + 1, np.int32)
    place[order], place[-1] = np.arange(len(values), dtype=np.int32), -1
    indices = pc.fill_null(whole.indices.cast(pa.int32()), -1).to_numpy()
    return place[indices], tuple(str(values[at]) for at in order)


def _named(column: Column, codes: Codes, ids: tuple[str, ...], area: Area, words: Words) -> Dim:
    name = names_of(column, area, words)
    label = words.text(f"explore/dim/{column.id}")
    return Dim(column.id, label, codes, ids, tuple(map(name, ids)), column.kind in ORDERED)


def names_of(column: Column, area: Area, words: Words) -> Callable[[str], str]:
    """How the values of a column are called in the reader's language; itself where nothing else is known.

    Parameters
    ----------
    column : Column
        The column.
    area : Area
        For the names of its units, parties and categories.
    words : Words
        Of the reader's language.

    Returns
    -------
    callable
        From a value to its name.
    """
    if column.kind in ("unit", "party", "category"):
        things = {"unit": area.units, "party": area.parties, "category": area.categories}[column.kind]
        named = {thing.id: thing.name.get(words.language, thing.id) for thing in things}  # type: ignore[attr-defined]
        return lambda one: named.get(one, words.text("explore/party/all") if one == "all" else one)
    if column.kind == "step":
        return lambda one: _worded(words, f"step/{one}", one)
    if column.kind in ("code", "truth", "age"):
        group = column.column if column.kind == "code" else column.kind
        return lambda one: _worded(words, f"explore/{group}/{one}", one)
    return lambda one: one


def _worded(words: Words, key: str, otherwise: str) -> str:
    return words.text(key) if words.has(key) else otherwise
