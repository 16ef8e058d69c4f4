"""Proof: how often a verdict is given for no change, and for a fall of 30 %, counts with a step."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from invented_series import START, frame, question

from analysis.designs.segmented import evaluate
from analysis.designs.timeline import ordinal

SERIES = 200
pytestmark = pytest.mark.proof


def verdict(job: tuple[int, int, float, float, int]) -> str:
    """The verdict on one invented series: counts of mean 60, log-SD 0.15 of AR(1) noise on the rate."""
    before, after, rho, ratio, seed = job
    rng = np.random.default_rng(seed)
    at = np.arange(ordinal(START) - before, ordinal(START) + after)
    shocks = rng.normal(0, 0.15 * np.sqrt(1 - rho**2), len(at))
    noise = np.zeros(len(at))
    noise[0] = rng.normal(0, 0.15)
    for i in range(1, len(at)):
        noise[i] = rho * noise[i - 1] + shocks[i]
    rate = 0.06 * np.exp(0.1 * np.sin(2 * np.pi * at / 12) + noise)
    base = np.full(len(at), 1000.0)
    numerator = rng.poisson(rate * base * np.where(at >= ordinal(START), ratio, 1.0))
    return evaluate(frame(at, numerator, base), question()).verdict


@pytest.mark.parametrize(
    ("before", "after", "rho"), [(46, 9, 0.0), (46, 9, 0.4), (36, 24, 0.0), (36, 24, 0.4)]
)
def test_verdicts_are_rarely_wrong(before: int, after: int, rho: float, capsys: pytest.CaptureFixture[str]):
    with ProcessPoolExecutor(2) as pool:
        null = list(pool.map(verdict, [(before, after, rho, 1.0, s) for s in range(SERIES)], chunksize=10))
        fall = list(pool.map(verdict, [(before, after, rho, 0.7, s) for s in range(SERIES)], chunksize=10))
    wrong = sum(v in ("improved", "worsened") for v in null) / SERIES
    with capsys.disabled():
        shares = {v: round(fall.count(v) / SERIES, 2) for v in sorted(set(fall))}
        print(f"\n{before}+{after} rho {rho}: false verdicts {wrong:.3f}; fall of 30 %: {shares}")  # noqa: T201
    assert wrong <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / SERIES)
    assert "worsened" not in fall
