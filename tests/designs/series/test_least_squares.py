import numpy as np
import pandas as pd
import pytest

from analysis.designs.fit import FitError
from analysis.designs.series.least_squares import ar1_test, newey_west, ols, prais_winsten


def data(rho: float = 0.5, n: int = 60, seed: int = 1):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=n)
    for i in range(1, n):
        noise[i] += rho * noise[i - 1]
    time = np.arange(n, dtype=float)
    terms = pd.DataFrame({"const": 1.0, "trend": time, "step": (time >= n // 2).astype(float)})
    return terms, 3 + 0.1 * time + 2 * terms["step"].to_numpy() + noise


def test_newey_west_moves_only_the_errors():
    terms, y = data()
    plain, robust = ols(terms, y), newey_west(terms, y, lags=3)
    assert robust.coef == pytest.approx(plain.coef)
    assert (robust.se != plain.se).all()
    raw = newey_west(terms, y, lags=3, use_correction=False)
    assert robust.cov == pytest.approx(raw.cov * 60 / 57)


def test_prais_winsten_without_autocorrelation_is_close_to_least_squares():
    terms, y = data(rho=0.0)
    found = prais_winsten(terms, y)
    assert abs(found.rho) < 0.3
    assert found.coef == pytest.approx(ols(terms, y).coef, abs=0.2)


def test_prais_winsten_finds_the_autocorrelation():
    assert prais_winsten(*data(rho=0.6, n=600)).rho == pytest.approx(0.6, abs=0.1)


def test_row_after_a_gap_starts_a_new_run():
    terms, y = data()
    at = np.arange(60)
    at[30:] += 5
    assert prais_winsten(terms, y, at).coef != pytest.approx(prais_winsten(terms, y).coef, rel=1e-9)
    assert prais_winsten(terms, y, np.arange(60)).coef == pytest.approx(prais_winsten(terms, y).coef)


@pytest.mark.parametrize("fit", [ols, prais_winsten, lambda X, y: newey_west(X, y, lags=3)])
def test_what_cannot_be_fitted_is_refused_with_its_reason(fit):
    terms, y = data()
    with pytest.raises(FitError, match="not_identifiable"):
        fit(terms.assign(twice=terms["step"]), y)
    with pytest.raises(FitError, match="not_identifiable"):
        fit(terms.iloc[:3], y[:3])
    with pytest.raises(FitError, match="not_identifiable"):
        fit(terms, np.where(np.arange(60) == 5, np.nan, y))
    with pytest.raises(FitError, match="zero_variance"):
        fit(terms, np.full(60, 2.0))


def test_lag_test_needs_four_residuals_that_vary():
    with pytest.raises(FitError, match="not_identifiable"):
        ar1_test([1.0, 2.0, 3.0])
    with pytest.raises(FitError, match="not_identifiable"):
        ar1_test(np.zeros(20))
    assert ar1_test([1.0, -2.0, 3.0, -1.0, 2.0]).rho < 0


def test_term_and_p_are_those_of_the_named_term():
    terms, y = data()
    found = ols(terms, y)
    assert found.term("step") == (found.coef[2], found.se[2])
    assert 0 <= found.p("step") <= 1
