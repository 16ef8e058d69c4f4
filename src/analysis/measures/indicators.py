"""From the store to indicator series, in two stages: facts (a row a stay or report), then sums.

Two stages because one query with windows and groups can spill without end (notes on the engine); the
facts are kept, since medians and other groupings cannot be had from monthly sums.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from analysis.area import Area
from analysis.errors import CannotWrite, InputMissing, Place
from analysis.measures import Expression, Measure, measures
from analysis.store import Record, Store
from analysis.tables import Table
from analysis.tables import table as table_named

ALL = "all"
COLUMNS = ["measure", "unit", "party", "period_start", "numerator", "denominator", "followed"]


@dataclass(frozen=True)
class Snapshot:
    """Facts and indicator series of one state of the store."""

    folder: Path

    @property
    def series(self) -> Path:
        """The indicator series."""
        return self.folder / "series.parquet"

    def facts(self, table: str) -> Path:
        """The facts of a table."""
        return self.folder / f"facts_{table}.parquet"


def snapshot_folder(home: Path, area: str, digest: str) -> Path:
    """Where the snapshot of a state of the store lies."""
    return home / "data" / "store" / area / ".snapshots" / f"{digest}-{_version()}"


@cache
def _version() -> str:
    """A digest of the measures: other definitions make another snapshot."""
    files = sorted(Path(__file__).parent.glob("*.py"))
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
    beside = folder.parent / f".{folder.name}.{os.getpid()}"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        _build(store, area, beside)
        beside.rename(folder)
    except OSError as error:
        raise CannotWrite(
            f"the measures cannot be written ({error.strerror})", "Free some space", Place(str(folder))
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Snapshot(folder)


def read_series(folder: Path, measure: Measure, unit: str, party: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """One measure's monthly series for one unit.

    Parameters
    ----------
    folder : Path
        A snapshot.
    measure : Measure
        Which measure.
    unit, party : str
        For whom; party "all" for everyone.
    as_of : Timestamp
        The day up to which the data are known.

    Returns
    -------
    DataFrame
        ``period_start, numerator, denominator, value, complete``; months without a delivery are
        absent, never zero; a month whose base is zero has no value and is not complete, nor is one
        that later deliveries should have followed up (late reports, readmissions) but did not.
    """
    wanted = [("measure", "==", measure.name), ("unit", "==", unit), ("party", "==", party)]
    series = pd.read_parquet(folder / "series.parquet", filters=wanted)
    series = series.sort_values("period_start", ignore_index=True)
    base = series.denominator.where(series.denominator > 0)
    ends = series.period_start + pd.offsets.MonthEnd(0)
    known = ends + pd.Timedelta(days=measure.lag_days) <= as_of
    complete = known & series.followed.astype(bool) & base.notna()
    value = measure.per * series.numerator / base
    return series[["period_start", "numerator", "denominator"]].assign(value=value, complete=complete)


def _build(store: Store, area: Area, folder: Path) -> None:
    con = ibis.duckdb.connect(threads=2, temp_directory=str(folder / "spill"), max_temp_directory_size="8GB")
    try:
        present = {r.table for r in store.records()}
        for name in sorted(present):
            facts = _facts(con, store.rows(name), table_named(name))
            facts.to_parquet(folder / f"facts_{name}.parquet")
        frames = [
            _indicator(con, m, folder, area, store.records())
            for m in measures().values()
            if {m.table, m.denominator_table or m.table} <= present
        ]
    finally:
        con.disconnect()
    shutil.rmtree(folder / "spill", ignore_errors=True)
    series = pd.concat(frames, ignore_index=True) if frames else _nothing()
    series = series.sort_values(COLUMNS[:4], kind="stable", ignore_index=True)
    series.to_parquet(folder / "series.parquet", index=False)


def _nothing() -> pd.DataFrame:
    """No series: the tables delivered are the base of no measure."""
    numbers = {"period_start": "datetime64[us]", "numerator": "float64", "denominator": "float64"}
    return pd.DataFrame(columns=COLUMNS).astype(dict.fromkeys(COLUMNS[:3], "str") | numbers)


def _facts(con: Any, rows: list[tuple[Record, Path]], table: Table) -> Any:
    """Stage 1: the latest version of each row, with the flags that the measures need."""
    parts = [con.read_parquet(str(path)).mutate(delivery=ibis.literal(n)) for n, (_, path) in enumerate(rows)]
    merged = ibis.union(*parts) if len(parts) > 1 else parts[0]
    newest = ibis.window(group_by=list(table.key), order_by=ibis.desc("delivery"))
    merged = merged.mutate(version=ibis.row_number().over(newest))
    merged = merged.filter(merged.version == 0)
    flags: dict[str, Any] = {}
    for measure in measures().values():
        if measure.table == table.name:
            flags |= {name: make(merged) for name, make in measure.facts.items()}
    party = merged.party if "party" in merged.columns else ibis.literal(ALL)
    month = merged[table.month].truncate("M").cast("timestamp")
    facts = merged.mutate(month=month, party=party, stays_n=ibis.literal(1, type="int64"), **flags)
    return facts.drop("delivery", "version").order_by(list(table.key))


def _indicator(con: Any, measure: Measure, folder: Path, area: Area, records: list[Record]) -> pd.DataFrame:
    """Stage 2: sums by unit (and everything it is part of), party and month, on the months delivered."""
    base = measure.denominator_table or measure.table
    facts = {name: con.read_parquet(str(folder / f"facts_{name}.parquet")) for name in (measure.table, base)}
    how = "max" if measure.is_shared_base else "sum"
    numerator = _sums(facts[measure.table], measure.numerator, "numerator", area, "sum")
    denominator = _sums(facts[base], measure.denominator, "denominator", area, how)
    months = _delivered(records, measure.table) & _delivered(records, base)
    key = ["unit", "party", "period_start"]
    found = numerator.merge(denominator, on=key, how="outer")
    grid = pd.MultiIndex.from_product(
        [sorted(set(found.unit)), sorted(set(found.party)), sorted(months)], names=key
    ).to_frame(index=False)
    if not measure.by_party:
        grid = grid[grid.party == ALL]
    full = grid.merge(found, on=key, how="left")
    if measure.is_shared_base:  # ready-made counts state their zeros: who is absent has not reported
        full = full[full.numerator.notna()]
    full = full.fillna({"numerator": 0.0, "denominator": 0.0})
    if measure.is_shared_base:
        full["denominator"] = full.groupby("period_start").denominator.transform("max")
    followed = _followed(_delivered(records, measure.table), measure.lag_days)
    return full.assign(measure=measure.name, followed=full.period_start.isin(followed))[COLUMNS]


def _sums(facts: Any, value: Expression, column: str, area: Area, how: str) -> pd.DataFrame:
    amount = value(facts).cast("float64")
    total = amount.max() if how == "max" else amount.sum()
    sums = facts.group_by(["unit", "party", "month"]).aggregate(total.name(column)).to_pandas()
    sums = sums.rename(columns={"month": "period_start"})
    sums["period_start"] = sums.period_start.astype("datetime64[us]")
    above = [(u.id, a) for u in area.units for a in area.ancestors(u.id)]
    sums = sums.merge(pd.DataFrame(above, columns=["unit", "above"]), on="unit").drop(columns="unit")
    parties = sums[sums.party != ALL]
    both = pd.concat([parties, sums.assign(party=ALL)])
    grouped = both.groupby(["above", "party", "period_start"], as_index=False)[column].agg(how)
    return grouped.rename(columns={"above": "unit"})


def _delivered(records: Iterable[Record], table: str) -> set[pd.Timestamp]:
    months: set[pd.Timestamp] = set()
    for r in records:
        if r.table == table:
            months |= set(pd.date_range(r.first_month, r.last_month, freq="MS").astype("datetime64[us]"))
    return months


def _followed(delivered: set[pd.Timestamp], lag_days: int) -> set[pd.Timestamp]:
    """The months that were delivered, with every month until `lag_days` after their end."""
    lag = pd.Timedelta(days=lag_days)
    return {
        month
        for month in delivered
        if set(pd.date_range(month, month + pd.offsets.MonthEnd(0) + lag, freq="MS")) <= delivered
    }
