"""One run at a time: a lock that the system releases when its holder ends, however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.errors import AnotherRun, CannotWrite, Place


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Yields
    ------
    None
        While the lock is held.

    Raises
    ------
    AnotherRun
        If someone else holds it.
    CannotWrite
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotWrite(
            f"the folder cannot be written ({error.strerror})", "Mend its rights", Place(str(folder))
        ) from None
    try:
        if not _take(handle):
            raise AnotherRun("another run is working", "Wait for it to end", Place(str(folder)))
        yield
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
