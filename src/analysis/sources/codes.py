"""Codes, yes and no, names and ids: a spelling is known, differs in form only, or is unknown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources.understand import Mask, Understood, is_missing, mask, matches, settle, where

Code = TypeVar("Code", str, bool)

LONGEST_NAME = 200
#: Markup, control characters, and what turns the direction of writing: not in the name of a place.
NOT_A_NAME = r"[<>\p{Cc}\x{2028}-\x{202E}\x{2066}-\x{2069}]"
#: A number that a spreadsheet wrote with few digits, such as 5,001E+05: the id that stood there is lost.
DESTROYED = r"^\d([.,]\d+)?[eE]\+\d{2,3}$"
DROPPED_SIGNS = ("Mn", "Cf")  # accents, and signs without width


def _spelled(words: Iterable[str], value: bool) -> dict[str, bool]:
    return {form(word): value for word in words for form in (str.lower, str.capitalize, str.upper)}


#: Spellings of yes and no, where a mapping says nothing else.
YES_NO: Mapping[str, bool] = _spelled(["ja", "j", "yes", "true", "1"], True) | _spelled(
    ["nej", "n", "no", "false", "0"], False
)


def fold(text: str) -> str:
    """The text without case, accents, double blanks, and signs without width; letters keep their script."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(c for c in apart if unicodedata.category(c) not in DROPPED_SIGNS)
    return " ".join(plain.split())


def codes(texts: pa.Array, known: Mapping[str, str]) -> Understood:
    """Codes of a column.

    Parameters
    ----------
    texts : pa.Array
        Unique, trimmed texts without nulls.
    known : mapping of str to str
        Spelling to code. A text that is no spelling may still differ from those of exactly one code in
        case, accents and blanks only; it is then ``code_normalised``.

    Returns
    -------
    Understood
        Values ``string``. Wrong: ``unknown_code``. Odd: ``code_normalised``.
    """
    return _coded(texts, known, pa.string())


def booleans(texts: pa.Array, words: Mapping[str, bool] = YES_NO) -> Understood:
    """Yes and no of a column, as `codes`; values ``bool``."""
    return _coded(texts, words, pa.bool_())


def names(texts: pa.Array) -> Understood:
    """Names of wards and places: any text up to 200 letters without markup and control characters.

    Only an empty text is missing: a ward may be called "NA". Wrong: ``unknown_code``.
    """
    empty = mask(pc.equal(pc.utf8_trim_whitespace(texts), ""))
    long = mask(pc.greater(pc.utf8_length(texts), LONGEST_NAME))
    wrong = {"unknown_code": matches(texts, NOT_A_NAME) | long}
    return settle(where(~empty, texts), empty, "unknown_code", wrong)


def ids(texts: pa.Array) -> Understood:
    """Ids of a column: any text that does not spell "missing"; ask `destroyed` too."""
    missing = is_missing(texts)
    return settle(where(~missing, texts), missing, "unknown_code")


def destroyed(texts: pa.Array) -> Mask:
    """Ids that a spreadsheet has turned into a number with an exponent; they cannot be brought back."""
    return matches(texts, DESTROYED)


def _coded(texts: pa.Array, known: Mapping[str, Code], kind: pa.DataType) -> Understood:
    spellings = pa.array(list(known), texts.type)
    found = pc.index_in(texts, value_set=spellings)
    values = pc.take(pa.array(list(known.values()), kind), found)
    other = np.flatnonzero(mask(pc.is_null(found)))
    odd = np.zeros(len(texts), bool)
    by_fold = _folded(known)
    close = [by_fold.get(fold(texts[i].as_py())) for i in other.tolist()]
    if any(code is not None for code in close):
        spread = np.full(len(texts), None, object)
        spread[other] = close
        folded = pa.array(spread, kind)
        odd |= mask(pc.is_valid(folded))
        values = pc.coalesce(values, folded)
    return settle(values, is_missing(texts), "unknown_code", odd={"code_normalised": odd})


def _folded(known: Mapping[str, Code]) -> dict[str, Code]:
    """Folded spelling to code; one that belongs to several codes belongs to none."""
    found: dict[str, set[Code]] = {}
    for spelling, code in known.items():
        found.setdefault(fold(spelling), set()).add(code)
    return {text: codes.pop() for text, codes in found.items() if len(codes) == 1 and text}
