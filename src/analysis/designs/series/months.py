"""The months of a series: which are there, which are used, and why there may be too few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Question
from analysis.designs.series.terms import in_shock, profile
from analysis.designs.timeline import month_of, ordinal
from analysis.errors import DesignError

Reason = tuple[str, Mapping[str, float | int | str]]

NEEDED_POINTS = 8
NEEDED_EVENTS = 10
NEEDED_IN_SHOCK = 2  # used months; a term for one month would only repeat it
TERMS = ("const", "trend", "step", "slope", "end")
SEASONAL = ("sin", "cos", "month")
COLUMNS = ("period_start", "numerator", "denominator", "value", "complete")


def months(series: pd.DataFrame, question: Question, comparison: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every month that the series reaches, with or without data.

    Parameters
    ----------
    series : DataFrame, one row a month of one unit
        Columns ``period_start, numerator, denominator, value, complete``, in any order of rows.
    question : Question
        What is asked.
    comparison : DataFrame, optional
        The same columns of what it is compared with: everything is then about the difference between the two.

    Returns
    -------
    DataFrame
        Columns ``period_start, ordinal, numerator, denominator, value, usable``; no month is missing:
        those without a row, not complete or without a possible value are not ``usable``. With a comparison
        also ``other_numerator, other_denominator, other_value``; a month is then usable when it is in both.

    Raises
    ------
    DesignError
        If columns are missing, a month comes twice, or the question's dates contradict each other.
    """
    rows = _months(series, question)
    if comparison is None:
        return rows
    other = _months(comparison, question).drop(columns="period_start").add_prefix("other_")
    both = rows.merge(other, left_on="ordinal", right_on="other_ordinal", how="left")
    also = both["other_usable"].fillna(False).astype(bool)
    both["usable"] &= also
    return both.drop(columns=["other_ordinal", "other_usable"])


def within(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The months of the question's window, with ``after``, ``used`` and ``shocked``.

    Parameters
    ----------
    rows : DataFrame
        From `months`.
    question : Question
        What is asked.

    Returns
    -------
    DataFrame
        ``used``: usable, not in a transition that is left out and not in a shock with too little for a
        term of its own; ``after``: some of the change is expected there; ``shocked``: in the time of a shock.
    """
    at = rows["ordinal"].to_numpy()
    first = -np.inf if question.first is None else ordinal(question.first)
    last = np.inf if question.last is None else ordinal(question.last)
    start, settled = ordinal(question.start), ordinal(question.settled)
    shocked, silent = _shocked(rows, question)
    left_out = (at >= start) & (at < settled) & (question.transition == "left_out")
    used = rows["usable"].to_numpy() & ~left_out & ~silent
    marked = rows.assign(used=used, after=profile(at, question) > 0, shocked=shocked)
    return marked[(at >= first) & (at <= last)].reset_index(drop=True)


def refusal(rows: pd.DataFrame, question: Question) -> Reason | None:
    """Why the question cannot be answered from these months, or None when it can be tried.

    Months in the time of a shock do not count among the points needed: the shock's own term explains them.

    Parameters
    ----------
    rows : DataFrame
        From `months`.
    question : Question
        What is asked.

    Returns
    -------
    tuple of str and mapping, or None
        A code and its numbers, as in `Effect.reasons`.
    """
    window = within(rows, question)
    used = window[window["used"]]
    free = used[~used["shocked"]]
    n_after = int(free["after"].sum())
    n_before = len(free) - n_after
    outside = _start_outside(window, question)
    if outside is not None:
        return outside
    if min(n_before, n_after) < NEEDED_POINTS:
        return "too_few_points", {"n_before": n_before, "n_after": n_after, "needed": NEEDED_POINTS}
    reason = _implausible_values(used, question)
    if reason is None and "other_value" in used:
        others = {name: used[f"other_{name}"] for name in ("numerator", "denominator", "value")}
        reason = _implausible_values(used.assign(**others), question)
    return reason


def _months(series: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The months of one series."""
    _refuse_impossible(series)
    refuse_contradictory(question)
    rows = pd.DataFrame({"period_start": _days(series["period_start"])})
    for name in COLUMNS[1:4]:
        rows[name] = _numbers(series, name)
    rows["usable"] = series["complete"].fillna(False).astype(bool)
    rows["ordinal"] = 12 * rows["period_start"].dt.year + rows["period_start"].dt.month - 1
    if rows["ordinal"].duplicated().any():
        raise DesignError("the series holds the same month twice", "give one row a month of one unit")
    return _whole_axis(rows, question)


def _days(column: pd.Series) -> pd.Series:
    """First days of months; none may be missing."""
    days = pd.to_datetime(column, errors="coerce")
    if days.isna().any():
        row = int(np.flatnonzero(days.isna())[0]) + 1
        raise DesignError(
            f"row {row} of the series has no date in period_start", "give the month's first day"
        )
    if (days.dt.day != 1).any():
        day = days[days.dt.day != 1].iloc[0].date()
        raise DesignError(f"period_start {day} is not the first day of a month", "give the month's first day")
    return days


def _numbers(series: pd.DataFrame, name: str) -> pd.Series:
    """A column of numbers, of which some may be missing."""
    numbers = pd.to_numeric(series[name], errors="coerce").astype(float)
    wrong = numbers.isna() & series[name].notna()
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0]) + 1
        raise DesignError(f"row {row} of the series has no number in {name}", "give numbers")
    return numbers


def _refuse_impossible(series: pd.DataFrame) -> None:
    """Raise for columns that are missing or say nothing."""
    missing = [name for name in COLUMNS if name not in series.columns]
    if missing:
        raise DesignError(f"the series lacks {', '.join(missing)}", f"give the columns {', '.join(COLUMNS)}")
    if not series["complete"].dropna().isin([True, False]).all():
        raise DesignError("the column complete holds something else than true and false", "give booleans")


def refuse_contradictory(question: Question) -> None:
    """Raise for a question that contradicts itself.

    Parameters
    ----------
    question : Question
        What is asked.

    Raises
    ------
    DesignError
        If it is settled before it starts, a number of months or pairs is impossible, a shock or break has
        the name of a term or of another, or the largest plausible effect is no effect.
    """
    for what, remedy in _contradictions(question):
        raise DesignError(f"question “{question.id}” {what}", remedy)


def _contradictions(question: Question) -> Iterator[tuple[str, str]]:
    """What is wrong with a question, and what to do."""
    if question.settled < question.start:
        yield "is settled before it starts", "set settled to start or later"
    if question.impact in ("ramp", "delayed_step") and question.impact_months < 1:
        yield f"has a {question.impact} of {question.impact_months} months", "set impact_months to 1 or more"
    if question.fourier_pairs < 0 or question.per <= 0:
        yield "has a negative number of pairs, or a base of none", "set fourier_pairs ≥ 0 and per > 0"
    names = [s.name for s in question.shocks] + [b.name for b in question.breaks]
    taken = [n for n in names if names.count(n) > 1 or n in TERMS or n.startswith(SEASONAL)]
    if taken:
        yield f"has a shock or break named “{taken[0]}”, as a term or another is", "rename the event"
    nothing = 0.0 if question.kind == "mean" else 1.0
    wrong = question.kind != "mean" and question.plausible <= 0
    if question.plausible == nothing or wrong:
        yield "has a plausible effect that is none, or no ratio", "state the largest effect thought possible"


def _whole_axis(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """One row for each month from the first to the last, values that cannot be marked not usable."""
    if question.kind != "mean":
        possible = (rows["denominator"] > 0) & np.isfinite(rows["denominator"])
        rows["usable"] &= possible & (rows["numerator"] >= 0) & np.isfinite(rows["numerator"])
        rows["value"] = (question.per * rows["numerator"] / rows["denominator"]).where(possible)
    else:
        rows["usable"] &= ~(rows["denominator"] <= 0)
    rows["usable"] &= np.isfinite(rows["value"])
    if rows.empty:
        return rows
    axis = np.arange(rows["ordinal"].min(), rows["ordinal"].max() + 1)
    whole = rows.set_index("ordinal").reindex(axis).rename_axis("ordinal").reset_index()
    whole["period_start"] = pd.to_datetime([month_of(int(place)) for place in axis])
    return whole.assign(usable=whole["usable"].fillna(False).astype(bool))


def _shocked(rows: pd.DataFrame, question: Question) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which months lie in a shock, and which of them in one too small for a term of its own."""
    shocked, silent = np.zeros((2, len(rows)), bool)
    for shock in question.shocks:
        inside = in_shock(rows["ordinal"].to_numpy(), shock)
        shocked |= inside
        met = rows[inside & rows["usable"]]
        few = question.kind != "mean" and met["numerator"].sum() < NEEDED_EVENTS
        if len(met) < NEEDED_IN_SHOCK or few:
            silent |= inside
    return shocked, silent


def _start_outside(window: pd.DataFrame, question: Question) -> Reason | None:
    """The reason when the window holds months, but not on both sides of the start."""
    start = ordinal(question.start)
    if window.empty or window["ordinal"].iloc[0] < start <= window["ordinal"].iloc[-1]:
        return None
    first, last = (month_of(int(window["ordinal"].iloc[end])).isoformat() for end in (0, -1))
    return "start_outside_data", {"start": question.start.isoformat(), "first": first, "last": last}


def _implausible_values(used: pd.DataFrame, question: Question) -> Reason | None:
    """The reason when the values themselves cannot carry an answer."""
    measured = used["value"] if question.kind == "mean" else used["numerator"]
    if (measured == 0).all():
        return "all_zero", {"n": len(used)}
    if question.kind == "mean":
        return ("zero_variance", {"n": len(used)}) if measured.nunique() == 1 else None
    if question.kind == "share" and (wrong := used["numerator"] > used["denominator"]).any():
        first = used.loc[wrong, "period_start"].iloc[0].date().isoformat()
        return "numerator_above_denominator", {"n": int(wrong.sum()), "first": first}
    after = float(measured[used["after"]].sum())
    before = float(measured[~used["after"]].sum())
    if min(before, after) < NEEDED_EVENTS:
        return "few_events", {"needed": NEEDED_EVENTS}
    return None
