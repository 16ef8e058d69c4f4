"""A column of ids that is made of identity numbers refuses the file; ids that only look alike do not."""

from __future__ import annotations

import csv
import random
import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.idcolumns import Finding, IdColumns
from fictitious import number
from shared import BAD_INPUT, needs_shared


def person(at: int) -> str:
    """Invent a person's twelve digits, of any day since 1920."""
    return number(date(1920, 1, 1) + timedelta(days=at * 7919 % 37_000), at % 1000)


def opaque(n: int) -> list[str]:
    return [f"PID{7000 + at:05}" for at in range(n)]


DAY = date(2025, 3, 31)


def judged(
    ids: list[str], *, day: date | None = None, **others: list[str]
) -> tuple[list[Finding], list[int]]:
    """Give the verdict, and the rows that are kept out when there is none."""
    columns = IdColumns(["id"], day=day)
    out = columns.add(pa.table({"id": ids, **others}))["id"]
    return columns.verdict(), [int(row) for row in out.nonzero()[0]]


@pytest.mark.parametrize(
    "form",
    [
        lambda twelve: twelve,
        lambda twelve: twelve[2:],
        lambda twelve: f"{twelve[:8]}-{twelve[8:]}",
        lambda twelve: f"{twelve[2:8]} {twelve[8:]}",
        lambda twelve: f"P{twelve}",
    ],
)
def test_a_column_of_numbers_in_any_form_refuses_the_file(form: Callable[[str], str]) -> None:
    verdict, _ = judged([form(person(at)) for at in range(50)])
    assert verdict == [Finding("id", 50, "number")]


@pytest.mark.parametrize(("others", "refused"), [(98, True), (99, True), (100, False)])
def test_one_cell_in_a_hundred_is_enough_and_fewer_are_kept_out_by_row(others: int, refused: bool) -> None:
    verdict, out = judged([*opaque(others), "19121212-1212"])
    assert bool(verdict) is refused
    assert out == [others]


def test_empty_cells_do_not_thin_out_the_share() -> None:
    verdict, _ = judged([*opaque(50), "1212121212", *[""] * 1000])
    assert verdict == [Finding("id", 1, "number")]


def test_mistyped_numbers_refuse_the_file_too() -> None:
    wrong = [f"{person(at)[:8]}-{(int(person(at)[8:]) + 1) % 10_000:04}" for at in range(50)]
    assert judged(wrong)[0] == [Finding("id", 50, "number")]
    assert judged([cell.replace("-", "") for cell in wrong])[0] == [Finding("id", 50, "number")]


def test_numbers_that_lost_their_leading_zeros_refuse_the_file() -> None:
    young = [twelve[2:] for twelve in map(person, range(3000)) if twelve[2] == "0"]
    lost = [str(int(ten)) for ten in young]
    assert judged(lost)[0] == [Finding("id", len(lost), "lost_zero")]
    assert judged([*opaque(50), *lost[:3]])[0] == [Finding("id", 3, "lost_zero")]


def test_a_date_of_birth_with_the_last_four_in_another_column_refuses_the_file() -> None:
    people = [person(at) for at in range(20)]
    days, last = [twelve[:8] for twelve in people], [twelve[8:] for twelve in people]
    six = [day[2:] for day in days]
    for ids in (days, six):
        verdict, out = judged([*ids, *opaque(100)], note=[*last, *["text"] * 100])
        assert verdict == [Finding("id", 20, "split")]
        assert out == list(range(20))


def test_four_digits_that_do_not_fit_the_date_are_no_last_four() -> None:
    days = [person(at)[2:8] for at in range(40)]
    verdict, out = judged(days, ward=[str(1000 + at % 7) for at in range(40)])
    assert (verdict, out) == ([], [])


@pytest.mark.parametrize(("dates", "refused"), [(49, False), (50, True), (51, True)])
def test_dates_of_birth_refuse_the_file_when_they_are_half_of_the_ids(dates: int, refused: bool) -> None:
    verdict, _ = judged([*(person(at)[:8] for at in range(dates)), *opaque(100 - dates)])
    assert verdict == ([Finding("id", dates, "birth_date")] if refused else [])


@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        ("letters and a counter", opaque(500)),
        ("a counter that passes dates", [str(500101 + at) for at in range(99)]),
        ("year and counter", [str(20250101 + at) for at in range(31)]),
        ("nine digits in order", [f"10101{at:04}" for at in range(5000)]),
        ("ten digits in order", [f"101231{at:04}" for at in range(5000)]),
        ("dated case numbers", [f"2025{at % 12 + 1:02}{at % 28 + 1:02}{at:04}" for at in range(500)]),
        (
            "dated case numbers with a dash",
            [f"AV-25{at % 12 + 1:02}{at % 28 + 1:02}-{at:04}" for at in range(500)],
        ),
    ],
)
def test_ids_that_only_count_are_accepted_whole(kind: str, ids: list[str]) -> None:
    assert judged(ids) == ([], []), kind


@pytest.mark.parametrize("digits", [9, 10, 12])
def test_random_ids_are_not_refused_and_few_rows_are_kept_out(digits: int) -> None:
    source = random.Random(1912)
    for size in (30, 300, 3000):
        verdict, out = judged([f"{source.randrange(10**digits):0{digits}}" for _ in range(size)])
        assert not verdict
        assert len(out) <= max(2, 0.02 * size)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 30])
@pytest.mark.parametrize("form", ["20250319-{:04}", "AV-20250319-{:04}", "20250319{:04}", "AV-250319-{:04}"])
def test_case_numbers_of_the_delivery_s_own_time_pass_in_files_of_any_size(form: str, rows: int) -> None:
    assert judged([form.format(at) for at in range(3, 3 + rows)], day=DAY) == ([], [])


@pytest.mark.parametrize("day", [date(2025, 1, 1), date(2027, 12, 31)])
def test_dates_up_to_two_years_before_the_delivery_are_of_its_own_time(day: date) -> None:
    assert judged(["20250319-0004"], day=day) == ([], [])
    assert judged(["20250319-0004"], day=day.replace(year=2028))[0] == [Finding("id", 1, "number")]
    assert judged(["20250319-0004"], day=day.replace(year=2024))[0] == [Finding("id", 1, "number")]


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
def test_a_few_dates_of_birth_with_four_digits_refuse_the_file(rows: int) -> None:
    people = [person(at) for at in range(rows)]
    for ids in (people, [f"{ten[2:8]}-{ten[8:]}" for ten in people], [ten[2:] for ten in people]):
        assert judged(ids, day=DAY)[0] == [Finding("id", rows, "number")]


def test_random_ids_of_ten_digits_in_a_few_rows_are_rarely_refused() -> None:
    source = random.Random(1912)
    drawn = ([f"{source.randrange(10**10):010}" for _ in range(1 + at % 7)] for at in range(1000))
    assert sum(bool(judged(ids, day=DAY)[0]) for ids in drawn) <= 15


def test_no_random_id_of_ten_digits_is_kept_out_of_a_large_file() -> None:
    source = random.Random(1912)
    assert judged([f"{source.randrange(10**10):010}" for _ in range(5000)], day=DAY) == ([], [])


def test_persons_among_case_numbers_are_found_by_their_check_digits() -> None:
    cases = [f"20180319{at:04}" for at in range(300)]
    children = [number(date(2014 + at % 5, 1 + at % 12, 1 + at), 40 * at) for at in range(25)]
    [finding], out = judged([*cases, *children], day=DAY)
    assert finding.kind == "number"
    assert set(range(300, 325)) <= set(out)


def test_mistyped_numbers_of_children_are_no_case_numbers() -> None:
    born = [date(2010 + at % 10, 1 + at % 12, 1 + at % 28) for at in range(300)]
    wrong = [
        f"{day:%Y%m%d}-{(int(number(day, at * 37 % 1000)[8:]) + 1) % 10_000:04}"
        for at, day in enumerate(born)
    ]
    assert judged(wrong, day=DAY)[0] == [Finding("id", 300, "number")]


@pytest.mark.parametrize(
    "form",
    [
        "{0}-{1}-{2}.{3}",
        "{0}{1}{2}.{3}",
        "{0}{1}{2}:{3}",
        "{0} {1}{2} {3}",
        "{0}{1}{2}{3}07",
        "07{0}{1}{2}{3}",
        "0{0}{1}{2}{3}",
        "0000{0}{1}{2}{3}",
        "{2}{1}{0}{3}",
        "{2}-{1}-{0}-{3}",
        "P-{0}.{1}.{2}.{3}",
    ],
)
@pytest.mark.parametrize("rows", [1, 30])
def test_numbers_hidden_by_signs_or_more_digits_refuse_the_file(form: str, rows: int) -> None:
    people = [person(at) for at in range(rows)]
    ids = [form.format(p[:4], p[4:6], p[6:8], p[8:]) for p in people]
    assert judged(ids, day=DAY) == ([Finding("id", rows, "number")], list(range(rows)))
    assert judged([*ids, *opaque(20)], day=DAY)[0] == [Finding("id", rows, "number")]


def test_digits_apart_by_blanks_refuse_the_file() -> None:
    assert judged([" ".join(person(at)) for at in range(30)], day=DAY)[0] == [Finding("id", 30, "number")]


@pytest.mark.parametrize("four", ["XXXX", "****", "TF12"])
def test_dates_of_birth_with_hidden_last_four_refuse_the_file(four: str) -> None:
    ids = [f"{person(at)[:8]}-{four}" for at in range(30)]
    assert judged(ids, day=DAY)[0] == [Finding("id", 30, "birth_date")]


def test_numbers_of_children_of_one_year_are_no_case_numbers_either() -> None:
    wrong = [f"2018{1 + at % 12:02}{1 + at % 28:02}-{at * 37 % 9000 + 1000}" for at in range(300)]
    assert judged(wrong, day=DAY)[0] == [Finding("id", 300, "number")]


@pytest.mark.parametrize("digits", [13, 14, 15, 16])
def test_long_random_ids_and_time_stamps_are_accepted_whole(digits: int) -> None:
    source = random.Random(1912)
    assert judged([f"{source.randrange(10**digits):0{digits}}" for _ in range(300)], day=DAY) == ([], [])
    assert judged([f"202503{1 + at % 28:02}0815{at:04}"[:digits] for at in range(300)], day=DAY) == ([], [])


def test_one_person_in_several_rows_beside_a_column_of_codes_is_no_split_number() -> None:
    fits = number(date(1943, 4, 4), 211)
    ids, codes = [fits[:8]] * 4, [fits[8:]] * 4
    assert judged([*ids, *opaque(50)], code=[*codes, *["1480"] * 50], day=DAY) == ([], [])
    assert judged([*ids, *opaque(50)], note=[*codes, *["text"] * 50], day=DAY)[0][0].kind == "split"


def test_guids_and_pseudonyms_are_accepted_whole() -> None:
    source = random.Random(1912)
    assert judged([str(uuid.UUID(int=source.getrandbits(128))) for _ in range(5000)]) == ([], [])
    assert judged([f"p_{source.getrandbits(64):016x}" for _ in range(5000)]) == ([], [])


@given(
    st.lists(st.sampled_from(["", "PID07001", "1212121212", "19121212-1212", "19121212"])), st.integers(1, 5)
)
def test_the_verdict_does_not_depend_on_the_chunks(ids: list[str], size: int) -> None:
    columns, whole = IdColumns(["id"]), IdColumns(["id"])
    whole.add(pa.table({"id": pa.array(ids, pa.string())}))
    for start in range(0, len(ids), size):
        columns.add(pa.table({"id": pa.array(ids[start : start + size], pa.string()).dictionary_encode()}))
    assert columns.verdict() == whole.verdict()


def test_a_column_that_is_not_there_is_passed_over() -> None:
    columns = IdColumns(["id", "person"])
    assert list(columns.add(pa.table({"person": ["PID07001"]}))) == ["person"]
    assert not columns.verdict()


def test_nothing_that_is_handed_back_holds_a_value() -> None:
    verdict, _ = judged(["19121212-1212"] * 10)
    assert "1212" not in repr(verdict)


def table(file: str) -> pa.Table:
    with (BAD_INPUT / "files" / file).open(encoding="utf-8-sig", newline="") as lines:
        return pa.Table.from_pylist(list(csv.DictReader(lines, delimiter=";")))


@needs_shared
@pytest.mark.parametrize(
    ("file", "column", "kind"),
    [
        ("pii_personnummer_lost_zero.csv", "Patient-id", "lost_zero"),
        ("pii_split_columns.csv", "Patient-id", "split"),
        ("pii_false_positives.csv", "Ärendenummer", None),
        ("pii_names_phones.csv", "Ärendenummer", None),
    ],
)
def test_the_collected_bad_files_are_judged_as_listed(file: str, column: str, kind: str | None) -> None:
    columns = IdColumns(["Vårdtillfälle", column])
    columns.add(table(file))
    assert [(finding.column, finding.kind) for finding in columns.verdict()] == (
        [(column, kind)] if kind else []
    )
