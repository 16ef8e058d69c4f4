"""Traffic deaths in California (Wooldridge): least squares, Newey-West, AR(1) test, Prais-Winsten, REML."""

import numpy as np
import pandas as pd
import pytest
from oracle import packaged

from analysis.designs.series.least_squares import ar1_test, newey_west, ols, prais_winsten
from analysis.designs.series.regression import reml_ar1

MONTHS = ["feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
OLS = {
    "t": (-0.002235226281, 0.0004208271346),
    "wkends": (0.000625869947, 0.006162429729),
    "unem": (-0.01542593721, 0.005544396267),
    "spdlaw": (0.06708765197, 0.02056830716),
    "beltlaw": (-0.02950527849, 0.02323072747),
}
NEWEY_WEST = {"unem": 0.006017568379, "spdlaw": 0.0267049633, "beltlaw": 0.03312850677}
PRAIS_WINSTEN = {
    "spdlaw": (0.06413607917, 0.02679527911),
    "beltlaw": (-0.02481597659, 0.03010988328),
    "unem": (-0.01318070931, 0.007106479006),
}
REML = {
    "spdlaw": (0.0632282708, 0.0283203365),
    "beltlaw": (-0.0234677736, 0.0317744807),
    "unem": (-0.0125718412, 0.0074788615),
}


@pytest.fixture(scope="module")
def traffic() -> tuple[pd.DataFrame, np.ndarray]:
    rows = pd.read_csv(packaged("wooldridge", "wooldridge/datasets/traffic2.csv.bz2"))
    terms = rows[["t", *MONTHS, "wkends", "unem", "spdlaw", "beltlaw"]].astype(float)
    terms.insert(0, "const", 1.0)
    return terms, rows["prcfat"].to_numpy(float)


def test_least_squares(traffic):
    fit = ols(*traffic)
    for name, figures in OLS.items():
        assert fit.term(name) == pytest.approx(figures, rel=1e-5)
    assert fit.r_squared == pytest.approx(0.7174181738, rel=1e-5)
    assert fit.f == pytest.approx(14.43941359, rel=1e-5)
    assert fit.sigma == pytest.approx(0.05751442908, rel=1e-5)


def test_newey_west_errors(traffic):
    fit = newey_west(*traffic, lags=4)
    assert {name: fit.term(name)[1] for name in NEWEY_WEST} == pytest.approx(NEWEY_WEST, rel=1e-5)
    assert fit.f == pytest.approx(14.43941359, rel=1e-5)


def test_ar1_test_of_the_residuals(traffic):
    found = ar1_test(ols(*traffic).residuals)
    assert (found.rho, found.se, found.t) == pytest.approx(
        (0.2816414818, 0.0943463455, 2.985186976), rel=1e-4
    )


def test_prais_winsten(traffic):
    fit = prais_winsten(*traffic)
    assert fit.rho == pytest.approx(0.2887052271, rel=1e-4)
    for name, figures in PRAIS_WINSTEN.items():
        assert fit.term(name) == pytest.approx(figures, rel=1e-4)


def test_reml_with_ar1_errors(traffic):
    fit = reml_ar1(*traffic, np.arange(108))
    assert fit.rho == pytest.approx(0.33317924, rel=1e-4)
    for name, figures in REML.items():
        assert fit.term(name) == pytest.approx(figures, rel=1e-4)
