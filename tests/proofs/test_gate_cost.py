"""Proof: the gate adds at most a tenth to the processor time of a set of reports.

The same command runs with the gate and with the gate's own work left out: the ledger, the door's checks,
the final scan, the check of what a chart shows, the guard of parts against their whole, and the release of
units other than the page's own. The switch lies in a start-up file that only this test writes.

Both run at the same time, each on a processor of its own, and change places: what slows the machine down
slows both down. Who is done first keeps its processor busy until the other is done.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from homes import command

pytestmark = pytest.mark.proof

PAIRS = 4
LONGEST = 600  # seconds
UNITS = ("--unit", "goteborgsomradet", "harryda")
MOST = 1.10
SUBREAPER = 36  # prctl: orphans of the command become children of this process

LEFT_OUT = """
import importlib.abc, importlib.machinery, sys

def nothing(*_, **__):
    return None

def no_ledger(m): m.enter = nothing
def no_door(m): m.Door._check = nothing
def no_scan(m): m.scan = m.secrets_of = m.words_of = nothing
def no_look(m): m.refuse_unknown = nothing
def no_guard(m): m.Cells.are_vague = lambda self: True

def alone(m):
    of_all = m.Showing.breakdown
    def series(self, asked):
        unit = asked.question.unit
        if asked.question.starts or unit not in {u.id for u in self.units}:
            return guarded(self, asked)
        rows = self._read(asked.measure, (unit,), asked.party)
        return self._released(rows, asked.measure, self._level(unit), (unit, asked.party))
    def breakdown(self, families, unit, measure):
        self.__dict__["units"] = tuple(u for u in self.units if u.id in (self.area.top.id, unit))
        return of_all(self, families, unit, measure)
    guarded = m.Showing.series
    m.Showing.series, m.Showing.breakdown = series, breakdown

def kernels_too(m): m.KEPT = (*m.KEPT, "PYTHONPATH", "ANALYSIS_GATE_LOG")

CHANGES = {
    "analysis.release.ledger": no_ledger, "analysis.report.door": no_door, "analysis.report.scan": no_scan,
    "analysis.charts.seen": no_look, "analysis.release.nested": no_guard, "analysis.showing": alone,
    "analysis.report.environment": kernels_too,
}

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name not in CHANGES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        run = spec.loader.exec_module
        def then_change(module):
            run(module)
            if OUT:
                CHANGES[name](module)
            elif name == "analysis.report.environment":
                kernels_too(module)
            with open(LOG, "a") as log:
                log.write(name + "\\n")
        spec.loader.exec_module = then_change
        return spec

sys.meta_path.insert(0, Finder())
"""


@pytest.fixture(name="homes", scope="module")
def demonstrations(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The whole demonstration, loaded, twice; each notebook of the area and a municipality reported once."""
    home = tmp_path_factory.mktemp("cost") / "home"
    home.mkdir()
    done = command("demo", *UNITS, "--home", home, "--json", env=zones(home))
    assert done.code == 0, done.err
    assert {r["unit"] for r in done.json["reports"]} == set(UNITS[1:])
    return home, Path(shutil.copytree(home, home.parent / "other", symlinks=True))


@pytest.fixture(name="lanes")
def processors() -> Iterator[tuple[ProcessPoolExecutor, ProcessPoolExecutor]]:
    """Two processes, each with its children on a processor of its own."""
    some = sorted(os.sched_getaffinity(0))
    if len(some) < 2:
        pytest.skip("two processors are needed")
    with contextlib.ExitStack() as open_:
        first, second = (
            open_.enter_context(ProcessPoolExecutor(1, get_context("spawn"), only_on, (one,)))
            for one in some[:2]
        )
        yield first, second


def only_on(processor: int) -> None:
    """This process and its children run on a processor; orphans among them are its own to wait for."""
    os.sched_setaffinity(0, {processor})
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def zones(home: Path) -> dict[str, str]:
    return {"ANALYSIS_PROTECTED": str(home / "protected-zone")}


def cpu(home: Path, folder: Path, *, gate: bool) -> float:
    """Processor seconds of the command and all its children, with the gate or without."""
    own = folder / ("with" if gate else "without")
    own.mkdir()
    log = own / "log"
    try:
        log.write_text("")
        hook = f"OUT, LOG = {not gate}, {str(log)!r}\n{LEFT_OUT}"
        (own / "sitecustomize.py").write_text(hook, encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        env = {"PYTHONPATH": str(own)} | zones(home)
        done = command("report", *UNITS, "--force", "--jobs", "1", "--home", home, "--json", env=env)
        with contextlib.suppress(ChildProcessError):
            while True:  # the parent of forked kernels outlives the command, and is ours to wait for
                os.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    finally:
        (own / "done").touch()
    until = time.monotonic() + LONGEST
    while not all((folder / one / "done").exists() for one in ("with", "without")):
        assert time.monotonic() < until, "the other one never ended"
        sum(range(100_000))
    assert done.code == 0, done.err
    assert {r["state"] for r in done.json["reports"]} == {"built"}
    reached = set(log.read_text().split())
    assert len(reached) == 7, "the gate is not where this test looks for it"
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_gate_costs_at_most_a_tenth(
    homes: tuple[Path, Path],
    lanes: tuple[ProcessPoolExecutor, ProcessPoolExecutor],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    os.sync()
    taken: list[tuple[float, float]] = []
    for number in range(PAIRS):
        folder = tmp_path / str(number)
        folder.mkdir()
        places = list(zip(lanes, homes, strict=True))[:: 1 if number % 2 else -1]
        both = [
            lane.submit(cpu, home, folder, gate=gate)
            for (lane, home), gate in zip(places, (True, False), strict=True)
        ]
        taken.append((both[0].result(), both[1].result()))
        with capsys.disabled():
            print(f"\n{taken[-1][0]:.1f} s of processor time with the gate, {taken[-1][1]:.1f} s without")  # noqa: T201
    with_gate, without = map(sum, zip(*taken, strict=True))
    ratio = with_gate / without
    with capsys.disabled():
        print(f"{with_gate:.1f} s and {without:.1f} s in all, ratio {ratio:.3f}")  # noqa: T201
    assert ratio <= MOST
