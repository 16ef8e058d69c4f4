"""What the cells of a column with an unknown header are, and whether they can be a column of a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.area import Area, Category, Party, Unit
from analysis.sources.codes import YES_NO, fold
from analysis.sources.identifiers import identity_hits
from analysis.sources.numbers import decimal_mark, integers, numbers
from analysis.sources.times import looks_serial, times
from analysis.sources.understand import Mask, Understood, is_missing, mask, matches

FIRST, LAST = pd.Timestamp("1990-01-01"), pd.Timestamp("2099-12-31")
SERIAL_FIRST = pd.Timestamp("2000-01-01")
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H.%M", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S%z", "T%H:%M:%S.%f%z")
WRITTEN_CLOCKS = (" kl. %H:%M", " kl %H:%M", " kl. %H.%M", " kl %H.%M", ", %H:%M", " %I:%M %p")
DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y/%d/%m"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%m.%d.%y", "%d-%m-%y", "%y-%m-%d", "%y%m%d", "%d%m%Y"),
    *("%Y.%m.%d", "%Y-%m-%d", "%Y%m%d", "%d/%m %Y", "%d/%m %y", "%d/%m-%Y", "%d/%m-%y", "%d/%m -%y"),
)
MONTHS = ("%Y-%m", "%Y/%m", "%Y%m", "%m/%Y", "%Y")
EVERY_FORM = (*MONTHS, *(day + clock for clock in (*CLOCKS, *WRITTEN_CLOCKS) for day in DAYS))
DATE_LIKE = r"^\d[\d/.-]{2,9}(,?[ T](kl\.? )?[\d:.+-]+Z?){0,2}( [AaPp][Mm])?$"
#: As “17 september 2025” and “3-Oct-25” are written; the first three letters tell the month.
NAMED_MONTHS = ("jan", "feb", "mar", "apr", "ma[jy]", "jun", "jul", "aug", "sep", "o[ck]t", "nov", "dec")
NAMED_DAY = r"^(\d{{1,2}})[ .-]+{month}\pL*[ .,-]+(\d{{4}}|\d{{2}})$"
NAMED_FORM = "%d/%m/%Y"
#: Words of organisations, which may be written with capitals as names of people are.
OF_ORGANISATIONS = (
    r"(?i)\b(care|health|hospital|municipal|municipality|regional|services?|social|primary|clinic|unit|home|"
    r"department|centre|center|team|agency|authority)\b|sjuk|vård|kommun|omsorg|bistånd|enhet|region|klinik|"
    r"mottagning|förvaltning|hemtjänst|boende|rehab|verksamhet"
)
CLOCK = r"^\d{1,2}[:.]\d{2}([:.]\d{2})?$"
#: As “Anna Ask” and “Bo Lars Berg-Ek” are written.
FULL_NAME = r"^\p{Lu}\p{Ll}+(-\p{Lu}\p{Ll}+)?( \p{Lu}\p{Ll}+(-\p{Lu}\p{Ll}+)?){1,2}$"
WORDS = frozenset(fold(w) for w in (*YES_NO, "sant", "falskt", "x"))
#: Nearly all: an export may have some cells that are wrong.
MOST = 0.95
HALF = 0.5
FEW_CODES, FEW_NAMES, FEW_NUMBERS = 20, 60, 4
LONG_TEXT, MANY_WORDS = 60, 7
SPELLED = {"unit": "municipality", "party": "party", "category": "category"}


@dataclass(frozen=True)
class Cells:
    """The filled cells of a column: each text once, and how often it stands."""

    texts: pa.Array
    often: np.ndarray
    empty_share: float
    area: Area

    @property
    def n(self) -> int:
        """How many cells are filled."""
        return int(self.often.sum())

    @property
    def kind(self) -> str:
        """The kind in one word, for people."""
        facts = {
            "empty": not self.n,
            "identifier": self.is_identifier,
            "clock time": self.is_clock,
            "yes or no": self.is_yes_no,
            "date": self.is_date,
            **{word: self.in_area[role] >= HALF for role, word in SPELLED.items()},
            "whole number": self.is_whole,
            "number": self.is_number,
            "text": self.is_long,
            "code": self.is_few(FEW_CODES),
            "id": self.is_unique and self.is_compact,
        }
        return next((kind for kind, fact in facts.items() if fact), "name")

    @cached_property
    def is_identifier(self) -> bool:
        """Whether it holds identity numbers."""
        return self._share(identity_hits(self.texts)) > 0.1

    @cached_property
    def is_clock(self) -> bool:
        """Clock times without a date."""
        return self._share(matches(self.texts, CLOCK)) >= MOST and ":" in "".join(self.texts[:5].to_pylist())

    @cached_property
    def is_yes_no(self) -> bool:
        """Words for yes and no, or 1 and 0."""
        return 0 < len(self.texts) <= 6 and all(fold(t) in WORDS for t in self.texts.to_pylist())

    @cached_property
    def is_whole(self) -> bool:
        """Whole numbers."""
        return self._share(_good(integers(self.texts))) >= MOST

    @cached_property
    def is_number(self) -> bool:
        """Numbers, whole or not."""
        return self._share(_good(numbers(self.texts, decimal=decimal_mark(self.texts)))) >= MOST

    @cached_property
    def is_scale(self) -> bool:
        """Mostly whole numbers from 1 to 5, and few words beside them."""
        return self.within(1, 5, least=HALF) and len(self.texts) <= FEW_CODES

    @cached_property
    def is_serial(self) -> bool:
        """Numbers that may be a spreadsheet's days."""
        return self.n > 0 and looks_serial(self.texts, first=SERIAL_FIRST, last=LAST)

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The date forms that every cell has; one empty form where none need be stated."""
        if self._share(matches(self.texts, DATE_LIKE)) < MOST:
            return ()
        if self._is_read(""):
            return ("",)
        first = Cells(self.texts[:1], self.often[:1], 0.0, self.area)
        near = EVERY_FORM if first._is_read("") else _forms_like(self.texts[0].as_py())
        return tuple(form for form in near if first._is_read(form) and self._is_read(form))

    @cached_property
    def numbered_months(self) -> pa.Array | None:
        """Dates that name their months, with numbers instead (day/month/year); None where they do not."""
        texts = numbered_months(self.texts)
        dates = Cells(texts, self.often, 0.0, self.area)
        is_named = self._share(matches(self.texts, r"\pL")) >= MOST and NAMED_FORM in dates.forms
        return texts if is_named else None

    @property
    def is_date(self) -> bool:
        """Dates, also such as name their months."""
        return bool(self.forms) or self.numbered_months is not None

    @cached_property
    def in_area(self) -> dict[str, float]:
        """Share of cells that are spellings of the area's municipalities, parties, categories."""
        area = self.area
        known: dict[str, tuple[Unit | Party | Category, ...]] = {
            "unit": area.units,
            "party": area.parties,
            "category": area.categories,
        }
        return {role: self.known_share([s for e in known[role] for s in e.spellings]) for role in known}

    @cached_property
    def is_people(self) -> bool:
        """Mostly written as names of people are, and no party or municipality."""
        named = matches(self.texts, FULL_NAME) & ~matches(self.texts, OF_ORGANISATIONS)
        return not any(self.in_area.values()) and self._share(named) >= HALF

    @cached_property
    def is_unique(self) -> bool:
        """Nearly every cell is different."""
        return self.n > 0 and len(self.texts) >= 0.98 * self.n

    @cached_property
    def is_compact(self) -> bool:
        """Without blanks, as ids are."""
        return self._share(~matches(self.texts, r"\s")) >= MOST

    @cached_property
    def is_long(self) -> bool:
        """Long or many words: written by somebody."""
        long = matches(self.texts, rf"^.{{{LONG_TEXT},}}") | matches(
            self.texts, rf"(\S+\s+){{{MANY_WORDS},}}"
        )
        sentences = matches(self.texts, r"\S+\s+\S+\s+\S+.*[.!?]\s*$")
        return self._share(long | sentences) > 0.3 and not self.is_few(5)

    def is_few(self, most: int) -> bool:
        """Few different texts, which come again."""
        return 0 < len(self.texts) <= most and len(self.texts) <= max(3, self.n / 2)

    def known_share(self, spellings: Any) -> float:
        """Share of the cells that are one of these spellings, case and accents aside."""
        folded = {fold(s) for s in spellings}
        return self._share(np.array([fold(t) in folded for t in self.texts.to_pylist()], dtype=bool))

    def within(self, low: float, high: float, least: float = MOST) -> bool:
        """Whether nearly all cells are numbers that lie here, both ends included."""
        values = numbers(self.texts, decimal=decimal_mark(self.texts)).values
        number = pd.Series(values.to_numpy(zero_copy_only=False), dtype=float)
        return self._share(((number >= low) & (number <= high)).to_numpy()) >= least

    def _times(self, forms: tuple[str, ...]) -> Understood:
        return times(self.texts, zone=self.area.time_zone, first=FIRST, last=LAST, forms=forms)

    def _is_read(self, form: str) -> bool:
        return self._share(_good(self._times((form,) if form else ()))) >= (MOST if not form else 1.0)

    def _share(self, rows: np.ndarray) -> float:
        return float(self.often[rows].sum() / self.n) if self.n else 0.0


def _forms_like(text: str) -> list[str]:
    """The forms that have the marks of a text between its numbers; those with an offset, if it has a “T”."""
    shape = _shape(text)
    return [form for form, its in _shapes().items() if ("t" in shape if "%z" in form else its == shape)]


@cache
def _shapes() -> Mapping[str, str]:
    return {form: _shape(form) for form in EVERY_FORM}


def _shape(text: str) -> str:
    """What stands between the numbers of a text, or of a form."""
    numbered = re.sub(r"%p|[ap]m$", "am", re.sub(r"%[^pz]", "0", text.lower()))
    return re.sub(r"\d+", "0", re.sub(r"\s", "", numbered))


def numbered_months(texts: pa.Array) -> pa.Array:
    """Texts such as “3 oktober 2025” as “3/10/2025”."""
    texts = pc.utf8_lower(texts)
    for number, month in enumerate(NAMED_MONTHS, 1):
        pattern = NAMED_DAY.format(month=month)
        texts = pc.replace_substring_regex(texts, pattern=pattern, replacement=rf"\1/{number:02d}/\2")
    return texts


def cells_of(column: pa.ChunkedArray, area: Area) -> Cells:
    """The cells of one column.

    Parameters
    ----------
    column : pa.ChunkedArray
        Texts.
    area : Area
        Whose municipalities, parties and categories are known.

    Returns
    -------
    Cells
        Without those that spell “missing”.
    """
    counted = pc.value_counts(pc.utf8_trim_whitespace(column.cast(pa.string())))
    texts, often = counted.field(0), counted.field(1).to_numpy()
    filled = ~is_missing(texts)
    kept = texts.filter(pa.array(filled))
    share = float(often[filled].sum() / max(often.sum(), 1))
    return Cells(kept, often[filled], 1 - share, area)


def fit(cells: Cells, name: str, column: Any, synonyms: Mapping[str, Any], is_key: bool) -> float | None:
    """How well cells fit a column of a table; None when they cannot be it.

    Parameters
    ----------
    cells : Cells
        A column of the file.
    name : str
        The table's column.
    column : pandera Column
        Its contract.
    synonyms : mapping of str to code
        Known spellings of its codes.
    is_key : bool
        Whether it alone names a row.

    Returns
    -------
    float or None
        0 to 1; above 0.9 only cells that can hardly be anything else.
    """
    if not cells.n:
        return 0.4 if column.nullable else None
    kind, role = str(column.dtype), (column.metadata or {}).get("role", "")
    if kind.startswith("datetime"):
        return _fit_date(cells, name)
    if cells.is_clock or (cells.is_long and role not in ("text", "opaque")):
        return None
    if kind == "boolean":
        return 0.8 if cells.is_yes_no else 0.5 if cells.known_share(synonyms) >= HALF else None
    if kind.lower().startswith(("int", "float")):
        return _fit_number(cells, column, is_whole=kind.lower().startswith("int"))
    return _fit_text(cells, role, synonyms, is_key)


def _fit_date(cells: Cells, name: str) -> float | None:
    if cells.forms and (name in ("period_start", "week_start") or not set(cells.forms) & set(MONTHS)):
        return 0.8
    return 0.5 if cells.is_serial else 0.8 if cells.numbered_months is not None else None


def _fit_number(cells: Cells, column: Any, *, is_whole: bool) -> float | None:
    if not (cells.is_whole if is_whole else cells.is_number):
        return None
    limits = {k: v for check in column.checks for k, v in check.statistics.items()}
    low = limits.get("min_value", -np.inf)
    return 0.7 if cells.within(low, limits.get("max_value", np.inf)) else None


def _fit_text(cells: Cells, role: str, synonyms: Mapping[str, Any], is_key: bool) -> float | None:
    if "" in cells.forms or cells.numbered_months is not None or (cells.is_number and not cells.is_whole):
        return None
    if role in SPELLED:
        return _fit_spelled(cells, role)
    if role == "code":
        return _fit_code(cells, synonyms)
    if role in ("id", "person"):
        return _fit_id(cells, role, is_key)
    if role == "name" and (cells.is_number or cells.is_yes_no or cells.in_area["unit"] >= MOST):
        return 0.3
    return None if cells.is_identifier else 0.6


def _fit_code(cells: Cells, synonyms: Mapping[str, Any]) -> float | None:
    """Known words; few others and few numbers may be codes of the system that the header has to tell."""
    if cells.known_share(synonyms) >= HALF:
        return 0.9
    if cells.is_number:
        return 0.2 if cells.is_few(FEW_NUMBERS) else None
    return 0.4 if cells.is_few(FEW_CODES) else None


def _fit_spelled(cells: Cells, role: str) -> float | None:
    """Known names are certain; others may be new names, unless they are known as something else."""
    if cells.in_area[role] >= HALF:
        return 1.0
    is_other = cells.is_number or cells.is_yes_no or any(share >= HALF for share in cells.in_area.values())
    is_name = cells.is_few(FEW_NAMES) and not (role == "party" and cells.is_people)
    return 0.4 if is_name and not is_other else None


def _fit_id(cells: Cells, role: str, is_key: bool) -> float | None:
    if cells.is_identifier:
        return 1.0 if role == "person" else None
    repeats = is_key and len(cells.texts) < 0.8 * cells.n
    return None if repeats or not cells.is_compact or cells.is_yes_no else 0.7


def _good(understood: Understood) -> Mask:
    """Texts that have a value."""
    return mask(pc.is_valid(understood.values))
