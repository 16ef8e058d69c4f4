"""Rows accepted and kept out: R1, and reasons that do not give hidden counts away."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import product
from math import isnan

import pytest

from analysis.area import Policy
from analysis.errors import DisclosureStop
from analysis.release.quality import ReleasedQuality, rows
from candidates import lonely

POLICY = Policy()


def shown(value: float) -> float | None:
    return None if isnan(value) else value


def seen(kept_out, reasons=(), policy=POLICY):
    """Rows kept out and their reasons as shown, for a table with `reasons[i]` rows of reason i."""
    named = {"t": dict(zip("abcdefgh", reasons, strict=False))}
    (row,) = rows({"t": (1000, kept_out)}, policy, named).rows
    parts = None if row.reasons is None else tuple(shown(n) for n in row.reasons.values())
    return shown(row.kept_out), parts


@pytest.mark.parametrize(("true", "expected"), [(0, 0), (1, None), (7, None), (8, 10), (1002, 1000)])
def test_rows_are_counts_like_others(true, expected) -> None:
    (row,) = rows({"deviations": (true, true)}, POLICY).rows
    assert (row.table, shown(row.accepted), shown(row.kept_out)) == ("deviations", expected, expected)
    assert row.reasons == {}


def test_each_table_has_its_row_and_its_reasons() -> None:
    found = rows({"a": (100, 40), "b": (50, 0)}, POLICY, {"a": {"x": 20, "y": 20}})
    assert [(r.table, r.accepted, r.kept_out, r.reasons) for r in found.rows] == [
        ("a", 100, 40, {"x": 20, "y": 20}), ("b", 50, 0, {}),
    ]  # fmt: skip
    assert found.rule == "R1 R15"


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ((), ()),
        ((0, 0), (0, 0)),
        ((3,), (None,)),
        ((3, 4), (None, None)),
        ((12, 3), (10, None)),
        ((20, 30), (20, 30)),
        ((7, 7, 7, 7), None),
        ((7, 7), None),
        ((7, 6), None),
        ((6, 6), (None, None)),
        ((12, 7), None),
        ((1, 1, 1, 1), (None, None, None, None)),
        ((1, 1, 1, 1, 1, 1), None),
        ((7, 7, 20), (None, None, 20)),
    ],
)
def test_reasons_are_withheld_where_their_sum_gives_a_hidden_one_away(reasons, expected) -> None:
    assert seen(sum(reasons), reasons)[1] == expected


def test_the_number_kept_out_stays_when_reasons_are_withheld() -> None:
    assert seen(28, (7, 7, 7, 7)) == (30, None)


@pytest.mark.parametrize(("step", "withheld"), [(5, True), (1, True), (4, False)])
def test_the_policy_decides_how_much_a_rounded_count_tells(step, withheld) -> None:
    assert (seen(19, (12, 7), Policy(round_to=step))[1] is None) is withheld


def test_no_small_count_comes_back() -> None:
    grid = list(product(range(22), repeat=3))
    released = ((seen(sum(reasons), reasons), (*reasons, sum(reasons))) for reasons in grid)
    assert lonely(released, lambda counts: max(counts[:3]) < 17) == []


def test_it_cannot_be_changed_or_made_elsewhere() -> None:
    found = rows({"a": (100, 40)}, POLICY, {"a": {"x": 20, "y": 20}})
    with pytest.raises(FrozenInstanceError):
        found.rows = ()
    with pytest.raises(TypeError):
        found.rows[0].reasons["x"] = 1
    with pytest.raises(DisclosureStop):
        ReleasedQuality(rule="R15", rows=())
