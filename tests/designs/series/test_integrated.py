"""Regressions whose intervals allow for an unknown autocorrelation."""

import numpy as np
import pandas as pd
import pytest

from analysis.designs.fit import FitError
from analysis.designs.series.integrated import averaged, integrated, linearised
from analysis.designs.series.regression import quasi_poisson, reml_ar1

AT = np.arange(60)
TERMS = pd.DataFrame({"const": 1.0, "trend": AT - 40.0, "step": (AT >= 40) * 1.0})


def rates(terms, y, d, at):
    return integrated(terms, linearised(terms, y, d, share=False), at)


def means(terms, z, d, at):
    return integrated(terms, averaged(z, d), at)


def ar1(rho, seed, n=60):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=n)
    for i in range(1, n):
        noise[i] = rho * noise[i - 1] + np.sqrt(1 - rho**2) * noise[i]
    return noise


def test_rates_are_estimated_as_quasi_poisson_estimates_them():
    y = np.random.default_rng(2).poisson(80 * np.exp(0.2 * ar1(0.5, 3)))
    d = np.linspace(900.0, 1100.0, 60)
    assert rates(TERMS, y, d, AT).coef == pytest.approx(quasi_poisson(TERMS, y, d, AT).coef, abs=1e-6)


def test_intervals_are_wider_than_those_of_independent_months():
    wider = []
    for seed in range(20):
        y = np.random.default_rng(seed).poisson(200 * np.exp(0.15 * ar1(0.6, seed)))
        plain, ours = (f(TERMS, y, np.ones(60), AT) for f in (quasi_poisson, rates))
        wider.append(ours.term("step")[1] / plain.term("step")[1])
    assert np.median(wider) > 1.3


def test_means_lie_near_those_of_restricted_maximum_likelihood():
    z = ar1(0.5, 4) + 0.02 * AT
    ours, plain = means(TERMS, z, None, AT), reml_ar1(TERMS, z, AT)
    assert ours.term("step")[0] == pytest.approx(plain.term("step")[0], abs=0.15)
    assert ours.rho == pytest.approx(plain.rho, abs=0.15)


def test_a_mean_of_few_counts_less_than_a_mean_of_many():
    n = np.where(AT % 2, 400.0, 1.0)
    z = np.where(AT % 2, 0.0, 10.0) + np.random.default_rng(1).normal(size=60) / np.sqrt(n)
    level = means(TERMS[["const"]], z, n, AT).coef[0]
    assert level < np.average([0.0, 10.0])


@pytest.mark.parametrize("denominator", [None, np.full(60, 30.0), np.full(60, np.nan), np.zeros(60)])
def test_without_a_known_and_varying_base_all_noise_is_autoregressive(denominator):
    assert averaged(np.arange(60.0), denominator).own is None


def test_a_month_without_events_has_a_response():
    y = np.random.default_rng(5).poisson(2.0, 60)
    assert (y == 0).any()
    response = linearised(TERMS, y, np.ones(60), share=False)
    assert np.isfinite(response.z).all()


def test_shares_near_all_have_less_noise_of_counting_than_counts():
    y = np.random.default_rng(5).binomial(100, 0.9, 60)
    count, share = (linearised(TERMS, y, np.full(60, 100.0), share=s).own for s in (False, True))
    assert np.median(share / count) == pytest.approx(0.1, abs=0.02)


def test_the_interval_holds_the_estimate_and_agrees_with_p():
    y = np.random.default_rng(7).poisson(50 * np.where(AT >= 40, 0.6, 1.0))
    found = rates(TERMS, y, np.ones(60), AT).contrast(np.array([[0.0, 0.0, 1.0]]))
    assert found.low < found.estimate < found.high < 0
    assert found.p < 0.05


@pytest.mark.parametrize(
    ("values", "code"),
    [(np.ones(60), "zero_variance"), (5 + 0.1 * AT, "zero_variance")],
)
def test_values_that_the_terms_explain_exactly_are_refused(values, code):
    with pytest.raises(FitError) as failure:
        means(TERMS, values, None, AT)
    assert failure.value.code == code


def test_terms_that_cannot_be_told_apart_are_refused():
    with pytest.raises(FitError) as failure:
        means(TERMS.assign(again=TERMS["step"]), ar1(0.2, 1), None, AT)
    assert failure.value.code == "not_identifiable"


def test_an_effect_of_any_size_has_a_p_between_zero_and_one():
    rng = np.random.default_rng(42)
    for size in (0.0, -12.0, 50.0):
        values = rng.normal(size=60) + size * (AT >= 40)
        found = means(TERMS, values, None, AT).contrast(np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]))
        assert ((found.p >= 0) & (found.p <= 1)).all()
        assert found.p[0] == pytest.approx(found.p[1], rel=1e-6, abs=1e-300)


def test_a_typing_error_in_a_count_is_no_answer():
    y = np.random.default_rng(3).poisson(50, 60).astype(float)
    y[-1] = 1e9
    with pytest.raises(FitError) as failure:
        rates(TERMS, y, np.ones(60), AT)
    assert failure.value.code == "did_not_converge"


def test_a_term_whose_months_counted_nothing_is_no_answer():
    y = np.where((AT >= 5) & (AT < 12), 0, np.random.default_rng(3).poisson(50, 60))
    with pytest.raises(FitError) as failure:
        rates(TERMS.assign(shock=((AT >= 5) & (AT < 12)) * 1.0), y, np.ones(60), AT)
    assert failure.value.code == "did_not_converge"
