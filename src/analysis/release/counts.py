"""Counts, rates, shares and means as they may be shown (R1, R3, R4).

Whatever stands beside counts is computed from the counts as they are shown, and is shown or hidden by
conditions on these: it tells nothing that they do not (post-processing).
"""

from __future__ import annotations

from analysis.area import Policy

SMALLEST_BASE = 20
HIDDEN = float("nan")


def count(value: float, policy: Policy) -> float:
    """A count as it may be shown: rounded, 0 as 0, NaN when it is small (R1).

    Parameters
    ----------
    value : float
        A count of persons or cases.
    policy : Policy
        The area's numbers.

    Returns
    -------
    float
        The rounded count; NaN for 1..`policy.hide_up_to`.
    """
    if value == 0:
        return 0.0
    if value <= policy.hide_up_to:
        return HIDDEN
    return float(policy.round_to * ((value + policy.round_to / 2) // policy.round_to))


def of_persons(cases: float, persons: float, policy: Policy) -> float:
    """A count of cases as it may be shown: hidden too when they are of few persons (R1).

    Parameters
    ----------
    cases : float
        How many cases.
    persons : float
        How many persons they are of; NaN when nobody knows.
    policy : Policy
        The area's numbers.

    Returns
    -------
    float
        As `count`; NaN when the persons are `policy.hide_up_to` or fewer, also when none is known of.
    """
    return HIDDEN if cases != 0 and persons <= policy.hide_up_to else count(cases, policy)


def quotient(numerator: float, denominator: float, kind: str, policy: Policy, per: float = 1.0) -> float:
    """A rate, share or mean of shown parts (R3, R4).

    Parameters
    ----------
    numerator, denominator : float
        Parts as they are shown, NaN when hidden.
    kind : {"count", "share", "mean"}
        What it is.
    policy : Policy
        The area's numbers.
    per : float
        Expressed per this many.

    Returns
    -------
    float
        Per `per` with one decimal, a share in whole per cent (of 1), a mean with one decimal. NaN when a
        part is hidden or the base is below `SMALLEST_BASE`; of nothing, except a mean; and for shares
        when the rest may be small.
    """
    enough = denominator >= SMALLEST_BASE and (numerator > 0 or kind == "mean")
    if kind == "share":
        enough = enough and denominator - numerator > policy.hide_up_to + policy.round_to
    return round(per * numerator / denominator, 2 if kind == "share" else 1) if enough else HIDDEN


def ratio(
    numerator: float,
    denominator: float,
    kind: str,
    policy: Policy,
    per: float = 1.0,
    *,
    counted_base: bool = True,
) -> float:
    """A rate, share or mean of true parts, as it may be shown (R3, R4), NaN when hidden.

    Parameters
    ----------
    numerator, denominator : float
        True parts.
    kind : {"count", "share", "mean"}
        What it is.
    policy : Policy
        The area's numbers.
    per : float
        Expressed per this many.
    counted_base : bool
        Whether the base counts people or cases; False when it is time (days), which needs no rounding.

    Returns
    -------
    float
        The `quotient` of the parts as they are shown.
    """
    base = count(denominator, policy) if counted_base else denominator
    return quotient(count(numerator, policy), base, kind, policy, per)
