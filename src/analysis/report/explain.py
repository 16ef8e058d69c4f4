"""Where the numbers of a published report come from, read from the set itself: its manifest and its crate.

Nothing is made, and no row is opened. What is told stands in the published set already, except whether
today's inputs would give another page.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from analysis import protocol
from analysis.area import Area
from analysis.errors import InputMissing, Place, SettingsError, UsageError
from analysis.protocol import Asked
from analysis.report import why
from analysis.report.crate import action_id, graph_of
from analysis.report.plan import Selection
from analysis.report.publish import current_manifest
from analysis.words import Words
from analysis.zones import Zones

SHORT = 12  # digits of a digest, for people
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Explained:
    """Where a report comes from; every part as plain values.

    Parameters
    ----------
    file, set : str
        The page, and the id of the set.
    made_by : tuple of mapping
        Notebook and program: name, digest, version.
    parameters : mapping of str to str
        What the notebook was asked.
    deliveries : tuple of mapping
        By table: months, rows accepted as pages tell them, digests.
    questions : tuple of mapping
        What was asked, the answer, and the checks as the page has them.
    disclosure : str
        The policy in words.
    files : mapping of str to str
        The page and what stands beside it, with their hashes.
    stale : tuple of str
        Why it would be made again; () when it is up to date.
    again : str
        The command that makes it again.
    """

    file: str
    set: str
    made_by: tuple[Mapping[str, str], ...]
    parameters: Mapping[str, str]
    deliveries: tuple[Mapping[str, Any], ...]
    questions: tuple[Mapping[str, Any], ...]
    disclosure: str
    files: Mapping[str, str]
    stale: tuple[str, ...]
    again: str

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a terminal."""
        stale = "; ".join(self.stale) or "nothing; today's inputs give this page"
        return [
            f"{self.file}, of the set {self.set} (its hashes fit)",
            *_part("Made by", (_maker(one) for one in self.made_by)),
            *_part("Asked", (f"{name}: {value}" for name, value in self.parameters.items())),
            *_part("Made of", (_delivered(one) for one in self.deliveries)),
            *_part("Questions", (line for one in self.questions for line in _question_lines(one))),
            *_part("Disclosure", [self.disclosure]),
            *_part("Files", (f"{name}  sha256 {digest}" for name, digest in self.files.items())),
            *_part("Changed since", [stale]),
            *_part("To make it again", [self.again]),
        ]


def explain(area: Area, home: Path, name: str) -> Explained:
    """Where the numbers of a report come from.

    Parameters
    ----------
    area : Area
        Its area.
    home : Path
        The home folder.
    name : str
        ``02-deviations`` (of the whole area), ``molndal/02-deviations`` or the page's file; without a
        language the area's first.

    Returns
    -------
    Explained
        Read from the published set.

    Raises
    ------
    InputMissing
        If there is no published set that is whole.
    UsageError
        If it has no such report; names some that are near.
    """
    zones = Zones(home, area.id)
    folder, manifest = zones.reports / "current", current_manifest(zones.reports)
    if not manifest:
        what = "there is no published set whose files fit their hashes"
        raise InputMissing(what, "Make it with `analysis report`", Place(str(folder)))
    entry = _entry(area, manifest["reports"], name)
    stem = entry["file"].removesuffix("html")
    files = {n: d for n, d in manifest["files"].items() if n.startswith(stem)}
    graph = {one["@id"]: one for one in graph_of(folder, manifest)}
    action = graph.get(action_id(entry["file"]), {})
    told = {kind: [graph[o["@id"]] for o in action.get(kind, ())] for kind in ("instrument", "object")}
    values = {o["name"]: o["value"] for o in told["object"] if o["@type"] == "PropertyValue"}
    return Explained(
        file=entry["file"],
        set=folder.resolve().name,
        made_by=tuple(_made_by(one) for one in told["instrument"]),
        parameters={"area": area.id, **values, "key": entry["key"]},
        deliveries=tuple(_deliveries(told["object"], graph)),
        questions=tuple(_questions(area, entry, folder)),
        disclosure=Words("en").policy(area.policy),
        files=files,
        stale=_stale(area, home, entry),
        again=_again(area, entry),
    )


def _entry(area: Area, entries: Sequence[Entry], name: str) -> Entry:
    """The report that is meant: its file, or its place and notebook in the first language that it is in."""
    asked = "/".join(Path(name).parts[-2:]).removesuffix(".html")
    asked = asked if "/" in asked else f"{area.top.id}/{asked}"
    known = {str(e["file"]).removesuffix(".html"): e for e in entries}
    for found in (asked, *(f"{asked}.{language}" for language in area.languages)):
        if found in known:
            return known[found]
    names = sorted({stem.rpartition(".")[0] for stem in known})
    near = get_close_matches(asked, names, n=3, cutoff=0.3) or names[:3]
    raise UsageError(f"the published set has no report “{name}”", f"Near it are: {', '.join(near)}")


def _made_by(one: Mapping[str, Any]) -> dict[str, str]:
    kind = "notebook" if one["@type"] == "SoftwareSourceCode" else "program"
    version = {"version": one["softwareVersion"]} if "softwareVersion" in one else {}
    return {"kind": kind, "name": one["name"], **version, "digest": one.get("identifier", "")}


def _deliveries(objects: Sequence[Entry], graph: Mapping[str, Entry]) -> Iterator[dict[str, Any]]:
    """By table, the deliveries that the report may open."""
    found = [o for o in objects if o["@id"].startswith("#delivery-")]
    for name in sorted({o["name"] for o in found}):
        table = graph.get(f"#table-{name}", {})
        accepted = graph.get(f"#accepted-{name}", {}).get("value", "")
        digests = [o["@id"].removeprefix("#delivery-") for o in found if o["name"] == name]
        months = table.get("temporalCoverage", "").replace("/", " – ")
        yield {"table": name, "months": months, "accepted": accepted, "deliveries": digests}


def _questions(area: Area, entry: Entry, folder: Path) -> Iterator[dict[str, Any]]:
    """What the report answers, as the manifest and the page have it."""
    checks = _checks(folder, entry)
    w, known = Words(entry["language"]), _asked(area, entry)
    for answer in entry["answers"]:
        asked = known.get(answer["question"])
        stated = _stated(asked) if asked else {}
        caption = w.text("table/caption_checks", question=asked.text[w.language]) if asked else ""
        yield {**stated, "answer": dict(answer), "checks": checks.get(caption, [])}


def _asked(area: Area, entry: Entry) -> dict[str, Asked]:
    """The questions by id, as the settings state them today for the report's unit."""
    ids = {a["question"] for a in entry["answers"]}
    notebooks = dict.fromkeys(q["notebook"] for q in area.questions if q.get("id") in ids)
    try:
        found = [a for n in notebooks for a in protocol.asked(area, n, area.unit(entry["unit"]))]
    except SettingsError:
        return {}
    return {a.question.id: a for a in found}


def _stated(asked: Asked) -> dict[str, Any]:
    q = asked.question
    return {
        "text": asked.text["en"] if "en" in asked.text else next(iter(asked.text.values())),
        "measure": q.measure,
        "kind": q.kind,
        "better": q.better,
        "design": asked.design,
        "party": asked.party,
        "start": q.start.isoformat(),
        "settled": q.settled.isoformat() if q.settled else "",
        "window": [day.isoformat() if day else "" for day in (q.first, q.last)],
        "start_is_invented": asked.invented_start,
        "definition": asked.measure.source,
    }


def _checks(folder: Path, entry: Entry) -> dict[str, list[dict[str, str]]]:
    """The tables of checks that the page has, by caption, from the file of its tables."""
    path = folder / f"{str(entry['file']).removesuffix('html')}csv"
    if not path.is_file():
        return {}
    found: dict[str, list[dict[str, str]]] = {}
    blocks = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").split("\n\n")
    for block in blocks:
        (caption, *_), *rows = [*csv.reader(io.StringIO(block.strip()), delimiter=";")] or [[""]]
        found[caption] = [{"check": row[0], "outcome": row[1]} for row in rows[1:] if len(row) > 1]
    return found


def _stale(area: Area, home: Path, entry: Entry) -> tuple[str, ...]:
    """Why the report would be made again, on its own as-of day."""
    whose = {"parties": (entry["party"],)} if entry["party"] else {"units": (entry["unit"],)}
    asked = Selection(notebooks=(entry["notebook"],), languages=(entry["language"],), **whose)
    try:
        found = why.explain(area, home, asked, entry["as_of"])
    except UsageError:
        return ("the plan no longer has it",)
    return next((reasons for job, reasons in found if job.file == entry["file"]), ())


def _again(area: Area, entry: Entry) -> str:
    whose = f"--party {entry['party']}" if entry["party"] else f"--unit {entry['unit']}"
    asked = f"{entry['notebook']} {whose} --language {entry['language']} --as-of {entry['as_of']} --force"
    return f"analysis report --area {area.id} {asked}"


def _part(title: str, lines: Iterator[str] | Sequence[str]) -> list[str]:
    return ["", f"{title}:", *([f"  {line}" for line in lines] or ["  nothing"])]


def _maker(one: Mapping[str, str]) -> str:
    version = f" {one['version']}" if "version" in one else ""
    return f"{one['kind']} {one['name']}{version} (digest {one['digest'][:SHORT] or 'not known'})"


def _delivered(one: Mapping[str, Any]) -> str:
    digests, n = [d[:SHORT] for d in one["deliveries"]], len(one["deliveries"])
    rows = "few rows" if one["accepted"] == "" else f"about {one['accepted']} rows accepted in all"
    files = "1 delivery" if n == 1 else f"{n} deliveries"
    return f"{one['table']}, {one['months'] or 'no month'}, {rows}, {files}: {', '.join(digests)}"


def _question_lines(one: Mapping[str, Any]) -> list[str]:
    answer = one["answer"]
    said = [f"{answer['question']}: {one.get('text', 'the settings no longer have it')}"]
    if "measure" in one:
        invented = " (invented)" if one["start_is_invented"] else ""
        window = " to ".join(day or "…" for day in one["window"]) if any(one["window"]) else "all months"
        said.append(
            f"  measure {one['measure']} ({one['kind']}, {one['better']} is better), party {one['party']}"
        )
        said.append(f"  design {one['design']}, start {one['start']}{invented}, settled {one['settled']}")
        said.append(f"  window {window}; definition: {one['definition']}")
    scale = "difference" if one.get("kind") == "mean" else "ratio"
    return [*said, f"  {_answer(answer, scale)}", *(f"  {c['check']} {c['outcome']}" for c in one["checks"])]


def _answer(answer: Mapping[str, Any], scale: str) -> str:
    """An answer as the manifest has it."""
    if "n_models" in answer:
        return f"answer: {answer['n_agree']} of {answer['n_models']} models agree"
    numbers = [answer[name] for name in ("estimate", "low", "high")]
    shown = "no estimate" if None in numbers else f"{scale} {{:g}} ({{:g}} to {{:g}})".format(*numbers)
    return (
        f"answer: {answer['verdict']}, {shown}, months {answer['n_before']} before, {answer['n_after']} after"
    )
