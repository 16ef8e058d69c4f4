"""Swedish identity numbers: where texts hold them, and which columns are made of them.

Numbers written with a separator count by their shape, so that mistyped ones are found too; ten or
twelve bare digits count when the date exists and the check digit is right. Names cannot be found reliably
and are not looked for. No function here gives back, logs or raises a cell's value.

References
----------
Personnummer and samordningsnummer: Skatteverket, Rättslig vägledning 2020.9/330245 and SKV 707.
Reserve numbers of regions: Inera, Lokala Reservidn; Nationellt Reservidformat.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Texts: TypeAlias = "pa.Array | pa.ChunkedArray"
Mask = NDArray[np.bool_]

CENTURIES = (18, 19, 20)
COORDINATION = 60  # added to the day in a samordningsnummer
STOCKHOLM = 99  # opens Region Stockholm's own numbers, where a century would stand
DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], dtype=np.uint8)  # the digit sum of twice a digit
MONTH_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

# What a text must have before it is looked at closely (RE2, run by Arrow on every text, so kept loose):
# digits in two groups, a reserve number, words for the last four, or characters that hide digits.
MAYBE = "|".join(
    (
        r"[0-9]{6}[^0-9A-Za-z]{0,7}[0-9]{4}",
        r"[0-9]{8}-?[A-Za-z]{1,2}[0-9]{2}",
        r"[0-9]{2}[^0-9A-Za-z:,][0-9]{2}[^0-9A-Za-z:,][0-9]{2}[^0-9A-Za-z:,]{1,3}[0-9]{4}",
        r"(?i:(?:fyra|4)\s+sista|sista\s+(?:fyra|4))",
        r"[^\x00-\x{65F}\x{1E00}-\x{2FFF}]|\p{Cf}",
    )
)
NUMBER = re.compile(
    r"(?<!\d)(?<!\dT)(\d\d)?(\d{6})(\s{0,3}[-+]\s{0,3}|\s{0,3}|[_/])(\d{4})(?!\d)(?!-\d\d-\d)"
)
SPACED = re.compile(
    r"(?<!\d)(\d\d)?(\d\d)([-./ ])(\d\d)\3(\d\d)( ?[-+] ?|(?<= \d\d) )(\d{4})(?!\d)(?![-./ ]\d)"
)
RESERVE = re.compile(
    r"(?<!\d)(?:(\d\d)(\d{6})-?[KMX]\d{3}|(?:00|2[1-9]|[3-9]\d)(\d{6})-?[A-HJ-NPR-UX-Z]{2}\d\d)(?!\d)",
    re.IGNORECASE,
)
BIRTH = re.compile(
    r"(?<!\d)(?:18|19|20)?\d\d[-./ ]?(?:0[1-9]|1[0-2])[-./ ]?(?:[06][1-9]|[1278]\d|[39][01])(?!\d)"
    r"|(?<!\d)\d\d?[./ ]\d\d?[-./ ](?:\d{4}|\d\d)(?!\d)"
    r"|(?<!\d)\d\d?\s(?:jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec)[a-zåäö.]*\s\d{2,4}(?!\d)",
    re.IGNORECASE,
)
LAST_FOUR = re.compile(
    r"(?:(?:fyra|4)\s+sista|sista\s+(?:fyra|4))(?:\s+siffror\w*)?(?:\s+är)?\W{1,5}\d{4}(?!\d)(?![-./]\d)"
    r"|(?<!\d)\d{4}\W{1,5}(?:(?:är|som)\s)?(?:(?:fyra|4)\s+sista|sista\s+(?:fyra|4))",
    re.IGNORECASE,
)
# Made by machines: a GUID, a pseudonym of ours, a digest. Digits in them mean nothing.
CODES = re.compile(
    r"(?<![0-9a-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|p_[0-9a-f]{16}"
    r"|(?=[0-9a-f]*[a-f]\d+[a-f])(?:[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}))(?![0-9a-z])",
    re.IGNORECASE,
)
STREET = "gatan|gata|vägen|väg|gränd|gränden|stigen|torget|backen|allén|leden"
# As `MAYBE`, for contacts: an at sign, a zero or +46 with enough after it, a street, full-width characters.
CONTACT_MAYBE = "|".join(
    (
        r"@",
        r"(?:^|[^0-9A-Za-z.,:/-]|[^0-9][.,:/-])(?:0|\+\s?46)[0-9\p{Zs}\p{Pd}/().]{7,}",
        rf"(?i:(?:{STREET})\s{{1,3}}[0-9]|\blgh\b)",
        r"[\x{FF10}-\x{FF20}]",
    )
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
ADDRESS = re.compile(
    rf"[^\W\d_]{{2,}}(?:{STREET})\s{{1,3}}\d{{1,4}}(?!\d)|\blgh\.?\s*\d{{3,4}}(?!\d)", re.IGNORECASE
)
PHONE = re.compile(
    r"(?<!\w)(?<!\d[-.,:/])(?:(?:\+\s?|00)46[\s-]{0,2}(?:\(0\)\s?)?|\(?0)[1-9]\d{0,2}\)?"
    r"(?:[\s/-]{1,3}\d{2,4}){2,4}(?!\d)(?![.,:/-]\d)"
    r"|(?<!\w)(?<!\d[-.,:/])(?:(?:\+|00)46[1-9]\d{6,8}|07\d{8}|0[1-9]\d{0,2}[-/]\d{5,8})(?!\d)(?![.,:/-]\d)"
)
PHONE_DIGITS = range(8, 14)  # with 0046; a national number has at least eight
SWITCHBOARD = re.compile(r"växel\w*(?:\s\w+)?\W{0,3}$", re.IGNORECASE)
BARE, SEPARATED, LOOSE = range(3)


@dataclass(frozen=True)
class Numbers:
    """What looks like identity numbers: of which text, written how, and what the digits say."""

    text: NDArray[np.int64]
    written: NDArray[np.int64]
    year: NDArray[np.int64]  # 0 to 99 where no century is written
    dated: Mask
    checked: Mask
    stamp: Mask  # reads as a date and a time of this century
    day: NDArray[np.int64]  # the six digits of the date
    last: NDArray[np.int64]  # the last four

    @property
    def hit(self) -> Mask:
        """Counts as an identity number by the rules of this module."""
        return self.dated & (self.checked | (self.written == SEPARATED))


def identity_hits(texts: Texts) -> Mask:
    """Which texts hold an identity number.

    Parameters
    ----------
    texts : Arrow array of strings, or of a dictionary of strings
        Nulls hold nothing.

    Returns
    -------
    Array of bool
        One a text.
    """
    return by_chunk(texts, _identity)


def bare_hits(texts: Texts) -> Mask:
    """Which cells of a column of numbers are an identity number, whole; no date with a time is one."""
    return by_chunk(texts, _bare)


def _bare(texts: pa.Array) -> Mask:
    hits = np.zeros(len(texts), dtype=bool)
    maybe = matching(texts, r"^[\s\p{Zs}']*(?:[0-9][\s\p{Zs}']?){10,12}(?:[.,]0*)?[\s\p{Zs}]*$")
    plain = pc.replace_substring_regex(texts.take(pa.array(maybe)), r"[.,]0*[\s\p{Zs}]*$", "")
    for width, (rows, digits) in digit_cells(pc.replace_substring_regex(plain, r"[^0-9]", "")).items():
        numbers = bare(rows, digits)
        hits[maybe[rows]] = numbers.hit & ~numbers.stamp if width in {10, 12} else False
    return hits


def holds_identity(text: str, *, stamps: bool = False) -> bool:
    """Whether a header, a sheet name, a file name or a document property holds an identity number.

    Parameters
    ----------
    text : str
        Any text.
    stamps : bool
        Let a date and time of this century pass, as scheduled exports have in their file names
        (``20250319-0500``), although it may have the shape of a number.

    Returns
    -------
    bool
        True also for a mistyped number that has a separator.
    """
    tidy = _without_codes(text)
    numbers = _numbers(list(_written(0, tidy)))
    return bool((numbers.hit & ~(numbers.stamp & stamps)).any()) or _certain(tidy)


def tidied(text: str) -> str:
    """One way of writing: compatibility forms, digits, dashes and blanks alike, nothing invisible."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text)
    return "".join(_tidied(character) for character in plain)


def _without_codes(text: str) -> str:
    """The tidied text without GUIDs, digests and pseudonyms."""
    return CODES.sub("¤", tidied(text))


def _tidied(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    if kind == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    return "" if kind == "Cf" else character


def dated(digits: NDArray[np.uint8], century: NDArray[np.int64]) -> Mask:
    """Whether six digits (rows of YYMMDD…) are a date, or one of a samordningsnummer; century 0 is any."""
    year, month, day = (digits[:, at].astype(np.int64) * 10 + digits[:, at + 1] for at in (0, 2, 4))
    day = np.where(day > COORDINATION, day - COORDINATION, day)
    full = century * 100 + year
    leap = (year % 4 == 0) & ((century == 0) | (year > 0) | (full % 400 == 0))
    exists = (month >= 1) & (month <= 12) & (day >= 1) & (day <= MONTH_DAYS[np.minimum(month, 12)])
    return exists & (leap | (month != 2) | (day < 29)) & np.isin(century, (0, *CENTURIES))


def checked(digits: NDArray[np.uint8]) -> Mask:
    """Whether the last of ten digits is the right check digit (Luhn)."""
    total = np.zeros(len(digits), dtype=np.uint8)
    for at in range(0, 10, 2):
        total += DOUBLED[digits[:, at]] + digits[:, at + 1]
    return np.asarray(total % 10 == 0)


def digit_rows(texts: pa.Array, width: int) -> NDArray[np.uint8]:
    """Texts of `width` ASCII digits as a matrix of digits; nothing else may be in them."""
    texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    if not len(texts) or data is None:
        return np.zeros((0, width), dtype=np.uint8)
    start = int(np.frombuffer(offsets, dtype=np.int64)[texts.offset])
    digits = np.frombuffer(data, dtype=np.uint8)[start : start + len(texts) * width]
    return digits.reshape(-1, width) - np.uint8(ord("0"))


def digit_cells(texts: pa.Array) -> dict[int, tuple[NDArray[np.int64], NDArray[np.uint8]]]:
    """By their number of digits, 6 to 12: the rows whose text is digits and nothing else, and the digits."""
    rows = matching(texts, r"^[0-9]{6,12}$")
    cells = texts.take(pa.array(rows))
    widths = pc.binary_length(cells).to_numpy(zero_copy_only=False)
    found = {}
    for width in np.unique(widths).tolist():
        those = np.flatnonzero(widths == width)
        found[width] = rows[those], digit_rows(cells.take(pa.array(those)), width)
    return found


def bare(rows: NDArray[np.int64], digits: NDArray[np.uint8]) -> Numbers:
    """What texts of up to twelve digits say, read as numbers without a separator."""
    full = np.zeros((len(digits), 12), dtype=np.uint8)
    full[:, 12 - digits.shape[1] :] = digits
    if digits.shape[1] == full.shape[1]:
        full[(full[:, :2] == 0).all(axis=1), 0] = 1  # written zeros are no century, not an unknown one
    return _read(rows, np.full(len(rows), BARE), full)


def by_chunk(texts: Texts, find: Callable[[pa.Array], NDArray]) -> NDArray:
    """What `find` says of each text: asked once a distinct text where the array is a dictionary."""
    if isinstance(texts, pa.ChunkedArray):
        if not texts.num_chunks:
            return find(pa.array([], pa.string()))
        return np.concatenate([by_chunk(chunk, find) for chunk in texts.chunks])
    if pa.types.is_dictionary(texts.type):
        found = np.append(find(texts.dictionary), find(pa.array([""])))
        return found[pc.fill_null(texts.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)]
    return find(texts)


def matching(texts: pa.Array, pattern: str) -> NDArray[np.int64]:
    """The rows whose text matches the RE2 pattern."""
    found = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    return np.flatnonzero(found.to_numpy(zero_copy_only=False))


def _identity(texts: pa.Array) -> Mask:
    hits = np.zeros(len(texts), dtype=bool)
    maybe = matching(texts, MAYBE)
    plain = digit_cells(texts.take(pa.array(maybe)))
    for width, (rows, digits) in plain.items():
        if width in {10, 12}:
            hits[maybe[rows]] = bare(rows, digits).hit
    seen = np.concatenate([np.zeros(0, dtype=np.int64), *(rows for rows, _ in plain.values())])
    numbers, certain = looked_at(texts, np.delete(maybe, seen))
    hits[numbers.text[numbers.hit]] = True
    hits[certain] = True
    return hits


def looked_at(texts: pa.Array, rows: NDArray[np.int64]) -> tuple[Numbers, list[int]]:
    """Numbers in the texts of these rows, and the rows with something that is certain without a check."""
    written: list[tuple[int, int, str]] = []
    certain: list[int] = []
    for row, text in zip(rows.tolist(), texts.take(pa.array(rows)).to_pylist(), strict=True):
        tidy = _without_codes(text)
        written += _written(row, tidy)
        if _certain(tidy):
            certain.append(row)
    return _numbers(written), certain


def _written(row: int, text: str) -> Iterator[tuple[int, int, str]]:
    """Row, way of writing and twelve digits of all that has the form; century 00 where none is written."""
    for found in NUMBER.finditer(text):
        century, day, between, last = found.groups(default="00")
        written = LOOSE if between in {"_", "/"} else SEPARATED if between else BARE
        if century == "00" and found.group(1):
            continue  # written zeros are no century
        if written != BARE or not re.search(r"\d[.,]$", text[: found.start()][-2:]):
            yield row, written, century + day + last
    for found in SPACED.finditer(text):
        century, year, _, month, day, _, last = found.groups(default="00")
        yield row, LOOSE, century + year + month + day + last


def _numbers(written: list[tuple[int, int, str]]) -> Numbers:
    rows = digit_rows(pa.array([digits for _, _, digits in written], pa.string()), 12)
    text, kind = (np.array([entry[at] for entry in written], dtype=np.int64) for at in (0, 1))
    return _read(text, kind, rows)


def _read(text: NDArray[np.int64], kind: NDArray[np.int64], rows: NDArray[np.uint8]) -> Numbers:
    century = rows[:, 0].astype(np.int64) * 10 + rows[:, 1]
    year = rows[:, 2].astype(np.int64) * 10 + rows[:, 3]
    stockholm = (century == STOCKHOLM) & np.isin(year, CENTURIES)
    ten = rows[:, 2:]
    if stockholm.any():  # its check digit leaves out the century, which stands where the year would
        ten = np.where(stockholm[:, None] & (np.arange(10) < 2), 0, ten).astype(np.uint8)
    right = checked(ten)
    hour, minute = (rows[:, at].astype(np.int64) * 10 + rows[:, at + 1] for at in (8, 10))
    stamp = (century == 20) & (hour < 24) & (minute < 60)
    exists = np.where(stockholm, right, dated(rows[:, 2:], century))
    last = rows[:, 8:].astype(np.int64) @ (1000, 100, 10, 1)
    day = rows[:, 2:8].astype(np.int64) @ (100_000, 10_000, 1000, 100, 10, 1)
    return Numbers(text, kind, century * 100 + year, exists, right, stamp, day, last)


def _certain(text: str) -> bool:
    """A reserve number, or a date of birth with the last four beside it."""
    for found in RESERVE.finditer(text):
        century, day, other = found.groups()
        ten = digit_rows(pa.array([(day or other) + "0000"]), 10)
        if dated(ten, np.array([int(century or 0)]))[0]:
            return True
    return bool(LAST_FOUR.search(text) and BIRTH.search(text))


def contact_hits(texts: Texts, *, alone: bool = True) -> Mask:
    """Which texts hold a phone number, an e-mail address or a street address.

    An organisation's switchboard (a number after *växel*) is nobody's own and is left out.

    Parameters
    ----------
    texts : Arrow array of strings, or of a dictionary of strings
        Nulls hold nothing.
    alone : bool
        Whether a number without any other word counts; in a free text it says nothing of anyone.

    Returns
    -------
    Array of bool
        One a text.
    """
    return by_chunk(texts, _contact if alone else _contact_in_words)


def _contact_in_words(texts: pa.Array) -> Mask:
    return _contact(texts) & ~_mask_of(matching(texts, r"^[+(]?[0-9][0-9\s()/-]*$"), len(texts))


def _mask_of(rows: NDArray[np.int64], n: int) -> Mask:
    mask = np.zeros(n, dtype=bool)
    mask[rows] = True
    return mask


def _contact(texts: pa.Array) -> Mask:
    hits = np.zeros(len(texts), dtype=bool)
    maybe = matching(texts, CONTACT_MAYBE)
    found = [_has_contact(tidied(text)) for text in texts.take(pa.array(maybe)).to_pylist()]
    hits[maybe] = found
    return hits


def _has_contact(text: str) -> bool:
    return bool(EMAIL.search(text) or ADDRESS.search(text)) or any(
        _personal(found) for found in PHONE.finditer(text)
    )


def _personal(found: re.Match[str]) -> bool:
    digits = sum(character.isdigit() for character in found.group())
    return digits in PHONE_DIGITS and not SWITCHBOARD.search(found.string[: found.start()])
