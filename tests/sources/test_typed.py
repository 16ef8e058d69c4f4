"""Text cells to typed columns: each cell is understood in a stated way, or its row is kept out."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analysis.area import Category
from analysis.errors import InputRefused
from analysis.sources.mapping import Source
from analysis.sources.reader import Raw, Reject
from analysis.sources.typed import contract, to_table
from analysis.tables import table
from deliveries import AREA, Row, frame_of, stay

GOOD = {
    "id": "s1",
    "person": "p1",
    "unit": "Astad",
    "in": "2025-02-03 09:15",
    "ready": "2025-02-07 12:15",
    "out": "2025-02-08 08:15",
    "days": "5,0",
    "moves": "1",
    "sip": "Ja",
    "to": "Hem",
}
SOURCE = Source(
    "test",
    "episodes",
    "delimited",
    {
        "columns": {
            "episode_id": ["id"],
            "person_id": ["person"],
            "unit": ["unit"],
            "admitted_at": ["in"],
            "uk_at": ["ready"],
            "discharged_at": ["out"],
            "los_days": ["days"],
            "planned_uk_moves_n": ["moves"],
            "is_sip_offered": ["sip"],
            "discharged_to": ["to"],
        },
        "values": {
            "discharged_to": {"Hem": "ordinary_housing", "Avliden": "dead"},
            "is_sip_offered": {"Ja": True, "Nej": False},
        },
    },
)


def raw(*rows: dict[str, str], drop: str = "") -> Raw:
    frame = pd.DataFrame(list(rows), dtype=str).drop(columns=drop or [])
    frame.index = pd.Index(range(2, len(rows) + 2), name="line")
    numbers = pd.Series(range(1, len(rows) + 1), index=frame.index)
    return Raw("export.csv", list(frame), frame, numbers, len(rows))


def good(n: int, **change: str) -> dict[str, str]:
    return GOOD | {"id": f"s{n}"} | change


def converted(**change: str) -> Row:
    """The first row, changed, among three good ones."""
    frame, rejects = to_table(raw(good(1, **change), good(2), good(3)), SOURCE, table("episodes"), AREA)
    assert rejects == []
    return frame.iloc[0].to_dict()


def kept_out(**change: str) -> list[Reject]:
    frame, rejects = to_table(raw(good(1), good(2, **change), good(3)), SOURCE, table("episodes"), AREA)
    assert frame.episode_id.tolist() == ["s1", "s3"]
    assert not any(value in str(rejects) for value in change.values() if len(value) > 1)
    return rejects


def test_a_good_row_becomes_typed_columns() -> None:
    row = converted()
    assert row["unit"] == "a"
    assert row["admitted_at"] == pd.Timestamp("2025-02-03 09:15")
    assert row["los_days"] == 5.0
    assert row["planned_uk_moves_n"] == 1
    assert row["is_sip_offered"] is True
    assert row["discharged_to"] == "ordinary_housing"


def test_a_column_that_the_export_does_not_have_is_missing_values() -> None:
    assert pd.isna(converted()["hospital"])


def test_every_column_has_its_type_even_when_it_is_empty() -> None:
    empty = {"days": "", "moves": "", "sip": "", "to": ""}
    frame, _ = to_table(raw(good(1, **empty), good(2, **empty)), SOURCE, table("episodes"), AREA)
    assert frame.dtypes.astype(str).to_dict() == frame_of("episodes", []).dtypes.astype(str).to_dict()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-02-08", "2025-02-08 00:00"),
        ("2025-02-08 08:15", "2025-02-08 08:15"),
        ("2025-02-08 08:15:30", "2025-02-08 08:15:30"),
        ("  2025-02-08 08:15 ", "2025-02-08 08:15"),
        ("2028-02-29", "2028-02-29"),
    ],
)
def test_times_are_written_in_three_ways(text: str, moment: str) -> None:
    assert converted(out=text)["discharged_at"] == pd.Timestamp(moment)


@pytest.mark.parametrize(
    "text",
    ["08/02/2025", "2025-02-30", "2025-02-08 24:00", "2025-02-08 25:10", "2025-13-01", "45696", "2027-02-29"],
)
def test_a_time_that_is_written_otherwise_or_does_not_exist_keeps_the_row_out(text: str) -> None:
    assert kept_out(out=text) == [Reject(2, 3, "out", "date_format")]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1989-12-31", False),
        ("1990-01-01", True),
        ("2099-12-31 23:59", True),
        ("2100-01-01", False),
        ("9999-12-31 00:00", False),
    ],
)
def test_a_date_that_stands_for_unknown_is_no_date(text: str, kept: bool) -> None:
    change = {"in": text, "ready": text, "out": text}
    if kept:
        converted(**change)
    else:
        assert {r.reason for r in kept_out(**change)} == {"date_out_of_range"}


@pytest.mark.parametrize(("text", "value"), [("5,0", 5.0), ("5.5", 5.5), ("12", 12.0), ("0", 0.0)])
def test_a_decimal_is_a_comma_or_a_point(text: str, value: float) -> None:
    assert converted(days=text)["los_days"] == value


@pytest.mark.parametrize("text", ["1 234,5", "1.234,5", "1,234.5", "1e3", "fem", "inf", "--5"])
def test_a_number_that_can_be_misread_keeps_the_row_out(text: str) -> None:
    assert kept_out(days=text) == [Reject(2, 3, "days", "number_format")]


@pytest.mark.parametrize("text", ["1.0", "1,5", "1234567890", "två"])
def test_a_whole_number_is_digits_only(text: str) -> None:
    assert kept_out(moves=text) == [Reject(2, 3, "moves", "number_format")]


@pytest.mark.parametrize(("column", "text"), [("days", "-1,0"), ("moves", "-1"), ("moves", "100")])
def test_a_number_outside_its_bounds_keeps_the_row_out(column: str, text: str) -> None:
    assert kept_out(**{column: text}) == [Reject(2, 3, column, "out_of_range")]


@pytest.mark.parametrize(
    "text", ["", "-", "–", ".", "N/A", "NULL", "NaN", "okänd", "Saknas", "Uppgift saknas", "  "]
)
def test_spellings_of_missing_are_missing_in_optional_columns(text: str) -> None:
    row = converted(days=text, moves=text, sip=text, to=text)
    assert all(pd.isna(row[c]) for c in ("los_days", "planned_uk_moves_n", "is_sip_offered", "discharged_to"))


@pytest.mark.parametrize("column", ["unit", "in", "ready", "out"])
def test_missing_in_a_required_column_keeps_the_row_out(column: str) -> None:
    assert kept_out(**{column: "saknas"}) == [Reject(2, 3, column, "required")]


def test_an_id_is_required_but_may_be_called_na() -> None:
    assert kept_out(id="") == [Reject(2, 3, "id", "required")]
    assert converted(id="NA")["episode_id"] == "NA"


@pytest.mark.parametrize("spelling", ["Astad", "Astads stad"])
def test_a_unit_may_be_spelt_in_the_ways_that_the_area_knows(spelling: str) -> None:
    assert converted(unit=spelling)["unit"] == "a"


@pytest.mark.parametrize("spelling", ["Cdorf", "\u0410stad", "<script>alert(1)</script>"])
def test_an_unknown_unit_keeps_the_row_out(spelling: str) -> None:
    assert kept_out(unit=spelling) == [Reject(2, 3, "unit", "unknown_unit")]


@pytest.mark.parametrize(("column", "text"), [("sip", "Kanske"), ("sip", "2"), ("to", "Månen")])
def test_an_unknown_code_keeps_the_row_out(column: str, text: str) -> None:
    assert kept_out(**{column: text}) == [Reject(2, 3, column, "unknown_code")]


KINDS = (
    Category("no_sip", {"sv": "SIP uteblev", "en": "SIP did not take place"}, ("SIP uteblev", "Ingen SIP")),
    Category("medication", {"sv": "Läkemedel", "en": "Medication"}, ("Läkemedel",)),
)
REPORTS = Source(
    "test",
    "deviations",
    "delimited",
    {
        "columns": {
            name: [name]
            for name in (
                "deviation_id", "unit", "occurred_date", "reported_date", "category", "reporting_party",
                "receiving_party",
            )
        }
    },
)  # fmt: skip


def of_kind(*kinds: str) -> tuple[list[str], list[Reject]]:
    """The accepted kinds of reports with these texts."""
    rows = [
        {
            "deviation_id": f"d{n}", "unit": "Astad", "occurred_date": "2025-02-03",
            "reported_date": "2025-02-04", "category": kind, "reporting_party": "P", "receiving_party": "Q",
        }
        for n, kind in enumerate(kinds)
    ]  # fmt: skip
    area = replace(AREA, categories=KINDS)
    frame, rejects = to_table(raw(*rows), REPORTS, table("deviations"), area)
    return frame.category.tolist(), rejects


def test_a_kind_of_deviation_becomes_a_code_of_the_area() -> None:
    assert of_kind("Läkemedel", "Ingen SIP", "SIP uteblev") == (["medication", "no_sip", "no_sip"], [])


@pytest.mark.parametrize("text", ["Karl Karlsson ramlade", "medication", "<script>alert(1)</script>"])
def test_free_text_for_a_kind_keeps_the_row_out_and_is_not_repeated(text: str) -> None:
    kinds, rejects = of_kind("Läkemedel", text, "SIP uteblev")
    assert kinds == ["medication", "no_sip"]
    assert rejects == [Reject(2, 3, "category", "unknown_code")]
    assert text not in str(rejects)


def test_times_out_of_order_keep_the_row_out() -> None:
    assert kept_out(ready="2025-02-08 08:16") == [Reject(2, 3, "", "order")]


def test_a_row_can_be_wrong_in_several_ways_and_is_one_row() -> None:
    rejects = kept_out(unit="Cdorf", days="fem")
    assert [(r.row, r.column, r.reason) for r in rejects] == [
        (2, "days", "number_format"),
        (2, "unit", "unknown_unit"),
    ]


def test_one_id_with_two_contents_keeps_both_rows_out() -> None:
    rows = raw(good(1), good(2), good(1, to="Avliden"), good(3), good(4))
    frame, rejects = to_table(rows, SOURCE, table("episodes"), AREA)
    assert frame.episode_id.tolist() == ["s2", "s3", "s4"]
    assert rejects == [Reject(1, 2, "id", "duplicate"), Reject(3, 4, "id", "duplicate")]


def test_rejects_of_the_reader_are_handed_on() -> None:
    ragged = Reject(3, 4, "", "ragged")
    whole = raw(good(1), good(2))
    _, rejects = to_table(
        Raw("export.csv", whole.header, whole.frame, whole.rows, 3, [ragged]), SOURCE, table("episodes"), AREA
    )
    assert rejects == [ragged]


@pytest.mark.parametrize("missing", ["id", "person", "unit", "in", "ready", "out"])
def test_a_needed_column_that_is_missing_refuses_the_file(missing: str) -> None:
    with pytest.raises(InputRefused) as caught:
        to_table(raw(good(1), drop=missing), SOURCE, table("episodes"), AREA)
    where = caught.value.where
    assert (where.file, where.line, where.column) == ("export.csv", 1, missing)


def test_half_of_the_rows_may_be_bad() -> None:
    frame, rejects = to_table(raw(good(1), good(2, unit="Cdorf")), SOURCE, table("episodes"), AREA)
    assert (len(frame), len(rejects)) == (1, 1)


def test_more_than_half_bad_refuses_the_file_at_its_first_bad_row() -> None:
    rows = raw(good(1), good(2, days="fem"), good(3, unit="Cdorf"))
    with pytest.raises(InputRefused, match=r"2 of 3 rows are bad.*number_format") as caught:
        to_table(rows, SOURCE, table("episodes"), AREA)
    where = caught.value.where
    assert (where.file, where.line, where.column) == ("export.csv", 3, "days")
    assert "fem" not in str(caught.value)
    assert "Cdorf" not in str(caught.value)


def test_the_contract_tells_row_column_and_reason() -> None:
    late = stay("s2", "2025-02-08 12:00", "2025-02-08 11:00")
    frame = frame_of("episodes", [stay("s1", "2025-02-07", "2025-02-08"), late])
    kept, broken = contract(frame, table("episodes"))
    assert kept.episode_id.tolist() == ["s1"]
    assert broken == [(1, "", "order")]


def test_a_frame_without_its_columns_is_refused() -> None:
    with pytest.raises(InputRefused):
        contract(pd.DataFrame({"episode_id": ["s1"]}), table("episodes"))
