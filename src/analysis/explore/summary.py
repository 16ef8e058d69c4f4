"""What the page shows of a selection, as plain values that JSON can hold.

The lists are *linked*: each is counted under the filters of all others, so that it says what a further
choice would give. The months, the medians and before/after are those of the selection whatever its months,
since a comparison over time needs the time on both sides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.area import Area
from analysis.explore.before_after import compare_counts
from analysis.explore.coded import Dim
from analysis.explore.course import timeline
from analysis.explore.dims import MONTH, NOT_STATED
from analysis.explore.masks import ALL, Marks, Masks
from analysis.explore.outcomes import outcomes
from analysis.explore.periods import AFTER, BEFORE, Periods, Rates, months_of, periods_of
from analysis.explore.rows import Rows
from analysis.explore.selection import Selection
from analysis.explore.told import told_counts
from analysis.words import Words

MOST_VALUES = 40
MOST_BARS = 12
SIDES = 3  # before the start, after it, neither
PARETO = {"deviations": "category", "episodes": "hospital", "measurements": "unit"}


@dataclass(frozen=True)
class Ground:
    """What a summary rests on beside the rows: the area, the words, and how free texts are searched."""

    area: Area
    words: Words
    search: Callable[[str], Marks] | None = None


@dataclass(frozen=True)
class _Look:
    """All that the lists are counted by; ``sides`` has the side of the start of every row."""

    selection: Selection
    masks: Masks
    periods: Periods
    sides: NDArray[np.int8]
    words: Words

    def counts(self, *dims: Dim, less: tuple[str, ...] = ()) -> NDArray[np.intp]:
        """Rows by value of each dimension (the last are those without one) and by side of the start.

        All filters count but those on the dimensions themselves and on ``less``.
        """
        at = self.masks.without(*(dim.id for dim in dims), *less)
        sizes = [len(dim.ids) + 1 for dim in dims] + [SIDES]
        cells = self.sides[at]
        for dim, weight in zip(dims, np.cumprod(sizes[:0:-1])[::-1].tolist(), strict=True):
            cells = (dim.codes[at] + 1) * np.int32(weight) + cells
        counts = np.bincount(cells, minlength=math.prod(sizes)).reshape(sizes)
        for axis in range(len(dims)):
            counts = np.roll(counts, -1, axis=axis)
        return counts

    def rates(self, *dims: Dim) -> tuple[Rates, Rates]:
        """The same as counts a month before and after the start, whatever the months chosen."""
        counts = self.counts(*dims, less=(MONTH,))
        before, after = (self.periods.rates(counts[..., side], side) for side in (BEFORE, AFTER))
        return before, after


def summarise(rows: Rows, selection: Selection, ground: Ground) -> dict[str, Any]:
    """Everything that the page shows of a selection.

    Parameters
    ----------
    rows : Rows
        Of the selection's table.
    selection : Selection
        What is chosen.
    ground : Ground
        The area, the words, the search in free texts.

    Returns
    -------
    dict
        ``n`` of ``of`` rows are chosen; ``dims`` has the lists to choose from, ``months`` the run chart,
        ``matrix`` who reports about whom, ``pareto`` the commonest, ``timeline`` the course,
        ``before_after`` and ``outcomes`` the comparison over time. Counts are true ones.

    Raises
    ------
    UsageError
        If the rows do not have what the selection names.
    """
    rows.check(selection)
    found = ground.search(selection.text) if selection.text and ground.search else None
    masks = Masks(rows, selection, found)
    periods = periods_of(rows, selection, ground.area)
    look = _Look(selection, masks, periods, periods.sides(rows.month), ground.words)
    dims = [_dim(dim, look) for dim in rows.dims.values()]
    counts = np.bincount(periods.at(rows.month, masks.without(MONTH)), minlength=len(periods) + 1)[:-1]
    chosen = masks.without()
    return {
        "table": rows.table,
        "bookmark": selection.bookmark(),
        "n": len(rows) if chosen is ALL else len(chosen),
        "of": len(rows),
        "known": ground.words.day(rows.known),
        "dims": dims,
        "months": months_of(counts, periods, rows.table, ground.words),
        "matrix": _matrix(rows, look) if rows.table == "deviations" else None,
        "pareto": _pareto(dims, PARETO[rows.table]),
        "timeline": timeline(rows, chosen, ground.words),
        "before_after": told_counts(
            compare_counts(*periods.split(counts)), rows.table, ground.words, periods.starts is not None
        ),
        "outcomes": outcomes(rows, masks.without(MONTH), periods, ground.words),
    }


def _dim(dim: Dim, look: _Look) -> dict[str, Any]:
    """One list: the values with their counts, and what they came to a month before and after the start."""
    counts, chosen = look.counts(dim), look.selection.filters.get(dim.id, ())
    named = zip((*dim.ids, NOT_STATED), (*dim.labels, look.words.text("step/not_stated")), strict=True)
    values = [
        {"id": one, "label": label, "n": n, "selected": one in chosen}
        for (one, label), n in zip(named, counts.sum(axis=1).tolist(), strict=True)
    ]
    if dim.id != MONTH:
        before, after = look.rates(dim)
        for at, value in enumerate(values):
            value |= {"before": before[at], "after": after[at]}
    values = [v for v in values if v["id"] != NOT_STATED or v["n"] or v["selected"]]
    if dim.is_ordered:
        return _list(dim, values, 0)
    ranked = sorted(values, key=lambda v: (-v["n"], v["label"], v["id"]))
    kept = [v for at, v in enumerate(ranked) if at < MOST_VALUES or v["selected"]]
    return _list(dim, kept, len(ranked) - len(kept))


def _list(dim: Dim, values: list[dict[str, Any]], more: int) -> dict[str, Any]:
    return {"id": dim.id, "label": dim.label, "kind": "choice", "values": values, "more": more}


def _matrix(rows: Rows, look: _Look) -> dict[str, Any] | None:
    """Who reports about whom, under the filters of everything else."""
    if not {"by", "about"} <= rows.dims.keys():
        return None
    by, about = rows.dims["by"], rows.dims["about"]
    before, after = look.rates(by, about)
    return {
        "row_label": by.label,
        "column_label": about.label,
        "rows": list(by.labels),
        "row_ids": list(by.ids),
        "columns": list(about.labels),
        "column_ids": list(about.ids),
        "n": look.counts(by, about).sum(axis=-1)[:-1, :-1].tolist(),
        "before": [row[:-1] for row in before[:-1]],
        "after": [row[:-1] for row in after[:-1]],
    }


def _pareto(dims: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The values from the commonest down, with the share that they make up together."""
    found = next((dim for dim in dims if dim["id"] == name), None)
    values = sorted(found["values"], key=lambda v: -v["n"]) if found else []
    whole, so_far, bars = sum(v["n"] for v in values), 0, []
    for value in values[:MOST_BARS]:
        so_far += value["n"]
        share = round(so_far / whole, 4) if whole else 0.0
        bars.append({"id": value["id"], "label": value["label"], "n": value["n"], "share_cum": share})
    return {"dim": name, "label": found["label"] if found else "", "bars": bars}
