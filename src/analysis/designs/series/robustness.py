"""Checks of whether the course before, the noise or single months make an answer that is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from analysis.designs.effect import Check, Question
from analysis.designs.fit import Fit, FitError
from analysis.designs.series.model import (
    answer,
    attempt,
    fit_terms,
    interval_of,
    intervals,
    scale_of,
    shocks_met,
)
from analysis.designs.series.months import within
from analysis.designs.series.terms import profile, terms
from analysis.designs.timeline import ordinal
from analysis.designs.verdict import clear_direction

BEND_MONTHS = 9
BEND_NEEDED = 24
NOISE_NEEDED = 8
NOISE_P = 0.01


def bent_before(rows: pd.DataFrame, question: Question, fit: Fit) -> Check:
    """Whether the trend had bent in the months before the start, which a straight trend takes for an effect.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months`.
    question : Question
        What is asked.
    fit : Fit
        The fitted main model.

    Returns
    -------
    Check
        Blocking. A change of slope nine months before the start is fitted to the before period only; not
        passed when it is clear and in the direction of the answer. None with fewer than 24 used months
        before. Values ``months, estimate, low, high`` (of the slope, a month).
    """
    window = within(rows, question)
    start = ordinal(question.start)
    used = window[window["used"] & (window["ordinal"] < start)]
    found = pd.Series({"estimate": np.nan, "low": np.nan, "high": np.nan})
    at = used["ordinal"].to_numpy()
    if len(used) >= BEND_NEEDED:
        matrix = terms(at, question, shocks_met(window, question))
        matrix = matrix.drop(columns=["step", "slope"], errors="ignore")
        matrix = matrix.loc[:, (matrix != 0).any()].assign(bend=np.maximum(at - (start - BEND_MONTHS), 0.0))
        try:
            before = fit_terms(used, question, matrix)
            found = intervals(before, np.eye(len(before.names))[[-1]], question).iloc[0]
        except FitError:
            pass
    interval = (float(found["estimate"]), float(found["low"]), float(found["high"]))
    clear = clear_direction(interval, scale_of(question))
    estimate = float(answer(question, fit)["estimate"])
    main = clear_direction((estimate, estimate, estimate), scale_of(question))
    values = {"months": BEND_MONTHS} | dict(zip(("estimate", "low", "high"), interval, strict=True))
    return Check("bent_before", None if np.isnan(interval[0]) else clear is None or clear != main, values)


def leave_one_month_out(rows: pd.DataFrame, question: Question, fit: Fit) -> Check:
    """Whether the answer hangs on a single month.

    Parameters
    ----------
    rows : DataFrame
        From `analysis.designs.series.months.months`.
    question : Question
        What is asked.
    fit : Fit
        The fitted main model.

    Returns
    -------
    Check
        Blocking. Without the last used month, and without the month after the start that lies farthest from
        the model, the answer stays on the same side; where the last month is what is judged (a slope or a
        ramp) it stays clear, too. None when neither can be fitted, or the answer is not clear. Values
        ``n, n_agree, estimate_min, estimate_max``.
    """
    after = profile(fit.ordinals, question) > 0
    farthest = fit.ordinals[after][np.abs(fit.residuals[after]).argmax()]
    without = [attempt(_without(rows, int(month)), question)[0] for month in {fit.ordinals[-1], farthest}]
    fitted = [interval for interval in without if not np.isnan(interval[0])]
    scale = scale_of(question)
    side = _side(float(answer(question, fit)["estimate"]), scale)
    is_end = question.impact in ("step_and_slope", "ramp")
    agree = sum(
        _side(one[0], scale) == side and (not is_end or clear_direction(one, scale) is not None)
        for one in fitted
    )
    estimates = [one[0] for one in fitted] or [np.nan]
    values = {
        "n": len(fitted), "n_agree": agree,
        "estimate_min": float(min(estimates)), "estimate_max": float(max(estimates)),
    }  # fmt: skip
    is_clear = clear_direction(interval_of(answer(question, fit)), scale) is not None
    return Check("leave_one_month_out", agree == len(fitted) if fitted and is_clear else None, values)


def noise_after(question: Question, fit: Fit) -> Check:
    """Whether months vary more after the start than before, which one variance for both does not allow for.

    Parameters
    ----------
    question : Question
        What is asked.
    fit : Fit
        The fitted main model.

    Returns
    -------
    Check
        Blocking; not passed when the residuals' variance after is larger than before at p < 0.01 (F). None
        with fewer than 8 months on a side. Values ``ratio, p`` (ratio of standard deviations).
    """
    after = profile(fit.ordinals, question) > 0
    counts = after.sum(), (~after).sum()
    if min(counts) < NOISE_NEEDED:
        return Check("noise_after", None, {"ratio": np.nan, "p": np.nan})
    late, early = fit.residuals[after].var(ddof=1), fit.residuals[~after].var(ddof=1)
    p = float(stats.f.sf(late / early, counts[0] - 1, counts[1] - 1))
    return Check("noise_after", p >= NOISE_P, {"ratio": float(np.sqrt(late / early)), "p": p})


def _side(estimate: float, scale: str) -> float:
    """On which side of no effect an estimate lies."""
    return float(np.sign(estimate - (1.0 if scale == "ratio" else 0.0)))


def _without(rows: pd.DataFrame, month: int) -> pd.DataFrame:
    """The months with one of them not usable."""
    return rows.assign(usable=rows["usable"] & (rows["ordinal"] != month))
