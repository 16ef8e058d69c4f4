"""What a snapshot holds, read once: indicator series, the persons behind them, and facts."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.measures import Measure
from analysis.measures.indicators import Snapshot


class Rows:
    """A table whose rows are asked for by key again and again.

    Parameters
    ----------
    table : DataFrame
        Its rows.
    by : str or list of str
        The column, or columns, that the rows are asked for by.
    """

    def __init__(self, table: pd.DataFrame, by: str | list[str]) -> None:
        self._table = table
        self._places = table.groupby(by).indices

    def of(self, keys: Collection[Hashable]) -> pd.DataFrame:
        """The rows of some keys, in the order of the table; a frame of its own.

        Parameters
        ----------
        keys : collection of str, or of tuples of str
            Which; those that no row has give none.

        Returns
        -------
        DataFrame
            With all columns, numbered anew.
        """
        places = [self._places[key] for key in dict.fromkeys(keys) if key in self._places]
        found = np.sort(np.concatenate(places)) if places else np.array([], dtype=int)
        return self._table.take(found).reset_index(drop=True)


class Opened:
    """The files of a snapshot, each read once.

    Parameters
    ----------
    folder : Path
        A snapshot.
    """

    def __init__(self, folder: Path) -> None:
        self._snapshot = Snapshot(folder)
        self._facts: dict[str, pd.DataFrame] = {}

    @cached_property
    def _series(self) -> Rows:
        sorted_ = pd.read_parquet(self._snapshot.series).sort_values(["unit", "period_start"], kind="stable")
        return Rows(sorted_.reset_index(drop=True), ["measure", "party"])

    @cached_property
    def _persons(self) -> Rows:
        return Rows(pd.read_parquet(self._snapshot.persons), "measure")

    def panel(self, measure: Measure, party: str, as_of: pd.Timestamp) -> pd.DataFrame:
        """One measure's monthly series for every unit.

        Parameters
        ----------
        measure : Measure
            Which measure.
        party : str
            For whom; "all" for everyone.
        as_of : Timestamp
            The day up to which the data are known.

        Returns
        -------
        DataFrame
            ``unit, period_start, numerator, denominator, value, complete``; months without a delivery are
            absent, never zero; a month whose base is zero has no value and is not complete, nor is one
            that later deliveries should have followed up (late reports, readmissions) but did not.
        """
        series = self._series.of([(measure.name, party)])
        base = series.denominator.where(series.denominator > 0)
        ends = series.period_start + pd.offsets.MonthEnd(0)
        known = ends + pd.Timedelta(days=measure.lag_days) <= as_of
        complete = known & series.followed.astype(bool) & base.notna()
        value = measure.per * series.numerator / base
        shown = series[["unit", "period_start", "numerator", "denominator"]]
        return shown.assign(value=value, complete=complete)

    def persons(self, measure: Measure) -> pd.DataFrame | None:
        """How many different persons a measure's counts are of, at each level.

        Parameters
        ----------
        measure : Measure
            Which measure.

        Returns
        -------
        DataFrame or None
            ``unit, party, level, period_start, persons, base_persons``, NaN for a part whose table names no
            persons; a period without a row is of none. None when neither table names any.
        """
        found = self._persons.of([measure.name])
        return None if found.empty else found.drop(columns="measure")

    def facts(self, table: str) -> pd.DataFrame:
        """The rows behind the measures, of one table.

        Parameters
        ----------
        table : str
            A table that the snapshot has facts of.

        Returns
        -------
        DataFrame
            All its rows and columns; a frame of its own.
        """
        if table not in self._facts:
            self._facts[table] = pd.read_parquet(self._snapshot.facts(table))
        return self._facts[table].copy(deep=False)
