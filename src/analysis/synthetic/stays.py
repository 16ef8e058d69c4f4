"""Stays of patients with a UK notice, with readmissions whose probability is known exactly.

Everything about a stay depends on the month of its discharge, because measures count by it. A first
stay is of a new person. After each discharge alive the same person comes back within 1-30 days with the
share that the settings give for that month and municipality, or later, or never; there is no other
way to return, so the truth of the readmission share is the share itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from pandas import DataFrame

from analysis.synthetic.draws import Floats, Ints, days_between, pick, slot_shares, slots_after, uk_days
from analysis.synthetic.grid import NEVER, Grid, window_factor

Settings = Mapping[str, Any]
MONTHS_PER_DAY = 12 / 365.25


def invent_stays(demo: Settings, grid: Grid, rng: Generator) -> DataFrame:
    """Every stay discharged within the grid after the burn-in, in order of discharge.

    Parameters
    ----------
    demo : mapping
        The area's demo settings.
    grid : Grid
        Days, municipalities and roll-out.
    rng : Generator
        Where chance comes from.

    Returns
    -------
    DataFrame, one row a stay
        ``person, municipality, destination, hospital, ward, moves_n`` as numbers; ``*_day`` as days of
        the grid, ``*_minute`` as minutes of the day; ``called_day`` is `NEVER` when there was no call.
    """
    generation = _first_stays(demo, grid, rng)
    chain = [generation]
    while len(generation):
        generation = _next_stays(generation, demo, grid, rng)
        chain.append(generation)
    stays = pd.concat(chain, ignore_index=True)
    stays["person"] = 1 + rng.permutation(len(chain[0]))[stays["person"]]
    stays = _with_times(stays[stays["discharged_day"] >= grid.kept_day], demo, rng)
    stays = stays.sort_values(["discharged_day", "discharged_minute", "person"], ignore_index=True)
    return _with_details(stays, demo, grid, rng)


def discharges_n(stays: DataFrame, grid: Grid) -> Ints:
    """Discharges by municipality (rows) and month of the grid (columns).

    Parameters
    ----------
    stays : DataFrame
        From `invent_stays`.
    grid : Grid
        The same grid.

    Returns
    -------
    array of int
        Shaped as the grid's exposure.
    """
    shape = grid.exposure.shape
    month = grid.month_at(stays["discharged_day"].to_numpy())
    cell = stays["municipality"].to_numpy() * shape[1] + month
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)


def _first_stays(demo: Settings, grid: Grid, rng: Generator) -> DataFrame:
    """One stay of each new person; readmissions make the rest of the volume."""
    volume, back = demo["volume"], demo["readmission"]
    destinations = demo["stay"]["destinations"]
    died = destinations.get(demo["stay"]["died"], 0) / sum(destinations.values())
    first_share = 1 - (1 - died) * (back["share"] + back["later_share"])
    level = volume["cases_per_month"] * demo.get("scale", 1.0) * MONTHS_PER_DAY * first_share
    weekday = (grid.days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    profile = np.asarray(volume["by_month"]) / np.mean(volume["by_month"])
    week = np.asarray(volume["weekday"]) / np.mean(volume["weekday"])
    weight = profile[grid.month_of_year][grid.month_of_day] * week[weekday]
    weight = weight * window_factor(grid.days, volume["windows"])
    counts = rng.poisson(np.outer(grid.population / grid.population.sum(), level * weight))
    town, day = (np.repeat(at.ravel(), counts.ravel()) for at in np.indices(counts.shape))
    ready = day - _uk_days(rng.random((3, day.size)), town, day, demo, grid)
    admitted = ready - days_between(demo["stay"]["days_before_uk"], day.size, rng)
    return _rows(np.arange(day.size), town, (admitted, ready, day), demo, rng)


def _next_stays(stays: DataFrame, demo: Settings, grid: Grid, rng: Generator) -> DataFrame:
    """The next stay of those who come back and are discharged within the grid."""
    back = demo["readmission"]
    town, left = stays["municipality"].to_numpy(), stays["discharged_day"].to_numpy()
    ratio = demo["implementation"]["readmission_ratio"]
    soon_share = back["share"] * ratio ** grid.exposure_at(town, left)
    chance = np.where(stays["is_dead"], 1.0, rng.random(len(stays)))
    soon, returns = chance < soon_share, chance < soon_share + back["later_share"]
    gap = np.where(
        soon,
        days_between(back["gap_days"], len(stays), rng),
        days_between(back["later_gap_days"], len(stays), rng),
    )
    town, admitted = town[returns], (left + gap)[returns]
    ready = admitted + days_between(demo["stay"]["days_before_uk"], town.size, rng)
    discharged = _discharged_after(ready, town, demo, grid, rng)
    person = stays["person"].to_numpy()[returns]
    rows = _rows(person, town, (admitted, ready, discharged), demo, rng)
    return rows[rows["discharged_day"] < grid.month_of_day.size]


def _discharged_after(ready: Ints, town: Ints, demo: Settings, grid: Grid, rng: Generator) -> Ints:
    """Discharge days when the notice comes first.

    The month of discharge rules, so the days are drawn for the month of the notice and, with the same
    chance, once more for the month they lead to.
    """
    chance = rng.random((3, ready.size))
    tried = ready + _uk_days(chance, town, ready, demo, grid)
    return ready + _uk_days(chance, town, tried, demo, grid)


def _uk_days(chance: Floats, town: Ints, discharged: Ints, demo: Settings, grid: Grid) -> Ints:
    """UK days under the conditions of the month and municipality of discharge."""
    uk, change = demo["uk"], demo["implementation"]
    exposure = grid.exposure_at(town, discharged)
    season = np.asarray(uk["mean_days_by_month"])[grid.month_of_year[grid.month_at(discharged)]]
    return uk_days(
        chance,
        same_day=uk["same_day_share"] + change["same_day_share_change"] * exposure,
        mean=uk["mean_days"] + season + change["mean_days_change"] * exposure,
        one_day=uk["one_day_share"],
    )


def _rows(
    person: Ints, town: Ints, days: tuple[Ints, Ints, Ints], demo: Settings, rng: Generator
) -> DataFrame:
    """One generation of stays; the destination is drawn here, because the dead do not return."""
    names = list(demo["stay"]["destinations"])
    destination = pick(list(demo["stay"]["destinations"].values()), person.size, rng)
    dead = names.index(demo["stay"]["died"]) if demo["stay"]["died"] in names else -1
    admitted, ready, discharged = days
    return DataFrame(
        {
            "person": person,
            "municipality": town,
            "admitted_day": admitted,
            "ready_day": ready,
            "discharged_day": discharged,
            "destination": destination,
            "is_dead": destination == dead,
        }
    )


def _with_times(stays: DataFrame, demo: Settings, rng: Generator) -> DataFrame:
    """Times of day: a discharge on the day of the notice comes after it, any other at its own hour."""
    clock = demo["clock"]
    notice, discharge, admission = (
        np.cumsum(slot_shares(clock, moment)) for moment in ("notice", "discharge", "admission")
    )
    anywhere = np.full(len(stays), -1)
    ready = slots_after(notice, anywhere, rng)
    same_day = (stays["discharged_day"] == stays["ready_day"]).to_numpy()
    return stays.assign(
        admitted_minute=slots_after(admission, anywhere, rng) * clock["minutes"],
        ready_minute=ready * clock["minutes"],
        discharged_minute=slots_after(discharge, np.where(same_day, ready, -1), rng) * clock["minutes"],
    )


def _with_details(stays: DataFrame, demo: Settings, grid: Grid, rng: Generator) -> DataFrame:
    """Hospital, ward and planned dates, which no effect touches, and SIP: the same chance, another share."""
    stay, n = demo["stay"], len(stays)
    exposure = grid.exposure_at(stays["municipality"].to_numpy(), stays["discharged_day"].to_numpy())
    more = demo["implementation"].get("sip_offered_share_change", 0.0) * exposure
    hospital = pick([place["weight"] for place in stay["hospitals"]], n, rng)
    wards = np.asarray([place["wards_n"] for place in stay["hospitals"]])[hospital]
    moves = pick(stay["moves"], n, rng)
    shift = np.where(rng.random(n) < stay["moved_later_share"], -moves, moves)
    offered = rng.random(n) < stay["sip_offered_share"] + more
    called = offered & (rng.random(n) < stay["sip_called_share"])
    call_day = stays["ready_day"] + days_between(stay["sip_call_days"], n, rng)
    return stays.assign(
        hospital=hospital,
        ward=rng.integers(1, wards, endpoint=True),
        moves_n=moves,
        planned_day=np.maximum(stays["ready_day"] + shift, stays["admitted_day"]),
        is_sip_offered=offered,
        called_day=np.where(called, np.maximum(call_day, stays["admitted_day"]), NEVER),
    )
