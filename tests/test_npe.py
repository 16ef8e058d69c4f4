"""A dimension of the patient survey: weights that sum to one whatever was answered, scores 0 to 100."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.npe import dimension_scores, renormalised

WEIGHTS = {"q1": 0.34, "q2": 0.23, "q3": 0.43}
FOUR = {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}


def answers(*rows: tuple[str, str, int | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["respondent_id", "item", "value"])
    return frame.astype({"value": "Int64"})


def test_with_every_item_answered_the_weights_are_the_published_ones() -> None:
    assert renormalised(WEIGHTS, WEIGHTS) == pytest.approx(WEIGHTS)


def test_the_published_example_gives_two_answered_items_the_same_weight() -> None:
    assert renormalised(WEIGHTS, {"q1", "q3"}) == {"q1": 0.5, "q3": 0.5}


def test_a_dimension_of_two_items_keeps_its_own_weights() -> None:
    assert renormalised({"a": 0.7, "b": 0.3}, {"a", "b"}) == pytest.approx({"a": 0.7, "b": 0.3})


def test_one_answered_item_weighs_everything_and_none_gives_no_weights() -> None:
    assert renormalised(WEIGHTS, {"q2"}) == {"q2": 1.0}
    assert renormalised(WEIGHTS, {"another"}) == {}


def test_three_of_four_items_keep_their_proportions() -> None:
    assert renormalised(FOUR, {"a", "b", "d"}) == pytest.approx({"a": 0.5, "b": 0.375, "d": 0.125})


@given(
    st.dictionaries(st.text(min_size=1), st.floats(0.01, 1), min_size=1, max_size=8),
    st.sets(st.integers(0, 7)),
)
def test_weights_of_answered_items_sum_to_one(weights: dict[str, float], picked: set[int]) -> None:
    answered = [item for n, item in enumerate(weights) if n in picked]
    found = renormalised(weights, answered)
    assert set(found) == set(answered)
    assert sum(found.values()) == pytest.approx(1 if answered else 0)


def test_scores_run_from_0_to_100() -> None:
    frame = answers(
        *[("low", q, 1) for q in WEIGHTS],
        *[("high", q, 5) for q in WEIGHTS],
        *[("mid", q, 3) for q in WEIGHTS],
    )
    assert dimension_scores(frame, WEIGHTS).to_dict() == pytest.approx({"high": 100, "low": 0, "mid": 50})


def test_an_unanswered_item_does_not_pull_the_score_down() -> None:
    frame = answers(("r", "q1", 5), ("r", "q2", None), ("r", "q3", 1), ("r", "other", 1))
    assert dimension_scores(frame, WEIGHTS).to_dict() == pytest.approx({"r": 50})


def test_who_answered_nothing_has_no_score() -> None:
    assert dimension_scores(answers(("r", "q1", None), ("s", "other", 3)), WEIGHTS).empty


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 5)), unique_by=lambda r: r[0], min_size=1))
def test_a_score_lies_between_the_lowest_and_the_highest_answer(given_: list[tuple[str, int]]) -> None:
    (score,) = dimension_scores(answers(*[("r", item, v) for item, v in given_]), FOUR)
    points = [25 * (v - 1) for _, v in given_]
    assert min(points) - 1e-9 <= score <= max(points) + 1e-9
