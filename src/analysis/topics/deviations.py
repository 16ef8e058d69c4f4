"""What deviations are about, who reports about whom, and how they are reported and handled."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pandas as pd

from analysis.fragments import deviations as fragments
from analysis.fragments import deviations_course as course
from analysis.fragments.deviations import NOT_STATED, PAIR
from analysis.fragments.halves import Halves, last_day
from analysis.measures import Measure, measures
from analysis.release import Released, ReleasedBreakdown, ReleasedSurvival
from analysis.showing import Family
from analysis.study import Study
from analysis.tables.deviations import STEPS
from analysis.topics.halves import beside, compared, half_of, known_on, within_days

MEASURE = "deviations_per_1000"
DELAY_DAYS = (3, 7, 14, 30)
HANDLED_DAYS = (30, 60, 90)
HANDLING = {
    "investigated": "investigated_date",
    "acted": "action_date",
    "told": "feedback_date",
    "closed": "closed_date",
}


def by_kind(study: Study) -> Released:
    """Deviations by kind, in whole periods."""
    return fragments.by_kind(study.view, _shown(study, 1), _halves(study))


def between_parties(study: Study) -> Released:
    """Who reports about whom, in whole periods; what is shown by kind is settled before."""
    return fragments.between_parties(study.view, _shown(study, 2), _halves(study))


def pairs(study: Study) -> tuple[ReleasedBreakdown, Halves]:
    """Who reports about whom as `between_parties` shows it, and the half-years set beside each other."""
    return _shown(study, 2), _halves(study)


def by_step(study: Study) -> Released:
    """Deviations by step of the process; what is shown by kind and pair is settled before."""
    return fragments.by_step(study.view, _shown(study, 3), _halves(study))


def volume_and_severity(study: Study) -> Released:
    """The number of reports beside the share of severe ones."""
    return course.volume_and_severity(study.view, _shown(study, 4), _halves(study))


def delay(study: Study) -> Released:
    """From the event to the report, of those that are registered before the month counts as reported.

    Parameters
    ----------
    study : Study
        Whose page it is.

    Returns
    -------
    Released
        Of the whole area.
    """
    halves, found, most = _halves(study), {}, _measure().lag_days
    if not study.unit.parent:
        rows = study.facts_of_all("deviations")
        cases = rows.assign(waited=(rows.reported_date - rows.occurred_date).dt.days.astype(float))
        kept = cases.waited <= most
        for which, start in halves.known().items():
            mine = cases[kept & half_of(rows.occurred_date).eq(start)]
            end, known = last_day(start), last_day(start) + pd.Timedelta(days=most)
            guard = beside(study, _measure(), start, every=False)
            found[which] = within_days(study, mine, DELAY_DAYS, end=end, known=known, beside=guard)
    return course.delay(study.view, found, halves, most)


def handling(study: Study) -> Released:
    """From the report to each step of its handling, of the whole area."""
    halves = _halves(study)
    if study.unit.parent:
        return course.handling(study.view, {}, halves)
    steps = {step: _handled(study, column, halves) for step, column in HANDLING.items()}
    return course.handling(study.view, steps, halves)


def silent(study: Study) -> Released:
    """Who sent no report in the last half-year, from what is shown of pairs and municipalities."""
    between = _shown(study, 2, study.area.top.id)
    start = None if between.table.empty else between.table.period_start.max()
    return course.silent(study.view, between, study.showing.of_units(_measure()), start)


def _handled(study: Study, column: str, halves: Halves) -> dict[str, ReleasedSurvival | None]:
    """How long until a step, by half-year of being registered; nothing where the export never tells."""
    rows = study.facts_of_all("deviations")
    if column not in rows or rows[column].isna().all():
        return {}
    known = known_on(study, "deviations")
    done = rows[column].where(rows[column] <= known)
    cases = rows.assign(waited=(done - rows.reported_date).dt.days.astype(float))
    half = half_of(rows.reported_date)
    return {
        which: within_days(study, cases[half.eq(start)], HANDLED_DAYS, end=last_day(start), known=known)
        for which, start in halves.known().items()
    }


def _measure() -> Measure:
    return measures()[MEASURE]


def _halves(study: Study) -> Halves:
    return compared(study, _measure())


def families(study: Study, n: int = 4) -> list[Family]:
    """The first `n` families of counts; their order is fixed, since each is checked with those before."""
    of_parties = [PAIR.join(pair) for pair in product([p.id for p in study.area.parties], repeat=2)]
    known = (
        (("category",), [c.id for c in study.area.categories]),
        (("reporting_party", "receiving_party"), of_parties),
        (("process_step",), [*STEPS, NOT_STATED]),
        (("severity",), [*course.SEVERITIES, NOT_STATED]),
    )
    return [family(study, columns, keys) for columns, keys in known[:n]]


def family(study: Study, columns: Sequence[str], keys: Sequence[str]) -> Family:
    """All deviations by one column, or by several together. Protected: counts that have not passed the gate.

    Parameters
    ----------
    study : Study
        Whose area.
    columns : sequence of str
        Of the table of deviations.
    keys : sequence of str
        Every key there may be; those that do not say have `NOT_STATED`.

    Returns
    -------
    Family
        For `Showing.breakdown`.
    """
    facts = study.facts_of_all("deviations")
    texts = [_text(facts, column) for column in columns]
    key = texts[0].str.cat(texts[1:], sep=PAIR)
    return Family(pd.DataFrame({"unit": facts.unit, "key": key, "month": facts.month}), keys)


def _shown(study: Study, n: int, unit: str = "") -> ReleasedBreakdown:
    """The last of the first `n` families, settled with those before."""
    return study.showing.breakdown(families(study, n), unit or study.unit.id, _measure())


def _text(facts: pd.DataFrame, column: str) -> pd.Series:
    """A column as keys; those that do not say have a key of their own, so that the keys make up the whole."""
    if column not in facts:
        return pd.Series(NOT_STATED, index=facts.index)
    return facts[column].astype("string").fillna(NOT_STATED).astype(object)
