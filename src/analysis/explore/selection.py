"""A selection of rows, and its bookmark: a short text that can be kept, sent and opened again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_to_bytes

from analysis.errors import UsageError
from analysis.explore.dims import dims_of

FIRST, LAST, TEXT = "from", "to", "text"
MOST_SIGNS = 4000
_MONTH = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])")
_WRITTEN = re.compile(r"[\w.~%,+-]*", re.ASCII)


@dataclass(frozen=True)
class Selection:
    """Which rows of a table are looked at; without anything said, all.

    Parameters
    ----------
    table : str
        "deviations", "episodes" or "measurements".
    filters : mapping of str to tuple of str
        Dimension to the values of it that are kept.
    first, last : str
        The first and the last month, YYYY-MM, both inclusive; "" is no limit.
    text : str
        Words that the free text must hold, all of them.

    Raises
    ------
    UsageError
        If the table, a dimension or a month does not exist.
    """

    table: str = "deviations"
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        known = dims_of(self.table)
        for dim in self.filters:
            if dim not in known:
                remedy = f"Use one of: {', '.join([*known, FIRST, LAST, TEXT])}"
                raise UsageError(f"the table “{self.table}” has no part “{dim}” to choose by", remedy)
        for month in (self.first, self.last):
            if month and not _MONTH.fullmatch(month):
                raise UsageError(f"“{month}” is not a month", "Write it YYYY-MM, such as 2025-10")
        if self.first and self.last and self.first > self.last:
            what = f"the first month, {self.first}, is later than the last, {self.last}"
            raise UsageError(what, "Change one of them")
        kept = {d: tuple(dict.fromkeys(self.filters[d])) for d in known if self.filters.get(d)}
        object.__setattr__(self, "filters", kept)
        object.__setattr__(self, "text", _cleaned(self.text))

    @classmethod
    def of(cls, bookmark: str) -> Selection:
        """The selection that a bookmark names.

        Parameters
        ----------
        bookmark : str
            As `bookmark` gives it, such as ``deviations?unit=molndal&from=2025-10``.

        Returns
        -------
        Selection
            What it names.

        Raises
        ------
        UsageError
            If a part of it cannot be read; says which, and what is possible.
        """
        written = bookmark.strip()
        if len(written) > MOST_SIGNS:
            raise UsageError("the bookmark is too long to be one", "Copy it again")
        table, _, rest = written.partition("?")
        dims_of(table)
        parts = [_part(one) for one in rest.split("&") if one]
        twice = next((n for at, (n, _) in enumerate(parts) if n in [m for m, _ in parts[:at]]), None)
        if twice:
            raise UsageError(f"the bookmark has “{twice}” twice", "Write it once, with commas between")
        values = dict(parts)
        first, last, text = (_one(values.pop(name, ""), name) for name in (FIRST, LAST, TEXT))
        filters = {dim: tuple(_read(one) for one in ids.split(",") if one) for dim, ids in values.items()}
        return cls(table, filters, first, last, text)

    def bookmark(self) -> str:
        """The selection as a short text of letters, digits and a few signs that every address may hold."""
        parts = [f"{dim}={','.join(map(_write, ids))}" for dim, ids in self.filters.items()]
        ends = ((FIRST, self.first), (LAST, self.last), (TEXT, self.text))
        parts += [f"{name}={_write(value)}" for name, value in ends if value]
        return self.table + ("?" + "&".join(parts) if parts else "")

    def code(self) -> str:
        """The cell that gives the same rows in a notebook with an ``explorer``."""
        lines = ("from analysis.explore.selection import Selection", "")
        return "\n".join([*lines, f"explorer.frame(Selection.of({self.bookmark()!r}))"])


def _part(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name or not _WRITTEN.fullmatch(value):
        what = f"the bookmark's part “{text[:40]}” cannot be read"
        raise UsageError(what, "Write it name=value, as in deviations?unit=molndal&from=2025-10")
    return name, value


def _one(value: str, name: str) -> str:
    if "," in value:
        raise UsageError(f"the bookmark has several values of “{name}”", "Give one")
    return _read(value)


def _write(value: str) -> str:
    return quote(value, safe="")


def _read(value: str) -> str:
    try:
        return unquote_to_bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"the bookmark's “{value[:40]}” is not text", "Copy the bookmark again") from None


def _cleaned(text: str) -> str:
    """Valid text with composed letters, whatever was pasted."""
    valid = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", " ".join(valid.split()))
