"""Proof: the results of models, as they are told, give no count of 1–7 away; told exactly, they would.

The question about deviations, of the whole area and each municipality, in the last three sets. The attacker
knows the model, its gradient at the truth, every month of other half-years and every denominator: more than
any reader. What is told of an estimate, its interval and the lines of the chart then bounds the true counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from attack_terms import Line, Truth
from attacker import attack
from changing_area import DEVIATIONS, SETS, Invented, invented, known_sets
from numpy.typing import NDArray
from test_attack import panel, publish

from analysis import protocol, release
from analysis.designs import segmented
from analysis.designs.effect import Effect, Question
from analysis.measures import Measure
from analysis.release.looks import Given
from analysis.release.resolution import snapped
from analysis.showing import Showing
from homes import goteborg

pytestmark = pytest.mark.proof

SEEDS = (500, 501)
ISSUES = range(SETS - 3, SETS)
NOTEBOOK, PART = "02-deviations", (DEVIATIONS, "numerator")
CLOSE = 1e-5  # of a number that is told with all its digits

Floats = NDArray[np.float64]


def fitted(series: pd.DataFrame, question: Question) -> Effect:
    """The answer without its checks."""
    with (
        patch.object(segmented.looks, "run_all", lambda *_: ()),
        patch.object(segmented, "minimum_detectable_effect", lambda *_: float("nan")),
    ):
        return segmented.evaluate(series, question)


def courses(effect: Effect) -> list[tuple[Floats, Floats]]:
    """Months and logs of the two lines of a chart: expected before the start, without the change after it."""
    days, found = effect.fit.period_start, []
    for name, side in (
        ("expected", days < pd.Timestamp(effect.question.start)),
        ("without", days >= pd.Timestamp(effect.question.settled)),
    ):
        values = effect.fit[name].to_numpy(float)
        known = np.flatnonzero(side.to_numpy() & np.isfinite(values))
        found.append((known.astype(float), np.log(values[known])))
    return found


def numbers(effect: Effect) -> Floats:
    """The estimate, its interval and the ends of the lines."""
    ends = []
    for at, logs in courses(effect):
        slope, level = np.polyfit(at - at[0], logs, 1)
        ends += [np.exp(level), np.exp(level + slope * (at[-1] - at[0]))]
    return np.asarray([effect.estimate, effect.low, effect.high, *ends])


def steps(effect: Effect, series: pd.DataFrame) -> Floats:
    """How finely each of these numbers is told."""
    given = Given(effect, series, goteborg().policy)
    own = [given.own.step(effect.estimate if n > 1 else float("nan")) for n in numbers(effect)[:3]]
    level = [float(np.exp(logs.mean())) for _, logs in courses(effect)]
    before, after = snapped(given.before.cases * level[0]), snapped(given.own.cases * level[1])
    return np.asarray([*own, before, before, after, after])


def lines_of(area: Invented, issue: int, unit: str, *, exactly: bool) -> list[Line]:
    """What one page tells of one model."""
    day = known_sets()[issue]

    def read(measure: Measure, units: Sequence[str], party: str) -> pd.DataFrame:
        del party
        return pd.concat([panel(area, issue, measure, one, day) for one in units], ignore_index=True)

    (asked,) = protocol.asked(goteborg(), NOTEBOOK, goteborg().unit(unit))
    question = Showing(goteborg(), read, lambda *_: None).until_shown(asked).question
    series = read(asked.measure, (unit,), "all").drop(columns="unit")
    effect = fitted(series, question)
    told = release.released_effect(effect, series, goteborg().policy)
    if told.verdict == "too_little_data":
        return []
    raw, shown = numbers(effect), numbers(told)
    off = np.abs(shown - raw)
    wide = np.full(len(raw), CLOSE) if exactly else np.maximum(off, steps(effect, series) / 2)
    middle = raw if exactly else shown
    x = _counts(area.truth, issue, unit)
    gradient = _gradient(series, question, raw, len(x))
    return [
        Line(issue, {(PART, unit): g}, m - w - r + float(g @ x), m + w - r + float(g @ x))
        for g, m, w, r in zip(gradient, middle, wide, raw, strict=True)
    ]


def _counts(truth: Truth, issue: int, unit: str) -> Floats:
    return truth.counts[PART, ""][issue, truth.of(unit)].sum(axis=0).astype(float)


def _gradient(series: pd.DataFrame, question: Question, raw: Floats, months: int) -> Floats:
    """What one event more in each month changes in each number."""
    gradient = np.zeros((len(raw), months))
    used = fitted(series, question).fit.set_index("period_start").used.astype(bool)
    for at, day in enumerate(series.period_start):
        if used.get(day, False):
            more = series.copy()
            more.loc[at, "numerator"] += 1
            more["value"] *= more.numerator / series.numerator.where(series.numerator > 0, 1)
            gradient[:, at] = numbers(fitted(more, question)) - raw
    return gradient


def attacked(seed: int) -> dict[str, Any]:
    """One area, its models told in steps and told exactly."""
    area = invented(seed)
    cells = [c for c in publish(area).cells if c.issue in ISSUES and c.part[0] == DEVIATIONS]
    kept = {k: a for k, a in area.truth.counts.items() if k[0][0] == DEVIATIONS}
    truth = replace(area.truth, counts=kept, shares=())
    units = (truth.whole, *truth.units)
    found: dict[str, Any] = {"seed": seed}
    for name, exactly in (("in steps", False), ("exactly", True)):
        lines = [line for i in ISSUES for unit in units for line in lines_of(area, i, unit, exactly=exactly)]
        result = attack(truth, cells, lines, seed=seed)
        found |= {"lines": len(lines), "asked": result.asked, name: result.exact + result.told}
    return found


def test_models_told_in_steps_give_nothing_away_that_exact_ones_would(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = list(pool.map(attacked, SEEDS))
    with capsys.disabled():
        for one in found:
            told = {name: len(one[name]) for name in ("in steps", "exactly")}
            print(f"\nseed {one['seed']}: {one['lines']} numbers, {one['asked']} cells of 1-7, {told}")  # noqa: T201
    assert all(one["lines"] > 0 for one in found)
    assert [text for one in found for text in one["in steps"]] == []
    assert sum(len(one["exactly"]) for one in found) > 20
