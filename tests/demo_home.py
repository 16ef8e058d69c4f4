"""The invented area at a tenth of its volume, and studies of it, made once for the whole session."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

from analysis import params
from analysis.release import Released
from analysis.study import Study
from homes import loaded_home, scratch

DEVIATIONS, DISCHARGES = "02-deviations", "03-discharge-outcomes"


@cache
def demo_home() -> Path:
    """A home with the invented exports loaded; shared, so nobody writes to it."""
    return loaded_home(scratch() / "studies")


@cache
def study(notebook: str, unit: str = "", language: str = "sv", as_of: str = "") -> Study:
    """A report notebook's study; its answers are computed once."""
    given = {"area": "goteborg", "unit": unit, "language": language, "as_of": as_of, "home": str(demo_home())}
    return Study(notebook, params.check(given))


class Tables(HTMLParser):
    """The tables of a page: captions, headings and rows of cells as readers see them."""

    def __init__(self) -> None:
        super().__init__()
        self.captions: list[str] = []
        self.tables: list[list[list[str]]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "table":
            self.tables.append([])
        elif tag == "caption":
            self.captions.append("")
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "caption" in self._open:
            self.captions[-1] += data
        elif {"td", "th"} & set(self._open):
            self.tables[-1][-1][-1] += data


def tables(html: str) -> Tables:
    """The tables in a fragment."""
    parser = Tables()
    parser.feed(html)
    return parser


def column(table: list[list[str]], heading: str) -> list[str]:
    """The cells under a heading."""
    at = table[0].index(heading)
    return [row[at] for row in table[1:]]


def text_of(html: str) -> str:
    """What a fragment says, without its tags; a span keeps words on one line and does not part them."""
    return unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?span[^>]*>", "", html)))


def released_by(own: Study, name: str) -> Released:
    """A fragment by the name of its method, or of its topic and function (`deviations.by_kind`)."""
    topic, _, function = name.rpartition(".")
    if topic:
        return getattr(import_module(f"analysis.topics.{topic}"), function)(own)
    return getattr(own, name)()
