"""What a workbook says beside the cells of its export: properties, comments, page headers, hidden sheets."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from analysis.errors import InputRefused, Place
from analysis.sources.identifiers import holds_identity

TAIL = 1 << 17  # of a sheet: page headers stand at its end
MOST_OPEN = 8 << 20
_P = rb"(?:[\w.-]+:)?"
_SPOKEN = re.compile(
    r"docprops/.*\.xml|xl/(?:comments[^/]*|.*/comment[^/]*|threadedcomments/.*|drawings/drawing[^/]*)\.xml"
)
_BREAK = re.compile(rb"</" + _P + rb"(?:text|comment|p|si|lpwstr|lpstr|property|title|subject|keywords)>")
_TAG = re.compile(rb"<[^>]*>")
_CLOSED = re.compile(rb"</[^>]*>\s*<(?!" + _P + rb"(?:r|t|rPr)[\s>/]|/)")
_PAGE = re.compile(rb"<(" + _P + rb")headerFooter.*?</\1headerFooter>", re.DOTALL)
_PAGE_CODES = re.compile(r"&(?:\"[^\"]*\"|K[0-9A-Fa-f]{6}|[A-JL-Za-z])|&\d{1,2}(?=\D)")
_CELL = re.compile(rb"<" + _P + rb"c(\s[^<>]*)?(?<!/)>(.*?)</" + _P + rb"c>", re.DOTALL)
_STRING = re.compile(rb"<" + _P + rb"si\s*/>|<" + _P + rb"si(?:\s[^>]*)?>.*?</" + _P + rb"si>", re.DOTALL)
_SHARED = re.compile(rb"\st\s*=\s*[\"']s[\"']")


def is_spoken(part: str) -> bool:
    """Whether a part of a package (its name in lower case) holds words of people, but no cells."""
    return _SPOKEN.fullmatch(part) is not None


def refuse_spoken(xml: bytes, where: Place) -> None:
    """Refuse a workbook whose properties, comments or drawings hold an identity number."""
    if any(map(holds_identity, _texts(xml))):
        _refuse("a comment, a text box or a property of the workbook holds an identity number", where)


def refuse_page(tail: bytes, where: Place) -> None:
    """Refuse a workbook whose page headers or footers, in the end of a sheet's XML, hold one."""
    for found in _PAGE.finditer(tail):
        texts = (_PAGE_CODES.sub("¤", text) for text in _texts(found.group()))
        if any(map(holds_identity, texts)):
            _refuse("a page header or footer of the workbook holds an identity number", where)


def refuse_hidden(sheets: Iterable[Iterable[bytes]], strings: Iterable[bytes], where: Place) -> None:
    """Refuse a workbook with identity numbers in cells of its hidden sheets.

    Parameters
    ----------
    sheets : iterable of iterables of bytes
        The XML of each hidden sheet, in blocks.
    strings : iterable of bytes
        The XML of the shared strings, in blocks.
    where : Place
        The file.

    Raises
    ------
    InputRefused
        With reason ``identifier``.
    """
    wanted: set[int] = set()
    for sheet in sheets:
        for found in _found(sheet, _CELL):
            text = _plain(found[2])
            if found[1] and _SHARED.search(found[1]):
                wanted.add(int(text) if text.isascii() and text.isdigit() else -1)
            elif holds_identity(text):
                _refuse("a hidden sheet holds identity numbers", where)
    for number, found in enumerate(_found(strings, _STRING) if wanted else ()):
        if number in wanted and holds_identity(_plain(found.group())):
            _refuse("a hidden sheet holds identity numbers", where)


def _found(blocks: Iterable[bytes], pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """All matches, also those that are cut by the end of a block."""
    pending = b""
    for block in blocks:
        pending, end = pending[-MOST_OPEN:] + block, 0
        for found in pattern.finditer(pending):
            yield found
            end = found.end()
        pending = pending[end:]


def _texts(xml: bytes) -> Iterator[str]:
    """The words of a part, apart where the marks between them are more than a change of type."""
    apart = _CLOSED.sub(lambda found: b"\0" + found.group(), _BREAK.sub(b"\0", xml))
    yield from (_plain(piece) for piece in apart.split(b"\0"))


def _plain(xml: bytes) -> str:
    return html.unescape(_TAG.sub(b"", xml).decode("utf-8", "replace")).strip()


def _refuse(what: str, where: Place) -> None:
    raise InputRefused(what, "Remove it, and tell the sender", where, reason="identifier")
