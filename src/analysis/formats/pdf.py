"""A page as PDF: tagged, with alt texts, an outline and page numbers; the same bytes for the same page.

typst sets it in this process, from its own data and our fonts: it reads no other file and fetches nothing.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.blocks import Document, Heading, Paragraph, Text, Verdict, as_data

TAGGED = "ua-1"  # its checks stop a figure without alt text, and headings out of order
LAYOUT = "report.typ"


def pdf_bytes(document: Document) -> bytes:
    """A page as PDF.

    Parameters
    ----------
    document : Document
        The page.

    Returns
    -------
    bytes
        The file; no date, no path and no name is in it.

    Raises
    ------
    AnalysisError
        If it cannot be set.
    """
    layout = (files(__package__) / LAYOUT).read_bytes()
    return typeset(layout, {"document": json.dumps(as_data(document))}, format="pdf", pdf_standards=TAGGED)


def blank() -> bytes:
    """A PDF with as good as nothing in it: what every PDF of ours has."""
    said = (Heading(1, (Text("–"),)), Paragraph((Text("–", ("strong",)), Text("–○"))))
    return pdf_bytes(Document("en", "–", (*said, Verdict("too_little_data", "–"))))


def typeset(layout: bytes, inputs: dict[str, str], **named: Any) -> bytes:
    """What typst makes of a layout and its data, with our fonts and no others.

    Parameters
    ----------
    layout : bytes
        The layout.
    inputs : dict of str to str
        Its data.
    **named : Any
        The format and its options.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    AnalysisError
        If it cannot be set; the text of typst's error may hold data and is not told.
    """
    import typst

    try:
        made = typst.compile(layout, font_paths=_fonts(), sys_inputs=inputs, root=_no_files(), **named)
    except typst.TypstError:
        what = "a page cannot be set as a file to take along"
        raise AnalysisError(what, "Take “pdf”, “pptx” and “figures” out of “formats” in the plan") from None
    if not isinstance(made, bytes):
        raise AnalysisError("a figure takes more than one sheet", "Mend the code that draws it")
    return made


@cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[_no_files().parent / "charts" / "fonts"])


def _no_files() -> Path:
    """The folder that layouts may read in: this room's, which holds no data."""
    return Path(__file__).parent
