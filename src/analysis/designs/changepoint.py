"""Where is the largest change of level? One break by least squares: a question to the reader, no answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special

from analysis.designs.effect import Check, Question
from analysis.designs.series.autocorrelation import lag_one
from analysis.designs.series.model import shocks_met, with_season
from analysis.designs.series.months import months, within
from analysis.designs.series.terms import terms
from analysis.designs.timeline import month_of, ordinal

Vector = NDArray[np.float64]
Ordinals = NDArray[np.int64]

MINIMUM_SHARE = 0.15
NEEDED_SIDE = 8
MOST_RHO = 0.9
TINY = 1e-10


@dataclass(frozen=True)
class BreakPoint:
    """The largest change of level in a row of values.

    Parameters
    ----------
    n_breaks : int
        0 or 1, by the Bayesian information criterion.
    last_before : int
        Values before the change; of the best break, also when ``n_breaks`` is 0.
    low, high : int
        95 % interval of ``last_before``.
    mean_before, mean_after : float
        Mean of the values before, and that mean with the change of level added.
    rho : float
        Correlation of neighbouring residuals that was allowed for.
    """

    n_breaks: int
    last_before: int
    low: int
    high: int
    mean_before: float
    mean_after: float
    rho: float = 0.0


def one_break(
    values: Sequence[float] | Vector,
    *,
    covariates: Vector | None = None,
    ordinals: Ordinals | None = None,
    minimum_share: float = MINIMUM_SHARE,
) -> BreakPoint | None:
    """Find the one change of level that leaves the least squares.

    Parameters
    ----------
    values : array of float
        In order of time.
    covariates : array of shape (values, terms), optional
        What else moves the values, alike before and after (without a constant).
    ordinals : array of int, optional
        The months of the values. With them, neighbouring values may be alike: the criterion and the interval
        take the residuals' variance times ``(1 + rho) / (1 - rho)``. Without, values are independent.
    minimum_share : float
        Least share of the values on either side, at most 0.5.

    Returns
    -------
    BreakPoint or None
        None with fewer than 2 values on a side, a value that is not a number, or nothing left to explain.

    References
    ----------
    Bai & Perron, Econometrica 1998;66:47. Bai, Rev Econ Stat 1997;79:551: the interval, each side with its
    own variance.
    """
    y = np.asarray(values, float)
    n = len(y)
    least = max(2, int(np.floor(minimum_share * n)))
    if n < 2 * least or not np.isfinite(y).all():
        return None
    base = np.ones((n, 1)) if covariates is None else np.column_stack([np.ones(n), covariates])
    found = _best_step(y, base, np.arange(least, n - least + 1))
    if found is None:
        return None
    at, change, residuals, gain = found
    rho = 0.0 if ordinals is None else _rho(residuals, ordinals, base.shape[1] + 1)
    # Residuals of a fit with covariates are too small; twice their number kept false breaks low when
    # 48 to 84 months were simulated.
    spent = n / max(n - 2 * (base.shape[1] - 1), 2)
    inflation = spent * (1 + rho) / (1 - rho)
    n_breaks = int(
        gain / inflation > 2 * np.log(n)
    )  # one break costs two parameters: the change and its date
    low, high = _interval(change, residuals[:at], residuals[at:], inflation)
    before = float(y[:at].mean())
    ends = max(1, at + low), min(n - 1, at + high)
    return BreakPoint(n_breaks, at, *ends, before, before + change, rho)


def change_point(series: pd.DataFrame, question: Question) -> Check:
    """Where the largest change of level lies, beyond trend, season, shocks and breaks.

    Counts and shares are looked at as log rates (0.5 added to every numerator when one is zero). The
    transition is not left out: what happens there is part of the question.

    Parameters
    ----------
    series : DataFrame, one row a month
        As for `analysis.designs.segmented.evaluate`.
    question : Question
        What is asked.

    Returns
    -------
    Check
        Informational (``passed`` None). Values ``date, low, high`` (first months of the new level, ISO),
        ``estimate`` (ratio or difference), ``n_breaks`` (0: no change stands out), ``start``,
        ``start_inside`` (1 when a month from the start to when it is settled lies in the interval), ``rho``,
        ``n``; or ``reason`` ("too_few_points" or "zero_variance") and ``n`` when it cannot be looked for.

    Raises
    ------
    DesignError
        If columns are missing, a month comes twice, or the question's dates contradict each other.
    """
    rows = months(series, question)
    asked = replace(question, settled=question.start, impact="step", transition="left_out")
    window = within(rows, asked)
    used = window[window["used"]]
    if len(used) < 2 * NEEDED_SIDE:
        return _not_looked_for("too_few_points", len(used))
    at = used["ordinal"].to_numpy()
    matrix = terms(at, with_season(rows, asked), shocks_met(window, asked)).drop(columns=["const", "step"])
    share = max(MINIMUM_SHARE, NEEDED_SIDE / len(used))
    found = one_break(_measured(used, asked), covariates=matrix.to_numpy(), ordinals=at, minimum_share=share)
    if found is None:
        return _not_looked_for("zero_variance", len(used))
    return Check("change_point", None, _told(found, at, question), blocking=False)


def _told(found: BreakPoint, at: Ordinals, question: Question) -> dict[str, float | int | str]:
    """The values of the check."""
    first, low, high = (int(at[place]) for place in (found.last_before, found.low, found.high))
    start, settled = ordinal(question.start), ordinal(question.settled)
    change = found.mean_after - found.mean_before
    return {
        "date": month_of(first).isoformat(),
        "low": month_of(low).isoformat(),
        "high": month_of(high).isoformat(),
        "estimate": change if question.kind == "mean" else float(np.exp(change)),
        "n_breaks": found.n_breaks,
        "start": question.start.isoformat(),
        "start_inside": int(low <= settled and start <= high),
        "rho": found.rho,
        "n": len(at),
    }


def _not_looked_for(reason: str, n: int) -> Check:
    """The check when no change can be looked for."""
    return Check("change_point", None, {"reason": reason, "n": n}, blocking=False)


def _measured(used: pd.DataFrame, question: Question) -> Vector:
    """Values of means, log rates of counts and shares."""
    if question.kind == "mean":
        return used["value"].to_numpy(float)
    spare = 0.5 if (used["numerator"] == 0).any() else 0.0
    return np.log((used["numerator"] + spare) / used["denominator"]).to_numpy(float)


def _best_step(y: Vector, base: Vector, places: Ordinals) -> tuple[int, float, Vector, float] | None:
    """Place, size, residuals and gain (log likelihood ratio) of the best step beyond the base terms."""
    left, sizes, _ = np.linalg.svd(base / np.linalg.norm(base, axis=0).clip(TINY), full_matrices=False)
    basis = left[:, sizes > TINY * sizes[0]]
    steps = (np.arange(len(y))[:, None] >= places).astype(float)
    rest, free = y - basis @ (basis.T @ y), steps - basis @ (basis.T @ steps)
    size = (free**2).sum(axis=0)
    known = size > TINY * len(y)
    total = float(rest @ rest)
    if total <= TINY * max(float(y @ y), 1e-300) or not known.any():
        return None
    change = np.where(known, free.T @ rest / np.where(known, size, 1.0), 0.0)
    best = int(np.argmax(change**2 * size))
    residuals = rest - change[best] * free[:, best]
    explained = max(float(residuals @ residuals), TINY * total)
    return int(places[best]), float(change[best]), residuals, len(y) * float(np.log(total / explained))


def _rho(residuals: Vector, ordinals: Ordinals, k: int) -> float:
    """Correlation of neighbouring residuals, given back what the fit of ``k`` terms removed; at least 0."""
    n = len(residuals)
    if float(residuals @ residuals) <= TINY:
        return 0.0
    r = lag_one(residuals, ordinals)
    return float(np.clip((n * r + k) / max(n - 2 * k, 1), 0.0, MOST_RHO)) if r > -1 else 0.0


def _interval(change: float, before: Vector, after: Vector, inflation: float) -> tuple[int, int]:
    """How far the last value before may lie from where it was found, with 95 % (Bai 1997); it is inside."""
    variances = np.array([(before**2).mean(), (after**2).mean()])
    if variances.min() <= TINY * variances.max():
        variances[:] = max(variances.mean(), 1e-300)
    scale = float(variances[0]) * inflation / max(change**2, TINY * float(variances[0]))
    ratio = float(np.clip(variances[1] / variances[0], 0.02, 50))
    below, above = scale * _quantile(0.975, ratio), -scale * _quantile(0.025, ratio)
    return -max(int(np.ceil(below)), 0), max(int(np.ceil(above)), 0)


def _quantile(p: float, ratio: float) -> float:
    """Quantile of the distance, in units of variance before over squared change."""
    reach = 100.0 * max(1.0, ratio)
    while not _cdf(-reach, ratio) < p < _cdf(reach, ratio):
        reach *= 2
        if reach > 1e6:
            return float(np.sign(p - 0.5)) * reach
    return float(optimize.brentq(lambda x: _cdf(x, ratio) - p, -reach, reach))


def _cdf(x: float, ratio: float) -> float:
    """Distribution of the place found when the variance after is ``ratio`` times that before (Bai 1997)."""
    if x > 0:  # seen from the other side, in that side's units
        return 1 - _cdf(-x / ratio, 1 / ratio)
    far, frac = abs(x), 1 / ratio
    if far == 0:
        far = 1e-12
    log_tail = special.log_ndtr
    slow = np.log(far / 2 - 2 + (ratio + 2) ** 2 / (ratio + 1)) + log_tail(-np.sqrt(far) / 2)
    fast = frac * (1 + frac) * far / 2 + log_tail(-(0.5 + frac) * np.sqrt(far))
    near = np.sqrt(far / (2 * np.pi)) * np.exp(-far / 8)
    return float(np.exp(slow) - near - ratio * (ratio + 2) / (ratio + 1) * np.exp(fast))
