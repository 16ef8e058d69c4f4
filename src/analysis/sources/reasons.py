"""What the reason words mean, and what to do about them, in English and in Swedish (``reasons.toml``)."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.tables import table as table_named
from analysis.tables.dictionary import limits_of, rules

if TYPE_CHECKING:
    from analysis.area import Area
    from analysis.sources.mapping import Source

FATES = {"quarantine": "kept_out", "said": "said"}
SETTINGS = {"unit": "units", "party": "parties", "category": "categories"}
MOST_WORDS = 25


@dataclass(frozen=True)
class Explanation:
    """What a reason means and what to do, each one sentence without a final stop."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}. {self.remedy}." if self.remedy else f"{self.what}."

    def in_a_cell(self) -> str:
        """As one sentence, for a cell of a file for correction."""
        return f"{self.what} – {self.remedy[0].lower()}{self.remedy[1:]}." if self.remedy else f"{self.what}."


@dataclass(frozen=True)
class Explainer:
    """What is known of a file when its reasons are explained: its table, and perhaps source and area."""

    table: str = ""
    source: Source | None = None
    area: Area | None = None

    @classmethod
    def of(cls, table: str, source: str, area: Area | None) -> Explainer:
        """Explain with a source that is known by its name; without its words when the area has it no more."""
        from analysis.sources.mapping import read_sources

        known = read_sources(area) if area else []
        return cls(table, next((s for s in known if s.name == source), None), area)

    def explain(
        self, reason: str, column: str = "", language: str = "en", *, is_kept_out: bool = True
    ) -> Explanation:
        """Explain the reason of a finding.

        Parameters
        ----------
        reason : str
            The word.
        column : str
            The file's own header, or "" for the whole row: then the table's rules may be meant.
        language : {"en", "sv"}
            Of the explanation.
        is_kept_out : bool
            Whether the row is kept out, or accepted.

        Returns
        -------
        Explanation
            With the words or limits that settings allow in the column; never a cell's value.
        """
        plain = explain(reason, "" if column else self.table, language, is_kept_out=is_kept_out)
        name = self._column(column)
        if not name:
            return plain
        one = table_named(self.table).model.to_schema().columns[name]
        if reason == "unknown_code":
            return self._code(name, one, language) or plain
        if reason == "date_out_of_range" and (one.metadata or {}).get("future"):
            return _more("future", language)
        if reason == "out_of_range" and (limits := limits_of(one)):
            return _more("limits", language, limits=limits)
        return plain

    def _column(self, header: str) -> str:
        """The table's column with this header; "" when it is not known."""
        if not header or self.source is None or self.source.format != "delimited":
            return ""
        from analysis.sources.header import folded

        kind, name, _ = self.source.known.get(folded(header), ("columns", header, set()))
        name = self.source.melt.get("value", "") if kind == "items" else name
        return name if name in table_named(self.table).model.to_schema().columns else ""

    def _code(self, name: str, column: Any, language: str) -> Explanation | None:
        role = (column.metadata or {}).get("role", "")
        words = self._words(name, role, is_boolean=str(column.dtype) == "boolean")
        if words:
            return _more("words", language, words=_listed(words))
        return None if role in ("code", *SETTINGS) else _more("text", language)

    def _words(self, name: str, role: str, *, is_boolean: bool) -> list[str]:
        """The usual spelling of each code that the column may have."""
        if role in SETTINGS:
            known = getattr(self.area, SETTINGS[role], ())
            return [each.spellings[0] for each in known if each.spellings]
        values = self.source.settings.get("values", {}).get(name, {}) if self.source else {}
        first: dict[Any, str] = {}
        for word, code in [*values.items(), *([("ja", True), ("nej", False)] if is_boolean else [])]:
            first.setdefault(code, word)
        return list(first.values())


def explain(reason: str, table: str = "", language: str = "en", *, is_kept_out: bool = True) -> Explanation:
    """Explain a reason word.

    Parameters
    ----------
    reason : str
        The word.
    table : str
        The table whose rule over several columns may be meant; "" when it is the reason of one cell.
    language : {"en", "sv"}
        Of the explanation.
    is_kept_out : bool
        Whether the row is kept out, or accepted.

    Returns
    -------
    Explanation
        In general words; a word without an entry stands for itself.
    """
    entry = texts()["reasons"].get(reason, {}).get(language, {"what": reason, "remedy": ""})
    fate = "kept_out" if is_kept_out else "said"
    rule = _english(table, fate).get(reason) if table else None
    if rule is None:
        return Explanation(**entry)
    ours = texts()["rules"].get(table, {}).get(fate, {}).get(reason, {})
    what = ours.get("sv", entry["what"]) if language == "sv" else rule
    if fate == "kept_out":
        what = _more("rule", language, rule=what).what
    else:
        what = f"{what[:1].lower()}{what[1:]}" if what[1:2].islower() else what
    return Explanation(what, ours.get("remedy", {}).get(language, entry["remedy"]))


def listed() -> str:
    """Every reason with its meaning and remedy, as a table in Markdown."""
    rows = [f"| `{word}` | {e.what} | {e.remedy} |" for word in texts()["reasons"] for e in [explain(word)]]
    return "\n".join(["| reason | means | what to do |", "|---|---|---|", *rows, ""])


@cache
def texts() -> dict[str, Any]:
    """``reasons.toml``."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def _english(table: str, fate: str) -> dict[str, str]:
    return {reason: text for reason, text, what in rules(table_named(table)) if FATES[what] == fate}


def _more(kind: str, language: str, **settings: str) -> Explanation:
    entry = texts()["more"][kind][language]
    return Explanation(entry["what"].format(**settings), entry["remedy"].format(**settings))


def _listed(words: Iterable[str]) -> str:
    words = list(words)
    return ", ".join(words[:MOST_WORDS]) + (" …" if len(words) > MOST_WORDS else "")


if __name__ == "__main__":
    sys.stdout.write(listed())
