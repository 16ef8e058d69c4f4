"""One mapping a source system: which header is which column, which word is which code."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.area import Area
from analysis.errors import InputRefused, Place, SettingsError, UsageError


@dataclass(frozen=True)
class Source:
    """How a source system's export becomes one of our tables."""

    name: str
    table: str
    format: str
    settings: Mapping[str, Any]

    @property
    def columns(self) -> dict[str, list[str]]:
        """Our column to the headers it may have."""
        return self.settings.get("columns", {})

    @property
    def dropped(self) -> list[str]:
        """Headers that are known and deliberately not read (free text)."""
        return [h for headers in self.settings.get("dropped", {}).values() for h in headers]

    def found(self, header: Iterable[str]) -> dict[str, str]:
        """Our column to the header that this file uses."""
        by_header = {h: column for column, headers in self.columns.items() for h in headers}
        return {by_header[h]: h for h in header if h in by_header}


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
    return [_read(path) for path in sorted((area.folder / "sources").glob("*.toml"))]


def _read(path: Path) -> Source:
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
        return Source(path.stem, settings["table"], settings["format"], settings)
    except (tomllib.TOMLDecodeError, KeyError, UnicodeDecodeError) as error:
        raise SettingsError(f"the mapping cannot be read ({error})", "Mend it", Place(str(path))) from None


def named_source(sources: list[Source], name: str) -> Source:
    """The source system with this name, or a `UsageError`."""
    for source in sources:
        if source.name == name:
            return source
    known = ", ".join(s.name for s in sources)
    raise UsageError(f"the area has no source “{name}”", f"Use one of: {known}")


def matching_source(sources: list[Source], header: list[str], file: str) -> Source:
    """The source system whose headers fit best; refuses when none fits at all.

    Parameters
    ----------
    sources : list of Source
        Those of the area.
    header : list of str
        The file's header.
    file : str
        Its name, for the message.

    Returns
    -------
    Source
        The one with the largest share of its columns in the header, at least half.

    Raises
    ------
    InputRefused
        If no source has half of its columns there.
    """
    shares = {s.name: len(s.found(header)) / len(s.columns) for s in sources if s.columns}
    best = max(shares, key=lambda name: shares[name], default="")
    if not best or shares[best] < 0.5:
        what = "the headers fit none of the area's source systems"
        raise InputRefused(what, f"Deliver one of {', '.join(sorted(shares)) or 'them'}", Place(file, 1))
    return named_source(sources, best)
