"""Writes workbooks for tests: .xlsx as a package of XML, .xls as BIFF records in a container."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STYLES = "".join(f'<xf numFmtId="{n}"/>' for n in (0, 14, 22, 20, 46))
DATE, MOMENT, CLOCK, DURATION = 1, 2, 3, 4
EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)


@dataclass(frozen=True)
class Raw:
    """A cell's inner XML and attributes, as they are."""

    attributes: str
    inner: str


ERROR = Raw(' t="e"', "<v>#DIV/0!</v>")
UNCALCULATED = Raw("", "<f>A1</f>")
STYLED_BLANK = Raw(' s="1"', "")


def column_letters(number: int) -> str:
    """The letters of a column counted from 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_xml(value: object, reference: str, *, is_1904: bool = False) -> str:
    """One cell."""
    if value is None or value == "":
        return ""
    at = f'<c r="{reference}"' if reference else "<c"
    if isinstance(value, Raw):
        return f"{at}{value.attributes}>{value.inner}</c>" if value.inner else f"{at}{value.attributes}/>"
    if isinstance(value, bool):
        return f'{at} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'{at} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    if isinstance(value, date):
        style = MOMENT if isinstance(value, datetime) else DATE
        moment = value if isinstance(value, datetime) else datetime.combine(value, datetime.min.time())
        serial = (moment - (EPOCH_1904 if is_1904 else EPOCH)) / timedelta(days=1)
        return f'{at} s="{style}"><v>{serial!r}</v></c>'
    return f"{at}><v>{value!r}</v></c>"


def sheet_xml(
    rows: Iterable[Sequence[object]],
    *,
    numbers: Sequence[int] | None = None,
    first_column: int = 1,
    after: str = "",
    is_1904: bool = False,
) -> str:
    """One sheet: rows at these sheet rows (1, 2, 3 … without)."""
    body = []
    for position, row in enumerate(rows):
        number = numbers[position] if numbers else position + 1
        cells = (
            cell_xml(value, f"{column_letters(n)}{number}", is_1904=is_1904)
            for n, value in enumerate(row, first_column)
        )
        body.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(body)}</sheetData>{after}</worksheet>'


def parts_of(
    sheets: dict[str, str], *, states: Sequence[str] = (), is_1904: bool = False
) -> dict[str, str | bytes]:
    """The parts of a package with these sheets (name to XML)."""
    states = [*states, *["visible"] * len(sheets)]
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" state="{states[n - 1]}" r:id="rId{n}"/>'
        for n, name in enumerate(sheets, 1)
    )
    kinds = ["chartsheet" if "<chartsheet" in xml else "worksheet" for xml in sheets.values()]
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{kind}s/sheet{n}.xml"/>'
        for n, kind in enumerate(kinds, 1)
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        f'<workbookPr date1904="{int(is_1904)}"/><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs>{STYLES}</cellXfs></styleSheet>',
    }
    for n, (kind, xml) in enumerate(zip(kinds, sheets.values(), strict=True), 1):
        parts[f"xl/{kind}s/sheet{n}.xml"] = xml
    return parts


def write_package(path: Path, parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A package with these parts."""
    with zipfile.ZipFile(path, "w", method) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def write_xlsx(path: Path, *sheets: str, states: Sequence[str] = (), is_1904: bool = False) -> Path:
    """A workbook with these sheets, named Sheet1, Sheet2 …."""
    named = {f"Sheet{n}": xml for n, xml in enumerate(sheets, 1)}
    return write_package(path, parts_of(named, states=states, is_1904=is_1904))


def record(kind: int, content: bytes = b"") -> bytes:
    """One BIFF record."""
    return struct.pack("<HH", kind, len(content)) + content


def xls_cell(row: int, column: int, value: object) -> bytes:
    """One cell as a BIFF record; `ERROR` is a cell with an error."""
    at = struct.pack("<HHH", row, column, 0)
    if value is ERROR:
        return record(0x0205, at + bytes([7, 1]))
    if value is UNCALCULATED:  # a formula whose result is an error
        return record(0x06, at + bytes([2, 0, 7, 0, 0, 0]) + b"\xff\xff" + bytes(8))
    if isinstance(value, str):
        return record(0x0204, at + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
    return record(0x0203, at + struct.pack("<d", float(str(value))))


def xls_stream(*sheets: Sequence[Sequence[object]], is_1904: bool = False, extra: bytes = b"") -> bytes:
    """The Workbook stream with these sheets."""
    begin = record(0x0809, struct.pack("<HHHH8x", 0x0600, 5, 0, 0))
    names = [
        record(0x85, struct.pack("<IBBBB", 0, 0, 0, 2, 0) + f"S{n}".encode()) for n in range(len(sheets))
    ]
    settings = record(0x22, struct.pack("<H", int(is_1904))) + extra
    at = len(begin) + len(settings) + sum(map(len, names)) + 4
    listed, bodies = b"", b""
    for name, rows in zip(names, sheets, strict=True):
        listed += name[:4] + struct.pack("<I", at + len(bodies)) + name[8:]
        cells = b"".join(
            xls_cell(r, c, v) for r, row in enumerate(rows) for c, v in enumerate(row) if v not in ("", None)
        )
        bodies += record(0x0809, struct.pack("<HHHH8x", 0x0600, 0x10, 0, 0)) + cells + record(0x0A)
    return begin + settings + listed + record(0x0A) + bodies


def write_container(path: Path, stream: bytes, name: str = "Workbook") -> Path:
    """A compound file with one stream."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // 512)
    tables = -(-(sectors + 2) // 127)
    table = (
        [0xFFFFFFFD] * tables + [0xFFFFFFFE] + list(range(tables + 2, tables + 1 + sectors)) + [0xFFFFFFFE]
    )
    table += [0xFFFFFFFF] * (128 * tables - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + struct.pack("<16xHHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *range(tables), *[0xFFFFFFFF] * (109 - tables))
    entries = b""
    for title, kind, child, start, size in (
        ("Root Entry", 5, 1, 0xFFFFFFFE, 0),
        (name, 2, 0xFFFFFFFF, tables + 1, len(stream)),
    ):
        text = title.encode("utf-16-le").ljust(64, b"\0")
        entries += text + struct.pack("<HBBIII", 2 * len(title) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        entries += struct.pack("<36xII4x", start, size)
    entries = entries.ljust(512, b"\0")
    path.write_bytes(
        header + struct.pack(f"<{len(table)}I", *table) + entries + stream.ljust(512 * sectors, b"\0")
    )
    return path
