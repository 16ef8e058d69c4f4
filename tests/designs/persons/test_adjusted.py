import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from analysis.designs.fit import FitError
from analysis.designs.persons.adjusted import g_computation, inverse_probability_weighting
from analysis.designs.persons.adjustment import Adjustment
from analysis.errors import DesignError

ASKED = Adjustment("y", "x", ("age", "sex"))
SHARE = Adjustment("y", "x", ("age", "sex"), kind="share")


def persons(n=2000, *, effect=2.0, seed=1, share=False) -> pd.DataFrame:
    """Old persons are exposed more often and do worse; the exposure adds `effect`."""
    rng = np.random.default_rng(seed)
    age, sex = rng.normal(0, 1, n), rng.choice(["f", "m"], n)
    x = (rng.random(n) < 1 / (1 + np.exp(-age))).astype(float)
    y = effect * x - 2 * age + (sex == "m") + rng.normal(0, 1, n)
    return pd.DataFrame({"y": (y > 0) * 1.0 if share else y, "x": x, "age": age, "sex": sex})


@pytest.mark.parametrize("method", [g_computation, inverse_probability_weighting])
def test_a_known_effect_is_found_where_the_crude_difference_misleads(method):
    frame = persons()
    means = frame.groupby("x")["y"].mean()
    assert means[1] - means[0] < 1.5
    found = method(frame, ASKED)
    assert found.low < 2 < found.high


def test_the_standardised_difference_of_least_squares_is_its_coefficient():
    frame = persons()
    matrix = np.column_stack([np.ones(len(frame)), frame["x"], frame["age"], frame["sex"] == "m"])
    coef = np.linalg.lstsq(matrix, frame["y"], rcond=None)[0]
    assert_allclose(g_computation(frame, ASKED, draws=0).difference, coef[1])


def test_standardised_shares_lie_between_zero_and_one_and_have_an_interval():
    found = g_computation(persons(share=True), SHARE, draws=30)
    assert 0 < found.unexposed < found.exposed < 1
    assert found.low < found.difference < found.high


def test_the_same_seed_gives_the_same_interval_and_another_one_another():
    one, same, other = (g_computation(persons(200), ASKED, draws=20, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.se != other.se


def test_copies_of_a_person_in_a_cluster_add_nothing():
    frame = pd.concat([persons(300).assign(person=range(300))] * 4)
    alike = Adjustment("y", "x", ("age", "sex"), cluster="person")
    for method, tolerance in ((g_computation, 0.2), (inverse_probability_weighting, 0.01)):
        assert method(frame, alike).se == pytest.approx(2 * method(frame, ASKED).se, rel=tolerance)


def test_persons_without_an_outcome_belong_to_the_mix_only():
    frame = persons()
    frame.loc[:99, "y"] = np.nan
    frame.loc[100:104, "age"] = np.nan
    found = g_computation(frame, ASKED, draws=0)
    assert (found.n_fitted, found.n_mix, found.n_left_out) == (1895, 1995, 5)
    weighted = inverse_probability_weighting(frame, ASKED)
    assert (weighted.n, weighted.n_left_out) == (1895, 105)


def test_poor_overlap_is_told_and_none_is_refused():
    frame = persons()
    frame["x"] = (frame["age"] + np.random.default_rng(2).normal(0, 0.3, len(frame)) > 0).astype(float)
    found = inverse_probability_weighting(frame, ASKED)
    assert found.n_extreme > 100
    assert found.effective_n < found.n / 4
    with pytest.raises(FitError):
        inverse_probability_weighting(frame.assign(x=(frame["age"] > 0) * 1.0), ASKED)


def test_terms_that_say_the_same_cannot_be_told_apart():
    frame = persons().assign(again=lambda rows: rows["x"])
    with pytest.raises(FitError, match="not_identifiable"):
        g_computation(frame, Adjustment("y", "x", ("again",)))


@pytest.mark.parametrize("method", [g_computation, inverse_probability_weighting])
def test_impossible_input_is_refused(method):
    with pytest.raises(DesignError, match="lack age"):
        method(persons().drop(columns="age"), ASKED)
    with pytest.raises(DesignError, match="both 0 and 1"):
        method(persons().assign(x=1.0), ASKED)
    with pytest.raises(DesignError, match="other values than 0 and 1"):
        method(persons(), SHARE)
