"""Answers to surveys by groups that make up everybody: told together or put together (R13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import pandas as pd

from analysis import release
from analysis.area import Policy
from analysis.release import ReleasedDistribution
from analysis.release.survey import SMALLEST_CROSSING, THREE

OTHERS = "others"


def crossed(rows: pd.DataFrame, groups: pd.Series, policy: Policy) -> Mapping[str, ReleasedDistribution]:
    """How each group answered that may stand beside the answers of all; none where that tells too much.

    Parameters
    ----------
    rows : DataFrame
        Column ``value``, an answer a row: everybody's.
    groups : Series
        Whose each answer is; who is in no group counts among the others.
    policy : Policy
        The area's numbers.

    Returns
    -------
    mapping of str to ReleasedDistribution
        By group, all with the same classes. Groups that are too small are one group with the smallest of
        the others, which is not told, so that nobody's answers are left over beside the whole.
    """
    named = groups.fillna(OTHERS)
    sides = {key: counts_of(rows[named.eq(key)]) for key in sorted(set(named))}
    order = sorted(sides, key=lambda key: (sum(sides[key].values()), key))
    together = [key for key in order if key == OTHERS or _may_not_stand(sides[key], policy)]
    for key in (key for key in order if key not in together):
        if not together or not _may_not_stand(_sum(sides[one] for one in together), policy):
            break
        together.append(key)
    kept = {key: counted for key, counted in sides.items() if key not in together}
    rest = {OTHERS: _sum(sides[one] for one in together)} if together else {}
    told = release.crossing(kept | rest, policy) if kept else {}
    return {key: one for key, one in told.items() if key != OTHERS}


def _may_not_stand(counted: Mapping[int, int], policy: Policy) -> bool:
    """Whether a group is too small, or has few in one of three classes."""
    classes = [sum(counted.get(answer, 0) for answer in own) for own in THREE]
    return sum(classes) < SMALLEST_CROSSING or any(0 < n <= policy.hide_up_to for n in classes)


def _sum(counted: Iterable[Mapping[int, int]]) -> dict[int, int]:
    total: Counter[int] = Counter()
    for one in counted:
        total.update(one)
    return dict(total)


def counts_of(rows: pd.DataFrame) -> dict[int, int]:
    """How many gave each answer."""
    return {int(answer): int(n) for answer, n in rows.value.value_counts().items()}
