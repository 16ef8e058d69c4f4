"""What every reader gives: an export as chunks of text cells, and what was found on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

#: A file with a larger share of bad rows is refused as a whole.
MOST_BAD = 0.5
FOUND = ["row", "line", "column", "reason"]


@dataclass(frozen=True)
class Chunk:
    """Some records as text, in the file's order.

    ``table`` has one column a header, of Arrow strings or of a dictionary of strings, without nulls;
    ``row`` numbers the data rows from 1, ``line`` is the physical line of the file (or sheet row).
    """

    table: pa.Table
    row: NDArray[np.int64]
    line: NDArray[np.int64]

    def only(self, wanted: NDArray[np.bool_]) -> Chunk:
        """The records that are wanted."""
        if wanted.all():
            return self
        return Chunk(self.table.filter(pa.array(wanted)), self.row[wanted], self.line[wanted])


class Findings:
    """Rows kept out, rows that were read in a way worth saying, and remarks on the whole file.

    Holds row, line, column (the file's own header) and reason; never a cell's value.
    """

    def __init__(self) -> None:
        self._rejects: list[pd.DataFrame] = []
        self._warnings: list[pd.DataFrame] = []

    def reject(self, reason: str, rows: ArrayLike, lines: ArrayLike, column: str = "") -> None:
        """Keep these rows out."""
        _add(self._rejects, reason, rows, lines, column)

    def warn(
        self, reason: str, rows: ArrayLike | None = None, lines: ArrayLike = (0,), column: str = ""
    ) -> None:
        """Say this of these rows, which are accepted; of the whole file when no rows are given."""
        _add(self._warnings, reason, [0] if rows is None else rows, lines, column)

    @property
    def rejects(self) -> pd.DataFrame:
        """One row a row and reason: ``row, line, column, reason``, in the file's order."""
        return _whole(self._rejects)

    @property
    def warnings(self) -> pd.DataFrame:
        """As `rejects`; row and line are 0 for a remark on the whole file."""
        return _whole(self._warnings)


@dataclass
class Export:
    """One export, opened: its header is known, its records come in chunks.

    ``read`` counts the records that were read so far, good and bad; it is final when the chunks are
    used up. ``ragged`` gives the cells of records that do not fit the header, by row, for the file
    that the sender can correct; ``footers`` those of footers with all their delimiters. ``fractions`` and
    ``errors`` give, by column counted from 0, the rows so far in which a workbook holds a number that is
    not whole, or an error or a formula without a value: what their texts alone do not say.
    """

    file: str
    header: list[str]
    header_line: int
    chunks: Iterator[Chunk]
    findings: Findings = field(default_factory=Findings)
    read: int = 0
    ragged: dict[int, Sequence[str]] = field(default_factory=dict)
    footers: dict[int, Sequence[str]] = field(default_factory=dict)
    fractions: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    errors: dict[int, NDArray[np.int64]] = field(default_factory=dict)


#: Says how well a header fits the sources asked for, 0 to 1; readers use it to find sheet and header row.
Fit = Callable[[Iterable[str]], float]


def _add(to: list[pd.DataFrame], reason: str, rows: ArrayLike, lines: ArrayLike, column: str) -> None:
    rows = np.asarray(rows, dtype=np.int64)
    if not rows.size:
        return
    places = {"row": rows, "line": np.asarray(lines, dtype=np.int64)}
    to.append(pd.DataFrame(places).assign(column=column, reason=reason))


def _whole(parts: list[pd.DataFrame]) -> pd.DataFrame:
    if not parts:
        return pd.DataFrame({"row": [], "line": [], "column": [], "reason": []}).astype(
            {"row": "int64", "line": "int64", "column": "str", "reason": "str"}
        )
    whole = pd.concat(parts, ignore_index=True).drop_duplicates()
    return whole.sort_values(FOUND, kind="stable", ignore_index=True)
