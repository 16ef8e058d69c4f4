"""Cells of a workbook as text, the same text whatever program wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Cell: TypeAlias = str | bool | int | float | date | datetime | time | timedelta
HALF_SECOND = timedelta(milliseconds=500)
INEXACT = 10**15
WHOLE_MINUTE, WHOLE_SECOND = len("2025-01-31 10:00"), len("2025-01-31 10:00:00")


def texts(cells: Sequence[Cell]) -> pa.Array:
    """One column's cells as Arrow strings.

    Parameters
    ----------
    cells : sequence
        As the workbook holds them.

    Returns
    -------
    Array of string
        Without nulls; an empty cell is an empty text.
    """
    kinds = set(map(type, cells))
    if kinds <= {str}:
        return pa.array(cells, pa.string())
    if kinds <= {str, date, datetime} and not any(c for c in cells if type(c) is str):
        return _moments(cells)
    if kinds <= {str, float}:
        known = {c: _number(c) if type(c) is float else c for c in set(cells)}
        return pa.array([known[cell] for cell in cells], pa.string())
    return pa.array([text(cell) for cell in cells], pa.string())


def _moments(cells: Sequence[Cell]) -> pa.Array:
    """As `text`, for a column of dates, of dates with times and of empty cells."""
    column = pa.array(list(map(str, cells)), pa.string())
    length = pc.binary_length(column)
    if pc.any(pc.greater(length, WHOLE_SECOND)).as_py():
        return pa.array([text(cell) for cell in cells], pa.string())
    is_whole = pc.and_(pc.equal(length, WHOLE_SECOND), pc.ends_with(column, ":00"))
    return pc.if_else(is_whole, pc.utf8_slice_codeunits(column, 0, WHOLE_MINUTE), column)


def text(cell: Cell) -> str:
    """One cell as text.

    Parameters
    ----------
    cell : str, bool, number, date, datetime, time or timedelta
        As the workbook holds it.

    Returns
    -------
    str
        Text as it is; dates and times in ISO form, to the second; whole numbers without a point, from
        sixteen digits on with an exponent: a spreadsheet has changed the last ones.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number(cell)
    return _duration(cell) if isinstance(cell, timedelta) else _moment(cell)


def fractions(cells: Sequence[Cell]) -> NDArray[np.bool_]:
    """Which of one column's cells hold a number that is not whole."""
    found = np.zeros(len(cells), dtype=bool)
    if float in set(map(type, cells)):
        found[:] = [type(cell) is float and cell % 1 != 0 for cell in cells]
    return found


def _number(cell: float) -> str:
    if abs(cell) >= INEXACT:
        return np.format_float_scientific(cell, trim="-")
    return repr(cell + 0).removesuffix(".0")


def _moment(cell: date | datetime | time) -> str:
    if isinstance(cell, datetime):
        whole = _to_second(cell)
        return whole.isoformat(" ", "seconds" if whole.second else "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    clock = _to_second(datetime.combine(date(2000, 1, 1), cell)).time()
    return clock.isoformat("seconds" if clock.second else "minutes")


def _to_second(moment: datetime) -> datetime:
    """To the nearest second: a spreadsheet holds times as fractions of a day."""
    if not moment.microsecond or moment > datetime.max - HALF_SECOND:
        return moment.replace(microsecond=0)
    return (moment + HALF_SECOND).replace(microsecond=0)


def _duration(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else ''}PT{hour}H{minute}M" + (f"{second}S" if second else "")
