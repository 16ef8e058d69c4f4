"""Rows that were kept out: their ids are read from correct.csv as the sender wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.kept_out import _as_sent
from analysis.sources.columnwords import harmless


@pytest.mark.parametrize(
    ("cell", "sent"), [("'=1", "=1"), ("''-1", "'-1"), ("'a", "'a"), (" a ", "a"), ("", ""), ("'", "'")]
)
def test_an_apostrophe_of_ours_is_taken_away_and_no_other(cell: str, sent: str) -> None:
    assert _as_sent(cell) == sent


@given(st.text(alphabet="='+-@\t＝a 1", max_size=6))
def test_an_id_comes_back_as_it_was_sent(cell: str) -> None:
    assert _as_sent(harmless(cell)) == cell.strip()
