"""A cell is the same text whatever program wrote it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.celltext import fractions, text, texts


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("0012", "0012"),
        (" a ", " a "),
        ("", ""),
        (12, "12"),
        (12.0, "12"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (45735.354, "45735.354"),
        (199912121212.0, "199912121212"),
        (123456789012345.0, "123456789012345"),
        (999999999999999, "999999999999999"),
        (10**15, "1e+15"),
        (9123456789012342.0, "9.123456789012342e+15"),
        (5.001e20, "5.001e+20"),
        (True, "true"),
        (False, "false"),
        (date(2025, 1, 31), "2025-01-31"),
        (datetime(2025, 1, 31), "2025-01-31 00:00"),
        (datetime(2025, 1, 31, 10, 5), "2025-01-31 10:05"),
        (datetime(2025, 1, 31, 10, 5, 7), "2025-01-31 10:05:07"),
        (datetime(2025, 1, 31, 23, 59, 59, 999_600), "2025-02-01 00:00"),
        (datetime(2025, 1, 31, 10, 0, 0, 400_000), "2025-01-31 10:00"),
        (datetime.max, "9999-12-31 23:59:59"),
        (time(9, 30), "09:30"),
        (time(9, 30, 5), "09:30:05"),
        (timedelta(hours=26, minutes=30), "PT26H30M"),
        (timedelta(seconds=-90), "-PT0H1M30S"),
    ],
)
def test_cells_are_written_one_way(cell: object, expected: str) -> None:
    assert text(cell) == expected
    assert texts([cell, "", cell]).to_pylist() == [expected, "", expected]


def test_only_numbers_that_are_not_whole_have_a_fraction() -> None:
    cells = ["5,5", 5.5, 5.0, 7, -0.125, "", True, date(2025, 1, 31)]
    assert fractions(cells).tolist() == [False, True, False, False, True, False, False, False]
    assert fractions([]).tolist() == fractions(["5.5"][:0]).tolist() == []


def test_truths_and_numbers_do_not_mix() -> None:
    assert texts([True, 1, 1.0, 0, False]).to_pylist() == ["true", "1", "1", "0", "false"]


def test_text_that_looks_like_a_moment_stays_beside_moments() -> None:
    cells = [datetime(2025, 1, 31, 10), "2025-01-31 10:00:00"]
    assert texts(cells).to_pylist() == ["2025-01-31 10:00", "2025-01-31 10:00:00"]


CELLS = st.one_of(
    st.text(max_size=5),
    st.just(""),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@given(st.lists(CELLS, max_size=8))
def test_a_column_gives_what_each_cell_gives(cells: list[object]) -> None:
    assert texts(cells).to_pylist() == [text(cell) for cell in cells]
