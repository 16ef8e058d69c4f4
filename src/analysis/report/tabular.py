"""Released tables as files for people: one writer of CSV and of workbooks.

CSV is as Swedish spreadsheets open it with a double click: UTF-8 with a byte order mark, semicolons, CRLF,
decimal comma, no separators of thousands; a program reads it with ``sep=";", decimal=","``. A number is
written as a number, with the decimals that readers see: per cent as a share of one. Whatever else a cell
says, a hidden value, an interval, a number with its unit, is the text that they see. Text that a spreadsheet
could take for a formula gets an apostrophe in front; a number with its plus is none.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from math import isfinite
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from analysis.errors import DisclosureStop
from analysis.sources.columnwords import harmless

# A workbook must state a date; this one is the first that its container knows, and says nothing of the run.
NO_DATE = datetime(1980, 1, 1)
AS_TEXT = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
SHEET_NAME, WIDEST = 31, 60
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}
_PER_CENT = re.compile(r"\s?%$")
_AMOUNT = re.compile(r"\+\d+(?:[.,]\d+)?(?:\u00a0?%)?", re.ASCII)  # that a spreadsheet takes for a number
_NUMBER = re.compile(r"([+\-\u2212]?)(\d[\d\s]*(?:[.,]\d+)*)")
_GROUPS = re.compile(r"\d{1,3}(?:[\s,]\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?")  # thousands apart, a decimal point

Table = Mapping[str, Any]


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula, also when it trims what cannot be seen before it."""
    if _AMOUNT.fullmatch(text):
        return text
    seen = 0
    while seen < len(text) and unicodedata.category(text[seen]) in _UNSEEN:
        seen += 1
    risky = harmless(text) != text or harmless(text[seen:]) != text[seen:]
    return f"'{text}" if risky else text


def csv_bytes(tables: Iterable[Table], notes: Sequence[str] = ()) -> bytes:
    """Tables below each other, each with its caption and headings, an empty line between them.

    Parameters
    ----------
    tables : iterable of mapping
        As `ReleasedTable.as_dict` gives them.
    notes : sequence of str
        What every reader must know first: a line each, and an empty line.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    DisclosureStop
        If a cell is neither a text nor a text with its number.
    """
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([plain(note)] for note in notes)
    for at, table in enumerate(tables):
        if at or notes:
            writer.writerow([])
        writer.writerow([plain(table["caption"])])
        writer.writerow([plain(heading) for heading in table["headings"]])
        writer.writerows([_as_text(*cell_of(one)) for one in row] for row in table["rows"])
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(tables: Iterable[Table], *, title: str, about: Mapping[str, str]) -> bytes:
    """A workbook with a sheet a table, and a first sheet that tells what they are.

    Parameters
    ----------
    tables : iterable of mapping
        As `ReleasedTable.as_dict` gives them; each sheet has its table's name.
    title : str
        Of the workbook; names the first sheet, which also lists the sheets' captions.
    about : mapping of str to str
        What else the first sheet says.

    Returns
    -------
    bytes
        The file; the same for the same tables, whoever makes it and whenever.

    Raises
    ------
    DisclosureStop
        If a cell is neither a text nor a text with its number.
    """
    out = BytesIO()
    captions: dict[str, str] = {}
    with Workbook(out, AS_TEXT) as book:
        book.set_properties({"title": plain(title), "created": NO_DATE})
        bold = book.add_format({"bold": True})
        known = list(tables)
        first = sheet_name(title, [table["name"] for table in known])
        sheet = book.add_worksheet(first)
        for table in known:
            name = sheet_name(table["name"], [first, *captions])
            captions[name] = table["caption"]
            _fill(book, book.add_worksheet(name), [table["headings"], *table["rows"]], bold)
        told = [[title], *map(list, about.items()), *map(list, captions.items())]
        _fill(book, sheet, told, bold)
    return out.getvalue()


def sheet_name(wanted: str, taken: Iterable[str]) -> str:
    """A name that a spreadsheet allows for a sheet, and that no other sheet has.

    Parameters
    ----------
    wanted : str
        The name one would like.
    taken : iterable of str
        Names of other sheets.

    Returns
    -------
    str
        At most 31 characters; a number at its end if it would be another's, or one that is reserved.
    """
    others = {"history", "", *(name.casefold() for name in taken)}
    base = _cut(_NOT_IN_NAMES.sub(" ", wanted), SHEET_NAME)
    name, number = base, 1
    while name.casefold() in others:
        number += 1
        ending = f" {number}"
        name = _cut(base, SHEET_NAME - len(ending)) + ending
    return name


def _cut(text: str, units: int) -> str:
    """The beginning of a text, of so many UTF-16 units, which is what spreadsheets count."""
    whole = text.encode("utf-16-le", "ignore")[: 2 * units]
    return whole.decode("utf-16-le", "ignore").strip("' \u00a0")


def cell_of(cell: Any) -> tuple[str, float | None]:
    """A cell's text, and the number that it shows when that is all it says.

    Parameters
    ----------
    cell : Any
        Of a table as `ReleasedTable.as_dict` gives it.

    Returns
    -------
    (str, float or None)
        The number has the decimals that readers see.

    Raises
    ------
    DisclosureStop
        If it is neither a text nor a text with its number.
    """
    text, value = (cell, None) if isinstance(cell, str) else _pair(cell)
    known = value is None or (
        isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    )
    if not isinstance(text, str) or not known:
        raise DisclosureStop(
            "a table has a cell that is neither a text nor a number", "Make cells with Shown"
        )
    return text, None if value is None else _shown(text, value)


def _shown(text: str, value: float) -> float | None:
    """The number that a text shows of a value, with its decimals; None when it says more, or another one."""
    is_share = bool(_PER_CENT.search(text))
    found = _NUMBER.fullmatch(_PER_CENT.sub("", text))
    if not found:
        return None
    size = 100 * value if is_share else value
    sign = 1 if found[1] in ("", "+") else -1
    for digits, decimals in _readings(found[2]):
        number = sign * float(digits)
        if abs(number - size) <= 0.5 * 10**-decimals * (1 + 1e-9) + 1e-9:
            return round(number / 100, decimals + 2) if is_share else number
    return None


def _readings(digits: str) -> Iterator[tuple[str, int]]:
    """A number as the languages may mean it, with how many decimals it has: "1,234" is two."""
    bare = re.sub(r"\s", "", digits)
    if bare.count(",") == 1 and "." not in bare:
        yield bare.replace(",", "."), len(bare) - bare.index(",") - 1
    if _GROUPS.fullmatch(digits):
        plainer = bare.replace(",", "")
        yield plainer, len(plainer) - plainer.index(".") - 1 if "." in plainer else 0


def _pair(cell: Any) -> Sequence[Any]:
    return cell if isinstance(cell, list | tuple) and len(cell) == 2 else (None, None)


def _as_text(text: str, value: float | None) -> str:
    return plain(text) if value is None else f"{value:.15g}".replace(".", ",")


def _fill(book: Workbook, sheet: Worksheet, rows: Sequence[Sequence[Any]], bold: Format) -> None:
    """Write a sheet whose first row is its heading."""
    sheet.freeze_panes(1, 0)
    widths: dict[int, int] = {}
    for y, row in enumerate(rows):
        for x, (text, value) in enumerate(map(cell_of, row)):
            widths[x] = max(widths.get(x, 0), len(text))
            _write(sheet, (y, x), text, value, bold if y == 0 else _form(book, text, value))
    for x, width in widths.items():
        sheet.set_column(x, x, min(width, WIDEST) + 2)


def _write(
    sheet: Worksheet, at: tuple[int, int], text: str, value: float | None, form: Format | None
) -> None:
    if value is None:
        sheet.write_string(*at, plain(text), form)
    else:
        sheet.write_number(*at, value, form)


def _form(book: Workbook, text: str, value: float | None) -> Format | None:
    """How the number is to look when its text is in per cent: its value is a share of one."""
    if value is None or not _PER_CENT.search(text):
        return None
    decimals = _decimals(text)
    return book.add_format({"num_format": "0." + "0" * decimals + "%" if decimals else "0%"})


def _decimals(text: str) -> int:
    """How many digits stand after the last point or comma of a number in per cent, which has no thousands."""
    digits = _PER_CENT.sub("", text)
    return len(digits) - max(digits.rfind("."), digits.rfind(",")) - 1 if re.search("[.,]", digits) else 0
