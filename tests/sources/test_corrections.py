"""The files beside a delivery: the reasons, and the rows kept out as their sender wrote them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.area import Area
from analysis.sources import corrections as corrections_module
from analysis.sources.cells import Chunk, Export, Findings
from analysis.sources.corrections import KeptOut, write_corrections, write_findings
from analysis.sources.mapping import OURS
from analysis.sources.reasons import explain
from elsewhere import accepted, area_in, corrections, found, incidents, load, stays


@pytest.fixture(scope="module")
def coast(tmp_path_factory: pytest.TempPathFactory) -> Area:
    return area_in(tmp_path_factory.mktemp("coast"))


def chunk(first: int, *cells: str) -> Chunk:
    """One column of cells, rows numbered from `first`."""
    number = np.arange(first, first + len(cells))
    return Chunk(pa.table({"0": pa.array(cells, pa.string())}), number, number + 1)


def export(*chunks: Chunk, ragged: dict[int, list[str]] | None = None) -> Export:
    return Export("f.csv", ["Ort"], 1, iter(chunks), ragged=dict(ragged or {}))


def no_second_look() -> Export:
    raise AssertionError("the file is read again")


def test_findings_are_written_without_values(tmp_path: Path) -> None:
    findings = Findings()
    findings.reject("ragged", [3], [4])
    findings.reject("unknown_code", [2], [3], "Ort")
    findings.warn("delimiter")
    write_findings(tmp_path, findings.rejects, findings.warnings)
    lines = (tmp_path / "quarantine.csv").read_text(encoding="utf-8").splitlines()
    assert lines == ["row,line,column,reason", "2,3,Ort,unknown_code", "3,4,,ragged"]
    lines = (tmp_path / "warnings.csv").read_text(encoding="utf-8").splitlines()
    assert lines == ["row,line,column,reason", "0,0,,delimiter"]


def test_nothing_found_is_two_files_with_a_header(tmp_path: Path) -> None:
    write_findings(tmp_path, Findings().rejects, Findings().warnings)
    for name in ("quarantine.csv", "warnings.csv"):
        assert (tmp_path / name).read_text(encoding="utf-8") == "row,line,column,reason\n"


def test_rows_that_were_not_accepted_are_remembered_in_the_file_s_order() -> None:
    kept_out = KeptOut()
    kept_out.remember(chunk(1, "a", "b", "c"), np.array([1, 3]))
    kept_out.remember(chunk(5, "e", "f"), np.array([5]))
    file = export(ragged={4: ["d", "x"]})
    assert list(kept_out.cells([6, 2, 4], file, no_second_look)) == [(2, ["b"]), (4, ["d", "x"]), (6, ["f"])]


def test_rows_that_only_the_whole_file_showed_to_be_bad_are_read_again() -> None:
    kept_out = KeptOut()
    kept_out.remember(chunk(1, "a", "b"), np.array([1, 2]))

    def again() -> Export:
        second = export(ragged={3: ["c", "x"]})
        second.chunks = iter([chunk(1, "a", "b"), chunk(4, "d")])
        return second

    assert list(kept_out.cells([2, 3, 4], export(), again)) == [(2, ["b"]), (3, ["c", "x"]), (4, ["d"])]


def test_memory_is_bounded_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections_module, "IN_MEMORY", 1)
    kept_out, chunks = KeptOut(), [chunk(1, "a", "b"), chunk(3, "c"), chunk(4, "d")]
    for one in chunks:
        kept_out.remember(one, np.array([], dtype=np.int64))
    assert [row for row, _ in kept_out.cells([1, 2, 3, 4], export(), lambda: export(*chunks))] == [1, 2, 3, 4]


def test_the_file_for_correction_has_row_reasons_and_the_sender_s_columns(tmp_path: Path) -> None:
    found = [(2, 3, "Ort", "unknown_code"), (2, 3, "", "order"), (5, 6, "Ort", "required")]
    rejects = pd.DataFrame(found, columns=["row", "line", "column", "reason"])
    rows: Iterator[tuple[int, list[str]]] = iter([(2, ["x;y", "=1+1"]), (5, ["", "b\nc"])])
    write_corrections(tmp_path, ["Ort", "Text"], rejects, rows)
    unknown, order = f"Ort: {explain('unknown_code', language='sv').in_a_cell()}", "Datumen står i en ordning"
    order += " som inte är möjlig – rätta datumen."
    raw = (tmp_path / "correct.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    with (tmp_path / "correct.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert list(csv.reader(handle, delimiter=";")) == [
            [*OURS, "Ort", "Text"],
            ["2", f"{unknown} {order}", "x;y", "'=1+1"],
            ["5", "Ort: ett värde som varje rad måste ha saknas – fyll i det.", "", "b\nc"],
        ]


def test_a_delivery_without_bad_rows_has_no_file_for_correction(tmp_path: Path, coast: Area) -> None:
    assert not (load(stays().csv(tmp_path / "a.csv"), coast).folder / "correct.csv").exists()


def test_a_corrected_file_that_is_still_bad_can_be_corrected_again(tmp_path: Path, coast: Area) -> None:
    sheet = (
        incidents()
        .put("Ort", r2="Nowhere", r3="Nowhere", r4="Nowhere")
        .put("Läge", r2="=1+1", r3="-", r4="'+46")
    )
    first = load(sheet.csv(tmp_path / "a.csv"), coast)
    rows = corrections(first)
    half = [[cell.replace("Nowhere", "Östanå") if row[0] in "23" else cell for cell in row] for row in rows]
    path = tmp_path / "b.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle, delimiter=";").writerows(half)
    second = load(path, coast)
    assert found(second) == [(3, "Ort", "unknown_code")]
    assert accepted(second).status.tolist() == ["=1+1", "-"]
    assert corrections(second) == [rows[0], ["3", *rows[3][1:]]]


def test_rows_in_conflict_of_a_corrected_file_are_written_as_they_were_sent(
    tmp_path: Path, coast: Area
) -> None:
    sheet = incidents(8).put("Läge", r1="=1", r2="=2").put("Ort", r4="Nowhere")
    rows = [[str(n), "", *row] for n, row in enumerate(sheet.put("Löpnr", r2="H4100").rows, 1)]
    path = tmp_path / "b.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle, delimiter=";").writerows([[*OURS, *sheet.header], *rows])
    path.write_text(path.read_text(encoding="utf-8-sig").replace(";=", ";'="), encoding="utf-8")
    delivery = load(path.rename(tmp_path / "c.csv"), coast)
    at = sheet.header.index("Läge") + 2
    assert {row[0]: row[at] for row in corrections(delivery)[1:3]} == {"1": "'=1", "2": "'=2"}


def test_headers_and_reasons_are_harmless_like_the_cells(tmp_path: Path) -> None:
    header = ["Ort", '=HYPERLINK("x")']
    rejects = pd.DataFrame([(2, 3, header[1], "required")], columns=["row", "line", "column", "reason"])
    write_corrections(tmp_path, header, rejects, iter([(2, ["a", "b"])]))
    with (tmp_path / "correct.csv").open(encoding="utf-8-sig", newline="") as handle:
        names, cells = csv.reader(handle, delimiter=";")
    assert names == [*OURS, "Ort", "'" + header[1]]
    assert cells[1].startswith("'=HYPERLINK")
