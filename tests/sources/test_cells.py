"""Chunks and findings: what every reader gives, and nothing of what the cells hold."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.cells import FOUND, Chunk, Findings

PLACES = st.tuples(st.integers(1, 9), st.integers(2, 12), st.sampled_from(["", "a", "b"]))


def chunk(values: list[str]) -> Chunk:
    rows = np.arange(1, len(values) + 1)
    return Chunk(pa.table({"0": values}), rows, rows + 1)


def test_wanted_records_keep_their_row_and_line() -> None:
    some = chunk(["x", "y", "z"]).only(np.array([True, False, True]))
    assert some.table["0"].to_pylist() == ["x", "z"]
    assert (some.row.tolist(), some.line.tolist()) == ([1, 3], [2, 4])


def test_a_chunk_of_which_all_is_wanted_is_not_copied() -> None:
    whole = chunk(["x", "y"])
    assert whole.only(np.array([True, True])) is whole


def test_a_chunk_of_which_nothing_is_wanted_has_no_records() -> None:
    none = chunk(["x"]).only(np.array([False]))
    assert (none.table.num_rows, none.row.size, none.line.size) == (0, 0, 0)


def test_nothing_found_is_a_frame_with_the_same_columns() -> None:
    findings = Findings()
    for found in (findings.rejects, findings.warnings):
        assert list(found) == FOUND
        assert len(found) == 0
        assert found.dtypes.astype(str).tolist() == ["int64", "int64", "str", "str"]


def test_rejects_and_warnings_are_told_apart() -> None:
    findings = Findings()
    findings.reject("ragged", [4], [5])
    findings.warn("overlap", [2], [3], "Inskriven")
    assert findings.rejects.to_numpy().tolist() == [[4, 5, "", "ragged"]]
    assert findings.warnings.to_numpy().tolist() == [[2, 3, "Inskriven", "overlap"]]


def test_a_remark_on_the_whole_file_has_row_and_line_zero() -> None:
    findings = Findings()
    findings.warn("delimiter")
    findings.warn("renamed_column", column="Id")
    assert findings.warnings.to_numpy().tolist() == [[0, 0, "", "delimiter"], [0, 0, "Id", "renamed_column"]]


def test_a_remark_on_the_whole_file_may_name_a_line() -> None:
    findings = Findings()
    findings.warn("blank_rows", [0], [7])
    assert findings.warnings[["row", "line"]].to_numpy().tolist() == [[0, 7]]


@pytest.mark.parametrize("rows", [[], np.array([], dtype=np.int64)])
def test_no_rows_are_nothing_found(rows: list[int]) -> None:
    findings = Findings()
    findings.reject("ragged", rows, rows)
    findings.warn("overlap", rows, rows)
    assert findings.rejects.empty
    assert findings.warnings.empty


@given(st.lists(st.tuples(PLACES, st.sampled_from(["order", "required"]))))
def test_each_finding_is_kept_once_in_the_order_of_the_file(found: list) -> None:
    findings = Findings()
    for (row, line, column), reason in found:
        findings.reject(reason, [row], [line], column)
    expected = sorted({(row, line, column, reason) for (row, line, column), reason in found})
    assert list(findings.rejects.itertuples(index=False, name=None)) == expected
    assert findings.rejects.index.tolist() == list(range(len(expected)))
