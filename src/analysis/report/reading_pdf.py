"""What stands in a PDF of ours: every byte belongs to an object of a known kind, and every text is read.

Only what our own writer makes is read: no encryption, no packed objects, no updates, no pictures, scripts,
forms, attachments or addresses. Anything else is refused, since nobody can say what it holds.
"""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.report.reading import Read, markup, tidy, unreadable
from analysis.report.reading_fonts import is_ours, tables_of
from analysis.report.reading_lines import DRAWN, Drawn, Font, measured, seen_lines, widths
from analysis.report.reading_signs import BEGINS, BLANK, ENDS, NUMBER, STRING, check, refuse, strings

#: Of a page's contents, beside those of `DRAWN`.
OPERATORS = frozenset(
    b"Tr Tm q Q cs scn BT ET EMC BDC BMC c l m CS SCN M w S h j B J W W* n f f* d gs".split()
)
#: Of a page's contents, what tells its texts: marks around them, where they stand, their font, themselves.
SHOWN = re.compile(
    DRAWN
    + rb"|(?P<mark>/\w+%b*(?:<<(?:%b|<<[^<>]*>>|[^<>()])*>>|/\w+)?%b*BDC%b" % (BLANK, STRING, BLANK, ENDS)
    + rb"|%bBMC%b)|(?P<end>%bEMC%b)" % (BEGINS, ENDS, BEGINS, ENDS),
    re.DOTALL,
)
#: How a line is broken, and what stands nowhere else in the rest of a page.
DASHES, BRACKET = re.compile(rb"\[[\d. ]*\]%b d%b" % (NUMBER, ENDS)), re.compile(rb"[()<>\[\]]")
END_OF_MARK = b"EMC"
#: Around letters that stand for themselves, and around what is no running text: a figure, the page's head.
INSTEAD = b"/Span<</ActualText"
APART = re.compile(rb"^/Artifact|^BMC|/Alt")
MARKED = re.compile(rb"/MCID (\d+)")
#: Of the tree that tells what belongs together: what a part is, its page, and its parts and marks.
KIND, PAGE, KIDS = (re.compile(e) for e in (rb"/StructElem/S/(\w+)", rb"/Pg (\d+) 0 R", rb"/K\[([^\]]*)\]"))
KID = re.compile(rb"<</Type/MCR/MCID (\d+)/Pg (\d+) 0 R>>|<<[^<>]*>>|(\d+) 0 R|(\d+)")
OF_SEVERAL = frozenset(b"Document Figure L LBody LI Reference TBody THead TOC TOCI TR Table".split())
HEADER = re.compile(rb"%PDF-1\.7\n%[\x80-\xff]{4}\n\n")
OBJECT = re.compile(rb"(\d{1,6}) 0 obj\n")
END = re.compile(rb"trailer\n(.*?)\nstartxref\n(\d+)\n%%EOF", re.DOTALL)
MAPPED = re.compile(rb"<([0-9A-F]{4})> <((?:[0-9A-F]{4}){1,4})>")
COUNTED = re.compile(rb"\d+ beginbfchar")
#: Digests of the file that its writer puts in it, and the names of cells in tables.
FILE_ID = re.compile(r"[A-Za-z0-9+/]{22}==")
OWN_IDS = re.compile(rf"{FILE_ID.pattern}|U\d{{1,4}}(?:x\d{{1,4}})?(?:y\d{{1,4}})?")

_Place = tuple[int, int]  # the number of a page, and of a mark on it
_Shown = tuple[bytes, Drawn]  # a mark that begins, or its end, or what is drawn


@dataclass(frozen=True)
class _Object:
    """A part of the file: what it says of itself, and its contents when it is a stream."""

    head: bytes
    stream: bytes | None

    def refers(self, name: bytes) -> list[int]:
        """The numbers of the objects that it names so."""
        if name not in self.head:
            return []
        found = re.search(rb"/" + name + rb"\s*(\[[^\]]*\]|\d+ 0 R)", self.head)
        return [int(n) for n in re.findall(rb"(\d+) 0 R", found[1])] if found else []


def read_pdf(name: str, content: bytes) -> Read:
    """Read a PDF to be published.

    Parameters
    ----------
    name : str
        Its name within the set.
    content : bytes
        Its bytes.

    Returns
    -------
    Read
        Its texts: on its pages, beside its figures, in its outline and of itself.

    Raises
    ------
    DisclosureStop
        If it has a part that our writer does not make.
    """
    try:
        found, empty = _File(content).read(name), _empty()
        return Read(
            name, *(getattr(found, kind) - getattr(empty, kind) for kind in ("texts", "runs", "marks"))
        )
    except (ValueError, KeyError, IndexError, TypeError, RecursionError, zlib.error):
        raise unreadable(name) from None


class _File:
    """A PDF, its objects by number."""

    def __init__(self, content: bytes) -> None:
        self.objects, trailer = _objects(content)
        said = strings([trailer, *(one.head for one in self.objects.values())])
        self._known_fonts: dict[bytes, Font] = {}
        self.said = {text for text in said if not OWN_IDS.fullmatch(text)}

    def read(self, name: str) -> Read:
        """All that it says."""
        kinds = self._kinds()
        if any(one.stream is not None and n not in kinds for n, one in self.objects.items()):
            refuse()
        texts, runs, marks = set(self.said), set(self.said), frozenset[str]()
        marked: dict[_Place, list[str]] = {}
        for number, kind in kinds.items():
            data = self.objects[number].stream or b""
            if kind == "page":
                page, fonts = self._pages[number], self._fonts(number)
                shown = _shown(data)
                for mark, run in _marked(shown, fonts):
                    texts.update(run)
                    runs.add(_run(run))
                    marked.setdefault((page, mark), []).extend(run)
                runs.update(seen_lines([one for _, one in shown], fonts))
            elif kind == "about":
                about = markup(name, FILE_ID.sub("", data.decode()))
                texts, runs, marks = texts | about.texts, runs | about.runs, about.marks
            elif kind == "letters":
                _letters(data)
            elif kind == "known" and data not in _known():
                refuse()
        runs.update(_run(self._told(number, marked)) for number in self.objects)
        return Read(name, *map(tidy, (texts, runs, marks)))

    def _told(self, number: int, marked: Mapping[_Place, Sequence[str]]) -> list[str]:
        """The texts of a paragraph or a cell, whose lines are marks of their own; of several none."""
        head = self.objects[number].head
        kind, page, listed = KIND.search(head), PAGE.search(KIDS.sub(b"", head)), KIDS.search(head)
        if kind is None or kind[1] in OF_SEVERAL or listed is None:
            return []
        found: list[str] = []
        for mark, other, kid, own in KID.findall(listed[1]):
            if kid:
                found += self._told(int(kid), marked)
            elif mark:
                found += marked.get((int(other), int(mark)), [])
            elif own and page:
                found += marked.get((int(page[1]), int(own)), [])
        return found

    def _kinds(self) -> dict[int, str]:
        """What each stream is, told by who refers to it."""
        kinds: dict[int, str] = {}
        for one in self.objects.values():
            for name, kind in ((b"Contents", "page"), (b"ToUnicode", "letters"), (b"Metadata", "about")):
                kinds |= dict.fromkeys(one.refers(name), kind)
            for name in (b"FontFile2", b"CIDSet"):
                kinds |= dict.fromkeys(one.refers(name), name.decode())
            kinds |= dict.fromkeys(map(int, re.findall(rb"/ICCBased (\d+) 0 R", one.head)), "known")
        for number in [n for n, kind in kinds.items() if kind == "FontFile2"]:
            if not is_ours(self.objects[number].stream or b"", _known()):
                refuse()
        for number in [n for n, kind in kinds.items() if kind == "CIDSet"]:
            if not re.fullmatch(rb"\xff*[\x80-\xff\x00]?", self.objects[number].stream or b""):
                refuse()
        return {n: kind for n, kind in kinds.items() if self.objects[n].stream is not None}

    @functools.cached_property
    def _pages(self) -> Mapping[int, int]:
        """By the number of a stream, that of the page that it is the contents of."""
        return {number: n for n, one in self.objects.items() for number in one.refers(b"Contents")}

    def _fonts(self, number: int) -> dict[bytes, Font]:
        """A page's fonts, by their names there."""
        page = self.objects[self._pages[number]]
        resources = page.refers(b"Resources")
        head = self.objects[resources[0]].head if resources else page.head
        listed = re.search(rb"/Font<<(.*?)>>", head, re.DOTALL)
        named = re.findall(rb"/(\w+) (\d+) 0 R", listed[1]) if listed else []
        for _, n in named:
            if n not in self._known_fonts:
                self._known_fonts[n] = self._font(self.objects[int(n)])
        return {name: self._known_fonts[n] for name, n in named}

    def _font(self, font: _Object) -> Font:
        letters, drawn = font.refers(b"ToUnicode")[0], font.refers(b"DescendantFonts")[0]
        return Font(_letters(self.objects[letters].stream or b""), widths(self.objects[drawn].head))


class _Drawn:
    """What has been drawn since a mark began or ended: texts at one height are one."""

    def __init__(self) -> None:
        self.marks = [b""]
        self.height = self._last = b""
        self._run: list[str] = []

    def add(self, text: str) -> None:
        """A text where the pen is."""
        if self.height == self._last and self._run and not any(map(_is_apart, self.marks)):
            self._run[-1] += text
        else:
            self._run.append(text)
        self._last = self.height

    def ended(self, mark: bytes) -> tuple[int, list[str]]:
        """The texts until a mark begins or ends, and its number; nothing yet when it stands for letters."""
        if mark.startswith(INSTEAD):
            return -1, []
        numbers = [found[1] for found in map(MARKED.search, reversed(self.marks)) if found]
        run, self._run, self._last = self._run, [], b""
        return int(numbers[0]) if numbers else -1, run


def _objects(content: bytes) -> tuple[dict[int, _Object], bytes]:
    """The objects of a file and its trailer; not one byte is anything else."""
    start = HEADER.match(content)
    at, found, places = start.end() if start else refuse(), dict[int, _Object](), dict[int, int]()
    while one := OBJECT.match(content, at):
        end = content.index(b"\nendobj", one.end())
        begin = content.find(b"\nstream\n", one.end(), end)
        head = content[one.end() : end if begin < 0 else begin]
        stream, closing = None, b"\nendobj\n"
        if begin >= 0:
            end = begin + 8 + int(re.search(rb"/Length (\d+)", head)[1])  # type: ignore[index]
            stream, closing = _inflated(head, content[begin + 8 : end]), b"\nendstream\nendobj\n"
        if not content.startswith(closing, end) or int(one[1]) in found:
            refuse()
        places[int(one[1])] = one.start()
        at = end + len(closing)
        check(head, frozenset())
        found[int(one[1])] = _Object(head, stream)
    return found, _trailer(content, at, places)


def _trailer(content: bytes, at: int, places: Mapping[int, int]) -> bytes:
    """The end of a file, which names where each object stands and nothing else."""
    listed = b"".join(b"%010d 00000 n\r\n" % places[n] for n in sorted(places))
    table = b"xref\n0 %d\n0000000000 65535 f\r\n" % (len(places) + 1) + listed
    last = END.fullmatch(content, at + len(table))
    if not last or not content.startswith(table, at) or int(last[2]) != at:
        refuse()
    check(last[1], frozenset())
    return last[1]


def _marked(shown: Iterable[_Shown], fonts: Mapping[bytes, Font]) -> Iterator[tuple[int, list[str]]]:
    """The texts of a page, each mark's together, with the number of the mark (-1 is none)."""
    font, drawn = Font({}, {}), _Drawn()
    for mark, (at, name, _, text) in shown:
        if mark == END_OF_MARK:
            yield drawn.ended(drawn.marks[-1])
            drawn.marks.pop()
        elif mark:
            yield -1, list(strings([mark]))
            yield drawn.ended(mark)
            drawn.marks.append(mark)
        if at:
            drawn.height = at.rpartition(b" ")[2]
        if name:
            font = fonts[name]
        if text:
            drawn.add(measured(text, font)[0])
    yield drawn.ended(b"")


def _shown(data: bytes) -> list[_Shown]:
    """What shows the texts of a page; the rest of it is known and shows nothing."""
    at, found, marks, rest = 0, list[_Shown](), list[bytes](), list[bytes]()
    for one in SHOWN.finditer(data):
        rest.append(data[at : one.start()])
        at, mark = one.end(), one["mark"] or one["end"] or b""
        marks.append(mark)
        found.append((mark, Drawn.of(one)))
    rest.append(data[at:])
    if BRACKET.search(DASHES.sub(b"", b" ".join(rest))):
        refuse()
    check(b" ".join([*marks, *rest]), OPERATORS)
    return found


@functools.lru_cache(1 << 12)
def _is_apart(mark: bytes) -> bool:
    return APART.search(mark) is not None


def _inflated(head: bytes, data: bytes) -> bytes:
    if b"/Filter/FlateDecode" not in head:
        return data
    inflater = zlib.decompressobj()
    whole = inflater.decompress(data)
    return whole if inflater.eof and not inflater.unused_data else refuse()


def _run(pieces: Sequence[str]) -> str:
    """The lines of a paragraph as one; what a hyphen ends goes on without a blank."""
    text = ""
    for piece in pieces:
        text += piece if not text or text.endswith(("-", " ")) or piece.startswith(" ") else f" {piece}"
    return text


def _letters(data: bytes) -> Mapping[bytes, str]:
    """A table of letters: the signs in a font to what they say."""
    if not _lines(data) <= _known():
        refuse()
    return {
        bytes.fromhex(code.decode()): bytes.fromhex(sign.decode()).decode("utf-16-be")
        for code, sign in MAPPED.findall(data)
    }


def _lines(letters: bytes) -> set[bytes]:
    """What a table of letters says beside the letters."""
    return set(COUNTED.sub(b"", MAPPED.sub(b"", letters)).split(b"\n"))


@functools.cache
def _empty() -> Read:
    """What a PDF with as good as nothing in it says of itself, and so every one of ours."""
    from analysis.formats.pdf import blank

    return _File(blank()).read("")


@functools.cache
def _known() -> frozenset[bytes]:
    """What every PDF of ours has: the names of its fonts, its colours, the frame of its tables of letters."""
    from analysis.formats.pdf import blank

    objects, _ = _objects(blank())
    streams = [one.stream for one in objects.values() if one.stream]
    names = (tables_of(s).get(b"name", b"") for s in streams if s.startswith(b"\x00\x01\x00\x00"))
    lines = (_lines(s) for s in streams if b"begincmap" in s)
    return frozenset([*streams, *names, *(line for found in lines for line in found)])
