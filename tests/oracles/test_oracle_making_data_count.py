"""Four-hour breaches of one trust (NHSRplotthedots): XmR chart, rules and icons of Making Data Count."""

from __future__ import annotations

import pandas as pd
import pytest
from invented_series import frame, mean_question
from oracle import data, expected, needs_oracle

from analysis.designs.control import ControlChart, control_chart
from analysis.designs.icons import assurance, point_types, variation
from analysis.designs.timeline import month_of, ordinal

NAME = "spc_mdc_xmr_ae_rqm"


@pytest.fixture(scope="module")
def chart() -> ControlChart:
    rows = data(NAME)
    at = [ordinal(month) for month in pd.to_datetime(rows["period"])]
    later = month_of(at[-1] + 1)
    series = frame(at, rows["breaches"], rows["attendances"], rows["breaches"])
    return control_chart(series, mean_question(start=later, settled=later), kind="xmr")


@needs_oracle(NAME)
def test_limits_are_reproduced(chart):
    wanted, found = expected(NAME), chart.frame.iloc[-1]
    assert found["centre"] == pytest.approx(wanted["mean"], abs=0.001)
    assert (found["low"], found["high"]) == pytest.approx((wanted["lpl"], wanted["upl"]), abs=0.01)
    assert chart.parts[0].n == wanted["n"]


@needs_oracle(NAME)
def test_points_are_of_the_published_types(chart):
    types = point_types(chart)
    codes = ("common_cause", "special_cause_improvement", "special_cause_concern")
    wanted = expected(NAME)
    assert types.value_counts().to_dict() == {code: wanted[code] for code in codes}
    above = chart.frame["outside"] & (chart.frame["side"] > 0)
    better = types == "special_cause_improvement"
    for chosen, months in ((above, "above_UCL_months"), (better, "improvement_months")):
        found = chart.frame.loc[chosen, "period_start"].dt.date.astype(str)
        assert found.tolist() == wanted[months]


@needs_oracle(NAME)
def test_icons_are_the_published_ones(chart):
    wanted = expected(NAME)
    assert variation(chart) == wanted["variation_type"]
    assert assurance(chart, 1200) == wanted["assurance_type"]
