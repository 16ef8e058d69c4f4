"""Bars of answers: only released distributions, every class from end to end, shares where there is room."""

from __future__ import annotations

import re

import pytest

from analysis import release
from analysis.area import Policy
from analysis.charts import answers, style
from analysis.charts.frame import Words
from analysis.charts.seen import require_released
from analysis.errors import DisclosureStop

WORDS = Words(title="T", subtitle="S", source="Q", observed="", start_label="", transition_label="")
CLASSES = {5: ["a", "b", "c", "d", "e"], 3: ["x", "y", "z"]}
FIVE = release.distribution({1: 10, 2: 20, 3: 30, 4: 25, 5: 15}, Policy())
THREE = release.distribution({1: 3, 2: 20, 3: 30, 4: 25, 5: 15}, Policy())
NARROW = {1: 10, 2: 120, 3: 130, 4: 125, 5: 115}
NARROW_LAST = {1: 115, 2: 120, 3: 130, 4: 125, 5: 10}
NONE = release.distribution({1: 3, 2: 3, 3: 3}, Policy())


def drawn(*shown: object, language: str = "sv") -> str:
    rounds = [(f"round {at}", "n", one) for at, one in enumerate(shown)]
    return answers.draw([answers.Item("item", rounds)], WORDS, classes=CLASSES, language=language)  # type: ignore[arg-type]


def test_a_bar_goes_from_end_to_end_about_the_middle_of_the_middle_class() -> None:
    assert FIVE.values[-1] - FIVE.values[0] == pytest.approx(1)
    assert FIVE.values[2] == pytest.approx(-FIVE.values[3])
    assert THREE.values[1] == pytest.approx(-THREE.values[2])
    assert NONE.values.size == 0


def test_every_class_has_its_share_and_its_name() -> None:
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", drawn(FIVE).replace("\xa0", " "))
    assert {"10 %", "20 %", "30 %", "25 %", "15 %", *CLASSES[5], "round 0", "item"} <= set(texts)
    assert "10%" in drawn(FIVE, language="en")


def test_an_outermost_class_that_is_too_narrow_has_its_share_beside_it() -> None:
    low, high = (drawn(release.distribution(counts, Policy())) for counts in (NARROW, NARROW_LAST))
    for svg, side in ((low, "end"), (high, "start")):
        beside = [t for t in re.findall(r"<text[^>]*>[^<]*</text>", svg) if ">2\xa0%<" in t]
        assert len(beside) == 1
        assert f"text-anchor: {side}" in beside[0]


def test_a_thin_line_marks_the_middle_and_no_axis_without_ticks_is_drawn() -> None:
    paths = re.findall(r"<path[^>]*>", drawn(FIVE))
    assert sum(style.MUTED.lower() in path for path in paths) == 1
    assert not any(style.RULE.lower() in path for path in paths)


def test_three_classes_stand_beside_five_each_with_its_own_key() -> None:
    svg = drawn(FIVE, THREE)
    assert all(f">{name}</text>" in svg for name in (*CLASSES[5], *CLASSES[3]))


def test_a_round_without_classes_has_no_bar() -> None:
    assert drawn(NONE).count("<path") < drawn(FIVE).count("<path")


def test_a_round_without_answers_has_its_row_and_what_is_said_of_it() -> None:
    svg = drawn(FIVE, None)
    assert ">round 1</text>" in svg
    bars = [re.findall(r"<path[^>]*>", one) for one in (svg, drawn(FIVE))]
    assert len(bars[0]) == len(bars[1])


def test_the_same_answers_give_the_same_picture() -> None:
    assert drawn(FIVE, THREE) == drawn(FIVE, THREE)


def test_what_has_not_passed_the_gate_is_refused() -> None:
    assert require_released(FIVE) == (FIVE,)
    with pytest.raises(DisclosureStop):
        drawn({1: 10, 2: 20})


def test_a_share_of_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(board: answers.Board, *_: object) -> None:
        board.axes.barh([5.0], [0.1234], left=0.0)

    monkeypatch.setattr(answers, "_draw", moved)
    with pytest.raises(DisclosureStop):
        drawn(FIVE)
