"""From a question to its data and its answer: one series, a series beside others, or a panel of units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.designs import segmented, staggered
from analysis.designs.effect import Effect, Question
from analysis.designs.fit import FitError
from analysis.designs.panel.grid import Refused
from analysis.designs.panel.inference import judge
from analysis.designs.panel.prepared import Weights, prepare
from analysis.designs.series.model import answer as answer_of
from analysis.designs.series.model import fit_model, with_season
from analysis.designs.series.months import months, refusal
from analysis.measures import Measure
from analysis.protocol import Asked

ALL = "all"
Read = Callable[[Measure, Sequence[str], str], pd.DataFrame]
VALUES = ("value", "expected", "expected_low", "expected_high", "without", "without_low", "without_high")


@dataclass(frozen=True)
class Data:
    """What answers a question. Protected: reports never show it.

    Parameters
    ----------
    series : DataFrame
        The unit's monthly series, or that of all units that start, together.
    others : DataFrame, optional
        All other parties together, when one is asked about.
    comparison : DataFrame, optional
        The units that the series is compared with, together.
    panel : DataFrame, optional
        One row a unit and month, when units are compared with units.
    """

    series: pd.DataFrame
    others: pd.DataFrame | None = None
    comparison: pd.DataFrame | None = None
    panel: pd.DataFrame | None = None


def gather(asked: Asked, read: Read) -> Data:
    """The data of a question.

    Parameters
    ----------
    asked : Asked
        The question.
    read : callable
        Gives ``unit, period_start, numerator, denominator, value, complete`` of a measure, units and a party.

    Returns
    -------
    Data
        What its design needs.
    """
    measure, question, party = asked.measure, asked.question, asked.party
    if asked.design == "staggered":
        treated = [unit for unit, _ in question.starts]
        panel = read(measure, (*treated, *question.comparison), party)
        return Data(together(panel, treated, measure), panel=panel)
    series = read(measure, (question.unit,), party).drop(columns="unit")
    comparison = None
    if question.comparison:
        rows = read(measure, question.comparison, party)
        comparison = together(rows, question.comparison, measure)
    if party == ALL:
        return Data(series, comparison=comparison)
    whole = read(measure, (question.unit,), ALL).drop(columns="unit")
    return Data(series, _less(whole, series), comparison)


def together(panel: pd.DataFrame, units: Iterable[str], measure: Measure) -> pd.DataFrame:
    """The series of several units as one: sums, or the base itself where all share it.

    Parameters
    ----------
    panel : DataFrame
        As `gather` reads it.
    units : iterable of str
        Which units; those without any month are left out.
    measure : Measure
        Whose numerator and denominator they are.

    Returns
    -------
    DataFrame
        The months of which every unit has a row; complete where it is complete for all.
    """
    rows = panel[panel.unit.isin(list(units))]
    base = "max" if measure.is_shared_base else "sum"
    summed = rows.groupby("period_start", as_index=False).agg(
        numerator=("numerator", "sum"),
        denominator=("denominator", base),
        complete=("complete", "all"),
        n=("unit", "size"),
    )
    whole = summed[summed.pop("n") == rows.unit.nunique()].reset_index(drop=True)
    value = measure.per * whole.numerator / whole.denominator.where(whole.denominator > 0)
    return whole.assign(value=value)[["period_start", "numerator", "denominator", "value", "complete"]]


def answer(asked: Asked, data: Data) -> tuple[Effect, pd.DataFrame]:
    """The answer to a question, with every check.

    Parameters
    ----------
    asked : Asked
        The question.
    data : Data
        From `gather`.

    Returns
    -------
    tuple of Effect and DataFrame
        The answer, and the series that it is shown with.
    """
    if data.panel is None:
        compared = {"comparison": data.comparison, "others": data.others}
        return segmented.evaluate(data.series, asked.question, **compared), data.series
    effect = staggered.evaluate(data.panel, asked.question, weights=_weights(asked.measure))
    gone = {u for code, said in effect.reasons if code == "units_left_out" for u in _named(said["units"])}
    kept = [unit for unit, _ in asked.question.starts if unit not in gone]
    if asked.measure.is_shared_base and len(effect.fit):
        scaled = {name: effect.fit[name] * len(kept) for name in VALUES}  # the fit's base is one a unit
        effect = replace(effect, fit=effect.fit.assign(**scaled))
    return effect, together(data.panel, kept, asked.measure) if gone else data.series


def p_alone(asked: Asked, data: Data) -> float:
    """The p of a question without its checks, for the family that it is a member of.

    Parameters
    ----------
    asked : Asked
        The question.
    data : Data
        From `gather`.

    Returns
    -------
    float
        As the answer's; not a number when there is no answer.
    """
    if data.panel is not None:
        return _p_of_panel(data.panel, asked.question, _weights(asked.measure))
    rows = months(data.series, asked.question, data.comparison)
    if refusal(rows, asked.question) is not None:
        return float("nan")
    question = with_season(rows, asked.question)
    try:
        return float(answer_of(question, fit_model(rows, question))["p"])
    except FitError:
        return float("nan")


def _p_of_panel(panel: pd.DataFrame, question: Question, weights: Weights | None) -> float:
    try:
        judged = judge(prepare(panel, question, weights=weights))
    except Refused:
        return float("nan")
    return judged.p if np.isfinite(judged.interval).all() else float("nan")


def _weights(measure: Measure) -> Weights | None:
    """Where all units share one base, their events before the start tell their size."""
    return "events" if measure.is_shared_base else None


def _less(whole: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    """All parties without one, in the months of both."""
    both = whole.merge(part[["period_start", "numerator"]], on="period_start", suffixes=("", "_part"))
    rest = both.numerator - both.pop("numerator_part")
    return both.assign(numerator=rest, value=both.value * rest / both.numerator.where(both.numerator > 0))


def _named(units: float | int | str) -> list[str]:
    return str(units).split(", ")
