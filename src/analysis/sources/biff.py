"""An old .xls before any library opens it: what the container holds, and what its records say."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np

from analysis.errors import InputRefused, Place
from analysis.sources.sheetscan import SheetFacts

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_BYTES = 200 << 20
LAST_COLUMN = 256
END, FREE = 0xFFFFFFFE, 0xFFFFFFFF
STREAM, ROOT = 2, 5
BOF, EOF, SHEET, DATE_MODE, PASSWORD, MERGED = 0x0809, 0x0A, 0x85, 0x22, 0x2F, 0xE5
ERROR_CELL, FORMULAS = 0x0205, (0x06, 0x0206, 0x0406)
CELLS = (0x0203, 0x0204, 0xFD, 0x027E, 0xBD, 0xD6, ERROR_CELL, *FORMULAS)
MANY_NUMBERS = 0xBD


def check_container(path: Path, name: str) -> tuple[list[SheetFacts], bool]:
    """Check an .xls container, and read from its records what the cells alone do not say.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name, for messages.

    Returns
    -------
    facts : list of SheetFacts
        One a sheet, in the workbook's order.
    is_1904 : bool
        Whether dates count from 1904.

    Raises
    ------
    InputRefused
        Reason ``encrypted``, ``bomb``, or ``file_type`` when it is no workbook or damaged.
    """
    where = Place(name)
    if path.stat().st_size > MOST_BYTES:
        what = f"the workbook is larger than {MOST_BYTES >> 20} MB"
        raise InputRefused(what, "Export it as CSV", where, reason="bomb")
    try:
        streams = _Container(path.read_bytes())
        if "EncryptedPackage" in streams.names:
            _refuse_password(where)
        stream = next((streams.read(n) for n in ("Workbook", "Book") if n in streams.names), None)
        if stream is None:
            _refuse_kind("the file is not a workbook, whatever its name says", where)
        return _facts(stream, where)
    except (struct.error, IndexError, ValueError):
        _refuse_kind("the workbook is damaged", where)


def _refuse_password(where: Place) -> NoReturn:
    what = "the workbook is protected by a password"
    raise InputRefused(what, "Save it without a password", where, reason="encrypted")


def _refuse_kind(what: str, where: Place) -> NoReturn:
    raise InputRefused(what, "Save it as .xlsx", where, reason="file_type") from None


class _Container:
    """The streams of an OLE compound file, by name."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(MAGIC):
            raise ValueError
        shift, small_shift = struct.unpack_from("<HH", data, 0x1E)
        if shift not in (9, 12) or small_shift != 6:
            raise ValueError
        self.data, self.size = data, 1 << shift
        _, start, self.cutoff, small, _, more, _ = struct.unpack_from("<I I 4x 2I I 2I", data, 0x2C)
        table = list(struct.unpack_from("<109I", data, 0x4C))
        self.table = self._numbers(self._table_sectors(table, more))
        self.names: dict[str, tuple[int, int]] = {}
        root = self._directory(self._chain(start))
        self.small_table = self._numbers(self._sectors(small))
        self.small = self._chain(root)

    def read(self, name: str) -> bytes:
        """One stream."""
        start, size = self.names[name]
        if size >= self.cutoff:
            content = self._chain(start)
        else:
            parts = _links(self.small_table, start)
            content = b"".join(self.small[n << 6 : (n + 1) << 6] for n in parts)
        if len(content) < size:
            raise ValueError
        return content[:size]

    def _table_sectors(self, table: list[int], more: int) -> list[int]:
        seen = 0
        while more not in (END, FREE):
            *part, more = self._numbers([more])
            table += part
            seen += 1
            if seen > len(self.data) >> 9:
                raise ValueError
        return [n for n in table if n not in (END, FREE)]

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self.size
        if at >= len(self.data):
            raise ValueError
        return self.data[at : at + self.size]

    def _numbers(self, sectors: list[int]) -> list[int]:
        raw = b"".join(map(self._sector, sectors))
        return list(struct.unpack(f"<{len(raw) // 4}I", raw))

    def _sectors(self, start: int) -> list[int]:
        return _links(self.table, start)

    def _chain(self, start: int) -> bytes:
        return b"".join(map(self._sector, self._sectors(start)))

    def _directory(self, entries: bytes) -> int:
        """Notes the streams; returns where the small ones lie."""
        root = END
        for at in range(0, len(entries) - 127, 128):
            length, kind, start, size = struct.unpack_from("<H B 49x I I", entries, at + 64)
            name = entries[at : at + max(length - 2, 0)].decode("utf-16-le")
            if kind == STREAM:
                self.names[name] = (start, size)
            elif kind == ROOT:
                root = start
        return root


def _links(table: list[int], start: int) -> list[int]:
    """The sectors of a chain; refuses one that runs in a circle."""
    sectors = []
    while start not in (END, FREE):
        sectors.append(start)
        if len(sectors) > len(table):
            raise ValueError
        start = table[start]
    return sectors


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Records from one beginning to its end; charts inside are skipped."""
    depth = 0
    while at < len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        depth += (kind == BOF) - (kind == EOF)
        if depth <= 1:
            yield kind, stream[at + 4 : at + 4 + length]
        if depth <= 0:
            return
        at += 4 + length
    raise ValueError


def _facts(stream: bytes, where: Place) -> tuple[list[SheetFacts], bool]:
    sheets, is_1904 = [], False
    for kind, record in _records(stream, 0):
        if kind == PASSWORD:
            _refuse_password(where)
        elif kind == DATE_MODE:
            is_1904 = record[0] == 1
        elif kind == SHEET:
            sheets.append(_sheet(stream, struct.unpack_from("<I", record)[0]))
    return sheets, is_1904


def _sheet(stream: bytes, at: int) -> SheetFacts:
    facts, rows = SheetFacts(), set()
    for kind, record in _records(stream, at):
        facts.has_merged |= kind == MERGED
        if kind not in CELLS:
            continue
        row, column = struct.unpack_from("<HH", record)
        last = struct.unpack_from("<H", record, len(record) - 2)[0] if kind == MANY_NUMBERS else column
        if max(column, last) >= LAST_COLUMN:
            raise ValueError
        rows.add(row + 1)
        facts.last_column = max(facts.last_column, last + 1)
        if (kind == ERROR_CELL and record[7] == 1) or (kind in FORMULAS and _is_error(record[6:14])):
            facts.errors.append((row + 1, column + 1))
    facts.rows = np.array(sorted(rows), dtype=np.int64)
    return facts


def _is_error(result: bytes) -> bool:
    return result[0] == 2 and result[6:] == b"\xff\xff"
