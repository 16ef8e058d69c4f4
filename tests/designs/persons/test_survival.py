import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from analysis.designs.persons.survival import (
    by_group,
    kaplan_meier,
    log_rank,
    median_time,
    refuse_unknown_events,
    restricted_mean,
    restricted_mean_of,
    survival_at,
)
from analysis.errors import DesignError

TIMES = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1)), min_size=2, max_size=40)


def persons(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["time", "event"])


@pytest.fixture
def sixteen():
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "time": rng.exponential(10, 160),
            "event": rng.integers(0, 2, 160),
            "ward": np.repeat(["a", "b"], 80),
        }
    )


def test_survival_without_cut_off_is_the_share_still_there():
    curve = kaplan_meier(persons((1, 1), (2, 1), (2, 1), (4, 1)))
    assert_allclose(curve["survival"], [0.75, 0.25, 0.0], atol=1e-12)
    assert curve["at_risk"].tolist() == [4, 3, 1]
    assert_allclose(curve["se"][0], np.sqrt(0.75 * 0.25 / 4))


def test_somebody_cut_off_leaves_the_risk_set_without_an_event():
    curve = kaplan_meier(persons((1, 0), (2, 1), (3, 1)))
    assert curve["survival"].tolist() == [0.5, 0.0]


def test_an_event_at_time_zero_counts():
    assert kaplan_meier(persons((0, 1), (1, 1)))["survival"].tolist() == [0.5, 0.0]


def test_a_group_without_events_keeps_everybody():
    curve = kaplan_meier(persons((3, 0), (5, 0)))
    assert curve[["time", "survival", "events"]].to_numpy().tolist() == [[5, 1, 0]]
    assert np.isnan(median_time(curve)["median"][0])


def test_the_two_intervals_hold_the_estimate_and_differ(sixteen):
    log, log_log = (kaplan_meier(sixteen, interval=kind).iloc[10] for kind in ("log", "log_log"))
    for row in (log, log_log):
        assert 0 < row["low"] < row["survival"] < row["high"] <= 1
    assert log["low"] != log_log["low"]


def test_before_the_first_event_everybody_is_still_there(sixteen):
    found = survival_at(kaplan_meier(sixteen, group="ward"), 0.0)
    assert found["group"].tolist() == ["a", "b"]
    assert (found["survival"] == 1).all()


def test_the_median_is_the_first_time_at_exactly_one_half():
    assert median_time(kaplan_meier(persons((1, 1), (7, 1))))["median"][0] == 1


@given(TIMES)
def test_survival_never_rises_and_stays_between_zero_and_one(rows):
    survival = kaplan_meier(persons(*rows))["survival"].to_numpy()
    assert ((survival >= -1e-12) & (survival <= 1)).all()
    assert (np.diff(survival) <= 1e-12).all()


@given(st.lists(st.integers(0, 20), min_size=2, max_size=40), st.integers(1, 25))
def test_the_restricted_mean_without_cut_off_is_the_mean_of_the_times(times, horizon):
    time = np.array(times, float)
    mean, variance = restricted_mean_of(time, np.ones(len(time), int), horizon)
    assert_allclose(mean, np.minimum(time, horizon).mean(), atol=1e-9)
    assert_allclose(variance, np.minimum(time, horizon).var() / len(time), atol=1e-9)


def test_the_restricted_mean_is_unknown_when_observation_ends_too_early():
    frame = persons((1, 1), (5, 0))
    assert restricted_mean(frame, 5.0)["mean"][0] == 3.0
    assert np.isnan(restricted_mean(frame, 5.1)["mean"][0])


def test_the_log_rank_test_finds_a_difference_and_can_be_stratified(sixteen):
    slow = sixteen.assign(time=sixteen["time"] * np.where(sixteen["ward"] == "a", 1, 4), event=1)
    assert log_rank(slow, group="ward")[1] < 0.001
    mixed = slow.assign(layer=np.tile(["x", "y"], 80))
    assert log_rank(mixed, group="ward", strata="layer")[1] < 0.001


@pytest.mark.parametrize(
    "frame",
    [
        persons((1, 1)).drop(columns="event"),
        persons(),
        persons((-1, 1)),
        persons((np.nan, 1)),
        persons((np.inf, 1)),
        persons((1, 2)),
        persons((1, np.nan)),
        persons((1, 0.5)),
    ],
)
def test_impossible_input_is_refused(frame):
    with pytest.raises(DesignError):
        kaplan_meier(frame)


def test_unknown_codes_are_named():
    with pytest.raises(DesignError, match="9"):
        refuse_unknown_events(pd.Series([0, 9]), (0, 1, 2, 3))


def test_a_test_of_one_group_or_without_events_is_refused(sixteen):
    with pytest.raises(DesignError, match="one group"):
        log_rank(sixteen[sixteen["ward"] == "a"], group="ward")
    with pytest.raises(DesignError, match="no events"):
        log_rank(sixteen.assign(event=0), group="ward")


def test_persons_without_a_group_are_refused(sixteen):
    with pytest.raises(DesignError, match="ward"):
        list(by_group(sixteen.assign(ward=None), "ward"))


@pytest.mark.parametrize("horizon", [0, -1, np.nan])
def test_a_horizon_must_be_above_zero(sixteen, horizon):
    with pytest.raises(DesignError, match="horizon"):
        restricted_mean(sixteen, horizon)
