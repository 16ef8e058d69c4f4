"""What a column's texts mean: every text is a value, missing, or wrong for a stated reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.tables import PLACEHOLDER

Mask = NDArray[np.bool_]

WORDS = "na|n/a|#n/a|#saknas!|null|none|nan|nat|okänd|okänt|ej känd|ej känt|saknas|uppgift saknas"
SIGNS = "|-|–|—|−|.|..|?"
NO_DATES = "0000-00-00|0000-00-00 00:00|0000-00-00 00:00:00"
#: Spellings of "missing", casefolded. A mapping that lists one of them as a code wins over this list.
MISSING = frozenset(f"{SIGNS}|{WORDS}|{NO_DATES}".split("|"))
#: The same as one pattern, which is cheaper than folding every text.
SPELLED_MISSING = r"^[\s\pZ]*(?i:" + "|".join(re.escape(word) for word in sorted(MISSING)) + r")[\s\pZ]*$"


@dataclass(frozen=True)
class Understood:
    """Texts as typed values; each text is a value, missing, or wrong for exactly one reason.

    ``values`` has one value a text, null where the text is missing or wrong. ``wrong`` marks by reason
    the texts whose rows are kept out, ``odd`` those that are accepted and spoken of. A reason without a
    text is left out.
    """

    values: pa.Array
    wrong: dict[str, Mask]
    odd: dict[str, Mask]

    @property
    def missing(self) -> Mask:
        """Texts that say that there is no value."""
        return mask(pc.is_null(self.values)) & ~any_of(self.wrong, len(self.values))


def is_missing(texts: pa.Array) -> Mask:
    """Texts that spell "missing"."""
    return matches(texts, SPELLED_MISSING)


def without_placeholders(texts: pa.Array) -> pa.Array:
    """The texts, empty where a form's placeholder (``xxxx``) stands."""
    return pc.replace_substring_regex(texts, pattern=PLACEHOLDER, replacement="")


def settle(
    values: pa.Array,
    missing: Mask,
    otherwise: str,
    wrong: Mapping[str, Mask] | None = None,
    odd: Mapping[str, Mask] | None = None,
) -> Understood:
    """Values, and what is left of them when the wrong ones are taken out.

    Parameters
    ----------
    values : pa.Array
        One a text, null where it could not be read.
    missing : Mask
        Texts that spell "missing"; one that has a value all the same keeps it.
    otherwise : str
        The reason of a text that has no value and is not missing.
    wrong, odd : mapping of reason to Mask, optional
        Values that are not allowed (the first reason counts), and values worth speaking of.

    Returns
    -------
    Understood
        Each text in exactly one of value, missing, wrong.
    """
    good = mask(pc.is_valid(values))
    out = {otherwise: ~good & ~missing}
    for reason, rows in (wrong or {}).items():
        out[reason] = out.get(reason, np.zeros(len(good), bool)) | (rows & good)
        good = good & ~rows
    kept = pc.if_else(pa.array(good, pa.bool_()), values, pa.scalar(None, values.type))
    said = {reason: rows & good for reason, rows in (odd or {}).items()}
    return Understood(kept, _present(out), _present(said))


def matches(texts: pa.Array, pattern: str) -> Mask:
    """Texts in which the pattern (RE2; ``\\d`` is 0-9 only) is found."""
    return mask(pc.match_substring_regex(texts, pattern))


def where(rows: Mask, texts: pa.Array) -> pa.Array:
    """The texts of these rows, null elsewhere."""
    return pc.if_else(pa.array(rows, pa.bool_()), texts, pa.scalar(None, texts.type))


def mask(flags: pa.Array) -> Mask:
    """Arrow booleans as a mask; null is False."""
    return pc.fill_null(flags, False).to_numpy(zero_copy_only=False)


def any_of(masks: Mapping[str, Mask], n: int) -> Mask:
    """Rows that any of the masks marks."""
    return np.logical_or.reduce([np.zeros(n, bool), *masks.values()])


def _present(masks: Mapping[str, Mask]) -> dict[str, Mask]:
    return {reason: rows for reason, rows in masks.items() if rows.any()}
