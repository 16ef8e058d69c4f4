"""A picture is its frame and its pixels, as many as it says, and not a byte besides."""

from __future__ import annotations

import struct
import zlib

import pytest

from analysis.errors import DisclosureStop
from analysis.formats.archive import zip_bytes
from analysis.report.reading_packed import check_picture, read_figures

SIGNATURE = b"\x89PNG\r\n\x1a\n"
ROW = b"\0" + bytes(3 * 2)  # two pixels of three colours, after how they are filtered


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(pixels: bytes = 2 * ROW, *, signature: bytes = SIGNATURE, cut: int = 0) -> bytes:
    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    packed = zlib.compress(pixels)
    return (
        signature + chunk(b"IHDR", head) + chunk(b"IDAT", packed[: len(packed) - cut]) + chunk(b"IEND", b"")
    )


def test_a_picture_of_its_pixels_passes() -> None:
    check_picture("a.zip", picture())


@pytest.mark.parametrize(
    "content",
    [picture(signature=b"Kanarie!"), picture(3 * ROW), picture(ROW), picture(cut=1), picture(cut=4), b""],
    ids=["another signature", "more pixels", "fewer pixels", "no end", "no sum", "nothing"],
)
def test_one_that_is_anything_else_stops(content: bytes) -> None:
    with pytest.raises(DisclosureStop):
        check_picture("a.zip", content)


def test_the_lines_of_alternative_texts_are_read_as_they_stand() -> None:
    found = read_figures("a.zip", zip_bytes({"alt.txt": b"01: a < b\n02: c > d\n"}))
    assert found.texts == {"01: a < b", "02: c > d"}
