import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from analysis.designs.fit import FitError
from analysis.designs.series.autocorrelation import effective_df, lag_one
from analysis.designs.series.regression import quasi_poisson, reml_ar1

AT = np.array([*range(0, 20), *range(26, 50)])


def matrix(at=AT):
    return pd.DataFrame({"const": 1.0, "trend": at - 30.0, "step": (at >= 30) * 1.0})


def ar1(rho, n, rng):
    noise = rng.normal(size=n)
    for i in range(1, n):
        noise[i] = rho * noise[i - 1] + np.sqrt(1 - rho**2) * noise[i]
    return noise


def test_reml_equals_the_restricted_likelihood_written_out_with_full_matrices():
    X = matrix().to_numpy()
    y = 5 + ar1(0.5, 50, np.random.default_rng(2))[AT] + 0.1 * AT

    def minus_likelihood(rho):
        inverse = np.linalg.inv(rho ** np.abs(np.subtract.outer(AT, AT)))
        information = X.T @ inverse @ X
        coef = np.linalg.solve(information, X.T @ inverse @ y)
        rss = (y - X @ coef) @ inverse @ (y - X @ coef)
        dets = -np.linalg.slogdet(inverse)[1] + np.linalg.slogdet(information)[1]
        return (len(y) - 3) * np.log(rss) + dets, coef, information, rss

    best = optimize.minimize_scalar(lambda r: minus_likelihood(r)[0], bounds=(0.01, 0.98), method="bounded")
    _, coef, information, rss = minus_likelihood(best.x)
    fit = reml_ar1(matrix(), y, AT)
    assert fit.rho == pytest.approx(best.x, abs=1e-4)
    assert fit.coef == pytest.approx(coef, rel=1e-3)
    expected = np.sqrt(np.linalg.inv(information)[2, 2] * rss / (len(y) - 3))
    assert fit.term("step")[1] == pytest.approx(expected, rel=1e-3)


def test_autocorrelation_looks_only_at_months_that_are_adjacent():
    residuals = np.array([1.0, 1.0, -1.0, -1.0])
    assert lag_one(residuals, np.array([0, 1, 5, 6])) == pytest.approx(1.0)
    assert lag_one(residuals, np.array([0, 2, 5, 8])) == 0.0


@pytest.mark.parametrize(("rho", "df"), [(0.0, 50.0), (-0.4, 50.0), (0.5, 10.0), (0.9, 1.0)])
def test_effective_degrees_of_freedom(rho, df):
    assert effective_df(60, 10, rho) == pytest.approx(df)


def test_terms_that_cannot_be_told_apart_fail():
    twice = matrix().assign(again=matrix()["step"])
    with pytest.raises(FitError) as failure:
        reml_ar1(twice, np.random.default_rng(1).normal(size=len(AT)), AT)
    assert failure.value.code == "not_identifiable"


def test_a_term_that_drives_the_rate_to_zero_fails():
    y = np.where(AT < 30, 20.0, 0.0) + (AT % 2) * (AT < 30)
    with pytest.raises(FitError) as failure:
        quasi_poisson(matrix(), y, np.ones(len(AT)), AT)
    assert failure.value.code == "did_not_converge"
