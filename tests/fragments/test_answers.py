"""Answers in brief: an interval that is clear by itself only has a star, which a note explains."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from analysis.fragments import kit
from analysis.limits import is_stated_after
from analysis.words import Words
from demo_home import DISCHARGES, study, text_of
from homes import goteborg

FAMILY = (("family", {"n": 6}),)


def effect(reasons: tuple = ()) -> SimpleNamespace:
    question = SimpleNamespace(kind="count", measure="deviations_per_1000")
    return SimpleNamespace(estimate=0.8, low=0.7, high=0.9, reasons=reasons, question=question)


def view(parent: str = "") -> SimpleNamespace:
    unit = SimpleNamespace(parent=parent)
    return SimpleNamespace(words=Words("sv"), unit=unit, family=SimpleNamespace(n=50))


@pytest.mark.parametrize(("reasons", "star"), [((), ""), (FAMILY, "*"), ((("mde", {"mde": 0.9}),), "")])
def test_only_an_interval_that_is_clear_by_itself_alone_has_a_star(reasons: tuple, star: str) -> None:
    told = effect(reasons)
    assert kit.marked_interval(told, view()) == "−20\u00a0% (−30\u00a0% till −10\u00a0%)" + star
    assert len(kit.weakened_note(view(), [effect(), told])) == len(star)


def test_the_note_of_a_municipality_tells_how_many_questions_are_asked_together() -> None:
    ((own, _),) = kit.weakened_note(view("top"), [effect(FAMILY)])
    assert "50 frågor ställs om kommunerna" in text_of(own)
    ((whole, _),) = kit.weakened_note(view(), [effect(FAMILY)])
    assert "flera frågor ställs tillsammans" in text_of(whole)


def test_the_table_of_answers_has_star_and_note() -> None:
    said = text_of(study(DISCHARGES).summary().html)
    assert said.count("*") == 2
    assert "* Säker för sig" in said


def test_questions_written_after_any_start_are_said_to_be_so_in_every_report() -> None:
    area = goteborg()
    first = min(s.start for s in area.starts if s.start)
    assert is_stated_after(replace(area, questions_stated_on=first))
    assert not is_stated_after(replace(area, questions_stated_on=date(2000, 1, 1)))
    unused = replace(area, questions=({"id": "x", "start": date(2024, 1, 1)},))
    assert is_stated_after(replace(unused, questions_stated_on=date(2024, 1, 1)))
    assert not is_stated_after(replace(unused, questions_stated_on=date(2023, 12, 31)))
