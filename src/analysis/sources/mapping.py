"""One mapping a source system: which header is which column, which word is which code."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from analysis.area import Area
from analysis.errors import InputRefused, Place, SettingsError, UsageError
from analysis.sources.header import folded, tidy

LEAST_FIT = 0.5
#: Columns that we add in front of rows for the sender to correct; they are no part of an export.
OURS = ("(rad)", "(skäl)")
_KEYS = {
    "table": str, "format": str, "delimiter": str, "columns": dict, "dropped": dict, "values": dict,
    "constants": dict, "items": dict, "melt": dict, "dates": dict, "scale": dict, "missing": list,
    "version": list,
}  # fmt: skip


@dataclass(frozen=True)
class Places:
    """Where in a file's header the columns of a source stand (positions from 0)."""

    columns: dict[str, int]
    items: dict[str, int]
    dropped: list[int]
    extra: list[int]
    unnamed: list[int]
    renamed: list[int]
    version: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """How a source system's export becomes one of our tables."""

    name: str
    table: str
    format: str
    settings: Mapping[str, Any] = field(repr=False)

    @property
    def delimiter(self) -> str:
        """What separates the fields of its exports."""
        return self.settings.get("delimiter", ";")

    @property
    def columns(self) -> dict[str, list[str]]:
        """Our column to the headers it may have."""
        return self.settings.get("columns", {})

    @property
    def items(self) -> dict[str, str]:
        """Header to survey item, for exports with one column an item."""
        return self.settings.get("items", {})

    @property
    def melt(self) -> dict[str, str]:
        """Which of our columns get an item's name and its cell, for exports with one column an item."""
        return self.settings.get("melt", {})

    @property
    def constants(self) -> dict[str, Any]:
        """Our column to the value that every row has."""
        return self.settings.get("constants", {})

    @cached_property
    def known(self) -> dict[str, tuple[str, str, set[str]]]:
        """Folded header to its kind (columns, items, dropped, version), what it is, its usual spellings."""
        named = [("columns", c, h) for c, headers in self.columns.items() for h in headers]
        named += [("items", item, h) for h, item in self.items.items()]
        named += [
            ("dropped", c, h) for c, headers in self.settings.get("dropped", {}).items() for h in headers
        ]
        named += [("version", "version", h) for h in self.settings.get("version", [])]
        found: dict[str, tuple[str, str, set[str]]] = {}
        for kind, what, header in named:
            found.setdefault(folded(header), (kind, what, set()))[2].add(tidy(header))
        return found

    def places(self, header: Sequence[str], where: Place) -> Places:
        """Where the columns stand in a header.

        Parameters
        ----------
        header : sequence of str
            The file's header.
        where : Place
            File and line, for the message.

        Returns
        -------
        Places
            Positions; synonyms and spelling variants are found, unknown headers are extra.

        Raises
        ------
        InputRefused
            If two headers mean the same column.
        """
        places = Places({}, {}, [], [], [], [])
        for at, cell in enumerate(header):
            if cell in OURS:
                continue
            kind, what, usual = self.known.get(folded(cell), ("extra" if cell else "unnamed", "", {cell}))
            if kind in ("columns", "items"):
                to: dict[str, int] = getattr(places, kind)
                if what in to:
                    said = f"columns {to[what] + 1} and {at + 1} both mean “{what}”"
                    raise InputRefused(said, "Keep one of them", where, reason="repeated_column")
                to[what] = at
            else:
                getattr(places, kind).append(at)
            if cell not in usual:
                places.renamed.append(at)
        return places

    def share_known(self, header: Iterable[str]) -> float:
        """The share of the headers that this source knows."""
        named = [folded(h) for h in header if h.strip() and h not in OURS]
        return sum(h in self.known for h in named) / len(named) if named else 0.0

    def share_needed(self, header: Iterable[str]) -> float:
        """The share of the columns it needs that the header has."""
        names = {folded(h) for h in header}
        there = {what for name, (kind, what, _) in self.known.items() if kind == "columns" and name in names}
        needed = [c for c in needed_columns(self.table) if c not in self.constants and c in self.columns]
        return sum(c in there for c in needed) / len(needed) if needed else 0.0


@cache
def needed_columns(table: str) -> tuple[str, ...]:
    """The columns without which a row of this table is nothing."""
    from analysis.tables import table as table_named

    columns = table_named(table).model.to_schema().columns
    return tuple(name for name, column in columns.items() if not column.nullable)


def read_sources(area: Area) -> list[Source]:
    """The source systems of an area, by name.

    Parameters
    ----------
    area : Area
        The area.

    Returns
    -------
    list of Source
        One for each ``sources/*.toml``.

    Raises
    ------
    SettingsError
        If a mapping cannot be read.
    """
    return [read_source(path) for path in sorted((area.folder / "sources").glob("*.toml"))]


def read_source(path: Path) -> Source:
    """One mapping.

    Parameters
    ----------
    path : Path
        A TOML file.

    Returns
    -------
    Source
        The mapping, named for the file.

    Raises
    ------
    SettingsError
        If it is no TOML, says nothing of table or format, or names a table that is not.
    """
    try:
        return _source(path, path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the mapping cannot be read ({error})", "Mend it", Place(str(path))) from None


@lru_cache(maxsize=256)
def _source(path: Path, text: str) -> Source:
    """Read once: a folder of many files asks for the same mappings again and again."""
    from analysis.tables import NAMES

    where, settings = Place(str(path)), tomllib.loads(text)
    if missing := {"table", "format"} - set(settings):
        raise SettingsError(f"the mapping does not state {sorted(missing)}", "Add it", where)
    if settings["table"] not in NAMES:
        raise SettingsError(
            f"there is no table “{settings['table']}”", f"Use one of {', '.join(NAMES)}", where
        )
    if settings["format"] == "delimited":
        for key, value in settings.items():
            if key not in _KEYS or not isinstance(value, _KEYS[key]):
                remedy = f"The keys are {', '.join(_KEYS)}"
                raise SettingsError(f"“{key}” is not known here, or of another type", remedy, where)
    return Source(path.stem, settings["table"], settings["format"], settings)


def named_source(sources: list[Source], name: str) -> Source:
    """The source system with this name, or a `UsageError`."""
    for source in sources:
        if source.name == name:
            return source
    known = ", ".join(s.name for s in sources)
    raise UsageError(f"the area has no source “{name}”", f"Use one of: {known}")


def matching_source(sources: list[Source], header: list[str], where: Place) -> Source:
    """The source system whose headers fit best; refuses when none fits at all.

    Parameters
    ----------
    sources : list of Source
        Those of the area.
    header : list of str
        The file's header.
    where : Place
        File and line of the header, for the message.

    Returns
    -------
    Source
        The one with the most needed columns in the header (at least half), then the most known ones.

    Raises
    ------
    InputRefused
        If no source has half of the columns it needs there.
    """
    fits = [(s.share_needed(header), s.share_known(header), s) for s in sources if s.share_known(header)]
    best = max(fits, key=lambda f: f[:2], default=None)
    if best is None or best[0] < LEAST_FIT:
        what = "the headers fit none of the area's source systems"
        remedy = "Make a mapping with `analysis map`, or deliver an export of a known system"
        raise InputRefused(what, remedy, where, reason="missing_column")
    return best[2]
