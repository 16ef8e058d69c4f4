"""What reaches a page and what does not; the fixed parts of a page; the small table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from analysis.errors import AnalysisError, SettingsError
from analysis.report.door import Public
from analysis.report.render import (
    LABELS,
    TEMPLATE,
    Banner,
    Chip,
    Findings,
    Glance,
    IndexRow,
    Links,
    Overview,
    render_index,
    render_report,
)
from analysis.tables_html import html_table, verdict_chip

RELEASED = "<p>Släppt siffra 35</p>"


def fragments(*html: str) -> NotebookNode:
    """A cell as the door lets it through."""
    return new_code_cell(outputs=[new_output("display_data", data={"text/html": h}) for h in html])


def public_of(*cells: NotebookNode) -> Public:
    return Public(new_notebook(cells=list(cells)))


def report_of(*cells: NotebookNode, title: str = "Titel", **settings: Any) -> str:
    return render_report(public_of(*cells), language="sv", title=title, **settings)


def report_of_html(html: str) -> str:
    return report_of(fragments(html))


def test_a_fragment_reaches_the_page_unchanged_and_among_the_text() -> None:
    svg = '<svg viewBox="0 0 1 1"><linearGradient id="g"/><path d="M0 0&amp;"/></svg>'
    page = report_of(new_markdown_cell("Före"), fragments(svg, RELEASED), new_markdown_cell("Efter"))
    order = [page.index(part) for part in ("Före", svg, RELEASED, "Efter")]
    assert order == sorted(order)


def test_the_code_of_a_cell_never_reaches_the_page() -> None:
    cell = fragments(RELEASED)
    cell.source = "secret = 1"
    assert "secret" not in report_of(cell)


def test_same_input_gives_the_same_bytes() -> None:
    assert len({report_of(new_markdown_cell("# A"), fragments(RELEASED)) for _ in range(2)}) == 1


def test_the_tables_are_linked_when_there_are_any() -> None:
    page = report_of(links=Links(csv="a.sv.csv", xlsx="a.sv.xlsx"))
    assert '<a href="a.sv.csv">Tabellerna som CSV</a>' in page
    assert '<a href="a.sv.xlsx">Tabellerna för Excel</a>' in page
    only = report_of(links=Links(xlsx="a.sv.xlsx"))
    assert "Tabellerna för Excel" in only
    assert "CSV" not in only
    assert "CSV" in report_of(links=Links(csv="a.sv.csv"))
    along = report_of(links=Links(pdf="a.sv.pdf", pptx="a.sv.pptx", figures="a.sv.figures.zip"))
    assert '<a href="a.sv.pdf">Rapporten som PDF</a>' in along
    assert '<a href="a.sv.pptx">Bildspel (PowerPoint)</a>' in along
    assert '<a href="a.sv.figures.zip">Figurerna (zip)</a>' in along
    assert "<nav" not in report_of()


def test_no_picture_of_static_text_reaches_the_page() -> None:
    page = report_of(new_markdown_cell("![bild](data:image/png;base64,AA==) ![b](attachment:a.png)"))
    assert "<img" not in page
    assert "attachment:" not in page.partition("<body>")[2]
    assert "bild" in page


def test_title_is_the_only_h1_and_later_ones_step_down() -> None:
    page = report_of(
        new_markdown_cell("# Rubrik\n\nIngress"), new_markdown_cell("# En till"), title="Min titel"
    )
    assert re.findall(r"<h1>(.*?)</h1>", page) == ["Min titel"]
    assert "Rubrik" not in page
    assert '<h2 id="en-till">En till</h2>' in page


def test_headings_get_stable_distinct_ids_that_yield_to_those_of_fragments() -> None:
    text = "## Åtgärd & följd\n\n## Svar\n\n## Svar\n\n## ≈\n\n## Main"
    page = report_of(new_markdown_cell(text), fragments('<h2 id="svar">Fråga</h2>'))
    ids = re.findall(r'<h2 id="([^"]*)"', page)
    assert ids == ["atgard-foljd", "svar-2", "svar-3", "section", "main-2", "svar"]
    assert re.findall(r'<li><a href="#([^"]*)">', page) == ids
    assert "¶" not in page


def test_contents_stand_after_an_introduction_without_headings() -> None:
    page = report_of(new_markdown_cell("# T\n\nIngressen"), new_markdown_cell("## A\n\n## B"))
    assert page.index("Ingressen") < page.index('class="contents"') < page.index("<h2 id=")


def test_live_html_in_static_text_is_shown_as_text() -> None:
    text = (
        '<script>alert(1)</script>\n\n<details open class="x">\n<summary>Mer</summary>\n\nInuti\n\n</details>'
        "\n\n"
        "a <b>b</b> <img src=x onerror=alert(1)> [länk](javascript:alert(1)) ![bild](http://example.org/a.png)"
        ' <b onclick="x">c</b>'
    )
    page = report_of(new_markdown_cell(text))
    assert "&lt;script&gt;" in page
    assert '<details open class="x">' in page
    assert "<b>b</b>" in page
    tags = Tags(page)
    assert not tags.names & {"script", "img"}
    assert not [name for name in tags.attributes if name.startswith("on")]
    assert "javascript:" not in page
    assert "example.org" not in page


def test_table_in_static_text_gets_caption_and_scope() -> None:
    page = report_of(new_markdown_cell("## Prövning\n\n| A | B |\n|---|---:|\n| 1 | 2 |"))
    assert '<caption class="visually-hidden">Prövning</caption>' in page
    assert '<th scope="col" class="num">B</th>' in page


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        "<svg><script>x</script></svg>",
        '<img src="http://example.org/a.png">',
        '<svg><image xlink:href="//example.org/a.png"/></svg>',
        '<p onclick="x">y</p>',
        '<a href="javascript:x">y</a>',
        '<a href=" java\nscript:x">y</a>',
        '<iframe srcdoc="x"></iframe>',
        '<meta http-equiv="refresh" content="0;url=http://example.org">',
        "<h1>En till</h1>",
    ],
)
def test_fragment_that_could_run_or_fetch_is_refused(html: str) -> None:
    with pytest.raises(AnalysisError, match="may not hold"):
        report_of_html(html)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="#svar">a</a>',
        '<a href="https://example.org/">a</a>',
        '<a href="annan.html">a</a>',
        '<img src="data:image/png;base64,AA==" alt="a">',
        '<svg xmlns:xlink="x"><use xlink:href="#m"/></svg>',
    ],
)
def test_harmless_fragment_is_published(html: str) -> None:
    assert html in report_of_html(html)


def index_of(*rows: IndexRow) -> str:
    return render_index(language="sv", title="T", overview=Overview(rows))


def text_between(page: str, first: str, last: str) -> str:
    part = page[page.index(first) + len(first) :]
    return re.sub(r"<[^>]*>|\n", "", part[: part.index(last)]).strip()


def test_every_text_passed_in_is_escaped() -> None:
    evil = '<b id="x">&'
    page = report_of(
        title=evil,
        banners=[Banner(evil, evil)],
        meta={evil: evil},
        font_css="</style><script>",
        links=Links('"><b>', '"><b>'),
    )
    row = IndexRow(evil, evil, '"><b>', "failed", evil, evil)
    glance = Glance((evil,), {evil: (Chip('"><b>', "improved", evil),)})
    overview = Overview((row,), glance, (evil, evil), '"><b>')
    index = render_index(
        language="sv", title=evil, banners=[Banner(evil)], meta={evil: evil}, overview=overview
    )
    for html in (page, index):
        assert not Tags(html).names & {"b", "script"}
        assert "&lt;b id=&#34;x&#34;&gt;&amp;" in html


def test_page_forbids_every_fetch_and_names_no_address() -> None:
    page = report_of(new_markdown_cell("text"))
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:" in page
    assert "http" not in page.replace("http-equiv", "")
    assert Tags(page).names.isdisjoint({"script", "link", "iframe"})


def test_unknown_language_without_texts_is_refused() -> None:
    with pytest.raises(SettingsError, match="fi"):
        render_report(public_of(), language="fi", title="T")


def test_both_languages_have_the_same_texts() -> None:
    assert LABELS["sv"].keys() == LABELS["en"].keys()


def test_a_report_of_this_run_needs_no_word_about_its_state() -> None:
    page = index_of(IndexRow("A", "R", "r.html"))
    assert 'class="state' not in page
    assert LABELS["sv"]["failures"] not in page


def test_what_could_not_be_made_is_said_first() -> None:
    page = index_of(IndexRow("A", "R", "r.html"), IndexRow("B", "S", "", "failed", note="N"))
    said = text_between(page, "<ul>", "</ul>")
    assert said == "B: S. Kunde inte göras, och det finns ingen tidigare. N."
    assert page.index(LABELS["sv"]["failures"]) < page.index(LABELS["sv"]["reports"])


@pytest.mark.parametrize(
    ("stands", "row"), [({"Färre?": "Stabilt"}, "Färre?−1 %BättreStabilt"), ({}, "Färre?−1 %Bättre–")]
)
def test_how_an_answer_stands_has_a_column_only_where_it_is_told(stands: dict[str, str], row: str) -> None:
    found = {"Färre?": ("−1 %", Chip("a/x.html#q-x", "improved", "Bättre"))}
    columns = ("Fråga", "Förändring", "Bedömning")
    for heads, expected in (((*columns, "Står det?"), row), (columns, "Färre?−1 %Bättre")):
        findings = Findings("Funnet", ("Ledande.",), heads, found, (), stands)
        page = render_index(language="sv", title="T", overview=Overview((), findings=findings))
        assert text_between(page, "<tbody>", "</tbody>") == expected
        assert page.count('<th scope="col">') == len(heads)


def test_the_set_at_a_glance_has_a_row_a_question_and_a_column_a_unit() -> None:
    chips = (Chip("a/x.html#q-x", "improved", "Bättre"), None)
    page = render_index(
        language="sv",
        title="T",
        overview=Overview((), Glance(("A", "B"), {"Färre?": chips}), ("Något nytt", "1", "2")),
    )
    table = text_between(page, "<tbody>", "</tbody>")
    assert table == "Färre?Bättre–"
    assert 'href="a/x.html#q-x"' in page
    assert page.count('<th scope="col">') == 1 + 2
    assert text_between(page, "<p>Något nytt</p>", "</ul>") == "12"


@pytest.mark.parametrize(
    ("state", "kept_from", "expected"),
    [
        ("unchanged", "4 januari", "Oförändrad sedan 4 januari"),
        ("failed", "4 januari", "Kunde inte göras om. Visar den från 4 januari"),
        ("failed", "", "Kunde inte göras, och det finns ingen tidigare"),
    ],
)
def test_index_says_the_state_of_a_report(state: Any, kept_from: str, expected: str) -> None:
    page = index_of(IndexRow("A", "R", "r.html", state, kept_from))
    assert f'<span class="state state-{state}">{expected}</span>' in page


def test_index_groups_reports_by_unit_in_order() -> None:
    rows = (IndexRow("B", "1", "1.html"), IndexRow("A", "2", "2.html"), IndexRow("B", "3", ""))
    page = render_index(language="en", title="T", overview=Overview(rows, other_language="index.html"))
    assert re.findall(r"<h3>(.*?)</h", page) == ["B", "A"]
    assert re.findall(r"<li>(.*?)</li>", page) == ['<a href="1.html">1</a>', "3", '<a href="2.html">2</a>']
    assert '<a href="index.html" lang="sv" hreflang="sv">På svenska</a>' in page


def test_table_has_caption_scopes_numbers_and_marks_for_missing() -> None:
    frame = pd.DataFrame({"unit": ["A<", None], "n": ["1–7", "10"], "rate": [1.5, float("nan")]})
    html = html_table(
        frame,
        caption="Tal & enheter",
        row_header="unit",
        headings={"unit": "Enhet"},
        formatters={"rate": lambda value: f"{value:.1f}".replace(".", ",")},
        numeric=["n"],
    )
    assert "<caption>Tal &amp; enheter</caption>" in html
    assert 'role="group" tabindex="0" aria-label="Tal &amp; enheter"' in html
    assert '<th scope="col">Enhet</th><th scope="col" class="num">n</th>' in html
    assert '<tr><th scope="row">A&lt;</th><td class="num">1–7</td><td class="num">1,5</td></tr>' in html
    assert '<tr><th scope="row">–</th><td class="num">10</td><td class="num">–</td></tr>' in html


def test_periods_days_and_joined_words_of_a_table_break_only_where_they_may() -> None:
    digest = "08537dca8c84235d8d076dc72f629725"
    frame = pd.DataFrame(
        {
            "Part/enhet": ["Vård/omsorg", "3/4"],
            "2022-01 – 2022-06": ["2022-01", digest],
            "n": ["2022-02", "12"],
        }
    )
    headings = {"n": "Före, 2024-01 – 2024-06"}
    html = html_table(
        frame, caption="Till 2022-06-30", row_header="Part/enhet", headings=headings, numeric=["n"]
    )
    assert '<caption>Till <span class="when">2022-06-30</span></caption>' in html
    assert '<th scope="col">Part/<wbr>enhet</th>' in html
    assert '<th scope="col"><span class="when">2022-01 – <br>2022-06</span></th>' in html
    assert '<th scope="col" class="num">Före, <span class="when">2024-01 – <br>2024-06</span></th>' in html
    assert (
        '<th scope="row">Vård/<wbr>omsorg</th><td class="when">2022-01</td><td class="num">2022-02</td>'
        in html
    )
    assert f'<th scope="row">3/4</th><td class="digest">{digest}</td>' in html
    assert 'aria-label="Till 2022-06-30"' in html


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Vård/omsorg inom 14 dagar", "num"),
        ("fjorton tecken", "num"),
        ("a" * 14, "num"),
        ("a" * 15, "num wide"),
    ],
)
def test_the_head_of_numbers_is_narrow_unless_a_word_of_it_is_long(heading: str, kind: str) -> None:
    html = html_table(pd.DataFrame({"a": ["1"]}), caption="c", headings={"a": heading}, numeric=["a"])
    assert f'<th scope="col" class="{kind}">' in html


@pytest.mark.parametrize("text", ["12022-01", "2022-011", "1-2022-01", "2022-1", "0123456789abcde", "a < b"])
def test_other_numbers_and_words_of_a_table_are_left_as_they_are(text: str) -> None:
    shown = text.replace("<", "&lt;")
    assert f"<td>{shown}</td>" in html_table(pd.DataFrame({"a": [text]}), caption="c")


def test_table_refuses_unknown_row_header_and_twin_columns() -> None:
    with pytest.raises(ValueError, match="no column"):
        html_table(pd.DataFrame({"a": [1]}), caption="c", row_header="b")
    with pytest.raises(ValueError, match="twice"):
        html_table(pd.DataFrame([[1, 2]], columns=["a", "a"]), caption="c")


def test_empty_table_keeps_its_headings() -> None:
    assert '<th scope="col" class="num">a</th>' in html_table(pd.DataFrame({"a": [1]}).head(0), caption="c")


def luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colours: Sequence[str]) -> float:
    dark, light = sorted(luminance(colour) for colour in colours)
    return (light + 0.05) / (dark + 0.05)


def test_every_verdict_has_a_sign_and_enough_contrast() -> None:
    css = (TEMPLATE / "page.css").read_text("utf-8")
    chips = re.findall(r"\.verdict-(\w+) \{ color: #(\w+); background: #(\w+)", css)
    assert {name for name, *_ in chips} == {
        "improved",
        "worsened",
        "no_clear_change",
        "cannot_be_attributed",
        "too_little_data",
    }
    assert all(contrast(colours) >= 4.5 for _, *colours in chips)
    signs = re.findall(r"\.verdict-\w+::before \{ content: (\S+);", css)
    assert len(set(signs)) == 5
    assert verdict_chip("improved", "<") == '<span class="verdict verdict-improved">&lt;</span>'


class Tags(HTMLParser):
    """The live elements and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
