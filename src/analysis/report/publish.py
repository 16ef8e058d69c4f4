"""The published set: staged beside, swapped in whole, never touched again.

``reports/<area>/sets/<id>/`` holds a set, named by its content; ``current`` is a link to one of them.
A kill at any moment leaves either the old set or the new one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from analysis.errors import CannotWrite, Place
from analysis.private_json import flush_folder

KEPT_SETS = 3
MANIFEST = "manifest.json"


def current_manifest(reports: Path) -> dict[str, Any]:
    """The manifest of the published set; empty when there is none, or it does not fit its files or name.

    Parameters
    ----------
    reports : Path
        ``reports/<area>``.

    Returns
    -------
    dict
        The manifest.
    """
    return _named_manifest((reports / "current").resolve())


def whole_set(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """Everything that a set consists of: its files and the manifest with their hashes.

    Parameters
    ----------
    files : mapping of str to bytes
        File name within the set to content.
    manifest : mapping
        What the set is.

    Returns
    -------
    dict of str to bytes
        The files and ``manifest.json``.
    """
    whole = dict(manifest) | {"files": {n: sha256(b) for n, b in sorted(files.items())}}
    text = json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return dict(files) | {MANIFEST: text.encode()}


def publish(reports: Path, whole: Mapping[str, bytes]) -> Path:
    """Write a set and make it the current one.

    Parameters
    ----------
    reports : Path
        ``reports/<area>``.
    whole : mapping of str to bytes
        From `whole_set`.

    Returns
    -------
    Path
        The set's folder.

    Raises
    ------
    CannotWrite
        If the disk is full or the folder may not be written; the old set stays.
    """
    target = reports / "sets" / sha256(whole[MANIFEST])[:16]
    beside = reports / "sets" / f".{target.name}.{os.getpid()}"
    try:
        write_whole(beside, whole)
        if not _named_manifest(target):
            shutil.rmtree(target, ignore_errors=True)
            beside.rename(target)
            flush_folder(target.parent)
        _point(reports / "current", target)
        flush_folder(reports)
    except OSError as error:
        what = f"the set cannot be written ({error.strerror}); the last good one stays"
        raise CannotWrite(what, "Free some space or mend the rights", Place(str(reports))) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    _forget_old(reports, target)
    return target


def whole_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a set that has every file that it names, with its hash.

    Parameters
    ----------
    folder : Path
        Of the set.

    Returns
    -------
    dict
        The manifest; empty if it is damaged, or names something outside the folder.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        fits = all(sha256((folder / _inside(n)).read_bytes()) == d for n, d in manifest["files"].items())
        return manifest if fits else {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def sha256(content: bytes) -> str:
    """The hash that manifests tell."""
    return hashlib.sha256(content).hexdigest()


def _named_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a whole set whose name fits, too; a set's name is the hash of its manifest."""
    manifest = whole_manifest(folder)
    return manifest if manifest and sha256((folder / MANIFEST).read_bytes())[:16] == folder.name else {}


def _inside(name: str) -> str:
    """A name of a manifest, if it stays inside the set."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(name)
    return name


def write_whole(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files into a new folder and bring them, and what the folders list, to the disk.

    Parameters
    ----------
    folder : Path
        What was there is removed.
    contents : mapping of str to bytes
        By name within the folder; the last one is written last.

    Raises
    ------
    OSError
        If something cannot be written.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
    for inside in {folder, *((folder / name).parent for name in contents)}:
        flush_folder(inside)


def _point(link: Path, target: Path) -> None:
    beside = link.with_name(f".{link.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.symlink_to(Path("sets") / target.name, target_is_directory=True)
    if link.is_dir() and not link.is_symlink():  # a copy of the home made without links
        shutil.rmtree(link)
    os.replace(beside, link)


def _forget_old(reports: Path, newest: Path) -> None:
    """Keep the last sets; take away what a killed run left half-made (the lock says that none is working)."""
    for left in reports.glob(".current.*"):
        left.unlink(missing_ok=True)
    others = [p for p in (reports / "sets").iterdir() if p != newest]
    half = [p for p in others if p.name.startswith(".")]
    sets = sorted((p for p in others if p not in half), key=lambda p: p.stat().st_mtime)
    for old in half + sets[: -(KEPT_SETS - 1)]:
        shutil.rmtree(old, ignore_errors=True)
