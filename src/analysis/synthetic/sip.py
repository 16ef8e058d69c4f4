"""SIP cases of the invented area: who needs a plan, and how far each case gets.

A case stands beside each discharge in need: all that were offered a plan there, all that go to a
short-term place, and a share of the others. Offer and summons are those of the discharges.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from pandas import DataFrame, Series

from analysis.synthetic.draws import days_between, pick
from analysis.synthetic.grid import Grid

Settings = Mapping[str, Any]


def invent_sip(
    demo: Settings, grid: Grid, discharges: DataFrame, rng: Generator, as_of: date
) -> dict[str, DataFrame]:
    """SIP cases as the planning system would export them.

    Parameters
    ----------
    demo : mapping
        The area's demo settings; nothing is invented without its ``sip``.
    grid : Grid
        Not used: the days are those of the discharges.
    discharges : DataFrame of str
        Under our names.
    rng : Generator
        Where chance comes from.
    as_of : date
        What happens later is not in the export.

    Returns
    -------
    dict of str to DataFrame
        "sip", one row a case; nothing without settings.
    """
    del grid
    if "sip" not in demo:
        return {}
    rows = _needing(discharges, demo, rng)
    rows = _with_consent(rows, demo, rng)
    return {"sip": _columns(_with_meetings(rows, demo, rng), demo, rng, pd.Timestamp(as_of))}


def _needing(discharges: DataFrame, demo: Settings, rng: Generator) -> DataFrame:
    """The discharges in need of a plan, with dates as dates."""
    sip, words = demo["sip"], demo["words"]
    offered = discharges["is_sip_offered"].eq(words["yes"])
    by_place = discharges["discharged_to"].eq(sip["always_needed_to"])
    others = rng.random(len(discharges)) < sip["needed_share_of_others"]
    alive = discharges["discharged_to"].ne(demo["stay"]["died"])
    inside = discharges["uk_at"].str[:10].ge(demo["period"]["first"].isoformat())  # no file of a year before
    rows = discharges[(offered | by_place | others) & alive & inside].reset_index(drop=True)
    return rows.assign(
        offered=rows["is_sip_offered"].eq(words["yes"]),
        ready=pd.to_datetime(rows["uk_at"]).dt.normalize(),
        left=pd.to_datetime(rows["discharged_at"]).dt.normalize(),
        admitted=pd.to_datetime(rows["admitted_at"]).dt.normalize(),
        called=pd.to_datetime(rows["sip_call_date"], errors="coerce"),
    )


def _with_consent(rows: DataFrame, demo: Settings, rng: Generator) -> DataFrame:
    """Consent by whether there was a summons, an offer without one, or no offer."""
    sip, consent = demo["sip"], np.full(len(rows), "", dtype=object)
    groups = {
        "called": rows["called"].notna(),
        "offered": rows["offered"] & rows["called"].isna(),
        "not_offered": ~rows["offered"],
    }
    for name, inside in groups.items():
        shares = sip["consent"][name]
        drawn = np.asarray(list(shares), dtype=object)[pick(list(shares.values()), len(rows), rng)]
        consent[inside.to_numpy()] = drawn[inside.to_numpy()]
    return rows.assign(consent=consent)


def _with_meetings(rows: DataFrame, demo: Settings, rng: Generator) -> DataFrame:
    """Meetings and plans, after the summons; before the discharge where there is time."""
    sip, n = demo["sip"], len(rows)
    held = rows["called"].notna() & (rng.random(n) < sip["held_share"])
    wait = pd.to_timedelta(days_between(sip["held_days"], n, rng), unit="D")
    meeting = (rows["called"] + wait).where(held)
    drawn_up = held & (rng.random(n) < sip["drawn_up_share"])
    return rows.assign(
        held=meeting,
        drawn_up=(meeting + pd.to_timedelta(days_between(sip["drawn_up_days"], n, rng), unit="D")).where(
            drawn_up
        ),
        timing=np.where(~held, "", np.where(meeting <= rows["left"], *sip["timing"])),
        in_system=np.asarray([demo["words"]["no"], demo["words"]["yes"]])[
            (rng.random(n) < sip["in_system_share"]).astype(int)
        ],
    )


def _columns(rows: DataFrame, demo: Settings, rng: Generator, last: pd.Timestamp) -> DataFrame:
    """As text, without what comes after the last day."""
    sip, words = demo["sip"], demo["words"]
    callers = np.asarray([c["name"] for c in sip["callers"]], dtype=object)
    caller = callers[pick([c["weight"] for c in sip["callers"]], len(rows), rng)]
    held = rows["held"].where(rows["held"] <= last)
    called = rows["called"].where(rows["called"] <= last)
    return DataFrame(
        {
            "sip_id": [f"SIP{at:06d}" for at in range(100_001, 100_001 + len(rows))],
            "episode_id": rows["episode_id"],
            "person_id": rows["person_id"],
            "unit": rows["unit"],
            "registered_date": _dates(rows["ready"]),
            "is_needed": words["yes"],
            "is_offered": np.where(rows["offered"], words["yes"], words["no"]),
            "consent": rows["consent"],
            "called_at": _dates(called),
            "caller_party": np.where(called.isna(), "", caller),
            "held_at": _dates(held),
            "drawn_up_date": _dates(rows["drawn_up"].where(rows["drawn_up"] <= last)),
            "timing": np.where(held.isna(), "", rows["timing"]),
            "is_in_planning_system": rows["in_system"],
        }
    )


def _dates(days: Series) -> Series:
    return days.dt.strftime("%Y-%m-%d").fillna("")
