"""How an export becomes a table: the reader (bytes to rows) and one mapping a source system."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.area import Area
from analysis.errors import InputMissing, InputRefused, Place

if TYPE_CHECKING:
    import pandas as pd

    from analysis.sources.reader import Reject

WORKBOOKS = (".xls", ".xlsx")


@dataclass(frozen=True)
class Delivery:
    """One file, read: what was accepted, what was kept out, and what it is."""

    file: str
    digest: str
    source: str
    table: str
    frame: pd.DataFrame
    rejects: list[Reject]
    read: int

    @property
    def quarantined(self) -> list[int]:
        """Data rows (1-based) that were kept out."""
        return sorted({r.row for r in self.rejects})


def read_delivery(path: Path, area: Area, source_name: str | None = None) -> Delivery:
    """Read one export of an area.

    Parameters
    ----------
    path : Path
        The file.
    area : Area
        Whose export it is.
    source_name : str, optional
        The source system; without it the headers decide.

    Returns
    -------
    Delivery
        Accepted rows and rejects; read = accepted + quarantined.

    Raises
    ------
    InputMissing, InputRefused, UsageError
        With file, line and column.
    """
    from analysis.sources.mapping import matching_source, named_source, read_sources
    from analysis.sources.reader import read_delimited
    from analysis.sources.typed import contract, to_table
    from analysis.tables import table as table_named

    sources = read_sources(area)
    chosen = named_source(sources, source_name) if source_name else None
    if not path.is_file():
        raise InputMissing("there is no such file", "Check the path", Place(str(path)))
    digest = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    is_workbook = path.suffix.lower() in WORKBOOKS
    if chosen is None and is_workbook:
        chosen = next((s for s in sources if s.format == "crosstab"), None)
    if chosen is not None and chosen.format == "crosstab":
        from analysis.sources.crosstab import read_crosstab

        frame, rejects, read = read_crosstab(path, chosen, area)
        kept, broken = contract(frame, table_named(chosen.table))
        if broken:
            what = f"{len(broken)} values do not keep the table's contract ({broken[0][2]})"
            raise InputRefused(what, "Ask the publisher for a corrected file", Place(path.name))
        return Delivery(path.name, digest, chosen.name, chosen.table, kept, rejects, read)
    raw = read_delimited(path, chosen.settings.get("delimiter", ";") if chosen else ";")
    chosen = chosen or matching_source([s for s in sources if s.format == "delimited"], raw.header, path.name)
    frame, rejects = to_table(raw, chosen, table_named(chosen.table), area)
    return Delivery(path.name, digest, chosen.name, chosen.table, frame, rejects, raw.read)
