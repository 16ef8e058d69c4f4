"""What was delivered: a month that nobody delivered is unknown, never zero, for a unit and all above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.area import Area, Unit
from analysis.coverage import EXPECTED, Coverage, coverage_of, is_area_wide, period_of, row_counts, units_seen
from analysis.store import Record, Store
from analysis.tables import table
from deliveries import AREA, add, area_of, delivery, stay, stays

NESTED = replace(
    AREA, units=(*AREA.units, *(Unit(i, "local", "a", {"sv": i, "en": i}, None) for i in ("a1", "a2")))
)


def record(first: str = "", last: str = "", name: str = "episodes", **more: Any) -> Record:
    """A delivery whose rows span these months."""
    known = {
        "file": "f.csv",
        "digest": f"{first}{last}{more}",
        "source": "test",
        "table": name,
        "issued": last,
    }
    numbers = {"read": 1, "accepted": 1, "quarantined": 0, "invented": False}
    return Record(**{**known, **numbers, "first_month": first, "last_month": last, **more})


def counts(**by_unit: dict[str, int]) -> pd.DataFrame:
    rows = [(u, pd.Timestamp(m), n) for u, months in by_unit.items() for m, n in months.items()]
    kinds = {"unit": "str", "month": "datetime64[us]", "rows": "int64"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


NONE = counts()


def found(
    *records: Record, area: Area = AREA, rows: pd.DataFrame = NONE, seen: Sequence[str] = ("a", "b")
) -> Coverage:
    return coverage_of(records, "episodes", area, rows, {r.digest: frozenset(seen) for r in records})


def months(coverage: Coverage, unit: str = "whole") -> list[str]:
    return sorted(f"{m:%Y-%m}" for m in coverage.months(unit))


def whole(coverage: Coverage, unit: str = "whole", lag_days: int = 0) -> list[str]:
    return sorted(f"{m:%Y-%m}" for m in coverage.whole_months(unit, lag_days))


def test_without_a_delivery_nothing_is_covered() -> None:
    for coverage in (found(), found(record("2025-01", "2025-03", "deviations")), found(record())):
        assert months(coverage) == whole(coverage) == []


def test_rows_cover_every_month_from_their_first_to_their_last_for_every_unit() -> None:
    coverage = found(record("2024-12", "2025-02"))
    for unit in ("whole", "a", "b"):
        assert months(coverage, unit) == whole(coverage, unit) == ["2024-12", "2025-01", "2025-02"]


def test_months_between_deliveries_are_not_covered() -> None:
    assert months(found(record("2025-01", "2025-01"), record("2025-03", "2025-04"))) == [
        "2025-01",
        "2025-03",
        "2025-04",
    ]


def test_a_stated_period_counts_to_the_day_and_not_the_rows() -> None:
    stated = record("2025-02", "2025-02", stated_first="2025-01-15", stated_last="2025-03-30")
    assert period_of(stated) == (date(2025, 1, 15), date(2025, 3, 30))
    assert months(found(stated)) == ["2025-01", "2025-02", "2025-03"]
    assert whole(found(stated)) == ["2025-02"]


def test_a_stated_period_covers_months_without_a_single_row() -> None:
    assert whole(found(record(stated_first="2025-01-01", stated_last="2025-02-28"))) == ["2025-01", "2025-02"]


def test_two_periods_that_meet_within_a_month_make_it_whole() -> None:
    first = record(stated_first="2025-01-01", stated_last="2025-01-15")
    for begin, expected in (("2025-01-15", ["2025-01"]), ("2025-01-16", ["2025-01"]), ("2025-01-17", [])):
        assert whole(found(first, record(stated_first=begin, stated_last="2025-01-31"))) == expected


@pytest.mark.parametrize(("extracted", "is_whole"), [("2025-03-31", False), ("2025-04-01", True)])
def test_a_month_is_whole_when_it_was_taken_out_after_its_last_day(extracted: str, is_whole: bool) -> None:
    coverage = found(record("2025-02", "2025-03", extracted=extracted))
    assert months(coverage) == ["2025-02", "2025-03"]
    assert ("2025-03" in whole(coverage)) is is_whole


def test_a_stated_last_day_holds_whatever_the_day_of_extraction() -> None:
    stated = record(stated_first="2025-03-01", stated_last="2025-03-31", extracted="2025-03-31")
    assert whole(found(stated)) == ["2025-03"]


def test_one_end_of_a_period_may_be_stated_alone() -> None:
    assert period_of(record("2025-02", "2025-03", stated_first="2025-01-01")) == (
        date(2025, 1, 1),
        date(2025, 3, 31),
    )
    assert period_of(record(stated_first="2025-01-01")) is None


@pytest.mark.parametrize(
    ("last", "lag", "expected"), [("14", 45, False), ("15", 45, True), ("15", 46, False)]
)
def test_a_month_with_a_lag_needs_every_day_of_the_lag(last: str, lag: int, expected: bool) -> None:
    coverage = found(record(stated_first="2025-03-01", stated_last=f"2025-05-{last}"))
    assert ("2025-03" in whole(coverage, lag_days=lag)) is expected


def test_stated_units_cover_their_parts_and_what_is_above_only_with_all_parts() -> None:
    stated = [record("2025-01", "2025-01", units=("a",)), record("2025-02", "2025-02", units=("b",))]
    coverage = found(*stated, area=NESTED)
    assert [months(coverage, u) for u in ("a", "a1", "b", "whole")] == [["2025-01"]] * 2 + [["2025-02"], []]
    both = found(*stated, record("2025-01", "2025-01", units=("b",)), area=NESTED)
    assert months(both, "whole") == ["2025-01"]


def test_a_unit_is_covered_when_all_its_parts_are_stated() -> None:
    assert months(found(record("2025-01", "2025-01", units=("a1", "a2")), area=NESTED), "a") == ["2025-01"]
    assert months(found(record("2025-01", "2025-01", units=("a1",)), area=NESTED), "a") == []


def test_a_stated_unit_that_the_area_no_longer_has_covers_nothing() -> None:
    assert months(found(record("2025-01", "2025-01", units=("gone",))), "a") == []


# Implausible zeros.


def zero_in_february(n: int) -> pd.DataFrame:
    return counts(a={"2025-01": n, "2025-03": n}, b={"2025-01": 1, "2025-02": 1, "2025-03": 1})


QUARTER = record("2025-01", "2025-03")


def test_a_zero_amid_many_rows_is_not_delivered_for_the_unit_and_all_above() -> None:
    coverage = found(QUARTER, rows=zero_in_february(int(EXPECTED)))
    assert months(coverage, "a") == months(coverage, "whole") == ["2025-01", "2025-03"]
    assert months(coverage, "b") == ["2025-01", "2025-02", "2025-03"]
    assert coverage.implausible.to_dict("list") == {"unit": ["a"], "month": [pd.Timestamp("2025-02-01")]}


def test_a_zero_amid_few_rows_is_a_zero() -> None:
    coverage = found(QUARTER, rows=zero_in_february(int(EXPECTED) - 1))
    assert months(coverage, "a") == months(coverage, "whole") == ["2025-01", "2025-02", "2025-03"]
    assert coverage.implausible.empty


def test_a_zero_in_a_stated_period_is_a_zero() -> None:
    stated = record("2025-01", "2025-03", stated_first="2025-01-01", stated_last="2025-03-31")
    assert "2025-02" in whole(found(stated, rows=zero_in_february(100)), "a")
    february = record(stated_first="2025-02-01", stated_last="2025-02-28", units=("a",))
    assert "2025-02" in whole(found(QUARTER, february, rows=zero_in_february(100)), "a")


def test_a_unit_that_never_has_a_row_is_not_doubted() -> None:
    assert months(found(QUARTER, rows=counts(b={"2025-01": 99, "2025-02": 99, "2025-03": 99})), "a") == [
        "2025-01",
        "2025-02",
        "2025-03",
    ]


def test_the_rows_of_the_parts_count_together_and_the_parts_are_doubted_with_the_whole() -> None:
    half = {"2025-01": 5, "2025-03": 5}
    rows = counts(a1=half, a2=half, b={"2025-01": 1, "2025-02": 1, "2025-03": 1})
    coverage = found(QUARTER, area=NESTED, rows=rows)
    for unit in ("a1", "a2", "a", "whole"):
        assert months(coverage, unit) == ["2025-01", "2025-03"]
    assert set(coverage.implausible.unit) == {"a"}


def test_a_month_that_nobody_delivered_is_no_implausible_zero() -> None:
    coverage = found(record("2025-01", "2025-01"), record("2025-03", "2025-03"), rows=zero_in_february(100))
    assert coverage.implausible.empty


# Which units a delivery covers, where none are stated.

FIVE = area_of("abcde")
STATED = {"stated_first": "2025-01-01", "stated_last": "2025-03-31"}


@pytest.mark.parametrize(
    ("seen", "is_wide"),
    [
        ("", False),
        ("a", False),
        ("ab", False),
        ("abc", True),
        ("abcde", True),
        (("whole",), True),
        (("gone", "a", "b"), False),
    ],
)
def test_a_file_with_rows_of_most_municipalities_is_one_of_the_whole_area(
    seen: Sequence[str], is_wide: bool
) -> None:
    assert is_area_wide(set(seen), FIVE) is is_wide
    for more in ({}, STATED):
        covered = found(record("2025-01", "2025-03", **more), area=FIVE, seen=tuple(seen))
        expected = set("abcde") if is_wide else set(seen) & set("abcde")
        assert {u for u in "abcde" if months(covered, u)} == expected
        assert bool(months(covered)) is is_wide


@pytest.mark.parametrize(("n", "is_wide"), [(3, False), (4, True)])
def test_half_of_the_municipalities_are_not_most(n: int, is_wide: bool) -> None:
    assert is_area_wide(set("abcdef"[:n]), area_of("abcdef")) is is_wide


def test_all_municipalities_are_the_whole_area_however_few() -> None:
    assert is_area_wide({"a", "b"}, AREA)
    assert is_area_wide({"a1", "b"}, NESTED)
    assert not is_area_wide({"a1", "a2"}, NESTED)
    assert not is_area_wide(set(), replace(AREA, units=AREA.units[:1]))


def test_the_missing_months_of_a_small_municipality_that_mails_its_own_files_are_unknown() -> None:
    others = [record("2025-01", "2025-03", file=f"{u}.csv") for u in "abcd"]
    own = [record("2025-01", "2025-01", file="e1"), record("2025-03", "2025-03", file="e3")]
    seen = {r.digest: frozenset({r.file[0]}) for r in (*others, *own)}
    coverage = coverage_of([*others, *own], "episodes", FIVE, NONE, seen)
    assert months(coverage, "e") == months(coverage, "whole") == ["2025-01", "2025-03"]
    assert months(coverage, "a") == ["2025-01", "2025-02", "2025-03"]


def test_a_period_without_units_makes_no_zero_of_another_unit() -> None:
    rows = counts(**{u: {"2025-01": 99, "2025-02": 99, "2025-03": 99} for u in "abcd"})
    rows = pd.concat([rows, counts(e={"2025-01": 99, "2025-03": 99})])
    quarter = record("2025-01", "2025-03", file="quarter")
    february = record(stated_first="2025-02-01", stated_last="2025-02-28", file="february")
    for seen, stated, expected in (
        ("a", february, False),
        ("abcd", february, False),
        ("abcde", february, True),
        ("abcd", replace(february, units=("whole",)), True),
        ("", replace(february, units=("e",)), True),
    ):
        known = {quarter.digest: frozenset("abcde"), stated.digest: frozenset(seen)}
        coverage = coverage_of([quarter, stated], "episodes", FIVE, rows, known)
        assert ("2025-02" in months(coverage, "e")) is expected, (seen, stated.units)


def test_the_units_of_a_delivery_are_those_of_its_own_rows_though_others_replaced_them(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path, "small")
    rows = [stay("s1", "2025-01-07", "2025-02-28"), stay("s2", "2025-01-07", "2025-02-28", unit="b")]
    first = add(store, stays(*rows, extracted=date(2025, 3, 1)))
    second = add(store, stays(rows[1], extracted=date(2025, 3, 2)))
    third = add(store, delivery("capacity", [{"date": "2025-02-01"}]))
    seen = units_seen(store, [first, second, third], AREA)
    assert [seen[r.digest] for r in (first, second, third)] == [{"a", "b"}, {"b"}, {"whole"}]


days = st.dates(date(2024, 1, 1), date(2025, 12, 31))
stated_records = st.builds(
    lambda a, b, units: record(stated_first=str(min(a, b)), stated_last=str(max(a, b)), units=units),
    days,
    days,
    st.sampled_from([(), ("a",), ("b",), ("a1",), ("whole",), ("a2", "b")]),
)


@given(st.lists(stated_records, max_size=5), st.integers(0, 90), st.randoms())
def test_coverage_is_the_union_of_the_periods(records: list[Record], lag: int, chance: Any) -> None:
    shuffled = [*records, *records[:1]]
    chance.shuffle(shuffled)
    coverage, again = (found(*some, area=NESTED) for some in (records, shuffled))
    for unit in ("a1", "b"):
        expected = set()
        for r in records:
            if not r.units or not set(r.units).isdisjoint(NESTED.ancestors(unit)):
                expected |= set(pd.date_range(r.stated_first, r.stated_last))
        starts = {d.replace(day=1) for d in expected}
        assert coverage.months(unit) == again.months(unit) == starts
        assert coverage.whole_months(unit, lag) == {
            m
            for m in starts
            if set(pd.date_range(m, m + pd.offsets.MonthEnd(0) + pd.Timedelta(days=lag))) <= expected
        }
    assert coverage.months("whole") <= coverage.months("a") <= coverage.months("a1")


def test_rows_are_counted_by_unit_and_month_of_the_covering_column(tmp_path: Path) -> None:
    rows = [stay("s1", "2025-01-07", "2025-02-28 23:59"), stay("s2", "2025-02-01", "2025-02-01", unit="b")]
    store = Store(tmp_path, "small")
    add(store, stays(*rows, stay("s3", "2025-01-07", "2025-02-01")))
    con = ibis.duckdb.connect()
    counted = row_counts(store.latest("episodes", con), table("episodes"), "whole")
    con.disconnect()
    assert counted[["unit", "rows"]].to_dict("list") == {"unit": ["a", "b"], "rows": [2, 1]}
    assert set(counted.month) == {pd.Timestamp("2025-02-01")}
