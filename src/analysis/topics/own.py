"""What an analyst's own notebook may show besides the topics of ours: counts by a column, and series.

Everything goes through the same gate as our reports, in a fixed order: the tables of our reports are settled
first, then those of this module, one after the other, whether a notebook shows them or not. So no page can
be set beside another to tell more.
"""

from __future__ import annotations

from analysis.errors import UsageError
from analysis.fragments import own as fragments
from analysis.fragments.deviations import NOT_STATED, PAIR
from analysis.measures import measures
from analysis.protocol import measures_of
from analysis.release import Released, ReleasedBreakdown
from analysis.showing import Family
from analysis.study import Study
from analysis.tables.deviations import CONSEQUENCES, KINDS, PROVIDERS
from analysis.topics import deviations

SETTLED = {"category": 1, "process_step": 3, "severity": 4}  # how many families of ours it takes
#: What a party reports, or what is reported about it, is the sum of pairs; which of the two comes first.
PAIRS = {"reporting_party": 1, "receiving_party": -1}
CODED = {"consequence": CONSEQUENCES, "kind": KINDS, "provider": PROVIDERS}
MORE = (*PAIRS, *CODED)  # after all of ours, in this order
COLUMNS = (*SETTLED, *MORE)


def counts(study: Study, by: str) -> Released:
    """Deviations by a column, in whole periods.

    Parameters
    ----------
    study : Study
        For whom.
    by : str
        One of `COLUMNS`.

    Returns
    -------
    Released
        A table, or a sentence where most of it would be too small to tell.

    Raises
    ------
    UsageError
        If there is no such column to count by.
    """
    if by not in COLUMNS:
        what = f"deviations cannot be counted by “{by}”"
        raise UsageError(what, f"Use one of: {', '.join(COLUMNS)}")
    return fragments.counts(study.view, _shown(study, by), by)


def series(study: Study, measure: str) -> Released:
    """A measure over time, for the notebook's unit.

    Parameters
    ----------
    study : Study
        For whom.
    measure : str
        One that the area asks about.

    Returns
    -------
    Released
        A table of whole periods; a sentence where there is nothing to tell.

    Raises
    ------
    UsageError
        If the area asks nothing about the measure: what is shown of one hangs on what is shown of all.
    """
    asked = {m.name: m for m in measures_of(study.area)}
    if measure not in asked:
        what = f"the area asks nothing about the measure “{measure}”"
        raise UsageError(what, f"Use one of: {', '.join(sorted(asked))}")
    one = asked[measure]
    return fragments.series(study.view, study.showing.of_units(one).get(study.unit.id), one)


def _shown(study: Study, by: str) -> ReleasedBreakdown:
    families = deviations.families(study, SETTLED.get(by, max(SETTLED.values())))
    if by in MORE:
        families += [_family(study, column) for column in MORE[: MORE.index(by) + 1]]
    return study.showing.breakdown(families, study.unit.id, measures()[deviations.MEASURE])


def _family(study: Study, column: str) -> Family:
    if column in CODED:
        return deviations.family(study, (column,), (*CODED[column], NOT_STATED))
    parties = [p.id for p in study.area.parties]
    made_of = {one: [PAIR.join((one, other)[:: PAIRS[column]]) for other in parties] for one in parties}
    return deviations.family(study, (column,), parties)._replace(made_of=made_of)
