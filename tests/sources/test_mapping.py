"""One mapping a source system: headers to columns, and which system a file comes from."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from analysis.area import area_names, read_area
from analysis.errors import InputRefused, SettingsError, UsageError
from analysis.sources.mapping import Source, matching_source, named_source, read_sources
from analysis.tables import NAMES, table
from deliveries import AREA
from shared import REPOSITORY


def source(name: str, **headers: list[str]) -> Source:
    return Source(name, "episodes", "delimited", {"columns": headers, "dropped": {"comment": ["Kommentar"]}})


STAYS = source(
    "stays", episode_id=["Id", "Vårdtillfälle"], unit=["Kommun"], uk_at=["Klar"], ward=["Avdelning"]
)
REPORTS = source("reports", deviation_id=["Nr"], unit=["Kommun"], status=["Status"], category=["Typ"])


def test_a_column_is_found_under_any_of_its_headers() -> None:
    assert STAYS.found(["Kommun", "Vårdtillfälle", "Annat"]) == {
        "unit": "Kommun",
        "episode_id": "Vårdtillfälle",
    }
    assert STAYS.found(["Id"]) == {"episode_id": "Id"}


def test_free_text_is_known_and_not_read() -> None:
    assert STAYS.dropped == ["Kommentar"]
    assert STAYS.found(["Kommentar"]) == {}


def test_the_headers_decide_which_system_a_file_comes_from() -> None:
    assert matching_source([STAYS, REPORTS], ["Nr", "Kommun", "Typ", "Status"], "f.csv") is REPORTS
    assert matching_source([STAYS, REPORTS], ["Klar", "Kommun", "Id"], "f.csv") is STAYS


def test_half_of_the_columns_is_enough_and_less_is_not() -> None:
    assert matching_source([STAYS], ["Id", "Klar"], "f.csv") is STAYS
    with pytest.raises(InputRefused) as caught:
        matching_source([STAYS, REPORTS], ["Id", "Ålder"], "f.csv")
    assert caught.value.where.file == "f.csv"
    assert caught.value.where.line == 1
    assert "reports, stays" in caught.value.remedy
    assert "Ålder" not in str(caught.value)


def test_an_area_without_delimited_sources_refuses_every_delimited_file() -> None:
    with pytest.raises(InputRefused):
        matching_source([], ["Id"], "f.csv")


def test_a_source_can_be_named() -> None:
    assert named_source([STAYS, REPORTS], "reports") is REPORTS
    with pytest.raises(UsageError, match=r"no source “x”.*stays, reports"):
        named_source([STAYS, REPORTS], "x")


@pytest.mark.parametrize("text", ["table = [", 'table = "episodes"\n', b"table = '\xf6'"])
def test_a_mapping_that_cannot_be_read_is_named(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / "sources").mkdir()
    path = tmp_path / "sources" / "x.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError) as caught:
        read_sources(dataclasses.replace(AREA, folder=tmp_path))
    assert caught.value.where.file == str(path)


@pytest.mark.parametrize("name", area_names())
def test_shipped_mappings_name_columns_that_their_table_has(name: str) -> None:
    sources = read_sources(read_area(name, REPOSITORY))
    assert sources
    for each in sources:
        assert each.table in NAMES
        columns = table(each.table).model.to_schema().columns
        assert set(each.columns) | set(each.settings.get("values", {})) <= set(columns)
        assert not set(each.dropped) & {h for headers in each.columns.values() for h in headers}
        if each.format == "delimited":
            assert {c for c, s in columns.items() if not s.nullable} <= set(each.columns)
