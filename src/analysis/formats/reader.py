"""Reads a page of ours into plain blocks.

A page holds a closed set of elements. One that is not known here stops the page: nothing is left out
silently. Only the ways to other pages are, since a file to take along leads nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from analysis.errors import AnalysisError
from analysis.formats.blocks import (
    MAY_BREAK,
    Block,
    Cell,
    Contents,
    Document,
    Facts,
    Figure,
    Group,
    Heading,
    Line,
    Listing,
    Paragraph,
    Table,
    Text,
    Verdict,
    said,
)

BLANKS = re.compile(r"[ \t\r\n\f]+")  # what HTML takes for one space; a hard space is none
DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
EMPTY = frozenset({"br", "hr", "link", "meta", "wbr"})
MARKS = {
    "a": "", "abbr": "", "b": "strong", "code": "code", "del": "struck", "em": "em", "i": "em",
    "kbd": "code", "small": "small", "strong": "strong", "sub": "sub", "sup": "sup",
}  # fmt: skip
INSIDE = frozenset({*MARKS, "br", "span", "wbr"})
AROUND = frozenset({"body", "figure", "footer", "header", "html", "main", "released", "scroll", "facts"})
LEFT_OUT = frozenset({"head", "style", "skip", "ways"})
HEADING = re.compile(r"h[1-6]")


@dataclass
class Element:
    """An element of a page as it was read."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Its class where that tells what it is; else its tag."""
        look = self.attributes.get("class", "")
        return look.split()[0] if look and self.tag in ("a", "div", "dl", "nav", "p", "span") else self.tag


def read_page(html: str) -> Document:
    """Read a page that the program made.

    Parameters
    ----------
    html : str
        The page.

    Returns
    -------
    Document
        What it says, in order.

    Raises
    ------
    AnalysisError
        If it holds an element that is not known here.
    """
    reader = _Reader(html)
    blocks = tuple(_blocks(reader.root.children, ""))
    titles = [b for b in blocks if isinstance(b, Heading) and b.level == 1]
    language = reader.root.children and _first(reader.root, "html").attributes.get("lang", "")
    return Document(str(language), said(titles[0].content) if titles else "", blocks)


class _Reader(HTMLParser):
    """Builds the tree of a page's elements; drawings stay as they are written."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]
        self._drawings = iter(DRAWING.findall(html))
        self.feed(DRAWING.sub("<svg></svg>", html))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(one)
        if tag == "svg":
            one.children.append(next(self._drawings))
        if tag not in EMPTY:
            self._open.append(one)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY and self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def _blocks(children: Sequence[Element | str], title: str) -> Iterator[Block]:
    """The blocks of what stands in an element; ``title`` is the name of the box around it."""
    loose: list[Element | str] = []
    for child in children:
        if isinstance(child, str) or (child.tag in INSIDE and child.kind not in ("verdict", "skip")):
            loose.append(child)
            continue
        yield from _loose(loose)
        loose = []
        if child.kind not in LEFT_OUT:
            yield from _block(child, title)
    yield from _loose(loose)


def _loose(children: Sequence[Element | str]) -> Iterator[Block]:
    """Words without an element of their own."""
    line = _line(children)
    if said(line):
        yield Paragraph(line)


def _block(one: Element, title: str) -> Iterator[Block]:
    make = MAKERS.get(one.kind) or MAKERS.get(one.tag)
    if one.tag == "div" and one.attributes.get("role") == "img":
        yield Figure(_first(one, "svg").children[0], one.attributes["aria-label"], title)  # type: ignore[arg-type]
    elif HEADING.fullmatch(one.tag):
        yield Heading(int(one.tag[1]), _line(one.children), one.attributes.get("id", ""))
    elif make:
        yield make(one)
    elif one.kind in AROUND or one.tag == "div":
        yield from _blocks(one.children, one.attributes.get("aria-label", title))
    else:
        what = f"a page has an element <{one.tag}> that PDF and slides do not know"
        raise AnalysisError(what, "Write the page without it, or teach analysis.formats.blocks to read it")


def _paragraph(one: Element) -> Block:
    return Paragraph(_line(one.children), one.kind if one.kind != "p" else "")


def _group(one: Element) -> Block:
    return Group(one.kind, tuple(_blocks(one.children, "")))


def _details(one: Element) -> Block:
    summary = _first(one, "summary")
    rest = [child for child in one.children if child is not summary]
    return Group("details", tuple(_blocks(rest, "")), _line(summary.children))


def _listing(one: Element) -> Block:
    items = (tuple(_blocks(item.children, "")) for item in _all(one, "li"))
    return Listing(tuple(items), one.tag == "ol")


def _table(one: Element) -> Block:
    captions = [_line(caption.children) for caption in _all(one, "caption")]
    head = [row for part in _all(one, "thead") for row in _all(part, "tr")]
    rows = [row for part in _all(one, "tbody") for row in _all(part, "tr")]
    return Table(captions[0] if captions else (), tuple(map(_row, head)), tuple(map(_row, rows)))


def _row(one: Element) -> tuple[Cell, ...]:
    cells = (child for child in one.children if isinstance(child, Element))
    return tuple(Cell(_line(c.children), c.attributes.get("scope", ""), _look(c)) for c in cells)


def _look(cell: Element) -> str:
    return (cell.attributes.get("class", "").split() or [""])[0]


def _facts(one: Element) -> Block:
    names, values = ([_line(e.children) for e in _deep(one, tag)] for tag in ("dt", "dd"))
    return Facts(tuple(zip(names, values, strict=True)))


def _contents(one: Element) -> Block:
    return Contents(said(_line(_first(one, "p").children)))


def _verdict(one: Element) -> Block:
    return Verdict(one.attributes["class"].partition("verdict-")[2], said(_line(one.children)))


def _code(one: Element) -> Block:
    return Paragraph((Text("".join(_plain(one)).strip("\n")),), "code")


def _plain(one: Element) -> Iterator[str]:
    for child in one.children:
        yield from [child] if isinstance(child, str) else _plain(child)


MAKERS: dict[str, Callable[[Element], Block]] = {
    "p": _paragraph,
    "answer": _group,
    "section": _group,
    "blockquote": _group,
    "details": _details,
    "ul": _listing,
    "ol": _listing,
    "table": _table,
    "dl": _facts,
    "contents": _contents,
    "verdict": _verdict,
    "pre": _code,
    "hr": lambda _: Paragraph((), "rule"),
}


def _line(children: Sequence[Element | str], marks: tuple[str, ...] = ()) -> Line:
    """Words and how they look, with blanks as a reader sees them."""
    found: list[Text] = []
    for words, look in _words(children, marks):
        at_start = not found or found[-1].text.endswith((" ", "\n"))
        text = words.lstrip(" ") if at_start else words
        if text:
            found.append(Text(text, look))
    if found:
        found[-1] = Text(found[-1].text.rstrip(" "), found[-1].marks)
    return tuple(one for one in found if one.text)


def _words(
    children: Sequence[Element | str], marks: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for child in children:
        if isinstance(child, str):
            yield BLANKS.sub(" ", child), marks
        elif child.tag in ("br", "wbr"):
            yield "\n" if child.tag == "br" else MAY_BREAK, marks
        elif child.tag in MARKS or child.kind == "when" or child.tag == "span":
            own = MARKS.get(child.tag, child.attributes.get("class", "").split(" ")[-1])
            yield from _words(child.children, (*marks, own) if own else marks)
        elif child.tag == "p":  # a point of a list may be a paragraph
            yield from _words(child.children, marks)
        else:
            what = f"a page has an element <{child.tag}> among its words that PDF and slides do not know"
            raise AnalysisError(what, "Write it without, or teach analysis.formats.blocks to read it")


def _first(one: Element, tag: str) -> Element:
    """The first element of a kind that stands in it."""
    return next(_deep(one, tag))


def _deep(one: Element, tag: str) -> Iterator[Element]:
    for child in one.children:
        if isinstance(child, Element):
            if child.tag == tag:
                yield child
            yield from _deep(child, tag)


def _all(one: Element, tag: str) -> Iterator[Element]:
    """The elements of a kind that stand right in it."""
    return (child for child in one.children if isinstance(child, Element) and child.tag == tag)
