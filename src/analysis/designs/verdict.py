"""The verdict, by written rules, from an estimate, its interval and the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from analysis.designs.effect import Check, Verdict

Reason = tuple[str, Mapping[str, float | int | str]]
Scale = Literal["ratio", "difference"]
WITHOUT_EFFECT = ("comparison_changed_as_much", "moved_elsewhere")  # a change that is none of its own
ALWAYS_MADE = (  # can be made on any data, so that they do not stand for the others
    "autocorrelation", "definition_break", "comparison_changed_as_much", "comparison_moved",
    "moved_elsewhere", "noise_after", "leave_one_month_out", "case_mix", "positivity", "missing_case_mix",
)  # fmt: skip
OF_CLEAR = (  # reasons that say something only of a clear change
    "failed_check", "check_not_possible", "beyond_plausible", "no_check_possible", "may_have_begun_before",
)  # fmt: skip
BEGAN, HELD_INSTEAD = "began_before", {"placebo_dates", "window"}


def decide(
    interval: tuple[float, float, float],
    *,
    scale: Scale,
    better: Literal["lower", "higher"],
    checks: Sequence[Check] = (),
    mde: float = float("nan"),
    plausible: float = float("nan"),
) -> tuple[Verdict, tuple[Reason, ...]]:
    """Decide what may be said.

    The first rule that fits decides; "no effect" is 1 for a ratio and 0 for a difference:

    ==== ======================================================== =========================
    rule when                                                     verdict
    ==== ======================================================== =========================
    1    estimate, low or high is not a number                    too_little_data
    2    the units changed, but their comparison as much, or
         what one party lost others got                           cannot_be_attributed
    3    low <= no effect <= high, and even the largest plausible
         effect could hardly have been seen (mde beyond it)       too_little_data
    4    low <= no effect <= high                                 no_clear_change
    5    a blocking check failed (each is a reason)               cannot_be_attributed
    6    the whole interval lies beyond the largest plausible
         effect                                                   cannot_be_attributed
    7    none of the blocking checks that look at other data
         could be made; or nobody can tell whether it began
         before, and false dates and other windows do not hold    cannot_be_attributed
    8    the estimate lies in the direction that is better        improved
    9    otherwise                                                worsened
    ==== ======================================================== =========================

    Parameters
    ----------
    interval : tuple of float
        Estimate, low, high.
    scale : {"ratio", "difference"}
        What the interval is.
    better : {"lower", "higher"}
        The direction of improvement.
    checks : sequence of Check
        Those with ``blocking`` and ``passed`` False block; ``passed`` None could not be made.
    mde : float
        The smallest effect found with a chance of 80 %, on the scale of the interval.
    plausible : float
        The largest effect thought possible, on the same scale; NaN when nobody stated one.

    Returns
    -------
    tuple
        The verdict and its reasons: ``("failed_check", {"check": name})`` for rules 2 and 5,
        ``("mde_above_plausible", {"mde": , "plausible": })`` for rule 3, ``("mde", {"mde": })`` for rule 4
        when it is known and the interval is no wider, ``("beyond_plausible", {"plausible": })`` for rule 6,
        ``("no_check_possible", {})`` and ``("may_have_begun_before", {})`` for rule 7, and for each blocking
        check that could not be made ``("check_not_possible", {"check": name})``.
    """
    if not np.isfinite(interval).all():
        return "too_little_data", ()
    blocking = [check for check in checks if check.blocking]
    failed = _named("failed_check", [check for check in blocking if check.passed is False])
    direction = clear_direction(interval, scale)
    if direction is None and not is_of_comparison(failed):
        return _not_clear(interval, scale, mde, plausible)
    unmade = _named("check_not_possible", [check for check in blocking if check.passed is None])
    if failed:
        return "cannot_be_attributed", failed + unmade
    doubt = _doubt(interval, scale, plausible, blocking)
    if doubt:
        return "cannot_be_attributed", doubt + (unmade if doubt[0][0] != "no_check_possible" else ())
    return ("improved" if direction == better else "worsened"), unmade


def _not_clear(
    interval: tuple[float, float, float], scale: Scale, mde: float, plausible: float
) -> tuple[Verdict, tuple[Reason, ...]]:
    """The verdict when the interval includes no effect."""
    if np.isnan(mde):
        return "no_clear_change", ()
    sizes = np.abs(np.log([mde, plausible]) if scale == "ratio" else [mde, plausible])
    if sizes[0] > sizes[1]:
        return "too_little_data", (("mde_above_plausible", {"mde": mde, "plausible": plausible}),)
    half = np.diff(np.log(interval[1:]) if scale == "ratio" else interval[1:])[0] / 2
    return "no_clear_change", () if half > sizes[0] else (("mde", {"mde": mde}),)


def _doubt(
    interval: tuple[float, float, float], scale: Scale, plausible: float, blocking: Sequence[Check]
) -> tuple[Reason, ...]:
    """Why a clear change with no failed check is still not attributed."""
    if _is_beyond(interval, scale, plausible):
        return (("beyond_plausible", {"plausible": plausible}),)
    tried = [check for check in blocking if check.name not in ALWAYS_MADE]
    if tried and all(check.passed is None for check in tried):
        return (("no_check_possible", {}),)
    unsure = any(check.name == BEGAN and check.passed is None for check in tried)
    if unsure and not {check.name for check in tried if check.passed} >= HELD_INSTEAD:
        return (("may_have_begun_before", {}),)
    return ()


def _is_beyond(interval: tuple[float, float, float], scale: Scale, plausible: float) -> bool:
    """Whether the whole interval lies beyond the largest effect thought possible."""
    if np.isnan(plausible):
        return False
    ends = np.abs(np.log(interval[1:]) if scale == "ratio" else interval[1:])
    return bool(ends.min() > abs(np.log(plausible) if scale == "ratio" else plausible))


def clear_direction(interval: tuple[float, float, float], scale: Scale) -> Literal["lower", "higher"] | None:
    """Which way the whole interval points.

    Parameters
    ----------
    interval : tuple of float
        Estimate, low, high.
    scale : {"ratio", "difference"}
        What the interval is.

    Returns
    -------
    {"lower", "higher"} or None
        None when the interval includes no effect, or is not a number.
    """
    nothing = 1.0 if scale == "ratio" else 0.0
    _, low, high = interval
    if high < nothing:
        return "lower"
    return "higher" if low > nothing else None


def is_of_comparison(reasons: Sequence[Reason]) -> bool:
    """Whether rule 2 decided: the comparison changed as much, or what was lost moved elsewhere.

    Parameters
    ----------
    reasons : sequence of Reason
        Of the verdict.

    Returns
    -------
    bool
        True also where the answer's own interval includes no effect.
    """
    return any(code == "failed_check" and said["check"] in WITHOUT_EFFECT for code, said in reasons)


def _named(code: str, checks: Sequence[Check]) -> tuple[Reason, ...]:
    """One reason a check."""
    return tuple((code, {"check": check.name}) for check in checks)
