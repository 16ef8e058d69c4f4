"""The terms of a model: trend, the shape of the change, season, shocks and breaks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Question, Shock
from analysis.designs.timeline import ordinal

Ordinals = NDArray[np.int64]
Vector = NDArray[np.float64]


def terms(at: Ordinals, question: Question, shocks: tuple[Shock, ...] = ()) -> pd.DataFrame:
    """The model's terms for given months.

    Parameters
    ----------
    at : array of int
        Months, as `analysis.designs.timeline.ordinal` gives them.
    question : Question
        Gives ``settled`` (where time is centred), the shape of the change, the season and the breaks.
    shocks : tuple of Shock
        Those that get a term.

    Returns
    -------
    DataFrame
        ``const, trend, step``, then ``slope`` if asked for, the season by calendar month
        (``sin1, cos1, ...`` or ``month2, ..., month12``), and one column a shock and a break, named after it.
    """
    at = np.asarray(at)
    time = at.astype(float) - ordinal(question.settled)
    columns = {"const": np.ones(len(at)), "trend": time, "step": profile(at, question)}
    if question.impact == "step_and_slope":
        columns["slope"] = time * (time >= 0)
    columns |= _season(at, question)
    columns |= {shock.name: in_shock(at, shock).astype(float) for shock in shocks}
    for lasting in question.breaks:
        since = (at >= ordinal(lasting.first)).astype(float)
        if 0 < since.sum() < len(at):
            columns[lasting.name] = since
    return pd.DataFrame(columns)


def profile(at: Ordinals, question: Question) -> Vector:
    """How much of the full change is there in each month.

    Parameters
    ----------
    at : array of int
        Months.
    question : Question
        Its ``impact``, ``impact_months`` and ``transition``.

    Returns
    -------
    ndarray
        0 before, up to 1 when all of it is there.
    """
    time = np.asarray(at, float) - ordinal(question.settled)
    if question.impact == "delayed_step":
        return (time >= question.impact_months).astype(float)
    if question.impact == "ramp":
        return np.clip((time + 1) / max(question.impact_months, 1), 0.0, 1.0)
    full = (time >= 0).astype(float)
    if question.transition == "left_out":
        return full
    length = ordinal(question.settled) - ordinal(question.start)
    return np.clip((time + length + 1) / (length + 1), 0.0, 1.0)


def in_shock(at: Ordinals, shock: Shock) -> NDArray[np.bool_]:
    """Which months lie in the time of a shock."""
    return (at >= ordinal(shock.first)) & (at <= ordinal(shock.last))


def _season(at: Ordinals, question: Question) -> dict[str, Vector]:
    """The columns of the season, by calendar month."""
    month = at % 12 + 1
    if question.season == "none":
        return {}
    if question.season == "months":
        return {f"month{m}": (month == m).astype(float) for m in range(2, 13)}
    columns: dict[str, Vector] = {}
    for pair in range(1, question.fourier_pairs + 1):
        angle = 2 * np.pi * pair * month / 12
        columns |= {f"sin{pair}": np.sin(angle), f"cos{pair}": np.cos(angle)}
    return columns
