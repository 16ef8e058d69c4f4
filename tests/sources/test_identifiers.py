"""Identity numbers are found in every way of writing, and little else is taken for one."""

from __future__ import annotations

import csv
import random
import uuid
from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.identifiers import contact_hits, holds_identity, identity_hits
from fictitious import number
from shared import BAD_INPUT, needs_shared

DRAWS = 20_000


numbers = st.builds(
    number, st.dates(date(1880, 1, 1), date(2030, 12, 31)), st.integers(0, 999), st.booleans()
)
words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Nd", "No", "Nl", "Lo", "Cs", "Mn"]), max_size=20
)
FORMS: list[Callable[[str], str]] = [
    lambda twelve: twelve,
    lambda twelve: twelve[2:],
    lambda twelve: f"{twelve[:8]}-{twelve[8:]}",
    lambda twelve: f"{twelve[2:8]}-{twelve[8:]}",
    lambda twelve: f"{twelve[2:8]}+{twelve[8:]}",
    lambda twelve: f"{twelve[:8]} – {twelve[8:]}",
    lambda twelve: f"{twelve[2:8]}   {twelve[8:]}",
    lambda twelve: f"{twelve[:8]}\N{NO-BREAK SPACE}{twelve[8:]}",
    lambda twelve: f"{twelve[:4]}\N{ZERO WIDTH SPACE}{twelve[4:]}",
    lambda twelve: "".join(chr(ord("\N{FULLWIDTH DIGIT ZERO}") + int(digit)) for digit in twelve),
    lambda twelve: f"{twelve[:4]}-{twelve[4:6]}-{twelve[6:8]}-{twelve[8:]}",
    lambda twelve: f"{twelve[2:4]} {twelve[4:6]} {twelve[6:8]} {twelve[8:]}",
]


def hit(text: str) -> bool:
    return bool(identity_hits(pa.array([text]))[0])


def contact(text: str) -> bool:
    return bool(contact_hits(pa.array([text]))[0])


@pytest.mark.parametrize(
    "text",
    [
        "Pat 19121212-1212 skrevs ut",
        "pnr191212121212.",
        "121212-1212 ringde",
        "1212121212",
        "19121212 – 1212",
        "121212+1212",
        "121212/1212",
        "pnr_19121212_1212.csv",
        "se 18930401-2389",
        "Pat 18910363-2395",
        "191212121212.0",
        "rad 2.121212-1212",
    ],
)
def test_an_identity_number_is_found_however_it_is_written(text: str) -> None:
    assert hit(text)
    assert holds_identity(text)


@given(words, numbers, st.sampled_from(FORMS), words)
def test_any_valid_number_is_found_in_any_form_between_any_words(
    before: str, twelve: str, form: Callable[[str], str], after: str
) -> None:
    text = f"{before} {form(twelve)} {after}"
    assert hit(text)
    assert holds_identity(text)


@pytest.mark.parametrize("text", ["19121212-1213", "121212-1213", "121212 1213"])
def test_a_mistyped_number_with_a_separator_is_found_by_its_shape(text: str) -> None:
    assert hit(text)


@pytest.mark.parametrize("text", ["191212121213", "1212121213"])
def test_bare_digits_need_the_right_check_digit(text: str) -> None:
    assert not hit(text)


@pytest.mark.parametrize(
    "text",
    ["19121312-1212", "19120230-1212", "190102290-1212", "19010229-1212", "121200-1212", "121260-1212"],
)
def test_a_date_that_does_not_exist_is_no_number(text: str) -> None:
    assert not hit(text)


@pytest.mark.parametrize(
    ("text", "found"), [("121261-1212", True), ("121291-1212", True), ("121292-1212", False)]
)
def test_a_coordination_number_adds_sixty_to_the_day(text: str, found: bool) -> None:
    assert hit(text) is found


@pytest.mark.parametrize("text", ["1212    1212", "121212    1212", "25121212-1212", "001212121212"])
def test_too_many_blanks_or_a_century_that_never_was_make_it_no_number(text: str) -> None:
    assert not hit(text)


@pytest.mark.parametrize("text", ["19810829M071", "reserv 19450829K088.", "19930829x802", "22121212AB12"])
def test_a_reserve_number_of_a_region_is_found(text: str) -> None:
    assert hit(text)


def test_a_stockholm_reserve_number_needs_its_check_digit() -> None:
    found = [digit for digit in "0123456789" if hit(f"99201200012{digit}")]
    assert len(found) == 1


@pytest.mark.parametrize(
    "text",
    [
        "född 1912-12-12, 4 sista 1212",
        "född 121212, fyra sista 1212",
        "sista fyra är 1212, född 12/12-1912",
        "12 december 1912, sista fyra siffrorna: 1212",
    ],
)
def test_a_date_of_birth_with_the_last_four_beside_it_is_found(text: str) -> None:
    assert hit(text)


@pytest.mark.parametrize("text", ["sista fyra 1212", "de fyra sista besöken 2025-02-03", "född 1912-12-12"])
def test_a_date_of_birth_or_the_last_four_alone_is_no_number(text: str) -> None:
    assert not hit(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ärende 2503191230",
        "loggat 202503191230",
        "org.nr 232100-0131",
        "SE2321000131-E000000012345",
        "växel 031-390 06 00",
        "summa 1 234 567 890",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "12121212-1212-1212-1212-121212121212",
        "p_1212121212abcdef",
        "d41d8cd98f00b204e9800998ecf8427e",
        "0.1212121212",
        "3,1212121212",
        "2025-03-19T12:30:00",
        "20250319T110930+0100",
        "2025-02-03 - 2025-02-10",
        "20250203 - 2025-02-10",
        "AV-2025-1001",
        "VT500100",
        "PID07000",
    ],
)
def test_what_only_looks_like_a_number_is_left_alone(text: str) -> None:
    assert not hit(text)
    assert not holds_identity(text)
    assert not contact(text)


def test_a_time_stamp_in_a_file_name_may_pass() -> None:
    assert holds_identity("export 20250319-0500.csv")
    assert not holds_identity("export 20250319-0500.csv", stamps=True)
    assert holds_identity("export 19121212-1212.csv", stamps=True)
    assert holds_identity("export 121212-1212.csv", stamps=True)


def test_nulls_hold_nothing_and_order_and_length_are_kept_in_every_kind_of_array() -> None:
    texts = [None, "121212-1212", "", "ring 070-174 06 05"]
    plain = pa.array(texts)
    for array in (
        plain,
        plain.dictionary_encode(),
        pa.chunked_array([plain[:2], plain[2:]]),
        plain.cast("large_string"),
    ):
        assert identity_hits(array).tolist() == [False, True, False, False]
        assert contact_hits(array).tolist() == [False, False, False, True]
    assert identity_hits(pa.array(texts)[1:3]).tolist() == [True, False]
    assert identity_hits(pa.array(["1212121212", "121212-1212", "x"])[1:]).tolist() == [True, False]
    assert identity_hits(pa.chunked_array([], pa.string())).tolist() == []


@given(st.lists(st.one_of(st.none(), words, numbers)))
def test_each_text_is_judged_by_itself(texts: list[str | None]) -> None:
    together = identity_hits(pa.array(texts, pa.string())).tolist()
    assert together == [identity_hits(pa.array([text], pa.string()))[0] for text in texts]


@pytest.mark.parametrize(
    ("kind", "draw", "most"),
    [
        ("random ten digits", lambda draw: f"{draw.randrange(10**10):010}", 0.010),
        ("random twelve digits", lambda draw: f"{draw.randrange(10**12):012}", 0.001),
        (
            "time stamps",
            lambda draw: (
                f"20{draw.randrange(100):02}{draw.randrange(1, 13):02}{draw.randrange(1, 29):02}"
                f"{draw.randrange(24):02}{draw.randrange(60):02}"
            ),
            0.12,
        ),
        (
            "ISO time stamps",
            lambda draw: f"2025-02-{draw.randrange(1, 29):02} {draw.randrange(24):02}:15",
            0.0,
        ),
        ("decimals", lambda draw: repr(draw.random()), 0.0005),
        ("GUIDs", lambda draw: str(uuid.UUID(int=draw.getrandbits(128))), 0.0),
        ("digests", lambda draw: f"{draw.getrandbits(128):032x}", 0.0005),
        ("organisation numbers", lambda draw: f"232100-{draw.randrange(10**4):04}", 0.0),
    ],
)
def test_false_hits_stay_within_their_measured_rate(
    kind: str, draw: Callable[[random.Random], str], most: float
) -> None:
    source = random.Random(19121212)
    hits = identity_hits(pa.array([draw(source) for _ in range(DRAWS)]))
    assert hits.mean() <= most, kind


@pytest.mark.parametrize(
    "text",
    [
        "Tolvan Tolvansson, 070-174 06 05",
        "ring dottern Elvan på +46 70 174 06 99",
        "0701740605",
        "tel:070-1740605.",
        "070 – 174 06 05",
        "+46 (0)70 174 06 05",
        "0046 70 174 06 99",
        "mejla tolvan@example.org",
        "bor på Storgatan 1 A",
        "lgh 1102",
    ],
)
def test_a_way_to_reach_a_person_is_a_contact_and_no_identity_number(text: str) -> None:
    assert contact(text)
    assert not hit(text)


@pytest.mark.parametrize(
    "text",
    [
        "växel 031-390 06 00",
        "Växeln: 031-390 06 00",
        "växeln på 031-390 06 00",
        "2025-02-03 0915",
        "2025-01-10 2025-02-10",
        "08:15 09:15 10:15",
        "på vägen 3 timmar",
        "0,0123456789",
        "0123456",
        "@avdelningen",
    ],
)
def test_a_switchboard_a_date_and_a_decimal_are_no_contact(text: str) -> None:
    assert not contact(text)


def cells(file: str, column: str) -> list[str]:
    with (BAD_INPUT / "files" / file).open(encoding="utf-8-sig", newline="") as lines:
        return [row[column] for row in csv.DictReader(lines, delimiter=";")]


@needs_shared
@pytest.mark.parametrize(
    ("file", "rows", "find"),
    [
        ("pii_personnummer_text.csv", 8, identity_hits),
        ("pii_samordningsnummer_text.csv", 1, identity_hits),
        ("pii_names_phones.csv", 0, identity_hits),
        ("pii_names_phones.csv", 4, contact_hits),
        ("pii_false_positives.csv", 0, identity_hits),
        ("pii_false_positives.csv", 0, contact_hits),
    ],
)
def test_the_collected_bad_files_hit_in_their_first_rows(file: str, rows: int, find: Callable) -> None:
    found = find(pa.array(cells(file, "Beskrivning"))).tolist()
    assert found == [True] * rows + [False] * (len(found) - rows)
