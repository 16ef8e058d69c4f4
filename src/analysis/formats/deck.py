"""What a short presentation says of a page: a slide a question, its finding as the title."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.formats.blocks import (
    Block,
    Document,
    Facts,
    Figure,
    Group,
    Heading,
    Line,
    Listing,
    Paragraph,
    Verdict,
    said,
)
from analysis.words import Words

MOST = 10  # slides between the first and the last
ROOM = 560  # letters of text beside a figure
PARTS = 4  # paragraphs on a slide
POINTS, POINT = 6, 230  # limitations on the last slide, letters of each
FACT = 60  # letters of a fact on the first slide
SENTENCE = re.compile(r"(?<=[.!?:]) (?=[A-ZÅÄÖ0-9”“])")


@dataclass(frozen=True)
class Slide:
    """A slide: its title, what it says, and a figure."""

    title: str
    text: tuple[str, ...] = ()
    verdict: Verdict | None = None
    figure: Figure | None = None
    is_list: bool = False


@dataclass(frozen=True)
class Deck:
    """A presentation: what stands on every slide, the slides, and its language."""

    language: str
    title: str
    banners: tuple[str, ...]
    slides: tuple[Slide, ...]


def deck_of(document: Document) -> Deck:
    """The slides of a page.

    Parameters
    ----------
    document : Document
        The page.

    Returns
    -------
    Deck
        A slide with its title, one a question, one a figure that belongs to none, one with its limitations.
    """
    found = list(_middle(document.blocks))
    kept = sorted(range(len(found)), key=lambda at: found[at].verdict is None)[:MOST]  # questions first
    slides = (_first(document), *(found[at] for at in sorted(kept)), *_last(document))
    return Deck(document.language, document.title, document.banners, slides)


def shortened(text: str, room: int) -> str:
    """The first whole sentences of a text that find room; one at least."""
    sentences = SENTENCE.split(text)
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(kept) + len(sentence) >= room:
            break
        kept += f" {sentence}"
    return kept


def _first(document: Document) -> Slide:
    """What the page is about, and how old its data are."""
    rest = document.blocks[
        [isinstance(b, Heading) and b.level == 1 for b in document.blocks].index(True) + 1 :
    ]
    lead = [said(b.content) for b in rest[:1] if isinstance(b, Paragraph)]
    pairs = [pair for b in document.walk() if isinstance(b, Facts) for pair in b.pairs]
    facts = [f"{said(name)}: {said(value)}" for name, value in pairs if len(said(value)) <= FACT]
    return Slide(document.title, (*lead, *facts[:PARTS]))


def _last(document: Document) -> Iterator[Slide]:
    """The limitations in brief: the last list of the page, its first points."""
    heading, listed = "", list[tuple[str, Listing]]()
    for block in document.blocks:
        heading = said(block.content) if isinstance(block, Heading) else heading
        listed += [(heading, block)] if isinstance(block, Listing) and not block.ordered else []
    for title, last in listed[-1:]:
        points = [" ".join(map(_said, item)) for item in last.items]
        words, more = Words(document.language), len(points) - POINTS
        key = "formats/more_limit" if more == 1 else "formats/more_limits"
        told = [shortened(point, POINT) for point in points[:POINTS]]
        told += [words.text(key, number=more)] if more > 0 else []
        yield Slide(title, tuple(told), is_list=True)


def _question(group: Group) -> Slide | None:
    """A question of the page with its answer: the finding is the title."""
    inside = list(_within(group))
    asked = next((said(b.content) for b in inside if isinstance(b, Heading)), "")
    verdict = next((b for b in inside if isinstance(b, Verdict)), None)
    found = next((said(b.content) for b in inside if isinstance(b, Paragraph) and b.look == "finding"), "")
    figure = next((b for b in inside if isinstance(b, Figure)), None)
    if not verdict or group.look != "section":
        return None
    answers = [b for b in inside if isinstance(b, Group) and b.look == "answer"]
    told = [said(b.content) for one in answers for b in one.blocks if isinstance(b, Paragraph) and not b.look]
    room = ROOM // max(1, min(len(told), PARTS))
    text = tuple(shortened(one, room) for one in told[:PARTS])
    title = found.removesuffix(".") or f"{asked}: {verdict.text.lower()}"
    return Slide(title, ((asked, *text) if found else text), verdict, figure)


def _middle(blocks: Sequence[Block]) -> Iterator[Slide]:
    """The questions, and the figures that belong to none, each of them with the words before it."""
    lead = ""
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:
            lead = ""
        elif isinstance(block, Paragraph) and not block.look:
            lead = said(block.content)
        elif isinstance(block, Figure):
            yield Slide(block.title, (shortened(lead, ROOM // 2),) if lead else (), None, block)
        elif isinstance(block, Group) and (slide := _question(block)):
            yield slide


def _within(group: Group) -> Iterator[Block]:
    for block in group.blocks:
        yield block
        if isinstance(block, Group):
            yield from _within(block)


def _said(block: Block) -> str:
    content: Line = block.content if isinstance(block, Heading | Paragraph) else ()
    return said(content)
