"""The fonts in a PDF of ours: known tables, names of letters that say nothing, texts of the font's own."""

from __future__ import annotations

import re
from collections.abc import Collection

_HEAD, _ENTRY = 12, 16  # bytes
#: What a font calls its letters: nothing, or short names, each after its length.
NO_NAMES, NAMED, _NAMES_AT = b"\0\3\0\0", b"\0\2\0\0", 32
LETTER_NAME = re.compile(rb"[A-Za-z]{0,16}[0-9A-F]{0,5}(?:\.[a-z]{1,8})?")
TABLES = frozenset((b"cvt ", *b"fpgm glyf head hhea hmtx loca maxp name post prep".split()))


def is_ours(font: bytes, known: Collection[bytes]) -> bool:
    """Whether a font is a part of one of ours, with nothing beside its tables.

    Parameters
    ----------
    font : bytes
        The font.
    known : collection of bytes
        The texts that our fonts say of themselves.

    Returns
    -------
    bool
        Also no for names of letters that are more than a short word of one alphabet.
    """
    tables = tables_of(font)
    size = _HEAD + sum(_ENTRY + len(one) + -len(one) % 4 for one in tables.values())
    is_whole = tables.keys() <= TABLES and size == len(font)
    return is_whole and tables.get(b"name", b"") in known and _has_plain_names(tables[b"post"])


def tables_of(font: bytes) -> dict[bytes, bytes]:
    """The parts of a font by name."""
    count = int.from_bytes(font[4:6], "big")
    found = {}
    for at in range(_HEAD, _HEAD + _ENTRY * count, _ENTRY):
        start, size = (int.from_bytes(font[at + n : at + n + 4], "big") for n in (8, 12))
        found[font[at : at + 4]] = font[start : start + size]
    return found


def _has_plain_names(post: bytes) -> bool:
    """Whether a font names its letters by nothing but short words of one alphabet."""
    if post[:4] == NO_NAMES:
        return len(post) == _NAMES_AT
    if post[:4] != NAMED:
        return False
    rest, names = post[_NAMES_AT:], list[bytes]()
    rest = rest[2 + 2 * int.from_bytes(rest[:2], "big") :]
    while rest:
        names.append(rest[1 : 1 + rest[0]])
        rest = rest[1 + rest[0] :]
    return all(map(LETTER_NAME.fullmatch, names))
