"""What stands in slides and in an archive of figures: every part by name, every text, every picture's frame.

A picture is told by its frame only: it holds pixels and nothing beside them. What the pixels show is the
drawing of the page, which is read as text there.
"""

from __future__ import annotations

import functools
import hashlib
import re
import zlib
from collections.abc import Iterator

from analysis.errors import DisclosureStop, Place
from analysis.report.reading import Read, markup, parts_of, text_of, tidy, unreadable

SLIDE_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:app|core)\.xml|ppt/presentation\.xml"
    r"|ppt/_rels/presentation\.xml\.rels|ppt/slides/(?:_rels/slide\d+\.xml\.rels|slide\d+\.xml)"
    r"|ppt/slideMasters/(?:_rels/slideMaster1\.xml\.rels|slideMaster1\.xml)"
    r"|ppt/slideLayouts/(?:_rels/slideLayout1\.xml\.rels|slideLayout1\.xml)"
    r"|ppt/theme/theme1\.xml|ppt/media/image\d+\.png"
)
FIGURE_PARTS = re.compile(r"alt\.txt|\d{2,3}-[a-z0-9-]+\.(?:svg|png)")
#: Where a shape stands on its slide, and how large it is; 12 192 000 is the width of a slide.
PLACED = re.compile(r'<a:(?:off x|ext cx)="(?:[01]?\d{1,7})" c?y="(?:\d{1,7})"/>')
PNG = b"\x89PNG\r\n\x1a\n"
CHUNKS = re.compile(rb"IHDR(?:IDAT)+IEND")
HEAD = 13  # bytes of what a picture says of itself: its size and its colours
_PASSED: set[bytes] = set()  # digests of pictures: a report's slides have those of its archive
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by kind of colour


def read_slides(name: str, content: bytes) -> Read:
    """Read a presentation to be published: what it says beyond an empty one.

    Parameters
    ----------
    name : str
        Its name within the set.
    content : bytes
        Its bytes.

    Returns
    -------
    Read
        Its texts, and its tags with alt texts and addresses.

    Raises
    ------
    DisclosureStop
        If it has a part that our writer does not make, or leads out of itself.
    """
    parts = parts_of(name, content, SLIDE_PARTS)
    reads = [_of_part(name, part, whole) for part, whole in parts.items()]
    if any("TargetMode" in mark for one in reads for mark in one.marks):
        raise DisclosureStop("slides lead out of their file", "Mend the code that writes it", Place(name))
    known = _blank()
    texts, runs, marks = (
        frozenset().union(*(getattr(one, kind) for one in reads)) - getattr(known, kind)
        for kind in ("texts", "runs", "marks")
    )
    return Read(name, texts, runs, marks)


def read_figures(name: str, content: bytes) -> Read:
    """Read an archive of figures to be published.

    Parameters
    ----------
    name : str
        Its name within the set.
    content : bytes
        Its bytes.

    Returns
    -------
    Read
        The texts of its drawings and of the file beside them, its tags and the names of its parts.

    Raises
    ------
    DisclosureStop
        If it holds anything else, or a picture with more than pixels.
    """
    parts = parts_of(name, content, FIGURE_PARTS)
    reads = [_of_part(name, part, whole) for part, whole in parts.items()]
    texts, runs, marks = (
        frozenset().union(*(getattr(one, kind) for one in reads)) for kind in ("texts", "runs", "marks")
    )
    return Read(name, texts, runs, marks | tidy(parts))


def check_picture(name: str, content: bytes) -> None:
    """Stop at a picture that holds more than its pixels.

    Parameters
    ----------
    name : str
        Of the file that it is in.
    content : bytes
        The picture.

    Raises
    ------
    DisclosureStop
        If it is no PNG, or has a text, a time or anything else beside or behind its pixels.
    """
    digest = hashlib.sha256(content).digest()
    if digest in _PASSED:
        return
    try:
        chunks = list(_chunks(content))
        kinds = b"".join(kind for kind, _ in chunks)
        inflater = zlib.decompressobj()
        pixels = len(inflater.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT")))
        ends = [len(chunks[0][1]), len(chunks[-1][1])] == [HEAD, 0]
        is_whole = ends and inflater.eof and not inflater.unused_data and pixels == _size(chunks[0][1])
    except (ValueError, IndexError, KeyError, zlib.error):
        raise unreadable(name) from None
    if not CHUNKS.fullmatch(kinds) or not is_whole:
        what = "a picture holds something beside its pixels"
        raise DisclosureStop(what, "Mend the code that draws it", Place(name))
    _PASSED.add(digest)


def _of_part(name: str, part: str, whole: bytes) -> Read:
    if part.endswith(".png"):
        check_picture(name, whole)
        return Read(name, frozenset())
    text = text_of(name, whole)
    if part.endswith(".txt"):
        lines = tidy(text.splitlines())
        return Read(name, lines, lines)
    return markup(name, PLACED.sub("", text))


@functools.cache
def _blank() -> Read:
    """What a presentation with nothing to say has, and so every one of ours."""
    from analysis.formats.slides import blank

    parts = parts_of("", blank(), SLIDE_PARTS)
    reads = [_of_part("", part, whole) for part, whole in parts.items()]
    texts, runs, marks = (
        frozenset().union(*(getattr(one, kind) for one in reads)) for kind in ("texts", "runs", "marks")
    )
    return Read("", texts, runs, marks)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a picture, each with what it holds; a wrong sum stops."""
    if not content.startswith(PNG):
        raise ValueError("not a PNG")
    at = len(PNG)
    while head := content[at : at + 8]:
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        data = content[at + 8 : at + 8 + size]
        if zlib.crc32(kind + data) != int.from_bytes(content[at + 8 + size : at + 12 + size], "big"):
            raise ValueError("a wrong sum")
        yield kind, data
        at += 12 + size


def _size(head: bytes) -> int:
    """How many bytes the pixels of a picture take, with the byte before each line."""
    width, height = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    return height * (1 + (width * CHANNELS[head[9]] * head[8] + 7) // 8)
