"""How a verdict and its checks are to be read: what an answer lacks, and how a check stands to it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

import pandas as pd

from analysis.designs.effect import Check, Effect
from analysis.designs.series.months import NEEDED_POINTS
from analysis.designs.verdict import clear_direction

STABLE = 0.9  # of the models
FALSE_STARTS = "placebo_dates"
INFORMING = ("change_point", "concentration", "forbidden_share", "permutation")


def verdict_key(verdict: str, n_before: int, n_after: int) -> str:
    """The key of a verdict's words: where only the months after are still too few, that is what is said.

    Parameters
    ----------
    verdict : str
        The verdict, or "" for none.
    n_before, n_after : int
        Months that the answer rests on.

    Returns
    -------
    str
        "too_few_months", or the verdict.
    """
    too_few = verdict == "too_little_data" and n_after < NEEDED_POINTS <= n_before
    return "too_few_months" if too_few else verdict


def is_stable(agreeing: int, n: int) -> bool:
    """Whether nearly all of so many models agree with an answer: what "stable" means in all reports."""
    return agreeing >= STABLE * n


def is_weakened(effect: Effect) -> bool:
    """Whether the answer is clear by itself, but not when adjusted for the other questions."""
    return any(code == "family" for code, _ in effect.reasons)


def status(check: Check, effect: Effect) -> str:
    """The key of how a check stands to the answer.

    Parameters
    ----------
    check : Check
        The check.
    effect : Effect
        Whose check it is.

    Returns
    -------
    str
        "true" (supports the answer), "false" (does not), "none" (could not be tried), "weaker" (supports it
        less, or cannot block it), "informs" (never judges).
    """
    if check.name in INFORMING and check.passed is None:
        return "informs"
    if is_expected(check, effect):
        return "true"
    is_null = _is_null(effect)
    stands_out = is_null and check.name == FALSE_STARTS  # what a change would do
    unclear = not is_null and "shorter_unclear" in variants(check, effect)
    if (check.passed and (stands_out or unclear)) or (check.passed is False and not check.blocking):
        return "weaker"
    return outcome(check)


def is_expected(check: Check, effect: Effect) -> bool:
    """Whether the start stands out as little as it should when no clear change is seen."""
    return _is_null(effect) and check.name == FALSE_STARTS and check.passed is False


def _is_null(effect: Effect) -> bool:
    """Whether the answer is that no change is clear, also by itself."""
    return effect.verdict == "no_clear_change" and not is_weakened(effect)


def outcome(check: Check) -> str:
    """The key of a check's outcome: "true", "false" or "none"."""
    return str(check.passed).lower()


def variants(check: Check, effect: Effect) -> list[str]:
    """What chooses among a check's sentences, the most particular first.

    Parameters
    ----------
    check : Check
        The check.
    effect : Effect
        Whose check it is.

    Returns
    -------
    list of str
        Ends of keys, tried in order before the outcome's own.
    """
    said = check.values
    if "start_inside" in said:
        return ["unclear" if said["n_breaks"] == 0 else "inside" if said["start_inside"] else "outside"]
    if said.get("kind") == "shorter":
        return [*_shorter(check, effect), "shorter"]
    if check.name == "leave_one_month_out" and said.get("n") == 1:
        return ["one"]
    known = isfinite(float(said.get("low", said.get("trend", "nan"))))
    chosen = {
        "unsure": check.passed is None and known,
        "back": bool(said.get("back")),
        "alike": is_expected(check, effect),
        "same": check.name == "noise_after" and round(float(said.get("ratio", "nan")), 2) == 1,
        "away": "explained" in said and float(said["explained"]) < 0,
        "neither": check.name == "other_model" and "estimate" in said and not _is_clear(said, effect),
    }
    return [name for name, holds in chosen.items() if holds]


def _shorter(check: Check, effect: Effect) -> list[str]:
    """Whether the change is clear in the shorter time before."""
    if check.table is None:
        return []
    fitted = check.table.dropna(subset=["estimate"])
    if len(fitted) != 1:
        return []
    return ["shorter_clear" if _is_clear(fitted.iloc[0], effect) else "shorter_unclear"]


def _is_clear(interval: Mapping[str, float | int | str] | pd.Series, effect: Effect) -> bool:
    """Whether an interval excludes no change."""
    ends = (float(interval["estimate"]), float(interval["low"]), float(interval["high"]))
    return clear_direction(ends, effect.scale) is not None
