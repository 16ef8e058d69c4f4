"""One report: papermill executes the notebook in a clean environment; the page is made of what was released.

The executed notebook is protected and stays in ``protected/``. papermill alone is not enough to tell
that a notebook finished (a cell that exits ends it with a good exit code), so every cell is looked at.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from analysis.designs.effect import Verdict
from analysis.errors import AnalysisError, DisclosureStop, UsageError
from analysis.report.plan import Job

CELL_SECONDS = 600
KEPT = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Built:
    """A report's page, or why there is none."""

    job: Job
    html: str = ""
    facts: tuple[Mapping[str, Any], ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Page:
    """What a page needs beside the notebook: title, banners, footer, links, fonts."""

    title: str
    banners: tuple[str, ...]
    meta: Mapping[str, str]
    overview: str
    other_language: str


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
        Where the executed notebook is kept.

    Returns
    -------
    Built
        The page, or a problem in one sentence without any value of the data.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    kept = Path(protected) / job.unit / f"{job.notebook}.{job.language}.ipynb"
    try:
        executed = execute(job, home, as_of, kept)
        return _render(job, page, executed)
    except AnalysisError as error:
        return Built(job, problem=str(error))
    except PapermillExecutionError as error:
        ours = error.ename.endswith(("Error", "Refused", "Missing", "Stop")) and _is_ours(error.ename)
        said = (
            error.evalue
            if ours
            else f"{error.ename} in cell {error.cell_index}; the whole text is in {kept.parent}"
        )
        return Built(job, problem=said)
    except CellTimeoutError:
        return Built(job, problem=f"a cell took longer than {CELL_SECONDS} s")
    except DeadKernelError:
        return Built(job, problem="the kernel died (killed, or out of memory)")


def execute(job: Job, home: str, as_of: str, kept: Path) -> Any:
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
    NotebookNode
        The executed notebook.

    Raises
    ------
    UsageError
        If the notebook's parameters cell lacks a parameter.
    """
    import papermill
    from traitlets.config import Config

    values = {"area": job.area, "unit": job.unit, "language": job.language, "as_of": as_of, "home": home}
    _check_names(papermill.inspect_notebook(str(job.source)), values)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with _private_folder() as folder, _clean_environment(folder):
        config = Config()
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(folder / "k")
        executed = papermill.execute_notebook(
            str(job.source),
            str(kept),
            parameters=values,
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
        )
    _check_finished(executed)
    return executed


def _render(job: Job, page: Page, executed: Any) -> Built:
    import nbformat

    from analysis.charts.style import font_face_css
    from analysis.release import FACTS, MARK
    from analysis.report.render import Banner, Links, public_notebook, render_report

    source = nbformat.read(job.source, as_version=4)
    html = render_report(
        public_notebook(source, executed, job.language),
        language=job.language,
        title=page.title,
        banners=[Banner(text) for text in page.banners],
        meta=page.meta,
        font_css=font_face_css(),
        links=Links(page.overview, page.other_language),
    )
    outputs = [o.get("data", {}) for c in executed.cells for o in c.get("outputs", [])]
    facts = [_fact(row) for data in outputs if MARK in data for row in data.get(FACTS, [])]
    return Built(job, html, tuple(facts))


def _fact(row: Mapping[str, Any]) -> dict[str, Any]:
    """An answer as it may stand in the manifest: known keys, numbers and a verdict, nothing else."""
    numbers = {k: row[k] for k in ("estimate", "low", "high", "n_before", "n_after")}
    known = set(row) == {"question", "verdict", *numbers} and row["verdict"] in get_args(Verdict)
    if not known or not all(v is None or type(v) in (int, float) for v in numbers.values()):
        raise DisclosureStop("the notebook's facts hold something else than answers", "Use study.summary()")
    return {"question": str(row["question"]), "verdict": row["verdict"], **numbers}


def _check_names(known: Mapping[str, Any], values: Mapping[str, str]) -> None:
    for name in values:
        if name not in known:
            raise UsageError(f"the notebook has no parameter “{name}”", "Add it to its parameters cell")


def _check_finished(executed: Any) -> None:
    left = [i for i, c in enumerate(executed.cells) if c.cell_type == "code" and c.execution_count is None]
    if left or executed.metadata.get("papermill", {}).get("exception"):
        raise UsageError("the notebook ended before its last cell", "Take out whatever ends it")


def _is_ours(name: str) -> bool:
    from analysis import errors

    return isinstance(getattr(errors, name, None), type)


@contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="an-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _clean_environment(folder: Path) -> Iterator[None]:
    """The same few variables whatever the caller has: no secret reaches a kernel, and no locale a page."""
    before = dict(os.environ)
    fixed = {
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "agg",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "TMPDIR": str(folder),
        "JUPYTER_RUNTIME_DIR": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLCONFIGDIR": str(Path(sys.prefix) / "var" / "matplotlib"),
        "PYTHONWARNINGS": "ignore",
    }
    kept = {k: before[k] for k in KEPT if k in before}
    os.environ.clear()
    os.environ.update(kept | fixed)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
