"""Pages that are made and not yet published: a run that was killed need not make them again.

They have not passed the final scan, so they lie in the protected zone. Each is in a folder named by its
report's key, which is put there whole or not at all; one that does not fit its hashes is made again.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from analysis.errors import CannotWrite, Place
from analysis.private_json import flush_folder
from analysis.report.execute import Built
from analysis.report.plan import Job
from analysis.report.publish import sha256, write_whole

PAGE, FACTS = "page.html", "made.json"
DOWNLOADS = ("csv", "xlsx", "pdf", "pptx", "figures.zip", "series.csv")


class Pages:
    """The pages of one area that wait to be published.

    Parameters
    ----------
    folder : Path
        In the protected zone; made with the first page.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, job: Job) -> Built | None:
        """The page of a report.

        Parameters
        ----------
        job : Job
            With its key.

        Returns
        -------
        Built or None
            None where there is no whole one.
        """
        folder = self.folder / job.key
        try:
            made = json.loads((folder / FACTS).read_bytes())
            files = {name: (folder / name).read_bytes() for name in made["files"]}
            if any(sha256(files[name]) != digest for name, digest in made["files"].items()):
                return None
            downloads = {s: files[f"page.{s}"] for s in DOWNLOADS if f"page.{s}" in files}
            return Built(job, files[PAGE].decode(), tuple(made["facts"]), downloads=downloads)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def keep(self, built: Built) -> None:
        """Keep a page.

        Parameters
        ----------
        built : Built
            With its page.

        Raises
        ------
        CannotWrite
            If the disk is full or the folder may not be written.
        """
        files = {PAGE: built.html.encode()} | {f"page.{s}": b for s, b in built.downloads.items()}
        made = {"facts": list(built.facts), "files": {name: sha256(b) for name, b in files.items()}}
        target = self.folder / built.job.key
        beside = self.folder / f".{target.name}.{os.getpid()}"
        try:
            write_whole(beside, files | {FACTS: json.dumps(made).encode()})
            shutil.rmtree(target, ignore_errors=True)
            beside.rename(target)
            flush_folder(self.folder)
        except OSError as error:
            what = f"a page cannot be kept ({error.strerror}); the last good set stays"
            raise CannotWrite(what, "Free some space or mend the rights", Place(str(self.folder))) from None
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def clear(self) -> None:
        """Forget all: they are published, or not wanted."""
        shutil.rmtree(self.folder, ignore_errors=True)  # what stays is found by its key, or not wanted
