"""Things of organisations pass exactly; nothing but whole numbers, dates and the area's ids does."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.area import REPOSITORY, read_area
from analysis.errors import DisclosureStop
from analysis.release import ReleasedRegister, register
from analysis.release.organisations import ids

AREA = read_area("goteborg", REPOSITORY)


def told(value: Any) -> Any:
    ((cell,),) = register([{"x": value}], ["x"], AREA).rows
    return cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (0, 0),
        (7, 7),
        (np.int64(3), 3),
        (date(2026, 2, 27), date(2026, 2, 27)),
        (pd.Timestamp("2026-02-27"), date(2026, 2, 27)),
        ("slutenvard", "slutenvard"),
        ("molndal", "molndal"),
        ("su", "su"),
        ("obstacle", "obstacle"),
        ("A01", "A01"),
        ("", ""),
        (None, None),
        (pd.NaT, None),
        (pd.NA, None),
    ],
)
def test_whole_numbers_dates_and_ids_pass_as_they_are(value: Any, cell: Any) -> None:
    assert told(value) == cell
    assert type(told(value)) is type(cell)


@pytest.mark.parametrize(
    "value",
    ["Påhittad rad 1.", "Slutenvård", "2c8", 2.0, 0.5, float("nan"), True, np.True_, -1,
     datetime(2026, 2, 27, 8, 5), pd.Timestamp("2026-02-27 08:05"), [1], {"n": 1}, b"su"],
    ids=repr,
)  # fmt: skip
def test_anything_else_stops_the_report(value: Any) -> None:
    with pytest.raises(DisclosureStop, match="told of organisations") as caught:
        told(value)
    assert caught.value.exit_code == 65


def test_only_the_columns_that_are_named_are_told() -> None:
    shown = register([{"party": "samverkan", "n": 3, "text": "Något skrivet"}], ["party", "n"], AREA)
    assert shown.columns == ("party", "n")
    assert shown.records == [{"party": "samverkan", "n": 3}]
    assert shown.rule == "R16"


def test_a_column_that_a_row_lacks_is_nothing_and_no_rows_are_none() -> None:
    assert register([{}], ["n"], AREA).rows == ((None,),)
    assert register([], ["n"], AREA).records == []


def test_a_register_can_be_made_by_the_gate_only() -> None:
    with pytest.raises(DisclosureStop):
        ReleasedRegister(rule="R16", columns=("n",), rows=((3,),), seal=object())


def test_the_ids_are_the_areas_own_and_hold_no_name() -> None:
    known = ids(AREA)
    assert {"goteborg", "kommunal_primarvard", "narhalsan", "person_centred", "joint", "does_not"} <= known
    assert not {"Göteborg", "Närhälsan"} & known
    assert "narhalsan" not in ids(read_area("england", REPOSITORY))
