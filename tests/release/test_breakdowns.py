"""Tables by kind: whole half-years, no totals, nothing that the series beside them would tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from math import isnan

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


def series_of(rows: pd.DataFrame, unit: str, policy: Policy = POLICY, base: float = 900.0) -> ReleasedSeries:
    n = rows[rows.unit == unit].groupby("month").n.sum().reindex(YEAR, fill_value=0)
    frame = pd.DataFrame({"period_start": YEAR, "numerator": n.to_numpy(dtype=float), "denominator": base})
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


def spread(of_a: list[int], of_b: int) -> Mapping[str, ReleasedSeries]:
    """Guarded series: of a in the months of the year, of b the same in each."""
    every = [
        (unit, m, n) for unit, of in (("a", of_a), ("b", [of_b] * 12)) for m, n in zip(YEAR, of, strict=True)
    ]
    parts = pd.DataFrame(every, columns=["unit", "month", "n"])
    rows = pd.concat([parts, parts.assign(unit="whole")], ignore_index=True)
    whole = series_of(rows, "whole", base=1800.0)
    return {"whole": whole, **guarded(whole, {unit: series_of(rows, unit) for unit in "ab"}, POLICY)}


def keyed(unit: str, keys: str, first: tuple[int, ...], second: int) -> Counts:
    """A unit's counts in the first half-year by key, and the same count of each in the second."""
    return {(unit, key): [n, second] for key, n in zip(keys, first, strict=True)}


KINDS = keyed("a", "klm", (12, 12, 7), 40) | keyed("b", "klm", (200, 200, 200), 200)
PAIRS = keyed("a", "pqrs", (28, 1, 1, 1), 30) | keyed("b", "pqrs", (150, 150, 150, 150), 150)
TOTALS = ([5, 5, 5, 5, 5, 6] + [20] * 6, 100)


def test_kinds_and_pairs_that_together_tell_a_hidden_count_do_not_stand_beside_each_other() -> None:
    """Kinds 10, 10, ≤7 are at most 31; pairs 30, ≤7, ≤7, ≤7 at least 31: all of them would be known."""
    series_ = spread(*TOTALS)
    assert series_["a"].table.numerator.tolist()[:2] == [15, 15]
    kinds = broken_down(KINDS, series=series_)
    alone = broken_down(PAIRS, series=series_)
    assert numbers(kinds["a"]) == [10, 10, "≤", 40, 40, 40]
    assert numbers(alone["a"]) == [30, "≤", "≤", "≤", 30, 30, 30, 30]
    pairs = broken_down(PAIRS, series=series_, beside=[kinds])
    assert numbers(pairs["a"]) == ["–"] * 4 + [30] * 4
    assert numbers(pairs["b"]) == ["–"] * 4 + [150] * 4
    assert numbers(pairs["whole"]) == numbers(alone["whole"])
    assert numbers(kinds["a"]) == [10, 10, "≤", 40, 40, 40]


def test_a_whole_whose_pairs_and_kinds_tell_too_much_has_no_pairs() -> None:
    of_a = {key: n for key, n in KINDS.items() if key[0] == "a"}
    kinds = broken_down(of_a, series={})
    pairs = broken_down({key: n for key, n in PAIRS.items() if key[0] == "a"}, series={}, beside=[kinds])
    assert numbers(kinds["whole"]) == [10, 10, "≤", 40, 40, 40]
    assert numbers(pairs["whole"]) == numbers(pairs["a"]) == ["–"] * 4 + [30] * 4


@pytest.mark.parametrize(
    ("first", "withheld"), [((28, 1, 1, 1), True), ((28, 1, 2), True), ((28, 3), False), ((31,), False)]
)
def test_pairs_are_withheld_when_kinds_leave_them_fewer_than_three_numbers(
    first: tuple[int, ...], withheld: bool
) -> None:
    """Kinds 10, 10, ≤7 are at most 31; 30 is at least 28, each ≤7 at least 1."""
    pairs = keyed("a", "pqrs"[: len(first)], first, 120 // len(first))
    kinds = broken_down(keyed("a", "klm", (12, 12, 7), 40), series={})
    shown = broken_down(pairs, series={}, beside=[kinds])
    assert bool(shown["a"].table.withheld.any()) is withheld
    assert not any(table.table.withheld.any() for table in broken_down(pairs, series={}).values())


def test_what_the_parts_and_the_whole_tell_of_a_kind_counts_for_the_pairs() -> None:
    """Five of at most 12 are at least 58: each kind of a is at least 10, its three pairs are 20."""
    kinds = keyed("a", "kl", (10, 10), 90)
    pairs = keyed("a", "pqr", (7, 7, 6), 60)
    for unit in "bcde":
        kinds |= keyed(unit, "kl", (12, 12), 90)
        pairs |= keyed(unit, "pqr", (4, 4, 16), 60)
    first = broken_down(kinds, series={})
    assert numbers(first["whole"]) == [60, 60, 450, 450]
    assert numbers(broken_down(pairs, series={})["a"]) == ["≤"] * 3 + [60] * 3
    assert numbers(broken_down(pairs, series={}, beside=[first])["a"]) == ["–"] * 3 + [60] * 3
    of_a = {"a": first["a"]}
    assert numbers(broken_down(pairs, series={}, beside=[of_a])["a"]) == ["≤"] * 3 + [60] * 3


def test_kinds_that_are_withheld_or_have_no_table_change_no_pairs() -> None:
    withheld = keyed("a", "klm", (8, 8, 1), 40) | keyed("b", "klm", (60, 60, 60), 70)
    kinds = broken_down(withheld)
    assert numbers(kinds["a"])[:3] == ["–"] * 3
    pairs = keyed("a", "pq", (10, 7), 60) | keyed("b", "pq", (90, 90), 105)
    alone = broken_down(pairs)
    small = broken_down(keyed("a", "klm", (8, 8, 1), 1) | keyed("b", "klm", (60, 60, 60), 70), series={})
    assert small["a"].too_small
    for first in (kinds, {"a": small["a"]}, {}):
        shown = broken_down(pairs, beside=[first])
        assert all(numbers(shown[unit]) == numbers(alone[unit]) for unit in alone)


def test_pairs_that_tell_nothing_beside_the_kinds_are_as_they_are_alone() -> None:
    pairs = keyed("a", "pqr", (32, 30, 2), 40) | keyed("b", "pqr", (15, 8, 2), 94)
    pairs[("a", "p")][1], pairs[("a", "q")][1], pairs[("a", "r")][1] = 20, 20, 0
    pairs[("b", "p")][1], pairs[("b", "q")][1], pairs[("b", "r")][1] = 60, 34, 0
    alone, beside = broken_down(pairs), broken_down(pairs, beside=[broken_down(PLAIN)])
    assert all(alone[unit].table.equals(beside[unit].table) for unit in ("whole", "a", "b"))
    assert not any(table.table.withheld.any() for table in beside.values())


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
    whole = series_of(rows, "whole", base=2700.0)
    parts = guarded(whole, {u: series_of(rows, u) for u in "abc"}, POLICY)
    shown = broken_down(counts, series={"whole": whole, **parts})
    for unit in "abc":
        for row in shown[unit].table.itertuples():
            expected = count(counts[unit, row.key][row.period_start.month // 7], POLICY)
            assert pd.isna(row.n) if row.withheld or pd.isna(expected) else row.n == expected


@settings(deadline=None, max_examples=8)
@given(st.lists(st.integers(0, 20), min_size=6, max_size=6))
def test_a_family_beside_another_shows_what_it_shows_alone_or_withholds_it(true: list[int]) -> None:
    by_kind: Counts = {(u, k): [true[3 * i + j], 50] for i, u in enumerate("ab") for j, k in enumerate("klm")}
    by_pair: Counts = {(u, k): [n, 75] for u in "ab" for k, n in zip("pq", _halves(by_kind, u), strict=True)}
    kinds, alone = broken_down(by_kind, series={}), broken_down(by_pair, series={})
    for unit, shown in broken_down(by_pair, series={}, beside=[kinds]).items():
        pairs = zip(numbers(shown), numbers(alone[unit]), strict=True)
        assert all(one in ("–", other) for one, other in pairs)


def _halves(counts: Counts, unit: str) -> tuple[int, int]:
    """A unit's cases of the first half-year by another key: all but three, and the others."""
    n = sum(numbers_[0] for (u, _), numbers_ in counts.items() if u == unit)
    return max(n - 3, 0), min(n, 3)


@pytest.mark.parametrize(("persons", "told"), [(7, None), (8, 20)])
def test_cases_of_few_persons_are_hidden(persons: int, told: float | None) -> None:
    months = pd.date_range("2025-01-01", periods=6, freq="MS")
    rows = [("whole", "x", months[n % 6], n % persons, 1) for n in range(20)]
    rows += [("whole", "y", months[n % 6], 100 + n, 1) for n in range(60)]
    counts = pd.DataFrame(rows, columns=["unit", "key", "month", "person", "n"])
    shown = (
        breakdown(
            counts, keys=["x", "y"], units=[], whole_unit="whole", complete=months, policy=Policy(), series={}
        )["whole"]
        .table.set_index("key")
        .n
    )
    assert (None if isnan(shown["x"]) else shown["x"]) == told
    assert shown["y"] == 60


PARTIES = "vwxyz"
BY_PAIR: Counts = {
    ("a", f"{one}>{other}"): [40 if one != "v" else 8 if other == "v" else 1, 40]
    for one in PARTIES
    for other in PARTIES
}
BY_PARTY: Counts = {
    ("a", one): [sum(BY_PAIR["a", f"{one}>{other}"][half] for other in PARTIES) for half in (0, 1)]
    for one in PARTIES
}


def test_what_a_party_reports_does_not_stand_beside_pairs_when_their_sum_would_tell_a_hidden_one() -> None:
    """10 beside “10, ≤7, ≤7, ≤7, ≤7” is 8 and four times 1: the only numbers of 8 to 12 that fit."""
    pairs = broken_down(BY_PAIR, series={})
    assert numbers(pairs["a"])[:5] == [10, "≤", "≤", "≤", "≤"]
    made_of = {one: [f"{one}>{other}" for other in PARTIES] for one in PARTIES}
    alone = broken_down(BY_PARTY, series={}, beside=[pairs])
    assert numbers(alone["a"])[0] == 10
    beside = broken_down(BY_PARTY, series={}, beside=[pairs], made_of=[{}, made_of])
    assert numbers(beside["a"]) == ["–"] * 5 + [200] * 5


def test_a_sum_of_pairs_is_looked_at_still_when_more_is_shown_after_it() -> None:
    pairs, made_of = broken_down(BY_PAIR, series={}), {"v": [f"v>{other}" for other in PARTIES]}
    parties = broken_down(BY_PARTY, series={}, beside=[pairs])
    later: Counts = {("a", "k"): [400, 500], ("a", "l"): [412, 500]}
    shown = broken_down(later, series={}, beside=[pairs, parties], made_of=[{}, made_of, {}])
    assert numbers(shown["a"]) == ["–"] * 2 + [500] * 2


def test_a_sum_of_pairs_that_has_no_table_is_no_table_beside_them() -> None:
    few: Counts = {("a", one): [2, 1] for one in PARTIES}
    made_of = {one: [f"{one}>{other}" for other in PARTIES] for one in PARTIES}
    pairs = broken_down(BY_PAIR, series={})
    shown = broken_down(few, series={}, beside=[pairs], made_of=[{}, made_of])
    assert shown["a"].too_small
