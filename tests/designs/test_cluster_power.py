import numpy as np
import pytest

from analysis.designs.cluster_power import (
    detectable_effect,
    parallel,
    power,
    smallest_size,
    standard_error,
    stepped_wedge,
    z_test,
)
from analysis.errors import DesignError


def test_waves_start_one_period_after_another():
    assert stepped_wedge([1, 2]).tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 1]]
    assert parallel(1, 2, 2).tolist() == [[1, 1], [0, 0], [0, 0]]


@pytest.mark.parametrize("waves", [[], [3, 0]])
def test_wave_without_clusters_is_refused(waves):
    with pytest.raises(DesignError):
        stepped_wedge(waves)


def test_everyone_treated_at_once_is_refused():
    with pytest.raises(DesignError, match="cannot be told apart"):
        standard_error(stepped_wedge([5]), sigma=1)


@pytest.mark.parametrize(
    "wrong", [{"sigma": 0}, {"sigma": 1, "tau": -1}, {"sigma": 1, "size": 0}, {"sigma": np.nan}]
)
def test_impossible_variances_are_refused(wrong):
    with pytest.raises(DesignError):
        standard_error(stepped_wedge([2, 2]), **wrong)


def test_matrix_of_other_numbers_is_refused():
    with pytest.raises(DesignError):
        standard_error(np.array([[0.0, 0.5]]), sigma=1)


def test_more_persons_never_lower_the_power():
    wedge = stepped_wedge([2, 2, 2])
    errors = [standard_error(wedge, sigma=1, tau=0.1, psi=0.2, size=n) for n in (1, 5, 25)]
    assert errors == sorted(errors, reverse=True)


def test_power_without_an_effect_is_the_false_alarm_rate():
    assert power(0.0, 1.0) == pytest.approx(0.05)
    assert power(1.0, 1.0) == power(-1.0, 1.0)


def test_smallest_effect_has_the_power_asked_for():
    assert power(detectable_effect(0.3, 0.9), 0.3) == pytest.approx(0.9)


def test_smallest_size_is_the_first_that_reaches_the_power():
    found = smallest_size(lambda n: z_test(0.5, 1.0, n))
    assert z_test(0.5, 1.0, found) >= 0.8 > z_test(0.5, 1.0, found - 1)
    assert smallest_size(lambda n: 1.0) == 1
    with pytest.raises(DesignError):
        smallest_size(lambda n: 0.5)
