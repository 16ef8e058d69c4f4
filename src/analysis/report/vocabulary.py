"""The closed vocabulary of what is published: the words of the program, of the plan and of the area.

A word that is not among them came from somewhere else: from the data, or from a machine.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from babel.dates import get_day_names, get_month_names

from analysis.area import Area
from analysis.implementation import implementation_of
from analysis.payment import payment_of, references_of
from analysis.report.plan import Selection, jobs
from analysis.sources import reasons
from analysis.surveys import read as surveys_of
from analysis.words import LANGUAGES, LOCALES, texts_of

#: An apostrophe joins, but for a genitive: a method named after Sant’Anna makes no word of “Anna”.
WORD = re.compile(r"[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)+|[^\W\d_]{2,}")
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
#: Digests name runs and files: 12, 16, 32, 40 or 64 hexadecimal digits, never letters only.
DIGEST = re.compile(
    r"(?<!\w)(?=[a-f]*[0-9])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{12})(?!\w)"
)
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b")
#: How charts name the parts of a drawing: a digest and a number.
DRAWN = re.compile(r"\bc(?:[0-9a-f]{3}f){3}[0-9a-f]-[0-9]+\b")
MARKUP = ("markup", "workbook", "slides")  # the lists of words that only markup may say
#: Settings that no page shows: other spellings in files, places on disk.
UNSEEN = frozenset({"folder", "spellings", "time_zone"})


def words_in(text: str) -> set[str]:
    """The words of a text, two letters or more, case-folded.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    set of str
        Without those of digests.
    """
    return set(WORD.findall(DIGEST.sub(" ", text.casefold())))


def own_texts(area: Area) -> list[str]:
    """Every text that the program, the plan and the area's settings may say, placeholders taken out."""
    return [*_program(), *_of_area(area)]


def words_of(area: Area) -> frozenset[str]:
    """All the words that a publication may say.

    Parameters
    ----------
    area : Area
        The area.

    Returns
    -------
    frozenset of str
        Case-folded; of all languages together.
    """
    return _program_words() | words_in("\n".join(_of_area(area)))


@cache
def markup_words() -> frozenset[str]:
    """The words that tags, attributes and style rules may say besides."""
    folder = files("analysis") / "report" / "template"
    templates = [f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith((".j2", ".css"))]
    listed = _listed()
    return frozenset(words_in("\n".join((*templates, *(listed[kind] for kind in MARKUP)))))


def unknown_words(text: str, words: frozenset[str]) -> set[str]:
    """The words of a text, of tags too, that are not in the vocabulary; to find what a stop is about.

    Parameters
    ----------
    text : str
        Any text.
    words : frozenset of str
        The vocabulary.

    Returns
    -------
    set of str
        Empty when the text may be published.
    """
    plain = DRAWN.sub(" ", COLOUR.sub(" ", text.casefold()))
    return words_in(plain) - words


@lru_cache(maxsize=4)
def plain_words(words: frozenset[str]) -> frozenset[str]:
    """The vocabulary and how addresses inside a page spell it: the plain letters a to z."""
    forms = (unicodedata.normalize("NFKD", word) for word in words)
    return words.union(form.encode("ascii", "ignore").decode() for form in forms)


def _of_area(area: Area) -> Iterator[str]:
    """What the plan and the area's settings say."""
    notebooks = {job.source for job in jobs(area, Selection())}
    static = [text for path in sorted(notebooks) for text in (path.stem, *_markdown(path))]
    settings = [area, implementation_of(area), payment_of(area), references_of(area), surveys_of(area)]
    return _without_placeholders([*static, *_strings(settings)])


@cache
def _program() -> tuple[str, ...]:
    root = files("analysis")
    texts = [texts_of(one) for one in LANGUAGES]
    labels = json.loads((root / "report" / "template" / "labels.json").read_text("utf-8"))
    return tuple(_without_placeholders(_strings([texts, labels, reasons.texts()])))


@cache
def _program_words() -> frozenset[str]:
    return frozenset(words_in("\n".join((*_program(), *_calendar(), _listed()["published"]))))


@cache
def _listed() -> dict[str, str]:
    return tomllib.loads((files("analysis") / "report" / "known_words.toml").read_text("utf-8"))


def _calendar() -> Iterator[str]:
    for locale in (LOCALES[one] for one in LANGUAGES):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                yield from get_month_names(width, context, locale).values()
                yield from get_day_names(width, context, locale).values()


def _markdown(notebook: Path) -> Iterator[str]:
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            yield "".join(cell["source"])


def _without_placeholders(texts: Iterable[str]) -> Iterator[str]:
    return (PLACEHOLDER.sub(" ", text) for text in texts)


def _strings(value: Any) -> Iterator[str]:
    """All texts inside settings, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _strings([*value, *value.values()])
    elif is_dataclass(value):
        yield from _strings([getattr(value, f.name) for f in fields(value) if f.name not in UNSEEN])
    elif isinstance(value, Iterable):
        for one in value:
            yield from _strings(one)
