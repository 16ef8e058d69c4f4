"""What became of each month of a table or a measure: delivered, in part, missing; no number of rows (R15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import pandas as pd

from analysis.errors import DisclosureStop
from analysis.release.sealed import Sealed, sealed

State = Literal["delivered", "partly", "followed", "missing", "outside"]


class States(NamedTuple):
    """The states of the months of something, by its name; ``kind`` is "table" or "measure"."""

    name: str
    kind: str
    states: tuple[State, ...]


@dataclass(frozen=True)
class ReleasedStates(Sealed):
    """A row a table or measure, a state a month. Only the gate makes it."""

    months: tuple[pd.Timestamp, ...]
    rows: tuple[States, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """No value can be read off: states are words."""
        return ()


def states(
    months: Sequence[pd.Timestamp], rows: Iterable[tuple[str, str, Mapping[pd.Timestamp, State]]]
) -> ReleasedStates:
    """The months of tables and measures as they may be told: a closed set of words.

    Parameters
    ----------
    months : sequence of Timestamp
        First days of months, in order.
    rows : iterable of (str, str, mapping of Timestamp to State)
        Name, kind ("table" or "measure") and the known states; a month without one is "outside".

    Returns
    -------
    ReleasedStates
        One row each, in the order given.

    Raises
    ------
    DisclosureStop
        If a state is none of the words.
    """
    made = []
    for name, kind, known in rows:
        every = tuple(known.get(month, "outside") for month in months)
        if not set(every) <= set(get_args(State)) or kind not in ("table", "measure"):
            raise DisclosureStop("a month has a state that is none of those known", "Use release.State")
        made.append(States(name, kind, every))
    return sealed(ReleasedStates, "R15", months=tuple(months), rows=tuple(made))
