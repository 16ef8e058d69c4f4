"""The crate of a set: everything that is published, what made it and of what, and nothing of a person."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from analysis.area import read_area
from analysis.report import keys, plan
from analysis.report.crate import CRATE, FORMATS, PROFILE, ROOT, SPECIFICATION
from analysis.report.publish import sha256
from analysis.report.vocabulary import unknown_words, words_of
from analysis.store import Store
from homes import Builder, builder_fixture, contents, home_fixture, report

__all__ = ["builder_fixture", "home_fixture"]

WORDS = words_of(read_area("england"))
PAGE = "harryda/02-deviations.sv.html"
ACTION = "#harryda/02-deviations.sv"


def current(home: Path) -> dict[str, bytes]:
    return contents(home / "reports/goteborg/current")


def graph(home: Path) -> dict[str, Mapping[str, Any]]:
    found = json.loads(current(home)[CRATE])["@graph"]
    assert len({one["@id"] for one in found}) == len(found)
    return {one["@id"]: one for one in found}


def references(value: Any) -> list[str]:
    """The ids that stand inside an entity's properties."""
    if isinstance(value, Mapping):
        return [value["@id"]] if set(value) == {"@id"} else [r for v in value.values() for r in references(v)]
    return [r for one in value for r in references(one)] if isinstance(value, list) else []


def test_the_crate_keeps_the_musts_of_its_specification_and_profile(home: Path, builder: Builder) -> None:
    assert report(home).code == 0
    known = graph(home)
    assert known[CRATE] == {
        "@id": CRATE,
        "@type": "CreativeWork",
        "about": {"@id": ROOT},
        "conformsTo": {"@id": SPECIFICATION},
    }
    root = known[ROOT]
    assert root["@type"] == "Dataset"
    assert root["conformsTo"] == {"@id": PROFILE}
    assert {"name", "description", "license"} <= set(root)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", root["datePublished"])
    assert (known[PROFILE]["@type"], known[PROFILE]["version"]) == ("CreativeWork", "0.6")
    assert all(one["@id"] and one["@type"] for one in known.values())
    assert {r for one in known.values() for r in references(one)} - {SPECIFICATION} <= set(known)
    actions = [one for one in known.values() if one["@type"] == "CreateAction"]
    assert all(one["instrument"] and one["result"] for one in actions)
    assert {one["@id"] for one in root["mentions"]} == {one["@id"] for one in actions}
    for one in known.values():
        flat = [v for v in one.values() if isinstance(v, Mapping)]
        assert all(set(v) == {"@id"} for v in flat), "no entity stands inside another"


def test_every_published_file_is_listed_once_with_its_hash_and_made_by_one_action(
    home: Path, builder: Builder
) -> None:
    report(home)
    known, files = graph(home), current(home)
    told = {name: one["sha256"] for name, one in known.items() if one["@type"] == "File"}
    whole = {name: sha256(b) for name, b in files.items() if name not in (CRATE, "manifest.json")}
    assert told == whole
    assert sorted(one["@id"] for one in known[ROOT]["hasPart"]) == sorted(whole)
    results = [r["@id"] for one in known.values() if one["@type"] == "CreateAction" for r in one["result"]]
    assert sorted(results) == sorted(whole)
    assert json.loads(files["manifest.json"])["files"][CRATE] == sha256(files[CRATE])


def test_every_word_of_a_crate_is_known_whatever_the_area(home: Path, builder: Builder) -> None:
    report(home)
    fixed = [key for one in graph(home).values() for key in one] + list(FORMATS.values())
    fixed += [str(graph(home)[name]) for name in (CRATE, PROFILE, "#licence", "#overview")]
    fixed += [str(one["@type"]) for one in graph(home).values()]
    assert {word for text in fixed for word in unknown_words(text, WORDS)} == set()


def test_a_report_is_told_with_its_notebook_program_deliveries_and_parameters(
    home: Path, builder: Builder
) -> None:
    report(home)
    known = graph(home)
    action = known[ACTION]
    made = [known[one["@id"]] for one in action["instrument"]]
    assert [one["@type"] for one in made] == ["SoftwareSourceCode", "SoftwareApplication"]
    assert made[0]["identifier"] == keys.notebook_digest(plan.NOTEBOOKS / "02-deviations.ipynb")
    assert action["identifier"] == json.loads(current(home)["manifest.json"])["reports"][1]["key"]
    objects = [known[one["@id"]] for one in action["object"]]
    values = {one["name"]: one["value"] for one in objects if one["@type"] == "PropertyValue"}
    assert values.keys() == {"unit", "language", "as_of"}
    assert (values["unit"], values["language"]) == ("harryda", "sv")
    records = Store(home, "goteborg").records()
    assert {one["@id"] for one in objects} >= {f"#delivery-{r.digest[:16]}" for r in records}


def test_rows_are_told_of_tables_rounded_and_no_sender_file_or_clock_is_told(
    home: Path, builder: Builder
) -> None:
    report(home)
    known, text = graph(home), current(home)[CRATE].decode()
    records = Store(home, "goteborg").records()
    for table in {r.table for r in records}:
        accepted = sum(r.accepted for r in records if r.table == table)
        told = known[f"#accepted-{table}"]["value"]
        assert abs(told - accepted) <= 2.5 if accepted > 7 else told == ""
        months = known[f"#table-{table}"]["temporalCoverage"]
        assert months.split("/")[0] == min(r.first_month for r in records if r.table == table)
    assert not any(r.file in text or r.digest in text or (r.sender and r.sender in text) for r in records)
    deliveries = [set(one) for name, one in known.items() if name.startswith("#delivery-")]
    assert all(one == {"@id", "@type", "name"} for one in deliveries)
    assert re.findall(r"\d\d:\d\d", text) == []
    assert "Time" not in text


def test_a_page_that_this_run_did_not_make_keeps_what_was_said_of_it(
    home: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(home)
    before, bytes_before = graph(home), current(home)[CRATE]
    assert report(home, "--force").code == 0
    assert current(home)[CRATE] == bytes_before
    monkeypatch.setattr(keys, "program_digest", lambda: "5" * 40)
    monkeypatch.setattr("analysis.report.crate.program_digest", lambda: "5" * 40)
    assert report(home, "03-discharge-outcomes").code == 0
    after = graph(home)
    assert after[ACTION] == before[ACTION]
    other = after["#harryda/03-discharge-outcomes.sv"]
    assert other["instrument"][1] == {"@id": "#program-" + "5" * 16}
    assert other["instrument"][1] != after[ACTION]["instrument"][1]


def test_a_page_whose_making_nobody_wrote_down_is_told_with_its_notebook_only(
    home: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(home)
    monkeypatch.setattr("analysis.report.crate.graph_of", lambda *_: [])
    builder.failing = {PAGE: "it failed"}
    assert report(home, "--force").code == 3
    action = graph(home)[ACTION]
    assert action["instrument"] == [{"@id": "#notebook-02-deviations"}]
    assert action["object"][0]["@id"] == "#unit-harryda"
    assert "identifier" not in action
