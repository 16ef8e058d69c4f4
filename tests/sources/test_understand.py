"""What every converter promises: a text is a value, missing, or wrong, and exactly one of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.codes import booleans, codes, destroyed, ids, names
from analysis.sources.numbers import decimal_mark, integers, likert, numbers
from analysis.sources.times import looks_serial, times
from analysis.sources.understand import MISSING, Understood, is_missing, settle, without_placeholders

FIRST, LAST = pd.Timestamp("2000-01-01"), pd.Timestamp("2026-06-30")
PERIOD = {"first": FIRST, "last": LAST}
KNOWN = {"Öckerö": "ockero", "Mölndal": "molndal"}
CONVERTERS: dict[str, Callable[[pa.Array], Understood]] = {
    "times": lambda t: times(t, zone="Europe/Stockholm", **PERIOD),
    "times by form": lambda t: times(
        t, zone="Europe/Stockholm", forms=["%d/%m/%Y", "%y%m%d %H:%M%z"], **PERIOD
    ),
    "serial times": lambda t: times(t, zone="Europe/Stockholm", serial=True, **PERIOD),
    "numbers": numbers,
    "comma numbers": lambda t: numbers(t, decimal=",", scale=2.0),
    "point numbers": lambda t: numbers(t, decimal="."),
    "integers": lambda t: integers(t, low=0, high=99),
    "likert": lambda t: likert(t, missing_words=["vet ej"]),
    "booleans": booleans,
    "codes": lambda t: codes(t, KNOWN),
    "codes of an empty list": lambda t: codes(t, {}),
    "names": names,
    "ids": ids,
}
DATE_LIKE = st.text("0123456789-:. TZ+/", max_size=20)
NUMBER_LIKE = st.text("0123456789-,. eE+\u00a0٣５", max_size=30)
SHAPED = st.from_regex(
    r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?", fullmatch=True, alphabet="0123456789-: T"
)
ANY = st.one_of(
    st.text(), DATE_LIKE, NUMBER_LIKE, SHAPED, st.sampled_from([*MISSING, *KNOWN, "Ja", "vet ej"])
)


def strings(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.string())


@pytest.mark.parametrize("name", CONVERTERS)
@given(texts=st.lists(ANY, max_size=12))
def test_each_text_is_a_value_or_missing_or_wrong_and_exactly_one_of_them(
    name: str, texts: list[str]
) -> None:
    done = CONVERTERS[name](strings(texts))
    marks = [done.values.is_valid().to_numpy(zero_copy_only=False), done.missing, *done.wrong.values()]
    assert (np.sum(marks, axis=0) == 1).all() if texts else len(done.values) == 0


@pytest.mark.parametrize("name", CONVERTERS)
@given(texts=st.lists(ANY, max_size=12))
def test_only_accepted_texts_are_odd_and_every_reason_has_a_text(name: str, texts: list[str]) -> None:
    done = CONVERTERS[name](strings(texts))
    valid = done.values.is_valid().to_numpy(zero_copy_only=False)
    assert all((valid | ~rows).all() for rows in done.odd.values())
    assert all(rows.any() for rows in (*done.wrong.values(), *done.odd.values()))


@given(texts=st.lists(ANY, max_size=12))
def test_the_questions_about_a_column_can_be_asked_of_any_text(texts: list[str]) -> None:
    assert looks_serial(strings(texts), **PERIOD) in {True, False}
    assert decimal_mark(strings(texts)) in {",", ".", ""}
    assert len(destroyed(strings(texts))) == len(is_missing(strings(texts))) == len(texts)


@pytest.mark.parametrize("name", CONVERTERS)
def test_a_column_without_texts_is_understood(name: str) -> None:
    done = CONVERTERS[name](strings([]))
    assert len(done.values) == 0
    assert done.wrong == done.odd == {}


@pytest.mark.parametrize("text", sorted(MISSING))
@pytest.mark.parametrize("form", [str, str.upper, str.title, lambda text: f"  {text}\u00a0"])
def test_missing_is_spelled_in_many_ways(text: str, form: Callable[[str], str]) -> None:
    assert is_missing(strings([form(text)])).all()


def test_what_only_begins_like_missing_is_not_missing() -> None:
    assert not is_missing(
        strings(["Nan Andersson", "na1", "0", "-1", "...", "okänd avdelning", "xxxx"])
    ).any()


def test_placeholders_are_emptied_before_a_text_is_read() -> None:
    texts = strings(["xxxx", "Xxx", "xx", "xxxxx.", "x", "xxxy", "Maxx"])
    assert without_placeholders(texts).to_pylist() == ["", "", "", "", "x", "xxxy", "Maxx"]


def test_a_spelling_of_missing_that_was_read_keeps_its_value() -> None:
    done = settle(pa.array([1, None, None]), np.array([True, True, False]), "number_format")
    assert done.values.to_pylist() == [1, None, None]
    assert done.missing.tolist() == [False, True, False]
    assert done.wrong["number_format"].tolist() == [False, False, True]


def test_a_value_that_is_wrong_twice_has_the_first_reason() -> None:
    both = np.array([True])
    done = settle(pa.array([1]), ~both, "number_format", {"out_of_range": both, "order": both}, {"odd": both})
    assert list(done.wrong) == ["out_of_range"]
    assert done.values.to_pylist() == [None]
    assert done.odd == {}
