"""Text cells to typed columns: each cell is understood in a stated way, or its row is kept out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.area import Area
from analysis.errors import InputRefused, SettingsError
from analysis.sources import delimited, encoding
from analysis.sources.cells import Chunk, Export
from analysis.sources.contract import contract
from analysis.sources.mapping import Source, read_sources
from analysis.sources.typed import Rows, Typing, rows_of_frame
from analysis.tables import table
from elsewhere import TODAY, Sheet, accepted, answers, area_in, found, incidents, load, said, stays
from exports import Row, frame_of


@pytest.fixture(scope="module")
def coast(tmp_path_factory: pytest.TempPathFactory) -> Area:
    return area_in(tmp_path_factory.mktemp("coast"))


def chunks_of(sheet: Sheet, sizes: Sequence[int] = (), *, as_dictionary: bool = False) -> list[Chunk]:
    """The sheet's cells in chunks of these sizes; what is left is the last."""
    columns = [pa.array([row[at] for row in sheet.rows], pa.string()) for at in range(len(sheet.header))]
    whole = pa.table(columns, [str(at) for at in range(len(columns))])
    chunks, at = [], 0
    for size in [*sizes, len(sheet.rows)]:
        part = whole.slice(at, size)
        if as_dictionary:
            part = pa.table([c.dictionary_encode() for c in part.columns], part.column_names)
        row = np.arange(at + 1, at + 1 + part.num_rows)
        chunks.append(Chunk(part, row, row + 1))
        at += part.num_rows
    return chunks


def typing_of(sheet: Sheet, area: Area, **settings: Any) -> Typing:
    """How the sheet is typed, with these settings of its mapping changed."""
    source = next(s for s in read_sources(area) if s.name == sheet.source)
    source = Source(source.name, source.table, source.format, {**source.settings, **settings})
    export = Export("f.csv", list(sheet.header), 1, iter(()))
    return Typing(export, source, table(source.table), area, last=TODAY)


def read(typing: Typing, chunks: Sequence[Chunk]) -> pd.DataFrame:
    parts = [typing.rows(chunk) for chunk in chunks]
    for part in parts:
        assert len(part.row) == len(part.line) == part.table.num_rows
    return pa.concat_tables(part.table for part in parts).to_pandas()


def one(sheet: Sheet, area: Area, **settings: Any) -> tuple[pd.DataFrame, list[tuple[int, str, str]]]:
    """The rows of the sheet, and row, column and reason of what is kept out."""
    typing = typing_of(sheet, area, **settings)
    frame = read(typing, chunks_of(sheet))
    rejects = typing.export.findings.rejects
    return frame, list(zip(rejects.row, rejects.column, rejects.reason, strict=True))


# Rows.


def test_a_good_row_becomes_typed_columns(coast: Area) -> None:
    frame, out = one(stays(1), coast)
    row = frame.iloc[0]
    assert out == []
    assert (row.unit, row.ward, row.discharged_to) == ("m1", "Sal 0", "ordinary_housing")
    assert row.admitted_at == pd.Timestamp("2025-06-01 08:30")
    assert (row.los_days, row.planned_uk_moves_n, bool(row.is_sip_offered)) == (4.2, 0, True)


def test_every_column_of_the_table_is_there_with_its_type_however_little_the_file_has(coast: Area) -> None:
    little = stays(3)
    for column in ("Enhet", "Dygn", "Ändringar", "Plan erbjuden", "Plan kallad", "Utskrivs till"):
        little = little.without(column)
    schemas = []
    for sheet in (stays(3), little, stays(0)):
        typing = typing_of(sheet, coast)
        schemas.append(typing.rows(chunks_of(sheet)[0]).table.schema)
    assert schemas[0] == schemas[1] == schemas[2]
    assert schemas[0].names == list(table("episodes").model.to_schema().columns)
    assert one(little, coast)[0].los_days.isna().all()


def test_columns_that_only_have_empty_cells_are_missing_values(coast: Area) -> None:
    empty = stays(2)
    for column in ("Dygn", "Ändringar", "Plan erbjuden", "Plan kallad", "Utskrivs till"):
        empty = empty.fill(column, ["", " "])
    frame, out = one(empty, coast)
    assert out == []
    columns = ["los_days", "planned_uk_moves_n", "is_sip_offered", "sip_call_date", "discharged_to"]
    assert frame[columns].isna().all(axis=None)


@pytest.mark.parametrize("missing", ["Tillfälle", "Individ", "Hemort", "In", "Färdigbehandlad", "Ut"])
def test_a_needed_column_that_is_missing_refuses_the_file(missing: str, coast: Area) -> None:
    with pytest.raises(InputRefused) as caught:
        typing_of(stays().without(missing), coast)
    where = caught.value.where
    assert where is not None
    assert (where.file, where.line, where.column, caught.value.reason) == (
        "f.csv", 1, missing, "missing_column",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("Ut", "05/06/2025", "date_format"),
        ("Ut", "1989-12-31", "date_out_of_range"),
        ("Dygn", "1,234.5", "number_format"),
        ("Dygn", "-1,0", "out_of_range"),
        ("Ändringar", "1,5", "number_format"),
        ("Ändringar", "-1", "out_of_range"),
        ("Ändringar", "100", "out_of_range"),
        ("Plan erbjuden", "Kanske", "unknown_code"),
        ("Utskrivs till", "Månen", "unknown_code"),
        ("Hemort", "Långtbort", "unknown_code"),
        ("Hemort", "okänd", "required"),
        ("Tillfälle", "", "required"),
        ("Enhet", "<b>", "unknown_code"),
    ],
)
def test_a_cell_that_cannot_be_understood_keeps_its_row_out(
    column: str, text: str, reason: str, coast: Area
) -> None:
    frame, out = one(stays(3).put(column, r2=text), coast)
    assert out == [(2, column, reason)]
    assert frame.episode_id.tolist() == ["T-700", "T-702"]


@pytest.mark.parametrize(("text", "value"), [("99", 99), ("0", 0), ("7,0", 7)])
def test_the_ends_of_a_range_are_in_it(text: str, value: int, coast: Area) -> None:
    assert one(stays(1).put("Ändringar", r1=text), coast)[0].planned_uk_moves_n.tolist() == [value]


def test_rules_over_several_columns_name_no_column(coast: Area) -> None:
    assert one(stays(3).put("Ut", r2="2025-06-04 10:00"), coast)[1] == [(2, "", "order")]


def test_the_day_of_the_delivery_is_the_last(coast: Area) -> None:
    late = incidents(3).put("Anmäld", r1=f"{TODAY:%Y-%m-%d} 23:59", r2="2026-03-02")
    assert one(late, coast)[1] == [(2, "Anmäld", "date_out_of_range")]


# What the mapping says.


def test_a_constant_is_in_every_row(coast: Area) -> None:
    frame, _ = one(stays(2), coast, constants={"hospital": "Lasarettet", "cfs": 4})
    assert frame.hospital.tolist() == ["Lasarettet"] * 2
    assert frame.cfs.tolist() == [4, 4]


def test_a_constant_fills_a_needed_column(coast: Area) -> None:
    frame, _ = one(stays(2).without("Hemort"), coast, constants={"unit": "m2"})
    assert frame.unit.tolist() == ["m2", "m2"]


def test_a_scale_brings_numbers_to_the_table_s_unit(coast: Area) -> None:
    frame, _ = one(stays(2).fill("Dygn", ["36", "12,0"]), coast, scale={"los_days": 1 / 24})
    assert frame.los_days.tolist() == [1.5, 0.5]


def test_values_are_spelled_as_the_mapping_says(coast: Area) -> None:
    values = {"discharged_to": {"H": "ordinary_housing"}, "is_sip_offered": {"X": True, "O": False}}
    sheet = stays(3).fill("Utskrivs till", ["H", "h", "Hemmet"]).fill("Plan erbjuden", ["X", "O", "ja"])
    frame, out = one(sheet, coast, values=values)
    assert out == [(3, "Utskrivs till", "unknown_code")]
    assert frame.is_sip_offered.tolist() == [True, False]


def test_a_stated_date_form_is_read(coast: Area) -> None:
    sheet = incidents(2).fill("Skedde", ["3.4.2025", "2025-04-30"])
    assert [reason for *_, reason in one(sheet, coast)[1]] == ["date_format"]
    frame, out = one(sheet, coast, dates={"forms": ["%d.%m.%Y"]})
    assert out == []
    assert frame.occurred_date.tolist() == [pd.Timestamp("2025-04-03"), pd.Timestamp("2025-04-30")]


def test_a_form_that_is_none_is_an_error_of_the_settings(coast: Area) -> None:
    with pytest.raises(SettingsError, match="no date form"):
        one(incidents(1), coast, dates={"forms": ["dd.mm.yyyy"]})


@pytest.mark.parametrize(
    "settings",
    [
        {"columns": {"episode": ["Tillfälle"]}},
        {"constants": {"survey": "x"}},
        {"values": {"discharge": {}}},
        {"melt": {"item": "item", "value": "value"}},
        {"items": {"Notering": "note"}},
    ],
    ids=str,
)
def test_a_mapping_of_another_table_is_an_error_of_the_settings(
    settings: dict[str, Any], coast: Area
) -> None:
    with pytest.raises(SettingsError, match="the mapping “stays”"):
        typing_of(stays(1), coast, **settings)


# Columns of serial numbers, and decimal marks, are judged by the column.


def test_a_column_of_serial_numbers_is_read_and_said(coast: Area) -> None:
    sheet = stays(2).fill("Ut", ["45820.5", "45821,25"])
    typing = typing_of(sheet, coast)
    frame = read(typing, chunks_of(sheet))
    assert frame.discharged_at.tolist() == [
        pd.Timestamp("2025-06-12 12:00"),
        pd.Timestamp("2025-06-13 06:00"),
    ]
    assert typing.export.findings.warnings.reason.tolist() == ["excel_serial"] * 2


def test_a_serial_number_among_dates_or_outside_of_the_time_is_none(coast: Area) -> None:
    assert one(stays(3).put("Ut", r2="45821"), coast)[1] == [(2, "Ut", "date_format")]
    assert len(one(stays(3).fill("Ut", ["12", "13", "14"]), coast)[1]) == 3


def test_the_first_texts_that_show_the_decimal_mark_decide(coast: Area) -> None:
    sheet = stays(6).fill("Dygn", ["4", "5", "1,5", "1.5", "2", "2,5"])
    typing = typing_of(sheet, coast)
    frame = read(typing, chunks_of(sheet, [2, 1, 1]))
    assert frame.los_days.tolist() == [4.0, 5.0, 1.5, 2.0, 2.5]
    assert typing.export.findings.rejects.row.tolist() == [4]


@pytest.mark.parametrize("as_dictionary", [True, False])
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_numbers_of_a_workbook_are_exact_and_texts_beside_them_have_their_own_mark(
    coast: Area, as_dictionary: bool, scale: float
) -> None:
    sheet = stays(5).fill("Dygn", ["1.234", "2", "5,5", "1e-07", "6.5"])
    typing = typing_of(sheet, coast, scale={"los_days": scale})
    typing.export.fractions[sheet.header.index("Dygn")] = np.array([1, 4])
    frame = read(typing, chunks_of(sheet, [3], as_dictionary=as_dictionary))
    assert frame.los_days.tolist() == [scale * days for days in (1.234, 2, 5.5, 1e-07)]
    rejects = typing.export.findings.rejects
    assert rejects[["row", "reason"]].to_numpy().tolist() == [[5, "number_format"]]


def test_an_error_cell_keeps_its_row_out_only_in_a_column_that_is_read(coast: Area) -> None:
    sheet = stays(4).put("Dygn", r3="")
    typing = typing_of(sheet, coast)
    typing.export.errors[sheet.header.index("Dygn")] = np.array([3])
    typing.export.errors[0] = np.array([2])
    typing.export.errors[sheet.header.index("Notering")] = np.array([1])
    rows = read(typing, chunks_of(sheet))
    assert len(rows) == 2
    rejects = typing.export.findings.rejects
    assert rejects[["row", "column", "reason"]].to_numpy().tolist() == [
        [2, sheet.header[0], "error_cell"],
        [3, "Dygn", "error_cell"],
    ]


# One column an item.


def test_one_column_an_item_becomes_one_row_an_item(coast: Area) -> None:
    frame, _ = one(answers(2), coast)
    columns = ["respondent_id", "survey", "item", "value"]
    assert frame[columns].to_numpy().tolist() == [
        ["E000", "trygghet", "task", 1],
        ["E000", "trygghet", "trust", 3],
        ["E001", "trygghet", "task", 2],
        ["E001", "trygghet", "trust", 4],
    ]


def test_the_words_for_no_answer_are_an_answer_without_a_value(coast: Area) -> None:
    frame, out = one(answers(1).put("Jag vet min uppgift", r1="KAN INTE SVARA"), coast)
    assert out == []
    assert frame.value.isna().tolist() == [True, False]


def test_one_answer_off_the_scale_keeps_the_whole_form_out(coast: Area) -> None:
    frame, out = one(answers(3).put("Jag litar på planen", r2="6"), coast)
    assert out == [(2, "Jag litar på planen", "out_of_range")]
    assert frame.respondent_id.tolist() == ["E000", "E000", "E002", "E002"]


def test_an_item_that_the_file_lacks_has_no_rows(coast: Area) -> None:
    frame, _ = one(answers(2).without("Jag litar på planen"), coast)
    assert frame.item.tolist() == ["task", "task"]


def test_items_may_hold_words_instead_of_numbers(coast: Area) -> None:
    sheet = answers(3).fill("Jag vet min uppgift", ["Ja", "Nej", "?"]).without("Jag litar på planen")
    change = {"melt": {"item": "item", "value": "answer"}, "values": {"answer": {"Ja": "yes", "Nej": "no"}}}
    frame, out = one(sheet, coast, **change)
    assert out == []
    assert frame.answer.fillna("").tolist() == ["yes", "no", ""]
    assert one(sheet.put("Jag vet min uppgift", r1="Kanske"), coast, **change)[1] == [
        (1, "Jag vet min uppgift", "unknown_code")
    ]


def test_a_column_has_the_role_of_the_column_that_it_fills(coast: Area) -> None:
    assert typing_of(answers(), coast).roles == {0: "id", 1: "", 2: "party", 3: "unit", 4: "", 5: ""}
    text = typing_of(answers(), coast, melt={"item": "item", "value": "theme"}).roles
    assert (text[4], text[5]) == ("name", "name")


# However the cells come, the rows are the same.


@pytest.mark.parametrize("sheet", [incidents(9), stays(9), answers(9)], ids=lambda sheet: sheet.source)
@given(sizes=st.lists(st.integers(0, 4), max_size=5), as_dictionary=st.booleans())
@settings(max_examples=15, deadline=None, derandomize=True)
def test_chunks_of_any_size_and_kind_give_the_rows_of_the_whole(
    sheet: Sheet, sizes: list[int], as_dictionary: bool, coast: Area
) -> None:
    sheet = sheet.put(sheet.header[0], r4="").put(sheet.header[-2], r6="finns inte", r7="finns  INTE")
    first, second = typing_of(sheet, coast), typing_of(sheet, coast)
    whole = read(first, chunks_of(sheet))
    parts = read(second, chunks_of(sheet, sizes, as_dictionary=as_dictionary))
    assert whole.to_csv() == parts.to_csv()
    for name in ("rejects", "warnings"):
        pd.testing.assert_frame_equal(
            getattr(first.export.findings, name), getattr(second.export.findings, name)
        )


def test_small_blocks_of_a_file_give_the_rows_of_large_ones(
    tmp_path: Any, coast: Area, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stays(40).put("Hemort", r9="Fel").put("Notering", r20='två\n"rader"').csv(tmp_path / "a.csv")
    large = load(path, coast)
    monkeypatch.setattr(encoding, "BLOCK", 300)
    monkeypatch.setattr(delimited, "INNER_BLOCK", 200)
    monkeypatch.setattr(delimited, "BATCH", 3)
    small = load(path, coast)
    assert accepted(small).to_csv() == accepted(large).to_csv()
    assert (found(small), said(small), small.read) == (found(large), said(large), large.read)


def test_regular_and_irregular_quotes_give_the_same_rows(tmp_path: Any, coast: Area) -> None:
    sheet = incidents(20).put("Ort", r5="Fel")
    path = sheet.csv(tmp_path / "a.csv")
    fast = load(path, coast)
    path.write_text(path.read_text(encoding="utf-8").replace("fall 19", 'fall "19"'), encoding="utf-8")
    slow = load(path, coast)
    assert accepted(slow).to_csv() == accepted(fast).to_csv()
    assert found(slow) == found(fast)


# The contract itself.

STAY: Row = {
    "episode_id": "s1", "person_id": "p", "unit": "a", "admitted_at": "2025-02-01", "uk_at": "2025-02-02",
    "discharged_at": "2025-02-03",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({}, []),
        ({"discharged_at": "2025-02-01"}, [(1, "", "order")]),
        ({"age": 121}, [(1, "age", "out_of_range")]),
        ({"sex": "x"}, [(1, "sex", "out_of_range")]),
        ({"age": -1, "sex": "x"}, [(1, "age", "out_of_range"), (1, "sex", "out_of_range")]),
    ],
)
def test_the_contract_tells_row_column_and_reason(change: Row, broken: list[tuple[int, str, str]]) -> None:
    frame = frame_of("episodes", [STAY, STAY | {"episode_id": "s2"} | change])
    _, found = contract(frame, table("episodes").model.to_schema())
    assert sorted(found.itertuples(index=False, name=None)) == broken


def test_rows_of_another_reader_are_held_to_the_whole_contract() -> None:
    frame = frame_of("episodes", [STAY, STAY | {"episode_id": "s2"}])
    rows = rows_of_frame(frame, table("episodes"), "f.xls")
    assert (rows.row.tolist(), rows.line.tolist()) == ([1, 2], [1, 2])
    with pytest.raises(InputRefused, match="1 values do not keep"):
        rows_of_frame(frame.assign(age=pd.array([3, 130], "Int64")), table("episodes"), "f.xls")
    with pytest.raises(InputRefused):
        rows_of_frame(frame_of("episodes", [STAY, STAY]), table("episodes"), "f.xls")


def test_the_rows_of_nothing_are_no_rows(coast: Area) -> None:
    nothing = typing_of(stays(1), coast).rows(chunks_of(replace(stays(1), rows=[]))[0])
    assert isinstance(nothing, Rows)
    assert nothing.table.num_rows == 0
