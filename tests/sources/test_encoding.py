"""Bytes become text: a mark decides, else UTF-8 in the whole file, else Windows-1252 with Swedish letters."""

from __future__ import annotations

import codecs
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputRefused
from analysis.sources import encoding
from analysis.sources.encoding import Text, open_text

SECRET = "Förtroligt 19121212-1212"
TEXT = "Kommun;Enhet\nÖckerö;Avd – 3\n"
FOLDER = tempfile.TemporaryDirectory()
MARKS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}


def opened(content: bytes) -> Text:
    path = Path(FOLDER.name) / "copy"
    path.write_bytes(content)
    return open_text(path, "export.csv")


def read(content: bytes, size: int = 0) -> str:
    return b"".join(opened(content).blocks(size)).decode()


def refused(content: bytes) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        opened(content)
    error = caught.value
    assert (error.reason, error.exit_code) == ("encoding", 65)
    assert error.where is not None
    assert error.where.file == "export.csv"
    for word in (*SECRET.split(), "Öckerö"):
        assert word not in str(error)
    return error


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_usual_encodings_are_read(name: str) -> None:
    assert read(TEXT.encode(name)) == TEXT


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_by_its_mark_in_either_order(name: str) -> None:
    assert read(MARKS[name] + TEXT.encode(name)) == TEXT


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-32"])
def test_two_bytes_a_letter_without_a_mark_are_refused(name: str) -> None:
    assert "zero bytes" in refused(TEXT.encode(name)).what


@pytest.mark.parametrize(
    "content",
    [
        "Kommun\nÖckerö\n".encode("cp850"),
        "Kommun\nMölndal\n".encode("cp437"),
        TEXT.encode("mac-roman"),
        b"Kommun\nM\xc3\xb6lndal\nM\xf6lndal\n",
        b"Kommun\nM\xf6lndal\nM\xc3\xb6lndal\n" * 9,
        b"Kommun\n\xc5\x81\xf3d\xbc\n",
        b"a;b\n\x81;1\n",
    ],
    ids=["DOS", "older DOS", "Mac", "pasted", "pasted the other way", "Polish", "undefined byte"],
)
def test_bytes_that_are_no_known_text_refuse_the_file(content: bytes) -> None:
    assert "UTF-8" in refused(content + SECRET.encode("cp850")).what


def test_the_message_names_the_first_line_that_is_not_utf_8() -> None:
    for end in (b"\n", b"\r\n", b"\r"):
        content = end.join([b"a;b", SECRET.encode(), b"M\x94lndal", b"\x94ster"])
        assert refused(content).where.line == 3


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_letter_that_is_cut_off_at_the_end_refuses_the_file(cut: int) -> None:
    content = "Göteborg;🙂".encode()
    refused(content[:-cut])


def test_half_a_utf_16_letter_at_the_end_refuses_the_file() -> None:
    assert "UTF-16" in refused(TEXT.encode("utf-16") + b"a").what


def test_half_a_pair_of_utf_16_refuses_the_file() -> None:
    assert "UTF-16" in refused(codecs.BOM_UTF16_LE + b"\x00\xd8a\x00").what


@pytest.mark.parametrize("name", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("lines", [0, 400_000])
def test_a_zero_byte_refuses_the_file_however_far_down(name: str, lines: int) -> None:
    content = "är\n" + "a;b\n" * lines + "\0\0\0\n"
    assert "zero bytes" in refused(content.encode(name)).what


@pytest.mark.parametrize(("swedish", "reads"), [(19, True), (18, False)])
def test_nineteen_of_twenty_letters_beyond_ascii_must_be_swedish(swedish: int, reads: bool) -> None:
    content = ("a\n" + "ö" * swedish + "ß\n").encode("cp1252")
    if reads:
        assert read(content).endswith("öß\n")
    else:
        assert "Swedish" in refused(content).what


@pytest.mark.parametrize("letter", sorted(encoding.SWEDISH))
def test_each_sign_of_swedish_text_counts_as_swedish(letter: str) -> None:
    content = f"a\n{letter}b\n".encode("cp1252")
    assert read(content) == f"a\n{letter}b\n"


def test_quotation_marks_around_words_are_swedish_text() -> None:
    assert read("a\nsa ”ja” och 12”3\n".encode("cp1252")).endswith("”ja” och 12”3\n")


@pytest.mark.parametrize("word", ["Räkna", "Möte", "Åsikt", "Äldre", "Östra", "På"])
def test_letters_that_were_encoded_twice_refuse_the_file(word: str) -> None:
    doubled = word.encode("utf-8").decode("cp1252", "replace")
    assert "twice" in refused(f"a;b\n{doubled};1\n".encode()).what


def test_composed_letters_are_put_together_and_that_is_remembered() -> None:
    text = opened(unicodedata.normalize("NFD", TEXT).encode())
    assert b"".join(text.blocks()).decode() == TEXT
    assert text.normalised


def test_text_without_composed_letters_is_not_touched() -> None:
    text = opened("Å;Ω\n".encode())
    assert b"".join(text.blocks()).decode() == "Å;Ω\n"
    assert not text.normalised


@pytest.mark.parametrize(
    ("content", "line_end"),
    [(b"a\rb\rc", b"\r"), (b"a\r\nb\r\n", b"\n"), (b"a\nb", b"\n"), (b"a\rb\n", b"\n"), (b"a", b"\n")],
)
def test_only_a_file_without_any_line_feed_has_old_line_ends(content: bytes, line_end: bytes) -> None:
    assert opened(content).line_end == line_end
    expected = content.replace(b"\r", b"\n") if line_end == b"\r" else content
    assert read(content) == expected.decode()


def test_old_line_ends_are_seen_in_utf_16_too() -> None:
    assert read("Å\rb\r".encode("utf-16")) == "Å\nb\n"


def test_marks_inside_of_files_pasted_together_are_taken_away() -> None:
    part = codecs.BOM_UTF8 + b"a;b\n1;2\n"
    for size in (1, 7, 8, 100):
        assert read(part * 3, size) == "a;b\n1;2\n" * 3


def test_a_mark_inside_of_a_line_stays() -> None:
    assert read("a\ufeff;b\n".encode()) == "a\ufeff;b\n"


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_end_mark_of_dos_is_taken_away(end: str) -> None:
    assert read(f"a;b\n1;2{end}\x1a".encode()) == f"a;b\n1;2{end}"


def test_the_head_is_whole_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "SAMPLE", 5)
    assert opened(b"abc\ndefghijklm\nh").head().startswith("abc\n")
    assert opened(b"abcdefghijklmn\ni\n").head() in ("abcdefghijklmn\n", "abcdefghijklmn\ni\n")
    assert opened(b"abcdefghijklmn").head() == "abcdefghijklmn"


LETTERS = st.text("aZ1;\"' \tåäöÅÄÖéü–\u00a0\n", max_size=40)


@given(
    text=LETTERS, size=st.integers(1, 30), checked=st.integers(1, 9), name=st.sampled_from([*MARKS, "cp1252"])
)
def test_no_block_size_changes_the_text(text: str, size: int, checked: int, name: str) -> None:
    text = "är\r\n" + text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "CHECKED", checked)
        blocks = list(opened(MARKS.get(name, b"") + text.encode(name)).blocks(size))
    assert b"".join(blocks).decode() == text
    assert all(block.endswith(b"\n") for block in blocks[:-1])


@given(text=st.text("aåéö;\n", max_size=30), size=st.integers(1, 20))
def test_composed_letters_are_put_together_wherever_blocks_end(text: str, size: int) -> None:
    assert read(unicodedata.normalize("NFD", f"a{text}").encode(), size) == f"a{text}"


@given(content=st.binary(min_size=1, max_size=30))
def test_any_bytes_are_read_as_what_they_are_or_refused(content: bytes) -> None:
    try:
        text = opened(content)
    except InputRefused:
        return
    expected = content.decode(text.encoding).lstrip("\ufeff").rstrip("\x1a").replace("\n\ufeff", "\n")
    if text.line_end == b"\r":
        expected = expected.replace("\r", "\n")
    found = b"".join(text.blocks()).decode()
    assert found in (expected, unicodedata.normalize("NFC", expected))
