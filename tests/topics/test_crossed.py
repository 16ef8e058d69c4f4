"""Groups of answers beside those of all: told alike, or put together so that nobody is left over."""

from __future__ import annotations

import pandas as pd

from analysis.area import Policy
from analysis.topics.crossed import counts_of, crossed

POLICY = Policy()


def answers(**groups: tuple[int, ...]) -> tuple[pd.DataFrame, pd.Series]:
    """Answers 1 to 5 by group, as many as given; a group called `none` is of nobody named."""
    rows = [
        (answer, name)
        for name, given in groups.items()
        for answer, n in enumerate(given, 1)
        for _ in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["value", "group"])
    return frame, frame.group.where(frame.group.ne("none"))


def told(**groups: tuple[int, ...]) -> dict[str, list[float]]:
    return {key: [c.n for c in one.classes] for key, one in crossed(*answers(**groups), POLICY).items()}


LARGE = (0, 0, 8, 30, 30)


def test_groups_that_are_large_enough_are_told_in_the_same_classes() -> None:
    assert told(a=LARGE, b=LARGE) == {"a": [0, 0, 10, 30, 30], "b": [0, 0, 10, 30, 30]}


def test_a_group_with_few_is_put_together_with_the_smallest_of_the_others() -> None:
    assert set(told(a=LARGE, b=(0, 0, 20, 30, 30), c=(0, 0, 1, 10, 10))) == {"b"}


def test_who_is_in_no_group_is_not_left_over_beside_the_whole() -> None:
    assert set(told(a=LARGE, b=(0, 0, 20, 30, 30), none=(0, 0, 0, 3, 0))) == {"b"}
    assert set(told(a=LARGE, b=LARGE, none=LARGE)) == {"a", "b"}


def test_nothing_is_told_when_all_are_small_or_there_is_nobody() -> None:
    assert told(a=(0, 0, 1, 10, 10), b=(0, 0, 2, 10, 10)) == {}
    assert told() == {}


def test_answers_are_counted() -> None:
    assert counts_of(answers(a=(0, 2, 0, 1, 0))[0]) == {2: 2, 4: 1}
