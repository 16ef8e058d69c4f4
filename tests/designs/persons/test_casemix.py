import numpy as np
import pandas as pd
import pytest

from analysis.designs.fit import FitError
from analysis.designs.persons.casemix import by_unit, expected_counts
from analysis.errors import DesignError


@pytest.fixture
def stays():
    rng = np.random.default_rng(5)
    old, ward = rng.integers(0, 2, 400), rng.choice(["a", "b", "c"], 400)
    return pd.DataFrame(
        {"n": rng.poisson(np.exp(0.5 + 0.7 * old)), "old": old, "ward": ward, "sex": ward == "a"}
    )


def test_expected_events_sum_to_the_observed_ones(stays):
    mix = expected_counts(stays, "n", ["old", "ward"])
    assert mix.expected.sum() == pytest.approx(stays["n"].sum())
    assert mix.coefficients["old"] == pytest.approx(0.7, abs=0.15)
    assert list(mix.coefficients.index) == ["const", "old", "wardb", "wardc"]
    assert mix.dispersion == pytest.approx(1, abs=0.2)


def test_without_covariates_every_stay_is_expected_alike(stays):
    mix = expected_counts(stays, "n", [])
    assert mix.expected.to_numpy() == pytest.approx(stays["n"].mean())


def test_booleans_and_categories_become_levels_that_occur(stays):
    wards = pd.Categorical(stays["ward"], ["a", "b", "c", "closed"])
    mix = expected_counts(stays.assign(ward=wards), "n", ["ward"])
    assert list(mix.coefficients.index) == ["const", "wardb", "wardc"]
    assert list(expected_counts(stays, "n", ["sex"]).coefficients.index) == ["const", "sexTrue"]


def test_covariates_that_repeat_each_other_are_refused(stays):
    with pytest.raises(FitError):
        expected_counts(stays.assign(again=stays["old"]), "n", ["old", "again"])


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"old": np.nan}, "lack a value"),
        ({"n": -1}, "negative"),
        ({"n": 0}, "no event"),
    ],
)
def test_bad_rows_are_refused(stays, changed, what):
    with pytest.raises(DesignError, match=what):
        expected_counts(stays.assign(**changed), "n", ["old"])


def test_missing_columns_are_refused(stays):
    with pytest.raises(DesignError, match="lack age"):
        expected_counts(stays, "n", ["age"])


def test_sums_by_unit_keep_the_totals_and_refuse_rows_without_a_unit(stays):
    mix = expected_counts(stays, "n", ["old"])
    units = by_unit(stays["ward"], stays["n"], mix.expected)
    assert units["unit"].tolist() == ["a", "b", "c"]
    assert units["observed"].sum() == stays["n"].sum()
    with pytest.raises(DesignError, match="no unit"):
        by_unit(stays["ward"].where(stays["old"] == 1), stays["n"], mix.expected)
