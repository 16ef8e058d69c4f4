"""The free texts that the area keeps, beside the rows that they belong to, and the search in them.

Names of staff, which some exports have among their texts, are not read. The texts never leave the
protected zone: no report reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.explore.masks import Marks
from analysis.sources.freetext import FILE
from analysis.store import Store
from analysis.tables import table as table_named

STAFF = ("handler",)  # columns of names of staff


@dataclass(frozen=True)
class Texts:
    """Free texts, each as long as the rows; null where a row has none.

    Parameters
    ----------
    columns : mapping of str to Arrow array of str
        By kind; empty when the area keeps none.
    n : int
        How many rows there are.
    """

    columns: Mapping[str, pa.Array]
    n: int

    @cached_property
    def whole(self) -> pa.Array:
        """All texts of a row together; "" where it has none."""
        filled = [pc.fill_null(column, "") for column in self.columns.values()]
        if not filled:
            return pa.array([""] * self.n, pa.string())
        return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*filled, "\n"))

    @cached_property
    def has_some(self) -> Marks:
        """Which rows have any text."""
        return pc.greater(pc.binary_length(self.whole), 0).to_numpy(zero_copy_only=False)

    @cached_property
    def _folded(self) -> pa.Array:
        return pc.utf8_lower(pc.utf8_normalize(self.whole, "NFC"))

    def search(self, words: str) -> Marks:
        """The rows whose texts hold every word, as it stands or as part of a longer word.

        Parameters
        ----------
        words : str
            Separated by blanks; small and capital letters are alike. Signs mean nothing but themselves.

        Returns
        -------
        array of bool
            For every row.
        """
        found = np.zeros(self.n, bool)
        if not self.columns:
            return found
        places, left = np.arange(self.n), self._folded
        for word in sorted(words.lower().split(), key=len, reverse=True):
            hit = pc.match_substring(left, word)
            places = places[hit.to_numpy(zero_copy_only=False)]
            left = left.filter(hit)
        found[places] = True
        return found

    def of(self, row: int) -> dict[str, str]:
        """The texts of one row that are not empty."""
        cells = {kind: column[row].as_py() for kind, column in self.columns.items()}
        return {kind: text for kind, text in cells.items() if text}


def read_texts(store: Store, table: str, key: pa.Array) -> Texts:
    """The texts of a table, in the order of its rows.

    Parameters
    ----------
    store : Store
        The deliveries; of a report that came several times, the newest text counts.
    table : str
        A table whose key is one column.
    key : Arrow array of str
        The rows'.

    Returns
    -------
    Texts
        None at all when the area keeps none.
    """
    names = table_named(table).key
    newest_first = [path.parent / FILE for _, path in reversed(store.rows(table))]
    parts = [pq.read_table(path) for path in newest_first if path.is_file()]
    if len(names) != 1 or not parts:
        return Texts({}, len(key))
    whole = pa.concat_tables(parts, promote_options="default").combine_chunks()
    places = pc.index_in(key, value_set=_flat(whole.column(names[0])))
    kinds = [kind for kind in whole.column_names if kind not in (*names, *STAFF, "row")]
    return Texts({kind: _flat(whole.column(kind).take(places)) for kind in kinds}, len(key))


def _flat(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
