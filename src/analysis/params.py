"""The parameters of a notebook, checked strictly: papermill alone accepts unknown names and goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from analysis.area import Area, Unit, home_folder, read_area
from analysis.errors import UsageError
from analysis.words import LANGUAGES

CODE = re.compile(r"[a-z0-9_-]+")
_JUPYTER = {"In", "Out", "exit", "quit", "get_ipython", "open"}
_PLAIN = (str, int, float, bool, list, dict, tuple, type(None))


@dataclass(frozen=True)
class Parameters:
    """What a report notebook can be asked.

    Parameters
    ----------
    area : str
        An area under ``data/areas``.
    unit : str
        A unit of its ``units.csv``; "" is the whole area.
    language : str
        "sv" or "en".
    as_of : str
        YYYY-MM-DD: data as known on this day; "" is the last day that the deliveries know of.
    home : str
        The home folder; "" is ``ANALYSIS_HOME`` or the repository.
    party : str
        A party of the area; "" is all of them. A notebook that speaks of no single party need not have it.
    """

    area: str
    unit: str
    language: str
    as_of: str
    home: str
    party: str = ""

    @property
    def folder(self) -> Path:
        """The home folder."""
        return home_folder(self.home)

    def settings(self) -> tuple[Area, Unit]:
        """The area and the unit that are asked for."""
        area = read_area(self.area, self.folder)
        return area, area.unit(self.unit)


NAMES = tuple(f.name for f in fields(Parameters))
NEEDED = tuple(f.name for f in fields(Parameters) if f.default is MISSING)


def read(cells: Mapping[str, Any]) -> Parameters:
    """The parameters among a notebook's globals.

    Parameters
    ----------
    cells : mapping
        ``globals()`` right after the parameters cell.

    Returns
    -------
    Parameters
        Checked: names, types, language, area, unit and date.

    Raises
    ------
    UsageError
        If one is unknown, missing, of the wrong type or does not exist.
    """
    plain = {k: v for k, v in cells.items() if not k.startswith("_") and k not in _JUPYTER}
    given = {k: v for k, v in plain.items() if isinstance(v, _PLAIN)}
    return check(given)


def check(given: Mapping[str, Any]) -> Parameters:
    """Parameters from a mapping that holds nothing else.

    Parameters
    ----------
    given : mapping
        Name to value.

    Returns
    -------
    Parameters
        Checked.

    Raises
    ------
    UsageError
        As `read`.
    """
    unknown = sorted(set(given) - set(NAMES))
    if unknown:
        raise UsageError(f"there is no parameter “{unknown[0]}”", f"The parameters are: {', '.join(NAMES)}")
    missing = [n for n in NEEDED if n not in given]
    if missing:
        raise UsageError(f"the parameter “{missing[0]}” is not set", "Restore the notebook's parameters cell")
    for name, value in given.items():
        if not isinstance(value, str):
            what = f"the parameter “{name}” is {type(value).__name__}, not text"
            raise UsageError(what, 'Write it in quotes, like "sv"')
    parameters = Parameters(**given)
    if parameters.language not in LANGUAGES:
        what = f"there is no language “{parameters.language}”"
        raise UsageError(what, f"Use one of: {', '.join(LANGUAGES)}")
    if parameters.as_of:
        parse_day(parameters.as_of)
    area, _ = parameters.settings()
    parties = [p.id for p in area.parties]
    if parameters.party and parameters.party not in parties:
        what = f"the area has no party “{parameters.party}”"
        raise UsageError(what, f"Use one of: {', '.join(parties)}")
    return parameters


def parse_day(text: str) -> date:
    """A date written YYYY-MM-DD.

    Parameters
    ----------
    text : str
        The date.

    Returns
    -------
    date
        The day.

    Raises
    ------
    UsageError
        If it is not such a date.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise UsageError(f"“{text}” is not a date", "Write it YYYY-MM-DD")
    return day
