"""What only the whole file shows: keys that stand twice, stays that overlap, events told from both sides."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sources.cells import Findings
from analysis.sources.crossrows import check_whole_file
from analysis.sources.staging import Staging, places_of
from analysis.sources.typed import Rows, rows_of_frame
from analysis.tables import table
from exports import Row, frame_of

REPORT: Row = {
    "deviation_id": "d1", "reported_date": "2025-02-05", "occurred_date": "2025-02-03", "category": "c1",
    "reporting_party": "p", "receiving_party": "q", "unit": "a", "place": "Sal 1",
}  # fmt: skip
ANSWER: Row = {"respondent_id": "r1", "answered_date": "2025-02-03", "survey": "s", "item": "i", "value": 3}


def stay(name: str, person: str, admitted: str, discharged: str) -> Row:
    return {
        "episode_id": name, "person_id": person, "unit": "a", "admitted_at": admitted, "uk_at": admitted,
        "discharged_at": discharged,
    }  # fmt: skip


def checked(name: str, rows: Sequence[Row]) -> tuple[list[tuple[int, str]], list[tuple[int, str]], list[int]]:
    """Row and reason of what is kept out, of what is said, and the rows that stay; lines are 10 + row."""
    frame = frame_of(name, rows)
    each = [rows_of_frame(frame.iloc[[n]], table(name), "f").table for n in range(len(frame))]
    number = np.arange(1, len(rows) + 1)
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder:
        staging = Staging(Path(folder))
        for n, one in zip(number, each, strict=True):
            staging.write(Rows(one, np.array([n]), np.array([10 + n])))
        staging.close()
        check_whole_file(staging, table(name), findings)
        left = places_of(Path(folder))[:, 0].tolist()
        assert len(pd.read_parquet(staging.rows)) == staging.rows_n == len(left)
    for found in (findings.rejects, findings.warnings):
        assert (found.line == found.row + 10).all()
    out, said = ([(int(r.row), str(r.reason)) for r in f.itertuples()] for f in
                 (findings.rejects, findings.warnings))  # fmt: skip
    return out, said, left


def test_keys_that_differ_are_left_alone() -> None:
    rows = [REPORT, REPORT | {"deviation_id": "d2", "place": "Sal 2"}]
    assert checked("deviations", rows) == ([], [], [1, 2])


def test_a_row_that_is_repeated_is_kept_once_and_said() -> None:
    assert checked("deviations", [REPORT, REPORT, REPORT]) == ([], [(2, "duplicate"), (3, "duplicate")], [1])


def test_a_key_with_two_contents_keeps_all_its_rows_out() -> None:
    other = REPORT | {"status": "Stängd"}
    out, said, left = checked("deviations", [REPORT, REPORT | {"deviation_id": "d2"}, other, REPORT])
    assert out == [(1, "conflict"), (3, "conflict"), (4, "conflict")]
    assert said == []
    assert left == [2]


def test_a_value_and_no_value_are_two_contents() -> None:
    out, _, _ = checked("deviations", [REPORT, REPORT | {"place": None}])
    assert [row for row, _ in out] == [1, 2]


def test_empty_parts_of_a_key_are_alike() -> None:
    rows = [ANSWER, ANSWER, ANSWER | {"round": "2"}, ANSWER | {"theme": "t"}]
    assert checked("answers", rows) == ([], [(2, "duplicate")], [1, 3, 4])


@pytest.mark.parametrize(
    ("second", "overlaps"),
    [
        (("2025-02-03 10:00", "2025-02-05 10:00"), True),
        (("2025-02-04 09:59", "2025-02-05 10:00"), True),
        (("2025-02-04 10:00", "2025-02-05 10:00"), False),  # in again in the minute of the discharge
        (("2025-02-06 10:00", "2025-02-07 10:00"), False),
        (("2025-01-01 10:00", "2025-03-01 10:00"), True),
    ],
)
def test_stays_of_one_person_overlap_when_one_begins_before_another_ends(
    second: tuple[str, str], overlaps: bool
) -> None:
    first = stay("s1", "p", "2025-02-01 10:00", "2025-02-04 10:00")
    expected = [(1, "overlap"), (2, "overlap")] if overlaps else []
    assert checked("episodes", [first, stay("s2", "p", *second)]) == ([], expected, [1, 2])
    assert checked("episodes", [first, stay("s2", "q", *second)]) == ([], [], [1, 2])


def test_a_copy_of_a_stay_overlaps_nothing() -> None:
    one = stay("s1", "p", "2025-02-01 10:00", "2025-02-04 10:00")
    assert checked("episodes", [one, one]) == ([], [(2, "duplicate")], [1])


@given(st.lists(st.tuples(st.sampled_from("pq"), st.integers(0, 8), st.integers(0, 4)), max_size=8))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_overlaps_are_those_that_a_look_at_every_pair_finds(plan: list[tuple[str, int, int]]) -> None:
    day = pd.Timestamp("2025-02-01 08:00")
    times = [(p, day + pd.Timedelta(days=a), day + pd.Timedelta(days=a + n)) for p, a, n in plan]
    rows = [stay(f"s{n}", p, str(a), str(b)) for n, (p, a, b) in enumerate(times)]
    if not rows:
        return
    pairs = {
        n
        for n, (p, a, b) in enumerate(times, 1)
        for m, (q, c, d) in enumerate(times, 1)
        if n != m and p == q and a < d and c < b
    }
    lasting = {n for n in pairs if times[n - 1][1] < times[n - 1][2]}
    said = {row for row, reason in checked("episodes", rows)[1] if reason == "overlap"}
    assert lasting <= said  # a stay without length may be named with the one that it lies in
    assert said <= {n for n in range(1, len(rows) + 1) if times[n - 1][1] < times[n - 1][2]} | pairs


def test_one_event_told_by_each_of_the_two_parties_is_said() -> None:
    other = REPORT | {"deviation_id": "d2", "reporting_party": "q", "receiving_party": "p"}
    reason = "possible_double_report"
    assert checked("deviations", [REPORT, other]) == ([], [(1, reason), (2, reason)], [1, 2])


@pytest.mark.parametrize(
    "change",
    [
        {"reporting_party": "p", "receiving_party": "q"},
        {"occurred_date": "2025-02-04"},
        {"place": "Sal 2"},
        {"place": None},
        {"category": "c2"},
        {"unit": "b"},
        {"receiving_party": "r"},
    ],
    ids=str,
)
def test_other_days_places_kinds_and_parties_are_other_events(change: Row) -> None:
    other = REPORT | {"deviation_id": "d2", "reporting_party": "q", "receiving_party": "p"} | change
    assert checked("deviations", [REPORT, other]) == ([], [], [1, 2])


def test_an_empty_file_has_nothing_to_check(tmp_path: Path) -> None:
    findings = Findings()
    check_whole_file(Staging(tmp_path), table("episodes"), findings)
    assert findings.rejects.empty
    assert findings.warnings.empty
