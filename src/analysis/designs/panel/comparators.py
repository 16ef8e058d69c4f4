"""The usual two-way fixed effects analyses of a panel, to set beside ours in the proofs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.designs.effect import Question
from analysis.designs.panel.bacon import demeaned, two_way_estimate
from analysis.designs.panel.inference import judge
from analysis.designs.panel.judged import on_scale
from analysis.designs.panel.order_effects import treated
from analysis.designs.panel.prepared import Weights, prepare

Floats = NDArray[np.float64]
Answer = tuple[float, float, float, float]


def comparators(panel: pd.DataFrame, question: Question, *, weights: Weights | None = None) -> pd.DataFrame:
    """Our answer and those of the usual analyses.

    Parameters
    ----------
    panel : DataFrame, one row a unit and month
        As `analysis.designs.staggered.evaluate` takes it.
    question : Question
        What is asked.
    weights : {"equal", "size", "events"}, optional
        As there; the two-way analyses are not weighted.

    Returns
    -------
    DataFrame
        ``method, estimate, low, high, p``, ratios or differences. Methods: "group_time_permutation" (or
        "group_time_cluster"), and the two-way fixed effects estimate with "two_way_crv1_t" (clustered
        by unit, t with units less one), "two_way_crv1_z" (the same, normal), "two_way_iid" (independent
        errors).

    Raises
    ------
    Refused
        As `analysis.designs.panel.prepared.prepare`.
    """
    prepared = prepare(panel, question, weights=weights)
    judged = judge(prepared)
    came = treated(prepared.cohorts, prepared.codes)
    answers = {f"group_time_{judged.method}": (*judged.interval, judged.p)} | two_way(prepared.outcome, came)
    rows = [(name, *on_scale(question, *found[:3]), found[3]) for name, found in answers.items()]
    return pd.DataFrame(rows, columns=["method", "estimate", "low", "high", "p"])


def two_way(values: Floats, came: Floats) -> dict[str, Answer]:
    """Two-way fixed effects with three kinds of standard error.

    Parameters
    ----------
    values, came : array (units, periods)
        The outcome, and the treatment (0 to 1).

    Returns
    -------
    dict
        Estimate, low, high and p by method.

    References
    ----------
    Cameron and Miller 2015, J Human Resources 50:317. The factor of CRV1 is G/(G-1) (n-1)/(n-k), with unit
    effects not counted in k.
    """
    n, t = values.shape
    residual = demeaned(came)
    estimate = two_way_estimate(values, came)
    errors = demeaned(values) - estimate * residual
    squares = float((residual**2).sum())
    scores = (errors * residual).sum(axis=1)
    factor = n / (n - 1) * (n * t - 1) / (n * t - t)
    clustered = float(np.sqrt(factor * (scores**2).sum())) / squares
    df = n * t - n - t
    iid = float(np.sqrt((errors**2).sum() / df / squares))
    return {
        "two_way_crv1_t": _answer(estimate, clustered, n - 1),
        "two_way_crv1_z": _answer(estimate, clustered, np.inf),
        "two_way_iid": _answer(estimate, iid, df),
    }


def _answer(estimate: float, error: float, df: float) -> Answer:
    """Estimate, limits and p by the t distribution."""
    law = stats.t(df) if np.isfinite(df) else stats.norm()
    half = float(law.ppf(0.975)) * error
    return estimate, estimate - half, estimate + half, float(2 * law.sf(abs(estimate / error)))
