"""How far SIP cases get, who summons, before or after discharge, and what the exports do not tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from analysis import release
from analysis.fragments import sip as fragments
from analysis.fragments.sip import PAIR, PARTS
from analysis.measures import measures
from analysis.measures.sip import SUMMONS_DAYS
from analysis.release import Released
from analysis.showing import Family
from analysis.study import Study
from analysis.topics.halves import compared

MEASURE, OFFERED = "sip_cases_per_1000", "sip_offered_share"
NEEDS = ["needs_region", "needs_municipality"]
NOT_CARRIED = {
    "admission_notice": "admission_notice_at",
    "planning": "planning_started_at",
    "care_contact": "named_care_contact_at",
}


def steps(study: Study) -> Released:
    """From need to plan, before and after, with a chart."""
    found = _shown(study, "status")
    return fragments.steps(study.view, found, _base(study)) if found else fragments.missing(study.view)


def summons(study: Study) -> Released:
    """When the summons was sent, and by whom; for the whole area."""
    return _tables(study, ("summons", "caller"))


def meetings(study: Study) -> Released:
    """Meetings before and after discharge, and plans in the planning system; for the whole area."""
    return _tables(study, ("timing", "system"))


def short_term(study: Study) -> Released:
    """Who goes to a short-term place beside all others; for the whole area."""
    return _tables(study, ("place",))


def not_told(study: Study) -> Released:
    """What the exports do not carry, and why it is therefore not measured."""
    stays = study.facts_of_all("episodes")
    empty = {name: bool(stays[column].isna().all()) for name, column in NOT_CARRIED.items()}
    return fragments.not_told(study.view, empty)


def need(study: Study) -> tuple[fragments.Shown, fragments.Base] | None:
    """How far the cases in need got, and what the share offered is of; None without cases."""
    found = _shown(study, "status")
    return (found, _base(study)) if found else None


def _base(study: Study) -> fragments.Base:
    """What the share in the question is of: all discharges where the export does not tell who is in need."""
    offered, needed = (
        study.showing.of_units(measures()[name]).get(study.unit.id) for name in (OFFERED, MEASURE)
    )
    of_all = bool(study.facts_of_all("episodes")[NEEDS].isna().all(axis=None))
    return fragments.Base(offered, needed, of_all)


def _tables(study: Study, names: Sequence[str]) -> Released:
    if study.unit.parent:
        return fragments.whole_only(study.view)
    found = {name: _shown(study, name) for name in names}
    known = {name: one for name, one in found.items() if one}
    return fragments.tables(study.view, known) if known else fragments.missing(study.view)


def _shown(study: Study, name: str) -> fragments.Shown | None:
    """What may be told of one way to part the cases; those before it are settled first."""
    cases = _cases(study)
    if cases is None or not study.asked:
        return None
    order = list(FAMILIES)
    families = [_family(study, cases, each) for each in order[: order.index(name) + 1]]
    shown = study.showing.breakdown(families, study.unit.id, measures()[MEASURE])
    pair = compared(study, measures()[MEASURE])
    parts = PARTS[name](study.area)
    rows = release.reached(shown, parts.steps, parts.base, pair, study.area.policy)
    return fragments.Shown(rows, pair, shown)


def _family(study: Study, cases: pd.DataFrame, name: str) -> Family:
    keys = PARTS[name](study.area).keys
    rows = {
        "unit": cases.unit,
        "key": FAMILIES[name](cases),
        "month": cases.month,
        "person": cases.person_id,
    }
    return Family(pd.DataFrame(rows), keys)


def _cases(study: Study) -> pd.DataFrame | None:
    """The cases that need a plan, with their stays; None without any."""
    if not study.snapshot.facts("sip").is_file():
        return None
    rows = study.facts_of_all("sip")
    rows = rows[rows.needs_sip.fillna(False).astype(bool)]
    if rows.empty:
        return None
    stays = study.facts_of_all("episodes")[["episode_id", "discharged_to", "uk_at"]]
    found = rows.merge(stays, on="episode_id", how="left").reset_index(drop=True)
    is_offered = found.is_offered.fillna(False).astype(bool)
    return found.assign(is_offered=is_offered, called=found.called_at.notna(), held=found.held_at.notna())


def _status(cases: pd.DataFrame) -> pd.Series:
    """How far each case got; who cannot express a wish and was not summoned is neither offered nor not."""
    found = pd.Series("not_offered", index=cases.index).mask(cases.is_offered, "offered")
    found = found.mask(cases.is_offered & cases.consent.eq("no"), "declined")
    found = found.mask(cases.consent.eq("cannot_express"), "cannot")
    found = found.mask(cases.called, "called").mask(cases.held, "held")
    return found.mask(cases.drawn_up_date.notna(), "drawn_up")


def _summons(cases: pd.DataFrame) -> pd.Series:
    """When the summons came, in calendar days from the notice of being ready."""
    days = (cases.called_at.dt.normalize() - cases.uk_at.dt.normalize()).dt.days
    found = pd.Series("none", index=cases.index).mask(cases.called, "unknown")
    found = found.mask(days > SUMMONS_DAYS, "late").mask(days <= SUMMONS_DAYS, "in_time")
    return found.mask(days < 0, "early")


def _caller(cases: pd.DataFrame) -> pd.Series:
    return cases.caller_party.where(cases.called, "none").fillna("unknown")


def _timing(cases: pd.DataFrame) -> pd.Series:
    return cases.timing.where(cases.held, "none").fillna("unknown")


def _place(cases: pd.DataFrame) -> pd.Series:
    place = pd.Series("other", index=cases.index).mask(
        cases.discharged_to.eq("short_term_place"), "short_term"
    )
    offer = pd.Series("rest", index=cases.index).mask(cases.is_offered, "offered")
    return place + PAIR + offer


def _system(cases: pd.DataFrame) -> pd.Series:
    """Whether a plan that was drawn up is documented in the planning system."""
    said = cases.is_in_planning_system.map({True: "yes", False: "no"}).astype("str")
    known = said.where(cases.is_in_planning_system.notna(), "unknown")
    return known.where(cases.drawn_up_date.notna(), "none")


FAMILIES: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "status": _status,
    "summons": _summons,
    "caller": _caller,
    "timing": _timing,
    "place": _place,
    "system": _system,
}
