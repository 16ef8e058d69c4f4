from datetime import date

import numpy as np
import pytest
from invented_series import START, counts, mean_question, means, question

from analysis.designs.segmented import evaluate
from analysis.designs.series import checks
from analysis.designs.series.model import fit_model
from analysis.designs.series.months import months
from analysis.designs.timeline import month_of, ordinal

BLOCKING = {
    "began_before",
    "bent_before",
    "placebo_dates",
    "window",
    "leave_one_month_out",
    "noise_after",
    "autocorrelation",
}
KEYS = {
    "began_before": {"months", "back", "estimate", "low", "high"},
    "placebo_dates": {"n", "n_as_large", "p"},
    "window": {
        "n",
        "n_agree",
        "n_not_possible",
        "estimate_min",
        "estimate_max",
        "level_min",
        "level_max",
        "kind",
    },
    "bent_before": {"months", "estimate", "low", "high"},
    "leave_one_month_out": {"n", "n_agree", "estimate_min", "estimate_max"},
    "noise_after": {"ratio", "p"},
    "other_model": {"method", "estimate", "low", "high"},
    "autocorrelation": {"rho", "lags", "p"},
}


def look(check, series, asked):
    rows = months(series, asked)
    return check(rows, asked, fit_model(rows, asked))


@pytest.mark.parametrize(("series", "asked"), [(counts(), question()), (means(), mean_question())])
def test_every_check_has_its_values_and_says_whether_it_blocks(series, asked):
    found = evaluate(series, asked).checks
    assert {check.name: set(check.values) for check in found} == KEYS
    assert {check.name for check in found if check.blocking} == BLOCKING


def test_clear_step_passes_every_check():
    assert all(check.passed for check in evaluate(counts(ratio=0.6), question()).checks)
    assert all(check.passed for check in evaluate(means(difference=-4), mean_question()).checks)


def test_change_that_began_before_the_start_is_not_attributed():
    series = counts(ratio=0.6)
    series.loc[40:45, "numerator"] = (series.loc[40:45, "numerator"] * 0.6).round()
    effect = evaluate(series, question())
    assert not look(checks.began_before, series, question()).passed
    assert effect.verdict in {"cannot_be_attributed", "no_clear_change"}


def test_earlier_step_the_other_way_does_not_fail():
    series = counts(ratio=0.4)
    series.loc[40:45, "numerator"] *= 2
    check = look(checks.began_before, series, question())
    assert check.values["low"] > 1
    assert check.passed


def test_began_before_is_not_made_with_too_few_months():
    check = look(checks.began_before, counts(17, 12), question(fourier_pairs=1))
    assert check.passed is None
    assert np.isnan(check.values["estimate"])
    made = look(checks.began_before, counts(18, 12), question(fourier_pairs=1))
    assert np.isfinite(made.values["estimate"])


def test_began_before_cannot_be_told_when_its_interval_holds_both_nothing_and_the_answer():
    check = look(checks.began_before, counts(46, 12, ratio=0.9, mean=6), question())
    assert check.values["low"] <= 0.9 <= check.values["high"]
    assert check.passed is None


@pytest.mark.parametrize(("before", "tried"), [(31, 8), (32, 9), (46, 23)])
def test_placebo_dates_have_twelve_months_on_each_side(before, tried):
    check = look(checks.placebo_dates, counts(before, 12, ratio=0.5), question())
    assert check.values["n"] == tried
    assert check.passed is (None if tried < 9 else True)
    assert check.table["date"].iloc[0] == month_of(ordinal(START) - before + 12)


def test_placebo_dates_reject_a_step_like_any_other():
    check = look(checks.placebo_dates, counts(46, 12, ratio=1.0, seed=2), question())
    assert check.passed is False
    assert check.values["p"] == (1 + check.values["n_as_large"]) / 24


def test_window_uses_the_last_two_years_when_none_are_given():
    table = look(checks.window, counts(36, 12, ratio=0.6), question()).table
    assert list(table["first"]) == [date(2023, 9, 1)]
    assert look(checks.window, counts(35, 12), question()).passed is None


def test_window_that_contradicts_fails():
    series = counts(60, 12, ratio=0.7)
    series.loc[:35, "numerator"] = (series.loc[:35, "numerator"] * 0.5).round()
    asked = question(
        first=month_of(ordinal(START) - 24),
        windows=((month_of(ordinal(START) - 60), None), (month_of(ordinal(START) - 4), None)),
    )
    check = look(checks.window, series, asked)
    assert (check.values["n"], check.values["n_not_possible"]) == (1, 1)
    assert check.passed is (check.values["n_agree"] == 1)


def test_other_model_allows_months_with_zero():
    series = counts(ratio=0.5)
    series.loc[3, "numerator"] = 0
    assert np.isfinite(look(checks.other_model, series, question()).values["estimate"])


def test_strong_autocorrelation_blocks():
    rng = np.random.default_rng(3)
    series = means()
    series["value"] = 20 + np.cumsum(rng.normal(0, 1, len(series)))
    check = checks.autocorrelation(fit_model(months(series, mean_question()), mean_question()))
    assert not check.passed
    assert check.blocking
