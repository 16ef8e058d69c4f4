"""How many cases got how far, before and after, made of shown counts by key (R3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan

import pandas as pd

from analysis.area import Policy
from analysis.errors import DisclosureStop
from analysis.release.breakdowns import ReleasedBreakdown
from analysis.release.counts import quotient
from analysis.release.rows import ReleasedRows
from analysis.release.sealed import sealed

COLUMNS = ["name", "n_before", "share_before", "n_after", "share_after"]
Pair = tuple[pd.Timestamp | None, pd.Timestamp | None]


def reached(
    shown: ReleasedBreakdown,
    steps: Mapping[str, Sequence[str]],
    base: Mapping[str, Sequence[str]],
    periods: Pair,
    policy: Policy,
) -> ReleasedRows:
    """Cases by step, and their share of a base.

    Parameters
    ----------
    shown : ReleasedBreakdown
        Counts by key; each case has one key.
    steps : mapping of str to sequence of str
        By the name of a step the keys of the cases that got there.
    base : mapping of str to sequence of str
        By step the keys of the cases that its share is of.
    periods : tuple of Timestamp
        The first days of the two periods; None for one that is not there.
    policy : Policy
        The area's numbers.

    Returns
    -------
    ReleasedRows
        ``name, n_before, share_before, n_after, share_after``: sums of shown counts, NaN where one of them
        is hidden, and shares of such sums.

    Raises
    ------
    DisclosureStop
        If the counts have not passed the gate.
    """
    if not isinstance(shown, ReleasedBreakdown):
        what = "counts by key have not passed the disclosure gate"
        raise DisclosureStop(what, "Use analysis.release.breakdown")
    known = shown.table[~shown.table.withheld]
    cells = dict(zip(zip(known.key, known.period_start, strict=True), known.n, strict=True))
    rows = []
    for name, keys in steps.items():
        row: list[object] = [name]
        for period in periods:
            n, of = (sum(cells.get((key, period), nan) for key in some) for some in (keys, base[name]))
            row += [n, quotient(n, of, "share", policy)]
        rows.append(row)
    kinds = dict.fromkeys(COLUMNS[1:], "float64") | {"name": "str"}
    return sealed(ReleasedRows, "R1, R3", _cells=pd.DataFrame(rows, columns=COLUMNS).astype(kinds))
