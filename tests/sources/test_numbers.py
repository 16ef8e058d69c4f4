"""Numbers: one decimal mark a column, no separators, no exponents; whole numbers; answers on a scale."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.numbers import decimal_mark, integers, likert, numbers
from analysis.sources.understand import Understood
from shared import BAD_INPUT, needs_shared

BIG = 10**18 - 1


def strings(*texts: str) -> pa.Array:
    return pa.array(texts, pa.string())


def wrong_rows(done: Understood) -> dict[str, list[int]]:
    """1-based places of the wrong texts, by reason."""
    return {reason: (rows.nonzero()[0] + 1).tolist() for reason, rows in done.wrong.items()}


def read_column(file: str, column: str) -> pa.Array:
    cells = pd.read_csv(BAD_INPUT / "files" / file, sep=";", dtype=str, keep_default_na=False)[column]
    return pa.array(cells.str.strip(), pa.string())


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["5,0", "7"], ","),
        (["5.0", "7"], "."),
        (["5,0", "5.2"], ","),
        (["5", "7"], ""),
        (["1.234", "12.500"], ""),
        (["1,234", "12,500"], ""),
        (["1,234", "987", "0"], ""),
        (["1,234", "0,5"], ","),
        (["1.234", "0.5"], "."),
        (["1,234", "5.2"], "."),
        (["0.125", "0.250"], "."),
        (["1234.567"], "."),
        (["1.2345"], "."),
        (["1.234,567"], ","),
        (["1\u00a0234,5"], ","),
        (["1,234.5"], "."),
        (["-1,5"], ","),
        (["", "saknas", "2025-02-03", "1,5 dagar"], ""),
        ([], ""),
    ],
)
def test_the_decimal_mark_is_the_one_that_cannot_be_a_thousands_separator(
    texts: list[str], mark: str
) -> None:
    assert decimal_mark(strings(*texts)) == mark


def test_numbers_are_read_by_the_decimal_mark_of_their_column() -> None:
    assert numbers(strings("5", "5,0", "-0,25", "007", "1,234")).values.to_pylist() == [5, 5, -0.25, 7, 1.234]
    assert numbers(strings("5", "5.0", "-0.25", "1.234")).values.to_pylist() == [5, 5, -0.25, 1.234]


def test_the_other_mark_is_wrong() -> None:
    assert wrong_rows(numbers(strings("5,0", "5.2", "1.234"))) == {"number_format": [2, 3]}
    assert wrong_rows(numbers(strings("5,0", "5.2"), decimal=".")) == {"number_format": [1]}


def test_only_three_digits_after_marks_may_be_thousands_and_are_wrong_until_the_mark_is_known() -> None:
    for mark in ",.":
        texts = strings(f"1{mark}234", f"12{mark}500", "3")
        assert wrong_rows(numbers(texts)) == {"number_format": [1, 2]}
        assert numbers(texts, decimal=mark).values.to_pylist() == [1.234, 12.5, 3]


NO_NUMBERS = """inf|-inf|Infinity|1e5|1,0E+05|0x1F|1_000|５|٣|²|1 234|1\u00a0234,5|1.234,5|1,234,567
|+5|5,|,5|--5|5,0 |5 %|5-6|1/2|tio|1111111111111111""".replace("\n", "").split("|")


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_plain_number_is_wrong(text: str) -> None:
    assert wrong_rows(numbers(strings(text, "5,5"))) == {"number_format": [1]}


def test_missing_numbers_are_missing() -> None:
    done = numbers(strings("", "-", "NaN", "5,5"))
    assert (done.missing.tolist(), done.wrong) == ([True, True, True, False], {})


def test_numbers_are_scaled_to_the_unit_of_the_table() -> None:
    assert numbers(strings("90", "30"), scale=1 / 60).values.to_pylist() == [1.5, 0.5]


@given(value=st.floats(-1e14, 1e14).map(lambda x: round(x, 4)), mark=st.sampled_from([",", "."]))
def test_a_written_number_reads_back(value: float, mark: str) -> None:
    text = f"{value:.4f}".replace(".", mark)
    assert numbers(strings(text)).values.to_pylist() == [float(f"{value:.4f}")]


def test_whole_numbers_are_read_also_with_the_zero_that_spreadsheets_add() -> None:
    done = integers(strings("5", "007", "-3", "5,0", "5.0", "0", str(BIG)))
    assert (done.values.to_pylist(), done.wrong, done.odd) == ([5, 7, -3, 5, 5, 0, BIG], {}, {})


@pytest.mark.parametrize(
    "text", ["5,5", "5.00", "5,1", "1e5", "1 000", "+5", "٣", "５", "1" * 19, "ett", "5-6"]
)
def test_what_is_not_whole_is_wrong(text: str) -> None:
    assert wrong_rows(integers(strings(text))) == {"number_format": [1]}


def test_whole_numbers_outside_their_range_are_wrong_and_the_ends_belong_to_it() -> None:
    texts = strings("-1", "0", "9", "10", "", "x")
    assert wrong_rows(integers(texts, low=0, high=9)) == {"number_format": [6], "out_of_range": [1, 4]}
    assert wrong_rows(integers(texts, low=0)) == {"number_format": [6], "out_of_range": [1]}


def test_a_range_that_leaves_out_zero_says_nothing_of_missing_numbers() -> None:
    assert wrong_rows(integers(strings("", "1"), low=1)) == {}


@given(value=st.integers(-BIG, BIG), zeros=st.sampled_from(["", ",0", ".0"]))
def test_a_written_whole_number_reads_back(value: int, zeros: str) -> None:
    assert integers(strings(f"{value}{zeros}")).values.to_pylist() == [value]


def test_answers_are_whole_numbers_of_the_scale() -> None:
    done = likert(
        strings("1", "5", "3,0", "0", "6", "4,5", "4-5", "Instämmer helt", "5 - Instämmer helt", "")
    )
    assert wrong_rows(done) == {"out_of_range": [4, 5, 6, 7, 8, 9]}
    assert done.values.to_pylist()[:3] == [1, 5, 3]
    assert done.missing.tolist() == [False] * 9 + [True]


def test_no_answer_is_missing_only_in_the_words_that_the_mapping_lists() -> None:
    texts = strings("Vet ej", "VET  EJ", "3", "Ej aktuellt")
    assert wrong_rows(likert(texts)) == {"out_of_range": [1, 2, 4]}
    assert wrong_rows(likert(texts, missing_words=["vet ej"])) == {"out_of_range": [4]}


def test_the_scale_is_a_parameter() -> None:
    assert wrong_rows(likert(strings("0", "10", "11"), low=0, high=10)) == {"out_of_range": [3]}


@needs_shared
def test_known_bad_numbers_are_kept_out() -> None:
    days = read_column("num_decimal_forms.csv", "Vårdtid (dagar)")
    assert wrong_rows(numbers(days)) == {"number_format": [1, 2, 3, 4]}


@needs_shared
@pytest.mark.parametrize(
    ("column", "row"),
    [
        ("Ansvarsfördelningen är tydlig", [1, 5]),
        ("Det är tydligt vad som ska göras", [2]),
        ("Dokumenterar rätt uppgifter", [3]),
        ("Den enskilde är delaktig", [4]),
    ],
)
def test_known_bad_answers_are_kept_out(column: str, row: list[int]) -> None:
    assert wrong_rows(likert(read_column("num_likert_out_of_range.csv", column))) == {"out_of_range": row}


@needs_shared
def test_words_instead_of_answers_are_kept_out() -> None:
    columns = ["Ansvarsfördelningen är tydlig", "Det är tydligt vad som ska göras"]
    found: list[dict[str, Any]] = [
        wrong_rows(likert(read_column("num_likert_words.csv", c))) for c in columns
    ]
    assert found == [{"out_of_range": [1]}, {"out_of_range": [2]}]


@needs_shared
@pytest.mark.parametrize("file", ["good_discharges.csv", "na_spellings.csv"])
def test_known_good_numbers_are_accepted(file: str) -> None:
    assert numbers(read_column(file, "Vårdtid (dagar)")).wrong == {}
    assert integers(read_column(file, "Antal flyttade planerat UK"), low=0).wrong == {}
