"""Whether a change can be attributed: comparison, breaks, choice of units, moves between parties."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from invented_series import counts, mean_question, means, question

from analysis.designs.effect import Break
from analysis.designs.segmented import evaluate
from analysis.designs.series.attribution import chosen_for_outcome, definition_breaks, moved_elsewhere


def check(effect, name):
    return next(c for c in effect.checks if c.name == name)


def test_a_fall_that_the_comparison_shares_cannot_be_attributed():
    own, other = counts(ratio=0.6, seed=3), counts(ratio=0.6, seed=4, mean=300)
    alone, beside = evaluate(own, question()), evaluate(own, question(), other)
    assert alone.high < 1
    assert beside.low < 1 < beside.high
    assert beside.verdict == "cannot_be_attributed"
    assert ("failed_check", {"check": "comparison_changed_as_much"}) in beside.reasons
    assert check(beside, "comparison_changed_as_much").values["own_high"] < 1


def test_a_fall_beyond_the_comparison_is_found_with_its_size():
    estimates = []
    for seed in range(6):
        effect = evaluate(counts(ratio=0.7, seed=seed), question(), counts(seed=seed + 50, mean=300))
        estimates.append(effect.estimate)
        assert check(effect, "comparison_changed_as_much").passed
    assert np.mean(estimates) == pytest.approx(0.7, abs=0.05)
    assert effect.method == "quasi_likelihood_integrated_compared"


def test_a_shock_that_strikes_both_does_not_move_the_difference():
    own, other = means(difference=-1.0, seed=1), means(seed=2)
    struck = own["period_start"].between("2024-03-01", "2024-05-01") * 8.0
    own["value"] += struck
    other["value"] += struck
    effect = evaluate(own, mean_question(), other)
    assert effect.estimate == pytest.approx(-1.0, abs=0.6)
    assert effect.scale == "difference"


def test_months_that_the_comparison_lacks_are_not_used():
    other = counts(seed=2)
    other.loc[5:9, "complete"] = False
    effect = evaluate(counts(), question(), other.drop(index=[20, 21]))
    assert effect.n_before == 46 - 7


def test_a_comparison_with_too_few_events_is_refused():
    other = counts(seed=2)
    other["numerator"] = 0.0
    effect = evaluate(counts(), question(), other)
    assert (effect.verdict, effect.reasons[0][0]) == ("too_little_data", "all_zero")


@pytest.mark.parametrize(
    ("first", "passed"),
    [
        (date(2025, 5, 1), True),
        (date(2025, 6, 1), False),
        (date(2025, 9, 1), False),
        (date(2025, 12, 1), False),
        (date(2026, 1, 1), True),
    ],
)
def test_a_definition_that_changed_near_the_start_cannot_be_told_apart(first, passed):
    (found,) = definition_breaks(question(breaks=(Break("manual", first),)))
    assert found.passed is passed


def test_a_definition_that_changed_long_before_is_allowed_for():
    series = counts(ratio=0.7, seed=2)
    jumped = series["period_start"] >= "2023-06-01"
    series.loc[jumped, "numerator"] = (series.loc[jumped, "numerator"] * 1.5).round()
    effect = evaluate(series, question(breaks=(Break("manual", date(2023, 6, 1)),)))
    assert effect.low < 0.7 < effect.high
    assert effect.table.set_index("term").loc["manual", "estimate"] == pytest.approx(1.5, abs=0.25)


def test_units_chosen_for_their_bad_figures_cannot_show_an_effect():
    effect = evaluate(counts(ratio=0.6), question(chosen_for_outcome=True))
    assert effect.verdict == "cannot_be_attributed"
    assert ("failed_check", {"check": "chosen_for_outcome"}) in effect.reasons
    assert chosen_for_outcome(question()) == ()


@pytest.mark.parametrize(("second_ratio", "passed"), [(1.4, False), (0.6, True)])
def test_what_one_party_loses_and_another_gains_has_moved(second_ratio, passed):
    first, second = counts(ratio=0.6), counts(ratio=second_ratio, seed=8)
    found = evaluate(first, question(), others=second)
    assert check(found, "moved_elsewhere").passed is passed
    assert (found.verdict == "cannot_be_attributed") is not passed


def test_what_others_gained_clearly_may_have_come_from_a_party_that_lost_a_little():
    own, others = counts(ratio=0.93, mean=200), counts(ratio=1.25, seed=8, mean=60)
    found = moved_elsewhere(own, others, question())
    assert found.values["own"] < 1 < found.values["others_low"]
    assert found.passed is False


def test_where_nobody_changed_clearly_nothing_has_moved():
    assert moved_elsewhere(counts(), counts(seed=8), question()).passed is True


def test_without_figures_of_the_others_nobody_knows():
    assert moved_elsewhere(counts(ratio=0.6), counts(seed=8).iloc[:3], question()).passed is None


def test_a_question_that_nothing_could_have_answered_is_too_little_data():
    series = counts(mean=12.0)
    effect = evaluate(series, question(plausible=0.97))
    assert effect.verdict == "too_little_data"
    assert effect.reasons[0][0] == "mde_above_plausible"
    assert evaluate(series, replace(question(), plausible=0.2)).verdict == "no_clear_change"


def test_a_jump_of_the_comparison_is_not_an_effect_of_the_unit():
    effect = evaluate(counts(seed=3), question(), counts(ratio=1.6, seed=5, mean=300))
    assert effect.high < 1
    assert check(effect, "comparison_moved").passed is False
    assert effect.verdict == "cannot_be_attributed"


def test_an_unclear_difference_from_a_restless_comparison_is_not_blamed_on_it():
    other = counts(seed=5, mean=300)
    restless = np.exp(0.6 * np.random.default_rng(1).normal(size=len(other)))
    other["numerator"] = (other["numerator"] * restless).round()
    effect = evaluate(counts(ratio=0.75, seed=3), question(), other)
    assert effect.low < 1 < effect.high
    assert check(effect, "comparison_changed_as_much").passed is True
    assert effect.verdict == "no_clear_change"
