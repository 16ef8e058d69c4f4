"""What processes that are no more have left half-made, and whether a process still is."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

STAGING = re.compile(r"\.(.+)\.(\d+)")


def remove_leftovers(folder: Path, kind: str = "") -> None:
    """Remove what processes that are no more have staged: folders and files ``.<kind>….<process>``."""
    for path in folder.glob(f".{kind}*"):
        found = STAGING.fullmatch(path.name)
        if not found or is_alive(int(found[2])):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif kind:
            path.unlink(missing_ok=True)


def is_alive(process: int) -> bool:
    """Whether a process runs.

    Parameters
    ----------
    process : int
        Its number.

    Returns
    -------
    bool
        True also where the system does not tell.
    """
    if os.name == "nt":  # there, signal 0 is not a question
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
