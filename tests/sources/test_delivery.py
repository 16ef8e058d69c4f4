"""One file to one delivery: nothing is lost, nothing leaks, and every refusal can be acted on."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analysis.area import REPOSITORY, Area, read_area
from analysis.errors import InputMissing, InputRefused, UsageError
from analysis.sources import Delivery
from analysis.sources.mapping import read_sources
from analysis.tables import table
from elsewhere import (
    DELIMITERS,
    Row,
    Sheet,
    accepted,
    answers,
    area_in,
    corrections,
    found,
    incidents,
    load,
    said,
    stays,
)
from exports import EXPORTS, cells, header
from workbooks import sheet_xml, write_xlsx

GOTEBORG = read_area("goteborg", REPOSITORY)
TABLES = {source.name: source.table for source in read_sources(GOTEBORG)}
SECRET = "Kanariefågel-Ö7"
PERSON = "19121212-1212"  # the number that authorities print in their own examples


@pytest.fixture(scope="module")
def coast(tmp_path_factory: pytest.TempPathFactory) -> Area:
    return area_in(tmp_path_factory.mktemp("coast"))


def refusal(path: Path, area: Area, source: str = "") -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        load(path, area, source)
    assert SECRET not in str(caught.value)
    assert caught.value.exit_code == 65
    assert caught.value.remedy
    return caught.value


# Every shipped source reads its own export.


def whole(delivery: Delivery, source: str) -> pd.DataFrame:
    """The rows of an export that was accepted as a whole."""
    assert (delivery.source, delivery.table) == (source, TABLES[source])
    assert delivery.read == delivery.accepted == len(EXPORTS[source].splitlines()) - 1
    assert found(delivery) == []
    rows = accepted(delivery)
    assert list(rows) == list(table(delivery.table).model.to_schema().columns)
    return rows


@pytest.mark.parametrize("source", sorted(EXPORTS))
def test_a_shipped_source_reads_its_own_export(source: str, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(EXPORTS[source], encoding="utf-8")
    delivery = load(path, GOTEBORG)
    rows = whole(delivery, source)
    melted = next(s for s in read_sources(GOTEBORG) if s.name == source).items
    items = sum(name in melted for name in header(source))
    assert len(rows) == delivery.read * max(items, 1)
    # Status sheets and plans may hold lines on which nothing is written: these are said, nothing else is.
    assert {reason for _, _, reason in said(delivery)} <= {"required"}


@pytest.mark.parametrize("source", ["samsa", "medcontrol", "web-question", "status-sheet"])
def test_a_workbook_is_read_as_its_text_is(source: str, tmp_path: Path) -> None:
    text, book = tmp_path / "export.csv", tmp_path / "export.xlsx"
    text.write_text(EXPORTS[source], encoding="utf-8")
    columns = cells(source)
    write_xlsx(book, sheet_xml([list(columns), *(list(row) for row in zip(*columns.values(), strict=True))]))
    first, second = (whole(load(path, GOTEBORG), source) for path in (text, book))
    pd.testing.assert_frame_equal(first, second)


def test_answers_in_words_and_boxes_of_text_become_rows(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(EXPORTS["web-question"], encoding="utf-8")
    assert accepted(load(path, GOTEBORG))[["item", "answer"]].to_numpy().tolist() == [
        ["worked_in_millennium", "yes"]
    ]
    path.write_text(EXPORTS["status-sheet"], encoding="utf-8")
    boxes = accepted(load(path, GOTEBORG))[["box", "text"]].fillna("").head(4).to_numpy().tolist()
    assert boxes[:2] == [["done", "Rådet är på plats"], ["ongoing", "Vårdprogram införs"]]
    assert boxes[2:] == [["planned", ""], ["obstacle", ""]]


# What a delivery is.


def test_a_delivery_knows_what_it_is_and_what_was_accepted(tmp_path: Path, coast: Area) -> None:
    delivery = load(incidents().csv(tmp_path / "a.csv"), coast)
    assert (delivery.file, delivery.source, delivery.table) == ("a.csv", "incidents", "deviations")
    assert (delivery.read, delivery.accepted, delivery.quarantined) == (12, 12, [])
    assert accepted(delivery).unit.tolist() == ["m1", "m2", "m3"] * 4


def test_the_digest_is_that_of_the_bytes(tmp_path: Path, coast: Area) -> None:
    path = incidents().csv(tmp_path / "a.csv")
    first = load(path, coast)
    moved = load(path.rename(tmp_path / "b.csv"), coast)
    other = load(incidents(11).csv(tmp_path / "c.csv"), coast)
    assert first.digest == moved.digest != other.digest


def test_a_bad_row_is_known_by_line_and_column_and_its_value_by_nobody(tmp_path: Path, coast: Area) -> None:
    delivery = load(incidents().put("Ort", r2=SECRET).csv(tmp_path / "a.csv"), coast)
    assert delivery.rejects.to_dict("records") == [
        {"row": 2, "line": 3, "column": "Ort", "reason": "unknown_code"}
    ]
    assert delivery.quarantined == [2]


def test_free_text_never_enters_the_rows(tmp_path: Path, coast: Area) -> None:
    delivery = load(incidents().put("Vad hände", r1=SECRET).csv(tmp_path / "a.csv"), coast)
    assert SECRET not in accepted(delivery).to_csv()
    assert found(delivery) == []


def test_what_is_kept_out_is_not_also_said_to_be_accepted(tmp_path: Path, coast: Area) -> None:
    sheet = incidents().put("Ort", r1="BJÖRKVIK").put("Skedde", r1="i går")
    delivery = load(sheet.csv(tmp_path / "a.csv"), coast)
    assert found(delivery) == [(1, "Skedde", "date_format")]
    assert said(delivery) == []


def test_a_row_can_be_wrong_in_several_ways_and_is_one_row(tmp_path: Path, coast: Area) -> None:
    sheet = incidents().put("Ort", r3="Långtbort").put("Grad", r3="9").put("Anmäld", r3="")
    delivery = load(sheet.csv(tmp_path / "a.csv"), coast)
    assert delivery.quarantined == [3]
    assert delivery.accepted == 11
    assert ("Anmäld", "required") in {(column, reason) for _, column, reason in found(delivery)}


def test_the_declared_delimiter_is_not_spoken_of_whether_or_not_the_source_is_named(
    tmp_path: Path, coast: Area
) -> None:
    for sheet in (incidents(), stays(), answers()):
        path = sheet.csv(tmp_path / f"{sheet.source}.csv")
        assert said(load(path, coast)) == said(load(path, coast, sheet.source)) == []


def test_a_missing_file_is_exit_code_66(tmp_path: Path, coast: Area) -> None:
    with pytest.raises(InputMissing, match=r"gone\.csv") as caught:
        load(tmp_path / "gone.csv", coast)
    assert caught.value.exit_code == 66


def test_a_source_may_be_named_and_must_exist(tmp_path: Path, coast: Area) -> None:
    path = stays().csv(tmp_path / "a.csv")
    assert load(path, coast, "stays").source == "stays"
    with pytest.raises(UsageError, match="answers, incidents, stays"):
        load(path, coast, "sap")


def test_the_wrong_source_refuses_the_file(tmp_path: Path, coast: Area) -> None:
    error = refusal(stays().csv(tmp_path / "a.csv"), coast, "incidents")
    assert error.reason == "missing_column"
    assert "incidents" in error.what


def test_a_table_of_sums_is_a_workbook_and_no_text(tmp_path: Path) -> None:
    england = read_area("england", REPOSITORY)
    (name,) = [source.name for source in read_sources(england) if source.format == "crosstab"]
    assert refusal(stays().csv(tmp_path / "a.csv"), england, name).reason == "file_type"
    assert refusal(stays().csv(tmp_path / "a.csv"), england).reason == "missing_column"


def test_a_file_without_a_header_does_not_show_its_values(tmp_path: Path, coast: Area) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{SECRET};x\n{SECRET};y\n", encoding="utf-8")
    assert refusal(path, coast).reason == "missing_column"
    assert refusal(path, coast, "stays").reason == "missing_column"


def test_a_missing_column_is_named_with_the_system_that_the_file_looks_like(
    tmp_path: Path, coast: Area
) -> None:
    where = refusal(stays().without("Ut").csv(tmp_path / "a.csv"), coast).where
    assert where is not None
    assert (where.file, where.line, where.column) == ("a.csv", 1, "Ut")


def test_half_of_the_rows_may_be_bad_and_more_refuse_the_file_at_the_first(
    tmp_path: Path, coast: Area
) -> None:
    half = incidents().fill("Ort", [SECRET] * 6)
    assert load(half.csv(tmp_path / "a.csv"), coast).quarantined == [1, 2, 3, 4, 5, 6]
    more = half.put("Ort", r12=SECRET)
    error = refusal(more.csv(tmp_path / "a.csv"), coast)
    assert "7 of 12 rows are bad" in error.what
    assert error.where is not None
    assert (error.where.line, error.where.column) == (2, "Ort")


def test_rows_with_identity_numbers_do_not_refuse_the_file_unless_nothing_is_left(
    tmp_path: Path, coast: Area
) -> None:
    most = incidents().fill("Vad hände", [PERSON] * 11)
    assert load(most.csv(tmp_path / "a.csv"), coast).quarantined == list(range(1, 12))
    every = incidents().fill("Vad hände", [PERSON] * 12)
    assert "no row" in refusal(every.csv(tmp_path / "a.csv"), coast).what


def test_the_sender_s_count_is_held_against_the_rows(tmp_path: Path, coast: Area) -> None:
    path = incidents().csv(tmp_path / "a.csv")
    assert load(path, coast, rows=12).accepted == 12
    with pytest.raises(InputRefused) as caught:
        load(path, coast, rows=13)
    assert caught.value.reason == "truncated"


def test_nothing_lies_after_the_day_of_extraction(tmp_path: Path, coast: Area) -> None:
    path = incidents().put("Anmäld", r1="2026-02-01").csv(tmp_path / "a.csv")
    assert load(path, coast).quarantined == []
    early = pd.Timestamp("2026-01-31").date()
    assert found(load(path, coast, extracted=early)) == [(1, "Anmäld", "date_out_of_range")]


# Canary: a value of the file stands in the file for correction, and nowhere else.


def test_no_message_and_no_file_but_the_one_for_correction_holds_a_value(tmp_path: Path, coast: Area) -> None:
    sheet = incidents(20)
    for n, column in enumerate(("Ort", "Sort", "Grad", "Anmäld", "Från"), 1):
        sheet = sheet.put(column, **{f"r{n}": f"{SECRET}{n}"})
    sheet = sheet.put("Vad hände", r6=f"{SECRET} {PERSON}", r7=f"{SECRET} 070-174 06 35")
    sheet = sheet.put("Löpnr", r9=f"{SECRET}9", r10=f"{SECRET}9")
    delivery = load(sheet.csv(tmp_path / "a.csv"), coast)
    assert delivery.quarantined == [1, 2, 3, 4, 5, 6, 9, 10]
    for name in ("quarantine.csv", "warnings.csv"):
        assert SECRET not in (delivery.folder / name).read_text(encoding="utf-8")
    assert SECRET not in repr(delivery)
    assert SECRET not in delivery.rejects.to_csv() + delivery.warnings.to_csv()
    assert SECRET.encode() not in (delivery.folder / "rows.parquet").read_bytes()
    kept = (delivery.folder / "correct.csv").read_text(encoding="utf-8-sig")
    assert kept.count(SECRET) == 8
    assert PERSON in kept


@pytest.mark.parametrize(
    "sheet",
    [
        stays().fill("Hemort", [SECRET] * 12),
        stays().fill("In", [SECRET] * 12),
        stays().fill("Dygn", [SECRET] * 12),
        stays().fill("Individ", [PERSON] * 12),
        stays().fill("Tillfälle", ["5,001E+05"] * 12),
        stays().renamed("Notering", PERSON),
        stays().renamed("Ut", SECRET),
        stays().renamed("Ut", SECRET).renamed("In", SECRET),
    ],
    ids=["codes", "dates", "numbers", "persons", "ids", "header", "unknown header", "headers twice"],
)
def test_no_refusal_shows_a_value(sheet: Sheet, tmp_path: Path, coast: Area) -> None:
    for path in (sheet.csv(tmp_path / "a.csv"), sheet.xlsx(tmp_path / "a.xlsx")):
        message = str(refusal(path, coast))
        assert PERSON not in message
        assert "5,001" not in message


# Properties over invented files.

DAMAGE = ["required", "date", "code", "short", "long", "identity"]
HARMLESS = ["", "", "", "", "blank", "again"]
SHEETS: dict[str, tuple[Sheet, str, str, str, str]] = {
    "incidents": (incidents(14), "Ort", "Skedde", "Sort", "Vad hände"),
    "stays": (stays(14), "Individ", "Ut", "Hemort", "Notering"),
    "answers": (answers(14), "Enkätnr", "Ifylld", "Arbetsort", "Övrigt"),
}
PLANS = st.lists(st.sampled_from(DAMAGE + HARMLESS + HARMLESS), min_size=1, max_size=14)
PROPERTY = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def damaged(source: str, n: int, fault: str) -> Row:
    """Row `n` (from 1) of the sheet with this fault."""
    sheet, required, when, code, text = SHEETS[source]
    if fault == "again":
        return sheet.rows[max(n - 2, 0)]
    if fault in ("short", "long"):
        row = sheet.rows[n - 1]
        return row[:-1] if fault == "short" else [*row, "till"]
    faults = {"required": (required, ""), "date": (when, "03/04/2025"), "code": (code, SECRET)}
    faults["identity"] = (text, f"se {PERSON}")
    return (
        sheet.put(faults[fault][0], **{f"r{n}": faults[fault][1]}).rows[n - 1] if fault else sheet.rows[n - 1]
    )


def written(path: Path, source: str, plan: list[str]) -> list[tuple[int, str, Row]]:
    """Writes the file; gives of each data row its place in the plan, its fault and its cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=DELIMITERS[source], lineterminator="\n")
    writer.writerow(SHEETS[source][0].header)
    rows = []
    for n, fault in enumerate(plan, 1):
        if fault == "blank":
            out.write("\n")
            continue
        rows.append((n, fault, damaged(source, n, fault)))
        writer.writerow(rows[-1][2])
    path.write_text(out.getvalue(), encoding="utf-8")
    return rows


def same(one: pd.DataFrame, two: pd.DataFrame) -> bool:
    return one.to_csv(index=False) == two.to_csv(index=False)


@given(source=st.sampled_from(sorted(SHEETS)), plan=PLANS)
@example(source="incidents", plan=["short", "long", "", ""])
@example(source="stays", plan=["", "again", "blank", "identity", "code"])
@PROPERTY
def test_every_row_is_accepted_or_kept_out_and_what_is_kept_out_can_be_corrected(
    source: str, plan: list[str], tmp_path_factory: pytest.TempPathFactory, coast: Area
) -> None:
    folder = tmp_path_factory.mktemp("plan")
    rows = written(folder / "a.csv", source, plan)
    bad = {row: cells for row, (_, fault, cells) in enumerate(rows, 1) if fault in DAMAGE}
    mostly = sum(fault in DAMAGE and fault != "identity" for _, fault, _ in rows) > len(rows) / 2
    if mostly or len(bad) == len(rows):
        assert refusal(folder / "a.csv", coast, source).reason in ("too_many_bad_rows", "empty")
        return
    delivery = load(folder / "a.csv", coast, source)
    assert delivery.read == len(rows) == delivery.accepted + len(delivery.quarantined)
    assert delivery.quarantined == sorted(bad)

    quarantine = pd.read_csv(delivery.folder / "quarantine.csv")
    assert sorted(set(quarantine.row)) == sorted(bad)
    if bad:
        kept_out = corrections(delivery)
        assert [int(row[0]) for row in kept_out[1:]] == sorted(bad)
        assert [row[2:] for row in kept_out[1:]] == [bad[row] for row in sorted(bad)]

    alone = Sheet(
        source, SHEETS[source][0].header, [cells for _, fault, cells in rows if fault not in DAMAGE]
    )
    assert same(accepted(delivery), accepted(load(alone.csv(folder / "good.csv"), coast, source)))

    if bad:
        check_mended(delivery, source, [rows[row - 1][0] for row in sorted(bad)], folder, coast)


def check_mended(delivery: Delivery, source: str, places: list[int], folder: Path, coast: Area) -> None:
    """The file for correction, with its rows mended, gives what these rows would have given."""
    sheet = SHEETS[source][0]
    kept_out = corrections(delivery)
    mended = [[*row[:2], *sheet.rows[n - 1]] for row, n in zip(kept_out[1:], places, strict=True)]
    path = folder / "correct.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle, delimiter=";").writerows([kept_out[0], *mended])
    again = load(path, coast, source)
    assert again.quarantined == []
    rows = accepted(load(sheet.only(places).csv(folder / "only.csv"), coast, source))
    assert same(accepted(again), rows)


@given(source=st.sampled_from(sorted(SHEETS)), plan=PLANS, data=st.data())
@PROPERTY
def test_the_order_of_rows_does_not_matter(
    source: str, plan: list[str], data: Any, tmp_path_factory: pytest.TempPathFactory, coast: Area
) -> None:
    folder = tmp_path_factory.mktemp("order")
    plan = ["" if fault == "blank" else fault for fault in plan]
    rows = [cells for _, _, cells in written(folder / "a.csv", source, plan)]
    shuffled = Sheet(source, SHEETS[source][0].header, data.draw(st.permutations(rows)))
    ends = []
    for path in (folder / "a.csv", shuffled.csv(folder / "b.csv")):
        try:
            delivery = load(path, coast, source)
        except InputRefused as error:
            ends.append((error.reason, [], ""))
        else:
            key = list(table(delivery.table).key)
            frame = accepted(delivery).sort_values(key, ignore_index=True)
            reasons = sorted((column, reason) for _, column, reason in found(delivery))
            ends.append(("", reasons, frame.to_csv()))
    assert ends[0] == ends[1]
