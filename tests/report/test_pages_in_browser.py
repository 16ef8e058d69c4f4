"""The published pages as a reader's browser sees them: no network, no overflow, names on everything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.designs.effect import Verdict
from analysis.report.door import Public
from analysis.report.render import (
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
from analysis.tables_html import html_table, scroll_box, verdict_chip
from browser import Visit, axe_violations, open_page, running_browser  # noqa: F401

pytestmark = pytest.mark.browser

META = {
    "Uppgifterna gäller till och med": "31 december 2025",
    "Uppgifternas ålder": "11 dagar när rapporten gjordes",
    "Datamängd": "7f3a9c21e4b0",
    "Skydd mot röjande": "Antal 1–7 visas inte, övriga avrundas till närmaste 5 (regel r5, version 1)",
}
INVENTED = (
    Banner("Påhittade data.", "Alla siffror på sidan är påhittade och säger inget om verkliga verksamheter."),
    Banner(
        "Påhittade startdatum.", "När enheterna började arbeta på det nya sättet är också påhittat.", "notice"
    ),
)
VERDICTS: dict[Verdict, str] = {
    "improved": "Förbättrat",
    "worsened": "Försämrat",
    "no_clear_change": "Ingen tydlig förändring",
    "cannot_be_attributed": "Skiljer sig, orsak okänd",
    "too_little_data": "För lite data",
}
SWEDISH = (
    "Dagar som utskrivningsklar",
    "Åter inom 30 dagar",
    "Utskrivning",
    "Utskrivning och samordning: vad hände efter förändringen?",
    "4 januari 2026",
    "index.en.html",
)
ENGLISH = (
    "Days ready for discharge",
    "Back within 30 days",
    "Discharge",
    "Discharge: what happened after the change?",
    "4 January 2026",
    "index.html",
)
INTRO = """# Avvikelser vid utskrivning

Har antalet avvikelser per 1 000 utskrivningar minskat sedan enheten började arbeta på det nya sättet?
Rapporten riktar sig till styrgruppen och till verksamhetens egna utvecklare. Frågan, måttet och tiden
bestämdes innan någon såg uppgifterna."""
DATA = """## Underlag

Uppgifterna kommer från *avvikelsesystemet* och från **vårdtillfällesregistret**. Vad som räknas som en
avvikelse står i [måttbeskrivningen](https://example.org/matt)."""
LIMITS = """## Begränsningar

- Antalet *rapporterade* avvikelser ändras när viljan att rapportera ändras.
- Enheten valde själv när den skulle börja; andra förändringar vid samma tid går inte att skilja ut.
- Femton månader efter starten är kort tid för en säsong.

### Vad hade fått oss att tro något annat?

Om linjen för jämförelseenheterna hade fallit lika mycket
hade vi inte kunnat tillskriva förändringen arbetssättet.

| Prövning | Utfall |
|---|---|
| Annan startmånad (±3) | samma slutsats |
| Utan säsong | samma slutsats |"""


def months_svg() -> str:
    """A run chart by hand, so that the test needs no chart library."""
    values = [31, 34, 29, 33, 35, 30, 32, 36, 31, 33, 30, 34, 26, 24, 25, 22, 24, 21, 23, 20, 22, 21, 19, 21]
    xs = [52 + 24 * index for index in range(len(values))]
    points = [(x, 210 - 4.6 * value) for x, value in zip(xs, values, strict=True)]
    grid = "".join(
        f'<path d="M40 {210 - 4.6 * y}H620" stroke="#E6E9ED"/>'
        f'<text x="32" y="{214 - 4.6 * y}" text-anchor="end" fill="#515B68">{y}</text>'
        for y in (0, 10, 20, 30, 40)
    )
    marks = "".join(
        f'<circle cx="{x}" cy="{y:.1f}" r="3.2" fill="{"#6B7480" if x < 330 else "#0B5FA5"}"/>'
        for x, y in points
    )
    line = " ".join(f"{x},{y:.1f}" for x, y in points)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 250" role="img" font-size="12.5" '
        'font-family="Inter, sans-serif" aria-label="Avvikelser per 1 000 utskrivningar, månad för månad. '
        'Omkring 32 före starten, omkring 22 efter.">'
        f'{grid}<path d="M328 20V210" stroke="#1B2430" stroke-dasharray="4 3"/>'
        '<text x="336" y="30" fill="#1B2430" font-weight="600">Nytt arbetssätt från januari 2025</text>'
        f'<polyline points="{line}" fill="none" stroke="#C5CCD4" stroke-width="1.5"/>{marks}'
        '<text x="52" y="236" fill="#515B68">jan 2024</text><text x="604" y="236" text-anchor="end" '
        'fill="#515B68">dec 2025</text></svg>'
    )


def base_table() -> str:
    frame = pd.DataFrame(
        {
            "Tid": ["Före", "Övergång", "Efter"],
            "Månader": [12, 2, 10],
            "Utskrivningar": ["4 820", "795", "3 940"],
            "Avvikelser": ["155", "1–7", "85"],
            "rate": [32.2, None, 21.6],
        }
    )
    return html_table(
        frame,
        caption="Utskrivningar och avvikelser vid Medicinkliniken, Exempelsjukhuset",
        row_header="Tid",
        headings={"rate": "Per 1 000"},
        numeric=["Utskrivningar", "Avvikelser"],
        formatters={"rate": lambda value: f"{value:.1f}".replace(".", ",")},
    )


def answer() -> str:
    return (
        '<h2 id="svar">Har avvikelserna minskat?</h2><div class="answer">'
        f"{verdict_chip('improved', 'Förbättrat')}"
        '<p class="finding">Avvikelserna minskade med omkring en tredjedel, från 32 till 22 per 1 000 '
        "utskrivningar.</p><p>Minskningen ligger mellan 21 och 44 procent (95 % konfidensintervall). Den "
        "syns också när jämförelseenheterna räknas bort.</p></div>"
    )


def figure() -> str:
    return (
        f'<figure class="figure">{scroll_box(months_svg(), label="Diagram: avvikelser per månad")}'
        "<figcaption>Avvikelser per 1 000 utskrivningar, Medicinkliniken, Exempelsjukhuset. Källa: "
        "avvikelsesystemet.</figcaption>"
        f"<details><summary>Siffrorna i diagrammet</summary>{base_table()}</details></figure>"
    )


def legend() -> str:
    chips = " ".join(verdict_chip(verdict, label) for verdict, label in VERDICTS.items())
    note = '<p class="note">Ett omdöme ges bara när reglerna i frågan är uppfyllda.</p>'
    return f'<h2 id="ord">Så läser du omdömena</h2><p>{chips}</p>{note}'


def sample_report() -> str:
    outputs = [
        nbformat.v4.new_code_cell(
            "release()",
            outputs=[nbformat.v4.new_output("display_data", {"text/html": html})],
        )
        for html in (base_table(), answer() + figure(), legend())
    ]
    text = [nbformat.v4.new_markdown_cell(source) for source in (INTRO, DATA, LIMITS)]
    notebook = nbformat.v4.new_notebook(cells=[*text[:2], *outputs, text[2]])
    return render_report(
        Public(notebook),
        language="sv",
        title="Avvikelser vid utskrivning – Medicinkliniken, Exempelsjukhuset",
        banners=INVENTED,
        meta=META,
        links=Links("index.html", "avvikelser.en.html"),
    )


def sample_index(language: str) -> str:
    words = SWEDISH if language == "sv" else ENGLISH
    days, again, discharge, title, date, other = words
    chips = [Chip("a.html#q-x", verdict, label) for verdict, label in VERDICTS.items()]
    medicine, geriatrics = "Medicinkliniken, Exempelsjukhuset", "Geriatriken, Provstads sjukhus"
    rows = [
        IndexRow(medicine, discharge, "a.html"),
        IndexRow(medicine, "SIP", "b.html", "unchanged", date),
        IndexRow(geriatrics, discharge, "c.html", "failed", date),
        IndexRow(geriatrics, "SIP", "", "failed", note="En fil saknas"),
    ]
    glance = Glance((medicine, geriatrics), {days: tuple(chips[:2]), again: (chips[3], None)})
    found = {days: ("−24 % (−33 % till −15 %)", chips[0]), again: ("–", chips[1])}
    findings = Findings(days, (again, days), (again, days, again), found, (again,))
    return render_index(
        language=language,
        title=title,
        banners=INVENTED[:1],
        meta=dict(list(META.items())[:3]),
        overview=Overview(tuple(rows), glance, (days, again), other, findings),
    )


@pytest.fixture(scope="module", params=["report-sv", "index-sv", "index-en"])
def visit(
    browser: Any, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Visit]:
    kind, language = request.param.split("-")
    path = tmp_path_factory.mktemp("pages") / f"{request.param}.html"
    path.write_text(sample_report() if kind == "report" else sample_index(language), encoding="utf-8")
    with open_page(browser, path) as opened:
        yield opened


def test_page_asks_the_network_for_nothing_and_logs_no_error(visit: Visit) -> None:
    assert visit.requests == []
    assert visit.errors == []


def test_planted_faults_are_seen_by_the_helpers(browser: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<img src='http://127.0.0.1:9/x.png'><script>null.x</script><p style='width:2000px'>wide")
    with open_page(browser, bad) as visit:
        assert visit.requests == ["http://127.0.0.1:9/x.png"]
        assert visit.errors
        assert visit.overflow() > 0


def test_axe_sees_a_planted_fault(browser: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<!doctype html><title>x</title><main><h1>x</h1><p style='color:#ccc'>pale</p></main>")
    with open_page(browser, bad) as visit:
        assert {line.split()[1] for line in axe_violations(visit)} == {"html-has-lang:", "color-contrast:"}


def test_page_has_one_h1_and_its_language(visit: Visit) -> None:
    assert visit.page.locator("h1").count() == 1
    assert visit.page.locator("main").count() == 1
    assert visit.page.get_attribute("html", "lang") == visit.page.url.split("-")[-1].removesuffix(".html")


def test_everything_shown_has_a_name(visit: Visit) -> None:
    nameless = "img:not([alt]), svg:not([aria-label]):not([aria-hidden]), [role=region]:not([aria-label])"
    assert visit.page.locator(nameless).count() == 0
    assert visit.page.locator("table:not(:has(> caption))").count() == 0
    assert visit.page.locator("th:not([scope])").count() == 0


def test_contents_lead_to_headings_in_order(visit: Visit) -> None:
    links, headings, ids = visit.page.evaluate(
        """() => [[...document.querySelectorAll('.contents a')].map(a => a.getAttribute('href')),
                  [...document.querySelectorAll('main h2[id]')].map(h => '#' + h.id),
                  [...document.querySelectorAll('[id]')].map(e => e.id)]"""
    )
    assert links in ([], headings)
    assert bool(links) == (visit.page.locator("nav.contents").count() == 1)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("width", [320, 390, 768, 1200])
def test_page_is_not_wider_than_its_window(visit: Visit, width: int, tmp_path: Path) -> None:
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.page.screenshot(path=tmp_path / f"{width}.png", full_page=True)
    assert visit.overflow() <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_axe_finds_nothing_wrong(visit: Visit, width: int, scheme: Any) -> None:
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.page.emulate_media(color_scheme=scheme)
    try:
        assert axe_violations(visit) == []
    finally:
        visit.page.emulate_media(color_scheme="light")


def test_a_dark_page_keeps_its_charts_on_light_ground(visit: Visit) -> None:
    ground = "element => getComputedStyle(element).backgroundColor"
    try:
        visit.page.emulate_media(color_scheme="dark")
        assert visit.page.locator("body").evaluate(ground) == "rgb(19, 24, 29)"
        boxes = visit.page.locator(".figure > .scroll").all()
        assert {box.evaluate(ground) for box in boxes} <= {"rgb(255, 255, 255)"}
        visit.page.emulate_media(color_scheme="dark", media="print")
        assert visit.page.locator("body").evaluate(ground) == "rgb(255, 255, 255)"
    finally:
        visit.page.emulate_media(color_scheme="light", media="screen")


def test_a_caption_stays_in_sight_on_a_phone_when_its_table_is_scrolled(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "wide.html"
    frame = pd.DataFrame({f"Rubrik{n}": ["2022-01 – 2022-06"] for n in range(9)})
    cell = nbformat.v4.new_output("display_data", {"text/html": html_table(frame, caption="Ord " * 40)})
    cells = [nbformat.v4.new_code_cell("release()", outputs=[cell])]
    page = render_report(Public(nbformat.v4.new_notebook(cells=cells)), language="sv", title="T")
    path.write_text(page, encoding="utf-8")
    with open_page(browser, path) as visit:
        visit.page.set_viewport_size({"width": 390, "height": 900})
        box = visit.page.locator(".scroll")
        box.evaluate("box => box.scrollLeft = 400")
        left, right = visit.page.locator("caption").evaluate(
            "c => [c.getBoundingClientRect().left, c.getBoundingClientRect().right]"
        )
        heights = visit.page.locator("td").evaluate_all("cells => cells.map(c => c.offsetHeight)")
        assert box.evaluate("box => box.scrollLeft") == 400
        assert left >= 0
        assert right <= 390
        assert max(heights) < 50  # one line each


def test_hidden_data_tables_are_printed(visit: Visit) -> None:
    visit.page.emulate_media(media="print")
    hidden = [table for table in visit.page.locator("details table").all() if not table.is_visible()]
    visit.page.emulate_media(media="screen")
    assert hidden == []
