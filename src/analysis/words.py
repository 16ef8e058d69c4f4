"""Words and numbers as Swedish and English write them: no number is typed by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from math import isclose, isinf, isnan
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from analysis.area import Policy
from analysis.designs.effect import Question
from analysis.errors import UsageError

LANGUAGES = ("sv", "en")
MINUS, HARD_SPACE = "\u2212", "\u00a0"
LEVELLED = ("whole", "parts", "detail")  # what a disclosure policy has a level for
LOCALES = {"sv": "sv_SE", "en": "en_GB"}


@cache
def texts_of(language: str) -> dict[str, Any]:
    """Every text of a language, of all files of its folder, in sections."""
    if language not in LANGUAGES:
        raise UsageError(f"there is no language “{language}”", f"Use one of: {', '.join(LANGUAGES)}")
    texts: dict[str, Any] = {}
    for file in sorted((files("analysis") / "locale" / language).iterdir(), key=lambda f: f.name):
        _add(texts, tomllib.loads(file.read_text(encoding="utf-8")), file.name)
    return texts


def _add(texts: dict[str, Any], more: Mapping[str, Any], file: str) -> None:
    """Put the texts of a file with those of others; none may be told twice."""
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(texts.setdefault(key, {}), dict):
            _add(texts[key], value, file)
        elif key in texts:
            raise ValueError(f"the text “{key}” of {file} stands in another file, too")
        else:
            texts[key] = value


class Words:
    """The words of one language.

    Parameters
    ----------
    language : {"sv", "en"}
        Which language.
    parties, units, events : mapping of str to str, optional
        Names of the area's parties, units and events.
    """

    def __init__(
        self,
        language: str,
        parties: Mapping[str, str] | None = None,
        units: Mapping[str, str] | None = None,
        events: Mapping[str, str] | None = None,
    ) -> None:
        self.language = language
        self.parties = parties or {}
        self.units = units or {}
        self.events = events or {}
        self.texts = texts_of(language)

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
        if isinf(value):
            return (MINUS if value < 0 else "") + "\u221e"
        rounded = round(value, decimals) + 0.0
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        text = format_decimal(abs(rounded), format=pattern, locale=LOCALES[self.language])
        sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
        return sign + text.replace(" ", HARD_SPACE)

    def figure(self, value: float, most: int) -> str:
        """A number with no more decimals than it has, of at most these."""
        return self.number(value, _decimals(value, most))

    def percent(self, share: float, decimals: int = 0, *, signed: bool = False) -> str:
        """A share as per cent."""
        if isnan(share):
            return self.text("table/no_value")
        space = HARD_SPACE if self.language == "sv" else ""
        return self.number(100 * share, decimals, signed=signed) + space + "%"

    def p(self, value: float) -> str:
        """A p-value after its letter: "= 0.03", or "< 0.001"."""
        if isnan(value):
            return f"={HARD_SPACE}{self.text('table/no_value')}"
        shown = f"= {self.figure(value, 3)}" if value >= 0.001 else f"< {self.number(0.001, 3)}"
        return shown.replace(" ", HARD_SPACE)

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
        amount, most = _amount(value, question)
        return self._change(amount if signed else abs(amount), question, _decimals(amount, most), signed)

    def interval(self, estimate: float, low: float, high: float, question: Question) -> tuple[str, str, str]:
        """An estimate and the ends of its interval as changes, all with the same number of decimals.

        Parameters
        ----------
        estimate, low, high : float
            Ratios or differences, as the effect's scale says.
        question : Question
            Whose measure it is.

        Returns
        -------
        tuple of str
            With a sign each. A change that the interval does not exclude to be none may be written as none.
        """
        amounts = [_amount(value, question)[0] for value in (estimate, low, high)]
        most = _amount(estimate, question)[1]
        known = [amount for amount in amounts if not isnan(amount)]
        places = max((_decimals(amount, most, small=False) for amount in known), default=0)
        if amounts[1] * amounts[2] > 0:  # nothing in a clear interval is none
            places = max(_decimals(one, most) if round(one, places) == 0 else places for one in amounts)
        one, lower, upper = (self._change(amount, question, places, True) for amount in amounts)
        return one, lower, upper

    def _change(self, amount: float, question: Question, places: int, signed: bool) -> str:
        if isnan(amount):
            return self.text("table/no_value")
        if question.kind != "mean":
            return self.percent(amount / 100, places, signed=signed)
        unit = self.text(f"measure/{question.measure}/unit")
        return f"{self.number(amount, places, signed=signed)}{HARD_SPACE}{unit}".rstrip()

    def policy(self, policy: Policy) -> str:
        """The disclosure policy in words: its numbers, its levels, and who decided it."""
        levels = {name: self.text(f"chart/level/{getattr(policy, name)}").lower() for name in LEVELLED}
        decided_by = policy.decided_by.get(self.language, self.text("table/no_value"))
        shown = {"hide": policy.hide_up_to, "round": policy.round_to, "decided_by": decided_by}
        return self.text("provenance/policy_text", **shown, **levels)

    def value(self, value: float, kind: str) -> str:
        """A released value of a measure."""
        return self.percent(value) if kind == "share" else self.number(value, 1)

    def name(self, question: Question, *, short: bool = False) -> str:
        """The measure's name, with what tells questions apart: party, number of units and (short) start."""
        name = self.text(f"measure/{question.measure}/{'short' if short else 'name'}")
        party = [_inside(self.parties[question.party])] if question.party in self.parties else []
        units = [self.text("finding/units", n=self.number(len(question.starts)))] if question.starts else []
        several = short and question.evaluation  # evaluations of one area may ask the same of other starts
        start = [self.text("finding/starting", month=self.month(question.start))] if several else []
        return ", ".join([name, *party, *units, *start])

    def level(self, value: float, question: Question, *, is_rough: bool = False) -> str:
        """A level of a measure, from a model: shares in per cent, means with their unit; shorter if rough."""
        fewer = int(is_rough)
        if question.kind == "share":
            return self.percent(value, 1 - fewer)
        unit = self.text(f"measure/{question.measure}/unit") if question.kind == "mean" else ""
        return f"{self.number(value, (2 if unit else 1) - fewer)}{HARD_SPACE}{unit}".rstrip()


def _inside(name: str) -> str:
    """A party's name inside a line: small first letter, unless it is an abbreviation."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _amount(value: float, question: Question) -> tuple[float, int]:
    """A ratio in per cent or a difference, and the most decimals it is written with."""
    return (value, 2) if question.kind == "mean" else (100 * (value - 1), 1)


def _decimals(value: float, most: int, *, small: bool = True) -> int:
    """No more decimals than the number has, of at most these; `small` ones have more than to be zero."""
    if small and value and round(value, most) == 0:
        return next((n for n in (most + 1, most + 2) if round(value, n)), most + 2)
    return next((n for n in range(most) if isclose(round(value, n), value, abs_tol=1e-9)), most)
