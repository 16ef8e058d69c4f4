import numpy as np
import pytest
import statsmodels.formula.api as smf
from invented_panels import means, question, reached

from analysis.designs.panel.comparators import comparators

METHODS = ["group_time_permutation", "two_way_crv1_t", "two_way_crv1_z", "two_way_iid"]


def test_each_usual_analysis_has_a_row():
    table = comparators(means(difference=2.0), question())
    assert table["method"].tolist() == METHODS
    assert ((table["low"] < table["estimate"]) & (table["estimate"] < table["high"])).all()


def test_the_two_way_estimate_and_its_plain_error_are_those_of_a_regression():
    rows = means(difference=2.0).assign(came=reached().ravel())
    fit = smf.ols("value ~ came + C(unit) + C(period_start)", rows).fit()
    row = comparators(rows, question()).set_index("method").loc["two_way_iid"]
    low, high = fit.conf_int().loc["came"]
    assert (row["estimate"], row["low"], row["high"]) == pytest.approx((fit.params["came"], low, high))


def test_the_normal_interval_is_narrower_than_t():
    table = comparators(means(), question()).set_index("method")
    width = table["high"] - table["low"]
    assert width["two_way_crv1_z"] < width["two_way_crv1_t"]
    assert np.isfinite(width).all()
