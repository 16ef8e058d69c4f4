"""An invented area whose records change between twelve monthly sets: late, corrected and withdrawn ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from attack_terms import HALF_YEAR, Part, Truth

from analysis import demo
from analysis.fragments.deviations import NOT_STATED
from analysis.measures import measures
from analysis.measures.sip import SUMMONS_DAYS
from analysis.synthetic.deviations import invent_deviations
from analysis.synthetic.grid import build_grid
from analysis.synthetic.stays import discharges_n, invent_stays
from analysis.tables.deviations import CONSEQUENCES, KINDS, PROVIDERS, STEPS
from homes import goteborg

SETS = 12
LATE, WITHDRAWN, CORRECTED = 10, 4, 6  # records that change between two sets
LAST = pd.Timestamp("2026-10-31")
NEVER = 99
HOMES = 3  # the first destinations of demo.toml are homes, the last is death
DEVIATIONS = "deviations_per_1000"


COLUMNS = {  # numerator and denominator of each measure of stays
    "uk_days_mean_skr": ("days", "waited"),
    "uk_days_mean_payment": ("days", "stays"),
    "home_within_24h_clock": ("clock", "home"),
    "home_within_24h_date": ("date", "home"),
    "unplanned_readmission_30d": ("back", "alive"),
    "planned_date_moved_share": ("moved", "stays"),
    "los_days_mean": ("length", "stays"),
    "sip_offered_share": ("offered", "stays"),
    "sip_called_within_3d_share": ("in_time", "called_for"),
}
MEASURES = (DEVIATIONS, *COLUMNS)
#: By what deviations are counted, in the order in which it is settled: ours, then an analyst's own tables.
FAMILIES = ("kind", "pair", "step", "severity", "from", "about", "consequence", "sort", "provider")
PARTIES = {"from": 0, "about": 1}  # sums of pairs: which party of the pair
OWN = {  # how often each is stated; the last is that nothing is
    "step": ((*STEPS, NOT_STATED), (0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.03, 0.02, 0.05)),
    "consequence": ((*CONSEQUENCES, NOT_STATED), (0.4, 0.25, 0.1, 0.05, 0.05, 0.05, 0.02, 0.08)),
    "sort": ((*KINDS, NOT_STATED), (0.75, 0.2, 0.05)),
    "provider": ((*PROVIDERS, NOT_STATED), (0.8, 0.15, 0.05)),
}


@dataclass(frozen=True)
class Invented:
    """An area with its changes: true counts, its months, and a row a deviation with the sets that know it."""

    truth: Truth
    months: pd.DatetimeIndex
    rows: pd.DataFrame

    @property
    def families(self) -> tuple[str, ...]:
        """By what its deviations are counted."""
        return tuple(family for family in FAMILIES if family in self.rows)


def known_sets() -> list[pd.Timestamp]:
    """The days on which the sets are made, a month apart."""
    return [LAST - pd.offsets.MonthEnd(SETS - 1 - n) if n < SETS - 1 else LAST for n in range(SETS)]


def invented(seed: int, *, own: bool = False) -> Invented:
    """An invented area with late, corrected and withdrawn records between its sets.

    With ``own`` its deviations state everything that an analyst's own notebook can count them by.
    """
    area = goteborg()
    settings = demo.settings(area)
    units = pd.DataFrame(
        [{"unit": u.id, "kind": u.kind, "name": u.name["sv"], "population": u.population} for u in area.units]
    )
    starts = [{"party": s.party, "unit": s.unit, "phase": s.phase, "start": s.start} for s in area.starts]
    grid = build_grid(settings, units, pd.DataFrame(starts))
    rngs = [np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(4)]
    stays = invent_stays(settings, grid, rngs[0])
    events = invent_deviations(settings, grid, discharges_n(stays, grid), rngs[1])
    months = pd.DatetimeIndex(grid.months[grid.kept_month :])
    months = months[months <= LAST]
    shape = (len(area.members), len(months))
    names = [p.id for p in area.parties], [c.id for c in area.categories]
    counts = _of_stays(_with_changes(_stays(stays, grid), shape, rngs[2]), shape)
    reports = _events(events, grid, *names)
    rows = _with_changes(_with_own(reports, rngs[3]) if own else reports, shape, rngs[2])
    if own:
        sides = rows.pair.str.split("[:>]", expand=True)
        rows = rows.assign(**{name: f"{name}:" + sides[1 + at] for name, at in PARTIES.items()})
    counts |= _of_events(rows, shape)
    ids = {u.name["sv"]: u.id for u in area.members}
    shares = tuple(m for m in MEASURES if measures()[m].kind == "share")
    truth = Truth(area.top.id, tuple(ids[n] for n in grid.municipalities), counts, shares, _made_of(counts))
    return Invented(truth, months, rows)


def _stays(stays: pd.DataFrame, grid: Any) -> pd.DataFrame:
    waited = stays.discharged_day - stays.ready_day
    within = waited * 1440 + stays.discharged_minute - stays.ready_minute <= 1440
    ordered = stays.sort_values(["person", "admitted_day"])
    following = ordered.admitted_day.shift(-1).where(ordered.person == ordered.person.shift(-1))
    back = (following - ordered.discharged_day).le(30).reindex(stays.index)
    alive = stays.destination < stays.destination.max()
    home = stays.destination < HOMES
    return pd.DataFrame(
        {
            "unit": stays.municipality,
            "month": grid.month_at(stays.discharged_day.to_numpy()) - grid.kept_month,
            "stays": 1,
            "days": waited,
            "waited": waited >= 1,
            "home": home,
            "clock": home & within,
            "date": home & (waited <= 1),
            "alive": alive,
            "back": alive & back,
            "moved": stays.moves_n >= 1,
            "length": stays.discharged_day - stays.admitted_day,
            "offered": stays.is_sip_offered,
            "called_for": stays.is_sip_offered,
            "in_time": stays.is_sip_offered & (stays.called_day - stays.ready_day <= SUMMONS_DAYS),
        }
    ).astype(int)


def _events(rows: pd.DataFrame, grid: Any, parties: list[str], kinds: list[str]) -> pd.DataFrame:
    stated = demo.settings(goteborg())["deviations"]
    order = [_id_of(c["name"], "categories") for c in stated["categories"]]
    party = [_id_of(p["name"], "parties") for p in stated["parties"]]
    assert set(order) == set(kinds)
    assert set(party) == set(parties)
    pair = zip(rows.reporting, rows.receiving, strict=True)
    return pd.DataFrame(
        {
            "unit": rows.municipality,
            "month": grid.month_at(rows.occurred_day.to_numpy()) - grid.kept_month,
            "kind": [f"kind:{order[n]}" for n in rows.category],
            "pair": [f"pair:{party[a]}>{party[b]}" for a, b in pair],
            "severity": [f"severity:{n}" for n in rows.severity],
        }
    )


def _with_own(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """What an analyst may count by besides, each drawn by itself."""
    drawn = {name: rng.choice(keys, len(rows), p=shares) for name, (keys, shares) in OWN.items()}
    return rows.assign(**{name: [f"{name}:{key}" for key in found] for name, found in drawn.items()})


def _made_of(counts: Mapping[tuple[Part, str], Any]) -> dict[tuple[Part, str], list[str]]:
    """What a party reports, and what is reported about it, as sums of pairs."""
    pairs = [(part, key, re.split("[:>]", key)[1:]) for part, key in counts if key.startswith("pair:")]
    found: dict[tuple[Part, str], list[str]] = {}
    for name, at in PARTIES.items():
        for part, pair, sides in pairs:
            found.setdefault((part, f"{name}:{sides[at]}"), []).append(pair)
    return {whole: parts for whole, parts in found.items() if whole in counts}


def _id_of(name: str, family: str) -> str:
    """The id of a category or party, by one of its spellings."""
    area = goteborg()
    return next(one.id for one in getattr(area, family) if name in (one.name["sv"], *one.spellings))


def _with_changes(rows: pd.DataFrame, shape: tuple[int, int], rng: np.random.Generator) -> pd.DataFrame:
    """Rows with the sets that know them: some come late, some go, some are moved to another kind or month."""
    rows = rows[(rows.month >= 0) & (rows.month < shape[1])].reset_index(drop=True)
    rows = rows.assign(since=0, until=NEVER)
    moved = []
    for issue in range(1, SETS):
        last = shape[1] - SETS + issue - 3
        units = rng.integers(0, shape[0], LATE + WITHDRAWN + CORRECTED)  # small ones as often as large ones
        recent = rows[rows.month.between(last - 12, last) & (rows.since == 0) & (rows.until == NEVER)]
        picked = [rng.choice(recent.index[recent.unit == u]) for u in units if (recent.unit == u).any()]
        late, gone, wrong = np.split(np.unique(picked), [LATE, LATE + WITHDRAWN])
        rows.loc[late, "since"] = issue
        rows.loc[gone, "until"] = issue
        moved.append(_corrected(rows.loc[wrong], issue, rng))
        rows.loc[wrong, "until"] = issue
    return pd.concat([rows, *moved], ignore_index=True)


def _corrected(rows: pd.DataFrame, issue: int, rng: np.random.Generator) -> pd.DataFrame:
    """The same rows as they stand from this set on."""
    rows = rows.assign(since=issue)
    earlier = rng.random(len(rows)) < 0.3
    rows["month"] = np.where(earlier, rows.month - 1, rows.month)
    for column in [family for family in FAMILIES if family in rows]:
        rows[column] = rng.permutation(rows[column].to_numpy())
    return rows


def _sums(rows: pd.DataFrame, weight: Any, shape: tuple[int, int]) -> np.ndarray[Any, Any]:
    """By set, unit and month."""
    cell = (rows.unit * shape[1] + rows.month).to_numpy()
    sets = []
    for issue in range(SETS):
        known = ((rows.since <= issue) & (issue < rows.until)).to_numpy()
        sets.append(np.bincount(cell, np.asarray(weight) * known, shape[0] * shape[1]).reshape(shape))
    return np.stack(sets).round().astype(np.int64)


def _of_stays(rows: pd.DataFrame, shape: tuple[int, int]) -> dict[tuple[Part, str], Any]:
    sums = {c: _sums(rows, rows[c], shape) for c in {x for pair in COLUMNS.values() for x in pair}}
    found = {((DEVIATIONS, "denominator"), ""): sums["stays"]}
    for name, (numerator, denominator) in COLUMNS.items():
        found |= {
            ((name, "numerator"), ""): sums[numerator],
            ((name, "denominator"), ""): sums[denominator],
        }
    return found


def _of_events(rows: pd.DataFrame, shape: tuple[int, int]) -> dict[tuple[Part, str], Any]:
    part = (DEVIATIONS, "numerator")
    found = {(part, ""): _sums(rows, np.ones(len(rows)), shape)}
    for column in [family for family in FAMILIES if family in rows]:
        for key in sorted(set(rows[column])):
            months = _sums(rows, rows[column] == key, shape)
            starts = np.arange(0, shape[1], HALF_YEAR)
            found[part, key] = np.add.reduceat(months, starts, axis=2)
    return found
