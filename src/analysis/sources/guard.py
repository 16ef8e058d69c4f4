"""Identity numbers in a file: as ids they refuse it, in a free text they keep the row out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from analysis.errors import InputRefused, Place
from analysis.sources.cells import Chunk, Export
from analysis.sources.codes import destroyed
from analysis.sources.idcolumns import IdColumns
from analysis.sources.identifiers import bare_hits, contact_hits, holds_identity, identity_hits
from analysis.sources.mapping import Places
from analysis.sources.pseudonyms import Key, not_canonical, pseudonymise

PERSON_REMEDY = "Ask the sender for other ids, or load it with --pseudonymise"
ID_REMEDY = "Ask the sender for ids that hold no dates of birth and no identity numbers"
KEYED_REMEDY = "Ask the sender to write each identity number alone, as YYYYMMDD-NNNN, in one column"


class Guard:
    """Looks at every text cell of one file before it is understood.

    Parameters
    ----------
    export : Export
        The file; its findings get ``identifier`` (row kept out) and ``identifier_text`` (a warning).
    places : Places
        Which columns are known, dropped as free text, or unknown.
    roles : dict of int to str
        Role of each known column, by its place in the header.
    key : Key, optional
        Makes pseudonyms of the persons; without it ids that are identity numbers refuse the file.
    day : date
        The delivery's: nobody in it is born later.
    """

    def __init__(
        self, export: Export, places: Places, roles: dict[int, str], key: Key | None, *, day: date
    ) -> None:
        self.export, self.key, self.day = export, key, day
        self.persons = [at for at, role in roles.items() if role == "person"]
        self.ids = [at for at, role in roles.items() if role in ("id", "person")]
        self.unknown = [*places.extra, *places.unnamed]
        self.free = [*places.dropped, *self.unknown]
        self.texts = [*self.free, *(at for at, role in roles.items() if role in ("name", "opaque", "text"))]
        self.coded = [at for at, role in roles.items() if role in ("unit", "party", "category", "code")]
        self.plain = [at for at, role in roles.items() if not role]
        self._ids = IdColumns([str(at) for at in self.ids], day=day)

    def look(self, chunk: Chunk) -> Chunk:
        """A chunk without the rows that identify someone; persons by pseudonym if there is a key.

        Parameters
        ----------
        chunk : Chunk
            Text cells.

        Returns
        -------
        Chunk
            What may be read.

        Raises
        ------
        InputRefused
            If a spreadsheet has turned ids into numbers with an exponent: many are then one.
        """
        table = chunk.table.rename_columns([str(at) for at in range(chunk.table.num_columns)])
        self._refuse_destroyed(table, chunk)
        out = np.zeros(table.num_rows, dtype=bool)
        for at, mask in self._found(table):
            self._reject(chunk, mask, at)
            out |= mask
        for at in self.free:
            mask = contact_hits(table.column(at), alone=at in self.unknown) & ~out
            header = self.export.header[at]
            self.export.findings.warn("identifier_text", chunk.row[mask], chunk.line[mask], header)
        return Chunk(self._pseudonymous(table), chunk.row, chunk.line).only(~out)

    def verdict(self) -> None:
        """After the last chunk: refuse a file whose ids are identity numbers.

        Raises
        ------
        InputRefused
            Names the column and the number of rows, never a value.
        """
        for finding in self._ids.verdict():
            header = self.export.header[int(finding.column)]
            what = f"{_KINDS[finding.kind]} in {finding.rows_n} rows"
            where = Place(self.export.file, self.export.header_line, header)
            raise InputRefused(what, self._remedy(int(finding.column)), where, reason="identifier")

    def _remedy(self, at: int) -> str:
        if at not in self.persons:
            return ID_REMEDY
        return PERSON_REMEDY if self.key is None else KEYED_REMEDY

    def _found(self, table: pa.Table) -> Iterator[tuple[int, np.ndarray]]:
        """By column: the rows with an identity number."""
        judged = self._to_judge(table)
        for name, mask in self._ids.add(judged).items():
            at = int(name)
            is_keyed = self.key is not None and at in self.persons
            yield at, (mask | identity_hits(judged.column(at))) if is_keyed else mask
        for at in self.texts:
            yield at, identity_hits(table.column(at))
        for at in self.coded:
            yield at, identity_hits(_coded(table.column(at)))
        for at in self.plain:
            yield at, bare_hits(_coded(table.column(at)))

    def _to_judge(self, table: pa.Table) -> pa.Table:
        """With a key: the persons' ids only where they are not what pseudonyms are made of."""
        if self.key is None:
            return table
        for at in self.persons:
            left = not_canonical(table.column(at).cast(pa.string()), self.day)
            table = table.set_column(at, str(at), pa.chunked_array([left]))
        return table

    def _refuse_destroyed(self, table: pa.Table, chunk: Chunk) -> None:
        for at in self.ids:
            lost = destroyed(table.column(at).cast(pa.string()).combine_chunks())
            if lost.any():
                what = "ids were turned into numbers with an exponent; the originals are lost"
                where = Place(self.export.file, int(chunk.line[np.argmax(lost)]), self.export.header[at])
                raise InputRefused(what, "Export the column as text", where, reason="id_destroyed")

    def _reject(self, chunk: Chunk, mask: np.ndarray, at: int) -> None:
        self.export.findings.reject("identifier", chunk.row[mask], chunk.line[mask], self.export.header[at])

    def _pseudonymous(self, table: pa.Table) -> pa.Table:
        if self.key is None:
            return table
        for at in self.persons:
            texts = pa.chunked_array([table.column(at).cast(pa.string()).combine_chunks()])
            new = pa.chunked_array(
                [pseudonymise(chunk, self.key, day=self.day) for chunk in texts.chunks], pa.string()
            )
            table = table.set_column(at, str(at), new)
        return table


def _coded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as a dictionary: each of its few texts is looked at once."""
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


_KINDS = {
    "number": "the ids are identity numbers",
    "lost_zero": "the ids are identity numbers whose leading zeros a spreadsheet took away",
    "split": "the ids are dates of birth whose last four digits stand in another column",
    "birth_date": "the ids are dates of birth",
}


def refuse_named(file: str, header: Sequence[str], header_line: int, sheets: Sequence[str] = ()) -> None:
    """Refuse a file whose own name, sheets or headers hold an identity number; the name is not repeated.

    Parameters
    ----------
    file : str
        Its name.
    header, sheets : sequence of str
        Names of columns and sheets.
    header_line : int
        Line of the header.

    Raises
    ------
    InputRefused
        With reason ``identifier``.
    """
    remedy = "Rename it, and tell the sender"
    if holds_identity(file, stamps=True):
        what = "the file's name holds an identity number"
        raise InputRefused(what, remedy, Place("(name not shown)"), reason="identifier")
    for number, sheet in enumerate(sheets, 1):
        if holds_identity(sheet):
            what = f"the name of sheet {number} holds an identity number"
            raise InputRefused(what, remedy, Place(file), reason="identifier")
    for number, name in enumerate(header, 1):
        if holds_identity(name):
            what = f"the header of column {number} holds an identity number"
            raise InputRefused(what, remedy, Place(file, header_line), reason="identifier")
