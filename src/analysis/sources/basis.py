"""What the reading of a file depends on beside its bytes, as one digest: if it changes, read it again."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import import_module
from pathlib import Path

from analysis.area import Area
from analysis.sources.mapping import read_sources


class Basis:
    """The settings of an area by which its files are read.

    Parameters
    ----------
    area : Area
        The area, with its mappings.
    """

    def __init__(self, area: Area) -> None:
        self._sources = {
            s.name: json.dumps([s.table, s.format, _plain(s.settings)]) for s in read_sources(area)
        }
        units = [[u.id, _plain(u.name), list(u.spellings)] for u in area.units]
        parties = [repr(p) for p in area.parties]
        categories = [repr(c) for c in area.categories]
        self._area = json.dumps([units, parties, categories, area.time_zone, area.keeps_free_text])

    def knows(self, source: str) -> bool:
        """Whether the area has a mapping of this name."""
        return source in self._sources

    def digest(self, source: str, table: str, key_id: str, extracted: str) -> str:
        """One digest of the mapping, the area's words, the table's contract, the key and the day.

        Parameters
        ----------
        source, table : str
            Names of the mapping and of the table.
        key_id : str
            Of the key for pseudonyms, "" without one.
        extracted : str
            The day of extraction (YYYY-MM-DD), "" when it is not stated.

        Returns
        -------
        str
            The digest.
        """
        parts = [self._sources.get(source, ""), self._area, _contract(table), key_id, extracted]
        return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def _plain(settings: object) -> object:
    return json.loads(json.dumps(settings, sort_keys=True, default=_listed))


def _listed(value: object) -> object:
    return dict(value) if hasattr(value, "keys") else str(value)  # type: ignore[call-overload]


@cache
def _contract(table: str) -> str:
    modules = (f"analysis.tables.{table}", "analysis.tables.columns")
    texts = [Path(str(import_module(name).__file__)).read_bytes() for name in modules]
    return hashlib.blake2b(b"\0".join(texts), digest_size=16).hexdigest()
