"""Smoking ban in Sicily (Lopez Bernal, Cummins & Gasparrini 2017, and the corrigendum)."""

import numpy as np
import pandas as pd
import pytest
from oracle import data, expected, needs_oracle
from scipy import stats

from analysis.designs.fit import Fit
from analysis.designs.series.regression import quasi_poisson

NAME = "its_quasipoisson_sicily"


def sicily_fit(
    *, season: bool = False, slope_from: int | None = None, dispersion: float | None = None
) -> Fit:
    given = data(NAME)
    X = pd.DataFrame({"const": 1.0, "ban": given["smokban"], "time": given["time"]})
    for pair in (1, 2) if season else ():
        angle = 2 * np.pi * pair * given["month"] / 12
        X = X.assign(**{f"sin{pair}": np.sin(angle), f"cos{pair}": np.cos(angle)})
    if slope_from is not None:
        X["slope"] = (given["time"] - slope_from) * given["smokban"]
    at = 12 * given["year"] + given["month"]
    return quasi_poisson(
        X, given["aces"], given["stdpop"], at, dispersion=dispersion
    )  # fmt: skip


def ratio(fit: Fit, term: str, name: str) -> dict:
    coef, error = fit.term(term)
    low, high = np.exp([coef - 1.96 * error, coef + 1.96 * error])
    return {name: np.exp(coef), f"{name}_lo": low, f"{name}_hi": high}


def numbers(fit: Fit) -> dict:
    (ban, error), (time, _) = fit.term("ban"), fit.term("time")
    found = {"dispersion": fit.dispersion, "coef_ban": ban, "se_ban": error, "coef_time": time}
    found |= {"annual_trend_RR": np.exp(12 * time)} | ratio(fit, "ban", "RR_ban")
    return found | ratio(fit, "slope", "RR_slope") if "slope" in fit.names else found


@needs_oracle(NAME)
@pytest.mark.parametrize(
    ("model", "how"),
    [
        ("model1_poisson", {"dispersion": 1.0}),
        ("model2_quasipoisson", {}),
        ("model3_quasipoisson_fourier2", {"season": True}),
        ("model4_level_and_slope_centred", {"season": True, "slope_from": 36}),
        ("model4_uncentred_original", {"season": True, "slope_from": 0}),
    ],
)
def test_sicily_smoking_ban_is_reproduced(model, how):
    wanted, found = expected(NAME)[model], numbers(sicily_fit(**how))
    wanted.pop("F_test_p_slope", None)
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, rel=1e-4)


@needs_oracle(NAME)
def test_sicily_test_of_the_slope_is_reproduced():
    small, large = sicily_fit(season=True), sicily_fit(season=True, slope_from=36)
    f = (small.deviance - large.deviance) / large.dispersion
    wanted = expected(NAME)["model4_level_and_slope_centred"]["F_test_p_slope"]
    assert stats.f.sf(f, 1, 51) == pytest.approx(wanted, abs=5e-4)
