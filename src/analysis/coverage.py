"""What was delivered, by unit and day: a day that nobody delivered is unknown, never zero.

A delivery covers the period that its sender states, both days inclusive; where nothing is stated, every
month from the first to the last of its rows (by the table's ``COVERED`` column), up to the day before
its extraction. It covers the units that the sender states with everything that is part of them. Where
no units are stated, the rows of the file tell: a file with rows of most of the municipalities (more than
half of them and at least `MANY`, or all), or of the whole area, covers every unit; any other covers only the
units that it has rows of, with their parts: a municipality that mails its own file says nothing of its
neighbours. A unit that has parts is delivered when all of its parts are.

*Implausible zero.* A file cannot show what is absent from it. So a unit without a single row in a month
counts as not delivered in that month if its other months with rows average at least `EXPECTED` rows: a
true zero would then have a chance below 1 in 20,000 (Poisson). The units that it is part of, and its own
parts, are then not delivered either. Rows of a unit include those of its parts. A zero is believed where a
delivery states its period, and states the unit or has rows of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.area import Area
from analysis.store import Record, Store
from analysis.tables import Table

EXPECTED = 10.0
MANY = 3
COUNTS = ["unit", "month", "rows"]
_MONTHS = "datetime64[us]"


@dataclass(frozen=True)
class Coverage:
    """The days that were delivered of one table, by unit.

    ``days`` has a row a unit of ``units`` and a column a day from the first of a month, ``first``, to
    the end of a month. ``implausible`` has the units and months (``unit, month``) whose zero is not
    believed; their days are not delivered.
    """

    units: tuple[str, ...]
    first: pd.Timestamp
    days: NDArray[np.bool_]
    implausible: pd.DataFrame

    def months(self, unit: str) -> set[pd.Timestamp]:
        """The months of which at least a day was delivered."""
        return self._where(np.logical_or.reduceat(self._row(unit), self._starts) if len(self._starts) else [])

    def whole_months(self, unit: str, lag_days: int = 0) -> set[pd.Timestamp]:
        """The months of which every day was delivered, and `lag_days` days after them.

        Parameters
        ----------
        unit : str
            A unit of the area.
        lag_days : int
            Days after the end of the month that must have been delivered, too.

        Returns
        -------
        set of Timestamp
            First days of months.
        """
        missing = np.concatenate([[0], np.cumsum(~self._row(unit))])
        ends = np.append(self._starts[1:], len(missing) - 1)[: len(self._starts)] + lag_days
        inside = ends < len(missing)
        gaps = missing[np.minimum(ends, len(missing) - 1)] - missing[self._starts]
        return self._where(inside & (gaps == 0))

    @cached_property
    def _calendar(self) -> pd.DatetimeIndex:
        return pd.date_range(self.first, periods=self.days.shape[1], freq="D").astype(_MONTHS)

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        return np.flatnonzero(self._calendar.day == 1)

    @cached_property
    def _at(self) -> Mapping[str, int]:
        return {unit: n for n, unit in enumerate(self.units)}

    def _row(self, unit: str) -> NDArray[np.bool_]:
        return self.days[self._at[unit]]

    def _where(self, chosen: Any) -> set[pd.Timestamp]:
        return set(self._calendar[self._starts[np.asarray(chosen, dtype=bool)]])


def coverage_of(
    records: Iterable[Record],
    table: str,
    area: Area,
    counts: pd.DataFrame,
    seen: Mapping[str, frozenset[str]],
) -> Coverage:
    """What was delivered of a table.

    Parameters
    ----------
    records : iterable of Record
        Deliveries; those of other tables are left aside.
    table : str
        Name of the table.
    area : Area
        The units, and what they are part of.
    counts : DataFrame
        Rows of the table: ``unit, month, rows``, from `row_counts`.
    seen : mapping of str to frozenset of str
        The units that each delivery has rows of, by digest, from `units_seen`.

    Returns
    -------
    Coverage
        Without a day when the table has no delivery with a period.
    """
    periods = [(r, *period) for r in records if r.table == table and (period := period_of(r))]
    units = tuple(u.id for u in area.units)
    if not periods:
        return Coverage(units, pd.Timestamp(1970, 1, 1), np.zeros((len(units), 0), dtype=bool), _no_zeros())
    above = {u: set(area.ancestors(u)) for u in units}
    first = pd.Timestamp(min(day for _, day, _ in periods).replace(day=1))
    last = pd.Timestamp(max(day for _, _, day in periods)) + pd.offsets.MonthEnd(0)
    stated, derived = np.zeros((2, len(units), (last - first).days + 1), dtype=bool)
    for record, begin, end in periods:
        own = set(record.units) or seen.get(record.digest, frozenset())
        whole = not record.units and is_area_wide(own, area)
        span = slice((pd.Timestamp(begin) - first).days, (pd.Timestamp(end) - first).days + 1)
        named = np.array([not above[u].isdisjoint(own) for u in units])
        if record.stated_first and record.stated_last:
            stated[np.flatnonzero(named), span] = True
        derived[np.flatnonzero(named | whole), span] = True
    said = Coverage(units, first, _with_parts(stated, area), _no_zeros())
    known = Coverage(units, first, _with_parts(stated | derived, area), _no_zeros())
    zeros = _implausible(known, said, counts.merge(_above(above), on="unit"))
    for unit, month in zeros.itertuples(index=False):
        begin = (month - first).days
        below = [n for n, u in enumerate(units) if unit in above[u]]
        derived[below, begin : begin + month.days_in_month] = False
    return Coverage(units, first, _with_parts(stated | derived, area), zeros)


def is_area_wide(units: Collection[str], area: Area) -> bool:
    """Whether a file with rows of these units is one of the whole area.

    Parameters
    ----------
    units : collection of str
        The units that have rows in the file; those that the area no longer has say nothing.
    area : Area
        The units, and what they are part of.

    Returns
    -------
    bool
        True with rows of all municipalities, or of more than half of them and at least `MANY`, or of the
        whole area as such.
    """
    there = {above for unit in units if unit in {u.id for u in area.units} for above in area.ancestors(unit)}
    n, of = sum(u.id in there for u in area.members), len(area.members)
    return area.top.id in units or (n > 0 and (n == of or (n >= MANY and 2 * n > of)))


def units_seen(store: Store, records: Iterable[Record], area: Area) -> dict[str, frozenset[str]]:
    """The units that each delivery has rows of, those included that a later delivery replaced.

    Parameters
    ----------
    store : Store
        Where the rows are.
    records : iterable of Record
        Deliveries.
    area : Area
        A row that names no unit is of the whole area.

    Returns
    -------
    dict of str to frozenset of str
        By digest.
    """
    return {r.digest: _units_of(store.folder / r.digest / "rows.parquet", area.top.id) for r in records}


def _units_of(path: Path, top: str) -> frozenset[str]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    if "unit" not in file.schema_arrow.names:
        return frozenset({top} if file.metadata.num_rows else ())
    found: set[str] = set()
    for batch in file.iter_batches(columns=["unit"], batch_size=1 << 20):
        found |= {unit or top for unit in batch.column(0).unique().to_pylist()}
    return frozenset(found)


def period_of(record: Record) -> tuple[date, date] | None:
    """First and last day (inclusive) that a delivery covers.

    Parameters
    ----------
    record : Record
        The delivery.

    Returns
    -------
    tuple of date, or None
        As stated, else from its rows; None when neither says anything, or the extraction was before it.
    """
    first = record.stated_first or (record.first_month and f"{record.first_month}-01")
    last = record.stated_last
    if not last and record.last_month:
        last = f"{pd.Timestamp(record.last_month) + pd.offsets.MonthEnd(0):%Y-%m-%d}"
        if record.extracted:
            last = min(last, (date.fromisoformat(record.extracted) - timedelta(days=1)).isoformat())
    if not first or not last or last < first:
        return None
    return date.fromisoformat(first), date.fromisoformat(last)


def row_counts(rows: Any, table: Table, top: str) -> pd.DataFrame:
    """Count rows by unit and month of the table's ``COVERED`` column.

    Parameters
    ----------
    rows : ibis table
        Rows of the table, from `Store.latest` or a file of facts.
    table : Table
        The table.
    top : str
        The unit of rows that name none: the whole area.

    Returns
    -------
    DataFrame
        ``unit, month, rows``, and ``delivery`` where the rows have it.
    """
    import ibis

    if table.covered not in rows.columns:
        return pd.DataFrame({"unit": [], "month": [], "rows": []}).astype({"month": _MONTHS, "rows": "int64"})
    unit = rows.unit.fill_null(top) if "unit" in rows.columns else ibis.literal(top)
    month = rows[table.covered].truncate("M").cast("timestamp")
    named = rows.mutate(unit=unit, month=month)
    by = ["unit", "month", *(["delivery"] if "delivery" in rows.columns else [])]
    counted = named.filter(named.month.notnull()).group_by(by).aggregate(rows=lambda t: t.count()).to_pandas()
    counted["month"] = counted.month.astype(_MONTHS)
    return counted.sort_values(by, ignore_index=True)


def _no_zeros() -> pd.DataFrame:
    return pd.DataFrame({"unit": pd.Series(dtype="str"), "month": pd.Series(dtype=_MONTHS)})


def _above(above: Mapping[str, set[str]]) -> pd.DataFrame:
    pairs = [(unit, each) for unit, all_above in above.items() for each in sorted(all_above)]
    return pd.DataFrame(pairs, columns=["unit", "above"])


def _implausible(seen: Coverage, said: Coverage, counts: pd.DataFrame) -> pd.DataFrame:
    """Units and months without a row though the others have many; only where no period is stated."""
    sums = counts.groupby(["above", "month"], as_index=False).rows.sum()
    found = []
    for unit, rows in sums[sums.rows > 0].groupby("above"):
        months = seen.months(str(unit))
        known = rows[rows.month.isin(months)]
        if known.rows.mean() >= EXPECTED:
            found += [(unit, month) for month in sorted(months - set(known.month) - said.months(str(unit)))]
    return pd.DataFrame(found, columns=["unit", "month"]).astype({"month": _MONTHS}) if found else _no_zeros()


def _with_parts(days: NDArray[np.bool_], area: Area) -> NDArray[np.bool_]:
    """A unit that has parts is delivered when all of its parts are."""
    at = {unit.id: n for n, unit in enumerate(area.units)}
    parts: dict[str, list[int]] = {}
    for unit in area.units:
        parts.setdefault(unit.parent, []).append(at[unit.id])
    whole = days.copy()
    for unit_id in sorted(at, key=lambda u: -len(list(area.ancestors(u)))):
        if unit_id in parts:
            whole[at[unit_id]] = whole[parts[unit_id]].all(axis=0)
    return whole
