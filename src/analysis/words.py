"""Sentences from numbers, in Swedish and English: no number is typed by hand, no finding is written ahead."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from math import isnan
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from analysis.designs.effect import Check, Effect, Question
from analysis.errors import UsageError

LANGUAGES = ("sv", "en")
MINUS, HARD_SPACE = "\u2212", "\u00a0"
LOCALES = {"sv": "sv_SE", "en": "en_GB"}


@cache
def _texts(language: str) -> dict[str, Any]:
    if language not in LANGUAGES:
        raise UsageError(f"there is no language “{language}”", f"Use one of: {', '.join(LANGUAGES)}")
    return tomllib.loads((files("analysis") / "locale" / f"{language}.toml").read_text(encoding="utf-8"))


class Words:
    """The words of one language.

    Parameters
    ----------
    language : {"sv", "en"}
        Which language.
    parties : mapping of str to str, optional
        Names of the area's parties.
    """

    def __init__(self, language: str, parties: Mapping[str, str] | None = None) -> None:
        self.language = language
        self.parties = parties or {}
        self.texts = _texts(language)

    def text(self, key: str, /, **values: object) -> str:
        """A text by its key (parts joined by slashes), filled with values.

        Parameters
        ----------
        key : str
            For example "finding/step".
        **values : object
            What its braces ask for, already formatted.

        Returns
        -------
        str
            The text.
        """
        node: Any = self.texts
        for part in key.split("/"):
            node = node[part]
        return node.format(**values) if values else node

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        node: Any = self.texts
        for part in key.split("/"):
            if not isinstance(node, Mapping) or part not in node:
                return False
            node = node[part]
        return True

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """A number as the language writes it, with a true minus and hard spaces.

        Parameters
        ----------
        value : float
            The number.
        decimals : int
            How many to show.
        signed : bool
            Whether a plus is written.

        Returns
        -------
        str
            The number; "–" when it is not one.
        """
        if isnan(value):
            return self.text("table/no_value")
        rounded = round(value, decimals) + 0.0
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        text = format_decimal(abs(rounded), format=pattern, locale=LOCALES[self.language])
        sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
        return sign + text.replace(" ", HARD_SPACE)

    def percent(self, share: float, decimals: int = 0, *, signed: bool = False) -> str:
        """A share as per cent."""
        if isnan(share):
            return self.text("table/no_value")
        space = HARD_SPACE if self.language == "sv" else ""
        return self.number(100 * share, decimals, signed=signed) + space + "%"

    def month(self, day: date | datetime) -> str:
        """A month with its year."""
        return format_date(day, "MMMM y", locale=LOCALES[self.language])

    def day(self, day: date | datetime) -> str:
        """A date; ISO in Swedish, spelt out in English."""
        return format_date(
            day, "y-MM-dd" if self.language == "sv" else "d MMMM y", locale=LOCALES[self.language]
        )

    def change(self, value: float, question: Question, *, signed: bool = True) -> str:
        """A ratio as a change in per cent, or a difference in the measure's unit.

        Parameters
        ----------
        value : float
            A ratio or a difference, as the effect's scale says.
        question : Question
            Whose measure it is.
        signed : bool
            Whether the sign is written.

        Returns
        -------
        str
            For example "−24,3 %" or "−0,30 dagar".
        """
        if isnan(value):
            return self.text("table/no_value")
        if question.kind != "mean":
            amount = value - 1
            shown = amount if signed else abs(amount)
            return self.percent(shown, _decimals(100 * amount, 1), signed=signed)
        amount = value if signed else abs(value)
        unit = self.text(f"measure/{question.measure}/unit")
        return f"{self.number(amount, _decimals(value, 2), signed=signed)}{HARD_SPACE}{unit}".rstrip()

    def value(self, value: float, kind: str) -> str:
        """A released value of a measure."""
        return self.percent(value) if kind == "share" else self.number(value, 1)

    def name(self, question: Question, *, short: bool = False) -> str:
        """The measure's name, with the party when one is asked about."""
        name = self.text(f"measure/{question.measure}/{'short' if short else 'name'}")
        return f"{name}, {self.parties[question.party]}" if question.party in self.parties else name

    def level(self, value: float, question: Question) -> str:
        """A level of a measure, from a model: shares in per cent, means with their unit."""
        if question.kind == "share":
            return self.percent(value, 1)
        unit = self.text(f"measure/{question.measure}/unit") if question.kind == "mean" else ""
        return f"{self.number(value, 2 if unit else 1)}{HARD_SPACE}{unit}".rstrip()


def _decimals(value: float, least: int) -> int:
    """Decimals that keep a small number from being shown as zero."""
    decimals = least
    while value and round(value, decimals) == 0 and decimals < least + 2:
        decimals += 1
    return decimals


def headline(effect: Effect, words: Words) -> str:
    """The finding as a title.

    Parameters
    ----------
    effect : Effect
        The answer.
    words : Words
        The language.

    Returns
    -------
    str
        One line; never stronger than the verdict.
    """
    name = words.name(effect.question, short=True)
    key = {"improved": "changed", "worsened": "changed"}.get(effect.verdict, effect.verdict)
    if key != "changed":
        return words.text(f"headline/{key}", name=name)
    size = words.change(effect.estimate, effect.question, signed=False)
    direction = _direction(effect, words)
    if effect.question.impact == "step":
        return words.text("headline/changed", name=name, size=size, direction=direction)
    last = words.month(_last(effect))
    return words.text("headline/changed_last", name=name, size=size, direction=direction, last=last)


def finding(effect: Effect, words: Words) -> list[str]:
    """The finding in sentences: size, interval, n, what was left out, why it is judged so.

    Parameters
    ----------
    effect : Effect
        The answer.
    words : Words
        The language.

    Returns
    -------
    list of str
        Sentences.
    """
    sentences = []
    if effect.verdict == "too_little_data":
        sentences += [*reasons(effect, words), words.text("finding/too_little_data")]
    else:
        sentences += _sizes(effect, words)
        sentences += [words.text("finding/n", n_before=effect.n_before, n_after=effect.n_after)]
    q = effect.question
    if q.settled > q.start and effect.verdict != "too_little_data":
        before = date(q.settled.year - (q.settled.month == 1), (q.settled.month - 2) % 12 + 1, 1)
        key = "transition_one" if before == q.start else "transition"
        span = {"start": words.month(q.start), "before_settled": words.month(before)}
        sentences.append(words.text(f"finding/{key}", **span))
    if effect.verdict == "no_clear_change":
        sentences += [words.text("finding/no_clear_change"), *reasons(effect, words)]
    if effect.verdict in ("improved", "worsened", "cannot_be_attributed"):
        sentences += [*reasons(effect, words), words.text("finding/attribution")]
    if words.has(f"measure/{q.measure}/caution"):
        sentences.append(words.text(f"measure/{q.measure}/caution"))
    return sentences


def reasons(effect: Effect, words: Words) -> list[str]:
    """Why the verdict is what it is.

    Parameters
    ----------
    effect : Effect
        The answer.
    words : Words
        The language.

    Returns
    -------
    list of str
        One sentence for each reason of the effect.
    """
    sentences = []
    for code, values in effect.reasons:
        shown = {k: words.number(v) if isinstance(v, int | float) else v for k, v in values.items()}
        if "check" in values:
            shown["check"] = words.text(f"check/{values['check']}/name").rstrip("?")
        sentences.append(words.text(f"reason/{code}", **shown))
    return sentences


def check_sentence(check: Check, effect: Effect, words: Words) -> str:
    """What a check says.

    Parameters
    ----------
    check : Check
        The check.
    effect : Effect
        Whose check it is.
    words : Words
        The language.

    Returns
    -------
    str
        One sentence, from the check's numbers.
    """
    shown: dict[str, object] = {}
    for key, value in check.values.items():
        if key.startswith(("estimate", "low", "high", "level")) and isinstance(value, float):
            shown[key] = words.change(value, effect.question)
        elif key == "p" and isinstance(value, float):
            shown[key] = words.percent(value)
        elif isinstance(value, float):
            shown[key] = words.number(value, 2)
        else:
            shown[key] = value
    shorter = check.values.get("kind") == "shorter" and check.passed is not None
    return words.text(f"check/{check.name}/{outcome(check)}{'_shorter' if shorter else ''}", **shown)


def outcome(check: Check) -> str:
    """The key of a check's outcome: "true", "false" or "none"."""
    return str(check.passed).lower()


def _direction(effect: Effect, words: Words) -> str:
    neutral = 1.0 if effect.scale == "ratio" else 0.0
    return words.text("headline/lower" if effect.estimate < neutral else "headline/higher")


def _last(effect: Effect) -> datetime:
    """The last month that is used."""
    return effect.fit[effect.fit.used].period_start.max()


def _sizes(effect: Effect, words: Words) -> list[str]:
    """Size and interval; for a step also from what to what."""
    sentences = [_size(effect, words)]
    q = effect.question
    after = effect.fit[effect.fit.used & (effect.fit.period_start >= str(q.settled))]
    if q.impact == "step":
        levels = {k: words.level(after[k].mean(), q) for k in ("expected", "without")}
        sentences.append(words.text("finding/levels", **levels))
        if q.kind == "share":
            sentences.append(words.text("finding/relative"))
    return sentences


def _size(effect: Effect, words: Words) -> str:
    q = effect.question
    shown: dict[str, object] = {
        "settled": words.month(q.settled),
        "last": words.month(_last(effect)),
        "n_after": effect.n_after,
        "size": words.change(effect.estimate, q, signed=False),
        "direction": _direction(effect, words),
        "low": words.change(effect.low, q),
        "high": words.change(effect.high, q),
    }
    terms = effect.table.set_index("term")
    if q.impact == "step_and_slope":
        shown["trend"] = words.change(terms.loc["trend"].estimate, q)
        for term in ("step", "slope"):
            row = terms.loc[term]
            shown[term] = words.change(row.estimate, q)
            shown |= {f"{term}_low": words.change(row.low, q), f"{term}_high": words.change(row.high, q)}
    return words.text(f"finding/{q.impact}", **shown)
