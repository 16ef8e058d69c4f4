"""What this run's deliveries hold that no page may: raw ids, names of places, free texts.

Nothing of it is turned round: the few words of the pages are looked up in the columns, which are as long
as the deliveries. The rows that were kept out count as well as the accepted ones.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.area import Area
from analysis.errors import InputRefused, Place
from analysis.report.vocabulary import own_texts
from analysis.sources.mapping import OURS, Source, read_sources
from analysis.store import Record, Store
from analysis.tables import table as table_named

RUN = 5  # so many words in a row are a quotation
LONGEST = 8  # parts of an id
SHORTEST_ID = 5
SHORTEST_NUMBER, SURE_NUMBER = 6, 8  # digits
CHUNK = 50_000
LETTERS = re.compile(r"[^\W\d_]+")
PARTS = re.compile(r"[^\W_]+")
TOKEN = re.compile(r"[^\W_]+(?:[-.,_/:+#@\\]{1,3}[^\W_]+)*")
DECIMAL = re.compile(r"\d+[.,]\d+")
ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>()]+|\bwww\.[\w-]+(?:\.[\w-]+)*", re.IGNORECASE)
ID, NAME, TEXT = "id", "name", "text"


@dataclass(frozen=True)
class Secrets:
    """What the scan looks for, and what the program's own texts say, which it lets pass.

    Parameters
    ----------
    ids, names, texts : tuple of Arrow arrays of strings
        Columns as they came.
    step : int
        Counts are multiples of it; a short number that is one may be a count as well as an id.
    runs : frozenset of tuple of str
        Five words in a row that the program's own texts have.
    addresses : frozenset of str
        Addresses of the web that they have.
    """

    ids: tuple[pa.ChunkedArray, ...] = field(default=(), repr=False)
    names: tuple[pa.ChunkedArray, ...] = field(default=(), repr=False)
    texts: tuple[pa.ChunkedArray, ...] = field(default=(), repr=False)
    step: int = 5
    runs: frozenset[tuple[str, ...]] = field(default=frozenset(), repr=False)
    addresses: frozenset[str] = frozenset()


def secrets_of(store: Store, area: Area) -> Secrets:
    """What the deliveries of an area hold that no page may.

    Parameters
    ----------
    store : Store
        Its deliveries.
    area : Area
        Its settings.

    Returns
    -------
    Secrets
        Of accepted rows, of rows kept out, and of free texts kept apart.
    """
    found: dict[str, list[pa.ChunkedArray]] = {ID: [], NAME: [], TEXT: []}
    sources = {source.name: source for source in read_sources(area)}
    for record in store.records():
        folder = store.folder / record.digest
        for kind, column in (
            *_accepted(folder, record),
            *_kept_apart(folder),
            *_kept_out(folder, record, sources.get(record.source)),
        ):
            found[kind].append(column)
    own = own_texts(area)
    runs = frozenset(run for text in own for run in runs_of(text))
    addresses = frozenset(address for text in own for address in addresses_in(text))
    ids, names, texts = (tuple(found[kind]) for kind in (ID, NAME, TEXT))
    return Secrets(ids, names, texts, area.policy.round_to, runs, addresses)


def runs_of(text: str) -> set[tuple[str, ...]]:
    """All runs of five words of a text; numbers are no words."""
    words = LETTERS.findall(text.casefold())
    return set(zip(*(words[at:] for at in range(RUN)), strict=False))


def addresses_in(text: str) -> set[str]:
    """The addresses of the web in a text, without the marks that end a sentence."""
    return {found.rstrip(".,;:!?)") for found in ADDRESS.findall(text)}


def tokens_of(text: str) -> set[str]:
    """All that could be an id in a text, case-folded: parts with what joins them, alone and together."""
    found: set[str] = set()
    for token in set(TOKEN.findall(text.casefold())):
        if DECIMAL.fullmatch(token):
            continue
        parts = [part.span() for part in PARTS.finditer(token)]
        for at, (start, _) in enumerate(parts):
            found.update(token[start:end] for _, end in parts[at : at + LONGEST])
    return found


def ids_among(tokens: Iterable[str], secrets: Secrets, words: frozenset[str]) -> set[str]:
    """Which tokens are an id of the deliveries, word for word.

    Parameters
    ----------
    tokens : iterable of str
        From `tokens_of`.
    secrets : Secrets
        Of the deliveries.
    words : frozenset of str
        The vocabulary; no word of it counts as an id.

    Returns
    -------
    set of str
        Ids of five characters or more; plain numbers of six digits or more, and if they have less than
        eight only those that cannot be a rounded count.
    """
    asked = pa.array([t for t in tokens if t not in words and _may_be_id(t, secrets.step)], pa.string())
    found: set[str] = set()
    for column in secrets.ids:
        lower = pc.utf8_lower(column)
        found.update(lower.filter(pc.is_in(lower, value_set=asked)).to_pylist())
    return found


def _may_be_id(token: str, step: int) -> bool:
    if not token.isdecimal():
        return len(token) >= SHORTEST_ID
    return len(token) >= SURE_NUMBER or (len(token) >= SHORTEST_NUMBER and int(token) % step != 0)


def names_among(texts: Iterable[str], secrets: Secrets, words: frozenset[str]) -> set[str]:
    """Which texts hold a name of a place that the deliveries hold.

    Parameters
    ----------
    texts : iterable of str
        What is published.
    secrets : Secrets
        Of the deliveries.
    words : frozenset of str
        The vocabulary; a name that is made of it alone is passed over.

    Returns
    -------
    set of str
        The texts with a name of five characters or more.
    """
    said = {text: f" {' '.join(PARTS.findall(text.casefold()))} " for text in texts}
    all_words = set().union(*(line.split() for line in said.values()))
    names = set()
    for column in (*secrets.names, *(_with_blanks(column) for column in secrets.ids)):
        for name in column.unique().drop_null().to_pylist():
            parts = PARTS.findall(name.casefold())
            if len(name) >= SHORTEST_ID and all_words.issuperset(parts) and _is_telling(parts, words):
                names.add(f" {' '.join(parts)} ")
    return {text for text, line in said.items() if any(name in line for name in names)}


def _is_telling(parts: list[str], words: frozenset[str]) -> bool:
    """Whether a name has a word with letters that the vocabulary lacks."""
    return any(not part.isdecimal() and part not in words for part in parts)


def _with_blanks(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.filter(pc.match_substring_regex(column, r"\S\s+\S"))


def quotations(texts: Iterable[str], secrets: Secrets) -> set[str]:
    """Which texts have five words in a row from a free text, that are not the program's own.

    Parameters
    ----------
    texts : iterable of str
        What is published.
    secrets : Secrets
        Of the deliveries.

    Returns
    -------
    set of str
        The texts.
    """
    if not secrets.texts:
        return set()
    asked = {text: runs for text in texts if (runs := runs_of(text) - secrets.runs)}
    wanted = set().union(*asked.values())
    taken = set().union(*(_shared(column, wanted) for column in secrets.texts)) if wanted else set()
    return {text for text, runs in asked.items() if not runs.isdisjoint(taken)}


def _shared(column: pa.ChunkedArray, wanted: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Those of the runs that a column of texts has."""
    words = pa.array({word for run in wanted for word in run}, pa.string())
    found: set[tuple[str, ...]] = set()
    for at in range(0, len(column), CHUNK):
        some = pc.fill_null(column.slice(at, CHUNK), "").combine_chunks()
        split = pc.split_pattern_regex(pc.utf8_lower(pc.utf8_normalize(some, "NFKC")), r"[^\pL]+")
        known = pc.is_in(pc.list_flatten(split), value_set=words).to_numpy(zero_copy_only=False)
        of = pc.list_parent_indices(split).to_numpy()
        inside = of[: 1 - RUN] == of[RUN - 1 :]
        for step in range(RUN):
            inside = inside & known[step : len(known) + step + 1 - RUN]
        rows = pa.array(np.unique(of[: 1 - RUN][inside]))
        found.update(run for text in some.take(rows).to_pylist() for run in runs_of(text) & wanted)
    return found


def _accepted(folder: Path, record: Record) -> Iterator[tuple[str, pa.ChunkedArray]]:
    kinds = _kinds(record.table)
    file = pq.ParquetFile(folder / "rows.parquet")
    names = [name for name in file.schema_arrow.names if kinds.get(name)]
    table = file.read(columns=names)
    for name in names:
        yield kinds[name], table.column(name).cast(pa.string())


def _kept_apart(folder: Path) -> Iterator[tuple[str, pa.ChunkedArray]]:
    path = folder / "free_text.parquet"
    if path.is_file():
        table = pq.read_table(path)
        for column in table.columns:
            if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                yield TEXT, column.cast(pa.string())


def _kept_out(folder: Path, record: Record, source: Source | None) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """The columns of the rows for the sender to correct; of what is no column of ours, all may be text."""
    for path in sorted(folder.glob("correct*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as handle:
            header, *rows = [*csv.reader(handle, delimiter=";")] or [[]]
        columns = _columns_of(header, record, source)
        for at in range(len(header)):
            cells = pa.chunked_array([pa.array([row[at] for row in rows if len(row) > at], pa.string())])
            column = columns.get(at)
            kind = _kinds(record.table).get(column, "") if column else TEXT
            if kind:
                yield kind, cells
            if not column:
                yield NAME, cells


def _columns_of(header: list[str], record: Record, source: Source | None) -> dict[int, str]:
    """Our columns by their place in the header; the reasons, which we have written, are one of them."""
    try:
        known = source.places(header, Place(record.file)).columns if source else {}
    except InputRefused:
        known = {}
    named = {name: at for at, name in enumerate(header) if name in _kinds(record.table)}
    return {at: name for name, at in (named | known).items()} | dict.fromkeys(
        (at for at, name in enumerate(header) if name in OURS), "ours"
    )


@cache
def _kinds(table: str) -> dict[str, str]:
    """The columns of a table to what they hold: ids, names, texts, or nothing to hide ("")."""
    columns = table_named(table).model.to_schema().columns.items()
    return {name: _kind(name, (column.metadata or {}).get("role", "")) for name, column in columns}


def _kind(name: str, role: str) -> str:
    if role in ("id", "person") or (role == "opaque" and name.endswith("_id")):
        return ID
    return role if role in (NAME, TEXT) else ""
