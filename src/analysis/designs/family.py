"""Several questions at once: adjusted p-values, and verdicts that do not survive them.

One primary question for each effect goal: Holm over the primaries. The other questions of a goal are a
family of their own: Benjamini-Hochberg; those of goals with only one answer are one family together. A
verdict can only become weaker here, never stronger. What is not clear among all questions is not clear,
whatever the checks say: they are there to doubt a clear change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests

from analysis.designs.effect import Effect
from analysis.designs.verdict import OF_CLEAR, is_of_comparison
from analysis.errors import DesignError

Vector = NDArray[np.float64]

ALPHA = 0.05
CHANGES = ("improved", "worsened", "cannot_be_attributed")  # clear by themselves


def holm(p: Sequence[float] | Vector) -> Vector:
    """Holm's adjusted p-values.

    Parameters
    ----------
    p : array of float
        Two-sided p-values; NaN is no answer and does not count among the tests.

    Returns
    -------
    ndarray
        In the same order; NaN stays NaN.

    Raises
    ------
    DesignError
        If a p-value lies outside 0 to 1.

    References
    ----------
    Holm, Scand J Stat 1979;6:65.
    """
    return _adjusted(p, "holm")


def benjamini_hochberg(p: Sequence[float] | Vector) -> Vector:
    """Benjamini and Hochberg's adjusted p-values (false discovery rate).

    Parameters
    ----------
    p : array of float
        Two-sided p-values; NaN is no answer and does not count among the tests.

    Returns
    -------
    ndarray
        In the same order; NaN stays NaN.

    Raises
    ------
    DesignError
        If a p-value lies outside 0 to 1.

    References
    ----------
    Benjamini & Hochberg, J R Stat Soc B 1995;57:289.
    """
    return _adjusted(p, "fdr_bh")


def adjust(effects: Sequence[Effect]) -> tuple[Effect, ...]:
    """Weaken the verdicts that do not survive the number of questions asked.

    Parameters
    ----------
    effects : sequence of Effect
        All answers of one report. In each evaluation the primary questions of all goals are one family
        (Holm), and a goal that has two counts with both. The other questions of each goal are a family
        (Benjamini-Hochberg); goals in which only one of them has a p are put together into one.
        ``goal`` and ``evaluation`` "" are a goal and an evaluation, too.

    Returns
    -------
    tuple of Effect
        In the same order. "improved", "worsened" and "cannot_be_attributed" whose adjusted p is above 0.05,
        or whose p is not known, become "no_clear_change" with the reason
        ``("family", {"n", "p", "p_adjusted", "method"})``, without the reasons that hold only of a clear
        change; every other verdict stays, and "cannot_be_attributed" because a comparison changed as much,
        which is judged before whether anything is clear. ``n`` counts the known p-values of the family.

    Raises
    ------
    DesignError
        If a p-value lies outside 0 to 1.
    """
    _refuse_impossible(effects)
    judged = list(effects)
    for evaluation in dict.fromkeys(effect.question.evaluation for effect in effects):
        places = [at for at, effect in enumerate(judged) if effect.question.evaluation == evaluation]
        primaries = [at for at in places if judged[at].question.primary]
        _weaken(judged, primaries, holm, "holm")
        for members in _families_of_others(judged, places):
            _weaken(judged, members, benjamini_hochberg, "benjamini_hochberg")
    return tuple(judged)


def _refuse_impossible(effects: Sequence[Effect]) -> None:
    """Raise for a p-value that cannot be, with the question's name."""
    for effect in effects:
        if effect.p < 0 or effect.p > 1:
            what = f"question “{effect.question.id}” has the p-value {effect.p}, outside 0 to 1"
            raise DesignError(what, "give two-sided p-values")


def _families_of_others(effects: Sequence[Effect], places: Sequence[int]) -> list[list[int]]:
    """Which of these places hold questions that are not primary, one list a family."""
    goals: dict[str, list[int]] = {}
    for at in places:
        if not effects[at].question.primary:
            goals.setdefault(effects[at].question.goal, []).append(at)
    several, alone = [], []
    for members in goals.values():
        if np.isfinite([effects[at].p for at in members]).sum() > 1:
            several.append(members)
        else:
            alone += members
    return [*several, alone]


def _weaken(
    judged: list[Effect], members: list[int], correct: Callable[[Sequence[float]], Vector], method: str
) -> None:
    """Replace the members of one family whose change does not survive."""
    p = [judged[at].p for at in members]
    n = int(np.isfinite(p).sum())
    for at, raw, adjusted in zip(members, p, correct(p), strict=True):
        verdict, told = judged[at].verdict, judged[at].reasons
        if verdict not in CHANGES or adjusted <= ALPHA or is_of_comparison(told):
            continue
        values: dict[str, float | int | str] = {
            "n": n,
            "p": float(raw),
            "p_adjusted": float(adjusted),
            "method": method,
        }
        reasons = (*(one for one in told if one[0] not in OF_CLEAR), ("family", values))
        judged[at] = replace(judged[at], verdict="no_clear_change", reasons=reasons)


def _adjusted(p: Sequence[float] | Vector, method: str) -> Vector:
    """Adjusted p-values of those that are known."""
    values = np.asarray(p, float)
    known = ~np.isnan(values)
    if ((values[known] < 0) | (values[known] > 1)).any():
        raise DesignError("a p-value lies outside 0 to 1", "give two-sided p-values")
    adjusted = np.full(len(values), np.nan)
    if known.any():
        adjusted[known] = multipletests(values[known], method=method)[1]
    return adjusted
