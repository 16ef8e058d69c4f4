"""Answers to surveys as they may be shown (R13): distributions, response rates, crossings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.area import Policy
from analysis.errors import DesignError
from analysis.release.counts import count, ratio
from analysis.release.sealed import Sealed, sealed

SMALLEST_GROUP = 8
SMALLEST_CROSSING = 20
FIVE = ((1,), (2,), (3,), (4,), (5,))
THREE = ((1, 2), (3,), (4, 5))
RULE = "R1 R3 R13"


class Answers(NamedTuple):
    """A class of answers: their rounded number, and its share of the classes' rounded counts."""

    answers: tuple[int, ...]
    n: float
    share: float


@dataclass(frozen=True)
class ReleasedDistribution(Sealed):
    """Five or three classes of answers, or none where only the number of answers may be shown.

    ``n`` is the true number rounded by itself, so the classes need not sum to it (R2).
    """

    n: float
    classes: tuple[Answers, ...]

    @property
    def values(self) -> NDArray[np.float64]:
        """Where its classes begin and end in a bar, from the middle of the middle class; may be empty."""
        if not self.classes:
            return np.empty(0)
        shown = np.array([one.n for one in self.classes])
        ends = np.concatenate([[0.0], np.cumsum(shown / shown.sum())])
        return ends - ends[len(shown) // 2 : len(shown) // 2 + 2].mean()


@dataclass(frozen=True)
class ReleasedResponse(Sealed):
    """How many answered of those asked: rounded numbers and a share in whole per cent, NaN where hidden."""

    answered: float
    asked: float
    rate: float


def distribution(counts_by_answer: Mapping[int, int], policy: Policy) -> ReleasedDistribution:
    """How a group answered one question (R13).

    Parameters
    ----------
    counts_by_answer : mapping of int to int
        Answers 1 to 5, and how many gave each.
    policy : Policy
        The area's numbers.

    Returns
    -------
    ReleasedDistribution
        Five classes; three (1-2, 3, 4-5) if one of the five is few; none if one of the three is few, or the
        group has fewer than eight answers.

    Raises
    ------
    DesignError
        If there is another answer than 1 to 5.
    """
    if not set(counts_by_answer) <= {answer for (answer,) in FIVE}:
        raise DesignError("an answer is not one of 1 to 5", "Leave out answers without a place on the scale")
    n = sum(counts_by_answer.values())
    for classes in (FIVE, THREE):
        if n >= SMALLEST_GROUP and not _has_few(counts_by_answer, classes, policy):
            return _distribution(counts_by_answer, classes, policy)
    return _distribution(counts_by_answer, (), policy)


def response_rate(answered: int, asked: int, policy: Policy) -> ReleasedResponse:
    """How many answered of those who were asked (R1, R3).

    Parameters
    ----------
    answered, asked : int
        Persons.
    policy : Policy
        The area's numbers.

    Returns
    -------
    ReleasedResponse
        The rate by the same rule as any share.
    """
    shown = {"answered": count(answered, policy), "asked": count(asked, policy)}
    return sealed(ReleasedResponse, "R1 R3", rate=ratio(answered, asked, "share", policy), **shown)


def crossing(groups: Mapping[str, Mapping[int, int]], policy: Policy) -> Mapping[str, ReleasedDistribution]:
    """Distributions of groups that are crossings (party and role, role and municipality) (R13).

    All groups have the same classes, or none has, and nothing is shown when one is too small: with the
    answers of some groups, those of the others would come back from the answers of all.

    Parameters
    ----------
    groups : mapping of str to mapping
        Group to its counts by answer; nobody is in two, and all together are everybody.
    policy : Policy
        The area's numbers.

    Returns
    -------
    mapping of str to ReleasedDistribution
        Empty when a group has fewer than twenty answers (put such groups together before); only numbers when
        one has few in one of the three classes. Groups without answers are left out.
    """
    given = {group: counts for group, counts in groups.items() if any(counts.values())}
    if any(sum(counts.values()) < SMALLEST_CROSSING for counts in given.values()):
        return MappingProxyType({})
    fit = [c for c in (FIVE, THREE) if not any(_has_few(counts, c, policy) for counts in given.values())]
    own = fit[0] if fit else ()
    return MappingProxyType({group: _distribution(counts, own, policy) for group, counts in given.items()})


def _sums(counts: Mapping[int, int], classes: Sequence[tuple[int, ...]]) -> list[int]:
    return [sum(counts.get(answer, 0) for answer in answers) for answers in classes]


def _has_few(counts: Mapping[int, int], classes: Sequence[tuple[int, ...]], policy: Policy) -> bool:
    return any(0 < one <= policy.hide_up_to for one in _sums(counts, classes))


def _distribution(
    counts: Mapping[int, int], classes: Sequence[tuple[int, ...]], policy: Policy
) -> ReleasedDistribution:
    shown = [count(one, policy) for one in _sums(counts, classes)]
    rows = zip(classes, shown, strict=True)
    own = tuple(Answers(answers, one, round(one / sum(shown), 2)) for answers, one in rows)
    return sealed(ReleasedDistribution, RULE, n=count(sum(counts.values()), policy), classes=own)
