import time
from datetime import date

import numpy as np
import pytest
from invented_series import START, counts, frame, mean_question, means, question

from analysis.designs.effect import Break, Shock
from analysis.designs.multiverse import CHOICES, as_check, multiverse
from analysis.designs.segmented import evaluate
from analysis.designs.timeline import ordinal
from analysis.errors import DesignError

SHOCK = Shock("flood", date(2023, 1, 1), date(2023, 3, 1))
BREAK = Break("new form", date(2024, 1, 1))


@pytest.mark.parametrize(
    ("series", "asked"), [(counts(ratio=0.8), question()), (means(difference=-1), mean_question())]
)
def test_stated_specification_comes_first_and_is_the_primary_answer(series, asked):
    table = multiverse(series, asked, most=15).table
    assert table["stated"].tolist() == [True] + [False] * (len(table) - 1)
    primary = evaluate(series, asked)
    first = table.iloc[0]
    assert tuple(first[["estimate", "low", "high"]]) == pytest.approx(
        (primary.estimate, primary.low, primary.high)
    )
    assert tuple(first[CHOICES]) == ("stated", 0, "stated", "main", "", "with", "with")


def test_every_choice_is_varied_one_at_a_time_first():
    asked = mean_question(shocks=(SHOCK,), breaks=(BREAK,), settled=date(2025, 10, 1))
    series = means(60, 14, difference=-3)
    series.loc[20, "value"] += 20
    table = multiverse(series, asked, most=25).table
    changed = (table[CHOICES] != table[CHOICES].iloc[0]).sum(axis=1)
    assert changed.is_monotonic_increasing
    for name in CHOICES:
        assert (table[name] != table[name].iloc[0]).any()
    assert set(table["transition"]) >= {-1, 0, 1, 2, 3}
    outlier = series["period_start"].iloc[20].date().isoformat()
    assert set(table["left_out"]) == {"", outlier}


def test_equal_specifications_are_given_once():
    table = multiverse(counts(20, 12), question()).table  # two Fourier pairs become one: the same as one
    assert "fourier1" not in set(table["season"])
    assert not table.duplicated(CHOICES).any()


def test_grid_is_never_larger_than_asked_and_keeps_the_stated_one():
    for most in (1, 7, 40):
        table = multiverse(counts(), question(), most=most).table
        assert len(table) <= most
        assert table["stated"].sum() == 1


def test_specifications_that_fail_are_told_with_their_reason():
    found = multiverse(counts(46, 9), question())
    failed = found.table[found.table["reason"] != ""]
    assert set(failed["reason"]) == {"too_few_points"}
    assert (failed["transition"] > 1).all()
    assert failed["estimate"].isna().all()
    assert len(found.fitted) + len(failed) == len(found.table)


def test_clear_effect_has_the_same_sign_everywhere():
    found = multiverse(counts(ratio=0.6), question())
    check = as_check(found)
    assert found.share_same_sign == 1
    assert found.share_clear > 0.9
    assert (check.name, check.passed, check.blocking) == ("multiverse", True, True)
    assert check.values["n"] == len(found.fitted)
    assert check.values["median"] == found.median == pytest.approx(0.6, abs=0.05)


def hanging_on_one_choice():
    """A rise in all but the stated specification: the months right after the stated start are low."""
    series = means(46, 20)
    at = np.arange(ordinal(START) - 46, ordinal(START) + 20)
    value = 20 + np.random.default_rng(1).normal(0, 0.3, len(at)) + 0.2 * (at >= ordinal(START) + 1)
    value[46] = 10
    return frame(at, value * 100, series["denominator"], value)


def test_sign_that_hangs_on_one_choice_blocks():
    check = as_check(multiverse(hanging_on_one_choice(), mean_question(season="none")))
    assert check.values["share_same_sign"] < 0.75
    assert (check.passed, check.blocking) == (False, True)


def test_without_a_stated_answer_the_check_is_not_made():
    check = as_check(multiverse(counts(46, 7), question()))
    assert (check.passed, check.blocking) == (None, True)
    assert np.isnan(check.values["share_same_sign"])


@pytest.mark.parametrize(("most", "passed"), [(3, None), (4, True)])
def test_fewer_than_four_answers_are_no_check(most, passed):
    check = as_check(multiverse(counts(ratio=0.6), question(), most=most))
    assert (check.values["n"], check.passed, check.blocking) == (most, passed, True)


def test_comparison_is_part_of_every_specification():
    other = counts(seed=9, ratio=0.7)
    alone = multiverse(counts(ratio=0.7), question(), most=8).table
    beside = multiverse(counts(ratio=0.7), question(), other, most=8).table
    assert (alone["estimate"] < 0.85).all()
    assert beside["estimate"].between(0.85, 1.15).all()
    assert "quasi_poisson" not in set(beside["model"])


@pytest.mark.parametrize("series", [counts(mean=0), counts().iloc[:0], means().assign(value=2.0)])
def test_series_without_an_answer_gives_only_reasons(series):
    asked = mean_question() if series["value"].eq(2.0).any() else question()
    found = multiverse(series, asked, most=5)
    assert (found.table["reason"] != "").all()


def test_columns_that_are_missing_are_refused():
    with pytest.raises(DesignError):
        multiverse(counts().drop(columns="numerator"), question())


@pytest.mark.proof
def test_two_hundred_fits_take_at_most_three_seconds():
    asked = mean_question(shocks=(SHOCK,), breaks=(BREAK,), settled=date(2025, 11, 1))
    began = time.process_time()
    found = multiverse(means(60, 20), asked)
    assert len(found.table) > 120
    assert time.process_time() - began <= 3 * len(found.table) / 200 + 0.5
