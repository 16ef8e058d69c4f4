"""What a PDF of ours is spelt with: names, numbers, texts and operators, and no sign beside them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from typing import NoReturn

#: Every name that a file may use; a script, an address, a form or an attachment needs another one.
NAMES = frozenset(
    b"""
A ActualText Alt Annot Annots Artifact Ascent Attached BBox BaseFont Block BlockQuote Border BorderColor
BorderStyle BorderThickness Bottom CIDFontType2 CIDSet CIDSystemInfo CIDToGIDMap CMap CapHeight Caption
Catalog Circle Code ColorSpace Column Contents Count Creator DW Datetime Decimal DescendantFonts Descent
Dest Direction DisplayDocTitle Div Document Em Encoding ExtGState F Figure Filter First Flags FlateDecode
Font FontBBox FontDescriptor FontFile2 FontName Footer H1 H2 H3 H4 H5 H6 Header Headers ICCBased ID IDTree
Identity Identity-H ImageB ImageC ItalicAngle K Kids L L2R LBody LI Lang Last Layout Lbl Length Limits
LineThrough Link List ListNumbering MCID MCR MarkInfo Marked MediaBox Metadata N Names Next None Nums O OBJR
Obj Ordering Ordered Outlines P PDF Page Pages Pagination Parent ParentTree ParentTreeNextKey Part Pg
Placement Prev ProcSet Range Rect Reference Registry Resources RoleMap Row S Scope Solid Span StemV Strong
StructElem StructParent StructParents StructTreeRoot Subtype Supplement Suspects T TBody TD TH THead TOC
TOCI TR Table Tabs Terms Text TextDecorationType TextPosition Title ToUnicode Top Type Type0 Underline
ViewerPreferences W WMode XML XYZ CA ca BaselineShift Info Inline Root Size
""".split()
)
OF_FONT = re.compile(rb"(?:[A-Z]{6}\+)?(?:Inter-(?:Regular|SemiBold)|DejaVuSansMono(?:-Bold)?)|[cfg]\d{1,3}")
#: Where a sign of its own begins and ends: blanks and brackets stand around it.
BLANKS = b" \t\n\f\r"
BLANK, AROUND = rb"[%b]" % BLANKS, rb"[^%b/<>\[\]()]" % BLANKS
BEGINS, ENDS = rb"(?<!%b)" % AROUND, rb"(?!%b)" % AROUND
#: Shorter than the number of a person; so is the number of an object.
NUMBER = rb"-?(?>\d{0,5}\.\d{1,10}|\d{1,7})" + ENDS
#: Atomic groups: possessive ones of groups match too much up to Python 3.11.4 (gh-106052).
_IN = rb"(?>(?:[^()\\]++|\\.)*)"
STRING = rb"\((?>(?:[^()\\]++|\\.|\((?>(?:[^()\\]++|\\.|\(" + _IN + rb"\))*)\))*)\)|<[0-9A-Fa-f]*+>"
TOKEN = re.compile(rb"%b+|%b|<<|>>|/%b*|[\[\]]|%b+" % (BLANK, STRING, AROUND, AROUND), re.DOTALL)
IS_STRING = re.compile(STRING, re.DOTALL)
IS_NUMBER = re.compile(NUMBER)
PLAIN = frozenset((b"R", b"true", b"false", b"null", b"<<", b">>", b"[", b"]"))
ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def check(data: bytes, operators: frozenset[bytes]) -> None:
    """Stop at anything but texts, numbers, known names and known operators.

    Parameters
    ----------
    data : bytes
        An object, or contents of a page.
    operators : frozenset of bytes
        Which operators may be used.

    Raises
    ------
    ValueError
        If it holds anything else.
    """
    found = TOKEN.findall(data)
    if sum(map(len, found)) < len(data) or not all(_is_known(token, operators) for token in set(found)):
        refuse()


@functools.lru_cache(1 << 16)
def _is_known(token: bytes, operators: frozenset[bytes]) -> bool:
    if token.startswith(b"/"):
        return token[1:] in NAMES or OF_FONT.fullmatch(token[1:]) is not None
    if token.startswith((b"(", b"<")) or not token.strip(BLANKS):
        return True
    return token in PLAIN or token in operators or IS_NUMBER.fullmatch(token) is not None


def strings(parts: Sequence[bytes]) -> Iterator[str]:
    """The texts in objects and in marks around words.

    Parameters
    ----------
    parts : sequence of bytes
        What objects and marks say of themselves.

    Yields
    ------
    str
        In their order.
    """
    for part in parts:
        for one in map(unescaped, IS_STRING.findall(part)):
            is_wide = one.startswith(b"\xfe\xff")
            yield one[2:].decode("utf-16-be") if is_wide else one.decode("latin-1")


@functools.lru_cache(1 << 16)
def unescaped(string: bytes) -> bytes:
    """What a text in brackets, or in hexadecimal digits, is.

    Parameters
    ----------
    string : bytes
        As it is written.

    Returns
    -------
    bytes
        As it is meant.
    """
    if string.startswith(b"<"):
        return bytes.fromhex(string[1:-1].decode())
    return ESCAPE.sub(lambda escape: _sign(escape[1]), string[1:-1]) if b"\\" in string else string[1:-1]


@functools.cache
def _sign(escape: bytes) -> bytes:
    return bytes([int(escape, 8)]) if escape.isdigit() else ESCAPES.get(escape, escape)


def refuse() -> NoReturn:
    """Stop: our writer does not make this.

    Raises
    ------
    ValueError
        Always.
    """
    raise ValueError("not a PDF of ours")
