"""Where each item of the source documents is served, or why not (``make facts`` keeps the document).

``docs/inventory.csv`` is the only list: a row an item and place. A reason stands in an item's first row; an
item without a place has one row of kind "none".
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from analysis.area import REPOSITORY

INVENTORY = REPOSITORY / "docs" / "inventory.csv"
COLUMNS = ("kind", "item", "place_kind", "place", "reason")
#: Kinds of items, as the inventory names them, to the headings of the document.
KINDS = {
    "System/verktyg": "Systems and tools",
    "Effektmål/mått": "Effect goals and measures",
    "Problem/insikt": "Problems and insights",
    "Part/organisation": "Parties and organisations",
    "Fas/steg": "Phases and steps",
    "Formulär/artefakt": "Forms and documents",
    "Datum": "Dates",
}
#: Kinds of places in the order in which they are told, with their words: one, several.
PLACES = {
    "source": ("source", "sources"),
    "table": ("column", "columns"),
    "measure": ("measure", "measures"),
    "event": ("event", "events"),
    "setting": ("setting", "settings"),
    "notebook": ("report", "reports"),
}
NONE = "none"
HEAD = """# Where everything is

Written by `python -m analysis.tables.inventory` from `inventory.csv` beside it, the only list. Every
system, goal, problem, party, step, form and date that the source documents name ({n} items), and its place
in the software: columns are explained in `data/README.md`, sources are the mappings and settings the files
of `data/areas/goteborg/`, events those of its `events.csv`, reports the notebooks. {placed} have a place,
{none} a reason why not. Whoever adds something adds its rows; tests look up every place.
"""


class Place(NamedTuple):
    """Where something is served: what kind of place, and its name."""

    kind: str
    name: str


class Item(NamedTuple):
    """An item of the documents with its places, none of them when there is a reason why not."""

    kind: str
    name: str
    places: tuple[Place, ...]
    reason: str


def items(path: Path = INVENTORY) -> list[Item]:
    """The items of the inventory, in its order.

    Parameters
    ----------
    path : Path
        The list.

    Returns
    -------
    list of Item
        One an item.
    """
    found: dict[tuple[str, str], Item] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            key = (row["kind"], row["item"])
            known = found.get(key, Item(*key, (), ""))
            here = () if row["place_kind"] == NONE else (Place(row["place_kind"], row["place"]),)
            found[key] = known._replace(places=known.places + here, reason=known.reason or row["reason"])
    return list(found.values())


def coverage(found: Sequence[Item]) -> str:
    """The document as Markdown: a heading a kind, a row an item.

    Parameters
    ----------
    found : sequence of Item
        From `items`.

    Returns
    -------
    str
        The text.
    """
    placed = sum(bool(item.places) for item in found)
    lines = [HEAD.format(n=len(found), placed=placed, none=len(found) - placed)]
    for kind, heading in KINDS.items():
        mine = [item for item in found if item.kind == kind]
        table = [f"| {item.name} | {_told(item)} |" for item in mine]
        lines += [f"## {heading}\n", "| item | place, or why not |", "|---|---|", *table, ""]
    return "\n".join(lines).rstrip() + "\n"


def _told(item: Item) -> str:
    if not item.places:
        return f"No place: {item.reason[:1].lower()}{item.reason[1:]}"
    by_kind: Mapping[str, list[str]] = {
        kind: [p.name for p in item.places if p.kind == kind] for kind in PLACES
    }
    parts = [f"{_what(k, names)} {_listed(names)}" for k, names in by_kind.items() if names]
    text = "; ".join(parts)
    told = text[:1].upper() + text[1:]
    return f"{told}. {item.reason}" if item.reason else told


def _what(kind: str, names: Sequence[str]) -> str:
    """What the places are, in words; a table that is named whole is a table."""
    return (
        PLACES[kind][len(names) > 1]
        if kind != "table" or "." in names[0]
        else ("table", "tables")[len(names) > 1]
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.stdout.write(coverage(items()))
