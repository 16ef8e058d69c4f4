"""The access log: who has used which deliveries, when, by which command; no value, no name of a file.

One JSON object a line in ``access.log`` of the protected zone, which is only ever appended to, each line in
one write. It is opened before any data are: a command whose use cannot be written down does not run. It
does not replace the logs of the systems that the exports are from. Standard library only.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from analysis import __version__
from analysis.errors import AnalysisError, CannotWrite, Place
from analysis.zones import FILE, Zones

NAME = "access.log"
BUG, STOPPED = 70, 130


@dataclass
class Use:
    """What a command has used so far: digests of deliveries, and how many rows it read.

    Parameters
    ----------
    deliveries : set of str
        Digests.
    rows : int or None
        Rows read; None when they are not counted.
    exit_code : int
        Of the command; that of its error when it fails.
    """

    deliveries: set[str] = field(default_factory=set)
    rows: int | None = 0
    exit_code: int = 0

    def add(self, deliveries: Iterable[str], rows: int) -> None:
        """Deliveries that were used, and the rows of them that were read."""
        self.deliveries.update(deliveries)
        self.rows = (self.rows or 0) + rows


@contextmanager
def logged(zones: Zones, command: str) -> Iterator[Use]:
    """Write a line about a command when it ends, however it ends.

    Parameters
    ----------
    zones : Zones
        Where the area's data lie.
    command : str
        Its name.

    Yields
    ------
    Use
        For the command to fill.

    Raises
    ------
    CannotWrite
        If the log cannot be opened, before anything is done, or the line cannot be written.
    """
    handle, use = _opened(zones), Use()
    try:
        yield use
    except BaseException as error:
        use.exit_code = exit_code_of(error)
        raise
    finally:
        try:
            _append(handle, _line(command, use), zones.protected / NAME)
        finally:
            os.close(handle)


def note(zones: Zones, command: str, deliveries: Iterable[str] = (), *, rows: int = 0) -> None:
    """Write a line about a use of data that is about to begin.

    Parameters
    ----------
    zones : Zones
        Where the area's data lie.
    command : str
        What uses them, such as ``study 02-deviations``.
    deliveries : iterable of str
        Their digests.
    rows : int
        How many rows they have.

    Raises
    ------
    CannotWrite
        If the log cannot be written; the data must not be opened then.
    """
    with logged(zones, command) as use:
        use.add(deliveries, rows)


def exit_code_of(error: BaseException) -> int:
    """The exit code of a command that an exception ends."""
    if isinstance(error, AnalysisError):
        return error.exit_code
    if isinstance(error, SystemExit) and isinstance(error.code, int):
        return error.code
    return STOPPED if isinstance(error, KeyboardInterrupt) else BUG


def _opened(zones: Zones) -> int:
    path = zones.private(zones.protected) / NAME
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags, FILE)
        if os.name == "posix":
            os.fchmod(handle, FILE)
    except OSError as error:
        raise _cannot_write(error, path) from None
    return handle


def _append(handle: int, line: bytes, path: Path) -> None:
    """One write, after the end of a line that a full disk has cut; never amid another process's write."""
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)  # until the file is closed
        size = os.fstat(handle).st_size
        if size:
            os.lseek(handle, size - 1, os.SEEK_SET)
            line = line if os.read(handle, 1) == b"\n" else b"\n" + line
        if os.write(handle, line) != len(line):
            raise OSError(28, os.strerror(28))
        os.fsync(handle)
    except OSError as error:
        raise _cannot_write(error, path) from None


def _line(command: str, use: Use) -> bytes:
    whole = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _who(),
        "command": command,
        "deliveries": sorted(use.deliveries),
        "rows": use.rows,
        "exit": use.exit_code,
        "version": __version__,
    }
    return json.dumps(whole).encode() + b"\n"


def _who() -> str:
    """The user as the system knows them; variables such as USER can say anything."""
    if os.name != "posix":
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _cannot_write(error: OSError, path: Path) -> CannotWrite:
    what = f"the access log cannot be written ({error.strerror})"
    return CannotWrite(what, "Mend its rights, or free some space", Place(str(path)))
