from datetime import date

import numpy as np
import pytest
from invented_series import START, counts, mean_question, means, question

from analysis.designs import arima, structural
from analysis.designs.effect import Break
from analysis.designs.series.months import months, within
from analysis.designs.series.views import in_unit, modelled, told


def test_rates_are_modelled_on_the_log_scale_and_means_as_they_are():
    rows = within(months(counts(), question()), question())
    assert modelled(rows, question()) == pytest.approx(np.log(rows["numerator"] / rows["denominator"]))
    rows = within(months(means(), mean_question()), mean_question())
    assert modelled(rows, mean_question()).tolist() == rows["value"].tolist()


def test_half_an_event_is_added_when_a_used_month_has_none():
    series = counts()
    series.loc[3, "numerator"] = 0
    rows = within(months(series, question()), question())
    raised = (rows["numerator"] + 0.5) / rows["denominator"]
    assert np.exp(modelled(rows, question())) == pytest.approx(raised)
    series.loc[3, "complete"] = False
    unused = within(months(series, question()), question())
    assert np.exp(modelled(unused, question()))[4] * 1.0 == pytest.approx(
        unused["numerator"][4] / unused["denominator"][4]
    )


def test_effects_and_levels_come_back_to_the_measures_unit():
    assert told(np.log(0.5), question()) == pytest.approx(0.5)
    assert told(-2.0, mean_question()) == -2.0
    assert in_unit(np.log([0.02]), question()) == pytest.approx([20.0])
    assert in_unit(np.array([0.3]), question(kind="share", per=1.0)).tolist() == [1.0]


@pytest.mark.parametrize("view", [arima, structural])
def test_a_clear_change_in_a_view_is_never_a_verdict_of_its_own(view):
    effect = view.evaluate(counts(ratio=0.6), question())
    assert effect.high < 1
    assert (effect.verdict, effect.reasons) == ("cannot_be_attributed", (("view_only", {}),))
    unclear = view.evaluate(counts(), question())
    assert (unclear.verdict, unclear.reasons) == ("no_clear_change", ())


@pytest.mark.parametrize("view", [arima, structural])
def test_what_is_known_beforehand_blocks_a_view_too(view):
    asked = question(chosen_for_outcome=True, breaks=(Break("new form", date(2025, 7, 1)),))
    series = counts(ratio=0.6)
    assert asked.breaks[0].first < START
    effect = view.evaluate(series, asked)
    failed = {check.name for check in effect.checks if check.blocking and check.passed is False}
    assert failed == {"chosen_for_outcome", "definition_break"}


@pytest.mark.parametrize("view", [arima, structural])
def test_searches_that_end_in_different_places_give_no_number(view, monkeypatch):
    fitted = {arima: arima.ArimaFit, structural: structural.Counterfactual}[view]
    monkeypatch.setattr(fitted, "starts_agree", property(lambda found: False))
    effect = view.evaluate(counts(), question())
    assert (effect.verdict, effect.reasons[0][0]) == ("too_little_data", "did_not_converge")
    assert np.isnan([effect.estimate, effect.low, effect.high]).all()
