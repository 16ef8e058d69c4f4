"""A run: what changed is built, what failed keeps its last good page, what is published is whole."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import DisclosureStop, Place
from analysis.report import keys, plan, workers
from analysis.report import run as module
from analysis.report.crate import CRATE
from analysis.report.execute import Built
from analysis.report.publish import current_manifest
from analysis.report.render import as_kept
from analysis.store import Store
from analysis.zones import Zones
from homes import (
    ANSWER,
    COMMAND,
    Builder,
    as_if_real,
    builder_fixture,
    call,
    contents,
    goteborg,
    home_fixture,
    own_settings,
    processes,
    report,
    scratch,
    small_exports,
    states,
)

__all__ = ["builder_fixture", "home_fixture"]

FOUR = sorted(
    f"harryda/{n}.{x}.html" for n in ("02-deviations", "03-discharge-outcomes") for x in ("en", "sv")
)
CANARY = "19121212-1212"


@dataclass
class Scan:
    """Stands in for the final scan: remembers what it was given, and stops at a text that it is told of."""

    bad: bytes = b"\0"
    given: list[dict[str, bytes]] = field(default_factory=list)

    def __call__(self, files: Mapping[str, bytes], secrets: object, words: object) -> None:
        assert (secrets, words) == ("goteborg", "goteborg")
        self.given.append(dict(files))
        if any(self.bad in content for content in files.values()):
            raise DisclosureStop("a file holds something of people", "Tell us", Place("x.html"))


@pytest.fixture(autouse=True, name="scan")
def scan_stood_in_for(monkeypatch: pytest.MonkeyPatch) -> Scan:
    """In this process; a command that is started scans by itself."""
    from analysis.report import scan as scan_module

    scan = Scan()
    monkeypatch.setattr(scan_module, "scan", scan)
    monkeypatch.setattr(scan_module, "secrets_of", lambda store, area: store.zones.area)
    monkeypatch.setattr(scan_module, "words_of", lambda area: area.id)
    return scan


def current(home: Path) -> Path:
    return home / "reports" / "goteborg" / "current"


def test_a_second_run_executes_nothing_and_has_the_same_id(home: Path, builder: Builder) -> None:
    first = report(home)
    assert (first.code, states(first), builder.take_jobs()) == (0, ["built"], FOUR)
    before = contents(current(home))
    second = report(home)
    assert (second.code, states(second), builder.take_jobs()) == (0, ["unchanged"], [])
    assert second.json["run"] == first.json["run"]
    assert contents(current(home)) == before


def test_force_builds_all_again_and_gives_the_same_bytes(home: Path, builder: Builder) -> None:
    first, before = report(home), contents(current(home))
    builder.take_jobs()
    forced = report(home, "--force")
    assert (forced.code, states(forced), builder.take_jobs()) == (0, ["built"], FOUR)
    assert forced.json["run"] == first.json["run"]
    assert contents(current(home)) == before


def test_a_touched_file_is_not_a_changed_one(home: Path, builder: Builder) -> None:
    report(home)
    builder.take_jobs()
    for path in (home / "data").rglob("*"):
        os.utime(path, (0, 0))
    assert states(report(home)) == ["unchanged"]


def test_another_as_of_day_makes_all_stale(home: Path, builder: Builder) -> None:
    report(home)
    builder.take_jobs()
    assert states(report(home, "--as-of", "2026-09-30")) == ["built"]
    assert builder.take_jobs() == FOUR
    assert states(report(home, "--as-of", "2026-09-30")) == ["unchanged"]


def test_a_day_that_is_none_is_told_before_any_report_is_begun(home: Path, builder: Builder) -> None:
    said = report(home, "--as-of", "2026-13-01")
    assert said.code == 2
    assert "2026-13-01" in said.err
    assert builder.take_jobs() == []


def test_an_edited_notebook_makes_just_its_reports_stale(
    home: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(home)
    builder.take_jobs()
    inner = keys.notebook_digest
    edited = lambda path: inner(path) + ("x" if "02" in path.name else "")  # noqa: E731
    monkeypatch.setattr(keys, "notebook_digest", edited)
    done = report(home)
    assert builder.take_jobs() == [f for f in FOUR if "02-deviations" in f]
    assert states(done) == ["built", "unchanged"]


def test_how_an_answer_stands_other_models_is_no_verdict(
    home: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands = {"question": "sip_offered", "n_models": 93, "n_agree": 72}

    def build(*arguments: Any) -> Built:
        done = builder.build(*arguments)
        return replace(done, facts=(*done.facts, stands))

    monkeypatch.setattr(workers, "build", build)
    said = report(home)
    assert said.code == 0
    assert {tuple(r["verdicts"]) for r in said.json["reports"]} == {("deviations",)}


def test_an_edited_setting_makes_all_stale(home: Path, builder: Builder) -> None:
    settings = own_settings(home)
    report(home)
    builder.take_jobs()
    with (settings / "events.csv").open("a") as handle:
        handle.write("snow,2026-01-05,,Snö,Snow,no\n")
    report(home)
    assert builder.take_jobs() == FOUR


def test_a_part_of_the_plan_leaves_the_other_pages_where_they_are(home: Path, builder: Builder) -> None:
    report(home)
    before = contents(current(home))
    builder.take_jobs()
    builder.text = "another page"
    done = report(home, "02-deviations", "--language", "sv", "--force")
    assert (
        builder.take_jobs() == ["harryda/02-deviations.sv.html"] == [r["file"] for r in done.json["reports"]]
    )
    after = contents(current(home))
    assert after.keys() == before.keys()
    changed = {n for n in before if before[n] != after[n]}
    assert changed == {"harryda/02-deviations.sv.html", "manifest.json", CRATE}


def test_a_report_that_left_the_plan_leaves_the_set(
    home: Path, builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(home)
    shorter = tmp_path / "plan.toml"
    shorter.write_text('[[reports]]\narea = "goteborg"\nnotebook = "02-deviations"\nunits = "all"\n')
    monkeypatch.setattr(plan, "PLAN", shorter)
    assert states(report(home)) == ["unchanged"]
    assert not [n for n in contents(current(home)) if "03" in n]
    assert "03-discharge" not in (current(home) / "index.html").read_text()


@pytest.mark.parametrize(
    "failure",
    [
        "KeyError in cell 3",
        KeyError(CANARY),
    ],
    ids=["problem", "crash"],
)
def test_a_failed_report_keeps_its_last_good_page(
    home: Path, builder: Builder, failure: str | BaseException
) -> None:
    report(home)
    file = "harryda/02-deviations.sv.html"
    good = (current(home) / file).read_bytes()
    builder.failing, builder.text = {file: failure}, "newer"
    done = report(home, "--force")
    assert done.code == 3
    assert {r["file"]: r["state"] for r in done.json["reports"]} == dict.fromkeys(FOUR, "built") | {
        file: "kept"
    }
    assert (current(home) / file).read_text() == as_kept(good.decode(), "sv", "2026-11-20")
    assert "newer" in (current(home) / "harryda/02-deviations.en.html").read_text()
    assert current_manifest(home / "reports/goteborg")
    assert f"analysis: {file}: " in done.err
    assert CANARY not in done.err + done.out + str(contents(home / "reports"))
    assert "Traceback" not in done.err
    swedish, english = ((current(home) / f"index{x}.html").read_text() for x in ("", ".en"))
    assert (
        swedish.count("Kunde inte göras om. Visar den från 2026-11-20") == 2
    )  # first of all, and where it stands
    assert "Could not be made again" not in english


def test_the_failed_report_is_tried_again_and_then_good(home: Path, builder: Builder) -> None:
    whole = report(home)
    file = FOUR[0]
    builder.failing = {file: "no"}
    report(home, "--force")
    builder.take_jobs()
    builder.failing = {}
    again = report(home)
    assert builder.take_jobs() == [file]
    assert (again.code, again.json["run"]) == (0, whole.json["run"])


def test_a_report_without_a_last_good_page_is_told_of_in_the_overview(home: Path, builder: Builder) -> None:
    file = "harryda/02-deviations.sv.html"
    builder.failing = {file: "no"}
    done = report(home)
    assert done.code == 3
    assert {r["file"]: r["state"] for r in done.json["reports"]}[file] == "failed"
    assert file not in contents(current(home))
    index = (current(home) / "index.html").read_text()
    assert f'href="{file}"' not in index
    assert "Avvikelser" in index


def test_nothing_is_published_when_the_first_run_fails_whole(home: Path, builder: Builder) -> None:
    builder.failing = dict.fromkeys(FOUR, "no")
    done = report(home)
    assert (done.code, states(done), done.json["run"]) == (3, ["failed"], "")
    assert not current(home).exists()
    assert "nothing is published" in call("report", "--home", home, "--unit", "harryda").out


def test_all_failing_keeps_every_page(home: Path, builder: Builder) -> None:
    report(home)
    before, told = contents(current(home)), {"sv": "2026-11-20", "en": "20 November 2026"}
    builder.failing = dict.fromkeys(FOUR, "no")
    for _ in range(2):  # the second time, they say so already
        assert (done := report(home, "--force")).code == 3
        assert states(done) == ["kept"]
        for name in FOUR:
            language = name.split(".")[1]
            page = as_kept(before[name].decode(), language, told[language])
            assert (current(home) / name).read_text() == page
            assert page.count(told[language]) == 1


def test_the_text_of_a_crash_is_kept_where_only_the_owner_looks(home: Path, builder: Builder) -> None:
    builder.failing = {FOUR[0]: ValueError(CANARY)}
    said = report(home).err
    path = Path(said.split("the whole text is in ")[1].splitlines()[0])
    assert CANARY in path.read_text()
    zones = Zones(home, "goteborg")
    assert path.parent == zones.runs
    for folder in (zones.protected, zones.runs):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "damage",
    [
        lambda f: (f / FOUR[0]).write_text("x"),
        lambda f: (f / FOUR[0]).unlink(),
        lambda f: (f / "index.html").write_text(""),
        lambda f: (f / "manifest.json").write_text("[]"),
        lambda f: shutil.rmtree(f.resolve()),
    ],
    ids=["page changed", "page gone", "index cut", "manifest", "whole set gone"],
)
def test_a_damaged_set_is_rebuilt(home: Path, builder: Builder, damage: Callable[[Path], object]) -> None:
    first, before = report(home), contents(current(home))
    builder.take_jobs()
    damage(current(home))
    again = report(home)
    assert (again.code, states(again), builder.take_jobs()) == (0, ["built"], FOUR)
    assert again.json["run"] == first.json["run"]
    assert contents(current(home)) == before


def test_many_runs_leave_three_sets(home: Path, builder: Builder) -> None:
    for n in range(5):
        builder.text = str(n)
        report(home, "--force")
    assert len(list((home / "reports/goteborg/sets").iterdir())) == 3


def test_the_manifest_tells_what_the_set_is_and_nothing_of_place_person_or_time(
    home: Path, builder: Builder
) -> None:
    del builder
    report(home)
    manifest = json.loads((current(home) / "manifest.json").read_text())
    assert set(manifest) == {"area", "as_of", "changed", "store", "reports", "files"}
    assert (manifest["area"], manifest["as_of"]) == ("goteborg", "2026-11-20")
    assert manifest["store"] == Store(home, "goteborg").digest()
    assert [e["file"] for e in manifest["reports"]] == FOUR
    keys = {"file", "notebook", "unit", "party", "language", "key", "as_of", "policy", "answers"}
    assert [set(e) for e in manifest["reports"]] == [keys] * 4
    assert [e["answers"] for e in manifest["reports"]] == [[ANSWER]] * 4
    assert manifest["files"].keys() == {*FOUR, "index.html", "index.en.html", CRATE}
    assert str(home) not in str(contents(current(home)))


def with_tables(builder: Builder, monkeypatch: pytest.MonkeyPatch, content: bytes = b"1;2") -> None:
    """As the builder, and each report has tables to take along."""

    def build(*arguments: Any) -> Built:
        done = builder.build(*arguments)
        return done if done.problem else replace(done, downloads={"csv": content, "xlsx": content + b"x"})

    monkeypatch.setattr(workers, "build", build)


def test_the_tables_are_published_beside_their_page_and_stay_with_it(
    home: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_tables(builder, monkeypatch)
    report(home)
    tables = {n: b for n, b in contents(current(home)).items() if n.endswith(("csv", "xlsx"))}
    stems = [f.removesuffix("html") for f in FOUR]
    assert tables == {f + "csv": b"1;2" for f in stems} | {f + "xlsx": b"1;2x" for f in stems}
    with_tables(builder, monkeypatch, b"3")
    builder.failing = {FOUR[0]: "no"}
    report(home, "--force")
    after = contents(current(home))
    assert (after[stems[0] + "csv"], after[stems[0] + "xlsx"]) == (b"1;2", b"1;2x")
    assert (after[stems[1] + "csv"], after[stems[1] + "xlsx"]) == (b"3", b"3x")
    report(home, "02-deviations")
    assert contents(current(home)).keys() == after.keys()


def test_all_that_is_published_is_scanned_just_before(home: Path, builder: Builder, scan: Scan) -> None:
    del builder
    for _ in range(2):
        report(home)
        assert scan.given.pop() == contents(current(home))
        assert scan.given == []
    report(home, "02-deviations", "--language", "sv", "--force")
    assert scan.given == [contents(current(home))]


def test_a_hit_in_a_new_page_publishes_nothing_and_the_last_good_set_stays(
    home: Path, builder: Builder, scan: Scan
) -> None:
    report(home)
    before = contents(home / "reports")
    builder.text, scan.bad = "Kanariefågel", b"Kanarie"
    done = report(home, "--force")
    assert done.code == 65
    assert "holds something of people" in done.err
    assert "Kanarie" not in done.err + done.out
    assert contents(home / "reports") == before


def test_a_hit_in_the_first_set_publishes_nothing(home: Path, builder: Builder, scan: Scan) -> None:
    builder.text, scan.bad = "Kanariefågel", b"Kanarie"
    assert report(home).code == 65
    assert not current(home).exists()


def test_a_stop_in_one_notebook_publishes_nothing_of_the_whole_run(home: Path, builder: Builder) -> None:
    report(home)
    before = contents(home / "reports")
    builder.failing = {FOUR[1]: DisclosureStop("code cell 4 printed", "Mend it", Place("02-deviations"))}
    builder.text = "newer"
    done = report(home, "--force")
    assert done.code == 65
    assert "02-deviations: code cell 4 printed. Mend it." in done.err
    assert contents(home / "reports") == before


@pytest.mark.parametrize("how", ["kept", "unchanged", "carried over"])
def test_an_old_page_that_todays_scan_stops_at_is_published_no_more(
    home: Path, builder: Builder, scan: Scan, how: str
) -> None:
    file = "harryda/02-deviations.sv.html"
    builder.text = "Kanariefågel"
    report(home, "02-deviations", "--language", "sv")
    builder.text = "page"
    report(home)
    assert "Kanarie" in (current(home) / file).read_text()
    scan.bad = b"Kanarie"
    builder.failing = {file: "no"} if how == "kept" else {}
    more = {"kept": ("--force",), "unchanged": (), "carried over": ("03-discharge-outcomes",)}[how]
    done = report(home, *more)
    assert done.code == 3
    assert {r["file"]: r["state"] for r in done.json["reports"]}[file] == "failed"
    after = contents(current(home))
    assert set(FOUR) - set(after) == {file}
    assert "Kanarie" not in str(after)
    assert 'href="harryda/02-deviations.sv.html"' not in after["index.html"].decode()
    assert "Kunde inte göras, och det finns ingen tidigare" in after["index.html"].decode()
    assert scan.given[-1] == after


def other_policy(home: Path) -> None:
    path = home / "data/areas/goteborg/area.toml"
    text = path.read_text(encoding="utf-8")
    assert "hide_up_to = 7" in text
    path.write_text(text.replace("hide_up_to = 7", "hide_up_to = 9"), encoding="utf-8")


def test_a_page_made_by_another_policy_is_neither_kept_nor_carried_over(home: Path, builder: Builder) -> None:
    own_settings(home)
    report(home)
    other_policy(home)
    file, other = "harryda/02-deviations.sv.html", "harryda/02-deviations.en.html"
    builder.failing = {file: "no"}
    done = report(home, "02-deviations", "--language", "sv")
    assert done.code == 3
    assert {r["file"]: r["state"] for r in done.json["reports"]} == dict.fromkeys(FOUR, "failed")
    assert f"{file}: no" in done.err
    assert f"{other}: the page was made by another disclosure policy. Make the report again." in done.err
    assert set(contents(current(home))) == {"index.html", "index.en.html", "manifest.json", CRATE}
    assert (current(home) / "index.html").read_text().count("det finns ingen tidigare") == 2 * 2
    builder.failing = {}
    again = report(home)
    assert (again.code, states(again)) == (0, ["built"])


def test_a_page_made_by_another_policy_is_made_again_even_when_its_key_is_the_same(
    home: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(home)
    builder.take_jobs()
    monkeypatch.setattr(module, "_digest", lambda _: "other")
    assert states(report(home)) == ["built"]
    assert builder.take_jobs() == FOUR
    assert states(report(home)) == ["unchanged"]


@pytest.mark.parametrize(
    "change",
    [
        {"hide_up_to": 8},
        {"round_to": 6},
        {"whole": "quarter"},
        {"detail": "quarter"},
        {"decided_by": {"sv": "a"}},
    ],
    ids=str,
)
def test_every_part_of_the_policy_is_in_its_digest(change: dict[str, Any]) -> None:
    policy = goteborg().policy
    assert module._digest(policy) == module._digest(replace(policy))
    assert module._digest(policy) != module._digest(replace(policy, **change))


def test_a_new_delivery_in_the_raw_folder_is_taken_in_by_itself(home: Path, builder: Builder) -> None:
    first = report(as_if_real(home))
    builder.take_jobs()
    raw = Zones(home, "goteborg").raw
    raw.mkdir(parents=True)
    text = small_exports()[0].read_text(encoding="cp1252")
    shorter = "".join(text.splitlines(keepends=True)[:40])
    (raw / "avvikelser-ny.csv").write_text(shorter, encoding="cp1252")
    again = report(home)
    assert (again.code, states(again), builder.take_jobs()) == (0, ["built"], FOUR)
    assert again.json["run"] != first.json["run"]
    assert states(report(home)) == ["unchanged"]


def test_a_real_delivery_is_never_added_to_invented_ones(home: Path, builder: Builder) -> None:
    report(home)
    builder.take_jobs()
    before = contents(home / "reports")
    raw = Zones(home, "goteborg").raw
    raw.mkdir(parents=True)
    real = small_exports()[0].read_bytes().rsplit(b"\r\n", 2)[0] + b"\r\n"
    (raw / "avvikelser-ny.csv").write_bytes(real)
    done = report(home)
    assert (done.code, builder.take_jobs()) == (78, [])
    assert "must not be mixed" in done.err
    assert contents(home / "reports") == before


def test_a_refused_file_in_the_raw_folder_is_said_and_the_rest_is_published(
    home: Path, builder: Builder
) -> None:
    del builder
    raw = Zones(home, "goteborg").raw
    raw.mkdir(parents=True)
    (raw / "strange.csv").write_text(f"A;B\n{CANARY};2\n")
    done = report(home)
    assert (done.code, states(done)) == (65, ["built"])
    assert "strange.csv: refused. " in done.err
    assert CANARY not in done.err + done.out
    assert current_manifest(home / "reports/goteborg")


def test_a_refused_file_is_said_even_when_there_is_nothing_to_report_on(
    tmp_path: Path, builder: Builder
) -> None:
    raw = Zones(tmp_path, "goteborg").raw
    raw.mkdir(parents=True)
    (raw / "strange.csv").write_text("A;B\n1;2\n")
    done = report(tmp_path)
    assert (done.code, builder.jobs) == (66, [])
    assert "strange.csv: refused. " in done.err


def test_stopping_keeps_the_last_good_set_and_what_is_done(home: Path, builder: Builder) -> None:
    report(home)
    before = contents(current(home))
    builder.failing = {FOUR[1]: KeyboardInterrupt()}
    done = report(home, "--force")
    assert done.code == 130
    assert "Traceback" not in done.err
    assert contents(current(home)) == before
    assert report(home).code == 0


def test_a_page_that_a_stopped_run_made_is_not_made_again(home: Path, builder: Builder) -> None:
    builder.failing = {FOUR[2]: KeyboardInterrupt()}
    assert report(home).code == 130
    assert builder.take_jobs() == FOUR  # it was the last of them
    builder.failing = {}
    assert states(report(home)) == ["built"]
    assert builder.take_jobs() == [FOUR[2]]
    assert not list(Zones(home, "goteborg").protected.glob("pages/*"))


@pytest.mark.parametrize(
    ("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_a_stopped_command_ends_its_kernels_and_publishes_nothing(
    home: Path, stop: signal.Signals, code: int
) -> None:
    mine = scratch() / stop.name
    mine.mkdir()
    whole = [str(COMMAND), "report", "--home", str(home), "--unit", "harryda", "--jobs", "2"]
    environment = os.environ | {"TMPDIR": str(mine)}
    with subprocess.Popen(
        whole,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A background shell ignores SIGINT, and its children would too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        assert process.stderr is not None
        while process.poll() is None and len(processes(home)) < 5:  # a parent, two workers, two kernels
            time.sleep(0.05)
        began = time.monotonic()
        os.killpg(process.pid, stop) if stop == signal.SIGINT else process.send_signal(stop)
        said = process.stderr.read()
        process.wait()
    assert process.returncode == code
    assert time.monotonic() - began < 5
    while (left := processes(home)) and time.monotonic() - began < 10:
        time.sleep(0.1)
    assert left == []
    assert "Traceback" not in said
    assert not current(home).exists()
    assert stop == signal.SIGKILL or list(mine.iterdir()) == []
