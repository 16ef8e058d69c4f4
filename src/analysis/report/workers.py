"""A process for every report: so many at once, each with its limits, all of them ended with the run.

On Linux they and their kernels are forked from a preloaded parent; elsewhere, and where that parent cannot be
had or would not be safe to fork, they are started anew, which gives the same pages in more time.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from analysis import once
from analysis.errors import DisclosureStop
from analysis.leftovers import remove_leftovers
from analysis.report.environment import clean_environment
from analysis.report.execute import Built, Page, build, end_kernels
from analysis.report.kernels import grow, limit_memory, plant
from analysis.report.plan import Job
from analysis.report.quota import Quota

SECONDS_TO_END = 2
SECONDS_TO_LOAD = 120
PRELOADED = "analysis.report.preload"
ONCE = "once"  # what the reports of a run work out for each other, in the protected zone
KILLED = "the process was killed twice. Run fewer at once, or with more memory"


@dataclass(frozen=True)
class Call:
    """A report to make, and what `analysis.report.execute.build` must know for it."""

    job: Job
    page: Page
    home: str
    as_of: str
    protected: str


class Terms(NamedTuple):
    """What a worker prints to, its scratch, what it shares, and the memory that kernels it starts inherit."""

    log: str
    scratch: str
    shared: str
    memory: int


@dataclass(frozen=True)
class Room:
    """Where workers work: how many at once, how they are started, and on what terms."""

    number: int
    context: Any
    is_warm: bool
    quota: Quota
    terms: Terms


@contextmanager
def room(number: int, quota: Quota, log: Path, *, cold: bool = False) -> Iterator[Room]:
    """A place to work in, gone with all that was left in it afterwards.

    Parameters
    ----------
    number : int
        Reports at once.
    quota : Quota
        Of each report and of the run.
    log : Path
        Where workers and kernels print: that may hold data, so it lies in the protected zone.
    cold : bool
        Whether to fork nothing.

    Yields
    ------
    Room
        For `finished`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="an-", ignore_cleanup_errors=True) as scratch,
        _folder_of_a_run(log.parent) as shared,
    ):
        warm = None if cold else _warm_context(log)
        context = warm or multiprocessing.get_context("spawn")
        terms = Terms(str(log), scratch, str(shared), 0 if warm else quota.memory)
        yield Room(number, context, warm is not None, quota, terms)


@contextmanager
def _folder_of_a_run(protected: Path) -> Iterator[Path]:
    """A private folder that is gone with the run; those of runs that were killed are removed."""
    remove_leftovers(protected, f"{ONCE}.")
    folder = protected / f".{ONCE}.{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)  # in a container, a killed run had the same number
    with suppress(OSError):  # a full disk: each report works out what it needs
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def finished(calls: Sequence[Call], place: Room) -> Iterator[Built]:
    """Make reports, and give each as it is done; what was killed from outside is tried once more.

    Parameters
    ----------
    calls : sequence of Call
        The reports.
    place : Room
        From `room`.

    Yields
    ------
    Built
        A page, or why there is none.

    Raises
    ------
    DisclosureStop
        If a notebook shows something that has not passed the gate; the others are ended.
    """
    waiting, running, tried = deque(calls), list[_Worker](), set[Job]()
    until = monotonic() + place.quota.run_seconds
    try:
        while waiting or running:
            while waiting and len(running) < place.number:
                running.append(_Worker(waiting.popleft(), place, until))
            for worker in _ready(running):
                running.remove(worker)
                result, call = worker.result(), worker.call
                if result.was_killed and call.job not in tried and monotonic() < until:
                    tried.add(call.job)
                    waiting.append(call)
                else:
                    yield result
    finally:
        for worker in running:
            worker.end()


def attempt(call: Call) -> Built | DisclosureStop:
    """Make a report; the text of an error that is nobody's mistake may hold data and stays protected.

    Parameters
    ----------
    call : Call
        The report.

    Returns
    -------
    Built or DisclosureStop
        A page, why there is none, or why nothing may be published.
    """
    try:
        return build(call.job, call.page, call.home, call.as_of, call.protected)
    except DisclosureStop as stop:
        return stop
    except Exception as error:  # noqa: BLE001 - one report's bug is not the others'
        path = Path(call.protected) / f"{call.job.place}-{call.job.notebook}.{call.job.language}.txt"
        with suppress(OSError):
            path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        return Built(call.job, problem=f"{type(error).__name__}; the whole text is in {path}")


class _Worker:
    """A process that makes one report, with the process that will be its kernel."""

    def __init__(self, call: Call, place: Room, run_until: float) -> None:
        self.call, self._quota = call, place.quota
        self.until = min(monotonic() + place.quota.report_seconds, run_until)
        seed: Any
        seed, kernel = _planted(place) if place.is_warm else (None, None)
        self.seed = seed
        self.answer, theirs = place.context.Pipe(duplex=False)
        self.process = place.context.Process(target=_work, args=(call, theirs, kernel, place.terms))
        self.process.start()
        theirs.close()
        if kernel is not None:
            kernel.close()

    def result(self) -> Built:
        """What came of it; its processes have ended afterwards."""
        try:
            found = self.answer.recv() if self.answer.poll() else None
        except EOFError:
            found = Built(self.call.job, problem=KILLED, was_killed=True)
        self.end()
        if isinstance(found, DisclosureStop):
            raise found
        return found or Built(self.call.job, problem=_too_long(self._quota))

    def end(self) -> None:
        """End the worker, its kernel, and what these have started."""
        self.process.terminate()
        self.process.join(SECONDS_TO_END)
        self.process.kill()
        self.process.join()
        if self.seed is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.seed.pid, signal.SIGKILL)
            self.seed.kill()
            self.seed.join()
        self.answer.close()


def _too_long(quota: Quota) -> str:
    return (
        f"it took longer than {quota.report_seconds / 60:g} min, or the run longer than "
        f"{quota.run_seconds / 60:g} min, and was ended. Find out what it waits for"
    )


def _ready(running: Sequence[_Worker]) -> list[_Worker]:
    """Those that are done, or whose time is over; waits for the first."""
    left = min(worker.until for worker in running) - monotonic()
    ready = connection.wait([worker.answer for worker in running], max(left, 0))
    now = monotonic()
    return [worker for worker in running if worker.answer in ready or now >= worker.until]


def _planted(place: Room) -> tuple[Any, Any]:
    """A process that waits to be a kernel, and the connection to tell it which."""
    ours, theirs = place.context.Pipe()
    seed = place.context.Process(target=grow, args=(theirs, place.quota.memory))
    seed.start()
    theirs.close()
    return seed, ours


def _work(call: Call, answer: Any, kernel: Any, terms: Terms) -> None:
    """The life of a worker."""
    _prepare(terms)
    limit_memory(terms.memory)
    if kernel is not None:
        plant(kernel)
    found = attempt(call)
    end_kernels()
    answer.send(found)


def _prepare(terms: Terms) -> None:
    """Leave Ctrl-C to the run, and end when it is stopped or killed, with the kernels and their children.

    What workers and kernels print may hold data: it goes to the protected log, not to the terminal.
    """

    def end(*_: object) -> None:
        end_kernels()
        os._exit(1)

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            end()

    handle = os.open(terms.log, os.O_WRONLY | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    tempfile.tempdir = terms.scratch
    os.environ[once.SETTING] = terms.shared
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _printing_to(log: str) -> Iterator[None]:
    """Send what this process and those it starts print to a file; put that back at the end."""
    before = os.dup(1), os.dup(2)
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        yield
    finally:
        os.dup2(before[0], 1)
        os.dup2(before[1], 2)
        for each in (handle, *before):
            os.close(each)


def _warm_context(log: Path) -> Any:
    """A way to fork from a preloaded parent; None where that is not to be had or not safe."""
    if sys.platform != "linux":
        return None
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    try:
        ours, theirs = context.Pipe(duplex=False)
        with _printing_to(str(log)), clean_environment({}):
            probe = context.Process(target=_say_if_safe, args=(theirs,))
            probe.start()
        theirs.close()
        is_safe = ours.poll(SECONDS_TO_LOAD) and ours.recv() == (True, __file__)
        probe.join(SECONDS_TO_END)
    except (EOFError, OSError):
        return None
    except BaseException:  # stopped: the server would notice only when it has loaded everything
        _end_server()
        raise
    return context if is_safe else None


def _end_server() -> None:
    """Kill the process that forks the others, whatever it does; multiprocessing has no public way."""
    from multiprocessing import forkserver

    server = getattr(forkserver._forkserver, "_forkserver_pid", None)
    if server is not None:
        with suppress(ProcessLookupError):
            os.kill(server, signal.SIGKILL)


def _say_if_safe(answer: Any) -> None:
    """Whether this process was forked from one that is safe to fork, and of which copy of the program."""
    loaded = sys.modules.get(PRELOADED)
    answer.send((bool(loaded and loaded.IS_SAFE), __file__))
