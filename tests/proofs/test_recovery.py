"""The stated effects of the invented area are found within their intervals, and none where there is none."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import demo, params
from analysis.area import read_area
from analysis.study import Study
from analysis.synthetic import without_effects

pytestmark = pytest.mark.proof

NOTEBOOKS = ("02-deviations", "03-discharge-outcomes")
SEEDS = range(100, 140)
NULL_SEEDS = range(2001, 2201)


def answers(seed: int, *, null: bool) -> list[dict[str, Any]]:
    """One invented area: what each question was answered, beside what is true."""
    area = read_area("goteborg")
    settings = demo.settings(area)
    settings = without_effects(settings) if null else settings
    home = Path(tempfile.mkdtemp(prefix="an-"))
    try:
        demo.load(area, home, seed=seed, demo=settings)
        given = {"area": "goteborg", "unit": "", "language": "sv", "as_of": "", "home": str(home)}
        effects = [e for n in NOTEBOOKS for e in Study(n, params.check(given)).effects]
    finally:
        shutil.rmtree(home)
    return [
        {
            "measure": e.question.measure,
            "truth": settings["effects"][e.question.measure]["value"],
            "estimate": e.estimate,
            "low": e.low,
            "high": e.high,
            "verdict": e.verdict,
        }
        for e in effects
    ]


def with_effects(seed: int) -> list[dict[str, Any]]:
    return answers(seed, null=False)


def with_none(seed: int) -> list[dict[str, Any]]:
    return answers(seed, null=True)


def many(one: Any, seeds: Iterable[int]) -> pd.DataFrame:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = pd.DataFrame([row for rows in pool.map(one, seeds) for row in rows])
    found["inside"] = (found.low <= found.truth) & (found.truth <= found.high)
    found["claimed"] = found.verdict.isin(["improved", "worsened"])
    return found


def table(found: pd.DataFrame) -> pd.DataFrame:
    return found.groupby("measure").agg(
        truth=("truth", "first"),
        mean=("estimate", "mean"),
        sd=("estimate", "std"),
        inside=("inside", "mean"),
        improved=("verdict", lambda v: (v == "improved").mean()),
        worsened=("verdict", lambda v: (v == "worsened").mean()),
        unattributed=("verdict", lambda v: (v == "cannot_be_attributed").mean()),
    )


def test_the_true_effect_lies_within_the_interval(capsys: pytest.CaptureFixture[str]) -> None:
    found = many(with_effects, SEEDS)
    result = table(found)
    with capsys.disabled():
        print(f"\n{len(SEEDS)} areas with the stated effects\n{result.round(4).to_string()}")  # noqa: T201
    assert len(result) == 6
    assert (found.groupby("measure").size() == len(SEEDS)).all()
    assert (result.inside >= 0.9).all()
    assert ((result["mean"] - result.truth).abs() < result.sd).all()
    assert (result.worsened == 0).all()


def test_where_nothing_happened_nothing_is_claimed(capsys: pytest.CaptureFixture[str]) -> None:
    found = many(with_none, NULL_SEEDS)
    result = table(found)
    with capsys.disabled():
        print(f"\n{len(NULL_SEEDS)} areas without any effect\n{result.round(4).to_string()}")  # noqa: T201
    assert len(result) == 6
    claimed = result.improved + result.worsened
    error = np.sqrt(0.05 * 0.95 / len(NULL_SEEDS))
    assert claimed.mean() <= 0.05 + 2 * error / np.sqrt(len(result))
    assert (claimed <= 0.05 + 2 * error).all()
