"""What stands in a file to be published, as texts: words as readers meet them, and the markup around.

Every kind of file that the program publishes is read here, and no other: what cannot be read whole is
refused, since nobody can say what it holds.
"""

from __future__ import annotations

import csv
import functools
import io
import json
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from analysis.errors import DisclosureStop, Place

TAG = re.compile(r"(<!--.*?-->|<[!/?A-Za-z](?>(?:[^\"'>]|\"[^\"]*\"|'[^']*')*)>)", re.DOTALL)
INLINE = re.compile(
    r"<(?:!--|/?(?:a|abbr|b|bdi|bdo|big|code|del|dfn|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|sup"
    r"|tspan|u|var|wbr)\b)",
    re.IGNORECASE,
)
STYLE = re.compile(r"<style\b", re.IGNORECASE)
SCRIPT = re.compile(r"<(?:[\w-]+:)?script\b", re.IGNORECASE)
EXPLORED = re.compile(r"explore\.[a-z]{2}\.html")  # the one page with a script
DATA = re.compile(r"data:[^\s\"'()<>,]*,[^\s\"'()<>]*", re.IGNORECASE)
#: Written between letters to hide a word, or over them; seen by nobody.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\u3164\ufe00-\ufe0f"
    "\ufe20-\ufe2f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
#: Signs that nobody sees and that spell what letters spell.
SPELT = re.compile("[\U000e0020-\U000e007e]")
GAP = "\x1f"  # between texts that are tidied together; within one it is seen by nobody
FILE_NAME = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)*")
#: The parts of a workbook that our writer makes.
PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:app|core)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/(?:workbook|styles|sharedStrings)\.xml|xl/theme/theme1\.xml|xl/worksheets/sheet\d+\.xml"
)
PACKED = ("xlsx", "pdf", "pptx", "zip", "parquet")
LOCAL, CENTRAL, END = 30, 46, 22  # bytes of an archive's own records, without names
SHEET_NAME = 31  # characters, the most that a spreadsheet allows
NO_DATE = datetime(1980, 1, 1)


@dataclass(frozen=True)
class Read:
    """What one file holds.

    Parameters
    ----------
    file : str
        Its name within the set.
    texts : frozenset of str
        As a reader meets them: text nodes, comments, cells, values.
    runs : frozenset of str
        The texts of paragraphs and cells whole, with tags inside the line taken out.
    marks : frozenset of str
        Tags with their attributes, and style rules.
    """

    file: str
    texts: frozenset[str]
    runs: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()

    @property
    def pieces(self) -> frozenset[str]:
        """All of them."""
        return self.texts | self.runs | self.marks


def read(name: str, content: bytes) -> Read:
    """Read a file to be published.

    Parameters
    ----------
    name : str
        Its name within the set.
    content : bytes
        Its bytes.

    Returns
    -------
    Read
        All that stands in it.

    Raises
    ------
    DisclosureStop
        If the name is not one that the program gives, or the file cannot be read whole.
    """
    if not FILE_NAME.fullmatch(name):
        remedy = "Name it by letters, digits and hyphens, inside the set"
        raise DisclosureStop("a file to be published has a name that the program does not give", remedy)
    suffix = name.rpartition(".")[2].lower()
    if suffix in PACKED:
        return _packed(name, content, suffix)
    text = text_of(name, content)
    if EXPLORED.fullmatch(name):
        from analysis.report.reading_series import read_explored

        return read_explored(name, text)
    if suffix in ("html", "svg"):
        return markup(name, text)
    if suffix in ("csv", "json"):
        return _values(name, text, suffix)
    what = "nobody can read all that a file of this kind holds"
    raise DisclosureStop(
        what, "Publish pages, tables and charts as HTML, SVG, CSV, XLSX, JSON, PDF or PPTX", Place(name)
    )


def _packed(name: str, content: bytes, suffix: str) -> Read:
    """A file that is no plain text."""
    from analysis.report.reading_packed import read_figures, read_slides
    from analysis.report.reading_pdf import read_pdf
    from analysis.report.reading_series import read_parquet

    readers = {"pdf": read_pdf, "pptx": read_slides, "zip": read_figures, "parquet": read_parquet}
    return readers.get(suffix, _workbook)(name, content)


def tidy(texts: Iterable[str]) -> frozenset[str]:
    """Distinct texts in one way of writing: letters composed, blanks alike, what is unseen spelt or gone."""
    whole = unicodedata.normalize("NFKC", GAP.join({text.replace(GAP, "") for text in texts}))
    seen = SPELT.sub(lambda sign: chr(ord(sign[0]) - 0xE0000), whole)
    return frozenset(map(str.strip, INVISIBLE.sub("", seen).split(GAP))) - {""}


def text_of(name: str, content: bytes) -> str:
    """A file as text."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable(name) from None


def unreadable(name: str) -> DisclosureStop:
    """That a file cannot be read whole."""
    remedy = "Mend the code that writes it"
    return DisclosureStop("a file to be published cannot be read whole", remedy, Place(name))


def markup(name: str, text: str) -> Read:
    """What stands in a page, a chart or another text with tags.

    Parameters
    ----------
    name : str
        The file's name within the set.
    text : str
        Its text.

    Returns
    -------
    Read
        Words as readers meet them, and the markup around.

    Raises
    ------
    DisclosureStop
        If it has a script, or something embedded that is not the program's own.
    """
    if SCRIPT.search(text):
        what = "a page or a chart has a script, and only the stand-alone page may have one"
        raise DisclosureStop(what, "Take it out", Place(name))
    pieces = TAG.split(_without_data(name, text))
    tags, texts = pieces[1::2], pieces[0::2]
    styles = [number for number, tag in enumerate(tags, 1) if STYLE.match(tag)]
    marks = {*tags, *(texts[number] for number in styles)}
    for number in styles:
        texts[number] = ""
    said = {*texts, *(tag[4:-3] for tag in tags if tag.startswith("<!--"))}
    found = (tidy(map(unescape, part)) for part in (said, _runs(texts, tags), marks))
    return Read(name, *found)


def _runs(texts: list[str], tags: list[str]) -> Iterator[str]:
    """The texts between tags that end a line."""
    line = texts[0]
    for tag, text in zip(tags, texts[1:], strict=True):
        if INLINE.match(tag):
            line += text
        else:
            yield line
            line = text
    yield line


def _without_data(name: str, text: str) -> str:
    """The text without what is embedded; only what is the program's own may be."""
    if any(one not in _own_data() for one in set(DATA.findall(text))):
        what = "something is embedded in the file that is not the program's own"
        raise DisclosureStop(what, "Draw charts as SVG inside the page", Place(name))
    return DATA.sub(" ", text)


@functools.cache
def _own_data() -> frozenset[str]:
    from analysis.charts.style import font_face_css

    return frozenset(DATA.findall(font_face_css()))


def _values(name: str, text: str, suffix: str) -> Read:
    try:
        found = tidy(_cells(text) if suffix == "csv" else leaves(text))
    except (ValueError, RecursionError, csv.Error):
        raise unreadable(name) from None
    return Read(name, found, found)


def _cells(text: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=";"):
        yield from row


def leaves(text: str) -> Iterator[str]:
    """Keys and values of JSON; a key that stands twice counts twice."""
    waiting = [json.loads(text, object_pairs_hook=_Pairs, parse_float=str, parse_int=str)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, (list, tuple)):
            waiting += one


class _Pairs(list[object]):
    """The pairs of an object, none lost."""


def _workbook(name: str, content: bytes) -> Read:
    """What a workbook says beyond an empty one."""
    reads = [markup(name, text_of(name, part)) for part in parts_of(name, content, PARTS).values()]
    known = [markup(name, part.decode()) for part in _blank()]
    texts, runs, marks = (
        frozenset().union(*(getattr(one, kind) for one in reads))
        - frozenset().union(*(getattr(one, kind) for one in known))
        for kind in ("texts", "runs", "marks")
    )
    cut = {text for text in texts if len(text) == SHEET_NAME and _is_cut(text, texts)}
    whole = (functools.reduce(lambda m, one: m.replace(f'name="{one}"', ""), cut, mark) for mark in marks)
    return Read(name, texts - cut, runs - cut, frozenset(whole))


def _is_cut(text: str, texts: frozenset[str]) -> bool:
    """Whether a sheet's name is the beginning of another text, which says all of it."""
    return any(other.startswith(text) for other in texts - {text})


def parts_of(name: str, content: bytes, known: re.Pattern[str]) -> Mapping[str, bytes]:
    """The parts of an archive, none that is unknown or has a time, and not one byte outside them.

    Parameters
    ----------
    name : str
        Its name within the set.
    content : bytes
        The archive.
    known : pattern
        The names of the parts that our writer makes.

    Returns
    -------
    mapping of str to bytes
        By name.

    Raises
    ------
    DisclosureStop
        If it cannot be read, or holds anything else.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = archive.infolist()
            parts = {part.filename: archive.read(part) for part in found}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, NotImplementedError):
        raise unreadable(name) from None
    named = sum(len(part.filename.encode()) for part in found)
    size = sum(p.compress_size for p in found) + (LOCAL + CENTRAL) * len(found) + 2 * named + END
    is_ours = all(known.fullmatch(p.filename) and datetime(*p.date_time) == NO_DATE for p in found)
    if len(parts) < len(found) or size != len(content) or not is_ours:
        what = "an archive has parts, times or remarks that the program does not write"
        raise DisclosureStop(what, "Mend the code that writes it", Place(name))
    return parts


@functools.cache
def _blank() -> tuple[bytes, ...]:
    """The parts of a workbook without any cell, which every workbook has."""
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": NO_DATE})  # it has one empty sheet
    with zipfile.ZipFile(buffer) as archive:
        return tuple(archive.read(part) for part in archive.namelist())
