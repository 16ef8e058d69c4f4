"""Numbers that the reports of one run need alike: the first that needs one works it out for all.

The runner names a private folder that is gone with the run; without one everything is worked out anew.
Standard library only.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile

SETTING = "ANALYSIS_ONCE"


def number(of: Sequence[str], make: Callable[[], float]) -> float:
    """A number that depends on nothing but what it is of.

    Parameters
    ----------
    of : sequence of str
        All that it depends on: data, settings, question, and what the report may open to answer it.
    make : callable
        Works it out.

    Returns
    -------
    float
        To the last bit as `make` gives it, here or in another report of the run.
    """
    folder = os.environ.get(SETTING)
    if not folder:
        return make()
    digest = blake2b(digest_size=20)
    for part in of:
        digest.update(blake2b(part.encode()).digest())
    kept = Path(folder, digest.hexdigest())
    with suppress(OSError, ValueError):  # it is not there, or not whole
        return float.fromhex(kept.read_text(encoding="ascii"))
    value = float(make())
    with suppress(OSError):  # a full disk: the next report works it out itself
        _keep(kept, value)
    return value


def _keep(kept: Path, value: float) -> None:
    """All of it or nothing, however many write at once."""
    with NamedTemporaryFile("w", dir=kept.parent, delete=False, encoding="ascii") as file:
        file.write(value.hex())
    os.replace(file.name, kept)
