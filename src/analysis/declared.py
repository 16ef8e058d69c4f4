"""The inputs that a report declares: the tables it may open, and whose change makes it anew.

The plan names them, the runner hands them to the notebook's kernel, and a study refuses any other. A study
that an analyst makes by hand may open all. Standard library only.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable

SETTING = "ANALYSIS_INPUTS"
STAYS = ("episodes", "messages", "care_episodes")  # the tables that stays are put together from


def tables_of(inputs: Iterable[str]) -> frozenset[str]:
    """The delivered tables behind some inputs.

    Parameters
    ----------
    inputs : iterable of str
        As the plan names them; "episodes" is all tables that tell of stays.

    Returns
    -------
    frozenset of str
        Names of tables.
    """
    return frozenset(table for name in inputs for table in (STAYS if name == "episodes" else (name,)))


def declared() -> tuple[str, ...]:
    """The inputs that this process may open; () is all."""
    return tuple(filter(None, os.environ.get(SETTING, "").split(",")))


def may_open(name: str, inputs: Collection[str]) -> bool:
    """Whether a table of facts may be opened by a report with these inputs."""
    return not inputs or name in inputs
