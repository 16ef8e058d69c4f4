"""A report's files to take along: its tables, its pages as PDF and slides, its figures; as the plan asks.

All of them are made of what the door let through, and the final scan reads them like the page itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.report.plan import Job

if TYPE_CHECKING:
    from analysis.report.door import Public
    from analysis.report.execute import Page

#: Formats of the plan to the ends of the files' names.
SUFFIXES = {"csv": "csv", "xlsx": "xlsx", "pdf": "pdf", "pptx": "pptx", "figures": "figures.zip"}


def formats_of(job: Job, public: Public) -> tuple[str, ...]:
    """The formats that the plan asks for and that have something to hold.

    Parameters
    ----------
    job : Job
        The report.
    public : Public
        What the door let through.

    Returns
    -------
    tuple of str
        Without tables' formats where it has no table, and figures where it has none.
    """
    outputs = (output for cell in public.notebook.cells for output in cell.get("outputs", ()))
    is_drawn = any("<svg" in output.data["text/html"] for output in outputs)
    empty = (() if public.tables else ("csv", "xlsx")) + (() if is_drawn else ("figures",))
    return tuple(name for name in job.formats if name not in empty)


def links_to(job: Job, formats: Sequence[str]) -> dict[str, str]:
    """The files beside a page, by format."""
    return {name: f"{job.notebook}.{job.language}.{SUFFIXES[name]}" for name in formats}


def downloads(
    formats: Sequence[str], public: Public, html: str, page: Page, language: str
) -> dict[str, bytes]:
    """The files of a report, by the ends of their names.

    Parameters
    ----------
    formats : sequence of str
        From `formats_of`.
    public : Public
        What the door let through.
    html : str
        The page.
    page : Page
        Its title, banners and footer.
    language : str
        Of the page.

    Returns
    -------
    dict of str to bytes
        The files.
    """
    from analysis.report.render import LABELS
    from analysis.report.tabular import csv_bytes, xlsx_bytes

    found: dict[str, bytes] = {}
    if "csv" in formats:
        found["csv"] = csv_bytes(public.tables, [page.title, *page.banners])
    if "xlsx" in formats:
        notice = {LABELS[language]["notice"]: " ".join(page.banners)} if page.banners else {}
        found["xlsx"] = xlsx_bytes(public.tables, title=page.title, about={**notice, **page.meta})
    return found | _of_page(formats, html)


def _of_page(formats: Sequence[str], html: str) -> dict[str, bytes]:
    """What is made of the page as readers see it."""
    if not {"pdf", "pptx", "figures"} & set(formats):
        return {}
    from analysis.formats.figures import figures_bytes, pictures
    from analysis.formats.pdf import pdf_bytes
    from analysis.formats.reader import read_page
    from analysis.formats.slides import pptx_bytes

    document = read_page(html)
    drawn = pictures(document) if {"pptx", "figures"} & set(formats) else {}
    found: dict[str, bytes] = {}
    if "pdf" in formats:
        found["pdf"] = pdf_bytes(document)
    if "pptx" in formats:
        found["pptx"] = pptx_bytes(document, drawn)
    if "figures" in formats:
        found["figures.zip"] = figures_bytes(document, drawn)
    return found
