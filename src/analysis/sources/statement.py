"""What the sender says of a delivery: who sent it, what it covers, how many rows, under which decision.

It stands in ``<export>.delivery.toml`` beside the export, or is given with flags. All of it is optional;
what is not stated is derived from the rows, which say less (a file cannot show what is absent from it).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from analysis.area import Area
from analysis.errors import InputRefused, Place, SettingsError

SIDECAR = ".delivery.toml"
_AT = re.compile(r"\(at line (\d+), column \d+\)")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_DELIVERY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Statement:
    """What the sender says of a delivery; an empty field is not stated.

    Parameters
    ----------
    sender : str
        Who sent it.
    first_day, last_day : date, optional
        The period that it covers, both days inclusive, whether or not they have rows.
    extracted : date, optional
        The day on which it was taken out of the source system: a later one wins.
    units : tuple of str
        The units that it covers with their parts; () is every unit of the area.
    rows : int, optional
        Records in the file, without the header.
    sha256 : str
        Digest of the file, 64 hexadecimal digits.
    decision : str
        Under which decision it was sent.
    retain_until : date, optional
        The last day on which it may be kept.
    corrects : str
        Digest of the delivery whose rows it corrects, 32 hexadecimal digits.
    """

    sender: str = ""
    first_day: date | None = None
    last_day: date | None = None
    extracted: date | None = None
    units: tuple[str, ...] = ()
    rows: int | None = None
    sha256: str = ""
    decision: str = ""
    retain_until: date | None = None
    corrects: str = ""


def merged(statement: Statement, flags: Statement) -> Statement:
    """The statement with everything that the flags state instead.

    Parameters
    ----------
    statement : Statement
        From beside the export.
    flags : Statement
        From the command line.

    Returns
    -------
    Statement
        Both; the flags win.

    Raises
    ------
    SettingsError
        If the dates of both together are reversed.
    """
    stated = {f.name: getattr(flags, f.name) for f in fields(flags)}
    both = replace(
        statement, **{name: value for name, value in stated.items() if value not in ("", None, ())}
    )
    check_dates(both, Place("the statement on the delivery"))
    return both


def statement_file(export: Path) -> Path:
    """Where the statement on an export stands."""
    return export.with_name(export.name + SIDECAR)


def has_statement(export: Path) -> bool:
    """Whether a statement stands beside an export; beside a file with too long a name, none can."""
    try:
        return statement_file(export).is_file()
    except OSError:
        return False


def as_toml(statement: Statement) -> str:
    """The text of a file that states the same, as `read_statement` reads it.

    Parameters
    ----------
    statement : Statement
        What is stated.

    Returns
    -------
    str
        One line a key; what is not stated is left out.
    """
    lines = []
    for name in (f.name for f in fields(statement)):
        value = getattr(statement, name)
        if value not in ("", None, ()):
            text = value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
            lines.append(f"{name} = {text}\n")
    return "".join(lines)


def refuse_identity(statement: Statement, place: Place) -> None:
    """Refuse a statement whose texts hold an identity number; nothing of it is repeated.

    Parameters
    ----------
    statement : Statement
        What the sender says.
    place : Place
        Where it stands.

    Raises
    ------
    InputRefused
        Names the key.
    """
    from analysis.sources.identifiers import holds_identity

    for key in ("sender", "decision"):
        if holds_identity(getattr(statement, key)):
            what, remedy = "the statement holds an identity number", "Take it away, and tell the sender"
            raise InputRefused(what, remedy, Place(place.file, column=key), reason="identifier")


def read_statement(export: Path) -> Statement:
    """What stands beside an export.

    Parameters
    ----------
    export : Path
        The export; its statement is the file of the same name with ``.delivery.toml`` behind it.

    Returns
    -------
    Statement
        Empty when there is no such file.

    Raises
    ------
    SettingsError
        If a key is unknown, a value is of the wrong kind, or dates are reversed; names file and key.
    """
    path = statement_file(export)
    if not has_statement(export):
        return Statement()
    given = _toml(path)
    unknown = sorted(set(given) - set(_KINDS))
    if unknown:
        where = Place(path.name, column=_shown(unknown[0]))
        raise SettingsError("the key is not known", f"Use one of: {', '.join(_KINDS)}", where)
    values = {}
    for key, value in given.items():
        kind, is_right = _KINDS[key]
        if not is_right(value):
            where = Place(path.name, column=key)
            raise SettingsError(f"the value is not {kind}", f"Write {key} = {_EXAMPLES[kind]}", where)
        values[key] = _tidy(value)
    statement = Statement(**values)
    check_dates(statement, Place(path.name))
    return statement


def check_dates(statement: Statement, place: Place) -> None:
    """Refuse a period that ends before it begins, or after the day of extraction.

    Parameters
    ----------
    statement : Statement
        From the file, from flags, or merged.
    place : Place
        Where it stands.

    Raises
    ------
    SettingsError
        Names the file and the key.
    """
    ends = statement.last_day or statement.extracted
    if statement.first_day and ends and ends < statement.first_day:
        where = Place(place.file, column="first_day")
        raise SettingsError("the period ends before it begins", "Mend the two days", where)
    if statement.last_day and statement.extracted and statement.extracted < statement.last_day:
        where = Place(place.file, column="last_day")
        what = "the period ends after the day of extraction"
        raise SettingsError(what, "Write the last day that the rows can know of", where)


def with_unit_ids(statement: Statement, area: Area, place: Place) -> Statement:
    """The statement with ids of units, for ids or spellings of them.

    Parameters
    ----------
    statement : Statement
        As the sender wrote it.
    area : Area
        Whose units they are.
    place : Place
        Where it stands.

    Returns
    -------
    Statement
        The same with ids, sorted.

    Raises
    ------
    SettingsError
        If the area has no such unit.
    """
    known = {name.casefold(): u.id for u in area.units for name in (*u.spellings, *u.name.values(), u.id)}
    if any(unit.casefold() not in known for unit in statement.units):
        where = Place(place.file, column="units")
        ids = ", ".join(u.id for u in area.units[:12])
        raise SettingsError("one of the units is not known", f"Use some of: {ids}", where)
    return replace(statement, units=tuple(sorted({known[unit.casefold()] for unit in statement.units})))


def check_statement(statement: Statement, rows: int, sha256: str, place: Place) -> None:
    """Refuse a file that is not the one that the sender speaks of.

    Parameters
    ----------
    statement : Statement
        What the sender says.
    rows : int
        Records that were read, without the header.
    sha256 : str
        Digest of the file.
    place : Place
        The file.

    Raises
    ------
    InputRefused
        If the number of rows or the digest is stated and another.
    """
    remedy = "Ask the sender for the whole file, or for the right statement"
    if statement.rows is not None and statement.rows != rows:
        what = f"the sender states {statement.rows} rows, but the file has {rows}"
        raise InputRefused(what, remedy, place, reason="truncated")
    if statement.sha256 and statement.sha256.casefold() != sha256.casefold():
        what = "the file's SHA-256 digest is not the one that the sender states"
        raise InputRefused(what, remedy, place, reason="truncated")


def _shown(key: str) -> str:
    from analysis.sources.identifiers import holds_identity

    return "(name not shown)" if holds_identity(key) else key


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != "" and value.isprintable()


def _is_day(value: Any) -> bool:
    return type(value) is date  # a date with a time is a `date`, too


def _is_units(value: Any) -> bool:
    return isinstance(value, list) and value != [] and all(_is_text(unit) for unit in value)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value.strip()) is not None


def _is_delivery(value: Any) -> bool:
    return isinstance(value, str) and _DELIVERY.fullmatch(value.strip()) is not None


_TEXT, _DAY = ("a text on one line", _is_text), ("a day", _is_day)
_KINDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "sender": _TEXT,
    "first_day": _DAY,
    "last_day": _DAY,
    "extracted": _DAY,
    "units": ("a list of units", _is_units),
    "rows": ("a number of rows", _is_count),
    "sha256": ("64 hexadecimal digits", _is_digest),
    "decision": _TEXT,
    "retain_until": _DAY,
    "corrects": ("32 hexadecimal digits", _is_delivery),
}
_EXAMPLES = {
    "a text on one line": "“…”, in straight quotes",
    "a day": "2025-03-31, without quotes",
    "a list of units": "[“…”, “…”], in straight quotes",
    "a number of rows": "1200, without quotes",
    "64 hexadecimal digits": "“…”, in straight quotes",
    "32 hexadecimal digits": "“…”, in straight quotes",
}


def _tidy(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(unit.strip() for unit in value)
    return value.strip() if isinstance(value, str) else value


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        found = _AT.search(str(error))
        where = Place(path.name, int(found[1]) if found else None)
        raise SettingsError(
            "the file is not valid TOML", "Write lines of the form key = value", where
        ) from None
    except UnicodeDecodeError:
        raise SettingsError("the file is not UTF-8 text", "Save it as UTF-8", Place(path.name)) from None
