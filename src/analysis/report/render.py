"""From what the door let through to the published page."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser
from itertools import chain, count
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from analysis.designs.effect import Verdict
from analysis.errors import AnalysisError, SettingsError
from analysis.report.door import Public
from analysis.tables_html import scroll_box, verdict_chip

TEMPLATE = Path(__file__).parent / "template"
RAW_TAGS = "abbr|b|br|dd|details|div|dl|dt|em|i|kbd|p|small|span|strong|sub|summary|sup"
RAW_HTML = re.compile(
    rf'</?(?:{RAW_TAGS})(?:\s+(?:class|id|lang|open|title)(?:="[^"<>]*")?)*\s*/?>|<!--.*?-->',
    re.DOTALL | re.IGNORECASE,
)
FORBIDDEN_TAGS = frozenset({"base", "embed", "form", "h1", "iframe", "link", "meta", "object", "script"})
FETCHING = frozenset({"action", "background", "data", "href", "poster", "src", "srcset", "xlink:href"})
OWN_IDS = ("main", "contents", "about")

LABELS: Mapping[str, Mapping[str, str]] = json.loads((TEMPLATE / "labels.json").read_text("utf-8"))

KEPT = "<!--kept-->"  # where a page says that it could not be made again


@dataclass(frozen=True)
class Banner:
    """What every reader must see first: `text` in bold, `detail` after it."""

    text: str
    detail: str = ""
    kind: Literal["warning", "notice"] = "warning"


@dataclass(frozen=True)
class Links:
    """Where a page leads, relative to itself; empty where there is nothing."""

    overview: str = ""
    other_language: str = ""
    csv: str = ""
    xlsx: str = ""
    pdf: str = ""
    pptx: str = ""
    figures: str = ""


@dataclass(frozen=True)
class Chip:
    """One question's verdict on the index page, in words of its language, and where it stands."""

    href: str
    verdict: Verdict
    label: str


@dataclass(frozen=True)
class Glance:
    """The set at a glance: units, and by question a verdict for each of them, None where there is none."""

    units: tuple[str, ...]
    rows: Mapping[str, tuple[Chip | None, ...]]


@dataclass(frozen=True)
class Findings:
    """What was found for the whole area: a heading, sentences, and by question its change and verdict.

    ``columns`` head the question, the change and the verdict, and a fourth what ``stands`` says of a
    question; ``notes`` stand under the table.
    """

    title: str
    lead: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[str, Chip]]
    notes: tuple[str, ...] = ()
    stands: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class IndexRow:
    """One report on the index page.

    ``href`` is empty when there is no page to link to; ``kept_from`` is the date, as readers write it,
    of the page that an unchanged or failed report still shows. ``note`` says more about the state.
    """

    unit: str
    report: str
    href: str
    state: Literal["built", "unchanged", "failed"] = "built"
    kept_from: str = ""
    note: str = ""


@dataclass(frozen=True)
class Overview:
    """What the index page tells of a set: what was found, its answers, what is new, and its reports.

    ``news`` is one sentence, then a line each; ``beside`` names files of the whole set by their labels' keys.
    """

    rows: tuple[IndexRow, ...]
    glance: Glance | None = None
    news: tuple[str, ...] = ()
    other_language: str = ""
    findings: Findings | None = None
    beside: Mapping[str, str] = field(default_factory=dict)


def render_report(
    public: Public,
    *,
    language: str,
    title: str,
    banners: Sequence[Banner] = (),
    meta: Mapping[str, str] | None = None,
    font_css: str = "",
    links: Links | None = None,
) -> str:
    """One self-contained page of a public notebook, by nbconvert with our own template.

    Parameters
    ----------
    public : Public
        What the door let through.
    language : str
        The page's language, sv or en: its ``lang`` and its fixed texts.
    title : str
        The only h1; the notebook's first ``# heading`` gives way to it.
    banners : sequence of Banner
        Shown above the text.
    meta : mapping of str to str, optional
        Rows of the footer: date, age of the data, run, disclosure policy.
    font_css : str
        ``@font-face`` rules with data: addresses.
    links : Links, optional
        To the overview, to the same page in the other language, and to its tables as files.

    Returns
    -------
    str
        The page; the same input gives the same bytes.

    Raises
    ------
    AnalysisError
        If a released fragment could run code, fetch something, or has an h1.
    SettingsError
        If there are no page texts in `language`.
    """
    exporter = TemplateExporter(
        file_extension=".html",
        template_name=TEMPLATE.name,
        extra_template_basedirs=[str(TEMPLATE.parent)],
        default_preprocessors=[],
    )
    exporter.environment.autoescape = True
    exporter.environment.globals.update(
        _page(language, title, banners, meta, font_css),
        outline=_Outline(public.notebook),
        links=links or Links(),
    )
    return str(exporter.from_notebook_node(public.notebook)[0])


def render_index(
    *,
    language: str,
    title: str,
    banners: Sequence[Banner] = (),
    meta: Mapping[str, str] | None = None,
    overview: Overview,
    font_css: str = "",
) -> str:
    """Page that tells of a set: what was found, its answers at a glance, what is new, and its reports.

    Parameters
    ----------
    language : str
        The page's language, sv or en: its ``lang`` and its fixed texts.
    title : str
        The only h1.
    banners : sequence of Banner
        Shown above the list.
    meta : mapping of str to str, optional
        Shown at the foot: date, age of the data.
    overview : Overview
        What it tells.
    font_css : str
        ``@font-face`` rules with data: addresses.

    Returns
    -------
    str
        The page; the same input gives the same bytes.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = _page(language, title, banners, meta, font_css)
    units: dict[str, list[IndexRow]] = {}
    for row in overview.rows:
        units.setdefault(row.unit, []).append(row)
    return environment.get_template("set.html.j2").render(
        page,
        units=units,
        **vars(overview),
        failed=[row for row in overview.rows if row.state == "failed"],
        chip=_chip,
        state=_state,
        links=Links(other_language=overview.other_language),
    )


def as_kept(html: str, language: str, date: str) -> str:
    """A page that stays since it could not be made again, and says so above its title.

    Parameters
    ----------
    html : str
        The page, which may say so already.
    language : str
        Of the page.
    date : str
        The day that it is from, as readers write it.

    Returns
    -------
    str
        The page.
    """
    said = Markup.escape(LABELS[language]["failed_since"].format(date=date))
    notice = f'{KEPT}<p class="banner banner-warning" id="kept"><strong>{said}.</strong></p>'
    return re.sub(rf'{KEPT}(<p [^>]*id="kept">.*?</p>)?', lambda _: notice, html, count=1)


def _page(
    language: str,
    title: str,
    banners: Sequence[Banner],
    meta: Mapping[str, str] | None,
    font_css: str,
) -> dict[str, Any]:
    if language not in LABELS:
        raise SettingsError(f"No page texts in the language “{language}”", f"Use one of {', '.join(LABELS)}")
    css = f"{font_css}\n{(TEMPLATE / 'page.css').read_text('utf-8')}".replace("</", r"<\/")
    return {
        "language": language,
        "title": title,
        "banners": tuple(banners),
        "meta": dict(meta or {}),
        "css": Markup(css),  # our own file and the caller's font; cannot close its element
        "labels": LABELS[language],
    }


def _chip(chip: Chip) -> Markup:
    return Markup(verdict_chip(chip.verdict, chip.label))  # escapes its texts


def _state(row: IndexRow, labels: Mapping[str, str]) -> str:
    if row.kept_from and row.state != "built":
        return labels[f"{row.state}_since"].format(date=row.kept_from)
    return labels[row.state]


def _fragments(cell: NotebookNode) -> list[str]:
    return [output.data["text/html"] for output in cell.get("outputs", ())]


class _Outline:
    """Turns cells into HTML in reading order and remembers their headings for the table of contents."""

    def __init__(self, notebook: NotebookNode) -> None:
        self.headings: list[tuple[str, str]] = []
        self.latest = ""
        self._has_title = False
        self._ids = set(OWN_IDS)
        self._read = {html: _Fragment(html) for cell in notebook.cells for html in _fragments(cell)}
        self._ids |= {name for fragment in self._read.values() for name in fragment.ids}
        self._markdown = MarkdownWithMath(renderer=_Markdown(self))

    def markdown(self, cell: NotebookNode) -> Markup:
        return Markup(self._markdown.render(cell.source))  # raw HTML is held back by _Markdown

    def fragments(self, cell: NotebookNode) -> list[Markup]:
        found = _fragments(cell)
        for html in found:
            self.headings += self._read[html].headings
        return [Markup(html) for html in found]  # released, and checked by _Fragment

    def heading(self, html: str, level: int) -> str:
        """One heading of static text; the first h1 is the title, which the page has already."""
        text = unescape(re.sub(r"<[^>]*>", "", html)).strip()
        if level == 1 and not self._has_title:
            self._has_title = True
            return ""
        level, name, self.latest = max(level, 2), self._free_id(text), text
        if level == 2:
            self.headings.append((name, text))
        return f'<h{level} id="{name}">{html}</h{level}>\n'

    def _free_id(self, text: str) -> str:
        plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"
        names = chain([stem], (f"{stem}-{number}" for number in count(2)))
        name = next(name for name in names if name not in self._ids)
        self._ids.add(name)
        return name


class _Markdown(IPythonRenderer):
    """nbconvert's markdown, without anchors' signs, live raw HTML, images or bare tables."""

    def __init__(self, outline: _Outline) -> None:
        super().__init__(escape=False, allow_harmful_protocols=False)
        self.outline = outline

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return self.outline.heading(text, level)

    def block_html(self, html: str) -> str:
        return f"{self.inline_html(html)}\n"

    def inline_html(self, html: str) -> str:
        kept = RAW_HTML.findall(html)
        texts = [escape(text, quote=False) for text in RAW_HTML.split(html)]
        return texts[0] + "".join(tag + text for tag, text in zip(kept, texts[1:], strict=True))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text

    def table(self, text: str) -> str:
        label = self.outline.latest
        caption = f'<caption class="visually-hidden">{escape(label)}</caption>'
        return scroll_box(f"<table>\n{caption}\n{text}</table>", label=label) + "\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        right = ' class="num"' if align == "right" else ""
        return f'<th scope="col"{right}>{text}</th>' if head else f"<td{right}>{text}</td>"


class _Fragment(HTMLParser):
    """Reads a released fragment: its ids, its h2 headings, and whether it is fit for a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.headings: list[tuple[str, str]] = []
        self._in_heading = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag in FORBIDDEN_TAGS or any(_is_live(tag, name, value) for name, value in found.items()):
            raise AnalysisError(
                f"A released output holds <{tag}> that a page may not hold", "Mend the code that writes it"
            )
        self.ids |= {found["id"]} if "id" in found else set()
        if tag == "h2" and "id" in found:
            self.headings.append((found["id"], ""))
            self._in_heading = True

    def handle_endtag(self, tag: str) -> None:
        self._in_heading = self._in_heading and tag != "h2"

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            name, text = self.headings[-1]
            self.headings[-1] = (name, text + data)


def _is_live(tag: str, name: str, value: str) -> bool:
    """Whether the attribute can run code or fetch something."""
    if name.startswith("on"):
        return True
    address = value.strip().lower()
    if tag == "a" and name in ("href", "xlink:href"):
        return not re.fullmatch(r"#.*|https?://.*|[^:]*", address)
    return name in FETCHING and not address.startswith(("#", "data:image/"))
