"""Ids that hide an identity number: among more digits, with other separators, or with the day first.

Single ids of this kind are chance; a column is judged by how many of the ids that could be such are right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.sources.identifiers import CENTURIES, Mask, bare, digit_rows, matching

LEAST, MOST = 10, 16  # digits, whatever stands between them
RECENT_YEARS = 2  # an id with a date of so few years before its delivery rather is a case number
# Nothing but digits and signs, perhaps with a word before or after; no GUID and no pseudonym of ours.
SPREAD = r"^(?:[^0-9_]|[^0-9p]_){0,8}[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){9,15}[^0-9]{0,8}$"
# A date of birth whose last four are hidden or are letters: 19121212-XXXX, 19121212-TF12.
MASKED = r"^(?:18|19|20)[0-9]{6}[-+_/ .]?(?:[Xx*?#]{4}|[A-Za-z]{2}[0-9]{2})$"


@dataclass(frozen=True)
class Spread:
    """Rows with so many digits; those where a date stands in the right place; those that are right."""

    wide: NDArray[np.int64]
    like: NDArray[np.int64]
    right: NDArray[np.int64]


def spread_numbers(texts: pa.Array, rows: NDArray[np.int64], last_year: int) -> Spread:
    """Look for hidden identity numbers.

    Parameters
    ----------
    texts : Arrow array of strings
        Ids.
    rows : array of int
        Those that no other rule has recognised.
    last_year : int
        Of the delivery: dates of the years just before it are no dates of birth here.

    Returns
    -------
    Spread
        Ten digits count as soon as they are ten; more digits when a date stands among them.
    """
    cells = texts.take(pa.array(rows))
    kept = matching(cells, SPREAD)
    digits = pc.replace_substring_regex(cells.take(pa.array(kept)), r"[^0-9]", "")
    rows, widths = rows[kept], pc.binary_length(digits).to_numpy(zero_copy_only=False)
    like, right = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    for width in np.unique(widths).tolist():
        those = np.flatnonzero(widths == width)
        like[those], right[those] = _judged(digit_rows(digits.take(pa.array(those)), width), last_year)
    return Spread(rows, rows[like], rows[right])


def masked_days(texts: pa.Array, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Which of these rows are eight digits of a date with the last four hidden, and the eight digits."""
    found = rows[matching(texts.take(pa.array(rows)), MASKED)]
    return found, digit_rows(pc.utf8_slice_codeunits(texts.take(pa.array(found)), 0, 8), 8)


def _judged(digits: NDArray[np.uint8], last_year: int) -> tuple[Mask, Mask]:
    """Which rows of so many digits are like a number, and which are right."""
    width = digits.shape[1]
    if width == LEAST:
        numbers = bare(np.arange(len(digits)), digits)
        return np.ones(len(digits), dtype=bool), numbers.hit
    windows = [digits[:, at : at + 12] for at in range(width - 11)]
    if width == 12:  # the day first
        windows.append(digits[:, [4, 5, 6, 7, 2, 3, 0, 1, 8, 9, 10, 11]])
    like, right = np.zeros(len(digits), dtype=bool), np.zeros(len(digits), dtype=bool)
    for window in windows:
        numbers = bare(np.arange(len(window)), np.ascontiguousarray(window))
        born = numbers.dated & np.isin(numbers.year // 100, CENTURIES)
        born &= (numbers.year < last_year - RECENT_YEARS) | (numbers.year > last_year)
        like |= born
        right |= born & numbers.checked
    return like, right
