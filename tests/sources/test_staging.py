"""Rows wait on disk in their order, and can be taken out again."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import CannotWrite
from analysis.sources import staging as staging_module
from analysis.sources.staging import Staging, places_of
from analysis.sources.typed import Rows


def rows(*numbers: int) -> Rows:
    table = pa.table(
        {"id": pa.array([f"r{n}" for n in numbers], pa.string()), "n": pa.array(numbers, pa.int64())}
    )
    return Rows(table, np.array(numbers, dtype=np.int64), np.array(numbers, dtype=np.int64) + 1)


def staged(folder: Path, *chunks: Rows) -> Staging:
    staging = Staging(folder)
    for chunk in chunks:
        staging.write(chunk)
    staging.close()
    return staging


def test_rows_and_their_places_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    staging = staged(tmp_path, rows(1, 2), rows(4), rows(), rows(7, 8))
    assert pd.read_parquet(staging.rows).id.tolist() == ["r1", "r2", "r4", "r7", "r8"]
    assert places_of(tmp_path).tolist() == [[1, 2], [2, 3], [4, 5], [7, 8], [8, 9]]
    assert staging.rows_n == 5


def test_columns_keep_their_types(tmp_path: Path) -> None:
    schema = pq.read_schema(staged(tmp_path, rows(1)).rows)
    assert [str(t) for t in schema.types] == ["string", "int64"]


def test_nothing_is_written_for_nothing(tmp_path: Path) -> None:
    staging = staged(tmp_path)
    assert staging.rows_n == 0
    assert not staging.rows.exists()


def test_rows_that_are_taken_out_leave_no_file_behind(tmp_path: Path) -> None:
    staging = staged(tmp_path, rows(1, 2, 3))
    staging.drop([2])
    assert pd.read_parquet(staging.rows).id.tolist() == ["r1", "r3"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["places.parquet", "rows.parquet"]


def test_taking_nothing_out_touches_nothing(tmp_path: Path) -> None:
    staging = staged(tmp_path, rows(1, 2))
    before = staging.rows.read_bytes()
    staging.drop([])
    assert staging.rows.read_bytes() == before
    assert staging.rows_n == 2


def test_every_row_can_be_taken_out(tmp_path: Path) -> None:
    staging = staged(tmp_path, rows(1, 2))
    staging.drop([1, 2, 2])
    assert staging.rows_n == 0
    assert len(pd.read_parquet(staging.rows)) == 0


@given(
    numbers=st.lists(st.integers(1, 40), min_size=1, max_size=30, unique=True).map(sorted),
    out=st.sets(st.integers(1, 40)),
    size=st.integers(1, 7),
)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_what_is_left_does_not_depend_on_the_size_of_the_batches(
    numbers: list[int], out: set[int], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("staging")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging_module, "BATCH", size)
        staging = staged(folder, *(rows(*numbers[n : n + size]) for n in range(0, len(numbers), size)))
        staging.drop(sorted(out))
    left = [n for n in numbers if n not in out]
    assert pd.read_parquet(staging.rows).n.tolist() == left
    assert places_of(folder)[:, 0].tolist() == left
    assert staging.rows_n == len(left)


def test_one_row_may_stand_for_several_rows_of_the_table(tmp_path: Path) -> None:
    staging = staged(tmp_path, rows(1, 1, 2, 2))
    staging.drop([1])
    assert pd.read_parquet(staging.rows).n.tolist() == [2, 2]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")
def test_a_full_disk_is_exit_code_74(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").symlink_to("/dev/full")
    with pytest.raises(CannotWrite) as caught:
        staged(tmp_path, rows(*range(200_000)))
    assert caught.value.exit_code == 74
