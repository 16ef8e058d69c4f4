"""From the store to indicator series, in stages: facts (a row a stay or report), then sums, then series.

Stages because one query with windows and groups can spill without end (notes on the engine); the
facts are kept, since medians and other groupings cannot be had from monthly sums.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from analysis import coverage, stays
from analysis.area import Area
from analysis.coverage import Coverage, coverage_of, row_counts, units_seen
from analysis.declared import STAYS
from analysis.errors import CannotWrite, InputMissing, Place
from analysis.leftovers import remove_leftovers
from analysis.measures import Expression, Measure, measures
from analysis.stays import latest_episodes
from analysis.store import Record, Store
from analysis.tables import Table
from analysis.tables import table as table_named
from analysis.zones import Zones

ALL = "all"
_MONTHS = "datetime64[us]"
KEPT = 2
SNAPSHOTS = ".snapshots"
COLUMNS = ["measure", "unit", "party", "period_start", "numerator", "denominator", "followed"]
PERSON = "person_id"
LEVELS = ("month", "quarter", "half_year")
PERSONS_OF = {"numerator": "persons", "denominator": "base_persons"}
OF_PERSONS = ["measure", "unit", "party", "level", "period_start", "persons", "base_persons"]


@dataclass(frozen=True)
class Snapshot:
    """Facts and indicator series of one state of the store."""

    folder: Path

    @property
    def series(self) -> Path:
        """The indicator series."""
        return self.folder / "series.parquet"

    @property
    def persons(self) -> Path:
        """The persons behind the series."""
        return self.folder / "persons.parquet"

    def facts(self, table: str) -> Path:
        """The facts of a table."""
        return self.folder / f"facts_{table}.parquet"


def snapshot_folder(home: Path, area: str, digest: str) -> Path:
    """Where the snapshot of a state of the store lies."""
    return Zones(home, area).store / SNAPSHOTS / f"{digest}-{_version()}"


@cache
def _version() -> str:
    """A digest of the measures and the rules they rest on: other definitions make another snapshot."""
    files = [*sorted(Path(__file__).parent.glob("*.py")), Path(coverage.__file__), Path(stays.__file__)]
    return hashlib.blake2b(b"".join(f.read_bytes() for f in files), digest_size=4).hexdigest()


def build_snapshot(store: Store, area: Area, folder: Path) -> Snapshot:
    """Compute facts and indicator series, unless this state of the store has them.

    Parameters
    ----------
    store : Store
        The accepted deliveries.
    area : Area
        Units and what they are part of.
    folder : Path
        Where to keep the result, from `snapshot_folder`.

    Returns
    -------
    Snapshot
        Its files.

    Raises
    ------
    InputMissing
        If nothing has been delivered.
    CannotWrite
        If the folder cannot be written.
    """
    if (folder / "series.parquet").is_file():
        return Snapshot(folder)
    records = store.records()
    if not records:
        what = f"no export has been loaded for the area “{area.id}”"
        raise InputMissing(what, "Load some with `analysis load FILE…`, or try `analysis demo`")
    remove_leftovers(folder.parent)
    beside = folder.parent / f".{folder.name}.{os.getpid()}"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        _build(store, area, beside)
        beside.rename(folder)
    except OSError as error:
        if not (folder / "series.parquet").is_file():  # else another process has just built the same
            raise CannotWrite(
                f"the measures cannot be written ({error.strerror})", "Free some space", Place(str(folder))
            ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    _keep_newest(folder)
    return Snapshot(folder)


def _keep_newest(folder: Path) -> None:
    """Remove the snapshots of earlier states of the store but the newest, which a run may still read."""
    if folder.parent.name != SNAPSHOTS:  # what lies beside another folder is not ours
        return
    others = [p for p in folder.parent.iterdir() if p != folder and not p.name.startswith(".")]
    newest_first = sorted(others, key=lambda p: (p.stat().st_mtime_ns, p.name), reverse=True)
    for old in newest_first[KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def _build(store: Store, area: Area, folder: Path) -> None:
    con = ibis.duckdb.connect(threads=2, temp_directory=str(folder / "spill"), max_temp_directory_size="8GB")
    try:
        records = store.records()
        facts, delivered = {}, {}
        for name, feeding in _present(records).items():
            path = folder / f"facts_{name}.parquet"
            _facts(_latest(store, con, folder, name), table_named(name)).to_parquet(path)
            facts[name] = con.read_parquet(str(path))
            counts = row_counts(facts[name], table_named(name), area.top.id)
            delivered[name] = coverage_of(feeding, name, area, counts, units_seen(store, feeding, area))
        known = [m for m in measures().values() if {m.table, m.base_table} <= set(facts)]
        sums = _summed(facts, known)
        frames = [_indicator(m, sums, area, delivered) for m in known]
        _persons(facts, known, area).to_parquet(folder / "persons.parquet", index=False)
    finally:
        con.disconnect()
    shutil.rmtree(folder / "spill", ignore_errors=True)
    series = pd.concat(frames, ignore_index=True) if frames else _nothing()
    series = series.sort_values(COLUMNS[:4], kind="stable", ignore_index=True)
    series.to_parquet(folder / "series.parquet", index=False)


def _latest(store: Store, con: Any, folder: Path, name: str) -> Any:
    """The latest version of each row; a measurement that names no length of its period is of a month."""
    if name == "episodes":
        return latest_episodes(store, con, folder)
    latest = store.latest(name, con)
    if name != "measurements":
        return latest
    named = latest.mutate(period=latest.period.fill_null("month"))
    newest = ibis.window(
        group_by=list(table_named(name).key), order_by=[ibis.desc("issued_date"), ibis.desc("delivery")]
    )
    numbered = named.mutate(newness=ibis.row_number().over(newest))
    return numbered.filter(numbered.newness == 0).drop("newness")


def _present(records: Iterable[Record]) -> dict[str, list[Record]]:
    """The tables that there are rows for, and the deliveries that feed each: stays come in three tables."""
    fed: dict[str, list[Record]] = {}
    for record in records:
        fed.setdefault(record.table, []).append(record)
    of_stays = [replace(r, table="episodes") for name in STAYS for r in fed.get(name, [])]
    return dict(sorted((fed | ({"episodes": of_stays} if of_stays else {})).items()))


def _nothing() -> pd.DataFrame:
    """No series: the tables delivered are the base of no measure."""
    numbers = {"period_start": _MONTHS, "numerator": "float64", "denominator": "float64"}
    return pd.DataFrame(columns=COLUMNS).astype(dict.fromkeys(COLUMNS[:3], "str") | numbers)


def _facts(latest: Any, table: Table) -> Any:
    """Stage 1: the latest version of each row, with the flags that the measures need."""
    flags: dict[str, Any] = {}
    for measure in measures().values():
        if measure.table == table.name:
            flags |= {name: make(latest) for name, make in measure.facts.items()}
    party = latest.party if "party" in latest.columns else ibis.literal(ALL)
    dated = table.month in latest.columns
    month = latest[table.month].truncate("M").cast("timestamp") if dated else ibis.null("timestamp")
    facts = latest.mutate(month=month, party=party, stays_n=ibis.literal(1, type="int64"), **flags)
    return facts.drop("delivery").order_by(list(table.key))


def _sides(wanted: Iterable[Measure]) -> dict[str, dict[tuple[str, str], Expression]]:
    """By table what is counted in it: by measure and side, the numerators and the bases."""
    sides: dict[str, dict[tuple[str, str], Expression]] = {}
    for measure in wanted:
        sides.setdefault(measure.table, {})[measure.name, "numerator"] = measure.numerator
        sides.setdefault(measure.base_table, {})[measure.name, "denominator"] = measure.denominator
    return sides


def _summed(facts: Mapping[str, Any], wanted: Sequence[Measure]) -> dict[tuple[str, str], pd.DataFrame]:
    """Stage 2: by measure and side, sums by unit, party and month; one query a table."""
    shared = {(m.name, "denominator") for m in wanted if m.is_shared_base}
    found = {}
    for table, values in _sides(wanted).items():
        rows, columns = facts[table], {}
        for number, (of, value) in enumerate(values.items()):
            amount = value(rows).cast("float64")
            columns[f"side_{number}"] = amount.max() if of in shared else amount.sum()
        sums = rows.group_by(["unit", "party", "month"]).aggregate(**columns).to_pandas()
        sums = sums.rename(columns={"month": "period_start"})
        sums = sums.astype({"unit": "str", "party": "str", "period_start": _MONTHS})
        for column, (name, side) in zip(columns, values, strict=True):
            kept = sums[["unit", "party", "period_start", column]].dropna(subset=column)
            found[name, side] = kept.rename(columns={column: side})
    return found


def _indicator(
    measure: Measure,
    sums: Mapping[tuple[str, str], pd.DataFrame],
    area: Area,
    delivered: Mapping[str, Coverage],
) -> pd.DataFrame:
    """Stage 3: a measure by unit (and everything it is part of), party and month, on the months delivered."""
    how = "max" if measure.is_shared_base else "sum"
    numerator = _spread(sums[measure.name, "numerator"], "numerator", area, "sum")
    denominator = _spread(sums[measure.name, "denominator"], "denominator", area, how)
    if numerator.empty and denominator.empty:  # the table holds nothing of what is measured
        return _nothing()
    key = ["unit", "party", "period_start"]
    found = numerator.merge(denominator, on=key, how="outer")
    months = _months(delivered[measure.table], delivered[measure.base_table], measure.lag_days)
    parties = pd.DataFrame({"party": sorted(set(found.party)) if measure.by_party else [ALL]})
    grid = months[months.unit.isin(set(found.unit))].merge(parties, how="cross")
    full = grid.merge(found, on=key, how="left")
    if measure.is_shared_base:  # ready-made counts state their zeros: who is absent has not reported
        full = full[full.numerator.notna()]
    full = full.fillna({"numerator": 0.0, "denominator": 0.0})
    if measure.is_shared_base:
        full["denominator"] = full.groupby("period_start").denominator.transform("max")
    return full.assign(measure=measure.name)[COLUMNS]


def _months(numerator: Coverage, denominator: Coverage, lag_days: int) -> pd.DataFrame:
    """The months delivered, by unit; *followed* are those delivered whole, with what must come after."""
    rows = []
    for unit in numerator.units:
        followed = numerator.whole_months(unit, lag_days) & denominator.whole_months(unit)
        months = numerator.months(unit) & denominator.months(unit)
        rows += [(unit, month, month in followed) for month in sorted(months)]
    kinds = {"unit": "str", "period_start": _MONTHS, "followed": "bool"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def _spread(sums: pd.DataFrame, column: str, area: Area, how: str) -> pd.DataFrame:
    """Sums of everything that a unit is part of, and of all parties."""
    above = [(u.id, a) for u in area.units for a in area.ancestors(u.id)]
    sums = sums.merge(pd.DataFrame(above, columns=["unit", "above"]), on="unit").drop(columns="unit")
    parties = sums[sums.party != ALL]
    both = pd.concat([parties, sums.assign(party=ALL)])
    grouped = both.groupby(["above", "party", "period_start"], as_index=False)[column].agg(how)
    return grouped.rename(columns={"above": "unit"}).astype({"unit": "str", column: "float64"})


def _persons(facts: Mapping[str, Any], wanted: Sequence[Measure], area: Area) -> pd.DataFrame:
    """The persons behind the measures, in months, quarters and half-years."""
    found = []
    for table, values in _sides(wanted).items():
        if PERSON in facts[table].columns:
            found += [_persons_at(facts[table], values, level, area) for level in LEVELS]
    keys = OF_PERSONS[:5]
    none = pd.DataFrame(columns=[*keys, "side", "n"])
    every = pd.concat([none, *found]).pivot(index=keys, columns="side", values="n")
    full = every.reindex(columns=OF_PERSONS[5:]).reset_index()[OF_PERSONS]
    kinds = (
        dict.fromkeys(keys[:4], "str") | {"period_start": _MONTHS} | dict.fromkeys(OF_PERSONS[5:], "float64")
    )
    return full.astype(kinds).sort_values(keys, ignore_index=True)


def _persons_at(
    facts: Any, values: Mapping[tuple[str, str], Expression], level: str, area: Area
) -> pd.DataFrame:
    """A row a measure's side, unit, party and period: how many persons have anything to do with it."""
    columns = {f"side_{i}": value for i, value in enumerate(values.values())}
    above = ibis.memtable(
        pd.DataFrame([(u.id, a) for u in area.units for a in area.ancestors(u.id)], columns=["unit", "above"])
    )
    rows = facts.select(
        "unit",
        "party",
        person=facts[PERSON],
        period_start=_period(facts.month, level),
        **{name: (value(facts) != 0).fill_null(False) for name, value in columns.items()},
    ).filter(lambda t: t.period_start.notnull())
    rows = rows.join(above, "unit").drop("unit")
    both = rows.filter(rows.party != ALL).union(rows.mutate(party=ibis.literal(ALL)))
    keys = ["above", "party", "period_start"]
    each = both.group_by([*keys, "person"]).aggregate(**{name: both[name].any() for name in columns})
    sums = each.group_by(keys).aggregate(**{name: each[name].cast("int64").sum() for name in columns})
    wide = sums.to_pandas().rename(columns={"above": "unit"}).assign(level=level)
    named = dict(zip(columns, values, strict=True))
    long = wide.melt(["unit", "party", "period_start", "level"], var_name="name", value_name="n")
    return long.assign(
        measure=long.name.map(lambda name: named[name][0]),
        side=long.name.map(lambda name: PERSONS_OF[named[name][1]]),
    ).drop(columns="name")


def _period(month: Any, level: str) -> Any:
    """The first day of the month, quarter or half-year that a month is in."""
    if level == "half_year":
        year = month.truncate("Y")
        return (month.month() > 6).ifelse(year + ibis.interval(months=6), year)
    return month.truncate({"month": "M", "quarter": "Q"}[level])
