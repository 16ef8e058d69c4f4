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
from deliveries import Row, frame_of, measurement, report, stay

START: Row = {"party": "p", "unit": "a", "phase": 3, "start": "2025-10-01", "invented": True}
ROWS: dict[str, Row] = {
    "episodes": stay("s1", "2025-02-07 12:15", "2025-02-08 08:15"),
    "deviations": report("d1", "2025-02-03", reported="2025-02-05", closed="2025-02-09"),
    "measurements": measurement("2025-02", 12),
    "rollout": START,
}


def keeps(name: str, *changes: dict[str, Any]) -> bool:
    frame = frame_of(name, [ROWS[name] | change for change in changes])
    try:
        table(name).model.validate(frame, lazy=True)
    except pa.errors.SchemaErrors:
        return False
    return True


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


def test_free_text_has_no_column() -> None:
    assert not {"description", "comment", "text"} & set(table("deviations").model.to_schema().columns)


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
