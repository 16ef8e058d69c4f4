"""Funnel plots: which units differ by more than chance, given how much they have seen; never who is best.

Units are shown in the order they are given and are not ranked: among units that do not differ, any order is
chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.designs.series.months import Reason
from analysis.errors import DesignError

Vector = NDArray[np.float64]
Overdispersion = Literal["shmi", "cqc", "cqc_untransformed"]
Position = Literal["inside", "above", "below"]

NEEDED_UNITS = 5
LEVELS = {"95": 0.95, "998": 0.998}
TAIL = 0.001  # chance of so few events, beyond the lower 99.8 % limit
CUT = 0.1  # share of units trimmed, or drawn in, at each end


@dataclass(frozen=True)
class Funnel:
    """A funnel plot's figures.

    Parameters
    ----------
    frame : DataFrame, one row a unit in the order given
        ``unit``, the counts given, ``value`` (a ratio or a share), ``low_95, high_95, low_998, high_998`` and
        ``position``: "inside", "above" or "below" the 99.8 % limits, None when there are too few units;
        ``adjusted_low_95`` and so on and ``adjusted_position`` by limits that allow for overdispersion.
    method : str
        "ratio_" and the way of overdispersion, or "share_arcsine".
    target : float
        The value at which the funnel is centred.
    phi : float
        Mean squared z-score of the units, of 1 when they differ by chance alone; NaN when refused.
    tau2 : float
        Variance between units beyond chance, on the transformed scale; 0 when ``phi`` does not call for it.
    reasons : tuple
        Codes with numbers: why nothing is told, or what weakens it.
    """

    frame: pd.DataFrame
    method: str
    target: float
    phi: float
    tau2: float
    reasons: tuple[Reason, ...] = ()


def funnel(units: pd.DataFrame, *, overdispersion: Overdispersion = "shmi") -> Funnel:
    """Hold indirectly standardised ratios against limits of chance.

    Parameters
    ----------
    units : DataFrame, one row a unit
        ``unit, observed, expected`` (events; expected above 0, as `persons.casemix` gives them).
    overdispersion : {"shmi", "cqc", "cqc_untransformed"}
        How the variance between units is found. ``shmi``: log ratios, the lowest and highest tenth of
        z-scores left out, expected rounded to 2 decimals. ``cqc``: square roots of ratios, z-scores beyond
        their 10th and 90th percentile drawn in. ``cqc_untransformed`` is the same with limits as FunnelPlotR
        draws them: those of the square root, set beside the ratio itself, so about half as wide as they
        should be; to compare only.

    Returns
    -------
    Funnel
        Exact Poisson limits about 1, and limits with the variance between units added. Both follow the
        published form, the exact interval about the expected number; where little is expected its lower end
        is too close to 1 (with 2 expected, no event at all lies below it, and 13 of 100 units have none). The
        frame therefore has ``chance_so_few``, the Poisson chance of as few events or fewer, and units below a
        limit with a chance above 0.001 are counted in the reason ``lower_limit_approximate``.

    Raises
    ------
    DesignError
        If columns are missing, a unit comes twice, a count is negative or not a number, or nothing is
        expected.

    References
    ----------
    Spiegelhalter, Stat Med 2005;24:1185; Spiegelhalter et al., J R Stat Soc A 2012;175:1; FunnelPlotR.
    """
    _refuse_unfit(units, "observed", "expected")
    rows = units[["unit", "observed", "expected"]].reset_index(drop=True)
    observed, given = (rows[name].to_numpy(float) for name in ("observed", "expected"))
    expected = _rounded(given) if overdispersion == "shmi" else given
    frame = rows.assign(value=observed / expected, chance_so_few=stats.poisson.cdf(observed, expected))
    for name, level in LEVELS.items():
        frame[f"low_{name}"], frame[f"high_{name}"] = _exact_limits(expected, level)
    method = f"ratio_{overdispersion}"
    reason = _refusal(observed)
    if reason is not None:
        return _unanswered(frame, method, 1.0, reason)
    z, error = _ratio_scores(observed, expected, overdispersion)
    phi, tau2 = _shmi_spread(z, error) if overdispersion == "shmi" else _cqc_spread(z, error)
    for name, level in LEVELS.items():
        ends = _back(_quantile(level) * np.sqrt(error**2 + tau2), overdispersion)
        frame[f"adjusted_low_{name}"], frame[f"adjusted_high_{name}"] = ends
    frame = _with_positions(frame)
    return Funnel(frame, method, 1.0, phi, tau2, _few_expected(expected) + _likely_below(frame))


def funnel_shares(units: pd.DataFrame) -> Funnel:
    """Hold shares against limits of chance about the share of all units together.

    Parameters
    ----------
    units : DataFrame, one row a unit
        ``unit, numerator, denominator``, the denominator above 0.

    Returns
    -------
    Funnel
        Limits on the scale ``arcsin(sqrt(share))``, without and with the variance between units (z-scores
        beyond their 10th and 90th percentile drawn in).

    Raises
    ------
    DesignError
        If columns are missing, a unit comes twice, a count is negative or not a number, or a numerator is
        above its denominator.

    References
    ----------
    Spiegelhalter, Stat Med 2005;24:1185 (arcsine transformation and additive variance).
    """
    _refuse_unfit(units, "numerator", "denominator")
    rows = units[["unit", "numerator", "denominator"]].reset_index(drop=True)
    over = rows["numerator"] > rows["denominator"]
    if over.any():
        raise DesignError(
            f"{int(over.sum())} units have a numerator above the denominator", "correct the counts"
        )
    n = rows["denominator"].to_numpy(float)
    share = rows["numerator"].to_numpy(float) / n
    target = float(rows["numerator"].sum() / n.sum())
    error = 1 / (2 * np.sqrt(n))
    frame = _with_arcsine_limits(rows.assign(value=share), target, error)
    reason = _refusal(share)
    if reason is not None:
        return _unanswered(frame, "share_arcsine", target, reason)
    z = (np.arcsin(np.sqrt(share)) - np.arcsin(np.sqrt(target))) / error
    phi, tau2 = _cqc_spread(z, error)
    frame = _with_arcsine_limits(frame, target, np.sqrt(error**2 + tau2), "adjusted_")
    return Funnel(_with_positions(frame), "share_arcsine", target, phi, tau2, _few_expected(n * target))


def _refuse_unfit(units: pd.DataFrame, counted: str, base: str) -> None:
    """Raise for what no limits can mend."""
    missing = [name for name in ("unit", counted, base) if name not in units.columns]
    if missing:
        raise DesignError(f"the units lack {', '.join(missing)}", "give these columns")
    if units["unit"].isna().any() or units["unit"].duplicated().any():
        raise DesignError("a unit comes twice or has no name", "give one row a unit")
    numbers = units[[counted, base]].to_numpy(float)
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise DesignError("a count is negative or not a number", "correct the counts")
    none = [str(name) for name in units.loc[units[base].to_numpy(float) == 0, "unit"]]
    if none:
        raise DesignError(f"{base} is 0 for {', '.join(none[:5])}", "leave these units out and say so")


def _refusal(counted: Vector) -> Reason | None:
    """Why no unit is told apart, or None."""
    if len(counted) < NEEDED_UNITS:
        return "few_units", {"n": len(counted), "needed": NEEDED_UNITS}
    return ("all_zero", {"n": len(counted)}) if not counted.any() else None


def _few_expected(expected: Vector) -> tuple[Reason, ...]:
    """A remark on units so small that nothing could be seen in them."""
    few = int((expected < 1).sum())
    return (("few_expected", {"n": few}),) if few else ()


def _likely_below(frame: pd.DataFrame) -> tuple[Reason, ...]:
    """A remark on units below a limit that so few events pass more often than the limit says."""
    below = (frame["position"] == "below") | (frame["adjusted_position"] == "below")
    n = int((below & (frame["chance_so_few"] > TAIL)).sum())
    return (("lower_limit_approximate", {"n": n}),) if n else ()


def _unanswered(frame: pd.DataFrame, method: str, target: float, reason: Reason) -> Funnel:
    """The funnel without positions."""
    frame = frame.assign(position=None)
    for name in LEVELS:
        frame[f"adjusted_low_{name}"], frame[f"adjusted_high_{name}"] = np.nan, np.nan
    return Funnel(frame.assign(adjusted_position=None), method, target, np.nan, np.nan, (reason,))


def _rounded(expected: Vector) -> Vector:
    """Rounded to 2 decimals as the SHMI is, but never to 0."""
    rounded = np.round(expected, 2)
    return np.where(rounded > 0, rounded, expected)


def _exact_limits(expected: Vector, level: float) -> tuple[Vector, Vector]:
    """Exact Poisson limits of observed over expected."""
    tail = (1 - level) / 2
    low = stats.chi2.ppf(tail, 2 * expected) / 2 / expected
    return low, stats.chi2.ppf(1 - tail, 2 * (expected + 1)) / 2 / expected


def _ratio_scores(observed: Vector, expected: Vector, how: Overdispersion) -> tuple[Vector, Vector]:
    """z-scores and standard errors on the transformed scale; 0.5 is added to both where none is observed."""
    if how != "shmi":
        error = 1 / (2 * np.sqrt(expected))
        return (np.sqrt(observed / expected) - 1) / error, error
    error = 1 / np.sqrt(expected)
    spare = np.where(observed == 0, 0.5, 0.0)
    return np.log((observed + spare) / (expected + spare)) / error, error


def _shmi_spread(z: Vector, error: Vector) -> tuple[float, float]:
    """``phi`` and ``tau2`` over the units left when the lowest and highest tenth of z-scores is left out."""
    tenth = np.floor(stats.rankdata(z, method="ordinal") / (len(z) + 1) / CUT + 1e-9)
    kept = (tenth > 0) & (tenth < round(1 / CUT) - 1)
    return _spread(z[kept], error[kept])


def _cqc_spread(z: Vector, error: Vector) -> tuple[float, float]:
    """``phi`` and ``tau2`` over all units, z-scores beyond the 10th and 90th percentile drawn in."""
    return _spread(np.clip(z, *np.quantile(z, [CUT, 1 - CUT])), error)


def _spread(z: Vector, error: Vector) -> tuple[float, float]:
    """Mean squared z-score, and the variance between units by moments (DerSimonian & Laird)."""
    n, weights = len(z), 1 / error**2
    phi = float((z**2).mean())
    size = weights.sum() - (weights**2).sum() / weights.sum()
    return phi, max(0.0, float((n * phi - (n - 1)) / size)) if size > 0 else 0.0


def _quantile(level: float) -> float:
    """Standard normal quantile of a two-sided level."""
    return float(stats.norm.ppf((1 + level) / 2))


def _back(half: Vector, how: Overdispersion) -> tuple[Vector, Vector]:
    """Limits of the ratio from half their width on the transformed scale."""
    if how == "shmi":
        return np.exp(-half), np.exp(half)
    low, high = np.maximum(1 - half, 0.0), 1 + half
    return (low**2, high**2) if how == "cqc" else (low, high)


def _with_arcsine_limits(frame: pd.DataFrame, target: float, error: Vector, prefix: str = "") -> pd.DataFrame:
    """The frame with limits of shares, worked out on the arcsine scale."""
    centre = np.arcsin(np.sqrt(target))
    columns = {}
    for name, level in LEVELS.items():
        for side, way in (("low", -1), ("high", 1)):
            angle = np.clip(centre + way * _quantile(level) * error, 0, np.pi / 2)
            columns[f"{prefix}{side}_{name}"] = np.sin(angle) ** 2
    return frame.assign(**columns)


def _with_positions(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with each unit's place by the 99.8 % limits; a value on a limit is inside."""
    for prefix in ("", "adjusted_"):
        below = frame["value"] < frame[f"{prefix}low_998"]
        above = frame["value"] > frame[f"{prefix}high_998"]
        frame[f"{prefix}position"] = np.select([below, above], ["below", "above"], "inside")
    return frame
