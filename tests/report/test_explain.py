"""`analysis explain`: where each number of a published report comes from, read from the set itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.report.publish import sha256
from homes import Builder, builder_fixture, call, contents, home_fixture, own_settings, report

__all__ = ["builder_fixture", "home_fixture"]

PAGE = "harryda/02-deviations.sv.html"
CHECKS = (
    "\ufeffAvvikelser\r\n\r\nKontroller: {question}\r\nKontroll;Utfall;Vad det säger\r\n"
    "Började det före starten?;stöder svaret;Ja\r\n"
)


def explained(home: Path, name: str) -> dict:
    said = call("explain", name, "--home", home, "--json")
    assert (said.code, said.err) == (0, "")
    return dict(said.json)


def test_a_report_is_explained_by_its_question_answer_deliveries_and_hashes(
    home: Path, builder: Builder
) -> None:
    report(home)
    told = explained(home, "harryda/02-deviations")
    files = contents(home / "reports/goteborg/current")
    assert (told["file"], told["files"]) == (PAGE, {PAGE: sha256(files[PAGE])})
    assert [one["kind"] for one in told["made_by"]] == ["notebook", "program"]
    assert told["parameters"]["unit"] == "harryda"
    assert {one["table"] for one in told["deliveries"]} >= {"deviations", "episodes"}
    (question,) = told["questions"]
    assert (question["measure"], question["design"]) == ("deviations_per_1000", "segmented")
    assert (question["start_is_invented"], question["answer"]["verdict"]) == (True, "improved")
    assert told["stale"] == []
    text = call("explain", "harryda/02-deviations", "--home", home).out
    for part in (
        "its hashes fit",
        "notebook 02-deviations",
        "rows accepted in all",
        "ratio 0.7 (0.6 to 0.8)",
    ):
        assert part in text
    assert "nothing; today's inputs give this page" in text
    assert call(*told["again"].split()[1:], "--home", home).code == 0


def test_the_checks_are_those_that_the_page_has(home: Path, builder: Builder) -> None:
    report(home)
    from analysis.report.explain import _checks

    folder = home / "somewhere"
    (folder / "harryda").mkdir(parents=True)
    (folder / PAGE.replace("html", "csv")).write_text(CHECKS.format(question="Fråga"), encoding="utf-8")
    found = _checks(folder, {"file": PAGE})
    assert found["Kontroller: Fråga"] == [{"check": "Började det före starten?", "outcome": "stöder svaret"}]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("harryda/02-deviations", PAGE),
        ("harryda/02-deviations.en", PAGE.replace(".sv", ".en")),
        (f"reports/goteborg/current/{PAGE}", PAGE),
    ],
)
def test_a_report_is_named_in_any_of_three_ways(name: str, file: str, home: Path, builder: Builder) -> None:
    report(home)
    assert explained(home, name)["file"] == file


def test_a_name_that_is_not_there_is_answered_with_those_near(home: Path, builder: Builder) -> None:
    report(home)
    said = call("explain", "harryda/02-deviation", "--home", home)
    assert (said.code, said.out) == (2, "")
    assert "no report “harryda/02-deviation”. Near it are: harryda/02-deviations" in said.err


def test_without_a_whole_set_there_is_nothing_to_explain(home: Path, builder: Builder) -> None:
    assert call("explain", "02-deviations", "--home", home).code == 66
    report(home)
    page = home / "reports/goteborg/current" / PAGE
    page.write_text("damaged")
    said = call("explain", "harryda/02-deviations", "--home", home)
    assert (said.code, "hashes" in said.err) == (66, True)


def test_what_changed_since_is_said(home: Path, builder: Builder) -> None:
    own_settings(home)
    report(home)
    events = home / "data/areas/goteborg/events.csv"
    events.write_bytes(events.read_bytes() + b"\n")
    assert explained(home, "harryda/02-deviations")["stale"] == ["the settings changed (events.csv)"]


def test_a_set_of_before_there_were_crates_is_explained_by_its_manifest(
    home: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(home)
    monkeypatch.setattr("analysis.report.explain.graph_of", lambda *_: [])
    told = explained(home, "harryda/02-deviations")
    assert (told["made_by"], told["deliveries"]) == ([], [])
    manifest = json.loads((home / "reports/goteborg/current/manifest.json").read_text())
    assert told["parameters"]["key"] in {one["key"] for one in manifest["reports"]}
