"""What headers say: compounds, abbreviations, other languages and spelling errors."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sources.headerwords import MOST_READINGS, Likeness, plain, vocabulary
from analysis.tables import NAMES, table


def episodes(header: str) -> Likeness:
    return Likeness(vocabulary(), "episodes", [header], {})


@pytest.mark.parametrize(
    ("header", "ideas"),
    [
        ("utskrivningsdatum", {"discharge", "when"}),
        ("Utskr.tid", {"discharge", "when"}),
        ("datum för inskrivning", {"admit", "when"}),
        ("VTF_INSKR_DAT", {"episode", "admit", "when"}),
        ("PatientID", {"patient", "id"}),
        ("Date ready for discharge", {"uk", "when"}),
        ("Allvarlighetsgrd", {"severity"}),
        ("Planerat UK-datum", {"planned", "uk", "when"}),
        ("Vårdtid (dagar)", {"los"}),
        ("Åld.", {"age"}),
        ("Fast vk utsedd", {"contact", "appointed"}),
        ("När hände det?", {"when", "event"}),
        ("Var hände det?", {"place", "event"}),
        ("Vem skrev", {"who", "reporter"}),
        ("Vårt nummer", {"id"}),
        ("Vart patienten åkte", {"destination", "patient", "?akte"}),
        ("Var i organisationen", {"somewhere", "party"}),
        ("När skrevs patienten ut?", {"when", "discharge", "patient"}),
    ],
)
def test_a_header_is_taken_apart_into_ideas(header: str, ideas: set[str]) -> None:
    assert vocabulary().ideas(header) == ideas


def test_a_word_without_an_idea_stands_as_it_is() -> None:
    assert vocabulary().ideas("Zebra") == {"?zebra"}


def test_case_accents_digits_and_signs_do_not_count() -> None:
    assert plain("Å_lder  (0-120)") == plain("a lder") == "a lder"


def test_values_are_no_headers() -> None:
    assert vocabulary().knows(["Inskriven", "Utskriven"]) == 1.0
    assert vocabulary().knows(["V1001", "2025-01-02", "Göteborg"]) == 0.0


def test_a_whole_line_is_no_header() -> None:
    assert vocabulary().knows(["Inskriven;Utskriven"]) == 0.0


def test_planned_is_not_the_same_as_done() -> None:
    like = Likeness(vocabulary(), "episodes", ["Planerad utskrivning"], {})
    assert like.of("Planerad utskrivning", "planned_uk_date") > 0.85
    assert like.of("Planerad utskrivning", "discharged_at") < 0.5


def test_an_abbreviation_with_a_point_may_stand_for_several_words() -> None:
    found = [said.ideas for said in vocabulary().readings("Pl. UK-dat")]
    assert {"planned", "uk", "when"} in found
    assert {"place", "uk", "when"} in found
    assert not any(said.is_certain for said in vocabulary().readings("Pl. UK-dat"))


def test_a_short_word_without_a_point_is_no_abbreviation() -> None:
    assert vocabulary().ideas("Pl") == {"?pl"}


@pytest.mark.parametrize(
    "header",
    [
        "Tidpunkt för utskrivning från sjukhus (datum och klockslag)",
        "Datum och tid för utskrivning (enligt avdelningens journal)",
        "Date of discharge from hospital (local time)",
    ],
)
def test_explanations_do_not_hide_the_main_thing(header: str) -> None:
    assert episodes(header).of(header, "discharged_at") > 0.7


@pytest.mark.parametrize(
    "header",
    [
        "Datum för hembesök efter utskrivning",
        "Utskrivning (planerad)",
        "Datum före utskrivning",
        "Utskrivning av anhörig",
    ],
)
def test_a_header_that_only_mentions_a_thing_is_not_that_thing(header: str) -> None:
    assert episodes(header).of(header, "discharged_at") < 0.55


@pytest.mark.parametrize("header", ["Boende vid inskrivning", "Boende före inskrivning"])
def test_a_column_is_not_found_under_ideas_that_are_against_it(header: str) -> None:
    assert episodes(header).of(header, "discharged_to") == 0.0


def test_planned_alone_is_no_column() -> None:
    assert episodes("Planerat datum").of("Planerat datum", "planned_uk_date") < 0.55


def test_the_readings_of_a_header_are_few() -> None:
    assert len(vocabulary().readings("Pl. Pl. Pl. Pl. Pl. Pl. (Pl. Pl. Pl.)")) <= MOST_READINGS


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_read_as_a_header(text: str) -> None:
    assert vocabulary().readings(text)
    assert 0.0 <= episodes(text).of(text, "discharged_at") <= 1.0


def test_an_idea_that_every_header_carries_says_nothing() -> None:
    header = ["SIP_AVV_NR", "SIP_AVV_KATEGORI", "SIP_AVV_STATUS", "SIP_AVV_KOMMUN", "SIP_AVV_RISK"]
    like = Likeness(vocabulary(), "deviations", header, {})
    assert like.of("SIP_AVV_KOMMUN", "unit") == 1.0


@pytest.mark.parametrize("name", [n for n in NAMES if n != "rollout"])
def test_every_column_of_a_table_has_phrases(name: str) -> None:
    columns = table(name).model.to_schema().columns
    about = vocabulary().table(name)
    assert set(about["columns"]) == set(columns)
    assert {c for group in (*about["telling"], *about.get("order", [])) for c in group} <= set(columns)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "rollout"])
def test_every_phrase_of_a_column_is_in_known_words(name: str) -> None:
    phrases = [p for many in vocabulary().table(name)["columns"].values() for p in many]
    unknown = {p: i for p in phrases for i in vocabulary().ideas(p) if i.startswith("?")}
    assert unknown == {}
