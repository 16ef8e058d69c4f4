"""Recurring themes of free texts: words that occur together, and the reports that are most typical of them.

The texts are weighed by TF-IDF on the stems of their words; themes are parts of a non-negative factoring of
the weights (NMF, started from the singular vectors, so that the same texts give the same themes).

References
----------
Lee & Seung, Nature 1999;401:788. Boutsidis & Gallopoulos, Pattern Recognition 2008;41:1350 (the start).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.explore.stopwords import STOPWORDS

FEWEST, MOST = 20, 20_000
MOST_THEMES, TEXTS_A_THEME = 6, 8
TYPICAL = 3
WORDS_A_LABEL = 3
LETTERS = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Theme:
    """A theme: words that name it, how many texts have it above all others, and the most typical of them.

    Parameters
    ----------
    label : str
        Whole words, the weightiest first.
    n : int
        Texts.
    share : float
        Of all texts looked at.
    typical : tuple of int
        Places of the texts that lie nearest the middle of the theme; those that say the same come last.
    """

    label: str
    n: int
    share: float
    typical: tuple[int, ...]


def sampled(n: int, most: int = MOST) -> NDArray[np.intp]:
    """Places of at most so many texts, taken evenly."""
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(np.intp)


def find_themes(texts: Sequence[str], language: str) -> list[Theme]:
    """The recurring themes of some texts.

    Parameters
    ----------
    texts : sequence of str
        In a fixed order.
    language : {"swedish", "english"}
        Whose stems and empty words count.

    Returns
    -------
    list of Theme
        The commonest first; none of fewer than 20 texts, or where no word comes twice.
    """
    if len(texts) < FEWEST:
        return []
    stems, forms = _stemmed(texts, language)
    weights, names = _weighted(stems)
    if weights is None or len(names) < 2:
        return []
    parts, loads = _factored(weights, min(MOST_THEMES, len(texts) // TEXTS_A_THEME, len(names)))
    own = np.where(parts.max(axis=1) > 0, parts.argmax(axis=1), -1)
    found = []
    for theme in range(loads.shape[0]):
        members = np.flatnonzero(own == theme)
        if len(members):
            label = _label(loads[theme], names, forms)
            typical = _typical(weights, members, texts)
            found.append(Theme(label, len(members), len(members) / len(texts), typical))
    return sorted(found, key=lambda t: (-t.n, t.label))


def _stemmed(texts: Sequence[str], language: str) -> tuple[list[list[str]], dict[str, Counter[str]]]:
    """The stems of each text, and the whole words that each stem stands for."""
    from snowballstemmer import stemmer

    stem_of = stemmer(language).stemWord
    known: dict[str, str] = {}
    forms: dict[str, Counter[str]] = {}
    stemmed = []
    for text in texts:
        words = [w for w in LETTERS.findall(text.casefold()) if w not in STOPWORDS[language]]
        for word in words:
            known[word] = known.get(word) or stem_of(word)
            forms.setdefault(known[word], Counter())[word] += 1
        stemmed.append([known[word] for word in words])
    return stemmed, forms


def _weighted(stems: list[list[str]]) -> tuple[Any, list[str]]:
    """TF-IDF of the stems that come in more than one text and not in nearly all; None without any."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    least = max(2, len(stems) // 1000)
    made = TfidfVectorizer(analyzer=list, min_df=least, max_df=0.9, sublinear_tf=True, max_features=4000)
    try:
        weights = made.fit_transform(stems)
    except ValueError:  # no stem is left
        return None, []
    return weights, list(made.get_feature_names_out())


def _factored(weights: Any, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much each text has of each theme, and each theme of each stem."""
    import warnings

    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    model = NMF(n_components=n, init="nndsvda", random_state=0, max_iter=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a theme is a way to begin reading
        parts = model.fit_transform(weights)
    return np.round(parts, 9), np.round(model.components_, 9)


def _label(load: NDArray[np.float64], names: list[str], forms: dict[str, Counter[str]]) -> str:
    order = sorted(range(len(names)), key=lambda at: (-load[at], names[at]))[:WORDS_A_LABEL]
    stems = [names[at] for at in order if load[at] > 0]
    return ", ".join(min(forms[s], key=lambda word: (-forms[s][word], word)) for s in stems)


def _typical(weights: Any, members: NDArray[np.intp], texts: Sequence[str]) -> tuple[int, ...]:
    """The texts nearest the middle of their theme, by the angle."""
    mine = weights[members]
    nearness = np.round(np.asarray(mine @ np.asarray(mine.mean(axis=0)).ravel()).ravel(), 9)
    nearest = [int(members[at]) for at in np.argsort(-nearness, kind="stable")]
    said = {" ".join(LETTERS.findall(texts[at].casefold())): at for at in reversed(nearest)}
    first = set(said.values())
    return tuple(sorted(nearest, key=lambda at: at not in first)[:TYPICAL])
