"""Who began when, and units beside each other: the answers are those of the units' own pages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.area import Start
from analysis.fragments import rollout as fragments
from analysis.fragments.halves import Halves
from analysis.fragments.rollout import Beside
from analysis.release.sealed import SEAL
from analysis.topics import rollout
from demo_home import DEVIATIONS, column, study, tables, text_of

UNITS = ("", "goteborg", "ockero")


def beside() -> Beside:
    own = study(DEVIATIONS)
    answers = {study(DEVIATIONS, u).unit.id: study(DEVIATIONS, u).answers[0] for u in UNITS}
    return Beside(own.asked[0], answers)


@pytest.mark.parametrize("unit", UNITS)
def test_a_study_of_another_unit_gives_the_very_answer_of_its_own_page(unit: str) -> None:
    told, own = (
        one.answers[0].effect for one in (study(DEVIATIONS).of(DEVIATIONS, unit), study(DEVIATIONS, unit))
    )
    pd.testing.assert_series_equal(
        pd.Series([told.verdict, told.estimate, told.low, told.high, told.n_after]),
        pd.Series([own.verdict, own.estimate, own.low, own.high, own.n_after]),
    )
    assert [(c.name, c.passed) for c in told.checks] == [(c.name, c.passed) for c in own.checks]


def test_a_study_of_another_report_leaves_the_first_as_it_was() -> None:
    own = study(DEVIATIONS)
    other = own.of("03-discharge-outcomes", "ockero")
    assert other.unit.id == "ockero"
    assert own.unit.id == own.area.top.id
    assert own.of("03-discharge-outcomes", "ockero") is other
    assert {a.question.unit for a in other.asked} == {"ockero"}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_party_of_every_municipality_has_its_start_and_invented_ones_say_so(language: str) -> None:
    own = study(DEVIATIONS, "", language)
    made = rollout.starts(own)
    (table,) = tables(made.html).tables
    assert len(table) == 1 + len(own.area.parties)
    assert len(table[0]) == 1 + len(own.area.members)
    assert text_of(made.html).count(own.words.text("rollout/all_invented")) == 1
    mark = own.words.text("rollout/invented_month", month="").strip()
    assert mark not in text_of(made.html)


def test_dates_that_are_invented_are_marked_where_not_all_are() -> None:
    view = study(DEVIATIONS).view
    real = Start("slutenvard", "goteborg", 3, date(2025, 10, 1), False)
    made = Start("samverkan", "goteborg", 3, date(2025, 11, 1), True)
    both = fragments.starts(view, [real, made], 3).html
    assert view.words.text("rollout/invented") in text_of(both)
    assert column(tables(both).tables[0], view.words.units["goteborg"]).count("november 2025 (påhittad)") == 1
    alone = text_of(fragments.starts(view, [real], 3).html)
    assert view.words.text("rollout/invented") not in alone
    assert view.words.text("rollout/all_invented") not in alone


def test_a_party_without_a_date_says_so_and_an_area_without_dates_is_one_sentence() -> None:
    view = study(DEVIATIONS).view
    one = Start("slutenvard", "goteborg", 3, date(2025, 10, 1), False)
    (table,) = tables(fragments.starts(view, [one], 3).html).tables
    assert [row[1] for row in table[1:]].count(view.words.text("rollout/no_date")) == len(
        view.area.parties
    ) - 1
    for made in (fragments.starts(view, [], 3), fragments.order(view, [], 3)):
        assert view.words.text("rollout/no_dates") in text_of(made.html)


def test_the_order_tells_that_nobody_is_left_to_compare_with() -> None:
    view = study(DEVIATIONS).view
    known = [
        Start("slutenvard", u, 3, day, False)
        for u, day in (("a", date(2025, 10, 1)), ("b", date(2025, 12, 1)))
    ]
    said = text_of(fragments.order(view, known, 3).html)
    assert view.words.text("rollout/no_comparison", n=2, months=3) in said


def test_units_stand_in_the_order_of_the_settings_and_small_ones_have_no_number() -> None:
    one = beside()
    made = fragments.beside(study(DEVIATIONS).view, [one])
    table = tables(made.html).tables[0]
    names = study(DEVIATIONS).words.units
    assert [row[0] for row in table[1:]] == [names[u] for u in one.answers]
    small = next(row for row in table if row[0] == names["ockero"])
    assert small[1] == "–"


def test_no_question_is_one_sentence_and_one_answer_is_not_drawn() -> None:
    view, one = study(DEVIATIONS).view, beside()
    assert tables(fragments.beside(view, []).html).tables == []
    alone = one._replace(answers={"ockero": one.answers["ockero"]})
    made = fragments.beside(view, [alone]).html
    assert view.words.text("rollout/too_few_answers") in text_of(made)
    assert "<svg" not in made


def test_a_funnel_without_counts_is_a_sentence() -> None:
    own = study(DEVIATIONS)
    made = fragments.funnel(own.view, [(own.asked[0], None)])
    name = own.words.name(own.asked[0].question)
    assert own.words.text("rollout/funnel_few", name=name) in text_of(made.html)
    mean = replace(own.asked[0], measure=replace(own.asked[0].measure, kind="mean"))
    assert own.words.text("rollout/funnel_mean", name=name) in text_of(
        fragments.funnel(own.view, [(mean, None)]).html
    )


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (0.85, "title_beyond"), (0.75, "title_within"), (0.65, "title_within"), (0.751, "title_near"),
        (0.649, "title_near"), (0.80, "title_near"), (0.801, "title_beyond"), (0.599, "title_beyond"),
    ],
)  # fmt: skip
def test_the_title_of_a_funnel_follows_the_limits_in_its_table(value: float, key: str) -> None:
    own = study(DEVIATIONS)
    limits = {"low_95": 0.65, "high_95": 0.75, "low_998": 0.60, "high_998": 0.80}
    rows = [{"name": "goteborg", "value": 0.7} | limits, {"name": "ockero", "value": value} | limits]
    name = own.words.name(own.asked[0].question, short=True)
    said = {"name": name, "n": "1", "of": "2", "units": own.words.units["ockero"]}
    wanted = {
        "title_beyond": own.words.text("rollout/title_beyond", name=name, n="1", of="2"),
        "title_near": own.words.text("rollout/title_near", name=name, of="2", units=said["units"]),
        "title_within": own.words.text("rollout/title_within", name=name, of="2"),
    }
    assert fragments._funnel_title(pd.DataFrame(rows), own.asked[0], own.view) == wanted[key]


def test_limits_of_a_share_have_one_sign_of_per_cent() -> None:
    own = study("04-sip")
    row = SimpleNamespace(name="ockero", value=0.72, low_95=0.58, high_95=0.71, low_998=0.54, high_998=0.75)
    told = fragments._limits(row, 200.0, own.asked[0], own.view)
    assert (told["limits_95"], told["limits_998"]) == ("58–71\u00a0%", "54–75\u00a0%")


@pytest.mark.parametrize(
    ("value", "place"),
    [(0.711, "outside_95"), (0.71, "inside"), (0.58, "inside"), (0.579, "outside_95"), (0.75, "outside_95"),
     (0.751, "outside_998"), (0.539, "outside_998")],
)  # fmt: skip
def test_a_row_tells_where_its_value_stands_since_the_limits_are_rounded(value: float, place: str) -> None:
    own = study("04-sip")
    row = SimpleNamespace(name="ockero", value=value, low_95=0.58, high_95=0.71, low_998=0.54, high_998=0.75)
    told = fragments._limits(row, 200.0, own.asked[0], own.view)
    assert told["place"] == own.words.text(f"rollout/place/{place}")


def test_the_level_of_all_together_has_a_decimal_so_that_it_is_not_taken_for_the_areas_own() -> None:
    share, rate = study("04-sip"), study(DEVIATIONS)
    assert fragments._together(0.6448, share.asked[0], share.view) == "64,5\u00a0%"
    assert fragments._together(30.14, rate.asked[0], rate.view) == "30,1"


def test_months_that_have_not_passed_are_not_called_missing_data() -> None:
    view, one = study(DEVIATIONS).view, beside()
    unit, answer = next(iter(one.answers.items()))
    few = {"verdict": "too_little_data", "n_before": 45, "n_after": 7, "seal": SEAL}
    waiting = replace(answer, effect=replace(answer.effect, **few))
    (table,) = tables(fragments.beside(view, [one._replace(answers={unit: waiting})]).html).tables
    assert column(table, view.words.text("table/verdict")) == [view.words.text("verdict/too_few_months")]


def test_several_near_the_limits_are_listed_as_words_are() -> None:
    own = study(DEVIATIONS)
    limits = {"low_95": 0.65, "high_95": 0.75, "low_998": 0.60, "high_998": 0.80}
    rows = [{"name": name, "value": 0.64} | limits for name in ("goteborg", "harryda", "ockero")]
    assert "Göteborg, Härryda och Öckerö ligger" in fragments._funnel_title(
        pd.DataFrame(rows), own.asked[0], own.view
    )


def test_a_star_stands_in_the_table_and_in_the_chart_and_is_explained() -> None:
    view, one = study(DEVIATIONS).view, beside()
    plain = fragments.beside(view, [one]).html
    weakened = {"verdict": "no_clear_change", "reasons": (("family", {"n": 6}),), "seal": SEAL}
    told = {unit: a for unit, a in one.answers.items() if unit != "ockero"}  # too small for an answer
    weak = {unit: replace(a, effect=replace(a.effect, **weakened)) for unit, a in told.items()}
    starred = fragments.beside(view, [one._replace(answers=weak)]).html
    note = view.words.text("table/weakened_note", n="6")
    assert note not in text_of(plain)
    assert note in text_of(starred)
    drawn = re.findall(r"<text[^>]*>[^<]*\)\*</text>", starred)
    assert len(drawn) == sum(row[1].endswith("*") for row in tables(starred).tables[0]) > 0


def test_sums_about_a_party_are_told_from_the_least_to_the_most() -> None:
    view = study(DEVIATIONS).view
    days = (pd.Timestamp(2025, 1, 1), pd.Timestamp(2026, 1, 1))
    keys = [f"{a.id}>{b.id}" for a in view.area.parties for b in view.area.parties]
    columns = ["key", "period_start", "period_end", "n", "withheld"]
    cells = pd.DataFrame([(k, d, d, 10.0, False) for d in days for k in keys], columns=columns)
    cells.loc[cells.key.eq("slutenvard>samverkan"), "n"] = float("nan")
    pairs = type("Pairs", (), {"table": cells, "too_small": False})()
    (table,) = tables(fragments.parties(view, (pairs, Halves(*days))).html).tables
    told = {row[0]: row[1] for row in table[1:]}
    names = {p.id: p.name["sv"] for p in view.area.parties}
    assert told[names["slutenvard"]] == "40–60"
    assert told[names["samverkan"]] == "33–55"
    for nothing in (None, (pairs, Halves(None, days[1]))):
        assert tables(fragments.parties(view, nothing).html).tables == []
