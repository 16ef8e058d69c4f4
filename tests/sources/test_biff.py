"""An old workbook's container and records are checked before any library opens it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from analysis.errors import InputRefused
from analysis.sources import biff
from analysis.sources.biff import check_container
from workbooks import ERROR, UNCALCULATED, record, write_container, xls_stream

ROWS = [["Id", "Unit"], ["a", ERROR], [UNCALCULATED, 2]]


def reason(path: Path) -> str:
    with pytest.raises(InputRefused) as error:
        check_container(path, "delivery.xls")
    return error.value.reason


def test_errors_and_extent_of_each_sheet_are_known(tmp_path: Path) -> None:
    facts, is_1904 = check_container(write_container(tmp_path / "a", xls_stream(ROWS, [["x"]])), "a")
    assert [f.errors for f in facts] == [[(2, 2), (3, 1)], []]
    assert [(f.rows.tolist(), f.last_column) for f in facts] == [([1, 2, 3], 2), ([1], 1)]
    assert not is_1904


def test_streams_longer_than_one_table_of_sectors_are_read(tmp_path: Path) -> None:
    rows = [[f"row {n}", "x" * 100] for n in range(2000)]
    facts, _ = check_container(write_container(tmp_path / "a", xls_stream(rows)), "a")
    assert facts[0].rows.size == 2000


def test_the_older_stream_name_is_known(tmp_path: Path) -> None:
    assert check_container(write_container(tmp_path / "a", xls_stream(ROWS), "Book"), "a")


def test_merged_cells_are_seen(tmp_path: Path) -> None:
    stream = xls_stream(ROWS)
    end = stream.rindex(record(0x0A))
    path = write_container(tmp_path / "a", stream[:end] + record(0xE5, bytes(10)) + stream[end:])
    assert check_container(path, "a")[0][0].has_merged


def test_a_column_that_cannot_be_is_refused(tmp_path: Path) -> None:
    stream = xls_stream(ROWS)
    end = stream.rindex(record(0x0A))
    far = record(0x0203, struct.pack("<HHHd", 0, biff.LAST_COLUMN, 0, 1.0))
    path = write_container(tmp_path / "a", stream[:end] + far + stream[end:])
    assert reason(path) == "file_type"


@pytest.mark.parametrize("size", [8, 100, 512, 1024, 2000])
def test_a_container_that_is_cut_off_is_refused(tmp_path: Path, size: int) -> None:
    path = write_container(tmp_path / "a", xls_stream(ROWS))
    path.write_bytes(path.read_bytes()[:size])
    assert reason(path) == "file_type"


def test_a_chain_that_runs_in_a_circle_is_refused(tmp_path: Path) -> None:
    path = write_container(tmp_path / "a", xls_stream(ROWS))
    content = bytearray(path.read_bytes())
    content[512 + 4 * 3 : 512 + 4 * 4] = struct.pack("<I", 2)
    path.write_bytes(content)
    assert reason(path) == "file_type"


def test_a_huge_container_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_container(tmp_path / "a", xls_stream(ROWS))
    monkeypatch.setattr(biff, "MOST_BYTES", path.stat().st_size - 1)
    assert reason(path) == "bomb"
