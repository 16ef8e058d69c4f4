"""Parts beside their whole: what both tell together leaves every count at least three candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from math import isnan

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.area import Level, Policy
from analysis.release import LEVELS, ReleasedSeries, count, guarded, series
from analysis.release.nested import ANYTHING, Cells, Piece, agree, bounds, known, place

POLICY = Policy()
NAN = float("nan")


def narrowed(cells: Cells) -> list[tuple[int, int]]:
    cells.are_vague()
    return list(zip(cells.low, cells.high, strict=True))


def cells_of(left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]) -> Cells:
    cells = Cells()
    cells.agree([cells.add(b) for b in left], [cells.add(b) for b in right])
    return cells


@pytest.mark.parametrize(
    ("shown", "hidden", "policy", "meant"),
    [
        (10, False, POLICY, (8, 12)),
        (15, False, POLICY, (13, 17)),
        (0, False, POLICY, (0, 0)),
        (NAN, True, POLICY, (1, 7)),
        (NAN, False, POLICY, ANYTHING),
        (20, False, Policy(hide_up_to=10, round_to=10), (15, 24)),
        (10, False, Policy(hide_up_to=10, round_to=10), (11, 14)),
        (9, False, Policy(hide_up_to=7, round_to=1), (9, 9)),
    ],
)
def test_a_shown_count_means_bounds(
    shown: float, hidden: bool, policy: Policy, meant: tuple[int, int]
) -> None:
    assert bounds(shown, hidden, policy) == meant


@given(st.integers(0, 300), st.integers(5, 20), st.integers(1, 5))
def test_bounds_are_all_that_is_shown_so_and_nothing_else(true: int, hide: int, to: int) -> None:
    policy = Policy(hide, to)
    shown = count(true, policy)
    low, high = bounds(shown, isnan(shown), policy)
    same = [n for n in range(350) if repr(count(n, policy)) == repr(shown)]
    assert same == list(range(low, high + 1))


@pytest.mark.parametrize(
    ("left", "right", "after"),
    [
        ([(8, 12)], [(1, 7), (8, 12)], [(9, 12), (1, 4), (8, 11)]),
        ([(8, 12)], [(1, 7), (0, 0)], [(8, 7), (8, 7), (0, 0)]),
        ([(1, 7)], [(1, 7), (1, 7), (0, 0)], [(2, 7), (1, 6), (1, 6), (0, 0)]),
        ([(18, 22), (0, 0)], [(1, 7), (1, 7), (8, 12)], [(18, 22), (0, 0), (1, 7), (1, 7), (8, 12)]),
        ([(23, 27)], [(1, 7), (8, 12)], [(23, 19), (11, 7), (16, 12)]),
        ([(18, 22)], [ANYTHING, (8, 12)], [(18, 22), (6, 14), (8, 12)]),
    ],
)
def test_sums_that_agree_narrow_each_other(left, right, after) -> None:
    found = narrowed(cells_of(left, right))
    if all(low <= high for low, high in after):
        assert found == after
    else:
        assert any(low > high for low, high in found)


@pytest.mark.parametrize(
    ("left", "right", "are_vague"),
    [
        ([(1, 3)], [(0, 0), ANYTHING], True),  # three candidates are enough
        ([(3, 5)], [(1, 7), (0, 2)], True),
        ([(13, 17)], [(1, 7), (8, 12)], True),
        ([(8, 12)], [(1, 7), (1, 7), (8, 12)], True),  # 1–3 each
        ([(8, 12)], [(1, 7), (1, 7), (1, 7), (8, 12)], False),  # 1–2 each
        ([(18, 22)], [(1, 7), (8, 12)], False),  # 7 and 12, or 6 and 12 …: 18 or 19
        ([(17, 22)], [(1, 7), (8, 12)], True),  # 5–7
        ([(0, 0)], [ANYTHING, (0, 0)], True),  # known to be zero is no count of anyone
        ([(2, 2)], [ANYTHING, (0, 0)], False),
        ([(9, 9)], [(9, 9)], True),  # not vaguer than it was shown
        ([(9, 10)], [(10, 12)], False),
        ([(5, 7)], [(8, 12)], False),  # nothing fits
        ([(0, 0)], [(1, 7)], False),
    ],
)
def test_each_number_needs_three_candidates(left, right, are_vague: bool) -> None:
    assert cells_of(left, right).are_vague() is are_vague
    assert cells_of(right, left).are_vague() is are_vague


def test_narrowing_goes_on_through_several_sums() -> None:
    cells = Cells()
    a, b, c = (cells.add(one) for one in [(1, 7), (1, 7), (6, 7)])
    cells.agree([a], [b])
    cells.agree([b], [c])
    assert not cells.are_vague()
    assert cells.low == [6, 6, 6]


def test_sums_that_never_settle_are_not_vague() -> None:
    cells = Cells()
    a, b, one = cells.add(ANYTHING), cells.add(ANYTHING), cells.add((1, 7))
    cells.agree([a], [b, one])
    cells.agree([b], [a, one])
    assert not cells.are_vague()
    assert cells.high[0] > 10**6


def test_cells_without_sums_are_vague() -> None:
    cells = Cells()
    cells.add((1, 7))
    assert cells.are_vague()


def sides(left: Sequence[Sequence[tuple[int, int]]], right: Sequence[Sequence[tuple[int, int]]]) -> list:
    """The sums compared, for members given as (first month, months) pieces numbered as they come."""
    cells, made = Cells(), []
    for side in (left, right):
        made.append([[Piece(first, months, cells.add((1, 7))) for first, months in one] for one in side])
    agree(cells, *made)
    return [(list(a), list(b)) for a, b in cells._equal]


MONTHS = [(m, 1) for m in range(6)]
QUARTERS = [(0, 3), (3, 3)]
HALF = [(0, 6)]


def test_months_are_compared_with_quarters_and_both_with_the_half_year() -> None:
    assert sides([MONTHS], [QUARTERS]) == [
        ([0, 1, 2, 3, 4, 5], [6, 7]),
        ([0, 1, 2], [6]),
        ([3, 4, 5], [7]),
    ]


def test_a_part_at_a_coarser_level_has_unknown_cells_that_make_it_up() -> None:
    assert sides([QUARTERS], [QUARTERS, HALF]) == [
        ([0, 1], [2, 3, 4]),
        ([4], [5, 6]),
        ([0], [2, 5]),
        ([1], [3, 6]),
    ]


def test_a_half_year_is_made_up_of_quarters_and_these_of_months() -> None:
    found = sides([MONTHS], [MONTHS, HALF])
    assert found[:2] == [([0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11, 12]), ([12], [13, 14])]
    assert ([13], [15, 16, 17]) in found
    assert ([5], [11, 20]) in found


def test_a_side_without_cells_is_not_compared() -> None:
    assert sides([MONTHS], [[]]) == []
    assert sides([[]], [QUARTERS]) == []
    assert sides([HALF], [QUARTERS[:0]]) == []


def test_months_that_one_side_has_no_cells_of_are_not_compared() -> None:
    assert sides([QUARTERS], [QUARTERS[:1]]) == [([0, 1], [2, 3]), ([0], [2])]
    assert sides([QUARTERS[1:]], [QUARTERS]) == [([0, 3], [1, 2]), ([0], [2])]


def test_two_sides_that_both_lack_months_are_not_compared() -> None:
    assert sides([MONTHS[:2]], [QUARTERS[:1], []]) == []


def test_a_whole_that_lacks_a_month_is_at_most_its_parts() -> None:
    assert sides([MONTHS[:2]], [QUARTERS[:1]]) == [([0, 1, 3], [2])]


def test_a_month_has_its_place_in_a_half_year() -> None:
    days = [pd.Timestamp(d) for d in ("2024-01-01", "2024-06-01", "2024-07-01", "2024-12-01", "2025-01-01")]
    assert [place(day) for day in days] == [(4048, 0), (4048, 5), (4049, 0), (4049, 5), (4050, 0)]


# Released series.


def shown(
    numerators: Sequence[int],
    level: Level = "half_year",
    *,
    bases: int | Sequence[int] = 1000,
    kind: str = "count",
    counted: bool = True,
    policy: Policy = POLICY,
) -> ReleasedSeries:
    """A series of exactly these counts a period from 2024 on, at this level."""
    months, n = LEVELS[level], len(numerators)
    bases = [bases] * n if isinstance(bases, int) else bases
    spread = [0] * (months - 1)
    frame = pd.DataFrame(
        {
            "period_start": pd.date_range("2024-01-01", periods=months * n, freq="MS"),
            "numerator": [float(x) for one in numerators for x in (one, *spread)],
            "denominator": [float(x) for one in bases for x in (one, *spread)],
            "complete": True,
        }
    )
    before = pd.Timestamp("2020-01-01").date()
    return series(frame, kind, policy, level=level, counted_base=counted, before=before)


def withheld(parts: Mapping[str, ReleasedSeries]) -> dict[str, list[bool]]:
    return {name: part.table.withheld.tolist() for name, part in parts.items()}


def beside(whole: ReleasedSeries, *parts: ReleasedSeries, policy: Policy = POLICY) -> list[list[bool]]:
    return list(withheld(guarded(whole, dict(zip("abcdefgh", parts, strict=False)), policy)).values())


def test_parts_that_leave_each_other_vague_are_shown_as_they_are() -> None:
    whole, part = shown([20], bases=2000), shown([10])
    kept = guarded(whole, {"a": part, "b": shown([8])}, POLICY)
    pd.testing.assert_frame_equal(kept["a"].table, part.table)
    assert kept["a"] is part


def test_parts_that_tell_a_hidden_count_are_all_withheld_without_a_mark() -> None:
    """22 at most less 8 and 8 leaves nothing: three hidden ones beside 10 of 10 are 1–2 each."""
    parts = {n: shown([k], bases=0) for n, k in {"a": 1, "b": 1, "c": 1, "d": 8}.items()}
    kept = guarded(shown([11], bases=0), parts, POLICY)
    assert withheld(kept) == {n: [True] for n in "abcd"}
    assert {part.rule for part in kept.values()} == {"R1-R4, R11"}
    assert not any(part.table.numerator_hidden.any() for part in kept.values())


def test_one_hidden_count_fewer_is_vague_enough() -> None:
    assert beside(shown([10], bases=0), *(shown([k], bases=0) for k in (1, 1, 8))) == [[False]] * 3


def test_a_shown_count_is_guarded_as_a_hidden_one() -> None:
    """Two of 10 beside 15, which is 17 at most, are 8 or 9 each; beside 20 they may be anything."""
    parts = [shown([8], bases=0), shown([8], bases=0)]
    assert beside(shown([17], bases=0), *parts) == [[True]] * 2
    assert beside(shown([18], bases=0), *parts) == [[False]] * 2


def test_only_the_half_year_that_tells_is_withheld() -> None:
    whole = shown([10] * 4, "quarter", bases=0)
    tells, vague = [1, 1, 1, 1], [0, 0, 1, 1]
    parts = [shown(tells, "quarter", bases=0), *[shown(vague, "quarter", bases=0)] * 2]
    parts += [shown([8] * 4, "quarter", bases=0), shown([0, 0, 0, 0], "quarter", bases=0)]
    assert beside(whole, *parts) == [[False, False, True, True]] * 5


def test_bases_are_guarded_as_numerators_are() -> None:
    parts = [shown([0], bases=b) for b in (1, 1, 1, 8)]
    assert beside(shown([0], bases=11), *parts) == [[True]] * 4
    assert beside(shown([0], bases=10), *parts[1:]) == [[False]] * 3


def test_a_base_of_time_is_the_same_for_all_and_adds_up_to_nothing() -> None:
    parts = [shown([20], bases=31, counted=False) for _ in range(2)]
    assert beside(shown([40], bases=31, counted=False), *parts) == [[False]] * 2
    share = {"bases": 31, "counted": False, "kind": "share"}
    assert beside(shown([20], **share), shown([10], **share), shown([10], **share)) == [[False]] * 2
    counted = [shown([20], bases=31) for _ in range(2)]
    assert beside(shown([40], bases=31), *counted) == [[True]] * 2


def test_numbers_that_contradict_each_other_are_withheld() -> None:
    assert beside(shown([100], bases=0), shown([20], bases=0)) == [[True]]


def test_a_whole_that_lacks_the_period_limits_nothing() -> None:
    whole = shown([10], "quarter", bases=0)
    parts = [shown([1, 1], "quarter", bases=0) for _ in range(3)] + [shown([8, 8], "quarter", bases=0)]
    assert beside(whole, *parts) == [[True, True]] * 4
    later = [part.without(list(part.table.period_start[:1])) for part in parts]
    assert beside(whole, *later) == [[True, False]] * 4


def test_a_part_that_lacks_the_period_is_unknown() -> None:
    whole, short = shown([10, 100], "quarter", bases=0), shown([8], "quarter", bases=0)
    assert beside(whole, short, shown([1, 30], "quarter", bases=0)) == [[False], [False, False]]
    assert beside(shown([40]), shown([20]), shown([])) == [[False], []]


def test_parts_at_different_levels_are_compared_by_half_year() -> None:
    whole = shown([5, 5], "quarter", bases=0)
    parts = [shown([8], bases=0), *[shown([1, 0], "quarter", bases=0)] * 2]
    assert beside(whole, *parts) == [[False], [False, False], [False, False]]
    more = [*parts, *[shown([0, 1], "quarter", bases=0)] * 4]
    assert beside(whole, *more) == [[True], *[[True, True]] * 6]


def test_months_of_the_whole_are_added_up() -> None:
    """Six months of 10 may be 48 to 72: parts of 45 and a small one are consistent, and vague."""
    whole = shown([9] * 6, "month", bases=0)
    assert beside(whole, shown([50], bases=0), shown([4], bases=0)) == [[False]] * 2
    whole = shown([9, 0, 0, 0, 0, 0], "month", bases=0)
    assert beside(whole, shown([8], bases=0), *[shown([1], bases=0)] * 3) == [[True]] * 4


def test_the_rest_of_a_share_is_guarded_too() -> None:
    """Hidden bases are 1–4 each; hidden numerators of 3 or more would fix them."""
    alike = {"kind": "share", "bases": 7}
    whole = shown([7], kind="share", bases=7)
    assert beside(whole, shown([7], **alike), shown([0], kind="share", bases=0)) == [[False]] * 2
    parts = [shown([n], bases=[d], kind="share") for n, d in ((8, 8), (1, 1), (1, 1), (0, 1))]
    as_count = [shown([n], bases=[d]) for n, d in ((8, 8), (1, 1), (1, 1), (0, 0))]
    assert beside(shown([10], bases=[11], kind="share"), *parts) == [[True]] * 4
    assert beside(shown([10], bases=[10]), *as_count) == [[False]] * 4


def test_a_numerator_of_a_share_is_at_most_its_base() -> None:
    """The bases leave 1–3 for each; the numerators, 3–7 if there were no bases, then tell them."""
    cells = {
        kind: [
            shown([3], bases=[3], kind=kind),
            shown([3], bases=[3], kind=kind),
            shown([8], bases=[8], kind=kind),
        ]
        for kind in ("share", "count")
    }
    whole = {kind: shown([n], bases=[12], kind=kind) for kind, n in (("share", 14), ("count", 14))}
    assert beside(whole["count"], *cells["count"]) == [[False]] * 3
    assert beside(whole["share"], *cells["share"]) == [[True]] * 3


def test_what_is_withheld_already_tells_nothing() -> None:
    parts = {n: shown([k], bases=0) for n, k in {"a": 1, "b": 1, "c": 1, "d": 8}.items()}
    once = guarded(shown([11], bases=0), parts, POLICY)
    assert withheld(guarded(shown([11], bases=0), once, POLICY)) == withheld(once)


def test_a_whole_without_parts_has_nothing_to_guard() -> None:
    assert guarded(shown([10]), {}, POLICY) == {}


def test_the_areas_own_numbers_decide() -> None:
    wide = Policy(hide_up_to=20, round_to=5)
    numbers = {"bases": 0, "policy": wide}
    parts = [shown([k], **numbers) for k in (1, 1, 1, 8)]
    assert beside(shown([11], **numbers), *parts, policy=wide) == [[False]] * 4


def test_known_periods_carry_their_place_and_meaning() -> None:
    found = known(shown([9, 3, 0], "quarter", bases=[100, 5, 0], kind="share"), POLICY)
    assert list(found) == [4048, 4049]
    assert [(p.first, p.months, p.numerator, p.base, p.is_share) for p in found[4048]] == [
        (0, 3, (8, 12), (98, 102), True),
        (3, 3, (1, 7), (1, 7), True),
    ]
    assert known(shown([9], counted=False), POLICY)[4048][0].base is None


COUNTS = st.integers(0, 9)


@settings(deadline=None, max_examples=30)
@given(st.lists(COUNTS, min_size=2, max_size=4))
def test_a_reader_who_tries_all_numbers_finds_none(numbers: list[int]) -> None:
    parts = {str(i): shown([n], bases=0) for i, n in enumerate(numbers)}
    total = sum(numbers)
    kept = guarded(shown([total], bases=0), parts, POLICY)
    same = alike(total)
    fits = [one for one in product(*[alike(n) for n in numbers]) if sum(one) in same]
    fewest = min(len({one[i] for one in fits}) for i, n in enumerate(numbers) if n or not total)
    are_told = total > 0 and (fewest < 3 or len({sum(one) for one in fits}) < 3)
    assert withheld(kept) == {name: [are_told] for name in parts}


@settings(deadline=None, max_examples=15)
@given(st.lists(COUNTS, min_size=2, max_size=2), st.lists(COUNTS, min_size=2, max_size=2), COUNTS)
@example([0, 6], [1, 7], 0)
def test_nor_does_one_who_combines_quarters_with_half_years(
    first: list[int], second: list[int], half: int
) -> None:
    whole = [first[0] + second[0], first[1] + second[1] + half]
    parts = {
        "a": shown(first, "quarter", bases=0),
        "b": shown(second, "quarter", bases=0),
        "c": shown([half], bases=0),
    }
    kept = guarded(shown(whole, "quarter", bases=0), parts, POLICY)
    if kept["a"].table.withheld.any():
        return
    numbers = [*first, *second, half]
    quarters = list(product(alike(whole[0]), alike(whole[1])))
    fits = [
        one
        for one in product(*[alike(n) for n in numbers])
        if any(a + b == sum(one) and one[0] + one[2] <= a and one[1] + one[3] <= b for a, b in quarters)
    ]
    for i, n in enumerate(numbers):
        assert not n or len({one[i] for one in fits}) >= 3


@cache
def alike(true: int) -> list[int]:
    """The numbers that are shown as this one is."""
    return [n for n in range(60) if repr(count(n, POLICY)) == repr(count(true, POLICY))]
