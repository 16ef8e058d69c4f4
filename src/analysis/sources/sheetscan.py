"""What the XML of a sheet says that the cells alone do not: extent, gaps, errors, merged cells.

Works on the raw bytes, block by block: a parser would cost more than the reading itself. Blocks that are
not written in the usual form (cells without references, odd spacing) are read tag by tag instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.errors import InputRefused, Place

LAST_ROW = 1_048_576
LEAST_GAP = 1_000
MOST_OPEN = 8 << 20
ONE_LETTER = 26
_PAD = bytes(16)
_P = rb"(?:[\w.-]+:)?"
_ATTRIBUTES = rb"(?:\s(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)?"
_TAG = re.compile(rb"<" + _P + rb"(row|c)(" + _ATTRIBUTES + rb")>")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]*)(\d*)")
_ERROR = re.compile(rb"\st\s*=\s*[\"']e[\"']")
_IS_TEXT = re.compile(rb"\st\s*=\s*[\"']str[\"']")
_NO_VALUE = re.compile(
    rb"<" + _P + rb"f(?:\s[^>]*)?(?:/>|>[^<]*</" + _P + rb"f>)\s*"
    rb"(?:<" + _P + rb"v\s*/>|<" + _P + rb"v>\s*</" + _P + rb"v>)?\s*</" + _P + rb"c>"
)
_NUMBERED = re.compile(
    rb"(<" + _P + rb"(?:row|c)(?=\s)(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?\sr\s*=\s*[\"'][A-Za-z]*)(\d+)"
)
_ROOT = re.compile(rb"<(" + _P + rb")worksheet[\s>]")

Numbers = NDArray[np.int64]


@dataclass
class SheetFacts:
    """What one sheet's bytes say.

    ``errors`` are sheet row and column (1-based) of cells that hold an error, or a formula without a value;
    ``rows`` are the distinct sheet rows that have cells.
    """

    errors: list[tuple[int, int]] = field(default_factory=list)
    has_merged: bool = False
    last_column: int = 0
    rows: Numbers = field(default_factory=lambda: np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class Gaps:
    """Long runs of sheet rows without cells, each closed to one blank row.

    ``starts`` are the rows after each gap, as numbered once the gaps are closed; ``removed`` says how many
    rows are left out before them. ``first_line`` is the first sheet row in a gap, None without gaps.
    """

    starts: Numbers
    removed: Numbers
    first_line: int | None = None

    def lines(self, rows: Numbers) -> Numbers:
        """Sheet rows of the rows of the closed sheet."""
        before = np.concatenate([[0], self.removed])
        return rows + before[np.searchsorted(self.starts, rows, side="right")]


def is_sheet(head: bytes) -> bool:
    """Whether the beginning of an XML part is that of a sheet of cells."""
    return _ROOT.search(head) is not None


def declares_entities(xml: bytes) -> bool:
    """Whether some XML declares a document type or entities; tells quickly that it does not."""
    signs = np.frombuffer(xml, dtype=np.uint8)
    if not ((signs[:-1] == ord("<")) & (signs[1:] == ord("!"))).any():
        return False
    return b"<!DOCTYPE" in xml or b"<!ENTITY" in xml


def find_gaps(rows: Numbers) -> Gaps:
    """Find runs of more than 1000 rows without cells.

    Parameters
    ----------
    rows : array of int
        Distinct rows with cells, in order.

    Returns
    -------
    Gaps
        Empty when there are none.
    """
    steps = np.diff(rows, prepend=0)
    at = np.flatnonzero(steps > LEAST_GAP)
    removed = np.cumsum(steps[at] - 2)
    first = int(rows[at[0]] - steps[at[0]] + 1) if at.size else None
    return Gaps(rows[at] - removed, removed, first)


def renumber(xml: bytes, gaps: Gaps) -> bytes:
    """Close the gaps in a piece of a sheet's XML that ends between tags."""
    opened = gaps.starts + gaps.removed

    def closed(found: re.Match[bytes]) -> bytes:
        row = int(found[2])
        at = int(np.searchsorted(opened, row, side="right"))
        return found[1] + b"%d" % (row - int(gaps.removed[at - 1]) if at else row)

    return _NUMBERED.sub(closed, xml)


class SheetScan:
    """Reads a sheet's XML in blocks; its facts are complete after `close`.

    Parameters
    ----------
    where : Place
        The file, for messages.
    """

    def __init__(self, where: Place) -> None:
        self.where = where
        self.facts = SheetFacts()
        self._open = b""
        self._row_tag, self._prefix = b"<row", ord("<")
        self._row, self._column = 0, 0
        self._rows: list[Numbers] = []

    def feed(self, block: bytes) -> None:
        """Take the next bytes.

        Parameters
        ----------
        block : bytes
            Cut anywhere.

        Raises
        ------
        InputRefused
            Reason ``bomb`` if a single tag, text or row is larger than 8 MB.
        """
        block = self._open + block
        if not self._rows and (root := _ROOT.search(block)):
            self._row_tag, self._prefix = b"<" + root[1] + b"row", (b"<" + root[1])[-1]
        cut = block.rfind(self._row_tag)
        cut = cut if cut > 0 else max(block.rfind(b"<"), 0)
        self._open = block[cut:]
        if len(self._open) > MOST_OPEN:
            what = "a sheet holds a cell or row beyond all measure"
            raise InputRefused(what, "Export it as CSV", self.where, reason="bomb")
        if cut:
            self._scan(block[:cut])

    def close(self) -> SheetFacts:
        """Say that there is no more.

        Returns
        -------
        SheetFacts
            What the whole sheet says.

        Raises
        ------
        InputRefused
            If a cell stands below the last row that a sheet can have.
        """
        self._scan(self._open)
        rows = np.concatenate([self.facts.rows, *self._rows])
        steps = np.diff(rows, prepend=0)
        rows = np.unique(rows) if (steps < 0).any() else rows[steps > 0]
        if rows.size and rows[-1] > LAST_ROW:
            what = f"a cell stands below row {LAST_ROW}: the workbook is damaged"
            raise InputRefused(
                what, "Save it again in the spreadsheet program", self.where, reason="file_type"
            )
        self.facts.rows = rows
        return self.facts

    def _scan(self, xml: bytes) -> None:
        signs = np.frombuffer(xml + _PAD, dtype=np.uint8)
        opens = signs[:-1] == self._prefix
        if _after(signs, opens, "m").size and b"mergeCell " in xml:
            self.facts.has_merged = True
        cells, rows = _after(signs, opens, "c"), _after(signs, opens, "r")
        tags = [_ends_name(signs, rows[signs[rows + 2] == ord("w")] + 2), _ends_name(signs, cells)]
        found = _references(signs)
        if found is None or tags != [found.row_tags, found.rows.size]:
            self._scan_tags(xml)
        else:
            self.facts.last_column = max(self.facts.last_column, found.last_column)
            if found.rows.size:
                self._rows.append(found.rows[np.diff(found.rows, prepend=0) != 0])
                self._row = int(found.rows[-1])
            if ((signs[:-2] == signs[2:]) & (signs[1:-1] == ord("e")) & (signs[2:] < ord("/"))).any():
                self._note_errors(xml)
        if _after(signs, opens, "f").size:
            self._note_missing(xml)

    def _scan_tags(self, xml: bytes) -> None:
        """Tag by tag, with or without references, counting as the reader of cells does."""
        rows = []
        for tag in _TAG.finditer(xml):
            reference = _REFERENCE.search(tag[2])
            letters, digits = reference.groups() if reference else (b"", b"")
            if tag[1] == b"row":
                self._row, self._column = int(digits) if digits else self._row + 1, 0
                continue
            self._column = _column(letters) if letters else self._column + 1
            row = int(digits) if digits else self._row
            rows.append(min(row, LAST_ROW + 1))
            if not tag[2].endswith(b"/"):
                self.facts.last_column = max(self.facts.last_column, min(self._column, LAST_ROW))
            if _ERROR.search(tag[2]):
                self.facts.errors.append((row, self._column))
        self._rows.append(np.unique(np.array(rows, dtype=np.int64)))

    def _note_errors(self, xml: bytes) -> None:
        for found in _ERROR.finditer(xml):
            self._note(xml, xml.rfind(b"<", 0, found.start()))

    def _note_missing(self, xml: bytes) -> None:
        """Formulas whose result was not saved: their cells would look empty."""
        for found in _NO_VALUE.finditer(xml):
            at = xml.rfind(b"<", 0, found.start())
            if not _IS_TEXT.search(xml, at, found.start()):
                self._note(xml, at)

    def _note(self, xml: bytes, at: int) -> None:
        tag = _TAG.match(xml, max(at, 0))
        reference = _REFERENCE.search(tag[2]) if tag and tag[1] == b"c" else None
        if reference and reference[2]:
            self.facts.errors.append((int(reference[2]), _column(reference[1])))


@dataclass(frozen=True)
class _Found:
    rows: Numbers
    last_column: int
    row_tags: int


def _after(signs: NDArray[np.uint8], opens: NDArray[np.bool_], letter: str) -> Numbers:
    """Where a tag's name begins with this letter."""
    return np.flatnonzero(opens & (signs[1:] == ord(letter))) + 1


def _ends_name(signs: NDArray[np.uint8], at: Numbers) -> int:
    """How many tags have a name that ends here."""
    after = signs[at + 1]
    return int(((after <= ord(" ")) | (after == ord(">")) | (after == ord("/"))).sum())


def _references(signs: NDArray[np.uint8]) -> _Found | None:
    """All cell references at once; None when one is not in the usual form."""
    at = np.flatnonzero(signs[: -len(_PAD)] == ord("r"))
    at = at[at > 0]
    at = at[(signs[at - 1] == ord(" ")) & (signs[at + 1] == ord("=")) & (signs[at + 2] == ord('"'))] + 3
    start, column, row = at, np.zeros(at.size, dtype=np.int64), np.zeros(at.size, dtype=np.int64)
    for _ in range(3):
        letter = signs[at] & 0xDF
        is_letter = (letter >= ord("A")) & (letter <= ord("Z"))
        if not is_letter.any():
            break
        column = np.where(is_letter, column * 26 + (letter - 64), column)
        at = at + is_letter
    for _ in range(7):
        digit = signs[at] - np.uint8(ord("0"))
        is_digit = digit < 10
        if not is_digit.any():
            break
        row = np.where(is_digit, row * 10 + digit, row)
        at = at + is_digit
    if (row == 0).any() or (signs[at] != ord('"')).any():
        return None
    is_cell = column > 0
    return _Found(row[is_cell], _last_column(signs, start, column), int((~is_cell).sum()))


def _last_column(signs: NDArray[np.uint8], at: Numbers, columns: Numbers) -> int:
    """The last column; beyond Z only cells count that are not empty tags."""
    last = int(columns.max(initial=0))
    if last <= ONE_LETTER:
        return last
    far = columns > ONE_LETTER
    ends = np.flatnonzero(signs == ord(">"))
    closing = ends[np.minimum(np.searchsorted(ends, at[far]), ends.size - 1)]
    filled = columns[far][signs[closing - 1] != ord("/")]
    return int(max(columns[~far].max(initial=0), filled.max(initial=0)))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:8]:
        number = number * 26 + letter - 64
    return number
