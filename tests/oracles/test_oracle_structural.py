"""The Basque economy (CausalImpact): local level with a control series, by maximum likelihood."""

import numpy as np
import pytest
from oracle import data, expected, needs_oracle

from analysis.designs.structural import counterfactual

NAME = "sts_causalimpact_basque"


@needs_oracle(NAME)
def test_average_effect_lies_in_the_range_of_the_maximum_likelihood_model():
    rows, figures = data(NAME), expected(NAME)
    y, control = rows["Basque"].to_numpy(float), rows[["another"]].to_numpy(float)
    found = counterfactual(y[:21], control[:21], control[21:])
    estimate, error = found.average(y[21:])
    assert -1.05 <= estimate <= -0.60
    assert error == pytest.approx(figures["abs_effect_sd"], abs=0.12)
    assert estimate / (np.mean(y[21:]) - estimate) == pytest.approx(figures["rel_effect"], abs=0.02)
    assert estimate + 1.96 * error < 0
    assert found.starts_agree
