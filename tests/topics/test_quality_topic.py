"""What the report on data quality says of what was delivered, and of what was not."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis import release
from analysis.fragments import quality as fragments
from analysis.fragments.quality import Definition
from analysis.topics import quality
from demo_home import DEVIATIONS, column, study, tables, text_of


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_table_and_measure_has_its_months(language: str) -> None:
    own = study(DEVIATIONS, "", language)
    made = quality.months(own)
    table, _ = tables(made.html).tables
    names = {row[0] for row in table[1:]}
    assert {own.words.text("table/deviations"), own.words.text("table/episodes")} <= names
    assert made.html.count("<svg") == 1
    assert 'role="img"' in made.html


def test_what_does_not_come_month_by_month_has_the_months_it_is_about_and_misses_none() -> None:
    own = study(DEVIATIONS)
    monthly, occasional = tables(quality.months(own).html).tables
    told = {row[0]: row[1] for row in occasional[1:]}
    assert told[own.words.text("table/status_sheets")] == "2025-02; 2026-02"
    assert told[own.words.text("table/action_plans")] == "2025-06"
    assert not set(told) & {row[0] for row in monthly}


def test_days_after_the_report_and_tables_without_a_day_have_no_month() -> None:
    early = study(DEVIATIONS, as_of="2025-12-31")
    assert quality._dated(early, "status_sheets") == {pd.Timestamp("2025-02-01")}
    assert quality._dated(early, "messages") == set()
    assert quality._released_dates({"messages": set()}) is None


def test_a_definition_that_cannot_be_computed_tells_what_is_shown_instead() -> None:
    view, found = study(DEVIATIONS).view, [Definition("sip_needed", "episodes", ("needs_region",))]
    w = view.words
    said = w.text("quality/instead/sip_needed", definition=w.text("quality/definition/sip_needed"))
    assert said in text_of(fragments.definitions(view, found, {}).html)
    known = [Definition("sip_needed", "episodes", ())]
    assert said not in text_of(fragments.definitions(view, known, {}).html)
    lacking = {"sip_offered_share": ["episodes"]}
    assert said not in text_of(fragments.definitions(view, found, lacking).html)


def test_planning_within_24_hours_cannot_be_computed_and_its_column_is_named() -> None:
    own = study(DEVIATIONS)
    (table,) = tables(quality.definitions(own).html).tables
    words = own.words
    row = next(r for r in table if r[0] == words.text("quality/definition/planning_24h"))
    assert row[1:] == [words.text("quality/cannot"), words.text("quality/column/planning_started_at")]


def test_a_definition_with_all_its_columns_can_be_computed() -> None:
    view = study(DEVIATIONS).view
    found = [Definition("uk_65plus", "episodes", ()), Definition("sip_needed", "sip", None)]
    (table,) = tables(fragments.definitions(view, found, {}).html).tables
    w = view.words
    assert column(table, w.text("table/lacks")) == ["–", w.text("table/sip")]
    assert [row[1] for row in table[1:]] == [w.text("quality/can"), w.text("quality/cannot")]


def test_a_month_in_between_that_nobody_delivered_is_missing_and_never_nought() -> None:
    months = list(pd.date_range("2026-01-01", periods=4, freq="MS"))
    filled = quality._filled({months[1]: "followed", months[3]: "partly"}, months)
    assert filled == {months[1]: "followed", months[2]: "missing", months[3]: "partly"}
    assert set(quality._filled({}, months).values()) == {"missing"}


def test_gaps_are_told_in_the_title() -> None:
    view = study(DEVIATIONS).view
    months = list(pd.date_range("2026-01-01", periods=2, freq="MS"))
    found = release.states(months, [("sip", "table", {months[0]: "followed", months[1]: "missing"})])
    said = text_of(fragments.months(view, found).html)
    assert view.words.text("quality/title_gaps", n="1", of="1") in said


def test_whole_months_without_a_row_are_named() -> None:
    view = study(DEVIATIONS).view
    months = list(pd.date_range("2026-01-01", periods=3, freq="MS"))
    found = release.states(months, [("sip", "table", dict.fromkeys(months, "followed"))])
    empty = release.states(months[:2], [("sip", "table", dict.fromkeys(months[:2], "followed"))])
    named = f"{view.words.text('table/sip')} (2026-01 – 2026-02)"
    said = view.words.text("quality/no_rows", named=named)
    assert said in text_of(fragments.months(view, found, None, empty).html)
    assert view.words.text("quality/no_rows").split("{")[0] not in text_of(fragments.months(view, found).html)


def test_a_month_is_without_rows_only_where_rows_have_months_and_a_delivery_covers_it() -> None:
    own = study(DEVIATIONS)
    first, last = pd.Timestamp("2010-01-01"), pd.Timestamp("2025-03-01")
    states = {first: "followed", last: "followed", pd.Timestamp("2010-02-01"): "partly"}
    assert quality._empty(own, "deviations", states) == {first}
    assert quality._empty(own, "messages", states) == set()


def test_nothing_delivered_is_one_sentence() -> None:
    view = study(DEVIATIONS).view
    assert tables(fragments.months(view, None).html).tables == []


def test_rows_kept_out_are_told_by_reason_rounded_and_small_ones_not() -> None:
    view = study(DEVIATIONS).view
    shown = release.quality_rows(
        {"sip": (1000, 143), "episodes": (900, 0), "deviations": (100, 9)}, view.area.policy,
        {"sip": {"order": 100, "duplicate": 43}, "deviations": {"order": 5, "duplicate": 4}},
    )  # fmt: skip
    made = fragments.kept_out(view, shown)
    (table,) = tables(made.html).tables
    counts = column(table, view.words.text("table/rows"))
    assert "100" in counts
    assert not {"143", "43", "5", "4", "9"} & set(counts)
    none = release.quality_rows({"sip": (10, 0)}, view.area.policy)
    assert view.words.text("quality/none_kept_out") in text_of(fragments.kept_out(view, none).html)


def test_late_months_and_events_and_rules_are_told() -> None:
    own = study(DEVIATIONS)
    (table,) = tables(quality.late(own).html).tables
    assert "45" in column(table, own.words.text("table/lag"))
    assert len(tables(quality.breaks(own).html).tables) == 1
    assert own.words.text("quality/no_events") in text_of(fragments.breaks(own.view, ()).html)
    assert "sha256" in quality.rules(own).html


def test_no_event_is_named_that_the_area_does_not_know() -> None:
    view = study(DEVIATIONS).view
    one = SimpleNamespace(
        id="x",
        name={"sv": "Nytt", "en": "New"},
        first=pd.Timestamp("2025-01-01"),
        last=pd.Timestamp("2025-01-01"),
    )
    (table,) = tables(fragments.breaks(view, [one]).html).tables
    assert table[1][0] == "Nytt"
