"""Stays: what no stay can be."""

from __future__ import annotations

import pytest

from analysis.tables import episodes


@pytest.mark.parametrize("column", ["los_days", "uk_days_withdrawn"])
def test_no_stay_is_longer_than_ten_years(column: str) -> None:
    checks = episodes.Model.to_schema().columns[column].checks
    assert {"max_value": 3660} in [check.statistics for check in checks]
