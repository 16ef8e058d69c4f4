"""How far the parties have come by their own documents: phases, sheets, plans, training, assessments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import product
from math import isnan
from typing import Any, TypeVar

import pandas as pd

from analysis import release
from analysis.fragments import status as fragments
from analysis.fragments import status_assessed as assessed
from analysis.fragments import status_documents as documents
from analysis.fragments import status_wards as wards
from analysis.fragments.status_documents import Participants
from analysis.implementation import Implementation, Listed, implementation_of
from analysis.release import Released, ReleasedRegister
from analysis.release.organisations import NOBODY
from analysis.release.statistics import FEWEST_PLACES
from analysis.study import Study
from analysis.tables.green_cross import COLOURS
from analysis.tables.self_assessments import STATES
from analysis.tables.status_sheets import BOXES, is_unwritten

Day = TypeVar("Day", pd.Timestamp, "pd.Series")

HALF_YEAR = 6
CARE = 3  # the phase in which care begins to be given in the new way
PLANS = ("party", "dated", "activities", "responsible", "due", "overdue", "followed", "empty", "results")
SHEET = ("sheet_date", "sub_area", "administration", "expected", "written", *BOXES)
OCCASIONS = ("party", "unit", "start", "first", "occasions", "joint", "internal", "before", "uncounted")
ASSESSED = ("party", "activity", "half_year", "assessed", *STATES)


def phases(study: Study) -> Released:
    """The phase that each party has reached in each municipality, and the dates."""
    return fragments.phases(study.view, implementation_of(study.area))


def tasks(study: Study) -> Released:
    """The tasks of the phases, and what the documents tell of them."""
    told = fragments.Told(_plans(study), _occasions(study), _assessed(study))
    return fragments.tasks(study.view, implementation_of(study.area), told)


def sheets(study: Study) -> Released:
    """Status sheets: which came, which are blank, what is written in which box; never the texts."""
    known = implementation_of(study.area)
    return documents.sheets(study.view, known, _sheets(study, known))


def plans(study: Study) -> Released:
    """Action plans: activities, responsible, due, overdue, without follow-up."""
    return documents.plans(study.view, _plans(study))


def training(study: Study) -> Released:
    """Training: occasions, joint against internal, before the start, participants."""
    return documents.training(study.view, _occasions(study), _participants(study))


def assessments(study: Study) -> Released:
    """What the parties say of the activities themselves, at the first and the last occasion."""
    return assessed.assessments(study.view, _assessed(study))


def green_cross(study: Study) -> Released:
    """Days by colour of the wards, by half-year."""
    rows = _rows(study, "green_cross")
    counts = {} if rows is None else _whole_half_years(rows, study.as_of)
    shown = release.days_by_colour(counts, COLOURS, study.area.policy)
    return wards.green_cross(study.view, shown)


def capacity(study: Study) -> Released:
    """How many beds there are, for context."""
    return wards.capacity(study.view, _beds(study))


def _rows(study: Study, table: str, *, of_unit: bool = False) -> pd.DataFrame | None:
    """The rows of a table in months that have ended, of the page's unit if so asked; None without any."""
    if not study.snapshot.facts(table).is_file():
        return None
    rows = study.facts(table) if of_unit and study.unit.parent else study.facts_of_all(table)
    return rows if len(rows) else None


def _register(study: Study, rows: Iterable[dict[str, Any]], columns: Iterable[str]) -> ReleasedRegister:
    return release.register(rows, columns, study.area)


def _parties(study: Study, rows: pd.DataFrame) -> pd.Series:
    """Each row's party; nobody where the export does not say."""
    known = [p.id for p in study.area.parties]
    return rows.party.where(rows.party.isin(known), NOBODY)


def _sheets(study: Study, known: Implementation) -> ReleasedRegister:
    """A row a sheet that is expected, at each date of sheets, and one of nobody for those from others."""
    rows = _rows(study, "status_sheets")
    if rows is None:
        return _register(study, [], SHEET)
    rows = rows.assign(
        sub_area=_ids(rows.sub_area, known.sub_areas),
        administration=_ids(rows.forvaltning, known.administrations),
        written=(~is_unwritten(rows.text)).astype(int),
    )
    lines = rows.groupby(["sheet_date", "sub_area", "administration", "box"]).written.sum()
    by_sheet = lines.unstack("box").reindex(columns=list(BOXES)).fillna(0).astype(int)
    expected = list(product([s.id for s in known.sub_areas], [a.id for a in known.administrations]))
    told = []
    for day in sorted(set(rows.sheet_date)):
        here = by_sheet.loc[day]
        told += [
            _sheet(here, day, place)
            | {"expected": int(NOBODY not in place)}
            | {"sub_area": place[0], "administration": place[1]}
            for place in [*expected, *[p for p in here.index if NOBODY in p]]
        ]
    return _register(study, told, SHEET)


def _sheet(here: pd.DataFrame, day: pd.Timestamp, place: tuple[str, str]) -> dict[str, Any]:
    """What is written on a sheet: lines by box and boxes with something; nothing when it did not come."""
    if place not in here.index:
        return {"sheet_date": day}
    lines = {box: int(here.loc[place, box]) for box in BOXES}
    return {"sheet_date": day, "written": sum(n > 0 for n in lines.values()), **lines}


def _ids(names: pd.Series, listed: Iterable[Listed]) -> pd.Series:
    """Names as the area's ids, however they are spelt; nobody's where the area does not know them."""
    known = {spelling.casefold(): x.id for x in listed for spelling in (x.id, *x.spellings)}
    return names.str.strip().str.casefold().map(known).fillna(NOBODY)


def _plans(study: Study) -> ReleasedRegister:
    """A row a party: its activities, in the latest version of each plan."""
    rows = _rows(study, "action_plans", of_unit=True)
    if rows is None:
        return _register(study, [], PLANS)
    rows = rows[rows.plan_date.eq(rows.groupby("plan").plan_date.transform("max"))]
    empty, late = rows.follow_up.isna(), rows.due_date.lt(study.as_of)
    counted = pd.DataFrame(
        {
            "party": _parties(study, rows),
            "dated": rows.plan_date,
            "activities": 1,
            "responsible": rows.responsible.notna().astype(int),
            "due": rows.due_date.notna().astype(int),
            "overdue": (late & rows.result.isna()).astype(int),
            "followed": (~empty).astype(int),
            "empty": empty.astype(int),
            "results": rows.result.notna().astype(int),
        }
    )
    of_party = counted.groupby("party")
    sums = of_party.sum(numeric_only=True).assign(dated=of_party.dated.max().dt.date)
    return _register(study, sums.reset_index().to_dict("records"), PLANS)


def _occasions(study: Study) -> ReleasedRegister:
    """A row a party and municipality: its occasions, and whether the first was before phase 3 began."""
    rows = _rows(study, "training", of_unit=True)
    if rows is None:
        return _register(study, [], OCCASIONS)
    starts = {(s.party, s.unit): s.start for s in study.area.phases if s.phase == CARE}
    rows = rows.assign(party=_parties(study, rows), unit=rows.unit.fillna(NOBODY))
    told = []
    for (party, unit), own in rows.groupby(["party", "unit"]):
        start, first = starts.get((party, unit)), own.held_date.min().date()
        told.append(
            {
                "party": party,
                "unit": unit,
                "start": start,
                "first": first,
                "occasions": len(own),
                "joint": int(own.kind.eq("joint").sum()),
                "internal": int(own.kind.eq("internal").sum()),
                "before": int(own.held_date.lt(pd.Timestamp(start)).sum()) if start else None,
                "uncounted": int(own.participants_n.isna().sum()),
            }
        )
    return _register(study, told, OCCASIONS)


def _participants(study: Study) -> tuple[Participants, ...]:
    """Participants by party in whole half-years, rounded; of the whole area only, so that no part is told."""
    rows = None if study.unit.parent else _rows(study, "training")
    if rows is None:
        return ()
    rows = rows.assign(party=_parties(study, rows), half_year=_half_year(rows.held_date))
    sums = rows.groupby(["party", "half_year"]).participants_n.sum(min_count=1)
    whole = [day for day in sorted(set(rows.half_year)) if _end(day) <= study.as_of]
    return tuple(
        Participants(p.id, day, _end(day), _people(sums.get((p.id, day), 0.0), study))
        for p in study.area.parties
        for day in whole
    )


def _people(n: float, study: Study) -> float | None:
    """A number of participants as it may be told; None where there were occasions but nobody counted."""
    return None if isnan(n) else release.count(n, study.area.policy)


def _assessed(study: Study) -> ReleasedRegister:
    """A row a party, activity and half-year (the first and the last that is over): how many said what."""
    rows = _rows(study, "self_assessments", of_unit=True)
    if rows is None:
        return _register(study, [], ASSESSED)
    known = implementation_of(study.area).activities
    rows = rows.assign(
        party=_parties(study, rows),
        activity=rows.activity_id.where(rows.activity_id.isin(known) & (not study.unit.parent), NOBODY),
        half_year=_half_year(rows.assessed_date),
    )
    place = ["party", "unit", "place", "activity_id", "half_year"]
    rows = rows[_end(rows.half_year) <= study.as_of]
    latest = rows.sort_values("assessed_date").drop_duplicates(place, keep="last")
    latest = latest[latest.half_year.isin([latest.half_year.min(), latest.half_year.max()])]
    by_state = latest.groupby(["party", "activity", "half_year", "state"]).size().unstack("state")
    counts = by_state.reindex(columns=list(STATES)).fillna(0).astype(int)
    return _register(
        study, counts.assign(assessed=counts.sum(axis=1)).reset_index().to_dict("records"), ASSESSED
    )


def _whole_half_years(
    rows: pd.DataFrame, as_of: pd.Timestamp
) -> dict[tuple[pd.Timestamp, pd.Timestamp], dict[str, int]]:
    """Days by colour in the half-years with at least three wards, each of which has sent every day."""
    found = {}
    for start, own in rows.groupby(_half_year(rows.day)):
        wards, days = own.place.nunique(), (_end(start) - start).days + 1
        if _end(start) <= as_of and wards >= FEWEST_PLACES and len(own) == wards * days:
            found[start, _end(start)] = own.colour.value_counts().to_dict()
    return found


def _beds(study: Study) -> ReleasedRegister:
    """How many days and places are delivered, and the beds staffed on an average day."""
    columns = ("first", "last", "days", "places", "beds")
    rows = _rows(study, "capacity")
    if rows is None or rows.staffed_beds_n.isna().all():
        return _register(study, [], columns)
    by_day = rows.groupby("day").staffed_beds_n.sum()
    known: dict[str, date | int] = {
        "first": rows.day.min().date(),
        "last": rows.day.max().date(),
        "days": int(rows.day.nunique()),
        "places": int(rows.place.nunique()),
        "beds": round(float(by_day.mean())),
    }
    return _register(study, [known], columns)


def _half_year(days: pd.Series) -> pd.Series:
    """The first day of each day's half-year."""
    months = days.dt.to_period("M").dt.to_timestamp()
    back = (months.dt.month - 1) % HALF_YEAR
    return (months.dt.to_period("M") - back.to_numpy()).dt.to_timestamp()


def _end(start: Day) -> Day:
    """The last day of a half-year, or of each."""
    return start + pd.DateOffset(months=HALF_YEAR) - pd.Timedelta(days=1)
