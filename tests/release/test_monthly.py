"""The months of tables and measures are told in a closed set of words."""

from __future__ import annotations

from typing import get_args

import pandas as pd
import pytest

from analysis.errors import DisclosureStop
from analysis.release import ReleasedStates, State, states

MONTHS = list(pd.date_range("2026-01-01", periods=3, freq="MS"))


def test_a_month_without_a_state_is_outside() -> None:
    made = states(MONTHS, [("sip", "table", {MONTHS[1]: "partly"})])
    assert made.rows[0].states == ("outside", "partly", "outside")


def test_all_the_words_may_stand_in_one_row() -> None:
    months, words = pd.date_range("2026-01-01", periods=5, freq="MS"), get_args(State)
    made = states(list(months), [("sip", "table", dict(zip(months, words, strict=True)))])
    assert made.rows[0].states == words


def test_no_value_can_be_read_off_it() -> None:
    assert states(MONTHS, []).values == ()


@pytest.mark.parametrize("row", [("sip", "table", {MONTHS[0]: "17 rows"}), ("sip", "person", {})])
def test_other_words_stop(row: tuple) -> None:
    with pytest.raises(DisclosureStop):
        states(MONTHS, [row])


def test_only_the_gate_makes_them() -> None:
    with pytest.raises(DisclosureStop):
        ReleasedStates(rule="R15", months=(), rows=())
