"""Did the units that started change more than those that had not yet: a panel with starts of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Effect, Question
from analysis.designs.panel import order_effects as by_order
from analysis.designs.panel import staggered_checks as looks
from analysis.designs.panel.grid import Reason, Refused
from analysis.designs.panel.group_time import Aggregate, GroupTime, aggregate
from analysis.designs.panel.inference import Judged, judge, rows
from analysis.designs.panel.judged import Found, on_scale
from analysis.designs.panel.prepared import Panel, Weights, prepare
from analysis.designs.power import detectable
from analysis.designs.series.model import scale_of
from analysis.designs.timeline import month_of
from analysis.designs.verdict import decide

Floats = NDArray[np.float64]
TABLE = ["term", "estimate", "low", "high", "p"]
FIT = ["period_start", "value", "used", "expected", "expected_low", "expected_high", "without", "without_low",
       "without_high"]  # fmt: skip
EVENT_TIMES = 12  # periods shown on either side of the start


def evaluate(panel: pd.DataFrame, question: Question, *, weights: Weights | None = None) -> Effect:
    """Answer a question about units that start at dates of their own.

    The effect is Callaway and Sant'Anna's group-time effect against units that have not started yet,
    with the mean of all periods before as base, averaged over the periods from each unit's own settled
    date by the size of the cohorts.

    Parameters
    ----------
    panel : DataFrame, one row a unit and month
        Columns ``unit, period_start, numerator, denominator, value, complete``.
    question : Question
        ``starts`` are the units with their starts, ``comparison`` those that never start,
        ``settled - start`` every unit's transition (left out). Season is common to all units: the
        comparison takes it away. The months of ``shocks`` are left out. ``impact`` other than a (delayed)
        step is answered by the average over the periods after. Other units are not used.
    weights : {"equal", "size", "events"}, optional
        How units count; see `analysis.designs.panel.prepared.prepare`.

    Returns
    -------
    Effect
        ``table``: ``att``, one row a time since the start (``e-3``, ``e0`` ...) and one a cohort
        (``cohort 2025-09``). ``fit``: one row a period of the treated units together. Data that cannot
        answer give "too_little_data" with a reason.

    Raises
    ------
    DesignError
        If columns are missing, a row comes twice, or the question names no or contradictory units.

    References
    ----------
    docs/methods.md.
    """
    try:
        prepared = prepare(panel, question, weights=weights)
    except Refused as refused:
        return _unanswered(question, refused.reason)
    judged = judge(prepared)
    if np.isfinite(judged.interval).all():
        return _answered(panel, question, weights, prepared, judged)
    return _without_interval(question, prepared, judged)


def _answered(
    panel: pd.DataFrame, question: Question, weights: Weights | None, prepared: Panel, judged: Judged
) -> Effect:
    """The effect of a panel that can be judged."""
    found = Found(panel, question, weights, prepared, judged)
    checks = looks.run_all(found)
    estimate, low, high = on_scale(question, *judged.interval)
    mde = _mde(question, prepared, judged)
    verdict, reasons = decide(
        (estimate, low, high),
        scale=scale_of(question),
        better=question.better,
        checks=checks,
        mde=mde,
        plausible=question.plausible,
    )
    n_before, n_after = _counts(prepared)
    return Effect(
        question=question,
        method=_method(judged),
        scale=scale_of(question),
        estimate=estimate,
        low=low,
        high=high,
        n_before=n_before,
        n_after=n_after,
        verdict=verdict,
        table=_table(prepared, question, judged),
        fit=_fit(prepared, question, judged),
        checks=checks,
        reasons=reasons + _remarks(prepared, question),
        p=judged.p,
        mde=mde,
    )


def _mde(question: Question, prepared: Panel, judged: Judged) -> float:
    """The smallest effect found with a chance of 80 %, in the direction of improvement, from before alone."""
    size = detectable(judged.error, len(prepared.units) - 1)
    return float(on_scale(question, -size if question.better == "lower" else size)[0])


def _without_interval(question: Question, prepared: Panel, judged: Judged) -> Effect:
    """The effect when the units are too few for any interval: the course is shown, but no answer."""
    values = {"orders": judged.n_orders, "smallest_p": judged.smallest_p, "units": len(prepared.units)}
    n_before, n_after = _counts(prepared)
    return replace(
        _unanswered(question, ("too_few_orders", values)),
        method=_method(judged),
        n_before=n_before,
        n_after=n_after,
        fit=_fit(prepared, question, judged),
        reasons=(("too_few_orders", values), *_remarks(prepared, question)),
    )


def _unanswered(question: Question, reason: Reason) -> Effect:
    """The effect when there is no answer."""
    numbers = reason[1]
    return Effect(
        question=question,
        method="group_time",
        scale=scale_of(question),
        estimate=np.nan,
        low=np.nan,
        high=np.nan,
        n_before=int(numbers.get("n_before", 0)),
        n_after=int(numbers.get("n_after", 0)),
        verdict="too_little_data",
        table=pd.DataFrame(columns=TABLE),
        fit=pd.DataFrame(columns=FIT),
        reasons=(reason,),
    )


def _method(judged: Judged) -> str:
    """The name of the estimate with what its p rests on."""
    return f"group_time_{judged.method}"


def _counts(panel: Panel) -> tuple[int, int]:
    """Months before the first start, and from the first settled date on."""
    clock, cohorts = panel.cohorts.clock, panel.cohorts
    n_before, n_after = (clock < cohorts.starts[0]).sum(), (clock >= cohorts.settled[0]).sum()
    return int(n_before) * panel.length, int(n_after) * panel.length


def _remarks(panel: Panel, question: Question) -> tuple[Reason, ...]:
    """What a reader of the number must also know."""
    averaged = question.impact in ("step_and_slope", "ramp")
    shape: tuple[Reason, ...] = (("average_effect", {"impact": question.impact}),) if averaged else ()
    return panel.remarks + shape


def _table(panel: Panel, question: Question, judged: Judged) -> pd.DataFrame:
    """The overall effect, by time since the start and by cohort, on the effect's scale."""
    times = _times(panel)
    events = rows(judged, lambda gaps: by_order.by_event_time(gaps, times), _dynamic, times)
    cohorts = rows(judged, by_order.by_cohort, _group, panel.cohorts.starts)
    first_month = {start: _month(panel, start) for start in panel.cohorts.starts if np.isfinite(start)}
    whole = pd.DataFrame([("att", *judged.interval, judged.p)], columns=TABLE)
    named = [
        whole,
        events.assign(term=[f"e{time:.0f}" for time in times]),
        cohorts[np.isfinite(panel.cohorts.starts)].assign(
            term=[f"cohort {month}" for month in first_month.values()]
        ),
    ]
    table = pd.concat([part[TABLE] for part in named], ignore_index=True)
    known = table[np.isfinite(table["estimate"])].reset_index(drop=True)
    if question.kind != "mean":
        known[TABLE[1:4]] = np.exp(known[TABLE[1:4]].astype(float))
    return known


def _dynamic(found: GroupTime) -> Aggregate:
    """By time since the start."""
    return aggregate(found, "dynamic")


def _group(found: GroupTime) -> Aggregate:
    """By cohort."""
    return aggregate(found, "group")


def _times(panel: Panel) -> Floats:
    """Times since the start that some cohort reaches, at most twelve periods on either side."""
    since = (panel.cohorts.clock - panel.cohorts.starts[:, None])[np.isfinite(panel.cohorts.starts)]
    times = np.unique(since)
    return np.asarray(times[(times >= -EVENT_TIMES) & (times < EVENT_TIMES)], float)


def _month(panel: Panel, start: float) -> str:
    """The first month of the period ``start``, as year and month."""
    offset = int(panel.months[0]) - int(panel.cohorts.clock[0]) * panel.length
    return month_of(int(start) * panel.length + offset).isoformat()[:7]


def _fit(panel: Panel, question: Question, judged: Judged) -> pd.DataFrame:
    """The treated units together, with what was expected with and without the change."""
    members, cohorts = panel.is_treated, panel.cohorts
    top, bottom = (part[members] for part in (panel.numerator, panel.denominator))
    mean = question.kind == "mean"
    weights = panel.weights[members, None]
    value = (top * weights).sum(0) / weights.sum() if mean else question.per * top.sum(0) / bottom.sum(0)
    gap = by_order.by_period(judged.found)
    moving = ((cohorts.clock >= cohorts.starts[:, None]) & (cohorts.clock < cohorts.settled[:, None])).any(0)
    after = cohorts.clock >= cohorts.settled[0]
    before = cohorts.clock < cohorts.starts[0]
    came = by_order.treated(cohorts, panel.codes)[members]
    share = (came * weights).sum(0) / weights.sum()
    spread = _spread(judged, gap)

    def less(amount: Floats) -> Floats:
        return np.asarray(value - amount if mean else value * np.exp(-amount), float)

    without = np.column_stack([less(gap[0]), less(gap[0] + spread), less(gap[0] - spread)])
    expected = np.column_stack([less(gap[0] - judged_part * share) for judged_part in judged.interval])
    expected[before] = np.column_stack([less(gap[0]), less(gap[0] + spread), less(gap[0] - spread)])[before]
    without[~after], expected[moving & ~after] = np.nan, np.nan
    start = pd.to_datetime([month_of(int(place)) for place in panel.months])
    used = before | after
    bands = pd.DataFrame(np.column_stack([expected, without]), columns=FIT[3:])
    return pd.DataFrame({"period_start": start, "value": value, "used": used}).join(bands)


def _spread(judged: Judged, gap: Floats) -> Floats:
    """Half the width of each period's 95 % interval; not a number where it is not known."""
    if judged.analytic is not None:
        return np.full(gap.shape[1], np.nan)
    null = by_order.by_period(judged.null)
    table = rows(judged, by_order.by_period, _dynamic, np.arange(null.shape[1], dtype=float))
    return np.asarray((table["high"] - table["low"]) / 2, float)
