"""Beds occupied: delayed days over days of the month; units and parties add up, days do not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.measures.indicators import Snapshot
from deliveries import measurement, measurements, pairs, series_of, snapshot_of

NAME = "delayed_beds"
FEBRUARY = measurements(
    measurement("2020-02", 58, unit="a", party="p"),
    measurement("2020-02", 29, unit="a", party="q"),
    measurement("2020-02", 0, unit="b", party="p"),
    measurement("2020-02", 116, unit="b", party="q"),
)


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return snapshot_of(tmp_path_factory.mktemp("february"), FEBRUARY)


@pytest.mark.parametrize(
    ("unit", "party", "days", "beds"),
    [
        ("a", "p", 58, 2.0),
        ("a", "all", 87, 3.0),
        ("b", "p", 0, 0.0),
        ("whole", "p", 58, 2.0),
        ("whole", "q", 145, 5.0),
        ("whole", "all", 203, 7.0),
    ],
)
def test_days_add_up_over_units_and_parties_and_the_month_stays_29_days(
    february: Snapshot, unit: str, party: str, days: float, beds: float
) -> None:
    series = series_of(february, NAME, unit=unit, party=party)
    assert pairs(series) == {"2020-02": (days, 29)}
    assert series.value.tolist() == [beds]


def test_other_published_indicators_are_not_counted(tmp_path: Path, february: Snapshot) -> None:
    other = measurement("2020-02", 400, unit="b", party="p") | {"indicator": "sip_drawn_up"}
    alone = measurement("2020-03", 400, unit="b", party="p") | {"indicator": "sip_drawn_up"}
    snapshot = snapshot_of(tmp_path, FEBRUARY, measurements(other, alone))
    for unit in ("a", "b", "whole"):
        assert pairs(series_of(snapshot, NAME, unit=unit)) == pairs(series_of(february, NAME, unit=unit))


def test_a_figure_of_the_year_stands_beside_that_of_its_first_month_and_is_not_counted(
    tmp_path: Path,
) -> None:
    month = measurement("2020-01", 31, party="p")
    named = month | {"period": "month", "numerator": 62, "issued_date": "2020-03-01"}
    year = month | {"period": "year", "numerator": 999}
    b = measurement("2020-01", 0, unit="b", party="p")
    for n, (given, days) in enumerate([((month, year), 31), ((month, named, year), 62)]):
        snapshot = snapshot_of(tmp_path / str(n), *(measurements(row, b) for row in given))
        assert pairs(series_of(snapshot, NAME)) == {"2020-01": (days, 31)}
        kept = pd.read_parquet(snapshot.facts("measurements"))
        assert kept[kept.unit == "a"].period.tolist() == ["month", "year"]


def test_a_month_without_a_delivery_is_absent(tmp_path: Path) -> None:
    april = measurements(measurement("2020-04", 30))
    series = series_of(snapshot_of(tmp_path, FEBRUARY, april), NAME)
    assert pairs(series) == {"2020-02": (203, 29), "2020-04": (30, 30)}


def test_a_unit_that_is_not_in_a_month_s_delivery_is_absent_and_a_stated_zero_is_zero(tmp_path: Path) -> None:
    march = measurements(measurement("2020-03", 0, unit="b", party="p"))
    snapshot = snapshot_of(tmp_path, FEBRUARY, march)
    assert list(pairs(series_of(snapshot, NAME, unit="a"))) == ["2020-02"]
    assert pairs(series_of(snapshot, NAME, unit="b"))["2020-03"] == (0, 31)
    assert pairs(series_of(snapshot, NAME))["2020-03"] == (0, 31)


@pytest.mark.parametrize("turned", [False, True])
def test_a_revision_replaces_the_first_publication(tmp_path: Path, turned: bool) -> None:
    first = measurements(measurement("2018-01", 152_300, issued="2018-03-08"))
    revised = measurements(measurement("2018-01", 151_383, issued="2018-12-13"))
    both = (revised, first) if turned else (first, revised)
    assert pairs(series_of(snapshot_of(tmp_path, *both), NAME)) == {"2018-01": (151_383, 31)}
