"""Tables by kind: whole half-years, no totals, nothing that the series beside them would tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.area import Policy
from analysis.errors import DisclosureStop
from analysis.release import ReleasedBreakdown, ReleasedSeries, breakdown, count, guarded, series

POLICY = Policy()
YEAR = tuple(pd.date_range("2024-01-01", periods=12, freq="MS"))
EARLY = pd.Timestamp("2020-01-01").date()
Counts = dict[tuple[str, str], list[int]]


def rows_of(counts: Counts, months: tuple[pd.Timestamp, ...] = YEAR) -> pd.DataFrame:
    """By unit and key a count a half-year, in its second month; the whole is the sum of the units."""
    every = [
        (unit, key, months[6 * i + 1], n)
        for (unit, key), numbers in counts.items()
        for i, n in enumerate(numbers)
        if n
    ]
    parts = pd.DataFrame(every, columns=["unit", "key", "month", "n"])
    parts = parts.astype({"month": "datetime64[us]", "n": "int64"})
    return pd.concat([parts, parts.assign(unit="whole")], ignore_index=True)


def series_of(rows: pd.DataFrame, unit: str, policy: Policy = POLICY) -> ReleasedSeries:
    n = rows[rows.unit == unit].groupby("month").n.sum().reindex(YEAR, fill_value=0)
    frame = pd.DataFrame({"period_start": YEAR, "numerator": n.to_numpy(dtype=float), "denominator": 900.0})
    level = policy.whole if unit == "whole" else policy.parts
    return series(frame.assign(complete=True), "count", policy, level=level, before=EARLY)


def broken_down(counts: Counts, policy: Policy = POLICY, **more) -> Mapping[str, ReleasedBreakdown]:
    rows = rows_of(counts)
    units = sorted({unit for unit, _ in counts})
    parts = {unit: series_of(rows, unit, policy) for unit in units}
    given_ = {
        "keys": sorted({key for _, key in counts}),
        "units": units,
        "whole_unit": "whole",
        "complete": YEAR,
        "series": {"whole": series_of(rows, "whole", policy), **parts},
    }
    return breakdown(rows, policy=policy, **(given_ | more))


def numbers(shown: ReleasedBreakdown) -> list[object]:
    """What is read: numbers, "≤" for small ones, "–" for withheld ones."""
    return ["–" if r.withheld else "≤" if pd.isna(r.n) else r.n for r in shown.table.itertuples(index=False)]


PLAIN: Counts = {("a", "k"): [25, 40], ("a", "l"): [39, 0], ("b", "k"): [15, 4], ("b", "l"): [10, 90]}


def test_counts_are_rounded_by_unit_key_and_half_year() -> None:
    shown = broken_down(PLAIN)
    assert list(shown) == ["whole", "a", "b"]
    assert numbers(shown["a"]) == [25, 40, 40, 0]
    assert numbers(shown["b"]) == [15, 10, "≤", 90]
    assert numbers(shown["whole"]) == [40, 50, 45, 90]


def test_a_table_has_a_row_a_period_and_key_and_no_total() -> None:
    table = broken_down(PLAIN, keys=["l", "k", "nothing"])["a"].table
    assert list(table) == ["key", "period_start", "period_end", "n", "withheld"]
    assert table.key.tolist() == ["l", "k", "nothing"] * 2
    assert table.n.tolist()[2::3] == [0, 0]
    spans = table[["period_start", "period_end"]].drop_duplicates().to_numpy().astype("datetime64[D]")
    assert spans.astype(str).tolist() == [["2024-01-01", "2024-06-30"], ["2024-07-01", "2024-12-31"]]


@pytest.mark.parametrize(
    ("complete", "starts"),
    [
        (YEAR[:11], ["2024-01"]),
        (YEAR[:6], ["2024-01"]),
        (YEAR[1:], ["2024-07"]),
        (YEAR[1:11], []),
        (YEAR[::-1], ["2024-01", "2024-07"]),
    ],
)
def test_only_whole_and_complete_half_years_are_shown(complete, starts: list[str]) -> None:
    shown = broken_down(PLAIN, complete=complete)["a"]
    assert list(shown.table.period_start.dt.strftime("%Y-%m").drop_duplicates()) == starts


def test_complete_months_may_come_as_a_series() -> None:
    assert len(broken_down(PLAIN, complete=pd.Series(YEAR))["a"].table) == 4


def test_the_whole_may_be_named_among_the_units() -> None:
    assert list(broken_down(PLAIN, units=["whole", "b", "a"])) == ["whole", "b", "a"]


def test_the_level_of_detail_is_the_areas() -> None:
    shown = broken_down(PLAIN, replace(POLICY, detail="quarter"))["a"]
    assert shown.level == "quarter"
    assert len(shown.table) == 8
    assert numbers(shown)[:4] == [25, 40, 0, 0]
    assert shown.table.period_end.max() == pd.Timestamp("2024-12-31")


@pytest.mark.parametrize(
    ("counts", "too_small"),
    [
        ([23, 41, 3, 3], False),
        ([23, 3, 3, 3], True),
        ([23, 3, 0, 0], False),
        ([3, 0, 0, 0], True),
        ([0, 0, 0, 0], False),
    ],
)
def test_a_unit_whose_counts_are_mostly_small_has_no_table(counts: list[int], too_small: bool) -> None:
    of_a: Counts = {("a", "k"): counts[:2], ("a", "l"): counts[2:]}
    others: Counts = {(u, k): [60, 70] for u in "bc" for k in "kl"}
    shown = broken_down(of_a | others)
    assert shown["a"].too_small is too_small
    assert shown["a"].table.empty is too_small
    assert not shown["b"].too_small
    assert shown["a"].table.dtypes.equals(shown["b"].table.dtypes)


def test_keys_that_tell_a_hidden_count_through_the_units_series_are_withheld_in_the_parts() -> None:
    """The series of a says 15, at most 17: its 10 and 10 leave one for the hidden one."""
    of_a: Counts = {("a", k): [n, 50] for k, n in zip("klm", (8, 8, 1), strict=True)}
    others: Counts = {("b", k): [60, 70] for k in "klm"}
    shown = broken_down(of_a | others)
    assert numbers(shown["a"]) == ["–"] * 3 + [50] * 3
    assert numbers(shown["b"]) == ["–"] * 3 + [70] * 3
    assert not any(shown["whole"].table.withheld)
    assert all(table.table.n[table.table.withheld].isna().all() for table in shown.values())


def test_without_that_series_there_is_nothing_to_tell() -> None:
    of_a: Counts = {("a", k): [n, 50] for k, n in zip("klm", (8, 8, 1), strict=True)}
    others: Counts = {("b", k): [60, 70] for k in "klm"}
    shown = broken_down(of_a | others, series={})
    assert not any(table.table.withheld.any() for table in shown.values())


def test_parts_that_tell_a_hidden_count_through_the_wholes_key_are_withheld() -> None:
    of_k: Counts = {(u, "k"): [n, 50] for u, n in zip("abcd", (1, 1, 1, 8), strict=True)}
    others: Counts = {(u, key): [60, 70] for u in "abcd" for key in "lm"}
    shown = broken_down(of_k | others)
    assert all(numbers(shown[u]) == ["–"] * 3 + [50, 70, 70] for u in "abcd")
    assert numbers(shown["whole"])[0] == 10


def test_a_whole_whose_keys_tell_too_much_is_withheld_with_its_parts() -> None:
    counts: Counts = {("a", k): [n, 50] for k, n in zip("klm", (8, 8, 1), strict=True)}
    shown = broken_down(counts)
    assert numbers(shown["whole"]) == ["–"] * 3 + [50] * 3
    assert numbers(shown["a"]) == ["–"] * 3 + [50] * 3


def test_a_unit_without_a_table_is_unknown_to_the_others() -> None:
    """That they are hidden would tell: three beside 10 of at most 12. Units without a table may have none."""
    small: Counts = {(u, k): [1, 1] for u in "abc" for k in "kl"}
    large: Counts = {("d", k): [9, 50] for k in "kl"}
    shown = broken_down(small | large, series={})
    assert [shown[u].too_small for u in "abcd"] == [True, True, True, False]
    assert numbers(shown["d"]) == [10, 10, 50, 50]
    seen: Counts = {(u, k): [40, 40] for u in "abc" for k in "mn"}
    assert numbers(broken_down(small | large | seen, series={})["d"])[:2] == ["–", "–"]


def test_only_the_gate_makes_a_breakdown() -> None:
    with pytest.raises(DisclosureStop, match=r"analysis\.release"):
        ReleasedBreakdown("half_year", False, "R1", pd.DataFrame())
    shown = broken_down(PLAIN)["a"]
    with pytest.raises(DisclosureStop):
        replace(shown, _cells=rows_of(PLAIN))


def test_a_breakdown_cannot_be_changed() -> None:
    shown = broken_down(PLAIN)["a"]
    with pytest.raises(FrozenInstanceError):
        shown.too_small = True  # type: ignore[misc]
    table = shown.table
    table["n"] = 3
    assert numbers(shown) == [25, 40, 40, 0]
    assert (shown.level, shown.rule) == ("half_year", "R1, R2, R11")


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 30), min_size=12, max_size=12))
def test_whatever_the_counts_only_released_ones_are_shown(true: list[int]) -> None:
    counts: Counts = {
        (u, k): true[4 * i + 2 * j : 4 * i + 2 * j + 2]
        for i, u in enumerate("abc")
        for j, k in enumerate("kl")
    }
    rows = rows_of(counts)
    parts = guarded(series_of(rows, "whole"), {u: series_of(rows, u) for u in "abc"}, POLICY)
    shown = broken_down(counts, series={"whole": series_of(rows, "whole"), **parts})
    for unit in "abc":
        for row in shown[unit].table.itertuples():
            expected = count(counts[unit, row.key][row.period_start.month // 7], POLICY)
            assert pd.isna(row.n) if row.withheld or pd.isna(expected) else row.n == expected
