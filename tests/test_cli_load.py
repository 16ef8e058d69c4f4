"""The commands `load` and `check`: what they say of each file, what is stated of it, what is in the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from analysis.store import Record, Store
from exports import EXPORTS
from fictitious import number
from homes import call, contents, loaded_home, small_exports, unlogged

CANARY = "19121212-1212"
KEYS = {
    "unchanged",
    "changes",
    "file",
    "table",
    "source",
    "outcome",
    "read",
    "accepted",
    "quarantined",
    "warned",
    "reasons",
    "correct",
}


@pytest.fixture(name="home")
def home_with_the_small_data(tmp_path: Path) -> Path:
    return loaded_home(tmp_path)


def test_a_refused_export_is_said_with_line_and_remedy_and_stores_nothing(home: Path) -> None:
    before = Store(home, "goteborg").digest()
    bad = home / "bad.csv"
    head, *rows = small_exports()[0].read_bytes().splitlines(keepends=True)
    for content, place in (
        (head.replace(b"Avvikelsetyp", b"Sort") + b"".join(rows), "missing_column: bad.csv, line 1, column "),
        (head + b'"' + CANARY.encode() + b"".join(rows), "quotes: bad.csv, line 2: "),
    ):
        bad.write_bytes(content)
        said = call("load", bad, "--home", home)
        assert said.code == 65
        assert said.out.startswith(f"bad.csv: refused. {place}")
        assert "xport it again" in said.out
        assert CANARY not in said.out + said.err
        assert "Traceback" not in said.out + said.err
    assert Store(home, "goteborg").digest() == before
    assert not Store(home, "goteborg").zones.raw.exists()


def test_a_row_that_cannot_be_read_is_kept_out_with_its_line(tmp_path: Path) -> None:
    torn = tmp_path / "torn.csv"
    lines = small_exports()[0].read_bytes().splitlines(keepends=True)
    torn.write_bytes(b"".join(lines[:7]) + b"AV-1;" + CANARY.encode() + b"\r\n" + b"".join(lines[7:]))
    said = call("load", torn, "--home", tmp_path)
    assert said.code == 0
    first, second, third = said.out.splitlines()
    assert first.endswith(f"{len(lines) - 1} of {len(lines)} rows accepted")
    assert second == (
        "  ragged × 1 (kept out), first in line 8: the row has more or fewer fields than the header. "
        "Put the fields under their headers."
    )
    assert CANARY not in said.out
    correct = Path(third.rpartition(": ")[2])
    assert CANARY.encode() in correct.read_bytes()
    assert correct.parent.stat().st_mode & 0o777 == 0o700


def test_one_refused_file_does_not_keep_the_others_out(tmp_path: Path) -> None:
    strange = tmp_path / "strange.csv"
    strange.write_text("A;B\n1;2\n")
    said = call("load", strange, small_exports()[0], "--home", tmp_path, "--json")
    first, second = (json.loads(line) for line in said.out.splitlines())
    assert said.code == 65
    assert (first["outcome"], second["outcome"]) == ("refused", "accepted")
    assert len(Store(tmp_path, "goteborg").records()) == 1


def test_load_prints_one_object_a_file_that_adds_up(tmp_path: Path) -> None:
    files = small_exports()[-2:]
    said = call("load", *files, "--home", tmp_path, "--json")
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert [r["file"] for r in rows] == [f.name for f in files]
    for row in rows:
        assert set(row) == KEYS
        assert row["outcome"] in ("accepted", "warned", "quarantined", "refused")
        assert row["accepted"] + len(row["quarantined"]) == row["read"] > 0
    assert (said.code, said.err) == (0, "")


def test_a_copy_is_kept_and_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    file = small_exports()[0]
    call("load", file, "--home", tmp_path)
    kept = [p for p in Store(tmp_path, "goteborg").zones.raw.iterdir() if p.suffix != ".toml"]
    assert [p.read_bytes() for p in kept] == [file.read_bytes()]
    before = unlogged(tmp_path)
    assert call("load", file, "--home", tmp_path).code == 0
    assert unlogged(tmp_path) == before


def test_a_dry_run_says_the_same_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "dry").mkdir()
    dry = call("load", small_exports()[0], "--home", tmp_path / "dry", "--dry-run")
    assert list(contents(tmp_path / "dry")) == ["protected/goteborg/access.log"]
    assert dry == call("load", small_exports()[0], "--home", tmp_path)


# What the sender says, with flags.


def record(home: Path) -> Record:
    [found] = Store(home, "goteborg").records()
    return found


def test_flags_state_what_the_sender_says_of_every_file(tmp_path: Path) -> None:
    stated = ("--sender", "Regionen", "--first-day", "2022-01-01", "--last-day", "2022-12-31")
    more = ("--extracted", "2023-01-15", "--units", "Göteborgs Stad", "harryda")
    said = call("load", small_exports()[0], *stated, *more, "--home", tmp_path)
    assert (said.code, said.err) == (0, "")
    found = record(tmp_path)
    assert (found.sender, found.units) == ("Regionen", ("goteborg", "harryda"))
    assert (found.stated_first, found.stated_last) == ("2022-01-01", "2022-12-31")
    assert (found.extracted, found.issued) == ("2023-01-15", "2023-01-15")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--first-day", "2023-02-01", "--last-day", "2023-01-31"), "ends before it begins"),
        (("--last-day", "2023-02-01", "--extracted", "2023-01-31"), "after the day of extraction"),
        (("--units", "Atlantis"), "one of the units is not known"),
    ],
)
def test_flags_that_contradict_each_other_load_nothing(
    tmp_path: Path, flags: tuple[str, ...], said: str
) -> None:
    answer = call("load", small_exports()[0], *flags, "--home", tmp_path)
    assert (answer.code, answer.out) == (78, "")
    assert said in answer.err
    assert unlogged(tmp_path) == {}


def test_a_source_that_is_named_is_taken_though_another_fits_better(tmp_path: Path) -> None:
    said = call("load", small_exports()[0], "--source", "survey", "--home", tmp_path, "--json")
    assert (said.code, said.json["outcome"]) == (65, "refused")
    assert "missing_column" in said.json["reasons"][0]


# Pseudonyms.


@pytest.fixture(name="persons")
def export_with_identity_numbers(tmp_path: Path) -> Path:
    """Two stays whose persons are known by identity numbers, which code made up."""
    text = EXPORTS["samsa"]
    for n in (1, 2):
        text = text.replace(f"PID{n}", number(date(1940, 5, 6), 230 + n))
    path = tmp_path / "utskrivningar.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(name="keys")
def folder_of_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "analysis" / "pseudonym.key"


def test_identity_numbers_are_refused_or_replaced(persons: Path, keys: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    refused = call("load", persons, "--home", home)
    assert refused.code == 65
    assert "--pseudonymise" in refused.out
    assert Store(home, "goteborg").records() == []
    taken = call("load", persons, "--home", home, "--pseudonymise")
    assert taken.code == 0
    assert taken.out == "utskrivningar.csv: episodes (samsa), 2 of 2 rows accepted\n"
    assert str(keys) in taken.err
    assert keys.stat().st_mode & 0o777 == 0o600
    assert call("load", persons, "--home", home, "--pseudonymise").err == ""
    assert record(home).key_id
    assert not Store(home, "goteborg").zones.raw.exists()


def test_a_dry_run_makes_no_key(persons: Path, keys: Path, tmp_path: Path) -> None:
    said = call("load", persons, "--home", tmp_path, "--pseudonymise", "--dry-run")
    assert (said.code, said.err) == (0, "")
    assert not keys.parent.exists()


def test_a_key_inside_a_git_tree_is_refused(persons: Path, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    before = unlogged(tmp_path)
    said = call("load", persons, "--home", tmp_path, "--key", tmp_path / "keys" / "secret")
    assert (said.code, said.out) == (78, "")
    assert "inside a Git tree" in said.err
    assert unlogged(tmp_path) == before


def test_a_key_that_is_named_must_be_there_and_is_never_made(persons: Path, tmp_path: Path) -> None:
    said = call("load", persons, "--home", tmp_path, "--pseudonymise", "--key", tmp_path / "secret")
    assert said.code == 78
    assert "the pseudonym key is missing" in said.err
    assert "leave out --key: one is made in" in said.err
    assert not (tmp_path / "secret").exists()


def test_two_keys_are_refused(persons: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(name.encode() * 16)
        (tmp_path / name).chmod(0o600)
    home = tmp_path / "home"
    home.mkdir()
    assert call("load", persons, "--home", home, "--key", tmp_path / "one").code == 0
    before = unlogged(home)
    persons.write_text(persons.read_text(encoding="utf-8").replace("VT1", "VT9"), encoding="utf-8")
    said = call("load", persons, "--home", home, "--key", tmp_path / "two")
    assert (said.code, said.err) == (78, "")
    assert "two keys" in said.out
    assert unlogged(home) == before


# What would stop or weaken a report.


def test_check_tells_every_source_and_what_there_is_to_do(home: Path) -> None:
    said = call("check", "--home", home)
    assert (said.code, said.err) == (0, "")
    assert "medcontrol, deviations" in said.out
    assert "samsa, episodes" in said.out
    assert "the data are invented" in said.out
    assert said.out.endswith("Nothing stops a report.\n")


def test_check_tells_machines_the_same_in_a_fixed_form(home: Path) -> None:
    said = call("check", "--home", home, "--json")
    assert said.code == 0
    assert {"area", "as_of", "sources", "findings"} <= set(said.json)
    assert said.json["as_of"] == date.today().isoformat()
    on_a_day = call("check", "--home", home, "--json", "--as-of", "2026-12-31")
    assert on_a_day.json["as_of"] == "2026-12-31"
    assert {s["source"] for s in said.json["sources"]} >= {"medcontrol", "samsa", "sip", "survey"}
    for finding in said.json["findings"]:
        assert {"severity", "what", "remedy"} <= set(finding)
        assert finding["severity"] in ("stop", "weaken", "note")


def test_the_age_of_the_data_is_counted_from_a_day_that_can_be_given(home: Path) -> None:
    [first, *_] = call("check", "--home", home, "--json", "--as-of", "2027-11-30").json["sources"]
    assert first["age_days"] > 360
    assert "days old" in call("check", "--home", home, "--as-of", "2027-11-30").out


def test_without_data_check_is_exit_code_66(tmp_path: Path) -> None:
    said = call("check", "--home", tmp_path)
    assert said.code == 66
    assert "no export has been loaded" in said.out
    assert unlogged(tmp_path) == {}


def test_real_data_with_invented_dates_make_check_exit_with_78(tmp_path: Path) -> None:
    assert call("load", *small_exports(), "--home", tmp_path).code == 0
    said = call("check", "--home", tmp_path)
    assert said.code == 78
    assert "Stops a report" in said.out
    assert "Nothing stops" not in said.out


def test_check_writes_nothing_but_that_it_ran(home: Path) -> None:
    before = unlogged(home)
    call("check", "--home", home)
    assert unlogged(home) == before


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_no_encoding_of_the_terminal_stops_the_program(
    tmp_path: Path, encoding: str, flags: list[str]
) -> None:
    path = tmp_path / "märs.csv"
    path.write_bytes(small_exports()[0].read_bytes().replace(b";", b",", 1))
    command = [sys.executable, "-m", "analysis.cli", "load", str(path), "--home", str(tmp_path), *flags]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True, check=False
    )
    assert done.returncode in (0, 65)
    assert done.stderr == b""
    if flags:
        assert json.loads(done.stdout.decode(encoding))["file"] == "märs.csv"
