"""Free text of accepted rows, kept only where the area says so: its own file, which no measure reads.

It is for following a deviation to the single report inside the protected zone. Rows whose text holds an
identity number are in quarantine and never come here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.sources.cells import Chunk
from analysis.sources.staging import places_of
from analysis.sources.typed import Rows

FILE = "free_text.parquet"


class FreeText:
    """Writes the free-text columns of one file beside its rows.

    Parameters
    ----------
    folder : Path
        The delivery's.
    columns : dict of str to int
        Name of each free text to its position in the file; empty when none is kept.
    key : tuple of str
        The table's key.
    """

    def __init__(self, folder: Path, columns: dict[str, int], key: tuple[str, ...]) -> None:
        self.path, self.columns, self.key = folder / FILE, columns, key
        self._parts: list[Path] = []

    def write(self, chunk: Chunk, rows: Rows) -> None:
        """Keep the texts of accepted rows.

        Parameters
        ----------
        chunk : Chunk
            The text cells that the rows were read from.
        rows : Rows
            Those accepted.
        """
        if not self.columns or not len(rows.row):
            return
        accepted, first = np.unique(rows.row, return_index=True)
        at = pa.array(np.searchsorted(chunk.row, accepted))
        kept = {name: rows.table.column(name).take(pa.array(first)) for name in self.key}
        for name, place in self.columns.items():
            kept[name] = pc.utf8_trim_whitespace(chunk.table.column(place).cast(pa.string()).take(at))
        part = self.path.with_suffix(f".{len(self._parts)}")
        pq.write_table(pa.table(kept | {"row": pa.array(accepted)}), part)
        self._parts.append(part)

    def close(self) -> None:
        """Make one file of it, without the rows that the whole file has shown to be bad."""
        if not self._parts:
            return
        accepted = pa.array(places_of(self.path.parent)[:, 0])
        with pq.ParquetWriter(self.path, pq.read_schema(self._parts[0]).remove_metadata()) as writer:
            for part in self._parts:
                table = pq.read_table(part).replace_schema_metadata(None)
                writer.write_table(table.filter(pc.is_in(table.column("row"), value_set=accepted)))
                part.unlink()
