"""Delimited text to chunks of text cells, each record with its physical line.

Blocks of whole lines go to Arrow's parser when their quotes are regular (RFC 4180) or absent; from the
first block that is not, Python's csv module reads on. Both give the same cells.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from analysis.errors import InputRefused, Place
from analysis.sources.cells import MOST_BAD, Chunk, Export, Fit
from analysis.sources.encoding import Text
from analysis.sources.header import Header, find_header, refuse_repeated
from analysis.sources.oddrows import SAID_AT_END

INNER_BLOCK = 4 << 20
OPEN_QUOTE = 8 << 20
csv.field_size_limit(OPEN_QUOTE)
BATCH = 50_000
FEW_VALUES = 0.3
ENOUGH_TO_JUDGE = 100_000
QUOTE, NEWLINE, RETURN = 34, 10, 13
LINE_END = re.compile(rb"\r\n|\r|\n")

Numbers = NDArray[np.int64]
BadRows = list[tuple[int, str]]


def open_delimited(text: Text, declared: str, fit: Fit) -> Export:
    """Open a delimited file.

    Parameters
    ----------
    text : Text
        The file's text.
    declared : str
        The delimiter that the mapping states.
    fit : callable
        How well some cells fit the sources asked for.

    Returns
    -------
    Export
        Header known, records in chunks; what was found on the way is in its findings.

    Raises
    ------
    InputRefused
        If the header, the quotes or the end of the file show that it is not whole.
    """
    header = find_header(text.head(), declared, fit, text.name)
    export = Export(text.name, _named(header, text), header.line, iter(()))
    if header.delimiter != declared:
        export.findings.warn("delimiter")
    if not header.is_first:
        export.findings.warn("preamble")
    if text.line_end == b"\r":
        export.findings.warn("line_ends")
    export.chunks = _Records(text, header, export).chunks()
    return export


def _named(header: Header, text: Text) -> list[str]:
    """The header, with a nameless column when every row ends with a delimiter that the header lacks."""
    refuse_repeated(header.cells, Place(text.name, header.line))
    lines = io.StringIO(text.head(), newline="").readlines()[header.last_line :]
    first = _fields(next((line for line in lines if line.strip()), ""), header.delimiter)
    extra = len(first) == len(header.cells) + 1 and first[-1] == ""
    return [*header.cells, ""] if extra else header.cells


class _Records:
    """Splits blocks into records; keeps the running line and row."""

    def __init__(self, text: Text, header: Header, export: Export) -> None:
        self.text, self.header, self.export = text, header, export
        self.delimiter = header.delimiter
        self.names = [str(n) for n in range(len(export.header))]
        self.kinds: dict[str, pa.DataType] = dict.fromkeys(self.names, pa.string())
        self.line, self.row, self.blank_line = header.last_line + 1, 1, 0
        self.has_kinds = False

    def chunks(self) -> Iterator[Chunk]:
        """The records, in the file's order."""
        pending, blocks = b"", self._after_header()
        for block in blocks:
            whole = pending + block if pending else block
            quoted = b'"' in whole
            cut = _last_record_end(whole, ord(self.delimiter)) if quoted else len(whole)
            parsed = None if cut is None else self._parsed(whole[:cut], quoted=quoted)
            if parsed is None:
                yield from self._python(chain([whole], blocks))
                pending = b""
                break
            pending = whole[cut:]
            yield from self._arrow(whole[:cut], *parsed, quoted=quoted)
            if len(pending) > OPEN_QUOTE:
                self._refuse_open()
        if pending:
            if _is_open(pending):
                self._refuse_open()
            parsed = self._parsed(pending, quoted=True)
            yield from self._arrow(pending, *parsed, quoted=True) if parsed else self._python([pending])
        if self.export.read == 0:
            what, where = "the file has a header but no rows", Place(self.text.name, self.header.line)
            raise InputRefused(what, "Ask the sender for it again", where, reason="empty")
        if self.text.normalised:
            self.export.findings.warn("unicode_normalised")

    def _after_header(self) -> Iterator[bytes]:
        left = self.header.last_line
        for block in self.text.blocks():
            at = 0
            while left and at < len(block):
                end = LINE_END.search(block, at)
                at, left = end.end() if end else len(block), left - 1
            if at < len(block):
                yield block[at:]

    def _refuse_open(self) -> None:
        what, where = "a quote is opened that is never closed", Place(self.text.name, self.line)
        raise InputRefused(what, "Export it again", where, reason="quotes")

    def _arrow(
        self, block: bytes, table: pa.Table, bad: BadRows, lines: Numbers, *, quoted: bool
    ) -> Iterator[Chunk]:
        records = lines.size
        if not records:
            return
        lines = lines + self.line
        at_bad = np.array([n - 1 for n, _ in bad], dtype=np.int64)
        is_table = np.ones(records, dtype=bool)
        is_table[at_bad] = False
        blank = np.zeros(records, dtype=bool)
        blank[is_table] = _all_empty(table)
        split = [_fields(text, self.delimiter) for _, text in bad]
        blank[at_bad] = [_is_blank(cells) for cells in split]
        rows = self._rows(blank, lines)
        self._keep_ragged(rows[at_bad], lines[at_bad], split)
        self.line += block.count(b"\n")
        if not is_table[-1] and not block.endswith((b"\n", b"\r")):
            self._refuse_cut_off(split[-1], int(lines[-1]))
        wanted = ~blank[is_table]
        whole = is_table & ~blank
        table = table if wanted.all() else table.filter(pa.array(wanted))
        self._refuse_swallowed(table, lines[whole], quoted=quoted)
        yield Chunk(table, rows[whole], lines[whole])

    def _parsed(self, block: bytes, *, quoted: bool) -> tuple[pa.Table, BadRows, Numbers] | None:
        """Cells, ragged rows, and lines of a block's records; None when Arrow counts others than we do."""
        lines = _record_lines(block, quoted=quoted)
        table, bad = self._table(block, quoted=quoted) if block else (self._nothing(), [])
        if table.num_rows + len(bad) != lines.size:
            return None
        self._choose_kinds(table)
        return table.unify_dictionaries().combine_chunks(), bad, lines

    def _table(self, block: bytes, *, quoted: bool) -> tuple[pa.Table, BadRows]:
        """Quoted blocks whole: Arrow loses a line feed within quotes where two of its own blocks meet."""
        bad: BadRows = []

        def keep(row: pa_csv.InvalidRow) -> str:
            bad.append((row.number, row.text))
            return "skip"

        parse = pa_csv.ParseOptions(
            delimiter=self.delimiter,
            quote_char='"' if quoted else False,
            newlines_in_values=quoted,
            ignore_empty_lines=False,
            invalid_row_handler=keep,
        )
        convert = pa_csv.ConvertOptions(column_types=self.kinds, strings_can_be_null=False, check_utf8=False)
        whole = len(block) + 1
        size = whole if quoted else INNER_BLOCK
        while True:
            read = pa_csv.ReadOptions(use_threads=False, column_names=self.names, block_size=size)
            try:
                return pa_csv.read_csv(pa.BufferReader(block), read, parse, convert), bad
            except pa.ArrowInvalid:  # a line longer than a block
                if size >= whole:
                    raise
            size = whole
            bad.clear()

    def _choose_kinds(self, table: pa.Table) -> None:
        """From the second block on, columns with few values are read as dictionaries: cheaper."""
        if self.has_kinds or table.num_rows < BATCH:
            return
        self.has_kinds = True
        for name in self.names:
            sample = table[name].slice(0, BATCH // 2)
            if pc.count_distinct(sample).as_py() < FEW_VALUES * len(sample):
                self.kinds[name] = pa.dictionary(pa.int32(), pa.string())

    def _rows(self, blank: NDArray[np.bool_], lines: Numbers) -> Numbers:
        """The row number of each record; blank ones have none and do not count."""
        rows = self.row + np.cumsum(~blank) - 1
        filled = np.flatnonzero(~blank)
        if filled.size:
            inner = np.flatnonzero(blank[: filled[-1]])
            if self.blank_line or inner.size:
                first = self.blank_line or int(lines[inner[0]])
                self.export.findings.warn("blank_rows", [0], [first])
            after = np.flatnonzero(blank[filled[-1] :])
            self.blank_line = int(lines[filled[-1] + after[0]]) if after.size else 0
        elif blank.size and not self.blank_line:
            self.blank_line = int(lines[0])
        self.row += filled.size
        self.export.read += filled.size
        return rows

    def _keep_ragged(self, rows: Numbers, lines: Numbers, ragged: Sequence[list[str]]) -> None:
        filled = np.array([not _is_blank(cells) for cells in ragged], dtype=bool)
        ends = np.array([bool(SAID_AT_END.match("".join(cells[:1]))) for cells in ragged], dtype=bool)
        for reason, which in {"footer": filled & ends, "ragged": filled & ~ends}.items():
            self.export.findings.reject(reason, rows[which], lines[which])
        for line, cells in zip(lines.tolist(), ragged, strict=True):
            inside = (n for n, c in enumerate(cells) if "\n" in c and self.delimiter in c)
            if any(self._swallows(cells[n], n, len(cells) - 1 - n) for n in inside):
                self._refuse_rows_inside(line)
        kept = zip(rows.tolist(), ragged, filled, strict=True)
        self.export.ragged.update((row, cells) for row, cells, is_filled in kept if is_filled)
        most = MOST_BAD * self.export.read
        if self.export.read > ENOUGH_TO_JUDGE and len(self.export.ragged) > most:
            what = f"{len(self.export.ragged)} of {self.export.read} rows do not have the header's fields"
            where = Place(self.text.name)
            raise InputRefused(what, "Export it again", where, reason="too_many_bad_rows")

    def _refuse_cut_off(self, cells: list[str], line: int) -> None:
        """A short last record without a line end: the file is not whole. A stray blank is no record."""
        is_end = (len(cells) <= 1 and _is_blank(cells)) or SAID_AT_END.match(cells[0])
        if len(cells) < len(self.names) and not is_end:
            what, where = "the last row is cut off: the file is not whole", Place(self.text.name, line)
            raise InputRefused(what, "Ask the sender for it again", where, reason="truncated")

    def _refuse_swallowed(self, table: pa.Table, lines: Numbers, *, quoted: bool) -> None:
        """A quoted cell with line breaks that holds the end of one row and the beginning of another."""
        width = len(self.names)
        if not quoted or not table.num_rows or width == 1:
            return
        first = table.num_rows
        for at, column in enumerate(table.columns):
            texts = column.cast(pa.string())
            if not pc.any(pc.match_substring(texts, "\n")).as_py():
                continue
            many = pc.greater_equal(pc.count_substring(texts, self.delimiter), width - 1)
            rows = np.flatnonzero(pc.and_(many, pc.match_substring(texts, "\n")).to_numpy())
            found = (row for row in rows.tolist() if self._swallows(str(texts[row]), at, width - 1 - at))
            first = min(first, next(found, first))
        if first < table.num_rows:
            self._refuse_rows_inside(int(lines[first]))

    def _swallows(self, cell: str, before: int, after: int) -> bool:
        """Whether a cell's first and last line are whole rows, together with the cells around it.

        In prose a blank or a line break follows each comma or semicolon; between fields it does not.
        """
        opening, *_, closing = cell.split("\n")
        sign, fields = self.delimiter, len(self.names) - 1
        if before + opening.count(sign) != fields or after + closing.count(sign) != fields:
            return False
        after_signs = cell.split(sign)[1:]
        is_prose = any(t.startswith((" ", "\u00a0")) for t in after_signs)
        return not (is_prose and all(t[:1].isspace() for t in after_signs))

    def _refuse_rows_inside(self, line: int) -> None:
        what = "a quote is opened and closed some rows later: it swallows whole rows"
        raise InputRefused(what, "Export it again", Place(self.text.name, line), reason="quotes")

    def _python(self, blocks: Iterable[bytes]) -> Iterator[Chunk]:
        """What irregular quotes or line ends need: record by record."""
        lines = _Lines(blocks)
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        first, before, more = self.line, 0, True
        last: tuple[int, list[str]] = (first, [])
        while more:
            batch: list[tuple[int, list[str]]] = []
            try:
                for cells in reader:
                    batch.append((first + before, cells))
                    before = reader.line_num
                    if len(batch) == BATCH:
                        break
                else:
                    more = False
            except csv.Error as error:
                what = f"the quotes or line ends do not fit together ({error})"
                where = Place(self.text.name, first + before)
                raise InputRefused(what, "Export it again", where, reason="quotes") from None
            self.line = first + before
            last = batch[-1] if batch else last
            if not more and not lines.last.endswith(("\n", "\r")):
                self._refuse_cut_off(last[1], last[0])
            yield from self._batch(batch)

    def _batch(self, batch: list[tuple[int, list[str]]]) -> Iterator[Chunk]:
        if not batch:
            return
        width = len(self.names)
        lines = np.array([line for line, _ in batch], dtype=np.int64)
        blank = np.array([_is_blank(cells) for _, cells in batch])
        fits = np.array([len(cells) == width for _, cells in batch]) & ~blank
        rows = self._rows(blank, lines)
        ragged = np.flatnonzero(~fits & ~blank)
        self._keep_ragged(rows[ragged], lines[ragged], [batch[at][1] for at in ragged])
        kept = [batch[at][1] for at in np.flatnonzero(fits)]
        columns = [pa.array(cells, pa.string()) for cells in zip(*kept, strict=True)]
        table = pa.table(columns, names=self.names) if kept else self._nothing()
        self._refuse_swallowed(table, lines[fits], quoted=True)
        yield Chunk(table, rows[fits], lines[fits])

    def _nothing(self) -> pa.Table:
        return pa.table({name: pa.array([], pa.string()) for name in self.names})


class _Lines:
    """Physical lines of text, with their ends; remembers the last."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self.last = ""
        self._lines = chain.from_iterable(io.StringIO(b.decode("utf-8"), newline="") for b in blocks)

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.last = line
            yield line


def _fields(record: str, delimiter: str) -> list[str]:
    """The cells of one record."""
    try:
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter), [])
    except csv.Error:  # a cell beyond the limit
        return record.split(delimiter)


def _is_blank(cells: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in cells)


def _all_empty(table: pa.Table) -> NDArray[np.bool_]:
    empty = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        if not empty.any():
            break
        texts = column.cast(pa.string()) if empty.all() else column.filter(pa.array(empty)).cast(pa.string())
        empty[empty] = pc.equal(pc.utf8_trim_whitespace(texts), "").to_numpy()
    return empty


def _quotes_and_ends(block: bytes) -> tuple[NDArray[np.uint8], Numbers, Numbers]:
    """The bytes, where the quotes are, and where lines end outside of quotes."""
    signs = np.frombuffer(block, dtype=np.uint8)
    quotes = np.flatnonzero(signs == QUOTE)
    ends = np.flatnonzero(signs == NEWLINE)
    return signs, quotes, ends[np.searchsorted(quotes, ends) % 2 == 0]


def _last_record_end(block: bytes, delimiter: int) -> int | None:
    """Where the last whole record ends; None when the quotes or line ends are not regular."""
    signs, quotes, ends = _quotes_and_ends(block)
    padded = np.concatenate([[NEWLINE], signs, [NEWLINE]])
    before, after = padded[quotes], padded[quotes + 2]
    opens = np.isin(before[0::2], (delimiter, NEWLINE, QUOTE))
    closes = np.isin(after[1::2], (delimiter, NEWLINE, RETURN, QUOTE))
    returns = np.flatnonzero(signs == RETURN)
    is_lone = padded[returns + 2] != NEWLINE
    if not (opens.all() and closes.all()) or is_lone.any():
        return None
    return int(ends[-1]) + 1 if ends.size else 0


def _is_open(block: bytes) -> bool:
    return block.count(b'"') % 2 == 1


def _record_lines(block: bytes, *, quoted: bool) -> Numbers:
    """The line, counted from 0, on which each record begins."""
    if not quoted:
        has_last_end = block.endswith(b"\n") or not block
        return np.arange(block.count(b"\n") + (not has_last_end), dtype=np.int64)
    signs, _, ends = _quotes_and_ends(block)
    starts = np.concatenate([[0], ends + 1])
    starts = starts[starts < len(block)]
    return np.searchsorted(np.flatnonzero(signs == NEWLINE), starts).astype(np.int64)
