"""The goals' page: the numbers of the goals' own reports, and a sentence for what is not known."""

from __future__ import annotations

import pytest

from analysis import params
from analysis.fragments import goals as fragments
from analysis.fragments.goals import Told
from analysis.study import Study
from analysis.topics import goals
from demo_home import DEVIATIONS, DISCHARGES, demo_home, study, tables, text_of

GOALS, SIP = "08-effect-goals", "04-sip"


@pytest.mark.parametrize("unit", ["", "molndal"])
def test_every_answer_is_that_of_its_own_report(unit: str) -> None:
    own = {a.asked.question.id: a for n in (DEVIATIONS, DISCHARGES, SIP) for a in study(n, unit).answers}
    page = study(GOALS, unit)
    assert {a.asked.question.id for a in page.answers} == {
        "deviations", "uk_days_skr", "readmission", "moved_dates", "sip_offered"
    }  # fmt: skip
    for answer in page.answers:
        other = own[answer.asked.question.id].effect
        for name in ("verdict", "n_before", "n_after", "reasons"):
            assert getattr(answer.effect, name) == getattr(other, name)
        for name in ("estimate", "low", "high", "p", "mde"):
            assert getattr(answer.effect, name) == pytest.approx(getattr(other, name), nan_ok=True)
        assert [(c.name, c.passed) for c in answer.effect.checks] == [
            (c.name, c.passed) for c in other.checks
        ]
    assert page.family == study(DISCHARGES, unit).family


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_goal_has_a_row_a_section_and_a_next_step(language: str) -> None:
    own = study(GOALS, "", language)
    names = [f"{g.code} {g.name[language]}" for g in own.area.goals]
    (table,) = tables(goals.overview(own).html).tables
    assert [row[0] for row in table[1:]] == names
    assert all(all(cell.strip() for cell in row) for row in table)
    html = goals.one_by_one(own).html
    assert all(name in text_of(html) for name in names)
    assert html.count(own.words.text("goals/head_next")) == len(names)


def test_the_picture_has_a_row_for_each_measured_goal_and_its_numbers_beside() -> None:
    own = study(GOALS)
    shown = goals.forest(own)
    assert shown.html.count("<svg") == 1
    (table,) = tables(shown.html).tables
    assert len(table) - 1 == sum(g.kind == "measure" for g in own.area.goals)


def test_a_goal_that_nothing_measures_says_so() -> None:
    own = study(GOALS)
    survey = next(g for g in own.area.goals if g.kind == "survey")
    said = text_of(fragments.one_by_one(own.view, [Told(survey, None, None)]).html)
    assert own.words.text("goals/no_item") in said
    assert own.words.text("goals/next_survey/no_item") in said
    assert own.words.text("goals/none") in fragments.overview(own.view, []).html


def test_a_party_sees_its_goals_and_those_of_all() -> None:
    given = {"area": "goteborg", "unit": "", "language": "sv", "as_of": "", "home": str(demo_home())}
    own = Study(GOALS, params.check(given | {"party": "slutenvard"}))
    (table,) = tables(goals.of_parties(own).html).tables
    codes = {row[0].split()[0] for row in table[1:]}
    assert codes == {"E1", "E2", "E3", "E4", "E7", "E8", "P0"}
    about = {row[0].split()[0]: row[1] for row in table[1:]}
    own_, whole = own.words.text("goals/own"), own.words.text("goals/whole")
    assert about == {code: own_ if code in ("E1", "E2", "E3") else whole for code in codes}
    assert goals.overview(own).html == goals.overview(study(GOALS)).html
