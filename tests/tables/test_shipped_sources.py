"""The mappings of the Gothenburg area: each fits its table, is told apart, and reads its own export."""

from __future__ import annotations

import re

import pytest

from analysis.area import REPOSITORY, read_area
from analysis.errors import Place
from analysis.sources.header import folded
from analysis.sources.mapping import Source, matching_source, read_sources
from analysis.tables import NAMES, table
from analysis.tables.status_sheets import BOXES
from exports import EXPORTS, cells, header
from shared import BAD_INPUT, needs_shared

AREA = read_area("goteborg", REPOSITORY)
SOURCES = {source.name: source for source in read_sources(AREA)}
EACH = pytest.mark.parametrize("name", sorted(SOURCES))
BEYOND_THE_MAPPINGS = {"rollout"}  # the area's own file


def vocabulary(source: Source, column: str) -> tuple[object, ...]:
    checks = table(source.table).model.to_schema().columns[column].checks
    return next((c.statistics["allowed_values"] for c in checks if c.name == "isin"), ())


def headers(source: Source) -> list[tuple[str, str]]:
    """Our column, or item, and each header that it may have."""
    named = [(c, h) for c, hs in source.columns.items() for h in hs]
    dropped = [(f"dropped {c}", h) for c, hs in source.settings.get("dropped", {}).items() for h in hs]
    return named + dropped + [(f"item {item}", h) for h, item in source.items.items()]


def test_every_table_has_a_source_and_every_source_an_example() -> None:
    assert {s.table for s in SOURCES.values()} == set(NAMES) - BEYOND_THE_MAPPINGS
    assert set(EXPORTS) == set(SOURCES)


@EACH
def test_a_mapping_says_first_where_its_layout_comes_from(name: str) -> None:
    first = (AREA.folder / "sources" / f"{name}.toml").read_text(encoding="utf-8").splitlines()[0]
    assert re.match(r"# .*(invented|Invented|not known|as published)", first)


@EACH
def test_what_a_mapping_names_are_columns_of_its_table(name: str) -> None:
    source = SOURCES[name]
    columns = set(table(source.table).model.to_schema().columns)
    assert {*source.columns, *source.constants, *source.settings.get("values", {})} <= columns
    assert set(source.settings.get("melt", {}).values()) <= columns
    assert bool(source.items) == bool(source.settings.get("melt"))


@EACH
def test_every_needed_column_has_a_header_a_constant_or_comes_from_the_items(name: str) -> None:
    source = SOURCES[name]
    columns = table(source.table).model.to_schema().columns
    given = {*source.columns, *source.constants, *source.settings.get("melt", {}).values()}
    assert {c for c, schema in columns.items() if not schema.nullable} <= given


@EACH
def test_no_header_means_two_things(name: str) -> None:
    meaning: dict[str, set[str]] = {}
    for what, written in headers(SOURCES[name]):
        meaning.setdefault(folded(written), set()).add(what)
    assert {h: m for h, m in meaning.items() if len(m) > 1} == {}


@EACH
def test_codes_are_those_of_the_table(name: str) -> None:
    source = SOURCES[name]
    for column, spellings in source.settings.get("values", {}).items():
        allowed = vocabulary(source, column)
        assert not allowed or set(spellings.values()) <= set(allowed), column
    for column, value in source.constants.items():
        assert not vocabulary(source, column) or value in vocabulary(source, column)


@EACH
def test_a_fixed_vocabulary_can_be_written_in_swedish(name: str) -> None:
    source = SOURCES[name]
    coded = {c for c in source.columns if vocabulary(source, c)}
    assert coded <= set(source.settings.get("values", {}))


@EACH
def test_the_example_is_known_to_the_last_header_and_belongs_to_its_source(name: str) -> None:
    source = SOURCES[name]
    assert {folded(h) for h in header(name)} <= {folded(h) for _, h in headers(source)}
    assert matching_source(list(SOURCES.values()), header(name), Place("x.csv", 1)).name == name


@EACH
def test_every_line_of_the_example_fits_its_header(name: str) -> None:
    assert {line.count(";") for line in EXPORTS[name].splitlines()} == {len(header(name)) - 1}


@EACH
def test_the_codes_of_the_example_are_spelled_as_the_mapping_says(name: str) -> None:
    source, found = SOURCES[name], cells(name)
    for column, spellings in source.settings.get("values", {}).items():
        for written in source.columns.get(column, []):
            assert set(found.get(written, [])) <= {*spellings, ""}, written


def test_the_four_boxes_of_a_status_sheet_have_headers() -> None:
    assert set(SOURCES["status-sheet"].items.values()) == set(BOXES)


def test_no_free_text_about_patients_is_read() -> None:
    for source in SOURCES.values():
        roles = {
            c: (s.metadata or {}).get("role")
            for c, s in table(source.table).model.to_schema().columns.items()
        }
        read = {h for c, hs in source.columns.items() for h in hs if roles[c] != "text"}
        assert not read & {"Beskrivning", "Kommentar", "Fritext", "Meddelandetext", "Anteckning"}


def test_no_spelling_of_a_unit_party_or_category_means_two() -> None:
    for coded in (AREA.units, AREA.parties, AREA.categories):
        spelled = [s.casefold() for one in coded for s in set(map(str.casefold, one.spellings))]
        assert len(spelled) == len(set(spelled))


def test_municipalities_are_found_by_their_official_codes() -> None:
    codes = {s: u.id for u in AREA.units for s in u.spellings if s.isdigit()}
    assert codes == {
        "1480": "goteborg",
        "1481": "molndal",
        "1402": "partille",
        "1401": "harryda",
        "1407": "ockero",
    }


@needs_shared
@pytest.mark.parametrize(
    ("file", "name"),
    [("deviations", "medcontrol"), ("discharges", "samsa"), ("survey", "survey")],
)
def test_the_default_layouts_are_wholly_known(file: str, name: str) -> None:
    text = (BAD_INPUT / "files" / f"good_{file}.csv").read_text(encoding="utf-8-sig")
    given = text.splitlines()[0].split(";")
    written = {h for _, h in headers(SOURCES[name])}
    assert set(given) <= written
    assert matching_source(list(SOURCES.values()), given, Place(file, 1)).name == name
