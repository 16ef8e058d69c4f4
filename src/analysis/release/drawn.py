"""What a chart may be drawn of: released values and lines, and nothing else (R8)."""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs.effect import Effect
from analysis.errors import DisclosureStop
from analysis.release.lines import CURVES
from analysis.release.model import ReleasedEffect
from analysis.release.periods import ReleasedSeries
from analysis.release.sealed import SEAL, require_seal


@dataclass(frozen=True, eq=False)
class ReleasedPoints:
    """Points that may be drawn: ``period_start, period_end`` (exclusive) and ``value``.

    Only the gate makes it. A hidden value is NaN: a gap, never zero.
    """

    _cells: pd.DataFrame
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        require_seal(seal)

    @property
    def table(self) -> pd.DataFrame:
        """A copy of its table."""
        return self._cells.copy()

    @property
    def values(self) -> NDArray[np.float64]:
        """Every value that may be seen."""
        return pd.to_numeric(self._cells["value"]).to_numpy(dtype=float, na_value=np.nan)


@dataclass(frozen=True, eq=False)
class ReleasedCurves:
    """Lines that may be drawn: ``period_start``, and both courses with their ends. Only the gate makes it."""

    _cells: pd.DataFrame
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        require_seal(seal)

    @property
    def table(self) -> pd.DataFrame:
        """A copy of its table."""
        return self._cells.copy()

    @property
    def values(self) -> NDArray[np.float64]:
        """Every value that may be seen."""
        return np.asarray(self._cells[list(CURVES)], float).ravel()


def curves(effect: Effect) -> ReleasedCurves:
    """The lines of a released answer, to be drawn.

    Parameters
    ----------
    effect : Effect
        From `analysis.release.released_effect`.

    Returns
    -------
    ReleasedCurves
        Before the start one line with its interval, after it two; none where the model is not free.

    Raises
    ------
    DisclosureStop
        If the answer has not passed the gate.
    """
    if not isinstance(effect, ReleasedEffect):
        what = f"the curves of “{effect.question.id}” have not passed the disclosure gate"
        raise DisclosureStop(what, "Draw those of analysis.release.released_effect")
    return ReleasedCurves(effect.fit[["period_start", *CURVES]].copy(), SEAL)


def drawn_points(
    shown: ReleasedSeries, *, first: date | None = None, last: date | None = None
) -> ReleasedPoints:
    """The released periods of a window, to be drawn.

    Parameters
    ----------
    shown : ReleasedSeries
        The released series.
    first, last : date, optional
        The window that the periods begin in, inclusive; None is as far as the series reaches.

    Returns
    -------
    ReleasedPoints
        One row a period.

    Raises
    ------
    DisclosureStop
        If the series has not passed the gate.
    """
    if not isinstance(shown, ReleasedSeries):
        what = "the points of a chart have not passed the disclosure gate"
        raise DisclosureStop(what, "Draw those of analysis.release.series")
    table = shown.table
    start = table.period_start
    inside = start.between(pd.Timestamp(first or start.min()), pd.Timestamp(last or start.max()))
    kept = table.loc[inside, ["period_start", "period_end", "value"]].reset_index(drop=True)
    return ReleasedPoints(kept.assign(period_end=kept.period_end + pd.Timedelta(days=1)), SEAL)
