"""A file from outside: copied once, watched while it is copied, hashed, and known by its content."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from analysis.errors import CannotWrite, InputMissing, InputRefused, Place

BLOCK = 1 << 20
MOST_RATIO = 100
MOST_BYTES = 4 << 30
FREE_BYTES = 10 << 20
TEXT, GZIP, ZIP, OLE = "text", "gzip", "zip", "ole"
_MAGIC = {b"PK\x03\x04": ZIP, b"\x1f\x8b": GZIP, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": OLE}
_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
    (b"PK\x05\x06", "an empty archive"),
    (b"\x89PNG", "a picture"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"7z\xbc\xaf", "an archive"),
    (b"Rar!", "an archive"),
    (b"BZh", "an archive"),
)
_MARKUP = (b"<html", b"<head", b"<meta", b"<style", b"<body", b"<table", b"<script")
_MARKUP_OR_RTF = (*_MARKUP, b"<!--", b"<!doctype", b"<?xml", b"{\\rtf")
_SETTINGS = (".yaml", ".yml", ".toml", ".json", ".ini", ".cfg")


@dataclass(frozen=True)
class Taken:
    """A copy of a file from outside: where it is, what it is called, what it is."""

    path: Path
    name: str
    digest: str
    sha256: str
    kind: str


def take(path: Path, folder: Path, *, sha256: bool = False) -> Taken:
    """Copy a file from outside into a folder of ours, and say what it is.

    Parameters
    ----------
    path : Path
        An existing regular file; never opened again afterwards.
    folder : Path
        Where the copy goes; a .gz is expanded beside its copy.
    sha256 : bool
        Whether to compute the SHA-256, too (the sender stated one).

    Returns
    -------
    Taken
        The copy, its digest and its kind: text, zip or ole.

    Raises
    ------
    InputMissing
        If there is no such regular file, or it may not be read.
    InputRefused
        If it is empty, changes while it is read, is of another kind, or grows beyond all measure.
    CannotWrite
        If the copy cannot be written.
    """
    copy = folder / "original"
    try:
        _refuse_settings(path)
        digests = _copy(path, copy, sha256=sha256)
    except OSError:
        what, remedy = "the file may not be read", "Ask for the right to read it"
        raise InputMissing(what, remedy, Place(str(path))) from None
    kind = _kind(copy, path.name)
    if kind == GZIP:
        copy = _expanded(copy, folder / "expanded", path.name)
        kind = _kind(copy, path.name)
        if kind != TEXT:
            what = "the archive holds something else than text"
            raise InputRefused(what, "Deliver the file itself", Place(path.name), reason="file_type")
    return Taken(copy, path.name, *digests, kind)


def digest_of(path: Path) -> str:
    """The digest by which the store knows a file's bytes."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as handle:
        for block in _blocks(handle):
            digest.update(block)
    return digest.hexdigest()


def _refuse_settings(path: Path) -> None:
    if not path.is_file():
        what = "this is not a file" if path.exists() else "there is no such file"
        raise InputMissing(what, "Check the path", Place(str(path)))
    if path.suffix.lower() in _SETTINGS:
        what, remedy = (
            "this is a file of settings, not an export",
            "Settings lie in the area's folder, as TOML",
        )
        raise InputRefused(what, remedy, Place(path.name), reason="config")


def _blocks(handle: BinaryIO) -> Iterator[bytes]:
    while block := handle.read(BLOCK):
        yield block


def _copy(path: Path, copy: Path, *, sha256: bool) -> tuple[str, str]:
    digest, second = hashlib.blake2b(digest_size=16), hashlib.sha256()
    with path.open("rb") as source:
        before = os.fstat(source.fileno())
        try:
            with copy.open("wb") as target:
                for block in _blocks(source):
                    digest.update(block)
                    target.write(block)
                    if sha256:
                        second.update(block)
        except OSError as error:
            raise _cannot_write(error, copy) from None
        after = os.fstat(source.fileno())
    if _state(before) != _state(after) or not _same_file(path, after):
        what, remedy = (
            "the file changed while it was read",
            "Wait for the transfer to end, then load it again",
        )
        raise InputRefused(what, remedy, Place(path.name), reason="changed")
    return digest.hexdigest(), second.hexdigest() if sha256 else ""


def _cannot_write(error: OSError, copy: Path) -> CannotWrite:
    what = f"the copy cannot be written ({error.strerror})"
    return CannotWrite(what, "Free some space or mend the rights", Place(str(copy.parent)))


def _state(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _same_file(path: Path, after: os.stat_result) -> bool:
    try:
        return _state(path.stat()) == _state(after)
    except OSError:
        return False


def _kind(path: Path, name: str) -> str:
    with path.open("rb") as handle:
        head = handle.read(4096)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise InputRefused("the file is empty", "Ask the sender for it again", Place(name), reason="empty")
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    foreign = next((what for magic, what in _FOREIGN if head.startswith(magic)), "")
    if foreign or start.startswith(_MARKUP_OR_RTF):
        what = f"the file is {foreign or 'a page of markup'}, whatever its name says"
        raise InputRefused(what, "Export it as CSV or XLSX", Place(name), reason="file_type")
    return TEXT


def _expanded(packed: Path, target: Path, name: str) -> Path:
    """A .gz made plain, block by block, within limits."""
    most = min(MOST_BYTES, max(FREE_BYTES, MOST_RATIO * packed.stat().st_size))
    size = 0
    try:
        with gzip.open(packed, "rb") as source, target.open("wb") as plain:
            for block in iter(lambda: source.read(BLOCK), b""):
                size += len(block)
                if size > most:
                    what = f"the archive expands to more than {most >> 20} MB"
                    raise InputRefused(what, "Deliver the file itself", Place(name), reason="bomb")
                plain.write(block)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        what, remedy = "the archive is cut off or damaged", "Ask the sender for it again"
        raise InputRefused(what, remedy, Place(name), reason="truncated") from None
    except OSError as error:
        raise _cannot_write(error, target) from None
    return target
