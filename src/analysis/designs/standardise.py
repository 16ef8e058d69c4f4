"""Case mix: did the outcome change, or did other persons come?

Each month's outcome is predicted for one and the same mix of persons, that of all months together, and the
months are then judged as an interrupted time series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import statsmodels.api as sm

from analysis.designs import segmented
from analysis.designs.effect import Check, Effect, Question
from analysis.designs.fit import FitError
from analysis.designs.persons.adjustment import (
    Adjustment,
    design,
    has_all,
    is_number,
    quiet,
    refuse_collinear,
)
from analysis.designs.persons.survival import Codes, Vector
from analysis.designs.persons.weakened import weakened, without_answer
from analysis.designs.timeline import ordinal
from analysis.designs.verdict import Reason, clear_direction
from analysis.errors import DesignError

FEWEST_PERSONS = 10
MOST_MISSING = 0.20
MOST_MORE_MISSING = 0.10
MOST_ON_ONE_SIDE = 0.05


def evaluate(persons: pd.DataFrame, question: Question, covariates: Sequence[str]) -> Effect:
    """Answer a question about persons whose mix may change from month to month.

    Parameters
    ----------
    persons : DataFrame, one row a person
        Columns ``period_start`` (first of month), ``outcome`` (0 or 1 for a share, events for a count, any
        number for a mean) and the covariates.
    question : Question
        What is asked.
    covariates : sequence of str
        Columns, known before the change could act; text, true/false and categories become levels.

    Returns
    -------
    Effect
        That of `analysis.designs.segmented.evaluate` on the standardised months, method "standardised_"
        and the model's. Checks: ``case_mix`` (blocking: not passed when the crude effect is clear and the
        standardised one is not, or points the other way), ``positivity`` and ``missing_case_mix``. Reasons
        ``rows_left_out`` (n, n_rows, why), ``months_with_few_persons`` (n, needed).

    Raises
    ------
    DesignError
        As `standardised_series`.

    References
    ----------
    docs/methods.md; Hernan & Robins, What If, chapter 13.
    """
    rows = _rows(persons, question, covariates)
    known = rows[rows["known"]]
    as_it_was = _as_series(_crude(known), question)
    crude = segmented.evaluate(as_it_was, question)
    try:
        series = standardised_series(persons, question, covariates)
        adjusted = segmented.evaluate(series, question)
    except FitError as failure:
        adjusted = without_answer(crude, (failure.code, {"n": len(known)}))
    adjusted = replace(adjusted, method=f"standardised_{adjusted.method}")
    checks = [_case_mix(crude, adjusted), _positivity(known, question, covariates), _missing(rows, question)]
    if adjusted.verdict == "too_little_data" and np.isnan(adjusted.estimate):
        checks = []
    return weakened(adjusted, checks, _remarks(rows, as_it_was))


def standardised_series(persons: pd.DataFrame, question: Question, covariates: Sequence[str]) -> pd.DataFrame:
    """Each month's outcome, had all months had the mix of persons of all of them together.

    Parameters
    ----------
    persons : DataFrame
        As in `evaluate`; rows without month, outcome or a covariate, or with an infinite one, are left out.
    question : Question
        Its kind decides the model of the outcome on months and covariates: logistic regression for a
        share, Poisson regression for a count a person, least squares for a mean.
    covariates : sequence of str
        Columns.

    Returns
    -------
    DataFrame, one row a month
        ``period_start, numerator, denominator, value, complete``, as designs take them; ``denominator`` is
        the number of persons. Months with fewer than 10 are not complete.

    Raises
    ------
    DesignError
        If columns are missing, no row is whole, or outcomes are impossible for the kind.
    FitError
        If months and covariates cannot be told apart, or the model does not converge.

    References
    ----------
    Hernan & Robins, What If, chapter 13 (parametric g-formula).
    """
    rows = _rows(persons, question, covariates)
    known = rows[rows["known"]]
    return _as_series(_standardised(known, question, covariates), question)


def _rows(persons: pd.DataFrame, question: Question, covariates: Sequence[str]) -> pd.DataFrame:
    """The persons, with ``known``: nothing is missing."""
    needed = ["period_start", "outcome", *covariates]
    missing = [name for name in needed if name not in persons.columns]
    if missing or not covariates:
        what = f"the persons lack {', '.join(missing)}" if missing else "no covariates are named"
        raise DesignError(what, "give period_start, outcome and at least one covariate")
    rows = persons[needed].assign(
        period_start=pd.to_datetime(persons["period_start"]), outcome=persons["outcome"].astype(float)
    )
    rows["known"] = has_all(rows[needed])
    outcome = rows.loc[rows["known"], "outcome"]
    if outcome.empty:
        raise DesignError("no row has month, outcome and all covariates", "give persons without gaps")
    if question.kind == "share" and not outcome.isin([0, 1]).all():
        raise DesignError("the outcome of a share holds other values than 0 and 1", "give 0 or 1 a person")
    if question.kind == "count" and (outcome < 0).any():
        raise DesignError("the outcome of a count is below 0", "give the number of events a person")
    return rows


def _crude(known: pd.DataFrame) -> pd.DataFrame:
    """Mean outcome and number of persons, one row a month."""
    return known.groupby("period_start")["outcome"].agg(mean="mean", n="size")


def _as_series(found: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The months as designs take them."""
    mean, n = found["mean"].to_numpy(), found["n"].to_numpy(float)
    return pd.DataFrame(
        {"period_start": found.index, "numerator": mean * n, "denominator": n, "value": question.per * mean,
         "complete": n >= FEWEST_PERSONS}
    )  # fmt: skip


def _standardised(known: pd.DataFrame, question: Question, covariates: Sequence[str]) -> pd.DataFrame:
    """Mean outcome in the mix of all months, and number of persons, one row a month.

    A month in which everybody or nobody had the event has no finite term: it is what it is in any mix.
    """
    months = _crude(known)
    total = (known["outcome"].groupby(known["period_start"]).sum()).to_numpy()
    certain = np.zeros(len(months), bool) if question.kind == "mean" else total == 0
    if question.kind == "share":
        certain |= total == months["n"].to_numpy()
    if certain.all():
        return months
    cells = known.groupby(["period_start", *covariates], observed=True)["outcome"].agg(["sum", "size"])
    mix = design(cells.reset_index(), Adjustment("sum", "", tuple(covariates))).to_numpy()
    month = np.searchsorted(months.index, cells.index.get_level_values("period_start"))
    means = months["mean"].to_numpy().copy()
    means[~certain] = _predicted(mix, cells.to_numpy(float), month, np.flatnonzero(~certain), question)
    return months.assign(mean=means)


def _predicted(mix: Vector, counts: Vector, month: Codes, asked: Codes, question: Question) -> list[float]:
    """The mean prediction over all persons for each month asked about; these months fit the model."""
    fitted = np.isin(month, asked)
    seen = (mix[fitted] != 0).any(axis=0)  # a level that none of these months has gets no term
    matrix = np.column_stack([(month[fitted][:, None] == asked).astype(float), mix[fitted][:, seen]])
    refuse_collinear(matrix)
    coef = _coefficients(matrix, counts[fitted], question)
    shift = mix[:, seen] @ coef[len(asked) :]
    return [_mean(level + shift, counts[:, 1], question) for level in coef[: len(asked)]]


def _coefficients(matrix: Vector, counts: Vector, question: Question) -> Vector:
    """The model of the outcome, fitted to groups of like persons (sum of the outcome, persons)."""
    total, n = counts.T
    if question.kind == "mean":
        root = np.sqrt(n)
        return np.asarray(np.linalg.lstsq(matrix * root[:, None], total / root, rcond=None)[0])
    with quiet():
        if question.kind == "share":
            model = sm.GLM(np.column_stack([total, n - total]), matrix, family=sm.families.Binomial())
        else:
            model = sm.GLM(total, matrix, family=sm.families.Poisson(), offset=np.log(n))
        result = model.fit(maxiter=100)
    if not result.converged or not np.isfinite(result.params).all():
        raise FitError("did_not_converge")
    return np.asarray(result.params)


def _mean(linear: Vector, n: Vector, question: Question) -> float:
    """The mean prediction over the mix."""
    if question.kind == "mean":
        predicted = linear
    elif question.kind == "share":
        predicted = 1 / (1 + np.exp(-np.clip(linear, -700, 700)))
    else:
        predicted = np.exp(np.clip(linear, -700, 700))
    return float(np.average(predicted, weights=n))


def _case_mix(crude: Effect, adjusted: Effect) -> Check:
    """Whether what is clear in the crude months remains so in the standardised ones."""
    values: dict[str, float | int | str] = {}
    for name, effect in (("crude", crude), ("adjusted", adjusted)):
        values |= {name: effect.estimate, f"{name}_low": effect.low, f"{name}_high": effect.high}
    was = clear_direction((crude.estimate, crude.low, crude.high), crude.scale)
    now = clear_direction((adjusted.estimate, adjusted.low, adjusted.high), adjusted.scale)
    size = [np.log(one.estimate) if one.scale == "ratio" else one.estimate for one in (crude, adjusted)]
    values["share_explained"] = float(1 - size[1] / size[0]) if was else np.nan
    unknown = np.isnan(crude.estimate) or np.isnan(adjusted.estimate)
    return Check("case_mix", None if unknown else was is None or was == now, values)


def _sides(rows: pd.DataFrame, question: Question) -> tuple[pd.Series, pd.Series]:
    """Which persons came before and after, within the question's window."""
    at = 12 * rows["period_start"].dt.year + rows["period_start"].dt.month - 1
    inside = at >= (-np.inf if question.first is None else ordinal(question.first))
    inside &= at <= (np.inf if question.last is None else ordinal(question.last))
    return inside & (at < ordinal(question.start)), inside & (at >= ordinal(question.settled))


def _positivity(known: pd.DataFrame, question: Question, covariates: Sequence[str]) -> Check:
    """Whether persons of every sort came on both sides, so that no prediction is made without data."""
    before, after = _sides(known, question)
    alone = {name: _only_on_one_side(known[name], before, after) for name in covariates}
    worst = max(alone, key=lambda name: alone[name])
    n = int((before | after).sum())
    share = alone[worst] / n if n else np.nan
    values: dict[str, float | int | str] = {"share": share, "covariate": worst, "n": alone[worst]}
    passed = share <= MOST_ON_ONE_SIDE if n else None
    return Check("positivity", passed, values | {"limit": MOST_ON_ONE_SIDE})


def _only_on_one_side(values: pd.Series, before: pd.Series, after: pd.Series) -> int:
    """Persons whose level, or whose number by its range, does not occur on the other side."""
    count = 0
    for here, there in ((values[before], values[after]), (values[after], values[before])):
        if is_number(values):
            count += int((~here.between(there.min(), there.max())).sum())
        else:
            count += int((~here.isin(there.unique())).sum())
    return count


def _missing(rows: pd.DataFrame, question: Question) -> Check:
    """Whether persons without outcome or covariates are few, and as many on both sides."""
    dated = rows[rows["period_start"].notna()]
    lost = ~dated["known"]
    before, after = _sides(dated, question)
    share, share_before, share_after = (float(lost[side].mean()) for side in (before | after, before, after))
    values: dict[str, float | int | str] = {
        "n": int(lost[before | after].sum()), "share": share, "share_before": share_before,
        "share_after": share_after, "limit": MOST_MISSING,
    }  # fmt: skip
    unknown = np.isnan([share_before, share_after]).any()
    passed = share <= MOST_MISSING and abs(share_after - share_before) <= MOST_MORE_MISSING
    return Check("missing_case_mix", None if unknown else bool(passed), values)


def _remarks(rows: pd.DataFrame, series: pd.DataFrame) -> list[Reason]:
    """Rows and months that are not used."""
    lost, few = int((~rows["known"]).sum()), int((~series["complete"]).sum())
    remarks: list[Reason] = []
    if lost:
        remarks.append(("rows_left_out", {"n": lost, "n_rows": len(rows), "why": "missing_covariate"}))
    if few:
        remarks.append(("months_with_few_persons", {"n": few, "needed": FEWEST_PERSONS}))
    return remarks
