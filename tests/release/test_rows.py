"""What stands row by row: told in the answer's own steps, or of shown counts, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from invented_series import counts, question

from analysis.area import Policy
from analysis.designs.effect import Effect
from analysis.designs.multiverse import CHOICES, Multiverse, multiverse
from analysis.designs.segmented import evaluate
from analysis.errors import DisclosureStop
from analysis.release import (
    ReleasedRows,
    ReleasedSeries,
    detectable,
    funnel_rows,
    released_effect,
    series,
    side_by_side,
    specifications,
)

POLICY = Policy()
HALF = pd.Timestamp(2026, 1, 1)


@cache
def answered() -> tuple[pd.DataFrame, Effect, Multiverse]:
    rows = counts()
    effect = evaluate(rows, question())
    return rows, effect, multiverse(rows, effect.question, most=40)


def told(*, is_detailed: bool = True) -> Effect:
    rows, effect, _ = answered()
    return released_effect(effect, rows, POLICY, is_detailed=is_detailed)


def grid(*changed: dict[str, object]) -> Multiverse:
    """A grid of the stated specification and of others, by what they change or answer."""
    stated = dict(zip(CHOICES, ("stated", 0, "stated", "main", "", "with", "with"), strict=True))
    answer = {"estimate": 0.905, "low": 0.8, "high": 1.05, "p": 0.2, "reason": ""}
    rows = [stated | answer | one for one in ({}, *changed)]
    return Multiverse(pd.DataFrame(rows), "ratio", len(rows))


def shown(
    numerator: float, denominator: float = 400.0, kind: str = "share", months: int = 6
) -> ReleasedSeries:
    starts = pd.date_range(HALF, periods=months, freq="MS")
    frame = pd.DataFrame(
        {"period_start": starts, "numerator": numerator, "denominator": denominator, "complete": True}
    )
    return series(frame, kind, POLICY, level="quarter")


def test_only_the_gate_makes_rows() -> None:
    with pytest.raises(DisclosureStop):
        ReleasedRows(rule="R5", _cells=pd.DataFrame())


def test_answers_beside_each_other_are_the_told_ones_and_too_little_data_has_none() -> None:
    row = side_by_side({"a": told()}).table.iloc[0]
    assert (row.estimate, row.low, row.high) == (told().estimate, told().low, told().high)
    _, effect, _ = answered()
    rows = answered()[0]
    few = released_effect(effect, rows.assign(numerator=0.1), POLICY)
    assert side_by_side({"a": few}).table[["estimate", "low", "high"]].isna().all(axis=None)


def test_an_answer_that_has_not_passed_the_gate_stops() -> None:
    rows, effect, found = answered()
    for call in (
        lambda: side_by_side({"a": effect}),
        lambda: specifications(found, effect, effect, rows, POLICY),
        lambda: detectable({}, effect, effect, rows, POLICY),
    ):
        with pytest.raises(DisclosureStop):
            call()


def test_of_too_little_data_nothing_is_drawn_also_where_the_answer_has_numbers() -> None:
    rows, effect, found = answered()
    little = released_effect(replace(effect, verdict="too_little_data"), rows, POLICY, is_detailed=True)
    assert little.low < little.estimate < little.high
    assert side_by_side({"a": little}).table[["estimate", "low", "high"]].isna().all(axis=None)
    made = specifications(found, little, effect, rows, POLICY)
    assert (made.rows.table.empty, made.n, made.check.values) == (True, 0, {})
    assert detectable({6: 0.8}, little, effect, rows, POLICY).table.empty


def test_only_specifications_that_are_one_choice_apart_are_told_each_by_that_choice() -> None:
    rows, effect, _ = answered()
    found = grid(
        {"baseline": "24"}, {"transition": 1}, {"left_out": "2024-03-01"}, {"baseline": "24", "model": "x"}
    )
    made = specifications(found, told(), effect, rows, POLICY)
    names = list(made.rows.table[["choice", "option"]].itertuples(index=False, name=None))
    assert names == [("stated", ""), ("baseline", "24"), ("transition", "1"), ("left_out", "")]
    assert made.n == 5


@pytest.mark.parametrize(
    ("estimate", "along", "against"), [(0.9, 2, 1), (1.1, 1, 2), (1.0, 0, 0)], ids=["less", "more", "none"]
)
def test_specifications_are_clear_on_the_answers_side_or_the_other_and_not_when_they_touch_no_change(
    estimate: float, along: int, against: int
) -> None:
    rows, effect, _ = answered()
    ends = [(0.7, 0.9), (0.8, 0.999), (0.8, 1.0), (1.0, 1.2), (1.001, 1.2)]
    found = grid(*({"low": low, "high": high} for low, high in ends))
    made = specifications(found, told(), replace(effect, estimate=estimate), rows, POLICY)
    assert (made.n, made.n_clear, made.n_other) == (6, along, against)


def test_a_specification_of_fewer_months_is_told_in_the_coarser_steps_of_those_months() -> None:
    """Ten a month, 40 months after: five cases are 1.25 per cent of them, of 24 months 2.1 per cent."""
    rows = counts(46, 40)
    effect = evaluate(rows, question())
    answer = released_effect(effect, rows, POLICY, is_detailed=True)
    found = grid({"baseline": "24"}, {"baseline": "36"}, {"baseline": "all"}, {"transition": 1})
    table = specifications(found, answer, effect, rows.assign(numerator=10.0), POLICY).rows.table
    assert table.estimate.tolist() == [0.91, 0.9, 0.91, 0.91, 0.91]


def test_specifications_differ_in_one_choice_and_name_no_month() -> None:
    rows, effect, found = answered()
    made = specifications(found, told(), effect, rows, POLICY)
    table = made.rows.table
    assert table.choice.iloc[0] == "stated"
    assert table.estimate.iloc[0] == told().estimate
    assert not table.duplicated(["choice", "option"]).any() or "left_out" in set(table.choice)
    assert (table[table.choice == "left_out"].option == "").all()
    assert len(table) < made.n == len(found.fitted)
    assert made.n_clear + made.n_other <= made.n


def test_specifications_are_told_in_the_steps_of_the_answer() -> None:
    rows, effect, found = answered()
    table = specifications(found, told(), effect, rows, POLICY).rows.table
    exact = found.fitted.estimate.to_numpy()
    assert not set(table.estimate) & set(exact)
    assert np.allclose(table.estimate * 1000, (table.estimate * 1000).round())


def test_where_values_of_checks_are_not_told_only_the_outcome_is() -> None:
    rows, effect, found = answered()
    made = specifications(found, told(is_detailed=False), effect, rows, POLICY)
    assert made.rows.table.empty
    assert (made.n, made.n_clear, made.n_other) == (0, 0, 0)
    assert dict(made.check.values) == {}
    later = detectable({6: 0.8}, told(is_detailed=False), effect, rows, POLICY)
    assert later.table.more.tolist() == [0]


def test_the_smallest_effect_now_is_the_answers_own_and_later_ones_are_no_nearer_than_true() -> None:
    rows, effect, _ = answered()
    table = detectable({0: 0.9, 6: 0.8013, 12: 0.8411}, told(), effect, rows, POLICY).table
    assert table.more.tolist() == [0, 6, 12]
    assert table.mde[0] == told().mde
    assert table.mde[1] <= 0.8013
    assert table.mde[2] <= 0.8411


def test_a_funnel_rests_on_shown_counts_and_leaves_out_who_has_none() -> None:
    known = {name: shown(n) for name, n in zip("abcde", (200, 201, 199, 202, 330), strict=True)}
    rows, made = funnel_rows({**known, "f": shown(1.0)}, HALF, 1.0)
    assert rows.table.name.tolist() == list("abcde")
    assert made is not None
    beyond = rows.table[rows.table.value > rows.table.high_998]
    assert beyond.name.tolist() == ["e"]
    assert set(rows.table.value * 2400 % 5) <= {0.0} or np.allclose((rows.table.value * 2400) % 5, 0)


def test_a_funnel_of_counts_is_told_in_the_measures_own_unit() -> None:
    known = {name: shown(40, 1000, "count") for name in "abcde"}
    rows, _ = funnel_rows(known, HALF, 1000.0)
    assert np.allclose(rows.table.value, rows.table.target)
    assert np.allclose(rows.table.target, 40.0)
    assert (rows.table.low_998 < rows.table.low_95).all()


@pytest.mark.parametrize("known", [{}, {"a": "share"}, {"a": "mean"}])
def test_no_funnel_without_counts_or_of_means(known: dict[str, str]) -> None:
    made = {name: shown(1.0 if kind == "share" else 40.0, 400.0, kind) for name, kind in known.items()}
    rows, found = funnel_rows(made, HALF, 1.0)
    assert rows.table.empty
    assert found is None


def test_a_half_year_that_is_not_whole_is_not_shown() -> None:
    rows, found = funnel_rows({name: shown(200.0) for name in "abcde"}, HALF + pd.DateOffset(months=6), 1.0)
    assert rows.table.empty
    assert found is None


def test_a_series_that_has_not_passed_the_gate_is_in_no_funnel() -> None:
    true = shown(200.0)
    alike = SimpleNamespace(kind=true.kind, level=true.level, table=true.table)
    with pytest.raises(DisclosureStop, match=r"analysis\.release\.series"):
        funnel_rows(dict.fromkeys("abcde", alike), HALF, 1.0)


def test_a_unit_with_half_of_its_half_year_or_without_a_base_is_in_no_funnel() -> None:
    for kind in ("share", "count"):
        known = {name: shown(200.0, kind=kind) for name in "abcde"}
        others = {"short": shown(200.0, kind=kind, months=3), "nobody": shown(0.0, 0.0, kind)}
        rows, found = funnel_rows(known | others, HALF, 1.0)
        assert rows.table.name.tolist() == list("abcde")
        assert found is not None


def test_a_funnel_of_units_without_any_event_says_so() -> None:
    rows, found = funnel_rows({name: shown(0.0, 1000.0, "count") for name in "abcde"}, HALF, 1000.0)
    assert found is not None
    assert found.reasons == (("all_zero", {"n": 5}),)
    assert rows.table.value.tolist() == [0.0] * 5
