"""When an answer that only waits for months can come, and when that is not said."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.waiting import awaited

SETTLED = "2025-12-01"


def told(n_after: int = 7, n_before: int = 45, months: list[str] | None = None, code: str = "too_few_points"):
    after = pd.date_range(SETTLED, periods=n_after, freq="MS") if months is None else pd.to_datetime(months)
    fit = pd.DataFrame({"period_start": [pd.Timestamp("2025-06-01"), *after], "used": True})
    reason = (code, {"n_before": n_before, "n_after": n_after, "needed": 8})
    question = SimpleNamespace(settled=pd.Timestamp(SETTLED).date())
    return SimpleNamespace(reasons=(reason,), question=question, fit=fit)


@pytest.mark.parametrize(
    ("n_after", "level", "lag", "day"),
    [
        (7, "quarter", 75, "2026-12-14"),  # July to September, and 75 days
        (7, "half_year", 45, "2027-02-14"),
        (7, "month", 45, "2026-09-14"),
        (1, "month", 0, "2026-07-31"),
        (4, "quarter", 0, "2026-09-30"),
    ],
)
def test_the_day_is_when_the_period_of_the_last_month_needed_is_reported(
    n_after: int, level: str, lag: int, day: str
) -> None:
    assert awaited(told(n_after), level, lag, pd.Timestamp("2026-01-20")) == day


@pytest.mark.parametrize(("as_of", "day"), [("2026-12-13", "2026-12-14"), ("2026-12-14", "")])
def test_a_period_that_should_be_there_already_is_not_waited_for(as_of: str, day: str) -> None:
    assert awaited(told(), "quarter", 75, pd.Timestamp(as_of)) == day


@pytest.mark.parametrize(
    "effect",
    [
        told(code="few_events"),
        told(n_before=7),
        told(n_after=8),
        told(n_after=2, months=["2025-12-01", "2026-02-01"]),
        told(n_after=2, months=["2025-12-01"]),
    ],
    ids=["another reason", "too few before", "enough after", "a gap", "months of a shock"],
)
def test_an_answer_that_lacks_something_else_is_not_waited_for(effect: SimpleNamespace) -> None:
    assert awaited(effect, "month", 0, pd.Timestamp("2026-02-01")) == ""
    assert awaited(told(n_before=8), "month", 0, pd.Timestamp("2026-02-01"))


def test_months_that_are_not_used_are_not_counted() -> None:
    effect = told(n_after=2)
    unused = pd.DataFrame({"period_start": [pd.Timestamp("2026-02-01")], "used": False})
    effect.fit = pd.concat([effect.fit, unused])
    assert awaited(effect, "month", 0, pd.Timestamp("2026-02-01")) == "2026-07-31"
