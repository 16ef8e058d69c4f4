"""One mapping a source system: headers to columns, and which system a file comes from."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputRefused, Place, SettingsError, UsageError
from analysis.sources.mapping import (
    OURS,
    Source,
    matching_source,
    named_source,
    needed_columns,
    read_source,
    read_sources,
)
from deliveries import AREA

AT = Place("f.csv", 1)


def source(name: str, table: str, columns: dict[str, list[str]], **settings: Any) -> Source:
    return Source(name, table, "delimited", {"columns": columns, **settings})


STAYS = source(
    "stays",
    "episodes",
    {
        "episode_id": ["Id", "Vårdtillfälle"],
        "person_id": ["Person"],
        "unit": ["Kommun"],
        "admitted_at": ["In"],
        "uk_at": ["Klar"],
        "discharged_at": ["Ut"],
        "ward": ["Avdelning"],
    },
    dropped={"comment": ["Kommentar"]},
)
REPORTS = source(
    "reports",
    "deviations",
    {"deviation_id": ["Nr"], "unit": ["Kommun"], "status": ["Status"], "category": ["Typ"]},
    constants={"reported_date": "x", "occurred_date": "x", "reporting_party": "p", "receiving_party": "q"},
)


# Where the columns stand.


def test_a_column_is_found_under_any_of_its_headers() -> None:
    places = STAYS.places(["Kommun", "Vårdtillfälle", "Annat", "Kommentar", ""], AT)
    assert places.columns == {"unit": 0, "episode_id": 1}
    assert (places.extra, places.dropped, places.unnamed, places.renamed) == ([2], [3], [4], [])


@pytest.mark.parametrize("header", ["KOMMUN", " Kommun ", "Kommun:", "Kom\u00admun", "kommun*", "Ｋommun"])
def test_a_header_in_another_dress_is_found_and_said_unless_only_blanks_differ(header: str) -> None:
    places = STAYS.places([header], AT)
    assert places.columns == {"unit": 0}
    assert places.renamed == [0]


def test_a_synonym_that_the_mapping_lists_is_no_renaming() -> None:
    assert STAYS.places(["Vårdtillfälle"], AT).renamed == STAYS.places(["Id"], AT).renamed == []


def test_items_are_told_from_columns() -> None:
    survey = source("s", "answers", {"respondent_id": ["Nr"]}, items={"Fråga 1": "q1", "Q1": "q1"})
    assert survey.places(["Nr", "Q1"], AT).items == {"q1": 1}


def test_two_headers_for_one_column_refuse_the_file_by_position() -> None:
    with pytest.raises(InputRefused, match="columns 1 and 3 both mean “episode_id”") as caught:
        STAYS.places(["Id", "Kommun", "Vårdtillfälle"], AT)
    assert caught.value.reason == "repeated_column"


def test_two_headers_that_are_dropped_or_unknown_are_no_trouble() -> None:
    assert STAYS.places(["Kommentar", "kommentar", "A", "B"], AT).dropped == [0, 1]


def test_the_columns_of_our_own_are_no_part_of_the_export() -> None:
    places = STAYS.places([*OURS, "Id"], AT)
    assert places.columns == {"episode_id": 2}
    assert (places.extra, places.unnamed, places.renamed) == ([], [], [])
    assert STAYS.share_known([*OURS, "Id"]) == 1.0


@given(st.lists(st.sampled_from(["Id", "Person", "KOMMUN", "Annat", "", "Kommentar"]), unique=True))
def test_every_header_has_one_place(header: list[str]) -> None:
    places = STAYS.places(header, AT)
    all_places = [*places.columns.values(), *places.dropped, *places.extra, *places.unnamed]
    assert sorted(all_places) == list(range(len(header)))


# Which system a file comes from.


def test_the_headers_decide_which_system_a_file_comes_from() -> None:
    assert matching_source([STAYS, REPORTS], ["Nr", "Kommun", "Typ", "Status"], AT) is REPORTS
    assert matching_source([STAYS, REPORTS], ["Klar", "Kommun", "Id", "Ut"], AT) is STAYS


def test_half_of_the_needed_columns_is_enough_and_less_is_not() -> None:
    assert matching_source([STAYS], ["Id", "Klar", "Kommun"], AT) is STAYS
    with pytest.raises(InputRefused, match="fit none") as caught:
        matching_source([STAYS, REPORTS], ["Id", "Klar", "Ålder"], AT)
    assert caught.value.where == AT
    assert caught.value.reason == "missing_column"
    assert "analysis map" in caught.value.remedy
    assert "Ålder" not in str(caught.value)


def test_of_two_systems_with_the_needed_columns_the_one_with_more_of_the_others_is_meant() -> None:
    less = dataclasses.replace(STAYS, name="less", settings={"columns": {**STAYS.columns, "ward": ["X"]}})
    header = ["Id", "Person", "Kommun", "In", "Klar", "Ut", "Avdelning"]
    assert matching_source([less, STAYS], header, AT) is STAYS
    assert matching_source([STAYS, less], [*header[:-1], "X"], AT) is less


def test_an_area_without_delimited_sources_refuses_every_delimited_file() -> None:
    with pytest.raises(InputRefused):
        matching_source([], ["Id"], AT)


def test_shares_are_of_headers_and_of_needed_columns() -> None:
    assert STAYS.share_known(["Id", "id2", " ", "Kommun"]) == pytest.approx(2 / 3)
    assert STAYS.share_known([]) == STAYS.share_known(["", " "]) == 0.0
    assert STAYS.share_needed(["Id", "KOMMUN:", "Avdelning"]) == pytest.approx(2 / 6)
    assert REPORTS.share_needed(["Nr", "Typ", "Kommun"]) == 1.0  # the others are constants


def test_what_a_table_needs_is_what_its_contract_does_not_let_be_empty() -> None:
    assert set(needed_columns("episodes")) == {
        "episode_id", "person_id", "unit", "admitted_at", "uk_at", "discharged_at",
    }  # fmt: skip


def test_a_source_can_be_named() -> None:
    assert named_source([STAYS, REPORTS], "reports") is REPORTS
    with pytest.raises(UsageError, match=r"no source “x”.*stays, reports"):
        named_source([STAYS, REPORTS], "x")


# The file of a mapping.

GOOD = 'table = "episodes"\nformat = "delimited"\n[columns]\nunit = ["Kommun"]\n'


def written(folder: Path, text: str | bytes) -> Path:
    (folder / "sources").mkdir()
    path = folder / "sources" / "x.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_mapping_is_named_for_its_file_and_a_semicolon_is_the_delimiter(tmp_path: Path) -> None:
    mapping = read_source(written(tmp_path, GOOD))
    assert (mapping.name, mapping.table, mapping.format, mapping.delimiter) == (
        "x", "episodes", "delimited", ";",
    )  # fmt: skip
    assert (mapping.items, mapping.constants, mapping.melt) == ({}, {}, {})


def test_the_mappings_of_an_area_are_in_the_order_of_their_names(tmp_path: Path) -> None:
    (written(tmp_path, GOOD).parent / "a.toml").write_text(GOOD, encoding="utf-8")
    assert [s.name for s in read_sources(dataclasses.replace(AREA, folder=tmp_path))] == ["a", "x"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("table = [", "cannot be read"),
        (b"table = '\xf6'", "cannot be read"),
        ('table = "episodes"\n', "does not state"),
        ('format = "delimited"\n', "does not state"),
        ('table = "stays"\nformat = "delimited"\n', "no table “stays”"),
        (f'colums = ["x"]\n{GOOD}', "“colums” is not known"),
        (f"delimiter = 1\n{GOOD}", "“delimiter” is not known here, or of another type"),
        (f'edition = ["x"]\n{GOOD}', "“edition” is not known"),
        (f"melt = 3\n{GOOD}", "“melt”"),
    ],
)
def test_a_mapping_that_is_wrong_is_named_with_what_to_do(
    text: str | bytes, what: str, tmp_path: Path
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError, match=what) as caught:
        read_sources(dataclasses.replace(AREA, folder=tmp_path))
    assert caught.value.where is not None
    assert caught.value.where.file == str(path)
    assert caught.value.exit_code == 78
