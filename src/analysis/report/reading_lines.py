"""The lines of a PDF's page as they are seen: what stands side by side is one text, however it was drawn.

A number may be drawn letter by letter, as figures are, or half of it bold; what marks the parts of a page
says nothing of that, so places and widths decide.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import NamedTuple

from analysis.report.reading_signs import BEGINS, BLANK, ENDS, NUMBER, STRING, unescaped

NEAR = 0.2  # of the size of the letters: less than a blank
#: What shows a text: strings, and what moves them together.
_SHIFTED = rb"\[(?>(?:%b|%b|%b)*)\]%b*+TJ" % (STRING, BLANK, NUMBER, BLANK)
_TEXT = rb"(?:%b|(?:%b)%b*+Tj)%b" % (_SHIFTED, STRING, BLANK, ENDS)
_COLOURED = rb"/c\d{1,3} cs(?>(?: %b)+) scn\nBT \d Tr" % NUMBER
#: Where a text stands, its font and size, itself: nearly always together.
DRAWN = (
    rb"%b(?P<at>%b) cm%b" % (BEGINS, b" ".join([NUMBER] * 6), ENDS)
    + rb"(?:%b/(?P<font>\w++) (?P<size>%b) Tf 1 0 0 -1 0 0 Tm(?P<text>%b))?" % (_COLOURED, NUMBER, _TEXT)
    + rb"|/(?P<other_font>\w++) (?P<other_size>%b) Tf%b|(?P<other_text>%b)" % (NUMBER, ENDS, _TEXT)
)
PART = re.compile(rb"(" + STRING + rb")|(-?[\d.]+)", re.DOTALL)
WIDTH = re.compile(rb"(\d+) \1 ([\d.]+)")


class Drawn(NamedTuple):
    """What a match of `DRAWN` tells: six numbers, the name of a font, its size, a text; b"" for none."""

    at: bytes
    font: bytes
    size: bytes
    text: bytes

    @classmethod
    def of(cls, found: re.Match[bytes]) -> Drawn:
        """What stands together, or one of it alone."""
        at, font, size, text, *alone = found.groups(b"")[:7]
        return cls(at, font, size, text) if at else cls(at, *alone)


@dataclass(frozen=True, eq=False)
class Font:
    """A font of a page: what its signs say, and how wide they are in thousandths of its size."""

    letters: Mapping[bytes, str]
    widths: Mapping[bytes, float]


def widths(head: bytes) -> dict[bytes, float]:
    """The widths of the signs of a font, from what it says of itself."""
    _, _, listed = head.partition(b"/W[")
    found = WIDTH.findall(listed.partition(b"]")[0])
    return {int(sign).to_bytes(2, "big"): float(width) for sign, width in found}


def seen_lines(drawn: Iterable[Drawn], fonts: Mapping[bytes, Font]) -> Iterator[str]:
    """The texts of a page, those that stand side by side together.

    Parameters
    ----------
    drawn : iterable of Drawn
        What the page's contents draw.
    fonts : mapping of bytes to Font
        By their names on the page.

    Yields
    ------
    str
        In the order in which they are drawn.
    """
    line, end, font, size = "", (0.0, 0.0), Font({}, {}), 0.0
    matrix: Sequence[float] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    for at, name, points, shown in drawn:
        if at:
            matrix = [float(number) for number in at.split()]
        if name:
            font, size = fonts[name], float(points)
        if shown:
            text, width = measured(shown, font)
            if hypot(matrix[4] - end[0], matrix[5] - end[1]) > NEAR * size * hypot(*matrix[:2]):
                yield line
                line = ""
            line += text
            far = width / 1000 * size
            end = (matrix[4] + far * matrix[0], matrix[5] + far * matrix[1])
    yield line


@functools.lru_cache(1 << 12)
def measured(shown: bytes, font: Font) -> tuple[str, float]:
    """What is shown at once, and how wide it is.

    Parameters
    ----------
    shown : bytes
        The strings and what moves them.
    font : Font
        Its font.

    Returns
    -------
    (str, float)
        The width is in thousandths of the font's size.
    """
    text, width = "", 0.0
    for string, back in PART.findall(shown):
        if back:
            width -= float(back)
            continue
        signs = unescaped(string)
        pairs = [signs[at : at + 2] for at in range(0, len(signs), 2)]
        text += "".join(font.letters[one] for one in pairs)
        width += sum(font.widths.get(one, 0.0) for one in pairs)
    return text, width
