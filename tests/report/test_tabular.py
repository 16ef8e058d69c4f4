"""Tables as files: no text becomes a formula, numbers stay numbers, the same tables give the same bytes."""

from __future__ import annotations

import csv
import time
import zipfile
from io import BytesIO, StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from analysis.errors import DisclosureStop
from analysis.release.sealed import ReleasedTable, Shown
from analysis.report.tabular import csv_bytes, plain, sheet_name, xlsx_bytes

RISKY = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
UNSEEN = [" ", "\u00a0", "\u200b", "\u2060", "\ufeff", "\u2003", "\u202e", "\x0b"]
TABLE = ReleasedTable(
    "series",
    "Avvikelser per månad",
    ("Månad", "Antal", "Andel"),
    (
        ("mars 2026", Shown("1\u00a0205", 1205), Shown("43\u00a0%", 0.43)),
        ("april 2026", Shown("≤7", None), Shown("–", None)),
        ("=1+1", Shown("−12,5", -12.5), Shown("0", 0)),
    ),
).as_dict()
ABOUT = {"Källa": "påhittade uppgifter"}
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
SEEN = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12)


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def one_cell(cell) -> dict:
    return {"name": "t", "caption": "c", "headings": ["h"], "rows": [[cell]]}


def workbook(*tables, title="Om filen", about=ABOUT) -> bytes:
    return xlsx_bytes(tables, title=title, about=about)


def sheets(data: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(BytesIO(data)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


@pytest.mark.parametrize("sign", RISKY)
def test_text_that_begins_like_a_formula_gets_an_apostrophe(sign) -> None:
    assert plain(f"{sign}1+1") == f"'{sign}1+1"
    assert plain(f"'{sign}1+1") == f"''{sign}1+1"


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("sign", ["=", "＠", "'="])
def test_what_cannot_be_seen_before_the_sign_does_not_matter(unseen, sign) -> None:
    assert plain(f"{unseen}{unseen}{sign}1") == f"'{unseen}{unseen}{sign}1"


@pytest.mark.parametrize("text", ["", " ", "≤7", "−3", "–", "5-3", "a=b", "'a", "å", " text", "<5 %", "1+1"])
def test_other_text_stays_as_it_is(text) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("text", ["+7,5\u00a0%", "+7.5%", "+12"])
def test_a_number_with_its_plus_is_no_formula(text) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("text", ["+7,5+1", "+7,5\u00a0%+A1", "+A1", "+1 (2)", "+", "+\u0661"])
def test_more_than_a_number_after_a_plus_gets_an_apostrophe(text) -> None:
    assert plain(text) == f"'{text}"


def test_csv_is_as_swedish_spreadsheets_open_it() -> None:
    assert csv_bytes([TABLE]) == (
        b"\xef\xbb\xbf"
        + (
            "Avvikelser per månad\r\nMånad;Antal;Andel\r\nmars 2026;1205;0,43\r\n"
            "april 2026;≤7;–\r\n'=1+1;-12,5;0\r\n"
        ).encode()
    )


def test_tables_stand_below_each_other_with_an_empty_line_between() -> None:
    first, second = one_cell("a"), one_cell("b")
    assert rows(csv_bytes([first, second])) == [["c"], ["h"], ["a"], [], ["c"], ["h"], ["b"]]
    assert csv_bytes([]) == b"\xef\xbb\xbf"


def test_notes_stand_above_the_tables_and_are_no_formulas() -> None:
    assert rows(csv_bytes([one_cell("a")], ["N", "=M"])) == [["N"], ["'=M"], [], ["c"], ["h"], ["a"]]


@pytest.mark.parametrize(
    ("seen", "value", "text"),
    [
        ("0,3", 0.1 + 0.2, "0,3"),
        ("1\u00a0234\u00a0567", 1234567.0, "1234567"),
        ("1,234,567", 1234567.0, "1234567"),
        ("\u22120,05", -0.05, "-0,05"),
        ("+3", 3, "3"),
        ("1,234", 1.2341, "1,234"),
        ("1,234", 1234.0, "1234"),
        ("1,234.5", 1234.5, "1234,5"),
        ("1234", 1234, "1234"),
        ("2,10", 2.1043, "2,1"),
        ("61\u00a0%", 0.6123, "0,61"),
        ("\u22124.5%", -0.0449, "-0,045"),
        ("1\u00a0200\u00a0%", 12, "12"),
    ],
)
def test_numbers_are_those_that_are_seen_with_a_decimal_comma_and_no_separators(seen, value, text) -> None:
    assert rows(csv_bytes([one_cell([seen, value])]))[2] == [text]
    assert sheets(workbook(one_cell([seen, value])))["t"][1] == [float(text.replace(",", "."))]


@pytest.mark.parametrize(
    ("seen", "value"),
    [
        ("\u221220\u00a0%", 0.8),
        ("1,81\u00a0dagar", 1.81),
        ("12\u00a0% (3\u00a0% till 4\u00a0%)", 0.12),
        ("över 99\u00a0%", 1.0),
        ("43", 0.43),
        ("1.2.3", 1.2),
        ("12 34", 1234),
        ("7", 8),
    ],
)
def test_a_cell_that_says_more_than_its_number_or_another_one_is_what_is_seen(seen, value) -> None:
    assert rows(csv_bytes([one_cell([seen, value])]))[2] == [seen]
    assert sheets(workbook(one_cell([seen, value])))["t"][1] == [seen]


def test_captions_and_headings_are_no_formulas_either() -> None:
    table = {"name": "t", "caption": "=c", "headings": ["@h"], "rows": []}
    assert rows(csv_bytes([table])) == [["'=c"], ["'@h"]]
    found = sheets(workbook(table, title="+t", about={"-k": "=v"}))
    assert found == {"t": [["'@h"]], "+t": [["'+t", ""], ["'-k", "'=v"], ["t", "'=c"]]}


@given(TEXTS)
def test_every_text_comes_back_from_csv_after_at_most_an_apostrophe(text) -> None:
    assert rows(csv_bytes([one_cell(text)]))[2] == [plain(text)]
    assert plain(text) in (text, f"'{text}")


@settings(max_examples=40, deadline=None)
@given(st.lists(SEEN, min_size=1, max_size=5))
def test_every_text_comes_back_from_a_workbook_after_at_most_an_apostrophe(texts) -> None:
    table = {"name": "t", "caption": "c", "headings": ["h"], "rows": [[t] for t in texts]}
    assert sheets(workbook(table))["t"] == [["h"], *[[plain(t)] for t in texts]]


@settings(max_examples=40, deadline=None)
@given(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)))
def test_every_number_comes_back_as_a_number(value) -> None:
    table = one_cell([f"{value:.2f}".replace("-", "\u2212"), value])
    assert float(rows(csv_bytes([table]))[2][0].replace(",", ".")) == value
    assert sheets(workbook(table))["t"][1] == [value]


def test_a_workbook_has_a_sheet_a_table_and_one_that_tells_what_they_are() -> None:
    assert sheets(workbook(TABLE, one_cell("a"))) == {
        "series": [
            ["Månad", "Antal", "Andel"],
            ["mars 2026", 1205.0, 0.43],
            ["april 2026", "≤7", "–"],
            ["'=1+1", -12.5, 0.0],
        ],
        "t": [["h"], ["a"]],
        "Om filen": [
            ["Om filen", ""], ["Källa", "påhittade uppgifter"],
            ["series", "Avvikelser per månad"], ["t", "c"],
        ],
    }  # fmt: skip
    assert next(iter(sheets(workbook(TABLE)))) == "Om filen"
    assert sheets(workbook(about={})) == {"Om filen": [["Om filen"]]}


@pytest.mark.parametrize(
    "text", ["=1+1", "http://example.org", "mailto:a", "internal:t!A1", "12", "12.5", "{=1}"]
)
def test_a_text_is_neither_a_formula_nor_a_link_nor_a_number(text) -> None:
    inside = parts(workbook(one_cell(text)))
    assert "<f>" not in inside["xl/worksheets/sheet2.xml"]
    assert "hyperlink" not in "".join(inside.values())
    assert sheets(workbook(one_cell(text)))["t"][1] == [plain(text)]


def test_the_first_row_is_bold_and_stays_in_view() -> None:
    inside = parts(workbook(one_cell("a")))
    sheet = inside["xl/worksheets/sheet2.xml"]
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    assert '<c r="A1" s="1" t="s">' in sheet
    assert '<c r="A2" t="s">' in sheet
    assert inside["xl/styles.xml"].count("<b/>") == 1


def test_columns_are_as_wide_as_their_widest_text_within_reason() -> None:
    table = {"name": "t", "caption": "", "headings": ["a", "b"], "rows": [["x" * 9, "y" * 99], ["x", "y"]]}
    sheet = parts(workbook(table))["xl/worksheets/sheet2.xml"]
    assert '<col min="1" max="1" width="11.7109375"' in sheet
    assert '<col min="2" max="2" width="62.7109375"' in sheet


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        (["43 %", 0.43], "0%"),
        (["43%", 0.43], "0%"),
        (["−4,5 %", -0.045], "0.0%"),
        (["4.5%", 0.045], "0.0%"),
        (["43,0 %", 0.43], "0.0%"),
        (["43 %", 43], None),
        (["43", 0.43], None),
        (["43", 43], None),
        (["43 % av", 0.43], None),
        (["över 99 %", 1.0], None),
    ],
)
def test_a_share_looks_like_the_per_cent_that_readers_see(cell, form) -> None:
    inside = parts(workbook(one_cell(cell)))
    styled = '<c r="A2" s="2"' in inside["xl/worksheets/sheet2.xml"]
    assert styled is (form is not None)
    if form:
        assert f'formatCode="{form}"' in inside["xl/styles.xml"]


@pytest.mark.parametrize(
    "cell",
    [None, 12, 1.5, True, ["x"], ["x", 1, 2], [1, 1], [None, 1], ["x", "1"], ["x", True], ["x", float("nan")],
     ["x", float("inf")], {"x": 1}],
)  # fmt: skip
def test_a_cell_that_is_neither_text_nor_number_stops(cell) -> None:
    with pytest.raises(DisclosureStop):
        csv_bytes([one_cell(cell)])
    with pytest.raises(DisclosureStop):
        workbook(one_cell(cell))


def test_the_same_tables_give_the_same_bytes_whenever_and_wherever(monkeypatch) -> None:
    first = workbook(TABLE)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert workbook(TABLE) == first
    monkeypatch.undo()
    time.tzset()


def test_a_workbook_tells_nothing_of_who_made_it_when_or_where() -> None:
    inside = parts(workbook(TABLE))
    core = inside["docProps/core.xml"]
    assert "<dc:creator></dc:creator><cp:lastModifiedBy></cp:lastModifiedBy>" in core
    assert core.count("1980-01-01T00:00:00Z") == core.count("dcterms:W3CDTF") == 2
    assert "<dc:title>Om filen</dc:title>" in core
    with zipfile.ZipFile(BytesIO(workbook(TABLE))) as file:
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert "<Company></Company>" in inside["docProps/app.xml"]


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("series", [], "series"),
        ("a/b:c*d?e[f]g\\h", [], "a b c d e f g h"),
        ("'a'", [], "a"),
        ("a\tb", [], "a b"),
        ("x" * 31, [], "x" * 31),
        ("x" * 32, [], "x" * 31),
        ("x" * 31, ["x" * 31], "x" * 29 + " 2"),
        ("Series", ["series", "SERIES 2"], "Series 3"),
        ("History", [], "History 2"),
        ("", [], " 2"),
        ("😀" * 16, [], "😀" * 15),
    ],
)
def test_names_of_sheets_are_valid_and_unique(wanted, taken, name) -> None:
    assert sheet_name(wanted, taken) == name


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=5), st.text(max_size=40))
def test_any_names_make_a_workbook(names, title) -> None:
    tables = [one_cell("a") | {"name": name} for name in names]
    assert len(sheets(workbook(*tables, title=title))) == len(names) + 1
