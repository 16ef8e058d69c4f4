"""Invented series without and with a change, analysed by our primary method and by the usual ones."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from invented_series import START, question
from numpy.typing import NDArray
from usual_methods import Answers, least_squares, quasi_poisson, reml

from analysis.designs.effect import Question
from analysis.designs.fit import FitError
from analysis.designs.series.integrated import averaged, integrated, linearised
from analysis.designs.series.model import combination
from analysis.designs.series.terms import terms
from analysis.designs.timeline import ordinal

Floats = NDArray[np.float64]

RUNS = int(os.environ.get("PROOF_RUNS", "2000"))  # fewer only while the proof itself is being changed
WANTED_RUNS = 2000
TABLE = Path(__file__).resolve().parents[2] / "docs" / "simulation.csv"
SEED = 20261122
LENGTHS = ((24, 12), (36, 12), (36, 24), (60, 24))
RHOS = (0.0, 0.2, 0.4, 0.6)
WITH_CHANGE = (0.6,)  # autocorrelations at which counts and shares are simulated with a change, too
LENGTHS_WITH_CHANGE = ((24, 12),)
IMPACTS = ("step", "step_and_slope")
PRIMARY = "primary"
COUNT_NOISE = {"count_60": (60.0, 0.15), "count_200": (200.0, 0.10)}
FAMILIES = ("mean", "mean_of_few", "count_60", "count_200", "share")
RATIO = 0.8
DIFFERENCE = 1.0
PERSON_SD = 4.0


@dataclass(frozen=True)
class Cell:
    """One situation: what is measured, months before and after, autocorrelation, and the true change."""

    family: str
    before: int
    after: int
    rho: float
    changed: bool = False
    ratio: float = RATIO

    @property
    def kind(self) -> str:
        return self.family.split("_")[0]

    @property
    def months(self) -> NDArray[np.int64]:
        return np.arange(ordinal(START) - self.before, ordinal(START) + self.after)

    @property
    def truth(self) -> float:
        """The true change on the model's scale."""
        if not self.changed:
            return 0.0
        return DIFFERENCE if self.kind == "mean" else float(np.log(self.ratio))

    def asked(self, impact: str) -> Question:
        return question(kind=self.kind, impact=impact, per=1.0)

    def generator(self) -> np.random.Generator:
        """The cell's own stream of random numbers."""
        name = FAMILIES.index(self.family)
        return np.random.default_rng(
            [SEED, name, self.before, self.after, round(10 * self.rho), self.changed]
        )


def every_cell() -> list[Cell]:
    """All situations, and some of counts and shares with a change, too."""
    null = [Cell(f, *n, rho) for f in FAMILIES for n in LENGTHS for rho in RHOS]
    where = [(f, *n, rho) for f in FAMILIES for n in LENGTHS_WITH_CHANGE for rho in WITH_CHANGE]
    return null + [Cell(*place, True) for place in where if not place[0].startswith("mean")]


def ar1(rng: np.random.Generator, runs: int, n: int, rho: float) -> Floats:
    """Stationary AR(1) noise of variance 1, (runs, n)."""
    noise = rng.normal(size=(runs, n))
    for i in range(1, n):
        noise[:, i] = rho * noise[:, i - 1] + np.sqrt(1 - rho**2) * noise[:, i]
    return noise


def drawn(cell: Cell, runs: int) -> tuple[Floats, Floats, Floats]:
    """Numerators, denominators and values of `runs` series, each (runs, n)."""
    rng, at = cell.generator(), cell.months
    noise = ar1(rng, runs, len(at), cell.rho)
    time, season = at - ordinal(START), np.sin(2 * np.pi * at / 12)
    change = cell.truth * (time >= 0)
    if cell.kind == "mean":
        few = cell.family == "mean_of_few"
        size = rng.integers(5, 41, noise.shape).astype(float) if few else np.full(noise.shape, 100.0)
        sampling = PERSON_SD / np.sqrt(size) * rng.normal(size=noise.shape) if few else 0.0
        value = 20 + 0.02 * time + season + noise + sampling + change
        return value * size, size, value
    if cell.kind == "share":
        size = rng.integers(130, 171, noise.shape).astype(float)
        odds = np.log(0.75 / 0.25) + 0.003 * time + 0.1 * season + 0.2 * noise
        events = rng.binomial(size.astype(int), np.exp(change) / (1 + np.exp(-odds)))
    else:
        mean, sd = COUNT_NOISE[cell.family]
        size = 1000 * rng.uniform(0.9, 1.1, noise.shape)
        rate = mean / 1000 * np.exp(0.002 * time + 0.1 * season + sd * noise + change)
        events = rng.poisson(rate * size)
    return events.astype(float), size, events / size


def primary(cell: Cell, impact: str, data: tuple[Floats, Floats, Floats]) -> Answers:
    """The primary method's answers, by the public functions that `model.fit_model` calls."""
    at, asked = cell.months, cell.asked(impact)
    matrix = terms(at, asked)
    judged = combination(tuple(matrix.columns), int(at[-1]), asked)
    found = np.full((len(data[0]), 3), np.nan)
    for run, (top, size, value) in enumerate(zip(*data, strict=True)):
        try:
            if cell.kind == "mean":
                response = averaged(value, size)
            else:
                response = linearised(matrix, top, size, share=cell.kind == "share")
            got = integrated(matrix, response, at).contrast(judged)
        except FitError:
            continue
        found[run] = got.estimate[0], got.low[0], got.high[0]
    return found[:, 0], found[:, 1], found[:, 2]


def usual(cell: Cell, impact: str, data: tuple[Floats, Floats, Floats]) -> dict[str, Answers]:
    """The answers of the usual methods with the same terms."""
    at, asked = cell.months, cell.asked(impact)
    matrix = terms(at, asked)
    judged = combination(tuple(matrix.columns), int(at[-1]), asked)[0]
    X, (top, size, value) = matrix.to_numpy(), data
    if cell.kind != "mean":
        value = np.log((top + 0.5 * (top == 0).any(axis=1, keepdims=True)) / size)
    found = least_squares(X, value, judged, at // 12) | {"reml_ar1": reml(X, value, judged)}
    return found if cell.kind == "mean" else found | {"quasi_poisson": quasi_poisson(X, top, size, judged)}


def measured(cell: Cell, runs: int = RUNS) -> list[dict[str, Any]]:
    """One row an impact and method: how often no effect, and how often the truth, is excluded."""
    data, rows = drawn(cell, runs), []
    for impact in IMPACTS:
        answers = {PRIMARY: primary(cell, impact, data)} | usual(cell, impact, data)
        named = {"family": cell.family, "before": cell.before, "after": cell.after, "rho": cell.rho}
        rows += [
            named | {"impact": impact, "changed": cell.changed, "method": name} | summary(*found, cell.truth)
            for name, found in answers.items()
        ]
    return rows


def summary(estimate: Floats, low: Floats, high: Floats, truth: float) -> dict[str, Any]:
    """Shares of intervals, bias, spread and width, on the model's scale."""
    known = np.isfinite(estimate) & np.isfinite(low) & np.isfinite(high)
    estimate, low, high = estimate[known], low[known], high[known]
    return {
        "runs": len(known), "failed": int((~known).sum()),
        "excludes_none": float(((low > 0) | (high < 0)).mean()),
        "holds_truth": float(((low <= truth) & (truth <= high)).mean()),
        "bias": float(estimate.mean() - truth), "sd": float(estimate.std(ddof=1)),
        "width": float(np.median(high - low)),
    }  # fmt: skip


def side_by_side(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a situation and method: false alarms without a change, and coverage of the truth.

    ``coverage_of`` is "change" where series with a change were analysed, or need not be: adding a multiple of
    the step to a mean moves estimate and interval by as much
    (`test_the_answer_for_a_mean_moves_with_the_change`); else "no change".
    """
    keys = [
        name for name in ("design", "family", "before", "after", "rho", "impact", "method") if name in rows
    ]
    null, changed = (rows[rows["changed"] == flag].set_index(keys) for flag in (False, True))
    both = changed[["holds_truth", "bias"]].rename(
        columns={"holds_truth": "coverage", "bias": "bias_changed"}
    )
    known = null.join(both).reset_index()
    simulated = known["coverage"].notna() | known["family"].str.startswith("mean")
    known["coverage_of"] = np.where(simulated, "change", "no change")
    known["coverage"] = known["coverage"].fillna(known["holds_truth"])
    known["bias"] = known["bias_changed"].fillna(known["bias"])
    known["width_in_sd"] = known["width"] / known["sd"]
    known = known.rename(columns={"excludes_none": "false_alarms"})
    return known[
        [*keys, "runs", "failed", "false_alarms", "coverage", "coverage_of", "bias", "sd", "width_in_sd"]
    ]


def in_two_processes(one: Any, jobs: Iterable[Any]) -> list[Any]:
    """Every job's result, in order; each process computes on one thread."""
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        return list(pool.map(one, jobs))


def keep(table: pd.DataFrame) -> None:
    """Write a design's rows into docs/simulation.csv, when they rest on enough runs."""
    if table["runs"].min() < WANTED_RUNS:
        return
    others = [pd.read_csv(TABLE).query("design != @table.design.iloc[0]")] if TABLE.is_file() else []
    whole = pd.concat([*others, table]).sort_values("design", ascending=False, kind="stable")
    whole.round(4).to_csv(TABLE, index=False, lineterminator="\n")


def margin(share: float, runs: int) -> float:
    """Two standard errors of a share that is simulated."""
    return float(2 * np.sqrt(share * (1 - share) / runs))
