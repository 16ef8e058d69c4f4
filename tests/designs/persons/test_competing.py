import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from analysis.designs.fit import FitError
from analysis.designs.persons.competing import cumulative_incidence, fine_gray, incidence_of, time_in_state
from analysis.designs.persons.hazards import cox
from analysis.designs.persons.survival import kaplan_meier
from analysis.errors import DesignError

ROWS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), min_size=2, max_size=40).filter(
    lambda rows: any(event for _, event in rows)
)


def persons(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["time", "event"])


@given(ROWS)
def test_waiting_and_all_incidences_add_up_to_one(rows):
    found = cumulative_incidence(persons(rows))
    total = found.groupby("time")["incidence"].sum() + found.groupby("time")["waiting"].first()
    assert_allclose(total, 1)


@given(ROWS)
def test_waiting_is_the_survival_of_any_event(rows):
    frame = persons(rows)
    curve = kaplan_meier(frame.assign(event=(frame["event"] > 0).astype(int)))
    waiting = cumulative_incidence(frame).groupby("time")["waiting"].first()
    assert_allclose(waiting, curve["survival"], atol=1e-12)


@given(ROWS, st.integers(1, 20))
def test_without_cut_off_an_incidence_is_a_share_with_its_usual_variance(rows, horizon):
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    event = np.where(event == 0, 3, event)
    share = ((event == 1) & (time <= horizon)).mean()
    incidence, variance = incidence_of(time.astype(float), event, 1, horizon)
    assert_allclose(incidence, share, atol=1e-12)
    assert_allclose(variance, share * (1 - share) / len(time), atol=1e-12)


@given(ROWS, st.integers(1, 30))
def test_the_mean_times_in_all_states_add_up_to_the_horizon(rows, horizon):
    states = time_in_state(persons(rows), horizon)["mean"]
    assert np.isnan(states).all() or np.isclose(states.sum(), horizon)


def test_an_event_at_exactly_the_horizon_counts():
    time, event = np.array([24.0, 24.1, 30.0]), np.array([1, 1, 2])
    assert incidence_of(time, event, 1, 24.0)[0] == pytest.approx(1 / 3)
    assert incidence_of(time, event, 1, 23.9)[0] == 0


def test_an_incidence_is_unknown_when_nobody_was_observed_to_the_horizon():
    time, event = np.array([2.0, 5.0]), np.array([1, 0])
    assert incidence_of(time, event, 1, 5.0)[0] == 0.5
    assert np.isnan(incidence_of(time, event, 1, 6.0)[0])


def test_the_variance_with_cut_off_is_that_of_repeated_samples():
    rng = np.random.default_rng(1)
    found = []
    for _ in range(400):
        home, death, cut = rng.exponential([[10], [30], [25]], (3, 150))
        time = np.minimum(np.minimum(home, death), cut)
        event = np.where(time == home, 1, np.where(time == death, 2, 0))
        found.append(incidence_of(time, event, 1, 12.0))
    estimates, variances = np.array(found).T
    assert_allclose(variances.mean(), estimates.var(), rtol=0.15)


def test_deaths_as_cut_off_overstate_the_incidence():
    frame = persons([(1, 2), (2, 1), (3, 2), (4, 1)])
    naive = 1 - kaplan_meier(frame.assign(event=(frame["event"] == 1).astype(int)))["survival"].iloc[-1]
    assert naive == 1
    assert cumulative_incidence(frame).query("cause == 1")["incidence"].iloc[-1] == 0.5


def test_the_limits_hold_the_incidence_and_lie_between_zero_and_one():
    rng = np.random.default_rng(2)
    frame = persons(np.column_stack([rng.integers(1, 30, 200), rng.integers(0, 3, 200)]))
    found = cumulative_incidence(frame, causes=[2])
    assert found["cause"].unique().tolist() == [2]
    assert ((found["low"] <= found["incidence"]) & (found["incidence"] <= found["high"])).all()
    assert found[["low", "high"]].to_numpy().min() >= 0
    assert found[["low", "high"]].to_numpy().max() <= 1


def test_fine_gray_without_competing_events_is_cox():
    rng = np.random.default_rng(4)
    frame = persons(np.column_stack([rng.integers(1, 30, 300), rng.integers(0, 2, 300)]))
    frame["x"] = rng.normal(size=300)
    ours, usual = fine_gray(frame, ["x"], cause=1), cox(frame, ["x"])
    assert_allclose(ours.coef, usual.coef, atol=1e-5)
    assert_allclose(ours.cov, usual.cov, rtol=1e-3)


def test_impossible_input_is_refused():
    frame = persons([(1, 1), (2, 2), (3, 0)]).assign(x=[0.0, 1.0, 2.0])
    with pytest.raises(DesignError, match="no events"):
        cumulative_incidence(frame.assign(event=0))
    with pytest.raises(DesignError, match="does not occur"):
        fine_gray(frame, ["x"], cause=3)
    with pytest.raises(DesignError, match="are missing"):
        fine_gray(frame.assign(x=np.nan), ["x"], cause=1)
    with pytest.raises(DesignError, match="horizon"):
        time_in_state(frame, 0)
    with pytest.raises(DesignError, match="unknown event codes"):
        cumulative_incidence(frame.assign(event=-1))


def test_a_covariate_that_never_varies_cannot_be_told_from_nothing():
    frame = persons([(1, 1), (2, 2), (3, 1)]).assign(x=1.0)
    with pytest.raises(FitError, match="not_identifiable"):
        fine_gray(frame, ["x"], cause=1)
