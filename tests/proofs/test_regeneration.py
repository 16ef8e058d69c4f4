"""Proof: a run may be killed, starved or doubled at any moment, and the published set is whole.

Real runs of the installed command on the small invented area: four reports of one municipality.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis.report.plan import Selection, jobs
from analysis.report.publish import current_manifest
from homes import COMMAND, contents, goteborg, loaded_home, processes

pytestmark = [pytest.mark.proof, pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked")]

KILLS = int(os.environ.get("ANALYSIS_KILLS", "200"))
STOPS = 20
UNIT = ("--unit", "harryda")
FOUR = ("02-deviations", "04-sip", *UNIT)
SEED = 7


def started(home: Path, *more: str, env: dict[str, str] | None = None, **named: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, "report", "--area", "goteborg", "--home", str(home), *FOUR, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | (env or {}),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        **named,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def report(home: Path, *more: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    return ended(started(home, *more, env=env))


def assert_whole(home: Path, sets: set[str]) -> None:
    """The current set is one of those known, every file of it as the manifest says."""
    reports = home / "reports/goteborg"
    assert current_manifest(reports), "the set is broken"
    name = os.readlink(reports / "current").rpartition("/")[2]
    assert name in sets, f"{name} is a set that no whole run has made"


def edit(home: Path, number: int) -> None:
    """A setting that makes every report stale; two kinds of it, in turn."""
    path = home / "data/areas/goteborg/events.csv"
    text = path.read_text().rstrip("\n")
    path.write_text(text + "\n" * (1 + number % 2))


@pytest.fixture(name="home")
def home_fixture(tmp_path: Path) -> Iterator[Path]:
    home = loaded_home(tmp_path)
    shutil.copytree(goteborg().folder, home / "data/areas/goteborg", dirs_exist_ok=True)
    yield home
    for pid in processes(home):
        os.kill(pid, signal.SIGKILL)


def both_sets(home: Path) -> tuple[set[str], float]:
    """The two sets that there can be, and how long a run takes."""
    found, began = set(), time.monotonic()
    for number in (1, 0):
        edit(home, number)
        assert report(home)[0] == 0
        found.add(os.readlink(home / "reports/goteborg/current").rpartition("/")[2])
    return found, (time.monotonic() - began) / 2


def test_a_kill_at_any_moment_leaves_a_whole_set_and_the_next_run_finishes(home: Path) -> None:
    sets, seconds = both_sets(home)
    rng, said = random.Random(SEED), Counter[str]()
    number = 0
    while said["killed"] < KILLS:
        number += 1
        edit(home, number)
        process = started(home)
        try:
            code = process.wait(rng.uniform(0, 1.1 * seconds))
            said[f"ended {code}"] += 1
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            said["killed"] += 1
        process.communicate()
        assert_whole(home, sets)
        until = time.monotonic() + 10
        while (left := processes(home)) and time.monotonic() < until:
            time.sleep(0.05)
        assert left == [], "something was orphaned"
        if number % 10 == 0:
            code, out, err = report(home)
            assert (code, err) == (0, ""), out
            assert_whole(home, sets)
            said["finished by the next run"] += 1
    print(f"\n{KILLS} kills: {dict(said)}")  # noqa: T201
    assert len(list((home / "reports/goteborg/sets").iterdir())) <= 4
    assert not [p for p in Path(os.environ.get("TMPDIR", "/tmp")).glob("an-*") if str(home) in str(p)]


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stop_at_any_moment_ends_all_within_five_seconds(home: Path, stop: int, code: int) -> None:
    sets, seconds = both_sets(home)
    rng, codes, slowest = random.Random(SEED), Counter[int](), 0.0
    for number in range(STOPS):
        edit(home, number)
        process = started(home)
        time.sleep(rng.uniform(0.4, 0.6 * seconds))
        began = time.monotonic()
        process.send_signal(stop)
        codes[ended(process)[0]] += 1  # -15 is what a shell tells as 143: it came when the run had ended
        assert_whole(home, sets)
        while processes(home) and time.monotonic() - began < 5:
            time.sleep(0.05)
        slowest = max(slowest, time.monotonic() - began)
        assert processes(home) == []
    print(f"\nexit codes {dict(codes)}, all ended within {slowest:.1f} s")  # noqa: T201
    assert slowest < 5
    assert set(codes) <= {code, -stop, 0}
    assert codes[code] > STOPS / 4
    assert report(home)[0] == 0


def mounted(kind: str, folder: Path, options: str) -> bool:
    asked = ["mount", "-t", kind, "-o", options, kind, str(folder)]
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0


def test_a_full_disk_keeps_the_last_set_and_says_so(home: Path) -> None:
    reports = home / "reports"
    reports.mkdir(exist_ok=True)
    if not mounted("tmpfs", reports, "size=6m"):
        pytest.skip("mounting is not allowed here")
    try:
        assert report(home, "--language", "sv")[0] == 0
        before = contents(reports / "goteborg/current")
        disk = os.statvfs(reports)
        (reports / "filler").write_bytes(b"x" * (disk.f_bavail * disk.f_frsize - 300_000))
        edit(home, 1)
        code, _, err = report(home, "--language", "sv")
        assert (code, contents(reports / "goteborg/current")) == (74, before)
        assert "the last good one stays" in err
        (reports / "filler").unlink()
        assert report(home, "--language", "sv")[0] == 0
    finally:
        subprocess.run(["umount", str(reports)], check=True)


def test_a_folder_that_may_not_be_written_keeps_the_last_set(home: Path) -> None:
    assert report(home)[0] == 0
    reports = home / "reports"
    before = contents(reports / "goteborg/current")
    if subprocess.run(["mount", "--bind", reports, reports], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(reports)], check=True)
        edit(home, 1)
        code, _, err = report(home)
        assert (code, contents(reports / "goteborg/current")) == (74, before)
        assert "Traceback" not in err
    finally:
        subprocess.run(["umount", str(reports)], check=True)
    assert report(home)[0] == 0


def test_of_eight_schedulers_one_works_and_seven_say_so(home: Path) -> None:
    edit(home, 1)
    running = [started(home) for _ in range(8)]
    found = sorted(ended(process)[0] for process in running)
    assert found == [0, *[75] * 7]
    assert current_manifest(home / "reports/goteborg")


PLACES = (
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "sv_SE.UTF-8", "PYTHONHASHSEED": "1", "LANG": "C"},
    {
        "TZ": "America/New_York",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "77",
        "USER": "someone",
        "HOME": "/nonexistent",
    },
)


def test_cold_and_warm_and_other_places_give_the_same_bytes_for_every_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = {job.notebook for job in jobs(goteborg(), Selection())}
    found = []
    ways: list[tuple[tuple[str, ...], dict[str, str]]] = [
        ((), {}),
        (("--cold",), {}),
        *(((), p) for p in PLACES),
    ]
    for number, (more, place) in enumerate(ways):
        folder = tmp_path / ("home" + "x" * 20 * number)
        folder.mkdir()
        home = loaded_home(folder)
        command = [COMMAND, "report", "--area", "goteborg", "--home", str(home), "--unit", goteborg().top.id]
        done = subprocess.run([*command, "--language", "sv", "--json", *more], env=os.environ | place,
                              capture_output=True, text=True, check=False, cwd=home, timeout=900)  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert {r["notebook"] for r in json.loads(done.stdout)["reports"]} == every
        found.append(contents(home / "reports/goteborg/current"))
    assert all(other == found[0] for other in found[1:])


def test_a_thousand_reports_with_nothing_to_do_cost_a_fifth_of_a_second(home: Path) -> None:
    pages = 1000
    assert report(home)[0] == 0
    assert report(home)[0] == 0
    current = (home / "reports/goteborg/current").resolve()
    raise_to(current, home, pages)
    used = []
    for _ in range(3):
        before = os.times()
        code, out, err = report(home)
        after = os.times()
        used.append(
            after.children_user + after.children_system - before.children_user - before.children_system
        )
        assert (code, err) == (0, ""), out
    print(f"\n{pages} reports, nothing to do: {min(used):.3f} s of processor time ({used})")  # noqa: T201
    assert min(used) <= 0.2


def raise_to(current: Path, home: Path, pages: int) -> None:
    """Make the set and the receipt as large as those of a thousand reports."""
    from analysis.report import receipt
    from analysis.zones import Zones

    page = next(current.rglob("*.html")).read_bytes()
    for number in range(pages):
        for ending in ("html", "csv", "xlsx"):
            path = current / f"unit{number // 10}" / f"{number}.sv.{ending}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(page[:1000])
    zones = Zones(home, "goteborg")
    path = zones.runs / receipt.NAME
    kept = json.loads(path.read_text())
    for one in kept.values():
        one["set"] = receipt._state_of_set(zones)
        one["said"]["reports"] *= pages // len(one["said"]["reports"])
        one["said"]["told"] *= pages // len(one["said"]["told"])
    path.write_text(json.dumps(kept))
