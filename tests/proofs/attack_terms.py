"""What the attacker of the proofs reads, what is true, and what an attack finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

SMALL = range(1, 8)
HALF_YEAR = 6
REST = "rest"
ANYTHING = float("inf")

Ints = NDArray[np.int64]
Part = tuple[str, str]  # measure and numerator, denominator or rest


@dataclass(frozen=True)
class Cell:
    """What a published count says of the truth: in set `issue`, it is `low` to `high`.

    ``key`` is a kind or a pair of parties, "" for all; `first` and `last` are months, counted from the
    first of the truth. A cell that says nothing (withheld) has `low` −inf.
    """

    issue: int
    unit: str
    part: Part
    key: str
    first: int
    last: int
    low: float
    high: float

    @property
    def is_shown(self) -> bool:
        """Whether readers see a number, not "≤7" or a dash."""
        return self.low != min(SMALL) and self.low != -ANYTHING


@dataclass(frozen=True)
class Line:
    """A published value as a linear constraint: the sum of `weights` times the true months of its parts.

    A rate v of n per d is the two lines n − (v + r) d <= 0 and n − (v − r) d >= 0; a result of a model is
    its gradient. ``weights`` is by part and unit, one number a month of the truth.
    """

    issue: int
    weights: Mapping[tuple[Part, str], NDArray[np.float64]]
    low: float
    high: float


@dataclass(frozen=True)
class Truth:
    """True counts: by part and key an array of sets by municipalities by months (half-years for keys).

    ``made_of`` has the keys of another family that a key is the sum of.
    """

    whole: str
    units: tuple[str, ...]
    counts: Mapping[tuple[Part, str], Ints]
    shares: tuple[str, ...] = ()
    made_of: Mapping[tuple[Part, str], Sequence[str]] = field(default_factory=dict)

    @property
    def months(self) -> int:
        """How many months there are."""
        return max(array.shape[2] for (_, key), array in self.counts.items() if not key)

    @property
    def issues(self) -> int:
        """How many sets there are."""
        return next(iter(self.counts.values())).shape[0]

    def of(self, unit: str) -> list[int]:
        """The municipalities in a unit, by position."""
        return list(range(len(self.units))) if unit == self.whole else [self.units.index(unit)]

    def value(self, cell: Cell) -> int:
        """What is true of a cell."""
        array = self.counts[cell.part, cell.key][cell.issue, self.of(cell.unit)]
        step = HALF_YEAR if cell.key else 1
        return int(array[:, cell.first // step : cell.last // step + 1].sum())

    @cached_property
    def same(self) -> dict[Part, Part]:
        """Parts that are the same counts, each with the first of them."""
        firsts: dict[bytes, Part] = {}
        return {
            part: firsts.setdefault(array.tobytes(), part)
            for (part, key), array in self.counts.items()
            if not key
        }

    @cached_property
    def within(self) -> list[tuple[Part, Part]]:
        """Pairs of parts of which the one is nowhere larger than the other."""
        parts = list(dict.fromkeys(self.same.values()))
        return [(a, b) for a, b in permutations(parts, 2) if (self.counts[a, ""] <= self.counts[b, ""]).all()]


@dataclass
class Found:
    """What an attack found: how many cells were asked about, which are exact, how many values fit others.

    ``told`` are those that are exact only for one who is told where the truth changed.
    """

    asked: int = 0
    exact: list[str] = field(default_factory=list)
    candidates: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def add(self, other: Found) -> None:
        """Both together."""
        self.asked += other.asked
        self.exact += other.exact
        self.candidates += other.candidates
        self.told += other.told


@dataclass(frozen=True)
class Target:
    """A count that is asked about, or the change to it from an earlier set."""

    cell: Cell
    before: Cell | None = None

    def __str__(self) -> str:
        cell, key = self.cell, f" {self.cell.key}" if self.cell.key else ""
        at = f"set {cell.issue} {cell.unit} {'/'.join(cell.part)}{key} {cell.first}-{cell.last}"
        return f"change of {at}" if self.before else at
