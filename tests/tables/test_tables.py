"""The contracts: what a row of each table may be."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest

import analysis.tables
from analysis.tables import NAMES, table
from analysis.tables.columns import ROLES
from analysis.tables.status_sheets import is_unwritten, sheets
from exports import Row, frame_of
from shared import SHARED, needs_shared

START: Row = {"party": "p", "unit": "a", "phase": 3, "start": "2025-10-01", "invented": True}
GOOD: dict[str, Row] = {  # without these the example row is accepted, and something is said of it
    "status_sheets": {"text": "Rådet är på plats"},
    "action_plans": {"follow_up": "Antal upprättade SIP"},
}
REASONS = {"order", "out_of_range", "zero_length", "status_mismatch", "same_party", "date_format", "required"}
STAY: Row = {
    "episode_id": "s1",
    "person_id": "p1",
    "unit": "a",
    "admitted_at": "2025-02-07 12:15",
    "uk_at": "2025-02-07 12:15",
    "discharged_at": "2025-02-08 08:15",
}
REPORT: Row = {
    "deviation_id": "d1",
    "occurred_date": "2025-02-03",
    "reported_date": "2025-02-05",
    "closed_date": "2025-02-09",
    "category": "information",
    "reporting_party": "p",
    "receiving_party": "q",
    "unit": "a",
}
COUNT: Row = {
    "indicator": "delayed_days",
    "unit": "a",
    "party": "p",
    "period_start": "2025-02-01",
    "numerator": 12,
    "denominator": 28,
    "issued_date": "2025-02-28",
}
PERSON: Row = {"person_id": "p1", "unit": "a"}
LINE: Row = {"sheet_date": "2025-02-28", "sub_area": "s", "forvaltning": "f", "box": "done", "position": 1}
ROWS: dict[str, Row] = {
    "episodes": STAY,
    "care_episodes": STAY | {"clinic": "k"},
    "messages": PERSON | {"case_id": "c1", "message_type": "uk", "sent_at": "2025-02-07 12:15"},
    "sip": PERSON | {"sip_id": "s1", "registered_date": "2025-02-07"},
    "deviations": REPORT,
    "answers": {"respondent_id": "r1", "answered_date": "2025-02-03", "survey": "s", "item": "i", "value": 3},
    "measurements": COUNT,
    "weekly_reports": {"report_id": "w1", "week_start": "2025-10-06"},
    "status_sheets": LINE,
    "action_plans": {"plan": "p", "plan_date": "2025-09-01", "position": 1, "activity": "Utbilda"},
    "self_assessments": {
        "assessed_date": "2025-09-10",
        "party": "p",
        "activity_id": "2c8",
        "state": "partly",
    },
    "training": {"training_id": "t1", "held_date": "2026-02-03", "party": "p", "kind": "joint"},
    "green_cross": {"day": "2025-02-01", "place": "Avd 3", "colour": "green"},
    "capacity": {"day": "2025-02-01", "place": "SU"},
    "rollout": START,
}


def keeps(name: str, *changes: dict[str, Any]) -> bool:
    frame = frame_of(name, [ROWS[name] | change for change in changes])
    try:
        table(name).model.validate(frame, lazy=True)
    except pa.errors.SchemaErrors:
        return False
    return True


def odd(name: str, **change: Any) -> list[str]:
    """What is said of the example row of a table, so changed."""
    frame = frame_of(name, [ROWS[name] | change])
    masks = {reason: find(frame) for reason, find in table(name).odd.items()}
    assert all(mask.dtype == bool for mask in masks.values())
    return [reason for reason, mask in masks.items() if mask.all()]


def columns_of(name: str) -> dict[str, Any]:
    return table(name).model.to_schema().columns


def test_every_module_with_a_contract_is_named() -> None:
    modules = {p.stem for p in Path(analysis.tables.__file__).parent.glob("*.py")} - {"__init__"}
    assert {m for m in modules if hasattr(import_module(f"analysis.tables.{m}"), "Model")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_key_month_and_issue_are_columns_and_every_column_is_described(name: str) -> None:
    contract = table(name)
    columns = contract.model.to_schema().columns
    assert {*contract.key, contract.month, contract.issued} <= set(columns)
    assert all(column.description for column in columns.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_text_has_a_role_and_every_role_is_known(name: str) -> None:
    for column in columns_of(name).values():
        role = (column.metadata or {}).get("role", "")
        assert role in (*ROLES, "")
        is_number_or_date = str(column.dtype).startswith(("datetime64", "Int64", "int64", "float64"))
        assert bool(role) is not is_number_or_date, column.name


@pytest.mark.parametrize("name", NAMES)
def test_roles_follow_the_names_of_columns(name: str) -> None:
    for column in columns_of(name).values():
        expected = (
            "party"
            if column.name.endswith("party")
            else {"unit": "unit", "person_id": "person"}.get(column.name)
        )
        assert expected in (None, (column.metadata or {}).get("role"))


@pytest.mark.parametrize("name", NAMES)
def test_the_columns_of_time_are_needed_dates(name: str) -> None:
    contract, columns = table(name), columns_of(name)
    for place in (contract.month, contract.covered, contract.issued):
        assert str(columns[place].dtype).startswith("datetime64")
        assert name == "rollout" or not columns[place].nullable


def test_only_planned_dates_may_lie_ahead() -> None:
    ahead = {c.name for n in NAMES for c in columns_of(n).values() if (c.metadata or {}).get("future")}
    assert ahead == {"planned_uk_date", "planned_meeting_date", "due_date", "start"}


@pytest.mark.parametrize("name", NAMES)
def test_rules_and_oddities_are_named_by_reason_words_and_described(name: str) -> None:
    schema = table(name).model.to_schema()
    assert all(check.name in REASONS and check.description for check in schema.checks)
    assert all(reason in REASONS and find.__doc__ for reason, find in table(name).odd.items())


@pytest.mark.parametrize("name", NAMES)
def test_an_export_may_lack_every_optional_column(name: str) -> None:
    columns = columns_of(name)
    needed = frame_of(name, [ROWS[name]])[[c for c, s in columns.items() if not s.nullable]]
    accepted = table(name).model.validate(needed, lazy=True)
    assert list(accepted.columns) == list(columns)
    assert accepted.drop(columns=needed.columns).isna().all(axis=None)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_odd_about_a_good_row(name: str) -> None:
    assert odd(name, **GOOD.get(name, {})) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_good_row_is_kept(name: str) -> None:
    assert keeps(name, {})


@pytest.mark.parametrize("name", NAMES)
def test_the_same_key_twice_is_not_kept(name: str) -> None:
    assert not keeps(name, {}, {})


@pytest.mark.parametrize(
    ("times", "kept"),
    [
        (("2025-02-07 12:15", "2025-02-07 12:15", "2025-02-07 12:15"), True),
        (("2025-02-07 12:15", "2025-02-07 12:14", "2025-02-07 12:15"), False),
        (("2025-02-07 12:15", "2025-02-07 12:16", "2025-02-07 12:15"), False),
    ],
)
def test_a_stay_is_admitted_then_ready_then_discharged(times: tuple[str, str, str], kept: bool) -> None:
    assert keeps("episodes", dict(zip(("admitted_at", "uk_at", "discharged_at"), times, strict=True))) is kept


@pytest.mark.parametrize(
    "column", ["episode_id", "person_id", "unit", "admitted_at", "uk_at", "discharged_at"]
)
def test_a_stay_needs_its_ids_unit_and_times(column: str) -> None:
    assert not keeps("episodes", {column: None})


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"planned_uk_moves_n": -1}, False),
        ({"planned_uk_moves_n": 0}, True),
        ({"planned_uk_moves_n": 99}, True),
        ({"planned_uk_moves_n": 100}, False),
        ({"los_days": -0.1}, False),
        ({"los_days": 0.0}, True),
        ({"discharged_to": None}, True),
        ({"discharged_to": "dead"}, True),
        ({"discharged_to": "the moon"}, False),
    ],
)
def test_the_optional_facts_of_a_stay_have_bounds(change: dict[str, Any], kept: bool) -> None:
    assert keeps("episodes", change) is kept


@pytest.mark.parametrize(
    ("occurred", "reported", "closed", "kept"),
    [
        ("2025-02-03", "2025-02-03", "2025-02-03", True),
        ("2025-02-03", "2025-02-03", None, True),
        ("2025-02-04", "2025-02-03", None, False),
        ("2025-02-03", "2025-02-05", "2025-02-04", False),
    ],
)
def test_a_deviation_happens_then_is_registered_then_closed(
    occurred: str, reported: str, closed: str | None, kept: bool
) -> None:
    change = {"occurred_date": occurred, "reported_date": reported, "closed_date": closed}
    assert keeps("deviations", change) is kept


@pytest.mark.parametrize(("severity", "kept"), [(0, False), (1, True), (4, True), (5, False), (None, True)])
def test_severity_is_one_to_four_or_unknown(severity: int | None, kept: bool) -> None:
    assert keeps("deviations", {"severity": severity}) is kept


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"numerator": 0.0}, True),
        ({"numerator": -1.0}, False),
        ({"denominator": 0.0}, False),
        ({"numerator": None}, False),
    ],
)
def test_a_measurement_is_a_count_over_a_base_above_zero(change: dict[str, Any], kept: bool) -> None:
    assert keeps("measurements", change) is kept


def test_a_measurement_is_named_by_indicator_unit_party_and_month() -> None:
    assert keeps("measurements", {}, {"party": "q"}, {"unit": "b"}, {"period_start": pd.Timestamp("2025-03")})


@pytest.mark.parametrize(("phase", "kept"), [(0, False), (1, True), (4, True), (5, False)])
def test_phases_are_one_to_four(phase: int, kept: bool) -> None:
    assert keeps("rollout", {"phase": phase}) is kept


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"cfs": 0}, False),
        ({"cfs": 1}, True),
        ({"cfs": 9}, True),
        ({"cfs": 10}, False),
        ({"age": -1}, False),
        ({"age": 0}, True),
        ({"age": 120}, True),
        ({"age": 121}, False),
        ({"care_type": "psychiatric"}, True),
        ({"care_type": "dental"}, False),
        ({"sex": "female"}, True),
        ({"sex": "K"}, False),
        ({"uk_days_withdrawn": -1}, False),
    ],
)
def test_what_describes_the_patient_has_bounds(change: dict[str, Any], kept: bool) -> None:
    assert keeps("episodes", change) is kept


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"admitted_at": "2025-02-07 12:15", "discharged_at": "2025-02-07 12:15"}, ["zero_length"]),
        ({"admitted_at": "2025-02-07 12:14", "discharged_at": "2025-02-07 12:15"}, []),
        ({"admitted_at": "2025-02-07", "uk_at": "2025-02-07", "discharged_at": "2025-02-07"}, []),
        ({"is_sip_offered": False, "sip_call_date": "2025-02-08"}, ["status_mismatch"]),
        ({"is_sip_offered": None, "sip_call_date": "2025-02-08"}, []),
        ({"is_sip_offered": True, "sip_call_date": "2025-02-08"}, []),
        ({"uk_withdrawn_n": 0, "uk_days_withdrawn": 2}, ["status_mismatch"]),
        ({"uk_withdrawn_n": 1, "uk_days_withdrawn": 2}, []),
        ({"admission_notice_at": "2025-02-07 12:14"}, ["order"]),
        ({"admission_notice_at": "2025-02-07 12:15"}, []),
    ],
)
def test_a_stay_may_be_odd_and_is_accepted(change: dict[str, Any], said: list[str]) -> None:
    assert keeps("episodes", change)
    assert odd("episodes", **change) == said


def test_a_clinics_care_episode_may_lack_a_notice_of_being_ready() -> None:
    assert keeps("care_episodes", {"uk_at": None})
    assert not keeps("care_episodes", {"uk_at": "2025-02-09"})
    assert not keeps("care_episodes", {"uk_at": None, "discharged_at": "2025-02-06"})
    assert not keeps("care_episodes", {"clinic": None})


def test_a_message_is_acknowledged_after_it_is_sent() -> None:
    assert keeps("messages", {"acknowledged_at": "2025-02-07 12:15"})
    assert not keeps("messages", {"acknowledged_at": "2025-02-07 12:14"})
    assert not keeps("messages", {"message_type": "letter"})


def test_the_same_message_to_two_receivers_is_two_rows() -> None:
    assert keeps("messages", {"receiver_party": "p"}, {"receiver_party": "q"})
    assert keeps("messages", {"message_id": "1"}, {"message_id": "2"})


def test_a_message_to_oneself_or_a_change_without_a_date_is_odd() -> None:
    assert odd("messages", sender_party="p", receiver_party="p") == ["same_party"]
    assert odd("messages", message_type="planned_uk_change") == ["status_mismatch"]
    assert odd("messages", message_type="planned_uk_change", planned_uk_date="2026-01-01") == []


@pytest.mark.parametrize(
    ("called", "held", "drawn_up", "kept"),
    [
        ("2025-02-08 10:00", "2025-02-08 09:00", "2025-02-08", True),  # the dates decide, not the clock
        ("2025-02-09", "2025-02-08", None, False),
        ("2025-02-08", "2025-02-09", "2025-02-08", False),
        (None, None, "2025-02-08", True),
    ],
)
def test_a_sip_is_summoned_then_held_then_drawn_up(
    called: str | None, held: str | None, drawn_up: str | None, kept: bool
) -> None:
    assert keeps("sip", {"called_at": called, "held_at": held, "drawn_up_date": drawn_up}) is kept


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_offered": False, "called_at": "2025-02-08"}, ["status_mismatch"]),
        ({"is_offered": None, "called_at": "2025-02-08"}, []),
        ({"consent": "no", "held_at": "2025-02-09"}, ["status_mismatch"]),
        ({"consent": "cannot_express", "held_at": "2025-02-09"}, []),
        ({"consent": "relative", "held_at": "2025-02-09"}, []),
    ],
)
def test_a_sip_against_what_was_said_is_odd(change: dict[str, Any], said: list[str]) -> None:
    assert keeps("sip", change)
    assert odd("sip", **change) == said


@pytest.mark.parametrize(
    ("severity", "likelihood", "score", "kept"),
    [
        (2, 3, 6, True),
        (2, 3, 5, False),
        (4, 4, 16, True),
        (4, 4, 17, False),
        (None, 3, 5, True),
        (2, None, 5, True),
        (2, 3, None, True),
        (2, 0, None, False),
        (2, 5, None, False),
    ],
)
def test_a_risk_score_is_severity_times_likelihood(
    severity: int | None, likelihood: int | None, score: int | None, kept: bool
) -> None:
    change = {"severity": severity, "likelihood": likelihood, "risk_score": score}
    assert keeps("deviations", change) is kept


@pytest.mark.parametrize("done", ["investigated_date", "action_date", "feedback_date"])
def test_nothing_is_done_about_a_deviation_before_it_happened(done: str) -> None:
    assert keeps("deviations", {done: "2025-02-03"})
    assert not keeps("deviations", {done: "2025-02-02"})


def test_a_deviation_about_oneself_is_odd() -> None:
    assert keeps("deviations", {"receiving_party": "p"})
    assert odd("deviations", receiving_party="p") == ["same_party"]


@pytest.mark.parametrize(("value", "kept"), [(0, False), (1, True), (5, True), (6, False), (None, True)])
def test_an_answer_is_one_to_five_or_missing(value: int | None, kept: bool) -> None:
    assert keeps("answers", {"value": value}) is kept


def test_a_respondent_answers_many_items_and_an_open_answer_has_many_themes() -> None:
    assert keeps("answers", {}, {"item": "j"}, {"round": "2"}, {"theme": "t"}, {"theme": "u"})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"period": "quarter", "period_start": "2025-04-01", "issued_date": "2025-08-01"}, []),
        ({"period": "quarter", "period_start": "2025-05-01", "issued_date": "2025-08-01"}, ["date_format"]),
        ({"period": "year", "period_start": "2025-01-01", "issued_date": "2026-02-01"}, []),
        ({"period": "year", "period_start": "2025-02-01", "issued_date": "2026-02-01"}, ["date_format"]),
        ({"period_start": "2025-02-02"}, ["date_format"]),
        ({"issued_date": "2025-01-31"}, ["order"]),
    ],
)
def test_a_period_begins_where_such_periods_begin(change: dict[str, Any], said: list[str]) -> None:
    assert keeps("measurements", change)
    assert odd("measurements", **change) == said


def test_a_week_begins_on_a_monday_and_an_answer_has_a_date() -> None:
    assert odd("weekly_reports", week_start="2025-10-07") == ["date_format"]
    assert odd("weekly_reports", answer="Ja") == ["status_mismatch"]
    assert odd("weekly_reports", answer="Ja", answered_date="2025-10-08") == []
    assert not keeps("weekly_reports", {"answer": "Ja", "answered_date": "2025-10-05"})


def test_an_empty_follow_up_is_accepted_and_said() -> None:
    assert keeps("action_plans", {"follow_up": None})
    assert odd("action_plans") == ["required"]


@pytest.mark.parametrize(
    ("text", "unwritten"),
    [
        ("xx", True),
        ("Xxx", True),
        ("XXXXX.", True),
        (" xxxx ", True),
        ("", True),
        (None, True),
        ("x", False),
        ("xx och mer", False),
        ("LOU", False),
    ],
)
def test_a_placeholder_stands_for_nothing_written(text: str | None, unwritten: bool) -> None:
    assert is_unwritten(pd.Series([text], dtype="str")).tolist() == [unwritten]


def test_the_lines_of_a_sheet_are_counted_with_and_without_placeholders() -> None:
    lines = [
        LINE | {"text": "Klart"},
        LINE | {"position": 2, "text": "Klart igen"},
        LINE | {"position": 3, "box": "planned", "text": "xxxx"},
        LINE | {"forvaltning": "g", "text": "Xxx"},
    ]
    found = sheets(frame_of("status_sheets", lines)).set_index("forvaltning")
    assert found[["lines_n", "written_n", "boxes_n"]].to_numpy().tolist() == [[3, 2, 1], [1, 0, 0]]
    assert found.is_blank.tolist() == [False, True]


@needs_shared
def test_seven_of_the_twenty_known_status_sheets_are_blank() -> None:
    known = pd.read_csv(SHARED / "domain" / "tables" / "trafikrapport_status.csv", dtype="str")
    names = {
        "datum": "sheet_date",
        "delomrade_nedbrutet": "sub_area",
        "status_ruta": "box",
        "rad": "position",
    }
    boxes = {"Gjort sedan tidigare": "done", "Pågående aktiviteter": "ongoing"}
    boxes |= {"Planerade aktiviteter": "planned", "Hinder / Utmaningar": "obstacle"}
    lines = known.rename(columns=names).replace({"box": boxes}).astype({"position": "int64"})
    found = sheets(table("status_sheets").model.validate(frame_of("status_sheets", lines.to_dict("records"))))
    assert (len(found), int(found.is_blank.sum())) == (20, 7)
    assert is_unwritten(known.text).tolist() == known.platshallare.eq("ja").tolist()


@pytest.mark.parametrize("state", ["does", "does_not", "partly"])
def test_an_activity_is_done_not_done_or_partly(state: str) -> None:
    assert keeps("self_assessments", {"state": state})
    assert not keeps("self_assessments", {"state": "perhaps"})


@pytest.mark.parametrize("colour", ["green", "yellow", "orange", "red"])
def test_the_green_cross_has_four_colours(colour: str) -> None:
    assert keeps("green_cross", {"colour": colour})
    assert not keeps("green_cross", {"colour": "blue"})


def test_more_patients_than_staffed_beds_is_crowding_and_more_ready_than_patients_is_wrong() -> None:
    assert keeps("capacity", {"staffed_beds_n": 10, "occupied_beds_n": 12, "uk_patients_n": 12})
    assert not keeps("capacity", {"occupied_beds_n": 12, "uk_patients_n": 13})


def test_free_text_about_patients_has_no_column_in_any_table() -> None:
    free = {"description", "comment", "free_text", "open_answer", "message_text"}
    assert not free & {column for name in NAMES for column in columns_of(name)}
    texts = {n for n in NAMES for c in columns_of(n).values() if (c.metadata or {}).get("role") == "text"}
    assert texts == {"weekly_reports", "status_sheets", "action_plans"}
