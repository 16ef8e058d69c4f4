"""Proof: bed days lost to delays in 32 Scottish councils, asked about dates at which nothing was started."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from invented_series import question
from simulation import in_two_processes

from analysis.designs.segmented import evaluate
from analysis.designs.timeline import month_of, ordinal
from shared import SHARED, needs_shared

pytestmark = pytest.mark.proof

FOLDER = SHARED / "realdata" / "scotland_delayed_discharge"
NO_COUNCIL = ("Other / not a Scottish council area", "Other", "OTHER", "Scotland")
WINDOWS = ((date(2016, 7, 1), date(2020, 2, 1)), (date(2022, 4, 1), date(2025, 8, 1)))  # without the pandemic
BEFORE, AFTER = 24, 9
NEEDED_DATES = 20
CLAIMS = ("improved", "worsened")


def councils() -> dict[str, pd.DataFrame]:
    """Each council's series: bed days a day, adults, all reasons."""
    rows = pd.read_csv(FOLDER / "delayed_bed_days_council_month.csv.gz")
    rows = rows[(rows["age_group"] == "18plus") & (rows["delay_reason"] == "All Delay Reasons")]
    rows = rows[~rows["council"].isin(NO_COUNCIL)]
    start = pd.to_datetime(rows["month"])
    days = start.dt.days_in_month.astype(float)
    series = pd.DataFrame(
        {
            "council": rows["council"], "period_start": start, "numerator": rows["num_delayed_bed_days"],
            "denominator": days, "value": rows["num_delayed_bed_days"] / days, "complete": True,
        }
    )  # fmt: skip
    return {name: group.sort_values("period_start") for name, group in series.groupby("council")}


def verdicts(job: tuple[str, pd.DataFrame]) -> list[dict[str, object]]:
    """The verdict at every false date with 24 months before and 9 after in its window."""
    name, series = job
    found = []
    for first, last in WINDOWS:
        for place in range(ordinal(first) + BEFORE, ordinal(last) - AFTER + 2):
            day = month_of(place)
            asked = question(start=day, settled=day, per=1.0, first=first, last=last)
            effect = evaluate(series, asked)
            found.append(
                {"council": name, "date": day, "verdict": effect.verdict, "clear": effect.p < 0.05,
                 "checks": " ".join(c.name for c in effect.checks if c.blocking and c.passed is False)}
            )  # fmt: skip
    return found


@needs_shared
def test_dates_at_which_nothing_was_started_are_rarely_claimed(capsys: pytest.CaptureFixture[str]) -> None:
    series = councils()
    assert len(series) == 32
    found = pd.DataFrame([row for rows in in_two_processes(verdicts, series.items()) for row in rows])
    found["claimed"] = found["verdict"].isin(CLAIMS)
    by_council = found.groupby("council").agg(
        dates=("date", "size"), clear=("clear", "mean"), claimed=("claimed", "mean")
    )
    with capsys.disabled():
        print(f"\n{by_council.round(3).to_string()}")  # noqa: T201
        print(found["verdict"].value_counts(normalize=True).round(3).to_string())  # noqa: T201
        print(found[["clear", "claimed"]].mean().round(4).to_string())  # noqa: T201
    assert (by_council["dates"] >= NEEDED_DATES).all()
    assert found["claimed"].mean() <= 0.05
