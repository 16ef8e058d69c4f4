"""Bytes to UTF-8 text in blocks of whole lines: a mark decides, else strict UTF-8, else Windows-1252."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from analysis.errors import InputRefused, Place

BLOCK = 16 << 20
SAMPLE = 1 << 20
CHECKED = 1 << 18
SWEDISH = frozenset("åäöÅÄÖéÉüÜ–—”’§´…•½°\u00a0")
SWEDISH_SHARE = 0.95
#: The closing quotation mark inside of a word: the ö of DOS code pages.
DOS_LETTER = re.compile(r"(?<=[^\W\d_])”(?=[^\W\d_])")
#: UTF-8 read as Windows-1252 and saved again.
DOUBLE = ("Ã¥", "Ã¤", "Ã¶", "Ã…", "Ã„", "Ã–")
MARK = codecs.BOM_UTF8
DOS_END = b"\x1a"
_NO_TEXT = {
    "utf-16": "the file begins like UTF-16 text but is none",
    "cp1252": "the file is neither UTF-8 nor Windows-1252 text",
}


@dataclass
class Text:
    """A text file: its encoding and line ends; `blocks` gives its UTF-8 bytes without a mark.

    ``normalised`` turns true when composed letters had to be put together (as macOS writes them).
    """

    path: Path
    name: str
    encoding: str
    line_end: bytes
    normalised: bool = False

    def blocks(self, size: int = 0) -> Iterator[bytes]:
        """The text, a block at a time; without the marks that files pasted together have inside.

        Parameters
        ----------
        size : int
            Bytes a block, about; `BLOCK` when not given.

        Yields
        ------
        bytes
            UTF-8 that ends with a line; the last block may lack the line end.
        """
        rest = b""
        for block in self._utf8(size or BLOCK):
            whole = rest + block if rest else block
            cut = whole.rfind(b"\n") + 1
            if cut:
                yield self._tidied(whole[:cut])
            rest = whole[cut:]
        if last := self._tidied(rest.rstrip(DOS_END)):
            yield last

    def head(self) -> str:
        """The first lines, for finding the header."""
        return next(self.blocks(SAMPLE), b"").decode("utf-8")

    def _utf8(self, size: int) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding)()
        with self.path.open("rb") as handle:
            while block := handle.read(size):
                block += handle.readline(size) if self.encoding != "utf-16" else b""
                plain = block if self.encoding == "utf-8" else decoder.decode(block).encode("utf-8")
                yield plain.replace(b"\r", b"\n") if self.line_end == b"\r" else plain

    def _tidied(self, block: bytes) -> bytes:
        """Combining marks U+0300–U+036F begin with these bytes; nearly all files have none."""
        if MARK in block:
            block = block.replace(b"\n" + MARK, b"\n").removeprefix(MARK)
        if b"\xcc" not in block and b"\xcd" not in block:
            return block
        composed = unicodedata.normalize("NFC", block.decode("utf-8")).encode("utf-8")
        self.normalised = self.normalised or composed != block
        return composed


def open_text(path: Path, name: str) -> Text:
    """Find the encoding of a whole file.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        What its sender calls it.

    Returns
    -------
    Text
        It, ready to be read in blocks.

    Raises
    ------
    InputRefused
        If it is no text in UTF-8, UTF-16 with a mark, or Windows-1252 with Swedish letters.
    """
    with path.open("rb") as handle:
        sample = handle.read(SAMPLE)
    has_mark = sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if has_mark:
        encoding = "utf-16"
        _read_all(path, encoding, name)
    elif (line := _first_not_utf8(path, name)) == 0:
        encoding = "utf-8"
    else:
        encoding = "cp1252"
        _check_swedish(_read_all(path, encoding, name, line), name, line)
    text = Text(path, name, encoding, b"\n")
    head = sample.decode("utf-16", "ignore").encode() if has_mark else sample
    text.line_end = b"\r" if b"\r" in head and b"\n" not in head else b"\n"
    if any(pair in text.head() for pair in DOUBLE):
        _refuse(name, "letters were encoded twice (UTF-8 read as Windows-1252)")
    return text


def _refuse(name: str, what: str, line: int | None = None) -> None:
    remedy = "Export it again as CSV UTF-8"
    raise InputRefused(what, remedy, Place(name, line), reason="encoding") from None


def _refuse_zero_bytes(name: str) -> None:
    _refuse(name, "the file holds zero bytes, as UTF-16 without a mark or binary data do")


def _first_not_utf8(path: Path, name: str) -> int:
    """The first line (1-based) that is not UTF-8, 0 when all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as handle:
        try:
            while block := handle.read(CHECKED):
                if b"\0" in block:
                    _refuse_zero_bytes(name)
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            pass
        else:
            return 0
    with path.open(encoding="latin-1", newline="") as lines:
        return next(n for n, line in enumerate(lines, 1) if not _is_utf8(line.encode("latin-1")))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _read_all(path: Path, encoding: str, name: str, line: int | None = None) -> Counter[str]:
    """How often each character beyond ASCII occurs."""
    decoder, often = codecs.getincrementaldecoder(encoding)(), Counter[str]()
    with path.open("rb") as handle:
        try:
            for block in chain(iter(lambda: handle.read(CHECKED), b""), [b""]):
                text = decoder.decode(block, final=not block)
                if "\0" in text:
                    _refuse_zero_bytes(name)
                often.update(c for c in DOS_LETTER.sub("\x94", text) if c > "\x7f")
        except UnicodeDecodeError:
            _refuse(name, _NO_TEXT[encoding], line)
    return often


def _check_swedish(often: Counter[str], name: str, line: int) -> None:
    swedish = sum(n for c, n in often.items() if c in SWEDISH)
    if swedish < SWEDISH_SHARE * often.total():
        _refuse(name, "the file is neither UTF-8 nor Windows-1252 text with Swedish letters", line)
