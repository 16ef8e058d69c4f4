"""England's delayed days, a real evaluation on published figures."""

from datetime import date

import pandas as pd
import pytest

from analysis.designs.effect import Question
from analysis.designs.segmented import evaluate
from shared import ENGLAND, needs_shared


@pytest.fixture(scope="module")
def england():
    data = pd.read_csv(ENGLAND / "dtoc_england_month.csv")
    days = data["days_in_month"]
    series = pd.DataFrame(
        {
            "period_start": pd.to_datetime(data["month"]), "numerator": data["Total"], "denominator": days,
            "value": data["Total"] / days, "complete": True,
        }
    )  # fmt: skip
    start = date(2017, 4, 1)
    asked = Question(
        "england", "delayed_days", "count", "lower", "England", start, start, impact="step_and_slope",
        first=date(2014, 4, 1), last=date(2019, 3, 1), windows=((date(2011, 4, 1), date(2019, 3, 1)),),
    )  # fmt: skip
    return evaluate(series, asked)


@needs_shared
def test_england_estimates_are_those_of_a_sound_evaluation(england):
    table = england.table.set_index("term")["estimate"]
    assert table["step"] == pytest.approx(0.885, abs=0.005)
    assert england.estimate == table["end"]
    assert table["slope"] == pytest.approx(0.972, abs=0.001)
    assert table["trend"] == pytest.approx(1.014, abs=0.001)


@needs_shared
def test_england_intervals_are_wider_than_the_published_ones_and_hold_them(england):
    """Neighbouring months are very alike (rho 0.82): published -17 to -5.6 %, here -22 to -0.4 %."""
    level, slope = (england.table.set_index("term").loc[term] for term in ("step", "slope"))
    assert (level["low"], level["high"]) == pytest.approx((0.782, 0.996), abs=0.002)
    assert slope["low"] < 0.968
    assert 0.975 < slope["high"] < 1
    assert next(check for check in england.checks if check.name == "autocorrelation").passed is False


@needs_shared
def test_england_longer_window_leaves_the_level_unclear(england):
    window = next(check for check in england.checks if check.name == "window")
    assert window.table["level_low"].iloc[0] < 1 < window.table["level_high"].iloc[0]
    assert window.values["level_max"] > 0.96
    assert england.verdict == "cannot_be_attributed"
