"""What a page depends on, in parts: the key that tells whether it must be made again, and why.

No clock and no path: the same inputs, settings and versions give the same key anywhere.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from analysis.area import REPOSITORY, Area
from analysis.errors import Place, SettingsError
from analysis.registration import FILE as PROTOCOL
from analysis.report.environment import FIXED, OF_THE_PROGRAM
from analysis.report.plan import Job
from analysis.store import Store

VERSION = 1  # of what a key is made of


class Keys:
    """The keys of a run's reports.

    Parameters
    ----------
    area : Area
        Its settings count.
    store : Store
        Of each report, the deliveries of the tables that it declares count.
    as_of : str
        The as-of day.
    """

    def __init__(self, area: Area, store: Store, as_of: str) -> None:
        self.area, self.store, self.as_of = area, store, as_of
        self._inputs: dict[tuple[str, ...], str] = {}

    def of(self, job: Job) -> Job:
        """The job with the key of everything that its page depends on."""
        text = json.dumps({**self.parts(job), "version": VERSION}, sort_keys=True, ensure_ascii=False)
        return replace(job, key=hashlib.blake2b(text.encode(), digest_size=20).hexdigest())

    def parts(self, job: Job) -> dict[str, Any]:
        """What a page depends on, by name.

        Parameters
        ----------
        job : Job
            The report.

        Returns
        -------
        dict
            Digests, and the parameters of the notebook; no value of the data.
        """
        if job.inputs not in self._inputs:
            self._inputs[job.inputs] = Store(self.store.zones.home, self.area.id, job.inputs).digest()
        own = {
            "notebook": notebook_digest(job.source),
            "unit": job.unit,
            "party": job.party,
            "language": job.language,
            "as_of": self.as_of,
            "formats": list(job.formats),
            "inputs": [list(job.inputs), self._inputs[job.inputs]],
        }
        return {**self.common, **own}

    @cached_property
    def common(self) -> Mapping[str, Any]:
        """What all pages of a run depend on."""
        protocol = self.store.folder / PROTOCOL
        return {
            "settings": {
                path.relative_to(self.area.folder).as_posix(): files_digest([path], self.area.folder)
                for path in self.area.files()
            },
            "protocol": files_digest([protocol] if protocol.is_file() else [], self.store.folder),
            "program": program_digest(),
            "lock": files_digest([REPOSITORY / "requirements.lock"], REPOSITORY),
            "python": [sys.version, platform.machine()],
            "environment": FIXED,
        }


@cache
def notebook_digest(path: Path) -> str:
    """A digest of what a notebook says and does: its cells and their tags, no outputs.

    Parameters
    ----------
    path : Path
        The notebook.

    Returns
    -------
    str
        The digest.

    Raises
    ------
    SettingsError
        If it is no notebook.
    """
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        cells = [[c["cell_type"], c["source"], c.get("metadata", {}).get("tags", [])] for c in whole["cells"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsError("this is not a notebook", "Restore it", Place(str(path))) from None
    text = json.dumps([cells, whole.get("metadata", {}).get("kernelspec", {}).get("name", "")])
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


def program_files() -> list[Path]:
    """The files of the program, its texts and its templates."""
    source = Path(__file__).resolve().parents[1]
    return sorted(p for p in source.rglob("*") if p.suffix in OF_THE_PROGRAM)


@cache
def program_digest() -> str:
    """A digest of the program, its texts and its templates."""
    return files_digest(program_files(), REPOSITORY)


def files_digest(files: Iterable[Path], base: Path) -> str:
    """A digest of files by their names and contents.

    Parameters
    ----------
    files : iterable of Path
        The files, in a stable order.
    base : Path
        What their names are told from.

    Returns
    -------
    str
        The digest.
    """
    digest = hashlib.blake2b(digest_size=20)
    for path in files:
        digest.update(str(path.relative_to(base).as_posix()).encode())
        digest.update(hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()
