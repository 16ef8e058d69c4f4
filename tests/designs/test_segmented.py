import warnings
from datetime import date

import numpy as np
import pandas as pd
import pytest
from invented_series import START, counts, frame, mean_question, means, question
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from analysis.designs.effect import Shock
from analysis.designs.segmented import evaluate
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError


def reason(effect):
    assert effect.verdict == "too_little_data"
    assert np.isnan([effect.estimate, effect.low, effect.high]).all()
    assert effect.table.empty
    assert effect.checks == ()
    assert effect.fit["expected"].isna().all()
    return effect.reasons[0]


def test_known_step_in_counts_is_found():
    effect = evaluate(counts(ratio=0.6), question())
    assert effect.low < 0.6 < effect.high < 1
    assert effect.verdict == "improved"
    assert (effect.scale, effect.method, effect.n_before, effect.n_after) == (
        "ratio",
        "quasi_likelihood_integrated",
        46,
        12,
    )


def test_known_step_in_counts_is_within_most_intervals():
    effects = [evaluate(counts(ratio=0.8, seed=seed), question()) for seed in range(12)]
    assert sum(effect.low < 0.8 < effect.high for effect in effects) >= 11


def test_known_step_in_means_is_found():
    effect = evaluate(means(difference=-4.0), mean_question())
    assert effect.low < -4.0 < effect.high < 0
    assert effect.verdict == "improved"
    assert (effect.scale, effect.method) == ("difference", "least_squares_integrated")


def test_series_without_a_change_is_rarely_called_changed():
    verdicts = [evaluate(counts(seed=seed), question()).verdict for seed in range(10)]
    assert verdicts.count("no_clear_change") >= 9


def test_a_rise_is_a_worsening_when_lower_is_better():
    assert evaluate(counts(ratio=1.8), question()).verdict == "worsened"
    assert evaluate(counts(ratio=1.8), question(better="higher")).verdict == "improved"


def test_order_of_rows_does_not_matter():
    series = counts(ratio=0.7)
    ordered, shuffled = (evaluate(s, question()) for s in (series, series.sample(frac=1, random_state=3)))
    assert_frame_equal(ordered.fit, shuffled.fit)
    assert_frame_equal(ordered.table, shuffled.table)


def test_input_is_left_as_it_was():
    series = counts()
    kept = series.copy()
    evaluate(series, question())
    assert_frame_equal(series, kept)


def test_missing_months_are_a_gap_in_time_and_never_zero():
    series = counts(ratio=0.6)
    gap = series.drop(index=range(20, 26))
    effect = evaluate(gap, question())
    assert effect.n_before == 40
    assert len(effect.fit) == len(series)
    assert effect.fit.loc[20:25, "value"].isna().all()
    assert not effect.fit.loc[20:25, "used"].any()
    assert effect.fit["expected"].notna().all()
    trend = effect.table.set_index("term").loc["trend", "estimate"]
    assert abs(np.log(trend) - 0.002) < 0.003


def test_months_not_fully_reported_are_not_used():
    series = counts(ratio=0.6)
    series.loc[series.index[-2:], ["numerator", "complete"]] = [0.0, False]
    effect = evaluate(series, question())
    assert effect.n_after == 10
    assert effect.estimate == pytest.approx(evaluate(series.iloc[:-2], question()).estimate)


def test_transition_is_left_out():
    series = counts(ratio=0.6)
    settled = month_of(ordinal(START) + 3)
    series.loc[46:48, "numerator"] = 100_000
    effect = evaluate(series, question(settled=settled))
    assert (effect.n_before, effect.n_after) == (46, 9)
    assert effect.low < 0.6 < effect.high
    assert effect.fit.loc[46:48, ["expected", "without"]].isna().all(axis=None)


def test_curves_are_in_the_measures_unit_and_without_starts_when_settled():
    effect = evaluate(counts(ratio=0.6), question())
    after = effect.fit["period_start"] >= pd.Timestamp(START)
    assert effect.fit.loc[~after, "without"].isna().all()
    assert_allclose(effect.fit.loc[after, "expected"] / effect.fit.loc[after, "without"], effect.estimate)
    assert effect.fit["expected"].between(30, 120).all()
    assert (effect.fit["expected_low"] < effect.fit["expected"]).all()
    assert (effect.fit["expected"] < effect.fit["expected_high"]).all()


def test_step_and_slope_gives_both_and_the_effect_at_the_end():
    effect = evaluate(counts(after=18, ratio=0.7), question(impact="step_and_slope"))
    table = effect.table.set_index("term")
    assert list(table.index) == ["trend", "step", "slope", "end"]
    assert table.loc["end", "estimate"] == pytest.approx(
        table.loc["step", "estimate"] * table.loc["slope", "estimate"] ** 17
    )


def test_shock_gets_its_own_term_and_does_not_move_the_step():
    series = counts(ratio=0.7)
    series.loc[10:21, "numerator"] *= 2
    first, last = (series.loc[i, "period_start"].date() for i in (10, 21))
    effect = evaluate(series, question(shocks=(Shock("pandemic", first, last),)))
    table = effect.table.set_index("term")
    assert table.loc["pandemic", "low"] < 2 < table.loc["pandemic", "high"]
    assert effect.low < 0.7 < effect.high


def test_shock_outside_the_window_gets_no_term():
    shock = Shock("long ago", date(1999, 1, 1), date(1999, 6, 1))
    assert "long ago" not in set(evaluate(counts(), question(shocks=(shock,))).table["term"])


def test_shock_in_which_nothing_was_counted_is_left_out():
    series = counts(ratio=0.6)
    series.loc[10:12, "numerator"] = 0.0
    first, last = (series.loc[i, "period_start"].date() for i in (10, 12))
    effect = evaluate(series, question(shocks=(Shock("strike", first, last),)))
    assert "strike" not in set(effect.table["term"])
    assert effect.n_before == 43
    assert effect.low < 0.6 < effect.high


@pytest.mark.parametrize(("before", "after", "answered"), [(7, 12, False), (8, 8, True), (46, 7, False)])
def test_eight_points_are_needed_on_each_side(before, after, answered):
    effect = evaluate(counts(before, after), question())
    assert (effect.verdict != "too_little_data") is answered
    if not answered:
        assert reason(effect) == ("too_few_points", {"n_before": before, "n_after": after, "needed": 8})


def test_months_of_a_shock_are_not_among_the_points_needed():
    shock = Shock("strike", START, date(2026, 1, 1))
    effect = evaluate(counts(46, 12), question(shocks=(shock,)))
    assert reason(effect)[1] == {"n_before": 46, "n_after": 7, "needed": 8}


def test_short_before_period_simplifies_the_season():
    effect = evaluate(counts(20, 12), question())
    assert ("season_simplified", {"asked": 2, "used": 1, "n_before": 20}) in effect.reasons


@pytest.mark.parametrize("start", [date(2010, 1, 1), date(2031, 1, 1)])
def test_start_outside_the_data_is_refused(start):
    code, values = reason(evaluate(counts(), question(start=start, settled=start)))
    assert code == "start_outside_data"
    assert set(values) == {"start", "first", "last"}


def test_empty_series_is_refused():
    assert reason(evaluate(counts().iloc[:0], question()))[0] == "too_few_points"


def test_only_incomplete_months_are_refused():
    assert reason(evaluate(counts().assign(complete=False), question()))[0] == "too_few_points"


def test_zeros_only_are_refused():
    assert reason(evaluate(counts().assign(numerator=0.0), question())) == ("all_zero", {"n": 58})


def test_constant_means_are_refused():
    assert reason(evaluate(means().assign(value=3.0), mean_question())) == ("zero_variance", {"n": 58})


def test_counts_without_any_noise_are_refused():
    series = counts().assign(numerator=50.0, denominator=1000.0)
    assert reason(evaluate(series, question()))[0] == "zero_variance"


def test_means_on_a_straight_line_are_refused():
    series = means()
    series["value"] = np.arange(len(series)) * 0.5
    assert reason(evaluate(series, mean_question()))[0] == "zero_variance"


def test_share_above_one_is_refused():
    series = counts()
    series.loc[5, "numerator"] = 2000
    code, values = reason(evaluate(series, question(kind="share", per=1.0)))
    assert (code, values["n"]) == ("numerator_above_denominator", 1)


@pytest.mark.parametrize(("events", "answered"), [(9, False), (10, True)])
def test_ten_events_are_needed_on_each_side(events, answered):
    series = counts()
    series.loc[46:, "numerator"] = [events - 5, 5] + [0] * 10
    effect = evaluate(series, question())
    assert (effect.verdict != "too_little_data") is answered
    if not answered:
        assert reason(effect)[0] == "few_events"


def test_shock_that_cannot_be_told_from_the_rest_is_refused():
    months_ = (date(2024, 1, 1), date(2024, 6, 1))
    shocks = (Shock("a", *months_), Shock("b", *months_))
    assert reason(evaluate(counts(), question(shocks=shocks))) == ("not_identifiable", {"n": 58})


def test_share_curves_stay_within_one():
    series = counts(mean=950)
    series["numerator"] = np.minimum(series["numerator"], series["denominator"])
    fit = evaluate(series, question(kind="share", per=1.0)).fit
    assert fit[["expected", "expected_high"]].max(axis=None) <= 1


@pytest.mark.parametrize("seed", range(8))
def test_sparse_counts_give_no_warning_and_no_traceback(seed):
    rng = np.random.default_rng(seed)
    at = np.arange(ordinal(START) - 20, ordinal(START) + 10)
    series = frame(at, rng.poisson(0.8, 30), np.where(rng.random(30) < 0.2, 0, 40).astype(float))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        effect = evaluate(series, question())
    sound = effect.verdict == "too_little_data" or np.isfinite([effect.low, effect.high]).all()
    assert sound


def test_same_month_twice_is_an_error():
    series = counts()
    with pytest.raises(DesignError, match="same month twice"):
        evaluate(pd.concat([series, series.iloc[:1]]), question())


def test_missing_column_is_an_error():
    with pytest.raises(DesignError, match="lacks complete"):
        evaluate(counts().drop(columns="complete"), question())


def test_settled_before_start_is_an_error():
    with pytest.raises(DesignError, match="settled before it starts"):
        evaluate(counts(), question(settled=date(2025, 1, 1)))
