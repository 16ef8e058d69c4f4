"""Which notebook for whom: the jobs of a run, with the inputs that each declares.

Standard library only: a run that has nothing to do must not import anything heavy.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.area import REPOSITORY, Area, area_names
from analysis.errors import AnalysisError, Place, SettingsError, UsageError
from analysis.report import own_notebooks

NOTEBOOKS = REPOSITORY / "notebooks"
PLAN = REPOSITORY / "reports" / "plan.toml"
PARTY = "party-"
CODE = re.compile(r"[a-z0-9][a-z0-9_-]*")
FORMATS = ("csv", "xlsx", "pdf", "pptx", "figures")  # beside the page, which is always made
TABLES = ("csv", "xlsx")  # where the plan says nothing


@dataclass(frozen=True)
class Job:
    """One report: a notebook for a unit of an area, or for a party in the whole of it, in a language.

    ``inputs`` are the tables that it may open; () is all. ``formats`` are the files beside its page.
    """

    area: str
    notebook: str
    unit: str
    language: str
    key: str = ""
    party: str = ""
    inputs: tuple[str, ...] = ()
    formats: tuple[str, ...] = TABLES

    @property
    def place(self) -> str:
        """The folder of the unit's or the party's reports in the set."""
        return f"{PARTY}{self.party}" if self.party else self.unit

    @property
    def file(self) -> str:
        """Where it stands in the set."""
        return f"{self.place}/{self.notebook}.{self.language}.html"

    @property
    def source(self) -> Path:
        """The notebook."""
        return NOTEBOOKS / f"{self.notebook}.ipynb"


@dataclass(frozen=True)
class Selection:
    """What the command line asks for; empty is everything in the plan."""

    notebooks: Sequence[str] = ()
    units: Sequence[str] = ()
    languages: Sequence[str] = ()
    parties: Sequence[str] = ()


def jobs(area: Area, selection: Selection) -> list[Job]:
    """The reports to make, in the order of the plan; then those of notebooks that it does not name.

    Parameters
    ----------
    area : Area
        The area.
    selection : Selection
        What to narrow the plan to.

    Returns
    -------
    list of Job
        Without keys.

    Raises
    ------
    UsageError
        If something is selected that the plan does not have.
    SettingsError
        If the plan cannot be read, names a notebook that does not exist, or has nothing for the area.
    """
    usual = whole_plan().get("formats", list(TABLES))
    rows = [{"formats": usual} | row for row in (*_rows(area), *_own_rows(area))]
    planned = [job for row in rows for job in _expand(row, area)]
    _refuse_set_aside(area, selection.notebooks)
    _known("report", selection.notebooks, {j.notebook for j in planned})
    _known("unit", selection.units, {j.unit for j in planned})
    _known("party", selection.parties, {j.party for j in planned} - {""})
    _known("language", selection.languages, set(area.languages))
    return [j for j in planned if _chosen(j, selection)]


def set_aside(area: Area) -> dict[str, AnalysisError]:
    """The notebooks of the folder that can be made for nobody, by name, each with the reason."""
    return own_notebooks.set_aside(NOTEBOOKS, _named(), {area.id, *area_names()})


def whole_plan() -> dict[str, Any]:
    """Everything that the plan says.

    Returns
    -------
    dict
        As its file has it.

    Raises
    ------
    SettingsError
        If it cannot be read.
    """
    try:
        return tomllib.loads(PLAN.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"the plan cannot be read ({error})", "Mend it", Place(str(PLAN))) from None


def _rows(area: Area) -> list[dict[str, Any]]:
    rows = [r for r in whole_plan().get("reports", []) if r.get("area") == area.id]
    if not rows:
        raise SettingsError(f"the plan has no report for “{area.id}”", "Add one", Place(str(PLAN)))
    for row in rows:
        name = row.get("notebook", "")
        if not (NOTEBOOKS / f"{name}.ipynb").is_file():
            raise SettingsError(f"there is no notebook “{name}”", "Mend the plan", Place(str(PLAN)))
        if row.get("units") not in ("all", "area"):
            what = f"“{row.get('units', '')}” is not a choice of units for “{name}”"
            raise SettingsError(what, "Write “all” or “area”", Place(str(PLAN), column="units"))
        if not isinstance(row.get("parties", False), bool):
            what = f"“parties” of “{name}” is neither true nor false"
            remedy = "Write parties = true, or leave it out"
            raise SettingsError(what, remedy, Place(str(PLAN), column="parties"))
        _check_inputs(row.get("inputs", []), name)
    return rows


def _own_rows(area: Area) -> list[dict[str, Any]]:
    """Notebooks that no row names, for the whole area."""
    names = own_notebooks.own_notebooks(NOTEBOOKS, _named(), area.id)
    return [{"notebook": name, "units": "area"} for name in names]


def _named() -> set[str]:
    """The notebooks that the plan has, for any area."""
    return {str(row.get("notebook", "")) for row in whole_plan().get("reports", [])}


def _refuse_set_aside(area: Area, asked: Iterable[str]) -> None:
    """Who asks for a notebook that can be made for nobody is told why."""
    aside = set_aside(area) if asked else {}
    for name in asked:
        if name in aside:
            raise aside[name]


def _check_inputs(inputs: object, name: str) -> None:
    """Tables are written as codes; one that nobody delivers is no error."""
    if isinstance(inputs, list) and all(isinstance(one, str) and CODE.fullmatch(one) for one in inputs):
        return
    what = f"“inputs” of “{name}” is no list of tables"
    raise SettingsError(what, 'Write such as inputs = ["deviations"]', Place(str(PLAN), column="inputs"))


def _formats(row: dict[str, Any]) -> tuple[str, ...]:
    """The formats of a row, in the order in which there are any."""
    asked = row["formats"]
    if isinstance(asked, list) and all(one in FORMATS for one in asked):
        return tuple(name for name in FORMATS if name in asked)
    what = f"“formats” of “{row['notebook']}” is no list of formats that there are"
    remedy = f"Use some of: {', '.join(FORMATS)}"
    raise SettingsError(what, remedy, Place(str(PLAN), column="formats"))


def _expand(row: dict[str, Any], area: Area) -> Iterable[Job]:
    inputs, formats = tuple(row.get("inputs", [])), _formats(row)
    units = [area.top] if row["units"] == "area" else [area.top, *area.members]
    whom = [(u.id, "") for u in units]
    whom += [(area.top.id, p.id) for p in area.parties if row.get("parties")]
    return (
        Job(area.id, row["notebook"], unit, language, party=party, inputs=inputs, formats=formats)
        for unit, party in whom
        for language in area.languages
    )


def _known(what: str, asked: Iterable[str], known: set[str]) -> None:
    for name in asked:
        if name not in known:
            raise UsageError(f"the plan has no {what} “{name}”", f"Use one of: {', '.join(sorted(known))}")


def _chosen(job: Job, selection: Selection) -> bool:
    return (
        (not selection.notebooks or job.notebook in selection.notebooks)
        and _is_whose(job, selection)
        and (not selection.languages or job.language in selection.languages)
    )


def _is_whose(job: Job, selection: Selection) -> bool:
    """Whether a report is of one of the units or parties; of everybody when none is named."""
    if not selection.units and not selection.parties:
        return True
    return job.party in selection.parties if job.party else job.unit in selection.units
