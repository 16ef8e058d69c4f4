"""How the answers stand other choices: in numbers for the whole area, in outcomes for its parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis import release
from analysis.designs.effect import Check, Effect
from analysis.designs.multiverse import multiverse
from analysis.fragments import sensitivity as fragments
from analysis.fragments import steady
from analysis.judged import STABLE
from analysis.topics.sensitivity import AHEAD
from analysis.topics.tried import ahead as with_months
from analysis.view import View
from demo_home import DEVIATIONS, DISCHARGES, column, study, tables, text_of

ASKED = "home_24h_clock"  # shown by month for the whole area even at a tenth of the volume


@cache
def one_question(unit: str = "", language: str = "sv") -> tuple[View, Effect, pd.DataFrame]:
    """The view of one question, with its true answer and series."""
    own = study(DISCHARGES, unit, language)
    at = next(n for n, asked in enumerate(own.asked) if asked.question.id == ASKED)
    view = replace(own.view, answers=(own.answers[at],))
    return view, own.effects[at], own.series(own.asked[at])


@cache
def tried(unit: str = "") -> release.ReleasedSpecifications:
    view, effect, series = one_question(unit)
    found = multiverse(series, effect.question, most=20)
    return release.specifications(found, view.answers[0].effect, effect, series, view.area.policy)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_area_tells_each_choice_with_its_interval_and_the_answer_first(language: str) -> None:
    view, *_ = one_question("", language)
    made = fragments.specifications(view, {ASKED: tried()})
    (table,) = tables(made.html).tables
    w, answer = view.words, view.answers[0]
    assert table[1][0] == w.text("sensitivity/choice/stated")
    assert w.change(answer.effect.estimate, answer.asked.question) in table[1][1]
    assert len(table) - 1 == len(tried().rows.table)
    assert made.html.count("<svg") == 1


@pytest.mark.parametrize(
    ("stated", "state", "said"),
    [
        ("2030-01-01", "followed", "stated_after"),
        ("2030-01-01", "unregistered", "stated_after"),
        ("2020-01-01", "followed", "stated_before"),
        ("2020-01-01", "unregistered", None),
        ("2020-01-01", "changed", None),
    ],
)
def test_the_model_is_said_to_be_chosen_in_advance_only_where_it_was(
    stated: str, state: str, said: str | None
) -> None:
    view, *_ = one_question()
    area = replace(view.area, questions_stated_on=date.fromisoformat(stated))
    kept = replace(view.adherence, state=state)
    made = text_of(fragments.specifications(replace(view, area=area, adherence=kept), {ASKED: tried()}).html)
    for key in ("stated_before", "stated_after"):
        assert (view.words.text(f"sensitivity/{key}") in made) == (key == said)


def test_how_many_models_agree_is_told_to_the_overview_where_numbers_are_told() -> None:
    view, *_ = one_question()
    (fact,) = fragments.in_brief(view, {ASKED: tried()}).facts
    assert fact == {
        "question": ASKED,
        "n_models": tried().n,
        "n_agree": steady.agreeing(view.answers[0].effect, tried()),
    }
    part, *_ = one_question("goteborg")
    assert fragments.in_brief(part, {ASKED: tried("goteborg")}).facts == ()


def test_a_municipality_tells_outcomes_and_no_numbers_of_other_models() -> None:
    view, *_ = one_question("goteborg")
    assert not view.answers[0].effect.is_detailed
    made = fragments.specifications(view, {ASKED: tried("goteborg")})
    assert view.words.text("sensitivity/outcomes_only") in text_of(made.html)
    assert tables(made.html).tables == []
    brief = fragments.in_brief(view, {ASKED: tried("goteborg")})
    cell = column(tables(brief.html).tables[0], view.words.text("table/specifications"))[0]
    assert not any(sign.isdigit() for sign in cell)


@pytest.mark.parametrize(
    ("ends", "n_clear", "n_other", "agree"),
    [
        ((1.01, 1.2), 90, 0, None), ((1.01, 1.2), 89, 0, 89), ((0.8, 0.99), 89, 11, 89),
        ((0.9, 1.2), 7, 3, None), ((0.9, 1.2), 8, 3, 89), ((1.0, 1.2), 8, 3, 89),
    ],
)  # fmt: skip
def test_an_answer_is_stable_when_nearly_all_models_say_what_its_own_interval_says(
    ends: tuple[float, float], n_clear: int, n_other: int, agree: int | None
) -> None:
    view = replaced(low=ends[0], high=ends[1])
    w = view.words
    one = replace_counts(tried(), n=100, n_clear=n_clear, n_other=n_other)
    said = text_of(fragments.in_brief(view, {ASKED: one}).html)
    name = w.name(view.answers[0].asked.question, short=True)
    stable = w.text("sensitivity/stable", limit=w.percent(STABLE), names=name)
    told = w.text("sensitivity/agree", name=name, agree=str(agree), n="100")
    assert (stable in said) == (agree is None)
    assert (w.text("sensitivity/sensitive", names=told) in said) == (agree is not None)


def replaced(**changes: object) -> View:
    """The view with its answer changed."""
    view, *_ = one_question()
    answer = view.answers[0]
    return replace(view, answers=(replace(answer, effect=resealed(answer.effect, **changes)),))


def resealed(effect: release.ReleasedEffect, **changes: object) -> release.ReleasedEffect:
    from analysis.release.sealed import SEAL

    return replace(effect, **changes, seal=SEAL)


@pytest.mark.parametrize(
    ("outcomes", "verdict", "key", "shown"),
    [
        ({"window": True, "began_before": True}, "improved", "none_failed", {"n": "2"}),
        ({"window": None, "began_before": None}, "improved", "all_untried", {}),
        ({"change_point": None}, "improved", "", {}),
        ({"window": False, "change_point": None}, "improved", "some_failed", {"n": "1", "failed": "1"}),
        ({"placebo_dates": False, "window": True}, "no_clear_change", "none_failed", {"n": "2"}),
        ({"placebo_dates": False, "window": True}, "improved", "some_failed", {"n": "2", "failed": "1"}),
    ],
)
def test_checks_that_do_not_support_the_answer_are_counted_among_those_that_were_tested(
    outcomes: dict[str, bool | None], verdict: str, key: str, shown: dict[str, str]
) -> None:
    checks = tuple(Check(name, passed, {}) for name, passed in outcomes.items())
    view = replaced(checks=checks, verdict=verdict, reasons=())
    w = view.words
    (table,) = tables(fragments.in_brief(view, {ASKED: tried()}).html).tables
    names = {"names": w.text(f"check/{next(iter(outcomes))}/name")} if key == "some_failed" else {}
    wanted = w.text(f"sensitivity/{key}", **shown, **names) if key else "–"
    assert table[1][-1] == wanted


def test_checks_that_could_not_be_tested_are_counted_by_themselves() -> None:
    view = replaced(checks=(Check("window", True, {}), Check("began_before", None, {})))
    (table,) = tables(fragments.in_brief(view, {ASKED: tried()}).html).tables
    assert table[1][-1] == "Ingen av 1 prövade; 1 gick inte att pröva"


@pytest.mark.parametrize(
    ("later", "key"),
    [((1.08, 1.08), "all"), ((1.08, 1.0801), "some"), ((1.0801, 1.09), "none")],
)
def test_more_months_are_worth_waiting_for_when_a_fifth_smaller_change_can_be_seen(
    later: tuple[float, ...], key: str
) -> None:
    view = one_question()[0]
    found = [SimpleNamespace(table=pd.DataFrame({"more": [0, 24], "mde": [1.1, mde]})) for mde in later]
    answers = [view.answers[0]] * 2
    shown = {"n": "1", "of": "2"} if key == "some" else {}
    told = fragments._ahead_title(answers, found, view)
    assert told == view.words.text(f"sensitivity/title_ahead_{key}", **shown)


def replace_counts(one: release.ReleasedSpecifications, **counts: int) -> release.ReleasedSpecifications:
    from analysis.release.sealed import SEAL

    return replace(one, **counts, seal=SEAL)


def test_without_a_question_every_section_is_one_sentence() -> None:
    view = replace(study(DEVIATIONS).view, answers=())
    for made in (
        fragments.in_brief(view, {}),
        fragments.smallest(view, {}),
        fragments.specifications(view, {}),
    ):
        assert tables(made.html).tables == []
        assert text_of(made.html).strip()


def test_the_smallest_change_shrinks_with_months_and_only_the_area_tells_how() -> None:
    view, effect, series = one_question()
    told, policy = view.answers[0].effect, view.area.policy
    ahead = with_months(series, effect, AHEAD)
    assert tuple(ahead) == AHEAD
    assert 1 < ahead[24] < ahead[6]
    made = fragments.smallest(view, {ASKED: release.detectable(ahead, told, effect, series, policy)})
    (table,) = tables(made.html).tables
    assert len(table[1]) == 6
    assert "–" not in table[1]
    assert made.tables[0].as_dict()["rows"] == table[1:]  # to take along: the change that is seen, no ratio
    part, true, rows = one_question("goteborg")
    alone = release.detectable(ahead, part.answers[0].effect, true, rows, policy)
    untold = fragments.smallest(part, {ASKED: alone})
    assert "<svg" not in untold.html
    assert part.words.text("sensitivity/ahead_untold") in text_of(untold.html)


@pytest.mark.parametrize(
    ("choice", "option"),
    [("baseline", "24"), ("baseline", "all"), ("transition", "2"), ("transition", "-1"), ("left_out", ""),
     ("season", "none"), ("model", "ols_hac"), ("shocks", "without"), ("breaks", "without")],
)  # fmt: skip
def test_every_choice_has_its_words(choice: str, option: str) -> None:
    row = type("Row", (), {"choice": choice, "option": option})()
    assert fragments._option(row, study(DEVIATIONS).view)
