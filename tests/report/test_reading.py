"""What of a file to be published is read: every text and tag of every format, or the file is refused."""

from __future__ import annotations

import base64
import csv
import io
import zipfile

import pytest
from xlsxwriter import Workbook

from analysis.charts.style import font_face_css
from analysis.errors import DisclosureStop
from analysis.report.reading import read, tidy


def workbook(*cells: str | float, sheet: str = "Tabell", **properties: str) -> bytes:
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        book.set_properties(properties)
        for row, cell in enumerate(cells):
            page.write(row, 0, cell)
    return buffer.getvalue()


def repacked(content: bytes, remark: bytes = b"", part: str = "", note: bytes = b"") -> bytes:
    """A workbook with a part added, or a remark on it or on the whole archive."""
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = remark
        if part:
            info = zipfile.ZipInfo(part)
            info.comment = note
            archive.writestr(info, b"<a/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "name",
    ["/a.html", "../a.html", "a/../b.html", "a//b.html", ".a.html", "a/.b.html", "a b.html", "a\\b.html", ""],
)
def test_file_that_does_not_lie_plainly_in_the_set_is_refused_and_not_named(name: str) -> None:
    with pytest.raises(DisclosureStop, match=r"^a file to be published has a name that the program does not"):
        read(name, b"ord")


@pytest.mark.parametrize("name", ["a.html", "goteborg/02-deviations.sv.html", "index.en.HTML", "a-b_c/d.svg"])
def test_names_that_the_program_gives_are_read(name: str) -> None:
    assert read(name, b"ord").texts == {"ord"}


@pytest.mark.parametrize("name", ["a.png", "a.txt", "a.ipynb", "a", "a.html.gz", "a.pkl", "a.js"])
def test_kind_of_file_that_cannot_be_read_whole_is_refused(name: str) -> None:
    with pytest.raises(DisclosureStop, match="nobody can read all"):
        read(name, b"ord")


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.csv", "a.json", "a.xlsx", "a.pdf", "a.pptx", "a.zip"])
def test_bytes_that_are_not_of_their_kind_are_refused(name: str) -> None:
    with pytest.raises(DisclosureStop, match=f"^{name}: a file to be published cannot be read whole"):
        read(name, b'"\xff\xfe"')


def test_texts_of_a_page_are_read_without_entities_and_tags_with_their_attributes() -> None:
    page = read("a.html", b"<p title='l&auml;ngd > 3'>f&#246;rst</p><br>sedan")
    assert page.texts == {"först", "sedan"}
    assert page.marks == {"<p title='längd > 3'>", "</p>", "<br>"}


def test_text_is_read_both_across_the_tags_inside_its_line_and_as_it_stands_between_them() -> None:
    page = read("a.html", b"<p>1985<b>01</b><!-- x -->01</p><p>12<SPAN>34</SPAN></p><td>5</td><td>6</td>")
    assert page.texts == {"1985", "01", "x", "12", "34", "5", "6"}
    assert page.runs == {"19850101", "1234", "5", "6"}


@pytest.mark.parametrize("tag", ["p", "td", "li", "text", "br", "button", "summary"])
def test_text_ends_where_a_block_does(tag: str) -> None:
    assert read("a.html", f"ett<{tag}>två".encode()).runs == {"ett", "två"}


@pytest.mark.parametrize("tag", ["b", "tspan", "sup", "a href='x'", "EM"])
def test_text_does_not_end_at_a_tag_inside_the_line(tag: str) -> None:
    assert read("a.html", f"ett<{tag}>två".encode()).runs == {"etttvå"}


def test_comment_and_what_is_no_whole_tag_are_read_as_text() -> None:
    page = read("a.html", b"<!-- hemligt > -->slut <p title='")
    assert page.texts == {"hemligt >", "slut <p title='"}


def test_style_rules_are_read_as_markup() -> None:
    page = read("a.html", b"<style>p{color:red}</style>ord")
    assert page.texts == {"ord"}
    assert page.runs == {"ord"}
    assert "p{color:red}" in page.marks


@pytest.mark.parametrize("text", ["<script>let x</script>", "<SCRIPT src='a.js'>", "<svg:script>1"])
def test_a_script_is_refused(text: str) -> None:
    with pytest.raises(DisclosureStop, match="has a script"):
        read("a.html", f"ord{text}".encode())


def test_what_hides_or_spells_letters_otherwise_is_taken_away() -> None:
    unseen = "".join(chr(0xE0000 + ord(letter)) for letter in "19121212-1212")
    assert tidy([f"Antal{unseen}\U000e007f"]) == {"Antal19121212-1212"}
    assert tidy(["a\u0308pple", "kom\u00admun", "ett\u00a0hus", "ﬁn", "n\u0336amn", "  ", "x\u200by"]) == {
        "äpple", "kommun", "ett hus", "fin", "namn", "xy",
    }  # fmt: skip


def test_fonts_of_the_program_may_be_embedded_and_are_not_read() -> None:
    page = read("a.html", f"<style>{font_face_css()}</style>".encode())
    assert all("base64" not in mark for mark in page.marks)


@pytest.mark.parametrize(
    "start", ["data:image/png;base64,", "data:font/ttf;base64,", "DATA:text/html,", "data:,"]
)
@pytest.mark.parametrize("name", ["a.html", "a.svg"])
def test_anything_else_that_is_embedded_is_refused(name: str, start: str) -> None:
    whole = f'<img src="{start}{base64.b64encode(b"hemligt").decode()}">'
    with pytest.raises(DisclosureStop, match="something is embedded"):
        read(name, f"{font_face_css()}{whole}".encode())


def test_policy_that_names_embedded_things_is_no_embedded_thing() -> None:
    assert read("a.html", b"<meta content=\"img-src data:; style-src 'x'\">").marks


def test_every_cell_of_a_table_is_read() -> None:
    table = '\ufeffUnit;"Antal; alla"\r\nA;"3 ""b"""\r\n;\r\n'.encode()
    assert read("a.csv", table).pieces == {"Unit", "Antal; alla", "A", '3 "b"'}


def test_every_key_and_value_is_read_also_of_a_key_that_stands_twice() -> None:
    manifest = b'{"a": {"b": ["c", 1, 2.5, null, true]}, "a": "d"}'
    assert read("a.json", manifest).pieces == {"a", "b", "c", "d", "1", "2.5"}


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"a": }'])
def test_json_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(DisclosureStop, match="cannot be read whole"):
        read("a.json", text.encode())


def test_csv_that_cannot_be_read_is_refused() -> None:
    before = csv.field_size_limit(100_000)
    try:
        check_unreadable()
    finally:
        csv.field_size_limit(before)


def check_unreadable() -> None:
    with pytest.raises(DisclosureStop, match="cannot be read whole"):
        read("a.csv", b"x" * 200_000)


def test_cells_sheet_names_and_properties_of_a_workbook_are_read() -> None:
    book = read("a.xlsx", workbook("Först", 17, sheet="Hemligt", title="Titel", author="Upphov"))
    assert {"Först", "17", "Hemligt", "Titel", "Upphov"} <= book.texts
    assert any('name="Hemligt"' in mark for mark in book.marks)


def test_name_of_a_sheet_that_is_cut_is_read_where_it_stands_whole() -> None:
    whole = "Avvikelser i samverkan, Göteborgsområdet"
    book = read("a.xlsx", workbook(whole, sheet=whole[:31]))
    assert whole in book.texts
    assert whole[:31] not in book.texts | book.runs
    assert not any("Göteb" in mark for mark in book.marks)


@pytest.mark.parametrize(
    ("cell", "sheet"), [("x" * 40, "x" * 30), ("x" * 31, "x" * 31), ("y" + "x" * 40, "x" * 31)]
)
def test_any_other_name_of_a_sheet_is_read(cell: str, sheet: str) -> None:
    book = read("a.xlsx", workbook(cell, sheet=sheet))
    assert {cell, sheet} <= book.texts & book.runs
    assert any(f'name="{sheet}"' in mark for mark in book.marks)


def test_day_on_which_a_workbook_was_made_is_read() -> None:
    assert any(text.startswith("20") and "T" in text for text in read("a.xlsx", workbook("a")).texts)


def test_what_every_workbook_says_is_not_read() -> None:
    book = read("a.xlsx", workbook("Först"))
    assert "Microsoft Excel" not in book.pieces
    assert not any("Calibri" in piece for piece in book.pieces)


@pytest.mark.parametrize(
    "changed",
    [
        {"part": "xl/comments1.xml"},
        {"part": "xl/media/image1.png"},
        {"part": "xl/worksheets/sheet1.xml"},
        {"part": "xl/worksheets/sheet2.xml", "note": b"x"},
        {"remark": b"x"},
    ],
    ids=["comments", "picture", "twice", "note", "remark"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_workbook_with_parts_or_remarks_that_are_not_ours_is_refused(changed: dict[str, bytes]) -> None:
    with pytest.raises(DisclosureStop, match="parts, times or remarks"):
        read("a.xlsx", repacked(workbook("a"), **changed))


def test_workbook_with_another_sheet_is_read() -> None:
    assert read("a.xlsx", repacked(workbook("a"), part="xl/worksheets/sheet2.xml")).texts >= {"a"}


def test_workbook_whose_bytes_are_damaged_is_refused() -> None:
    content = bytearray(workbook("a"))
    content[60] ^= 255
    with pytest.raises(DisclosureStop, match="cannot be read whole"):
        read("a.xlsx", bytes(content))


def test_a_sign_between_texts_that_stands_within_one_hides_nothing() -> None:
    assert tidy(["191212\x1f-1212", " a "]) == {"191212-1212", "a"}
