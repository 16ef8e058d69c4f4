"""Power of stepped wedge and parallel designs (SteppedPower, "Getting Started")."""

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

WEDGE = stepped_wedge([3, 3, 3])


def wedge_power(size: int) -> float:
    return power(0.2, standard_error(WEDGE, sigma=1, size=size))


def test_stepped_wedge_and_its_smallest_size():
    assert smallest_size(wedge_power) == 50
    assert wedge_power(50) == pytest.approx(0.8074295788, abs=2e-4)
    assert wedge_power(49) == pytest.approx(0.7995559033, abs=2e-4)


def test_smallest_effect_of_the_stepped_wedge():
    error = standard_error(WEDGE, sigma=1, size=50)
    assert detectable_effect(error) == pytest.approx(0.1981019906, abs=2e-4)


@pytest.mark.parametrize(("tau", "chance"), [(0.0, 0.7054139024), (0.2, 0.4615323512)])
def test_parallel_design(tau, chance):
    error = standard_error(parallel(10, 10, 5), sigma=0.5, tau=tau)
    assert power(0.25, error) == pytest.approx(chance, abs=2e-4)


def test_z_test():
    assert z_test(0.6, 1.0, 20) == pytest.approx(0.7652593201, abs=2e-4)


def test_closed_cohort():
    error = standard_error(WEDGE, sigma=5, tau=1, psi=3, size=3)
    assert power(5, error) == pytest.approx(0.8524219666, abs=2e-4)
