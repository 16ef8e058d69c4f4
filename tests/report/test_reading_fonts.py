"""A font in a PDF says nothing but what our fonts say."""

from __future__ import annotations

import pytest

from analysis.formats.pdf import blank
from analysis.report import reading_fonts, reading_pdf

LETTERS, COUNT = b"\0\2\0\0".ljust(32, b"\0"), (2).to_bytes(2, "big") + b"\0\0\0\1"


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
    assert reading_fonts._has_plain_names(post) is is_plain


def a_font(**changed: bytes) -> bytes:
    """One of the fonts in the PDF, with tables changed or added."""
    file = reading_pdf._File(blank())
    number = next(n for n, kind in file._kinds().items() if kind == "FontFile2")
    font = file.objects[number].stream or b""
    tables = reading_fonts.tables_of(font) | {name.encode(): table for name, table in changed.items()}
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
    known = reading_pdf._known()
    assert reading_fonts.is_ours(a_font(), known)
    assert not reading_fonts.is_ours(a_font(**changed), known)
    assert not reading_fonts.is_ours(a_font() + b"Kanarie!", known)
