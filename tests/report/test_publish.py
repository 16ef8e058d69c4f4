"""A set is named by its content, swapped in whole, and never left half there."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from analysis.errors import CannotWrite
from analysis.report import publish as module
from analysis.report.publish import KEPT_SETS, current_manifest, whole_set
from homes import contents

OLD = {"index.html": "old", "a/x.sv.html": "å"}
NEW = {"index.html": "new", "a/x.sv.html": "ä"}


def publish(reports: Path, pages: Mapping[str, str], manifest: Mapping[str, object]) -> Path:
    return module.publish(reports, whole_set({n: p.encode() for n, p in pages.items()}, manifest))


@pytest.fixture(name="reports")
def folder_with_a_set(tmp_path: Path) -> Path:
    publish(tmp_path, OLD, {"area": "a"})
    return tmp_path


def test_a_set_is_named_by_its_content_and_its_hashes_fit(reports: Path) -> None:
    folder = reports / "current"
    text = (folder / "manifest.json").read_bytes()
    assert folder.resolve().name == hashlib.sha256(text).hexdigest()[:16]
    files = json.loads(text)["files"]
    assert files == {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in OLD}
    assert set(contents(folder)) == {*OLD, "manifest.json"}
    assert current_manifest(reports)["area"] == "a"


def test_a_whole_set_is_its_files_and_a_manifest_with_their_hashes() -> None:
    whole = whole_set({"b.csv": b"1", "a.html": b"2"}, {"area": "å"})
    assert list(whole) == ["b.csv", "a.html", "manifest.json"]
    assert (whole["b.csv"], whole["a.html"]) == (b"1", b"2")
    hashes = {n: hashlib.sha256(whole[n]).hexdigest() for n in ("a.html", "b.csv")}
    assert json.loads(whole["manifest.json"]) == {"area": "å", "files": hashes}
    assert "å".encode() in whole["manifest.json"]


def test_the_same_content_gives_the_same_set_whatever_the_order(reports: Path) -> None:
    before = contents(reports / "sets")
    folder = publish(reports, dict(reversed(OLD.items())), {"area": "a"})
    assert folder == (reports / "current").resolve()
    assert contents(reports / "sets") == before


def test_current_is_a_relative_link_so_that_the_home_can_be_moved(reports: Path, tmp_path: Path) -> None:
    assert not Path(os.readlink(reports / "current")).is_absolute()
    moved = tmp_path.with_name(tmp_path.name + "-moved")
    shutil.copytree(reports, moved, symlinks=True)
    assert current_manifest(moved) == current_manifest(reports)


def test_a_copy_of_the_home_made_without_links_is_published_over(reports: Path) -> None:
    folder = (reports / "current").resolve()
    (reports / "current").unlink()
    shutil.copytree(folder, reports / "current")
    publish(reports, NEW, {})
    assert (reports / "current" / "index.html").read_text() == "new"


def test_at_most_three_sets_are_kept_and_the_newest_among_them(reports: Path) -> None:
    for n in range(6):
        newest = publish(reports, {"index.html": str(n)}, {})
        os.utime(newest, (n, n))
    kept = {p.name for p in (reports / "sets").iterdir()}
    assert len(kept) == KEPT_SETS == 3
    assert newest.name in kept
    again = publish(reports, {"index.html": "4"}, {})
    assert again.is_dir()
    assert current_manifest(reports)


def test_a_set_that_is_whole_is_not_touched_when_it_is_published_again(reports: Path) -> None:
    before = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in (reports / "sets").rglob("*")}
    publish(reports, OLD, {"area": "a"})
    assert {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in (reports / "sets").rglob("*")} == before


def test_what_a_killed_run_left_half_made_is_taken_away_and_no_set_for_it(reports: Path) -> None:
    sets = [(reports / "current").resolve(), *(publish(reports, {"index.html": n}, {}) for n in "12")]
    for at, one in enumerate(sets):
        os.utime(one, (at, at))
    (reports / "sets" / ".half.1").mkdir()
    (reports / ".current.1").symlink_to("sets/.half.1")
    newest = publish(reports, NEW, {})
    assert set((reports / "sets").iterdir()) == {*sets[1:], newest}
    assert {p.name for p in reports.iterdir()} == {"current", "sets"}


def test_a_new_folder_holds_nothing_of_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "left.html").write_text("old")
    module.write_whole(tmp_path / "made", {"a/new.html": b"new"})
    assert contents(tmp_path / "made") == {"a/new.html": b"new"}


def flip(folder: Path) -> None:
    path = folder / "a" / "x.sv.html"
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def swap(folder: Path) -> None:
    a, b = folder / "index.html", folder / "a" / "x.sv.html"
    one, other = a.read_bytes(), b.read_bytes()
    a.write_bytes(other)
    b.write_bytes(one)


def forge(folder: Path) -> None:
    """Manifest and page changed so that they fit each other, but not the set's name."""
    (folder / "index.html").write_text("forged")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["index.html"] = hashlib.sha256(b"forged").hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a flipped bit": flip,
    "two pages swapped": swap,
    "a page gone": lambda f: (f / "index.html").unlink(),
    "a page cut": lambda f: (f / "index.html").write_text(""),
    "no manifest": lambda f: (f / "manifest.json").unlink(),
    "an empty manifest": lambda f: (f / "manifest.json").write_text(""),
    "an empty object": lambda f: (f / "manifest.json").write_text("{}"),
    "a list": lambda f: (f / "manifest.json").write_text("[]"),
    "not UTF-8": lambda f: (f / "manifest.json").write_bytes(b"\xff\xfe\x00"),
    "a forged manifest": forge,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_set_is_noticed_and_made_good_by_the_same_content(
    reports: Path, damage: Callable[[Path], object]
) -> None:
    whole = contents(reports / "current")
    damage((reports / "current").resolve())
    assert current_manifest(reports) == {}
    publish(reports, OLD, {"area": "a"})
    assert contents(reports / "current") == whole
    assert current_manifest(reports)


@pytest.mark.parametrize("is_absolute", [True, False])
def test_a_manifest_that_names_a_file_outside_its_set_is_none(tmp_path: Path, is_absolute: bool) -> None:
    (tmp_path / "other.txt").write_text("x")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "own.txt").write_text("x")
    for name, fits in (("own.txt", True), (f"{tmp_path if is_absolute else '..'}/other.txt", False)):
        manifest = {"files": {name: hashlib.sha256(b"x").hexdigest()}}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        assert module.whole_manifest(folder) == (manifest if fits else {})


def test_a_dangling_link_is_no_set(reports: Path) -> None:
    shutil.rmtree((reports / "current").resolve())
    assert current_manifest(reports) == {}
    assert current_manifest(reports / "nowhere") == {}


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("where", "name"),
    [(os, "replace"), (os, "fsync"), (Path, "rename"), (Path, "symlink_to"), (Path, "mkdir")],
)
def test_a_full_disk_leaves_the_old_set_whole(
    reports: Path, monkeypatch: pytest.MonkeyPatch, where: object, name: str
) -> None:
    before = contents(reports / "current")
    with monkeypatch.context() as patch:
        patch.setattr(where, name, full)
        with pytest.raises(CannotWrite, match="No space left") as caught:
            publish(reports, NEW, {})
    assert caught.value.exit_code == 74
    assert contents(reports / "current") == before
    assert not list((reports / "sets").glob(".*"))
    assert current_manifest(reports)["area"] == "a"
    publish(reports, NEW, {})
    assert (reports / "current/index.html").read_text() == "new"
    assert [p.name for p in (reports / "sets").iterdir() if p.name.startswith(".")] == []


KILLED = """
import os, signal, sys
from pathlib import Path
from analysis.report import publish as module
calls = 0
def dying(inner):
    def call(*arguments, **named):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return inner(*arguments, **named)
    return call
os.fsync, os.replace = dying(os.fsync), dying(os.replace)
Path.rename, Path.symlink_to, Path.mkdir = dying(Path.rename), dying(Path.symlink_to), dying(Path.mkdir)
module.shutil.rmtree = dying(module.shutil.rmtree)
whole = module.whole_set({"index.html": b"new", "a/x.sv.html": "ä".encode()}, {})
module.publish(Path(sys.argv[1]), whole)
print("lived")
"""


def test_a_kill_at_any_step_leaves_the_old_set_or_the_new_one(reports: Path) -> None:
    old, new = contents(reports / "current"), None
    ends = []
    for step in range(1, 40):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(reports), str(step)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert current_manifest(reports), f"after a kill at step {step}"
        now = contents(reports / "current")
        new = now if now != old else new
        assert now in (old, new)
        ends.append(done.returncode)
        if done.stdout:
            break
    assert ends[-1] == 0
    assert set(ends[:-1]) == {-signal.SIGKILL}
    assert len(ends) > 8
    assert json.loads(contents(reports / "current")["manifest.json"])["files"].keys() == NEW.keys()
    assert not [p for p in (*reports.iterdir(), *(reports / "sets").iterdir()) if p.name.startswith(".")]


def test_a_folder_that_is_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("")
    with pytest.raises(CannotWrite):
        publish(tmp_path / "reports", OLD, {})
    assert module.current_manifest(tmp_path / "reports") == {}
