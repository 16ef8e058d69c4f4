"""The explorer as a notebook's parameters ask for it."""

from __future__ import annotations

from analysis.explore.explorer import Explorer
from analysis.explore.selection import Selection
from analysis.params import Parameters


def begin(parameters: Parameters, table: str = "deviations") -> Explorer:
    """An explorer that begins with the unit and the months of a notebook's parameters.

    Parameters
    ----------
    parameters : Parameters
        From `analysis.params.read`.
    table : str
        "deviations", "episodes" or "measurements".

    Returns
    -------
    Explorer
        What the analyst chooses later is free of them.

    Raises
    ------
    InputMissing
        If nothing is loaded.
    UsageError
        If no row of the table is of the unit.
    """
    units = {"unit": (parameters.unit,)} if parameters.unit else {}
    chosen = Selection(table, units, last=parameters.as_of[:7])
    return Explorer(parameters.area, parameters.home, parameters.language, table, bookmark=chosen.bookmark())
