"""The latest rows of a table as coded columns: small whole numbers that are counted in no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analysis.area import Area
from analysis.coverage import period_of
from analysis.declared import tables_of
from analysis.errors import InputMissing, UsageError
from analysis.explore.coded import Codes, Dim, dims_in
from analysis.explore.dims import DIMS, MONTH, NOT_STATED, dims_of
from analysis.explore.selection import Selection
from analysis.measures import measures
from analysis.measures.indicators import build_snapshot, snapshot_folder
from analysis.store import Record, Store
from analysis.tables import table as table_named
from analysis.words import Words

Numbers = NDArray[np.float32]
NEVER = pd.Timestamp(1900, 1, 1)
UNDATED = -(2**31) + 1  # before all days
DAY = 86_400_000_000  # microseconds
REPORTED_BY = {"deviations": "deviations_per_1000"}  # whose months wait for late reports
# The course of a row: from one date to others, by the names that the steps are shown under.
COURSES: dict[str, tuple[str, dict[str, str]]] = {
    "deviations": (
        "reported_date",
        {
            "investigated": "investigated_date",
            "acted": "action_date",
            "told": "feedback_date",
            "closed": "closed_date",
        },
    ),
    "episodes": (
        "admitted_at",
        {
            "notice": "admission_notice_at",
            "planning": "planning_started_at",
            "ready": "uk_at",
            "discharged": "discharged_at",
        },
    ),
}
VALUES = ("numerator", "denominator")
FLAGS = ("uk_days", "stay_days", "is_home", "is_within_24h_clock", "is_readmitted_30d", "is_alive")


@dataclass(frozen=True)
class Rows:
    """The rows of a table as columns of one length.

    Parameters
    ----------
    table : str
        Its name.
    path : Path
        The file that they are read from; row `n` of it is row `n` here.
    dims : mapping of str to Dim
        What was delivered of the table's dimensions.
    month : array of int32
        Month of each row, year * 12 + month - 1; -1 when it has none.
    day : array of int32
        Days of that date since 1970, by which rows stand in order of time; `UNDATED` when unknown.
    key : Arrow array of str
        What names each row.
    numbers : mapping of str to array
        Values that means are made of, NaN where a row has none.
    dates : mapping of str to array
        Days from the first date of the row's course to each step of it, NaN where it is not taken.
    waited : array
        Days from that date to the last day that the deliveries know of.
    complete : tuple of int
        The first and the last month that were delivered whole and had time to be reported.
    known : Timestamp
        The last day that the deliveries know of.
    """

    table: str
    path: Path
    dims: Mapping[str, Dim]
    month: Codes
    day: Codes
    key: pa.Array
    numbers: Mapping[str, Numbers] = field(default_factory=dict)
    dates: Mapping[str, Numbers] = field(default_factory=dict)
    waited: Numbers = field(default_factory=lambda: np.zeros(0, np.float32))
    complete: tuple[int, int] = (0, -1)
    known: pd.Timestamp = NEVER

    def __len__(self) -> int:
        return len(self.month)

    def check(self, selection: Selection) -> None:
        """Refuse a selection by what these rows do not have.

        Parameters
        ----------
        selection : Selection
            Of this table.

        Raises
        ------
        UsageError
            If a dimension was not delivered or has no such value; says what is possible.
        """
        for name, ids in selection.filters.items():
            if name not in self.dims:
                what, known = f"the rows have no “{name}”", ", ".join(self.dims)
                raise UsageError(what, f"Use one of: {known}")
            known_ids = (*self.dims[name].ids, NOT_STATED)
            unknown = next((one for one in ids if one not in known_ids), None)
            if unknown is not None:
                what = f"“{name}” has no value “{unknown[:40]}”"
                raise UsageError(what, f"Use one of: {', '.join(known_ids[:40])}")


def read_rows(area: Area, store: Store, table: str, words: Words) -> Rows:
    """The latest rows of a table.

    Parameters
    ----------
    area : Area
        The settings.
    store : Store
        Its deliveries.
    table : str
        "deviations", "episodes" or "measurements".
    words : Words
        Of the reader's language, with the names of the area.

    Returns
    -------
    Rows
        In the order of their keys. A column that nobody delivered is absent.

    Raises
    ------
    InputMissing
        If nothing of the table has been delivered.
    UsageError
        If the table cannot be explored.
    """
    dims_of(table)
    folder = snapshot_folder(store.zones.home, area.id, store.digest())
    path = build_snapshot(store, area, folder).facts(table)
    if not path.is_file():
        what = f"no {table} have been loaded for the area “{area.id}”"
        raise InputMissing(what, "Load an export of them, or explore another table")
    frame = _read(path, table)
    records = [r for r in store.records() if r.table in tables_of((table,))]
    known = pd.Timestamp(max((r.issued for r in records), default="")) if records else NEVER
    month = _months(frame.column(MONTH))
    base, steps = COURSES.get(table, ("", {}))
    waited = _days(frame.column(base), known) if base else np.zeros(len(month), np.float32)
    return Rows(
        table=table,
        path=path,
        dims=dims_in(frame, table, month, area, words),
        month=month,
        day=_day_numbers(frame, table),
        key=_key(frame, table),
        numbers=_numbers(frame, table),
        dates=_dates(frame, base, steps),
        waited=waited,
        complete=_complete(records, month, known, _lag_days(table)),
        known=known,
    )


def _lag_days(table: str) -> int:
    return measures()[REPORTED_BY[table]].lag_days if table in REPORTED_BY else 0


def _read(path: Path, table: str) -> pa.Table:
    """The columns that are explored; texts are read by their codes, as they lie in the file."""
    base, steps = COURSES.get(table, ("", {}))
    named = (table_named(table).month, *table_named(table).key)
    more = (base, *named, *steps.values(), *VALUES, *FLAGS)
    schema = pq.read_schema(path)
    wanted = dict.fromkeys((*(c.column for c in DIMS[table]), MONTH, *more))
    names = [name for name in wanted if name in schema.names]
    texts = [c.column for c in DIMS[table] if c.column in names]
    coded = [name for name in texts if pa.types.is_string(schema.field(name).type)]
    return pq.read_table(path, columns=names, read_dictionary=coded).combine_chunks()


def _months(cells: pa.ChunkedArray) -> Codes:
    number = pc.add(pc.multiply(pc.year(cells), 12), pc.subtract(pc.month(cells), 1))
    return pc.fill_null(number, -1).to_numpy().astype(np.int32)


def _day_numbers(frame: pa.Table, table: str) -> Codes:
    days = frame.column(table_named(table).month).cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    return pc.fill_null(pc.cast(days, pa.int32()), UNDATED).to_numpy().astype(np.int32)


def _micros(cells: pa.ChunkedArray) -> NDArray[np.float64]:
    """A moment as microseconds, NaN where there is none."""
    return pc.cast(cells.cast(pa.timestamp("us")), pa.int64()).to_numpy().astype(np.float64)


def _days(cells: pa.ChunkedArray, until: pd.Timestamp) -> Numbers:
    end = until.to_datetime64().astype("datetime64[us]").astype(np.int64)
    return ((end - _micros(cells)) / DAY).astype(np.float32)


def _dates(frame: pa.Table, base: str, steps: Mapping[str, str]) -> dict[str, Numbers]:
    """Days to every step that somebody has delivered."""
    if not base or base not in frame.column_names:
        return {}
    given = {step: name for step, name in steps.items() if name in frame.column_names}
    given = {step: name for step, name in given.items() if frame.column(name).null_count < len(frame)}
    start = _micros(frame.column(base)) if given else np.zeros(0)
    return {
        step: ((_micros(frame.column(name)) - start) / DAY).astype(np.float32) for step, name in given.items()
    }


def _key(frame: pa.Table, table: str) -> pa.Array:
    """What names a row: its id, or the parts of its key together."""
    parts = [frame.column(name) for name in table_named(table).key]
    texts = [pc.strftime(p, "%Y-%m-%d") if pa.types.is_timestamp(p.type) else p for p in parts]
    plain = [pc.fill_null(pc.cast(text, pa.string()), "") for text in texts]
    whole = plain[0] if len(plain) == 1 else pc.binary_join_element_wise(*plain, "|")
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def _numbers(frame: pa.Table, table: str) -> dict[str, Numbers]:
    """What means are made of, by the definitions of the measures."""
    if table == "measurements":
        return {name: _float(frame, name) for name in VALUES}
    if table != "episodes":
        return {}
    home, alive = _float(frame, "is_home") == 1, _float(frame, "is_alive") == 1
    nan = np.float32(np.nan)
    return {
        "uk_days_mean_payment": _float(frame, "uk_days"),
        "home_within_24h_clock": np.where(home, _float(frame, "is_within_24h_clock"), nan),
        "unplanned_readmission_30d": np.where(alive, _float(frame, "is_readmitted_30d"), nan),
        "los_days_mean": _float(frame, "stay_days"),
    }


def _float(frame: pa.Table, name: str) -> Numbers:
    cells: Any = frame.column(name)
    if pa.types.is_boolean(cells.type):
        cells = cells.cast(pa.int8())
    return pc.cast(cells, pa.float32()).to_numpy().astype(np.float32)


def _complete(records: list[Record], month: Codes, known: pd.Timestamp, lag_days: int) -> tuple[int, int]:
    """From the first month that was delivered to the last that had time to be reported."""
    seen = month[month >= 0]
    if not len(seen):
        return 0, -1
    begins = [period[0] for record in records if (period := period_of(record))]
    first = min((day.year * 12 + day.month - 1 + (day.day > 1) for day in begins), default=int(seen.min()))
    end = known - pd.Timedelta(days=lag_days) + pd.Timedelta(days=1)  # the month before this one has ended
    return max(first, int(seen.min())), min(int(seen.max()), end.year * 12 + end.month - 2)
