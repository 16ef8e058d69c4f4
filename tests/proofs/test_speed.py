"""Proof: a fit takes at most 50 ms, and a placebo and multiverse grid of 200 fits at most 3 s, on one core.

Processor time, not time on the clock, so that other work on the machine does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from invented_series import counts, mean_question, means, question

from analysis.designs.multiverse import multiverse
from analysis.designs.segmented import evaluate
from analysis.designs.series import model
from analysis.designs.series.checks import placebo_dates
from analysis.designs.series.months import months

pytestmark = pytest.mark.proof

SERIES = {"count": (counts, question), "mean": (means, mean_question)}
LONGEST = (60, 24)
TRIES = 10
ONE_FIT = 0.050
GRID = 3.0
GRID_FITS = 200


def seconds(work: Callable[[], object], tries: int = TRIES) -> float:
    """Processor seconds of the fastest of some tries, after one that is not counted."""
    work()
    taken = []
    for _ in range(tries):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("impact", ["step", "step_and_slope"])
@pytest.mark.parametrize("kind", SERIES)
def test_a_fit_with_its_answer_is_fast(kind: str, impact: str, capsys: pytest.CaptureFixture[str]) -> None:
    make, ask = SERIES[kind]
    asked = ask(impact=impact)
    rows = months(make(*LONGEST), asked)
    taken = seconds(lambda: model.answer(asked, model.fit_model(rows, asked)))
    whole = seconds(lambda: evaluate(make(*LONGEST), asked), tries=2)
    with capsys.disabled():
        print(f"\n{kind}, {impact}: fit {1000 * taken:.1f} ms, all checks {1000 * whole:.0f} ms")  # noqa: T201
    assert taken <= ONE_FIT


@pytest.mark.parametrize("kind", SERIES)
def test_a_grid_of_false_dates_and_specifications_is_fast(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make, ask = SERIES[kind]
    series, asked = make(*LONGEST), ask()
    rows = months(series, asked)
    fit = model.fit_model(rows, asked)
    fits = [len(placebo_dates(rows, asked, fit).table), len(multiverse(series, asked).table)]
    taken = seconds(lambda: (placebo_dates(rows, asked, fit), multiverse(series, asked)), tries=2)
    with capsys.disabled():
        print(f"\n{kind}: {fits[0]} false dates and {fits[1]} specifications in {taken:.2f} s")  # noqa: T201
    assert taken * GRID_FITS / sum(fits) <= GRID
