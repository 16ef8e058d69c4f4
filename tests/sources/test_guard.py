"""Identity numbers in a file: as ids they refuse it, in a text they keep the row out, in a name too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from analysis.area import Area
from analysis.errors import InputRefused
from analysis.sources.cells import Chunk, Export
from analysis.sources.guard import Guard, refuse_named
from analysis.sources.mapping import Places
from analysis.sources.pseudonyms import Key, pseudonymise
from elsewhere import Sheet, accepted, answers, area_in, found, incidents, load, stays
from fictitious import number

DAY = date(2026, 3, 1)
KEY = Key(bytes(range(32)), "test")
PERSON = number(date(1931, 4, 5), 271)
PERSONS = [number(date(1930 + n, 1 + n, 3 + n), 200 + n) for n in range(8)]
HEADER = ["Tillfälle", "Individ", "Enhet", "Notering", "Nytt"]


@pytest.fixture(scope="module")
def coast(tmp_path_factory: pytest.TempPathFactory) -> Area:
    return area_in(tmp_path_factory.mktemp("coast"))


def chunk(first: int = 1, n: int = 8, **columns: list[str]) -> Chunk:
    """Harmless cells, but for the columns that are given."""
    cells = {name: [f"{name[0]}x{first + i}y" for i in range(n)] for name in HEADER} | columns
    row = np.arange(first, first + n)
    return Chunk(pa.table([pa.array(cells[name], pa.string()) for name in HEADER], HEADER), row, row + 1)


def guard(key: Key | None = None) -> Guard:
    export = Export("f.csv", HEADER, 1, iter(()))
    places = Places({"episode_id": 0, "person_id": 1, "ward": 2}, {}, [3], [4], [], [])
    return Guard(export, places, {0: "id", 1: "person", 2: "name"}, key, day=DAY)


def rejected(of: Guard) -> list[tuple[int, str, str]]:
    rejects = of.export.findings.rejects
    return list(zip(rejects.row, rejects.column, rejects.reason, strict=True))


def warned(of: Guard) -> list[tuple[int, str, str]]:
    warnings = of.export.findings.warnings
    return list(zip(warnings.row, warnings.column, warnings.reason, strict=True))


def with_one(text: str) -> list[str]:
    return ["", text, *["ok"] * 6]


def test_a_file_without_identity_numbers_passes_unchanged() -> None:
    watch = guard()
    given = chunk()
    seen = watch.look(given)
    watch.verdict()
    assert seen.table.to_pydict() == given.table.rename_columns(seen.table.column_names).to_pydict()
    assert rejected(watch) == warned(watch) == []


@pytest.mark.parametrize("column", ["Enhet", "Notering", "Nytt"])
def test_an_identity_number_in_a_text_keeps_the_row_out(column: str) -> None:
    watch = guard()
    seen = watch.look(chunk(**{column: with_one(f"se {PERSON[:8]}-{PERSON[8:]}")}))
    watch.verdict()
    assert rejected(watch) == [(2, column, "identifier")]
    assert seen.row.tolist() == [1, 3, 4, 5, 6, 7, 8]


def test_one_identity_number_among_ids_keeps_its_row_out_until_the_verdict() -> None:
    watch = guard()
    seen = watch.look(chunk(Individ=[f"{PERSON[:8]}-{PERSON[8:]}", *[f"anon{n}" for n in range(7)]]))
    assert seen.row.tolist() == list(range(2, 9))
    with pytest.raises(InputRefused):
        watch.verdict()


@pytest.mark.parametrize("column", ["Tillfälle", "Individ"])
def test_ids_that_are_identity_numbers_refuse_the_file_and_none_is_shown(column: str) -> None:
    watch = guard()
    watch.look(chunk(**{column: PERSONS}))
    with pytest.raises(InputRefused, match="8 rows") as caught:
        watch.verdict()
    where = caught.value.where
    assert where is not None
    assert (where.file, where.line, where.column) == ("f.csv", 1, column)
    assert caught.value.reason == "identifier"
    assert not any(person[2:8] in str(caught.value) for person in PERSONS)
    assert ("--pseudonymise" in caught.value.remedy) is (column == "Individ")  # which mends persons only


def test_with_a_key_persons_become_pseudonyms_and_nothing_else_does() -> None:
    watch = guard(KEY)
    seen = watch.look(chunk(Individ=PERSONS))
    watch.verdict()
    expected = pseudonymise(pa.array(PERSONS), KEY, day=DAY).to_pylist()
    assert seen.table.column(1).to_pylist() == expected
    assert seen.table.column(0).to_pylist() == chunk().table.column(0).to_pylist()


def test_a_key_does_not_help_ids_of_other_things_or_texts() -> None:
    watch = guard(KEY)
    watch.look(chunk(Tillfälle=PERSONS))
    with pytest.raises(InputRefused):
        watch.verdict()
    watch = guard(KEY)
    watch.look(chunk(Notering=with_one(PERSON)))
    assert rejected(watch) == [(2, "Notering", "identifier")]


@pytest.mark.parametrize("form", ["pat {}", "{}07", "0{}07"])
def test_with_a_key_an_id_that_is_more_than_a_number_gets_no_second_pseudonym(form: str) -> None:
    watch = guard(KEY)
    seen = watch.look(chunk(Individ=[form.format(person) for person in PERSONS]))
    assert not len(seen.row)
    assert {column for _, column, _ in rejected(watch)} == {"Individ"}
    with pytest.raises(InputRefused, match="YYYYMMDD-NNNN"):
        watch.verdict()


def with_numbers(*cells: str, role: str) -> tuple[Guard, Chunk]:
    export = Export("f.csv", HEADER, 1, iter(()))
    places = Places({"episode_id": 0, "person_id": 1, "los_days": 2}, {}, [3], [4], [], [])
    watch = Guard(export, places, {0: "id", 1: "person", 2: role}, None, day=DAY)
    return watch, watch.look(chunk(Enhet=[*cells, *["5"] * (8 - len(cells))]))


@pytest.mark.parametrize(
    "cell", [PERSON, PERSON[2:], f"{PERSON}.0", f"{PERSON},", f"{PERSON[:2]} {PERSON[2:]}"]
)
def test_an_identity_number_in_a_column_of_numbers_keeps_the_row_out(cell: str) -> None:
    watch, seen = with_numbers("1", cell, role="")
    assert rejected(watch) == [(2, "Enhet", "identifier")]
    assert 2 not in seen.row


@pytest.mark.parametrize(
    "cell", ["202503190815", "2025-03-19 08:15", "3.5", "1234567890", "", "194313042114"]
)
def test_dates_with_a_time_and_plain_numbers_pass(cell: str) -> None:
    watch, _ = with_numbers(cell, role="")
    assert not rejected(watch)


@pytest.mark.parametrize("role", ["unit", "party", "category", "code"])
def test_an_identity_number_in_a_column_of_codes_keeps_the_row_out(role: str) -> None:
    watch, _ = with_numbers("A", f"{PERSON[:8]}-{PERSON[8:]}", role=role)
    assert rejected(watch) == [(2, "Enhet", "identifier")]


def test_one_person_has_one_pseudonym_in_every_chunk() -> None:
    watch = guard(KEY)
    first, second = (watch.look(chunk(at, Individ=PERSONS)).table.column(1).to_pylist() for at in (1, 9))
    assert first == second


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("column", ["Tillfälle", "Individ"])
def test_ids_with_an_exponent_refuse_the_file_with_or_without_a_key(column: str, key: Key | None) -> None:
    cells = [*[f"{n}001" for n in range(1, 8)], "7,001E+11"]
    with pytest.raises(InputRefused) as caught:
        guard(key).look(chunk(**{column: cells}))
    where = caught.value.where
    assert where is not None
    assert (where.line, where.column, caught.value.reason) == (9, column, "id_destroyed")
    assert "7,001" not in str(caught.value)


def test_phones_and_mail_in_a_free_text_are_said_and_the_row_stays() -> None:
    watch = guard()
    seen = watch.look(chunk(Notering=["nås på 070-174 06 35", "nn@exempel.se", *["ok"] * 6]))
    assert len(seen.row) == 8
    assert warned(watch) == [(1, "Notering", "identifier_text"), (2, "Notering", "identifier_text")]


def test_a_phone_number_alone_says_something_only_in_a_column_that_nobody_knows() -> None:
    watch = guard()
    watch.look(chunk(Notering=with_one("070-174 06 35"), Nytt=["070-174 06 35", *["ok"] * 7]))
    assert warned(watch) == [(1, "Nytt", "identifier_text")]


def test_cells_that_come_as_a_dictionary_are_looked_at_alike() -> None:
    watch, given = guard(), chunk(Notering=with_one(PERSON), Individ=["anon"] * 8)
    columns = [column.combine_chunks().dictionary_encode() for column in given.table.columns]
    watch.look(Chunk(pa.table(columns, HEADER), given.row, given.line))
    assert rejected(watch) == [(2, "Notering", "identifier")]


@pytest.mark.parametrize(
    ("file", "header", "sheets", "what"),
    [
        (f"uttag {PERSON[:8]}-{PERSON[8:]}.csv", [], [], "file's name"),
        ("a.csv", ["Ort", f"om {PERSON}"], [], "header of column 2"),
        ("a.xlsx", [], ["Blad1", PERSON], "name of sheet 2"),
    ],
)
def test_an_identity_number_in_a_name_refuses_the_file_and_is_not_shown(
    file: str, header: list[str], sheets: list[str], what: str
) -> None:
    with pytest.raises(InputRefused, match=what) as caught:
        refuse_named(file, header, 3, sheets)
    assert caught.value.reason == "identifier"
    assert PERSON[8:] not in str(caught.value)


@pytest.mark.parametrize("file", ["export-20250319-0815.csv", "202503190815.csv", "avvikelser 2025-03.csv"])
def test_a_stamp_of_time_in_the_name_of_a_file_is_none(file: str) -> None:
    refuse_named(file, ["Ort", "Antal 2025"], 1, ["Blad1", "2025-03"])


# Through the whole reading.


@pytest.mark.parametrize(
    ("sheet", "column"),
    [
        (incidents(), "Läge"),
        (incidents(), "Vårdenhet"),
        (incidents(), "Vad hände"),
        (stays(), "Enhet"),
        (answers(), "Övrigt"),
    ],
    ids=["opaque", "name", "dropped", "ward", "open answer"],
)
def test_every_column_in_which_something_can_be_written_is_looked_at(
    sheet: Sheet, column: str, tmp_path: Path, coast: Area
) -> None:
    delivery = load(sheet.put(column, r3=f"{PERSON[:8]}-{PERSON[8:]}").csv(tmp_path / "a.csv"), coast)
    assert found(delivery) == [(3, column, "identifier")]
    assert PERSON[8:] not in accepted(delivery).to_csv()


def test_texts_under_the_header_of_an_item_are_looked_at(tmp_path: Path) -> None:
    area = area_in(tmp_path / "area")
    mapping = (area.folder / "sources" / "answers.toml").read_text(encoding="utf-8")
    boxes = mapping.replace('value = "value"', 'value = "theme"')
    (area.folder / "sources" / "answers.toml").write_text(boxes, encoding="utf-8")
    sheet = answers(4).put("Jag litar på planen", r2=f"{PERSON[:8]}-{PERSON[8:]}")
    assert found(load(sheet.csv(tmp_path / "a.csv"), area)) == [(2, "Jag litar på planen", "identifier")]
