"""What a report and a run may take, from the plan: time, and memory of each notebook's kernel."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from analysis.errors import Place, SettingsError
from analysis.report import plan

GIB = 1 << 30
FEWEST_GIB = 4
SHARE = 0.75  # of the machine's memory, for all that work at once
NAMES = {"report_minutes": 10.0, "run_minutes": 60.0, "memory_gib": 0.0}


@dataclass(frozen=True)
class Quota:
    """Seconds a report and a run may take, and bytes of address space a kernel (0 is no limit)."""

    report_seconds: float = 600
    run_seconds: float = 3600
    memory: int = 0


def read_quota(workers: int) -> Quota:
    """What the plan's ``[limits]`` allow.

    Parameters
    ----------
    workers : int
        Reports at once: without ``memory_gib`` they share three quarters of the machine's memory.

    Returns
    -------
    Quota
        Ten minutes a report and sixty a run where the plan says nothing.

    Raises
    ------
    SettingsError
        If a limit is unknown, or no number above zero.
    """
    stated: dict[str, Any] = plan.whole_plan().get("limits", {})
    for name, value in stated.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
        if name not in NAMES or not is_number:
            what = f"“{name}” of [limits] is not a limit above zero"
            remedy = f"Use {', '.join(NAMES)}"
            raise SettingsError(what, remedy, Place(str(plan.PLAN), column=name))
    given = NAMES | stated
    memory = given["memory_gib"] or max(FEWEST_GIB, SHARE * _memory_gib() / max(workers, 1))
    return Quota(60 * given["report_minutes"], 60 * given["run_minutes"], int(memory * GIB))


def _memory_gib() -> float:
    """The machine's memory; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    except (AttributeError, OSError, ValueError):
        return 0.0
