"""What the deliveries hold that no page may: collected from every file of the store, looked up exactly."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.area import Area, read_area
from analysis.report import secrets as secrets_module
from analysis.report.secrets import (
    Secrets,
    addresses_in,
    ids_among,
    names_among,
    quotations,
    runs_of,
    secrets_of,
    tokens_of,
)

NONE: frozenset[str] = frozenset()
TEXT = "Patienten ringde själv från Hisingen och frågade efter sin plan"


def column(*values: str | None) -> tuple[pa.ChunkedArray, ...]:
    return (pa.chunked_array([pa.array(values, pa.string())]),)


def looked_up(*ids: str, text: str, words: frozenset[str] = NONE, step: int = 5) -> set[str]:
    return ids_among(tokens_of(text), Secrets(ids=column(*ids), step=step), words)


class Store:
    """Deliveries written by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[Any] = []

    def records(self) -> list[Any]:
        return self.made

    def add(  # noqa: PLR0917 - a file of the store each
        self,
        table: str = "deviations",
        source: str = "",
        rows: Mapping[str, Sequence[Any]] | None = None,
        texts: Mapping[str, Sequence[Any]] | None = None,
        kept_out: Sequence[Sequence[str]] = (),
        name: str = "correct.csv",
    ) -> Store:
        digest = f"{len(self.made):032}"
        folder = self.folder / digest
        folder.mkdir(parents=True)
        pq.write_table(pa.table(dict(rows or {"deviation_id": ["AV-1"]})), folder / "rows.parquet")
        if texts:
            pq.write_table(pa.table(dict(texts)), folder / "free_text.parquet")
        if kept_out:
            with (folder / name).open("w", encoding="utf-8-sig", newline="") as handle:
                csv.writer(handle, delimiter=";").writerows(kept_out)
        self.made.append(SimpleNamespace(digest=digest, table=table, source=source, file="export.csv"))
        return self


@pytest.fixture(name="area", scope="module")
def area_fixture() -> Area:
    return read_area("goteborg")


@pytest.fixture(name="store")
def store_fixture(tmp_path: Path) -> Store:
    return Store(tmp_path)


def values(columns: Sequence[pa.ChunkedArray]) -> set[str]:
    return {value for one in columns for value in one.to_pylist() if value}


def test_ids_pseudonyms_and_names_of_accepted_rows_are_secrets(store: Store, area: Area) -> None:
    rows = {
        "sip_id": ["S-10001"], "episode_id": ["E-10001"], "person_id": ["p_0123456789abcdef"],
        "status": ["x"],
    }  # fmt: skip
    store.add("sip", rows=rows).add(rows={"deviation_id": ["AV-2"], "place": ["Avd 11"], "severity": [3]})
    found = secrets_of(store, area)  # type: ignore[arg-type]
    assert values(found.ids) == {"S-10001", "E-10001", "p_0123456789abcdef", "AV-2"}
    assert values(found.names) == {"Avd 11"}
    assert found.texts == ()


def test_texts_kept_apart_may_be_of_any_length(store: Store, area: Area) -> None:
    apart = {"comment": pa.array([TEXT], pa.large_string()), "row": [7]}
    store.add("weekly_reports", rows={"report_id": ["R-1"]}, texts=apart)
    assert values(secrets_of(store, area).texts) == {TEXT}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "role", "kind"),
    [("sip_id", "id", "id"), ("person_id", "person", "id"), ("ward_id", "opaque", "id"),
     ("ward", "opaque", ""), ("activity_id", "code", ""), ("comment", "text", "text"),
     ("place", "name", "name")],
)  # fmt: skip
def test_opaque_ids_are_ids_and_codes_of_ours_are_not(name: str, role: str, kind: str) -> None:
    assert secrets_module._kind(name, role) == kind


def test_texts_of_rows_and_free_texts_kept_apart_are_secrets(store: Store, area: Area) -> None:
    apart = {"report_id": ["R-1"], "row": [7], "comment": [TEXT]}
    store.add("weekly_reports", rows={"report_id": ["R-1"], "problem": ["Bil saknas"]}, texts=apart)
    assert values(secrets_of(store, area).texts) == {"Bil saknas", TEXT, "R-1"}  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["correct.csv", "correct.before.csv"])
def test_rows_that_were_kept_out_are_secrets_column_by_column(store: Store, area: Area, name: str) -> None:
    header = ["(rad)", "(skäl)", "deviation_id", "place", "status", "Kommentar"]
    row = ["17", "Datumet saknas", "AV-77777", "Avd 99", "Öppen", TEXT]
    store.add(kept_out=[header, row, ["18", "x"]], name=name)
    found = secrets_of(store, area)  # type: ignore[arg-type]
    assert "AV-77777" in values(found.ids)
    assert values(found.names) == {"Avd 99", TEXT}
    assert values(found.texts) == {TEXT}


def test_headers_of_the_source_are_read_as_its_mapping_says(store: Store, area: Area) -> None:
    from analysis.sources.mapping import read_sources

    source = next(s for s in read_sources(area) if s.table == "deviations" and s.format == "delimited")
    header = [source.columns["deviation_id"][0], "Okänd rubrik"]
    store.add(source=source.name, kept_out=[header, ["AV-77777", TEXT]])
    found = secrets_of(store, area)  # type: ignore[arg-type]
    assert "AV-77777" in values(found.ids)
    assert "AV-77777" not in values(found.names)
    assert TEXT in values(found.names)


def test_header_that_says_one_column_twice_hides_nothing(store: Store, area: Area) -> None:
    from analysis.sources.mapping import read_sources

    source = next(s for s in read_sources(area) if s.table == "deviations" and s.format == "delimited")
    header = [source.columns["deviation_id"][0]] * 2
    store.add(source=source.name, kept_out=[header, ["AV-77777", "AV-88888"]])
    assert values(secrets_of(store, area).names) == {"AV-77777", "AV-88888"}  # type: ignore[arg-type]


def test_empty_file_of_rows_to_correct_holds_nothing(store: Store, area: Area) -> None:
    store.add(kept_out=[[]])
    (store.folder / f"{0:032}" / "correct.csv").write_text("")
    assert secrets_of(store, area).names == ()  # type: ignore[arg-type]


def test_settings_give_the_rounding_and_the_program_its_own_texts(store: Store, area: Area) -> None:
    found = secrets_of(store, area)  # type: ignore[arg-type]
    assert found.step == area.policy.round_to
    assert ("har", "de", "rapporterade", "avvikelserna", "i") in found.runs


def test_secrets_are_not_shown_when_they_are_displayed() -> None:
    assert "Hisingen" not in repr(Secrets(column("Hisingen"), column("Hisingen"), column("Hisingen")))


@pytest.mark.parametrize(
    "text",
    [
        "AV-2024-1001",
        "av-2024-1001",
        "(AV-2024-1001).",
        "id=AV-2024-1001;",
        "x/AV-2024-1001_b",
        "<AV-2024-1001>",
    ],
)
def test_id_is_found_whatever_stands_around_it(text: str) -> None:
    assert looked_up("AV-2024-1001", text=text) == {"av-2024-1001"}


@pytest.mark.parametrize("text", ["AV-2024-100", "AV-2024-10012", "AV 2024 1001", "XAV-2024-1001"])
def test_another_id_is_not_found(text: str) -> None:
    assert looked_up("AV-2024-1001", text=text) == set()


@pytest.mark.parametrize(
    ("id_", "found"),
    [("a123", False), ("ab123", True), ("12341", False), ("123451", True), ("123450", False),
     ("1234567", True), ("1234570", False), ("12345670", True), ("12345671", True)],
)  # fmt: skip
def test_id_has_five_characters_and_a_short_number_is_one_that_no_count_can_be(id_: str, found: bool) -> None:
    assert bool(looked_up(id_, text=f"x {id_} y")) == found


def test_rounding_of_the_area_says_which_numbers_may_be_counts() -> None:
    assert looked_up("123450", text="123450", step=7)
    assert not looked_up("123451", text="123451", step=1)


def test_word_of_the_vocabulary_is_no_id() -> None:
    assert looked_up("goteborg", text="goteborg")
    assert not looked_up("goteborg", text="goteborg", words=frozenset({"goteborg"}))


@pytest.mark.parametrize("text", ["350.630311", "350,630311"])
def test_decimals_are_no_id(text: str) -> None:
    assert looked_up("630311", text=text) == set()
    assert looked_up("630311", text=text + "-1") == {"630311"}


def test_id_may_have_eight_parts_and_no_more() -> None:
    assert looked_up("a-b-c-d-e-f-g-h", text="x-a-b-c-d-e-f-g-h-y")
    assert not looked_up("a-b-c-d-e-f-g-h-i", text="x-a-b-c-d-e-f-g-h-i-y")


@given(st.lists(st.text("AÅb1", min_size=1, max_size=4), min_size=1, max_size=4), st.sampled_from("-_/.:"))
def test_every_id_is_found_in_a_sentence(parts: list[str], joint: str) -> None:
    id_ = joint.join(["Q17", *parts, "x9"])
    assert looked_up(id_, text=f"Fallet ({id_}), som slutade.") == {id_.lower()}


def test_name_of_a_place_is_found_as_whole_words_whatever_stands_between() -> None:
    names = Secrets(names=column("Avd 11 Öst", None))
    texts = ["på avd. 11, öst", "Avd 11 Östra", "Avd 11", "öst avd 11"]
    assert names_among(texts, names, NONE) == {"på avd. 11, öst"}


@pytest.mark.parametrize(("name", "found"), [("Avd1", False), ("Avd 1", True)])
def test_name_has_five_characters(name: str, found: bool) -> None:
    assert bool(names_among([name], Secrets(names=column(name)), NONE)) == found


def test_name_that_is_made_of_the_vocabulary_alone_is_passed_over() -> None:
    names = Secrets(names=column("Område 12", "2024-05"))
    assert names_among(["Område 12", "2024-05"], names, frozenset({"område"})) == set()
    assert names_among(["Område 12", "2024-05"], names, NONE) == {"Område 12"}


def test_id_with_blanks_is_found_like_a_name() -> None:
    secrets = Secrets(ids=column("AVV 2024 0012", "AB123"))
    assert names_among(["se avv 2024 0012", "AB123"], secrets, NONE) == {"se avv 2024 0012"}


def test_five_words_in_a_row_of_a_free_text_are_a_quotation_and_four_are_not() -> None:
    secrets = Secrets(texts=column("Annat", None, f"Inledning. {TEXT}"))
    five, four = "RINGDE själv, från – Hisingen (och) mer", "ringde själv från Hisingen mer"
    assert quotations([five, four, "Annat"], secrets) == {five}


def test_words_from_two_texts_are_no_quotation() -> None:
    secrets = Secrets(texts=column("ett två tre", "fyra fem sex"))
    assert quotations(["ett två tre fyra fem sex"], secrets) == set()


def test_order_of_the_words_counts() -> None:
    assert quotations(["fem fyra tre två ett"], Secrets(texts=column("ett två tre fyra fem"))) == set()


def test_numbers_and_signs_do_not_break_a_quotation() -> None:
    secrets = Secrets(texts=column("ett 1 två, tre 44 fyra. fem"))
    assert quotations(["ett två 7 tre fyra fem"], secrets)


def test_what_the_program_says_itself_is_no_quotation() -> None:
    own = frozenset(runs_of("ett två tre fyra fem"))
    secrets = Secrets(texts=column("ett två tre fyra fem sex"), runs=own)
    assert quotations(["ett två tre fyra fem"], secrets) == set()
    assert quotations(["ett två tre fyra fem sex"], secrets)


def test_nothing_is_a_quotation_when_no_texts_are_kept() -> None:
    assert quotations([TEXT], Secrets()) == set()
    assert quotations(["kort"], Secrets(texts=column(TEXT))) == set()


def test_long_columns_are_searched_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.report.secrets.CHUNK", 2)
    secrets = Secrets(texts=column("x", "y", "z", None, TEXT))
    assert quotations([TEXT], secrets) == {TEXT}


@given(st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl"]), min_size=5, max_size=12), st.data())
def test_any_five_words_in_a_row_are_found(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words) - 5))
    piece = " ".join(words[at : at + 5])
    assert quotations([piece], Secrets(texts=column(None, " ".join(words)))) == {piece}


def test_addresses_are_read_without_the_marks_that_end_a_sentence() -> None:
    text = "Se https://skr.se/a?b=1, (http://x.se) och www.goteborg.se."
    assert addresses_in(text) == {"https://skr.se/a?b=1", "http://x.se", "www.goteborg.se"}
