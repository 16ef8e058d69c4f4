"""Numbers: decimal comma or point by column, never a thousands separator, an exponent or a foreign digit."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources.codes import fold
from analysis.sources.understand import Mask, Understood, is_missing, matches, settle, where

WHOLE = r"^-?\d{1,18}([.,]0)?$"
#: Longer numbers lose digits as floats; more decimals than this no program writes.
PLAIN = r"^-?\d{1,15}(MARK\d{1,20})?$"
#: Texts that show which mark is the decimal one: not a thousands separator by its place.
SHOWN = (
    r"^-?\d+MARK(\d{1,2}|\d{4,})$",
    r"^-?(0\d*|\d{4,})MARK\d+$",
    r"^-?\d{1,3}([ \x{A0}\x{202F}OTHER]\d{3})+MARK\d+$",
)


def decimal_mark(texts: pa.Array) -> str:
    """The decimal mark that a column uses: ``","``, ``"."``, or ``""`` when the texts do not show it.

    The comma wins if both are shown. Three digits after a mark show nothing: ``1,234`` and ``1.234`` may
    both be 1234.
    """
    for mark, other in (",.", ".,"):
        if any(matches(texts, _with(p, mark, other)).any() for p in SHOWN):
            return mark
    return ""


def numbers(texts: pa.Array, *, scale: float = 1.0, decimal: str = "") -> Understood:
    """Numbers of a column, times `scale`.

    Parameters
    ----------
    texts : pa.Array
        Unique, trimmed texts without nulls.
    scale : float, default 1
        Factor to the table's unit.
    decimal : {",", ".", ""}
        The column's decimal mark; when empty it is sought in these texts. The other mark is wrong.

    Returns
    -------
    Understood
        Values ``float64``. Wrong: ``number_format``.
    """
    mark = decimal or decimal_mark(texts)
    pattern = _with(PLAIN, mark, "") if mark else r"^-?\d{1,15}$"
    plain = where(matches(texts, pattern), texts)
    if mark == ",":
        plain = pc.replace_substring(plain, ",", ".")
    values = pc.cast(plain, pa.float64())
    return settle(pc.multiply(values, scale), is_missing(texts), "number_format")


def integers(texts: pa.Array, *, low: int | None = None, high: int | None = None) -> Understood:
    """Whole numbers of a column, from `low` to `high` (inclusive); ``5,0`` and ``5.0`` are whole.

    Parameters
    ----------
    texts : pa.Array
        Unique, trimmed texts without nulls.
    low, high : int, optional
        Least and greatest value that is allowed.

    Returns
    -------
    Understood
        Values ``int64``. Wrong: ``number_format``, ``out_of_range``.
    """
    values = _whole(texts)
    return settle(values, is_missing(texts), "number_format", {"out_of_range": _outside(values, low, high)})


def likert(
    texts: pa.Array, *, low: int = 1, high: int = 5, missing_words: Collection[str] = ()
) -> Understood:
    """Answers on a scale; whatever is no whole number from `low` to `high` is ``out_of_range``.

    Parameters
    ----------
    texts : pa.Array
        Unique, trimmed texts without nulls.
    low, high : int
        The ends of the scale, inclusive.
    missing_words : collection of str, optional
        Words that the mapping lists as "no answer", such as "vet ej"; compared by `fold`.

    Returns
    -------
    Understood
        Values ``int64``. Wrong: ``out_of_range``.
    """
    values = _whole(texts)
    missing = is_missing(texts)
    words = {fold(word) for word in missing_words}
    for i in np.flatnonzero(pc.is_null(values).to_numpy(zero_copy_only=False)) if words else ():
        missing[i] |= fold(texts[i].as_py()) in words
    return settle(values, missing, "out_of_range", {"out_of_range": _outside(values, low, high)})


def _with(pattern: str, mark: str, other: str) -> str:
    escaped = {",": ",", ".": r"\.", "": ""}
    return pattern.replace("MARK", escaped[mark]).replace("OTHER", escaped[other])


def _whole(texts: pa.Array) -> pa.Array:
    plain = where(matches(texts, WHOLE), texts)
    digits = pc.replace_substring_regex(plain, pattern=r"[.,]0$", replacement="")
    return pc.cast(digits, pa.int64())


def _outside(values: pa.Array, low: int | None, high: int | None) -> Mask:
    filled = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
    below = filled < low if low is not None else np.zeros(len(filled), bool)
    return below | (filled > high) if high is not None else below
