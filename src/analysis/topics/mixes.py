"""Changes of survey answers in the mix of groups before: which groups may be told, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from analysis import release
from analysis.designs.mix import Change, Shares, change
from analysis.fragments.voices import AGREE, PERIODS, agreeing
from analysis.release import ReleasedDistribution
from analysis.release.survey import SMALLEST_CROSSING
from analysis.study import Study
from analysis.surveys import Period
from analysis.topics.crossed import OTHERS

MIXES = (("party", "profession"), ("profession",), ("party",), ("unit",))
LEAST_COMPARED = 0.8
FEWEST_GROUPS = 2
REST, AGREEING = 2, 4  # answers that stand for those who do not agree, and for those who do


class Held(NamedTuple):
    """The columns that make groups, the change in their mix before, how many there are, their answers."""

    basis: str = ""
    change: Change | None = None
    groups: int = 0
    before: float = release.HIDDEN
    after: float = release.HIDDEN


def held(
    study: Study, rows: Mapping[Period, pd.DataFrame], sides: Mapping[Period, tuple[float, float]]
) -> Held:
    """The change in the mix before, by the finest groups that may be told.

    Parameters
    ----------
    study : Study
        Whose policy holds.
    rows : mapping of Period to DataFrame
        Answers of both rounds, with the columns that groups are made of.
    sides : mapping of Period to (float, float)
        Rounded counts of those who agree and of the rest, of all answers.

    Returns
    -------
    Held
        Without a change where no groups make up `LEAST_COMPARED` of the answers.
    """
    for columns in MIXES:
        groups = _groups(study, rows, columns)
        if groups is None:
            continue
        told = [[agreeing(one) for one in groups[p].values()] for p in PERIODS]
        n = [sum(map(sum, own)) for own in told]
        if min(of / sum(sides[p]) for p, of in zip(PERIODS, n, strict=True)) >= LEAST_COMPARED:
            return Held("_".join(columns), _difference(study, told), len(told[0]), *n)
    return Held()


def raw(study: Study, shown: Mapping[Period, ReleasedDistribution | None]) -> Change:
    """The change of all answers, without regard to groups.

    Parameters
    ----------
    study : Study
        Whose policy holds.
    shown : mapping of Period to ReleasedDistribution
        Both rounds, with classes.

    Returns
    -------
    Change
        Of the same rounded counts as the shares told beside it, each a sum of classes.
    """
    told = [one for period in PERIODS if (one := shown[period]) is not None]
    before, after = (_summed(one) for one in told)
    return change(before, after, step=study.area.policy.round_to)


def _difference(study: Study, told: Sequence[Sequence[tuple[float, float]]]) -> Change:
    """The change of rounded counts, who agrees and who does not by group, before and after."""
    before, after = (Shares([a for a, _ in own], [r for _, r in own]) for own in told)
    return change(before, after, step=study.area.policy.round_to)


def _summed(shown: ReleasedDistribution) -> Shares:
    """All answers as one group, and of how many rounded classes each side is the sum."""
    agree, rest = agreeing(shown)
    n = sum(set(one.answers) <= AGREE for one in shown.classes)
    return Shares([agree], [rest], (n, len(shown.classes) - n))


def _groups(
    study: Study, rows: Mapping[Period, pd.DataFrame], columns: Sequence[str]
) -> dict[Period, Mapping[str, ReleasedDistribution]] | None:
    """By round and group who agrees and who does not; groups with few go together, or None (R13)."""
    cells = {p: _agreement(rows[p], columns) for p in PERIODS}
    both = cells["before"].index.intersection(cells["after"].index)
    kept = pd.concat([cells[p].loc[both] for p in PERIODS], axis=1, keys=PERIODS)
    together = _put_together(kept, study.area.policy.hide_up_to)
    sums = kept.groupby([OTHERS if key in together else key for key in kept.index]).sum()
    if len(sums) < FEWEST_GROUPS or _is_few(sums, study.area.policy.hide_up_to).any():
        return None
    answers = {
        p: {str(key): {REST: int(row.rest), AGREEING: int(row.agree)} for key, row in sums[p].iterrows()}
        for p in PERIODS
    }
    return {p: release.crossing(answers[p], study.area.policy) for p in PERIODS}


def _put_together(kept: pd.DataFrame, hide: int) -> list[str]:
    """The groups with few answers, and the smallest others until they are no longer few together."""
    order = kept.sum(axis=1).sort_values(kind="stable").index
    few = _is_few(kept, hide)
    together = [key for key in order if few[key]]
    for key in (key for key in order if not few[key]):
        if not together or not _is_few(kept.loc[together].sum().to_frame().T, hide).any():
            break
        together.append(key)
    return together


def _is_few(cells: pd.DataFrame, hide: int) -> pd.Series:
    """Groups whose answers, or one side of them, are too few to be told in some round."""
    hidden = (cells.gt(0) & cells.le(hide)).any(axis=1)
    sizes = [cells[period].sum(axis=1).lt(SMALLEST_CROSSING) for period in PERIODS]
    return hidden | sizes[0] | sizes[1]


def _agreement(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """How many agree and how many do not, by group; those of no known group are left out."""
    known = rows.dropna(subset=list(columns))
    key = known[columns[0]].str.cat([known[c] for c in columns[1:]], sep=">")
    agree = known.value.isin(AGREE).astype(int)
    return pd.DataFrame({"agree": agree, "rest": 1 - agree}).groupby(key).sum()
