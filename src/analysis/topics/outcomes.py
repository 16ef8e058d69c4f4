"""Outcomes of discharge beside the models: time to discharge, length of stay, definitions, cost."""

from __future__ import annotations

import pandas as pd

from analysis import release
from analysis.fragments import outcomes as fragments
from analysis.fragments.halves import Halves, last_day
from analysis.measures import Measure, home_within_24h, measures, uk_days
from analysis.payment import Payment, days_above, payment_of
from analysis.release import Released, ReleasedSums
from analysis.study import Study
from analysis.topics.halves import beside, compared, complete_halves, half_of, within_days

MEASURE = "uk_days_mean_payment"
DAYS = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30)
LENGTHS = (2, 4, 8, 15, 31)  # days: the bounds between the classes


def time_to_discharge(study: Study) -> Released:
    """How many have been discharged by fixed days after the notice, of the whole area.

    Parameters
    ----------
    study : Study
        Whose page it is.

    Returns
    -------
    Released
        A chart and its table.
    """
    halves, found = _halves(study), {}
    if not study.unit.parent:
        stays = study.facts_of_all("episodes")
        cases, half = stays.assign(waited=_days_ready(stays)), half_of(stays.discharged_at)
        for which, start in halves.known().items():
            end = last_day(start)
            curve = within_days(
                study,
                cases[half.eq(start)],
                DAYS,
                end=end,
                known=end + pd.Timedelta(days=DAYS[-1]),  # all are discharged, so each is followed to its end
                beside=beside(study, _measure(), start),
            )
            if curve is not None:
                found[which] = curve
    return fragments.time_to_discharge(study.view, found, halves)


def length_of_stay(study: Study) -> Released:
    """Length of stay before and after the start, of the whole area.

    Parameters
    ----------
    study : Study
        Whose page it is.

    Returns
    -------
    Released
        Two tables.
    """
    halves, found = _halves(study), {}
    if not study.unit.parent:
        stays = study.facts_of_all("episodes")
        length = (stays.discharged_at.dt.normalize() - stays.admitted_at.dt.normalize()).dt.days.astype(float)
        half, policy = half_of(stays.discharged_at), study.area.policy
        for which, start in halves.known().items():
            mine, whose = length[half.eq(start)].tolist(), stays.person_id[half.eq(start)].tolist()
            found[which] = (
                release.summary(mine, policy, whose),
                release.histogram(mine, LENGTHS, policy, whose, beside(study, _measure(), start)),
            )
    return fragments.length_of_stay(study.view, found, halves)


def definitions(study: Study) -> Released:
    """Every definition of the time as ready for discharge, side by side, from the series that are shown."""
    known = [m for m in (*uk_days.MEASURES, *home_within_24h.MEASURES) if m.name in measures()]
    series = [(m, study.showing.of_units(m).get(study.unit.id)) for m in known]
    mine = [(m, one) for m, one in series if one is not None]
    return fragments.definitions(study.view, mine, _halves(study))


def payment(study: Study) -> Released:
    """Days above the rule of each payment model, and what they would cost."""
    known = payment_of(study.area)
    return fragments.payment(study.view, known, _sums(study, known), _halves(study))


def _sums(study: Study, known: Payment) -> dict[str, ReleasedSums]:
    """The days above each model's rule, of the whole area and its municipalities, guarded together."""
    stays = study.facts_of_all("episodes")
    starts = complete_halves(study, _measure())
    part = _member_of(study)
    in_parts = stays.unit.isin(list(part)).all()  # else what is told of the parts is not the whole
    found = {}
    for model in known.models:
        rows = pd.DataFrame(
            {
                "unit": stays.unit.map(part),
                "period_start": half_of(stays.discharged_at),
                "person": stays.person_id,
                "value": days_above(stays, model),
            }
        )
        found[model.id] = release.sums(
            rows,
            units=[u.id for u in study.area.members] if in_parts else [],
            whole=study.area.top.id,
            starts=starts,
            policy=study.area.policy,
        )
    return found


def _member_of(study: Study) -> dict[str, str]:
    """Each place and the municipality that it is part of."""
    members = {u.id for u in study.area.members}
    above = {u.id: [a for a in study.area.ancestors(u.id) if a in members] for u in study.area.units}
    return {unit: found[0] for unit, found in above.items() if found}


def _days_ready(stays: pd.DataFrame) -> pd.Series:
    """Calendar days from the notice to the discharge."""
    return (stays.discharged_at.dt.normalize() - stays.uk_at.dt.normalize()).dt.days.astype(float)


def _measure() -> Measure:
    return measures()[MEASURE]


def _halves(study: Study) -> Halves:
    return compared(study, _measure())
