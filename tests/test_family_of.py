"""All questions asked of the same data are one family, whichever report asks them; it only weakens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.family_of import adjusted, beside, family
from analysis.protocol import asked
from demo_home import DEVIATIONS, DISCHARGES, study
from homes import goteborg

AREA = goteborg()
MEMBERS = [u.id for u in AREA.members]


QUESTIONS, GOALS = 10, 6  # those with a primary question


@pytest.mark.parametrize(
    ("notebook", "own"), [(DEVIATIONS, 1), (DISCHARGES, 7), ("04-sip", 2), ("08-effect-goals", 5)]
)
def test_the_whole_area_has_the_questions_of_all_notebooks(notebook: str, own: int) -> None:
    found = beside(AREA, asked(AREA, notebook, AREA.top), AREA.top, data_are_invented=True)
    assert len(found) == QUESTIONS - own
    assert {a.question.unit for a in found} == {AREA.top.id}
    size = family(asked(AREA, notebook, AREA.top), found, AREA.top)
    assert (size.n, size.primary, size.units) == (QUESTIONS, GOALS, 1)


def test_a_municipality_has_those_of_all_municipalities_and_none_is_primary() -> None:
    unit = AREA.members[0]
    found = beside(AREA, asked(AREA, DEVIATIONS, unit), unit, data_are_invented=True)
    size = family(asked(AREA, DEVIATIONS, unit), found, unit)
    assert (size.n, size.primary, size.units) == (QUESTIONS * len(MEMBERS), 0, len(MEMBERS))
    assert AREA.top.id not in {a.question.unit for a in found}


def test_a_municipality_without_a_date_or_with_an_invented_one_on_real_data_is_left_out() -> None:
    unit, other = AREA.members[0], AREA.members[1]
    starts = [s for s in AREA.starts if s.unit != other.id]
    real = [replace(s, invented=s.unit != unit.id) for s in starts]
    area = replace(AREA, starts=tuple(real))
    own = asked(area, DEVIATIONS, unit)
    found = beside(area, own, unit, data_are_invented=True)
    assert {a.question.unit for a in found} == set(MEMBERS) - {other.id}
    assert {a.question.unit for a in beside(area, own, unit, data_are_invented=False)} == {unit.id}


def test_a_change_that_does_not_survive_its_family_is_not_clear() -> None:
    own = study(DISCHARGES)
    effect = replace(own.effects[0], verdict="improved", p=0.04, reasons=())
    others = [(own.asked[0], p) for p in (0.5, 0.6, 0.7)]
    (weakened,) = adjusted([effect], others, AREA.top)
    assert weakened.verdict == "no_clear_change"
    ((code, said),) = weakened.reasons
    assert code == "family"
    assert (said["n"], said["method"]) == (4, "holm")
    assert said["p_adjusted"] == pytest.approx(0.16)
    assert weakened.question is effect.question


def test_a_failed_check_does_not_make_a_change_surer_than_its_family() -> None:
    own = study(DISCHARGES, MEMBERS[0])
    told = (("failed_check", {"check": "window"}),)
    effect = replace(own.effects[0], verdict="cannot_be_attributed", p=0.04, reasons=told)
    (weakened,) = adjusted([effect], [(own.asked[1], 0.9)], AREA.members[0])
    assert weakened.verdict == "no_clear_change"
    assert [code for code, _ in weakened.reasons] == ["family"]


def test_a_member_is_judged_among_all_members_as_secondary() -> None:
    own = study(DISCHARGES, MEMBERS[0])
    effect = replace(own.effects[0], verdict="worsened", p=0.04, reasons=())
    others = [(own.asked[1], 0.9), (own.asked[2], 0.9)]
    (weakened,) = adjusted([effect], others, AREA.members[0])
    assert dict(weakened.reasons)["family"]["method"] == "benjamini_hochberg"
    assert dict(weakened.reasons)["family"]["n"] == 3
    assert weakened.question.goal == effect.question.goal


def test_nothing_is_made_stronger() -> None:
    own = study(DISCHARGES)
    rng = np.random.default_rng(1)
    verdicts = ("improved", "worsened", "no_clear_change", "cannot_be_attributed", "too_little_data")
    for _ in range(8):
        effects = [
            replace(e, verdict=v, p=float(rng.uniform(0, 0.1)))
            for e, v in zip(own.effects, rng.choice(verdicts, len(own.effects)), strict=True)
        ]
        for before, after in zip(effects, adjusted(effects, [(own.asked[0], 0.01)], AREA.top), strict=True):
            assert after.verdict in (before.verdict, "no_clear_change")
            assert before.verdict != "too_little_data" or after.verdict == before.verdict


def test_a_report_judges_its_answers_within_the_family() -> None:
    own = study(DISCHARGES, "goteborg")
    assert len(own.beside) == QUESTIONS * len(MEMBERS) - 7
    for answer in own.answers:
        weak = [said for code, said in answer.effect.reasons if code == "family"]
        assert not weak or answer.effect.verdict == "no_clear_change"


def test_evaluations_are_adjusted_by_themselves_but_not_those_of_a_member() -> None:
    own = study(DISCHARGES)
    effect = replace(own.effects[0], verdict="improved", p=0.04, reasons=())
    other = replace(own.asked[0], question=replace(own.asked[0].question, evaluation="another"))
    (kept,) = adjusted([effect], [(other, 0.5)], AREA.top)
    assert kept.verdict == "improved"
    (weakened,) = adjusted([effect], [(other, 0.5)], AREA.members[0])
    assert weakened.verdict == "no_clear_change"
    assert family([own.asked[0]], [other], AREA.top).evaluations == 2
    assert family([own.asked[0]], [other], AREA.top).is_one_primary_each
    assert not family([own.asked[0]], [own.asked[0]], AREA.top).is_one_primary_each
    assert family([own.asked[0]], [other], AREA.members[0]).evaluations == 1
