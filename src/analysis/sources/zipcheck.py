"""An .xlsx before any library opens it: what the package is, that it is whole, that it is not a trap."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn
from xml.etree import ElementTree

from analysis.errors import InputRefused, Place
from analysis.sources import biff, sidetexts
from analysis.sources.sheetscan import Gaps, SheetFacts, SheetScan, declares_entities, is_sheet, renumber

BLOCK = 1 << 16  # small enough for the cache: the scan is done over each block several times
MOST_MEMBERS = 10_000
MOST_BYTES = 200 << 20
MOST_RATIO = 100
SMALL = 1 << 20
MOST_SETTINGS = 16 << 20
XML = (".xml", ".rels", ".vml")
ENCRYPTED, LOCAL_HEADER = 0x1, b"PK\x03\x04"
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError)


@dataclass(frozen=True)
class Package:
    """A checked package: its sheets in order (name and part), what their parts say, and its date system.

    Parts are in lower case: their names are compared without regard to it.
    """

    sheets: list[tuple[str, str]]
    facts: dict[str, SheetFacts]
    is_1904: bool


def check_package(path: Path, name: str) -> Package:
    """Check an .xlsx package: kind, size, ratio, checksums, macros, entities, words beside the cells.

    Parameters
    ----------
    path : Path
        The file; no member is ever held in memory.
    name : str
        Its name, for messages.

    Returns
    -------
    Package
        Its sheets and what was seen in them on the way.

    Raises
    ------
    InputRefused
        Reason ``truncated``, ``file_type``, ``encrypted``, ``bomb`` or ``identifier``.
    """
    where = Place(name)
    _check_magic(path, where)
    with _damage_refused(where), zipfile.ZipFile(path) as package, path.open("rb") as handle:
        members = [m for m in package.infolist() if not m.is_dir()]
        _check_directory(members, where)
        _check_kind({m.filename.lower() for m in members}, where)
        facts = {}
        for member in members:
            scan = _check_member(handle, member, where)
            if scan is not None:
                facts[member.filename.lower()] = scan.close()
        sheets, is_1904 = _sheets(package, where)
        _check_hidden(package, handle, where)
    return Package(sheets, facts, is_1904)


def package_sheets(path: Path, name: str) -> list[str]:
    """Names of the sheets of a package that has been checked, in order."""
    with _damage_refused(Place(name)), zipfile.ZipFile(path) as package:
        return [sheet for sheet, _ in _sheets(package, Place(name))[0]]


def without_gaps(path: Path, gaps: dict[str, Gaps], name: str) -> io.BytesIO:
    """Copy a checked package, with the gaps in its sheets closed.

    Parameters
    ----------
    path : Path
        The package.
    gaps : dict
        The gaps by sheet part.
    name : str
        Its name, for messages.

    Returns
    -------
    BytesIO
        The new package, compressed.
    """
    copy = io.BytesIO()
    where = Place(name)
    packer = zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with path.open("rb") as handle, zipfile.ZipFile(path) as package, packer as target:
        for member in package.infolist():
            with target.open(member.filename, "w") as out:
                pending, closed = b"", gaps.get(member.filename.lower())
                for block in _blocks(handle, member, where):
                    whole = pending + block
                    cut = max(whole.rfind(b"<"), 0) if closed else len(whole)
                    pending = whole[cut:]
                    out.write(renumber(whole[:cut], closed) if closed else whole)
                out.write(pending)
    copy.seek(0)
    return copy


@contextmanager
def _damage_refused(where: Place) -> Iterator[None]:
    try:
        yield
    except _DAMAGED:
        _refuse_damaged("the workbook is cut off or damaged", where)


def _refuse_damaged(what: str, where: Place) -> NoReturn:
    raise InputRefused(what, "Ask the sender for it again", where, reason="truncated") from None


def _refuse_bomb(what: str, where: Place) -> NoReturn:
    raise InputRefused(what, "Export it as CSV", where, reason="bomb")


def _refuse_kind(what: str, where: Place) -> NoReturn:
    raise InputRefused(what, "Save it as a plain .xlsx workbook", where, reason="file_type")


def _check_magic(path: Path, where: Place) -> None:
    with path.open("rb") as handle:
        head = handle.read(len(biff.MAGIC))
    if head == biff.MAGIC:
        biff.check_container(path, where.file)  # says so if it is encrypted
    if not head.startswith(b"PK"):
        _refuse_kind("the file is not a workbook of this kind, whatever its name says", where)


def _check_directory(members: list[zipfile.ZipInfo], where: Place) -> None:
    if len(members) > MOST_MEMBERS:
        _refuse_bomb(f"the package has {len(members)} parts", where)
    if len({m.filename.lower() for m in members}) < len(members):
        _refuse_kind("the package names a part twice", where)
    if any(m.flag_bits & ENCRYPTED for m in members):
        what = "the package is protected by a password"
        raise InputRefused(what, "Save it without a password", where, reason="encrypted")
    size = sum(m.file_size for m in members)
    if size > MOST_BYTES:
        _refuse_bomb(f"the workbook expands to {size >> 20} MB, more than {MOST_BYTES >> 20}", where)
    packed = sum(m.compress_size for m in members)
    sizes = [(size, packed), *((m.file_size, m.compress_size) for m in members)]
    if any(large > SMALL and large > MOST_RATIO * small for large, small in sizes):
        _refuse_bomb(f"a part of the workbook expands to more than {MOST_RATIO} times its size", where)


def _check_kind(names: set[str], where: Place) -> None:
    folders = {name.rpartition("/")[0] for name in names}
    if {name.rpartition("/")[2] for name in names} & {"vbaproject.bin"} or "xl/macrosheets" in folders:
        _refuse_kind("the workbook contains macros", where)
    if not {"[content_types].xml", "_rels/.rels"} <= names:
        _refuse_kind("the file is an archive, not a workbook", where)


def _check_member(handle: BinaryIO, member: zipfile.ZipInfo, where: Place) -> SheetScan | None:
    """Stream a member; returns the scan if it is a sheet."""
    is_xml = member.filename.lower().endswith(XML)
    scan, is_first, end = None, is_xml, b""
    words, is_spoken = b"", sidetexts.is_spoken(member.filename.lower())
    for block in _blocks(handle, member, where):
        if is_xml and declares_entities(end + block):
            _refuse_bomb("the workbook declares entities of its own", where)
        if is_first and block.lstrip().startswith(_UTF16):
            _refuse_kind("a part of the workbook is in an encoding that no spreadsheet program writes", where)
        if is_first and is_sheet(block[:4096]):
            scan = SheetScan(where)
        if scan is not None:
            scan.feed(block)
            words = (words + block)[-sidetexts.TAIL :]
        elif is_spoken:
            words = (words + block)[-MOST_SETTINGS:]
        is_first, end = False, block[-16:]
    if scan is not None:
        sidetexts.refuse_page(words, where)
    else:
        sidetexts.refuse_spoken(words, where)
    return scan


def _check_hidden(package: zipfile.ZipFile, handle: BinaryIO, where: Place) -> None:
    main = next(t for kind, t in _relations(package, "", where).values() if kind == "officeDocument")
    parts, hidden = _relations(package, main, where), []
    for element in _tree(package, main, where).iter():
        if _local(element.tag) == "sheet" and "hidden" in element.get("state", "").lower():
            link = next((v for k, v in element.attrib.items() if _local(k) == "id"), "")
            hidden.append(parts.get(link, ("", ""))[1])
    strings = [part for kind, part in parts.values() if kind == "sharedStrings"]
    if hidden:
        sheets = [_part(package, handle, [part], where) for part in hidden]
        sidetexts.refuse_hidden(sheets, _part(package, handle, strings, where), where)


def _part(package: zipfile.ZipFile, handle: BinaryIO, names: list[str], where: Place) -> Iterator[bytes]:
    wanted = {name.lower() for name in names}
    for member in package.infolist():
        if member.filename.lower() in wanted:
            yield from _blocks(handle, member, where)


def _blocks(handle: BinaryIO, member: zipfile.ZipInfo, where: Place) -> Iterator[bytes]:
    """A member's bytes, decompressed; refuses unless size and checksum are as stated."""
    _seek_data(handle, member, where)
    size, crc = 0, 0
    for block in _expanded(handle, member, where):
        size += len(block)
        if size > member.file_size:
            _refuse_bomb("a part of the workbook is larger than the package says", where)
        crc = zlib.crc32(block, crc)
        yield block
    if size != member.file_size or crc != member.CRC:
        _refuse_damaged("a part of the workbook does not fit its checksum: the file is damaged", where)


def _seek_data(handle: BinaryIO, member: zipfile.ZipInfo, where: Place) -> None:
    handle.seek(member.header_offset)
    header = handle.read(30)
    names, extras = struct.unpack("<26xHH", header)
    encoding = "utf-8" if member.flag_bits & 0x800 else "cp437"
    if not header.startswith(LOCAL_HEADER) or handle.read(names).decode(encoding) != member.orig_filename:
        _refuse_damaged("the package's directory does not fit its parts: the file is damaged", where)
    handle.seek(extras, io.SEEK_CUR)


def _expanded(handle: BinaryIO, member: zipfile.ZipInfo, where: Place) -> Iterator[bytes]:
    left = member.compress_size
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        _refuse_kind("the package is compressed in a way that no spreadsheet program uses", where)
    expand = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == zipfile.ZIP_DEFLATED else None
    pending = b""
    while left or pending:
        if not pending:
            pending = handle.read(min(left, BLOCK))
            left -= len(pending)
            if not pending:
                _refuse_damaged("the workbook is cut off", where)
        block, pending = (
            (expand.decompress(pending, BLOCK), expand.unconsumed_tail) if expand else (pending, b"")
        )
        if block:
            yield block
        if expand and expand.eof:
            break
    if expand and (rest := expand.flush()):
        yield rest


def _sheets(package: zipfile.ZipFile, where: Place) -> tuple[list[tuple[str, str]], bool]:
    """Names and parts of the sheets, and whether dates count from 1904."""
    main = next((t for kind, t in _relations(package, "", where).values() if kind == "officeDocument"), None)
    if main is None or not main.endswith(".xml"):
        _refuse_kind("the package is not a spreadsheet", where)
    workbook = _tree(package, main, where)
    if _local(workbook.tag) != "workbook":
        _refuse_kind("the package is not a spreadsheet", where)
    parts = _relations(package, main, where)
    sheets, is_1904 = [], False
    for element in workbook.iter():
        if _local(element.tag) == "workbookPr":
            is_1904 = element.get("date1904", "").lower() in ("1", "true", "on")
        elif _local(element.tag) == "sheet":
            link = next((v for k, v in element.attrib.items() if _local(k) == "id"), "")
            sheets.append((element.get("name", ""), parts.get(link, ("", ""))[1].lower()))
    return sheets, is_1904


def _relations(package: zipfile.ZipFile, part: str, where: Place) -> dict[str, tuple[str, str]]:
    """What a part points to: kind and part, by id."""
    folder, name = posixpath.split(part)
    tree = _tree(package, posixpath.join(folder, "_rels", f"{name}.rels"), where)
    return {
        link.get("Id", ""): (
            link.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, link.get("Target", ""))).lstrip("/"),
        )
        for link in tree
    }


def _tree(package: zipfile.ZipFile, part: str, where: Place) -> ElementTree.Element:
    member = next((m for m in package.infolist() if m.filename.lower() == part.lower()), None)
    if member is None or member.file_size > MOST_SETTINGS:
        _refuse_kind("the package is not a spreadsheet", where)
    try:
        return ElementTree.fromstring(package.read(member))
    except ElementTree.ParseError:
        _refuse_kind("the workbook's list of sheets cannot be read", where)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
