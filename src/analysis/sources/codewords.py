"""The words of a coded column: which code they mean, and which of them may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc

from analysis.area import Area
from analysis.sources.cellkinds import Cells
from analysis.sources.codes import YES_NO, fold
from analysis.sources.headerwords import vocabulary
from analysis.sources.identifiers import contact_hits, identity_hits
from analysis.sources.mapping import Source
from analysis.sources.proposal import Words
from analysis.sources.understand import matches

#: A word is shown when it is one of few, short, without digits, and stands in several rows.
MOST_WORDS, LONGEST, LEAST_ROWS = 12, 40, 3
ALIKE = 90.0
SETTINGS = {"unit": "units", "party": "parties", "category": "categories"}


def synonyms(name: str, column: Any, sources: Sequence[Source]) -> dict[str, Any]:
    """Spellings of the codes of a column.

    Parameters
    ----------
    name : str
        The column.
    column : pandera Column
        Its contract.
    sources : sequence of Source
        The area's mappings to its table; they win over the words that ship with the program.

    Returns
    -------
    dict of str to code
        Empty when it is not coded.
    """
    codes = _codes(column)
    if (column.metadata or {}).get("role") != "code":
        return {}
    ours = vocabulary().settings["values"].get(name, {})
    found = {word: code for code, words in ours.items() for word in (code, *words)} | {c: c for c in codes}
    if str(column.dtype) == "boolean":
        found = {**YES_NO, "sant": True, "falskt": False}
    for source in sources:
        found |= source.settings.get("values", {}).get(name, {})
    return {word: code for word, code in found.items() if code in codes or isinstance(code, bool)}


def codes_in(cells: Cells, name: str, column: Any, sources: Sequence[Source]) -> tuple[float, int]:
    """The share of cells that are words of a column's codes, and of how many codes; not of yes and no."""
    known = {} if str(column.dtype) == "boolean" else synonyms(name, column, sources)
    by_fold = {fold(word): code for word, code in known.items()}
    texts = [fold(text) for text in cells.texts.to_pylist()]
    return cells.known_share(known), len({by_fold[text] for text in texts if text in by_fold})


def words_of(cells: Cells, name: str, column: Any, sources: Sequence[Source]) -> Words:
    """The words of a column's cells that a mapping needs.

    Parameters
    ----------
    cells : Cells
        Its cells.
    name : str
        The column.
    column : pandera Column
        Its contract.
    sources : sequence of Source
        The area's mappings to its table.

    Returns
    -------
    Words
        Known ones with their code; of the others those that can be shown.
    """
    role = (column.metadata or {}).get("role", "")
    if role in SETTINGS:
        known: Mapping[str, Any] = dict.fromkeys(_spelled(cells.area, role), "")
    elif role == "code":
        known = synonyms(name, column, sources)
    else:
        return Words()
    by_fold = {fold(word): code for word, code in known.items()}
    texts = cells.texts.to_pylist()
    open_ones = [i for i, text in enumerate(texts) if fold(text) not in by_fold]
    shown = [i for i in open_ones if _may_be_shown(cells)[i]]
    hidden_n = len(open_ones) - len(shown)
    if role in SETTINGS:
        return Words({}, sorted(texts[i] for i in shown), hidden_n, is_own=False)
    close = {texts[i]: code for i in shown if (code := _close(texts[i], known)) is not None}
    present = {text: by_fold[fold(text)] for text in texts if fold(text) in by_fold} | close
    seen = {fold(word) for word in present}
    later = {w: c for w, c in known.items() if fold(w) not in seen and not isinstance(c, bool) and w != c}
    needed = {word: code for word, code in (present | later).items() if YES_NO.get(word) is not code}
    return Words(dict(sorted(needed.items())), sorted({texts[i] for i in shown} - set(close)), hidden_n)


def _codes(column: Any) -> set[str]:
    allowed = [check.statistics.get("allowed_values", ()) for check in column.checks]
    return {code for codes in allowed for code in codes}


def _spelled(area: Area, role: str) -> Iterable[str]:
    return (spelling for each in getattr(area, SETTINGS[role]) for spelling in each.spellings)


def _may_be_shown(cells: Cells) -> np.ndarray:
    if len(cells.texts) > MOST_WORDS:
        return np.zeros(len(cells.texts), dtype=bool)
    long = pc.greater(pc.utf8_length(cells.texts), LONGEST).to_numpy(zero_copy_only=False)
    personal = identity_hits(cells.texts) | contact_hits(cells.texts)
    return (cells.often >= LEAST_ROWS) & ~long & ~matches(cells.texts, r"[\p{N}@]") & ~personal


def _close(text: str, known: Mapping[str, Any]) -> Any:
    """The code of a spelling that is nearly known; None when it is not clear."""
    from rapidfuzz import fuzz, process

    folded = {word: fold(word) for word in known}
    found = process.extract(fold(text), folded, scorer=fuzz.ratio, score_cutoff=ALIKE)
    codes = {known[word] for _, _, word in found}
    return codes.pop() if len(codes) == 1 else None
