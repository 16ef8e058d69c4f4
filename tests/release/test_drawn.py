"""What a chart may be drawn of: only the gate makes it, and a hidden value is a gap."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date

import numpy as np
import pandas as pd
import pytest
from invented_series import counts, question

from analysis.area import Policy
from analysis.designs.segmented import evaluate
from analysis.errors import DisclosureStop
from analysis.release import (
    ReleasedCurves,
    ReleasedPoints,
    curves,
    drawn_points,
    released_effect,
    series,
)

POLICY = Policy()
FRAME = pd.DataFrame(
    {
        "period_start": pd.date_range("2024-01-01", periods=20, freq="MS"),
        "numerator": [22.0, 3.0, *[41.0] * 18],
        "denominator": 204.0,
        "complete": True,
    }
)
SHOWN = series(FRAME, "count", POLICY, level="month", per=1000)


@pytest.mark.parametrize("kind", [ReleasedPoints, ReleasedCurves])
def test_only_the_gate_makes_what_may_be_drawn(kind: type) -> None:
    with pytest.raises(DisclosureStop):
        kind(pd.DataFrame())
    with pytest.raises(DisclosureStop):
        kind(pd.DataFrame(), object())


def test_points_are_the_released_values_and_a_hidden_one_is_a_gap_not_nought() -> None:
    points = drawn_points(SHOWN)
    assert list(points.table) == ["period_start", "period_end", "value"]
    assert points.table.value.equals(SHOWN.table.value)
    assert np.isnan(points.values[1])
    assert 0 not in points.values
    assert str(points.table.period_end[0].date()) == "2024-02-01"


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (None, None, 20), (date(2024, 3, 1), None, 18), (None, date(2024, 3, 1), 3),
        (date(2024, 3, 2), date(2024, 5, 31), 2),
    ],
)  # fmt: skip
def test_points_are_those_of_the_window(first: date | None, last: date | None, months: int) -> None:
    assert len(drawn_points(SHOWN, first=first, last=last).table) == months


def test_points_of_an_empty_series_are_none() -> None:
    assert drawn_points(series(FRAME[:0], "count", POLICY, level="month")).table.empty


def test_points_of_something_else_are_refused() -> None:
    with pytest.raises(DisclosureStop):
        drawn_points(FRAME)  # type: ignore[arg-type]


def test_curves_are_those_of_a_released_answer_only() -> None:
    frame = counts(ratio=0.6)
    effect = evaluate(frame, question())
    with pytest.raises(DisclosureStop, match="q"):
        curves(effect)
    told = released_effect(effect, frame, POLICY)
    drawn = curves(told)
    pd.testing.assert_frame_equal(drawn.table, told.fit.drop(columns="used"))
    assert np.isin(drawn.values[np.isfinite(drawn.values)], told.fit.drop(columns="period_start")).all()
    assert drawn.values.size == 6 * len(told.fit)


def test_what_may_be_drawn_cannot_be_changed() -> None:
    points = drawn_points(SHOWN)
    table = points.table
    table["value"] = 0.0
    assert points.table.value.equals(SHOWN.table.value)
    with pytest.raises(FrozenInstanceError):
        points.table = SHOWN.table  # type: ignore[misc]
