from datetime import date

import numpy as np
import pandas as pd
import pytest
from invented_series import counts, mean_question, means, question

from analysis.designs import arima
from analysis.designs.effect import Shock
from analysis.designs.fit import FitError
from analysis.designs.segmented import evaluate as primary


def ramped(n: int = 60, seed: int = 1):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=n)
    for i in range(1, n):
        noise[i] += 0.4 * noise[i - 1]
    step = (np.arange(n) >= n // 2).astype(float)
    return 50 - 5 * step + noise, pd.DataFrame({"const": 1.0, "step": step})


def test_step_and_autocorrelation_are_found():
    found = arima.fit_arima(*ramped())
    assert found.term("step")[0] == pytest.approx(-5, abs=1.5)
    assert found.term("ar.L1")[0] == pytest.approx(0.4, abs=0.3)
    assert found.starts_agree
    assert len(found.starts) >= 2


def test_answer_does_not_hang_on_the_unit_of_the_values():
    values, terms = ramped()
    one, other = arima.fit_arima(values, terms), arima.fit_arima(values * 1e5, terms)
    assert other.coef[:2] == pytest.approx(one.coef[:2] * 1e5, rel=1e-3)
    assert other.se[:2] == pytest.approx(one.se[:2] * 1e5, rel=1e-2)
    assert other.loglik == pytest.approx(one.loglik - 60 * np.log(1e5), abs=0.01)


def test_missing_values_are_gaps_in_time():
    values, terms = ramped()
    values[[10, 11, 40]] = np.nan
    found = arima.fit_arima(values, terms)
    assert found.n == 57
    assert np.isnan(found.residuals[[10, 11, 40]]).all()


@pytest.mark.parametrize(
    ("values", "terms", "order", "code"),
    [
        (np.arange(4.0), pd.DataFrame({"const": np.ones(4)}), (1, 0, 1), "not_identifiable"),
        (np.full(40, 3.0), pd.DataFrame({"const": np.ones(40)}), (1, 0, 0), "zero_variance"),
        (np.arange(40.0) % 7, pd.DataFrame({"const": np.ones(40)}), (1, 1, 0), "not_identifiable"),
        (
            np.arange(40.0) % 7,
            pd.DataFrame({"a": np.ones(40), "b": np.ones(40)}),
            (1, 0, 0),
            "not_identifiable",
        ),
        (np.arange(40.0) % 7, pd.DataFrame({"a": np.full(40, np.nan)}), (1, 0, 0), "not_identifiable"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_its_reason(values, terms, order, code):
    with pytest.raises(FitError) as failure:
        arima.fit_arima(values, terms, order)
    assert failure.value.code == code


def test_search_that_never_converges_gives_no_number(monkeypatch):
    monkeypatch.setattr(arima, "_try", lambda model, start: None)
    effect = arima.evaluate(counts(), question())
    assert effect.verdict == "too_little_data"
    assert effect.reasons[0][0] == "did_not_converge"
    assert np.isnan(effect.estimate)


def test_hessian_that_is_not_positive_definite_gives_no_number(monkeypatch):
    monkeypatch.setattr(arima, "_covariance", lambda result: None)
    assert arima.evaluate(means(), mean_question()).reasons[0][0] == "did_not_converge"


@pytest.mark.parametrize("impact", ["step", "step_and_slope"])
@pytest.mark.parametrize(
    ("series", "asked"), [(counts(ratio=0.7), question()), (means(difference=-3), mean_question())]
)
def test_view_agrees_with_the_primary_analysis_on_a_large_effect(series, asked, impact):
    asked = type(asked)(**(vars(asked) | {"impact": impact}))
    view, main = arima.evaluate(series, asked), primary(series, asked)
    assert view.method == "arima"
    assert view.scale == main.scale
    assert main.low < view.estimate < main.high
    assert view.p == view.table["p"].iloc[0] < 0.05
    assert [check.name for check in view.checks] == ["starts_agree"]
    assert view.verdict == "cannot_be_attributed"
    assert list(view.fit.columns) == list(main.fit.columns)
    assert len(view.fit) == len(main.fit)


def test_differenced_model_has_an_answer_without_a_level():
    effect = arima.evaluate(means(difference=-3), mean_question(), order=(1, 1, 0))
    assert effect.estimate == pytest.approx(-3, abs=1.5)
    assert effect.fit["expected"].isna().all()


def test_shock_and_gaps_are_met():
    series = counts(ratio=0.7).drop(index=[5, 6])
    shock = Shock("flood", date(2023, 1, 1), date(2023, 3, 1))
    effect = arima.evaluate(series, question(shocks=(shock,)))
    assert "flood" in set(effect.table["term"])
    assert np.isfinite(effect.estimate)


@pytest.mark.parametrize(
    ("series", "asked", "code"),
    [
        (counts(7), question(), "too_few_points"),
        (counts(mean=0), question(), "all_zero"),
        (means().assign(value=2.0), mean_question(), "zero_variance"),
        (counts(), question(start=date(2031, 1, 1), settled=date(2031, 1, 1)), "start_outside_data"),
        (counts().assign(denominator=1.0), question(kind="share", per=1.0), "numerator_above_denominator"),
    ],
)
def test_bad_input_gives_the_reason_and_no_number(series, asked, code):
    effect = arima.evaluate(series, asked)
    assert (effect.verdict, effect.reasons[0][0]) == ("too_little_data", code)
    assert np.isnan([effect.estimate, effect.low, effect.high, effect.p]).all()
