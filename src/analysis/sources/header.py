"""Which line is the header, and what separates its fields."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.errors import InputRefused, Place
from analysis.sources.cells import Fit

MOST_COLUMNS = 1000
MOST_PREAMBLE = 20
READ, REFUSED = (";", ",", "\t"), ("|",)
LEAST_FIT = 0.5
_HIDDEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


@dataclass(frozen=True)
class Header:
    """The header of a delimited file: its cells, its physical lines (1-based), the delimiter."""

    cells: list[str]
    line: int
    last_line: int
    delimiter: str
    is_first: bool


def tidy(cell: str) -> str:
    """A header as it is shown: no outer blanks, inner ones single, nothing invisible."""
    return " ".join(cell.translate(_HIDDEN).split())


def folded(cell: str) -> str:
    """A header as it is compared: letter case, width, a closing colon and signs around it do not count."""
    plain = tidy(unicodedata.normalize("NFKC", cell)).casefold()
    return re.sub(r"[\s:.*]+$", "", plain)


def find_header(head: str, declared: str, fit: Fit, name: str) -> Header:
    """Find the header among the first lines.

    Parameters
    ----------
    head : str
        The beginning of the text.
    declared : str
        The delimiter that the mapping states; others are tried too.
    fit : callable
        How well some cells fit the sources asked for.
    name : str
        The file, for messages.

    Returns
    -------
    Header
        The line that fits best; the first line with text when none fits.

    Raises
    ------
    InputRefused
        If its fields are separated by a sign we do not read, or there are too many.
    """
    lines = re.split(r"\r\n|\n|\r", head, maxsplit=MOST_PREAMBLE + 1)[: MOST_PREAMBLE + 1]
    stated, skipped = _sep_line(lines)
    if stated and stated not in (declared, *READ):
        _refuse_delimiter(stated, Place(name, 1))
    candidates = []
    filled = [n for n, line in enumerate(lines, 1) if n > skipped and line.strip()]
    for order, delimiter in enumerate(dict.fromkeys([stated or declared, *READ, *REFUSED])):
        for n in filled:
            cells, _ = _cells(lines[n - 1 :], delimiter)
            fits = fit(cells) if len(cells) <= MOST_COLUMNS else 0.0
            candidates.append((fits, -order, -n, delimiter))
    if not candidates:
        raise InputRefused("the file is empty", "Ask the sender for it again", Place(name), reason="empty")
    best, _, line, delimiter = max(candidates)
    if best < LEAST_FIT:
        line, delimiter = -filled[0], stated or _likeliest(lines[filled[0] - 1], declared)
    cells, height = _cells(lines[-line - 1 :], delimiter)
    _check(cells, delimiter, Place(name, -line))
    return Header([tidy(c) for c in cells], -line, height - line - 1, delimiter, -line == filled[0])


def _sep_line(lines: Sequence[str]) -> tuple[str, int]:
    """Excel's “sep=;” line: the delimiter it states, and how many lines to skip."""
    found = re.fullmatch(r'"?sep=(.)"?\s*', lines[0].lstrip("\ufeff")) if lines else None
    return (found[1], 1) if found else ("", 0)


def _cells(lines: Sequence[str], delimiter: str) -> tuple[list[str], int]:
    """The first record and how many lines it takes: more than one when a quoted header breaks."""
    split = lines[0].split(delimiter)
    if len(split) > MOST_COLUMNS or '"' not in lines[0]:
        return split, 1
    reader = csv.reader([f"{line}\n" for line in lines], delimiter=delimiter, strict=True)
    try:
        return next(reader), reader.line_num
    except csv.Error:
        return [cell.strip('"') for cell in split], 1


def _likeliest(line: str, declared: str) -> str:
    often = Counter(line)
    signs = [declared, *READ, *REFUSED]
    return max(signs, key=lambda sign: (often[sign], sign == declared))


def _refuse_delimiter(delimiter: str, where: Place) -> None:
    what = f"the fields are separated by “{delimiter}”"
    raise InputRefused(what, "Export it with semicolons", where, reason="delimiter")


def _check(cells: list[str], delimiter: str, where: Place) -> None:
    if delimiter in REFUSED:
        _refuse_delimiter(delimiter, where)
    if len(cells) > MOST_COLUMNS:
        what = f"the file has {len(cells)} columns"
        raise InputRefused(what, "Check that it is the right file", where, reason="too_many_columns")


def refuse_repeated(header: Sequence[str], where: Place) -> None:
    """Refuse a header in which a name stands twice.

    By position: the first line of a file without a header holds values, which are never shown.

    Parameters
    ----------
    header : sequence of str
        The names; empty ones do not count.
    where : Place
        File and line.

    Raises
    ------
    InputRefused
        If one repeats.
    """
    names = [folded(h) for h in header]
    often = Counter(names)
    twice = next((h for h in names if h and often[h] > 1), None)
    if twice is not None:
        first, second, *_ = [n for n, h in enumerate(names, 1) if h == twice]
        what = f"columns {first} and {second} have the same header"
        raise InputRefused(what, "Keep one of them", where, reason="repeated_column")
