"""Codes: known spellings, spellings that differ in form only, and no guessing beyond that."""

from __future__ import annotations

import unicodedata

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.codes import YES_NO, booleans, codes, destroyed, fold, ids, names
from analysis.sources.understand import Understood
from shared import BAD_INPUT, needs_shared

UNITS = {
    "Göteborg": "goteborg",
    "Härryda": "harryda",
    "Mölndal": "molndal",
    "Partille": "partille",
    "Öckerö": "ockero",
    "Öckerö kommun": "ockero",
    "1407": "ockero",
}


def strings(*texts: str) -> pa.Array:
    return pa.array(texts, pa.string())


def rows_of(marks: dict[str, object]) -> dict[str, list[int]]:
    """1-based places by reason."""
    return {reason: (rows.nonzero()[0] + 1).tolist() for reason, rows in marks.items()}  # type: ignore[attr-defined]


def read_column(file: str, column: str) -> pa.Array:
    cells = pd.read_csv(BAD_INPUT / "files" / file, sep=";", dtype=str, keep_default_na=False)[column]
    return pa.array(cells.str.strip(), pa.string())


def spelled(text: str) -> Understood:
    return codes(strings(text), UNITS)


@pytest.mark.parametrize("text", list(UNITS))
def test_a_known_spelling_is_its_code_without_a_word(text: str) -> None:
    done = spelled(text)
    assert (done.values.to_pylist(), done.wrong, done.odd) == ([UNITS[text]], {}, {})


@pytest.mark.parametrize(
    "text",
    [
        "ÖCKERÖ",
        "öckerö  KOMMUN",
        "Ockero",
        "O\u0308ckero\u0308",
        "Öckerö\u00a0kommun",
        "Ｏｃｋｅｒｏ",
        "\u200bÖckerö",
    ],
)
def test_a_spelling_that_differs_in_form_only_is_accepted_and_said(text: str) -> None:
    done = spelled(text)
    assert (done.values.to_pylist(), rows_of(done.odd)) == (["ockero"], {"code_normalised": [1]})


@pytest.mark.parametrize(
    "text",
    [
        "Мölndal",
        "Ρartille",
        "Öckeröo",
        "Ockeroe",
        "Öckerö, Göteborg",
        "Öckerö-kommun",
        "1408",
        "0",
        "\u0301",
        "Oslo",
    ],
)
def test_any_other_text_is_unknown(text: str) -> None:
    done = spelled(text)
    assert (done.values.to_pylist(), rows_of(done.wrong)) == ([None], {"unknown_code": [1]})


def test_missing_is_missing_unless_the_mapping_knows_the_word() -> None:
    texts = strings("okänd", "-", "")
    assert codes(texts, UNITS).missing.all()
    assert codes(texts, {"Okänd": "unknown"}).values.to_pylist() == ["unknown", None, None]


def test_spellings_of_two_codes_that_fold_alike_match_only_exactly() -> None:
    known = {"Ro": "ro", "Rö": "roe", "RÖ ": "roe"}
    done = codes(strings("Ro", "Rö", "ro", "RÖ", "rö"), known)
    assert done.values.to_pylist() == ["ro", "roe", None, None, None]


def test_every_spelling_that_the_area_lists_is_usual() -> None:
    done = codes(strings("1407", "Öckerö"), UNITS)
    assert (done.values.to_pylist(), done.odd) == (["ockero"] * 2, {})


LETTERS = st.text("abcåäöÅÄÖ éèK", min_size=1).map(str.strip).filter(bool)


@given(text=LETTERS)
def test_folding_forgets_case_accents_and_form_and_may_be_repeated(text: str) -> None:
    for form in (str.upper, str.lower, lambda t: unicodedata.normalize("NFD", t), lambda t: f"  {t} "):
        assert fold(form(text)) == fold(text)
    assert fold(fold(text)) == fold(text)


@given(text=st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


SPELLINGS = st.sampled_from(["Ro", "Rö", "ro", "RÖ", "Rø", "Rå", "ra", "R a", " rå", "Рo"])


@given(known=st.dictionaries(SPELLINGS, st.sampled_from("xyz"), max_size=6), text=SPELLINGS)
def test_a_code_comes_from_its_spelling_or_from_the_only_code_of_like_form(
    known: dict[str, str], text: str
) -> None:
    alike = {code for spelling, code in known.items() if fold(spelling) == fold(text)}
    only = alike.pop() if len(alike) == 1 else None
    assert codes(strings(text), known).values.to_pylist() == [known.get(text, only)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Ja", True),
        ("nej", False),
        ("J", True),
        ("0", False),
        ("TRUE", True),
        ("no", False),
        ("", None),
        ("-", None),
    ],
)
def test_yes_and_no_are_read(text: str, meant: bool | None) -> None:
    done = booleans(strings(text))
    assert (done.values.to_pylist(), done.wrong, done.odd) == ([meant], {}, {})


@pytest.mark.parametrize("text", ["Kanske", "2", "Ja/Nej", "Ja?", "x", "ja nej", "10", "-1"])
def test_neither_yes_nor_no_is_unknown(text: str) -> None:
    assert rows_of(booleans(strings(text)).wrong) == {"unknown_code": [1]}


def test_a_mapping_may_have_its_own_words_for_yes_and_no() -> None:
    done = booleans(strings("Genomförd", "UTEBLEV", "Ja"), {"Genomförd": True, "Uteblev": False})
    assert done.values.to_pylist() == [True, False, None]
    assert YES_NO["Ja"] is True


@pytest.mark.parametrize(
    "text", ["NA", "Null", "None", "inf", "007", "-", "=1+1", "+46", "@x", "Avd 3", "a" * 200]
)
def test_any_text_is_a_name(text: str) -> None:
    done = names(strings(text))
    assert (done.values.to_pylist(), done.wrong) == ([text], {})


@pytest.mark.parametrize(
    "text",
    ["<script>", "Avd <3", "a > b", "Avd\n3", "a\tb", "a\x00b", "a\x7f", "a\u202eb", "a\u2028b", "a" * 201],
)
def test_markup_control_characters_and_very_long_texts_are_no_names(text: str) -> None:
    assert rows_of(names(strings(text)).wrong) == {"unknown_code": [1]}


def test_only_an_empty_name_is_missing() -> None:
    assert names(strings("", "  ", "?")).missing.tolist() == [True, True, False]


def test_ids_are_texts_and_may_be_missing() -> None:
    done = ids(strings("VT500100", "007", "-", "NULL", ""))
    assert done.values.to_pylist() == ["VT500100", "007", None, None, None]
    assert done.wrong == {}


def test_an_id_with_an_exponent_is_destroyed() -> None:
    texts = strings("5,001E+05", "5.001e+05", "1E+11", "5E12", "E+05", "VT5E+05", "500100", "1E-05", "")
    assert destroyed(texts).tolist() == [True] * 3 + [False] * 6


@needs_shared
def test_known_spellings_of_a_unit_are_accepted_and_said() -> None:
    done = codes(read_column("code_ockero_variants.csv", "Kommun"), UNITS)
    assert done.values.to_pylist()[:6] == ["ockero"] * 6
    assert rows_of(done.odd) == {
        "code_normalised": [1, 2, 4, 6]
    }  # the third and fifth are spellings of the area
    assert done.wrong == {}


@needs_shared
@pytest.mark.parametrize(
    ("file", "column", "rows"),
    [("code_homoglyph.csv", "Kommun", [1, 2]), ("col_swapped_content.csv", "Kommun", list(range(1, 13)))],
)
def test_known_bad_codes_are_unknown(file: str, column: str, rows: list[int]) -> None:
    assert rows_of(codes(read_column(file, column), UNITS).wrong) == {"unknown_code": rows}


@needs_shared
def test_known_bad_answers_to_yes_or_no_are_unknown() -> None:
    done = booleans(read_column("code_yes_no_bad.csv", "SIP erbjuden"))
    assert rows_of(done.wrong) == {"unknown_code": [1, 2, 3]}


@needs_shared
def test_known_names_are_names_unless_they_hold_markup() -> None:
    for file in ("good_unit_na.csv", "inj_formula.csv"):
        done = names(read_column(file, "Enhet"))
        assert (done.wrong, done.missing.any()) == ({}, False)
    assert rows_of(names(read_column("inj_html_unit.csv", "Enhet")).wrong) == {"unknown_code": [1, 2]}


@needs_shared
def test_known_ids_are_missing_or_destroyed() -> None:
    assert destroyed(read_column("num_ids_scientific.csv", "Vårdtillfälle")).all()
    assert (ids(read_column("na_in_required.csv", "Vårdtillfälle")).missing.nonzero()[0] + 1).tolist() == [2]
    assert (codes(read_column("na_in_required.csv", "Kommun"), UNITS).missing.nonzero()[0] + 1).tolist() == [
        3
    ]
