"""Home folders to test in: small invented data, made once; a run whose notebooks are not executed."""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analysis import cli, demo
from analysis.area import REPOSITORY, Area, read_area
from analysis.errors import DisclosureStop
from analysis.measures.indicators import build_snapshot, snapshot_folder
from analysis.report import plan as plan_module
from analysis.report import run as run_module
from analysis.report import workers as workers_module
from analysis.report.execute import Built, Page
from analysis.report.plan import Job
from analysis.report.workers import Call
from analysis.store import Store

COMMAND = Path(sys.executable).with_name("analysis")
NUMBERS = {"estimate": 0.7, "low": 0.6, "high": 0.8, "n_before": 45, "n_after": 11}
ANSWER = {"question": "deviations", "verdict": "improved"} | NUMBERS


@cache
def goteborg() -> Area:
    return read_area("goteborg")


@cache
def scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="an-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def small_exports() -> tuple[Path, ...]:
    """A tenth of the demonstration, as the files that a source system would give."""
    settings = demo.settings(goteborg()) | {"scale": 0.1}
    return tuple(demo.exports(goteborg(), scratch() / "exports", seed=2, demo=settings))


@cache
def _loaded() -> Path:
    home = scratch() / "loaded"
    home.mkdir()
    demo.load(goteborg(), home, seed=2, demo=demo.settings(goteborg()) | {"scale": 0.1})
    store = Store(home, "goteborg")
    build_snapshot(store, goteborg(), snapshot_folder(home, "goteborg", store.digest()))
    return home


def loaded_home(folder: Path) -> Path:
    """A home of one's own with the small invented data in its store."""
    return Path(shutil.copytree(_loaded(), folder / "home", symlinks=True))


def own_settings(home: Path) -> Path:
    """The area's settings copied into the home, where they may be edited."""
    return Path(shutil.copytree(REPOSITORY / "data/areas/goteborg", home / "data/areas/goteborg"))


def as_if_real(home: Path) -> Path:
    """The home, its data and start dates passed off as real, so that real exports may be added."""
    for record in Store(home, "goteborg").folder.glob("*/delivery.json"):
        record.write_text(record.read_text().replace('"invented": true', '"invented": false'))
    dates = own_settings(home) / "rollout.csv"
    dates.write_text(dates.read_text().replace(",yes,", ",no,"))
    return home


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a set, or of any folder."""
    return (
        {
            str(p.relative_to(folder)): p.read_bytes()
            for p in sorted(folder.resolve().rglob("*"))
            if p.is_file()
        }
        if not folder.is_symlink()
        else contents(folder.resolve())
    )


def unlogged(folder: Path) -> dict[str, bytes]:
    """Every file but the access log, which grows with each command."""
    return {name: content for name, content in contents(folder).items() if not name.endswith("access.log")}


@dataclass
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def call(*arguments: str | Path) -> Said:
    """The command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main([str(a) for a in arguments])
        except SystemExit as stopped:
            code = int(stopped.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


def command(*arguments: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> Said:
    """The installed command."""
    done = subprocess.run(
        [COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=560,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@dataclass
class Builder:
    """Stands in for the execution of notebooks: remembers the jobs, fails where it is told to."""

    jobs: list[str] = field(default_factory=list)
    failing: dict[str, str | BaseException] = field(default_factory=dict)
    text: str = "report"

    def build(self, job: Job, page: Page, home: str, as_of: str, protected: str) -> Built:
        del home, as_of, protected
        self.jobs.append(job.file)
        failure = self.failing.get(job.file)
        if isinstance(failure, BaseException):
            raise failure
        if failure:
            return Built(job, problem=failure)
        return Built(job, f"<!--kept--><h1>{page.title}</h1>{self.text}", (ANSWER,))

    def take_jobs(self) -> list[str]:
        done, self.jobs = sorted(self.jobs), []
        return done


def in_this_process(calls: Sequence[Call], place: object) -> Iterator[Built]:
    """Stands in for the processes that make reports."""
    del place
    for call in calls:
        found = workers_module.attempt(call)
        if isinstance(found, DisclosureStop):
            raise found
        yield found


def processes(home: Path) -> list[int]:
    """Workers and kernels of runs in a home: they print, or did so before jupyter took it, to its log."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            opened = [os.readlink(handle) for handle in (folder / "fd").iterdir()]
        except OSError:
            continue
        if any(str(home) in name and "workers.log" in name for name in opened):
            found.append(int(folder.name))
    return found


PLANNED = """
[[reports]]
area = "goteborg"
notebook = "02-deviations"
units = "all"
[[reports]]
area = "goteborg"
notebook = "03-discharge-outcomes"
units = "all"
"""


@pytest.fixture(name="builder")
def builder_fixture(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """Builds no page, and has a plan of two notebooks."""
    builder = Builder()
    path = tmp_path_factory.mktemp("plan") / "plan.toml"
    path.write_text(PLANNED, encoding="utf-8")
    monkeypatch.setattr(plan_module, "PLAN", path)
    monkeypatch.setattr(workers_module, "build", builder.build)
    monkeypatch.setattr(run_module, "finished", in_this_process)
    monkeypatch.setattr(run_module, "room", lambda *_, **__: contextlib.nullcontext())
    return builder


@pytest.fixture(name="home")
def home_fixture(tmp_path: Path) -> Path:
    return loaded_home(tmp_path)


def report(home: Path, *more: str | Path) -> Said:
    """Four reports: two notebooks for one municipality in two languages."""
    return call("report", "--home", home, "--unit", "harryda", "--json", *more)


def states(said: Said) -> Sequence[str]:
    return sorted({r["state"] for r in said.json["reports"]})
