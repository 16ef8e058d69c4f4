"""What was found in a delivery, as files: the reasons, and the rows kept out for the sender to correct."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import starmap
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.sources.cells import Chunk, Export
from analysis.sources.columnwords import REASON, ROW, as_sent, harmless, own_columns
from analysis.sources.reasons import Explainer

QUARANTINE, WARNINGS, CORRECT = "quarantine.csv", "warnings.csv", "correct.csv"
IN_MEMORY = 100_000

Cells = tuple[int, Sequence[str]]


def write_findings(folder: Path, rejects: pd.DataFrame, warnings: pd.DataFrame) -> None:
    """Write ``quarantine.csv`` and ``warnings.csv``: row, line, column and reason, never a value.

    Parameters
    ----------
    folder : Path
        The delivery's.
    rejects, warnings : DataFrame
        As `Findings` gives them.
    """
    for name, found in ((QUARANTINE, rejects), (WARNINGS, warnings)):
        found.to_csv(folder / name, index=False, lineterminator="\n", encoding="utf-8")


class KeptOut:
    """The cells of rows that are kept out, remembered while the file is read."""

    def __init__(self) -> None:
        self._rows: set[int] = set()
        self._cells: list[Cells] = []

    def remember(self, chunk: Chunk, accepted: np.ndarray) -> None:
        """Remember the rows of a chunk that are not among the accepted ones, up to ``IN_MEMORY``.

        Parameters
        ----------
        chunk : Chunk
            As the sender wrote it.
        accepted : array of int
            Data rows.
        """
        if len(self._cells) > IN_MEMORY:
            return
        out = ~np.isin(chunk.row, accepted)
        if out.any():
            self._cells += _cells(chunk, chunk.row[out])
            self._rows |= set(chunk.row[out].tolist())

    def cells(self, rows: Sequence[int], export: Export, again: Callable[[], Export]) -> Iterator[Cells]:
        """Row and cells of the wanted rows, in the file's order; read once more if they are not all here.

        Parameters
        ----------
        rows : sequence of int
            Data rows.
        export : Export
            The file, with the cells of its ragged records.
        again : callable
            Opens it once more.

        Yields
        ------
        row : int
            The data row.
        cells : sequence of str
            What it holds.
        """
        wanted = set(rows)
        if wanted <= self._rows | set(export.ragged):
            here = [*self._cells, *export.ragged.items()]
            yield from sorted((row, cells) for row, cells in here if row in wanted)
            return
        second, number = again(), np.fromiter(wanted, dtype=np.int64)
        for chunk in second.chunks:
            ragged = [(row, cells) for row, cells in second.ragged.items() if row in wanted]
            yield from sorted([*_cells(as_sent(chunk, second.header), number), *ragged])
            second.ragged.clear()


def write_corrections(
    folder: Path,
    header: Sequence[str],
    rejects: pd.DataFrame,
    kept_out: Iterator[Cells],
    explainer: Explainer | None = None,
) -> None:
    """Write ``correct.csv``: the rows that were kept out, as they came, for the sender to correct.

    Parameters
    ----------
    folder : Path
        The delivery's.
    header : sequence of str
        The file's.
    rejects : DataFrame
        Rows that were kept out, with reasons.
    kept_out : iterator
        Row and cells of each.
    explainer : Explainer, optional
        What is known of the file, to explain the reasons by.
    """
    reasons, ours = _said(rejects, explainer or Explainer()), own_columns(header)
    with (folder / CORRECT).open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle, delimiter=";", lineterminator="\r\n")
        writer.writerow([ROW, REASON, *map(harmless, _without(ours, header))])
        for row, cells in kept_out:
            writer.writerow([row, *map(harmless, [reasons[row], *_without(ours, cells)])])


def _without(places: Sequence[int], cells: Sequence[str]) -> list[str]:
    return [cell for at, cell in enumerate(cells) if at not in places]


def _said(rejects: pd.DataFrame, explainer: Explainer) -> pd.Series:
    """Of each row, in Swedish: the columns, what is wrong with them and what to do."""
    pairs = rejects[["column", "reason"]].drop_duplicates().itertuples(index=False)
    told = {(column, why): explainer.explain(why, column, "sv").in_a_cell() for column, why in pairs}
    by_row: dict[int, dict[str, list[str]]] = {}
    for row, column, why in zip(rejects["row"], rejects["column"], rejects["reason"], strict=True):
        by_row.setdefault(row, {}).setdefault(told[column, why], []).append(column)
    return pd.Series({row: " ".join(starmap(_told, found.items())) for row, found in by_row.items()})


def _told(said: str, columns: Sequence[str]) -> str:
    named = ", ".join(dict.fromkeys(column for column in columns if column))
    return f"{named}: {said}" if named else f"{said[0].upper()}{said[1:]}"


def _cells(chunk: Chunk, rows: np.ndarray) -> Iterator[Cells]:
    at = np.flatnonzero(np.isin(chunk.row, rows))
    columns = [column.take(pa.array(at)).to_pylist() for column in chunk.table.columns]
    yield from zip(chunk.row[at].tolist(), map(list, zip(*columns, strict=True)), strict=True)
