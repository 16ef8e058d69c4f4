"""Means month by month: the outcomes of stays, and ready-made measurements."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.explore.before_after import compare_means
from analysis.explore.masks import At
from analysis.explore.periods import AFTER, BEFORE, Periods
from analysis.explore.rows import Rows
from analysis.explore.told import plain, told_means
from analysis.measures import measures
from analysis.words import Words

Vector = NDArray[np.float64]


def outcomes(rows: Rows, at: At, periods: Periods, words: Words) -> list[dict[str, Any]]:
    """The monthly means of what is measured of the chosen rows.

    Parameters
    ----------
    rows : Rows
        All rows.
    at : array of int, or slice
        Those chosen, whatever their month.
    periods : Periods
        The months.
    words : Words
        Of the reader's language.

    Returns
    -------
    list of dict
        Of stays, the outcomes by the definitions of the measures; of measurements, count over base, if
        they are of one indicator; of deviations, none.
    """
    if rows.table == "deviations":
        return []
    place = periods.at(rows.month, at)
    if rows.table == "measurements":
        return _measured(rows, at, place, periods, words)
    found = []
    for name, column in rows.numbers.items():
        values, n = _means(column[at], place, len(periods))
        found.append(_told(name, values, n, _followed(name, rows, periods), words))
    return found


def _means(column: NDArray[np.float32], place: NDArray[np.int32], size: int) -> tuple[Vector, Vector]:
    """The mean of each month, and how many rows it is of."""
    known = np.isfinite(column)
    where = place[known]
    n = np.bincount(where, minlength=size + 1)[:-1].astype(np.float64)
    sums = np.bincount(where, weights=column[known], minlength=size + 1)[:-1]
    return np.divide(sums, n, out=np.full(size, np.nan), where=n > 0), n


def _followed(name: str, rows: Rows, periods: Periods) -> Periods:
    """The months that were followed long enough for this outcome."""
    lag = measures()[name].lag_days
    if not lag:
        return periods
    from dataclasses import replace

    import pandas as pd

    end = rows.known - pd.Timedelta(days=lag - 1)
    late = periods.first + np.arange(len(periods)) > end.year * 12 + end.month - 2
    return replace(periods, whole=periods.whole & ~late, side=np.where(late, 0, periods.side).astype(np.int8))


def _told(name: str, values: Vector, n: Vector, periods: Periods, words: Words) -> dict[str, Any]:
    measure = measures()[name]
    compared = compare_means(*periods.split(np.where(periods.whole, values, np.nan)))
    return {
        "id": name,
        "label": words.text(f"measure/{name}/short"),
        "kind": measure.kind,
        "better": measure.better,
        "values": [plain(v, 4) if whole else None for v, whole in zip(values, periods.whole, strict=True)],
        "n": n.astype(int).tolist(),
        **told_means(compared, measure.kind, name, words, periods.starts is not None),
    }


def _measured(
    rows: Rows, at: At, place: NDArray[np.int32], periods: Periods, words: Words
) -> list[dict[str, Any]]:
    """Count over base of one indicator; a base that all rows of a month share counts once."""
    indicators = rows.dims["indicator"]
    codes = np.unique(indicators.codes[at])
    if len(codes) != 1:
        return []
    size = len(periods)
    count, base = (rows.numbers[name][at].astype(np.float64) for name in ("numerator", "denominator"))
    counts, bases = (np.bincount(place, weights=v, minlength=size + 1)[:-1] for v in (count, base))
    least, most = np.full(size + 1, np.inf), np.zeros(size + 1)
    np.minimum.at(least, place, base)
    np.maximum.at(most, place, base)
    bases = np.where(least[:-1] == most[:-1], most[:-1], bases)
    values = np.divide(counts, bases, out=np.full(size, np.nan), where=bases > 0)
    n = np.bincount(place, minlength=size + 1)[:-1]
    told = np.where(periods.side > 0, values, np.nan)
    compared = compare_means(told[periods.side == BEFORE], told[periods.side == AFTER])
    return [
        {
            "id": indicators.ids[codes[0]],
            "label": indicators.labels[codes[0]],
            "kind": "mean",
            "better": "",
            "values": [plain(v, 4) for v in values],
            "n": n.tolist(),
            **told_means(compared, "mean", "", words, periods.starts is not None),
        }
    ]
