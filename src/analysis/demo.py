"""The demonstration: exports are invented, written as files, and loaded like any export."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.area import Area
from analysis.errors import Place, SettingsError
from analysis.inbox import add_invented
from analysis.params import parse_day
from analysis.registration import register
from analysis.store import Store
from analysis.synthetic import invent, write

SEED = 2


def settings(area: Area) -> dict[str, Any]:
    """The parameters of the invented area, with the stated true effects.

    Parameters
    ----------
    area : Area
        An area with a ``demo.toml``.

    Returns
    -------
    dict
        Its content.

    Raises
    ------
    SettingsError
        If the area has none.
    """
    path = area.folder / "demo.toml"
    if not path.is_file():
        raise SettingsError("the area has no demonstration", "Load its real exports", Place(str(path)))
    return tomllib.loads(path.read_text(encoding="utf-8"))


def exports(
    area: Area, folder: Path, *, seed: int, as_of: date | None = None, demo: dict[str, Any] | None = None
) -> list[Path]:
    """Invent the area's exports as files.

    Parameters
    ----------
    area : Area
        The area.
    folder : Path
        Where to write them.
    seed : int
        Same seed, same bytes.
    as_of : date, optional
        The day on which they are taken out; stated in ``demo.toml``.
    demo : dict, optional
        Other parameters than the area's own.

    Returns
    -------
    list of Path
        The files.
    """
    demo = demo or settings(area)
    units = pd.DataFrame(
        [{"unit": u.id, "kind": u.kind, "name": u.name["sv"], "population": u.population} for u in area.units]
    )
    rollout = pd.DataFrame(
        [{"party": s.party, "unit": s.unit, "phase": s.phase, "start": s.start} for s in area.starts]
    )
    invented = invent(demo, units, rollout, seed=seed, as_of=as_of or demo["as_of"])
    return write(invented, folder)


def load(area: Area, home: Path, *, seed: int, as_of: str = "", demo: dict[str, Any] | None = None) -> None:
    """Invent the exports and make them, and only them, the area's deliveries.

    Parameters
    ----------
    area : Area
        The area.
    home : Path
        The home folder.
    seed : int
        Of the invention.
    as_of : str
        YYYY-MM-DD, or "" for the stated day.
    demo : dict, optional
        Other parameters than the area's own.

    Raises
    ------
    SettingsError
        If the store holds real deliveries, which are never mixed with invented ones.
    """
    store = Store(home, area.id)
    if any(not r.invented for r in store.records()):
        what = "the store holds real deliveries, which must not be mixed with invented ones"
        raise SettingsError(what, "Give another folder with --home", Place(str(store.folder)))
    demo = demo or settings(area)
    day = parse_day(as_of) if as_of else demo["as_of"]
    register(area, home)
    with tempfile.TemporaryDirectory(prefix="an-") as scratch:
        files = exports(area, Path(scratch), seed=seed, as_of=day, demo=demo)
        new = [add_invented(file, area, home, day).digest for file in files]
    for record in store.records():
        if record.digest not in new:
            shutil.rmtree(store.folder / record.digest)
