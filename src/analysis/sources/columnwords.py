"""What is said of a file's columns as such, and the two columns that we add to files for correction."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources.cells import Chunk, Export
from analysis.sources.mapping import OURS, Places

ROW, REASON = OURS
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_HARMLESS = "^'('*[" + "".join(f"\\x{{{ord(sign):x}}}" for sign in _FORMULA) + "])"


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; `as_sent` takes the apostrophe away again."""
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def own_columns(header: Sequence[str]) -> list[int]:
    """Where the columns stand that we have added to a file for correction."""
    return [at for at, name in enumerate(header) if name in OURS]


def as_sent(chunk: Chunk, header: Sequence[str]) -> Chunk:
    """The cells as their sender wrote them: in a corrected file of ours, without our apostrophes."""
    if not own_columns(header):
        return chunk
    plain = [
        pc.replace_substring_regex(column.cast(pa.string()), _HARMLESS, r"\1")
        for column in chunk.table.columns
    ]
    return Chunk(pa.table(plain, names=chunk.table.column_names), chunk.row, chunk.line)


def say_headers(export: Export, places: Places) -> None:
    """Say which headers are spelled otherwise and which are unknown.

    Parameters
    ----------
    export : Export
        The file; its findings get ``renamed_column`` and ``extra_column``.
    places : Places
        Where the source's columns stand.
    """
    for reason, columns in (("renamed_column", places.renamed), ("extra_column", places.extra)):
        for at in columns:
            export.findings.warn(reason, [0], [export.header_line], export.header[at])


class Nameless:
    """Watches the columns without a header: empty ones are said, filled ones are unknown columns.

    Parameters
    ----------
    export : Export
        The file.
    places : Places
        Which columns have no header.
    """

    def __init__(self, export: Export, places: Places) -> None:
        self.export, self.filled = export, dict.fromkeys(places.unnamed, False)

    def look(self, chunk: Chunk) -> Chunk:
        """Note which of them hold something; the chunk itself is given back."""
        for at, filled in self.filled.items():
            if not filled:
                texts = pc.utf8_trim_whitespace(chunk.table.column(at).cast(pa.string()))
                self.filled[at] = bool(pc.any(pc.not_equal(texts, "")).as_py())
        return chunk

    def say(self) -> None:
        """After the last chunk: say what they were."""
        for at, filled in self.filled.items():
            reason = "extra_column" if filled else "empty_column"
            self.export.findings.warn(reason, [0], [self.export.header_line], f"column {at + 1}")
