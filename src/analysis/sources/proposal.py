"""A proposed mapping: what stands for what and why, as TOML to edit, as lines, as a dictionary."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.errors import CannotWrite, Place, SettingsError

UNKNOWN = "# unknown headers: decide, or leave them out"


@dataclass(frozen=True)
class Guess:
    """What a header seems to be.

    ``fate`` is ``column``, ``item`` (a survey's question, one column each), ``dropped`` (free text and
    people) or ``unknown``; ``column`` is empty for the last two. ``kind`` says what the cells are.
    """

    header: str
    column: str
    score: float
    why: str
    kind: str
    fate: str


@dataclass(frozen=True)
class Words:
    """Spellings in the cells of a coded column: understood, shown to be filled in, and not shown.

    ``known`` maps spelling to code; ``asked`` are frequent short words without a code; ``hidden_n``
    counts the spellings that may be anything and are not shown.
    """

    known: Mapping[str, Any] = field(default_factory=dict)
    asked: Sequence[str] = ()
    hidden_n: int = 0
    #: False for municipalities, parties and categories: their spellings belong to the area's settings.
    is_own: bool = True


@dataclass(frozen=True)
class Proposal:
    """A mapping for one file, to be checked by a person before it is used."""

    file: str
    table: str
    columns: list[Guess]
    missing: list[str]
    constants: Mapping[str, Any] = field(default_factory=dict)
    melt: Mapping[str, str] = field(default_factory=dict)
    no_answer: Sequence[str] = ()
    forms: Sequence[str] = ()
    notes: Sequence[str] = ()
    words: Mapping[str, Words] = field(default_factory=dict)
    fits: str = ""

    def of_fate(self, fate: str) -> list[Guess]:
        """The headers that are columns, items, dropped or unknown."""
        return [g for g in self.columns if g.fate == fate]

    def toml(self) -> str:
        """The mapping as text, with what is open as comments."""
        return "\n".join(self._toml()) + "\n"

    def lines(self) -> list[str]:
        """What was found, for people; headers and reasons, no cell."""
        done = len(self.of_fate("column")) + len(self.of_fate("item"))
        said = [f"{self.file}: {self.table}, {done} of {len(self.columns)} headers understood"]
        if self.fits:
            said.append(f"fits the source {self.fits}; no new mapping is needed")
        for guess in self.columns:
            goal = guess.column or guess.fate
            said.append(f"  {guess.header} → {goal} ({guess.score:.2f}, {guess.kind}: {guess.why})")
        said += [f"  missing: {column} (needed)" for column in self.missing]
        return said + [f"  {note}" for note in self.notes]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "file": self.file,
            "table": self.table,
            "fits": self.fits,
            "columns": [vars(guess) for guess in self.columns],
            "missing": self.missing,
            "notes": list(self.notes),
            "toml": self.toml(),
        }

    def write(self, path: Path) -> None:
        """Write the mapping to a new file.

        Parameters
        ----------
        path : Path
            Must not exist.

        Raises
        ------
        SettingsError
            If it exists.
        CannotWrite
            If it cannot be written.
        """
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_text(self.toml(), encoding="utf-8")
            os.link(beside, path)
        except FileExistsError:
            raise SettingsError(
                "the mapping exists", "Name another file, or remove it", Place(str(path))
            ) from None
        except OSError as error:
            what = f"the mapping cannot be written ({error.strerror})"
            raise CannotWrite(what, "Name another place", Place(str(path))) from None
        finally:
            beside.unlink(missing_ok=True)

    def _toml(self) -> Iterator[str]:
        yield f"# Proposed for {_comment(self.file)}. Check every line; what is open is a comment."
        if self.fits:
            yield f"# The headers fit the source {self.fits}; no new mapping is needed."
        yield from (f"# {note}" for note in self.notes)
        yield f'table = {_text(self.table)}\nformat = "delimited"\ndelimiter = ";"'
        if self.melt:
            yield f"missing = {_text(list(self.no_answer))}"
            yield f'melt = {{ item = "{self.melt["item"]}", value = "{self.melt["value"]}" }}'
        if self.constants or self.missing:
            yield "[constants]"
            yield from (
                f"{name} = {_text(value)}  # not in the file: check" for name, value in self.constants.items()
            )
            yield from (f"# {name} = …  # needed, and not found in the file" for name in self.missing)
        yield "[columns]"
        yield from (f"{g.column} = [{_text(g.header)}]  # {g.why}" for g in self.of_fate("column"))
        if items := self.of_fate("item"):
            yield "[items]"
            yield from (f"{_text(g.header)} = {_text(g.column)}" for g in items)
        if dropped := self.of_fate("dropped"):
            yield f"[dropped]\ntext = {_text([g.header for g in dropped])}"
        if unknown := self.of_fate("unknown"):
            yield UNKNOWN
            yield from (f"# {_text(g.header)}  ({g.kind}: {g.why})" for g in unknown)
        if self.forms:
            yield f"[dates]\nforms = {_text(list(self.forms))}"
        for column, words in self.words.items():
            yield from self._words(column, words)

    def _words(self, column: str, words: Words) -> Iterator[str]:
        if words.known:
            yield f"[values.{column}]"
            yield from (f"{_text(word)} = {_text(code)}" for word, code in words.known.items())
        if words.asked:
            where = f"[values.{column}]" if words.is_own else "area.toml or units.csv"
            yield f"# {column}: unknown spellings; add to {where}"
            yield from (f"# {_text(word)} = …" for word in words.asked)
        if words.hidden_n:
            yield f"# {column}: {words.hidden_n} further spellings are unknown, and not shown"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _comment(text: str) -> str:
    return " ".join(text.split())
