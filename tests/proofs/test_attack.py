"""Proof: who reads twelve monthly sets of a changing area, all units and tables, finds no count of 1–7.

Twenty invented areas, each with late, corrected and withdrawn records between its sets, go through the
functions that make what is published (the fast way); one area goes through real runs of the command, whose
published files are read (`test_attack_on_pages`). In some areas an analyst's own tables stand beside ours.
Beside what the attacker finds stands what readers lose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from attacker import ANYTHING, SMALL, Cell, Line, Part, Truth, attack
from changing_area import DEVIATIONS, MEASURES, OWN, PARTIES, SETS, Invented, invented, known_sets

from analysis import release
from analysis.area import Area, Policy
from analysis.fragments.deviations import NOT_STATED, PAIR
from analysis.fragments.deviations_course import SEVERITIES
from analysis.measures import Measure, measures
from analysis.release import ReleasedSeries
from analysis.release import breakdown as _breakdown
from analysis.showing import Family, Showing
from homes import goteborg

pytestmark = pytest.mark.proof

SEEDS = range(500, 520)
SEEDS_OF_OWN = range(520, 522)  # with nine families of counts, a larger integer program


@dataclass
class Published:
    """What twelve sets hold, and how much of each kind of table readers lose.

    ``sums`` are the places (set, unit, measure, first month) of denominators that are sums of those shown by
    shorter periods.
    """

    cells: list[Cell] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    values: dict[tuple[Any, ...], set[float | None]] = field(default_factory=dict)
    lost: list[dict[str, Any]] = field(default_factory=list)
    sums: set[tuple[int, str, str, int]] = field(default_factory=set)

    def add(self, cell: Cell, table: str, truth: Truth) -> None:
        """A count; of the last set, whether readers see it."""
        true = truth.value(cell)
        if cell.high == max(SMALL) < true and cell.low == 1:  # of few persons, who may have many cases
            cell = replace(cell, high=ANYTHING)
        self.cells.append(cell)
        if cell.issue == SETS - 1 and true:
            withheld, hidden = cell.low == -ANYTHING, cell.low == 1
            self.lost.append({"table": table, "n": 1, "hidden": hidden, "withheld": withheld, "none": False})

    def add_nothing(self, truth: Truth, part: Part, family: str, whose: tuple[int, str], table: str) -> None:
        """A table that is not there."""
        issue, unit = whose
        if issue == SETS - 1:
            arrays = [a for (p, key), a in truth.counts.items() if p == part and key.startswith(family)]
            n = sum(int((a[issue, truth.of(unit)].sum(axis=0) > 0).sum()) for a in arrays)
            self.lost.append({"table": table, "n": n, "hidden": 0, "withheld": 0, "none": n})

    def add_value(self, measure: Measure, parts: tuple[Any, ...], value: float, cell: Cell) -> None:
        """A rate, share or mean: it should follow from the parts beside it, or it tells of the truth."""
        told = None if np.isnan(value) else value
        self.values.setdefault((measure.kind, measure.per, *parts), set()).add(told)
        decimals = 2 if measure.kind == "share" else 1
        if told is None or told == round(measure.per * float(parts[0]) / float(parts[1]), decimals):
            return
        span = np.zeros(cell.last + 1)
        span[cell.first :] = 1.0
        name, unit = cell.part[0], cell.unit
        for end, bounds in ((-1, (0, ANYTHING)), (1, (-ANYTHING, 0))):
            bound = (value + end * 0.5 * 10**-decimals) / measure.per
            weights = {((name, "numerator"), unit): span, ((name, "denominator"), unit): -bound * span}
            self.lines.append(Line(cell.issue, weights, *bounds))

    @property
    def untold(self) -> list[tuple[Any, ...]]:
        """Shown parts beside which different values stand: then the value tells more than the parts do."""
        return [parts for parts, values in self.values.items() if len(values) > 1]


# ---- what the sets publish of it


def publish(area: Invented) -> Published:
    """All twelve sets, through the functions that release what a report shows."""
    published = Published()
    for issue in range(SETS):
        _publish_set(area, issue, published)
    return published


def _publish_set(area: Invented, issue: int, published: Published) -> None:
    settings, truth, day = goteborg(), area.truth, known_sets()[issue]

    def read(measure: Measure, units: Sequence[str], party: str) -> pd.DataFrame:
        del party
        return pd.concat([panel(area, issue, measure, unit, day) for unit in units], ignore_index=True)

    showing = Showing(settings, read, lambda *_: None)
    for name in MEASURES:
        for unit, shown in showing.of_units(measures()[name]).items():
            _read_series(shown, (issue, unit, name), area, settings.policy, published)
    families: list[Family] = []
    for column in area.families:
        rows = area.rows[(area.rows.since <= issue) & (issue < area.rows.until)]
        months = area.months[rows.month]
        named = pd.DataFrame(
            {
                "unit": np.asarray(truth.units)[rows.unit],
                "key": rows[column].str.split(":").str[1].to_numpy(),
                "month": months,
            }
        )
        named = named[months + pd.offsets.MonthEnd(0) <= day]
        families.append(Family(named, **_keys(settings, column)))
        for unit, shown_ in _breakdowns(showing, families).items():
            _read_breakdown(shown_, column, (issue, unit), area, published)


def _keys(area: Area, family: str) -> dict[str, Any]:
    """Every key that there may be of a family, and what its keys are sums of."""
    parties = [p.id for p in area.parties]
    if family in PARTIES:
        made_of = {p: [PAIR.join((p, q)[:: 1 - 2 * PARTIES[family]]) for q in parties] for p in parties}
        return {"keys": parties, "made_of": made_of}
    known: dict[str, Sequence[str]] = {name: keys for name, (keys, _) in OWN.items()}
    known["kind"] = [c.id for c in area.categories]
    known["pair"] = [f"{a}{PAIR}{b}" for a in parties for b in parties]
    known["severity"] = [*SEVERITIES, NOT_STATED]
    return {"keys": known[family]}


def _breakdowns(showing: Showing, families: Sequence[Family]) -> Mapping[str, release.ReleasedBreakdown]:
    """Those of all units: each page makes all of them, and takes its own; pairs beside kinds."""
    found: list[Mapping[str, release.ReleasedBreakdown]] = []

    def kept(*given: Any, **named: Any) -> Mapping[str, release.ReleasedBreakdown]:
        found.append(_breakdown(*given, **named))
        return found[-1]

    with patch.object(release, "breakdown", side_effect=kept):
        showing.breakdown(families, showing.area.top.id, measures()[DEVIATIONS])
    return found[-1]


def panel(area: Invented, issue: int, measure: Measure, unit: str, day: pd.Timestamp) -> pd.DataFrame:
    at = area.truth.of(unit)
    ends = area.months + pd.offsets.MonthEnd(0)
    counts = area.truth.counts
    numerator, denominator = (
        counts[(measure.name, c), ""][issue, at].sum(axis=0).astype(float)
        for c in ("numerator", "denominator")
    )
    frame = pd.DataFrame(
        {
            "unit": unit,
            "period_start": area.months,
            "numerator": numerator,
            "denominator": denominator,
            "value": measure.per * numerator / np.where(denominator > 0, denominator, np.nan),
            "complete": (ends + pd.Timedelta(days=measure.lag_days) <= day) & (denominator > 0),
        }
    )
    return frame[ends <= day]


def _read_series(
    shown: ReleasedSeries, whose: tuple[int, str, str], area: Invented, policy: Policy, published: Published
) -> None:
    issue, unit, name = whose
    measure, whole = measures()[name], unit == area.truth.whole
    for row in shown.table.to_dict("records"):
        first, last = _span(row, area.months)
        told = []
        for column in ("numerator", "denominator"):
            told.append(_said(row[column], hidden=row[f"{column}_hidden"]))
            if column == "denominator" and not shown.counted_base:
                published.sums.add((issue, unit, name, first))  # of shorter periods: it tells nothing anew
                continue
            says = meaning(row[column], row[f"{column}_hidden"], policy)
            cell = Cell(issue, unit, (name, column), "", first, last, *says)
            published.add(cell, f"{'whole' if whole else 'parts'}, {shown.level}", area.truth)
        published.add_value(measure, (*told, row["withheld"]), row["value"], cell)


def _read_breakdown(
    shown: Any, family: str, whose: tuple[int, str], area: Invented, published: Published
) -> None:
    issue, unit = whose
    part = (DEVIATIONS, "numerator")
    what = f"by {family}, {'whole' if unit == area.truth.whole else 'parts'}"
    if shown.too_small:
        published.add_nothing(area.truth, part, family, (issue, unit), what)
        return
    for row in shown.table.to_dict("records"):
        key, (first, last) = f"{family}:{row['key']}", _span(row, area.months)
        hidden = np.isnan(row["n"]) and not row["withheld"]
        says = meaning(row["n"], hidden, goteborg().policy)
        if (part, key) in area.truth.counts:
            published.add(Cell(issue, unit, part, key, first, last, *says), what, area.truth)
        else:
            assert row["n"] == 0 or row["withheld"], "a pair of parties that never reports"


def _span(row: Mapping[str, Any], months: pd.DatetimeIndex) -> tuple[int, int]:
    first = int(months.get_loc(row["period_start"]))
    return first, first + (row["period_end"].to_period("M") - row["period_start"].to_period("M")).n


def meaning(shown: float, hidden: bool, policy: Policy) -> tuple[float, float]:
    """What a published count says of the true one."""
    if hidden:
        return 1, policy.hide_up_to
    if np.isnan(shown):
        return -ANYTHING, ANYTHING
    if shown == 0:
        return 0, 0
    half = (policy.round_to - 1) / 2
    return max(policy.hide_up_to + 1, shown - half), shown + policy.round_to / 2


def _said(shown: float, *, hidden: bool) -> str:
    return "small" if hidden else "" if np.isnan(shown) else f"{shown:g}"


# ---- the attack


def attacked(seed: int, *, own: bool = False) -> dict[str, Any]:
    """One area: what the attacker finds, readers lose; beside an analyst's own tables, of deviations only."""
    area = invented(seed, own=own)
    published = publish(area)
    truth, cells, lines = area.truth, published.cells, published.lines
    if own:
        counts = {k: a for k, a in truth.counts.items() if k[0][0] == DEVIATIONS}
        truth = replace(truth, counts=counts, shares=())
        cells = [cell for cell in cells if cell.part[0] == DEVIATIONS]
        lines = [line for line in lines if {measure for (measure, _), _ in line.weights} == {DEVIATIONS}]
    found = attack(truth, cells, lines, seed=seed)
    return {
        "seed": seed,
        "published": len(cells),
        "asked": found.asked,
        "exact": found.exact,
        "told": found.told,
        "candidates": float(np.mean(found.candidates)),
        "untold": published.untold,
        "lost": published.lost,
    }


@pytest.mark.parametrize(("seeds", "own"), [(SEEDS, False), (SEEDS_OF_OWN, True)], ids=["ours", "own"])
def test_twelve_sets_tell_no_count_of_one_to_seven(
    seeds: Iterable[int], own: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = list(pool.map(partial(attacked, own=own), seeds))
    lost = pd.DataFrame([row for one in found for row in one["lost"]])
    with capsys.disabled():
        shown = pd.DataFrame(found)[["seed", "published", "asked", "candidates"]]
        exact = shown.assign(**{name: [len(one[name]) for one in found] for name in ("exact", "told")})
        print(f"\ncells of 1-7 in {SETS} sets\n{exact.round(1).to_string(index=False)}")  # noqa: T201
        print(f"what readers lose of the cells above 0\n{losses(lost).to_string()}")  # noqa: T201
    assert [text for one in found for text in one["exact"]] == []
    assert [parts for one in found for parts in one["untold"]] == []
    if not own:  # who is told it in nine tables is told all that each late report says
        assert sum(len(one["told"]) for one in found) < 0.001 * sum(one["asked"] for one in found)
    assert min(one["asked"] for one in found) > 500
    assert np.mean([one["candidates"] for one in found]) >= 3


def losses(lost: pd.DataFrame) -> pd.DataFrame:
    """By kind of table: cells, per cent hidden as small, withheld and without a table."""
    by = lost.groupby("table").agg(
        cells=("n", "sum"), **{c: (c, "sum") for c in ("hidden", "withheld", "none")}
    )
    shares = 100 * by[["hidden", "withheld", "none"]].div(by.cells, axis=0)
    return by[["cells"]].join(shares.round(1))
