"""The attacker of the proofs finds what naive rules leak: otherwise finding nothing would mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from attacker import ANYTHING, REST, Block, Cell, Found, Line, Truth, attack

EVENTS, BASE = ("m", "numerator"), ("m", "denominator")
KINDS = ("kind:a", "kind:b", "kind:c")
UNITS = ("large", "middle", "small", "tiny")
MEANS = (9.0, 3.0, 1.2, 0.6)
Rule = Callable[[int], tuple[float, float]]


@cache
def invented(seed: int = 1) -> Truth:
    """Two years of events of three kinds in four municipalities; the second set has a few late ones."""
    rng = np.random.default_rng(seed)
    month = rng.poisson(np.asarray(MEANS)[:, None, None] / 3, (4, 24, 3))
    late = rng.random(month.shape) < 0.01
    sets = np.stack([month, month + late])
    half = sets.reshape(2, 4, 4, 6, 3).sum(axis=3)
    base = np.broadcast_to(rng.poisson(60, (4, 24)), (2, 4, 24)).copy()
    counts = {(EVENTS, ""): sets.sum(axis=3), (BASE, ""): base}
    return Truth("all", UNITS, counts | {(EVENTS, k): half[..., n] for n, k in enumerate(KINDS)}, ("m",))


def exact(value: int) -> tuple[float, float]:
    return value, value


def dotted(value: int) -> tuple[float, float]:
    return (1, 7) if 1 <= value <= 7 else exact(value)


def rounded(value: int) -> tuple[float, float]:
    if value <= 7:
        return dotted(value)
    near = 5 * ((value + 2) // 5)
    return max(8, near - 2), near + 2


def cell(truth: Truth, rule: Rule, issue: int, unit: str, *where: Any) -> Cell:
    key, first, last = where
    asked = Cell(issue, unit, EVENTS, key, first, last, 0, 0)
    return Cell(issue, unit, EVENTS, key, first, last, *rule(truth.value(asked)))


def published(truth: Truth, rule: Rule, *, parts: int = 6, whole: int = 6) -> list[Cell]:
    """Series of the whole and the parts at their levels, and kinds by half-year, in both sets."""
    cells = []
    for issue in (0, 1):
        for unit in ("all", *UNITS):
            step = whole if unit == "all" else parts
            cells += [cell(truth, rule, issue, unit, "", at, at + step - 1) for at in range(0, 24, step)]
            cells += [cell(truth, rule, issue, unit, k, at, at + 5) for k in KINDS for at in range(0, 24, 6)]
    return cells


def test_true_totals_beside_hidden_cells_are_found_out() -> None:
    truth = invented()
    found = attack(truth, published(truth, dotted))
    assert found.asked > 50
    assert len(found.exact) > 5
    assert len(found.exact + found.told) > 10
    assert any("set 0 tiny m/numerator" in text or "set 0 small m/numerator" in text for text in found.exact)


def test_exact_counts_of_two_sets_are_subtracted() -> None:
    truth = invented()
    found = attack(truth, published(truth, dotted, parts=1, whole=1))
    assert sum(text.startswith("change of set 1") for text in found.exact + found.told) > 5


def test_a_change_is_exact_for_readers_too_when_exact_counts_stand_in_both_sets() -> None:
    counts = np.asarray([[[9, 20, 0, 0, 0, 0]], [[12, 20, 0, 0, 0, 0]]])
    truth = Truth("all", ("only",), {(EVENTS, ""): counts})
    months = [Cell(i, "only", EVENTS, "", 0, 0, n, n) for i, n in ((0, 9), (1, 12))]
    found = attack(truth, months)
    assert found.exact == ["change of set 1 all m/numerator 0-0 = 3"]
    assert found.told == []


def test_a_change_that_is_exact_only_for_one_who_is_told_where_it_was_is_noted_apart() -> None:
    counts = np.asarray([[[9, 20, 0, 0, 0, 0]], [[12, 20, 0, 0, 0, 0]]])
    truth = Truth("all", ("only",), {(EVENTS, ""): counts})
    sums = [Cell(i, "only", EVENTS, "", 0, 1, n, n) for i, n in ((0, 29), (1, 32))]
    halves = [Cell(i, "only", EVENTS, "", 0, 5, -ANYTHING, ANYTHING) for i in (0, 1)]
    found = attack(truth, [*sums, *halves])
    assert found.exact == []
    assert found.told == ["change of set 1 all m/numerator 0-0 = 3"]


def test_rounded_counts_at_their_levels_give_nothing_away() -> None:
    truth = invented()
    found = attack(truth, published(truth, rounded, parts=6, whole=1))
    assert found.asked > 50
    assert found.exact == []
    assert np.mean(found.candidates) > 4


def test_every_small_cell_is_asked_about_once() -> None:
    counts = np.asarray([[[3, 8, 0, 0, 0, 0]], [[3, 10, 0, 0, 0, 0]]])
    truth = Truth("all", ("only",), {(EVENTS, ""): counts})
    none = [Cell(i, "only", EVENTS, "", 0, 5, -ANYTHING, ANYTHING) for i in (0, 1)]
    found = attack(truth, none)
    assert found.asked == 2  # the 3 of the first month, the change of 2 in the second
    assert found.exact == []


def test_what_is_published_exactly_is_found_exactly_and_named() -> None:
    counts = np.asarray([[[3, 8, 0, 0, 0, 0]]])
    truth = Truth("all", ("only",), {(EVENTS, ""): counts})
    shown = [Cell(0, "only", EVENTS, "", 0, 0, 3, 3), Cell(0, "only", EVENTS, "", 0, 5, -ANYTHING, ANYTHING)]
    assert attack(truth, shown).exact == ["set 0 all m/numerator 0-0 = 3"]
    assert attack(truth, shown[1:]).exact == []


def test_two_values_leave_a_cell_open() -> None:
    truth = Truth("all", ("only",), {(EVENTS, ""): np.asarray([[[3, 8, 0, 0, 0, 0]]])})
    shown = [Cell(0, "only", EVENTS, "", 0, 0, 3, 4), Cell(0, "only", EVENTS, "", 1, 5, 8, 8)]
    found = attack(truth, shown, measured=9)
    assert (found.asked, found.exact) == (1, [])
    assert found.candidates == [2]


def test_a_part_that_is_withheld_is_found_from_a_true_total_and_the_other_parts() -> None:
    counts = np.asarray([[[20, 0, 0, 0, 0, 0], [4, 0, 0, 0, 0, 0]]])
    truth = Truth("all", ("one", "other"), {(EVENTS, ""): counts})
    whole = Cell(0, "all", EVENTS, "", 0, 5, 24, 24)
    part = Cell(0, "one", EVENTS, "", 0, 5, 20, 20)
    assert "set 0 other m/numerator 0-5 = 4" in attack(truth, [whole, part]).exact
    assert attack(truth, [whole]).exact == []


def share(low: float, high: float) -> list[Line]:
    weights = np.ones(6)
    zero = np.zeros(6)
    return [
        Line(0, {(EVENTS, "only"): weights, (BASE, "only"): zero - low}, 0, ANYTHING),
        Line(0, {(EVENTS, "only"): weights, (BASE, "only"): zero - high}, -ANYTHING, 0),
    ]


def test_a_share_beside_its_true_base_gives_the_hidden_part_and_the_rest_away() -> None:
    events, base = [[[5, 0, 0, 0, 0, 0]]], [[[30, 0, 0, 0, 0, 0]]]
    truth = Truth("all", ("only",), {(EVENTS, ""): np.asarray(events), (BASE, ""): np.asarray(base)})
    cells = [Cell(0, "only", EVENTS, "", 0, 5, 1, 7), Cell(0, "only", BASE, "", 0, 5, 30, 30)]
    assert attack(truth, cells).exact == []
    assert "set 0 all m/numerator 0-5 = 5" in attack(truth, cells, share(0.16, 0.17)).exact


def test_a_rest_of_one_to_seven_is_asked_about_when_the_measure_is_a_share() -> None:
    events, base = [[[26, 0, 0, 0, 0, 0]]], [[[30, 0, 0, 0, 0, 0]]]
    counts = {(EVENTS, ""): np.asarray(events), (BASE, ""): np.asarray(base)}
    cells = [Cell(0, "only", p, "", 0, 5, n, n) for p, n in ((EVENTS, 26), (BASE, 30))]
    assert attack(Truth("all", ("only",), counts), cells).exact == []
    found = attack(Truth("all", ("only",), counts, ("m",)), cells).exact
    assert f"set 0 all m/{REST} 0-5 = 4" in found


def test_a_line_of_a_model_gives_away_what_it_sums() -> None:
    truth = Truth("all", ("only",), {(EVENTS, ""): np.asarray([[[3, 2, 9, 9, 9, 9, 9]]])})
    cells = [Cell(0, "only", EVENTS, "", 0, 5, -ANYTHING, ANYTHING)]
    sums = np.asarray([1.0, 0, 0, 0, 0, 0, 1])
    line = Line(0, {(EVENTS, "only"): sums}, 11.9, 12.1)
    assert attack(truth, cells, [line]).exact == ["set 0 all m/numerator 0-0 = 3"]


def test_counts_that_cannot_exceed_others_are_bounded_by_them() -> None:
    counts = {
        (EVENTS, ""): np.asarray([[[2, 0, 0, 0, 0, 0]]]),
        (BASE, ""): np.asarray([[[9, 0, 0, 0, 0, 0]]]),
    }
    truth = Truth("all", ("only",), counts)
    block = Block(truth, 0)
    assert truth.within == [(EVENTS, BASE)]
    block.publish([Cell(0, "only", BASE, "", 0, 0, 9, 9)])
    assert block.solve(-np.eye(len(block.true))[block.columns[EVENTS, "", 0, 0, 0]]).max() == 9


def test_parts_that_are_the_same_counts_share_their_unknowns() -> None:
    same = np.asarray([[[9, 9, 9, 9, 9, 9]]])
    truth = Truth("all", ("only",), {(BASE, ""): same, (("other", "denominator"), ""): same.copy()})
    assert len(Block(truth, 0).true) == 6


def test_what_the_truth_does_not_meet_is_an_error_of_the_proof() -> None:
    truth = Truth("all", ("only",), {(EVENTS, ""): np.asarray([[[3, 8, 0, 0, 0, 0]]])})
    with pytest.raises(AssertionError, match="does not fit"):
        attack(truth, [Cell(0, "only", EVENTS, "", 0, 0, 4, 7)])


def test_findings_add_up() -> None:
    one = Found(2, ["a"], [3])
    one.add(Found(1, ["b"], [4]))
    assert (one.asked, one.exact, one.candidates) == (3, ["a", "b"], [3, 4])


@pytest.mark.parametrize(
    ("low", "high", "shown"), [(1, 7, False), (-ANYTHING, ANYTHING, False), (8, 12, True), (0, 0, True)]
)
def test_a_hidden_or_withheld_cell_is_not_shown(low: float, high: float, shown: bool) -> None:
    assert Cell(0, "only", EVENTS, "", 0, 5, low, high).is_shown is shown


@pytest.mark.parametrize("is_known", [True, False])
def test_keys_that_are_sums_of_other_keys_are_added_up(is_known: bool) -> None:
    counts = {"": 12, "pair:a>b": 1, "pair:a>c": 1, "pair:b>c": 10, "from:a": 2, "from:b": 10}
    arrays = {(EVENTS, key): np.full((1, 1, 1), n) for key, n in counts.items()}
    arrays[EVENTS, ""] = np.asarray([[[12, 0, 0, 0, 0, 0]]])
    made_of = {(EVENTS, "from:a"): ["pair:a>b", "pair:a>c"], (EVENTS, "from:b"): ["pair:b>c"]}
    truth = Truth("all", ("one",), arrays, made_of=made_of if is_known else {})
    told = {key: exact(n) if key == "from:a" else (0, 20) for key, n in counts.items()}
    told["pair:a>b"] = told["pair:a>c"] = (1, 7)
    cells = [Cell(0, "all", EVENTS, key, 0, 5, *says) for key, says in told.items()]
    found = " ".join(attack(truth, cells).exact)
    assert ("pair:a>b 0-5 = 1" in found, "from:a 0-5 = 2" in found) == (is_known, True)
