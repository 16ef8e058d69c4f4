"""Where things lie: the protected zone, which holds data of people, and the reports, which hold none.

The protected zone of an area holds everything before the gate: the store, the exports as they came,
executed notebooks, logs. It lies outside every Git working tree and only its owner may read it. Its place is
``ANALYSIS_PROTECTED/<area>`` when that is set; ``<home>/protected/<area>`` when the home folder is in no
working tree; else a folder of the user's data, named for the home folder. Standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import CannotWrite, Place, SettingsError, UsageError

SETTING = "ANALYSIS_PROTECTED"
FOLDER, FILE = 0o700, 0o600
OTHERS = 0o077
_AREA = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True)
class Zones:
    """The folders of one area; none is made by asking where it is.

    Parameters
    ----------
    home : Path
        The home folder.
    area : str
        Name of the area.

    Raises
    ------
    UsageError
        If the name is none of a folder of settings.
    """

    home: Path
    area: str

    def __post_init__(self) -> None:
        if not _AREA.fullmatch(self.area):
            raise UsageError("an area has no such name", "Use small letters, digits, - and _")

    @property
    def protected(self) -> Path:
        """Everything before the gate."""
        return self._outermost.joinpath(*self._below)

    @property
    def store(self) -> Path:
        """The accepted deliveries, what is derived from them, the protocol, the lock."""
        return self.protected / "store"

    @property
    def raw(self) -> Path:
        """The exports as they came."""
        return self.protected / "raw"

    @property
    def runs(self) -> Path:
        """Executed notebooks and the logs of runs."""
        return self.protected / "runs"

    @property
    def pages(self) -> Path:
        """Pages that are made and not yet published: they have not passed the final scan."""
        return self.protected / "pages"

    @property
    def reports(self) -> Path:
        """The published sets; outside the protected zone."""
        return self.home / "reports" / self.area

    def private(self, folder: Path) -> Path:
        """Make a folder of the protected zone, and close it and those around it to all but their owner.

        Parameters
        ----------
        folder : Path
            `protected` or a folder below it.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        CannotWrite
            If it cannot be made.
        SettingsError
            If others may read one of them and its rights cannot be changed.
        """
        names = folder.relative_to(self._outermost).parts
        for depth in range(len(names) + 1):
            make_private(self._outermost.joinpath(*names[:depth]))
        return folder

    def refuse_git(self) -> None:
        """Refuse to keep data of people inside a Git working tree: history keeps what is committed once.

        Raises
        ------
        SettingsError
            If the protected zone lies inside one.
        """
        if git_tree(self.protected) is not None:
            what = "the protected folder lies inside a Git working tree, where data of people may not lie"
            remedy = f"Set {SETTING} to a folder outside every repository"
            raise SettingsError(what, remedy, Place(str(self.protected)))

    def refuse_old(self) -> None:
        """Refuse to overlook what an earlier version of the program has kept elsewhere.

        Raises
        ------
        SettingsError
            If deliveries or exports lie where they are no longer read.
        """
        for name, pattern, now in (
            ("store", "*/delivery.json", self.store), ("raw", "[!.]*", self.raw)
        ):  # fmt: skip
            old = self.home / "data" / name / self.area
            if any(old.glob(pattern)):
                what = "an earlier version has kept data here, where they are no longer read"
                remedy = f"Move the folder to {now}, or remove it and load the exports again"
                raise SettingsError(what, remedy, Place(str(old)))

    @property
    def _outermost(self) -> Path:
        """The outermost folder that is the program's own."""
        if named := os.environ.get(SETTING):
            return Path(os.path.abspath(named)) / self.area
        return _user_data() / "analysis" if git_tree(self.home) else self.home / "protected"

    @property
    def _below(self) -> tuple[str, ...]:
        if os.environ.get(SETTING):
            return ()
        return (_name(self.home), self.area) if git_tree(self.home) else (self.area,)


def git_tree(path: Path) -> Path | None:
    """The Git working tree that a path lies in, whether it exists or not; None if there is none."""
    real = path.resolve()
    return next((f for f in (real, *real.parents) if os.path.lexists(f / ".git")), None)


def make_private(folder: Path) -> None:
    """Make a folder if it is not there, and take away the rights of all but its owner.

    Parameters
    ----------
    folder : Path
        A folder of ours.

    Raises
    ------
    CannotWrite
        If it cannot be made.
    SettingsError
        If others may read it and its rights cannot be changed.
    """
    try:
        is_new = not folder.is_dir()
        folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder cannot be written ({error.strerror})"
        raise CannotWrite(what, "Mend its rights, or free some space", Place(str(folder))) from None
    if os.name != "posix" or not (is_new or folder.stat().st_mode & OTHERS):
        return
    with contextlib.suppress(OSError):
        folder.chmod(FOLDER)
    if folder.stat().st_mode & OTHERS:
        what = "others may read this folder, and its rights cannot be changed"
        remedy = f"Let its owner close it (chmod 700), or set {SETTING} to another folder"
        raise SettingsError(what, remedy, Place(str(folder)))


def _name(home: Path) -> str:
    real = home.resolve()
    return f"{real.name or 'home'}-{hashlib.blake2b(os.fsencode(real), digest_size=4).hexdigest()}"


def _user_data() -> Path:
    """Where the system keeps the data of a user's programs."""
    given = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_DATA_HOME", "")
    if os.path.isabs(given):
        return Path(given)
    below = {"win32": "AppData/Local", "darwin": "Library/Application Support"}
    try:
        return Path.home() / below.get(sys.platform, ".local/share")
    except RuntimeError:
        what = "the folder of the user's data is not known"
        raise SettingsError(what, f"Set {SETTING} to a folder outside every repository") from None
