"""Small deliveries, built in the test that needs them, and the way from them to a series.

Tests of measures take the real path: `Made` → `Delivery` → `Store` → `build_snapshot` → `Opened`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.area import Area, Party, Policy, Unit
from analysis.measures import measures
from analysis.measures.indicators import Snapshot, build_snapshot, snapshot_folder
from analysis.measures.opened import Opened
from analysis.sources import Delivery
from analysis.sources.statement import Statement
from analysis.store import Record, Store
from exports import Row, frame_of

Reject = tuple[int, int, str, str]
FOUND = {"row": "int64", "line": "int64", "column": "str", "reason": "str"}


@dataclass(frozen=True)
class Made:
    """A delivery before it is staged: it can be added to as many stores as a test likes."""

    file: str
    digest: str
    source: str
    table: str
    frame: pd.DataFrame
    read: int
    rejects: pd.DataFrame
    warnings: pd.DataFrame
    statement: Statement = field(default_factory=Statement)
    key_id: str = ""

    def staged(self, folder: Path) -> Delivery:
        """The delivery with its files in a folder, as the readers leave it."""
        self.frame.to_parquet(folder / "rows.parquet", index=False)
        self.rejects.to_csv(folder / "quarantine.csv", index=False, lineterminator="\n")
        self.warnings.to_csv(folder / "warnings.csv", index=False, lineterminator="\n")
        return Delivery(
            file=self.file,
            digest=self.digest,
            source=self.source,
            table=self.table,
            folder=folder,
            read=self.read,
            accepted=self.read - self.rejects.row.nunique(),
            rejects=self.rejects,
            warnings=self.warnings,
            statement=self.statement,
            key_id=self.key_id,
        )


def add(store: Store, made: Made, **more: Any) -> Record:
    """Stage a delivery beside a store, as loading does, and add it."""
    folder = store.folder / f".incoming.{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return store.add(made.staged(folder), **more)


def found(rows: Sequence[Reject]) -> pd.DataFrame:
    """Row, line, column and reason, as the readers give them."""
    return pd.DataFrame([list(r) for r in rows], columns=list(FOUND)).astype(FOUND)


UNITS = (
    Unit("whole", "area", "", {"sv": "Allt", "en": "All"}, None, ("Allt",)),
    Unit("a", "municipality", "whole", {"sv": "Astad", "en": "Atown"}, 1000, ("Astad", "Astads stad")),
    Unit("b", "municipality", "whole", {"sv": "Bköping", "en": "Btown"}, 500, ("Bköping",)),
)
AREA = Area(
    id="small",
    folder=Path("small"),
    name={"sv": "Lilla området", "en": "the small area"},
    languages=("sv", "en"),
    time_zone="Europe/Stockholm",
    municipality_kind="municipality",
    policy=Policy(),
    parties=(Party("p", {"sv": "P", "en": "P"}, ("P",)), Party("q", {"sv": "Q", "en": "Q"}, ("Q",))),
    units=UNITS,
    starts=(),
    events=(),
    questions=(),
    questions_stated_on=date(2026, 1, 1),
    source_line={},
)


def area_of(unit_ids: Iterable[str]) -> Area:
    """The small area with these units instead: one a case, so that one snapshot holds every case."""
    units = tuple(Unit(i, "municipality", "whole", {"sv": i, "en": i}, None) for i in unit_ids)
    return dataclasses.replace(AREA, units=(UNITS[0], *units))


def stay(
    episode: str,
    uk: str,
    discharged: str,
    *,
    person: str = "",
    unit: str = "a",
    admitted: str = "",
    to: str | None = "ordinary_housing",
) -> Row:
    return {
        "episode_id": episode,
        "person_id": person or f"person of {episode}",
        "unit": unit,
        "admitted_at": admitted or uk,
        "uk_at": uk,
        "discharged_at": discharged,
        "discharged_to": to,
    }


def report(deviation: str, occurred: str, *, reported: str = "", closed: str = "", unit: str = "a") -> Row:
    return {
        "deviation_id": deviation,
        "occurred_date": occurred,
        "reported_date": reported or occurred,
        "closed_date": closed or None,
        "category": "Bristande information",
        "reporting_party": "p",
        "receiving_party": "q",
        "unit": unit,
    }


def measurement(month: str, numerator: float, *, unit: str = "a", party: str = "p", issued: str = "") -> Row:
    start = pd.Timestamp(month)
    return {
        "indicator": "delayed_days",
        "unit": unit,
        "party": party,
        "period_start": start,
        "numerator": numerator,
        "denominator": start.days_in_month,
        "issued_date": issued or start + pd.offsets.MonthEnd(1),
    }


def delivery(
    name: str,
    rows: Sequence[Row],
    rejects: Sequence[Reject] = (),
    warnings: Sequence[Reject] = (),
    source: str = "test",
    **stated: Any,
) -> Made:
    text = repr([name, rows, rejects, warnings, source, sorted(stated.items())])
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    read = len(rows) + len({r[0] for r in rejects})
    frame, statement = frame_of(name, rows), Statement(**stated)
    return Made(f"{name}.csv", digest, source, name, frame, read, found(rejects), found(warnings), statement)


def stays(*rows: Row, **stated: Any) -> Made:
    return delivery("episodes", rows, **stated)


def reports(*rows: Row, **stated: Any) -> Made:
    return delivery("deviations", rows, **stated)


def measurements(*rows: Row, **stated: Any) -> Made:
    return delivery("measurements", rows, **stated)


def snapshot_of(home: Path, *deliveries: Made, area: Area = AREA) -> Snapshot:
    """What is measured; a delivery that states no units is stated to be of the whole area."""
    store = Store(home, area.id)
    for each in deliveries:
        units = each.statement.units or (area.top.id,)
        add(store, dataclasses.replace(each, statement=dataclasses.replace(each.statement, units=units)))
    return build_snapshot(store, area, snapshot_folder(home, area.id, store.digest()))


def series_of(
    snapshot: Snapshot, name: str, *, unit: str = "whole", party: str = "all", as_of: str = "2030-01-01"
) -> pd.DataFrame:
    """The series of a measure, indexed by month written YYYY-MM."""
    panel = Opened(snapshot.folder).panel(measures()[name], party, pd.Timestamp(as_of))
    series = panel[panel.unit.eq(unit)]
    return series.set_index(series.period_start.dt.strftime("%Y-%m")).drop(columns=["unit", "period_start"])


def pairs(series: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Numerator and denominator by month."""
    return {m: (n, d) for m, n, d in zip(series.index, series.numerator, series.denominator, strict=True)}
