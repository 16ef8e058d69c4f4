"""Sets kept under a name of their own: whole copies of the current set that no later run changes or removes.

``reports/<area>/kept/<name>/`` is staged beside, brought to the disk and renamed: it is whole, or not there.
A kept set that has been damaged since is never replaced by another one of the same name. Standard library
only.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.errors import CannotWrite, InputMissing, Place
from analysis.private_json import flush_folder
from analysis.report.publish import MANIFEST, whole_manifest, write_whole

FOLDER = "kept"


def keep(reports: Path, name: str) -> Path:
    """Keep a copy of the current set; if it is there and whole, do nothing.

    Parameters
    ----------
    reports : Path
        ``reports/<area>``, whose lock is held.
    name : str
        What to keep it by, such as ``quarterly-2026-Q3``.

    Returns
    -------
    Path
        The folder of the kept set.

    Raises
    ------
    InputMissing
        If there is no current set that is whole.
    CannotWrite
        If it cannot be written, or the one that is there is damaged.
    """
    target = reports / FOLDER / name
    if os.path.lexists(target):
        if not whole_manifest(target):
            what = "this kept set is damaged, and is not replaced by another one"
            raise CannotWrite(what, "Restore it from a copy, or take it away", Place(str(target)))
        return target
    source = (reports / "current").resolve()
    if not whole_manifest(source):
        what = "there is no current set that is whole, so nothing can be kept"
        raise InputMissing(what, "Run `analysis report --force`", Place(str(reports / "current")))
    beside = target.with_name(f".{name}.{os.getpid()}")
    try:
        _forget_half_made(target.parent)
        _copy(source, beside)
        beside.rename(target)
        for folder in (target.parent, reports):
            flush_folder(folder)
    except OSError as error:
        what = f"the set cannot be kept ({error.strerror})"
        raise CannotWrite(what, "Free some space or mend the rights", Place(str(target.parent))) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


def kept(reports: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The kept sets by name, each with its manifest; an empty one when it is damaged.

    Parameters
    ----------
    reports : Path
        ``reports/<area>``.

    Yields
    ------
    tuple of str and mapping
        Name and manifest.
    """
    folder = reports / FOLDER
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    yield from ((n, whole_manifest(folder / n)) for n in names if not n.startswith("."))


def _copy(source: Path, target: Path) -> None:
    """Copy a set; what is damaged on the way is refused."""
    names = (*json.loads((source / MANIFEST).read_bytes())["files"], MANIFEST)
    write_whole(target, {name: (source / name).read_bytes() for name in names})
    if not whole_manifest(target):
        raise OSError(5, "the current set changed, or is damaged")


def _forget_half_made(folder: Path) -> None:
    """Take away what a killed run left; the lock says that none is working."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".*"):
        shutil.rmtree(left, ignore_errors=True)
