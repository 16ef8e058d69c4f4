"""What the page shows of a selection: known answers on a few rows, and pandas' on the small invented area."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import UsageError
from analysis.explore.rows import Rows
from analysis.explore.selection import Selection
from analysis.explore.summary import MOST_VALUES
from tinyrows import counts, small_explorer, tiny_rows, told

COLUMNS = {"by": "reporting_party", "about": "receiving_party", "unit": "unit", "category": "category"}


def six() -> Rows:
    """Six reports: a about b three times, b about a twice, one that does not say about whom."""
    return tiny_rows(
        ["2025-01", "2025-01", "2025-02", "2025-02", "2025-02", "2025-03"],
        by=["a", "a", "a", "b", "b", "a"],
        about=["b", "b", "b", "a", "a", None],
        category=["x", "y", "x", "x", "x", "y"],
        severity=["1", "4", "2", "1", "1", "3"],
    )


def test_without_a_choice_everything_is_counted() -> None:
    payload = told(six(), "deviations")
    assert (payload["n"], payload["of"]) == (6, 6)
    assert counts(payload, "by") == {"a": 4, "b": 2}
    assert counts(payload, "about") == {"b": 3, "a": 2, "not_stated": 1}
    assert payload["months"]["labels"] == ["2025-01", "2025-02", "2025-03"]
    assert payload["months"]["n"] == [2, 3, 1]


def test_each_list_is_counted_under_the_filters_of_the_others() -> None:
    payload = told(six(), "deviations?by=a&category=x")
    assert payload["n"] == 2
    assert counts(payload, "by") == {"a": 2, "b": 2}  # under the category alone
    assert counts(payload, "category") == {"x": 2, "y": 2}  # under the party alone
    assert counts(payload, "severity") == {"1": 1, "2": 1, "3": 0, "4": 0}  # under both


def test_several_values_of_one_list_are_any_of_them() -> None:
    assert told(six(), "deviations?severity=1,4")["n"] == 4


def test_what_is_not_stated_can_be_chosen() -> None:
    assert told(six(), "deviations?about=not_stated")["n"] == 1
    assert told(six(), "deviations?about=not_stated,a")["n"] == 3


def test_months_limit_the_rows_but_not_the_chart() -> None:
    payload = told(six(), "deviations?from=2025-02&to=2025-02")
    assert payload["n"] == 3
    assert payload["months"]["n"] == [2, 3, 1]
    assert counts(payload, "month") == {"2025-01": 2, "2025-02": 3, "2025-03": 1}
    assert counts(payload, "category") == {"x": 3, "y": 0}
    assert told(six(), "deviations?month=2025-03")["n"] == 1


def test_the_commonest_come_first_but_levels_stand_in_order() -> None:
    payload = told(six(), "deviations")
    assert list(counts(payload, "severity")) == ["1", "2", "3", "4"]
    assert list(counts(payload, "about")) == ["b", "a", "not_stated"]


def test_the_matrix_shows_all_pairs_whichever_is_chosen() -> None:
    whole = told(six(), "deviations")["matrix"]
    assert (whole["rows"], whole["columns"]) == (["A", "B"], ["A", "B"])
    assert whole["n"] == [[0, 3], [2, 0]]
    assert told(six(), "deviations?by=a&about=b")["matrix"]["n"] == [[0, 3], [2, 0]]
    assert told(six(), "deviations?category=y")["matrix"]["n"] == [[0, 1], [0, 0]]
    assert told(tiny_rows(["2025-01"], by=["a"]), "deviations")["matrix"] is None


def test_the_pareto_adds_up_to_the_whole() -> None:
    bars = told(six(), "deviations?by=a")["pareto"]["bars"]
    assert [(b["id"], b["n"], b["share_cum"]) for b in bars] == [("x", 2, 0.5), ("y", 2, 1.0)]


def test_a_long_list_is_cut_and_says_so_but_keeps_what_is_chosen() -> None:
    names = [f"p{n:03d}" for n in range(60)]
    rows = tiny_rows(["2025-01"] * 60, place=names)
    found = next(d for d in told(rows, "deviations?place=p059")["dims"] if d["id"] == "place")
    assert len(found["values"]) == MOST_VALUES + 1
    assert found["more"] == 60 - MOST_VALUES - 1
    assert [v["id"] for v in found["values"] if v["selected"]] == ["p059"]


@pytest.mark.parametrize("n", [0, 1])
def test_no_row_and_one_row_are_shown(n: int) -> None:
    rows = tiny_rows(["2025-10"] * n, by=["a"] * n, about=["b"] * n, category=["x"] * n)
    payload = told(rows, "deviations")
    assert (payload["n"], payload["of"]) == (n, n)
    assert len(payload["months"]["n"]) == n
    assert "nothing to compare" in payload["before_after"]["text"]
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload


def test_a_value_or_a_dimension_that_the_rows_lack_is_refused_with_what_is_possible() -> None:
    with pytest.raises(UsageError, match=r"“category” has no value “z”.*x, y, not_stated"):
        told(six(), "deviations?category=z")
    with pytest.raises(UsageError, match=r"the rows have no “unit”.*by, about"):
        told(six(), "deviations?unit=goteborg")


def test_html_and_formulas_stay_text() -> None:
    rows = tiny_rows(["2025-01"] * 2, place=["<script>alert(1)</script>", "=1+1"])
    assert counts(told(rows, "deviations"), "place") == {"<script>alert(1)</script>": 1, "=1+1": 1}
    chosen = Selection(filters={"place": ("<script>alert(1)</script>",)})
    assert told(rows, chosen.bookmark())["n"] == 1


def test_the_course_is_told_of_those_who_took_each_step() -> None:
    days = np.array([10, 40, np.nan, 20], np.float32)
    rows = tiny_rows(["2025-01"] * 4, dates={"closed": days}, waited=np.array([99, 99, 99, 5], np.float32))
    (step,) = told(rows, "deviations")["timeline"]
    assert (step["label"], step["n"], step["median_days"]) == ("Closed", 3, 20.0)
    assert step["within_30_share"] == pytest.approx(1 / 3, abs=1e-4)  # the last was not followed for 30 days


def shown(bookmark: str) -> dict[str, Any]:
    explorer = small_explorer()
    return explorer.summary(Selection.of(bookmark))


@st.composite
def bookmarks(draw: st.DrawFn) -> Selection:
    dims = {d: small_explorer().table("deviations").dims[d].ids for d in COLUMNS}
    filters = {
        d: tuple(draw(st.lists(st.sampled_from(ids), max_size=2, unique=True))) for d, ids in dims.items()
    }
    return Selection(filters=filters, first=draw(st.sampled_from(["", "2024-06"])))


@settings(max_examples=12, deadline=None)
@given(bookmarks())
def test_every_list_counts_as_pandas_groups_do(chosen: Selection) -> None:
    frame = small_explorer().frame(Selection())
    keep = {d: frame[COLUMNS[d]].isin(ids) for d, ids in chosen.filters.items()}
    if chosen.first:
        keep["month"] = frame.occurred_date >= pd.Timestamp(f"{chosen.first}-01")
    payload = small_explorer().summary(chosen)
    every = np.logical_and.reduce([np.ones(len(frame), bool), *keep.values()])
    assert payload["n"] == every.sum()
    for dim, column in COLUMNS.items():
        others = np.logical_and.reduce([np.ones(len(frame), bool), *(k for d, k in keep.items() if d != dim)])
        expected = frame[others].groupby(column).size()
        assert {k: n for k, n in counts(payload, dim).items() if n} == expected.to_dict()


def test_the_months_count_as_pandas_does() -> None:
    frame = small_explorer().frame(Selection.of("deviations?unit=goteborg"))
    by_month = frame.groupby(frame.occurred_date.dt.strftime("%Y-%m")).size()
    months = shown("deviations?unit=goteborg")["months"]
    assert {m: n for m, n in zip(months["labels"], months["n"], strict=True) if n} == by_month.to_dict()


def test_the_built_in_effect_is_seen_in_its_direction() -> None:
    compared = shown("deviations")["before_after"]
    assert compared["ratio"] < 1
    assert (compared["before"]["months"], compared["after"]["months"]) == (45, 10)
    assert "inte förändringens verkan" in compared["note"]
    waiting = next(o for o in shown("episodes")["outcomes"] if o["id"] == "uk_days_mean_payment")
    assert waiting["high"] < 0


def test_the_outcomes_are_those_of_the_measures() -> None:
    frame = small_explorer().frame(Selection("episodes"))
    days = (frame.discharged_at.dt.normalize() - frame.uk_at.dt.normalize()).dt.days
    expected = days.groupby(frame.discharged_at.dt.strftime("%Y-%m")).mean()
    payload = shown("episodes")
    outcome = next(o for o in payload["outcomes"] if o["id"] == "uk_days_mean_payment")
    found = dict(zip(payload["months"]["labels"], outcome["values"], strict=True))
    assert found["2024-05"] == pytest.approx(expected["2024-05"], abs=1e-4)
    assert found["2026-11"] is None  # the month has not ended
    again = next(o for o in payload["outcomes"] if o["id"] == "unplanned_readmission_30d")
    assert again["values"][-3] is None  # nor has its follow-up


@pytest.mark.parametrize("bookmark", ["deviations?unit=ockero&severity=4", "episodes?ward=Avd%201"])
def test_the_payload_is_plain_json(bookmark: str) -> None:
    assert json.loads(json.dumps(shown(bookmark), allow_nan=False)) == shown(bookmark)


def test_measurements_of_one_indicator_are_count_over_base() -> None:
    numbers = {"numerator": np.array([3, 6, 9, 5], np.float32), "denominator": np.array([30, 30, 20, 9.0])}
    rows = tiny_rows(
        ["2025-01", "2025-01", "2025-02", "2025-02"],
        "measurements",
        indicator=["i", "i", "i", "j"],
        numbers=numbers,
    )
    assert told(rows, "measurements")["outcomes"] == []  # two indicators do not add up
    (one,) = told(rows, "measurements?indicator=i")["outcomes"]
    assert one["values"] == [0.3, 0.45]  # the base that both rows of January share counts once
