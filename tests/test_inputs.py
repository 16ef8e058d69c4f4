"""Names that can be shown: valid, printable, short, and without identity numbers."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.inputs import MOST_NAME, safe_name, shown_path
from fictitious import number


@given(st.binary(min_size=1, max_size=255))
def test_any_bytes_become_a_name_that_can_be_written_anywhere(name: bytes) -> None:
    shown = safe_name(os.fsdecode(name))
    assert shown.isprintable()
    assert 0 < len(shown.encode()) <= MOST_NAME


@pytest.mark.parametrize("name", ["mars.csv", "märs 2025.xlsx", "x" * 196 + ".csv"])
def test_a_usual_name_stays(name: str) -> None:
    assert safe_name(name) == name


def test_a_long_name_keeps_its_beginning_and_its_ending() -> None:
    shown = safe_name("å" * 120 + ".csv.gz")
    assert (shown[:5], shown[-7:]) == ("ååååå", ".csv.gz")


def test_a_folder_named_by_an_identity_number_is_not_shown() -> None:
    person = number(date(1912, 12, 12), 121)
    assert shown_path(Path("in") / person / "mars.csv") == str(Path("in") / "(name not shown)" / "mars.csv")
