"""Day zero and beds are made of the shown counts, never of the true ones."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis import release
from analysis.area import Policy
from analysis.errors import DisclosureStop

POLICY = Policy()


def series(numerator: float, denominator: float) -> release.ReleasedSeries:
    frame = pd.DataFrame(
        {
            "period_start": [pd.Timestamp(2025, 4, 1)],
            "numerator": [float(numerator)],
            "denominator": [float(denominator)],
            "complete": [True],
        }
    )
    return release.series(frame, "mean", POLICY, level="month")


def test_the_share_and_the_beds_are_computed_of_rounded_counts() -> None:
    (row,) = release.from_uk_days(series(302, 98), series(302, 298), POLICY).table.itertuples()
    assert row.same_day_share == pytest.approx(round((300 - 100) / 300, 2))
    assert row.beds == 10.0


def test_hidden_parts_hide_the_share_but_not_the_beds() -> None:
    (row,) = release.from_uk_days(series(302, 7), series(302, 298), POLICY).table.itertuples()
    assert pd.isna(row.same_day_share)
    assert row.beds == 10.0


@pytest.mark.parametrize("waited", [300, 295])
def test_few_on_day_zero_are_not_told(waited: int) -> None:
    (row,) = release.from_uk_days(series(302, waited), series(302, 300), POLICY).table.itertuples()
    assert pd.isna(row.same_day_share)


@pytest.mark.parametrize(("hide", "told"), [(4, True), (5, False)])
def test_as_many_as_the_policy_hides_are_not_told(hide: int, told: bool) -> None:
    policy = Policy(hide_up_to=hide)
    (row,) = release.from_uk_days(series(302, 85), series(302, 90), policy).table.itertuples()
    assert pd.isna(row.same_day_share) == (not told)


def test_a_frame_is_refused() -> None:
    with pytest.raises(DisclosureStop):
        release.from_uk_days(pd.DataFrame(), series(302, 298), POLICY)  # type: ignore[arg-type]
