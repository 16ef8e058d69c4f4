"""What regenerating 24 reports costs: the commands, the API in a pool, ours, and the cells as plain code.

Plain code works everything out in each process, and once more with what a run shares (`analysis.once`).

`python benchmarks/regenerating.py HOME [ROUNDS]`, where HOME has a loaded area. Takes turns (`ANALYSIS_JOBS` at
once, two if not said); counts the processor time of the whole tree of processes, and the memory of all of
them at its peak.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "02-deviations.ipynb"
DAYS = ("2026-10-31", "2026-11-20")
NUMBER = int(os.environ.get("ANALYSIS_JOBS", "2"))
SUBREAPER = 36
FIXED = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", "PYTHONHASHSEED": "0",
         "JE_ARROW_MALLOC_CONF": "background_thread:false"}  # fmt: skip


def wanted(home: str) -> list[dict[str, str]]:
    """24 sets of parameters: six units, two languages, two days."""
    from analysis.area import read_area

    area = read_area("goteborg", Path(home))
    return [
        {"area": area.id, "unit": unit.id, "language": language, "as_of": day, "home": home}
        for unit in (area.top, *area.members)
        for language in area.languages
        for day in DAYS
    ]


def commands(home: str) -> None:
    """papermill and jupyter nbconvert, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        for number, values in enumerate(wanted(home)):
            out = f"{folder}/{number}.ipynb"
            given = [part for name, value in values.items() for part in ("-r", name, value)]
            run = [
                str(Path(sys.executable).with_name("papermill")),
                str(NOTEBOOK),
                out,
                *given,
                "--no-progress-bar",
            ]
            subprocess.run(run, check=True, capture_output=True)
            convert = [str(Path(sys.executable).with_name("jupyter")), "nbconvert", "--to", "html", out]
            subprocess.run(convert, check=True, capture_output=True)


def pool(home: str) -> None:
    """The API of papermill in a pool of two, a new exporter each."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(NUMBER, get_context("spawn")) as workers,
    ):
        list(workers.map(_in_pool, wanted(home), [folder] * 24, range(24)))


def _in_pool(values: dict[str, str], folder: str, number: int) -> int:
    import papermill
    from nbconvert import HTMLExporter

    out = f"{folder}/{number}.ipynb"
    done = papermill.execute_notebook(str(NOTEBOOK), out, parameters=values, progress_bar=False)
    html, _ = HTMLExporter().from_notebook_node(done)
    return Path(folder, f"{number}.html").write_text(html)


def ours(home: str) -> None:
    """A process a report, kernels forked from a preloaded parent; pages through the gate, and ANALYSIS_FORMATS."""
    from analysis.area import read_area
    from analysis.report.around import Around
    from analysis.report.plan import Selection, jobs
    from analysis.report.quota import Quota
    from analysis.report.workers import Call, finished, room
    from analysis.store import Store

    area = read_area("goteborg", Path(home))
    formats = tuple(os.environ.get("ANALYSIS_FORMATS", "csv xlsx").split())
    planned = jobs(area, Selection(notebooks=(NOTEBOOK.stem,)))
    planned = [replace(job, formats=formats) for job in planned if not job.party]
    with tempfile.TemporaryDirectory() as folder:
        calls = [
            Call(job, Around(area, Store(Path(home), area.id), day, True).page(job), home, day, folder)
            for job in planned
            for day in DAYS
        ]
        log = Path(folder, "workers.log")
        log.touch()
        with room(NUMBER, Quota(), log, cold=bool(os.environ.get("COLD"))) as place:
            made = list(finished(calls, place))
        assert len(made) == 24, len(made)
        assert all(one.html for one in made), [one.problem for one in made]


def plain(home: str) -> None:
    """The cells as plain code in processes forked from one that has imported everything; no notebook, no page."""
    from analysis.report import preload

    assert preload.IS_SAFE
    cells = [c for c in json.loads(NOTEBOOK.read_text())["cells"] if c["cell_type"] == "code"]
    sources = ["".join(c["source"]) for c in cells if "parameters" not in c["metadata"].get("tags", [])]
    waiting, running = wanted(home), set[int]()
    while waiting or running:
        while waiting and len(running) < NUMBER:
            values = waiting.pop()
            pid = os.fork()
            if not pid:
                _in_fork(sources, values)
            running.add(pid)
        pid, status = os.wait()
        assert status == 0, status
        running.discard(pid)


def _in_fork(sources: list[str], values: dict[str, str]) -> None:
    names: dict[str, Any] = {**values, "party": "", "display": lambda *_: None}
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        os.environ["ANALYSIS_LEDGER"] = f"{folder}/ledger"
        for source in sources:
            exec(source, names)
    os._exit(0)


def shared(home: str) -> None:
    """As `plain`, and the processes work out once what all of them need, as the reports of a run do."""
    from analysis import once

    with tempfile.TemporaryDirectory() as folder:
        os.environ[once.SETTING] = folder
        plain(home)


MODES: dict[str, Callable[[str], None]] = {one.__name__: one for one in (commands, pool, ours, plain, shared)}


@contextlib.contextmanager
def peak_of_children() -> Iterator[list[float]]:
    """The most memory that all descendants took together (PSS), MB; looked at ten times a second."""
    most, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.1):
            most[0] = max(most[0], sum(_pss(pid) for pid in _descendants(os.getpid())) / 1024)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        stop.set()
        thread.join()


def _descendants(top: int) -> list[int]:
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found, below = [], [top]
    while below:
        one = below.pop()
        children = [pid for pid, parent in parents.items() if parent == one]
        found += children
        below += children
    return found


def _pss(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError, ValueError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return 0


def measured(mode: str, home: str) -> tuple[float, float, float]:
    """Processor seconds of the tree, wall seconds, and the peak of memory in MB."""
    began, before = time.monotonic(), sum(os.times()[2:4])
    with peak_of_children() as peak:
        subprocess.run([sys.executable, __file__, home, "--mode", mode], check=True, env=os.environ | FIXED)
        with contextlib.suppress(ChildProcessError):
            while True:  # what outlived its parent is ours to wait for
                os.wait()
    return sum(os.times()[2:4]) - before, time.monotonic() - began, peak[0]


def main() -> None:
    """Take turns and print."""
    home = str(Path(sys.argv[1]).resolve())
    if "--mode" in sys.argv:
        MODES[sys.argv[-1]](home)
        return
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for number in range(rounds):
        for mode in MODES if number % 2 == 0 else reversed(MODES):
            cpu, wall, memory = measured(mode, home)
            print(f"{number + 1} {mode:9} {cpu:7.1f} s CPU {wall:7.1f} s wall {memory:6.0f} MB", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
