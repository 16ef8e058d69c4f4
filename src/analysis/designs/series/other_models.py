"""Other error models for the same months and terms: what an answer is compared with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Question
from analysis.designs.fit import Fit, single
from analysis.designs.series.least_squares import newey_west, prais_winsten
from analysis.designs.series.model import shocks_met
from analysis.designs.series.months import within
from analysis.designs.series.regression import quasi_poisson, reml_ar1
from analysis.designs.series.terms import terms
from analysis.designs.series.views import modelled

LAGS = 3


def other_fit(rows: pd.DataFrame, asked: Question, model: str) -> Fit:
    """Fit another error model.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months`; with a comparison the difference is fitted.
    asked : Question
        What is asked.
    model : {"quasi_poisson", "reml_ar1", "reml_ar1_log", "prais_winsten", "ols_hac", "ols_hac_log"}
        Plain quasi-Poisson; restricted maximum likelihood with AR(1) errors; Prais-Winsten; least squares
        with Newey-West errors (3 lags). Counts and shares as log rates in all but the first.

    Returns
    -------
    Fit
        Its fit.

    Raises
    ------
    FitError
        If the model has no trustworthy answer.
    """
    window = within(rows, asked)
    used = window[window["used"]]
    at: NDArray[np.int64] = used["ordinal"].to_numpy()
    matrix = terms(at, asked, shocks_met(window, asked))
    if model == "quasi_poisson":
        return quasi_poisson(matrix, used["numerator"].to_numpy(), used["denominator"].to_numpy(), at)
    y = modelled(used, asked)
    if "other_value" in used:
        others = {name: used[f"other_{name}"] for name in ("numerator", "denominator", "value")}
        y = y - modelled(used.assign(**others), asked)
    if model.startswith("reml_ar1"):
        return reml_ar1(matrix, y, at)
    found = prais_winsten(matrix, y, at) if model == "prais_winsten" else newey_west(matrix, y, lags=LAGS)
    fit = single(found.names, found.coef, found.cov, found.df)
    return replace(fit, residuals=found.residuals, ordinals=at)
