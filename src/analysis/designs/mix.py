"""Two rounds of a survey without comparison: change in a share, as it is and in the first round's mix.

Who answers differs between rounds, and a change of who they are can pass for an effect. The later round is
therefore also told as if its groups had answered in the earlier round's proportions. The counts are rounded
(they may be shown), and every one of them adds the variance of its rounding to the interval.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.designs.effect import Verdict
from analysis.designs.verdict import clear_direction

Z95 = 1.959964
PERCENT = 100


class Shares(NamedTuple):
    """Rounded counts of those who agree and of the rest, one of each a group.

    ``summed`` is of how many rounded counts each of them is the sum.
    """

    agree: ArrayLike
    rest: ArrayLike
    summed: tuple[int, int] = (1, 1)


class Change(NamedTuple):
    """A difference of shares (0-1), later minus earlier; its 95 % interval is rounded outwards."""

    estimate: float
    low: float
    high: float

    @property
    def direction(self) -> str | None:
        """Which way the whole interval points; None when it holds zero."""
        return clear_direction((self.estimate, self.low, self.high), "difference")


def change(before: Shares, after: Shares, *, step: float) -> Change:
    """The change in the share that agrees, in the mix of groups before.

    Parameters
    ----------
    before, after : Shares
        The same groups in the same order, each with answers on both sides. One group is the raw change.
    step : float
        What counts are rounded to; 1 for exact ones. A rounded count is taken to lie evenly within half a
        step on either side, which adds ``(step ** 2 - 1) / 12`` to its variance, a sum that for each.

    Returns
    -------
    Change
        The groups weigh as before the change.

    References
    ----------
    Agresti & Caffo 2000 (one agreeing and one other answer added for the variance).
    """
    agree, rest = (np.asarray(values, dtype=float) for values in before[:2])
    weights = (agree + rest) / (agree + rest).sum()
    difference, variance = 0.0, 0.0
    for side, sign in ((after, 1), (before, -1)):
        agree, rest = (np.asarray(values, dtype=float) for values in side[:2])
        n, share = agree + rest, agree / (agree + rest)
        near = (agree + 1) / (n + 2)
        of_agree, of_rest = side.summed
        rounding = (step**2 - 1) / 12 * (of_agree * (1 - share) ** 2 + of_rest * share**2) / n**2
        difference += sign * float(weights @ share)
        variance += float(weights**2 @ (near * (1 - near) / (n + 2) + rounding))
    half = Z95 * float(np.sqrt(variance))
    low, high = (_outwards(difference - half, np.floor), _outwards(difference + half, np.ceil))
    return Change(round(difference, 2) + 0.0, max(low, -1.0), min(high, 1.0))


def judge(raw: Change | None, standardised: Change | None) -> tuple[Verdict, str]:
    """What may be said of two rounds without comparison: never that it got better or worse.

    All parties begin at about the same time, answers are anonymous and nobody else was asked: whatever else
    happened between the rounds would look the same. The first rule that fits decides:

    ==== ================================================== ====================== ==============
    rule when                                               verdict                reason
    ==== ================================================== ====================== ==============
    1    a round cannot be told                             too_little_data        no_round
    2    the mix cannot be held, the raw interval holds 0   no_clear_change        interval
    3    the mix cannot be held                             cannot_be_attributed   mix_unknown
    4    both intervals hold 0                              no_clear_change        interval
    5    only the raw interval is clear of 0                no_clear_change        mix
    6    only the standardised interval is clear of 0       no_clear_change        mix_only
    7    raw and standardised change differ in sign         cannot_be_attributed   mix_reversed
    8    otherwise                                          cannot_be_attributed   no_comparison
    ==== ================================================== ====================== ==============

    Parameters
    ----------
    raw : Change or None
        Without regard to groups; None when a round is missing or cannot be shown.
    standardised : Change or None
        In the mix before; None when the groups cannot be compared.

    Returns
    -------
    tuple of str
        The verdict, by the names of `analysis.designs.verdict`, and its reason.
    """
    if raw is None:
        return "too_little_data", "no_round"
    if standardised is None:
        return ("no_clear_change", "interval") if raw.direction is None else _unsure("mix_unknown")
    if standardised.direction is None:
        return "no_clear_change", "mix" if raw.direction else "interval"
    if raw.direction is None:
        return "no_clear_change", "mix_only"
    return _unsure("mix_reversed" if raw.estimate * standardised.estimate < 0 else "no_comparison")


def _unsure(reason: str) -> tuple[Verdict, str]:
    return "cannot_be_attributed", reason


def _outwards(value: float, to: np.ufunc) -> float:
    return float(to(round(PERCENT * value, 9))) / PERCENT + 0.0
