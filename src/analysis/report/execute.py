"""One report: papermill executes the notebook in a clean environment; the page is made of what was released.

Nothing else in the program calls papermill. The executed notebook is protected and stays in the protected
zone. papermill alone is not enough to tell that a notebook finished (a cell that exits ends it with a good
exit code), so every cell is looked at.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from analysis.area import Area, read_area
from analysis.errors import AnalysisError, DisclosureStop, KernelKilled, UsageError
from analysis.params import CODE, parse_day
from analysis.report.environment import clean_environment, of_a_run
from analysis.report.plan import Job, Selection, jobs

CELL_SECONDS = 600
MEMORY = ("MemoryError", "OutOfMemoryException")  # of Python, numpy, Arrow, DuckDB
_KERNELS: set[int] = set()


@dataclass(frozen=True)
class Built:
    """A report's page and its tables as files (by suffix), or why there are none.

    ``was_killed``: something from outside ended it, and a second try may do better.
    """

    job: Job
    html: str = ""
    facts: tuple[Mapping[str, Any], ...] = ()
    problem: str = ""
    downloads: Mapping[str, bytes] = field(default_factory=dict)
    was_killed: bool = False


@dataclass(frozen=True)
class Page:
    """What a page needs beside the notebook: title, banners, footer, links, fonts."""

    title: str
    banners: tuple[str, ...]
    meta: Mapping[str, str]
    overview: str
    other_language: str


@dataclass(frozen=True)
class Execution:
    """A finished notebook, its source as read before the run, and the digests of what passed the gate."""

    source: Any
    executed: Any
    ledger: frozenset[str]


def build(job: Job, page: Page, home: str, as_of: str, protected: str) -> Built:
    """Execute a notebook and render its page. Runs in a process of its own.

    Parameters
    ----------
    job : Job
        The report.
    page : Page
        What surrounds it.
    home : str
        The home folder.
    as_of : str
        The as-of day.
    protected : str
        Where executed notebooks are kept.

    Returns
    -------
    Built
        The page, or a problem in one sentence without any value of the data.

    Raises
    ------
    DisclosureStop
        If the notebook shows something that has not passed the gate.
    """
    try:
        _check_job(job, home, as_of)
        done = execute(job, home, as_of, _kept(protected, job))
        return _render(job, page, done, read_area(job.area, Path(home)))
    except DisclosureStop:
        raise
    except AnalysisError as error:
        return Built(job, problem=str(error), was_killed=isinstance(error, KernelKilled))


def execute(job: Job, home: str, as_of: str, kept: Path) -> Execution:
    """Execute a job's notebook with papermill.

    Parameters
    ----------
    job : Job
        The report.
    home : str
        The home folder.
    as_of : str
        The as-of day.
    kept : Path
        Where to keep the executed notebook.

    Returns
    -------
    Execution
        The executed notebook and what is needed to publish from it.

    Raises
    ------
    DisclosureStop
        If the gate stopped a cell.
    AnalysisError
        If the notebook did not come to its end: names the cell and the kind of error, never its text.
    """
    import nbformat
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from analysis.release import ledger

    source = nbformat.read(job.source, as_version=4)
    kept.parent.mkdir(parents=True, exist_ok=True)
    values = {"area": job.area, "unit": job.unit, "language": job.language, "as_of": as_of, "home": home}
    values |= {"party": job.party} if job.party else {}
    try:
        with _private_folder() as folder, clean_environment(of_a_run(folder, job.inputs)):
            executed = _papermill(job.source, kept, values, folder)
            digests = ledger.read(folder / "ledger")
    except PapermillExecutionError as error:
        raise _failure(job, source, error, kept) from None
    except CellTimeoutError:
        what = f"a cell took longer than {CELL_SECONDS} s"
        raise AnalysisError(what, "Find out what it waits for") from None
    except DeadKernelError:
        what = "the kernel died (killed, or out of memory)"
        raise KernelKilled(what, "Run fewer at once, or with more memory") from None
    _check_finished(executed)
    return Execution(source, executed, digests)


def end_kernels() -> None:
    """Kill what this process's kernels have started, and the kernels."""
    for group in tuple(_KERNELS):
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        _KERNELS.discard(group)


def _papermill(source: Path, kept: Path, values: Mapping[str, str], folder: Path) -> Any:
    import papermill
    from traitlets.config import Config

    _only_local_files()
    _check_names(papermill.inspect_notebook(_literal(source)), values)
    config = Config()
    config.KernelManager.transport = "ipc"
    config.KernelManager.ip = "k"  # in the working folder, a private one: however long its path, it is short
    try:
        return papermill.execute_notebook(
            _literal(source),
            _literal(kept),
            parameters=dict(values),
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            store_widget_state=False,
            record_timing=False,
            execution_timeout=CELL_SECONDS,
            iopub_timeout=60,
            shutdown_kernel="immediate",
            cwd=str(folder),
            config=config,
            kernel_manager_class=_manager_class(),
        )
    finally:
        end_kernels()


def _manager_class() -> type:
    """A manager of kernels that remembers them; each leads a session, and so a group, of its own."""
    from jupyter_client.manager import AsyncKernelManager

    class Manager(AsyncKernelManager):
        async def start_kernel(self, **named: Any) -> None:  # type: ignore[override]
            await super().start_kernel(**named)
            provisioner: Any = self.provisioner
            _KERNELS.add(provisioner.pid)

    return Manager


def _only_local_files() -> None:
    """Take away papermill's handlers of addresses: http, s3 and the like."""
    from papermill.iorw import LocalHandler, papermill_io

    papermill_io.reset()
    papermill_io.register("local", LocalHandler())


def _literal(path: Path) -> str:
    """A path as papermill must be given it: it fills in what stands in braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _check_job(job: Job, home: str, as_of: str) -> None:
    """Every part of a path or a parameter comes from a list: the plan, the units, the languages, a date."""
    for name in (job.area, job.notebook, job.unit, job.language, job.party or "all"):
        if not CODE.fullmatch(name):
            what = "the name of a report holds something else than small letters, digits, - and _"
            raise UsageError(what, "Mend the plan or the area's settings")
    parse_day(as_of)
    planned = (replace(one, formats=()) for one in jobs(read_area(job.area, Path(home)), Selection()))
    if replace(job, key="", formats=()) not in planned:
        raise UsageError("the plan has no such report", "Use those of the plan")


def _kept(protected: str, job: Job) -> Path:
    """Where the executed notebook is kept, which must lie in the protected folder."""
    folder = Path(protected).resolve()
    kept = (folder / job.place / f"{job.notebook}.{job.language}.ipynb").resolve()
    if not kept.is_relative_to(folder):
        raise UsageError("an executed notebook would be kept outside the protected folder", "Remove the link")
    return kept


def _failure(job: Job, source: Any, error: Any, kept: Path) -> AnalysisError:
    """Which cell failed and the kind of error; the text may hold data and stays where it is."""
    is_parameters = ["parameters" in cell.metadata.get("tags", ()) for cell in source.cells]
    at = error.cell_index - (error.cell_index > is_parameters.index(True))  # papermill adds a cell after it
    number = sum(cell.cell_type == "code" for cell in source.cells[: at + 1])
    if error.ename.endswith(MEMORY):
        what = f"{job.notebook}: code cell {number} needed more memory than a notebook may have"
        remedy = "Raise memory_gib under [limits] of reports/plan.toml, or run fewer at once"
        return AnalysisError(what, remedy)
    kind = DisclosureStop if error.ename == DisclosureStop.__name__ else AnalysisError
    named = job.file if kind is DisclosureStop else job.notebook  # a stop is told for the whole run
    what = f"{named}: {error.ename} in code cell {number}"
    return kind(what, f"The whole text is in {kept.parent}")


def _render(job: Job, page: Page, done: Execution, area: Area) -> Built:
    from analysis.charts.style import font_face_css
    from analysis.report import series
    from analysis.report.door import Door
    from analysis.report.downloads import downloads, formats_of, links_to
    from analysis.report.render import Banner, Links, render_report

    public = Door(done.ledger, job.language, job.file.removesuffix(".html")).public(
        done.source, done.executed
    )
    formats = formats_of(job, public)
    html = render_report(
        public,
        language=job.language,
        title=page.title,
        banners=[Banner(text) for text in page.banners],
        meta=page.meta,
        font_css=font_face_css(),
        links=Links(page.overview, page.other_language, **links_to(job, formats)),
    )
    files = downloads(formats, public, html, page, job.language)
    return Built(job, html, public.facts, downloads=files | series.of_report(public, job, area))


def _check_names(known: Mapping[str, Any], values: Mapping[str, str]) -> None:
    for name in values:
        if name not in known or not name.isidentifier():
            raise UsageError(f"the notebook has no parameter “{name}”", "Add it to its parameters cell")


def _check_finished(executed: Any) -> None:
    left = [i for i, c in enumerate(executed.cells) if c.cell_type == "code" and c.execution_count is None]
    if left or executed.metadata.get("papermill", {}).get("exception"):
        raise UsageError("the notebook ended before its last cell", "Take out whatever ends it")


@contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="an-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
