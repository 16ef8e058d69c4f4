"""How the answers stand other choices: in numbers for the whole area, in outcomes for its parts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from analysis import release
from analysis.designs.effect import Effect
from analysis.designs.multiverse import multiverse
from analysis.fragments import sensitivity as fragments
from analysis.topics.sensitivity import AHEAD, _ahead
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


def test_a_municipality_tells_outcomes_and_no_numbers_of_other_models() -> None:
    view, *_ = one_question("goteborg")
    assert not view.answers[0].effect.is_detailed
    made = fragments.specifications(view, {ASKED: tried("goteborg")})
    assert view.words.text("sensitivity/outcomes_only") in text_of(made.html)
    assert tables(made.html).tables == []
    brief = fragments.in_brief(view, {ASKED: tried("goteborg")})
    cell = column(tables(brief.html).tables[0], view.words.text("table/specifications"))[0]
    assert not any(sign.isdigit() for sign in cell)


def test_the_sentence_counts_the_models_that_are_clear() -> None:
    view, one = one_question()[0], tried()
    w = view.words
    assert w.number(one.n) in text_of(fragments.in_brief(view, {ASKED: one}).html)
    both = fragments.in_brief(view, {ASKED: replace_counts(one, n_clear=3, n_other=2)})
    shown = {"n": w.number(one.n), "clear": "3", "questions": "1", "other": "2"}
    assert w.text("sensitivity/sum_both", **shown) in text_of(both.html)
    none = fragments.in_brief(view, {ASKED: replace_counts(one, n_clear=0, n_other=0)})
    assert w.text("sensitivity/clear_none", n=shown["n"]) in text_of(none.html)


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
    ahead = _ahead(series, effect)
    assert tuple(ahead) == AHEAD
    assert 1 < ahead[24] < ahead[6]
    made = fragments.smallest(view, {ASKED: release.detectable(ahead, told, effect, series, policy)})
    (table,) = tables(made.html).tables
    assert len(table[1]) == 6
    assert "–" not in table[1]
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
