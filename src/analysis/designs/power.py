"""How small an effect could be found in one series, before anyone looks at what came after.

Everything comes from the design and the months before the start; what was counted from the start on never
moves the answer. Clusters that start in steps or in parallel: `analysis.designs.cluster_power`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.designs import mixture
from analysis.designs.effect import Question
from analysis.designs.fit import FitError, refuse_exact
from analysis.designs.series.integrated import LARGEST_SHARE, Response, averaged, linearised
from analysis.designs.series.model import combination, shocks_met, with_season
from analysis.designs.series.months import months, refusal, within
from analysis.designs.series.noise import Components, fit_components
from analysis.designs.series.terms import terms
from analysis.designs.timeline import month_of, ordinal

Vector = NDArray[np.float64]

POWER = 0.8
CLEAR = 0.975
LARGEST_LOG = 700.0
DEPENDENT = 1e-9  # of a term's length is not explained by those before it
TABLE = [
    "id", "measure", "goal", "primary", "n_before", "n_after", "rho", "noise", "error", "df", "size", "mde",
    "reason",
]  # fmt: skip


@dataclass(frozen=True)
class Precision:
    """How precisely a question will be answered; numbers are NaN when there is a ``reason``.

    Parameters
    ----------
    size : float
        The effect found with a chance of 80 %, on the model's scale (log for counts and shares).
    error : float
        Standard error of what will be judged, on the same scale.
    df : float
        Degrees of freedom.
    rho : float
        Autocorrelation of neighbouring months before the start.
    noise : float
        Standard deviation of a month's noise before the start, on the model's scale.
    n_before, n_after : int
        Months the design uses.
    reason : str
        Code, as in `Effect.reasons`; empty when the precision is known.
    """

    size: float
    error: float
    df: float
    rho: float
    noise: float
    n_before: int
    n_after: int
    reason: str = ""


def minimum_detectable_effect(
    series: pd.DataFrame, question: Question, comparison: pd.DataFrame | None = None, *, planned: int = 0
) -> float:
    """The smallest effect that would be found clear with a chance of about 80 %.

    It is estimated from the months before and is itself uncertain; the stronger the autocorrelation, the less
    than 80 % the chance is. Measured with 36 months before, at the median of what 25 series gave: counts, 12
    months after, autocorrelation 0.6: found in 0.63 of 120 series (what single series gave was, from the 10th
    to the 90th percentile, a log ratio of 0.23 to 0.55); counts, 24 after, 0.4: 0.78 of 120 (0.25 to 0.53);
    means, 12 after, 0.6: 0.68 of 60; counts, 12 after, no autocorrelation: 0.80 of 60.

    Parameters
    ----------
    series : DataFrame, one row a month
        As `series.months.months` takes it. Of the months after the start only which exist and
        their denominators are used, never what was counted.
    question : Question
        What is asked.
    comparison : DataFrame, optional
        The same columns of what it is compared with, as `analysis.designs.segmented.evaluate` takes it: the
        effect is then that beyond the comparison's.
    planned : int
        Months to add after the series' last one, each with the average denominator of the months before;
        with 0 the months after are those of the series.

    Returns
    -------
    float
        On the scale of `Effect.estimate`, in the direction of improvement: a ratio below or above 1, or
        a difference below or above 0; NaN when it cannot be known.

    Raises
    ------
    DesignError
        If columns are missing, a month comes twice, or the question is settled before it starts.

    References
    ----------
    The usual ``(t_{0.975} + t_{0.8}) * SE`` (Bloom, Eval Rev 1995;19:547), with the quantiles of the mixture
    of t distributions that the intervals are made of: the autocorrelation is not known.
    """
    return _detectable(precision(series, question, comparison, planned=planned), question)


def mde_table(asked: Iterable[tuple[pd.DataFrame, Question]], *, planned: int = 0) -> pd.DataFrame:
    """The minimum detectable effect of many questions.

    Parameters
    ----------
    asked : iterable of (DataFrame, Question)
        Each series with its question.
    planned : int
        As in `minimum_detectable_effect`.

    Returns
    -------
    DataFrame
        One row a question, in the same order: ``id, measure, goal, primary, n_before, n_after, rho, noise,
        error, df, size`` and ``reason`` as in `Precision`, ``mde`` on the scale of `Effect.estimate`.

    Raises
    ------
    DesignError
        As `minimum_detectable_effect`.
    """
    rows = []
    for series, question in asked:
        found = precision(series, question, planned=planned)
        named = (question.id, question.measure, question.goal, question.primary)
        known = (found.n_before, found.n_after, found.rho, found.noise, found.error, found.df, found.size)
        rows.append((*named, *known, _detectable(found, question), found.reason))
    return pd.DataFrame(rows, columns=TABLE)


def precision(
    series: pd.DataFrame, question: Question, comparison: pd.DataFrame | None = None, *, planned: int = 0
) -> Precision:
    """How precisely the question will be answered.

    Parameters
    ----------
    series : DataFrame, one row a month
        As in `minimum_detectable_effect`.
    question : Question
        What is asked.
    comparison : DataFrame, optional
        As in `minimum_detectable_effect`.
    planned : int
        As in `minimum_detectable_effect`.

    Returns
    -------
    Precision
        With a reason instead of numbers when it cannot be known.

    Raises
    ------
    DesignError
        As `minimum_detectable_effect`.
    """
    if planned > 0:
        last = pd.to_datetime(series["period_start"]).max() + pd.DateOffset(months=planned)
        series = _planned(series, question, last)
        comparison = None if comparison is None else _planned(comparison, question, last)
    rows = _blinded(months(series, question, comparison), question)
    window = within(rows, question)
    n_after = int((window["used"] & window["after"]).sum())
    n_before = int(window["used"].sum()) - n_after
    reason = refusal(rows, question)
    if reason is not None:
        return Precision(np.nan, np.nan, np.nan, np.nan, np.nan, n_before, n_after, reason[0])
    asked = with_season(rows, question)
    try:
        return _precision(window, asked, n_before, n_after)
    except FitError as failure:
        return Precision(np.nan, np.nan, np.nan, np.nan, np.nan, n_before, n_after, failure.code)


def detectable(error: float, df: float = np.inf, power: float = POWER) -> float:
    """The effect found with a given chance, on the scale of its standard error.

    Parameters
    ----------
    error : float
        Standard error of the estimate.
    df : float
        Degrees of freedom of its t; infinite is the normal distribution.
    power : float
        The chance, above 0.025 and below 1.

    Returns
    -------
    float
        ``(t_{0.975, df} + t_{power, df}) * error``.
    """
    t = stats.t(df) if np.isfinite(df) else stats.norm()
    return float((t.ppf(CLEAR) + t.ppf(power)) * error)


def _detectable(found: Precision, question: Question) -> float:
    """The minimum detectable effect on the effect's scale."""
    if not np.isfinite(found.size):
        return float("nan")
    signed = found.size if question.better == "higher" else -found.size
    return signed if question.kind == "mean" else float(np.exp(np.clip(signed, -LARGEST_LOG, LARGEST_LOG)))


def _planned(series: pd.DataFrame, question: Question, until: pd.Timestamp) -> pd.DataFrame:
    """The series with planned months after its last one; their values are blinded later."""
    when = pd.to_datetime(series["period_start"])
    if series.empty or not when.max() < until:
        return series
    last = ordinal(when.max().date())
    before = series[when < pd.Timestamp(question.start)]
    means = before[["numerator", "denominator", "value"]].astype(float).mean()
    coming = range(last + 1, ordinal(until.date()) + 1)
    added = pd.DataFrame([means] * len(coming)).assign(complete=True)
    added["period_start"] = pd.to_datetime([month_of(at) for at in coming])
    return pd.concat([series, added], ignore_index=True)


def _blinded(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The months with what was counted from the start on replaced by the average of the months before."""
    first = -np.inf if question.first is None else ordinal(question.first)
    before = (rows["ordinal"] < ordinal(question.start)) & (rows["ordinal"] >= first) & rows["usable"]
    hidden = (rows["ordinal"] >= ordinal(question.start)).to_numpy()
    known, blind = rows[before], rows.copy()
    for prefix in _sides(rows):
        rate = _rate(known, prefix)
        value = known[f"{prefix}value"].mean() if question.kind == "mean" else question.per * rate
        blind.loc[hidden, f"{prefix}numerator"] = rate * rows.loc[hidden, f"{prefix}denominator"]
        blind.loc[hidden, f"{prefix}value"] = value
    return blind


def _sides(rows: pd.DataFrame) -> tuple[str, ...]:
    """Prefixes of the columns: of the unit, and of what it is compared with."""
    return ("", "other_") if "other_value" in rows else ("",)


def _rate(rows: pd.DataFrame, prefix: str) -> float:
    """All events per all that they are counted per."""
    return float(rows[f"{prefix}numerator"].sum()) / max(float(rows[f"{prefix}denominator"].sum()), 1e-300)


def _precision(window: pd.DataFrame, question: Question, n_before: int, n_after: int) -> Precision:
    """The precision of a question that can be tried."""
    used = window[window["used"]]
    before = used[used["ordinal"] < ordinal(question.start)]
    matrix = terms(used["ordinal"].to_numpy(), question, shocks_met(window, question))
    known = _independent(matrix[(used["ordinal"] < ordinal(question.start)).to_numpy()])
    seen = _response(known, before, question)
    full = _response(known.iloc[:0], used, question, expected=before)
    refuse_exact(known.to_numpy(float), seen.z)
    if seen.own is None and full.own is not None:  # the same kinds of noise must be tried in both
        seen = Response(seen.z, np.ones(len(seen.z)))
    noise = _components(known, seen, before)
    design = _components(matrix, full, used)
    scales = _least(noise.scales, seen, question)
    contrast = combination(tuple(matrix.columns), int(used["ordinal"].iloc[-1]), question)[0]
    unit = np.einsum("i,mij,j->m", contrast, design.covs, contrast) / design.scales
    errors = np.sqrt(np.maximum(unit * scales, 1e-300))
    df = float(len(known) - known.shape[1])  # how large the noise is, is known from before only
    mixed = noise.weights, np.zeros((1, len(errors))), errors[None], df
    size = sum(float(mixture.quantile(p, *mixed)[0]) for p in (CLEAR, POWER))
    error = float(np.sqrt(noise.weights @ errors**2))
    rho, sd = float(noise.weights @ noise.lag_one), float(np.sqrt(noise.weights @ scales))
    return Precision(size, error, df, rho, sd, n_before, n_after)


def _response(
    matrix: pd.DataFrame, used: pd.DataFrame, question: Question, expected: pd.DataFrame | None = None
) -> Response:
    """What is regressed; with ``expected``, only how its noise varies, at those months' average rate."""
    found = [_one_response(matrix, used, question, expected, prefix) for prefix in _sides(used)]
    own = [one.own for one in found if one.own is not None]
    z = found[0].z - found[1].z if len(found) > 1 else found[0].z
    return Response(z, np.sum(own, axis=0) if len(own) == len(found) else None, found[0].counted)


def _one_response(
    matrix: pd.DataFrame, used: pd.DataFrame, question: Question, expected: pd.DataFrame | None, prefix: str
) -> Response:
    """What is regressed of the unit, or of what it is compared with."""
    denominator = used[f"{prefix}denominator"].to_numpy()
    if question.kind == "mean":
        return averaged(used[f"{prefix}value"].to_numpy(), denominator)
    if expected is None:
        numerator = used[f"{prefix}numerator"].to_numpy()
        return linearised(matrix, numerator, denominator, share=question.kind == "share")
    rate = _rate(expected, prefix)
    spread = 1 - min(rate, LARGEST_SHARE) if question.kind == "share" else 1.0
    return Response(np.zeros(len(used)), spread / (rate * denominator), counted=True)


def _components(matrix: pd.DataFrame, response: Response, used: pd.DataFrame) -> Components:
    """The fits of every possible noise."""
    X = matrix.to_numpy(float)
    if X.shape[0] <= X.shape[1] or np.linalg.matrix_rank(X) < X.shape[1]:
        raise FitError("not_identifiable")
    z = response.z if response.z.any() else np.random.default_rng(0).normal(size=len(used))
    try:
        return fit_components(X, z, response.own, used["ordinal"].to_numpy(), by_own=response.counted)
    except np.linalg.LinAlgError as error:
        raise FitError("did_not_converge") from error


def _least(scales: Vector, seen: Response, question: Question) -> Vector:
    """Variances of the noise; those of counts never below that of counting alone."""
    if question.kind != "count" or seen.own is None:
        return scales
    return np.maximum(scales, float(seen.own.mean()))


def _independent(matrix: pd.DataFrame) -> pd.DataFrame:
    """The terms that can be told apart, earlier ones kept first."""
    X = matrix.to_numpy(float)
    size = np.linalg.norm(X, axis=0)
    own = np.abs(np.diag(np.linalg.qr(X / np.maximum(size, 1e-300))[1]))
    return matrix.loc[:, (size > 0) & (np.pad(own, (0, len(size) - len(own))) > DEPENDENT)]
