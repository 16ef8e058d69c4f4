"""The closed vocabulary: the words of the program, the plan and the area, and no other."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest

from analysis.area import Area, Event, Party, Unit, read_area
from analysis.report.vocabulary import (
    markup_words,
    own_texts,
    plain_words,
    unknown_words,
    words_in,
    words_of,
)


@pytest.fixture(name="area", scope="module")
def area_fixture() -> Area:
    return read_area("goteborg")


@pytest.fixture(name="words", scope="module")
def words_fixture(area: Area) -> frozenset[str]:
    return words_of(area)


def test_words_have_two_letters_or_more_and_no_capitals() -> None:
    assert words_in("A Bo x1y Åsa-Lena's UK_dagar 12") == {"bo", "åsa", "lena", "uk", "dagar"}


def test_apostrophe_joins_what_stands_around_it() -> None:
    assert words_in("Sant’Anna's o'x 'Bo' x' area’s") == {"sant’anna", "o'x", "bo", "area"}


@pytest.mark.parametrize("length", [12, 16, 32, 40, 64])
def test_digest_holds_no_words(length: int) -> None:
    digest = ("abba1cafe" * 8)[:length]
    assert words_in(f"({digest}) {digest.upper()}") == set()
    assert words_in(f"{digest}a")
    assert words_in(f"g{digest}")
    assert words_in(f"{digest}_")


def test_letters_alone_are_no_digest() -> None:
    assert words_in("abbacafeabba") == {"abbacafeabba"}
    assert words_in("abbacafeabb1") == set()


@pytest.mark.parametrize(
    "word",
    [
        "avvikelser", "deviations", "vårdtillfällen", "readmission", "bättre", "hoppa", "overview",  # program
        "göteborgsområdet", "härryda", "gothenburg", "slutenvård", "läkemedel", "medication",  # area
        "webbfråga", "lagen", "samsa", "medcontrol", "dataägaren", "workshop",  # events, source, policy
        "januari", "jan", "march", "måndag", "tuesday", "maj",  # calendar
        "html", "csv", "xlsx", "json", "index", "manifest", "estimate",  # formats and keys
    ],
)  # fmt: skip
def test_words_of_program_area_and_calendar_are_known(words: frozenset[str], word: str) -> None:
    assert word in words


@pytest.mark.parametrize(
    "word", ["andersson", "anna", "karolinska", "hemsjukhus", "stockholm", "gbg", "bo", "ek"]
)
def test_other_words_are_not_known(words: frozenset[str], word: str) -> None:
    assert word not in words


def test_area_gives_the_words_of_every_setting_that_a_page_may_show(area: Area, tmp_path: Path) -> None:
    changed = dataclasses.replace(
        area,
        folder=tmp_path,
        name={"sv": "Aaland"},
        parties=(Party("bb-id", {"sv": "Bbland"}, ("spellingb",)),),
        units=(Unit("cc-id", "ccland", "", {"sv": "Ccland"}, 1, ("spellingc",)),),
        events=(Event("dd-id", area.events[0].first, area.events[0].last, {"en": "Ddland"}, False),),
        questions=({"id": "eeland", "text": {"sv": "Ffland"}, "shocks": ["ggland"]},),
        source_line={"sv": "Hhland"},
        policy=dataclasses.replace(area.policy, decided_by={"sv": "Iiland"}),
    )
    known = words_of(changed)
    assert {f"{c * 2}land" for c in "abcdefghi"} | {"bb", "cc", "dd"} <= known
    assert not {"spellingb", "spellingc", "stockholm", "härryda"} & known


def test_placeholders_are_no_words_of_the_own_texts(area: Area) -> None:
    assert not any("{" in text for text in own_texts(area))
    assert not {"decided_by", "digest", "rho", "undated"} & words_of(area)


def test_markdown_of_the_planned_notebooks_is_own_text_and_their_code_is_not(area: Area) -> None:
    own = "\n".join(own_texts(area))
    assert "# " in own
    assert "globals()" not in own


def test_markup_may_say_what_templates_and_style_rules_say() -> None:
    assert {"viewport", "skip", "flex", "stroke", "sheetid", "truetype"} <= markup_words()
    assert not {"andersson", "mimetypes"} & markup_words()  # a name; a setting beside the templates


def test_address_inside_a_page_may_spell_a_word_with_plain_letters() -> None:
    assert plain_words(frozenset({"känslighet", "data"})) == {"känslighet", "kanslighet", "data"}


@pytest.mark.parametrize("text", ["Data", "#c0ffee data", "data c012f3abfcdef0-12", "fill:#bad"])
def test_colours_and_names_of_drawings_are_no_words(text: str) -> None:
    assert not unknown_words(text, frozenset({"data", "fill"}))


@pytest.mark.parametrize("text", ["c0123abcdef-x", "#caféet", "#ab", "#abcdefabc", "cabbadabba-12", "Anna"])
def test_what_is_neither_colour_nor_name_nor_known_is_unknown(text: str) -> None:
    assert unknown_words(text, frozenset({"data", "fill"}))


def test_vocabulary_is_quickly_made_the_second_time(area: Area) -> None:
    words_of(area)
    start = time.process_time()
    words_of(area)
    assert time.process_time() - start < 0.05
