"""The final scan: every byte to be published is read once more, and one hit publishes nothing.

It knows nothing of how the files came to be. It looks for what has the shape of a person's or a machine's
own (numbers, addresses, paths, names), for this run's raw ids, names and free texts, and for every word
that neither the program nor the area's settings know.
"""

from __future__ import annotations

import getpass
import platform
import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.errors import DisclosureStop, Place
from analysis.report.reading import Read, read
from analysis.report.secrets import (
    Secrets,
    addresses_in,
    ids_among,
    names_among,
    quotations,
    secrets_of,
    tokens_of,
)
from analysis.report.vocabulary import markup_words, plain_words, unknown_words, words_of
from analysis.sources.identifiers import contact_hits, identity_hits, matching

__all__ = ["Secrets", "scan", "secrets_of", "words_of"]

Kinds: TypeAlias = "dict[str, set[str]]"

#: The coordinates of charts: at most four digits before the point, so that no number of a person is among.
_ONE = r"(?:[A-Za-z]|-?[0-9]{1,4}(?:\.[0-9]{1,6})?)"
COORDINATES = rf'\s(?:d|x|y|x1|x2|y1|y2|width|height|points|viewBox|cx|cy|r)="\s*(?:{_ONE}[\s,]+)*{_ONE}?\s*"'
#: The first twelve signs of a digest, letters among them: digits in it may look like a number of a person.
DIGEST = re.compile(r"(?<![0-9A-Za-z-])(?=[0-9]*[a-f])[0-9a-f]{12}(?![0-9A-Za-z-])")
PATTERNS = {
    "the path of a file on a computer": (
        r"[/\\~]",
        re.compile(
            r"(?<![\w/<.:)\]])/(?!xl/|ppt/|docProps/)[\w.@~-]+/[\w.@~-]|\bfile:/|(?<![A-Za-z])[A-Za-z]:[\\/]\w"
            r"|\\\\[\w.$-]+\\[\w.$-]|(?<!\w)~[\w-]*/\w",
            re.IGNORECASE,
        ),
    ),
    "an HSA id of staff or of a unit": (
        r"(?i)se[0-9]{10}",
        re.compile(r"(?<![A-Za-z0-9])SE\d{10,12}-[0-9A-Z]+", re.IGNORECASE),
    ),
    "an id made by a machine (UUID)": (
        r"[0-9a-fA-F]-[0-9a-fA-F]{4}-",
        re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE),
    ),
    "the address of a machine": (
        r"[0-9]\.[0-9]+\.[0-9]+\.[0-9]|:[0-9a-fA-F]*:[0-9a-fA-F]*:",
        re.compile(
            r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]\d)"
            r"|(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![\w:])",
            re.IGNORECASE,
        ),
    ),
    "a time of the day beside its date": (
        r"[0-9]-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:",
        re.compile(r"\d{4}-\d\d-\d\d[T ](?!00:00(?::00)?(?![:\d]))\d\d:\d\d"),
    ),
}
#: Names of formats, which are written like addresses of the web and are never fetched.
NAMESPACES = (
    "http://www.w3.org/",
    "http://schemas.openxmlformats.org/",
    "http://schemas.microsoft.com/",
    "http://purl.org/dc/",
    "https://w3id.org/ro/",
)
SHORTEST_NAME = 4  # letters


def scan(files: Mapping[str, bytes], secrets: Secrets, words: frozenset[str]) -> None:
    """Read all that is to be published once more, and stop at anything that must not be.

    Parameters
    ----------
    files : mapping of str to bytes
        Name within the set to bytes, of every format.
    secrets : Secrets
        What the deliveries hold, from `secrets_of`.
    words : frozenset of str
        The vocabulary, from `words_of`.

    Raises
    ------
    DisclosureStop
        Says which file and what kind of thing, never the thing itself; or that a file cannot be read.
    """
    names = Read("", frozenset(files))
    reads = [names, *(read(name, content) for name, content in sorted(files.items()))]
    found = _found(reads, secrets, words)
    for one in reads:
        kinds = [kind for kind, pieces in found.items() if not pieces.isdisjoint(one.pieces)]
        if kinds:
            raise _stop(one, kinds)


def _stop(one: Read, kinds: list[str]) -> DisclosureStop:
    held = " and ".join([", ".join(kinds[:-1]), kinds[-1]] if kinds[1:] else kinds)
    remedy = "Nothing is published; find where it comes from in the run's own folder, and mend that"
    if not one.file:
        return DisclosureStop(f"the name of a file to be published holds {held}", remedy)
    return DisclosureStop(f"a file to be published holds {held}", remedy, Place(one.file))


def _found(reads: list[Read], secrets: Secrets, words: frozenset[str]) -> Kinds:
    """By kind, the pieces that hold something of it."""
    said = _together(one.texts for one in reads)
    lines = said | _together(one.runs for one in reads)
    marks = _shortened(_together(one.marks for one in reads))
    markup = plain_words(words) | markup_words()
    pieces = [*lines, *marks]
    kinds = _shapes(pieces) | {"an address of the web": _addresses(pieces, secrets)}
    kinds["the name of a user or of a computer"] = _tokens(pieces, _machine(markup))
    kinds["an id of the deliveries"] = _tokens(pieces, ids_among(_all_tokens(pieces), secrets, markup))
    kinds["a name that the deliveries hold"] = names_among(pieces, secrets, markup)
    kinds["a free text of the deliveries"] = quotations(pieces, secrets)
    kinds["a word that neither the program nor the area's settings know"] = _unknown(said, words) | _unknown(
        marks, markup
    )
    return {kind: _whole(found, marks) for kind, found in kinds.items()}


def _together(parts: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*parts)


def _shortened(marks: frozenset[str]) -> dict[str, set[str]]:
    """Tags without coordinates, of which charts have thousands, each to the tags as they stand."""
    whole = pa.array(sorted(marks), pa.string())
    short = pc.replace_substring_regex(whole, COORDINATES, " ").to_pylist()
    found: dict[str, set[str]] = {}
    for mark, one in zip(whole.to_pylist(), short, strict=True):
        found.setdefault(one, set()).add(mark)
    return found


def _whole(found: set[str], marks: Mapping[str, set[str]]) -> set[str]:
    """The pieces as they stand in the files."""
    return found.union(*(marks.get(piece, ()) for piece in found))


def _shapes(pieces: list[str]) -> Kinds:
    """What is told by its shape; a short digest of ours (letters among its digits) is no number."""
    of = {DIGEST.sub(" ", piece): piece for piece in pieces}
    texts = pa.array(list(of), pa.string())
    found = {
        "an identity number": _where(texts, identity_hits(texts)),
        "a phone number, a mail address or a street address": _where(texts, contact_hits(texts)),
    }
    for kind, (maybe, certain) in PATTERNS.items():
        near = texts.take(pa.array(matching(texts, maybe))).to_pylist()
        found[kind] = {text for text in near if certain.search(text)}
    return {kind: {of[text] for text in texts} for kind, texts in found.items()}


def _where(texts: pa.Array, hits: np.ndarray) -> set[str]:
    return set(texts.filter(pa.array(hits)).to_pylist())


def _addresses(pieces: list[str], secrets: Secrets) -> set[str]:
    """The pieces with an address that the program's own texts do not give."""
    texts = pa.array(pieces, pa.string())
    near = texts.take(pa.array(matching(texts, r"(?i)://|www\."))).to_pylist()
    return {text for text in near if any(not _is_ours(one, secrets) for one in addresses_in(text))}


def _is_ours(address: str, secrets: Secrets) -> bool:
    return address in secrets.addresses or address.startswith(NAMESPACES)


def _machine(known: frozenset[str]) -> set[str]:
    """The names of the user and of the computer, unless they are words that anyone may say."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        user = ""
    host = platform.node()
    names = {name.casefold() for name in (user, host, host.partition(".")[0])}
    letters = {name for name in names if sum(c.isalpha() for c in name) >= SHORTEST_NAME}
    return letters - known


def _all_tokens(pieces: list[str]) -> set[str]:
    return tokens_of("\n".join(pieces))


def _tokens(pieces: list[str], wanted: set[str]) -> set[str]:
    """The pieces that have one of the tokens."""
    return {piece for piece in pieces if not wanted.isdisjoint(tokens_of(piece))} if wanted else set()


def _unknown(texts: Iterable[str], words: frozenset[str]) -> set[str]:
    """The texts with a word outside the vocabulary."""
    if not unknown_words("\n".join(texts), words):
        return set()
    return {text for text in texts if unknown_words(text, words)}
