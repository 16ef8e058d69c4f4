"""PDF, slides and archives of figures are read whole: what is hidden is found, or they are refused."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable

import pyarrow as pa
import pytest

from analysis.errors import DisclosureStop
from analysis.formats.figures import figures_bytes, pictures
from analysis.formats.pdf import pdf_bytes
from analysis.formats.reader import read_page
from analysis.formats.slides import pptx_bytes
from analysis.report.reading import Read, markup, read
from analysis.report.scan import Secrets, scan, words_of
from analysis.report.vocabulary import words_in
from homes import goteborg
from take_along_page import SVG, page

WORDS = words_of(goteborg()) | words_in(page() + SVG + "hoppa värdet låg serien linjediagram")
SECRET = "Kanariefågel"
PERSON = "19121212-1212"


def pdf(**texts: str) -> bytes:
    return pdf_bytes(read_page(page(**texts)))


def slides(**texts: str) -> bytes:
    document = read_page(page(**texts))
    return pptx_bytes(document, pictures(document))


def figures(**texts: str) -> bytes:
    document = read_page(page(**texts))
    return figures_bytes(document, pictures(document))


MADE = {"a.pdf": pdf(), "a.pptx": slides(), "a.zip": figures()}


def stopped(name: str, content: bytes, secrets: Secrets | None = None, words: frozenset[str] = WORDS) -> str:
    with pytest.raises(DisclosureStop) as caught:
        scan({name: content}, secrets or Secrets(), words)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def repacked(content: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    """An archive with its parts changed, otherwise as the program writes it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def plain(texts: frozenset[str]) -> str:
    return " ".join(" ".join(texts).split())


@pytest.mark.parametrize("name", MADE)
def test_what_the_program_makes_passes_in_both_languages(name: str) -> None:
    scan({name: MADE[name]}, Secrets(), WORDS)
    make = {"a.pdf": pdf, "a.pptx": slides, "a.zip": figures}[name]
    scan({name: make(language="en")}, Secrets(), WORDS)


def test_every_word_of_the_page_is_read_in_its_pdf() -> None:
    main = page()[page().index("<header") :]
    said = words_in(plain(markup("a.html", re.sub(r"<nav.*?</nav>", "", main, flags=re.DOTALL)).texts))
    assert said <= words_in(plain(read("a.pdf", MADE["a.pdf"]).texts))


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("place", ["title", "alt", "banner"])
def test_an_unknown_word_is_found_wherever_a_file_says_it(name: str, place: str) -> None:
    make = {"a.pdf": pdf, "a.pptx": slides, "a.zip": figures}[name]
    text = f"{SECRET} i Härryda"
    assert "a word that neither the program" in stopped(name, make(**{place: text}))


@pytest.mark.parametrize("place", ["title", "text", "alt", "cell"])
def test_a_number_of_a_person_is_found_in_every_place_of_a_pdf(place: str) -> None:
    assert "an identity number" in stopped("a.pdf", pdf(**{place: PERSON}))


def test_the_digest_that_a_pdf_has_of_itself_is_no_path_and_no_word() -> None:
    own = re.findall(rb"/ID\[\((.{24})\)", MADE["a.pdf"])
    content = MADE["a.pdf"].replace(own[0], b"/xj0pjv6/1IfQ3y5J+PSxw==")
    assert content.count(b"xj0pjv6") == 4
    scan({"a.pdf": content}, Secrets(), WORDS)
    said = pdf(text="Se /xj0pjv6/1IfQ3y5J+PSxw==")
    assert "path" in stopped("a.pdf", said)


def test_names_and_quotations_are_found_in_a_pdf_and_in_slides() -> None:
    text = "Kallelsen kom först efter utskrivningen tyvärr"
    secrets = Secrets(texts=(pa.chunked_array([[text]]),))
    words = WORDS | words_in(text)
    for name, content in (("a.pdf", pdf(text=f"{text}.")), ("a.pptx", slides(text=f"{text}."))):
        assert "a free text of the deliveries" in stopped(name, content, secrets, words)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Type/Catalog", b"/Type/Catalog/OpenAction<</S/JavaScript/JS(x)>>"),
        (b"/Type/Catalog", b"/Type/Catalog/Names<</EmbeddedFiles 5 0 R>>"),
        (b"/Type/Catalog", b"/Type/Catalog/AcroForm 5 0 R"),
        (b"/Subtype/Link", b"/Subtype/Link/A<</S/URI/URI(http://skr.se)>>"),
        (b"%%EOF", b"%%EOF\n1 0 obj\n<<>>\nendobj\n%%EOF"),
        (b"\nxref\n", b"\n% fritt\nxref\n"),
        (b"%PDF-1.7", b"%PDF-1.4"),
        (b"/Root", b"/Encrypt 5 0 R/Root"),
        (b"/Filter/FlateDecode", b"/Filter/ASCIIHexDecode"),
        (b"/Subtype/XML", b"/Subtype/Form"),
        (b"endstream\nendobj\n", b"endstream\nendobj\n(fritt)"),
    ],
)
def test_a_pdf_with_what_our_writer_does_not_make_is_refused(old: bytes, new: bytes) -> None:
    assert old in MADE["a.pdf"]
    with pytest.raises(DisclosureStop, match=r"^a\.pdf: a file to be published cannot be read whole"):
        read("a.pdf", MADE["a.pdf"].replace(old, new, 1))


@pytest.mark.parametrize("key", [b"Author", b"Subject", b"Keywords", b"Producer", b"CreationDate"])
def test_a_pdf_that_names_somebody_or_a_time_is_refused(key: bytes) -> None:
    with pytest.raises(DisclosureStop):
        read("a.pdf", MADE["a.pdf"].replace(b"<</Title", b"<</" + key + b"(Anna)/Title", 1))


def test_a_text_planted_in_the_outline_or_the_metadata_of_a_pdf_is_found() -> None:
    for old in (b"/Title(Svaret)", b"<xmp:CreatorTool>Typst"):
        new = old[:-7] + SECRET[:7].encode() if old.endswith(b"Typst") else b"/Title(Kanarie)"
        changed = MADE["a.pdf"].replace(old, new.ljust(len(old))[: len(old)], 1)
        assert changed != MADE["a.pdf"]
        assert stopped("a.pdf", changed)


def test_a_note_an_author_or_a_comment_planted_in_slides_is_found() -> None:
    core = "docProps/core.xml"
    for change in (
        lambda parts: parts.update({"ppt/notesSlides/notesSlide1.xml": b"<a/>"}),
        lambda parts: parts.update({"ppt/comments/comment1.xml": b"<a/>"}),
        lambda parts: parts.update(
            {core: parts[core].replace(b"<dc:title>", b"<dc:creator>Kanarie</dc:creator><dc:title>")}
        ),
        lambda parts: parts.update(
            {"ppt/slides/slide1.xml": parts["ppt/slides/slide1.xml"] + b"<!--Kanarie-->"}
        ),
        lambda parts: parts.update(
            {"ppt/theme/theme1.xml": parts["ppt/theme/theme1.xml"].replace(b"Inter", b"Kanarie")}
        ),
    ):
        assert stopped("a.pptx", repacked(MADE["a.pptx"], change))


def test_slides_that_lead_out_of_their_file_are_refused() -> None:
    def lead_out(parts: dict[str, bytes]) -> None:
        name = "ppt/slides/_rels/slide1.xml.rels"
        parts[name] = parts[name].replace(b'Id="rId1"', b'Id="rId1" TargetMode="External"')

    with pytest.raises(DisclosureStop, match=r"^a\.pptx: slides lead out of their file"):
        read("a.pptx", repacked(MADE["a.pptx"], lead_out))


@pytest.mark.parametrize("name", ["a.pptx", "a.zip"])
def test_a_picture_with_a_text_a_time_or_more_than_its_pixels_is_refused(name: str) -> None:
    def spoilt(how: Callable[[bytes], bytes]) -> bytes:
        return repacked(
            MADE[name],
            lambda parts: parts.update({n: how(p) for n, p in parts.items() if n.endswith(".png")}),
        )

    end = chunk(b"IEND", b"")
    for how in (
        lambda png: png.replace(end, chunk(b"tEXt", b"Comment\0Kanarie") + end),
        lambda png: png.replace(end, chunk(b"tIME", b"1234567") + end),
        lambda png: png + b"Kanarie",
        lambda png: png.replace(end, chunk(b"IDAT", b"Kanarie") + end),
        lambda png: png[:-4] + b"\0\0\0\0",
        lambda png: b"GIF89a" + png,
    ):
        with pytest.raises(DisclosureStop):
            read(name, spoilt(how))


def test_a_text_in_a_drawing_of_an_archive_is_found_and_other_kinds_of_files_are_refused() -> None:
    def planted(parts: dict[str, bytes]) -> None:
        parts.update(
            {n: p.replace(b"Antal 35", SECRET.encode()) for n, p in parts.items() if n.endswith(".svg")}
        )

    assert "a word that neither" in stopped("a.zip", repacked(MADE["a.zip"], planted))
    for part in ("note.docx", "02-a/b.svg", "01-b.html"):
        with pytest.raises(DisclosureStop, match="parts or remarks"):
            read("a.zip", repacked(MADE["a.zip"], lambda parts, part=part: parts.update({part: b"x"})))


@pytest.mark.parametrize("name", ["a.pptx", "a.zip"])
def test_bytes_outside_the_parts_of_an_archive_are_refused(name: str) -> None:
    commented = io.BytesIO(MADE[name])
    with zipfile.ZipFile(commented, "a") as archive:
        archive.comment = b"Kanarie"
    for content in (b"Kanarie" + MADE[name], commented.getvalue()):
        with pytest.raises(DisclosureStop):
            read(name, content)


def test_coordinates_of_a_slide_are_no_numbers_of_a_person() -> None:
    found = read("a.pptx", MADE["a.pptx"])
    assert isinstance(found, Read)
    assert not any("<a:off" in mark or "<a:ext " in mark for mark in found.marks)
