"""Survey answers: five classes, three or none; each bound on both sides, and nothing small comes back."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from functools import cache
from itertools import product
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.area import Policy
from analysis.errors import DesignError, DisclosureStop
from analysis.release.counts import ratio
from analysis.release.survey import (
    FIVE,
    THREE,
    ReleasedDistribution,
    ReleasedResponse,
    crossing,
    distribution,
    response_rate,
)
from candidates import lonely

POLICY = Policy()


def shown(value: float) -> float | None:
    return None if isnan(value) else value


def answers(*counts):
    return dict(enumerate(counts, 1))


@cache
def seen(counts, **own):
    one = distribution(answers(*counts), Policy(**own))
    return shown(one.n), tuple((c.answers, c.n) for c in one.classes)


def classes(*counts, **own):
    return tuple(one for one, _ in seen(counts, **own)[1])


def test_five_classes_where_each_is_none_or_many() -> None:
    one = distribution(answers(0, 8, 13, 22, 0), POLICY)
    assert one.n == 45
    assert one.classes == (
        ((1,), 0, 0.0),
        ((2,), 10, 0.22),
        ((3,), 15, 0.33),
        ((4,), 20, 0.44),
        ((5,), 0, 0.0),
    )
    assert one.rule == "R1 R3 R13"


def test_shares_are_of_the_rounded_classes() -> None:
    one = distribution(answers(8, 8, 8, 8, 8), POLICY)
    assert (one.n, {c.n for c in one.classes}, {c.share for c in one.classes}) == (40, {10}, {0.2})


@pytest.mark.parametrize("small", [0, 1, 3, 4])
@pytest.mark.parametrize(("n", "expected"), [(0, FIVE), (1, THREE), (7, THREE), (8, FIVE)])
def test_a_class_of_few_gives_three_classes(small, n, expected) -> None:
    counts = [20] * 5
    counts[small] = n
    assert classes(*counts) == expected


def test_three_classes_are_sums() -> None:
    one = distribution(answers(3, 20, 9, 1, 7), POLICY)
    assert [(c.answers, c.n, c.share) for c in one.classes] == [
        ((1, 2), 25, 0.56), ((3,), 10, 0.22), ((4, 5), 10, 0.22),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((20, 20, 7, 20, 20), ()),
        ((20, 20, 8, 20, 20), FIVE),
        ((3, 4, 20, 20, 20), ()),
        ((4, 4, 20, 20, 20), THREE),
        ((20, 20, 20, 3, 4), ()),
        ((20, 20, 20, 4, 4), THREE),
        ((20, 20, 1, 1, 20), ()),
    ],
)
def test_few_in_one_of_three_classes_gives_the_number_only(counts, expected) -> None:
    assert classes(*counts) == expected


@pytest.mark.parametrize(("n", "number", "expected"), [(0, 0, ()), (7, None, ()), (8, 10, FIVE)])
def test_a_group_needs_eight_answers(n, number, expected) -> None:
    assert (seen((0, 0, 0, 0, n))[0], classes(0, 0, 0, 0, n)) == (number, expected)


@pytest.mark.parametrize(("n", "expected"), [(7, ()), (8, FIVE)])
def test_a_group_needs_eight_answers_whatever_the_policy(n, expected) -> None:
    assert classes(0, 0, 0, 0, n, hide_up_to=3) == expected


def test_answers_that_nobody_gave_may_be_absent() -> None:
    assert distribution({5: 8}, POLICY) == distribution(answers(0, 0, 0, 0, 8), POLICY)


@pytest.mark.parametrize("answer", [0, 6])
def test_another_answer_than_one_to_five_is_refused(answer) -> None:
    with pytest.raises(DesignError):
        distribution({1: 20, answer: 20}, POLICY)


@pytest.mark.parametrize(
    ("answered", "asked", "expected"),
    [
        (0, 0, (0, 0)),
        (7, 100, (None, 100)),
        (8, 100, (10, 100)),
        (7, 7, (None, None)),
        (60, 100, (60, 100)),
        (95, 100, (95, 100)),
    ],
)
def test_a_response_rate_obeys_the_rule_of_shares(answered, asked, expected) -> None:
    one = response_rate(answered, asked, POLICY)
    assert (shown(one.answered), shown(one.asked)) == expected
    assert shown(one.rate) == shown(ratio(answered, asked, "share", POLICY))
    assert one.rule == "R1 R3"


def test_a_response_rate_is_in_whole_per_cent() -> None:
    assert response_rate(61, 92, POLICY).rate == 0.67


def test_few_who_answered_or_did_not_do_not_come_back() -> None:
    found = []
    for asked, answered in product(range(70), range(70)):
        one = response_rate(answered, asked, POLICY)
        if answered <= asked:
            numbers = (shown(one.answered), shown(one.asked), shown(one.rate))
            found.append((numbers, (answered, asked, asked - answered)))
    assert lonely(found, lambda counts: counts[1] < 60) == []


def in_classes(*groups):
    """How many classes each group of a crossing has."""
    named = {str(at): answers(*counts) for at, counts in enumerate(groups)}
    return [len(one.classes) for one in crossing(named, POLICY).values()]


@pytest.mark.parametrize(("n", "expected"), [(0, [5]), (1, []), (19, []), (20, [5, 5])])
def test_each_group_of_a_crossing_needs_twenty_answers_or_none(n, expected) -> None:
    assert in_classes((30, 0, 0, 0, 30), (0, 0, 0, 0, n)) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((8, 8, 8, 8, 8), [5, 5]),
        ((7, 8, 8, 8, 8), [3, 3]),
        ((8, 8, 8, 4, 4), [3, 3]),
        ((8, 8, 8, 4, 3), [0, 0]),
        ((8, 8, 7, 8, 8), [0, 0]),
    ],
)
def test_all_groups_of_a_crossing_have_the_classes_that_suit_each(counts, expected) -> None:
    assert in_classes((20, 20, 20, 20, 20), counts) == expected


def test_groups_of_a_crossing_are_shown_like_any_distribution() -> None:
    groups = {"a": answers(20, 0, 0, 0, 20), "b": answers(0, 30, 0, 30, 0)}
    assert crossing(groups, POLICY) == {name: distribution(one, POLICY) for name, one in groups.items()}


def test_released_answers_cannot_be_changed_or_made_elsewhere() -> None:
    one, found = distribution(answers(0, 8, 0, 0, 0), POLICY), crossing({}, POLICY)
    with pytest.raises(FrozenInstanceError):
        one.n = 1.0
    with pytest.raises(TypeError):
        found["a"] = one
    with pytest.raises(DisclosureStop):
        ReleasedDistribution(rule="R13", n=1.0, classes=())
    with pytest.raises(DisclosureStop):
        ReleasedResponse(rule="R13", answered=1.0, asked=1.0, rate=1.0)


def test_no_answer_of_few_nor_a_sum_of_few_comes_back() -> None:
    found = []
    for a, b, d, e in product(range(11), repeat=4):
        for c in (0, 1, 2, 3, 9):
            counts = (a, b, c, d, e)
            found.append((seen(counts), (*counts, a + b, d + e, a + b + c, c + d + e, sum(counts))))
    assert lonely(found, lambda counts: max(counts[:5]) < 10) == []


@pytest.mark.parametrize("second", [1, 4])
def test_no_answer_of_few_comes_back_from_all_less_the_other_group(second) -> None:
    def placed(one, other):
        return tuple({0: one, second: other}.get(at, 0) for at in range(5))

    found = []
    for a, c, b, d in product(range(10), range(10), range(12, 28), range(12, 28)):
        released = crossing({"one": answers(*placed(a, b)), "other": answers(*placed(c, d))}, POLICY)
        groups = tuple((shown(one.n), tuple(x.n for x in one.classes)) for one in released.values())
        found.append(((seen(placed(a + c, b + d)), groups), (a, c, b, d)))
    assert lonely(found, lambda counts: max(counts[:2]) < 8 and {*counts[2:]} <= {17, 18, 19, 20}) == []


@given(st.lists(st.integers(0, 40), min_size=5, max_size=5), st.integers(5, 12), st.integers(1, 7))
def test_no_class_that_is_shown_is_of_few(counts, hide, step) -> None:
    policy = Policy(hide_up_to=hide, round_to=step)
    one = distribution(answers(*counts), policy)
    for each in one.classes:
        true = sum(counts[a - 1] for a in each.answers)
        assert true == 0 or true > hide
    assert sum(c.share for c in one.classes) == pytest.approx(1 if one.classes else 0, abs=0.03)


def test_the_ends_of_a_bar_lie_around_the_middle_of_the_middle_class() -> None:
    told = distribution({1: 10, 2: 20, 3: 20, 4: 30, 5: 20}, POLICY)
    assert told.values.tolist() == pytest.approx([-0.4, -0.3, -0.1, 0.1, 0.4, 0.6])


def test_without_classes_there_is_no_bar() -> None:
    assert distribution({1: 3, 5: 2}, POLICY).values.size == 0
