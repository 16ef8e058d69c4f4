"""One tree of errors: each says what is wrong, where, and what to do; each knows its exit code."""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Place:
    """Where something is wrong: a file, a physical line (1-based), a column."""

    file: str
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line is not None else ""
        column = f", column “{self.column}”" if self.column is not None else ""
        return f"{self.file}{line}{column}"


class AnalysisError(Exception):
    """Something a user can mend. Never shown with a traceback.

    Parameters
    ----------
    what : str
        What is wrong, one sentence without a full stop.
    remedy : str
        What to do about it, one sentence without a full stop.
    where : Place, optional
        File, line and column.
    """

    exit_code = 70

    def __init__(self, what: str, remedy: str, where: Place | None = None) -> None:
        self.what, self.remedy, self.where = what, remedy, where
        place = f"{where}: " if where else ""
        super().__init__(f"{place}{what}. {remedy}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.what, self.remedy, self.where)


class KernelKilled(AnalysisError):
    """A notebook's kernel ended and nothing in the notebook asked for that; a second try may do better."""


class UsageError(AnalysisError):
    """The command line or a notebook's parameters ask for something that does not exist."""

    exit_code = 2


class InputRefused(AnalysisError):
    """A file cannot be trusted as a whole.

    Parameters
    ----------
    what, remedy, where
        As in `AnalysisError`.
    reason : str
        The reason in one word, as in the quarantine files (``encoding``, ``missing_column`` …).
    """

    exit_code = 65

    def __init__(self, what: str, remedy: str, where: Place | None = None, *, reason: str = "") -> None:
        super().__init__(what, remedy, where)
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        return _refused, (self.what, self.remedy, self.where, self.reason)


def _refused(what: str, remedy: str, where: Place | None, reason: str) -> InputRefused:
    return InputRefused(what, remedy, where, reason=reason)


class DisclosureStop(AnalysisError):
    """Something that may identify a person was about to be published."""

    exit_code = 65


class InputMissing(AnalysisError):
    """A file, a delivery or a table that is needed is not there."""

    exit_code = 66


class CannotWrite(AnalysisError):
    """The disk is full, or a folder may not be written."""

    exit_code = 74


class AnotherRun(AnalysisError):
    """Another run holds the lock."""

    exit_code = 75


class SettingsError(AnalysisError):
    """An area's settings are missing, incomplete or contradict each other."""

    exit_code = 78


class DesignError(AnalysisError):
    """A design was asked for something that it cannot answer at all."""

    exit_code = 70


def bug_report(folder: Path) -> str:
    """Write down the exception at hand, for its owner only; it may hold anything, and is never shown.

    Parameters
    ----------
    folder : Path
        The protected folder of the area; the text goes to its ``bug.txt``.

    Returns
    -------
    str
        Where it is.
    """
    path, beside = folder / "bug.txt", folder / f".bug.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        beside.touch(mode=0o600)
        beside.write_text(traceback.format_exc(), encoding="utf-8", errors="backslashreplace")
        beside.replace(path)
    except OSError:
        return "nowhere: the protected folder cannot be written"
    return str(path)
