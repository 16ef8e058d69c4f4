"""Outcomes beside the models: curves, lengths, definitions and cost, of released values."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest

from analysis.fragments import outcomes as fragments
from analysis.fragments.halves import Halves
from analysis.measures import measures
from analysis.payment import Payment, payment_of
from analysis.release import sums
from analysis.release.sealed import sealed
from analysis.release.survival import Day, ReleasedSurvival
from analysis.topics import outcomes
from demo_home import DISCHARGES, column, study, tables, text_of

START = pd.Timestamp("2023-01-01")


@pytest.mark.parametrize("name", ["time_to_discharge", "length_of_stay", "definitions", "payment"])
@pytest.mark.parametrize(("unit", "language"), [("", "sv"), ("", "en"), ("ockero", "sv")])
def test_every_part_of_the_page_stands(name: str, unit: str, language: str) -> None:
    text = text_of(getattr(outcomes, name)(study(DISCHARGES, unit, language)).html)
    assert text.strip()
    assert "nan" not in text.lower().split()


@pytest.mark.parametrize("name", ["time_to_discharge", "length_of_stay"])
def test_what_a_municipality_is_too_small_for_is_said_in_a_sentence(name: str) -> None:
    own = study(DISCHARGES, "ockero")
    made = getattr(outcomes, name)(own)
    assert own.words.text("halves/whole_only") in text_of(made.html)
    assert made.tables == ()


def test_more_have_been_discharged_with_every_day() -> None:
    (table,) = outcomes.time_to_discharge(study(DISCHARGES)).tables
    for at in (1, 2):
        shares = [row[at].value for row in table.rows if row[at].value is not None]
        assert shares == sorted(shares)
        assert len(shares) > 3


def test_curves_of_the_demonstration_lie_where_its_settings_say() -> None:
    (table,) = outcomes.time_to_discharge(study(DISCHARGES)).tables
    assert table.rows[0][1].value == pytest.approx(0.67, abs=0.04)


def test_definitions_stand_side_by_side_with_the_published_share() -> None:
    own = study(DISCHARGES)
    made = outcomes.definitions(own)
    found = tables(made.html).tables[0]
    names = column(found, own.words.text("table/measured"))
    for name in ("uk_days_mean_skr", "uk_days_mean_payment", "home_within_24h_clock", "home_within_24h_date"):
        assert own.words.text(f"measure/{name}/name") in names
    assert "Jönköpings län" in text_of(made.html)


def test_a_half_year_has_a_value_only_when_all_its_periods_are_told() -> None:
    own = study(DISCHARGES)
    shown = own.showing.of_units(measures()["uk_days_mean_payment"])[own.area.top.id]
    whole = fragments.half_value(shown, START, 1.0, own.view)
    assert whole == pytest.approx(0.69, abs=0.1)
    assert math.isnan(
        fragments.half_value(shown.without([shown.table.period_start[12]]), START, 1.0, own.view)
    )
    assert math.isnan(fragments.half_value(shown, pd.Timestamp("2030-01-01"), 1.0, own.view))


def test_cost_is_that_of_the_shown_days_and_only_where_the_rate_was_seen() -> None:
    own = study(DISCHARGES)
    rows = pd.DataFrame(
        [("goteborg", start, n, 2.0) for start in (START, pd.Timestamp("2024-01-01")) for n in range(9)],
        columns=["unit", "period_start", "person", "value"],
    )
    one = sums(
        rows, units=[], whole=own.area.top.id, starts=list(rows.period_start.unique()), policy=own.area.policy
    )
    known = payment_of(own.area)
    law = Payment(tuple(m for m in known.models if m.id == "law_default"), known.rates)
    halves = Halves(START, pd.Timestamp("2024-01-01"))
    made = fragments.payment(own.view, law, {"law_default": one}, halves)
    ends = {"first": "2023-01 – 2023-06", "last": "2024-01 – 2024-06"}
    assert own.words.text("payment/course", before="20", after="20", **ends) in text_of(made.html)
    found = tables(made.html).tables[0]
    assert column(found, own.words.text("table/days_above")) == ["20", "20"]
    assert column(found, own.words.text("table/cost")) == ["210", "–"]
    assert column(found, own.words.text("table/rate"))[1] == own.words.text("payment/no_rate")


def test_days_that_are_not_told_have_no_table() -> None:
    own = study(DISCHARGES)
    none = sums(
        pd.DataFrame({"unit": ["a"], "period_start": [START], "person": [1], "value": [30.0]}),
        units=[], whole=own.area.top.id, starts=[START], policy=own.area.policy,
    )  # fmt: skip
    found = {"law_default": none, "vgr_average": none}
    made = fragments.payment(own.view, payment_of(own.area), found, Halves(START, START))
    assert made.tables == ()
    assert own.words.text("payment/untold") in text_of(made.html)


def test_an_area_without_models_says_so() -> None:
    own = study(DISCHARGES)
    made = fragments.payment(own.view, Payment(), {}, Halves(None, None))
    assert own.words.text("payment/no_models") in text_of(made.html)


def test_half_years_that_are_not_told_by_municipality_are_named() -> None:
    own = study(DISCHARGES)
    starts = [START, pd.Timestamp("2024-01-01")]
    units = [u.id for u in own.area.members]
    rows = pd.DataFrame(
        [(unit, start, f"{unit}{n}", 2.0) for unit in units for start in starts for n in range(12)],
        columns=["unit", "period_start", "person", "value"],
    )
    few = rows[rows.unit.ne("ockero") | rows.period_start.eq(START) | rows.person.eq("ockero0")]
    law = Payment(tuple(m for m in payment_of(own.area).models if m.id == "law_default"), {})
    for given, left in ((rows, ""), (few, "2024-01 – 2024-06")):
        one = sums(given, units=units, whole=own.area.top.id, starts=starts, policy=own.area.policy)
        said = text_of(fragments.payment(own.view, law, {"law_default": one}, Halves(None, START)).html)
        assert (own.words.text("payment/parts_left", periods="2024-01 – 2024-06") in said) is bool(left)
        assert "utan modell" not in said


def test_means_of_half_years_have_two_decimals_and_their_unit() -> None:
    own = study(DISCHARGES)
    (table,) = outcomes.definitions(own).tables
    cell = table.rows[1][2]
    assert re.fullmatch(r"\d,\d\d dagar", str(cell))
    assert cell.value == round(cell.value, 2)
    assert "halvår" in text_of(outcomes.definitions(own).html)


@pytest.mark.parametrize(
    ("halves", "said"),
    [(Halves(None, None), "no_half_year"), (Halves(None, START), "not_followed")],
)
def test_missing_half_years_are_said(halves: Halves, said: str) -> None:
    own = study(DISCHARGES)
    for name in ("time_to_discharge", "length_of_stay"):
        text = text_of(getattr(fragments, name)(own.view, {}, halves).html)
        assert own.words.text(f"halves/{said}") in text


def test_no_stays_make_no_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    own = study(DISCHARGES)
    empty = own.facts_of_all("episodes").iloc[:0]
    monkeypatch.setattr(own, "facts_of_all", lambda *_: empty)
    for name in ("time_to_discharge", "length_of_stay", "payment"):
        assert getattr(outcomes, name)(own).html


def test_the_figures_behind_a_mean_of_days_are_headed_as_days_and_those_of_a_share_are_not() -> None:
    own = study(DISCHARGES)
    heads = [table[0][1:] for table in tables(own.sections().html).tables]
    of_days, of_others = (
        [own.words.text(f"table/{name}") for name in names]
        for names in (("days_n", "stays_n", "days_mean"), ("numerator", "denominator", "value"))
    )
    kinds = [a.asked.measure.kind for a in own.answers if not a.shown.table.empty]
    assert [head == of_days for head in heads] == [kind == "mean" for kind in kinds]
    assert [head == of_others for head in heads] == [kind != "mean" for kind in kinds]


def test_not_all_are_said_to_have_left_while_some_are_still_there() -> None:
    own = study(DISCHARGES)
    days = (Day(7.0, 30.0, 0.0), Day(10.0, math.nan, math.nan), Day(14.0, 0.0, 0.0))
    one = sealed(ReleasedSurvival, "R6", n=5000.0, days=days)
    told = [
        fragments._of_day(own.view, at, day.day, {"after": one}, {"after": "Efter"})
        for at, day in enumerate(days)
    ]
    assert [row["Efter"] for row in told] == ["över 99\u00a0%", "–", "100\u00a0%"]


def test_the_published_share_says_in_which_chart_its_line_is() -> None:
    own = study(DISCHARGES)
    name = own.words.text("measure/home_within_24h_clock/short")
    assert f"Prickad linje i diagrammet över ”{name}”" in text_of(outcomes.definitions(own).html)
