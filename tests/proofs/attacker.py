"""One who reads everything published and asks by integer programs which true counts it leaves open.

The attacker knows more than any reader does: which parts make up which wholes, which counts never exceed
which others, in which cells the truth changed between two sets and that it changed by at most seven. A cell
is *found exactly* when no other whole number fits all that was published, in all sets together. No set tells
where the truth changed, so what is found by one who knows that is asked about once more, by one who is told
in which sets a measure's half-year changed, but not in which municipality, month or kind. What only the
first of them finds is counted as *told*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from attack_terms import ANYTHING, HALF_YEAR, REST, SMALL, Cell, Found, Ints, Line, Part, Target, Truth
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

__all__ = [
    "ANYTHING",
    "HALF_YEAR",
    "REST",
    "SMALL",
    "Block",
    "Cell",
    "Found",
    "Line",
    "Part",
    "Truth",
    "attack",
]

PERIODS = (1, 3, 6)
MOST_CHANGED = 7
LARGEST = 100_000
DRAWS = 8
SECONDS = 600.0
INFEASIBLE = 2

Floats: TypeAlias = NDArray[np.float64]
Wanted: TypeAlias = csr_array
Row: TypeAlias = dict[int, float]
Published: TypeAlias = tuple[Sequence[Cell], Sequence[Line]]


class Block:
    """The integer program of one half-year: all sets, units, parts and keys that touch it.

    ``told``: whether the attacker knows in which cells the truth changed between two sets.
    """

    def __init__(self, truth: Truth, first: int, *, told: bool = True) -> None:
        self.truth, self.first, self.told = truth, first, told
        self.columns: dict[tuple[Part, str, int, int, int], int] = {}
        self.true: list[int] = []
        self.rows: list[tuple[Row, float, float]] = []
        self._declare()
        self._add_up()
        self._keep_within()

    @property
    def last(self) -> int:
        """Its last month."""
        return min(self.first + HALF_YEAR, self.truth.months) - 1

    def row(self, target: Target) -> Row:
        """What is asked about as a sum of unknowns."""
        row = self.expression(target.cell)
        return _plus(row, self.expression(target.before), -1) if target.before else row

    def expression(self, cell: Cell) -> Row:
        """A cell as a sum of unknowns."""
        measure, column = cell.part
        if column == REST and (cell.part, "") not in self.truth.counts:
            base, events = (self._sum(cell, (measure, name)) for name in ("denominator", "numerator"))
            return _plus(base, events, -1)
        return self._sum(cell, cell.part)

    def publish(self, cells: Iterable[Cell], lines: Iterable[Line] = ()) -> None:
        """Take in what is published of this half-year."""
        for cell in cells:
            if self.first <= cell.first and cell.last <= self.last and cell.low != -ANYTHING:
                self.rows.append((self.expression(cell), cell.low, cell.high))
        for line in lines:
            self._take_in(line)

    def violated(self) -> int:
        """How many constraints the truth itself does not meet: none, or the attack rests on an error."""
        matrix, low, high = self._matrix()
        found = matrix @ np.asarray(self.true, dtype=float)
        return int(((found < low - 1e-6) | (found > high + 1e-6)).sum())

    def attack(self, targets: Sequence[Target], *, measured: int, draws: int, seed: int) -> Found:
        """Which targets are found exactly; of some of them (`measured`) how many values fit."""
        if not targets:
            return Found()
        values = np.asarray(self.true, dtype=float)
        wanted = _sparse([self.row(target) for target in targets], len(values))
        truth = wanted @ values
        rng = np.random.default_rng(seed)
        open_ = np.zeros(len(targets), dtype=bool)
        for _ in range(draws):
            point = self.solve(rng.choice([-1.0, 0.0, 1.0], len(values)))
            open_ |= np.abs(wanted @ point - truth) > 0.5
        found = Found(len(targets))
        chosen = rng.permutation(len(targets))[:measured]
        for at in chosen:
            ends = [wanted[[at]] @ self.solve(s * wanted[[at]].toarray()[0]) for s in (1, -1)]
            low, high = (round(float(end[0])) for end in ends)
            found.candidates.append(high - low + 1)
            open_[at] = high > low
        for at in np.flatnonzero(~open_).tolist():
            if at in chosen or not self._other(wanted, at, truth, open_):
                found.exact.append(f"{targets[at]} = {round(truth[at])}")
        return found

    def _other(self, wanted: Wanted, at: int, truth: Floats, open_: NDArray[np.bool_]) -> bool:
        """Whether a target may have another value; what is found on the way is noted for the others."""
        if open_[at]:
            return True
        for low, high in ((truth[at] + 1, ANYTHING), (-ANYTHING, truth[at] - 1)):
            point = self.any_point((wanted[[at]], low, high))
            if point is not None:
                open_ |= np.abs(wanted @ point - truth) > 0.5
                return True
        return False

    def any_point(self, also: tuple[Wanted, float, float]) -> Floats | None:
        """Some point that fits everything published and one thing more; None when there is none."""
        return self._solved(np.zeros(len(self.true)), [also])

    def solve(self, cost: Floats) -> Floats:
        """A point that fits everything published, least in `cost`."""
        found = self._solved(cost, [])
        if found is None:
            raise AssertionError("no truth fits what was published")
        return found

    def _solved(self, cost: Floats, also: list[tuple[Wanted, float, float]]) -> Floats | None:
        done = milp(
            cost,
            integrality=np.ones(len(self.true)),
            bounds=Bounds(0, LARGEST),
            constraints=[LinearConstraint(*part) for part in (self._matrix(), *also)],
            options={"time_limit": SECONDS},
        )
        if done.x is None and done.status != INFEASIBLE:
            raise AssertionError(f"the integer program was not solved: {done.message}")
        return None if done.x is None else np.round(done.x)

    def _matrix(self) -> tuple[Wanted, Floats, Floats]:
        if getattr(self, "_made_of", -1) != len(self.rows):
            merged: dict[tuple[tuple[int, float], ...], tuple[float, float]] = {}
            for row, low, high in self.rows:
                key = tuple(sorted(row.items()))
                before = merged.get(key, (-ANYTHING, ANYTHING))
                merged[key] = max(before[0], low), min(before[1], high)
            ends = np.asarray(list(merged.values()), dtype=float).reshape(-1, 2)
            self._made = _sparse([dict(k) for k in merged], len(self.true)), ends[:, 0], ends[:, 1]
            self._made_of = len(self.rows)
        return self._made

    def _declare(self) -> None:
        """An unknown for each municipality, part, key and month, a new one in each set where it changed."""
        for (part, key), array in self.truth.counts.items():
            if not key and self.truth.same[part] != part:
                continue
            step = HALF_YEAR if key else 1
            spans = range(self.first // step, self.last // step + 1)
            inside = array[:, :, list(spans)]
            moved = [
                issue == 0 or bool((inside[issue] != inside[issue - 1]).any()) for issue in range(len(array))
            ]
            for unit in range(len(self.truth.units)):
                for at in spans:
                    self._versions((part, key, unit, at), array[:, unit, at], moved)

    def _versions(self, whose: tuple[Part, str, int, int], values: Ints, moved: Sequence[bool]) -> None:
        column = -1
        for issue, value in enumerate(values):
            if issue == 0 or value != values[issue - 1] or (moved[issue] and not self.told):
                before, column = column, len(self.true)
                self.true.append(int(value))
                if issue and abs(value - values[issue - 1]) <= MOST_CHANGED:
                    self.rows.append(({column: 1.0, before: -1.0}, -MOST_CHANGED, MOST_CHANGED))
            self.columns[*whose, issue] = column

    def _add_up(self) -> None:
        """Kinds, and pairs of parties, sum to all, in every set; pairs of a party to what is its own."""
        sums: dict[tuple[Part, str, str], list[str]] = {}
        for part, key in self.truth.counts:
            if key:
                sums.setdefault((part, "", key.split(":")[0]), []).append(key)
        sums |= {(part, key, ""): list(keys) for (part, key), keys in self.truth.made_of.items()}
        for (part, whole, _), keys in sums.items():
            for issue in range(self.truth.issues):
                for unit in self.truth.units:
                    cells = [Cell(issue, unit, part, k, self.first, self.last, 0, 0) for k in (whole, *keys)]
                    row = self.expression(cells[0])
                    for cell in cells[1:]:
                        row = _plus(row, self.expression(cell), -1)
                    self.rows.append((row, 0, 0))

    def _keep_within(self) -> None:
        for less, more in self.truth.within:
            for (part, key, unit, at, issue), column in list(self.columns.items()):
                if part == less and not key:
                    other = self.columns[more, "", unit, at, issue]
                    self.rows.append(({column: 1.0, other: -1.0}, -ANYTHING, 0))

    def _sum(self, cell: Cell, part: Part) -> Row:
        part = part if cell.key else self.truth.same[part]
        step = HALF_YEAR if cell.key else 1
        if cell.key and (cell.first, cell.last) != (self.first, self.last):
            raise AssertionError("kinds are published by half-year")
        row: Row = {}
        for unit in self.truth.of(cell.unit):
            for at in range(cell.first // step, cell.last // step + 1):
                column = self.columns[part, cell.key, unit, at, cell.issue]
                row[column] = row.get(column, 0.0) + 1.0
        return row

    def _take_in(self, line: Line) -> None:
        """Months of other half-years are given to the attacker as they truly are."""
        row: Row = {}
        known = 0.0
        for (part, unit), weights in line.weights.items():
            array = self.truth.counts[part, ""][line.issue, self.truth.of(unit)].sum(axis=0)
            months = np.arange(len(weights))
            inside = (months >= self.first) & (months <= self.last)
            known += float(weights[~inside] @ array[~inside])
            for at in np.flatnonzero(inside & (weights != 0)):
                one = Cell(line.issue, unit, part, "", int(at), int(at), 0, 0)
                row = _plus(row, self._sum(one, part), float(weights[at]))
        if row:
            self.rows.append((row, line.low - known, line.high - known))


def small_targets(block: Block, until: Mapping[int, int]) -> Iterator[Target]:
    """Every true count of 1–7 in a half-year, and every change of 1–7 between two sets, once each."""
    seen: set[tuple[tuple[int, float], ...]] = set()
    for cells in _places(block, until):
        changes = [Target(new, old) for old, new in pairwise(cells)]
        for target in (*map(Target, cells), *changes):
            row = block.row(target)
            true = sum(weight * block.true[column] for column, weight in row.items())
            key = tuple(sorted(row.items()))
            if abs(true) in SMALL and key not in seen:
                seen.add(key)
                yield target


def _places(block: Block, until: Mapping[int, int]) -> Iterator[list[Cell]]:
    """Each unit, part, key and period, in all sets that know it (`until` has the last month of each)."""
    truth = block.truth
    parts = [(p, k) for p, k in truth.counts if k or truth.same[p] == p]
    parts += [((measure, REST), "") for measure in truth.shares]
    for unit in (truth.whole, *truth.units):
        for part, key in parts:
            for months in (HALF_YEAR,) if key else PERIODS:
                for first in range(block.first, block.last + 2 - months, months):
                    last = first + months - 1
                    issues = [i for i in range(truth.issues) if last <= until.get(i, -1)]
                    if issues:
                        yield [Cell(i, unit, part, key, first, last, 0, 0) for i in issues]


def attack(
    truth: Truth,
    cells: Sequence[Cell],
    lines: Sequence[Line] = (),
    *,
    measured: int = 8,
    seed: int = 0,
) -> Found:
    """Attack everything published, half-year by half-year.

    Parameters
    ----------
    truth : Truth
        What is true, to know when the attacker is right.
    cells, lines : sequence
        Everything published.
    measured : int
        Of how many cells a half-year the number of fitting values is found.
    seed : int
        Of the points that are tried first.

    Returns
    -------
    Found
        Cells of 1–7, and changes of 1–7 between sets.
    """
    until: dict[int, int] = {}
    for cell in cells:
        until[cell.issue] = max(until.get(cell.issue, -1), cell.last)
    whole = Found()
    for first in range(0, truth.months, HALF_YEAR):
        block = Block(truth, first)
        block.publish(cells, lines)
        assert block.violated() == 0, f"the truth does not fit what was published of month {first} on"
        targets = list(small_targets(block, until))
        found = block.attack(targets, measured=measured, draws=DRAWS, seed=seed)
        names = {text.rsplit(" = ", 1)[0] for text in found.exact}
        asked = [t for t in targets if str(t) in names]
        if asked:
            _ask_untold(truth, first, (cells, lines), asked, found)
        whole.add(found)
    return whole


def _ask_untold(
    truth: Truth,
    first: int,
    published: tuple[Sequence[Cell], Sequence[Line]],
    asked: list[Target],
    found: Found,
) -> None:
    """Keep as exact what is so for one who does not know where the truth changed; note the others."""
    block = Block(truth, first, told=False)
    block.publish(*published)
    exact = block.attack(asked, measured=0, draws=0, seed=0).exact
    found.told = [t for t in found.exact if t not in exact]
    found.exact = [t for t in found.exact if t not in found.told]


def _plus(one: Row, other: Row, factor: float) -> Row:
    both = {column: one.get(column, 0.0) + factor * other.get(column, 0.0) for column in one | other}
    return {column: weight for column, weight in both.items() if weight}


def _sparse(rows: Sequence[Row], width: int) -> Wanted:
    data = [weight for row in rows for weight in row.values()]
    columns = [column for row in rows for column in row]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    return csr_array((data, columns, ends), shape=(len(rows), width))
