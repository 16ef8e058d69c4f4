"""Centre lines and sigmas of control charts, before scaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Question

Vector = NDArray[np.float64]
ChartKind = Literal["run", "xmr", "i", "c", "u", "u_prime", "p", "p_prime"]

RATES = ("u", "u_prime", "p", "p_prime")
RANGE_TO_SIGMA = 1.128  # mean of the range of two normal values
MDC_FACTOR = 2.66  # Making Data Count prints 2.66 where 3 / 1.128 is 2.6596
RANGE_SCREEN = 3.267  # upper limit of a moving range, in mean moving ranges


@dataclass(frozen=True)
class Limits:
    """Centre and sigma (one a month) of one part's months; ``sigma_z`` is Laney's factor, NaN without."""

    centre: float
    sigma: Vector
    sigma_z: float = float("nan")


def rates(rows: pd.DataFrame, kind: ChartKind) -> tuple[Vector, Vector]:
    """What the limits are worked out on (before scaling), and the denominators."""
    denominators = rows["denominator"].to_numpy(float)
    if kind in RATES:
        with np.errstate(all="ignore"):
            return rows["numerator"].to_numpy(float) / denominators, denominators
    return rows["numerator" if kind == "c" else "value"].to_numpy(float), denominators


def pooled(base: pd.DataFrame) -> float:
    """All events per all that they are counted per."""
    denominator = float(base["denominator"].sum())
    return float(base["numerator"].sum()) / denominator if denominator > 0 else float("nan")


def counting_noise(centre: float, denominators: Vector, kind: ChartKind) -> Vector:
    """Standard deviation of a rate or share by counting noise alone."""
    spread = centre * (1 - centre) if kind in ("p", "p_prime") else centre
    with np.errstate(all="ignore"):
        return np.sqrt(max(spread, 0.0) / np.where(denominators > 0, denominators, np.nan))


def laney_sigma(values: Vector, centre: float, noise: Vector) -> float:
    """Month-to-month variation in units of counting noise (Laney); NaN without any noise."""
    if len(values) < 2 or not (noise > 0).all():
        return float("nan")
    return float(np.abs(np.diff((values - centre) / noise)).mean() / RANGE_TO_SIGMA)


def limits_of(piece: pd.DataFrame, kind: ChartKind) -> Limits:
    """Centre and sigma of a part, before scaling.

    Parameters
    ----------
    piece : DataFrame, one row a month of the part
        ``numerator, denominator, value`` and ``baseline`` (bool: behind the limits; at least 2 months).
    kind : str
        The kind of chart, see `analysis.designs.control.control_chart`.

    Returns
    -------
    Limits
        Sigma is NaN for run charts and in months without a denominator, 0 when the baseline does not vary.

    References
    ----------
    Montgomery, Introduction to Statistical Quality Control; Mohammed & Laney, Qual Saf Health Care
    2006;15:319.
    """
    base = piece[piece["baseline"]]
    values, n = rates(base, kind)[0], len(piece)
    if kind == "run":
        return Limits(float(np.median(values)), np.full(n, np.nan))
    if kind == "c":
        return Limits(float(values.mean()), np.full(n, np.sqrt(values.mean())))
    if kind in ("xmr", "i"):
        return Limits(float(values.mean()), np.full(n, _individual_sigma(values, kind)))
    centre = pooled(base)
    noise = counting_noise(centre, rates(piece, kind)[1], kind)
    if kind in ("u", "p"):
        return Limits(centre, noise)
    sigma_z = laney_sigma(values, centre, noise[piece["baseline"].to_numpy()])
    return Limits(centre, noise * (0.0 if np.isnan(sigma_z) else sigma_z), sigma_z)


def _individual_sigma(values: Vector, kind: ChartKind) -> float:
    """Sigma from the moving ranges of single values, those beyond their own limit left out once."""
    ranges = np.abs(np.diff(values))
    if not ranges.any():
        return 0.0
    mean = float(ranges[ranges < RANGE_SCREEN * ranges.mean()].mean())
    return mean / RANGE_TO_SIGMA if kind == "i" else mean * MDC_FACTOR / 3


def possible_range(kind: ChartKind, question: Question) -> tuple[float, float]:
    """Lowest and highest value that can be, before scaling; of a mean nothing is known."""
    if question.kind == "mean":
        return -np.inf, np.inf
    one = 1.0 if kind in ("p", "p_prime") else question.per
    return 0.0, one if question.kind == "share" else np.inf
