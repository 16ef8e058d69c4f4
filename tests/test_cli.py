"""The commands: exit codes, what they say, and that a mistake leaves the last good set alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from analysis import cli
from analysis import demo as demo_module
from analysis.report import plan
from analysis.report import run as run_module
from analysis.report.lock import only_run
from analysis.store import Store
from analysis.zones import Zones
from homes import (
    Builder,
    builder_fixture,
    call,
    contents,
    goteborg,
    home_fixture,
    own_settings,
    report,
    small_exports,
    states,
    unlogged,
)

__all__ = ["builder_fixture", "home_fixture"]

CANARY = "19121212-1212"
BUG = "protected/goteborg/bug.txt"


@pytest.fixture(name="published")
def published_home(home: Path, builder: Builder) -> Path:
    assert report(home).code == 0
    builder.take_jobs()
    return home


def test_no_arguments_and_unknown_ones_are_usage_errors(published: Path) -> None:
    before = contents(published / "reports")
    for wrong in (
        [],
        ["publish"],
        ["report", "--nothing"],
        ["report", "--language", "fi"],
        ["report", "--jobs", "-1"],
        ["report", "--jobs", "two"],
        ["report", "--as-of", "2026-02-30"],
        ["report", "--as-of", "31/10/2026"],
        ["report", "99-nothing"],
        ["report", "--unit", "stockholm"],
        ["report", "--area", "atlantis"],
        ["report", "--area", "../../etc"],
        ["report", "--area", ""],
        ["load"],
        ["load", "x.csv", "--source", "nothing"],
        ["load", "x.csv", "--first-day", "1/2/2025"],
        ["load", "x.csv", "--last-day", "2025-02-30"],
        ["load", "x.csv", "--extracted", ""],
        ["check", "--as-of", "31/10/2026"],
        ["check", "--area", "atlantis"],
        ["purge"],
        ["purge", "--before", "2025-13-01"],
        ["purge", "--before", "2025"],
        ["where", "--area", "atlantis"],
        ["demo", "--seed", "x"],
    ):
        home = ["--home", str(published)] if len(wrong) > 0 and wrong != ["publish"] else []
        said = call(*wrong, *home)
        if wrong[:1] == ["load"] and len(wrong) > 1:
            said = call("load", small_exports()[0], *wrong[2:], *home)
        assert said.code == 2, wrong
        assert said.err, wrong
        assert "Traceback" not in said.err + said.out
    assert contents(published / "reports") == before


def test_version_and_help_need_no_home() -> None:
    assert call("--version").out.startswith("analysis ")
    helped = call("--help")
    assert helped.code == 0
    assert "goteborg" in helped.out


def test_an_unknown_notebook_is_answered_with_the_known_ones(published: Path) -> None:
    said = call("report", "99-nothing", "--home", published)
    assert said.err == (
        "analysis: the plan has no report “99-nothing”. Use one of: 02-deviations, 03-discharge-outcomes.\n"
    )


def test_without_data_there_is_nothing_to_report(tmp_path: Path) -> None:
    said = call("report", "--home", tmp_path)
    assert said.code == 66
    assert "no export has been loaded" in said.err
    assert "analysis load" in said.err
    assert not (tmp_path / "reports/goteborg/current").exists()


def test_a_missing_home_or_file_is_said(published: Path) -> None:
    before = contents(Store(published, "goteborg").folder)
    missing = call("load", published / "no.csv", small_exports()[0], "--home", published)
    assert (missing.code, missing.out) == (66, "")
    assert "no.csv: there is no such file" in missing.err
    assert contents(Store(published, "goteborg").folder) == before
    assert call("report", "--home", published / "nowhere").code == 66


def test_report_prints_what_it_did(home: Path, builder: Builder) -> None:
    said = report(home)
    assert (said.code, said.err) == (0, "")
    assert said.json.keys() == {"run", "folder", "reports"}
    assert Path(said.json["folder"]).resolve().name == said.json["run"]
    for row in said.json["reports"]:
        assert row.keys() == {"notebook", "unit", "party", "language", "state", "file", "verdicts"}
        assert (Path(said.json["folder"]) / row["file"]).is_file()
        assert row["verdicts"] == {"deviations": "improved"}
    del builder
    text = call("report", "--home", home, "--unit", "harryda").out
    assert text == f"0 built, 4 unchanged, 0 failed: {said.json['folder']}/index.html\n"


def test_a_missing_roll_out_date_names_the_party_and_the_unit(published: Path) -> None:
    before = contents(published / "reports")
    path = own_settings(published) / "rollout.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(x for x in lines if not x.startswith("samverkan,harryda")), encoding="utf-8")
    said = report(published)
    assert said.code == 78
    assert "the start of “Collaboration” in “Härryda” in phase 3 is missing" in said.err
    assert "rollout.csv" in said.err
    assert contents(published / "reports") == before


def test_real_data_are_not_judged_by_invented_dates(tmp_path: Path, builder: Builder) -> None:
    assert call("load", *small_exports(), "--home", tmp_path).code == 0
    said = report(tmp_path)
    assert (said.code, builder.jobs) == (78, [])
    assert "is invented, but the data are real" in said.err
    assert not (tmp_path / "reports/goteborg/current").exists()


def test_the_demonstration_is_never_mixed_into_real_data(tmp_path: Path) -> None:
    call("load", small_exports()[0], "--home", tmp_path)
    before = unlogged(tmp_path)
    said = call("demo", "--home", tmp_path)
    assert said.code == 78
    assert "must not be mixed" in said.err
    assert unlogged(tmp_path) == before


@pytest.mark.parametrize(
    ("locked", "arguments"),
    [
        ("reports/goteborg", ["report"]),
        ("protected/goteborg/store", ["report"]),
        ("protected/goteborg/store", ["load", "FILE"]),
        ("protected/goteborg/store", ["demo"]),
        ("protected/goteborg/store", ["purge", "--expired"]),
    ],
)
def test_while_another_run_works_nothing_is_done(
    published: Path, locked: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_module, "load", lambda *_, **__: pytest.fail("it worked beside the other run"))
    before = unlogged(published)
    named = [str(small_exports()[0]) if a == "FILE" else a for a in arguments]
    with only_run(published / locked):
        said = call(*named, "--home", published)
    assert (said.code, said.out) == (75, "")
    assert "another run is working" in said.err
    assert unlogged(published) == before


@pytest.mark.parametrize(
    ("blocked", "arguments"),
    [
        ("reports", ["report"]),
        ("protected", ["report"]),
        ("protected", ["load", "FILE"]),
        ("protected", ["load", "FILE", "--dry-run"]),
        ("protected", ["check"]),
        ("protected", ["map", "FILE"]),
        ("protected", ["purge", "--expired"]),
        ("protected/goteborg/store", ["load", "FILE"]),
    ],
)
def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, blocked: str, arguments: list[str]) -> None:
    (tmp_path / blocked).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / blocked).write_text("a file where a folder should be")
    said = call(*[small_exports()[0] if a == "FILE" else a for a in arguments], "--home", tmp_path)
    assert said.code == 74
    assert "cannot be written" in said.err
    assert "Traceback" not in said.err
    assert (tmp_path / blocked).read_text() == "a file where a folder should be"


def test_a_bug_shows_no_traceback_and_no_data(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(published / "reports")

    def broken(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(run_module, "run", broken)
    said = report(published)
    assert (said.code, said.out) == (70, "")
    assert said.err == (f"analysis: This is a bug in the program; the whole text is in {published}/{BUG}.\n")
    assert CANARY in (published / BUG).read_text()
    assert (published / "protected").stat().st_mode & 0o777 == 0o700
    assert (published / BUG).stat().st_mode & 0o777 == 0o600
    assert contents(published / "reports") == before


def test_ctrl_c_is_said_and_leaves_the_set(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(published / "reports")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "run", stopped)
    assert report(published).code == 130
    assert contents(published / "reports") == before
    monkeypatch.undo()


@pytest.mark.parametrize("broken", ["area.toml", "questions.toml", "units.csv", "rollout.csv", "events.csv"])
def test_a_missing_settings_file_is_named(published: Path, broken: str) -> None:
    before = contents(published / "reports")
    (own_settings(published) / broken).unlink()
    said = report(published)
    if broken == "area.toml":
        assert said.code == 0
        return
    assert said.code == 78
    assert broken in said.err
    assert contents(published / "reports") == before


def test_a_broken_plan_is_a_matter_of_settings(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.toml").write_text("[[reports")
    monkeypatch.setattr(plan, "PLAN", tmp_path / "plan.toml")
    assert report(published).code == 78


def test_demo_invents_loads_and_reports(
    tmp_path: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = demo_module.settings(goteborg()) | {"scale": 0.02}
    monkeypatch.setattr(demo_module, "settings", lambda _: settings)
    choice = ("--home", tmp_path, "--unit", "harryda", "--language", "sv")
    said = call("demo", *choice, "--seed", "5", "--json")
    assert (said.code, states(said)) == (0, ["built"])
    assert Store(tmp_path, "goteborg").invented()
    assert not Zones(tmp_path, "goteborg").raw.exists()
    builder.take_jobs()
    assert states(call("demo", *choice, "--seed", "5", "--json")) == ["unchanged"]
    deliveries = len(Store(tmp_path, "goteborg").records())
    assert states(call("demo", *choice, "--seed", "6", "--json")) == ["built"]
    assert len(Store(tmp_path, "goteborg").records()) == deliveries


def test_an_area_without_a_demonstration_says_so(tmp_path: Path) -> None:
    said = call("demo", "--area", "england", "--home", tmp_path)
    assert said.code == 78
    assert "demo.toml" in said.err


def test_help_imports_nothing_heavy() -> None:
    heavy = "{'numpy', 'pandas', 'ibis', 'matplotlib', 'papermill', 'pyarrow', 'nbconvert'}"
    program = (
        f"import sys, analysis.cli as c; c.parser_of(c.RUNS).format_help(); print({heavy} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert cli.BUG == 70
