"""Which rows pass the filters, all or all but some: each list is counted under the filters of the others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.explore.coded import Dim, month_number
from analysis.explore.dims import MONTH, NOT_STATED
from analysis.explore.rows import Rows
from analysis.explore.selection import Selection

Marks = NDArray[np.bool_]
At = Any  # places of rows, or slice(None) for all
ALL = slice(None)
TEXT = "text"


class Masks:
    """The rows that a selection keeps, and those that it would keep without some of its filters.

    Parameters
    ----------
    rows : Rows
        The rows.
    selection : Selection
        What is chosen of them.
    found : array of bool, optional
        The rows whose free text holds the words of the selection; needed when it has any.
    """

    def __init__(self, rows: Rows, selection: Selection, found: Marks | None = None) -> None:
        self.failed: dict[str, Marks] = {}
        for name, ids in selection.filters.items():
            self.failed[name] = ~_passes(rows.dims[name], ids)
        if selection.first or selection.last:
            outside = _outside(rows, selection)
            self.failed[MONTH] = outside | self.failed[MONTH] if MONTH in self.failed else outside
        if selection.text:
            self.failed[TEXT] = ~found if found is not None else np.ones(len(rows), bool)
        self._failures = np.zeros(len(rows), np.uint8)
        for marks in self.failed.values():
            self._failures += marks
        self._known: dict[frozenset[str], At] = {}

    def without(self, *names: str) -> At:
        """Where the rows lie that pass all filters but these.

        Parameters
        ----------
        *names : str
            Dimensions; "month" is also the first and the last month.

        Returns
        -------
        array of int, or slice
            To index columns with.
        """
        left_out = frozenset(names).intersection(self.failed)
        if left_out not in self._known:
            self._known[left_out] = self._places(left_out)
        return self._known[left_out]

    def _places(self, left_out: frozenset[str]) -> At:
        if len(left_out) == len(self.failed):
            return ALL
        failures = self._failures
        for name in left_out:
            failures = failures - self.failed[name]
        return np.flatnonzero(failures == 0)


def _passes(dim: Dim, ids: tuple[str, ...]) -> Marks:
    kept = np.zeros(len(dim.ids) + 1, bool)  # the last place is that of code -1
    kept[:-1] = np.isin(dim.ids, ids) if dim.ids else kept[:-1]
    kept[-1] = NOT_STATED in ids
    return kept[dim.codes]


def _outside(rows: Rows, selection: Selection) -> Marks:
    """Rows before the first month or after the last; those without a month are never within."""
    first = month_number(selection.first) if selection.first else 0
    last = month_number(selection.last) if selection.last else np.iinfo(np.int32).max
    return (rows.month < first) | (rows.month > last)
