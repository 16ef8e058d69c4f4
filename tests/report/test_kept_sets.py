"""Kept sets: whole copies, made once, that no later run changes, and never half there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from analysis.errors import CannotWrite, InputMissing
from analysis.report.kept_sets import keep, kept
from analysis.report.publish import publish, whole_manifest, whole_set
from homes import contents

PAGES = {"index.html": b"old", "a/x.sv.html": "å".encode()}
NAME = "quarterly-2026-Q3"


def published(reports: Path, pages: Mapping[str, bytes] = PAGES) -> Path:
    return publish(reports, whole_set(pages, {"as_of": "2026-10-31"}))


def test_a_kept_set_is_a_whole_copy_of_the_current_one(tmp_path: Path) -> None:
    folder = published(tmp_path)
    found = keep(tmp_path, NAME)
    assert found == tmp_path / "kept" / NAME
    assert contents(found) == contents(folder)
    assert whole_manifest(found)["as_of"] == "2026-10-31"
    assert [(name, bool(manifest)) for name, manifest in kept(tmp_path)] == [(NAME, True)]
    assert all(not p.is_symlink() and p.stat().st_nlink == 1 for p in found.rglob("*.*"))


def test_later_sets_neither_change_nor_remove_it(tmp_path: Path) -> None:
    published(tmp_path)
    before = contents(keep(tmp_path, NAME))
    for n in range(5):
        published(tmp_path, {"index.html": str(n).encode()})
        keep(tmp_path, NAME)
    assert contents(tmp_path / "kept" / NAME) == before
    assert {p.name for p in (tmp_path / "kept").iterdir()} == {NAME}


def test_one_that_is_there_and_whole_is_left_as_it_is(tmp_path: Path) -> None:
    published(tmp_path)
    found = keep(tmp_path, NAME)
    before = {p: p.stat().st_mtime_ns for p in found.rglob("*")}
    shutil.rmtree(tmp_path / "sets")
    assert keep(tmp_path, NAME) == found
    assert {p: p.stat().st_mtime_ns for p in found.rglob("*")} == before


def test_a_damaged_one_is_told_of_and_not_replaced(tmp_path: Path) -> None:
    published(tmp_path)
    page = keep(tmp_path, NAME) / "index.html"
    page.write_bytes(b"other")
    with pytest.raises(CannotWrite, match="damaged") as caught:
        keep(tmp_path, NAME)
    assert caught.value.exit_code == 74
    assert page.read_bytes() == b"other"
    assert [(name, bool(manifest)) for name, manifest in kept(tmp_path)] == [(NAME, False)]


def test_without_a_whole_current_set_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="no current set"):
        keep(tmp_path, NAME)
    (published(tmp_path) / "index.html").write_bytes(b"other")
    with pytest.raises(InputMissing):
        keep(tmp_path, NAME)
    assert list(kept(tmp_path)) == []


@pytest.mark.parametrize("failing", ["fsync", "mkdir", "rename"])
def test_a_full_disk_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    published(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(f"os.{failing}", full)
        with pytest.raises(CannotWrite, match="No space left"):
            keep(tmp_path, NAME)
    assert list(kept(tmp_path)) == []
    assert whole_manifest(keep(tmp_path, NAME))


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "{}",
        '{"files": []}',
        '{"files": {"../current/index.html": ""}}',
        '{"files": {"/etc/x": ""}}',
    ],
)
def test_a_manifest_that_is_none_or_leads_outside_is_damage(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    assert whole_manifest(tmp_path) == {}


KEEPING = """
import sys
from pathlib import Path
from analysis.report.kept_sets import keep
for n in range(10_000):
    keep(Path(sys.argv[1]), f"x-{n}")
"""


def test_kills_leave_whole_kept_sets_and_the_next_run_clears_up(tmp_path: Path) -> None:
    published(tmp_path, {f"{n}.html": os.urandom(2000) for n in range(20)})
    for delay in (0.15, 0.25, 0.4, 0.6):
        process = subprocess.Popen([sys.executable, "-c", KEEPING, str(tmp_path)])
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert [name for name, manifest in kept(tmp_path) if not manifest] == []
    keep(tmp_path, "last")
    assert [p.name for p in (tmp_path / "kept").glob(".*")] == []
    assert json.loads((tmp_path / "kept/last/manifest.json").read_text())["as_of"] == "2026-10-31"
