"""The figures of a page, each as SVG and as PNG, with a file that says in words what they show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from analysis.formats.archive import zip_bytes
from analysis.formats.blocks import Document
from analysis.formats.pdf import typeset
from analysis.words import Words

PIXELS_PER_INCH = 200
LONGEST = 48  # letters of a name
SHEET = b"""#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg")
"""
ALONE = re.compile(r' (?:aria-hidden|focusable)="[^"]*"')


def png_bytes(svg: str) -> bytes:
    """A drawing as a picture on white, as large as it is drawn."""
    return typeset(SHEET, {"svg": svg}, format="png", ppi=PIXELS_PER_INCH)


def pictures(document: Document) -> dict[str, bytes]:
    """The figures of a page as pictures, each drawn once.

    Parameters
    ----------
    document : Document
        The page.

    Returns
    -------
    dict of str to bytes
        A drawing as it stands in the page, to its picture.
    """
    return {svg: png_bytes(svg) for svg in dict.fromkeys(one.svg for one in document.figures)}


def figures_bytes(document: Document, drawn: Mapping[str, bytes]) -> bytes:
    """An archive of the figures of a page.

    Parameters
    ----------
    document : Document
        The page.
    drawn : mapping of str to bytes
        From `pictures`.

    Returns
    -------
    bytes
        The archive.
    """
    words = Words(document.language)
    told = [*document.banners, words.text("formats/figures_about", title=document.title)]
    parts: dict[str, bytes] = {}
    for number, figure in enumerate(document.figures, 1):
        stem = f"{number:02}-{_plain(figure.title)}"
        parts[f"{stem}.svg"] = ALONE.sub("", figure.svg, count=2).encode()
        parts[f"{stem}.png"] = drawn[figure.svg]
        told += ["", f"{number:02} {figure.title}", figure.alt]
    return zip_bytes({"alt.txt": "\r\n".join([*told, ""]).encode("utf-8-sig"), **parts})


def _plain(title: str) -> str:
    """A title as a file's name: plain letters, whole words."""
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)
    while len("-".join(words)) > LONGEST:
        words.pop()
    return "-".join(words) or "figure"
