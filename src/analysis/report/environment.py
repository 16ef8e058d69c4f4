"""The few variables that notebooks run with, whatever the caller has: no secret, no locale of a place."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from analysis import declared, once

KEPT = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "LD_LIBRARY_PATH", "ANALYSIS_PROTECTED", "XDG_DATA_HOME")
FIXED = {
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # a fork takes no thread along
    "JUPYTER_DEFAULT_PROVISIONER_NAME": "analysis-warm",  # a planted kernel, or an ordinary one
    "PYTHONWARNINGS": "ignore",
}
#: Endings of the files that pages depend on.
OF_THE_PROGRAM = (".py", ".toml", ".j2", ".css", ".js", ".json", ".ttf", ".typ", ".xml")
READ_AT_IMPORT = ("PYTHON", "OPENBLAS_", "OMP_", "MKL_", "MPL", "LC_", "LANG", "TZ", "JE_ARROW_")


@contextmanager
def clean_environment(more: Mapping[str, str]) -> Iterator[None]:
    """Only what is kept of the caller's variables, what is fixed, and some more.

    Parameters
    ----------
    more : mapping of str to str
        Of this run alone.

    Yields
    ------
    None
        While they are so.
    """
    before = dict(os.environ)
    kept = {name: before[name] for name in KEPT if name in before}
    matplotlib = {"MPLCONFIGDIR": str(Path(sys.prefix) / "var" / "matplotlib")}
    os.environ.clear()
    os.environ.update({**kept, **FIXED, **matplotlib, **more})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def of_a_run(folder: Path, inputs: Iterable[str]) -> dict[str, str]:
    """What a notebook's run is told of its private folder and of what it may open.

    Parameters
    ----------
    folder : Path
        The folder.
    inputs : iterable of str
        The inputs that the report declares; none is all.

    Returns
    -------
    dict of str to str
        Variables.
    """
    from analysis.release import ledger

    return {
        "TMPDIR": str(folder),
        ledger.LEDGER: str(folder / "ledger"),
        declared.SETTING: ",".join(inputs),
        once.SETTING: os.environ.get(once.SETTING, ""),
        "JUPYTER_RUNTIME_DIR": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
    }


def relevant(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment modules read when they are imported, or the interpreter when it starts.

    Parameters
    ----------
    environment : mapping of str to str
        Of a process.

    Returns
    -------
    dict of str to str
        Some of it: what differs here cannot be made good after a fork.
    """
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_IMPORT)}
