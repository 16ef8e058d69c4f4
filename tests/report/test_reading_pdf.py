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
LETTERS, COUNT = b"\0\2\0\0".ljust(32, b"\0"), (2).to_bytes(2, "big") + b"\0\0\0\1"


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


def test_a_stream_that_nothing_refers_to_is_refused() -> None:
    hidden = b"<</Length 7>>\nstream\nKanarie\nendstream"
    with pytest.raises(DisclosureStop, match=REFUSED):
        read("a.pdf", with_objects((9999, hidden)))


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


@pytest.mark.parametrize("sign", [b"(", b")", b"<", b">", b"<0x>"])
def test_a_bracket_that_opens_or_ends_no_text_is_refused(sign: bytes) -> None:
    reading_pdf._check_tokens(b"q (a(b)) <0f> Q", frozenset((b"q", b"Q")))
    with pytest.raises(ValueError, match="not a PDF of ours"):
        reading_pdf._check_tokens(b"q " + sign + b" Q", frozenset((b"q", b"Q")))


@pytest.mark.parametrize(
    ("post", "is_plain"),
    [
        (b"\0\3\0\0".ljust(32, b"\0"), True),
        (b"\0\3\0\0".ljust(32, b"\0") + b"Kanarie", False),
        (b"\0\1\0\0".ljust(32, b"\0"), False),
        (LETTERS + b"\0\0", True),
        (LETTERS + COUNT + b"\6a.case\7uni00E5", True),
        (LETTERS + COUNT + b"\6a.case\7uni 0E5", False),
        (LETTERS + COUNT + b"\x0c191212121212", False),
    ],
)
def test_letters_of_a_font_have_short_plain_names_or_none(post: bytes, is_plain: bool) -> None:
    assert reading_pdf._has_plain_names(post) is is_plain


def a_font(**changed: bytes) -> bytes:
    """One of the fonts in the PDF, with tables changed or added."""
    file = reading_pdf._File(MADE)
    number = next(n for n, kind in file._kinds().items() if kind == "FontFile2")
    font = file.objects[number].stream or b""
    tables = reading_pdf._font_tables(font) | {name.encode(): table for name, table in changed.items()}
    entries, body, start = b"", b"", 12 + 16 * len(tables)
    for name, table in tables.items():
        place = (start + len(body)).to_bytes(4, "big")
        entries += name.ljust(4) + bytes(4) + place + len(table).to_bytes(4, "big")
        body += table + bytes(-len(table) % 4)
    return font[:4] + len(tables).to_bytes(2, "big") + font[6:12] + entries + body


@pytest.mark.parametrize(
    "changed",
    [{"KANA": b"Kanarie!"}, {"name": b"Kanarie!"}, {"post": LETTERS + COUNT + b"\x0c191212121212"}],
)
def test_a_font_with_a_table_or_names_of_its_own_is_refused(changed: dict[str, bytes]) -> None:
    file = reading_pdf._File(MADE)
    file._check_font(a_font())
    with pytest.raises(ValueError, match="not a PDF of ours"):
        file._check_font(a_font(**changed))


def test_a_page_that_states_its_fonts_itself_or_has_none_is_read() -> None:
    file = reading_pdf._File(MADE)
    file.objects = {
        1: reading_pdf._Object(b"<</Contents 2 0 R/Resources<<>>>>", None),
        2: reading_pdf._Object(b"", b""),
    }
    assert file._fonts(2) == {}
