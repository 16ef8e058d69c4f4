"""Dispensings of quetiapine (Schaffer 2021): ARIMA(2,1,0)(0,1,1)12 with a step and a ramp."""

import numpy as np
import pandas as pd
import pytest
from oracle import data, expected, needs_oracle

from analysis.designs.arima import fit_arima

NAME = "its_arima_quetiapine"


@pytest.fixture(scope="module")
def fitted():
    values = data(NAME)["dispensings"].to_numpy(float)
    since = np.arange(48) - 36
    terms = pd.DataFrame(
        {"step": (since >= 0).astype(float), "ramp": np.clip(since + 1, 0, None).astype(float)}
    )
    return fit_arima(values, terms, (2, 1, 0), (0, 1, 1, 12))


@needs_oracle(NAME)
def test_effects_and_their_intervals(fitted):
    figures = expected(NAME)
    for name, far, ends in (("step", 1.0, 8), ("ramp", 0.3, 2)):
        estimate, error = fitted.term(name)
        assert estimate == pytest.approx(figures[name], abs=far)
        assert error == pytest.approx(figures[f"{name}_se"], rel=0.005)
        interval = [estimate - 1.96 * error, estimate + 1.96 * error]
        assert interval == pytest.approx(figures[f"{name}_ci"], abs=ends)


@needs_oracle(NAME)
def test_arima_parameters_and_log_likelihood(fitted):
    figures = expected(NAME)
    assert fitted.term("ar.L1")[0] == pytest.approx(figures["ar1"], abs=0.001)
    assert fitted.term("ar.L2")[0] == pytest.approx(figures["ar2"], abs=0.001)
    assert fitted.term("ma.S.L12")[0] == pytest.approx(figures["sma1"], abs=0.003)
    assert fitted.loglik == pytest.approx(figures["loglik"], abs=0.02)
    assert fitted.starts_agree
