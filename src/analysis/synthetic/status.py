"""What the parties would send about their own work: sheets, plans, training, assessments, crosses, beds.

Every text is marked as invented. No effect is in it: who has come how far is chance and the settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pandas import DataFrame

from analysis.synthetic.draws import pick
from analysis.synthetic.grid import Grid

Settings = Mapping[str, Any]
SECTION = "status"


def invent_status(
    demo: Settings, grid: Grid, discharges: DataFrame, rng: Generator, as_of: date
) -> dict[str, DataFrame]:
    """The exports of the organisations' own documents, as text, up to a day.

    Parameters
    ----------
    demo : mapping
        The area's demo settings; without a section ``status`` there are none.
    grid : Grid
        For the municipalities.
    discharges : DataFrame
        Not used: nothing here hangs on patients.
    rng : Generator
        Where chance comes from.
    as_of : date
        The day on which they are taken out.

    Returns
    -------
    dict of str to DataFrame
        By the names of their layouts.
    """
    del discharges
    if SECTION not in demo:
        return {}
    own, towns = demo[SECTION], grid.municipalities
    parties = [party["name"] for party in demo["deviations"]["parties"]]
    streams = dict(zip(sorted(own), rng.spawn(len(own)), strict=True))
    made = {
        "status_lines": (_sheets(own["sheets"], streams["sheets"]), "sheet_date"),
        "action_plans": (_plans(own["plans"], parties, towns, streams["plans"]), "plan_date"),
        "training": (_training(own["training"], parties, towns, streams["training"]), "held_date"),
        "self_assessments": (
            _assessments(own["assessments"], parties, towns, streams["assessments"]),
            "assessed_date",
        ),
        "green_cross": (_crosses(own["crosses"], as_of, streams["crosses"]), "day"),
        "capacity": (_capacity(own["capacity"], demo["stay"]["hospitals"], streams["capacity"]), "day"),
    }
    known = as_of.isoformat()
    return {name: rows[rows[day] <= known].reset_index(drop=True) for name, (rows, day) in made.items()}


def _sheets(own: Settings, rng: Generator) -> DataFrame:
    """Lines of status sheets; a blank box holds the template's placeholder."""
    rows = []
    for n, day in enumerate(own["dates"]):
        for sheet in own["written"]:
            is_sent = n == 0 or rng.random() < own["sent_again_share"]
            more = rng.poisson(own["more_lines"] * n, len(own["boxes"])) * (sum(sheet["lines"]) > 0)
            for box, lines in zip(own["boxes"], np.asarray(sheet["lines"]) + more, strict=True):
                texts = [own["line"].format(n=at + 1) for at in range(lines)] or [own["placeholder"]]
                where = (day.isoformat(), sheet["sub_area"], sheet["administration"], box)
                rows += [(*where, text, str(at + 1)) for at, text in enumerate(texts)] * is_sent
    return DataFrame(rows, columns=["sheet_date", "sub_area", "forvaltning", "box", "text", "position"])


def _plans(own: Settings, parties: Sequence[str], towns: Sequence[str], rng: Generator) -> DataFrame:
    """Activities of action plans, some without a person responsible, a date or a follow-up."""
    who = [party for party in parties if party not in own["silent"]]
    fewest, most = own["activities_n"]
    drawn = rng.integers(fewest, most, len(who) * len(towns), endpoint=True)
    places = [at for at, n in zip(product(who, towns), drawn.tolist(), strict=True) for _ in range(n)]
    n = len(places)
    line = DataFrame(places).groupby([0, 1]).cumcount() + 1
    due = _days(own["due_first"], own["due_last"], n, rng)
    has = {key: rng.random(n) < own[f"{key}_share"] for key in ("responsible", "due", "follow_up", "result")}
    return DataFrame(
        {
            "plan": [own["name"].format(party=party, town=town) for party, town in places],
            "plan_date": own["date"].isoformat(),
            "position": line.astype(str),
            "party": [party for party, _ in places],
            "unit": [town for _, town in places],
            "goal": own["goal"],
            "activity": [own["activity"].format(n=at) for at in line],
            "responsible": np.where(has["responsible"], own["responsible"], ""),
            "follow_up": np.where(has["follow_up"], own["follow_up"], ""),
            "result": np.where(has["result"], own["result"], ""),
            "due_date": np.where(has["due"], due, ""),
        }
    )


def _training(own: Settings, parties: Sequence[str], towns: Sequence[str], rng: Generator) -> DataFrame:
    """Occasions of training; one that several parties share stands once for each."""
    places = [at for at in product(parties, towns) for _ in range(rng.poisson(own["occasions"]))]
    n = len(places)
    joint = rng.random(n) < own["joint_share"]
    fewest, most = own["participants_n"]
    people = rng.integers(fewest, most, n, endpoint=True).astype(str)
    rows = DataFrame(
        {
            "held_date": _days(own["first"], own["last"], n, rng),
            "party": [party for party, _ in places],
            "unit": [town for _, town in places],
            "place": own["place"],
            "kind": np.where(joint, own["joint"], own["internal"]),
            "topic": own["topic"],
            "participants_n": np.where(rng.random(n) < own["uncounted_share"], "", people),
        }
    )
    rows["phase"] = np.where(rows["held_date"] < own["phase_3"].isoformat(), "2", "3")
    rows = rows.sort_values(["held_date", "party", "unit"], ignore_index=True)
    return rows.assign(training_id=[own["number"].format(n=n) for n in range(1, n + 1)])


def _assessments(own: Settings, parties: Sequence[str], towns: Sequence[str], rng: Generator) -> DataFrame:
    """What each party says of each activity in each municipality, at two occasions."""
    ids = [own["activity"].format(n=n) for n in range(1, own["activities_n"] + 1)]
    asked = [
        (day.isoformat(), party, town, activity, does)
        for n, (day, does) in enumerate(zip(own["dates"], own["does_share"], strict=True))
        for party, town, activity in product(parties, towns, ids)
        if n == 0 or party not in own["silent_later"]
    ]
    rows = DataFrame(asked, columns=["assessed_date", "party", "unit", "activity_id", "does"])
    lot, does = rng.random(len(rows)), rows["does"].to_numpy()
    state = np.where(lot < does, 0, np.where(lot < does + own["partly_share"], 1, 2))
    answered = rng.random(len(rows)) < own["answered_share"]
    rows = rows.assign(
        state=np.asarray(own["states"], dtype=object)[state],
        way=np.where(state == 0, own["new"], own["old"]),
        place=own["place"],
        version=own["version"],
    )
    return rows[answered].drop(columns="does").reset_index(drop=True)


def _crosses(own: Settings, as_of: date, rng: Generator) -> DataFrame:
    """A colour a day and ward; a ward's month is missing."""
    days = [own["first"] + timedelta(days=n) for n in range((as_of - own["first"]).days + 1)]
    rows = DataFrame(product([day.isoformat() for day in days], own["wards"]), columns=["day", "place"])
    colours = np.asarray(list(own["colours"]), dtype=object)
    rows["colour"] = colours[pick(list(own["colours"].values()), len(rows), rng)]
    absent = rows["place"].eq(own["missing"]["ward"]) & rows["day"].str.startswith(own["missing"]["month"])
    return rows[~absent].reset_index(drop=True)


def _capacity(own: Settings, hospitals: Sequence[Settings], rng: Generator) -> DataFrame:
    """Beds and load, on some days only."""
    n = (own["last"] - own["first"]).days // own["every_days"] + 1
    days = [(own["first"] + timedelta(days=own["every_days"] * at)).isoformat() for at in range(n)]
    rows = DataFrame(product(days, range(len(hospitals))), columns=["day", "at"])
    weight = np.asarray([each["weight"] for each in hospitals])[rows["at"]]
    staffed = np.round(own["staffed_beds"] * weight).astype(int)
    load = rng.normal(own["load"]["mean"], own["load"]["sd"], len(rows))
    occupied = np.round(staffed * load).astype(int)
    ready = rng.binomial(occupied, own["ready_share"])
    return DataFrame(
        {
            "day": rows["day"],
            "place": [hospitals[at]["name"] for at in rows["at"]],
            "staffed_beds_n": staffed.astype(str),
            "occupied_beds_n": occupied.astype(str),
            "uk_patients_n": ready.astype(str),
        }
    )


def _days(first: date, last: date, n: int, rng: Generator) -> NDArray[np.str_]:
    """Days from the first to the last, every one alike, as text."""
    days = np.datetime64(first) + rng.integers(0, (last - first).days, n, endpoint=True)
    return np.datetime_as_string(days, unit="D")
