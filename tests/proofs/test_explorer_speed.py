"""Proof: a choice is answered at once, with a hundred thousand rows and with a million."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import numpy as np
import pyarrow as pa
import pytest

from analysis.explore.rows import Rows
from analysis.explore.selection import Selection
from analysis.explore.summary import Ground, summarise
from analysis.explore.texts import Texts
from homes import goteborg
from tinyrows import small_explorer

pytestmark = pytest.mark.proof
BOOKMARKS = (
    "deviations",
    "deviations?about=slutenvard",
    "deviations?unit=molndal,goteborg&from=2025-01",
    "deviations?unit=goteborg&process_step=sip_call&category=information&severity=1,2&from=2025-01",
    "episodes",
    "episodes?unit=goteborg&from=2025-01",
)
MOST = {100_000: 0.05, 1_000_000: 0.25}  # seconds of the processor


def repeated(rows: Rows, n: int) -> Rows:
    at = np.arange(n) % len(rows)
    return replace(
        rows,
        dims={name: replace(dim, codes=dim.codes[at]) for name, dim in rows.dims.items()},
        month=rows.month[at],
        day=rows.day[at],
        key=pa.array(at.astype(str)),
        numbers={name: column[at] for name, column in rows.numbers.items()},
        dates={name: column[at] for name, column in rows.dates.items()},
        waited=rows.waited[at],
    )


def seconds(work: Callable[[], object]) -> float:
    """The median of some tries, of the processor's time: the machine may be busy with other things."""
    taken = []
    for _ in range(5):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return median(taken)


@pytest.mark.parametrize("n", MOST)
@pytest.mark.parametrize("bookmark", BOOKMARKS)
def test_a_choice_is_answered_at_once(bookmark: str, n: int) -> None:
    explorer, chosen = small_explorer(), Selection.of(bookmark)
    rows = repeated(explorer.table(chosen.table), n)
    ground = Ground(goteborg(), explorer.words)
    assert seconds(lambda: summarise(rows, chosen, ground)) < MOST[n]


def test_a_search_in_a_million_texts_is_answered_at_once() -> None:
    texts = small_explorer().texts("deviations")
    at = pa.array(np.arange(1_000_000) % texts.n)
    many = Texts({kind: column.take(at) for kind, column in texts.columns.items()}, len(at))
    assert seconds(lambda: many.search("kallelse saknades")) < 0.3
