"""Not one byte of a PDF to be published is anything else than what our own writer sets."""

from __future__ import annotations

import re
import zlib

import pytest

from analysis.errors import DisclosureStop
from analysis.formats.pdf import pdf_bytes
from analysis.formats.reader import read_page
from analysis.report import reading_pdf
from analysis.report.reading import read
from take_along_page import page

MADE = pdf_bytes(read_page(page()))
REFUSED = r"^a\.pdf: a file to be published cannot be read whole"


def with_objects(*more: tuple[int, bytes]) -> bytes:
    """The PDF with objects put before its own, and a table of places that fits."""
    start, end = MADE.index(b"1 0 obj\n"), MADE.index(b"xref\n0 ")
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % one for one in more) + MADE[start:end]
    places = {int(found[1]): start + found.start() for found in re.finditer(rb"(?m)^(\d+) 0 obj\n", body)}
    rows = b"".join(b"%010d 00000 n\r\n" % places[number] for number in sorted(places))
    table = b"xref\n0 %d\n0000000000 65535 f\r\n" % (len(places) + 1) + rows
    rest = MADE[MADE.index(b"trailer\n") :]
    moved = re.sub(rb"startxref\n\d+", b"startxref\n%d" % (start + len(body)), rest)
    return MADE[:start] + body + table + moved


def test_a_pdf_with_its_objects_set_anew_is_read_as_before() -> None:
    assert read("a.pdf", with_objects()) == read("a.pdf", MADE)
    assert read("a.pdf", with_objects((9999, b"<<>>"))) == read("a.pdf", MADE)


@pytest.mark.parametrize("words", [80, 1300])
def test_a_paragraph_of_several_lines_or_pages_is_one_text(words: int) -> None:
    said = " ".join(f"ord{n}" for n in range(words))
    found = read("a.pdf", pdf_bytes(read_page(page(text=said))))
    assert any(said in run for run in found.runs)
    assert not any(said in text for text in found.texts)


def test_a_bold_word_is_of_the_paragraph_that_it_stands_in() -> None:
    said = " ".join(f"ord{n}" for n in range(80))
    text = said.replace("ord40", "<strong>ord40</strong>")
    found = read("a.pdf", pdf_bytes(read_page(page(text=text))))
    assert any(said in run for run in found.runs)


@pytest.mark.parametrize("kids", [b"", b"/K[0]", b"/K[]"])
def test_a_part_of_the_tree_with_nothing_in_it_says_nothing(kids: bytes) -> None:
    part = b"<</Type/StructElem/S/P/P 1 0 R" + kids + b">>"
    assert read("a.pdf", with_objects((9999, part))) == read("a.pdf", MADE)


def test_cells_and_entries_are_no_paragraph() -> None:
    runs = read("a.pdf", MADE).runs
    assert not any("i år" in run and "Part/kommun" in run for run in runs)
    assert not any("Svaret" in run and "Uppgifter om rapporten" in run for run in runs)


def test_what_a_hyphen_parts_at_the_end_of_a_line_is_one_word() -> None:
    assert reading_pdf._run(["191212-", "1212", "är ", "slut", " här"]) == "191212-1212 är slut här"


def of_page(data: bytes) -> reading_pdf._File:
    """A PDF with one page, of whose font the signs 1 and 2 are A and B."""
    file = reading_pdf._File(MADE)
    font = b"<</ToUnicode 4 0 R/DescendantFonts[5 0 R]>>"
    page = b"<</Contents 2 0 R/Resources<</Font<</f0 3 0 R>>>>>>"
    heads = {1: page, 2: b"", 3: font, 4: b"", 5: b"/W[]"}
    streams = {2: data, 4: b"<0001> <0041>\n<0002> <0042>"}
    file.objects = {n: reading_pdf._Object(head, streams.get(n)) for n, head in heads.items()}
    return file


def drawn(data: bytes) -> list[tuple[int, list[str]]]:
    """What its page says, by mark."""
    found = reading_pdf._marked(reading_pdf._shown(data), of_page(data)._fonts(2))
    return [(mark, run) for mark, run in found if run]


def test_the_lines_of_a_mark_that_belongs_to_nothing_are_one_text_too() -> None:
    lines = b"1 0 0 1 0 0 cm <0001> Tj 1 0 0 1 0 20 cm <0002> Tj"
    assert "A B" in of_page(b"/Span<</MCID 3>>BDC /f0 1 Tf " + lines + b" EMC").read("a.pdf").runs


def test_letters_that_a_text_stands_instead_of_do_not_part_what_they_stand_in() -> None:
    text = b"<0001> Tj\n/Span<</ActualText(x)>>BDC\n<0002> Tj\nEMC\n<0001> Tj"
    data = b"/Span<</MCID 7>>BDC\n1 0 0 1 0 0 cm\n/f0 10 Tf\n" + text + b"\nEMC\n"
    assert drawn(data) == [(-1, ["x"]), (7, ["ABA"])]


@pytest.mark.parametrize(
    ("mark", "y", "said"),
    [
        ("Span<</MCID 3>>", "0", ["AB"]),
        ("Span<</MCID 3>>", "9", ["A", "B"]),
        ("Artifact<</Type/Layout>>", "0", ["A", "B"]),
    ],
)
def test_texts_at_one_height_are_one_but_in_the_head_of_a_page(mark: str, y: str, said: list[str]) -> None:
    text = f"/{mark}BDC 1 0 0 1 0 0 cm /f0 10 Tf <0001> Tj 1 0 0 1 50 {y} cm <0002> Tj EMC"
    assert [run for _, run in drawn(text.encode())] == [said]


def test_each_mark_has_its_own_texts_and_one_within_another_is_of_the_inner_one() -> None:
    data = b"/f0 10 Tf <0001> Tj /Span<</MCID 3>>BDC <0002> Tj /Artifact BMC <0001> Tj EMC <0002> Tj EMC"
    assert drawn(data) == [(-1, ["A"]), (3, ["B"]), (3, ["A"]), (3, ["B"])]


@pytest.mark.parametrize(
    "data",
    [
        b"1 0 0 1 0  0 cm",
        b"1 0 0 1 0 191212121212 cm",
        b"1 0 0 1 0 0 cm.5",
        b"null1912121 0 0 1 0 0 cm",
        b"/f0  1 Tf",
        b"/f0 1 Tf.5",
        b"[<0001> q] TJ",
        b"[<0001> 191212121212] TJ",
        b"[<0001>191212-1212] TJ",
        b"[<0001>1.2-3] TJ",
        b"<0001>Tj.1912121",
        b"<0001>\vTj",
        b"/f0 1 Tf\v",
        b"[ /f0 5 Tf [<0002>]TJ",
        b"[1 2]",
        b"[191212-1212]0 d",
        b"<< 0 >>",
        b"(Kanarie)",
        b"/Kanarie<</MCID 1>>BDC EMC",
        b"/Span<</MCID 191212121212>>BDC EMC",
        b"/Span<</MCID 1>>BDC.5 EMC",
        b"/Artifact BMC.5 EMC",
        b"qBMC EMC",
        b"W*BMC EMC",
        b"BMC EMC-1912",
        b"BMC f*EMC",
    ],
)
def test_what_our_writer_sets_otherwise_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a PDF of ours"):
        reading_pdf._shown(data)


def test_a_broken_line_shows_no_text() -> None:
    assert reading_pdf._shown(b"4 M 1 j[7.5 4.5]0 d 0 0 m 9 0 l\nS") == []


def test_a_font_that_a_page_does_not_have_is_refused() -> None:
    with pytest.raises(DisclosureStop, match=REFUSED):
        read("a.pdf", MADE.replace(b"/Font<</f0", b"/Font<</f7"))


def test_a_stream_that_nothing_refers_to_is_refused() -> None:
    hidden = b"<</Length 7>>\nstream\nKanarie\nendstream"
    with pytest.raises(DisclosureStop, match=REFUSED):
        read("a.pdf", with_objects((9999, hidden)))


@pytest.mark.parametrize("refers", [b"<</ToUnicode 9999 0 R>>", b"[/ICCBased 9999 0 R]"])
def test_letters_and_colours_of_a_font_that_no_page_shows_are_read_too(refers: bytes) -> None:
    hidden = b"<</Length 7>>\nstream\nKanarie\nendstream"
    with pytest.raises(DisclosureStop, match=REFUSED):
        read("a.pdf", with_objects((9998, refers), (9999, hidden)))


@pytest.mark.parametrize(
    "part", [b"<</Type/StructElem/S/P/K[9999 0 R]>>", b"<<>>\nstream\nKanarie\nendstream"]
)
def test_a_part_that_holds_itself_and_a_stream_of_no_length_are_refused(part: bytes) -> None:
    with pytest.raises(DisclosureStop, match=REFUSED):
        read("a.pdf", with_objects((9999, part)))


def test_an_object_that_another_of_its_number_hides_is_refused() -> None:
    with pytest.raises(DisclosureStop, match=REFUSED):
        read("a.pdf", with_objects((1, b"<<>>")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\nendstream\nendobj\n", b"\nKanariefa\nendobj\n"),
        (b"\nendstream\nendobj\n", b"\nendstream\nKanari\n"),
        (b"\nendobj\n", b"\nendobj1"),
    ],
)
def test_what_stands_where_an_object_ends_is_nothing_else(old: bytes, new: bytes) -> None:
    assert len(old) == len(new)
    with pytest.raises(DisclosureStop, match=REFUSED):
        read("a.pdf", MADE.replace(old, new, 1))


def test_a_number_at_the_end_that_is_no_place_is_refused() -> None:
    with pytest.raises(DisclosureStop, match=REFUSED):
        read("a.pdf", re.sub(rb"startxref\n\d+", b"startxref\n191212121212", MADE))


@pytest.mark.parametrize("data", [zlib.compress(b"q") + b"Kanarie", zlib.compress(b"q" * 999)[:-4]])
def test_what_follows_packed_bytes_and_half_of_them_are_refused(data: bytes) -> None:
    head = b"<</Filter/FlateDecode>>"
    assert reading_pdf._inflated(head, zlib.compress(b"q")) == b"q"
    with pytest.raises(ValueError, match="not a PDF of ours"):
        reading_pdf._inflated(head, data)


def test_a_page_that_states_its_fonts_itself_or_has_none_is_read() -> None:
    file = reading_pdf._File(MADE)
    file.objects = {
        1: reading_pdf._Object(b"<</Contents 2 0 R/Resources<<>>>>", None),
        2: reading_pdf._Object(b"", b""),
    }
    assert file._fonts(2) == {}
