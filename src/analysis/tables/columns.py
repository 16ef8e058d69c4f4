"""How a column of a table is declared: what it means, what it is for, what it may hold.

The role says how a text column is read and guarded: ``id`` (names a row), ``person`` (a pseudonym),
``name`` (a free-form name of a ward, place or document), ``unit``, ``party`` and ``category`` (spelled as
the area's settings say), ``code`` (a fixed vocabulary), ``opaque`` (kept as it came), ``text`` (written
by staff about the work; never published as it is). Numbers and dates need none. ``future`` marks dates
that may lie after the delivery.
"""

from __future__ import annotations

from typing import Any

import pandera.pandas as pa

ROLES = ("id", "person", "name", "unit", "party", "category", "code", "opaque", "text")


class Contract(pa.DataFrameModel):
    """What the tables have in common: an export may lack the optional columns."""

    class Config:
        """Optional columns that are absent are added, empty."""

        add_missing_columns = True


def needed(description: str, role: str = "", *, future: bool = False, **checks: Any) -> Any:
    """A column that every row must fill.

    Parameters
    ----------
    description : str
        What it means.
    role : str
        One of ``ROLES``, or "" for a number or a date.
    future : bool
        Whether its dates may lie after the delivery.
    **checks
        As for ``pandera.Field``: ``ge``, ``le``, ``isin``, ``unique`` …

    Returns
    -------
    Any
        The field.
    """
    metadata = ({"role": role} if role else {}) | ({"future": True} if future else {})
    return pa.Field(description=description, metadata=metadata or None, **checks)


def optional(description: str, role: str = "", *, future: bool = False, **checks: Any) -> Any:
    """A column that a row, or a whole export, may lack; parameters as of `needed`."""
    return needed(description, role, future=future, nullable=True, **checks)
