"""Slides of a page: a title slide, a slide a question whose title is its finding, and the limitations."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from pptx import Presentation

from analysis.formats.deck import MOST, deck_of, shortened
from analysis.formats.figures import pictures
from analysis.formats.reader import read_page
from analysis.formats.slides import pptx_bytes
from take_along_page import FINDING, page

FIGURE = page()[page().index("<figure") : page().index("<details>")]


@pytest.fixture(scope="module", name="made")
def made_once() -> bytes:
    document = read_page(
        page(text="Kan &lt;a&gt; &amp; b öka? För styrgruppen.", alt="Diagram med &quot;tal&quot;.")
    )
    return pptx_bytes(document, pictures(document))


@pytest.fixture(scope="module", name="slides")
def slides_once(made: bytes) -> list[Any]:
    return list(Presentation(BytesIO(made)).slides)


def test_the_title_of_a_slide_is_its_finding(slides: list[Any]) -> None:
    titles = [slide.shapes.title.text for slide in slides]
    assert titles == ["Avvikelser – Härryda", FINDING, "Begränsningar"]


def test_a_question_has_its_verdict_its_words_and_its_figure_with_alt_text(slides: list[Any]) -> None:
    texts = [p.text for p in slides[1].placeholders[1].text_frame.paragraphs]
    assert texts == [
        "◆ Bättre än väntat", "Har de minskat?",
        "Värdet låg i genomsnitt 30 % lägre. Skattningen beskriver vad som hände.",
    ]  # fmt: skip
    (picture,) = [shape for shape in slides[1].shapes if shape.shape_type == 13]
    assert picture._element.nvPicPr.cNvPr.get("descr") == 'Diagram med "tal".'


def test_the_first_slide_tells_what_the_page_asks_and_when(slides: list[Any]) -> None:
    assert (
        slides[0].placeholders[1].text_frame.text
        == "Kan <a> & b öka? För styrgruppen.\nRapportdatum: 2026-11-20"
    )


def test_what_must_be_known_first_and_the_source_stand_on_every_slide(slides: list[Any]) -> None:
    for number, slide in enumerate(slides, 1):
        texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        assert "Påhittade data. Ingen verklig vård." in texts
        assert "Avvikelser – Härryda" in texts
        assert f"Bild {number} av 3" in texts


def test_every_text_has_the_language_of_the_page(slides: list[Any]) -> None:
    runs = [r for s in slides for shape in s.shapes if shape.has_text_frame
            for p in shape.text_frame.paragraphs for r in p.runs]  # fmt: skip
    assert {run._r.rPr.get("lang") for run in runs} == {"sv-SE"}


def test_nothing_stands_outside_its_slide(made: bytes, slides: list[Any]) -> None:
    size = Presentation(BytesIO(made))
    assert (size.slide_width, size.slide_height) == (12_192_000, 6_858_000)
    for shape in (shape for slide in slides for shape in slide.shapes):
        assert 0 <= shape.left <= size.slide_width - shape.width, shape.name
        assert 0 <= shape.top <= size.slide_height - shape.height, shape.name


def test_the_file_tells_its_title_and_nobody_and_is_the_same_again(made: bytes) -> None:
    about = Presentation(BytesIO(made)).core_properties
    assert (about.title, about.author, about.last_modified_by, about.created) == (
        "Avvikelser – Härryda",
        "",
        "",
        None,
    )
    with ZipFile(BytesIO(made)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    document = read_page(
        page(text="Kan &lt;a&gt; &amp; b öka? För styrgruppen.", alt="Diagram med &quot;tal&quot;.")
    )
    assert pptx_bytes(document, pictures(document)) == made


def test_there_are_at_most_twelve_slides_and_questions_come_before_other_figures() -> None:
    deck = deck_of(read_page(page(more=f"<h2>Mer</h2><p>Ord.</p>{FIGURE * 14}")))
    assert len(deck.slides) == MOST + 2
    assert deck.slides[1].verdict is not None
    assert deck.slides[2].text == ("Ord.",)


def test_a_goal_without_a_finding_is_named_with_its_verdict() -> None:
    html = page().replace(f'<p class="finding">{FINDING}.</p>', "")
    assert deck_of(read_page(html)).slides[1].title == "Har de minskat?: bättre än väntat"


def test_long_lists_end_with_how_many_more_there_are() -> None:
    more = "".join(f"<li>Punkt {n}.</li>" for n in range(10))
    html = page().replace("<li>En serie.</li>", more)
    assert deck_of(read_page(html)).slides[-1].text[-1] == "Ytterligare 5 begränsningar står i rapporten."


def test_a_text_is_shortened_to_whole_sentences() -> None:
    assert shortened("Ett. Två. Tre.", 8) == "Ett."
    assert shortened("Ett. Två. Tre.", 12) == "Ett. Två."
    assert shortened("En mening som är för lång.", 3) == "En mening som är för lång."
    assert shortened("Vid SKR:s 3.5 %, t.ex. nu. Sedan.", 30) == "Vid SKR:s 3.5 %, t.ex. nu."
