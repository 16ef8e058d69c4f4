"""Bytes to rows: encoding, delimiter, header, records with their physical lines. Everything stays text."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis.errors import InputMissing, InputRefused, Place

MOST_BAD = 0.5
MOST_COLUMNS = 1000
SWEDISH = set("åäöÅÄÖéÉüÜ–”’§\u00a0")


@dataclass(frozen=True)
class Reject:
    """A record that is kept out, and why. Never holds the cell's value."""

    row: int
    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class Raw:
    """What a file holds before anything is understood: text cells, indexed by physical line."""

    file: str
    header: list[str]
    frame: pd.DataFrame
    rows: pd.Series
    read: int
    rejects: list[Reject] = field(default_factory=list)


def read_bytes(path: Path) -> bytes:
    """The bytes of an existing, regular, non-empty file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    InputMissing
        If there is no such file.
    InputRefused
        If it is empty.
    """
    if not path.is_file():
        raise InputMissing("there is no such file", "Check the path", Place(str(path)))
    data = path.read_bytes()
    if not data.strip():
        raise InputRefused("the file is empty", "Ask the sender for it again", Place(path.name))
    return data


def decode(data: bytes, name: str) -> str:
    """Text of the whole file: a byte-order mark decides, else strict UTF-8, else strict Windows-1252.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Its name, for messages.

    Returns
    -------
    str
        The text, without a byte-order mark.

    Raises
    ------
    InputRefused
        If it is none of these.
    """
    has_mark = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if has_mark else "utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = "" if has_mark else data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    foreign = [c for c in text if ord(c) > 127]
    if foreign and sum(c in SWEDISH for c in foreign) >= 0.95 * len(foreign):
        return text
    what = "the file is neither UTF-8 nor Windows-1252 text"
    raise InputRefused(what, "Export it again as CSV UTF-8", Place(name))


def read_delimited(path: Path, delimiter: str) -> Raw:
    """Read a delimited export.

    Parameters
    ----------
    path : Path
        The file.
    delimiter : str
        One character.

    Returns
    -------
    Raw
        Text cells; records with too few or too many fields are among the rejects.

    Raises
    ------
    InputMissing, InputRefused
        If the file is missing, empty, not text, has no rows or an open quote.
    """
    text = decode(read_bytes(path), path.name)
    records = _records(text, delimiter, path.name)
    header_line, header = records[0]
    header = [" ".join(cell.split()) for cell in header]
    where = Place(path.name, header_line)
    if len(header) > MOST_COLUMNS:
        raise InputRefused(f"the file has {len(header)} columns", "Check that it is the right file", where)
    _refuse_repeated(header, where)
    if len(records) == 1:
        raise InputRefused("the file has a header but no rows", "Ask the sender for it again", where)
    return _raw(path.name, header, records[1:])


def _refuse_repeated(header: list[str], where: Place) -> None:
    """By position: the first line of a file without a header holds values, which are never shown."""
    often = Counter(header)
    twice = next((h for h in header if often[h] > 1), None)
    if twice is not None:
        first, second, *_ = [n for n, h in enumerate(header, 1) if h == twice]
        what = f"columns {first} and {second} have the same header"
        raise InputRefused(what, "Keep one of them", where)


def _records(text: str, delimiter: str, name: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records, before = [], 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((before + 1, cells))
            before = reader.line_num
    except csv.Error as error:
        what = f"the quotes or line ends do not fit together ({error})"
        raise InputRefused(what, "Export it again", Place(name, before + 1)) from None
    if records and records[0][1][0].startswith("sep=") and len(records[0][1]) <= 2:
        records = records[1:]
    if not records:
        raise InputRefused("the file is empty", "Ask the sender for it again", Place(name))
    return records


def _raw(name: str, header: list[str], records: list[tuple[int, list[str]]]) -> Raw:
    width = len(header)
    rejects = [
        Reject(number, line, "", "ragged")
        for number, (line, cells) in enumerate(records, 1)
        if len(cells) != width
    ]
    whole = [(n, line, cells) for n, (line, cells) in enumerate(records, 1) if len(cells) == width]
    index = pd.Index([line for _, line, _ in whole], name="line")
    frame = pd.DataFrame([cells for _, _, cells in whole], columns=header, index=index, dtype=str)
    rows = pd.Series([n for n, _, _ in whole], index=index, name="row", dtype="int64")
    return Raw(name, header, frame, rows, len(records), rejects)
