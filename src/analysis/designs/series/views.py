"""What other views of one series share: the values they are fitted to, and the Effect they give."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Check, Effect, Question
from analysis.designs.series.attribution import chosen_for_outcome, definition_breaks
from analysis.designs.series.model import scale_of
from analysis.designs.series.months import Reason, within
from analysis.designs.verdict import clear_direction, decide

Vector = NDArray[np.float64]

TABLE = ["term", "estimate", "low", "high", "p"]
CURVES = ["expected", "expected_low", "expected_high", "without", "without_low", "without_high"]
ZERO_ADDED = 0.5
LARGEST_LOG = 700.0


def modelled(rows: pd.DataFrame, question: Question) -> Vector:
    """What a view with normal errors is fitted to: values for means, log rates for counts and shares.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months` or `within`.
    question : Question
        Gives the kind.

    Returns
    -------
    ndarray
        One a row; 0.5 is added to every numerator when one is zero.
    """
    if question.kind == "mean":
        return rows["value"].to_numpy(float)
    used = rows["used"] if "used" in rows else rows["usable"]
    spare = ZERO_ADDED if (rows.loc[used, "numerator"] == 0).any() else 0.0
    with np.errstate(all="ignore"):
        return np.log((rows["numerator"] + spare) / rows["denominator"]).to_numpy(float)


def told(found: Vector | float, question: Question) -> Vector:
    """Effects on the model's scale as differences (means) or ratios (counts, shares)."""
    values = np.asarray(found, float)
    return values if question.kind == "mean" else np.exp(np.clip(values, -LARGEST_LOG, LARGEST_LOG))


def in_unit(values: Vector, question: Question) -> Vector:
    """Fitted values on the model's scale in the measure's unit; shares at most 1."""
    if question.kind == "mean":
        return values
    found = question.per * told(values, question)
    return np.minimum(found, question.per) if question.kind == "share" else found


def answered(
    rows: pd.DataFrame,
    question: Question,
    method: str,
    interval: tuple[float, float, float],
    *,
    table: pd.DataFrame,
    curves: pd.DataFrame,
    checks: tuple[Check, ...] = (),
) -> Effect:
    """The Effect of a view that has an answer.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months`.
    question : Question
        What is asked.
    method : str
        Code of the view.
    interval : tuple of float
        Estimate, low, high, on the effect's scale.
    table : DataFrame
        As in `Effect`; the p of its first row is the p of what is judged.
    curves : DataFrame
        As ``Effect.fit``.
    checks : tuple of Check
        The view's own.

    Returns
    -------
    Effect
        With the verdict by `analysis.designs.verdict.decide`, and the checks ``chosen_for_outcome`` and
        ``definition_break``. A clear change is "cannot_be_attributed" with the reason ``("view_only", {})``:
        only the primary analysis makes all checks.
    """
    scale = scale_of(question)
    checks = (*checks, *chosen_for_outcome(question), *definition_breaks(question))
    verdict, reasons = decide(
        interval, scale=scale, better=question.better, checks=checks, plausible=question.plausible
    )
    if clear_direction(interval, scale) is not None:
        verdict, reasons = "cannot_be_attributed", (*reasons, ("view_only", {}))
    n_before, n_after = _counts(rows, question)
    return Effect(
        question=question, method=method, scale=scale, estimate=interval[0], low=interval[1],
        high=interval[2], n_before=n_before, n_after=n_after, verdict=verdict, table=table, fit=curves,
        checks=checks, reasons=reasons, p=float(table["p"].iloc[0]),
    )  # fmt: skip


def unanswered(rows: pd.DataFrame, question: Question, method: str, reason: Reason) -> Effect:
    """The Effect of a view that has no answer.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months`.
    question : Question
        What is asked.
    method : str
        Code of the view.
    reason : tuple of str and mapping
        Why.

    Returns
    -------
    Effect
        With the verdict "too_little_data".
    """
    window = within(rows, question)
    n_before, n_after = _counts(rows, question)
    curves = window[["period_start", "value", "used"]].assign(**dict.fromkeys(CURVES, np.nan))
    return Effect(
        question=question, method=method, scale=scale_of(question), estimate=np.nan, low=np.nan, high=np.nan,
        n_before=n_before, n_after=n_after, verdict="too_little_data", table=pd.DataFrame(columns=TABLE),
        fit=curves, reasons=(reason,),
    )  # fmt: skip


def _counts(rows: pd.DataFrame, question: Question) -> tuple[int, int]:
    """Used months before and after."""
    window = within(rows, question)
    n_after = int((window["used"] & window["after"]).sum())
    return int(window["used"].sum()) - n_after, n_after
