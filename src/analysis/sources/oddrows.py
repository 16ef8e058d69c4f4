"""Records that are no data: the header again, totals, footers. For every kind of file."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.errors import InputRefused, Place
from analysis.sources.cells import Chunk, Export
from analysis.sources.header import folded

TOTALS = r"^(?i:\s*(summa|totalt?|total|sum)\b)"
#: How a record begins that ends a file, and is not data.
END_WORDS = "antal|summa|totalt?|total|rader|rows|slut|källa|uttag|utskriven den"
SAID_AT_END = re.compile(rf"\W*({END_WORDS})\b", re.I)
ENDS = rf"(?i)^[\s\pP]*(?:sum|{END_WORDS})\b|^\s*\d{{1,9}} (?:rader|poster|rows)\b"
COUNTS = r"(?i)(?:antal )?(?:rader|poster|rows|records)\b"
NUMBER = r"^\s*-?[\d\s\x{A0}\x{202F}.,]*%?\s*$"
MOST_FILLED = 0.5
#: A footer that counts the rows: “Antal rader: 12”, “12 rader”.
COUNTED = re.compile(
    r"(?:antal (?:rader|poster)|rows?|rader|records)\D{0,3}(\d{1,9})\b|^(\d{1,9}) (?:rader|poster|rows)\b",
    re.I,
)


def without_repeated_headers(chunk: Chunk, export: Export) -> Chunk:
    """The records without those that are the header again (files pasted together), which are said.

    Parameters
    ----------
    chunk : Chunk
        Records as they stand in the file.
    export : Export
        Their file; its findings and count are renewed.

    Returns
    -------
    Chunk
        The others.
    """
    repeated = _repeats_header(chunk.table, export.header)
    export.findings.warn("repeated_header", chunk.row[repeated], chunk.line[repeated])
    export.read -= int(repeated.sum())
    return chunk.only(~repeated)


def without_totals(chunk: Chunk, export: Export) -> Chunk:
    """The records without sums of columns and footers, which are rejected.

    Only records that are mostly empty: in a free text, any word may be the first.

    Parameters
    ----------
    chunk : Chunk
        Records.
    export : Export
        Their file; its findings are renewed.

    Returns
    -------
    Chunk
        The others.
    """
    total, footer = _ends(chunk.table, export.header)
    export.findings.reject("total_row", chunk.row[total], chunk.line[total])
    export.findings.reject("footer", chunk.row[footer], chunk.line[footer])
    for n in np.flatnonzero(footer).tolist():
        export.footers[int(chunk.row[n])] = [str(column[n]) for column in chunk.table.columns]
    return chunk.only(~(total | footer))


def check_stated_count(export: Export, data_rows: int) -> None:
    """Refuse a file whose footer states another number of rows than it has.

    Parameters
    ----------
    export : Export
        A file whose chunks are used up.
    data_rows : int
        Its records, footers and totals not counted.

    Raises
    ------
    InputRefused
        If the numbers differ: the file is not whole.
    """
    footers, cells = export.findings.rejects.query("reason == 'footer'"), {**export.ragged, **export.footers}
    for row, line in zip(footers.row, footers.line, strict=True):
        found = COUNTED.search(" ".join(cells.get(row, ())))
        stated = int(found[1] or found[2]) if found else None
        if stated is not None and stated != data_rows:
            what = f"the file says that it has {stated} rows, but {data_rows} were read"
            where = Place(export.file, int(line))
            raise InputRefused(what, "Ask the sender for it again", where, reason="truncated")


def _plain(column: pa.ChunkedArray) -> pa.Array:
    return column.cast(pa.string()).combine_chunks()


def _ends(table: pa.Table, header: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which records are totals, nearly empty but for numbers, and which are footers of a cell or two."""
    named = next((at for at, name in enumerate(header) if name), 0)
    first = _plain(table.column(named))
    total, footer = np.zeros(len(first), dtype=bool), np.zeros(len(first), dtype=bool)
    maybe = pc.match_substring_regex(first, ENDS).to_numpy(zero_copy_only=False)
    if not maybe.any():
        return total, footer
    others = [_plain(c.filter(pa.array(maybe))) for at, c in enumerate(table.columns) if at != named]
    filled, letters = np.zeros(maybe.sum(), dtype=np.int64), np.zeros(maybe.sum(), dtype=bool)
    for cells in others:
        filled += pc.match_substring_regex(cells, r"\S").to_numpy(zero_copy_only=False)
        letters |= ~pc.match_substring_regex(cells, NUMBER).to_numpy(zero_copy_only=False)
    is_total = pc.match_substring_regex(first.filter(pa.array(maybe)), TOTALS).to_numpy(zero_copy_only=False)
    is_total &= ~letters & (filled <= MOST_FILLED * len(others))
    is_count = pc.match_substring_regex(first.filter(pa.array(maybe)), COUNTS).to_numpy(zero_copy_only=False)
    total[maybe] = is_total & ~is_count
    footer[maybe] = (filled <= 1) & ~total[maybe]
    return total, footer


def _repeats_header(table: pa.Table, header: Sequence[str]) -> NDArray[np.bool_]:
    """Rows whose every cell is the header's; the beginnings rule nearly all out."""
    names = [folded(name) for name in header]
    same = np.ones(table.num_rows, dtype=bool)
    for column, name in zip(table.columns, names, strict=True):
        if not same.any():
            break
        left = pc.utf8_lower(pc.utf8_trim_whitespace(_plain(column.filter(pa.array(same)))))
        same[same] = pc.starts_with(left, name[:3]).to_numpy(zero_copy_only=False)
    for n in np.flatnonzero(same):
        same[n] = all(
            folded(str(column[n])) == name for column, name in zip(table.columns, names, strict=True)
        )
    return same
