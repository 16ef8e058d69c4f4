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
from analysis.report import reading_pdf
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


def reset(content: bytes, change: Callable[[bytes, bytes], bytes]) -> bytes:
    """A PDF with its streams changed, given what refers to them, otherwise as its writer sets it."""
    objects, kinds = reading_pdf._objects(content)[0], reading_pdf._File(content)._kinds()
    made, places = content[: content.index(b"1 0 obj")], {}
    for number, one in objects.items():
        places[number], head, body = len(made), one.head, b""
        if one.stream is not None:
            data = change(kinds.get(number, "").encode(), one.stream)
            head = re.sub(
                rb"/Length \d+", b"/Length %d" % len(data), head.replace(b"/Filter/FlateDecode", b"")
            )
            body = b"\nstream\n" + data + b"\nendstream"
        made += b"%d 0 obj\n" % number + head + body + b"\nendobj\n"
    rows = b"".join(b"%010d 00000 n\r\n" % places[number] for number in sorted(places))
    table = b"xref\n0 %d\n0000000000 65535 f\r\n" % (len(places) + 1) + rows
    rest = content[content.index(b"trailer\n") :]
    return made + table + re.sub(rb"startxref\n\d+", b"startxref\n%d" % len(made), rest)


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


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (b"page", b"\n(Kanarie) f"),
        (b"page", b"\n/Span<</A<</A<</Alt(Kanarie)>>>>>>BDC EMC"),
        (b"page", b"\n/Span<</ActualText(Kanarie)>>BDC EMC"),
        (b"page", b"\n191212121212 w"),
        (b"letters", b"Kanarie"),
        (b"FontFile2", b"Kanarie"),
        (b"CIDSet", b"Kanarie"),
        (b"about", b"<x>Kanarie</x>"),
        (b"about", b"<x>U191212121212</x>"),
    ],
)
def test_what_is_hidden_in_a_stream_of_a_pdf_is_found(kind: bytes, more: bytes) -> None:
    assert read("a.pdf", reset(MADE["a.pdf"], lambda _, data: data)) == read("a.pdf", MADE["a.pdf"])
    assert stopped("a.pdf", reset(MADE["a.pdf"], lambda of, data: data + more if of == kind else data))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"(xref\n0 \d+\n)\d{10}", rb"\g<1>1912121212"),
        (rb"\nxref", rb"\n1912121212 0 obj\n<<>>\nendobj\nxref"),
    ],
)
def test_numbers_of_a_pdf_that_say_where_its_objects_stand_say_nothing_else(old: bytes, new: bytes) -> None:
    with pytest.raises(DisclosureStop, match="cannot be read whole"):
        read("a.pdf", re.sub(old, new, MADE["a.pdf"], count=1))


def test_a_number_that_is_half_bold_or_drawn_letter_by_letter_is_one_number() -> None:
    assert "an identity number" in stopped("a.pdf", pdf(text="191212<strong>12-1212</strong>"))
    drawn = page().replace("Antal 35", PERSON)
    assert "an identity number" in stopped("a.pdf", pdf_bytes(read_page(drawn)))


def test_cells_side_by_side_are_not_one_number() -> None:
    lines = read("a.pdf", MADE["a.pdf"]).runs
    assert {"Part/kommun", "i år", "35"} <= lines
    assert "Antal 35" in lines
    assert not any("Slutenvård35" in line.replace(" ", "") for line in lines)


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
        lambda png: png.replace(end, chunk(b"IEND", b"Kanarie")),
        lambda png: png[:33] + chunk(b"sRGB", b"Kanarie") + png[33:],
        lambda png: png[:33] + chunk(b"PLTE", b"Kanarie") + png[33:],
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
        with pytest.raises(DisclosureStop, match="parts, times or remarks"):
            read("a.zip", repacked(MADE["a.zip"], lambda parts, part=part: parts.update({part: b"x"})))


@pytest.mark.parametrize("name", ["a.pptx", "a.zip"])
def test_bytes_outside_the_parts_of_an_archive_are_refused(name: str) -> None:
    commented = io.BytesIO(MADE[name])
    with zipfile.ZipFile(commented, "a") as archive:
        archive.comment = b"Kanarie"
    for content in (b"Kanarie" + MADE[name], commented.getvalue()):
        with pytest.raises(DisclosureStop):
            read(name, content)


@pytest.mark.parametrize("name", ["a.pptx", "a.zip"])
def test_an_archive_that_tells_when_it_was_made_is_refused(name: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(MADE[name])) as archive, zipfile.ZipFile(made, "w") as other:
        for part in archive.namelist():
            other.writestr(zipfile.ZipInfo(part, (2026, 11, 23, 3, 44, 38)), archive.read(part))
    with pytest.raises(DisclosureStop, match="parts, times or remarks"):
        read(name, made.getvalue())


def test_coordinates_of_a_slide_are_no_numbers_of_a_person() -> None:
    found = read("a.pptx", MADE["a.pptx"])
    assert isinstance(found, Read)
    assert not any("<a:off" in mark or "<a:ext " in mark for mark in found.marks)
