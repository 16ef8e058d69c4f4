"""How an export becomes a table: copy, read, understand, check; one mapping a source system."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.sources.statement import Statement

if TYPE_CHECKING:
    import pandas as pd

    from analysis.sources.pseudonyms import Key


@dataclass(frozen=True)
class Delivery:
    """One file, read: its accepted rows wait in ``folder``, what was found is beside them."""

    file: str
    digest: str
    source: str
    table: str
    folder: Path
    read: int
    accepted: int
    rejects: pd.DataFrame
    warnings: pd.DataFrame
    statement: Statement = field(default_factory=Statement)
    key_id: str = ""

    @property
    def quarantined(self) -> list[int]:
        """Data rows (1-based) that were kept out."""
        return sorted(set(self.rejects["row"].tolist()))


@dataclass(frozen=True)
class Reading:
    """How a file is to be read: from which source system, and what its sender said of it."""

    source: str = ""
    statement: Statement = field(default_factory=Statement)
    key: Key | None = None
    today: pd.Timestamp | None = None
