"""Bytes to rows: everything stays text, every row keeps its number and its physical line."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import AnalysisError, InputMissing, InputRefused
from analysis.sources.reader import Raw, Reject, decode, read_delimited

SECRET = "19121212-1212"


def read(folder: Path, content: str | bytes, delimiter: str = ";") -> Raw:
    path = folder / "export.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_delimited(path, delimiter)


def refusal(folder: Path, content: str | bytes) -> AnalysisError:
    with pytest.raises(InputRefused) as caught:
        read(folder, content)
    error = caught.value
    assert error.exit_code == 65
    assert error.where.file == "export.csv"
    assert error.remedy
    assert SECRET not in str(error)
    return error


def cells(raw: Raw) -> list[list[str]]:
    return raw.frame.to_numpy().tolist()


def test_cells_stay_text(tmp_path: Path) -> None:
    raw = read(tmp_path, "id;n;unit\n007;1,0;NA\nnull;;inf\n")
    assert raw.header == ["id", "n", "unit"]
    assert cells(raw) == [["007", "1,0", "NA"], ["null", "", "inf"]]


def test_rows_are_counted_without_the_header_and_lines_with_it(tmp_path: Path) -> None:
    raw = read(tmp_path, "a;b\n1;2\n\n3;4\n")
    assert raw.read == 2
    assert raw.rows.to_dict() == {2: 1, 4: 2}


def test_a_quoted_line_break_does_not_shift_the_lines_below(tmp_path: Path) -> None:
    raw = read(tmp_path, 'a;b\n1;"two\nlines; and ""quotes"""\n3;4\n')
    assert cells(raw) == [["1", 'two\nlines; and "quotes"'], ["3", "4"]]
    assert raw.rows.to_dict() == {2: 1, 4: 2}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_any_line_end_will_do_and_the_last_may_be_missing(tmp_path: Path, ends: str, last: bool) -> None:
    assert cells(read(tmp_path, ends.join(["a;b", "1;2"]) + ends * last)) == [["1", "2"]]


def test_the_line_that_a_spreadsheet_puts_before_the_header_is_skipped(tmp_path: Path) -> None:
    raw = read(tmp_path, "sep=;\na;b\n1;2\n")
    assert raw.header == ["a", "b"]
    assert raw.rows.to_dict() == {3: 1}


def test_stray_spaces_in_the_header_are_taken_away(tmp_path: Path) -> None:
    assert read(tmp_path, " Patient-id ;Återinskriven  30\u00a0d\n1;2\n").header == [
        "Patient-id",
        "Återinskriven 30 d",
    ]


@pytest.mark.parametrize("row", ["1", "1;2;3", "1;2;"])
def test_a_row_with_too_few_or_too_many_fields_is_kept_out(tmp_path: Path, row: str) -> None:
    raw = read(tmp_path, f"a;b\n1;2\n{row}\n3;4\n")
    assert raw.rejects == [Reject(2, 3, "", "ragged")]
    assert cells(raw) == [["1", "2"], ["3", "4"]]
    assert raw.read == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_usual_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    assert cells(read(tmp_path, "Kommun;Enhet\nÖckerö;Avd – 3\n".encode(encoding))) == [["Öckerö", "Avd – 3"]]


@pytest.mark.parametrize(
    "data",
    [
        "Kommun;Id\nÖckerö;19121212-1212\n".encode("cp850"),
        b"Kommun;Id\nM\xc3\xb6lndal;1\nM\xf6lndal;19121212-1212\n",
        b"\xff\xfea;b\n19121212-1212;1\n2",
        b"\x80\x04\x95\x8f\x00\x81\x8d",
    ],
    ids=["another code page", "two files pasted together", "half a UTF-16 character", "no text at all"],
)
def test_bytes_that_are_no_known_text_refuse_the_file(tmp_path: Path, data: bytes) -> None:
    assert "UTF-8" in refusal(tmp_path, data).what


def test_plain_text_needs_no_guess() -> None:
    assert decode(b"a;b", "export.csv") == "a;b"


def test_a_missing_file_is_another_error_than_a_bad_one(tmp_path: Path) -> None:
    with pytest.raises(InputMissing) as caught:
        read_delimited(tmp_path / "export.csv", ";")
    assert caught.value.exit_code == 66
    assert caught.value.where.file.endswith("export.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputMissing):
        read_delimited(tmp_path, ";")


@pytest.mark.parametrize("content", ["", " \r\n\t\n", "\ufeff", "sep=;\n", ";;\n;;\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    assert "empty" in refusal(tmp_path, content).what


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, "\na;b\n\n")
    assert "no rows" in error.what
    assert error.where.line == 2


def test_two_columns_with_one_header_are_named_by_position_since_a_header_may_be_missing(
    tmp_path: Path,
) -> None:
    error = refusal(tmp_path, f"a;{SECRET};b;{SECRET}\n1;2;3;4\n")
    assert error.what == "columns 2 and 4 have the same header"
    assert error.where.line == 1


@pytest.mark.parametrize(
    "row", [f'"{SECRET};2', f'"{SECRET}"x;2'], ids=["never closed", "letters after the quote"]
)
def test_quotes_that_do_not_fit_refuse_the_file_at_their_line(tmp_path: Path, row: str) -> None:
    assert refusal(tmp_path, f"a;b\n1;2\n{row}\n3;4\n").where.line == 3


def test_a_cell_of_more_than_128_kib_refuses_the_file(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a;b\n" + SECRET * 12_000 + ";2\n").where.line == 2


@pytest.mark.parametrize(("columns", "read_"), [(1000, True), (1001, False), (100_000, False)])
def test_a_thousand_columns_is_the_most(tmp_path: Path, columns: int, read_: bool) -> None:
    content = ";".join(map(str, range(columns))) + "\n" + ";" * (columns - 1) + "x\n"
    if read_:
        assert read(tmp_path, content).read == 1
    else:
        assert f"{columns} columns" in refusal(tmp_path, content).what
