"""An effect of a derived series, with what else is known of it: it can only weaken the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.designs.effect import Check, Effect
from analysis.designs.verdict import Reason


def weakened(effect: Effect, checks: Sequence[Check] = (), remarks: Sequence[Reason] = ()) -> Effect:
    """The effect with further checks and remarks.

    Parameters
    ----------
    effect : Effect
        From `analysis.designs.segmented.evaluate` or of the same shape.
    checks : sequence of Check
        A blocking one that failed turns "improved" or "worsened" into "cannot_be_attributed".
    remarks : sequence of (str, mapping)
        Further reasons, which leave the verdict as it is.

    Returns
    -------
    Effect
        The further checks stand first; each blocking one that failed is a reason
        ``("failed_check", {"check": name})`` when the effect is clear.
    """
    failed = [check for check in checks if check.blocking and check.passed is False]
    clear = effect.verdict in ("improved", "worsened", "cannot_be_attributed")
    named: tuple[Reason, ...] = tuple(("failed_check", {"check": one.name}) for one in failed if clear)
    return replace(
        effect,
        verdict="cannot_be_attributed" if named else effect.verdict,
        checks=(*checks, *effect.checks),
        reasons=(*named, *effect.reasons, *remarks),
    )


def without_answer(effect: Effect, reason: Reason) -> Effect:
    """The effect with no number and one reason.

    Parameters
    ----------
    effect : Effect
        Any; question, method, scale and months are kept.
    reason : (str, mapping)
        Why there is no answer.

    Returns
    -------
    Effect
        With the verdict "too_little_data"; nothing expected is left in ``fit``.
    """
    expected = [name for name in effect.fit.columns if name not in ("period_start", "value", "used")]
    nothing = effect.fit.assign(**dict.fromkeys(expected, np.nan))
    return replace(
        effect, estimate=np.nan, low=np.nan, high=np.nan, p=np.nan, mde=np.nan,
        verdict="too_little_data", checks=(), reasons=(reason,), table=effect.table[:0], fit=nothing,
    )  # fmt: skip
