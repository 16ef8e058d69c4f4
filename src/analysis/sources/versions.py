"""Which of several rows with the same key is the newest, when the file has a column that says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources.cells import Chunk
from analysis.sources.times import times

FIRST_DAY = pd.Timestamp("1990-01-01")


class Versions:
    """When each row was last changed, as the mapping's ``version`` column tells.

    Parameters
    ----------
    at : list of int
        Position of that column; empty when the file has none, and nothing is noted.
    zone : str
        The area's time zone.
    last : Timestamp
        The day of the delivery.
    forms : tuple of str
        The date forms that the mapping states.
    """

    def __init__(self, at: list[int], *, zone: str, last: pd.Timestamp, forms: tuple[str, ...]) -> None:
        self.at, self.zone, self.last, self.forms = at, zone, last, forms
        self._parts: list[pd.DataFrame] = []

    def note(self, chunk: Chunk) -> None:
        """Note the rows of a chunk; one whose time cannot be read counts as the oldest."""
        if not self.at or not len(chunk.row):
            return
        texts = chunk.table.column(self.at[0]).cast(pa.string()).combine_chunks().dictionary_encode()
        index = texts.indices.to_numpy(zero_copy_only=False)
        unique = pc.utf8_trim_whitespace(texts.dictionary)
        read = times(unique, zone=self.zone, first=FIRST_DAY, last=self.last, forms=self.forms)
        when = read.values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        self._parts.append(pd.DataFrame({"row": chunk.row, "version": when[index].astype(np.int64)}))

    def frame(self) -> pd.DataFrame:
        """Row and version (microseconds, 0 when unknown) of every row noted."""
        return (
            pd.concat(self._parts) if self._parts else pd.DataFrame({"row": [], "version": []}, dtype="int64")
        )
