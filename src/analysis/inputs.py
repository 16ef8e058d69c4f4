"""Which files are meant by what is named: folders, archives, names that can be shown, copies of exports."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.errors import InputMissing, InputRefused, Place
from analysis.sources.intake import FREE_BYTES, MOST_BYTES, MOST_RATIO, digest_of
from analysis.sources.statement import has_statement, statement_file

ENDINGS = (".csv", ".txt", ".tsv", ".gz", ".tgz", ".xls", ".xlsx", ".xlsm")
ARCHIVES = (".tar.gz", ".tgz")
HIDDEN = "(name not shown)"
MOST_NAME = 200
_ENDING = 16


def safe_name(name: str) -> str:
    """A file's name as it can be written anywhere: valid text, printable, at most ``MOST_NAME`` bytes.

    Parameters
    ----------
    name : str
        As the file system gives it: bytes that are no UTF-8 are lone surrogates.

    Returns
    -------
    str
        The name itself whenever that is possible; a long one is cut in its middle.
    """
    text = os.fsencode(name).decode("utf-8", "replace")
    text = "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
    keep = 100
    while len(text.encode()) > MOST_NAME:
        text, keep = f"{text[:keep]}…{text[-_ENDING:]}", keep - 10
    return text


def shown_path(path: Path) -> str:
    """A path for a message: no part of it that holds an identity number is shown."""
    from analysis.sources.identifiers import holds_identity

    parts = [safe_name(part) for part in path.parts]
    return str(Path(*[HIDDEN if holds_identity(part, stamps=True) else part for part in parts]))


def named_safely(path: Path, scratch: Path) -> Path:
    """The file under a name that can be shown.

    Parameters
    ----------
    path : Path
        A file from outside.
    scratch : Path
        A folder of ours.

    Returns
    -------
    Path
        The file itself, or a link to it in the folder.
    """
    name = safe_name(path.name)
    if name == path.name:
        return path
    link = scratch / "named" / name
    link.parent.mkdir(mode=0o700)
    try:
        link.symlink_to(path.resolve())
    except (OSError, NotImplementedError):  # links are a privilege on some systems
        shutil.copyfile(path, link)
    return link


@contextmanager
def exports(paths: Iterable[Path], scratch: Path) -> Iterator[list[Path | InputRefused]]:
    """The exports named, in the folders named, and in archives among them.

    Parameters
    ----------
    paths : iterable of Path
        Files, folders, or .tar.gz archives.
    scratch : Path
        A folder of ours, in the protected zone, where archives are unpacked.

    Yields
    ------
    list
        The files, there until the end of the context; for an archive that cannot be unpacked, why.

    Raises
    ------
    InputMissing
        If a path does not exist, or a folder holds no export.
    """
    with tempfile.TemporaryDirectory(dir=scratch) as unpacked:
        found: list[Path | InputRefused] = []
        for path in _given(paths):
            is_archive = path.name.lower().endswith(ARCHIVES) and path.is_file()
            found += _unpacked(path, Path(unpacked) / str(len(found))) if is_archive else [path]
        yield found


def _given(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those in the folders named."""
    for path in paths:
        where = Place(shown_path(path))
        inside = inside_of(path) if os.path.isdir(path) else [path]
        if not inside:
            raise InputMissing(f"there is no export ({', '.join(ENDINGS)})", "Check the path", where)
        if not os.path.exists(path):
            raise InputMissing("there is no such file", "Check the path", where)
        yield from inside


def inside_of(folder: Path) -> list[Path]:
    """The exports in a folder and its folders, by name."""
    found = (p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and not p.name.startswith("."))
    return sorted(p for p in found if p.is_file())


def _unpacked(archive: Path, folder: Path) -> list[Path] | list[InputRefused]:
    """The exports in an archive; what became of it when it cannot be unpacked."""
    from analysis.sources.guard import refuse_named

    try:
        refuse_named(safe_name(archive.name), (), 0)
    except InputRefused as error:
        return [error]
    most = max(FREE_BYTES, min(MOST_BYTES, MOST_RATIO * archive.stat().st_size))
    try:
        with tarfile.open(archive) as tar:
            if sum(member.size for member in tar) > most:
                what = f"the archive expands to more than {most >> 20} MB"
                return [_refused(archive, what, "Deliver the files themselves", "bomb")]
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error):
        return [
            _refused(archive, "the archive cannot be unpacked", "Ask the sender for it again", "truncated")
        ]
    what = f"the archive holds no export ({', '.join(ENDINGS)})"
    return inside_of(folder) or [_refused(archive, what, "Ask the sender for it again", "empty")]


def _refused(archive: Path, what: str, remedy: str, reason: str) -> InputRefused:
    return InputRefused(what, remedy, Place(safe_name(archive.name)), reason=reason)


def copy_statement(export: Path, copy: Path) -> None:
    """What stands beside an export goes beside its copy, for its owner only."""
    if not has_statement(export):
        return
    target = statement_file(copy)
    target.touch(mode=0o600)
    target.chmod(0o600)
    shutil.copyfile(statement_file(export), target)


def remove_copies(folder: Path, digest: str) -> None:
    """Remove the copies that loading has made of a file, with what is stated beside them."""
    for path in folder.glob(f"{digest[:8]}-*"):
        if path.is_file() and digest_of(path) == digest:
            remove_export(path)


def remove_export(path: Path) -> None:
    """Remove a file and what is stated beside it."""
    statement_file(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)
