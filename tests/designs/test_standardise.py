from datetime import date

import numpy as np
import pandas as pd
import pytest
from invented_series import START, question
from numpy.testing import assert_allclose

from analysis.designs.fit import FitError
from analysis.designs.standardise import evaluate, standardised_series
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError

COVARIATES = ["age", "sex"]


def persons(before=30, after=12, *, n=120, effect=0.0, older=0.0, kind="mean", seed=1) -> pd.DataFrame:
    """Persons of two ages; from START `older` more are old, and the outcome is `effect` higher."""
    rng = np.random.default_rng(seed)
    parts = []
    for place in range(-before, after):
        old = rng.random(n) < 0.3 + older * (place >= 0)
        sex = rng.choice(["f", "m"], n)
        linear = -1.5 + 1.5 * old + 0.2 * (sex == "m") + effect * (place >= 0)
        chance = 1 / (1 + np.exp(-linear))
        outcome = {
            "mean": linear + rng.normal(0, 1, n),
            "share": (rng.random(n) < chance) * 1.0,
            "count": rng.poisson(np.exp(linear)) * 1.0,
        }[kind]
        period = pd.Timestamp(month_of(ordinal(START) + place))
        parts.append(
            pd.DataFrame(
                {"period_start": period, "outcome": outcome, "age": np.where(old, "old", "young"), "sex": sex}
            )
        )
    return pd.concat(parts, ignore_index=True)


def asked(kind="mean", **changes):
    return question(**({"kind": kind, "per": 1.0} | changes))


def check(effect, name):
    return next(one for one in effect.checks if one.name == name)


@pytest.mark.parametrize("kind", ["mean", "share", "count"])
def test_a_change_of_mix_alone_is_no_effect_and_is_told(kind):
    found = evaluate(persons(older=0.5, kind=kind), asked(kind), COVARIATES)
    assert found.verdict == "no_clear_change"
    assert found.method.startswith("standardised_")
    mix = check(found, "case_mix")
    assert mix.passed is False
    assert mix.blocking
    assert mix.values["crude_low"] > (0 if kind == "mean" else 1)
    assert mix.values["share_explained"] == pytest.approx(1, abs=0.4)


def test_an_effect_that_a_change_of_mix_hides_is_found():
    found = evaluate(persons(older=0.4, effect=-0.6), asked(), COVARIATES)
    assert found.low < -0.6 < found.high < 0
    assert check(found, "case_mix").passed
    assert check(found, "positivity").passed
    assert check(found, "missing_case_mix").passed


def test_the_months_of_one_mix_are_as_they_were():
    frame = persons(before=3, after=3)
    alike = frame[frame["period_start"] == frame["period_start"].min()]
    same = pd.concat(
        [alike.assign(period_start=period, outcome=alike["outcome"] + at)
         for at, period in enumerate(frame["period_start"].unique())]
    )  # fmt: skip
    crude = same.groupby("period_start")["outcome"].mean()
    assert_allclose(standardised_series(same, asked(), COVARIATES)["value"], crude)


@pytest.mark.parametrize(("kind", "certain"), [("share", 0.0), ("share", 1.0), ("count", 0.0)])
def test_a_month_in_which_all_have_one_outcome_keeps_it(kind, certain):
    frame = persons(before=6, after=6, kind=kind)
    first = frame["period_start"] == frame["period_start"].min()
    frame.loc[first, "outcome"] = certain
    series = standardised_series(frame, asked(kind), COVARIATES)
    assert series["value"].iloc[0] == certain
    assert series["value"].iloc[1:].between(0.05, 0.95).all()


def test_all_zero_outcomes_stay_zero_and_are_refused():
    found = evaluate(persons(kind="share").assign(outcome=0.0), asked("share"), COVARIATES)
    assert found.verdict == "too_little_data"
    assert found.reasons[0][0] == "all_zero"
    assert found.checks == ()


def test_a_level_that_has_no_events_does_not_stop_the_answer():
    frame = persons(kind="share")
    frame.loc[frame["sex"] == "m", "outcome"] = 0.0
    series = standardised_series(frame, asked("share"), COVARIATES)
    assert series["value"].between(0, 0.5).all()


def test_shares_never_leave_zero_to_one_and_persons_are_counted():
    series = standardised_series(persons(kind="share"), asked("share", per=100.0), COVARIATES)
    assert series["value"].between(0, 100).all()
    assert_allclose(series["numerator"] / series["denominator"] * 100, series["value"])
    assert (series["denominator"] == 120).all()


def test_months_with_fewer_than_ten_persons_are_not_complete():
    frame = persons(before=6, after=6)
    first = frame["period_start"] == frame["period_start"].min()
    for kept, complete in ((9, False), (10, True)):
        rows = pd.concat([frame[first].head(kept), frame[~first]])
        assert standardised_series(rows, asked(), COVARIATES)["complete"].iloc[0] == complete


def test_a_sort_of_person_on_one_side_only_takes_the_attribution_away():
    frame = persons(effect=-2.0)
    late = frame["period_start"] >= pd.Timestamp(START)
    frame["sex"] = np.where(late & (np.arange(len(frame)) % 4 == 0), "unknown", frame["sex"])
    found = evaluate(frame, asked(), COVARIATES)
    alone = check(found, "positivity")
    assert alone.passed is False
    assert alone.values["covariate"] == "sex"
    assert found.verdict == "cannot_be_attributed"
    assert ("failed_check", {"check": "positivity"}) in found.reasons


def test_missing_covariates_are_counted_and_more_of_them_after_is_a_failed_check():
    frame = persons(effect=-2.0)
    late = frame["period_start"] >= pd.Timestamp(START)
    frame.loc[late & (np.arange(len(frame)) % 5 == 0), "age"] = None
    found = evaluate(frame, asked(), COVARIATES)
    missing = check(found, "missing_case_mix")
    assert missing.passed is False
    assert missing.values["share_before"] == 0
    assert missing.values["share_after"] == pytest.approx(0.2)
    assert dict(found.reasons)["rows_left_out"]["n"] == missing.values["n"]
    assert found.verdict == "cannot_be_attributed"


def test_a_covariate_that_is_the_change_itself_cannot_be_told_apart():
    frame = persons(before=12).assign(late=lambda rows: rows["period_start"] >= pd.Timestamp(START))
    with pytest.raises(FitError, match="not_identifiable"):
        standardised_series(frame, asked(), ["late"])
    found = evaluate(frame, asked(), ["late"])
    assert found.verdict == "too_little_data"
    assert found.reasons[0] == ("not_identifiable", {"n": len(frame)})


def test_too_few_months_are_refused_without_checks():
    found = evaluate(persons(before=5, after=5), asked(), COVARIATES)
    assert found.reasons[0][0] == "too_few_points"
    assert found.checks == ()


def test_a_window_is_kept_to():
    found = evaluate(persons(), asked(first=date(2024, 1, 1)), COVARIATES)
    assert found.n_before == 20
    assert check(found, "case_mix").values["adjusted"] == found.estimate


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"age": None}, "mean", "no row has"),
        ({"outcome": 2.0}, "share", "other values"),
        ({"outcome": -1.0}, "count", "below 0"),
    ],
)
def test_impossible_persons_are_refused(change, kind, message):
    with pytest.raises(DesignError, match=message):
        evaluate(persons(before=2, after=2).assign(**change), asked(kind), COVARIATES)


def test_covariates_must_be_named_and_there():
    with pytest.raises(DesignError, match="no covariates"):
        evaluate(persons(before=2, after=2), asked(), [])
    with pytest.raises(DesignError, match="lack ward"):
        evaluate(persons(before=2, after=2), asked(), ["ward"])


@pytest.mark.parametrize("kind", ["mean", "share"])
def test_persons_with_an_infinite_covariate_are_left_out_and_counted(kind):
    frame = persons(before=12, kind=kind).assign(age=lambda rows: (rows["age"] == "old") * 40.0 + 40)
    frame.loc[::200, "age"] = np.inf
    found = evaluate(frame, asked(kind), COVARIATES)
    assert np.isfinite(found.estimate)
    assert dict(found.reasons)["rows_left_out"]["n"] == len(frame.loc[::200])
    with pytest.raises(DesignError, match="no row has"):
        evaluate(frame.assign(age=np.inf), asked(kind), COVARIATES)
