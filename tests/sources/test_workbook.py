"""A workbook becomes text cells: the right sheet, the right rows, nothing lost, nothing changed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.errors import InputRefused
from analysis.sources import workbook
from analysis.sources.cells import Export
from analysis.sources.workbook import open_workbook, sheet_names
from shared import BAD_INPUT, needs_shared
from workbooks import (
    ERROR,
    STYLED_BLANK,
    UNCALCULATED,
    record,
    sheet_xml,
    write_container,
    write_xlsx,
    xls_stream,
)

HEADER = ["Id", "Unit", "Date"]
ROWS = [["0012", "Ward 3", date(2025, 1, 31)], ["0013", "Ward 4", date(2025, 2, 1)]]


def fit(cells: Iterable[str]) -> float:
    cells = list(cells)
    return sum(c in HEADER for c in cells) / len(HEADER)


def read(path: Path) -> tuple[Export, list[tuple[int, int, list[str]]]]:
    """The export, and row, line and cells of every record in its chunks."""
    export = open_workbook(path, "delivery.xlsx", fit)
    records = []
    for chunk in export.chunks:
        cells = zip(*(column.to_pylist() for column in chunk.table.columns), strict=True)
        records += list(zip(chunk.row.tolist(), chunk.line.tolist(), map(list, cells), strict=True))
    return export, records


def refused(path: Path) -> InputRefused:
    with pytest.raises(InputRefused) as error:
        read(path)
    return error.value


def message(path: Path) -> str:
    """What a user is told: nothing when the file is read."""
    try:
        read(path)
    except InputRefused as error:
        return str(error)
    return ""


def cells_of(path: Path) -> list[list[str]]:
    return [cells for _, _, cells in read(path)[1]]


def warned(export: Export) -> list[str]:
    return export.findings.warnings["reason"].tolist()


def rejected(export: Export) -> list[tuple[object, ...]]:
    return [tuple(r) for r in export.findings.rejects[["row", "line", "column", "reason"]].to_numpy()]


def errors(export: Export) -> dict[int, list[int]]:
    return {at: found.tolist() for at, found in export.errors.items()}


def test_rows_are_numbered_from_one_and_keep_their_sheet_row(tmp_path: Path) -> None:
    export, records = read(write_xlsx(tmp_path / "a", sheet_xml([HEADER, *ROWS])))
    assert (export.header, export.header_line, export.read, warned(export)) == (HEADER, 1, 2, [])
    assert records == [(1, 2, ["0012", "Ward 3", "2025-01-31"]), (2, 3, ["0013", "Ward 4", "2025-02-01"])]


def test_text_beside_a_number_keeps_its_zeros(tmp_path: Path) -> None:
    sheet = sheet_xml([["Id", "Unit"], ["0012", 12], ["7", 12.0], [12, 12.5], ["12.0", 0.1]])
    assert cells_of(write_xlsx(tmp_path / "a", sheet)) == [
        ["0012", "12"],
        ["7", "12"],
        ["12", "12.5"],
        ["12.0", "0.1"],
    ]


def test_dates_times_and_truths_are_written_the_same_way(tmp_path: Path) -> None:
    moments = [datetime(2025, 1, 31, 10), datetime(2025, 1, 31, 10, 0, 7), date(2025, 1, 31), None, True]
    sheet = sheet_xml([HEADER, *([f"{n}", "Ward", moment] for n, moment in enumerate(moments))])
    texts = [cells[2] for cells in cells_of(write_xlsx(tmp_path / "a", sheet))]
    assert texts == ["2025-01-31 10:00", "2025-01-31 10:00:07", "2025-01-31", "", "true"]


def test_the_1904_date_system_is_honoured_and_said(tmp_path: Path) -> None:
    sheet = sheet_xml([HEADER, *ROWS], is_1904=True)
    export, records = read(write_xlsx(tmp_path / "a", sheet, is_1904=True))
    assert warned(export) == ["date_system"]
    assert [cells[2] for *_, cells in records] == ["2025-01-31", "2025-02-01"]


@pytest.mark.parametrize("bad", [ERROR, UNCALCULATED])
def test_the_rows_of_error_cells_are_known_by_column(tmp_path: Path, bad: object) -> None:
    export, records = read(
        write_xlsx(tmp_path / "a", sheet_xml([HEADER, ROWS[0], ["0014", bad, "x"], [bad]]))
    )
    assert errors(export) == {1: [2], 0: [3]}
    assert ([row for row, *_ in records], export.read, rejected(export)) == ([1, 2, 3], 3, [])


@pytest.mark.parametrize("bad", [ERROR, UNCALCULATED])
def test_error_cells_beside_the_table_do_not_count(tmp_path: Path, bad: object) -> None:
    rows = [[*row, *[""] * gap, bad] for gap, row in enumerate(ROWS, 1)]
    export, records = read(write_xlsx(tmp_path / "a", sheet_xml([HEADER, *rows])))
    assert (len(records), errors(export), rejected(export)) == (2, {}, [])


def test_the_rows_of_numbers_that_are_not_whole_are_known_by_column(tmp_path: Path) -> None:
    rows = [["1", 5.125, 3], ["2", "5,125", 4.5], ["3", 6.0, ""], ["4", 0.1, 0.2]]
    export, _ = read(write_xlsx(tmp_path / "a", sheet_xml([HEADER, *rows])))
    assert {at: found.tolist() for at, found in export.fractions.items()} == {1: [1, 4], 2: [2, 4]}


def test_text_that_looks_like_an_error_cell_is_text(tmp_path: Path) -> None:
    export, records = read(
        write_xlsx(tmp_path / "a", sheet_xml([HEADER, ['a <c r="B9" t="e">', " t='e'", "#N/A"]]))
    )
    assert (rejected(export), errors(export)) == ([], {})
    assert records[0][2] == ['a <c r="B9" t="e">', " t='e'", "#N/A"]


def test_blank_rows_are_no_records_and_are_said_once(tmp_path: Path) -> None:
    rows = [HEADER, ROWS[0], [" ", "\t"], ROWS[1], ["  "]]
    export, records = read(write_xlsx(tmp_path / "a", sheet_xml(rows, numbers=[1, 2, 5, 6, 9])))
    assert [(row, line) for row, line, _ in records] == [(1, 2), (2, 6)]
    assert export.findings.warnings[["row", "line", "reason"]].to_numpy().tolist() == [[0, 3, "blank_rows"]]


@pytest.mark.parametrize("stray", [" ", STYLED_BLANK])
def test_a_stray_blank_far_down_costs_nothing(
    tmp_path: Path, stray: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_AREA", 100)
    sheet = sheet_xml([HEADER, *ROWS, [stray]], numbers=[1, 2, 3, 1_048_576])
    export, records = read(write_xlsx(tmp_path / "a", sheet))
    assert (len(records), warned(export)) == (2, ["blank_rows"])


def test_a_record_far_down_is_read_with_its_own_line(tmp_path: Path) -> None:
    sheet = sheet_xml([HEADER, ROWS[0], ROWS[1], [ERROR]], numbers=[2000, 2001, 900_000, 1_000_000])
    export, records = read(write_xlsx(tmp_path / "a", sheet))
    assert export.header_line == 2000
    assert [(row, line) for row, line, _ in records] == [(1, 2001), (2, 900_000), (3, 1_000_000)]
    assert errors(export) == {0: [3]}


def test_cells_spread_over_a_huge_area_are_refused(tmp_path: Path) -> None:
    numbers = range(1, 42_000)
    rows = [HEADER, *[["a"]] * 41_997, [*[""] * 799, "a"]]
    assert refused(write_xlsx(tmp_path / "a", sheet_xml(rows, numbers=list(numbers)))).reason == "bomb"


def test_the_preamble_is_skipped_and_said(tmp_path: Path) -> None:
    export, records = read(write_xlsx(tmp_path / "a", sheet_xml([["Export 2025"], [], HEADER, *ROWS])))
    assert (export.header_line, warned(export), records[0][:2]) == (3, ["preamble"], (1, 4))


@pytest.mark.parametrize(("above", "line"), [(19, 20), (20, 1)])
def test_a_header_is_sought_in_the_first_twenty_rows(tmp_path: Path, above: int, line: int) -> None:
    export, _ = read(write_xlsx(tmp_path / "a", sheet_xml([*[["note"]] * above, HEADER, *ROWS][: above + 2])))
    assert export.header_line == line


def test_a_table_may_begin_anywhere_in_the_sheet(tmp_path: Path) -> None:
    sheet = sheet_xml([HEADER, ROWS[0], ["a", ERROR]], numbers=[400, 401, 402], first_column=3)
    export, records = read(write_xlsx(tmp_path / "a", sheet))
    assert (export.header, export.header_line, warned(export)) == (HEADER, 400, [])
    assert errors(export) == {1: [2]}
    assert records[0][2] == ["0012", "Ward 3", "2025-01-31"]


def test_notes_beside_the_table_are_columns_without_a_name(tmp_path: Path) -> None:
    rows = [[*row, "", "note"] for row in ROWS]
    for sheet in (sheet_xml([HEADER, *rows]), sheet_xml([HEADER, rows[0], ROWS[1]])):
        export, records = read(write_xlsx(tmp_path / "a", sheet))
        assert (export.header, rejected(export)) == ([*HEADER, "", ""], [])
        assert records[0][2] == ["0012", "Ward 3", "2025-01-31", "", "note"]


def test_a_column_without_a_name_next_to_the_table_is_one_when_most_rows_fill_it(tmp_path: Path) -> None:
    export, records = read(write_xlsx(tmp_path / "a", sheet_xml([HEADER, *[[*r, "note"] for r in ROWS]])))
    assert (export.header, len(records), rejected(export)) == ([*HEADER, ""], 2, [])


def test_a_shifted_row_is_ragged_beside_notes_too(tmp_path: Path) -> None:
    rows = [[*ROWS[0], "", "note"], ["", *ROWS[1]], ["3", "4", "5"]]
    export, records = read(write_xlsx(tmp_path / "a", sheet_xml([HEADER, *rows])))
    assert rejected(export) == [(2, 3, "", "ragged")]
    assert [row for row, *_ in records] == [1, 3]


def test_cells_beyond_the_header_make_a_row_ragged(tmp_path: Path) -> None:
    export, records = read(
        write_xlsx(tmp_path / "a", sheet_xml([HEADER, ["1", "2", "3", " "], ["1", "2", "3", "4"]]))
    )
    assert rejected(export) == [(2, 3, "", "ragged")]
    assert ([row for row, *_ in records], export.read) == ([1], 2)
    assert list(export.ragged[2]) == ["1", "2", "3", "4"]


def test_a_column_without_a_name_is_called_by_its_place(tmp_path: Path) -> None:
    sheet = sheet_xml([["Id", "", "Unit", " "], ["1", "x", "Ward", ""]], first_column=2)
    assert read(write_xlsx(tmp_path / "a", sheet))[0].header == ["Id", "column 3", "Unit"]


def test_header_names_are_shown_without_line_breaks(tmp_path: Path) -> None:
    sheet = sheet_xml([["Id", " Unit\nof  care", "Date"], ["1", "2", "3"]])
    assert read(write_xlsx(tmp_path / "a", sheet))[0].header == ["Id", "Unit of care", "Date"]


def test_a_repeated_header_is_refused_by_position(tmp_path: Path) -> None:
    error = refused(write_xlsx(tmp_path / "a", sheet_xml([["Id", "Anna", "anna", "Unit"], ["1"]])))
    assert "columns 2 and 3" in str(error)
    assert "anna" not in str(error).lower()


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    assert refused(write_xlsx(tmp_path / "a", sheet_xml([HEADER, [" "]]))).reason == "empty"


@pytest.mark.parametrize("sheets", [[sheet_xml([])], [sheet_xml([[" "]])], ["<chartsheet/>"]])
def test_a_workbook_without_cells_is_refused(tmp_path: Path, sheets: list[str]) -> None:
    assert refused(write_xlsx(tmp_path / "a", *sheets)).reason == "empty"


@pytest.mark.parametrize(("columns", "is_read"), [(1000, True), (1001, False)])
def test_more_than_a_thousand_columns_are_refused(tmp_path: Path, columns: int, is_read: bool) -> None:
    header = [*HEADER, *(f"c{n}" for n in range(columns - 3))]
    path = write_xlsx(tmp_path / "a", sheet_xml([header, ["1"] * columns]))
    if is_read:
        assert len(read(path)[0].header) == columns
    else:
        assert refused(path).reason == "too_many_columns"


def test_formats_without_values_beyond_the_table_do_not_count(tmp_path: Path) -> None:
    export, records = read(
        write_xlsx(tmp_path / "a", sheet_xml([HEADER, [*ROWS[0], *[STYLED_BLANK] * 3000]]))
    )
    assert (export.header, len(records)) == (HEADER, 1)


def test_the_sheet_that_fits_is_read_and_the_others_are_said(tmp_path: Path) -> None:
    export, records = read(write_xlsx(tmp_path / "a", sheet_xml([["Read me"]]), sheet_xml([HEADER, *ROWS])))
    assert (len(records), warned(export)) == (2, ["sheets"])


def test_empty_sheets_are_not_worth_a_word(tmp_path: Path) -> None:
    export, _ = read(write_xlsx(tmp_path / "a", sheet_xml([HEADER, *ROWS]), sheet_xml([]), sheet_xml([])))
    assert warned(export) == []


def test_a_chart_beside_the_data_is_said(tmp_path: Path) -> None:
    export, records = read(write_xlsx(tmp_path / "a", sheet_xml([HEADER, *ROWS]), "<chartsheet/>"))
    assert (len(records), warned(export)) == (2, ["sheets"])


def test_two_sheets_with_data_are_refused_by_place_not_name(tmp_path: Path) -> None:
    error = refused(write_xlsx(tmp_path / "a", sheet_xml([["x"]]), *[sheet_xml([HEADER, *ROWS])] * 2))
    assert error.reason == "sheets"
    assert "sheets 2 and 3" in str(error)
    assert "Sheet2" not in str(error)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_read_but_said(tmp_path: Path, state: str) -> None:
    sheets = sheet_xml([HEADER, *ROWS]), sheet_xml([HEADER, ROWS[0]])
    export, records = read(write_xlsx(tmp_path / "a", *sheets, states=["visible", state]))
    assert (len(records), warned(export)) == (2, ["sheets"])


def test_a_hidden_sheet_is_read_when_no_visible_one_fits(tmp_path: Path) -> None:
    sheets = sheet_xml([["Read me"], ["x"]]), sheet_xml([HEADER, *ROWS])
    export, records = read(write_xlsx(tmp_path / "a", *sheets, states=["visible", "hidden"]))
    assert (len(records), warned(export)) == (2, ["sheets"])


def test_when_no_header_fits_the_first_row_is_taken_for_the_caller_to_judge(tmp_path: Path) -> None:
    export, records = read(write_xlsx(tmp_path / "a", sheet_xml([[], ["A", "B"], ["1", "2"]])))
    assert (export.header, export.header_line, len(records)) == (["A", "B"], 2, 1)


def test_merged_cells_are_said_and_not_filled_in(tmp_path: Path) -> None:
    after = '<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>'
    export, records = read(write_xlsx(tmp_path / "a", sheet_xml([HEADER, ROWS[0], ["0013"]], after=after)))
    assert warned(export) == ["merged_cells"]
    assert records[1][2] == ["0013", "", ""]


def test_sheet_names_are_given_hidden_ones_too(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a", sheet_xml([HEADER, *ROWS]), sheet_xml([]), states=["visible", "hidden"])
    assert sheet_names(path, "a") == ["Sheet1", "Sheet2"]


def test_an_old_workbook_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    stream = xls_stream([HEADER, ["0012", "Åsa", 12], ["", "", ERROR], ["b", UNCALCULATED, 1.5]])
    path = write_container(tmp_path / "a.xlsx", stream)
    export, records = read(path)
    assert [cells for *_, cells in records] == [["0012", "Åsa", "12"], ["", "", ""], ["b", "", "1.5"]]
    assert errors(export) == {2: [2], 1: [3]}
    assert sheet_names(path, "a") == ["S0"]


def test_two_data_sheets_of_an_old_workbook_are_refused(tmp_path: Path) -> None:
    rows = [HEADER, ["1", "2", "3"]]
    assert refused(write_container(tmp_path / "a.xls", xls_stream(rows, rows))).reason == "sheets"


def test_an_old_workbook_in_the_1904_date_system_is_said(tmp_path: Path) -> None:
    stream = xls_stream([HEADER, ["1", "2", "3"]], is_1904=True)
    assert warned(read(write_container(tmp_path / "a.xls", stream))[0]) == ["date_system"]


def test_an_old_workbook_under_a_password_is_refused(tmp_path: Path) -> None:
    stream = xls_stream([HEADER], extra=record(0x2F, bytes(6)))
    assert refused(write_container(tmp_path / "a.xls", stream)).reason == "encrypted"


def test_another_container_named_xls_is_refused(tmp_path: Path) -> None:
    path = write_container(tmp_path / "a.xls", b"letter", "WordDocument")
    assert refused(path).reason == "file_type"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_old_workbook_is_refused_or_read_but_never_a_crash(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_container(Path(folder, "a.xls"), xls_stream([HEADER, ["19121212-1212", "Ward", 1]]))
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, 2600))
        content[at] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content[: data.draw(st.sampled_from([len(content), 2600]))])
        assert "1212" not in message(path)


@pytest.mark.parametrize("batch", [1, 2, 3, 1000])
def test_chunks_of_any_size_hold_the_same_records(
    tmp_path: Path, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [[f"{n}", n / 2, "" if n % 3 else ERROR, *(["more"] if n % 5 == 4 else [])] for n in range(20)]
    path = write_xlsx(tmp_path / "a", sheet_xml([HEADER, *rows]))
    whole, records = read(path)
    monkeypatch.setattr(workbook, "INNER_BATCH", batch)
    monkeypatch.setattr(workbook, "BATCH", 2 * batch)
    again, same = read(path)
    assert same == records
    assert rejected(again) == rejected(whole)
    assert again.ragged.keys() == whole.ragged.keys() == {5, 10, 15, 20}


CELL = st.one_of(
    st.just(""),
    st.just(" "),
    st.integers(-(10**9), 10**9),
    st.floats(-1e12, 1e12).filter(lambda n: n == 0 or abs(n) > 1e-200),
    st.text(st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters="_"), max_size=8),
    st.booleans(),
    st.just(ERROR),
)


@example(rows=[["", "", "", ERROR]], gap=1)
@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(CELL, max_size=5), max_size=12), gap=st.sampled_from([1, 2, 1500]))
def test_every_row_with_content_is_read_once_and_none_is_lost(rows: list[list[object]], gap: int) -> None:
    beside = len(HEADER)  # where an error does not count, as a test of its own says
    rows = [row[:beside] + ["" if cell == ERROR else cell for cell in row[beside:]] for row in rows]
    numbers = [1, *(gap * n + 1 for n in range(1, len(rows) + 1))]
    content = {n for n, row in zip(numbers[1:], rows, strict=True) if any(str(c).strip() for c in row)}
    with tempfile.TemporaryDirectory() as folder:
        path = write_xlsx(Path(folder, "a"), sheet_xml([HEADER, *rows], numbers=numbers))
        if not content:
            assert refused(path).reason == "empty"
            return
        export, records = read(path)
    rejects = export.findings.rejects
    ragged = rejects.loc[rejects["reason"] == "ragged", "line"].tolist()
    assert sorted([line for _, line, _ in records] + ragged) == sorted(content)
    assert export.read == len(content)
    by_line = {line: cells for _, line, cells in records}
    for number, row in zip(numbers[1:], rows, strict=True):
        for value, text in zip(row, by_line.get(number, []), strict=False):
            if isinstance(value, str):
                assert text == value
            elif isinstance(value, int | float) and not isinstance(value, bool):
                assert float(text) == value


def test_messages_and_findings_never_hold_a_value(tmp_path: Path) -> None:
    secret = "19121212-1212"
    sheet = sheet_xml([HEADER, [secret, ERROR], [secret, "1", "2", secret]])
    export, _ = read(write_xlsx(tmp_path / "a", sheet))
    assert secret not in export.findings.rejects.to_string() + export.findings.warnings.to_string()
    assert secret not in str(refused(write_xlsx(tmp_path / "b", sheet_xml([[secret, secret], ["1"]]))))


@needs_shared
@pytest.mark.parametrize(
    ("file", "warnings"),
    [
        ("good.xlsx", []),
        ("xlsx_merged_cells.xlsx", ["merged_cells"]),
        ("xlsx_hidden_sheet.xlsx", ["sheets"]),
        ("xlsx_data_on_second_sheet.xlsx", ["sheets"]),
        ("xlsx_dates_mixed.xlsx", []),
        ("xlsx_1904.xlsx", ["date_system"]),
        ("xlsx_million_empty_rows.xlsx", ["blank_rows"]),
    ],
)
def test_known_workbooks_give_their_twelve_rows(file: str, warnings: list[str]) -> None:
    path = BAD_INPUT / "files" / file
    export = open_workbook(path, file, lambda cells: float("Ärendenummer" in cells))
    records = [row for chunk in export.chunks for row in chunk.table.to_pylist()]
    assert (export.read, len(records), warned(export)) == (12, 12, warnings)
    dates = [row["1"] for row in records]
    assert dates[-1] == "2025-05-15"
    assert dates[1] == "2025-02-14"
