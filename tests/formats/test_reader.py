"""A page as plain blocks: everything that it says, in order, and nothing that is not known left out."""

from __future__ import annotations

import json

import pytest

from analysis.errors import AnalysisError
from analysis.formats.blocks import (
    Cell,
    Contents,
    Facts,
    Figure,
    Group,
    Heading,
    Listing,
    Paragraph,
    Table,
    Text,
    Verdict,
    as_data,
    said,
)
from analysis.formats.reader import read_page
from take_along_page import FINDING, SVG, page

DOCUMENT = read_page(page())


def one(kind: type, html: str = "") -> object:
    return next(block for block in read_page(page(more=html)).walk() if type(block) is kind)


def test_the_blocks_stand_in_the_order_of_the_page() -> None:
    kinds = [type(block).__name__ for block in DOCUMENT.walk()]
    assert kinds == [
        "Paragraph", "Heading", "Paragraph", "Contents", "Heading", "Group", "Heading", "Group", "Verdict",
        "Paragraph", "Paragraph", "Figure", "Group", "Table", "Paragraph", "Heading", "Listing", "Paragraph",
        "Paragraph", "Heading", "Facts",
    ]  # fmt: skip


def test_a_document_knows_its_language_title_banners_and_figures() -> None:
    assert (DOCUMENT.language, DOCUMENT.title) == ("sv", "Avvikelser – Härryda")
    assert DOCUMENT.banners == ("Påhittade data. Ingen verklig vård.",)
    assert DOCUMENT.figures == (Figure(SVG, "Linjediagram över avvikelser.", FINDING),)


def test_ways_to_other_pages_and_style_are_left_out() -> None:
    text = json.dumps(as_data(DOCUMENT), ensure_ascii=False)
    assert not any(word in text for word in ("översikten", "Hoppa", "p {"))


def test_a_table_has_its_caption_its_heads_and_what_its_cells_are() -> None:
    table = one(Table)
    assert isinstance(table, Table)
    assert said(table.caption) == "Antal, 2024-01 – 2024-06"
    assert [said(cell.content) for cell in table.head[0]] == ["Part/kommun", "Antal i år"]
    assert table.rows == ((Cell((Text("Slutenvård"),), "row"), Cell((Text("35"),), "", "num")),)


def test_words_keep_their_look_and_blanks_are_those_that_a_reader_sees() -> None:
    document = read_page(page(text="  Ett\n  <strong>två </strong> <em>tre</em>\u00a04<br>5 "))
    first = next(b for b in document.walk() if isinstance(b, Paragraph) and not b.look)
    assert first.content == (
        Text("Ett "), Text("två ", ("strong",)), Text("tre", ("em",)), Text("\u00a04"), Text("\n"), Text("5"),
    )  # fmt: skip


def test_headings_verdicts_lists_details_facts_and_contents_are_told_apart() -> None:
    kinds = {type(block): block for block in DOCUMENT.walk()}
    assert kinds[Verdict] == Verdict("improved", "Bättre än väntat")
    assert kinds[Contents] == Contents("Innehåll")
    assert kinds[Facts] == Facts((((Text("Rapportdatum"),), (Text("2026-11-20"),)),))
    assert kinds[Heading] == Heading(2, (Text("Uppgifter om rapporten"),), "about")
    assert isinstance(kinds[Listing], Listing)
    looks = [block.look for block in DOCUMENT.walk() if isinstance(block, Group)]
    assert looks == ["section", "answer", "details"]


@pytest.mark.parametrize("html", ["<video></video>", "<p><input></p>", "<math></math>", "<li>5</li>"])
def test_an_element_that_is_not_known_stops_the_page_and_is_named(html: str) -> None:
    with pytest.raises(AnalysisError, match=r"a page has an element <\w+>"):
        read_page(page(more=html))


@pytest.mark.parametrize(
    "html",
    ["<blockquote><p>5</p></blockquote>", "<pre><code>5</code></pre>", "<hr>", "<ol><li><p>5</p></li></ol>",
     "<p><a href='https://skr.se'>5</a> <code>x</code> <del>y</del></p>",
     "<ul><li>5<ul><li>6</li></ul></li></ul>"],
)  # fmt: skip
def test_all_that_static_text_can_become_is_known(html: str) -> None:
    assert as_data(read_page(page(more=html)))["blocks"]
