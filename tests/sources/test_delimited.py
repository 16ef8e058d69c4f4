"""Delimited text becomes text cells: every record is read or kept out, with its row and physical line."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputRefused
from analysis.sources import delimited, encoding
from analysis.sources.cells import Export
from analysis.sources.delimited import open_delimited
from analysis.sources.encoding import open_text
from shared import BAD_INPUT, needs_shared

SECRET = "19121212-1212"
HEADER = ["är id", "n", "text", "ort", "dag"]
FOLDER = tempfile.TemporaryDirectory()
Record = tuple[int, int, list[str]]
Place = list[Any]


def fit(cells: Iterable[str]) -> float:
    cells = list(cells)
    return sum(cell in HEADER for cell in cells) / len(cells)


def opened(content: str | bytes, declared: str = ";") -> Export:
    path = Path(FOLDER.name) / "copy"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_delimited(open_text(path, "export.csv"), declared, fit)


def records_of(export: Export) -> list[Record]:
    records: list[Record] = []
    for chunk in export.chunks:
        columns = [column.to_pylist() for column in chunk.table.columns]
        assert all(column.null_count == 0 for column in chunk.table.columns)
        cells = list(map(list, zip(*columns, strict=True)))
        records += zip(chunk.row.tolist(), chunk.line.tolist(), cells, strict=True)
    return records


def read(content: str | bytes, declared: str = ";") -> tuple[Export, list[Record]]:
    export = opened(content, declared)
    return export, records_of(export)


def cells_of(content: str | bytes, declared: str = ";") -> list[list[str]]:
    return [cells for _, _, cells in read(content, declared)[1]]


def refused(content: str | bytes) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        read(content)
    error = caught.value
    assert error.exit_code == 65
    assert error.where is not None
    assert error.where.file == "export.csv"
    assert error.remedy
    assert SECRET not in str(error)
    return error


def warned(export: Export) -> list[str]:
    return sorted(set(export.findings.warnings.reason))


def rejected(export: Export) -> list[Place]:
    return export.findings.rejects[["row", "line", "reason"]].to_numpy().tolist()


@contextmanager
def limits(*, block: int = 16 << 20, inner: int = 4 << 20, batch: int = 50_000) -> Iterator[None]:
    """Small blocks, so that their borders fall everywhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "BLOCK", block)
        patch.setattr(delimited, "INNER_BLOCK", inner)
        patch.setattr(delimited, "BATCH", batch)
        yield


@contextmanager
def without_arrow() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_last_record_end", lambda *_: None)
        patch.setattr(delimited._Records, "_parsed", lambda *_, **__: None)
        yield


SMALL = st.fixed_dictionaries(
    {"block": st.integers(1, 60), "inner": st.integers(1, 60), "batch": st.integers(1, 5)}
)


def test_cells_stay_text() -> None:
    export, records = read("är id;n;text\n007;1,0;NA\nnull;;inf\n")
    assert export.header == ["är id", "n", "text"]
    assert [cells for _, _, cells in records] == [["007", "1,0", "NA"], ["null", "", "inf"]]


def test_columns_with_few_values_become_dictionaries_and_their_cells_stay_text() -> None:
    content = "är id;n\n" + "".join(f"{i};{['NA', '', 'x'][i % 3]}\n" for i in range(300))
    with limits(block=400, batch=40):
        export = opened(content)
        chunks = list(export.chunks)
    assert pa.types.is_dictionary(chunks[-1].table["1"].type)
    assert pa.types.is_string(chunks[-1].table["0"].type)
    assert [v for c in chunks for v in c.table["1"].to_pylist()] == ["NA", "", "x"] * 100


def test_rows_are_counted_without_the_header_and_lines_with_it() -> None:
    export, records = read("är id;n\n1;2\n\n3;4\n")
    assert export.read == 2
    assert records == [(1, 2, ["1", "2"]), (2, 4, ["3", "4"])]


def test_a_quoted_line_break_does_not_shift_the_lines_below() -> None:
    _, records = read('är id;n\n1;"two\nlines; and ""quotes"""\n3;4\n')
    assert records == [(1, 2, ["1", 'two\nlines; and "quotes"']), (2, 4, ["3", "4"])]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_any_line_end_will_do_and_the_last_may_be_missing(ends: str, last: bool) -> None:
    export, records = read(ends.join(["är id;n", "1;2", "3;4"]) + ends * last)
    assert records == [(1, 2, ["1", "2"]), (2, 3, ["3", "4"])]
    assert warned(export) == (["line_ends"] if ends == "\r" else [])


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_another_delimiter_than_the_declared_one_is_said(delimiter: str) -> None:
    export, records = read(f"är id{delimiter}n\n1{delimiter}2\n")
    assert records == [(1, 2, ["1", "2"])]
    assert warned(export) == ([] if delimiter == ";" else ["delimiter"])


def test_lines_before_the_header_are_skipped_and_said() -> None:
    export, records = read("Rapport\nUttag;2025\n\när id;n\n1;2\n")
    assert (export.header_line, warned(export)) == (4, ["preamble"])
    assert records == [(1, 5, ["1", "2"])]


def test_the_line_that_a_spreadsheet_puts_before_the_header_is_skipped() -> None:
    export, records = read("sep=;\när id;n\n1;2\n")
    assert (records, warned(export)) == ([(1, 3, ["1", "2"])], [])


@pytest.mark.parametrize("cell", ["x", '"x"', '"x\ry"'])
def test_mixed_line_ends_before_the_header_do_not_hide_a_row(cell: str) -> None:
    _, records = read(f"Rapport\rUttag\när id;n\n1;{cell}\n2;y\n")
    assert records[0][:2] == (1, 4)
    assert [cells[0] for _, _, cells in records] == ["1", "2"]


def test_old_line_ends_may_stand_beside_quoted_line_feeds() -> None:
    _, records = read('är id;n\r1;"a\nb"\r3;4\r')
    assert records == [(1, 2, ["1", "a\nb"]), (2, 4, ["3", "4"])]


def test_a_quoted_header_may_break_over_lines() -> None:
    export, records = read('är id;"n\nny";text;ort\n1;2;3;4\n')
    assert export.header == ["är id", "n ny", "text", "ort"]
    assert records == [(1, 3, ["1", "2", "3", "4"])]


def test_stray_blanks_in_the_header_are_taken_away() -> None:
    assert opened(" är id ;Återinskriven  30\u00a0d\n1;2\n").header == ["är id", "Återinskriven 30 d"]


def test_a_delimiter_behind_every_row_makes_a_column_without_a_name() -> None:
    for gap in ("", "\n"):
        export, records = read(f"är id;n\n{gap}1;2;\n3;4;\n")
        assert export.header == ["är id", "n", ""]
        assert [cells for _, _, cells in records] == [["1", "2", ""], ["3", "4", ""]]


def test_two_columns_with_one_header_are_refused_by_position() -> None:
    error = refused(f"a;{SECRET};b;{SECRET}\n1;2;3;4\n")
    assert (error.what, error.where.line) == ("columns 2 and 4 have the same header", 1)


@pytest.mark.parametrize(("columns", "reads"), [(1000, True), (1001, False), (100_000, False)])
def test_a_thousand_columns_is_the_most(columns: int, reads: bool) -> None:
    content = ";".join(map(str, range(columns))) + "\n" + ";" * (columns - 1) + '"x\ny"\n'
    if reads:
        assert read(content)[0].read == 1
    else:
        assert refused(content).reason == "too_many_columns"


# Records that do not fit


@pytest.mark.parametrize("row", ["1", "1;2;3", "1;2;", f"{SECRET}", '"a;b"', '"a\nb"'])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_with_too_few_or_too_many_fields_is_kept_out_with_its_cells(row: str, quote: str) -> None:
    export, records = read(f"är id;n\n{quote}1{quote};2\n{row}\n3;4\n")
    assert rejected(export) == [[2, 3, "ragged"]]
    assert [cells for _, _, cells in records] == [["1", "2"], ["3", "4"]]
    assert export.ragged == {2: next(csv.reader(io.StringIO(row), delimiter=";"))}
    assert export.read == 3


@pytest.mark.parametrize("first", ["1", '"1"', 'a"1'])
@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("Antal rader: 2", "footer"),
        ("Summa;3;4", "footer"),
        ("*** Slut ***", "footer"),
        ("Totalt: 2 st", "footer"),
        ("2 st", "ragged"),
        ("Antalet är okänt", "ragged"),
    ],
)
def test_what_a_system_says_at_the_end_is_a_footer(first: str, end: str, reason: str) -> None:
    for last in ("", "\n") if reason == "footer" else ("\n",):
        export, records = read(f"är id;n\n{first};2\n{end}{last}")
        assert rejected(export) == [[2, 3, reason]]
        assert (len(records), export.read) == (1, 2)


@pytest.mark.parametrize("blank", ["", " ", ";", " ;  ", "\u00a0", '"";""', "\t"])
@pytest.mark.parametrize("first", ["1", 'a"1'], ids=["Arrow", "csv"])
def test_blank_lines_between_rows_are_no_rows_and_are_said(blank: str, first: str) -> None:
    export, records = read(f"är id;n\n{first};2\n{blank}\n3;4\n")
    assert [(row, line) for row, line, _ in records] == [(1, 2), (2, 4)]
    assert (export.read, warned(export), rejected(export)) == (2, ["blank_rows"], [])
    assert export.findings.warnings.line.tolist() == [3]


@pytest.mark.parametrize("first", ["1", 'a"1'], ids=["Arrow", "csv"])
@pytest.mark.parametrize("ending", ["\n\n", "\n;\n", "\n   ", "\n\x1a", "\n\n\n\x1a"])
def test_blank_lines_at_the_end_are_not_worth_a_word(first: str, ending: str) -> None:
    export, records = read(f"är id;n\n{first};2{ending}")
    assert (len(records), export.read, warned(export)) == (1, 1, [])


def test_blank_lines_are_said_of_the_whole_file_even_when_blocks_end_there() -> None:
    with limits(block=1):
        export, _ = read("är id;n\n1;2\n\n\n3;4\n\n")
    assert export.findings.warnings[["row", "line", "reason"]].to_numpy().tolist() == [
        [0, 4 - 1, "blank_rows"]
    ]


@pytest.mark.parametrize(("ragged", "reads"), [(5, True), (6, False)])
def test_a_long_file_of_which_most_rows_do_not_fit_is_given_up_early(
    monkeypatch: pytest.MonkeyPatch, ragged: int, reads: bool
) -> None:
    monkeypatch.setattr(delimited, "ENOUGH_TO_JUDGE", 9)
    content = "är id;n\n" + f"{SECRET}\n" * ragged + "1;2\n" * (10 - ragged)
    if reads:
        assert len(read(content)[0].ragged) == ragged
    else:
        assert refused(content).reason == "too_many_bad_rows"


def test_a_short_file_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "ENOUGH_TO_JUDGE", 10)
    assert read("är id;n\n" + "1\n" * 10)[0].read == 10


# Files that are not whole


@pytest.mark.parametrize("last", [f"{SECRET}", f'"{SECRET}"', ";", "1;2", f'1;"{SECRET}"', '"a\nb"'])
@pytest.mark.parametrize("first", ["1", '"1"', 'a"1'], ids=["no quotes", "quotes", "odd quotes"])
def test_a_short_last_row_without_a_line_end_shows_that_the_file_is_cut_off(last: str, first: str) -> None:
    error = refused(f"är id;n;text\n{first};2;3\n{last}")
    assert (error.reason, error.where.line) == ("truncated", 3)
    if last != ";":
        assert rejected(read(f"är id;n;text\n{first};2;3\n{last}\n")[0]) == [[2, 3, "ragged"]]


@pytest.mark.parametrize("last", ["4;5;6", "4;5;", "4;5;6;7", "Antal rader: 1", '4;"x\ny";6', '4;"x;y";6'])
@pytest.mark.parametrize("first", ["1", '"1"', 'a"1'], ids=["no quotes", "quotes", "odd quotes"])
def test_a_last_row_with_all_its_fields_or_a_footer_may_lack_the_line_end(last: str, first: str) -> None:
    assert read(f"är id;n;text\n{first};2;3\n{last}")[0].read == 2


@pytest.mark.parametrize("batch", [1, 2, 3, 4])
def test_a_cut_off_row_is_seen_wherever_a_batch_ends(batch: int) -> None:
    with limits(batch=batch):
        assert refused(f'är id;n\na"1;2\n3;4\n{SECRET}').reason == "truncated"


@pytest.mark.parametrize("content", ["är id;n", "är id;n\n", "\när id;n\n\n", "är id;n\n;\n ; \n"])
def test_a_header_without_rows_is_refused_at_its_line(content: str) -> None:
    error = refused(content)
    assert (error.reason, "no rows" in error.what) == ("empty", True)
    assert error.where.line == (2 if content.startswith("\n") else 1)


# Quotes


@pytest.mark.parametrize("before", ["", "1;2\n", "1;2\n3;4\n"])
@pytest.mark.parametrize("after", ["", "\n", "\n3;4\n", "\n3;4\n5;6"])
def test_a_quote_that_is_never_closed_refuses_the_file_at_its_line(before: str, after: str) -> None:
    error = refused(f'är id;n\n{before}"{SECRET};2{after}')
    assert (error.reason, error.where.line) == ("quotes", 2 + before.count("\n"))


def test_a_quote_that_is_closed_in_an_odd_place_refuses_the_file_at_its_line() -> None:
    error = refused(f'är id;n\n1;2\n"{SECRET}"x;2\n3;4\n')
    assert (error.reason, error.where.line) == ("quotes", 3)


@pytest.mark.parametrize("odd", ["", 'x;y"z;1;2;3\n'], ids=["Arrow", "csv"])
def test_a_quote_that_swallows_whole_rows_refuses_the_file_at_its_line(odd: str) -> None:
    header, row = "är id;n;text;ort;dag\n", "AV-1;2;3;4;5\n"
    swallowed = f'AV-2;2;"{SECRET};4;5\n' + row + 'AV-3;2;3";4;5\n'
    error = refused(header + row + odd + swallowed + row)
    assert (error.reason, error.where.line) == ("quotes", 3 + bool(odd))


@pytest.mark.parametrize("odd", ["", 'x;y"z;1;2;3\n'], ids=["Arrow", "csv"])
@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("rows_inside", [0, 2])
def test_a_quote_swallows_rows_in_any_column_and_whatever_the_ids_are(
    rows_inside: int, at: int, odd: str
) -> None:
    def row(first: int, text: str) -> str:
        cells = [f"{first}", "Göteborg", "MC/77", "", "ord"]
        cells[at] = text
        return ";".join(cells) + "\n"

    inside = "".join(row(n, "klart") for n in range(rows_inside))
    swallowed = row(7, '"Kallelse') + inside + row(8, 'kom"')
    error = refused(";".join(HEADER) + "\n" + odd + row(1, "x") + swallowed + row(9, "y"))
    assert (error.reason, error.where.line) == ("quotes", 3 + bool(odd))


def test_a_quote_that_closes_in_another_column_swallows_rows_too() -> None:
    for odd in ("", 'x;y"z;1\n'):
        assert refused(f'är id;n;text\n{odd}1;"a;b\n2;3;"\n4;5;6\n').reason == "quotes"


def test_rows_are_swallowed_beside_a_cell_with_line_breaks_of_its_own() -> None:
    content = 'är id;n;text\n1;"a\nb";"c\n2;3;d"\n'
    assert refused(content).reason == "quotes"


@pytest.mark.parametrize(
    "inside",
    [
        "Bra.\nMen: bättre rutiner; mer tid; fler möten; mer stöd; lön",
        "Bra.\nMen;\nbättre; mer tid; fler möten; mer stöd",
        "| a | b |\n| c | d |",
        "a;b;c;d\ne",
        "a\nb;c;d;e;f;g",
        "AV-1\nAV-22 x",
    ],
)
@pytest.mark.parametrize("odd", ["", 'x;y"z;1;2;3\n'], ids=["Arrow", "csv"])
def test_a_comment_of_several_lines_may_have_delimiters(inside: str, odd: str) -> None:
    content = ";".join(HEADER) + f'\n{odd}AV-1;2;3;4;"{inside}"\n'
    assert cells_of(content)[-1] == ["AV-1", "2", "3", "4", inside]


def test_a_sentence_with_as_many_commas_as_the_header_is_prose() -> None:
    inside = "Rad ett\nVi saknar rutin, ansvar, tid, stöd, möten"
    content = ",".join(HEADER) + f'\n1,2,3,4,"{inside}"\n'
    assert cells_of(content, ",") == [["1", "2", "3", "4", inside]]


def test_backslashes_are_letters_like_others() -> None:
    export, records = read("är id;n\n1;a\\;b\n2;\\n\n")
    assert rejected(export) == [[1, 2, "ragged"]]
    assert records == [(2, 3, ["2", "\\n"])]


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("first", ["1", 'a"1'], ids=["Arrow", "csv"])
def test_signs_that_only_resemble_line_ends_end_no_line(sign: str, first: str) -> None:
    export, records = read(f"är id;n\n{first};a{sign}b\n3;4\n")
    assert [(line, cells[1]) for _, line, cells in records] == [(2, f"a{sign}b"), (3, "4")]
    assert export.read == 2


def test_a_quoted_cell_beyond_the_limit_refuses_the_file_at_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "OPEN_QUOTE", 1000)
    with limits(block=100):
        assert len(cells_of('är id;n\n1;"' + "a\n" * 400 + '"\n')) == 1
        error = refused("är id;n\n" + "1;2\n" * 40 + '1;"' + f"{SECRET}\n" * 100 + '"\n')
    assert (error.reason, error.where.line) == ("quotes", 42)


def test_a_cell_beyond_the_limit_in_a_ragged_row_is_kept_out() -> None:
    export, _ = read("är id;n\n1;2\n" + "a" * (delimited.OPEN_QUOTE + 1) + "\n")
    assert rejected(export) == [[2, 3, "ragged"]]


def test_composed_letters_are_put_together_and_said() -> None:
    export, records = read(unicodedata.normalize("NFD", "är id;n\n1;Göteborg\n"))
    assert (records[0][2], warned(export)) == (["1", "Göteborg"], ["unicode_normalised"])


def test_a_file_pasted_behind_another_keeps_its_header_as_a_record_without_a_mark() -> None:
    part = "är id;n\n1;2\n".encode("utf-8-sig")
    assert cells_of(part + part) == [["1", "2"], ["är id", "n"], ["1", "2"]]


def test_line_ends_within_cells_survive_wherever_blocks_end() -> None:
    cells = [[str(n), "x\r\ny"] for n in range(9)]
    content = "är id;n\n" + "".join(f'{first};"{second}"\r\n' for first, second in cells)
    for size in range(1, 40):
        for small in ({"inner": size}, {"block": size}):
            with limits(**small):
                assert cells_of(content) == cells


# Properties


@dataclass(frozen=True)
class Layout:
    """How a table is written."""

    delimiter: str
    end: str
    encoding: str
    has_last_end: bool
    is_quoted: bool


LAYOUTS = st.builds(
    Layout,
    delimiter=st.sampled_from([";", ",", "\t"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    has_last_end=st.booleans(),
    is_quoted=st.booleans(),
)
CELLS = st.one_of(
    st.sampled_from(["", "", "NA", "null", "007", "1,5", "Göteborg", "ÅÄÖ – §", '""', " "]),
    st.text("ab1åÖ;,\t\"' \u00a0é-\n", max_size=8),
    st.sampled_from(["a\r\nb", "\r\n", "a\rb", "\n\r"]),
)
TABLES = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=12)
)


def written_cell(cell: str, layout: Layout) -> str:
    plain = not (layout.is_quoted or set(cell) & {layout.delimiter, '"', "\n", "\r"})
    return cell if plain else '"' + cell.replace('"', '""') + '"'


def written(records: list[list[str]], layout: Layout) -> tuple[str, list[int]]:
    """The text, and the physical line of each record."""
    text, lines = "", []
    for record in records:
        lines.append(len(re.findall(r"\r\n|\r|\n", text)) + 1)
        text += layout.delimiter.join(written_cell(cell, layout) for cell in record) + layout.end
    return (text if layout.has_last_end else text[: -len(layout.end)]), lines


def without_rows_inside(cell: str, delimiter: str) -> str:
    """A cell that does not look as if it had swallowed rows."""
    return cell.replace(delimiter, "") if "\n" in cell else cell


def with_known_ends(cell: str, end: str) -> str:
    """A cell without the sign that alone ends the lines of an old file."""
    return cell.replace("\r", "") if end == "\r" else cell


def is_blank(cells: list[str]) -> bool:
    return not any(cell.strip() for cell in cells)


@given(table=TABLES, layout=LAYOUTS, small=SMALL, arrow=st.booleans())
def test_what_was_written_is_read_back_with_its_physical_lines(
    table: list[list[str]], layout: Layout, small: dict[str, int], arrow: bool
) -> None:
    table = [[with_known_ends(cell, layout.end) for cell in record] for record in table]
    table = [[without_rows_inside(cell, layout.delimiter) for cell in record] for record in table]
    text, lines = written([HEADER[: len(table[0])], *table], layout)
    kept = [(line, cells) for line, cells in zip(lines[1:], table, strict=True) if not is_blank(cells)]
    content = text.encode(layout.encoding)
    if not kept:
        refused(content)
        return
    with limits(**small):
        if arrow:
            export, records = read(content, layout.delimiter)
        else:
            with without_arrow():
                export, records = read(content, layout.delimiter)
    assert records == [(row, line, cells) for row, (line, cells) in enumerate(kept, 1)]
    assert (export.read, export.ragged, rejected(export)) == (len(kept), {}, [])


LINES = st.lists(
    st.one_of(
        st.lists(st.sampled_from(["", "1", "x y", "AV-1", '"q"', '"a;b"', '"a\nb"', "ö"]), max_size=5).map(
            ";".join
        ),
        st.sampled_from(["", "", " ", ";;", "Antal rader: 3", "Summa;1"]),
    ),
    min_size=1,
    max_size=15,
)


@given(lines=LINES, small=SMALL, end=st.sampled_from(["\n", "\r\n"]))
def test_no_record_is_lost_when_fields_are_missing_or_too_many(
    lines: list[str], small: dict[str, int], end: str
) -> None:
    text = end.join(["är id;n;text", *lines, ""])
    truth = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:]
    filled = [cells for cells in truth if not is_blank(cells)]
    extra = next((line for line in lines if line.strip()), "").endswith(";")
    if not filled:
        refused(text)
        return
    with limits(**small):
        export, records = read(text)
    width = len(export.header)
    assert width == 3 or extra
    assert export.read == len(filled) == len(records) + len(export.ragged)
    assert {row: cells for row, _, cells in records} == {
        row: cells for row, cells in enumerate(filled, 1) if len(cells) == width
    }
    assert export.ragged == {row: cells for row, cells in enumerate(filled, 1) if len(cells) != width}
    assert [row for row, _, _ in rejected(export)] == sorted(export.ragged)


def outcome(content: bytes) -> Any:
    """All that is known of a file: what was read and kept out, or why it was refused."""
    try:
        export, records = read(content)
    except InputRefused as error:
        return error.reason, error.where.line
    assert export.read == len(records) + len(export.ragged)
    return records, export.ragged, rejected(export), warned(export)


DAMAGE = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from(['"', ";", "\n", "\r", "", '""', "a", " ", "\x1a"])),
    max_size=4,
)


@given(table=TABLES, damage=DAMAGE, small=SMALL, layout=LAYOUTS)
def test_a_damaged_file_means_the_same_whoever_reads_it_and_in_blocks_of_any_size(
    table: list[list[str]], damage: list[tuple[int, str]], small: dict[str, int], layout: Layout
) -> None:
    header = ";".join(HEADER[: len(table[0])]) + layout.end
    text, _ = written(table, Layout(";", layout.end, "utf-8", layout.has_last_end, layout.is_quoted))
    for place, sign in damage:
        at = place % (len(text) + 1)
        text = text[:at] + sign + text[at + (not sign) :]
    content = (header + text).encode()
    whole = outcome(content)
    with limits(**small):
        assert outcome(content) == whole
        with without_arrow():
            assert outcome(content) == whole


@given(st.text(max_size=60), SMALL)
def test_any_text_is_read_or_refused(text: str, small: dict[str, int]) -> None:
    with limits(**small):
        outcome(text.encode("utf-8", "ignore"))


REFUSED = {
    "fmt_open_quote.csv": ("quotes", 4),
    "fmt_quote_swallows_rows.csv": ("quotes", 4),
    "fmt_truncated.csv": ("truncated", 13),
    "size_100k_columns.csv": ("too_many_columns", 1),
    "fmt_pipe.csv": ("delimiter", 1),
}


@needs_shared
@pytest.mark.parametrize("name", REFUSED)
def test_the_known_damaged_files_are_refused_at_their_line(name: str) -> None:
    error = refused((BAD_INPUT / "files" / name).read_bytes())
    assert (error.reason, error.where.line) == REFUSED[name]


@needs_shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fmt_short_row.csv", [[4, 5, "ragged"]]),
        ("fmt_backslash_quotes.csv", [[2, 3, "ragged"]]),
        ("fmt_footer.csv", [[13, 15, "footer"]]),
        ("good_quoted_newlines.csv", []),
    ],
)
def test_the_known_files_with_bad_rows_lose_only_those(name: str, expected: list[Place]) -> None:
    assert rejected(read((BAD_INPUT / "files" / name).read_bytes())[0]) == expected
