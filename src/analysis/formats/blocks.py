"""A page of ours as a tree of plain blocks: what it says, in order, for writers of other formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

MAY_BREAK = "\u200b"


@dataclass(frozen=True)
class Text:
    """Words that look alike."""

    text: str
    marks: tuple[str, ...] = ()


Line: TypeAlias = "tuple[Text, ...]"


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title of the page."""

    level: int
    content: Line
    name: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``look`` is banner, finding, note, code or nothing."""

    content: Line
    look: str = ""


@dataclass(frozen=True)
class Verdict:
    """A verdict in words, and which of the five it is."""

    verdict: str
    text: str


@dataclass(frozen=True)
class Listing:
    """Points in a list, or steps in order."""

    items: tuple[tuple[Block, ...], ...]
    ordered: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table; ``scope`` is col or row where it heads others."""

    content: Line
    scope: str = ""
    look: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption and the rows that head it."""

    caption: Line
    head: tuple[tuple[Cell, ...], ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Figure:
    """A drawing with its title and the text that says the same."""

    svg: str
    alt: str
    title: str


@dataclass(frozen=True)
class Facts:
    """Names and what they are."""

    pairs: tuple[tuple[Line, Line], ...]


@dataclass(frozen=True)
class Contents:
    """Where the page lists its headings."""

    title: str


@dataclass(frozen=True)
class Group:
    """Blocks that belong together: an answer, a question, details with their title, a quotation."""

    look: str
    blocks: tuple[Block, ...]
    title: Line = ()


Block: TypeAlias = "Heading | Paragraph | Verdict | Listing | Table | Figure | Facts | Contents | Group"


@dataclass(frozen=True)
class Document:
    """A page: its language, its title and its blocks."""

    language: str
    title: str
    blocks: tuple[Block, ...]

    def walk(self) -> Iterator[Block]:
        """All blocks in reading order, those inside groups too."""
        return _walk(self.blocks)

    @property
    def banners(self) -> tuple[str, ...]:
        """What every reader must see first."""
        found = (b for b in self.walk() if isinstance(b, Paragraph) and b.look == "banner")
        return tuple(said(one.content) for one in found)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Its figures, in reading order."""
        return tuple(block for block in self.walk() if isinstance(block, Figure))


def said(line: Sequence[Text]) -> str:
    """The words of a line, without their look."""
    return "".join(one.text for one in line).replace(MAY_BREAK, "").replace("\n", " ").strip()


def as_data(document: Document) -> dict[str, Any]:
    """A document as plain lists and dictionaries, each block with its kind; no heading skips a level."""
    blocks = [_data(block) for block in document.blocks]
    _levelled(blocks, 0)
    return {
        "language": document.language,
        "title": document.title,
        "banners": list(document.banners),
        "blocks": blocks,
    }


def _levelled(blocks: list[dict[str, Any]], above: int) -> int:
    """Lift each heading to the level that may follow: an analyst's own page may go from 1 to 3, a PDF not."""
    for block in blocks:
        if block["kind"] == "heading":
            above = block["level"] = min(block["level"], above + 1)
        for inside in (block.get("blocks", []), *block.get("items", [])):
            above = _levelled(inside, above)
    return above


def _data(block: Block) -> dict[str, Any]:
    own: dict[str, Any] = asdict(block)
    if isinstance(block, Group):
        own["blocks"] = [_data(one) for one in block.blocks]
    if isinstance(block, Listing):
        own["items"] = [[_data(one) for one in item] for item in block.items]
    return {"kind": type(block).__name__.lower(), **own}


def _walk(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Group):
            yield from _walk(block.blocks)
        if isinstance(block, Listing):
            for item in block.items:
                yield from _walk(item)
