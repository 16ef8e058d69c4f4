"""Standardisation and weighting on the NHEFS data of "Causal Inference: What If", which a package holds."""

import pandas as pd
import pytest
from numpy.testing import assert_allclose
from oracle import packaged

from analysis.designs.persons.adjusted import g_computation, inverse_probability_weighting
from analysis.designs.persons.adjustment import Adjustment

CATEGORIES = ("education", "exercise", "active")
ASKED = Adjustment(
    outcome="wt82_71",
    exposure="qsmk",
    covariates=(
        "sex",
        "race",
        "age",
        "education",
        "smokeintensity",
        "smokeyrs",
        "exercise",
        "active",
        "wt71",
    ),
    squares=("age", "smokeintensity", "smokeyrs", "wt71"),
    with_exposure=("smokeintensity",),
)


@pytest.fixture(scope="module")
def persons():
    frame = pd.read_stata(packaged("causaldata", "causaldata/nhefs/nhefs.dta"), convert_categoricals=False)
    return frame.astype(dict.fromkeys(CATEGORIES, "category"))


def test_standardised_means_are_the_published_ones(persons):
    found = g_computation(persons, ASKED, draws=300)
    assert (found.n_fitted, found.n_mix, found.n_left_out) == (1566, 1629, 0)
    means = [found.observed, found.unexposed, found.exposed, found.difference]
    assert_allclose(means, [2.563190379, 1.660267019, 5.178841186, 3.518574166], atol=0.005)
    assert_allclose([found.low, found.high], [2.6, 4.5], atol=0.15)


def test_the_weighted_difference_is_the_published_one(persons):
    found = inverse_probability_weighting(persons, ASKED)
    assert found.n == 1566
    assert found.difference == pytest.approx(3.44053543, abs=0.005)
    assert found.se == pytest.approx(0.525493553, rel=0.02)
    assert_allclose([found.low, found.high], [2.4, 4.5], atol=0.06)
