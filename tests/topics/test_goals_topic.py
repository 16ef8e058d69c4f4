"""The goals' page: the numbers of the goals' own reports, and a sentence for what is not known."""

from __future__ import annotations

from functools import cache
from html import unescape

import pytest

from analysis import params, release
from analysis.designs.multiverse import multiverse
from analysis.fragments import goals as fragments
from analysis.fragments import goals_beside as beside
from analysis.fragments import goals_told as cells
from analysis.fragments.goals_told import Told
from analysis.sentences import finding
from analysis.study import Study
from analysis.topics import goals, sip, voices
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
    for head in ("measure", "what", "sure", "next", "more"):
        assert html.count(own.words.text(f"goals/head_{head}")) == len(names)


def test_the_problem_is_not_counted_among_the_effect_goals() -> None:
    own = study(GOALS)
    lead = text_of(goals.overview(own).html).strip().partition("Effektmålen för")[0]
    assert own.words.text("goals/lead", n="8") in lead
    counted, problem = lead.split("Därtill")
    assert "P0" not in counted
    assert "P0" in problem


def test_no_overview_lets_the_way_of_working_be_taken_for_the_cause() -> None:
    own = study(GOALS)
    assert own.words.text("goals/no_cause") in text_of(goals.overview(own).html)
    assert own.words.text("goals/no_cause") not in text_of(goals.overview(study(GOALS, "ockero")).html)


def test_the_levels_are_those_of_the_goals_own_report() -> None:
    page, own = study(GOALS), study(SIP)
    (answer,) = [a for a in own.answers if a.asked.question.id == "sip_offered"]
    (sentence,) = [s for s in finding(answer.effect, own.words) if s.startswith("Det motsvarar i genomsnitt")]
    actual, expected = sentence.rstrip(".").removeprefix("Det motsvarar i genomsnitt ").split(" mot väntade ")
    assert f"{actual} mot väntade {expected}" in text_of(goals.overview(page).html)
    assert f"I genomsnitt {actual} mot väntade {expected}" in text_of(goals.one_by_one(page).html)


def test_the_models_counted_are_those_of_the_report_on_sensitivity() -> None:
    page = study(GOALS)
    (told,) = [one for one in goals._told(page) if one.goal.id == "sip_offered"]
    (asked, effect, answer) = next(
        one
        for one in zip(page.asked, page.effects, page.answers, strict=True)
        if one[0].question.id == "sip_offered"
    )
    series = page.series(asked)
    grid = release.specifications(
        multiverse(series, effect.question), answer.effect, effect, series, page.area.policy
    )
    assert told.tried is not None
    assert (told.tried.n, told.tried.n_clear, told.tried.n_other) == (grid.n, grid.n_clear, grid.n_other)
    assert f"{grid.n_clear} av {grid.n} modeller" in text_of(goals.overview(page).html)


def test_the_picture_has_a_row_for_each_measured_goal_and_its_numbers_beside() -> None:
    own = study(GOALS)
    shown = goals.forest(own)
    assert shown.html.count("<svg") == 1
    (table,) = tables(shown.html).tables
    assert len(table) - 1 == sum(g.kind == "measure" for g in own.area.goals)


def test_the_picture_says_better_where_the_mark_stands_and_only_days_in_their_own_unit() -> None:
    own = study(GOALS)
    html = goals.forest(own).html
    (table,) = tables(html).tables
    better = table[1][1].partition(" (")[0].lstrip("+").replace("\u00a0", " ")  # of E5
    told = unescape(html).replace("\u00a0", " ")
    assert f"{better} bättre, bättre än väntat" in told
    assert told.count(own.words.text("goals/own_unit")) == 1
    assert fragments._title(own.view, []) == "Bättre än väntat: inget mål. Sämre än väntat: inget mål"


def test_a_goal_that_nothing_measures_says_so() -> None:
    own = study(GOALS)
    survey = next(g for g in own.area.goals if g.kind == "survey")
    said = text_of(fragments.one_by_one(own.view, [Told(survey, None, None)]).html)
    assert own.words.text("goals/no_item") in said
    assert own.words.text("goals/next_survey/no_item") in said
    assert own.words.text("goals/none") in fragments.overview(own.view, []).html


@cache
def of_party(party: str) -> Study:
    given = {"area": "goteborg", "unit": "", "language": "sv", "as_of": "", "home": str(demo_home())}
    return Study(GOALS, params.check(given | {"party": party}))


def test_a_party_sees_first_its_goals_and_those_of_all() -> None:
    own = of_party("slutenvard")
    (table,) = tables(goals.overview(own).html).tables
    codes = [row[0].split()[0] for row in table[1:]]
    assert codes[:3] == ["E1", "E2", "E3"]
    assert set(codes) == {"E1", "E2", "E3", "E4", "E7", "E8", "P0"}
    about = {row[0].split()[0]: row[1] for row in table[1:]}
    own_, whole = own.words.text("goals/own"), own.words.text("goals/whole")
    assert about == {code: own_ if code in ("E1", "E2", "E3") else whole for code in codes}


def test_a_party_s_page_does_not_repeat_the_area_s() -> None:
    own = of_party("slutenvard")
    detailed = goals.one_by_one(own).html
    assert detailed.count("<section") == 3
    assert "<svg" not in goals.forest(own).html
    elsewhere = "visas i rapporten ”Effektmålen” för hela området"
    assert all(elsewhere in text_of(f(own).html) for f in (goals.overview, goals.forest, goals.one_by_one))
    assert "E7" in text_of(goals.of_parties(own).html)
    assert all(one.tried is None for one in goals._told(own))


def test_the_area_s_page_says_which_goals_the_sources_tie_to_whom() -> None:
    own = study(GOALS)
    (table,) = tables(goals.of_parties(own).html).tables
    assert len(table) - 1 == len(own.area.parties) + 1


def test_a_survey_goal_has_the_same_verdict_here_and_in_the_survey_s_report() -> None:
    page, voices_page = study(GOALS), study("06-voices")
    (told,) = [one for one in goals._told(page) if one.goal.code == "E2"]
    (verdict,) = [
        row[-1] for row in tables(voices.staff_clarity(voices_page).html).tables[0] if "steg" in row[0]
    ]
    assert verdict == cells.verdict(told, page.view)


def test_a_party_is_told_that_its_answers_are_hidden_and_not_everybody_s_in_their_place() -> None:
    own = of_party("samverkan")
    told = {one.goal.code: one for one in goals._shown(own)}
    for code in ("E1", "E2", "E3"):
        assert told[code].is_own
        assert "Ingen från parten svarade i omgången före." in text_of(goals.one_by_one(own).html)
    assert not told["E4"].is_own
    lead = text_of(goals.overview(own).html)
    assert own.words.text("goals/party_none") in lead or "egna enkätsvar för" in lead


def test_the_need_behind_the_offers_is_told_as_in_the_report_on_sip() -> None:
    page, own = study(GOALS), study(SIP)
    said = text_of(goals.one_by_one(page).html)
    of_cases = text_of(sip.steps(own).html)
    (told,) = [one for one in goals._told(page) if one.goal.id == "sip_offered"]
    sentence = beside.need(told, page.view)
    assert sentence
    assert sentence in said
    assert sentence.split(". ")[0] in of_cases
    assert own.words.text("sip/in_need").partition("{")[0] in sentence


def test_the_page_says_what_is_expected_and_which_months_are_left_out() -> None:
    page = study(GOALS)
    said = text_of(goals.overview(page).html)
    assert page.words.text("goals/expected_note") in said
    assert "är en övergång" in said
