"""Identity numbers beside a workbook's cells refuse it: in comments, page headers, hidden sheets."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import InputRefused
from analysis.sources.zipcheck import check_package
from workbooks import parts_of, sheet_xml, write_package

PERSON = "19121212-1212"
ROWS = [["Id", "Unit"], ["VT1", "Ward 3"]]
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def written(folder: Path, more: dict[str, str | bytes], **sheets: str) -> Path:
    parts = parts_of({"Data": sheet_xml(ROWS)} | sheets)
    return write_package(folder / "a.xlsx", parts | more)


def refused(path: Path) -> str:
    with pytest.raises(InputRefused) as caught:
        check_package(path, "a.xlsx")
    assert caught.value.reason == "identifier"
    assert "1212" not in str(caught.value)
    return caught.value.what


SPOKEN = [
    ("docProps/core.xml", "<cp:p><dc:title>Patient {}</dc:title></cp:p>"),
    ("docProps/custom.xml", "<P><property name='a'><vt:lpwstr>{}</vt:lpwstr></property></P>"),
    ("xl/comments1.xml", "<comments><comment><text><t>Anna {}</t></text></comment></comments>"),
    ("xl/comments/comment1.xml", "<c><text><r><rPr><b/></rPr><t>Anna</t></r><r><t> {}</t></r></text></c>"),
    ("xl/threadedComments/threadedComment1.xml", "<T><threadedComment><text>{}</text></threadedComment></T>"),
    ("xl/drawings/drawing1.xml", "<d><a:p><a:r><a:t>{}</a:t></a:r></a:p></d>"),
]


@pytest.mark.parametrize(("part", "xml"), SPOKEN)
def test_a_number_in_a_property_a_comment_or_a_text_box_refuses_the_workbook(
    tmp_path: Path, part: str, xml: str
) -> None:
    assert "a comment" in refused(written(tmp_path, {part: xml.format(PERSON)}))


@pytest.mark.parametrize(("part", "xml"), SPOKEN)
@pytest.mark.parametrize("text", ["Anna", "2025-03-19T12:30:00Z", ""])
def test_other_words_there_pass(tmp_path: Path, part: str, xml: str, text: str) -> None:
    assert check_package(written(tmp_path, {part: xml.format(text)}), "a.xlsx").sheets


def test_a_number_that_changes_its_type_midway_is_found(tmp_path: Path) -> None:
    xml = "<c><text><r><t>191212</t></r><r><rPr><b/></rPr><t>12-1212</t></r></text></c>"
    refused(written(tmp_path, {"xl/comments1.xml": xml}))


def test_numbers_that_stand_side_by_side_are_not_read_as_one(tmp_path: Path) -> None:
    xml = "<d><from><col>121212</col><row>1212</row></from></d>"
    check_package(written(tmp_path, {"xl/drawings/drawing1.xml": xml}), "a.xlsx")


@pytest.mark.parametrize("place", ["oddHeader", "evenFooter", "firstHeader"])
def test_a_number_in_a_page_header_or_footer_refuses_the_workbook(tmp_path: Path, place: str) -> None:
    page = f"<headerFooter><{place}>&amp;CPatient {PERSON}</{place}></headerFooter></worksheet>"
    xml = sheet_xml(ROWS).replace("</worksheet>", page)
    assert "page header" in refused(written(tmp_path, {}, Data=xml))


def hidden(folder: Path, notes: str, strings: str = "") -> Path:
    parts = parts_of({"Data": sheet_xml(ROWS), "Notes": notes}, states=["visible", "veryHidden"])
    if strings:
        links = str(parts["xl/_rels/workbook.xml.rels"])
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
        link = f'<Relationship Id="s" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
        parts["xl/_rels/workbook.xml.rels"] = links.replace("</Relationships>", link)
        parts[STRINGS] = strings
    return write_package(folder / "a.xlsx", parts)


@pytest.mark.parametrize("cell", [PERSON, 191212121212])
def test_a_number_in_a_hidden_sheet_refuses_the_workbook(tmp_path: Path, cell: object) -> None:
    assert "hidden sheet" in refused(hidden(tmp_path, sheet_xml([["Note"], [cell]])))


@pytest.mark.parametrize(("index", "is_refused"), [(0, False), (1, False), (2, True)])
def test_of_the_shared_strings_only_those_of_a_hidden_sheet_count(
    tmp_path: Path, index: int, is_refused: bool
) -> None:
    strings = f"<sst><si><t>ok</t></si><si/><si><r><t>1912</t></r><r><t>{PERSON[4:]}</t></r></si></sst>"
    notes = sheet_xml([["x"]]).replace("</sheetData>", f'<row><c t="s"><v>{index}</v></c></row></sheetData>')
    path = hidden(tmp_path, notes, strings)
    if is_refused:
        refused(path)
    else:
        check_package(path, "a.xlsx")


def test_a_number_in_a_visible_sheet_is_left_to_the_reading_of_cells(tmp_path: Path) -> None:
    check_package(written(tmp_path, {}, Data=sheet_xml([["Id"], [PERSON]])), "a.xlsx")
