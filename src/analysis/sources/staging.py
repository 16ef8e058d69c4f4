"""Where rows wait until the whole file is known: Parquet, and the place of each row in its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray

from analysis.errors import CannotWrite, Place
from analysis.sources.typed import Rows

ROWS, PLACES = "rows.parquet", "places.parquet"
BATCH = 100_000
_PLACES = pa.schema([("row", pa.int64()), ("line", pa.int64())])


class Staging:
    """Accepted rows on their way to the store.

    Parameters
    ----------
    folder : Path
        An existing folder of the delivery's own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.rows_n = folder, 0
        self._rows: pq.ParquetWriter | None = None
        self._places: pq.ParquetWriter | None = None

    @property
    def rows(self) -> Path:
        """The accepted rows."""
        return self.folder / ROWS

    @property
    def places(self) -> Path:
        """The data row and line of each, in the same order."""
        return self.folder / PLACES

    def write(self, rows: Rows) -> None:
        """Add accepted rows."""
        try:
            self._write(rows)
        except OSError as error:
            what = f"the rows cannot be written ({error.strerror})"
            raise CannotWrite(what, "Free some space or mend the rights", Place(str(self.folder))) from None

    def close(self) -> None:
        """End the files."""
        for writer in (self._rows, self._places):
            if writer is not None:
                writer.close()
        self._rows = self._places = None

    def drop(self, rows: ArrayLike) -> None:
        """Take rows out again, after `close`, as the whole file has shown them to be bad.

        Parameters
        ----------
        rows : array of int
            Data rows.
        """
        out = np.unique(np.asarray(rows, dtype=np.int64))
        if not out.size:
            return
        old = [path.rename(path.with_suffix(".before")) for path in (self.rows, self.places)]
        self.rows_n = 0
        with pq.ParquetFile(old[0]) as all_rows, pq.ParquetFile(old[1]) as all_places:
            pairs = zip(all_rows.iter_batches(BATCH), all_places.iter_batches(BATCH), strict=True)
            for some, places in pairs:
                row, line = (places.column(n).to_numpy() for n in range(2))
                kept = ~np.isin(row, out)
                self.write(Rows(pa.table(some).filter(pa.array(kept)), row[kept], line[kept]))
        self.close()
        for path in old:
            path.unlink()

    def _write(self, rows: Rows) -> None:
        if self._rows is None or self._places is None:
            unique = _mostly_unique(rows.table)
            few = [n for n in rows.table.column_names if n not in unique]
            cheap = {"compression": "snappy", "write_statistics": False, "store_schema": False}
            self._rows = pq.ParquetWriter(self.rows, rows.table.schema, use_dictionary=few, **cheap)
            steps = {"use_dictionary": False, "column_encoding": "DELTA_BINARY_PACKED"}
            self._places = pq.ParquetWriter(self.places, _PLACES, **steps)
        self._rows.write_table(rows.table)
        self._places.write_table(pa.table({"row": rows.row, "line": rows.line}, schema=_PLACES))
        self.rows_n += rows.table.num_rows


def _mostly_unique(table: pa.Table) -> list[str]:
    """Columns for which a dictionary is in vain."""
    head = table.slice(0, 2000)
    return [n for n in table.column_names if len(head.column(n).unique()) > 0.5 * head.num_rows]


def places_of(folder: Path) -> NDArray[np.int64]:
    """Data row and line of each accepted row of a delivery, as two columns."""
    table = pq.read_table(folder / PLACES)
    return np.column_stack([table.column(name).to_numpy() for name in ("row", "line")])
