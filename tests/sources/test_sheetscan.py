"""The bytes of a sheet tell its extent, gaps and errors, however it is written and cut into blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputRefused, Place
from analysis.sources import sheetscan
from analysis.sources.sheetscan import SheetFacts, SheetScan, declares_entities, find_gaps, is_sheet, renumber
from workbooks import ERROR, STYLED_BLANK, UNCALCULATED, Raw, sheet_xml

SHEET = sheet_xml(
    [["Id", "Unit"], ["a r='B7' < c", 2], [ERROR, *[""] * 29, "x"], [], ["", UNCALCULATED, STYLED_BLANK]],
    numbers=[1, 2, 5, 6, 9],
    after='<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>',
)


def scan(xml: str, block: int = 1 << 16) -> SheetFacts:
    content, found = xml.encode(), SheetScan(Place("delivery.xlsx"))
    for at in range(0, len(content), block):
        found.feed(content[at : at + block])
    return found.close()


def summary(facts: SheetFacts) -> tuple[object, ...]:
    return facts.rows.tolist(), facts.last_column, sorted(facts.errors), facts.has_merged


EXPECTED = ([1, 2, 5, 9], 31, [(5, 1), (9, 2)], True)


def test_extent_errors_and_merged_cells_are_found() -> None:
    assert summary(scan(SHEET)) == EXPECTED


@given(block=st.integers(60, 3000))
def test_blocks_may_be_cut_anywhere(block: int) -> None:
    assert summary(scan(SHEET, block)) == EXPECTED


@pytest.mark.parametrize(
    "written",
    [
        SHEET.replace('"', "'").replace("r='B7'", 'r="B7"'),
        SHEET.replace(' r="', '\n r = "'),
        SHEET.replace("<c ", '<c cm="1" '),
        SHEET.replace('<c r="A5"', '<c s="3" r="a5"'),
        SHEET.replace("xmlns=", "xmlns:x=").replace("<", "<x:").replace("<x:/", "</x:"),
    ],
    ids=["single quotes", "blanks", "other attribute first", "small letters", "prefixed"],
)
def test_other_ways_of_writing_mean_the_same(written: str) -> None:
    assert summary(scan(written)) == EXPECTED


def test_cells_without_references_are_counted() -> None:
    rows = "<row><c><v>1</v></c><c t='e'><v>#N/A</v></c></row><row r='7'><c/><c><v>1</v></c></row>"
    facts = scan(f"<worksheet><sheetData>{rows}</sheetData></worksheet>")
    assert (facts.rows.tolist(), facts.last_column, facts.errors) == ([1, 7], 2, [(1, 2)])


def test_cells_that_contradict_their_row_count_where_they_say() -> None:
    facts = scan('<worksheet><sheetData><row r="1"><c r="A900"><v>1</v></c></row></sheetData></worksheet>')
    assert facts.rows.tolist() == [900]


@pytest.mark.parametrize("reference", ["A1048577", "A99999999", "A999999999999999999999"])
def test_cells_below_the_last_row_are_refused(reference: str) -> None:
    with pytest.raises(InputRefused, match="damaged"):
        scan(
            f'<worksheet><sheetData><row r="1"><c r="{reference}"><v>1</v></c></row></sheetData></worksheet>'
        )


@pytest.mark.parametrize("letters", ["XFD", "AAAA", "AAAAAAAAAAAA"])
def test_cells_far_to_the_right_are_seen(letters: str) -> None:
    xml = f'<worksheet><sheetData><row r="1"><c r="{letters}1"><v>1</v></c></row></sheetData></worksheet>'
    assert scan(xml).last_column > 1000


def test_a_cell_without_an_end_is_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheetscan, "MOST_OPEN", 1000)
    with pytest.raises(InputRefused) as error:
        scan("<worksheet><sheetData><row><c><v>" + "1" * 3000, block=500)
    assert error.value.reason == "bomb"


def test_an_empty_text_as_result_is_a_value() -> None:
    formula = Raw(' t="str"', "<f>A1</f><v></v>")
    assert scan(sheet_xml([["Id"], [formula]])).errors == []


@pytest.mark.parametrize(
    "inner", ["<f>A1</f>", "<f>A1</f><v/>", "<f>A1</f><v></v>", '<f t="shared" si="0"/>']
)
def test_a_formula_without_its_result_counts_as_an_error(inner: str) -> None:
    assert scan(sheet_xml([["Id"], [Raw("", inner)]])).errors == [(2, 1)]


@given(st.lists(st.integers(1, sheetscan.LAST_ROW), min_size=1, max_size=30, unique=True).map(sorted))
def test_closing_gaps_keeps_order_and_finds_every_row_again(rows: list[int]) -> None:
    gaps = find_gaps(np.array(rows, dtype=np.int64))
    xml = "".join(f'<row s="1" r="{n}"><c r="AB{n}"/></row>' for n in rows).encode()
    closed = [int(n) for n in renumber(xml, gaps).replace(b'"', b" ").split() if n.isdigit() and n != b"1"]
    scanned = scan(f"<worksheet>{renumber(xml, gaps).decode()}</worksheet>").rows
    assert gaps.lines(scanned).tolist() == rows
    assert scanned[-1] <= (sheetscan.LEAST_GAP + 1) * len(rows)
    assert all(n <= scanned[-1] for n in closed)


def test_a_gap_of_a_thousand_rows_is_kept_and_a_longer_one_closed() -> None:
    assert find_gaps(np.array([1, 1001])).starts.size == 0
    gaps = find_gaps(np.array([1, 1002]))
    assert (gaps.starts.tolist(), gaps.first_line) == ([3], 2)


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (b"<worksheet>", True),
        (b'<?xml version="1.0"?>\n<x:worksheet xmlns:x="">', True),
        (b"<sst>", False),
        (b"<a>worksheet", False),
    ],
)
def test_a_sheet_is_known_by_its_root(head: bytes, is_one: bool) -> None:
    assert is_sheet(head) == is_one


def test_other_declarations_are_harmless() -> None:
    assert not declares_entities(b"<a><!-- DOCTYPE --><![CDATA[x]]></a>")
    assert declares_entities(b"<!DOCTYPE a><a/>")
