"""Steps are sums of shown counts: what is hidden in one of them is hidden in the sum."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from analysis import release
from analysis.area import Policy
from analysis.errors import DisclosureStop

POLICY = Policy()
BEFORE, AFTER = pd.Timestamp(2024, 1, 1), pd.Timestamp(2026, 1, 1)
STEPS = {"all": ("a", "b", "c"), "far": ("b", "c"), "end": ("c",)}
BASE = dict.fromkeys(STEPS, ("a", "b", "c"))


def shown(counts: Mapping[tuple[str, int], int]) -> release.ReleasedBreakdown:
    """Counts by key and year, in the first half of 2024 and 2026."""
    rows = [("whole", key, pd.Timestamp(year, 1, 1), n) for (key, year), n in counts.items()]
    frame = pd.DataFrame(rows, columns=["unit", "key", "month", "n"])
    months = [pd.Timestamp(year, month, 1) for year in (2024, 2026) for month in range(1, 7)]
    return release.breakdown(
        frame, keys=("a", "b", "c"), units=[], whole_unit="whole", complete=months, policy=POLICY, series={}
    )["whole"]


COUNTS = {
    ("a", 2024): 101,
    ("b", 2024): 48,
    ("c", 2024): 52,
    ("a", 2026): 100,
    ("b", 2026): 100,
    ("c", 2026): 0,
}


def test_counts_are_sums_of_shown_counts_and_shares_are_of_them() -> None:
    found = release.reached(shown(COUNTS), STEPS, BASE, (BEFORE, AFTER), POLICY)
    table = found.table.set_index("name")
    assert table.loc["all", ["n_before", "n_after"]].tolist() == [200, 200]
    assert table.loc["far", ["n_before", "n_after"]].tolist() == [100, 100]
    assert table.loc["far", ["share_before", "share_after"]].tolist() == [0.5, 0.5]
    assert table.loc["end", "n_before"] == 50


def test_a_share_of_nobody_or_of_all_is_not_told() -> None:
    table = release.reached(shown(COUNTS), STEPS, BASE, (BEFORE, AFTER), POLICY).table.set_index("name")
    assert pd.isna(table.loc["end", "share_after"])
    assert table.loc["all", ["share_before", "share_after"]].isna().all()


@pytest.mark.parametrize("few", [1, 7])
def test_a_small_count_hides_every_sum_that_it_is_in(few: int) -> None:
    table = release.reached(
        shown(COUNTS | {("b", 2024): few}), STEPS, BASE, (BEFORE, AFTER), POLICY
    ).table.set_index("name")
    assert table.n_before.isna().tolist() == [True, True, False]
    assert table.share_before.isna().all()
    assert table.loc["all", "n_after"] == 200


def test_a_period_that_is_not_there_has_no_numbers() -> None:
    table = release.reached(shown(COUNTS), STEPS, BASE, (None, AFTER), POLICY).table
    assert table[["n_before", "share_before"]].isna().all(axis=None)


def test_what_has_not_passed_the_gate_is_refused() -> None:
    with pytest.raises(DisclosureStop):
        release.reached(pd.DataFrame(), STEPS, BASE, (BEFORE, AFTER), POLICY)  # type: ignore[arg-type]
