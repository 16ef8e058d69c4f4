"""Day zero and beds, made of the shown counts of two series of days ready for discharge (R3).

Both are exactly given by the parts of the two: shown as counts of their own they would narrow what is
hidden there. Computed of shown counts they tell nothing that these do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.area import Policy
from analysis.errors import DisclosureStop
from analysis.release.counts import HIDDEN, quotient
from analysis.release.periods import ReleasedSeries
from analysis.release.sealed import Sealed, sealed

COLUMNS = ["period_start", "period_end", "same_day_share", "beds"]


@dataclass(frozen=True, eq=False)
class ReleasedDerived(Sealed):
    """What is made of shown counts, a row a period. Only the gate makes it."""

    _cells: pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        """A copy of its table: ``period_start, period_end, same_day_share, beds``; NaN where hidden."""
        return self._cells.copy()


def from_uk_days(waited: ReleasedSeries, everyone: ReleasedSeries, policy: Policy) -> ReleasedDerived:
    """The share discharged on the day of the notice, and the mean number of UK beds.

    Parameters
    ----------
    waited : ReleasedSeries
        Of ``uk_days_mean_skr``: its base is the stays with at least one UK day.
    everyone : ReleasedSeries
        Of ``uk_days_mean_payment``: all stays, and all UK days.
    policy : Policy
        The area's numbers.

    Returns
    -------
    ReleasedDerived
        A row a period of `everyone`. Beds are UK days over the days of the period, by the month of
        discharge; the share has a value where `waited` is shown in the same period.

    Raises
    ------
    DisclosureStop
        If one has not passed the gate.
    """
    if not all(isinstance(one, ReleasedSeries) for one in (waited, everyone)):
        what = "a series of days ready for discharge has not passed the disclosure gate"
        raise DisclosureStop(what, "Use analysis.release.series")
    keys = ["period_start", "period_end"]
    both = everyone.table.merge(
        waited.table[[*keys, "denominator"]], on=keys, how="left", suffixes=("", "_1")
    )
    rows = [
        (r.period_start, r.period_end, _share(r.denominator, r.denominator_1, policy), _beds(r))
        for r in both.itertuples()
    ]
    return sealed(ReleasedDerived, "R1, R3", _cells=pd.DataFrame(rows, columns=COLUMNS))


def _share(everyone: float, waited: float, policy: Policy) -> float:
    same_day = everyone - waited
    return quotient(same_day, everyone, "share", policy) if same_day > policy.hide_up_to else HIDDEN


def _beds(row: object) -> float:
    first, last, days = row.period_start, row.period_end, row.numerator  # type: ignore[attr-defined]
    return round(days / ((last - first).days + 1), 1)
