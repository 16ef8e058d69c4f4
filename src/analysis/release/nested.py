"""Parts beside their whole (R11): what a reader can work out from both must stay as vague as a cell is.

Both sides tell intervals for the same sums: 10 (to the nearest 5, above 7) means 8 to 12, "≤7" means 1 to
7, nothing shown means anything. Narrowing them against each other until nothing changes gives what a reader
can conclude. Where that leaves a cell fewer than three numbers, the parts of that half-year are withheld.
The decision uses shown numbers only, so it tells nothing by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Literal

import pandas as pd

from analysis.area import Policy
from analysis.release.periods import LEVELS, ReleasedSeries

FEWEST = 3
MOST_ROUNDS = 200
HALF_YEAR = 6
LENGTHS = sorted(LEVELS.values())
Bounds = tuple[int, int]
ANYTHING: Bounds = (0, 10**9)


@dataclass(frozen=True)
class Period:
    """What a released series tells of a period: its first month in the half-year, its length, its parts."""

    start: pd.Timestamp
    first: int
    months: int
    numerator: Bounds
    base: Bounds | None
    is_share: bool


@dataclass(frozen=True)
class Piece:
    """A cell of a half-year: its first month in it (0–5), its months, and its number among the `Cells`."""

    first: int
    months: int
    cell: int


class Cells:
    """Whole numbers that are known within bounds, and sums of them that agree."""

    def __init__(self) -> None:
        self.low: list[int] = []
        self.high: list[int] = []
        self._fewest: list[int] = []
        self._equal: list[tuple[Sequence[int], Sequence[int]]] = []

    def add(self, bounds: Bounds) -> int:
        """A number within bounds, which may have fewer candidates already; gives its place."""
        low, high = bounds
        self.low.append(low)
        self.high.append(high)
        self._fewest.append(min(FEWEST, high - low + 1))
        return len(self.low) - 1

    def agree(self, left: Sequence[int], right: Sequence[int]) -> None:
        """Two sums are the same number."""
        self._equal.append((left, right))

    def are_vague(self) -> bool:
        """Whether, all narrowed, each number has enough candidates left, or is known to be zero.

        Returns
        -------
        bool
            False too when no numbers fit, or when that is not settled after `MOST_ROUNDS`.
        """
        for _ in range(MOST_ROUNDS):
            if not self._narrow():
                every = zip(self.low, self.high, self._fewest, strict=True)
                return all(high == 0 or high - low + 1 >= fewest for low, high, fewest in every)
            if any(low > high for low, high in zip(self.low, self.high, strict=True)):
                return False
        return False

    def _narrow(self) -> bool:
        """One round of narrowing; whether anything changed."""
        before = (self.low[:], self.high[:])
        for left, right in self._equal:
            self._towards(left, right)
            self._towards(right, left)
        return before != (self.low, self.high)

    def _towards(self, these: Sequence[int], others: Sequence[int]) -> None:
        """Narrow each of a sum: it is what the other sum leaves when the rest of its own is taken away."""
        low, high = self.low, self.high
        least, most = sum(low[i] for i in others), sum(high[i] for i in others)
        own_least, own_most = sum(low[i] for i in these), sum(high[i] for i in these)
        for i in these:
            smallest, largest = least - (own_most - high[i]), most - (own_least - low[i])
            low[i], high[i] = max(low[i], smallest), min(high[i], largest)


def bounds(shown: float, hidden: bool, policy: Policy) -> Bounds:
    """What a shown count means.

    Parameters
    ----------
    shown : float
        The count as it is shown; NaN when it is not.
    hidden : bool
        Whether it is shown as small.
    policy : Policy
        The area's numbers.

    Returns
    -------
    tuple of int
        The least and the most that it can be.
    """
    if hidden:
        return 1, policy.hide_up_to
    if isnan(shown):
        return ANYTHING
    if shown == 0:
        return 0, 0
    near = int(shown)
    least, most = near - policy.round_to // 2, near + (policy.round_to - 1) // 2
    return max(least, policy.hide_up_to + 1), most


def agree(cells: Cells, left: Sequence[Sequence[Piece]], right: Sequence[Sequence[Piece]]) -> None:
    """Two sides have the same sum in every month, quarter and half-year that both have cells of.

    A cell that is longer than what is compared has unknown parts; a side that has no cell for some months
    counts them as unknown.

    Parameters
    ----------
    cells : Cells
        Where the numbers are.
    left, right : sequence of sequence of Piece
        For each member of a side, its cells within a half-year.
    """
    if not (any(left) and any(right)):
        return
    finest = max(min(p.months for member in side for p in member) for side in (left, right))
    for months in reversed(LENGTHS[LENGTHS.index(finest) :]):
        left, right = ([_split(member, months, cells) for member in side] for side in (left, right))
        for first in range(0, HALF_YEAR, months):
            sides = [_within(side, first, months) for side in (left, right)]
            if not all(found for found, _ in sides) or not any(covers for _, covers in sides):
                continue
            cells.agree(*(f if covers else [*f, cells.add(ANYTHING)] for f, covers in sides))


def _split(member: Sequence[Piece], months: int, cells: Cells) -> Sequence[Piece]:
    """A member's cells with the longer ones in unknown parts of this length, which make them up."""
    found: list[Piece] = []
    for piece in member:
        starts = range(piece.first, piece.first + piece.months, months)
        parts = [Piece(first, months, cells.add(ANYTHING)) for first in starts if piece.months > months]
        if parts:
            cells.agree([piece.cell], [part.cell for part in parts])
        found += parts or [piece]
    return found


def _within(side: Sequence[Sequence[Piece]], first: int, months: int) -> tuple[list[int], bool]:
    """A side's cells within some months, and whether they cover all months of all members."""
    inside = [p for m in side for p in m if first <= p.first and p.first + p.months <= first + months]
    return [p.cell for p in inside], sum(p.months for p in inside) == months * len(side)


def known(shown: ReleasedSeries, policy: Policy) -> dict[int, list[Period]]:
    """What a released series tells, by half-year (counted from year 0).

    Parameters
    ----------
    shown : ReleasedSeries
        The series.
    policy : Policy
        The area's numbers.

    Returns
    -------
    dict of int to list of Period
        In the order of its table; a base of time tells nothing, since it is not of anyone.
    """
    found: dict[int, list[Period]] = defaultdict(list)
    table, months, is_share = shown.table, LEVELS[shown.level], shown.kind == "share"
    names = ("period_start", "numerator", "numerator_hidden", "denominator", "denominator_hidden")
    for start, n, n_hidden, of, of_hidden in zip(*(table[name].tolist() for name in names), strict=True):
        half_year, first = place(start)
        base = bounds(of, of_hidden, policy) if shown.counted_base else None
        found[half_year].append(Period(start, first, months, bounds(n, n_hidden, policy), base, is_share))
    return found


def place(start: pd.Timestamp) -> tuple[int, int]:
    """The half-year that a month is in (counted from year 0), and its place in it (0–5)."""
    return divmod(12 * start.year + start.month - 1, HALF_YEAR)


def pieces(periods: Iterable[Period], cells: Cells) -> tuple[list[Piece], list[Piece], list[Piece]]:
    """The parts of a series' periods as cells; of a share the rest is a count like the others.

    Parameters
    ----------
    periods : iterable of Period
        Within a half-year.
    cells : Cells
        Where to add the numbers.

    Returns
    -------
    tuple of list of Piece
        Numerators, bases (none of time) and rests (of shares only).
    """
    numerators, bases, rests = [], [], []
    for p in periods:
        numerators.append(Piece(p.first, p.months, cells.add(p.numerator)))
        if p.base is not None:
            bases.append(Piece(p.first, p.months, cells.add(p.base)))
        if p.base is not None and p.is_share:
            rests.append(Piece(p.first, p.months, cells.add(ANYTHING)))
            cells.agree([bases[-1].cell], [numerators[-1].cell, rests[-1].cell])
    return numerators, bases, rests


@dataclass(frozen=True)
class Beside:
    """A released series beside a number of cases of a half-year.

    Its ``part`` (numerators or denominators) counts the same cases, or (not ``every``) more than these.
    """

    series: ReleasedSeries
    start: pd.Timestamp
    part: Literal["numerator", "denominator"]
    every: bool = True

    def join(self, cells: Cells, total: int, policy: Policy) -> None:
        """Let the number of cases be the sum of the series' parts in the half-year.

        Parameters
        ----------
        cells : Cells
            Where the numbers are.
        total : int
            The place of the number of cases.
        policy : Policy
            The area's numbers.
        """
        half_year, _ = place(self.start)
        numerators, bases, _ = pieces(known(self.series, policy).get(half_year, []), cells)
        others = [] if self.every else [[Piece(0, HALF_YEAR, cells.add(ANYTHING))]]
        of_series = numerators if self.part == "numerator" else bases
        agree(cells, [of_series], [[Piece(0, HALF_YEAR, total)], *others])


def guarded(
    whole: ReleasedSeries, parts: Mapping[str, ReleasedSeries], policy: Policy
) -> Mapping[str, ReleasedSeries]:
    """The parts as they may stand beside their whole (R11).

    Parameters
    ----------
    whole : ReleasedSeries
        Of the whole area.
    parts : mapping of str to ReleasedSeries
        Of the units that make it up, at any levels.
    policy : Policy
        The area's numbers.

    Returns
    -------
    mapping of str to ReleasedSeries
        The parts; all are withheld in a half-year in which both together tell too much.
    """
    top = known(whole, policy)
    below = {name: known(part, policy) for name, part in parts.items()}
    every = sorted({half_year for of_part in below.values() for half_year in of_part})
    told = [h for h in every if not _are_vague(top.get(h, []), [b.get(h, []) for b in below.values()])]
    return {
        name: part.without([p.start for half_year in told for p in below[name].get(half_year, [])])
        for name, part in parts.items()
    }


def _are_vague(whole: Iterable[Period], parts: Iterable[Iterable[Period]]) -> bool:
    """Whether the periods of a half-year, of a whole and its parts, leave every count vague."""
    cells = Cells()
    top, below = pieces(whole, cells), [pieces(part, cells) for part in parts]
    for at, of_whole in enumerate(top):
        agree(cells, [of_whole], [of_part[at] for of_part in below])
    return cells.are_vague()
