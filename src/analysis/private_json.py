"""Small files of the protected zone that only its owner may read: written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from analysis.errors import CannotWrite, Place
from analysis.zones import FILE


def read(path: Path) -> dict[str, Any]:
    """Read an object; what is missing or damaged is an empty one.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict
        Its content.
    """
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write an object beside, bring it to the disk, and put it in the place of the old one.

    Parameters
    ----------
    path : Path
        The file; its folder is there.
    content : mapping
        What to write.

    Raises
    ------
    CannotWrite
        If the disk is full or the folder may not be written; the old file stays.
    """
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(handle)
        os.replace(beside, path)
        flush_folder(path.parent)
    except OSError as error:
        what = f"{path.name} cannot be written ({error.strerror})"
        raise CannotWrite(what, "Free some space or mend the rights", Place(str(path.parent))) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
