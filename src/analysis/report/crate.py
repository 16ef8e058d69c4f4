"""Where a published set comes from, for machines: ``ro-crate-metadata.json``, an RO-Crate 1.3 by the profile
Process Run Crate 0.6.

Plain JSON of our own: the libraries fetch contexts from the web. No clock, so no time of a run: the day is
that of the data. A delivery is a digest and the name of its table. How many rows there are is told of a
table, as the pages tell it (R15), never of a delivery, and neither is who sent it or its file's name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import __version__
from analysis.declared import tables_of
from analysis.report.keys import Keys, notebook_digest, program_digest
from analysis.report.plan import Job, Selection, jobs
from analysis.report.publish import sha256
from analysis.words import Words

if TYPE_CHECKING:
    from analysis.report.around import Around
    from analysis.store import Record

CRATE = "ro-crate-metadata.json"
SPECIFICATION = "https://w3id.org/ro/crate/1.3"
PROFILE = "https://w3id.org/ro/wfrun/process/0.6"
CONTEXT = (f"{SPECIFICATION}/context", "https://w3id.org/ro/terms/workflow-run/context")
ROOT, LICENCE, OVERVIEW = "./", "#licence", "#overview"
SHORT = 16  # digits of a digest in an id
OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS = {
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "pdf": "application/pdf",
    "png": "image/png",
    "pptx": f"{OFFICE}.presentationml.presentation",
    "svg": "image/svg+xml",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "zip": "application/zip",
}
Entity = dict[str, Any]


def crate(
    around: Around, entries: Iterable[Mapping[str, Any]], files: Mapping[str, bytes], before: Sequence[Entity]
) -> bytes:
    """The crate of a set.

    Parameters
    ----------
    around : Around
        The area, its store and the as-of day.
    entries : iterable of mapping
        The manifest's reports.
    files : mapping of str to bytes
        All of the set, but the manifest.
    before : sequence of dict
        The graph of the last set's crate: what it says of a page that this run neither made nor found to be
        as it would be made, stays.

    Returns
    -------
    bytes
        JSON-LD; the same input gives the same bytes.
    """
    entries, made = list(entries), _Made(around, {one["@id"]: one for one in before})
    found: dict[str, Entity] = {one["@id"]: one for one in (*_fixed(), made.program, *made.tables)}
    actions = [_with_results(action, files) for action in made.actions(entries, found)]
    told = {one["@id"] for action in actions for one in action["result"]}
    actions.append(_overview(made.program, [name for name in sorted(files) if name not in told]))
    found |= {name: _file(name, content) for name, content in files.items()}
    found |= {action["@id"]: action for action in actions}
    graph = [_descriptor(), _root(around, files, actions), *(found[name] for name in sorted(found))]
    whole = {"@context": list(CONTEXT), "@graph": graph}
    return (json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def graph_of(folder: Path, manifest: Mapping[str, Any]) -> list[Entity]:
    """What the crate of a whole set says.

    Parameters
    ----------
    folder : Path
        Of the set.
    manifest : mapping
        Its manifest, whose hashes fit.

    Returns
    -------
    list of dict
        The entities; none where the set has no crate.
    """
    if CRATE not in manifest.get("files", {}):
        return []
    return list(json.loads((folder / CRATE).read_bytes())["@graph"])


def action_id(file: str) -> str:
    """The id of the action that made a report's page."""
    return f"#{file.removesuffix('.html')}"


class _Made:
    """What the reports of a set were made by and of."""

    def __init__(self, around: Around, before: Mapping[str, Entity]) -> None:
        self.around, self.before = around, before
        keys = Keys(around.area, around.store, around.as_of)
        self.jobs = {job.file: keys.of(job) for job in jobs(around.area, Selection())}
        short = program_digest()[:SHORT]
        self.program: Entity = {
            "@id": f"#program-{short}",
            "@type": "SoftwareApplication",
            "name": "analysis",
            "softwareVersion": __version__,
            "identifier": program_digest(),
        }

    @cached_property
    def records(self) -> list[Record]:
        """Every delivery."""
        return self.around.store.records()

    @cached_property
    def tables(self) -> list[Entity]:
        """What was delivered: a table, its months, its rows as pages tell them, its deliveries."""
        from analysis import release

        by_table = {n: [r for r in self.records if r.table == n] for n in {r.table for r in self.records}}
        rows = {n: (sum(r.accepted for r in some), 0) for n, some in sorted(by_table.items())}
        found: list[Entity] = []
        for shown in release.quality_rows(rows, self.around.area.policy).rows:
            some = by_table[shown.table]
            accepted = "" if isnan(shown.accepted) else int(shown.accepted)
            counted = _value("accepted", accepted, f"#accepted-{shown.table}")
            deliveries = [_delivery(record) for record in some]
            found += [*deliveries, counted, _table(shown.table, some, deliveries, counted)]
        return found

    def actions(self, entries: Iterable[Mapping[str, Any]], found: dict[str, Entity]) -> list[Entity]:
        """How each report was made; what these tell of is added to what is found."""
        actions = []
        for entry in entries:
            job = self.jobs.get(entry["file"])
            is_current = job is not None and bool(entry["key"]) and job.key == entry["key"]
            before = self.before.get(action_id(entry["file"]))
            if job is not None and is_current:
                action, parts = self._new(entry, job)
            elif before is not None:
                action, parts = before, [self.before[name] for name in _named(before) if name in self.before]
            else:
                action, parts = _bare(entry)
            actions.append(action)
            for one in parts:
                found.setdefault(one["@id"], one)
        return actions

    def _new(self, entry: Mapping[str, Any], job: Job) -> tuple[Entity, list[Entity]]:
        notebook, values = _notebook(job), _parameters(entry)
        tables = tables_of(job.inputs)
        deliveries = [_delivery(r) for r in self.records if not tables or r.table in tables]
        action = _action(entry, [notebook, self.program], [*deliveries, *values])
        return action | {"identifier": entry["key"]}, [notebook, *values]


def _bare(entry: Mapping[str, Any]) -> tuple[Entity, list[Entity]]:
    """A page of which nobody wrote down what it was made of."""
    name, values = entry["notebook"], _parameters(entry)
    notebook = {"@id": f"#notebook-{name}", "@type": "SoftwareSourceCode", "name": name}
    return _action(entry, [notebook], values), [notebook, *values]


def _action(entry: Mapping[str, Any], instruments: list[Entity], objects: list[Entity]) -> Entity:
    return {
        "@id": action_id(entry["file"]),
        "@type": "CreateAction",
        "name": entry["file"].removesuffix(".html"),
        "instrument": _references(instruments),
        "object": _references(objects),
    }


def _with_results(action: Entity, files: Mapping[str, bytes]) -> Entity:
    """The action with the page and all files beside it."""
    stem = action["@id"].removeprefix("#") + "."
    return action | {"result": [{"@id": name} for name in sorted(files) if name.startswith(stem)]}


def _overview(program: Entity, names: Iterable[str]) -> Entity:
    """What is made of all reports together."""
    return {
        "@id": OVERVIEW,
        "@type": "CreateAction",
        "name": "overview",
        "instrument": _references([program]),
        "result": [{"@id": name} for name in names],
    }


def _notebook(job: Job) -> Entity:
    digest = notebook_digest(job.source)
    return {
        "@id": f"#notebook-{job.notebook}-{digest[:SHORT]}",
        "@type": "SoftwareSourceCode",
        "name": job.notebook,
        "identifier": digest,
    }


def _delivery(record: Record) -> Entity:
    return {"@id": f"#delivery-{record.digest[:SHORT]}", "@type": "CreativeWork", "name": record.table}


def _table(name: str, records: Iterable[Record], deliveries: list[Entity], counted: Entity) -> Entity:
    dated = [r for r in records if r.first_month]
    months = (min((r.first_month for r in dated), default=""), max((r.last_month for r in dated), default=""))
    return {
        "@id": f"#table-{name}",
        "@type": "CreativeWork",
        "name": name,
        "hasPart": _references(deliveries),
        "additionalProperty": {"@id": counted["@id"]},
        **({"temporalCoverage": "/".join(months)} if dated else {}),
    }


def _parameters(entry: Mapping[str, Any]) -> list[Entity]:
    known = {name: entry.get(name, "") for name in ("unit", "party", "language", "as_of")}
    return [_value(name, value, f"#{name}-{value}") for name, value in known.items() if value]


def _value(name: str, value: Any, identity: str) -> Entity:
    return {"@id": identity, "@type": "PropertyValue", "name": name, "value": value}


def _file(name: str, content: bytes) -> Entity:
    suffix = name.rpartition(".")[2]
    return {
        "@id": name,
        "@type": "File",
        "name": name.rpartition("/")[2],
        "encodingFormat": FORMATS[suffix],
        "sha256": sha256(content),
    }


def _descriptor() -> Entity:
    return {
        "@id": CRATE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": SPECIFICATION},
        "about": {"@id": ROOT},
    }


def _root(around: Around, files: Iterable[str], actions: list[Entity]) -> Entity:
    language = "en" if "en" in around.area.languages else around.area.languages[0]
    w = Words(language)
    banner = [w.text("banner/invented_data")] if around.store.invented() else []
    return {
        "@id": ROOT,
        "@type": "Dataset",
        "conformsTo": {"@id": PROFILE},
        "name": w.text("report/index", area=around.area.name[language]),
        "description": " ".join([*banner, w.policy(around.area.policy)]),
        "datePublished": around.as_of,
        "license": {"@id": LICENCE},
        "hasPart": [{"@id": name} for name in sorted(files)],
        "mentions": _references(actions),
    }


def _fixed() -> list[Entity]:
    """The profile, and that the settings state no licence."""
    return [
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.6"},
        {"@id": LICENCE, "@type": "CreativeWork", "name": "no licence is stated"},
    ]


def _references(entities: Iterable[Entity]) -> list[Entity]:
    return [{"@id": one["@id"]} for one in entities]


def _named(action: Entity) -> list[str]:
    """The ids that an action tells of, but for its results."""
    return [one["@id"] for kind in ("instrument", "object") for one in action.get(kind, ())]
