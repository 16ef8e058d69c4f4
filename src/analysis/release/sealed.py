"""What has passed the gate, in types that nothing else can make.

A `Shown` is a cell as it is read, with its number; a `ReleasedTable` is a table of them; a `Released` is a
fragment of a page. They carry no data but what they show, and name the rule they passed by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from math import isnan
from typing import Any, TypeVar

from analysis.errors import DisclosureStop
from analysis.release import ledger
from analysis.release.ledger import FACTS, MARK

SEAL = object()  # for the modules of this package alone


T = TypeVar("T", bound="Sealed")


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """What released values of any kind have: the rules they passed by, and a seal that only `sealed` sets."""

    rule: str
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        require_seal(seal)


def sealed(kind: type[T], rule: str, **fields: Any) -> T:
    """A released value of a kind; only the modules of this package call it."""
    return kind(rule=rule, seal=SEAL, **fields)


def require_seal(seal: object) -> None:
    """Stop whoever makes a released value without the gate."""
    if seal is not SEAL:
        what = "something else than the disclosure gate made a released value"
        raise DisclosureStop(what, "Use the functions of analysis.release")


class Shown(str):
    """A released number as it is read: the text, and the rounded number in `value` (None when hidden)."""

    value: float | None

    def __new__(cls, text: str, value: float | None) -> Shown:
        """A text with its number; not a number is None."""
        one = super().__new__(cls, text)
        one.value = None if value is None or isnan(value) else float(value)
        return one


@dataclass(frozen=True)
class ReleasedTable:
    """A table that may be published.

    Parameters
    ----------
    name : str
        Its id within the page: letters, digits and hyphens.
    caption : str
        What it shows.
    headings : tuple of str
        One a column, as readers see them.
    rows : tuple of tuple of str
        Words, and `Shown` for numbers.
    """

    name: str
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        """For the notebook's output: a number is ``[text, value]``, a word is itself."""
        rows = [[[str(c), c.value] if isinstance(c, Shown) else c for c in row] for row in self.rows]
        return {"name": self.name, "caption": self.caption, "headings": list(self.headings), "rows": rows}


@dataclass(frozen=True)
class Released:
    """A fragment of a page that has passed the gate.

    Displayed in a notebook it looks as it will on the page, and its digest is written in the run's ledger;
    the publisher lets nothing else through. Only `fragment` makes it.
    """

    html: str = field(repr=False)
    rule: str
    language: str
    tables: tuple[ReleasedTable, ...] = field(default=(), repr=False)
    facts: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        require_seal(seal)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        mark = {"rule": self.rule, "language": self.language, "tables": [t.as_dict() for t in self.tables]}
        bundle: dict[str, Any] = {"text/html": self.html, MARK: mark}
        if self.facts:
            bundle[FACTS] = [dict(row) for row in self.facts]
        ledger.enter(bundle)
        return bundle


def fragment(
    html: str,
    rule: str,
    language: str,
    tables: tuple[ReleasedTable, ...] = (),
    facts: tuple[Mapping[str, Any], ...] = (),
) -> Released:
    """A fragment made of released values and words.

    Parameters
    ----------
    html : str
        The fragment.
    rule : str
        The rules its figures passed by.
    language : str
        Of its words.
    tables : tuple of ReleasedTable
        Its tables, for those who take them along.
    facts : tuple of mapping
        Its answers in numbers, for the manifest.

    Returns
    -------
    Released
        Sealed.
    """
    return Released(html, rule, language, tables, facts, SEAL)
