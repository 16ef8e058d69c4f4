"""Columns that cells and the other columns tell: order, parties, products, words of one code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from analysis.area import Area, read_area
from analysis.sources.propose import propose
from everyday import RESULT, STEP, likelihood, product, severity
from layouts import KIND, OTHER, PARTY, TOWN, Cell, Layout, day, numbered, pick, whole

ORDER = "the order of the dates says so, not the header"


@cache
def goteborg() -> Area:
    return read_area("goteborg")


def found(folder: Path, *columns: tuple[str, Cell]) -> dict[str, tuple[str, str]]:
    """Column and reason of each header of an export of deviations with further columns."""
    fixed = [("Avvikelsenr", numbered("A")), ("Kategori", KIND), ("Hemkommun", TOWN)]
    path = folder / "export.csv"
    all_columns = [(header, "", cell) for header, cell in (*fixed, *columns)]
    path.write_text(Layout("deviations", all_columns).text(), encoding="utf-8")
    proposal = propose(path, goteborg(), "deviations")
    return {guess.header: (guess.column, guess.why) for guess in proposal.columns}


def test_the_only_date_without_a_name_that_is_always_earlier_is_the_missing_one(tmp_path: Path) -> None:
    guesses = found(tmp_path, ("Datum", day(0)), ("Rapportdatum", day(2)))
    assert guesses["Datum"] == ("occurred_date", ORDER)


def test_two_dates_without_a_name_are_told_by_their_order(tmp_path: Path) -> None:
    guesses = found(tmp_path, ("Datum 2", day(2)), ("Datum 1", day(0)), ("Avslutat", day(9)))
    assert guesses["Datum 1"] == ("occurred_date", ORDER)
    assert guesses["Datum 2"] == ("reported_date", ORDER)


def test_a_date_with_nothing_after_it_is_left_open(tmp_path: Path) -> None:
    guesses = found(tmp_path, ("Händelsedatum", day(0)), ("Datum", day(2)))
    assert guesses["Datum"][0] == ""


@pytest.mark.parametrize("cell", [day(4), day(2), day(0, gaps=2)])
def test_a_date_that_is_later_or_the_same_or_often_missing_is_left_open(tmp_path: Path, cell: Cell) -> None:
    guesses = found(tmp_path, ("Datum", cell), ("Rapportdatum", day(2)))
    assert guesses["Datum"][0] == ""


def test_one_of_three_dates_without_a_name_is_left_open(tmp_path: Path) -> None:
    guesses = found(tmp_path, ("Datum 1", day(0)), ("Datum 2", day(1)), ("Rapportdatum", day(2)))
    assert guesses["Datum 1"][0] == guesses["Datum 2"][0] == ""


def test_the_other_column_of_parties_is_the_missing_party(tmp_path: Path) -> None:
    guesses = found(tmp_path, ("Anmälare", PARTY), ("Qwerty", OTHER))
    assert guesses["Qwerty"] == ("receiving_party", "the other column of parties")


def test_a_copy_of_a_party_is_not_the_other_one(tmp_path: Path) -> None:
    assert found(tmp_path, ("Anmälare", PARTY), ("Qwerty", PARTY))["Qwerty"][0] == ""


def test_a_party_with_another_task_is_not_the_missing_one(tmp_path: Path) -> None:
    assert found(tmp_path, ("Anmälare", PARTY), ("Utredande part", OTHER))["Utredande part"][0] == ""


def test_one_of_two_further_parties_is_left_open(tmp_path: Path) -> None:
    third = pick("Samverkan", "Slutenvård", "Regional primärvård")
    guesses = found(tmp_path, ("Anmälare", PARTY), ("Qwerty", OTHER), ("Asdf", third))
    assert guesses["Qwerty"][0] == guesses["Asdf"][0] == ""


def test_names_of_the_known_party_tell_the_other_one_when_the_area_knows_none(tmp_path: Path) -> None:
    one = pick("Home Nursing Team", "City Social Care", "Acute Hospital")
    other = pick("City Social Care", "Acute Hospital", "Home Nursing Team")
    assert found(tmp_path, ("Anmälare", one), ("Qwerty", other))["Qwerty"][0] == "receiving_party"


@pytest.mark.parametrize("header", ["Vilket led", "Qwerty", "Var i ledet"])
def test_words_of_one_code_tell_its_column(tmp_path: Path, header: str) -> None:
    assert found(tmp_path, (header, STEP))[header] == ("process_step", "the cells are words of this code")


@pytest.mark.parametrize("header", ["Tänkbar konsekvens", "Planerad åtgärd", "Plats"])
def test_a_header_that_says_otherwise_is_left_open_whatever_its_words(tmp_path: Path, header: str) -> None:
    assert found(tmp_path, (header, RESULT))[header][0] == ""


def test_one_of_two_columns_with_words_of_a_code_is_left_open(tmp_path: Path) -> None:
    guesses = found(tmp_path, ("Qwerty", STEP), ("Asdf", STEP))
    assert guesses["Qwerty"][0] == guesses["Asdf"][0] == ""


@pytest.mark.parametrize("words", [("Tillbud",), ("Tillbud", "Vårdskada", "Regn", "Snö"), ("Ja", "Nej")])
def test_one_word_or_many_others_or_yes_and_no_are_no_code(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert found(tmp_path, ("Qwerty", pick(*words)))["Qwerty"][0] == ""


def test_the_product_of_two_columns_is_told_by_its_numbers(tmp_path: Path) -> None:
    factors = (("Allvarlighetsgrad", severity), ("Sannolikhet", likelihood))
    guesses = found(tmp_path, *factors, ("Qwerty", product))
    assert guesses["Qwerty"] == ("risk_score", "the product of severity and likelihood")


@pytest.mark.parametrize(("header", "cell"), [("Qwerty", whole(1, 9)), ("Planerad risk", product)])
def test_other_numbers_or_another_thing_are_no_product(tmp_path: Path, header: str, cell: Cell) -> None:
    factors = (("Allvarlighetsgrad", severity), ("Sannolikhet", likelihood))
    assert found(tmp_path, *factors, (header, cell))[header][0] == ""


def test_a_risk_that_is_not_the_product_is_left_open(tmp_path: Path) -> None:
    factors = (("Allvarlighetsgrad", severity), ("Sannolikhet", likelihood))
    guesses = found(tmp_path, *factors, ("Riskpoäng", whole(1, 9)))
    assert guesses["Riskpoäng"] == ("", "it is not the product of severity and likelihood")
