"""The protocol is registered before the first outcome data are opened, and kept to afterwards, or said so.

The protocol is what is asked (``questions.toml``), the roll-out dates and the shocks. Its digest and that of
each part are written into the store, ``protocol.json``, when the first export is about to be read, and never
again. A report compares the settings of today with it. Standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from analysis.area import Area
from analysis.errors import CannotWrite, Place, SettingsError
from analysis.zones import FILE as FILE_MODE
from analysis.zones import Zones

FILE = "protocol.json"
PURGED = "purged.json"


@dataclass(frozen=True)
class Adherence:
    """Whether an area's settings are those that were registered.

    Parameters
    ----------
    state : {"followed", "changed", "unregistered"}
        "unregistered": data were loaded before the protocol was registered, or none were loaded.
    digest : str
        SHA-256 of the settings of today.
    registered : str
        SHA-256 of those registered, "" without.
    stated_on : str
        The day that the questions give (YYYY-MM-DD), as registered.
    changed : tuple of str
        Ids of questions that were changed, added or taken away; "rollout" and "events" when these were.
    """

    state: Literal["followed", "changed", "unregistered"]
    digest: str
    registered: str = ""
    stated_on: str = ""
    changed: tuple[str, ...] = ()


def register(area: Area, home: Path) -> None:
    """Write the protocol down, unless it was before or data were loaded without.

    Parameters
    ----------
    area : Area
        The settings.
    home : Path
        The home folder.

    Raises
    ------
    CannotWrite
        If the folder may not be written or the disk is full.
    """
    path = _path(area, home)
    if path.exists() or (path.parent / PURGED).exists() or any(path.parent.glob("*/delivery.json")):
        return
    parts = _parts(area)
    content = {"protocol": _together(parts), "stated_on": str(area.questions_stated_on), "parts": parts}
    beside = path.with_name(f".{FILE}.{os.getpid()}")
    try:
        Zones(home, area.id).private(path.parent)
        beside.touch(mode=FILE_MODE)
        with beside.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        what = f"the protocol cannot be registered ({error.strerror})"
        raise CannotWrite(what, "Free space, or give another folder with --home", Place(str(path))) from None


def adherence(area: Area, home: Path) -> Adherence:
    """Compare the settings of today with those registered.

    Parameters
    ----------
    area : Area
        The settings.
    home : Path
        The home folder.

    Returns
    -------
    Adherence
        What was kept to.

    Raises
    ------
    SettingsError
        If the registration is damaged.
    """
    parts, path = _parts(area), _path(area, home)
    if not path.is_file():
        return Adherence("unregistered", _together(parts))
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        before, digest, stated_on = known["parts"], known["protocol"], known["stated_on"]
    except (ValueError, KeyError, TypeError):
        what = "the registration of the protocol is damaged"
        raise SettingsError(what, "Restore the file from a copy", Place(str(path))) from None
    changed = sorted(name for name in before.keys() | parts.keys() if before.get(name) != parts.get(name))
    state: Literal["followed", "changed"] = "changed" if changed else "followed"
    return Adherence(state, _together(parts), digest, stated_on, tuple(changed))


def _path(area: Area, home: Path) -> Path:
    return Zones(home, area.id).store / FILE


def _parts(area: Area) -> dict[str, str]:
    """The digest of each part."""
    starts = sorted([s.party, s.unit, s.phase, str(s.start)] for s in area.starts)
    shocks = sorted([e.id, str(e.first), str(e.last)] for e in area.events if e.shock)
    parts: dict[str, Any] = {"rollout": starts, "events": shocks}
    parts |= {str(q.get("id", n)): q for n, q in enumerate(area.questions)}
    return {name: _digest(part) for name, part in parts.items()}


def _together(parts: Mapping[str, str]) -> str:
    return _digest(sorted(parts.items()))


def _digest(part: Any) -> str:
    text = json.dumps(part, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
