"""A snapshot's files are read once, and what is handed out is the asker's own."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pandas as pd

from analysis.measures import measures
from analysis.measures.opened import Opened, Rows
from deliveries import delivery, report, snapshot_of, stay, stays

TABLE = pd.DataFrame({"unit": ["b", "a", "b", "c"], "party": ["p", "p", "q", "q"], "n": [1, 2, 3, 4]})


def test_rows_come_in_the_order_of_the_table_whatever_the_order_of_the_keys() -> None:
    assert Rows(TABLE, "unit").of(["c", "b"]).n.tolist() == [1, 3, 4]


def test_a_key_given_twice_gives_its_rows_once_and_an_unknown_one_none() -> None:
    assert Rows(TABLE, "unit").of(["a", "a", "nowhere"]).n.tolist() == [2]
    nothing = Rows(TABLE, "unit").of(["nowhere"])
    assert nothing.empty
    assert list(nothing) == list(TABLE)


def test_rows_may_be_asked_for_by_two_columns() -> None:
    assert Rows(TABLE, ["unit", "party"]).of([("b", "q")]).n.tolist() == [3]


def test_changing_what_was_handed_out_changes_nothing_for_the_next(tmp_path: Path) -> None:
    known = Rows(TABLE, "unit")
    given = known.of(["a"])
    given.loc[0, "n"] = 99
    assert known.of(["a"]).n.tolist() == [2]
    snapshot = snapshot_of(tmp_path, delivery("deviations", [report("d1", "2025-03-10")]))
    opened = Opened(snapshot.folder)
    mine = opened.facts("deviations")
    mine.loc[0, "unit"] = "changed"
    mine["new"] = 1
    assert opened.facts("deviations").equals(pd.read_parquet(snapshot.facts("deviations")))


def test_each_file_is_read_once(tmp_path: Path) -> None:
    given = [stay("s1", "2025-03-10", "2025-03-11", person="x")]
    snapshot = snapshot_of(tmp_path, stays(*given), delivery("deviations", [report("d1", "2025-03-10")]))
    opened, day = Opened(snapshot.folder), pd.Timestamp("2030-01-01")
    with patch("pandas.read_parquet", side_effect=pd.read_parquet) as read:
        for _ in range(2):
            for measure in measures().values():
                opened.panel(measure, "all", day)
                opened.persons(measure)
            opened.facts("deviations")
    assert read.call_count == 3
