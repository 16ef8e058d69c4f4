from datetime import date

import numpy as np
import pytest
from invented_series import START, counts, frame, mean_question, means, question

from analysis.designs import structural
from analysis.designs.effect import Break, Shock
from analysis.designs.fit import FitError
from analysis.designs.segmented import evaluate as primary
from analysis.designs.timeline import ordinal


def test_forecast_grows_less_sure_and_is_correlated():
    y = np.cumsum(np.random.default_rng(1).normal(size=60))
    found = structural.counterfactual(y, np.zeros((60, 0)), np.zeros((12, 0)))
    assert (np.diff(np.diag(found.cov)) > 0).all()
    assert found.cov[0, 5] > 0
    assert np.linalg.eigvalsh(found.cov).min() > 0
    assert found.starts_agree


def test_forecast_equals_that_of_the_package():
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 1))
    y = 5 + 2 * x[:, 0] + np.cumsum(rng.normal(0, 0.3, 60)) + rng.normal(size=60)
    found = structural.counterfactual(y[:48], x[:48], x[48:])
    model = UnobservedComponents(y[:48], level="llevel", exog=x[:48], mle_regression=False)
    forecast = model.smooth([found.irregular, found.level]).get_forecast(12, exog=x[48:])
    assert found.expected == pytest.approx(forecast.predicted_mean, rel=1e-3)
    assert np.diag(found.cov) == pytest.approx(forecast.var_pred_mean, rel=1e-2)


def test_answer_does_not_hang_on_the_unit_of_the_values():
    y = means()["value"].to_numpy()
    x = np.random.default_rng(3).normal(size=(58, 1))
    one = structural.counterfactual(y[:46], x[:46], x[46:])
    other = structural.counterfactual(y[:46] * 1e4, x[:46] * 1e-3, x[46:] * 1e-3)
    assert other.expected == pytest.approx(one.expected * 1e4, rel=1e-4)
    assert other.loglik == pytest.approx(one.loglik - 44 * np.log(1e4), abs=0.01)


@pytest.mark.parametrize(
    ("before", "x", "code"),
    [
        (np.full(30, 2.0), np.zeros((30, 0)), "zero_variance"),
        (np.arange(3.0), np.zeros((3, 0)), "not_identifiable"),
        (np.arange(30.0) % 4, np.ones((30, 1)), "not_identifiable"),
        (np.arange(30.0) % 4, np.full((30, 1), np.nan), "not_identifiable"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_its_reason(before, x, code):
    with pytest.raises(FitError) as failure:
        structural.counterfactual(before, x, x[:1])
    assert failure.value.code == code


@pytest.mark.parametrize(
    ("series", "asked"), [(counts(ratio=0.6), question()), (means(difference=-4), mean_question())]
)
def test_view_agrees_with_the_primary_analysis_on_a_large_effect(series, asked):
    view, main = structural.evaluate(series, asked), primary(series, asked)
    assert (view.method, view.scale) == ("structural", main.scale)
    assert view.high < (1 if view.scale == "ratio" else 0)
    assert view.low < main.estimate < view.high
    assert view.p == view.table["p"].iloc[0] < 0.05
    assert list(view.fit.columns) == list(main.fit.columns)


def test_control_that_moves_as_much_takes_the_effect_away():
    rng = np.random.default_rng(4)
    at = np.arange(ordinal(START) - 46, ordinal(START) + 12)
    course = np.cumsum(rng.normal(0, 0.5, len(at))) - 5 * (at >= ordinal(START))
    hundred = np.full(len(at), 100.0)
    series, control = (
        frame(at, v * 100, hundred, v) for v in (20 + course + rng.normal(0, 0.2, len(at)), 30 + course)
    )
    alone = structural.evaluate(series, mean_question())
    beside = structural.evaluate(series, mean_question(), control)
    assert abs(beside.estimate) < 1 < abs(alone.estimate)
    assert beside.verdict == "no_clear_change"
    assert (beside.high - beside.low) < (alone.high - alone.low)


def test_months_without_a_control_are_left_out():
    control = counts(seed=7)
    few = structural.evaluate(counts(), question(), control.iloc[:50])
    assert (few.verdict, few.reasons[0][0]) == ("too_little_data", "too_few_points")
    assert few.n_after == 4


def test_months_that_something_else_moved_after_the_start_are_left_out():
    series = counts(ratio=0.6)
    series.loc[50:52, "numerator"] *= 4
    shock = Shock("flood", *(series["period_start"].iloc[at].date() for at in (50, 52)))
    assert structural.evaluate(series, question(shocks=(shock,))).estimate == pytest.approx(0.6, abs=0.1)
    lasting = Break("new form", START)
    effect = structural.evaluate(series, question(breaks=(lasting,)))
    assert (effect.verdict, effect.reasons[0][0]) == ("too_little_data", "not_identifiable")


def test_only_months_with_the_full_change_are_judged():
    series = counts(46, 16)
    series.loc[52:, "numerator"] = (series.loc[52:, "numerator"] * 0.5).round()
    effect = structural.evaluate(series, question(impact="delayed_step", impact_months=6))
    assert effect.estimate == pytest.approx(0.5, abs=0.08)


def test_search_that_never_converges_gives_no_number(monkeypatch):
    monkeypatch.setattr(structural, "_try", lambda model, start: None)
    effect = structural.evaluate(counts(), question())
    assert (effect.verdict, effect.reasons[0][0]) == ("too_little_data", "did_not_converge")


def test_likelihood_that_is_not_at_a_maximum_gives_no_number(monkeypatch):
    monkeypatch.setattr(structural, "_at_maximum", lambda model, result: False)
    assert structural.evaluate(counts(), question()).reasons[0][0] == "did_not_converge"


@pytest.mark.parametrize(
    ("series", "asked", "code"),
    [
        (counts(7), question(), "too_few_points"),
        (counts(mean=0), question(), "all_zero"),
        (means().assign(value=2.0), mean_question(), "zero_variance"),
        (counts(), question(start=date(2031, 1, 1), settled=date(2031, 1, 1)), "start_outside_data"),
    ],
)
def test_bad_input_gives_the_reason_and_no_number(series, asked, code):
    effect = structural.evaluate(series, asked)
    assert (effect.verdict, effect.reasons[0][0]) == ("too_little_data", code)
    assert np.isnan([effect.estimate, effect.low, effect.high, effect.p]).all()
