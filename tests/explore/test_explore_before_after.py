"""The same selection before and after the start: known answers, honest intervals, and when there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import exp, isnan, log, sqrt

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.area import Area, Start
from analysis.explore.before_after import compare_counts, compare_means
from analysis.explore.selection import Selection
from analysis.explore.starts import starts_of
from analysis.words import Words
from homes import goteborg
from tinyrows import tiny_rows, told

BEFORE = np.array([20, 24, 18, 30, 22, 26, 19, 25.0])
AFTER = np.array([12, 18, 10, 16, 14, 20.0])


def test_the_ratio_and_its_interval_are_those_of_quasi_poisson() -> None:
    found = compare_counts(BEFORE, AFTER)
    y = np.concatenate([BEFORE, AFTER])
    x = sm.add_constant(np.r_[np.zeros(8), np.ones(6)])
    fitted = sm.GLM(y, x, family=sm.families.Poisson()).fit(scale="X2")
    spread = stats.t.ppf(0.975, 12) * max(1, 1 / sqrt(fitted.scale)) * fitted.bse[1]
    assert found.change == pytest.approx(exp(fitted.params[1]))
    assert log(found.low) == pytest.approx(fitted.params[1] - spread)
    assert log(found.high) == pytest.approx(fitted.params[1] + spread)


def test_months_that_vary_more_give_a_wider_interval() -> None:
    calm, wild = (compare_counts(BEFORE, np.array(v, float)) for v in ([15] * 6, [1, 29] * 3))
    assert calm.change == wild.change
    assert wild.high / wild.low > calm.high / calm.low


def test_months_that_vary_less_than_chance_do_not_narrow_it() -> None:
    even = compare_counts(np.full(8, 20.0), np.full(6, 15.0))
    spread = stats.t.ppf(0.975, 12) * sqrt(1 / 160 + 1 / 90)
    assert even.high == pytest.approx(0.75 * exp(spread))


def test_means_are_compared_as_welch_does() -> None:
    found = compare_means(np.append(BEFORE, np.nan), AFTER)
    expected = stats.ttest_ind(AFTER, BEFORE, equal_var=False).confidence_interval()
    assert (found.before.months, found.after.months) == (8, 6)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ([5.0] * 5, [5.0] * 12, "months"),
        ([5.0] * 12, [5.0] * 5, "months"),
        ([0.0] * 12, [5.0] * 12, "nothing_before"),
        ([1.0] * 9, [5.0] * 12, "cases"),
        ([5.0] * 9, [0.0] * 12, "cases"),
        ([], [], "months"),
    ],
)
def test_too_little_gives_no_interval_and_says_why(before: list[float], after: list[float], why: str) -> None:
    found = compare_counts(np.array(before), np.array(after))
    assert found.why == why
    assert isnan(found.low)
    assert isnan(found.high)
    assert isnan(found.change) == (sum(before) == 0)


def test_too_few_means_give_no_interval() -> None:
    assert compare_means(BEFORE[:5], AFTER).why == "months"
    assert compare_means(np.full(6, 2.0), np.full(6, 2.0)).low == 0


def dated(*starts: tuple[str, str, date | None]) -> Area:
    return replace(goteborg(), starts=tuple(Start(p, u, 3, day, True) for p, u, day in starts))


def test_a_selection_starts_when_its_first_party_does_and_is_settled_when_all_have_begun() -> None:
    area = dated(
        ("slutenvard", "goteborg", date(2025, 3, 1)),
        ("samverkan", "goteborg", date(2025, 5, 15)),
        ("slutenvard", "molndal", date(2025, 9, 1)),
    )
    whole = starts_of(area, Selection())
    assert whole is not None
    assert (whole.first, whole.settled) == (2025 * 12 + 2, 2025 * 12 + 8)
    town = starts_of(area, Selection(filters={"unit": ("goteborg",)}))
    assert town is not None
    assert (town.first, town.settled) == (2025 * 12 + 2, 2025 * 12 + 5)  # June is the first whole month
    party = starts_of(area, Selection(filters={"about": ("slutenvard",), "unit": ("molndal",)}))
    assert party is not None
    assert party.first == party.settled == 2025 * 12 + 8


def test_a_start_that_is_not_known_is_none() -> None:
    area = dated(("slutenvard", "goteborg", None), ("samverkan", "goteborg", date(2025, 5, 1)))
    assert starts_of(area, Selection()) is None
    assert starts_of(area, Selection(filters={"by": ("samverkan",)})) is not None
    assert starts_of(replace(goteborg(), starts=(), questions=()), Selection()) is None
    rows = tiny_rows(["2025-01"], by=["samverkan"])
    assert "No start date is known" in told(rows, "deviations", area)["before_after"]["text"]


def test_an_area_without_rollout_dates_starts_as_its_primary_questions_agree() -> None:
    questions = ({"start": date(2025, 4, 10), "primary": True}, {"start": date(2020, 1, 1), "primary": False})
    area = replace(goteborg(), starts=(), questions=questions)
    found = starts_of(area, Selection())
    assert found is not None
    assert (found.first, found.settled) == (2025 * 12 + 3, 2025 * 12 + 4)
    two = replace(area, questions=(*questions, {"start": date(2025, 6, 1), "primary": True}))
    assert starts_of(two, Selection()) is None


def monthly(before: int, after: int, *, months: tuple[int, int] = (14, 10)) -> list[str]:
    """Months of rows: so many in each before October 2025, and from December."""
    n, more = months
    ahead = pd.period_range(end="2025-09", periods=n, freq="M")
    later = pd.period_range("2025-12", periods=more, freq="M")
    return [str(m) for m in ahead for _ in range(before)] + [str(m) for m in later for _ in range(after)]


def test_the_transition_is_on_neither_side() -> None:
    area = dated(("slutenvard", "goteborg", date(2025, 10, 1)), ("samverkan", "goteborg", date(2025, 12, 1)))
    rows = tiny_rows([*monthly(4, 2), "2025-10", "2025-11"])
    payload = told(rows, "deviations", area)
    compared = payload["before_after"]
    assert (compared["before"], compared["after"]) == (
        {"months": 14, "n": 56.0, "per_month": 4.0},
        {"months": 10, "n": 20.0, "per_month": 2.0},
    )
    assert compared["ratio"] == 0.5
    assert "4.0 a month before the start (14 months) and 2.0 after" in compared["text"]
    assert "−50%" in compared["text"]
    assert (payload["months"]["before_median"], payload["months"]["after_median"]) == (4.0, 2.0)
    assert (payload["months"]["start"], payload["months"]["settled"]) == ("2025-10", "2025-12")


def test_a_shift_of_the_level_is_said_with_the_month_since_when() -> None:
    area = dated(("slutenvard", "goteborg", date(2025, 12, 1)))
    months = told(tiny_rows(monthly(4, 2)), "deviations", area)["months"]
    assert months["runs_from"] == "2025-12"
    assert "From December 2025, 10 months in a row lie below the median" in months["runs"]
    short = told(tiny_rows(monthly(4, 2, months=(14, 6))), "deviations", area)["months"]
    assert (short["runs"], short["runs_from"]) == ("", "")
    young = told(tiny_rows(monthly(4, 2, months=(11, 10))), "deviations", area)["months"]
    assert young["runs"] == ""


def test_each_value_tells_its_own_rate_before_and_after() -> None:
    area = dated(("slutenvard", "goteborg", date(2025, 12, 1)))
    stamps = monthly(2, 2)
    steps = ["a" if n % 2 or s < "2025-10" else "b" for n, s in enumerate(stamps)]
    rows = tiny_rows(stamps, process_step=steps, by=["x"] * len(steps), about=steps)
    (step,) = [d for d in told(rows, "deviations", area)["dims"] if d["id"] == "process_step"]
    rates = {v["id"]: (v["before"], v["after"]) for v in step["values"]}
    assert rates == {"a": (2.0, 1.0), "b": (0.0, 1.0)}
    pairs = told(rows, "deviations?from=2026-01", area)["matrix"]
    assert (pairs["before"], pairs["after"]) == ([[2.0, 0.0]], [[1.0, 1.0]])  # whatever the months chosen
    assert pairs["n"] == [[9, 9]]
    undated = told(rows, "deviations", dated(("samverkan", "goteborg", None)))["matrix"]
    assert undated["before"] == [[None, None]]


@pytest.mark.parametrize(("word", "language"), [("chance too", "en"), ("också vara slump", "sv")])
def test_a_run_of_months_is_not_said_to_be_more_than_chance(word: str, language: str) -> None:
    """Where nothing changes, 7 in a row come in 4–42 of 100 selections, by how long the series is."""
    for key in ("higher", "lower"):
        said = Words(language).text(f"explore/runs/{key}", since="x", n="7", median="3")
        assert word in said
