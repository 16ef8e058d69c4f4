"""The invented area as its source systems would export it: text, in their layout, cut at a date."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Series

from analysis.errors import CannotWrite, SettingsError
from analysis.synthetic.deviations import invent_deviations
from analysis.synthetic.deviations_more import STREAM, invent_handling
from analysis.synthetic.draws import Ints
from analysis.synthetic.grid import NEVER, Grid, build_grid
from analysis.synthetic.sip import invent_sip
from analysis.synthetic.status import invent_status
from analysis.synthetic.stays import discharges_n, invent_stays
from analysis.synthetic.voices import invent_voices

Settings = Mapping[str, Any]
READMISSION_DAYS = 30
DONE = ("investigated", "action", "feedback")
# What else is exported: each gives columns as text by the name of its layout, from the settings, the grid,
# the discharges as text, its own random numbers and the day; nothing where the settings lack its section.
Form = Callable[[Settings, Grid, DataFrame, np.random.Generator, date], dict[str, DataFrame]]
FORMS: tuple[Form, ...] = (invent_status, invent_sip, invent_voices)


@dataclass(frozen=True)
class Layout:
    """How a source system names its columns and delivers them, one file a year.

    Parameters
    ----------
    stem : str
        Beginning of the file names.
    encoding : str
        As Python names it.
    split_by : str
        Our name of the date column whose year decides the file.
    columns : mapping of str to str
        Our names to the system's headers, in order.
    missing : sequence of int
        Years that are not delivered.
    """

    stem: str
    encoding: str
    split_by: str
    columns: Mapping[str, str]
    missing: Sequence[int] = ()


@dataclass(frozen=True)
class Exports:
    """Exports as text, under the headers of their layouts; '' is missing.

    Parameters
    ----------
    frames : mapping of str to DataFrame of str
        By name: "discharges" has one row a stay, "deviations" one a report.
    layouts : mapping of str to Layout
        By the names of the frames.
    as_of : date
        The day on which they are taken out.
    """

    frames: Mapping[str, DataFrame]
    layouts: Mapping[str, Layout]
    as_of: date


def invent(demo: Settings, units: DataFrame, rollout: DataFrame, *, seed: int, as_of: date) -> Exports:
    """Invent what the source systems of an area would export on a date.

    The whole period of the settings is drawn whatever the date, so a later `as_of` with the same
    seed adds rows and closes deviations but changes nothing else.

    Parameters
    ----------
    demo : mapping
        The area's demo settings (``demo.toml``).
    units : DataFrame, one row a unit
        ``unit, kind, name, population``; stays and deviations are invented for kind "municipality".
    rollout : DataFrame, one row a party, unit and phase
        ``party, unit, phase, start``. A party works in the new way in a municipality from the first
        whole month after its start there; rows of units that are no municipality hold for every
        municipality where the party has none of its own. May be empty.
    seed : int
        Same seed, same exports.
    as_of : date
        Discharges to the end of this day, deviations registered by it.

    Returns
    -------
    Exports
        Both exports as text.

    Raises
    ------
    SettingsError
        If the settings, units and roll-out do not fit together.
    """
    grid = build_grid(demo, units, rollout)
    for_stays, for_deviations, *for_forms = (
        np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(2 + len(FORMS))
    )
    stays = invent_stays(demo, grid, for_stays)
    deviations = invent_deviations(demo, grid, discharges_n(stays, grid), for_deviations)
    last = int((np.datetime64(as_of, "D") - grid.start).astype(int))
    if "more" in demo["deviations"]:
        for_more = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=STREAM))
        deviations = deviations.join(invent_handling(deviations, demo["deviations"]["more"], for_more))
    layouts = {name: Layout(**layout) for name, layout in demo["layouts"].items()}
    columns = {
        "discharges": _discharge_columns(stays, demo, grid, last),
        "deviations": _deviation_columns(deviations, demo, grid, last),
    }
    for form, random in zip(FORMS, for_forms, strict=True):
        columns |= form(demo, grid, columns["discharges"], random, as_of)
    frames = {name: _laid_out(columns[name], layout) for name, layout in layouts.items()}
    return Exports(frames, layouts, as_of)


def write(exports: Exports, folder: Path) -> list[Path]:
    """Write the exports as deliveries: one file a table and year, semicolons and CRLF, and its statement.

    Parameters
    ----------
    exports : Exports
        From `invent`.
    folder : Path
        Made if it is not there.

    Returns
    -------
    list of Path
        The files, in order of name.

    Raises
    ------
    CannotWrite
        If the folder cannot be written.
    SettingsError
        If a name cannot be written in the layout's encoding.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, layout in exports.layouts.items():
            frame = exports.frames[name]
            for year, rows in frame.groupby(frame[layout.columns[layout.split_by]].str[:4]):
                if int(year) in layout.missing:
                    continue
                path = folder / f"{layout.stem}-{year}.csv"
                rows.to_csv(path, sep=";", index=False, encoding=layout.encoding, lineterminator="\r\n")
                path.with_name(path.name + ".delivery.toml").write_text(
                    _statement(int(year), exports.as_of), encoding="utf-8", newline="\n"
                )
                written.append(path)
    except OSError as problem:
        raise CannotWrite(
            f"the invented exports cannot be written to {folder}", "check the disk"
        ) from problem
    except UnicodeEncodeError as problem:
        raise SettingsError(
            f"the layout's encoding cannot write “{problem.object}”", "choose utf-8-sig"
        ) from problem
    return sorted(written)


def _statement(year: int, as_of: date) -> str:
    """What the sender says of a year's file."""
    lines = {
        "sender": '"the demonstration"',
        "extracted": as_of.isoformat(),
        "first_day": date(year, 1, 1).isoformat(),
        "last_day": min(date(year, 12, 31), as_of).isoformat(),
    }
    return "".join(f"{key} = {value}\n" for key, value in lines.items())


def _laid_out(columns: DataFrame, layout: Layout) -> DataFrame:
    """The layout's columns under its headers, in its order."""
    unknown = [key for key in (*layout.columns, layout.split_by) if key not in columns]
    if unknown or layout.split_by not in layout.columns:
        raise SettingsError(
            f"the layout of {layout.stem} does not fit: {', '.join(unknown) or layout.split_by}",
            f"choose among {', '.join(columns)}",
        )
    return columns[list(layout.columns)].rename(columns=dict(layout.columns))


def _discharge_columns(stays: DataFrame, demo: Settings, grid: Grid, last: int) -> DataFrame:
    """Stays as text; ids follow the order of discharge over the whole period."""
    stays = stays.assign(episode_id=[f"VT{at:06d}" for at in range(100_001, 100_001 + len(stays))])
    stays = stays[stays["discharged_day"] <= last]
    stay, words = demo["stay"], demo["words"]
    yes_no = np.asarray([words["no"], words["yes"]])
    called = stays["called_day"].where(stays["called_day"] <= last, NEVER)
    return DataFrame(
        {
            "episode_id": stays["episode_id"],
            "person_id": [f"PID{person:07d}" for person in stays["person"]],
            "hospital": _named([each["name"] for each in stay["hospitals"]], stays["hospital"]),
            "ward": _numbered(stay["ward"], stays["ward"]),
            "unit": _named(grid.municipalities, stays["municipality"]),
            "admitted_at": _moments(stays, "admitted", grid),
            "planned_uk_date": _dates(stays["planned_day"], grid),
            "planned_uk_moves_n": stays["moves_n"].astype(str),
            "uk_at": _moments(stays, "ready", grid),
            "discharged_at": _moments(stays, "discharged", grid),
            "los_days": _stay_days(stays, words["decimal"]),
            "is_sip_offered": yes_no[stays["is_sip_offered"].astype(int)],
            "sip_call_date": _dates(called, grid),
            "discharged_to": _named(list(stay["destinations"]), stays["destination"]),
            "is_readmitted": yes_no[_is_readmitted(stays).astype(int)],
            "comment": "",
        }
    )


def _deviation_columns(rows: DataFrame, demo: Settings, grid: Grid, last: int) -> DataFrame:
    """Deviations as text; numbers follow the order of registration within each year."""
    dev = demo["deviations"]
    parties = [party["name"] for party in dev["parties"]]
    texts = [category["texts"] for category in dev["categories"]]
    rows = rows.assign(number=_numbers(rows, dev, grid), row=1 + np.arange(len(rows)))
    rows = rows[rows["registered_day"] <= last]
    closed = rows["closed_day"].where(rows["closed_day"] <= last, NEVER)
    course = np.where(closed != NEVER, 2, np.where(rows["begun_day"] <= last, 1, 0))
    described = zip(rows["category"], rows["text"], rows["row"], strict=True)
    placed = zip(rows["reporting"], rows["unit"], strict=True)
    known = DataFrame(
        {
            "deviation_id": rows["number"],
            "reported_date": _dates(rows["registered_day"], grid),
            "occurred_date": _dates(rows["occurred_day"], grid),
            "closed_date": _dates(closed, grid),
            "status": _named([dev["status"][each] for each in ("new", "begun", "closed")], course),
            "category": _named([category["name"] for category in dev["categories"]], rows["category"]),
            "severity": rows["severity"].astype(str),
            "reporting_party": _named(parties, rows["reporting"]),
            "receiving_party": _named(parties, rows["receiving"]),
            "place": [dev["parties"][party]["unit"].format(n=n) for party, n in placed],
            "unit": _named(grid.municipalities, rows["municipality"]),
            "description": [texts[category][text].format(n=row) for category, text, row in described],
        }
    )
    return known.assign(**_handling_columns(rows, dev["more"], grid, last)) if "more" in dev else known


def _handling_columns(rows: DataFrame, more: Settings, grid: Grid, last: int) -> dict[str, Any]:
    """Step, likelihood and risk, and what has been done by the last day."""
    steps = ["", *(step["name"] for step in more["steps"])]
    days = {name: rows[f"{name}_day"].where(rows[f"{name}_day"] <= last, NEVER) for name in DONE}
    return {
        "process_step": _named(steps, 1 + rows["step"]),
        "likelihood": rows["likelihood"].astype(str),
        "risk_score": (rows["likelihood"] * rows["severity"]).astype(str),
        **{f"{name}_date": _dates(day, grid) for name, day in days.items()},
    }


def _numbers(rows: DataFrame, dev: Settings, grid: Grid) -> list[str]:
    """Numbers of deviations, counted anew each year of registration."""
    year = pd.to_datetime(grid.start + rows["registered_day"].to_numpy()).year
    at = dev["first_number"] + rows.groupby(year).cumcount()
    return [dev["number"].format(year=which, n=n) for which, n in zip(year, at, strict=True)]


def _is_readmitted(stays: DataFrame) -> Series:
    """The system's own flag on the first stay: a later stay in this export began within 30 days.

    The layout cannot tell planned from unplanned: every new stay counts.
    """
    ordered = stays.sort_values(["person", "admitted_day"])
    following = ordered["admitted_day"].shift(-1).where(ordered["person"] == ordered["person"].shift(-1))
    return (following - ordered["discharged_day"]).le(READMISSION_DAYS).reindex(stays.index)


def _stay_days(stays: DataFrame, decimal: str) -> Series:
    """Days from admission to discharge by the wall clock, one decimal."""
    days = stays["discharged_day"] - stays["admitted_day"]
    tenths = np.round(days * 10 + (stays["discharged_minute"] - stays["admitted_minute"]) / 144).astype(int)
    return (tenths // 10).astype(str) + decimal + (tenths % 10).astype(str)


def _named(names: Sequence[str], at: Series | Ints) -> NDArray[np.object_]:
    return np.asarray(names, dtype=object)[np.asarray(at)]


def _numbered(template: str, at: Series) -> NDArray[np.object_]:
    return _named([template.format(n=n) for n in range(int(at.max() if len(at) else 0) + 1)], at)


def _dates(day: Series, grid: Grid) -> NDArray[np.str_]:
    """Dates as text; '' where the day never comes."""
    return np.where(day == NEVER, "", np.datetime_as_string(grid.start + day.to_numpy(), unit="D"))


def _moments(stays: DataFrame, moment: str, grid: Grid) -> NDArray[np.str_]:
    """Date and time as text."""
    clock = _named([f" {at // 60:02d}:{at % 60:02d}" for at in range(1440)], stays[f"{moment}_minute"])
    return np.strings.add(_dates(stays[f"{moment}_day"], grid), clock.astype("U6"))
