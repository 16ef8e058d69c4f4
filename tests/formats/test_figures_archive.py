"""The figures of a page as an archive: each as SVG and PNG, and in words."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

from analysis.formats.figures import figures_bytes, pictures
from analysis.formats.reader import read_page
from take_along_page import page

DOCUMENT = read_page(page())
DRAWN = pictures(DOCUMENT)


def parts_of(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_each_figure_is_there_as_svg_and_as_png_under_its_finding() -> None:
    parts = parts_of(figures_bytes(DOCUMENT, DRAWN))
    stem = "01-avvikelser-30-lagre-an-vantat"
    assert list(parts) == ["alt.txt", f"{stem}.svg", f"{stem}.png"]
    assert parts[f"{stem}.png"].startswith(b"\x89PNG")
    assert b"aria-hidden" not in parts[f"{stem}.svg"]


def test_the_words_beside_tell_the_banners_the_titles_and_the_alt_texts() -> None:
    text = parts_of(figures_bytes(DOCUMENT, DRAWN))["alt.txt"].decode("utf-8-sig")
    assert text.splitlines() == [
        "Påhittade data. Ingen verklig vård.",
        "Figurerna i rapporten ”Avvikelser – Härryda”, och vad de visar.",
        "",
        "01 Avvikelser: 30\u00a0% lägre än väntat",
        "Linjediagram över avvikelser.",
    ]


def test_a_picture_has_200_pixels_an_inch_on_white() -> None:
    (png,) = DRAWN.values()
    assert [int.from_bytes(png[at : at + 4], "big") for at in (16, 20)] == [556, 278]


def test_the_same_page_gives_the_same_bytes() -> None:
    assert figures_bytes(DOCUMENT, pictures(DOCUMENT)) == figures_bytes(DOCUMENT, DRAWN)


def test_names_of_figures_are_plain_whole_words_and_never_empty() -> None:
    long = page().replace('aria-label="Avvikelser: 30', f'aria-label="{"ord " * 30}å/ä')
    names = list(parts_of(figures_bytes(read_page(long), DRAWN)))
    assert names[1] == "01-" + "-".join(["ord"] * 12) + ".svg"
    empty = page().replace('aria-label="Avvikelser: 30\u00a0% lägre än väntat"', 'aria-label="…"')
    assert list(parts_of(figures_bytes(read_page(empty), DRAWN)))[1] == "01-figure.svg"
