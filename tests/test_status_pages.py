"""How far the roll-out has come: how many documents, exactly; what they say, never; silence, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from math import nan

import pandas as pd
import pytest

from analysis import params, release
from analysis.area import Start
from analysis.fragments import status as fragments
from analysis.fragments import status_assessed as assessed
from analysis.fragments import status_documents as documents
from analysis.fragments import status_wards as wards
from analysis.fragments.status_documents import Participants
from analysis.implementation import Implementation, implementation_of
from analysis.release import Released
from analysis.study import Study
from analysis.tables.green_cross import COLOURS
from analysis.tables.self_assessments import STATES
from analysis.tables.status_sheets import BOXES
from analysis.topics import status
from demo_home import column, demo_home, tables, text_of

NOTEBOOK = "07-implementation"
CELLS = ("phases", "tasks", "sheets", "plans", "training", "assessments", "green_cross", "capacity")
SHEET_DAY = date(2026, 2, 27)


@cache
def own(unit: str = "", party: str = "", language: str = "sv") -> Study:
    given = {"area": "goteborg", "unit": unit, "language": language, "as_of": "", "home": str(demo_home())}
    return Study(NOTEBOOK, params.check(given | {"party": party}))


def as_of(day: str) -> Study:
    given = {"area": "goteborg", "unit": "", "language": "sv", "as_of": day, "home": str(demo_home())}
    return Study(NOTEBOOK, params.check(given))


@cache
def shown(cell: str, unit: str = "", party: str = "", language: str = "sv") -> Released:
    return getattr(status, cell)(own(unit, party, language))


def register(columns: tuple[str, ...], *rows: tuple) -> release.ReleasedRegister:
    return release.register([dict(zip(columns, r, strict=True)) for r in rows], columns, own().area)


def view(**changes: object):
    return replace(own().view, **changes)


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("whose", [("", ""), ("molndal", ""), ("", "samverkan")])
@pytest.mark.parametrize("cell", CELLS)
def test_every_section_stands_for_area_municipality_and_party(
    cell: str, whose: tuple[str, str], language: str
) -> None:
    released = shown(cell, *whose, language)
    assert released.language == language
    assert text_of(released.html).strip()


@pytest.mark.parametrize("cell", CELLS)
def test_no_text_of_a_document_is_on_a_page(cell: str) -> None:
    said = text_of(shown(cell).html).casefold()
    assert "påhittad rad" not in said
    assert "påhittad aktivitet" not in said
    assert "påhittad funktion" not in said
    assert "påhittad avdelning" not in said
    assert "xxxx" not in said


def test_a_phase_is_told_by_words_and_marks_and_a_coming_one_as_planned() -> None:
    found = tables(shown("phases").html)
    assert column(found.tables[0], "Göteborg")[0] == "●●●● Fas 4 sedan oktober 2026"
    dates = {row[0]: row[1:] for row in found.tables[1][1:]}
    assert dates["Slutenvård, Härryda"][2:] == ["● 2025-11-01", "○ 2026-12-01, planerad"]
    assert dates["Samverkan, Öckerö"][3] == "Datum saknas"


def test_dates_that_are_invented_are_marked_one_by_one_where_not_all_are() -> None:
    real = replace(own().area.phases[0], invented=False)
    mixed = replace(own().area, phases=(real, *own().area.phases[1:]))
    html = fragments.phases(view(area=mixed), implementation_of(mixed)).html
    cells = tables(html).tables[1][1]
    assert cells[1] == "● 2025-04-01"
    assert cells[2] == "● 2025-07-01 (påhittat)"


def test_a_phase_begins_on_its_day() -> None:
    party, unit = own().area.parties[0], own().area.members[0]
    day = own().as_of.date()
    for start, marks in ((day, "●○○○"), (day.replace(day=day.day + 1), "○○○○")):
        area = replace(own().area, phases=(Start(party.id, unit.id, 1, start, False),))
        html = fragments.phases(view(area=area), implementation_of(area)).html
        assert tables(html).tables[0][1][1].startswith(marks)


def test_an_area_without_dates_or_tasks_says_so() -> None:
    area = replace(own().area, phases=())
    assert "Inga datum för faserna" in fragments.phases(view(area=area), Implementation()).html
    told = fragments.Told(*[register(("party",))] * 3)
    assert "Några uppgifter är inte angivna" in fragments.tasks(view(), Implementation(), told).html


def test_all_54_tasks_are_listed_and_most_have_no_record() -> None:
    found = tables(shown("tasks").html)
    assert [len(t) - 1 for t in found.tables] == [3, 30, 18, 3]
    said = [row[-1] for t in found.tables for row in t[1:]]
    assert said.count("Inget underlag") == 32
    assert "4 av 5 har en handlingsplan" in text_of(shown("tasks").html)


def test_tasks_with_only_the_assessment_of_all_activities_are_not_told_as_direct_evidence() -> None:
    html = shown("tasks").html
    said = [row[-1] for t in tables(html).tables for row in t[1:]]
    assessed_n = sum(text.startswith("Självskattning av partens alla aktiviteter") for text in said)
    direct = sum("har en handlingsplan" in text or "utbildningstillfällen" in text for text in said)
    numbers = {"n": str(direct), "of": "54", "assessed": str(assessed_n)}
    assert own().words.text("implementation/tasks_lead", **numbers) in text_of(html)
    nothing = fragments.Told(*[register(("party",))] * 3)
    none = own().words.text("implementation/tasks_lead", n="0", of="54", assessed="0")
    assert none in text_of(fragments.tasks(view(), implementation_of(own().area), nothing).html)


def test_an_assessment_before_the_last_occasion_is_no_current_evidence() -> None:
    columns = ("party", "activity", "half_year", "assessed", *STATES)
    counts = (10, 5, 5, 0)
    old = register(
        columns,
        ("kommunal_socialtjanst", "A01", date(2025, 1, 1), *counts),
        ("slutenvard", "A01", date(2026, 1, 1), *counts),
    )
    told = fragments.Told(register(("party",)), register(("party",)), old)
    html = fragments.tasks(view(), implementation_of(own().area), told).html
    said = [row for t in tables(html).tables for row in t[1:]]
    earlier = [row for row in said if row[-1].startswith("Ingen självskattning första halvåret 2026")]
    assert {row[1] for row in earlier} == {"Kommunal socialtjänst/bistånd"}
    current = sum(row[-1].startswith("Självskattning av") for row in said)
    lead = own().words.text("implementation/tasks_lead", n="0", of="54", assessed=str(current))
    assert lead in text_of(html)


def test_activities_of_few_answers_have_counts_and_no_share() -> None:
    by_activity = tables(shown("assessments").html).tables[1]
    index = own().words.text("implementation/assessed/index")
    assert index not in by_activity[0]
    assert index in tables(shown("assessments").html).tables[0][0]
    assert all("%" not in cell for row in by_activity[1:] for cell in row)


def test_a_partys_page_has_its_own_tasks_and_the_common_ones() -> None:
    found = tables(shown("tasks", "", "kommunal_socialtjanst").html)
    who = {row[1] for t in found.tables for row in t[1:]}
    assert who == {"Alla parter", "Kommunal socialtjänst/bistånd"}


def test_the_first_sheets_are_those_of_the_documents_seven_of_twenty_blank() -> None:
    rounds = tables(shown("sheets").html).tables[0]
    assert rounds[1] == ["2025-02-28", "20", "20", "0", "7", "6"]
    assert int(rounds[2][2]) + int(rounds[2][3]) == 20


def test_sheets_from_others_are_counted_without_their_names() -> None:
    columns = status.SHEET
    rows = [
        (SHEET_DAY, "person_centred", "su", 1, 2, 1, 0, 0, 3),
        (SHEET_DAY, "person_centred", "", 0, 1, 1, 0, 0, 0),
        (SHEET_DAY, "knowledge_support", "su", 1, None, None, None, None, None),
    ]
    html = documents.sheets(view(), implementation_of(own().area), register(columns, *rows)).html
    assert "Av 2 väntade trafikrapporter kom 1 till 2026-02-27; 0 av dem var blanka" in text_of(html)
    assert "Dessutom kom 1 från förvaltningar" in html
    cells = {row[0]: row[1:] for row in tables(html).tables[1]}
    assert cells["SU"] == ["○ saknas", "■ 2 av 4 rutor"]


def test_plans_show_empty_follow_ups_and_the_silent_party() -> None:
    found = tables(shown("plans").html).tables[0]
    rows = found[1:]
    assert len(rows) == 4
    assert all(int(r[1]) == int(r[5]) + int(r[6]) for r in rows)
    assert sum(int(r[6]) for r in rows) > 0
    assert "Ingen handlingsplan har kommit från: Samverkan." in text_of(shown("plans").html)


def test_a_party_without_a_plan_is_told_so_on_its_own_page() -> None:
    assert text_of(shown("plans", "", "samverkan").html).strip() == (
        "Ingen handlingsplan har kommit från: Samverkan."
    )


def test_an_activity_is_overdue_when_its_day_has_passed_and_no_result_is_written() -> None:
    one = own()
    rows = one.facts_of_all("action_plans")
    late = rows.due_date.lt(one.as_of) & rows.result.isna()
    told = status._plans(one).records
    assert sum(r["overdue"] for r in told) == int(late.sum())


def test_plans_are_told_with_the_day_of_the_latest_and_not_as_late_work() -> None:
    day = own().facts_of_all("action_plans").plan_date.max().date()
    assert max(r["dated"] for r in status._plans(own()).records) == day
    said = text_of(shown("plans").html)
    assert f"Den senaste planen är daterad {day}" in said
    assert "om de har gjorts är inte känt" in said
    assert "Försenade" not in said


def test_a_municipalitys_page_tells_no_participants() -> None:
    assert len(tables(shown("training").html).tables) == 3
    page = shown("training", "molndal")
    assert len(tables(page.html).tables) == 2
    assert "Antal deltagare visas bara för hela området" in text_of(page.html)


def test_few_participants_are_hidden_and_others_rounded() -> None:
    columns = status.OCCASIONS
    row = ("samverkan", "molndal", date(2025, 10, 1), date(2025, 9, 30), 2, 1, 1, 1, 0)
    half = pd.Timestamp("2025-07-01"), pd.Timestamp("2025-12-31")
    people = [Participants("samverkan", *half, nan)]
    party = next(p for p in own().area.parties if p.id == "samverkan")
    html = documents.training(view(party=party), register(columns, row), people).html
    found = tables(html)
    assert found.tables[-1][1] == ["Samverkan", "≤7"]
    answers = {r[0]: r[-1] for r in found.tables[1][1:]}
    assert answers["Samverkan, Mölndal"] == "◆ ja"
    assert answers["Samverkan, Partille"] == "○ nej"


def test_participants_whom_nobody_counted_are_no_noughts() -> None:
    row = ("samverkan", "molndal", date(2025, 10, 1), date(2025, 9, 30), 2, 1, 1, 1, 2)
    half = pd.Timestamp("2025-07-01"), pd.Timestamp("2025-12-31")
    party = next(p for p in own().area.parties if p.id == "samverkan")
    people = [Participants("samverkan", *half, None)]
    html = documents.training(view(party=party), register(status.OCCASIONS, row), people).html
    assert tables(html).tables[-1][1] == ["Samverkan", "ej räknat"]
    assert [status._people(n, own()) for n in (nan, 0.0, 12.0)] == [None, 0, 10]


def test_assessments_of_a_half_year_that_is_not_over_are_not_told() -> None:
    assert {row["half_year"] for row in status._assessed(own()).records} == {
        date(2025, 1, 1),
        date(2026, 1, 1),
    }


def test_participants_are_of_whole_half_years_and_rounded() -> None:
    found = status._participants(own())
    assert all(p.last <= own().as_of for p in found)
    assert all(p.n is None or p.n != p.n or p.n % 5 == 0 for p in found)


def test_a_party_that_did_not_answer_the_last_time_is_named_and_left_out_of_the_change() -> None:
    said = text_of(shown("assessments").html)
    assert "Bland de 4 parter som svarade båda gångerna" in said
    assert "svarade inte: Kommunal socialtjänst/bistånd." in said


def test_an_assessment_of_one_party_or_one_occasion_is_said_so() -> None:
    columns = ("party", "activity", "half_year", "assessed", *STATES)
    day = date(2025, 7, 1)
    once = register(columns, ("samverkan", "A01", day, 4, 1, 2, 1))
    assert "gjordes 25\N{NO-BREAK SPACE}% av de skattade aktiviteterna" in text_of(
        assessed.assessments(view(), once).html
    )
    said = text_of(shown("assessments", "", "samverkan").html)
    assert "Enligt parten själv gjordes" in said


def test_an_activity_outside_the_register_is_told_without_its_name() -> None:
    rows = pd.DataFrame({"activity_id": ["A01", "Anna på avdelningen"]})
    known = implementation_of(own().area).activities
    assert list(rows.activity_id.where(rows.activity_id.isin(known), "")) == ["A01", ""]
    columns = ("party", "activity", "half_year", "assessed", *STATES)
    told = register(columns, ("samverkan", "", date(2025, 7, 1), 4, 1, 2, 1))
    assert "Aktiviteter utanför förteckningen" in assessed.assessments(view(), told).html


def crosses(*, wards_n: int, days: int = 181, red: int = 0) -> pd.DataFrame:
    day = pd.date_range("2026-01-01", periods=days)
    rows = pd.DataFrame([(d, f"w{w}") for d in day for w in range(wards_n)], columns=["day", "place"])
    return rows.assign(colour=["red"] * red + ["green"] * (len(rows) - red))


@pytest.mark.parametrize(
    ("rows", "is_told"),
    [
        (crosses(wards_n=3), True),
        (crosses(wards_n=2), False),
        (crosses(wards_n=3, days=180), False),
        (crosses(wards_n=3).iloc[1:], False),
    ],
    ids=["whole", "two wards", "a day short", "a day of a ward short"],
)
def test_only_half_years_that_three_wards_sent_whole_are_told(rows: pd.DataFrame, is_told: bool) -> None:
    assert bool(status._whole_half_years(rows, pd.Timestamp("2026-11-20"))) is is_told
    assert status._whole_half_years(rows, pd.Timestamp("2026-06-29")) == {}


def test_the_half_year_with_the_missing_month_is_not_shown_and_why_there_is_no_calendar_is_said() -> None:
    periods = [row[0] for row in tables(shown("green_cross").html).tables[0][1:]]
    assert "2025-01 – 2025-06" not in periods
    assert "2024-01 – 2024-06" in periods
    left = own().words.text("implementation/cross_left", periods="2025-01 – 2025-06")
    assert left in text_of(shown("green_cross").html)
    assert "ingen kalender" in text_of(shown("green_cross").html)


def test_tables_without_data_are_said_in_one_sentence() -> None:
    nothing = register(("party",))
    policy = own().area.policy
    said = [
        documents.sheets(view(), Implementation(), nothing),
        documents.plans(view(), nothing),
        documents.training(view(), nothing, ()),
        assessed.assessments(view(), nothing),
        wards.green_cross(view(), release.days_by_colour({}, COLOURS, policy)),
        wards.capacity(view(), nothing),
    ]
    assert all(not one.tables and "levererats" in text_of(one.html) for one in said)


def test_a_missing_table_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "_rows", lambda *_, **__: None)
    assert all(text_of(getattr(status, cell)(own()).html).strip() for cell in CELLS)


def test_boxes_count_sheets_lines_and_administrations() -> None:
    found = tables(shown("sheets").html).tables[2]
    assert len(found) == 1 + len(BOXES)
    assert all(int(r[1]) <= int(r[2]) and int(r[3]) <= int(r[1]) for r in found[1:])
