"""A page as PDF: tagged, all that the page says, the same bytes again, nothing of the machine or the day."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from analysis.errors import AnalysisError
from analysis.formats.blocks import Cell, Document, Figure, Heading, Paragraph, Table, Text, as_data
from analysis.formats.pdf import pdf_bytes
from analysis.formats.reader import read_page
from take_along_page import SVG, page

SAID = (
    "Påhittade data.",
    "Har avvikelserna minskat?",
    "Bättre än väntat",
    "Slutenvård",
    "35",
    "Antal är avrundade.",
    "Alla uppgifter är påhittade.",
    "Rapportdatum: 2026-11-20",
    "1 / 2",
)
AGAIN = """
import sys
from analysis.formats.reader import read_page
from analysis.formats.pdf import pdf_bytes
sys.stdout.buffer.write(pdf_bytes(read_page(sys.stdin.read())))
"""


@pytest.fixture(scope="module", name="made")
def made_once() -> bytes:
    return pdf_bytes(read_page(page()))


@pytest.fixture(scope="module", name="reader")
def read_once(made: bytes) -> PdfReader:
    return PdfReader(BytesIO(made))


def tags(node: Any) -> list[Any]:
    """All elements of the tree of tags."""
    node = node.get_object()
    if isinstance(node, list):
        return [tag for one in node for tag in tags(one)]
    if not isinstance(node, dict):
        return []
    return ([node] if "/S" in node else []) + (tags(node["/K"]) if "/K" in node else [])


def test_it_is_tagged_with_title_language_outline_and_heads_of_tables(reader: PdfReader) -> None:
    root: Any = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("sv", True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Avvikelser – Härryda"
    assert [item["/Title"] for item in reader.outline if isinstance(item, dict)] == [
        "Svaret", "Begränsningar", "Uppgifter om rapporten",
    ]  # fmt: skip
    found = Counter(tag["/S"] for tag in tags(root["/StructTreeRoot"]))
    counts = {name: found[name] for name in ("/H1", "/Table", "/Caption", "/TH", "/TD", "/Figure", "/L")}
    assert counts == {"/H1": 1, "/Table": 1, "/Caption": 1, "/TH": 2, "/TD": 2, "/Figure": 1, "/L": 1}


def test_every_figure_has_its_alt_text(reader: PdfReader) -> None:
    root: Any = reader.trailer["/Root"]
    figures = [tag for tag in tags(root["/StructTreeRoot"]) if tag["/S"] == "/Figure"]
    assert [tag["/Alt"] for tag in figures] == ["Linjediagram över avvikelser."]


def test_all_that_the_page_says_is_in_it(reader: PdfReader) -> None:
    text = " ".join(" ".join(one.extract_text() for one in reader.pages).split())
    for said in SAID:
        assert said in text, said


def test_it_holds_no_date_person_or_path(made: bytes, reader: PdfReader) -> None:
    assert reader.metadata is not None
    assert set(reader.metadata) == {"/Title", "/Creator"}
    assert b"Date" not in made.replace(b"/Datetime", b"")
    assert os.getcwd().encode() not in made


def test_the_same_page_gives_the_same_bytes_in_another_process_folder_and_time_zone(
    made: bytes, tmp_path: Path
) -> None:
    elsewhere = {"PATH": "", "TZ": "Asia/Tokyo", "LANG": "C", "HOME": str(tmp_path)}
    again = subprocess.run(
        [sys.executable, "-c", AGAIN],
        input=page().encode(),
        stdout=-1,
        cwd=tmp_path,
        env=elsewhere,
        check=True,
    )
    assert again.stdout == made


def test_nothing_that_the_page_says_is_taken_for_a_command() -> None:
    text = '#panic("a") $x$ = Rubrik * _a_ @b &lt;c&gt; \\ /* d */ #sys.inputs'
    said = PdfReader(BytesIO(pdf_bytes(read_page(page(text=text))))).pages[0].extract_text()
    assert '#panic("a") $x$ = Rubrik * _a_ @b <c> \\ /* d */ #sys.inputs' in " ".join(said.split())


def test_a_sign_that_no_font_of_ours_has_is_said_without_the_text() -> None:
    with pytest.raises(AnalysisError, match="cannot be set as a file to take along") as caught:
        pdf_bytes(read_page(page(text="漢字")))
    assert "漢" not in str(caught.value)


def test_a_page_whose_headings_skip_a_level_is_set_with_headings_in_order() -> None:
    skipping = Document("sv", "Egen", tuple(Heading(level, (Text("Rubrik"),)) for level in (1, 3, 4, 2, 4)))
    assert [one["level"] for one in as_data(skipping)["blocks"]] == [1, 2, 3, 2, 3]
    assert pdf_bytes(skipping).startswith(b"%PDF")


def pages_of(*blocks: Any, before: int) -> list[str]:
    """What each page says, when so many lines stand before the blocks."""
    lines = [Paragraph((Text(f"Rad {n}"),)) for n in range(before)]
    made = pdf_bytes(Document("sv", "Titel", (Heading(1, (Text("Titel"),)), *lines, *blocks)))
    return [one.extract_text() for one in PdfReader(BytesIO(made)).pages]


def test_the_words_before_a_figure_stand_on_its_page() -> None:
    lead, figure = Paragraph((Text("Ledtext."),)), Figure(SVG, "Diagram.", "Diagram")
    ends = set()
    for before in range(18, 30, 2):
        pages = pages_of(lead, figure, before=before)
        on = [at for at, text in enumerate(pages) if "Antal 35" in text]
        assert [at for at, text in enumerate(pages) if "Ledtext." in text] == on
        ends.update(on)
    assert ends == {0, 1}


def test_a_row_of_a_table_is_not_parted_by_the_end_of_a_page() -> None:
    words = Cell((Text("Första ordet, " + 30 * "och så vidare, " + "sista ordet."),))
    table = Table((), ((Cell((Text("Vad"),), "col"),),), tuple((words,) for _ in range(12)))
    for before in (20, 22, 24):
        for text in pages_of(table, before=before):
            assert text.count("Första ordet") == text.count("sista ordet")
