import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from analysis.designs.fit import FitError
from analysis.designs.persons.adjustment import Adjustment
from analysis.designs.persons.logistic import gee_logistic, logistic
from analysis.errors import DesignError

ASKED = Adjustment("y", "x", ("age",), kind="share", cluster="ward")


def visits(wards=60, each=10, seed=1) -> pd.DataFrame:
    """Visits in wards that differ; the log odds ratio of x, which a ward has or has not, is about 1."""
    rng = np.random.default_rng(seed)
    ward = np.repeat(np.arange(wards), each)
    x, age = (ward % 2).astype(float), rng.normal(size=len(ward))
    chance = 1 / (1 + np.exp(-(x + 0.5 * age - 0.5 + rng.normal(0, 1, wards)[ward])))
    return pd.DataFrame({"y": (rng.random(len(ward)) < chance) * 1.0, "x": x, "age": age, "ward": ward})


def test_likeness_within_wards_widens_the_interval():
    alone, alike = logistic(visits(), ASKED), gee_logistic(visits(), ASKED)
    assert alike.names == ("const", "x", "age")
    assert 0.05 < alike.working_correlation < 0.4
    assert (alike.n, alike.n_clusters) == (600, 60)
    assert alike.cov[1, 1] > 1.5 * alone.cov[1, 1]
    row = alike.odds_ratios().set_index("term").loc["x"]
    assert row["low"] < np.exp(0.85) < row["high"]


def test_rows_with_missing_values_are_counted():
    frame = visits()
    frame.loc[0, "y"] = np.nan
    frame.loc[1:2, "age"] = np.nan
    fit = logistic(frame, ASKED)
    assert (fit.n, fit.n_left_out) == (597, 3)


def test_a_product_with_the_exposure_is_named():
    asked = Adjustment("y", "x", ("age",), kind="share", with_exposure=("age",))
    assert logistic(visits(), asked).names == ("const", "x", "age", "x×age")


@pytest.mark.parametrize("method", [logistic, gee_logistic])
def test_separation_has_no_answer(method):
    with pytest.raises(FitError, match="not_identifiable"):
        method(visits().assign(y=lambda rows: rows["x"]), ASKED)


def test_clusters_are_needed():
    with pytest.raises(DesignError, match="fewer than two clusters"):
        gee_logistic(visits().assign(ward=1), ASKED)
    with pytest.raises(DesignError, match="fewer than two clusters"):
        gee_logistic(visits(), Adjustment("y", "x", ("age",), kind="share"))


def test_the_deviance_is_that_of_the_likelihood():
    frame = visits()
    fit = logistic(frame, ASKED)
    linear = fit.coef @ np.array([np.ones(len(frame)), frame["x"], frame["age"]])
    chance = 1 / (1 + np.exp(-linear))
    loglik = np.log(np.where(frame["y"] == 1, chance, 1 - chance)).sum()
    assert_allclose(fit.deviance, -2 * loglik)
