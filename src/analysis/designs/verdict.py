"""The verdict, by written rules, from an estimate, its interval and the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from analysis.designs.effect import Check, Verdict

Reason = tuple[str, Mapping[str, float | int | str]]
Scale = Literal["ratio", "difference"]
ALWAYS_MADE = "autocorrelation"  # the residuals can always be looked at, so it does not stand for the others


def decide(
    interval: tuple[float, float, float],
    *,
    scale: Scale,
    better: Literal["lower", "higher"],
    checks: Sequence[Check] = (),
) -> tuple[Verdict, tuple[Reason, ...]]:
    """Decide what may be said.

    The first rule that fits decides; "no effect" is 1 for a ratio and 0 for a difference:

    ==== ==================================================== =========================
    rule when                                                 verdict
    ==== ==================================================== =========================
    1    estimate, low or high is not a number                too_little_data
    2    low <= no effect <= high                             no_clear_change
    3    a blocking check failed (each is a reason)           cannot_be_attributed
    4    there are blocking checks, none could be made        cannot_be_attributed
    5    the estimate lies in the direction that is better    improved
    6    otherwise                                            worsened
    ==== ==================================================== =========================

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

    Returns
    -------
    tuple
        The verdict and its reasons: ``("failed_check", {"check": name})`` for rule 3,
        ``("no_check_possible", {})`` for rule 4, ``("check_not_possible", {"check": name})`` for each
        blocking check that could not be made under rules 3, 5 and 6.
    """
    if not np.isfinite(interval).all():
        return "too_little_data", ()
    direction = clear_direction(interval, scale)
    if direction is None:
        return "no_clear_change", ()
    blocking = [check for check in checks if check.blocking]
    failed = _named("failed_check", [check for check in blocking if check.passed is False])
    unmade = _named("check_not_possible", [check for check in blocking if check.passed is None])
    if failed:
        return "cannot_be_attributed", failed + unmade
    tried = [check for check in blocking if check.name != ALWAYS_MADE]
    if tried and all(check.passed is None for check in tried):
        return "cannot_be_attributed", (("no_check_possible", {}),)
    return ("improved" if direction == better else "worsened"), unmade


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


def _named(code: str, checks: Sequence[Check]) -> tuple[Reason, ...]:
    """One reason a check."""
    return tuple((code, {"check": check.name}) for check in checks)
