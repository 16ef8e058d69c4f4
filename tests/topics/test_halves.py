"""Which half-years are compared, and how long things took in them."""

from __future__ import annotations

from math import isnan

import pandas as pd
import pytest

from analysis.fragments.halves import Halves, why
from analysis.measures import measures
from analysis.topics.halves import beside, compared, half_of, whole_halves, within_days
from demo_home import DEVIATIONS, DISCHARGES, study

MEASURE = measures()["deviations_per_1000"]


def months(first: str, n: int) -> list[pd.Timestamp]:
    return list(pd.date_range(first, periods=n, freq="MS"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        (months("2025-01-01", 5), []),
        (months("2025-01-01", 6), ["2025-01-01"]),
        (months("2025-02-01", 11), ["2025-07-01"]),
        (months("2025-01-01", 12)[:3] + months("2025-05-01", 8), ["2025-07-01"]),
    ],
)
def test_a_half_year_is_whole_when_all_its_six_months_are(given, expected) -> None:
    assert whole_halves(given) == [pd.Timestamp(day) for day in expected]


@pytest.mark.parametrize(
    ("day", "half"),
    [
        ("2025-01-01", "2025-01-01"),
        ("2025-06-30 23:59", "2025-01-01"),
        ("2025-07-01", "2025-07-01"),
        ("2025-12-31", "2025-07-01"),
    ],
)
def test_every_day_has_its_half_year(day: str, half: str) -> None:
    assert half_of(pd.Series([pd.Timestamp(day)])).tolist() == [pd.Timestamp(half)]


def test_no_day_has_no_half_year() -> None:
    assert half_of(pd.Series([pd.NaT], dtype="datetime64[us]")).isna().all()


def test_the_last_half_year_is_set_beside_the_same_of_the_last_year_before_the_start() -> None:
    assert compared(study(DEVIATIONS), MEASURE) == Halves(
        pd.Timestamp("2024-01-01"), pd.Timestamp("2026-01-01")
    )


def test_why_that_half_year_is_before_is_told_once_there_is_one() -> None:
    view = study(DEVIATIONS).view
    (one,) = why(view, Halves(pd.Timestamp("2024-01-01"), pd.Timestamp("2026-01-01")))
    assert "2024-01 – 2024-06" in one[0]
    assert why(view, Halves(None, pd.Timestamp("2026-01-01"))) == []


def test_without_a_whole_half_year_after_the_start_nothing_is_compared() -> None:
    assert compared(study(DEVIATIONS, as_of="2026-03-31"), MEASURE) == Halves(None, None)


@pytest.mark.parametrize(
    ("known", "days"), [("2026-07-29", None), ("2026-07-30", (30,)), ("2026-08-29", (30, 60))]
)
def test_only_days_that_all_are_followed_for_are_told(known: str, days: tuple[int, ...] | None) -> None:
    cases = pd.DataFrame({"waited": [float(n % 100) for n in range(400)]})
    one = within_days(
        study(DEVIATIONS), cases, (30, 60, 90), end=pd.Timestamp("2026-06-30"), known=pd.Timestamp(known)
    )
    assert (None if one is None else tuple(day.day for day in one.days)) == days


def test_who_has_not_come_to_an_end_waits_on() -> None:
    cases = pd.DataFrame({"waited": [1.0] * 20 + [None] * 30})
    one = within_days(
        study(DEVIATIONS), cases, (30,), end=pd.Timestamp("2026-06-30"), known=pd.Timestamp("2026-08-30")
    )
    assert one is not None
    assert [(day.at_risk, day.share) for day in one.days] == [(30, 0.6)]


def test_cases_are_counted_by_person_where_the_table_tells_whose_they_are() -> None:
    cases = pd.DataFrame({"waited": [1.0] * 20 + [99.0] * 30, "person_id": ["p"] * 20 + [*range(30)]})
    one = within_days(
        study(DEVIATIONS), cases, (30,), end=pd.Timestamp("2026-06-30"), known=pd.Timestamp("2026-08-30")
    )
    assert one is not None
    assert [isnan(day.at_risk) for day in one.days] == [True]


def test_a_half_year_stands_beside_the_cases_of_its_measure() -> None:
    start = pd.Timestamp("2026-01-01")
    counted = beside(study(DEVIATIONS), MEASURE, start, every=False)
    assert counted is not None
    assert (counted.start, counted.part, counted.every) == (start, "numerator", False)
    stays = beside(study(DISCHARGES), measures()["uk_days_mean_payment"], start)
    assert stays is not None
    assert (stays.part, stays.every) == ("denominator", True)


def test_a_measure_without_data_stands_beside_nothing() -> None:
    assert beside(study(DEVIATIONS), measures()["delayed_beds"], pd.Timestamp("2026-01-01")) is None
