"""Names, numbers, texts and operators of a PDF: each as its writer sets it, and nothing beside them."""

from __future__ import annotations

import pytest

from analysis.report.reading_signs import check, strings, unescaped

OPERATORS = frozenset((b"q", b"Q"))


@pytest.mark.parametrize(
    "data",
    [
        b"q (a(b)) <0f> Q",
        b"q(a)Q",
        b"(a\\)\\(b)",
        b"(((a)b)c)",
        b"<</Type/Page/Kids[1 0 R 2 0 R]>>",
        b"1234567 -12345.1234567890 .5\tnull\r\n",
        b"/f12 /Inter-Regular /ABCDEF+Inter-SemiBold",
        b"",
    ],
)
def test_what_our_writer_sets_passes(data: bytes) -> None:
    check(data, OPERATORS)


@pytest.mark.parametrize(
    "data",
    [
        *(b"q " + sign + b" Q" for sign in (b"(", b")", b"<", b">", b"<0x>")),
        b"((((a))))",
        b"12345678",
        b"123456.5",
        b"1.12345678901",
        b"1.",
        b"--1",
        b"191212-1212",
        b"1.5.5",
        b"W",
        b"qQ",
        b"/Kanarie",
        b"/f1234",
        b"/Inter-Regular2",
        b"q\vQ",
        b"\v",
        b"\x00",
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a PDF of ours"):
        check(data, OPERATORS)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b"(ab)", b"ab"),
        (b"<6162>", b"ab"),
        (rb"(\141\n\(\)\\\0012)", b"a\n()\\\x012"),
        (rb"(\r\t\b\f\x)", b"\r\t\b\fx"),
    ],
)
def test_a_text_is_what_its_signs_mean(written: bytes, meant: bytes) -> None:
    assert unescaped(written) == meant


def test_texts_are_of_one_byte_a_letter_or_of_two_after_a_mark() -> None:
    assert list(strings([b"/A(\xe5b)<FEFF00E50062>", b"1 0 R", b"(c)"])) == ["\xe5b", "\xe5b", "c"]
