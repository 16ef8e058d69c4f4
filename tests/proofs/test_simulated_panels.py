"""Proof: five units that start one after another; false alarms and coverage beside two-way fixed effects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from invented_panels import STARTS, UNITS, frame, question, reached
from simulation import (
    RHOS,
    RUNS,
    SEED,
    WITH_CHANGE,
    ar1,
    in_two_processes,
    keep,
    margin,
    side_by_side,
    summary,
)

from analysis.designs.panel.comparators import comparators, two_way
from analysis.designs.panel.inference import judge, variances_before, working_correlation
from analysis.designs.panel.order_effects import linear_weights, treated
from analysis.designs.panel.permutation import interval, orders
from analysis.designs.panel.prepared import Panel, prepare

pytestmark = pytest.mark.proof

MONTHS = 48
RATIO = 0.8
DIFFERENCE = 1.0
KINDS = ("mean", "count", "share")
PRIMARY = "permutation"
EXCEPTIONS: dict[tuple[str, float], str] = {}


@dataclass(frozen=True)
class Cell:
    """One situation: kind, autocorrelation within a unit, and whether there is a change."""

    kind: str
    rho: float
    changed: bool = False

    @property
    def truth(self) -> float:
        """The true change on the model's scale."""
        if not self.changed:
            return 0.0
        return DIFFERENCE if self.kind == "mean" else float(np.log(RATIO))

    def asked(self):
        return question(kind=self.kind)


CELLS = [Cell(kind, rho) for kind in KINDS for rho in RHOS]
CELLS += [replace(cell, changed=True) for cell in CELLS if cell.kind != "mean" and cell.rho in WITH_CHANGE]


def drawn(cell: Cell, runs: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numerators, denominators and values, (runs, units, months): effects of unit and month, AR(1) noise."""
    rng = np.random.default_rng([SEED, 9, KINDS.index(cell.kind), round(10 * cell.rho), cell.changed])
    n = len(UNITS)
    noise = np.stack([ar1(rng, runs, MONTHS, cell.rho) for _ in range(n)], axis=1)
    unit, month = rng.normal(size=(runs, n, 1)), rng.normal(size=(runs, 1, MONTHS))
    change = cell.truth * reached()
    if cell.kind == "mean":
        value = 20 + 3 * unit + month + noise + change
        return value * 100, np.full(value.shape, 100.0), value
    if cell.kind == "share":
        size = np.full(noise.shape, 150.0)
        odds = np.log(0.75 / 0.25) + 0.2 * unit + 0.1 * month + 0.2 * noise
        events = rng.binomial(150, np.exp(change) / (1 + np.exp(-odds)))
    else:
        size = np.broadcast_to(np.linspace(600, 1400, n)[:, None], noise.shape)
        rate = 60 / 1000 * np.exp(0.2 * unit + 0.1 * month + 0.15 * noise + change)
        events = rng.poisson(rate * size)
    return events.astype(float), size, events / size


def answers(cell: Cell, runs: int) -> dict[str, np.ndarray]:
    """Estimate, low and high by each method, (runs, 3).

    `panel.prepare` reads the first panel only; the others differ in outcome and, of counts and shares, in
    weights by events before. For means, what depends on the design alone is worked out once. The test of the
    short way compares all of it with `comparators`.
    """
    top, size, value = drawn(cell, runs)
    prepared = prepare(frame(value[0], UNITS, top[0], size[0]), cell.asked())
    came = treated(prepared.cohorts, prepared.codes)
    if cell.kind == "mean":
        outcomes, ours = value, by_permutation(prepared, value, came)
    else:
        outcomes, events = np.log(value), top[:, :, : STARTS[0]].mean(axis=2)
        weights = events / events.mean(axis=1, keepdims=True)
        panels = [replace(prepared, outcome=y, weights=w) for y, w in zip(outcomes, weights, strict=True)]
        ours = np.array([judge(panel).interval for panel in panels])
    usual = [two_way(outcome, came) for outcome in outcomes]
    return {PRIMARY: ours} | {name: np.array([one[name][:3] for one in usual]) for name in usual[0]}


def by_permutation(prepared: Panel, outcomes: np.ndarray, came: np.ndarray) -> np.ndarray:
    """What `panel_inference.judge` gives for each outcome, (runs, 3)."""
    every, weights, clock = orders(prepared.codes), prepared.weights, prepared.cohorts.clock
    linear = linear_weights(every, weights, prepared.cohorts)
    by_unit = np.take_along_axis(linear, every[:, :, None], axis=1) * weights[:, None]
    correlation = working_correlation(clock)
    shares = np.einsum("out,ts,ous->ou", by_unit, correlation, by_unit, optimize=True)
    effects = np.einsum("out,rut->ro", by_unit, outcomes, optimize=True)
    slopes = np.einsum("out,ut->o", by_unit, came, optimize=True)
    before = clock < prepared.cohorts.starts[0]
    scales = [np.sqrt(shares @ variances_before(outcome[:, before])) for outcome in outcomes]
    ends = [interval(found / scale, slopes / scale) for found, scale in zip(effects, scales, strict=True)]
    return np.column_stack([effects[:, 0], np.array(ends)])


def measured(job: tuple[Cell, int]) -> list[dict[str, Any]]:
    """One row a method."""
    cell, runs = job
    named = {
        "design": "panel",
        "family": cell.kind,
        "before": 24,
        "after": 24,
        "rho": cell.rho,
        "impact": "step",
    }
    return [
        named | {"changed": cell.changed, "method": name} | summary(*rows.T, cell.truth)
        for name, rows in answers(cell, runs).items()
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_short_way_gives_what_the_whole_way_gives(kind: str) -> None:
    cell = Cell(kind, 0.4, changed=True)
    top, size, value = drawn(cell, 3)
    whole = comparators(frame(value[2], UNITS, top[2], size[2]), cell.asked())
    ends = whole[["estimate", "low", "high"]].to_numpy()
    short = np.array([rows[2] for rows in answers(cell, 3).values()])
    assert short == pytest.approx(ends if kind == "mean" else np.log(ends), abs=1e-9)


def test_the_answer_for_a_mean_moves_with_the_change() -> None:
    null, changed = (
        answers(Cell("mean", 0.4, changed=False), 5),
        answers(Cell("mean", 0.4, changed=True), 5),
    )
    assert changed.keys() == null.keys()
    value = drawn(Cell("mean", 0.4), 5)[2]
    prepared = prepare(frame(value[0]), question())
    for outcome, at_null in zip(value, null[PRIMARY], strict=True):
        moved = judge(replace(prepared, outcome=outcome + DIFFERENCE * reached())).interval
        assert moved == pytest.approx(at_null + DIFFERENCE, abs=1e-6)


def test_five_units_raise_few_false_alarms_and_their_intervals_hold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    jobs = [(cell, RUNS) for cell in CELLS]
    table = side_by_side(pd.DataFrame([row for rows in in_two_processes(measured, jobs) for row in rows]))
    keep(table)
    with capsys.disabled():
        print(f"\n{RUNS} panels each\n{table.round(3).to_string(index=False)}")  # noqa: T201
    ours = table[table["method"] == PRIMARY].set_index(["family", "rho"]).drop(index=list(EXCEPTIONS))
    assert (ours["failed"] == 0).all()
    assert (ours["false_alarms"] <= 0.06 + margin(0.06, RUNS)).all()
    assert (ours["coverage"] >= 0.94 - margin(0.94, RUNS)).all()
    assert (ours["bias"].abs() <= (0.05 + 3 / np.sqrt(RUNS)) * ours["sd"]).all()
