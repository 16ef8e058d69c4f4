"""Records that are no data are told from those that are, and what a footer says of the file is believed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputRefused
from analysis.sources.cells import Chunk, Export
from analysis.sources.oddrows import check_stated_count, without_repeated_headers, without_totals

HEADER = ["Ärendenummer", "Enhet", "Återinskriven 30 d"]
SECRET = "19121212-1212"


def export_of(header: list[str] = HEADER, read: int = 0) -> Export:
    return Export("export.csv", header, 1, iter(()), read=read)


def chunk(*records: list[str], as_dictionary: bool = False) -> Chunk:
    columns = [pa.array(cells, pa.string()) for cells in zip(*records, strict=True)]
    columns = [c.dictionary_encode() for c in columns] if as_dictionary else columns
    rows = np.arange(1, len(records) + 1)
    return Chunk(pa.table(columns, names=[str(n) for n in range(len(columns))]), rows, rows + 1)


def first_cells(some: Chunk) -> list[str]:
    return some.table.column(0).to_pylist()


@pytest.mark.parametrize("as_dictionary", [True, False])
def test_the_header_again_is_no_record_and_is_said(as_dictionary: bool) -> None:
    export = export_of(read=3)
    data = chunk(["AV-1", "A", "x"], HEADER, ["AV-2", "B", "y"], as_dictionary=as_dictionary)
    kept = without_repeated_headers(data, export)
    assert (first_cells(kept), kept.row.tolist()) == (["AV-1", "AV-2"], [1, 3])
    assert export.read == 2
    assert export.findings.warnings.to_numpy().tolist() == [[2, 3, "", "repeated_header"]]
    assert export.findings.rejects.empty


@pytest.mark.parametrize(
    "again",
    [
        ["ÄRENDENUMMER", "enhet", "återinskriven 30 d"],
        [" Ärendenummer", "Enhet:", "Återinskriven  30\u00a0d *"],
    ],
)
def test_the_header_again_is_known_in_other_letters_and_blanks(again: list[str]) -> None:
    assert without_repeated_headers(chunk(again), export_of()).table.num_rows == 0


@pytest.mark.parametrize(
    "record",
    [
        ["Ärendenummer", "Enhet", "Nej"],
        ["Ärendenummer", "", ""],
        ["Ärendenummer 2", "Enhet", "Återinskriven 30 d"],
        ["Enhet", "Ärendenummer", "Återinskriven 30 d"],
    ],
)
def test_a_record_that_only_resembles_the_header_is_data(record: list[str]) -> None:
    export = export_of(read=1)
    assert without_repeated_headers(chunk(record), export).table.num_rows == 1
    assert (export.read, len(export.findings.warnings)) == (1, 0)


def test_columns_without_a_name_must_be_empty_in_the_header_again() -> None:
    export = export_of(["", "Enhet"])
    kept = without_repeated_headers(chunk(["", "Enhet"], ["1", "Enhet"]), export)
    assert first_cells(kept) == ["1"]


@pytest.mark.parametrize("first", ["Summa", "summa:", " Totalt", "TOTAL", "Sum", "Total 12 st"])
def test_a_sum_of_columns_is_rejected(first: str) -> None:
    export = export_of()
    kept = without_totals(chunk(["AV-1", "A", "x"], [first, "", "3"]), export)
    assert first_cells(kept) == ["AV-1"]
    assert export.findings.rejects.to_numpy().tolist() == [[2, 3, "", "total_row"]]


@pytest.mark.parametrize("first", ["Summarisk", "Totalförsvaret", "AV-Summa", "Sumpen", ""])
def test_a_word_that_only_begins_like_a_sum_is_data(first: str) -> None:
    export = export_of()
    assert without_totals(chunk([first, "A", "x"]), export).table.num_rows == 1
    assert export.findings.rejects.empty


WIDE = ["Beskrivning", "Ärendenummer", "Dag", "Enhet", "Kommun"]


@pytest.mark.parametrize(
    "first", ["Total avsaknad av information", "Totalt oacceptabelt", "Antal dagar", "Källa okänd"]
)
@pytest.mark.parametrize("others", [["AV-1", "2025-01-02", "A", "B"], ["AV-1", "2025-01-02", "", ""]])
def test_a_free_text_in_the_first_column_may_begin_with_any_word(first: str, others: list[str]) -> None:
    export = export_of(WIDE)
    assert without_totals(chunk([first, *others]), export).table.num_rows == 1
    assert export.findings.rejects.empty


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        (["", "", "", ""], "total_row"),
        (["12", "", "3 400,5", ""], "total_row"),
        (["12", "3", "4 %", ""], None),
        (["12", "A", "", ""], None),
    ],
)
def test_a_sum_is_mostly_empty_but_for_numbers(others: list[str], reason: str | None) -> None:
    export = export_of(WIDE)
    without_totals(chunk(["Summa", *others]), export)
    assert export.findings.rejects.reason.tolist() == [reason] * bool(reason)


def test_a_sum_is_sought_in_the_first_column_with_a_name() -> None:
    export = export_of(["", "Enhet", "Antal"])
    kept = without_totals(chunk(["1", "A", "2"], ["", "Summa", "2"]), export)
    assert first_cells(kept) == ["1"]


@pytest.mark.parametrize(
    "footer",
    [
        ["Antal rader: 11", "", "", "", ""],
        ["Antal rader:", "11", "", "", ""],
        ["11 rader", "", "", "", ""],
        ["Totalt antal rader: 11", "", "", "", ""],
    ],
)
def test_a_footer_with_all_its_delimiters_is_a_footer_and_its_number_is_checked(footer: list[str]) -> None:
    export = export_of(WIDE)
    data = chunk(["x", "AV-1", "2025-01-02", "A", "B"], footer)
    assert len(without_totals(data, export).row) == 1
    assert export.findings.rejects.to_numpy().tolist() == [[2, 3, "", "footer"]]
    check_stated_count(export, 11)
    with pytest.raises(InputRefused, match="11 rows, but 1 "):
        check_stated_count(export, 1)


def test_a_sum_in_another_column_is_data() -> None:
    assert without_totals(chunk(["AV-1", "Totalt", "x"]), export_of()).table.num_rows == 1


FOOTERS = [
    "Antal rader: {}",
    "Antal poster = {}",
    "{} rader",
    "Rows: {}",
    "Records {}",
    "{} poster i urvalet",
]


def with_footer(cells: list[str], reason: str = "footer") -> Export:
    export = export_of()
    export.ragged[13] = cells
    export.findings.reject(reason, [13], [14])
    return export


@pytest.mark.parametrize("footer", FOOTERS)
@pytest.mark.parametrize("stated", [11, 12, 13])
def test_a_footer_that_states_another_number_of_rows_refuses_the_file(footer: str, stated: int) -> None:
    export = with_footer([footer.format(stated)])
    if stated == 12:
        check_stated_count(export, 12)
        return
    with pytest.raises(InputRefused) as caught:
        check_stated_count(export, 12)
    error = caught.value
    assert (error.reason, error.exit_code) == ("truncated", 65)
    assert str(error.where) == "export.csv, line 14"
    assert f"{stated} rows, but 12" in error.what


def test_the_number_may_stand_in_a_cell_of_its_own() -> None:
    with pytest.raises(InputRefused):
        check_stated_count(with_footer(["Antal rader:", "11"]), 12)


@pytest.mark.parametrize(
    "cells",
    [["Slut"], ["Källa: SAMSA 2025"], ["Uttag 2025-01-31"], ["Antal rader: okänt"], [f"Uttag {SECRET}"]],
)
def test_a_footer_that_states_no_number_of_rows_is_only_a_footer(cells: list[str]) -> None:
    check_stated_count(with_footer(cells), 12)


def test_a_ragged_record_is_not_believed() -> None:
    check_stated_count(with_footer(["Antal rader: 11"], reason="ragged"), 12)


@given(st.lists(st.sampled_from([HEADER, ["Summa", "", ""], ["AV-1", "A", "x"], ["", "", ""]]), min_size=1))
def test_every_record_is_kept_or_named(records: list[list[str]]) -> None:
    export = export_of(read=len(records))
    kept = without_totals(without_repeated_headers(chunk(*records), export), export)
    named = [*export.findings.rejects.row, *export.findings.warnings.row]
    assert sorted([*kept.row.tolist(), *named]) == list(range(1, len(records) + 1))
    assert export.read == len(kept.row) + len(export.findings.rejects)
