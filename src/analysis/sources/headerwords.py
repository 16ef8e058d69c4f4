"""What a header says, as ideas: “Utskr.tid”, “Discharge date” and “datum för utskrivning” say the same."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import islice, product
from pathlib import Path
from typing import Any

from analysis.sources.codes import fold

Ideas = frozenset[str]

#: A word that no idea has; a header may hold some, they say little.
UNKNOWN = "?"
UNKNOWN_WEIGHT = 0.5
SUBJECT_WEIGHT = 0.2
#: Spelling errors: how alike two words must be, and how long.
ALIKE, LEAST_FUZZY = 88.0, 5
#: An abbreviation is the beginning of words of one idea only.
LEAST_START = 4
#: With a point or in capitals it may be shorter, leave out letters, and begin words of a few ideas.
LEAST_CAPITALS, LEAST_POINTED, LEAST_SKIPPING, MOST_IDEAS = 3, 2, 4, 8
MOST_READINGS = 16
#: What explains the rest of a header says less, against a column, and so does a reading among several.
ASIDE_WEIGHT, UNCERTAIN_WEIGHT = 0.25, 0.94
#: A header whose main thing is another one only mentions the column.
MENTIONED_WEIGHT, LEAST_THING = 0.6, 0.5
#: “Datum” alone says nothing where there are several dates.
LEAST_SHARED = 0.4
#: Two headers that are spelt alike must mean nearly the same too.
LEAST_MEANT = 0.5
ENDINGS = ("s", "e", "n", "t", "en", "et", "na", "er", "ens", "ets", "ed")
LINKS = ("", "s", "e")
#: Shorter words are parts of a compound only when nothing but such parts is in it.
LEAST_INSIDE = 3
#: Signs that separate headers, and do not stand in one.
SIGNS = r"[;\t|]"
BRACKETS = r"[(\[]([^()\[\]]*)[)\]]"
#: “Vårt” is not “vart”, which asks where to.
OUR = "vårt"
#: What may stand after other words, at most two: “skrevs patienten ut”, “kom personen tillbaka”.
PARTICLES, GAP = ("in", "ut", "inne", "hem", "tillbaka", "ja", "home", "back"), 4


@dataclass(frozen=True)
class Token:
    """A folded word; one with a point or in capitals may be an abbreviation."""

    text: str
    is_short: bool = False


@dataclass(frozen=True)
class Said:
    """One reading of a header: the main thing, what follows “from” or “after”, what stands in brackets."""

    main: Ideas
    mentioned: Ideas = frozenset()
    inside: Ideas = frozenset()
    is_certain: bool = True

    @property
    def ideas(self) -> Ideas:
        """All of them."""
        return self.main | self.mentioned | self.inside

    def without(self, common: Ideas) -> Said:
        """The reading without ideas that say nothing, unless it has no others."""
        if not self.ideas - common:
            return self
        return Said(self.main - common, self.mentioned - common, self.inside - common, self.is_certain)


#: The ideas that a piece of a header may have, one of several; a mark before an explanation has none.
Piece = list[list[str]]
MARK: Piece = []


@dataclass(frozen=True)
class Vocabulary:
    """Words and the ideas they stand for, and the phrases of each table's columns."""

    settings: Mapping[str, Any] = field(repr=False)

    @cached_property
    def words(self) -> dict[str, str]:
        """Folded word, or words, to idea."""
        return {plain(w): idea for idea, words in self.settings["words"].items() for w in words}

    @cached_property
    def single(self) -> dict[str, str]:
        """Those that are one word."""
        return {word: idea for word, idea in self.words.items() if " " not in word}

    @cached_property
    def several(self) -> list[tuple[list[str], str]]:
        """Those that are several, longest first."""
        found = [(word.split(), idea) for word, idea in self.words.items() if " " in word]
        return sorted(found, key=lambda f: (-len(f[0]), f[0]))

    @cached_property
    def stop(self) -> set[str]:
        """Words that say nothing."""
        return {fold(word) for word in self.settings["stop"]}

    @cached_property
    def aside(self) -> set[str]:
        """Words before what only explains."""
        return {fold(word) for word in self.settings["aside"]}

    def table(self, name: str) -> dict[str, Any]:
        """What is said of a table: subject, telling, order, constants, columns."""
        own = self.settings["tables"][name]
        base = self.settings["tables"][own["like"]] if "like" in own else {}
        return {**own, "columns": {**base.get("columns", {}), **own["columns"]}}

    def weight(self, idea: str) -> float:
        """How much an idea says."""
        if idea.startswith(UNKNOWN):
            return UNKNOWN_WEIGHT
        return float(self.settings["weights"].get(idea, 1.0))

    @cached_property
    def _said(self) -> dict[str, list[Said]]:
        return {}

    def ideas(self, header: str) -> Ideas:
        """The ideas of a header; words without one stand as they are, marked as unknown."""
        return self.readings(header)[0].ideas

    def readings(self, header: str) -> list[Said]:
        """What a header may say: several things when an abbreviation may stand for several words."""
        if header not in self._said:
            self._said[header] = self._readings(header)
        return self._said[header]

    def _readings(self, header: str) -> list[Said]:
        inside = " ".join(re.findall(BRACKETS, header))
        pieces, explained = self._asked(tokens(re.sub(BRACKETS, " ", header))), self._asked(tokens(inside))
        if not any(any(piece) for piece in pieces):
            pieces, explained = explained, []
        says = [any(piece) for piece in pieces]
        marks = [at for at, p in enumerate(pieces) if p is MARK and any(says[:at]) and any(says[at:])]
        cut = marks[0] if marks else len(pieces)
        parts = [[p for p in part if p] for part in (pieces[:cut], pieces[cut:], explained)]
        is_certain = all(len(piece) == 1 for part in parts for piece in part)
        choices = [[_joined(choice) for choice in islice(product(*part), MOST_READINGS)] for part in parts]
        found = islice(product(*choices), MOST_READINGS)
        return [Said(main, mentioned, inside, is_certain) for main, mentioned, inside in found]

    def knows(self, cells: Iterable[str]) -> float:
        """The share of the cells in which every word is known: headers, not values or whole lines."""
        named = [c for c in cells if c.strip()]
        known = [c for c in named if not re.search(SIGNS, c) and self._is_known(c)]
        return len(known) / len(named) if len(named) > 1 else 0.0

    def _is_known(self, cell: str) -> bool:
        ideas = self.ideas(cell)
        return bool(ideas) and not any(idea.startswith(UNKNOWN) for idea in ideas)

    def _asked(self, words: list[Token]) -> list[Piece]:
        """The pieces of a header, which may be a question: “när”, “vem” and “var” say what is asked for."""
        is_word = any(_after(words, parts) is not None for parts, _ in self.several)
        texts = [word.text for word in words]
        for idea, begun in self.settings["questions"].items():
            for parts in (plain(word).split() for word in begun):
                if texts[: len(parts)] == parts and len(parts) < len(words) and not is_word:
                    return [[[idea]], *self._found(words[len(parts) :])]
        return self._found(words)

    def _found(self, words: list[Token]) -> list[Piece]:
        texts = {word.text for word in words}
        near = [(parts, idea) for parts, idea in self.several if not texts.isdisjoint(parts)]
        for is_exact in (True, False):
            for parts, idea in near:
                for at in range(len(words)):
                    rest = _after(words[at:], parts) if is_exact else self._shortened(words[at:], parts)
                    if rest is not None:
                        return [*self._found(words[:at]), [[idea]], *self._found(rest)]
        return [self._piece(word, is_last=n == len(words)) for n, word in enumerate(words, 1)]

    def _shortened(self, words: list[Token], parts: list[str]) -> list[Token] | None:
        """What follows words of which some are abbreviated, as in “fast vk”; None when they are others."""
        pairs = list(zip(words, parts, strict=False))
        if len(words) < len(parts):
            return None
        exact = [p for w, p in pairs if w.text == p and len(p) > LEAST_INSIDE and p not in self.stop]
        short = [(w, p) for w, p in pairs if w.text != p]
        good = all(
            _is_short(w.text, p)
            and (p.startswith(w.text) or len(w.text) == LEAST_POINTED)
            and (w.is_short or len(w.text) <= LEAST_INSIDE)
            and not self._is_word(w.text)
            for w, p in short
        )
        return words[len(parts) :] if exact and good else None

    def _is_word(self, text: str) -> bool:
        return text in self.single or text in self.stop

    def _piece(self, word: Token, *, is_last: bool) -> Piece:
        if word.text in self.aside and not is_last:
            return MARK
        return self._word(word) if self._says(word.text) else [[]]

    def _says(self, token: str) -> bool:
        """Whether a word is more than a letter, as in “(J/N)”, or a word such as “för”."""
        return token in self.single or (len(token) > 1 and token not in self.stop)

    def _word(self, word: Token) -> Piece:
        token = word.text
        if token in self.single:
            return [[self.single[token]]]
        if parts := self._parts(token):
            return [parts]
        if word.is_short and (begun := self._begun(token)):
            return [[idea] for idea in begun]
        return [self._close(token) or self._start(token) or self._inside(token)]

    def _begun(self, token: str) -> list[str]:
        """The ideas that an abbreviation with a point, or in capitals, may stand for."""
        begun = {idea for word, idea in self.single.items() if word.startswith(token)}
        if not begun and len(token) >= LEAST_SKIPPING:
            near = [w for w in self.single if w[:2] == token[:2] and len(w) > len(token) + 1]
            begun = {self.single[word] for word in near if _is_short(token, word)}
        return sorted(begun) if len(begun) <= MOST_IDEAS else []

    def _parts(self, token: str) -> list[str]:
        """A compound, taken apart into as few words as possible; empty when it cannot be."""
        best: dict[int, list[str]] = {0: []}
        for end in range(2, len(token) + 1):
            for start in sorted(best):
                idea = self._part(token[start:end], is_last=end == len(token))
                if idea and (end not in best or len(best[start]) + 1 < len(best[end])):
                    best[end] = [*best[start], idea]
        return best.get(len(token), [])

    def _part(self, text: str, *, is_last: bool) -> str:
        for link in ENDINGS if is_last else LINKS:
            stem = text.removesuffix(link)
            if stem in self.single and (stem == text or len(stem) > LEAST_INSIDE):
                return self.single[stem]
        return self.single.get(text, "")

    def _close(self, token: str) -> list[str]:
        """A misspelt word."""
        from rapidfuzz import fuzz, process

        if len(token) < LEAST_FUZZY:
            return []
        long = [word for word in self.single if len(word) >= LEAST_FUZZY]
        found = process.extractOne(token, long, scorer=fuzz.ratio, score_cutoff=ALIKE)
        return [self.single[found[0]]] if found else []

    def _start(self, token: str) -> list[str]:
        """An abbreviation."""
        begun = {idea for word, idea in self.single.items() if word.startswith(token)}
        return list(begun) if len(token) >= LEAST_START and len(begun) == 1 else []

    def _inside(self, token: str) -> list[str]:
        """A compound of which a part is known."""
        known = [
            w for w in self.single if len(w) >= LEAST_FUZZY and (token.startswith(w) or token.endswith(w))
        ]
        longest = max(known, key=len, default="")
        return [self.single[longest], UNKNOWN + token] if longest else [UNKNOWN + token]


def _joined(pieces: Iterable[list[str]]) -> Ideas:
    return frozenset(idea for ideas in pieces for idea in ideas)


def _after(words: list[Token], parts: list[str]) -> list[Token] | None:
    """What follows these words; None when they are others. “skrevs patienten ut” is “skrevs ut”."""
    texts = [word.text for word in words]
    if texts[: len(parts)] == parts:
        return words[len(parts) :]
    if len(parts) == 2 and parts[1] in PARTICLES and texts[:1] == parts[:1] and parts[1] in texts[1:GAP]:
        at = texts.index(parts[1])
        return [*words[1:at], *words[at + 1 :]]
    return None


def _is_short(token: str, word: str) -> bool:
    """Whether a word begins alike and has the letters of an abbreviation in the same order."""
    letters = iter(word)
    return token[:1] == word[:1] and len(token) > 1 and all(letter in letters for letter in token)


def tokens(text: str) -> list[Token]:
    """The words of a header, folded."""
    found = []
    for word, point in re.findall(r"([^\W\d_]+)(\.?)", _apart(unicodedata.normalize("NFC", text))):
        if word.lower() == OUR:
            continue
        is_short = len(word) >= LEAST_POINTED if point else word.isupper() and len(word) >= LEAST_CAPITALS
        found += [Token(each, is_short) for each in plain(word.lower()).split()]
    return found


def _apart(header: str) -> str:
    return re.sub(r"(?<=[^\W\d_A-ZÅÄÖ])(?=[A-ZÅÄÖ])", " ", header)


@lru_cache(maxsize=10_000)
def plain(header: str) -> str:
    """A header in folded words: letters only, and “PatientID” in two."""
    return " ".join(re.sub(r"[\W\d_]+", " ", fold(_apart(header))).split())


@cache
def vocabulary() -> Vocabulary:
    """The words that ship with the program."""
    text = Path(__file__).with_name("headers.toml").read_text(encoding="utf-8")
    return Vocabulary(tomllib.loads(text))


class Likeness:
    """How alike headers and columns of one table are, from 0 to 1.

    Parameters
    ----------
    words : Vocabulary
        What words mean.
    table : str
        The table.
    header : sequence of str
        All headers of the file; an idea that most of them share says nothing.
    spellings : mapping of str to sequence of str
        Column to further headers that it is known to have, from the area's own mappings.
    """

    def __init__(
        self, words: Vocabulary, table: str, header: Sequence[str], spellings: Mapping[str, Sequence[str]]
    ) -> None:
        self.words = words
        about = words.table(table)
        self.subject = set(about["subject"])
        self.against = {column: frozenset(ideas) for column, ideas in about.get("against", {}).items()}
        self.phrases = {
            column: [*phrases, *spellings.get(column, ())] for column, phrases in about["columns"].items()
        }
        self.common = self._common([h for h in header if h])

    def _common(self, header: Sequence[str]) -> Ideas:
        """Ideas that stand in most headers, as a prefix does."""
        found = [self.words.ideas(h) for h in header]
        ideas = frozenset[str]().union(*found)
        least = max(4, 0.6 * len(found))
        return frozenset(i for i in ideas if i != "when" and sum(i in f for f in found) >= least)

    def of(self, header: str, column: str) -> float:
        """How alike the header and the best phrase of the column are."""
        readings = [said.without(self.common) for said in self.words.readings(header)]
        readings = [said for said in readings if not said.ideas & self.against.get(column, frozenset())]
        phrases = self.phrases[column]
        return max(
            (self._alike(header, said, phrase) for said in readings for phrase in phrases), default=0.0
        )

    def _alike(self, header: str, said: Said, phrase: str) -> float:
        from rapidfuzz import fuzz

        if plain(header) == plain(phrase):
            return 1.0
        meant = self._shared(said, self.words.ideas(phrase)) * (1 if said.is_certain else UNCERTAIN_WEIGHT)
        written = fuzz.ratio(plain(header), plain(phrase)) / 100
        return max(meant, written if written >= ALIKE / 100 and meant >= LEAST_MEANT else 0.0)

    def _shared(self, said: Said, phrase: Ideas) -> float:
        """Weight of the shared ideas among all; the table's subject may stand or not."""
        shared = sum(self.words.weight(i) for i in said.ideas & phrase)
        if not shared:
            return 0.0
        other = sum(self._against(i) for i in (said.main - phrase) | (phrase - said.ideas))
        other += sum(self._against_aside(i) for i in said.ideas - said.main - phrase)
        things, named = self._things(said.main), self._things(phrase)
        is_mentioned = (things and not phrase & (things | said.inside)) or (named and not named & said.ideas)
        is_mentioned = is_mentioned or (shared < LEAST_SHARED and phrase - said.ideas)
        return shared / (shared + other) * (MENTIONED_WEIGHT if is_mentioned else 1.0)

    def _things(self, ideas: Ideas) -> Ideas:
        """Ideas that name something; “planned” or “number of” do not, nor does the table's subject."""
        named = {idea for idea in ideas if self._against(idea) >= LEAST_THING}
        return frozenset(named - set(self.words.settings["modifiers"]))

    def _against(self, idea: str) -> float:
        return min(self.words.weight(idea), SUBJECT_WEIGHT if idea in self.subject else 9.0)

    def _against_aside(self, idea: str) -> float:
        """What explains says little against a column, unless it makes it another thing, as “(planerad)”."""
        decides = idea in self.words.settings["deciding"]
        return self._against(idea) * (1.0 if decides else ASIDE_WEIGHT)
