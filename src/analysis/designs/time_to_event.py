"""Time from ready for discharge to what came first: did the share home within a day, or the wait, change?

Stays of one month are alike, and months differ more than chance among persons allows. Two pooled groups of
persons would therefore find changes that are none. Each month gets an Aalen-Johansen estimate, and the
months are judged as an interrupted time series.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from analysis.designs import segmented
from analysis.designs.effect import Check, Effect, Question
from analysis.designs.fit import FitError
from analysis.designs.persons.competing import cumulative_incidence, incidence_of
from analysis.designs.persons.hazards import cox
from analysis.designs.persons.survival import Codes, Vector, refuse_unknown_events, restricted_mean_of
from analysis.designs.persons.weakened import weakened, without_answer
from analysis.designs.series.model import attempt, with_season
from analysis.designs.series.months import months, within
from analysis.designs.verdict import Reason, clear_direction
from analysis.errors import DesignError

Quantity = Literal["share_within", "restricted_mean"]

WAITING, DISCHARGED, DIED, OTHER = 0, 1, 2, 3
CODES = (WAITING, DISCHARGED, DIED, OTHER)
MOST_CUT_OFF = 0.20
FEWEST_STAYS = 10
FEWEST_FOR_COX = 20  # discharges, on either side
COX_STEPS = 24  # into which the time to the horizon is divided there
COLUMNS = ("period_start", "time", "event")


def evaluate(
    stays: pd.DataFrame, question: Question, *, quantity: Quantity = "share_within", horizon: float = 24.0
) -> Effect:
    """Answer a question about the time from ready for discharge.

    Parameters
    ----------
    stays : DataFrame, one row a stay
        Columns ``period_start`` (first of the month of being ready), ``time`` (hours or days from ready),
        ``event`` (0 still waiting at the data cut, 1 discharged, 2 died, 3 transferred or no longer
        ready), and ``municipality`` if known (strata of the adjusted view).
    question : Question
        Kind "share" (effect: a ratio) or "mean" (a difference) for "share_within", "mean" for
        "restricted_mean".
    quantity : {"share_within", "restricted_mean"}
        The share discharged within the horizon, with death and transfer as competing events; or the mean
        time until any event, counted up to the horizon.
    horizon : float
        In the unit of ``time``; a discharge at exactly this time counts.

    Returns
    -------
    Effect
        That of `analysis.designs.segmented.evaluate` on `monthly_series`, method "time_to_event_share_within"
        or "time_to_event_restricted_mean", with the check ``adjusted_view`` (informational), of the
        restricted mean also `other_ends` (blocking), and the reasons ``rows_left_out`` (n, n_rows, why),
        ``months_cut_off`` (n, limit) and ``months_with_few_persons`` (n, needed). Without any event the
        verdict is "too_little_data", reason ``no_events`` (n).

    Raises
    ------
    DesignError
        As `monthly_series`.

    References
    ----------
    docs/methods.md; Putter, Fiocco & Geskus 2007 for competing risks.
    """
    known, remarks = _known(stays)
    series = monthly_series(stays, question, quantity=quantity, horizon=horizon)
    effect = replace(segmented.evaluate(series, question), method=f"time_to_event_{quantity}")
    if not _has_event(known, quantity):
        return without_answer(effect, ("no_events", {"n": len(known)}))
    checks = [_adjusted_view(known, series, effect, horizon)]
    if quantity == "restricted_mean":
        checks.append(other_ends(known, series, effect, horizon))
    return weakened(effect, checks, remarks + _months_left_out(series))


def monthly_series(
    stays: pd.DataFrame, question: Question, *, quantity: Quantity = "share_within", horizon: float = 24.0
) -> pd.DataFrame:
    """One estimate a month of being ready.

    Parameters
    ----------
    stays : DataFrame
        As in `evaluate`; rows without time, month or event are left out.
    question : Question
        Gives kind and ``per``.
    quantity : {"share_within", "restricted_mean"}
        As in `evaluate`.
    horizon : float
        In the unit of ``time``.

    Returns
    -------
    DataFrame, one row a month
        ``period_start, numerator, denominator, value, complete``, as designs take them, and ``variance``
        (of the estimate among persons), ``stays``, ``cut_off`` (share whose observation ended before the
        horizon without an event). ``denominator`` is the effective number: the stays that would give the
        same variance were all observed. A month with more than 20 % cut off, or fewer than 10 stays, is
        not complete.

    Raises
    ------
    DesignError
        If columns are missing, times negative, event codes unknown, the horizon not above 0, or the
        question's kind does not fit the quantity.
    """
    _refuse_mismatch(question, quantity, horizon)
    known, _ = _known(stays)
    rows = [
        _month(period, part["time"].to_numpy(float), part["event"].to_numpy(int), quantity, horizon)
        for period, part in known.groupby("period_start")
    ]
    names = ["period_start", "estimate", "variance", "denominator", "stays", "cut_off"]
    series = pd.DataFrame(rows, columns=names)
    series["numerator"] = series["estimate"] * series["denominator"]
    series["value"] = series.pop("estimate") * question.per
    series["complete"] = (
        (series["cut_off"] <= MOST_CUT_OFF) & (series["stays"] >= FEWEST_STAYS) & series["value"].notna()
    )
    return series


def other_ends(stays: pd.DataFrame, series: pd.DataFrame, effect: Effect, horizon: float) -> Check:
    """Whether a shorter mean time may only come from stays that end otherwise than by discharge.

    Long waits that from the start on are registered as "no longer ready" shorten the mean time until any
    event although nobody goes home sooner. Faster discharge does the opposite: fewer stays end otherwise.

    Parameters
    ----------
    stays : DataFrame
        As in `evaluate`, no value missing.
    series : DataFrame
        From `monthly_series`; its complete months are used.
    effect : Effect
        Of the restricted mean.
    horizon : float
        In the unit of ``time``.

    Returns
    -------
    Check
        "other_ends", blocking: the share of each month's stays that die, are transferred or are no longer
        ready within the horizon, judged as the question is; not passed when it clearly rose while the mean
        time fell, or clearly fell while it rose. None when it cannot be judged. Values ``before, after``
        (mean shares of the months), ``low, high`` (95 % interval of the difference).
    """
    asked = replace(effect.question, kind="mean", per=1.0)
    rows = months(_other_shares(stays, series, horizon), asked)
    window = within(rows, asked).query("used")
    before, after = (float(window.loc[window["after"] == side, "value"].mean()) for side in (False, True))
    found = attempt(rows, with_season(rows, asked))[0] if window["value"].any() else (0.0, 0.0, 0.0)
    values: dict[str, float | int | str] = {
        "before": before, "after": after, "low": found[1], "high": found[2],
    }  # fmt: skip
    if not np.isfinite([before, after, *found, effect.estimate]).all():
        return Check("other_ends", None, values)
    way = clear_direction(found, "difference")
    return Check("other_ends", way is None or (way == "higher") == (effect.estimate > 0), values)


def _other_shares(stays: pd.DataFrame, series: pd.DataFrame, horizon: float) -> pd.DataFrame:
    """The share of each month's stays that end otherwise than by discharge, as designs take series."""
    ends = stays.assign(event=stays["event"].clip(upper=DIED))
    shares = {
        period: incidence_of(part["time"].to_numpy(float), part["event"].to_numpy(int), DIED, horizon)[0]
        for period, part in ends.groupby("period_start")
    }
    value = series["period_start"].map(shares).astype(float)
    n = series["stays"].astype(float)
    return series.assign(numerator=value * n, denominator=n, value=value)


def curves(stays: pd.DataFrame, question: Question) -> pd.DataFrame:
    """How large a share each event has reached, by time, before and after; for display.

    Only calendar months that lie on both sides are used, and each weighs as it does after, so that the season
    makes no difference. No interval is given: one among persons would be too narrow (see the module).

    Parameters
    ----------
    stays : DataFrame
        As in `evaluate`.
    question : Question
        Its window, transition and shocks decide which months are used.

    Returns
    -------
    DataFrame, one row a side, event and time
        ``period`` ("before", "after"), ``event`` (1 to 3), ``time``, ``incidence``, ``waiting`` (no event
        yet), ``n`` (stays behind the curve). Empty when no calendar month lies on both sides. A curve ends
        where the first of its months has nobody left under observation.

    Raises
    ------
    DesignError
        As `monthly_series`.
    """
    known, _ = _known(stays)
    names = ["period", "event", "time", "incidence", "waiting", "n"]
    used = _same_calendar_months(known, _used_months(known, question))
    if used.empty or not (used["event"] > 0).any():
        return pd.DataFrame(columns=names)
    weights = used[used["after"]].groupby("calendar").size()
    sides = [("before", used[~used["after"]]), ("after", used[used["after"]])]
    parts = [_weighted_curves(part, weights).assign(period=name, n=len(part)) for name, part in sides]
    return pd.concat(parts, ignore_index=True)[names]


def _known(stays: pd.DataFrame) -> tuple[pd.DataFrame, list[Reason]]:
    """The stays with month, time and event, and how many lack one."""
    missing = [name for name in COLUMNS if name not in stays.columns]
    if missing:
        raise DesignError(f"the stays lack {', '.join(missing)}", f"give the columns {', '.join(COLUMNS)}")
    rows = stays.assign(
        period_start=pd.to_datetime(stays["period_start"]), time=pd.to_numeric(stays["time"], errors="coerce")
    )
    rows = rows.replace({"time": [np.inf, -np.inf]}, np.nan)
    whole = rows[list(COLUMNS)].notna().all(axis=1)
    known = rows[whole].reset_index(drop=True)
    refuse_unknown_events(known["event"], CODES)
    if (known["time"] < 0).any():
        raise DesignError("stays end before they are ready", "leave such rows out and say how many")
    known["event"] = known["event"].astype(int)
    lost: dict[str, float | int | str] = {
        "n": int((~whole).sum()),
        "n_rows": len(rows),
        "why": "missing_time",
    }
    return known, [("rows_left_out", lost)] if lost["n"] else []


def _refuse_mismatch(question: Question, quantity: Quantity, horizon: float) -> None:
    """Raise for a quantity that the question cannot ask about."""
    if quantity not in get_args(Quantity):
        raise DesignError(f"unknown quantity “{quantity}”", f"use {' or '.join(get_args(Quantity))}")
    if not horizon > 0:
        raise DesignError(f"the horizon {horizon} is not above 0", "give a time in the unit of the data")
    kinds = ("share", "mean") if quantity == "share_within" else ("mean",)
    if question.kind not in kinds:
        raise DesignError(
            f"question “{question.id}” is a {question.kind}, {quantity} is not", f"use {' or '.join(kinds)}"
        )


def _month(
    period: pd.Timestamp, time: Vector, event: Codes, quantity: Quantity, horizon: float
) -> tuple[pd.Timestamp, float, float, float, int, float]:
    """One month: estimate, variance, effective number, stays, share cut off."""
    cut_off = float(((event == WAITING) & (time < horizon)).mean())
    if quantity == "share_within":
        estimate, variance = incidence_of(time, event, DISCHARGED, horizon)
        effective = estimate * (1 - estimate) / variance if variance > 0 else float(len(time))
    else:
        estimate, variance = restricted_mean_of(time, event, horizon)
        effective = float(len(time))
    return period, estimate, variance, effective, len(time), cut_off


def _has_event(known: pd.DataFrame, quantity: Quantity) -> bool:
    """Whether anybody had the event asked about."""
    seen = known["event"] == DISCHARGED if quantity == "share_within" else known["event"] > 0
    return bool(seen.any())


def _months_left_out(series: pd.DataFrame) -> list[Reason]:
    """Months that lie there but are not used, by cause."""
    cut_off = series["cut_off"] > MOST_CUT_OFF
    few = ~cut_off & (series["stays"] < FEWEST_STAYS)
    reasons: list[Reason] = [
        ("months_cut_off", {"n": int(cut_off.sum()), "limit": MOST_CUT_OFF}),
        ("months_with_few_persons", {"n": int(few.sum()), "needed": FEWEST_STAYS}),
    ]
    return [reason for reason in reasons if reason[1]["n"]]


def _used_months(known: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The months of the question's window that are neither transition nor shock."""
    periods = pd.DataFrame({"period_start": known["period_start"].unique()})
    series = periods.assign(numerator=1.0, denominator=1.0, value=1.0, complete=True)
    window = within(months(series, replace(question, kind="mean", breaks=())), replace(question, kind="mean"))
    return window[window["used"] & ~window["shocked"]]


def _same_calendar_months(known: pd.DataFrame, used: pd.DataFrame) -> pd.DataFrame:
    """Stays of the used months, with ``after``, in calendar months that lie on both sides."""
    rows = known.merge(used[["period_start", "after"]].astype({"after": bool}), on="period_start")
    rows["calendar"] = rows["period_start"].dt.month
    both = rows.groupby("calendar")["after"].transform("nunique") == 2
    return rows[both]


def _weighted_curves(part: pd.DataFrame, weights: pd.Series) -> pd.DataFrame:
    """Curves of one side, averaged over its calendar months."""
    at = np.unique(np.concatenate([[0.0], part.loc[part["event"] > 0, "time"]]))
    at = at[at <= part.groupby("calendar")["time"].max().min()]
    causes = [DISCHARGED, DIED, OTHER]
    total = np.zeros((len(causes) + 1, len(at)))
    for calendar, rows in part.groupby("calendar"):
        if not (rows["event"] > 0).any():
            total[-1] += weights[calendar]
            continue
        found = cumulative_incidence(rows, causes=causes)
        steps = [_step(found[found["cause"] == cause], "incidence", at, 0.0) for cause in causes]
        total += weights[calendar] * np.vstack([*steps, _step(found, "waiting", at, 1.0)])
    total /= weights.sum()
    return pd.concat(
        [pd.DataFrame({"event": cause, "time": at, "incidence": total[row], "waiting": total[-1]})
         for row, cause in enumerate(causes)]
    )  # fmt: skip


def _step(curve: pd.DataFrame, column: str, at: Vector, start: float) -> Vector:
    """A step function's values at given times."""
    first = curve[curve["cause"] == curve["cause"].iloc[0]]
    places = np.searchsorted(first["time"].to_numpy(), at, side="right")
    return np.concatenate([[start], first[column].to_numpy()])[places]


def _adjusted_view(known: pd.DataFrame, series: pd.DataFrame, effect: Effect, horizon: float) -> Check:
    """Cox regression of discharge within the horizon, in strata of municipality and calendar month.

    Time is counted in steps of the horizon, and the covariance allows for months that differ.
    """
    used = _used_months(known, effect.question)
    used = used[used["period_start"].isin(series.loc[series["complete"], "period_start"])]
    rows = _strata(_same_calendar_months(known, used), horizon)
    nothing = dict.fromkeys(("ratio", "low", "high"), np.nan)
    values: dict[str, float | int | str] = {**nothing, "n": len(rows), "n_strata": rows["stratum"].nunique()}
    few = rows["after"].nunique() < 2 or rows.groupby("after")["event"].sum().min() < FEWEST_FOR_COX
    if few or rows.groupby("stratum")["time"].nunique().max() < 2:  # all at one time: nobody is faster
        return Check("adjusted_view", None, values, blocking=False)
    try:
        row = cox(rows, ["after"], strata="stratum", cluster="month").hazard_ratios().iloc[0]
    except FitError:
        return Check("adjusted_view", None, values, blocking=False)
    values |= {name: float(row[name]) for name in ("ratio", "low", "high")}
    return Check("adjusted_view", _same_way(float(row["ratio"]), effect), values, blocking=False)


def _strata(rows: pd.DataFrame, horizon: float) -> pd.DataFrame:
    """What the regression takes."""
    place = rows["municipality"].astype(str) if "municipality" in rows else "all"
    step = horizon / COX_STEPS
    return pd.DataFrame(
        {
            "time": np.ceil(rows["time"].clip(upper=horizon) / step),
            "event": ((rows["event"] == DISCHARGED) & (rows["time"] <= horizon)).astype(int),
            "after": rows["after"].astype(float),
            "month": rows["period_start"],
            "stratum": rows["calendar"].astype(str) + " " + place,
        }
    )


def _same_way(hazard_ratio: float, effect: Effect) -> bool | None:
    """Whether discharge became faster where the effect says so; None without an effect."""
    if np.isnan(effect.estimate):
        return None
    rose = effect.estimate > (1.0 if effect.scale == "ratio" else 0.0)
    faster = rose if effect.method.endswith("share_within") else not rose
    return bool((hazard_ratio > 1) == faster)
