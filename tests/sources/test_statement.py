"""What the sender says of a delivery: read from the file beside the export, checked against the export."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputRefused, Place, SettingsError
from analysis.sources.statement import (
    Statement,
    as_toml,
    check_dates,
    check_statement,
    merged,
    read_statement,
    statement_file,
    with_unit_ids,
)
from deliveries import AREA

SHA = hashlib.sha256(b"content").hexdigest()
FULL = f"""
sender = "Avsändaren"
first_day = 2025-01-01
last_day = 2025-03-31
extracted = 2025-04-02
units = ["a", "Bköping"]
rows = 120
sha256 = "{SHA.upper()}"
decision = "Beslut 12"
retain_until = 2030-12-31
"""
EXPORT = Place("export.csv")


def stated(folder: Path, text: str | bytes) -> Statement:
    export = folder / "export.csv"
    statement_file(export).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_statement(export)


def refusal(folder: Path, text: str | bytes) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        stated(folder, text)
    assert caught.value.exit_code == 78
    assert caught.value.where is not None
    assert caught.value.where.file == "export.csv.delivery.toml"
    return caught.value


def test_an_export_without_a_statement_has_an_empty_one(tmp_path: Path) -> None:
    assert read_statement(tmp_path / "export.csv") == Statement()


def test_everything_that_can_be_stated_is_read(tmp_path: Path) -> None:
    assert stated(tmp_path, FULL) == Statement(
        sender="Avsändaren",
        first_day=date(2025, 1, 1),
        last_day=date(2025, 3, 31),
        extracted=date(2025, 4, 2),
        units=("a", "Bköping"),
        rows=120,
        sha256=SHA.upper(),
        decision="Beslut 12",
        retain_until=date(2030, 12, 31),
    )


def test_the_mark_that_a_windows_editor_writes_first_is_skipped(tmp_path: Path) -> None:
    assert stated(tmp_path, "\ufeffrows = 3\n").rows == 3


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    error = refusal(tmp_path, 'from_day = 2025-01-01\nsender = "x"\n')
    assert error.where == Place("export.csv.delivery.toml", column="from_day")
    assert "first_day" in error.remedy


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sender", "7"),
        ("sender", '""'),
        ("sender", '" "'),
        ("sender", '"two\\nlines"'),
        ("first_day", '"2025-01-01"'),
        ("last_day", "2025-01-01T10:00:00"),
        ("extracted", "20250101"),
        ("units", '"a"'),
        ("units", "[]"),
        ("units", "[1]"),
        ("rows", "-1"),
        ("rows", "1.0"),
        ("rows", "true"),
        ("sha256", '"abc"'),
        ("sha256", f'"{SHA}0"'),
        ("decision", "[1]"),
        ("retain_until", "false"),
    ],
)
def test_a_value_of_the_wrong_kind_names_file_and_key_and_not_the_value(
    tmp_path: Path, key: str, value: str
) -> None:
    error = refusal(tmp_path, f"{key} = {value}\n")
    assert error.where == Place("export.csv.delivery.toml", column=key)
    assert len(value) < 4 or value.strip('"') not in str(error).replace(error.remedy, "")


@pytest.mark.parametrize("rows", [0, 1, 10**9])
def test_any_number_of_rows_can_be_stated(tmp_path: Path, rows: int) -> None:
    assert stated(tmp_path, f"rows = {rows}\n").rows == rows


def test_what_is_not_toml_names_the_line(tmp_path: Path) -> None:
    assert refusal(tmp_path, "rows = 3\nsender: x\n").where == Place("export.csv.delivery.toml", 2)


def test_what_is_not_utf8_is_said(tmp_path: Path) -> None:
    assert "UTF-8" in refusal(tmp_path, 'sender = "Härryda"'.encode("cp1252")).what


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("first_day = 2025-02-01\nlast_day = 2025-01-31\n", "first_day"),
        ("first_day = 2025-02-01\nextracted = 2025-01-31\n", "first_day"),
        ("last_day = 2025-02-01\nextracted = 2025-01-31\n", "last_day"),
    ],
)
def test_reversed_dates_are_refused(tmp_path: Path, text: str, key: str) -> None:
    assert refusal(tmp_path, text).where == Place("export.csv.delivery.toml", column=key)


def test_a_period_of_one_day_that_is_the_day_of_extraction_is_right() -> None:
    day = date(2025, 1, 31)
    check_dates(Statement(first_day=day, last_day=day, extracted=day), EXPORT)


def test_units_may_be_written_as_the_area_spells_them() -> None:
    statement = Statement(units=("Astads stad", "bköping", "a"))
    assert with_unit_ids(statement, AREA, EXPORT).units == ("a", "b")


def test_a_unit_that_the_area_does_not_have_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        with_unit_ids(Statement(units=("a", "Okänd stad")), AREA, EXPORT)
    assert caught.value.where == Place("export.csv", column="units")
    assert "Okänd stad" not in str(caught.value)


def test_flags_win_over_the_file_and_leave_the_rest() -> None:
    file = Statement(sender="file", rows=3, units=("a",))
    assert merged(file, Statement(sender="flag")) == Statement(sender="flag", rows=3, units=("a",))
    assert merged(file, Statement(rows=0)).rows == 0


def test_dates_that_are_reversed_by_a_flag_are_refused() -> None:
    with pytest.raises(SettingsError, match="ends before it begins"):
        merged(Statement(first_day=date(2025, 2, 1)), Statement(last_day=date(2025, 1, 31)))


texts = st.text(max_size=3)
statements = st.builds(
    Statement,
    sender=texts,
    first_day=st.none() | st.dates(max_value=date(2024, 12, 31)),
    last_day=st.none() | st.dates(min_value=date(2025, 1, 1)),
    units=st.tuples() | st.tuples(texts),
    rows=st.none() | st.integers(0, 9),
)


@given(statements)
def test_merging_with_an_empty_statement_or_itself_changes_nothing(statement: Statement) -> None:
    assert merged(statement, Statement()) == statement
    assert merged(Statement(), statement) == statement
    assert merged(statement, statement) == statement


def test_a_file_that_is_as_stated_is_taken() -> None:
    check_statement(Statement(), 3, SHA, EXPORT)
    check_statement(Statement(rows=3, sha256=SHA.upper()), 3, SHA, EXPORT)
    check_statement(Statement(rows=0), 0, SHA, EXPORT)


@pytest.mark.parametrize(
    "statement", [Statement(rows=4), Statement(rows=2), Statement(rows=0), Statement(sha256="0" * 64)]
)
def test_another_number_of_rows_or_another_digest_refuses_the_file(statement: Statement) -> None:
    with pytest.raises(InputRefused) as caught:
        check_statement(statement, 3, SHA, EXPORT)
    assert caught.value.reason == "truncated"
    assert caught.value.exit_code == 65
    assert caught.value.where == EXPORT


def test_what_is_written_as_toml_is_read_as_the_same(tmp_path: Path) -> None:
    said = Statement(
        sender='the “small” "office" \\ north',
        first_day=date(2025, 1, 1),
        extracted=date(2025, 2, 1),
        units=("a", "b"),
        rows=3,
        corrects="0a" * 16,
    )
    statement_file(tmp_path / "x.csv").write_text(as_toml(said), encoding="utf-8")
    assert read_statement(tmp_path / "x.csv") == said


def test_what_a_delivery_corrects_is_a_digest(tmp_path: Path) -> None:
    statement_file(tmp_path / "x.csv").write_text('corrects = "the other"', encoding="utf-8")
    with pytest.raises(SettingsError, match="32 hexadecimal digits"):
        read_statement(tmp_path / "x.csv")


def test_beside_a_file_with_too_long_a_name_nothing_is_stated(tmp_path: Path) -> None:
    assert read_statement(tmp_path / ("x" * 250 + ".csv")) == Statement()
