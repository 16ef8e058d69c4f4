"""How many rows were accepted and kept out, as it may be shown (R15).

A row is a person's, so counts of rows obey R1. The reasons sum to what was kept out; they are withheld
where the sum would give a hidden one away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from types import MappingProxyType
from typing import NamedTuple

from analysis.area import Policy
from analysis.release.counts import count
from analysis.release.nested import FEWEST, bounds
from analysis.release.sealed import Sealed, sealed

NO_REASONS: Mapping[str, Mapping[str, int]] = MappingProxyType({})


class Rows(NamedTuple):
    """A table's rounded counts of rows, NaN where hidden; ``reasons`` is None where they are withheld."""

    table: str
    accepted: float
    kept_out: float
    reasons: Mapping[str, float] | None


@dataclass(frozen=True)
class ReleasedQuality(Sealed):
    """A row a table; never the number of rows delivered, which would give away what was kept out."""

    rows: tuple[Rows, ...]


def rows(
    counts: Mapping[str, tuple[int, int]],
    policy: Policy,
    reasons: Mapping[str, Mapping[str, int]] = NO_REASONS,
) -> ReleasedQuality:
    """Accepted and kept-out rows by table (R1, R15).

    Parameters
    ----------
    counts : mapping of str to tuple of int
        Table to the rows accepted and those kept out.
    policy : Policy
        The area's numbers.
    reasons : mapping of str to mapping, optional
        Table to how many rows each reason kept out; a row counts once.

    Returns
    -------
    ReleasedQuality
        Reasons are withheld for a table where, beside the rows kept out, a hidden count would have fewer
        than three possible values.
    """
    shown = []
    for table, (accepted, kept_out) in counts.items():
        total = count(kept_out, policy)
        parts = {why: count(n, policy) for why, n in reasons.get(table, {}).items()}
        own = MappingProxyType(parts) if _leaves_enough(total, list(parts.values()), policy) else None
        shown.append(Rows(table, count(accepted, policy), total, own))
    return sealed(ReleasedQuality, "R1 R15", rows=tuple(shown))


def _leaves_enough(total: float, parts: Sequence[float], policy: Policy) -> bool:
    """Whether each hidden count keeps three possible values or more, when the parts sum to the total.

    A hidden total then keeps as many as its parts do.
    """
    whole, limits = bounds(total, isnan(total), policy), [bounds(part, isnan(part), policy) for part in parts]
    low, high = sum(a for a, _ in limits), sum(b for _, b in limits)
    left = [min(b, whole[1] - low + a) - max(a, whole[0] - high + b) for a, b in limits]
    hidden = [candidates for candidates, part in zip(left, parts, strict=True) if isnan(part)]
    return all(candidates + 1 >= FEWEST for candidates in hidden)
