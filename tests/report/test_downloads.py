"""The files beside a page: those that the plan asks for and that have something to hold."""

from __future__ import annotations

from dataclasses import replace

import nbformat
from nbformat.v4 import new_code_cell, new_output

from analysis.report.door import Public
from analysis.report.downloads import downloads, formats_of, links_to
from analysis.report.execute import Page
from analysis.report.pages import DOWNLOADS
from analysis.report.plan import FORMATS, Job
from take_along_page import SVG, page

JOB = Job("goteborg", "02-deviations", "harryda", "sv", formats=FORMATS)
TABLE: dict[str, object] = {"name": "t", "caption": "Tabell", "headings": ["År"], "rows": [["2025"]]}
PAGE = Page("Titel", ("Påhittat.",), {"Datum": "2026-11-20"}, "", "")


def public(html: str = "", *tables: dict[str, object]) -> Public:
    cell = new_code_cell(outputs=[new_output("display_data", {"text/html": html})])
    return Public(nbformat.v4.new_notebook(cells=[cell]), tables)


def test_a_page_without_tables_or_figures_has_no_files_of_them() -> None:
    assert formats_of(JOB, public(SVG, TABLE)) == FORMATS
    assert formats_of(JOB, public("<p>5</p>")) == ("pdf", "pptx")
    assert formats_of(replace(JOB, formats=("figures", "csv")), public(SVG)) == ("figures",)


def test_what_is_made_has_the_names_that_the_page_links_to_and_is_kept_with_it() -> None:
    made = downloads(FORMATS, public(SVG, TABLE), page(), PAGE, "sv")
    assert links_to(JOB, FORMATS) == {
        name: f"02-deviations.sv.{suffix}" for name, suffix in zip(FORMATS, made, strict=True)
    }
    assert set(made) <= set(DOWNLOADS)


def test_only_what_is_asked_for_is_made() -> None:
    assert list(downloads(("csv",), public("", TABLE), "", PAGE, "sv")) == ["csv"]
    assert list(downloads(("pptx",), public(), page(), PAGE, "sv")) == ["pptx"]
    assert downloads((), public(), "", PAGE, "sv") == {}
