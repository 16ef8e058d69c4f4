"""The stated effects are found where municipalities start one by one, and none where there is none."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import demo
from analysis.area import Area, read_area
from analysis.designs.effect import Question
from analysis.designs.staggered import evaluate
from analysis.designs.timeline import month_of, ordinal
from analysis.measures import measures
from analysis.measures.indicators import build_snapshot, snapshot_folder
from analysis.measures.opened import Opened
from analysis.store import Store
from analysis.synthetic import without_effects

pytestmark = pytest.mark.proof

FIRST = date(2024, 3, 1)
APART = 6
SEEDS = range(300, 330)
NULL_SEEDS = range(400, 430)
MEASURES = (
    "deviations_per_1000", "uk_days_mean_skr", "uk_days_mean_payment", "home_within_24h_clock",
    "home_within_24h_date", "unplanned_readmission_30d",
)  # fmt: skip


def staggered_area() -> Area:
    """Gothenburg, as if each municipality had started half a year after the one before."""
    area = read_area("goteborg")
    days = {u.id: month_of(ordinal(FIRST) + APART * n) for n, u in enumerate(area.members)}
    return replace(area, starts=tuple(replace(s, start=days[s.unit]) for s in area.starts))


def answers(seed: int, *, null: bool) -> list[dict[str, Any]]:
    area = staggered_area()
    settings = demo.settings(area)
    settings = without_effects(settings) if null else settings
    home = Path(tempfile.mkdtemp(prefix="an-"))
    try:
        demo.load(area, home, seed=seed, demo=settings)
        store = Store(home, area.id)
        folder = snapshot_folder(home, area.id, store.digest())
        snapshot = build_snapshot(store, area, folder)
        return [answer(area, name, snapshot.folder, settings) for name in MEASURES]
    finally:
        shutil.rmtree(home)


def answer(area: Area, name: str, folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    measure, known = measures()[name], pd.Timestamp("2026-10-31")
    starts = {s.unit: s.start for s in area.starts}
    every = Opened(folder).panel(measure, "all", known)
    panel = every[every.unit.isin(list(starts))]
    asked = Question(
        name, name, measure.kind, measure.better, area.top.id, min(starts.values()), min(starts.values()),
        per=measure.per, starts=tuple(starts.items()),
    )  # fmt: skip
    effect = evaluate(panel, asked)
    return {
        "measure": name,
        "truth": settings["effects"][name]["value"],
        "estimate": effect.estimate,
        "low": effect.low,
        "high": effect.high,
        "verdict": effect.verdict,
    }


def with_effects(seed: int) -> list[dict[str, Any]]:
    return answers(seed, null=False)


def with_none(seed: int) -> list[dict[str, Any]]:
    return answers(seed, null=True)


def many(one: Any, seeds: Iterable[int]) -> pd.DataFrame:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = pd.DataFrame([row for rows in pool.map(one, seeds) for row in rows])
    inside = (found.low <= found.truth) & (found.truth <= found.high)
    found["inside"] = inside.astype(float).where(found.estimate.notna())
    return found


def table(found: pd.DataFrame) -> pd.DataFrame:
    return found.groupby("measure").agg(
        truth=("truth", "first"),
        mean=("estimate", "mean"),
        sd=("estimate", "std"),
        answered=("estimate", "count"),
        inside=("inside", "mean"),
        improved=("verdict", lambda v: (v == "improved").mean()),
        worsened=("verdict", lambda v: (v == "worsened").mean()),
        unattributed=("verdict", lambda v: (v == "cannot_be_attributed").mean()),
    )


def test_the_true_effect_lies_within_the_interval(capsys: pytest.CaptureFixture[str]) -> None:
    result = table(many(with_effects, SEEDS))
    with capsys.disabled():
        print(f"\n{len(SEEDS)} staggered areas with the stated effects\n{result.round(4).to_string()}")  # noqa: T201
    large = result.index.str.startswith(("home", "uk"))
    assert (result.answered[large] == len(SEEDS)).all()
    assert (result.answered >= len(SEEDS) / 2).all()  # a small municipality has too few events in some areas
    assert (result.inside >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / result.answered)).all()
    assert (result.worsened == 0).all()
    assert ((result["mean"] - result.truth).abs() < result.sd).all()


def test_where_nothing_happened_nothing_is_claimed(capsys: pytest.CaptureFixture[str]) -> None:
    result = table(many(with_none, NULL_SEEDS))
    with capsys.disabled():
        print(f"\n{len(NULL_SEEDS)} staggered areas without any effect\n{result.round(4).to_string()}")  # noqa: T201
    claimed = result.improved + result.worsened
    assert claimed.mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / (len(NULL_SEEDS) * len(result)))
