"""Reporting delay: recent months are not yet whole. How whole are they, what will they come to, what is cut?

Reports have the month of the event and the date of registration. With a cut-off date the numbers by
delay form a triangle: of recent months only the early registrations are seen. The share of all registrations
that comes within a delay is estimated from the triangle (chain ladder, the same as a Kaplan-Meier estimate
in reversed time), and recent months are raised by it or marked as not complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import stats

from analysis.designs.effect import Check, Question
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError

Vector = NDArray[np.float64]

COLUMNS = ("period_start", "registered")
LONGEST = 12
LEAST = 0.95
NEEDED_MONTHS = 8
NEEDED_REPORTS = 50
NEEDED_SIDE = 4  # months of events
LEAST_SEEN = 0.05  # share that must be registered for an empty month to tell anything
CLEAR_P = 0.05
MATERIAL = 0.01
Z = float(stats.norm.ppf(0.975))
NONE_SEEN = float(stats.chi2.ppf(0.975, 2) / 2)  # 3.7: upper limit of a Poisson mean when nothing is counted


@dataclass(frozen=True)
class Delay:
    """How reports come in after the month of their event.

    Parameters
    ----------
    counts : DataFrame
        The triangle: one row a month of event (its first day), one column a delay in months 0, 1, ...;
        NaN where the cut-off date hides the number.
    completeness : DataFrame
        ``lag, share, low, high``: the share of a month's reports that is registered within ``lag``
        months; 1 at the longest delay looked at; ``wander``: half-width of a 95 % interval of the log of a
        coming month's share, from how the fully seen months vary (NaN below 8 of them).
    dispersion : float
        How much more than by chance the triangle varies, at least 1.
    as_of : date
        The cut-off date.
    n_left_out : int
        Reports without a date, registered before the month of their event, or after the cut-off date.
    reason : str
        Code of why completeness is not known ("too_few_points" months, "few_events"), or "".
    """

    counts: pd.DataFrame
    completeness: pd.DataFrame
    dispersion: float
    as_of: date
    n_left_out: int
    reason: str = ""


def delay(reports: pd.DataFrame, as_of: date, *, longest: int = LONGEST) -> Delay:
    """Estimate how complete months are by the time since.

    Parameters
    ----------
    reports : DataFrame, one row a report
        Columns ``period_start`` (first day of the month of the event) and ``registered`` (date).
    as_of : date
        The last day whose registrations are known; a month that it cuts in two is not looked at.
    longest : int
        The longest delay in months; what comes later is taken not to come.

    Returns
    -------
    Delay
        With a reason instead of a completeness when fewer than 8 months of events or 50 reports are seen.

    Raises
    ------
    DesignError
        If a column is missing or ``longest`` is below 1.

    References
    ----------
    Lawless, Can J Stat 1994;22:15 (reversed-time estimate); Mack, ASTIN Bull 1993;23:213 (chain ladder).
    """
    counts, left_out = _triangle(reports, as_of, longest)
    known = int(np.nansum(counts.to_numpy()))
    months = int((counts.notna().any(axis=1)).sum())
    if months < NEEDED_MONTHS or known < NEEDED_REPORTS:
        nothing = pd.DataFrame({"lag": range(longest + 1), "share": np.nan, "low": np.nan, "high": np.nan})
        nothing["wander"] = np.nan
        reason = "too_few_points" if months < NEEDED_MONTHS else "few_events"
        return Delay(counts, nothing, np.nan, as_of, left_out, reason)
    shares, errors, dispersion = _completeness(counts.to_numpy())
    table = pd.DataFrame({
        "lag": range(longest + 1), "share": shares, "low": shares * np.exp(-Z * errors),
        "high": np.minimum(shares * np.exp(Z * errors), 1.0), "wander": _wander(counts.to_numpy()),
    })  # fmt: skip
    return Delay(counts, table, dispersion, as_of, left_out)


def corrected(series: pd.DataFrame, found: Delay) -> pd.DataFrame:
    """The series with its recent numerators raised to what they will come to.

    Parameters
    ----------
    series : DataFrame, one row a month
        Columns ``period_start, numerator, denominator, value, complete``.
    found : Delay
        Of the same reports and cut-off date.

    Returns
    -------
    DataFrame
        All columns of the series as they were, and ``lag`` (months since), ``completeness``, ``corrected``,
        ``corrected_low, corrected_high`` (95 % interval of what the numerator will come to, never below
        what is already there). Of a month in which nothing is seen yet the upper limit is 3.7 times the
        dispersion over the completeness (Poisson). Months beyond the longest delay keep their number. Months
        get NaN with a ``reason``, else "", when their completeness is not known
        ("completeness_not_known"), or nothing is seen and less than 5 % would be ("too_early").

    Raises
    ------
    DesignError
        If ``period_start`` or ``numerator`` is missing.
    """
    lags, shares, errors, wander = _of_months(series, found)
    seen = pd.to_numeric(series["numerator"]).to_numpy(float)
    with np.errstate(all="ignore"):
        whole = seen / shares
        coming = found.dispersion * (1 - shares) / np.maximum(seen, 0.5)
        half = np.fmax(Z * np.sqrt(coming + errors**2), wander)
        low, high = np.maximum(whole * np.exp(-half), seen), whole * np.exp(half)
        high = np.where(seen == 0, NONE_SEEN * found.dispersion / shares, high)
    settled = lags >= int(found.completeness["lag"].max())
    unknown, early = ~settled & ~(shares > 0), ~settled & (seen == 0) & (shares < LEAST_SEEN)
    whole, low, high = (np.where(unknown | early, np.nan, part) for part in (whole, low, high))
    whole, low, high = (np.where(settled, seen, part) for part in (whole, low, high))
    return series.assign(
        lag=lags, completeness=np.where(settled, 1.0, shares), corrected=whole, corrected_low=low,
        corrected_high=high, reason=np.select([unknown, early], ["completeness_not_known", "too_early"], ""),
    )  # fmt: skip


def cut(series: pd.DataFrame, found: Delay, *, least: float = LEAST) -> pd.DataFrame:
    """The series with months that are not whole enough marked as not complete.

    Parameters
    ----------
    series : DataFrame, one row a month
        Columns ``period_start, numerator, denominator, value, complete``.
    found : Delay
        Of the same reports and cut-off date.
    least : float
        The completeness a month needs.

    Returns
    -------
    DataFrame
        The same rows and columns with ``complete`` false where completeness is below ``least``; a month whose
        completeness is not known is cut until the longest delay has passed.

    Raises
    ------
    DesignError
        If ``period_start`` or ``numerator`` is missing, or ``least`` is not between 0 and 1.
    """
    if not 0 < least <= 1:
        raise DesignError("the completeness asked for is not between 0 and 1", "give a share such as 0.95")
    lags, shares = _of_months(series, found)[:2]
    settled = lags >= int(found.completeness["lag"].max())
    whole = settled | (shares >= least)
    return series.assign(complete=series["complete"].fillna(False).astype(bool).to_numpy() & whole)


def reporting_delay(series: pd.DataFrame, found: Delay, *, least: float = LEAST) -> Check:
    """What is cut and what it would come to, side by side.

    Parameters
    ----------
    series : DataFrame, one row a month
        As it was before `cut`.
    found : Delay
        Of the same reports and cut-off date.
    least : float
        As in `cut`.

    Returns
    -------
    Check
        "reporting_delay", informational. Values ``months`` (incomplete ones), ``completeness`` (of the
        least complete; NaN when none is known), ``cut`` (months cut), ``least``, ``as_of``; table: the
        incomplete months as `corrected` gives them, with ``cut``.

    Raises
    ------
    DesignError
        As `cut`.
    """
    told = corrected(series, found)
    kept = cut(series, found, least=least)["complete"].to_numpy(bool)
    table = told.assign(cut=series["complete"].fillna(False).astype(bool).to_numpy() & ~kept)
    table = table[~(table["completeness"] >= 1.0) | table["cut"]].reset_index(drop=True)
    values: dict[str, float | int | str] = {
        "months": len(table), "completeness": float(table["completeness"].min()),
        "cut": int(table["cut"].sum()), "least": least, "as_of": found.as_of.isoformat(),
    }  # fmt: skip
    return Check("reporting_delay", None, values, table, blocking=False)


def delay_changed(found: Delay, question: Question) -> Check:
    """Whether reports came in faster or slower from the start on, which alone can fake a change.

    Parameters
    ----------
    found : Delay
        Of the measure's reports.
    question : Question
        Its ``start`` divides the months; those of the transition are left out.

    Returns
    -------
    Check
        "delay_changed", blocking; not passed when the delays differ clearly (p < 0.05 in a logistic model
        of each cell's share among what had come by then, with the months as clusters) and the
        completeness that the two imply for the months after differs by 1 % or more; None when
        too little is seen on a side. Values ``odds_ratio`` (of coming late, after over before), ``low,
        high, p``, ``before`` and ``after`` (completeness of the months after under either delay),
        ``n_before, n_after``.
    """
    at = np.array([ordinal(when.date()) for when in found.counts.index])
    before, after = at < ordinal(question.start), at >= ordinal(question.settled)
    values: dict[str, float | int | str] = {
        "odds_ratio": np.nan, "low": np.nan, "high": np.nan, "p": np.nan, "before": np.nan, "after": np.nan,
        "n_before": int(before.sum()), "n_after": int(after.sum()),
    }  # fmt: skip
    cells = _cells(found.counts[before | after].to_numpy(), after[before | after])
    if min(cells.loc[cells["after"] == side, "month"].nunique() for side in (0, 1)) < NEEDED_SIDE:
        return Check("delay_changed", None, values)
    values |= _late_odds(cells)
    values |= _implied(found, before, after)
    differs = abs(np.log(float(values["after"]) / float(values["before"])))
    changed = float(values["p"]) < CLEAR_P and differs >= MATERIAL
    return Check("delay_changed", None if np.isnan(differs) else not changed, values)


def _triangle(reports: pd.DataFrame, as_of: date, longest: int) -> tuple[pd.DataFrame, int]:
    """Reports by month of event and delay, hidden cells NaN, and how many reports were left out."""
    missing = [name for name in COLUMNS if name not in reports.columns]
    if missing:
        raise DesignError(f"the reports lack {', '.join(missing)}", f"give the columns {', '.join(COLUMNS)}")
    if longest < 1:
        raise DesignError("the longest delay is below one month", "give 1 or more")
    event, registered = (pd.to_datetime(reports[name]) for name in COLUMNS)
    month = 12 * event.dt.year + event.dt.month - 1
    lag = 12 * registered.dt.year + registered.dt.month - 1 - month
    last = ordinal(as_of + timedelta(days=1)) - 1  # the last month whose registrations are all known
    good = lag.notna() & (lag >= 0) & (registered <= pd.Timestamp(as_of))
    counted = good & (month + lag <= last)
    if not counted.any():
        empty = pd.DataFrame(columns=range(longest + 1), index=pd.DatetimeIndex([]), dtype=float)
        return empty, int((~good).sum())
    axis = np.arange(int(month[counted].min()), last + 1)
    numbers = np.zeros((len(axis), longest + 1))
    kept = counted & (lag <= longest)
    np.add.at(numbers, (month[kept].astype(int) - axis[0], lag[kept].astype(int)), 1)
    numbers[np.add.outer(axis, np.arange(longest + 1)) > last] = np.nan
    index = pd.to_datetime([month_of(int(place)) for place in axis])
    return pd.DataFrame(numbers, index=index), int((~good).sum())


def _completeness(counts: Vector) -> tuple[Vector, Vector, float]:
    """Share registered within each delay, standard error of its log, and dispersion."""
    so_far = np.cumsum(counts, axis=1)
    shares, variance = np.ones(counts.shape[1]), np.zeros(counts.shape[1])
    squares, cells = 0.0, 0
    for lag in range(counts.shape[1] - 1, 0, -1):
        seen = np.isfinite(counts[:, lag])
        n, late = so_far[seen, lag].sum(), counts[seen, lag].sum()
        hazard = late / n if n > 0 else 0.0
        own = so_far[seen, lag]
        if 0 < hazard < 1:
            spread = own * hazard * (1 - hazard)
            squares += float(((counts[seen, lag] - own * hazard)[spread > 0] ** 2 / spread[spread > 0]).sum())
            cells += int((spread > 0).sum()) - 1
        shares[lag - 1] = shares[lag] * (1 - hazard)
        variance[lag - 1] = variance[lag] + (hazard / (n * (1 - hazard)) if n > 0 and hazard < 1 else 0.0)
    dispersion = max(1.0, squares / cells) if cells > 0 else 1.0
    return shares, np.sqrt(dispersion * variance), dispersion


def _wander(counts: Vector) -> Vector:
    """Half-width of an interval of the log share of one more month, from the fully seen months."""
    whole = np.cumsum(counts[np.isfinite(counts[:, -1])], axis=1) + 0.5
    n = len(whole)
    if n < NEEDED_MONTHS:
        return np.full(counts.shape[1], np.nan)
    spread = np.log(whole[:, -1:] / whole).std(axis=0, ddof=1)
    return np.asarray(stats.t.ppf(0.975, n - 1) * spread * np.sqrt(1 + 1 / n), float)


def _of_months(series: pd.DataFrame, found: Delay) -> tuple[NDArray[np.int64], Vector, Vector, Vector]:
    """Whole months since each month, its completeness, the error of its log, and ``wander``."""
    missing = [name for name in ("period_start", "numerator", "complete") if name not in series.columns]
    if missing:
        raise DesignError(f"the series lacks {', '.join(missing)}", "give the series as the designs take it")
    at = np.array([ordinal(when.date()) for when in pd.to_datetime(series["period_start"])], np.int64)
    lags = ordinal(found.as_of + timedelta(days=1)) - 1 - at
    known = found.completeness
    places = np.clip(lags, 0, len(known) - 1)
    shares = np.where(lags < 0, 0.0, known["share"].to_numpy(float)[places])
    with np.errstate(all="ignore"):
        errors = np.log(known["share"] / known["low"]).fillna(0.0).to_numpy(float)[places] / Z
    return lags, shares, errors, known["wander"].to_numpy(float)[places]


def _cells(counts: Vector, after: NDArray[np.bool_]) -> pd.DataFrame:
    """The cells of the triangle that tell of lateness: what came at a delay, of all that had come by then."""
    so_far = np.cumsum(counts, axis=1)
    month, lag = np.nonzero(np.isfinite(counts) & (so_far > 0) & (np.arange(counts.shape[1]) > 0))
    late = counts[month, lag]
    frame = pd.DataFrame({
        "month": month, "lag": lag, "late": late, "earlier": so_far[month, lag] - late,
        "after": after[month].astype(int),
    })  # fmt: skip
    both = frame.groupby("lag")["after"].nunique()
    mixed = frame.groupby("lag")[["late", "earlier"]].sum().min(axis=1) > 0
    return frame[frame["lag"].isin(both.index[(both == 2) & mixed])]


def _late_odds(cells: pd.DataFrame) -> dict[str, float]:
    """Odds of coming late, after over before, with interval and p; the cells of a month go together."""
    X = np.column_stack([pd.get_dummies(cells["lag"]).to_numpy(float), cells["after"]])
    model = sm.GLM(cells[["late", "earlier"]].to_numpy(), X, family=sm.families.Binomial())
    result = model.fit(cov_type="cluster", cov_kwds={"groups": cells["month"].to_numpy()})
    fewest = int(cells.groupby("after")["month"].nunique().min())
    df = max(1, fewest - 1)
    estimate = float(result.params[-1])
    error = float(result.bse[-1] * np.sqrt(fewest / df))
    half = float(stats.t.ppf(0.975, df)) * error
    ends = np.exp(np.clip([estimate, estimate - half, estimate + half], -700, 700))
    p = float(2 * stats.t.sf(abs(estimate / error), df))
    return {"odds_ratio": float(ends[0]), "low": float(ends[1]), "high": float(ends[2]), "p": p}


def _implied(found: Delay, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> dict[str, float]:
    """Mean completeness of the months after, under the delays before and after the start."""
    counts = found.counts.to_numpy()
    lags = np.minimum(np.isfinite(counts[after]).sum(axis=1) - 1, counts.shape[1] - 1)
    seen: Sequence[NDArray[np.bool_]] = (before, after)
    longest = int(lags.max())  # later delays are not seen after the start: compare what is
    curves = [_completeness(counts[side][:, : longest + 1])[0] for side in seen]
    return {name: float(curve[lags].mean()) for name, curve in zip(("before", "after"), curves, strict=True)}
